"""Readings: where the agreement is silent or can be read in two ways, what was chosen, and why."""

from __future__ import annotations

from drawstop.facility import readings
from lender_model.grid import FIRST_ROW, Book, Sheet
from lender_model.writing.page import Page

_COLUMNS = ("Key", "No.", "Title", "Clause", "Chosen", "Why", "What else was possible")
_WIDTHS = (3, 6, 22, 26, 48, 42, 36)


def row_of(reading: str) -> int:
    """The row of a reading when the workbook is built, counted from 0."""
    return FIRST_ROW - 1 + list(readings()).index(reading)


def _layout(page: Page, _book: Book) -> None:
    for reading, entry in readings().items():
        row = row_of(reading)
        others = "\n".join(f"– {text}" for text in entry.alternatives)
        page.text(row, 1, reading, bold=True)
        page.text(row, 2, entry.title, bold=True, indent=1)
        for column, text in enumerate((entry.clause, entry.chosen, entry.why, others), start=3):
            page.text(row, column, text, indent=1)


SHEET = Sheet(
    "Readings",
    "Where the agreement is silent or can be read in two ways: what was chosen, why, and what else was possible.",
    (),
    monthly=False,
    widths=dict(enumerate(_WIDTHS)),
    columns=_COLUMNS,
    indented=True,
    layout=_layout,
)
