"""The ribbon's buttons: the workbook that is open in Excel refreshed, or connected with the functions.

Inputs are read and checked, and figures calculated, as in a refresh of a file. But here Excel's own formulas fill the
cells, and every one is compared with the model's figure; we write what no formula gives: the stamp on the Cover, the
inputs' fingerprint, the scenarios side by side, and what has moved on sheet Log. The workbook is not saved; its copy of
before is a backup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drawstop.hosts.excel import book as excel
from drawstop.hosts.excel.program import ExcelError
from drawstop.opc import PackageError
from lender_model.formulas.reading import Cells
from lender_model.kinds import kind_of
from lender_model.locate import WorkbookError
from lender_model.package import Package
from lender_model.refresh import as_errors, differing
from lender_model.swap import SwapError, keep

_SHOWN = 8  # lines of a list that a message has room for


def refresh() -> None:
    """Refresh the workbook whose button was pressed, and say where Excel and the model differ."""
    _answer(refreshed)


def connect() -> None:
    """Enter the formulas of the workbook whose button was pressed anew, and say how many."""
    _answer(connected)


def refreshed(book: Any) -> str:
    """Refresh an open workbook; what to tell the user.

    Args:
        book: as xlwings has it.

    Raises:
        ExcelError, PackageError, WorkbookError, SwapError: as a refresh of a file does.
    """
    copy = excel.saved_copy(book)
    before = Package(copy, book.name)
    result = kind_of(before).calculate(before, None, None, None, "excel")
    backup = keep(excel.place(book), copy)
    excel.write(book, _unlike(before, result.stamps | result.moved.cells))
    book.app.calculate()
    differences = differing(result.cells, as_errors(excel.values(book)))
    unknown = "#NAME?" in "".join(differences)
    heading, *moved = result.moved.lines() or [""]
    return _message(
        _listed("Excel and the model differ:", differences) or "Excel and the model agree in every cell.",
        "#NAME? stands where Excel has not found a function: press Connect." if unknown else "",
        _listed("To know:", result.notes),
        _listed(heading.strip(), moved),
        f"The previous version is kept as {backup}. Save the workbook to keep this one.",
    )


def _unlike(package: Package, cells: Cells) -> Cells:
    """Those of the cells that hold something else so far: each one to write is a call of Excel's."""
    out: Cells = {}
    for sheet, values in cells.items():
        held = {ref: cell.value for ref, cell in package.cells(sheet).items()}
        out[sheet] = {ref: value for ref, value in values.items() if value != held.get(ref)}
    return out


def connected(book: Any) -> str:
    """Connect an open workbook with the functions; what to tell the user."""
    done = excel.connect(book)
    refused = _listed("Excel did not take these; is the sheet protected?", done.refused)
    return _message(f"Formulas with our functions entered again: {done.entered}.", refused)


def _message(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))


def _listed(title: str, lines: list[str]) -> str:
    """A list as a message shows it, its length if it is long; nothing if it is empty."""
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join([title, *lines[:_SHOWN], *more]) if lines else ""


def _answer(work: Callable[[Any], str]) -> None:
    book = excel.calling()
    try:
        book.app.alert(work(book), "drawstop")
    except (ExcelError, PackageError, WorkbookError, SwapError) as error:
        book.app.alert(str(error), "drawstop", mode="critical")
