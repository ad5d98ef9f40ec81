"""Readings: where the agreement is silent or can be read in two ways, what was chosen, and why."""

from __future__ import annotations

from typing import Any

from drawstop.facility import readings
from lender_model import style
from lender_model.grid import FIRST_ROW, KEY, Book, Ink, Sheet

_COLUMNS = ("Key", "No.", "Title", "Clause", "Chosen", "Why", "What else was possible")
_WIDTHS = (3, 6, 22, 26, 48, 40, 34)


def row_of(reading: str) -> int:
    """The row of a reading when the workbook is built, counted from 1."""
    return FIRST_ROW + list(readings()).index(reading)


def _layout(page: Any, ink: Ink, _book: Book) -> tuple[int, int]:
    plain, bold = ink(style.cell(text_wrap=True)), ink(style.cell(text_wrap=True, bold=True))
    for column, width in enumerate(_WIDTHS):
        page.set_column(column, column, width)
    for reading, entry in readings().items():
        at = row_of(reading) - 1
        others = "\n".join(f"– {text}" for text in entry.alternatives)
        texts = ("", reading, entry.title, entry.clause, entry.chosen, entry.why, others)
        for column in range(KEY + 1, len(texts)):
            page.write_string(at, column, texts[column], bold if column <= 2 else plain)  # number and title
        page.set_row(at, style.height(*zip(texts, _WIDTHS, strict=True)))
    return at, len(_COLUMNS) - 1


SHEET = Sheet(
    "Readings",
    "Where the agreement is silent or can be read in two ways: what was chosen, why, and what else was possible.",
    (),
    monthly=False,
    columns=_COLUMNS,
    layout=_layout,
)
