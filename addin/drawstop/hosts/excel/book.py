"""A workbook open in Excel: its formulas re-entered, its values read, a few cells written.

Also the recalculation of a workbook file in an Excel of our own.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlwings as xw
from xlsxwriter.utility import xl_rowcol_to_cell

from drawstop.hosts.excel import from_excel
from drawstop.hosts.excel.program import ExcelError, com_error, loaded_addin, of_window, started
from drawstop.hosts.links import calls, plain

Values = dict[str, dict[str, Any]]
"""Sheet → reference → value: numbers (a date is its serial number), texts, flags, errors as their text."""


@dataclass
class Connected:
    """What happened to the formulas that call our functions.

    Attributes:
        entered: how many were re-entered.
        refused: cells whose formula Excel rejected, with sheet.
    """

    entered: int = 0
    refused: list[str] = field(default_factory=list)


def calling() -> xw.Book:
    """The workbook whose button was pressed: the active one of the Excel whose window the add-in's command names.

    Raises:
        ExcelError: no button was pressed.
    """
    handles = [argument.removeprefix("--hwnd=") for argument in sys.argv if argument.startswith("--hwnd=")]
    if not handles:
        raise ExcelError("press a button of the tab drawstop in Excel; for a file, run: drawstop refresh BOOK")
    return of_window(int(handles[0])).books.active


def connect(book: xw.Book) -> Connected:
    """Re-enter every formula that calls a function of ours, without the path of an add-in on another desk.

    Excel looks a function up when a formula is entered. If it was missing then, the cell stays #NAME?, and if it was
    elsewhere, the cell asks for a link, until the formula is re-entered.
    """
    done = Connected()
    typed = _typed_as(book)
    with book.app.properties(calculation="manual", screen_updating=False):
        for sheet in book.sheets:
            for area, way in _calling_areas(sheet, typed):
                try:
                    setattr(area, way, plain(getattr(area, way)))
                    done.entered += 1
                except com_error():  # a protected sheet, or an array formula beyond the 255 characters of FormulaArray
                    done.refused.append(f"{sheet.name}!{area.Address.replace('$', '')}")
        for name in book.names:
            refers_to = name.refers_to or ""
            if plain(refers_to) != refers_to:
                name.refers_to = plain(refers_to)
    book.app.calculate()
    return done


def _typed_as(book: xw.Book) -> str:
    """The property that accepts a formula as a person types it: Formula2 if Excel has dynamic arrays.

    Formula would then reduce a range to one cell.
    """
    try:
        _ = book.sheets[0].api.Range("A1").Formula2
    except (AttributeError, com_error()):
        return "Formula"
    return "Formula2"


def _calling_areas(sheet: xw.Sheet, typed: str) -> Iterator[tuple[Any, str]]:
    """The cells whose formula calls a function of ours, and the property that enters it.

    An array formula is given once, as the whole range that it fills, and a spilling one as its first cell.
    """
    for row, column, formula, _ in _formulas(sheet):
        if calls(formula):
            area, way = sheet.api.Cells(row, column), typed
            if typed == "Formula2" and area.HasSpill:
                area = area.SpillParent
            elif area.HasArray:
                area, way = area.CurrentArray, "FormulaArray"
            if (area.Row, area.Column) == (row, column):
                yield area, way


def values(book: xw.Book) -> Values:
    """The value of every formula cell, including those that an array formula fills."""
    return {
        sheet.name: {
            xl_rowcol_to_cell(row - 1, column - 1): from_excel(value) for row, column, _, value in _formulas(sheet)
        }
        for sheet in book.sheets
    }


def _formulas(sheet: xw.Sheet) -> Iterator[tuple[int, int, str, Any]]:
    """Row, column, formula and value of each formula cell; the sheet's used range is fetched in two calls.

    For a text that begins with "=" Excel also gives the text as the formula: such a cell does not count.
    """
    used = sheet.api.UsedRange
    formulas, found = _rows(used.Formula), _rows(used.Value2)
    for row, (line, cells) in enumerate(zip(formulas, found, strict=True), start=used.Row):
        for column, (formula, value) in enumerate(zip(line, cells, strict=True), start=used.Column):
            if isinstance(formula, str) and formula.startswith("=") and formula != value:
                yield row, column, formula, value


def _rows(found: Any) -> tuple[tuple[Any, ...], ...]:
    return found if isinstance(found, tuple) else ((found,),)


def write(book: xw.Book, cells: Mapping[str, Mapping[str, Any]]) -> None:
    """Write values into cells, by sheet and reference.

    An apostrophe, which Excel does not show, keeps a text a text: Excel would turn a bare text into a number, a date
    or a formula, as if it were typed.
    """
    with book.app.properties(calculation="manual", screen_updating=False):
        for sheet, values in cells.items():
            for reference, value in values.items():
                book.sheets[sheet][reference].value = f"'{value}" if isinstance(value, str) else value


def place(book: xw.Book) -> Path:
    """The path of the workbook's file.

    Raises:
        ExcelError: it is in the cloud, and not in a folder of this computer.
    """
    try:
        return Path(book.fullname)
    except xw.XlwingsError:
        raise ExcelError(f"{book.name} is not in a folder of this computer; save a copy in one") from None


def saved_copy(book: xw.Book) -> bytes:
    """The workbook as Excel would save it now; the file on disk is not changed.

    Raises:
        ExcelError: the workbook is not saved in a format that can be read.
    """
    suffix = Path(book.name).suffix.lower()
    if suffix not in {".xlsx", ".xlsm"}:
        raise ExcelError(f"{book.name}: save it as .xlsx first")
    with tempfile.TemporaryDirectory(prefix="drawstop-") as folder:
        copy = Path(folder, f"copy{suffix}")
        book.api.SaveCopyAs(str(copy))
        return copy.read_bytes()


def recalculate(path: Path) -> Values:
    """Every formula's value in a workbook file, as an Excel of our own calculates it; the file is not saved.

    Raises:
        ExcelError: not Windows, no Excel, no add-in, or formulas that Excel rejects.
    """
    with started() as app:
        loaded_addin(app)
        book = app.books.open(str(path), update_links=False)
        done = connect(book)
        if done.refused:
            raise ExcelError(f"Excel rejected the formula in {', '.join(done.refused)}; is the sheet protected?")
        app.api.CalculateFull()
        return values(book)
