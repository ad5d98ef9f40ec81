"""A stand-in for Excel's object model, as far as the add-in's installation, Connect and Refresh use it.

It is driven through xlwings' own App, Book, Sheet and Range. It holds a workbook's formulas and values and calculates
nothing: after a calculation a formula cell holds what the test says Excel's answer is. What it does show is Excel's
habit that matters here: a formula whose function was not there when it was entered or read stays #NAME? until it is
entered once more with the function there. That habit is taken from reports of users; no Excel was seen.
"""
# ruff: noqa: N802 - the names are Excel's

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any

from fake_pywin32 import ComError
from fake_pywin32 import Range as Cells
from xlsxwriter.utility import xl_cell_to_rowcol, xl_range, xl_range_abs, xl_rowcol_to_cell

from drawstop.functions import FUNCTIONS
from drawstop.functions.cells import ERROR_CODES
from drawstop.hosts.links import calls
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package

SCODES = {"#NULL!": 2000, "#DIV/0!": 2007, "#VALUE!": 2015, "#REF!": 2023, "#NAME?": 2029, "#NUM!": 2036, "#N/A": 2042,
          "#SPILL!": 2045}  # fmt: skip


def com_value(value: Any) -> Any:
    """A value as COM passes it: an error as a status code."""
    return SCODES[value] - 0x7FF60000 if isinstance(value, Error) else value


class Application:
    """Excel."""

    Version, Hwnd, Visible, DisplayAlerts, ScreenUpdating, Calculation = "16.0", 7, True, True, True, -4105

    def __init__(self, startup: Path, *, bits: int = 64, formula2: bool = True) -> None:
        self.StartupPath = str(startup)
        self.OperatingSystem = f"Windows ({bits}-bit) NT 10.00"
        self.formula2 = formula2
        self.Workbooks = Workbooks(self)
        self.answers: dict[str, dict[str, Any]] = {}
        self.calculations = 0
        self.open = True

    def Calculate(self) -> None:
        """Calculate every open workbook."""
        self.calculations += 1
        for book in self.Workbooks.books:
            book.calculate()

    CalculateFull = Calculate

    def Quit(self) -> None:
        """End."""
        self.open = False

    @property
    def ActiveWorkbook(self) -> Any:
        """The workbook opened last, add-ins apart."""
        return [*self.Workbooks][-1]

    def has_functions(self) -> bool:
        """Whether the add-in is open."""
        return any(book.Name == "drawstop.xlam" for book in self.Workbooks.books)


class Workbooks:
    """The open workbooks."""

    def __init__(self, application: Application) -> None:
        self.Application = application
        self.books: list[Workbook] = []
        self.seen: list[Workbook] = []

    Count = property(lambda self: len(list(iter(self))))

    def __call__(self, name: Any) -> Any:
        """A workbook by number, or by name, by which an add-in is found too."""
        found = [book for n, book in enumerate(self, 1) if n == name] or [b for b in self.books if b.Name == name]
        if not found:
            raise ComError(name)
        return found[0]

    def __iter__(self) -> Any:
        """Those that are not add-ins: Excel does not count them."""
        return (book for book in self.books if not book.IsAddin)

    def Open(self, path: str, *_: Any) -> Workbook:
        """Open a file."""
        return self._opened(Workbook(self.Application, Path(path)))

    def Add(self) -> Workbook:
        """A new workbook with one sheet."""
        return self._opened(Workbook(self.Application, None))

    def _opened(self, book: Workbook) -> Workbook:
        self.books.append(book)
        self.seen.append(book)
        return book


class Collection:
    """Things by number or name."""

    def __init__(self, things: list[Any]) -> None:
        self.things = things

    Count = property(lambda self: len(self.things))

    def __call__(self, name: Any) -> Any:
        """A thing by number or name."""
        found = [thing for n, thing in enumerate(self.things, 1) if name in {n, thing.Name}]
        if not found:
            raise ComError(name)
        return found[0]

    def __iter__(self) -> Any:
        return iter(self.things)


class Workbook:
    """A workbook read from a file, or a new one."""

    FileFormat = 55

    def __init__(self, application: Application, path: Path | None) -> None:
        self.Application, self.path = application, path
        self.Name = path.name if path else "Book1"
        self.FullName = str(path) if path else "Book1"
        self.Path = str(path.parent) if path else ""
        self.IsAddin = self.Name.endswith(".xlam")
        package = Package.read(path) if path else None
        names = package.sheet_names if package else ["Sheet1"]
        self.package = package
        self.Worksheets = Collection([Worksheet(self, name, package) for name in names])
        self.Sheets = self.Worksheets
        self.Names = Collection(
            [
                types.SimpleNamespace(Name=name, RefersTo=f"={text}")
                for name, text in (package.defined_names if package else {}).items()
            ]
        )
        self.saved = 0

    def calculate(self) -> None:
        """Give every formula cell the answer that the test has for it."""
        for sheet in self.Worksheets:
            sheet.calculate(self.Application.answers.get(sheet.Name, {}))

    def Save(self) -> None:
        """Save: what a stand-in can save of its file is in it already."""
        self.saved += 1

    def SaveCopyAs(self, path: str) -> None:
        """Write the workbook with its values to another file."""
        values = {sheet.Name: sheet.stored() for sheet in self.Worksheets}
        Path(path).write_bytes(self.package.patch(values).to_bytes())

    def Close(self, **_: Any) -> None:
        """Close."""
        self.Application.Workbooks.books.remove(self)


class Worksheet:
    """A sheet: formulas and values by row and column, counted from 1."""

    def __init__(self, book: Workbook, name: str, package: Package | None) -> None:
        self.Name, self.Parent, self.Application = name, book, book.Application
        self.protected = False
        self.values: dict[tuple[int, int], Any] = {}
        self.formulas: dict[tuple[int, int], str] = {}
        self.arrays: dict[tuple[int, int], tuple[int, int, int, int]] = {}
        self.unknown: set[tuple[int, int]] = set()
        self.written: dict[str, Any] = {}
        for reference, cell in (package.cells(name) if package else {}).items():
            at = place(reference)
            self.values[at] = cell.value
            if cell.formula:
                self._enter(at, cell.formula, cell.array)
        if not book.Application.has_functions() or (package and not book.IsAddin):
            self.unknown = {at for at, formula in self.formulas.items() if calls(formula)}

    def _enter(self, at: tuple[int, int], formula: str, array: str | None) -> None:
        area = corners(array) if array else (*at, *at)
        for row in range(area[0], area[2] + 1):
            for column in range(area[1], area[3] + 1):
                self.formulas[row, column] = f"={formula}"
                if array:
                    self.arrays[row, column] = area

    def calculate(self, answers: dict[str, Any]) -> None:
        """Give every formula cell its answer, or #NAME? where its function was not found."""
        for at in self.formulas:
            reference = xl_rowcol_to_cell(at[0] - 1, at[1] - 1)
            if at in self.unknown:
                self.values[at] = Error("#NAME?")
            elif reference in answers:
                answer = answers[reference]
                self.values[at] = Error(answer) if answer in ERROR_CODES else answer

    def stored(self) -> dict[str, Any]:
        """The values by reference."""
        return {xl_rowcol_to_cell(row - 1, column - 1): value for (row, column), value in self.values.items()}

    @property
    def UsedRange(self) -> Area:
        """From the first to the last cell with anything in it."""
        rows, columns = zip(*self.values, strict=True)
        return Area(self, (min(rows), min(columns), max(rows), max(columns)))

    def Cells(self, row: int, column: int) -> Area:
        """A cell."""
        return Area(self, (row, column, row, column))

    def Range(self, first: Any, last: Any = None) -> Area:
        """A range by its reference, or between two cells."""
        if isinstance(first, str):
            return Area(self, corners(first.replace("$", "")))
        return Area(self, (first.Row, first.Column, last.Row, last.Column))


def place(reference: str) -> tuple[int, int]:
    row, column = xl_cell_to_rowcol(reference)
    return row + 1, column + 1


def corners(area: str) -> tuple[int, int, int, int]:
    first, _, last = area.partition(":")
    return (*place(first), *place(last or first))


class Area:
    """A rectangle of cells."""

    def __init__(self, sheet: Worksheet, area: tuple[int, int, int, int]) -> None:
        self.Worksheet = self.Parent = sheet
        self.Application = sheet.Application
        self.area = area
        self.Row, self.Column = area[:2]
        self.Rows = types.SimpleNamespace(Count=area[2] - area[0] + 1)
        self.Columns = types.SimpleNamespace(Count=area[3] - area[1] + 1)
        self.Count = self.Rows.Count * self.Columns.Count

    @property
    def Address(self) -> str:
        """As Excel writes it, with dollar signs."""
        return xl_range_abs(*(n - 1 for n in self.area))

    @property
    def HasArray(self) -> bool:
        """Whether an array formula fills it."""
        return (self.Row, self.Column) in self.Worksheet.arrays

    @property
    def CurrentArray(self) -> Area:
        """The whole range that the array formula fills."""
        return Area(self.Worksheet, self.Worksheet.arrays[self.Row, self.Column])

    HasSpill = False

    def _grid(self, cells: dict[tuple[int, int], Any], blank: Any) -> Any:
        top, left, bottom, right = self.area
        rows = tuple(
            tuple(com_value(cells.get((row, column), blank)) for column in range(left, right + 1))
            for row in range(top, bottom + 1)
        )
        return rows if self.Count > 1 else rows[0][0]

    @property
    def Value2(self) -> Any:
        """The values, dates as serial numbers."""
        return self._grid(self.Worksheet.values, None)

    @property
    def Value(self) -> Any:
        """The values."""
        return self.Value2

    @Value.setter
    def Value(self, value: Any) -> None:
        if isinstance(value, str):  # one without an apostrophe would count as typed: a number, a date, a formula
            assert value.startswith("'"), value
            value = value.removeprefix("'")
        self.Worksheet.values[self.Row, self.Column] = value
        self.Worksheet.written[xl_range(*(n - 1 for n in self.area))] = value

    @property
    def Formula(self) -> Any:
        """The formulas; of a cell without one its value."""
        return self._grid({at: str(value) for at, value in self.Worksheet.values.items()} | self.Worksheet.formulas, "")

    @Formula.setter
    def Formula(self, formula: str) -> None:
        self._enter(formula)
        self._answer(formula)

    @property
    def Formula2(self) -> str:
        """The formula, as Excel since dynamic arrays has it."""
        if not self.Application.formula2:
            raise ComError("Formula2")
        return self.Worksheet.formulas.get((self.Row, self.Column), "")

    @Formula2.setter
    def Formula2(self, formula: str) -> None:
        assert not self.HasArray, "would make an array formula spill"
        self._enter(formula)

    @property
    def FormulaArray(self) -> str:
        """The array formula."""
        return self.Worksheet.formulas[self.Row, self.Column]

    @FormulaArray.setter
    def FormulaArray(self, formula: str) -> None:
        assert self.area == self.Worksheet.arrays[self.Row, self.Column], "cannot change part of an array"
        if len(formula) > 255:
            raise ComError("Unable to set the FormulaArray property")
        self._enter(formula)

    def _enter(self, formula: str) -> None:
        if self.Worksheet.protected:
            raise ComError("The cell is protected")
        top, left, bottom, right = self.area
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                self.Worksheet.formulas[row, column] = formula
                if self.Application.has_functions():
                    self.Worksheet.unknown.discard((row, column))

    def _answer(self, formula: str) -> None:
        """A plain call of a function of ours with numbers is answered through xlwings' own code."""
        from xlwings.com_server import XLPython  # noqa: PLC0415 - only once the stand-in is in place

        call = re.fullmatch(r"=(\w+)\(([\d.,]*)\)", formula)
        if call and call[1] in FUNCTIONS:
            known = self.Application.has_functions()
            given = [float(number) for number in call[2].split(",")]
            answer = XLPython().CallUDF("drawstop.hosts.excel", call[1], given, None, Cells([[0.0]]))
            self.Worksheet.values[self.Row, self.Column] = answer if known else Error("#NAME?")
