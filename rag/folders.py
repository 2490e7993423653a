"""Which folders of the corpus a person may read: a grant is a folder, or everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import AccountError

ALL = "*"


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders by their paths in the corpus, ``legal`` or ``press/2024``; ``*`` alone is all of it.

    Compared character by character: ``legal`` covers ``legal/a.pdf`` and ``legal/old/b.pdf``,
    neither ``legal-old/x.pdf`` nor ``Legal/x.pdf``. None at all covers nothing.
    """

    names: tuple[str, ...]

    @property
    def everything(self) -> bool:
        """Whether there is no limit."""
        return self.names == (ALL,)

    def covers(self, path: str) -> bool:
        """Whether the document at this path may be read."""
        return self.everything or any(path.startswith(f"{name}/") for name in self.names)

    def lack(self, path: str) -> bool:
        """Whether something may be missing that may be read, since this was skipped: a file in
        them, one of them, or a folder that holds one."""
        inside = f"{path}/"
        return (
            self.covers(path)
            or self.covers(inside)
            or any(name.startswith(inside) for name in self.names)
        )


EVERYTHING = Folders((ALL,))


def folders(names: Sequence[str]) -> Folders:
    """Folders from what an operator wrote, each once, in order; ``*`` stands for them all.

    Raises:
        AccountError: a name is no path of a folder inside the corpus.
    """
    named = tuple(sorted({_checked(name) for name in names}))
    return EVERYTHING if ALL in named else Folders(named)


def _checked(name: str) -> str:
    name = name.removesuffix("/")
    parts = set(name.split("/"))
    if parts & {"", ".", ".."} or not name.isprintable() or (ALL in parts and name != ALL):
        raise AccountError(
            f"{name!r} is not a folder of the corpus; expected one such as legal or press/2024, "
            f'or "{ALL}" for all documents'
        )
    return name
