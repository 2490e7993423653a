"""A build whose reading, splitting and encoding is done by many machines (docs/cluster.md)."""
