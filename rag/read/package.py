"""Office packages: ZIP files of XML, opened under limits and without entities."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any, TypeAlias

from rag.errors import ReadError
from rag.read.extraction import sensible_title

Element: TypeAlias = Any
"""An lxml element; lxml ships no types."""

# The XML of a 900-page book is 10 MB; its tree in memory is about eight times as large.
_MOST_PART_BYTES = 64_000_000
_MOST_TOTAL_BYTES = 1_000_000_000
_MOST_PARTS = 20_000
# Deflate cannot pass 1,032 to 1; Office XML reaches about 40 to 1.
_MOST_RATIO = 300
_RATIO_MATTERS_BYTES = 8_000_000


class Package:
    """An open package. Sizes are checked before anything is inflated, and again while it is.

    Raises:
        ReadError: not a ZIP, damaged, or larger inside than the limits allow.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except Exception as error:  # zipfile lets struct and codec errors through
            raise ReadError("a damaged package: save it again from its program") from error
        if len(entries) > _MOST_PARTS or sum(e.file_size for e in entries) > _MOST_TOTAL_BYTES:
            raise ReadError("a package of more than 1 GB unpacked: split the document")
        # Some writers begin names with "/" or write "\\"; names differ in case from their uses.
        self._entries = {_normal(entry.filename): entry for entry in entries}

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._entries

    def bytes(self, name: str) -> bytes:
        """A part's bytes. Raises ReadError if it is missing, damaged or too large."""
        entry = self._entries.get(_normal(name))
        if entry is None:
            raise ReadError(f"a damaged package: its part {name} is missing; save it again")
        if entry.flag_bits & 1:
            raise ReadError("encrypted: save a copy without the password and rebuild")
        _check(entry)
        try:
            with self._zip.open(entry) as part:
                data = part.read(entry.file_size + 1)  # no further than it claims
        except Exception as error:  # zlib, CRC and codec errors
            raise ReadError(f"a damaged package: its part {name} cannot be unpacked") from error
        return data

    def xml(self, name: str, *, doctype: bool = False) -> Element:
        """A part's XML, without entities or network. Raises ReadError as ``bytes`` does.

        ``doctype``: whether the format allows one; what it declares is not resolved.
        """
        return parse_xml(self.bytes(name), name, doctype=doctype)

    def stream(self, name: str, *tags: str) -> Iterator[Element]:
        """A part's elements with these names, one at a time: the tree is never whole in memory.

        Raises ReadError as ``xml`` does. An element is empty once the next one is asked for.
        """
        from lxml import etree

        source = io.BytesIO(self.bytes(name))
        events = etree.iterparse(
            source,
            tag=[f"{{*}}{tag}" for tag in tags],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        try:
            for _, element in events:
                if element.getroottree().docinfo.internalDTD is not None:
                    raise _declares(name)
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise _damaged(name) from error

    def main(self, default: str) -> str:
        """The name of an Office package's main part. Raises ReadError if there is none."""
        relations = self.relations("").values()
        name = next((name for kind, name in relations if kind == "officeDocument"), default)
        for found in (name, default):
            if found in self:
                return found
        raise ReadError(f"a damaged package: its part {default} is missing; save it again")

    def title(self) -> str | None:
        """The title in an Office package's properties, if a person seems to have given it."""
        kinds = self.relations("").values()
        core = next((name for kind, name in kinds if kind == "core-properties"), "")
        if core not in self:
            return None
        try:
            found = self.xml(core).find("{*}title")
        except ReadError:  # a title is not worth a document
            return None
        return sensible_title(found.text) if found is not None else None

    def relations(self, source: str) -> dict[str, tuple[str, str]]:
        """A part's relations inside the package: id to (last word of the type, part name)."""
        folder, file = posixpath.split(source)
        name = posixpath.join(folder, "_rels", f"{file}.rels")
        if name not in self:
            return {}
        found: dict[str, tuple[str, str]] = {}
        for relation in self.xml(name).iter("{*}Relationship"):
            if relation.get("TargetMode") != "External":
                kind = (relation.get("Type") or "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join(folder, relation.get("Target") or ""))
                found[relation.get("Id") or ""] = (kind, target)
        return found


def parse_xml(data: bytes, name: str, *, doctype: bool = False) -> Element:
    """XML with no entity resolved and nothing fetched; a DOCTYPE is refused unless allowed."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _damaged(name) from error
    if not doctype and root.getroottree().docinfo.internalDTD is not None:
        raise _declares(name)
    return root


def local(element: Element) -> str:
    """The element's name without its namespace (Strict and Transitional differ there only)."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def value(element: Element, name: str) -> str | None:
    """An attribute by its name in any namespace."""
    for key, found in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(found)
    return None


def is_true(told: str | None) -> bool:
    """Whether an attribute says yes, as XML Schema spells it."""
    return told in ("1", "true")


def alternative(element: Element) -> Element:
    """One of a drawing's two copies: the modern one, unless only the old one holds text."""
    choices = [child for child in element if local(child) in ("Choice", "Fallback")]
    for choice in choices:
        if next(choice.iter("{*}t"), None) is not None:
            return choice
    return choices[0] if choices else element


def _damaged(name: str) -> ReadError:
    return ReadError(f"damaged XML in its part {name}: save it again from its program")


def _declares(name: str) -> ReadError:
    return ReadError(f"its part {name} declares entities, as no honest document does: refused")


def _check(entry: zipfile.ZipInfo) -> None:
    bloated = entry.file_size > _MOST_RATIO * max(entry.compress_size, 1)
    if entry.file_size > _MOST_PART_BYTES or (bloated and entry.file_size > _RATIO_MATTERS_BYTES):
        raise ReadError(
            f"its part {entry.filename} unpacks to {entry.file_size:,} bytes, beyond any honest "
            "document: if it is one, split it"
        )


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
