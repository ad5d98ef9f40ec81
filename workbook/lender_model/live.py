"""The ribbon's buttons: refresh the workbook that is open in Excel, or connect it to the functions.

Inputs are read and checked, and figures calculated, as in a refresh of a file. But here Excel's own formulas fill the
cells, and each is compared with the model's figure; we write only what formulas cannot: the stamp on the Cover, the
inputs' fingerprint, the comparison of scenarios, and what has moved on sheet Log. The workbook is not saved; a copy of
the previous version is kept as a backup.
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
from lender_model.refresh import as_errors, differing
from lender_model.swap import SwapError, keep
from lender_model.xlsx.package import Package

_SHOWN = 8  # lines of a list that fit into a message


def refresh() -> None:
    """Refresh the workbook whose button was pressed, and report where Excel and the model differ."""
    _answer(refreshed)


def connect() -> None:
    """Re-enter the formulas of the workbook whose button was pressed, and report how many."""
    _answer(connected)


def refreshed(book: Any) -> str:
    """Refresh an open workbook; returns the message for the user.

    Args:
        book: as xlwings has it.

    Raises:
        ExcelError, PackageError, WorkbookError, SwapError: as for the refresh of a file.
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
        "#NAME? means that Excel has not found a function: press Connect." if unknown else "",
        _listed("To know:", result.notes),
        _listed(heading.strip(), moved),
        f"The previous version is kept as {backup}. Save the workbook to keep this one.",
    )


def _unlike(package: Package, cells: Cells) -> Cells:
    """Only the cells that now hold something else: each write is a call to Excel."""
    out: Cells = {}
    for sheet, values in cells.items():
        held = {ref: cell.value for ref, cell in package.cells(sheet).items()}
        out[sheet] = {ref: value for ref, value in values.items() if value != held.get(ref)}
    return out


def connected(book: Any) -> str:
    """Connect an open workbook to the functions; returns the message for the user."""
    done = excel.connect(book)
    refused = _listed("Excel rejected these; is the sheet protected?", done.refused)
    return _message(f"Formulas with our functions re-entered: {done.entered}.", refused)


def _message(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))


def _listed(title: str, lines: list[str]) -> str:
    """A list for a message, with its length if it is long; nothing if it is empty."""
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join([title, *lines[:_SHOWN], *more]) if lines else ""


def _answer(work: Callable[[Any], str]) -> None:
    book = excel.calling()
    try:
        book.app.alert(work(book), "drawstop")
    except (ExcelError, PackageError, WorkbookError, SwapError) as error:
        book.app.alert(str(error), "drawstop", mode="critical")
