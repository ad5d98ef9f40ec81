"""An Excel workbook, part by part: cells read, values of cells changed while every other byte stays as it was."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from drawstop import opc
from drawstop.opc import RESAVE, PackageError
from lender_model.xlsx import engine, external, formula_text
from lender_model.xlsx.cells import Cell, NewValue, rich_text
from lender_model.xlsx.parts import BOOK, Parts
from lender_model.xlsx.patch import patched
from lender_model.xlsx.sheet import Sheet
from lender_model.xlsx.splice import prefix_of

_CALCULATION_CHAIN = "xl/calcChain.xml"
_FROZEN_COLUMNS = re.compile(rb"""(<(?:\w+:)?pane\s(?=[^>]*\bxSplit=)[^>]*\btopLeftCell=["'])[A-Z]+(\d+["'])""")


class Package:
    """A workbook held in memory. It never changes: `patch` and the like return another.

    Attributes:
        name: Its name in error messages.
        date1904: Whether dates count from 1904 instead of 1900.
        defined_names: Names defined for the whole workbook → the text they refer to.

    Example:
        >>> import io
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
        self._parts = parts = Parts.unzip(name, data)
        self._sheets: dict[str, Sheet] = {}
        book = parts.xml(BOOK)
        if book.find("{*}sheets/{*}sheet") is None:
            raise PackageError(f"{name}: has no sheet; {RESAVE}")
        properties = book.find("{*}workbookPr")
        self.date1904 = properties is not None and properties.get("date1904") in {"1", "true"}
        self.defined_names = {
            defined.get("name", ""): defined.text or ""
            for defined in book.iterfind("{*}definedNames/{*}definedName")
            if "localSheetId" not in defined.attrib
        }
        links = parts.links()
        self._sheet_parts = {
            sheet.get("name", ""): parts.spelled(target)
            for sheet in book.iterfind("{*}sheets/{*}sheet")
            for kind, target in [links.get(external.relation_of(sheet), ("", ""))]
            if kind == "worksheet"
        }
        tables = [parts.xml(target) for kind, target in links.values() if kind == "sharedStrings"]
        self._strings = dict(enumerate(rich_text(item) for table in tables for item in table.iterfind("{*}si")))

    @classmethod
    def read(cls, path: str | Path) -> Package:
        """Read an .xlsx or .xlsm file.

        Raises:
            PackageError: The file cannot be read, is not such a workbook, or is beyond the limits of `drawstop.opc`.
        """
        return cls(opc.read(path), str(path))

    @property
    def data(self) -> bytes:
        """The file as it was read."""
        return self._parts.data

    @property
    def sheet_names(self) -> list[str]:
        """Names of the worksheets in the order of their tabs; chart sheets have no cells and are left out."""
        return list(self._sheet_parts)

    def cells(self, sheet: str) -> Mapping[str, Cell]:
        """Cells of a sheet by reference ("B7"), in the order of the file; each is decoded when it is asked for.

        Raises:
            PackageError: No such sheet, a part that is not well-formed XML, or (on access) a cell against the standard.
        """
        return self.sheet(sheet)

    def formulas(self, sheet: str) -> set[str]:
        """References of a sheet's cells that hold a formula."""
        return self.sheet(sheet).formulas()

    def patch(self, values: Mapping[str, Mapping[str, NewValue]]) -> Package:
        """Set values of cells: sheet → reference → value.

        Only a cell's value changes; formula, style and everything else stay. An equal value leaves the cell byte for
        byte. Text is text, whatever it begins with; a date is written as its serial number; None clears the value.
        A missing cell is created, without a style; the two optional hints on the extent (`dimension` of the sheet,
        `spans` of the row) are then dropped, since they may no longer be true.

        Raises:
            PackageError: No such sheet or cell reference, or a value that a cell cannot hold.
        """
        sheets = {name: self.sheet(name) for name in values}
        return self._with({self._sheet_parts[name]: patched(sheet, values[name]) for name, sheet in sheets.items()})

    def with_calculation(self, *, full_on_load: bool, calc_id: int | None = None) -> Package:
        """Say whether the program that opens the workbook must recalculate every formula (`calcPr`).

        Args:
            full_on_load: Set `fullCalcOnLoad`, or remove it.
            calc_id: Version of the calculation engine that the cached values claim to come from; Excel
                recalculates on load if its own is newer. None leaves it unchanged.
        """
        xml = engine.with_calculation(self._parts[BOOK], self._prefix(), full_on_load=full_on_load, calc_id=calc_id)
        return self._with({BOOK: xml})

    @property
    def calc_id(self) -> str | None:
        """Version of the calculation engine that the values claim to come from, if the workbook states it."""
        return engine.calc_id_of(self._parts[BOOK], self._prefix())

    def opened_at(self, columns: Mapping[str, str]) -> Package:
        """Sheets scrolled to a column, beside the columns that are frozen: sheet → letters of the column.

        A sheet without frozen columns stays as it is.
        """
        parts = {self._sheet_parts[name]: letters.encode() for name, letters in columns.items()}
        return self._with({p: _FROZEN_COLUMNS.sub(rb"\g<1>%b\g<2>" % c, self._parts[p], 1) for p, c in parts.items()})

    def frozen(self, goes: Callable[[str], bool]) -> Package:
        """Values in place of every formula that goes; all other formulas stay.

        The list of formulas in order of calculation (`calcChain`), which would name cells without a formula, is left
        out; a spreadsheet program rebuilds it.
        """
        plain = self._with({part: formula_text.frozen(self.sheet(n), goes) for n, part in self._sheet_parts.items()})
        chained = _CALCULATION_CHAIN in self._parts
        return plain._of(plain._parts.without(_CALCULATION_CHAIN)) if chained else plain  # noqa: SLF001 - this class

    def as_dynamic(self, goes: Callable[[str], bool], mark: int) -> Package:
        """The single-cell formulas that go as dynamic array formulas, which Excel does not reduce to one cell.

        A formula that is already an array formula or shared, or in a merged range, is not changed.

        Args:
            goes: whether a formula goes.
            mark: number of the cell metadata for dynamic arrays, from 1.
        """
        sheets = {name: self.sheet(name) for name in self._sheet_parts}
        return self._with({self._sheet_parts[n]: formula_text.as_dynamic(s, goes, mark) for n, s in sheets.items()})

    def formula_texts(self) -> Iterator[tuple[str, str]]:
        """Every formula with the sheet it stands on: of cells, formats and validations; defined names come first."""
        for place, part in {"a defined name": BOOK, **self._sheet_parts}.items():
            yield from ((place, text) for text in formula_text.texts(self._parts[part]))

    def reworded(self, word: Callable[[str], str]) -> Package:
        """Every formula as rewritten by a function: of cells, formats and validations, and of defined names.

        Example:
            >>> import io
            >>> import xlsxwriter
            >>> buffer = io.BytesIO()
            >>> with xlsxwriter.Workbook(buffer) as book:
            ...     _ = book.add_worksheet("Loan").write_formula("A1", '=[1]!DSCR(B1,B2)&"&"')
            >>> plain = Package(buffer.getvalue()).reworded(lambda formula: formula.replace("[1]!", ""))
            >>> plain.cells("Loan")["A1"].formula
            'DSCR(B1,B2)&"&"'
        """
        parts = [BOOK, *self._sheet_parts.values()]
        other = self._with({part: formula_text.reworded(self._parts[part], word) for part in parts})
        if other is not self:
            other.defined_names = {name: word(text) for name, text in self.defined_names.items()}
        return other

    def part(self, name: str) -> bytes | None:
        """The bytes of a part, or None if it does not exist."""
        return self._parts.get(name)

    def with_parts(self, parts: Mapping[str, bytes]) -> Package:
        """With these parts replaced or added."""
        return self._of(self._parts.with_parts(parts))

    def holds(self, text: bytes) -> bool:
        """Whether any part contains a text."""
        return self._parts.holds(text)

    @property
    def external_books(self) -> dict[int, tuple[str, str]]:
        """Links to other workbooks: their number in formulas, as in `[1]` → kind and target.

        The kind is the last word of the relationship's type: "externalLinkPath", or for instance "xlStartup" where the
        target is a file in Excel's start folder, wherever that is ([MS-OI29500], external links).
        """
        return {number: target for number, (_, target) in external.linked_books(self._parts).items()}

    def without_external_book(self, number: int) -> Package:
        """Without a link to another workbook, if no part uses it and the numbers of the others do not change.

        The links are numbered in order, so only the last can go.
        """
        return self._of(external.without_book(self._parts, number))

    def to_bytes(self) -> bytes:
        """The file: without a change as it was read; the same change always gives the same bytes. See `Parts`."""
        return self._parts.to_bytes()

    def _with(self, new: Mapping[str, bytes]) -> Package:
        return self._of(self._parts.changed_to(new))

    def _of(self, parts: Parts) -> Package:
        """The same workbook with other parts; sheets whose part is the same are not read again."""
        if parts is self._parts:
            return self
        other = copy.copy(self)
        other._parts = parts  # noqa: SLF001 - a copy of this class
        other._sheets = {  # noqa: SLF001 - as above
            name: sheet for name, sheet in self._sheets.items() if parts[self._sheet_parts[name]] is sheet.xml
        }
        return other

    def sheet(self, name: str) -> Sheet:
        """A sheet; the same object as long as its part is not patched."""
        if name not in self._sheet_parts:
            raise PackageError(f"{self.name}: no worksheet {name!r}; there are {', '.join(self._sheet_parts)}")
        if name not in self._sheets:
            xml = self._parts[self._sheet_parts[name]]
            self._sheets[name] = Sheet(f"{self.name}: {name}", xml, self._strings, date1904=self.date1904)
        return self._sheets[name]

    def _prefix(self) -> bytes:
        return prefix_of(self._parts.xml(BOOK))
