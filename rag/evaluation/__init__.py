"""How well the engine does on questions whose answers are known, and where to set its threshold.

``questions`` reads them, ``material`` brings them together with an open engine, ``run`` asks them,
``figures`` counts, ``threshold`` calibrates, ``record`` and ``report_html`` tell.
"""
