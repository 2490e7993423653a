"""Office packages: ZIP files of XML, opened under limits and without entities."""

from __future__ import annotations

import io
import posixpath
import zipfile
from typing import Any, TypeAlias

from rag.errors import ReadError

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

    def xml(self, name: str) -> Element:
        """A part's XML, without entities or network. Raises ReadError as ``bytes`` does."""
        return parse_xml(self.bytes(name), name)

    def check(self, *, entities: bool) -> None:
        """Refuse a bomb before another library opens the package.

        ``entities``: whether its XML may have a DOCTYPE, as EPUB and OpenDocument allow.
        """
        for name, entry in self._entries.items():
            _check(entry)
            if (
                not entities
                and name.endswith((".xml", ".rels"))
                and b"<!DOCTYPE" in self.bytes(name)
            ):
                raise ReadError(f"its part {name} declares entities, as no honest document does")

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


def parse_xml(data: bytes, name: str) -> Element:
    """XML with no entity resolved and nothing fetched; a DOCTYPE, which none needs, is refused."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ReadError(
            f"damaged XML in its part {name}: save it again from its program"
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ReadError(f"its part {name} declares entities, as no honest document does: refused")
    return root


def _check(entry: zipfile.ZipInfo) -> None:
    bloated = entry.file_size > _MOST_RATIO * max(entry.compress_size, 1)
    if entry.file_size > _MOST_PART_BYTES or (bloated and entry.file_size > _RATIO_MATTERS_BYTES):
        raise ReadError(
            f"its part {entry.filename} unpacks to {entry.file_size:,} bytes, beyond any honest "
            "document: if it is one, split it"
        )


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
