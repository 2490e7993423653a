"""The index: how generations are built, laid out on disk, and searched."""
