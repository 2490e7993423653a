"""Answers as JSON together with a receipt for each quotation: `rag verify` takes the file as it is.

Receipts prove the quotations of ``answers``. Near misses and the places where the same words also
stand have none: they are no answer, and are listed for information. `rag verify` names what it
could not check.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from rag.render import answer_to_dict
from rag.types import Answer


def render(answers: Sequence[Answer], time: datetime) -> bytes:
    """The JSON in UTF-8: ``{"answers": […], "receipts": […]}``."""
    receipts = [receipt for answer in answers for receipt in answer.receipts(time=time)]
    told = {
        "answers": [{**answer_to_dict(answer), "searched": answer.searched} for answer in answers],
        "receipts": [json.loads(receipt.to_json()) for receipt in receipts],
    }
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
