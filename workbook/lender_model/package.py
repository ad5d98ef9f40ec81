"""Read an Excel workbook part by part, and change values of cells while every other byte stays as it was.

Libraries that load a workbook and save it again lose what they do not support: comments, validations, extensions. Here
the new value is spliced into the XML text of its sheet. lxml decides whether a part is well-formed, but does not give
byte positions; so cells are found by regular expressions, and lxml must find the same number of cells.
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
import html
import io
import itertools
import math
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from lxml import etree

from drawstop import opc
from drawstop.functions.cells import ERROR_CODES, NA, VALUE
from drawstop.opc import RESAVE, PackageError
from drawstop.serials import serial_of

MAX_TEXT = 32_767  # UTF-16 units in a cell, a limit of Excel
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
STORED_ERRORS = ("#NULL!", "#DIV/0!", VALUE, "#REF!", "#NAME?", "#NUM!", NA, "#GETTING_DATA")
"""The errors that a file can hold (ECMA-376-1, 18.17.3); for newer errors of Excel it holds #VALUE!."""


class Error(str):
    """The value of an error cell, such as `Error("#N/A")`; a plain `"#N/A"` is text.

    Example:
        >>> Error("#N/A") == "#N/A", isinstance("#N/A", Error)
        (True, False)
    """

    __slots__ = ()


Value: TypeAlias = float | bool | str | Error | None
NewValue: TypeAlias = Value | int | dt.date
_Edit: TypeAlias = tuple[int, int, bytes]  # start and end of the old bytes, the new ones


EXCEL_CALC_ID = 191029
"""The calculation engine of Excel 2019 to 365. An Excel whose engine is not newer shows the stored values on opening; a
newer one recalculates every formula ([MS-XLS] 2.4.215 RecalcId, ECMA-376 part 1, 18.2.2), so a colleague without the
add-in would see #NAME?. For the same reason fullCalcOnLoad is not set."""


class Cell(NamedTuple):
    """One cell as stored.

    Attributes:
        value: Number (a date is its serial number), text, flag, `Error`, or None for a blank.
        formula: Text of the formula without its "="; "" where the text is elsewhere (a child of a shared
            formula, a data table); None for a constant.
        array: Range filled by the array formula that starts here, such as "B2:M2".
        shared: Number of the shared formula that this cell belongs to; the first of its cells holds the text.
        style: Index of the cell's format.
    """

    value: Value
    formula: str | None
    array: str | None
    shared: int | None
    style: int


class Package:
    """A workbook held in memory. It never changes: `patch` and `with_calculation` return another.

    Attributes:
        name: Its name in error messages.
        data: The file as it was read.
        date1904: Whether dates count from 1904 instead of 1900.
        defined_names: Names defined for the whole workbook → the text they refer to.

    Example:
        >>> import xlsxwriter
        >>> buffer = io.BytesIO()
        >>> with xlsxwriter.Workbook(buffer) as book:
        ...     _ = book.add_worksheet("Loan").write_row("A1", ["Principal", 19_500_000])
        >>> package = Package(buffer.getvalue())
        >>> package.cells("Loan")["B1"].value
        19500000.0
        >>> package.patch({"Loan": {"B1": 17_062_500}}).cells("Loan")["B1"].value
        17062500.0
    """

    def __init__(self, data: bytes, name: str = "workbook") -> None:
        """Read a workbook from memory; see `read`."""
        self.name = name
        self.data = data
        self._infos, self._parts = opc.unzip(name, data)
        self._names = {part.lower(): part for part in self._parts}
        self._changed = False
        self._sheets: dict[str, Sheet] = {}
        workbook = self._xml("xl/workbook.xml")
        if workbook.find("{*}sheets/{*}sheet") is None:
            raise PackageError(f"{name}: has no sheet; {RESAVE}")
        properties = workbook.find("{*}workbookPr")
        self.date1904 = properties is not None and properties.get("date1904") in {"1", "true"}
        self.defined_names = {
            defined.get("name", ""): defined.text or ""
            for defined in workbook.iterfind("{*}definedNames/{*}definedName")
            if "localSheetId" not in defined.attrib
        }
        links = self._links()
        self._sheet_parts = {
            sheet.get("name", ""): self._part(target)
            for sheet in workbook.iterfind("{*}sheets/{*}sheet")
            for kind, target in [links.get(_relation(sheet), ("", ""))]
            if kind == "worksheet"
        }
        tables = [self._xml(target) for kind, target in links.values() if kind == "sharedStrings"]
        self._strings = dict(enumerate(_rich_text(item) for table in tables for item in table.iterfind("{*}si")))

    @classmethod
    def read(cls, path: str | Path) -> Package:
        """Read an .xlsx or .xlsm file.

        Raises:
            PackageError: The file cannot be read, is not such a workbook, or is beyond the limits of `drawstop.opc`.
        """
        return cls(opc.read(path), str(path))

    @property
    def sheet_names(self) -> list[str]:
        """Names of the worksheets in the order of their tabs; chart sheets have no cells and are left out."""
        return list(self._sheet_parts)

    def cells(self, sheet: str) -> Mapping[str, Cell]:
        """Cells of a sheet by reference ("B7"), in the order of the file; each is decoded when it is asked for.

        Raises:
            PackageError: No such sheet, a part that is not well-formed XML, or (on access) a cell against the standard.
        """
        return self._sheet(sheet)

    def formulas(self, sheet: str) -> set[str]:
        """References of a sheet's cells that hold a formula."""
        return self._sheet(sheet).formulas()

    def patch(self, values: Mapping[str, Mapping[str, NewValue]]) -> Package:
        """Set values of cells: sheet → reference → value.

        Only a cell's value changes; formula, style and everything else stay. An equal value leaves the cell byte for
        byte. Text is text, whatever it begins with; a date is written as its serial number; None clears the value.
        A missing cell is created, without a style; the two optional hints on the extent (`dimension` of the sheet,
        `spans` of the row) are then dropped, since they may no longer be true.

        Raises:
            PackageError: No such sheet or cell reference, or a value that a cell cannot hold.
        """
        sheets = {name: self._sheet(name) for name in values}
        return self._with({self._sheet_parts[name]: sheet.patched(values[name]) for name, sheet in sheets.items()})

    def with_calculation(self, *, full_on_load: bool, calc_id: int | None = None) -> Package:
        """Say whether the program that opens the workbook must recalculate every formula (`calcPr`).

        Args:
            full_on_load: Set `fullCalcOnLoad`, or remove it.
            calc_id: Version of the calculation engine that the cached values claim to come from; Excel
                recalculates on load if its own is newer. None leaves it unchanged.
        """
        part = self._part("xl/workbook.xml")
        prefix = _prefix(self._xml(part))
        return self._with({part: _set_calculation(self._parts[part], prefix, full_on_load, calc_id)})

    def opened_at(self, columns: Mapping[str, str]) -> Package:
        """Sheets scrolled to a column, beside the columns that are frozen: sheet → letters of the column.

        A sheet without frozen columns stays as it is.
        """
        parts = {self._sheet_parts[name]: letters.encode() for name, letters in columns.items()}
        return self._with({p: _FROZEN_COLUMNS.sub(rb"\g<1>%b\g<2>" % c, self._parts[p], 1) for p, c in parts.items()})

    @property
    def calc_id(self) -> str | None:
        """Version of the calculation engine that the values claim to come from, if the workbook states it."""
        part = self._part("xl/workbook.xml")
        found = _pattern(_CALCULATION, _prefix(self._xml(part))).search(self._parts[part])
        calc_id = dict(_ATTRIBUTE.findall(found[1])).get(b"calcId") if found else None
        return calc_id and calc_id.decode()

    def frozen(self, goes: Callable[[str], bool]) -> Package:
        """Values in place of every formula that goes; all other formulas stay.

        The list of formulas in order of calculation (`calcChain`), which would name cells without a formula, is left
        out; a spreadsheet program rebuilds it.
        """
        sheets = {part: self._sheet(name).frozen(goes) for name, part in self._sheet_parts.items()}
        return self._with(sheets)._without_calculation_chain()  # noqa: SLF001 - a copy of this class

    def as_dynamic(self, goes: Callable[[str], bool], mark: int) -> Package:
        """The single-cell formulas that go as dynamic array formulas, which Excel does not reduce to one cell.

        A formula that is already an array formula or shared, or in a merged range, is not changed.

        Args:
            goes: whether a formula goes.
            mark: number of the cell metadata for dynamic arrays, from 1.
        """
        sheets = {part: self._sheet(name).as_dynamic(goes, mark) for name, part in self._sheet_parts.items()}
        return self._with(sheets)

    def part(self, name: str) -> bytes | None:
        """The bytes of a part, or None if it does not exist."""
        return self._parts[self._names[name.lower()]] if name.lower() in self._names else None

    def with_parts(self, parts: Mapping[str, bytes]) -> Package:
        """With these parts replaced or added."""
        new = [name for name in parts if name.lower() not in self._names]
        other = copy.copy(self)
        other._infos = [*self._infos, *map(_fresh, new)]  # noqa: SLF001 - a copy of this class
        other._names = {**self._names, **{name.lower(): name for name in new}}  # noqa: SLF001 - as above
        other._parts = {**self._parts, **dict.fromkeys(new, b"")}  # noqa: SLF001 - as above
        return other._with({other._part(name): xml for name, xml in parts.items()})  # noqa: SLF001 - as above

    def _without_calculation_chain(self) -> Package:
        chain = self._names.get("xl/calcchain.xml")
        return self if chain is None else self._without(chain)

    def _without(self, part: str, *more: str) -> Package:
        """Without a part that the workbook has a relationship to, and parts that depend on it."""
        links, types = self._part("xl/_rels/workbook.xml.rels"), self._part("[Content_Types].xml")
        name = re.escape(posixpath.basename(part).encode())
        without = re.compile(rb"""<(?:Relationship|Override)\s[^>]*[/"']%b["'][^>]*/>""" % name, re.IGNORECASE)
        other = self._with({each: without.sub(b"", self._parts[each]) for each in (links, types)})
        gone = {part, *more}
        other._infos = [info for info in other._infos if info.filename not in gone]  # noqa: SLF001 - a copy of this class
        return other

    def holds(self, text: bytes) -> bool:
        """Whether any part contains a text."""
        return any(text in xml for xml in self._parts.values())

    def formula_texts(self) -> Iterator[tuple[str, str]]:
        """Every formula with the sheet it stands on: of cells, formats and validations; defined names come first."""
        parts = {"a defined name": self._part("xl/workbook.xml"), **self._sheet_parts}
        for place, part in parts.items():
            for found in _FORMULA_TEXT.finditer(self._parts[part]):
                yield place, _text(found[1])

    def reworded(self, word: Callable[[str], str]) -> Package:
        """Every formula as rewritten by a function: of cells, formats and validations, and of defined names.

        Example:
            >>> import xlsxwriter
            >>> buffer = io.BytesIO()
            >>> with xlsxwriter.Workbook(buffer) as book:
            ...     _ = book.add_worksheet("Loan").write_formula("A1", '=[1]!DSCR(B1,B2)&"&"')
            >>> plain = Package(buffer.getvalue()).reworded(lambda formula: formula.replace("[1]!", ""))
            >>> plain.cells("Loan")["A1"].formula
            'DSCR(B1,B2)&"&"'
        """
        parts = [self._part("xl/workbook.xml"), *self._sheet_parts.values()]
        other = self._with({part: _reworded(self._parts[part], word) for part in parts})
        if other is not self:
            other.defined_names = {name: word(text) for name, text in self.defined_names.items()}
        return other

    @property
    def external_books(self) -> dict[int, tuple[str, str]]:
        """Links to other workbooks: their number in formulas, as in `[1]` → kind and target.

        The kind is the last word of the relationship's type: "externalLinkPath", or for instance "xlStartup" where the
        target is a file in Excel's start folder, wherever that is ([MS-OI29500], external links).
        """
        return {number: target for number, (_, target) in self._external_parts().items()}

    def _external_parts(self) -> dict[int, tuple[str, tuple[str, str]]]:
        """By number, the part of each link to another workbook, with the kind and target of the link."""
        references = self._xml("xl/workbook.xml").iterfind("{*}externalReferences/{*}externalReference")
        links, out = self._links(), {}
        for number, reference in enumerate(references, start=1):
            _, part = links.get(_relation(reference), ("", ""))
            book = self._xml(part).find("{*}externalBook") if part.lower() in self._names else None
            if book is not None and _relations_of(part).lower() in self._names:
                relations = {link.get("Id", ""): link for link in self._xml(_relations_of(part))}
                link = relations.get(_relation(book), book)
                out[number] = (self._part(part), (link.get("Type", "").rpartition("/")[2], link.get("Target", "")))
        return out

    def without_external_book(self, number: int) -> Package:
        """Without a link to another workbook, if no part uses it and the numbers of the others do not change.

        The links are numbered in order, so only the last can go.
        """
        parts = self._external_parts()
        use = b"[%d]" % number
        if number not in parts or number < max(parts) or any(use in xml for xml in self._parts.values()):
            return self
        part, _ = parts[number]
        book = self._part("xl/workbook.xml")
        pattern = _pattern(_EXTERNAL_REFERENCES, _prefix(self._xml(book)))
        other = self._with({book: pattern.sub(lambda found: _without_last_child(found[0]), self._parts[book])})
        return other._without(part, self._part(_relations_of(part)))  # noqa: SLF001 - a copy of this class

    def to_bytes(self) -> bytes:
        """The .xlsx file: parts in their old order, with their old names, dates, attributes and compression method.

        Without a change these are the bytes that were read; the same change always gives the same bytes. Extra
        fields of the zip (owners and precise times, from archiving programs) are not kept.
        """
        if not self._changed:
            return self.data
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for info in self._infos:
                fresh = copy.copy(info)
                fresh.extra = b""  # may hold sizes that have changed
                archive.writestr(fresh, self._parts[info.filename])
                fresh.external_attr = info.external_attr  # once written, since zipfile fills in an empty one
        return buffer.getvalue()

    def _with(self, new: Mapping[str, bytes]) -> Package:
        parts = {part: xml for part, xml in new.items() if xml != self._parts[part]}
        if not parts:
            return self
        other = copy.copy(self)
        kept = {name: sheet for name, sheet in self._sheets.items() if self._sheet_parts[name] not in parts}
        vars(other).update(_changed=True, _parts={**self._parts, **parts}, _sheets=kept)
        return other

    def _sheet(self, name: str) -> Sheet:
        if name not in self._sheet_parts:
            raise PackageError(f"{self.name}: no worksheet {name!r}; there are {', '.join(self._sheet_parts)}")
        if name not in self._sheets:
            xml = self._parts[self._sheet_parts[name]]
            self._sheets[name] = Sheet(f"{self.name}: {name}", xml, self._strings, date1904=self.date1904)
        return self._sheets[name]

    def _part(self, name: str) -> str:
        """Name of a part as the zip spells it; part names do not distinguish case."""
        if name.lower() not in self._names:
            raise PackageError(f"{self.name}: has no {name}, so it is an incomplete or damaged workbook; {RESAVE}")
        return self._names[name.lower()]

    def _xml(self, part: str) -> etree._Element:
        return opc.parse(f"{self.name}: {part}", self._parts[self._part(part)])

    def _links(self) -> dict[str, tuple[str, str]]:
        """Relationships of the workbook: id → (last word of the type, part)."""
        return {
            link.get("Id", ""): (
                link.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/xl", link.get("Target", ""))).lstrip("/"),
            )
            for link in self._xml("xl/_rels/workbook.xml.rels")
        }


class Sheet(Mapping[str, Cell]):
    """One worksheet part: its bytes, and where each cell begins in them."""

    def __init__(self, where: str, xml: bytes, strings: Mapping[int, str], *, date1904: bool) -> None:
        """Check the XML and find the cells; `where` is the start of every error message."""
        self.where = where
        self.xml = xml
        self._strings = strings
        self._date1904 = date1904
        root = opc.parse(where, xml)
        self._prefix = _prefix(root)
        self._cell, self._usual = _pattern(_CELL, self._prefix), _pattern(_USUAL, self._prefix)
        self._known: dict[str, Cell] = {}
        self._starts = {m[1].decode(): m.start() for m in _pattern(_CELL_START, self._prefix).finditer(xml)}
        namespace = etree.QName(root).namespace
        if not namespace or root.find(f"{{{namespace}}}sheetData") is None:
            raise PackageError(f"{where}: is no worksheet; {RESAVE}")
        count = root.xpath("count(/*/m:sheetData/m:row[@r]/m:c)", namespaces={"m": namespace})
        if count != len(self._starts):
            raise PackageError(f"{where}: has cells or rows without a reference, or one twice; {RESAVE}")

    def __getitem__(self, reference: str) -> Cell:
        if reference not in self._known:
            self._known[reference] = self._read(reference, self._match(reference))
        return self._known[reference]

    def items(self) -> Iterator[tuple[str, Cell]]:  # type: ignore[override] # a view would look every cell up again
        """Every cell with its reference, in the order of the file."""
        if len(self._known) < len(self._starts):
            self._read_usual()
        return ((reference, self._known.get(reference) or self[reference]) for reference in self._starts)

    def _read_usual(self) -> None:
        """Read the cells that are as programs usually write them, nearly all, in one pass; what is odd is left."""
        known, strings = self._known, self._strings
        for name, style, kind, formula, raw in self._usual.findall(self.xml):
            text = formula.decode() if formula else None
            try:
                if kind:
                    value = raw.decode() if kind == b"str" else strings[int(raw)]
                else:
                    value = _finite(float(raw)) if raw else None
            except (ValueError, LookupError):
                continue
            known[name.decode()] = Cell(value, text, None, None, int(style or 0))

    def _read(self, reference: str, found: re.Match[bytes]) -> Cell:
        value, style = self._value(reference, found), int(found["style"] or 0)
        if found["formula"] is None:
            return Cell(value, None, None, None, style)
        about = dict(_ATTRIBUTE.findall(found["about_formula"]))
        kind, number = about.get(b"t"), about.get(b"si", b"")
        array = about.get(b"ref", b"").decode() if kind == b"array" else None
        shared = int(number) if kind == b"shared" and number.isdigit() else None
        return Cell(value, _text(found["formula_text"] or b""), array, shared, style)

    def __iter__(self) -> Iterator[str]:
        return iter(self._starts)

    def __len__(self) -> int:
        return len(self._starts)

    def formulas(self) -> set[str]:
        """References of the cells that hold a formula; see `Package.formulas`."""
        return {m[1].decode() for m in _pattern(_FORMULA_START, self._prefix).finditer(self.xml)}

    def patched(self, values: Mapping[str, NewValue]) -> bytes:
        """XML of the sheet with these values in place of the old ones; see `Package.patch`."""
        edits: list[_Edit] = []
        missing: dict[tuple[int, int], bytes] = {}
        for reference, new in values.items():
            try:
                value = _checked(new, date1904=self._date1904)
            except (ValueError, OverflowError) as error:
                raise PackageError(f"{self.where}!{reference}: {error}") from error
            if reference in self._starts:
                edits += self._replaced(reference, value)
                continue
            place = self._place(reference)
            if value is not None:
                missing[place] = self._new_cell(reference, value)
        xml = _pattern(_EMPTY_DATA, self._prefix).sub(rb"<\1></\1>", self.xml) if missing else self.xml
        return _spliced(xml, edits + self._inserted(xml, missing))

    def frozen(self, goes: Callable[[str], bool]) -> bytes:
        """XML of the sheet without the formulas that go; their values stay. See `Package.frozen`."""
        found = [self._match(reference) for reference in self]
        going = {m.start() for m in found if m["formula_text"] and goes(_text(m["formula_text"]))}
        # A child of a shared formula holds no text: it goes with the one that does.
        shared = {number for m in found if m.start() in going for number in _shared(m)}
        gone = [m for m in found if m.start() in going or shared.intersection(_shared(m))]
        # `cm` marks the formula of a dynamic array, so it goes with the formula.
        marks = [(*m.span("attributes"), _with_attribute(m["attributes"], b"cm", None)) for m in gone]
        return _spliced(self.xml, marks + [(*m.span("formula"), b"") for m in gone])

    def as_dynamic(self, goes: Callable[[str], bool], mark: int) -> bytes:
        """XML of the sheet with the formulas that go as dynamic arrays; see `Package.as_dynamic`."""
        edits: list[_Edit] = []
        for reference in self:
            found = self._match(reference)
            kind = dict(_ATTRIBUTE.findall(found["about_formula"] or b"")).get(b"t")
            text = found["formula_text"]
            if kind or not text or not goes(_text(text)) or self._merged(reference):
                continue
            attributes = _with_attribute(found["attributes"], b"cm", b"%d" % mark)
            about = found["about_formula"] + b' t="array" ref="%b"' % reference.encode()
            edits += [(*found.span("attributes"), attributes), (*found.span("about_formula"), about)]
        return _spliced(self.xml, edits)

    def _merged(self, reference: str) -> bool:
        row, column = self._place(reference)
        return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in self._merges)

    @functools.cached_property
    def _merges(self) -> list[tuple[int, int, int, int]]:
        """Top, left, bottom and right of each merged range."""
        return self._ranges(_MERGE)

    def _match(self, reference: str) -> re.Match[bytes]:
        found = self._cell.match(self.xml, self._starts[reference])
        if found is None:
            raise PackageError(f"{self.where}!{reference}: not a cell as the standard has it; {RESAVE}")
        return found

    def _value(self, reference: str, found: re.Match[bytes]) -> Value:
        kind, raw = found["type"] or b"n", found["value_text"]
        if kind == b"inlineStr":
            return self._inline_text(found["value"] or b"")
        if kind == b"str":
            return _unescaped(_text(raw or b""))
        try:
            return self._decoded(kind, raw) if raw else None
        except (ValueError, LookupError) as error:
            fault = f"{raw.decode()[:40]!r} is no value of type {kind.decode()!r}"
            raise PackageError(f"{self.where}!{reference}: {fault}; {RESAVE}") from error

    def _decoded(self, kind: bytes, raw: bytes) -> Value:
        if kind == b"n":
            return _finite(float(raw))
        if kind == b"s":
            return self._strings[int(raw)]
        if kind == b"b":
            return {b"1": True, b"true": True, b"0": False, b"false": False}[raw]
        if kind == b"e":
            return Error(_text(raw))
        if kind == b"d":
            return _serial(dt.datetime.fromisoformat(_text(raw)), date1904=self._date1904)
        raise LookupError(kind)

    def _inline_text(self, xml: bytes) -> str:
        spoken = _pattern(_PHONETIC, self._prefix).sub(b"", xml)
        return "".join(_unescaped(_text(m[1])) for m in _pattern(_TEXT, self._prefix).finditer(spoken))

    def _replaced(self, reference: str, value: Value) -> list[_Edit]:
        found = self._match(reference)
        old = self._value(reference, found)
        if type(old) is type(value) and old == value:
            return []
        kind, content = self._written(value, reference, formula=found["formula"] is not None)
        attributes = found["attributes"]
        if found["type"] != kind:
            attributes = _with_attribute(attributes, b"t", kind)
        if b"vm" in attributes:  # a link to rich data (a stock, a picture), which went with the old value
            attributes = _with_attribute(attributes, b"vm", None)
        tag = self._prefix + b"c"
        head, tail = found["head"] or b"", found["tail"] or b""
        return [(found.start(), found.end(), b"<%b%b>%b%b%b</%b>" % (tag, attributes, head, content, tail, tag))]

    def _new_cell(self, reference: str, value: Value) -> bytes:
        kind, content = self._written(value, reference, formula=False)
        attributes = _with_attribute(b' r="%b"' % reference.encode(), b"t", kind)
        return b"<%bc%b>%b</%bc>" % (self._prefix, attributes, content, self._prefix)

    def _written(self, value: Value, reference: str, *, formula: bool) -> tuple[bytes | None, bytes]:
        """Type attribute and element of a value. Text goes inline, but as "str" where a formula makes it."""
        if value is None:
            return None, b""
        tag = self._prefix
        kind, text = _encoded(value)
        space = b' xml:space="preserve"' if text != text.strip() else b""
        if kind == b"str" and not formula and not self._in_array(reference):
            return b"inlineStr", b"<%bis><%bt%b>%b</%bt></%bis>" % (tag, tag, space, text, tag, tag)
        return kind, b"<%bv%b>%b</%bv>" % (tag, space, text, tag)

    def _in_array(self, reference: str) -> bool:
        row, column = self._place(reference)
        return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in self._arrays)

    @functools.cached_property
    def _arrays(self) -> list[tuple[int, int, int, int]]:
        """Top, left, bottom and right of each array formula's range."""
        return self._ranges(_ARRAY)

    def _ranges(self, pattern: bytes) -> list[tuple[int, int, int, int]]:
        ranges = [m["range"].decode().split(":") for m in _pattern(pattern, self._prefix).finditer(self.xml)]
        return [(*self._place(corners[0]), *self._place(corners[-1])) for corners in ranges]

    def _place(self, reference: str) -> tuple[int, int]:
        """Row and column."""
        found = re.fullmatch(r"([A-Z]{1,3})([1-9][0-9]{0,6})", reference)
        if found:
            row, column = int(found[2]), functools.reduce(lambda n, letter: 26 * n + ord(letter) - 64, found[1], 0)
            if row <= MAX_ROW and column <= MAX_COLUMN:
                return row, column
        raise PackageError(f"{self.where}!{reference}: is not a cell reference; write it like B7, up to XFD1048576")

    def _inserted(self, xml: bytes, cells: Mapping[tuple[int, int], bytes]) -> list[_Edit]:
        """Insert cells, by row and column, where there are none."""
        if not cells:
            return []
        rows = {int(m["number"]): m for m in _pattern(_ROW, self._prefix).finditer(xml)}
        end = xml.rindex(b"</%bsheetData" % self._prefix)
        edits = [(m.start(), m.end(), b"") for m in _pattern(_DIMENSION, self._prefix).finditer(xml)]
        for number, group in itertools.groupby(sorted(cells.items()), key=lambda item: item[0][0]):
            new = {column: cell for (_, column), cell in group}
            if number in rows:
                edits += self._into_row(rows[number], new)
            else:
                at = min((row.start() for other, row in rows.items() if other > number), default=end)
                cells_xml = b"".join(new.values())
                edits.append((at, at, b'<%brow r="%d">%b</%brow>' % (self._prefix, number, cells_xml, self._prefix)))
        return edits

    def _into_row(self, row: re.Match[bytes], new: Mapping[int, bytes]) -> list[_Edit]:
        attributes = _with_attribute(row["attributes"], b"spans", None)
        tag = b"<%brow%b>" % (self._prefix, attributes)
        if row["empty"]:
            return [(row.start(), row.end(), b"%b%b</%brow>" % (tag, b"".join(new.values()), self._prefix))]
        end = self.xml.index(b"</%brow" % self._prefix, row.end())
        old = [m[1].decode() for m in _pattern(_CELL_START, self._prefix).finditer(self.xml, row.end(), end)]
        starts = {self._place(reference)[1]: self._starts[reference] for reference in old}
        after_last = self._match(old[-1]).end() if old else row.end()
        edits = [(row.start(), row.end(), tag)]
        for column, cell in new.items():
            at = min((start for other, start in starts.items() if other > column), default=after_last)
            edits.append((at, at, cell))
        return edits


# The patterns hold because `opc.parse` accepts only well-formed XML in which "<" can only begin a tag. "@" is the
# namespace prefix; around the "=" of an attribute `_pattern` allows white space. Quantifiers are possessive, so that a
# hostile sheet cannot make the search backtrack. No value of an attribute may hold ">", so that "[^>]*" stays inside a
# tag; a cell that has one is refused.
_ATTRIBUTE = re.compile(rb"""([^\s=]+)\s*=\s*["']([^"']*)""")
_ATTRIBUTES = rb"""(?:\s++[^\s=<>"'/]++\s*+=\s*+(?:"[^">]*+"|'[^'>]*+'))*+\s*+"""
_CELL_START = rb"""<@c\s (?: [^>]*\s )? r=["']([A-Z]{1,3}[1-9][0-9]{0,6})["']"""
_FORMULA_START = _CELL_START + rb"""[^>]* (?<!/)> \s* <@f [\s/>]"""
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
_ROW = rb"""<@row (?= [^>]* \s r=["'](?P<number>[0-9]+) ) (?P<attributes>ATTRIBUTES) (?P<empty>/?)>"""
_DIMENSION = rb"<@dimension ATTRIBUTES (?: /> | > \s* </@dimension\s*> )"
_EMPTY_DATA = rb"<(@sheetData) \s* />"
_PHONETIC = rb"<@rPh \b .*? </@rPh\s*>"
_TEXT = rb"<@t ATTRIBUTES > ([^<]*) </@t\s*>"
_EXTERNAL_REFERENCES = rb"<@externalReferences ATTRIBUTES > .*? </@externalReferences\s*>"
_FORMULA_TEXT = re.compile(rb"<(?:\w+:)?(?:f|formula[12]?|definedName)\b[^>]*+>([^<]++)</")
_FROZEN_COLUMNS = re.compile(rb"""(<(?:\w+:)?pane\s(?=[^>]*\bxSplit=)[^>]*\btopLeftCell=["'])[A-Z]+(\d+["'])""")
_CALCULATION = rb"<@calcPr (ATTRIBUTES) (?= /?> )"
_BEFORE_CALCULATION = rb"</@(?:sheets|functionGroups|externalReferences|definedNames)\s*>"  # in the schema's order


def _shared(found: re.Match[bytes]) -> list[bytes]:
    """Number of the shared formula that a cell takes part in, if any."""
    about = dict(_ATTRIBUTE.findall(found["about_formula"] or b""))
    return [about[b"si"]] if about.get(b"t") == b"shared" and b"si" in about else []


@functools.cache
def _pattern(text: bytes, prefix: bytes) -> re.Pattern[bytes]:
    text = text.replace(b"""=["']""", rb"""\s*+=\s*+["']""")
    text = text.replace(b"ATTRIBUTES", _ATTRIBUTES).replace(b"@", re.escape(prefix))
    return re.compile(text, re.VERBOSE | re.DOTALL)


def _relation(element: etree._Element) -> str:
    """The id of the relationship that an element names, in whichever of the two namespaces."""
    return str(element.xpath("string(@*[local-name()='id'])"))


def _relations_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _prefix(root: etree._Element) -> bytes:
    return f"{root.prefix}:".encode() if root.prefix else b""


def _with_attribute(attributes: bytes, name: bytes, value: bytes | None) -> bytes:
    """Set an attribute in place, or at the end; None removes it, with one blank before it."""
    new = b"" if value is None else b' %b="%b"' % (name, value)
    replaced, count = re.subn(rb"""\s%b\s*+=\s*(?:"[^"]*"|'[^']*')""" % name, new, attributes)
    return replaced if count else attributes + new


def _fresh(name: str) -> zipfile.ZipInfo:
    """An entry for a new part, without a date, so that the same change gives the same bytes."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _spliced(xml: bytes, edits: list[_Edit]) -> bytes:
    """Splice in the new bytes; at the same position in the given order, insertions before replacements."""
    pieces = []
    position = 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [xml[position:start], new]
        position = end
    return b"".join([*pieces, xml[position:]])


def _set_calculation(xml: bytes, prefix: bytes, full_on_load: bool, calc_id: int | None) -> bytes:
    found = _pattern(_CALCULATION, prefix).search(xml)
    attributes = found[1] if found else b""
    attributes = _with_attribute(attributes, b"fullCalcOnLoad", b"1" if full_on_load else None)
    if calc_id is not None:
        attributes = _with_attribute(attributes, b"calcId", b"%d" % calc_id)
    if found:
        return _spliced(xml, [(*found.span(1), attributes)])
    if not attributes:
        return xml
    at = max(element.end() for element in _pattern(_BEFORE_CALCULATION, prefix).finditer(xml))
    return _spliced(xml, [(at, at, b"<%bcalcPr%b/>" % (prefix, attributes))])


def _reworded(xml: bytes, word: Callable[[str], str]) -> bytes:
    edits = []
    for found in _FORMULA_TEXT.finditer(xml):
        old = _text(found[1])
        new = word(old)
        if new != old:
            edits.append((*found.span(1), html.escape(new, quote=False).encode()))
    return _spliced(xml, edits)


def _without_last_child(xml: bytes) -> bytes:
    """An element without its last child, which has no children itself; nothing if that was the only child."""
    at = xml.rindex(b"<", 0, xml.rindex(b"</"))
    if b"<" not in xml[1:at]:
        return b""
    return xml[:at] + xml[xml.rindex(b"</") :]


def _rich_text(item: etree._Element) -> str:
    """Text of a shared string: its own or its runs', without the phonetic reading."""
    texts = [node.text or "" for path in ("{*}t", "{*}r/{*}t") for node in item.iterfind(path)]
    return _unescaped("".join(texts))


_ESCAPED = re.compile(r"_x([0-9a-fA-F]{4})_")
_NOT_XML = r"\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff"
_TO_ESCAPE = re.compile(rf"[{_NOT_XML}]|_(?=x[0-9a-fA-F]{{4}}[_{_NOT_XML}])")


def _text(xml: bytes) -> str:
    """Character data of an element without children, as XML reads it."""
    if b"&" in xml or b"\r" in xml:
        return etree.fromstring(b"<t>%b</t>" % xml).text or ""
    return xml.decode()


def _unescaped(text: str) -> str:
    """Undo the escapes _xHHHH_ (ECMA-376-1, 22.9.2.19) for characters that XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _encoded(value: Value) -> tuple[bytes | None, bytes]:
    """Type attribute and content of a value."""
    match value:
        case None:
            return None, b""
        case bool():
            return b"b", b"%d" % value
        case Error():
            return b"e", value.encode()
        case str():
            escaped = _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
            return b"str", html.escape(escaped, quote=False).encode()
        case _:
            return None, repr(value).removesuffix(".0").encode()


def _checked(value: NewValue, *, date1904: bool) -> Value:
    """The value as it will be read back, or a ValueError where no cell can hold it."""
    match value:
        case None | bool():
            return value
        case dt.date():
            return _serial(value, date1904=date1904)
        case float() | int():
            return _finite(float(value)) + 0.0  # spreadsheet programs do not write a zero with a sign
        case Error():
            if value not in ERROR_CODES:
                raise ValueError(f"{value} is not an error of Excel; use one of {', '.join(STORED_ERRORS)}")
            return value if value in STORED_ERRORS else Error(VALUE)
        case str():
            if len(value.encode("utf-16-le", "surrogatepass")) > 2 * MAX_TEXT:
                raise ValueError(f"text of {len(value)} characters; a cell holds {MAX_TEXT}, so shorten it")
            return str(value)
    raise ValueError(f"{type(value).__name__} is not a value of a cell; give a number, text, flag, date, Error or None")


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a number that a cell can hold; give an Error instead")
    return number


def _serial(day: dt.date, *, date1904: bool) -> float:
    """Serial number of a date, with its time as a part of the day."""
    midnight = dt.time.min
    moment = day if isinstance(day, dt.datetime) else dt.datetime.combine(day, midnight)
    if moment.tzinfo:
        raise ValueError(f"{moment} has a time zone, which a cell cannot hold; give the local time")
    first = dt.date(1904, 1, 1) if date1904 else dt.date(1899, 12, 31)
    if moment.date() < first:
        raise ValueError(f"{day} is before {first}, the first day of this workbook")
    time = (moment - dt.datetime.combine(moment.date(), midnight)) / dt.timedelta(days=1)
    return float(serial_of(moment.date()) - (serial_of(first) if date1904 else 0)) + time
