"""Every error this package raises on purpose.

    RagError
    ├── UsageError             the call is wrong: nothing was tried
    │   ├── QuestionError      empty, longer than the limit, or not UTF-8
    │   ├── SettingsError      an unknown setting, or a value out of range
    │   ├── AccountError       the accounts file, a name, a folder or a password is no good
    │   ├── EvaluationError    a file of questions is malformed, or leaves nothing to measure
    │   └── ReceiptError       a receipt is malformed, or there is none
    ├── QuestionTimeoutError   answering, or waiting for it, took longer than it may
    ├── ServerBusyError        too many questions wait already, or the server is stopping
    ├── CorpusError            the corpus folder is missing or empty
    ├── ReadError              one file could not be read (a build skips it and says so)
    │   └── LimitError         it broke a limit, or its reader: the next build tries it again
    ├── ClusterError           machines that should share a build cannot be reached, or differ
    ├── ModelError             a model is unknown, missing, or not the pinned one
    └── IndexUnusableError     the index is not usable
        ├── IndexMissingError  nothing has been built there yet
        ├── IndexDamagedError  files do not match their manifest
        ├── IndexBusyError     another build holds the lock
        ├── IndexWriteError    the disk is full, or the folder may not be written
        └── IndexUnreachableError  the engine that keeps the index does not answer

A message says what was wrong, what was expected, and the next command to run.
"""

from __future__ import annotations


class RagError(Exception):
    """The root: catch this to catch them all. ``str(error)`` is one line for a person.

    ``logged`` is what a log may say of it: our words, numbers and folders, never the name or text
    of a document.
    """

    def __init__(self, message: str = "", *, logged: str = "") -> None:
        super().__init__(message)
        self.logged = logged


class UsageError(RagError):
    """The call is wrong: nothing was tried."""


class QuestionError(UsageError):
    """The question is empty, longer than the limit, or not valid UTF-8."""


class SettingsError(UsageError):
    """An unknown setting, or a value out of its range."""


class AccountError(UsageError):
    """The file of accounts is malformed, or a name, a folder or a password is not acceptable."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message, logged=message)


class EvaluationError(UsageError):
    """A file of questions is malformed, or there is nothing in it to measure."""


class ReceiptError(UsageError):
    """A receipt is malformed or too large, or there is none where one was expected."""


class QuestionTimeoutError(RagError):
    """Answering a question, or waiting for its turn, took longer than it may."""


class ServerBusyError(RagError):
    """The server takes no question now: too many wait already, or it is stopping."""


class CorpusError(RagError):
    """The corpus folder is missing or empty."""


class ReadError(RagError):
    """One file could not be read; the message does not name it. A build reports the reason."""

    file_sha256: str | None = None
    """Of the bytes in which the reason was found; None where they were not come by."""


class LimitError(ReadError):
    """Reading one file broke a limit or ended its reader: not a property of the file alone.

    Other limits or a calmer machine may read it, so that a build does not remember it.
    """


class ClusterError(RagError):
    """The machines that should share a build cannot be reached, or are not set up alike."""


class ModelError(RagError):
    """A model is unknown, missing, or not the one that is pinned."""


class IndexUnusableError(RagError):
    """The index is not usable."""


class IndexMissingError(IndexUnusableError):
    """Nothing has been built there yet."""


class IndexDamagedError(IndexUnusableError):
    """The index's files do not match their manifest."""


class IndexBusyError(IndexUnusableError):
    """Another build holds the index's lock."""


class IndexWriteError(IndexUnusableError):
    """The new index cannot be written: a full disk, no permission. The old one still answers."""


class IndexUnreachableError(IndexUnusableError):
    """The engine that keeps the index does not answer, or fails. Nothing is answered without it."""


def not_indexed(path: str) -> SettingsError:
    """A document that is not there; one that somebody may not read is told in the same words."""
    return SettingsError(f"{path!r} is not in the index; `rag info` lists the documents that are")
