"""A workbook that XlsxWriter writes: its sheets, and its formats, each made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet, re_dynamic_function

from lender_model import style
from lender_model.grid import FIRST_MONTH, LABEL, NOTE, Row


class _Page(Worksheet):  # type: ignore[misc] # XlsxWriter ships no types
    """A worksheet that takes half the time: only a formula with a new function is searched for each of them."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        if expand_future_functions or self.use_future_functions or re_dynamic_function.search(formula):
            return str(super()._prepare_formula(formula, expand_future_functions))
        return formula.removeprefix("{").removeprefix("=").removesuffix("}")


class Formats:
    """A workbook being written, and its formats."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def page(self, name: str) -> Worksheet:
        """A new sheet."""
        return self.book.add_worksheet(name, _Page)

    def format(self, properties: Mapping[str, Any]) -> Format:
        """The format with these properties of XlsxWriter's."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(properties))
        return self._formats[key]

    def named(self, name: str) -> Format:
        """One of the workbook's styles."""
        return self.format(style.STYLES[name])

    def cell(self, row: Row, unit: str = "", *, is_input: bool = False) -> Format:
        """The format of a line's cell, by its unit or another."""
        more = style.INPUT if is_input else style.BOLD if row.bold else {}
        wrap = {"text_wrap": True} if row.high > 1 else {}
        return self.format(style.cell(unit or row.unit, **more, **wrap))


def lines_of(row: Row, note: str, widths: Mapping[int, float], month_width: float) -> int:
    """The lines of text that a row must have room for: of its label, its note, its value, and names beside it."""
    beside = row.across if isinstance(row.across, tuple) else ()
    texts: Sequence[tuple[str, int, str]] = [
        (row.label, LABEL, "label"), (note, NOTE, "note"),
        *((text, FIRST_MONTH + k, "number header") for k, text in enumerate(beside)),
    ]  # fmt: skip
    return max(
        row.high, *(style.lines(text, widths.get(at, month_width), style.STYLES[look]) for text, at, look in texts)
    )
