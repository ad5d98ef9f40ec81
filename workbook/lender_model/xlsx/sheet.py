"""The cells of one worksheet, found in the bytes of its part and decoded when they are asked for.

lxml decides whether the part is well-formed, but does not give byte positions. So cells are found by regular
expressions, and lxml must find the same number of cells. Expat gives positions (`CurrentByteIndex`), but calls Python
for every element: the 82,000 cells of the lender model take it 1.0 s before a value is decoded, where the steps here
take 0.8 s for every value, and a refresh does not ask for all. The tests find the cells by expat.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from drawstop import opc
from drawstop.opc import RESAVE, PackageError
from lender_model.xlsx.cells import Cell, Error, Value, finite, serial, text_of, unescaped
from lender_model.xlsx.splice import attributes_of, pattern, prefix_of

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384

CELL_START = rb"""<@c\s (?: [^>]*\s )? r=["']([A-Z]{1,3}[1-9][0-9]{0,6})["']"""
_FORMULA_START = CELL_START + rb"""[^>]* (?<!/)> \s* <@f [\s/>]"""
_CELL = rb"""
    <@c (?: (?= [^>]* \s t=["'] (?P<type>[^"']*) ) | ) (?: (?= [^>]* \s s=["'] (?P<style>[0-9]+) ) | )
    (?P<attributes>ATTRIBUTES) (?: /> | >
        (?P<head> \s*+
            (?P<formula> <@f (?P<about_formula>ATTRIBUTES) (?: /> | > (?P<formula_text>[^<]*+) </@f\s*> ) )?+ \s*+ )
        (?P<value> <@v ATTRIBUTES (?: /> | > (?P<value_text>[^<]*+) </@v\s*> )
            | <@is ATTRIBUTES (?: /> | (?> > .*? </@is\s*> ) ) )?+
        (?P<tail> \s*+ (?: <@extLst ATTRIBUTES (?: /> | (?> > .*? </@extLst\s*> ) ) )?+ \s*+ )
    </@c\s*> )"""
_USUAL = rb"""<@c\ r="([A-Z]+[0-9]+)" (?:\ s="([0-9]+)")? (?: /> |
    (?:\ t="(str|s)")?> (?:<@f>([^<&\r]++)</@f>)? <@v>([^<&\r_]++)</@v> </@c>)"""
"""A blank, number or text as programs usually write it: most cells are, and all at once this is quicker."""
_ARRAY = rb"""<@f (?= [^>]* \s t=["']array["'] ) (?= [^>]* \s ref=["'](?P<range>[A-Z0-9:]+)["'] )"""
_MERGE = rb"""<@mergeCell \s (?= [^>]* \b ref=["'](?P<range>[A-Z0-9:]+)["'] )"""
_PHONETIC = rb"<@rPh \b .*? </@rPh\s*>"
_TEXT = rb"<@t ATTRIBUTES > ([^<]*) </@t\s*>"


class Sheet(Mapping[str, Cell]):
    """One worksheet part: its bytes, and where each cell begins in them.

    Attributes:
        where: the file and the sheet, at the start of every error message.
        xml: the bytes of the part.
        prefix: the prefix of its elements' namespace with the colon, or nothing.
        date1904: whether dates count from 1904.
        starts: reference of each cell → the position of its first byte.
        kept: what a reader has made of the cells, for the next one.
    """

    def __init__(self, where: str, xml: bytes, strings: Mapping[int, str], *, date1904: bool) -> None:
        """Check the XML and find the cells."""
        self.where = where
        self.xml = xml
        self.date1904 = date1904
        self._strings = strings
        root = opc.parse(where, xml)
        self.prefix = prefix_of(root)
        self._cell, self._usual = pattern(_CELL, self.prefix), pattern(_USUAL, self.prefix)
        self._known: dict[str, Cell] = {}
        self.kept: dict[Any, Any] = {}
        self.starts = {m[1].decode(): m.start() for m in pattern(CELL_START, self.prefix).finditer(xml)}
        namespace = etree.QName(root).namespace
        if not namespace or root.find(f"{{{namespace}}}sheetData") is None:
            raise PackageError(f"{where}: is not a worksheet; {RESAVE}")
        count = root.xpath("count(/*/m:sheetData/m:row[@r]/m:c)", namespaces={"m": namespace})
        if count != len(self.starts):
            raise PackageError(f"{where}: has cells or rows without a reference, or one twice; {RESAVE}")

    def __getitem__(self, reference: str) -> Cell:
        if reference not in self._known:
            self._known[reference] = self._read(reference, self.match(reference))
        return self._known[reference]

    def __iter__(self) -> Iterator[str]:
        return iter(self.starts)

    def __len__(self) -> int:
        return len(self.starts)

    def items(self) -> Iterator[tuple[str, Cell]]:  # type: ignore[override] # a view would look every cell up again
        """Every cell with its reference, in the order of the file."""
        if len(self._known) < len(self.starts):
            self._read_usual()
        return ((reference, self._known.get(reference) or self[reference]) for reference in self.starts)

    def formulas(self) -> set[str]:
        """References of the cells that hold a formula; see `Package.formulas`."""
        return {m[1].decode() for m in pattern(_FORMULA_START, self.prefix).finditer(self.xml)}

    def match(self, reference: str) -> re.Match[bytes]:
        """The element of a cell in its parts: attributes, head with the formula, value, tail.

        Raises:
            PackageError: the cell is against the standard.
        """
        found = self._cell.match(self.xml, self.starts[reference])
        if found is None:
            raise PackageError(f"{self.where}!{reference}: not a cell as the standard has it; {RESAVE}")
        return found

    def value(self, reference: str, found: re.Match[bytes]) -> Value:
        """The value in a matched cell.

        Raises:
            PackageError: it is not a value of the cell's type.
        """
        kind, raw = found["type"] or b"n", found["value_text"]
        if kind == b"inlineStr":
            return self._inline_text(found["value"] or b"")
        if kind == b"str":
            return unescaped(text_of(raw or b""))
        try:
            return self._decoded(kind, raw) if raw else None
        except (ValueError, LookupError) as error:
            fault = f"{raw.decode()[:40]!r} is not a value of type {kind.decode()!r}"
            raise PackageError(f"{self.where}!{reference}: {fault}; {RESAVE}") from error

    def place(self, reference: str) -> tuple[int, int]:
        """Row and column.

        Raises:
            PackageError: not a cell reference.
        """
        found = re.fullmatch(r"([A-Z]{1,3})([1-9][0-9]{0,6})", reference)
        if found:
            row, column = int(found[2]), functools.reduce(lambda n, letter: 26 * n + ord(letter) - 64, found[1], 0)
            if row <= MAX_ROW and column <= MAX_COLUMN:
                return row, column
        raise PackageError(f"{self.where}!{reference}: is not a cell reference; write it like B7, up to XFD1048576")

    def in_array(self, reference: str) -> bool:
        """Whether an array formula fills the cell."""
        return self._inside(reference, self._arrays)

    def merged(self, reference: str) -> bool:
        """Whether the cell is in a merged range."""
        return self._inside(reference, self._merges)

    def _read_usual(self) -> None:
        """Read the cells that are as programs usually write them, nearly all, in one pass; what is odd is left."""
        known, strings = self._known, self._strings
        for name, style, kind, formula, raw in self._usual.findall(self.xml):
            text = formula.decode() if formula else None
            try:
                if kind:
                    value = raw.decode() if kind == b"str" else strings[int(raw)]
                else:
                    value = finite(float(raw)) if raw else None
            except (ValueError, LookupError):
                continue
            known[name.decode()] = Cell(value, text, None, None, int(style or 0))

    def _read(self, reference: str, found: re.Match[bytes]) -> Cell:
        value, style = self.value(reference, found), int(found["style"] or 0)
        if found["formula"] is None:
            return Cell(value, None, None, None, style)
        about = attributes_of(found["about_formula"])
        kind, number = about.get(b"t"), about.get(b"si", b"")
        array = about.get(b"ref", b"").decode() if kind == b"array" else None
        shared = int(number) if kind == b"shared" and number.isdigit() else None
        return Cell(value, text_of(found["formula_text"] or b""), array, shared, style)

    def _decoded(self, kind: bytes, raw: bytes) -> Value:
        if kind == b"n":
            return finite(float(raw))
        if kind == b"s":
            return self._strings[int(raw)]
        if kind == b"b":
            return {b"1": True, b"true": True, b"0": False, b"false": False}[raw]
        if kind == b"e":
            return Error(text_of(raw))
        if kind == b"d":
            return serial(dt.datetime.fromisoformat(text_of(raw)), date1904=self.date1904)
        raise LookupError(kind)

    def _inline_text(self, xml: bytes) -> str:
        spoken = pattern(_PHONETIC, self.prefix).sub(b"", xml)
        return "".join(unescaped(text_of(m[1])) for m in pattern(_TEXT, self.prefix).finditer(spoken))

    @functools.cached_property
    def _arrays(self) -> list[tuple[int, int, int, int]]:
        return self._ranges(_ARRAY)

    @functools.cached_property
    def _merges(self) -> list[tuple[int, int, int, int]]:
        return self._ranges(_MERGE)

    def _ranges(self, text: bytes) -> list[tuple[int, int, int, int]]:
        """Top, left, bottom and right of each range that a pattern finds."""
        ranges = [m["range"].decode().split(":") for m in pattern(text, self.prefix).finditer(self.xml)]
        return [(*self.place(corners[0]), *self.place(corners[-1])) for corners in ranges]

    def _inside(self, reference: str, ranges: list[tuple[int, int, int, int]]) -> bool:
        row, column = self.place(reference)
        return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in ranges)
