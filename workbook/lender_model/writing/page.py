"""A sheet written cell by cell: wrapped texts, links, and the row heights that they need."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from lender_model.grid import quoted
from lender_model.writing import style

Ink = Callable[[Mapping[str, Any]], Any]
"""Gives the format of a style."""


class Page:
    """A worksheet with its column widths set; rows and columns count from 0.

    Attributes:
        last_row, last_column: the extent that is written and printed.
    """

    def __init__(self, sheet: Any, ink: Ink, widths: Mapping[int, float]) -> None:
        self.sheet, self.ink, self._widths = sheet, ink, widths
        self.last_row = self.last_column = 0
        self._lines: dict[int, int] = defaultdict(lambda: 1)
        for column, width in widths.items():
            sheet.set_column(column, column, width)

    def put(self, row: int, column: int, value: Any, look: Mapping[str, Any]) -> None:
        """A constant, or a formula; None is a blank."""
        self._reach(row, column)
        if look.get("text_wrap") and isinstance(value, str):
            self.room(row, column, value, look)
        match value:
            case None:
                self.sheet.write_blank(row, column, None, self.ink(look))
            case dt.date():
                self.sheet.write_datetime(row, column, value, self.ink(look))
            case str() if not value.startswith("="):
                self.sheet.write_string(row, column, value, self.ink(look))
            case _:
                self.sheet.write(row, column, value, self.ink(look))

    def text(self, row: int, column: int, text: str, **look: Any) -> None:
        """A text that wraps, whatever it begins with."""
        self._reach(row, column)
        whole = style.cell(text_wrap=True) | look
        self.room(row, column, text, whole)
        self.sheet.write_string(row, column, text, self.ink(whole))

    def link(self, row: int, column: int, text: str, to: tuple[str, int, int], **more: Any) -> None:
        """A link to a cell of this workbook: sheet, row and column."""
        sheet, to_row, to_column = to
        look = style.cell(font_color=style.BLUE, text_wrap=True) | more
        self._reach(row, column)
        self.room(row, column, text, look)
        target = f"internal:{quoted(sheet)}!{xl_rowcol_to_cell(to_row, to_column)}"
        self.sheet.write_url(row, column, target, self.ink(look), text)

    def array(self, row: int, column: int, formula: str, looks: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        """An array formula over as many cells as there are styles; a plain formula for a single one."""
        bottom, right = row + len(looks) - 1, column + len(looks[0]) - 1
        self._reach(bottom, right)
        if (bottom, right) == (row, column):
            self.sheet.write_formula(row, column, formula, self.ink(looks[0][0]))
            return
        self.sheet.write_array_formula(row, column, bottom, right, formula, self.ink(looks[0][0]))
        for r, line in enumerate(looks):
            for k, look in enumerate(line):
                if r or k:  # the rest of the range, which XlsxWriter has filled with the first cell's style
                    self.sheet.write_number(row + r, column + k, 0, self.ink(look))

    def choices(self, row: int, column: int, texts: tuple[str, ...]) -> None:
        """A list to choose from; any other text gives a warning."""
        if texts:
            rule = {"validate": "list", "source": list(texts), "error_type": "warning"}
            self.sheet.data_validation(row, column, row, column, rule)

    def finish(self) -> tuple[int, int]:
        """Set the row heights; returns the last row and column."""
        for row, lines in self._lines.items():
            if lines > 1:
                self.sheet.set_row(row, style.LINE_HEIGHT * lines)
        return self.last_row, self.last_column

    def _reach(self, row: int, column: int) -> None:
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)

    def room(self, row: int, column: int, text: str, look: Mapping[str, Any]) -> None:
        """Make the row high enough for a wrapped text."""
        self._lines[row] = max(self._lines[row], style.lines(text, self._widths[column], look))
