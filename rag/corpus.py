"""The corpus folder: which files are in it, and the one checked way from a name to a file."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path

from rag.errors import CorpusError, ReadError, SettingsError
from rag.reports import Skipped

# No link is followed that was not there when the path was resolved, and no pipe waited for.
_READ = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    _READ |= getattr(os, _name, 0)
_LOOK = _READ & ~getattr(os, "O_NOFOLLOW", 0)

# The beginning of a file of accounts (`rag.accounts`), told even where the rest is damaged.
_ACCOUNTS_START = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:format"\s*:\s*\d+\s*,\s*"accounts|accounts)"\s*:\s*\[\s*\{'
)
_ACCOUNTS_BYTES = 64_000


_LEFT_BEHIND = ("~", ".tmp", ".part", ".crdownload", ".swp", ".swo")
"""How names end of what editors and downloads write beside a file, or instead of one for a time:
half of it, or what it said before."""
_OF_SYSTEMS = ("thumbs.db", "desktop.ini")
_AWAY = ".icloud"
"""``.notes.txt.icloud`` stands for ``notes.txt``, of which the disk has no more than the name."""
_NOT_HERE = "not downloaded from iCloud: download it in the Finder, and rebuild"


def list_files(corpus: Path, index: Path | None = None) -> tuple[list[str], list[Skipped]]:
    """Every readable regular file under the folder, and the ones refused with their reason.

    Those of an ``index`` inside it are left out: nobody wrote them to be read.

    Paths are relative with "/" between parts, sorted by code point. Hidden files
    and folders (".git"), Office lock files ("~$report.docx"), and files that editors
    and systems leave ("report.txt~", "Thumbs.db") are left out silently: nobody put
    them there to be read. Folders are never entered through
    a link, so that a cycle of links cannot trap the walk and no file has two names
    by way of its folder. A link to a file is followed within its own folder alone: who may
    write to one folder could else have this process read the others, and what is hidden.

    Raises:
        CorpusError: the folder is missing, is not a folder, or cannot be listed.
    """
    root = _root(corpus)
    ours = index and index.resolve()
    files: list[str] = []
    skipped: list[Skipped] = []

    def unlistable(error: OSError) -> None:
        if error.filename == os.fspath(corpus):
            raise CorpusError(
                f"the corpus folder {corpus} cannot be listed ({error.strerror}); expected a "
                "folder you may read: change its permissions",
                logged=f"the corpus folder {corpus} cannot be listed ({error.strerror})",
            ) from error
        name = Path(error.filename).relative_to(corpus).as_posix()
        skipped.append(Skipped(_printable(name), f"the folder cannot be listed: {error.strerror}"))

    for folder, subfolders, names in os.walk(corpus, onerror=unlistable):
        subfolders[:] = [
            name
            for name in subfolders
            if not _hidden(name) and Path(folder, name).resolve() != ours
        ]
        links = [name for name in subfolders if _is_link(Path(folder, name))]
        for name in [*(name for name in names if not _silent(name)), *links]:
            path = Path(folder, name)
            relative = path.relative_to(corpus).as_posix()
            reason = _NOT_HERE if _hidden(name) else _refusal(root / relative, relative, ours)
            if not reason and ".json" in name.lower() and _holds_accounts(path):
                reason = "a file of accounts, passwords and all: move it out of the corpus"
            if reason:
                skipped.append(Skipped(_printable(relative), reason))
            else:
                files.append(relative)
    return sorted(files), sorted(skipped)


def check_apart(corpus: Path, index: Path) -> None:
    """Refuse an index in the very folder of the documents: it would be read as one of them.

    Raises:
        SettingsError: they are one folder.
    """
    try:
        same = corpus.samefile(index)
    except OSError:  # one of them is not there yet
        same = corpus.resolve() == index.resolve()
    if same:
        raise SettingsError(
            f"corpus and index are the same folder, {corpus}; expected the index in one of its own"
        )


def _refusal(path: Path, relative: str, ours: Path | None) -> str:
    """Why the file is not one to read, or nothing."""
    try:
        mode = path.lstat().st_mode
        target = _linked(path) if stat.S_ISLNK(mode) else None
        if target and not (ours and target.is_relative_to(ours)):
            mode = target.stat().st_mode
    except (
        OSError
    ) as error:  # a path longer than the system takes, a folder that may not be entered
        return f"it cannot be looked at ({error.strerror}): move it, or change its permissions"
    if _printable(relative) != relative:
        return "its name is not valid UTF-8: rename the file and rebuild"
    if stat.S_ISLNK(mode):
        return (
            "a link out of its folder, to what is hidden, or to nothing: "
            "put the file itself there instead"
        )
    if stat.S_ISDIR(mode):
        return "a link to a folder: its files are read where they are"
    return "" if stat.S_ISREG(mode) else "not a regular file: only files can be read"


def _holds_accounts(path: Path) -> bool:
    """Whether the file is one of accounts, whose hashes of passwords nobody should be quoted.

    Nothing of it is kept, so that `open_file`, four times as slow, need not check the path again.
    """
    try:
        with os.fdopen(os.open(path, _LOOK), "rb") as file:
            start = file.read(_ACCOUNTS_BYTES) or b""  # None of a pipe that has come in its place
    except OSError:  # its reader tells why
        return False
    return bool(_ACCOUNTS_START.match(start)) and b'"folders"' in start and b'"name"' in start


def resolve(corpus: Path, relative: str) -> Path:
    """The file that a document path names. Every path that came from outside goes through here.

    Raises:
        CorpusError: the corpus folder is missing or not a folder.
        ReadError: the path is absolute, climbs with "..", holds a NUL or an
            undecodable byte, is spelt otherwise than `list_files` spells it, names what that leaves
            out, is a link that it does not follow, leads through a linked folder, or names no file;
            the message does not name the file.
    """
    root = _root(corpus)
    parts = relative.split("/")
    if (
        not relative
        or "\0" in relative
        or _printable(relative) != relative
        or not all(parts)
        or _is_left_out(parts)  # ".." and "./a.txt" too
        or Path(relative).is_absolute()
        or Path(relative).drive
    ):
        raise ReadError(
            f"{_printable(relative)!r} is not a document path; expected one relative to the "
            'corpus, without "..", of no hidden file'
        )
    path = root / relative
    found = path if _plain(root, parts) else _linked(path)
    if found is None:
        raise ReadError(
            f"missing, or a link that leads out of its folder: put the file in {corpus} and rebuild"
        )
    if not found.is_file():
        raise ReadError("not a regular file: only files can be read")
    return found


def open_file(corpus: Path, relative: str) -> BufferedReader:
    """Open the file that a document path names, for reading.

    What was checked is what is open: a file that is replaced meanwhile, by a link that leads out
    or by a pipe that would never end, is refused.

    Raises:
        CorpusError: the corpus folder is missing or not a folder.
        ReadError: what `resolve` raises, or the file cannot be opened.
    """
    path = resolve(corpus, relative)
    try:
        handle = os.open(path, _READ)
    except OSError as error:
        raise ReadError(f"cannot be opened ({error.strerror}): check its permissions") from error
    file = os.fdopen(handle, "rb")
    try:
        now = resolve(corpus, relative).lstat()
        if os.path.samestat(now, os.fstat(handle)):
            return file
        raise ReadError("was replaced while it was opened: rebuild")
    except OSError as error:
        file.close()
        raise ReadError(f"cannot be opened ({error.strerror}): rebuild") from error
    except ReadError:
        file.close()
        raise


def look_at(corpus: Path, relative: str) -> os.stat_result | None:
    """What the system says of a file that `list_files` has just named, without opening it."""
    try:
        return os.stat(f"{corpus}/{relative}")  # noqa: PTH116  (a tenth of `Path`'s time)
    except OSError:
        return None


def _root(corpus: Path) -> Path:
    if not corpus.is_dir():
        found = "is not a folder" if corpus.exists() else "does not exist"
        raise CorpusError(
            f"the corpus {corpus} {found}; expected a folder of documents: create it, or name "
            "another",
            logged=f"the corpus {corpus} {found}",
        )
    return corpus.resolve()


def _linked(path: Path) -> Path | None:
    """The real path, all links followed, if it is in the path's own folder or below.

    No folder on the way may be a link, nor may what it leads to be hidden.
    """
    folder = path.parent
    try:
        if folder.resolve() != folder:
            return None
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):  # dangling, a loop of links (RuntimeError before 3.13)
        return None
    if not real.is_relative_to(folder):
        return None
    return None if _is_left_out(real.relative_to(folder).parts) else real


def _plain(root: Path, parts: list[str]) -> bool:
    """Whether the path exists under the real root and no part of it is a link.

    `_linked` tells that as well, in ten times the time: a build asks twice for every file.
    """
    if os.sep != "/":
        return False
    at = os.fspath(root)
    for part in parts:
        at = f"{at}/{part}"
        try:
            if stat.S_ISLNK(os.lstat(at).st_mode):
                return False
        except OSError:
            return False
    return True


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:  # `_refusal` tells why
        return False


def _hidden(name: str) -> bool:
    return name.startswith((".", "~$"))


def _is_left_out(parts: Sequence[str]) -> bool:
    """Whether a path's folders or its name are such that `list_files` does not give it."""
    return any(map(_hidden, parts)) or any(map(_silent, parts[-1:]))


def _silent(name: str) -> bool:
    """Whether nobody put the file there to be read."""
    return (
        (_hidden(name) and not (name.startswith(".") and name.endswith(_AWAY)))
        or (name.startswith("#") and name.endswith("#"))
        or name.lower().endswith(_LEFT_BEHIND)
        or name.lower() in _OF_SYSTEMS
    )


def _printable(name: str) -> str:
    """The name with undecodable bytes (lone surrogates, as Python keeps them) marked."""
    return name.encode("utf-8", "replace").decode("utf-8")
