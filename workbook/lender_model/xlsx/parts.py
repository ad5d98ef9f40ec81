"""The parts of a workbook's file, held in memory by their names."""

from __future__ import annotations

import copy
import dataclasses
import functools
import io
import posixpath
import re
import zipfile
from collections.abc import Mapping

from lxml import etree

from drawstop import opc
from drawstop.opc import RESAVE, PackageError

BOOK = "xl/workbook.xml"
_BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
_TYPES = "[Content_Types].xml"


@dataclasses.dataclass(frozen=True)
class Parts:
    """The parts of a file. They never change: each change gives others.

    Attributes:
        name: the file's name in error messages.
        data: the file as it was read.
        infos: the zip's members in their order.
        contents: the members' bytes, by name.
        changed: whether they are other than the file's.
    """

    name: str
    data: bytes
    infos: tuple[zipfile.ZipInfo, ...]
    contents: Mapping[str, bytes]
    changed: bool = False

    @classmethod
    def unzip(cls, name: str, data: bytes) -> Parts:
        """The parts of a file in memory.

        Raises:
            PackageError: it is incomplete or damaged, or beyond the limits of `drawstop.opc`.
        """
        infos, contents = opc.unzip(name, data)
        return cls(name, data, tuple(infos), contents)

    @functools.cached_property
    def _names(self) -> dict[str, str]:
        """Names as the zip spells them; part names do not distinguish case."""
        return {part.lower(): part for part in self.contents}

    def __contains__(self, part: str) -> bool:
        """Whether there is a part of this name."""
        return part.lower() in self._names

    def __getitem__(self, part: str) -> bytes:
        """The bytes of a part."""
        return self.contents[self.spelled(part)]

    def get(self, part: str) -> bytes | None:
        """The bytes of a part, or None if it does not exist."""
        return self.contents.get(self._names.get(part.lower(), part))

    def spelled(self, part: str) -> str:
        """Name of a part as the zip spells it.

        Raises:
            PackageError: no such part.
        """
        if part not in self:
            raise PackageError(f"{self.name}: has no {part}, so it is an incomplete or damaged workbook; {RESAVE}")
        return self._names[part.lower()]

    def xml(self, part: str) -> etree._Element:
        """The root of a part that is XML.

        Raises:
            PackageError: no such part, or not well-formed.
        """
        return opc.parse(f"{self.name}: {part}", self[part])

    def links(self) -> dict[str, tuple[str, str]]:
        """Relationships of the workbook: id → (last word of the type, part)."""
        return {
            link.get("Id", ""): (
                link.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/xl", link.get("Target", ""))).lstrip("/"),
            )
            for link in self.xml(_BOOK_RELATIONS)
        }

    def holds(self, text: bytes) -> bool:
        """Whether any part contains a text."""
        return any(text in content for content in self.contents.values())

    def changed_to(self, new: Mapping[str, bytes]) -> Parts:
        """With other bytes in existing parts; themselves if the bytes are the same."""
        new = {self.spelled(part): content for part, content in new.items()}
        differing = {part: content for part, content in new.items() if content != self.contents[part]}
        return dataclasses.replace(self, contents={**self.contents, **differing}, changed=True) if differing else self

    def with_parts(self, parts: Mapping[str, bytes]) -> Parts:
        """With these parts replaced or added."""
        new = [part for part in parts if part not in self]
        infos = (*self.infos, *map(_fresh, new))
        contents = {**self.contents, **dict.fromkeys(new, b"")}
        changed = self.changed or bool(new)
        return dataclasses.replace(self, infos=infos, contents=contents, changed=changed).changed_to(parts)

    def without(self, part: str, *more: str) -> Parts:
        """Without a part that the workbook has a relationship to, and parts that depend on it."""
        name = re.escape(posixpath.basename(part).encode())
        naming = re.compile(rb"""<(?:Relationship|Override)\s[^>]*[/"']%b["'][^>]*/>""" % name, re.IGNORECASE)
        other = self.changed_to({each: naming.sub(b"", self[each]) for each in (_BOOK_RELATIONS, _TYPES)})
        gone = {self.spelled(each) for each in (part, *more)}
        infos = tuple(info for info in other.infos if info.filename not in gone)
        contents = {each: content for each, content in other.contents.items() if each not in gone}
        return dataclasses.replace(other, infos=infos, contents=contents, changed=True)

    def to_bytes(self) -> bytes:
        """The file: parts in their old order, with their old names, dates, attributes and compression method.

        Without a change these are the bytes that were read; the same change always gives the same bytes. Extra
        fields of the zip (owners and precise times, from archiving programs) are not kept.
        """
        if not self.changed:
            return self.data
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for info in self.infos:
                fresh = copy.copy(info)
                fresh.extra = b""  # may hold sizes that have changed
                archive.writestr(fresh, self.contents[info.filename])
                fresh.external_attr = info.external_attr  # once written, since zipfile fills in an empty one
        return buffer.getvalue()


def _fresh(name: str) -> zipfile.ZipInfo:
    """An entry for a new part, without a date, so that the same change gives the same bytes."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
