"""A workbook that XlsxWriter writes: its sheets, and its formats, each made once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet, re_dynamic_function

from lender_model.grid import FIRST_MONTH, FIRST_ROW, LABEL, NOTE, VALUE, Row, Sheet, quoted
from lender_model.writing import style


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

    def write_links(self, page: Worksheet, sheet: Sheet, sheets: Sequence[Sheet], first: int) -> None:
        """Links to the Cover and to the sheets before and after this one, from a column on in the sheet's first row."""
        names = [each.name for each in sheets]
        at = names.index(sheet.name)
        beside = [("Cover", names[0])] if at else []
        beside += [(f"‹ {names[at - 1]}", names[at - 1])] if at > 1 else []
        beside += [(f"{names[at + 1]} ›", names[at + 1])] if at + 1 < len(names) else []
        for column, (words, target) in enumerate(beside, start=first):
            page.write_url(0, column, f"internal:{quoted(target)}!A1", self.named("link"), words)

    def show_rests_as_nil(self, page: Worksheet, sheet: Sheet, months: int) -> None:
        """Show what arithmetic leaves of an amount, such as 2E-09, as the dash that nil has, and not as 0 or (0).

        A number format alone cannot: LibreOffice shows the sign of a negative number unless its sections part at zero.
        """
        ranges = list(_with_a_dash(sheet, months))
        if ranges:
            rule = {"type": "cell", "criteria": "between", "minimum": f"-{_REST}", "maximum": _REST}
            look = {"format": self.format({"num_format": style.NIL}), "multi_range": " ".join(ranges)}
            page.conditional_format(0, 0, 0, 0, rule | look)


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


_REST = "0.000001"
"""Of a dollar or an ounce: a thousand times what the arithmetic leaves of the largest amounts."""


def _with_a_dash(sheet: Sheet, months: int) -> Iterator[str]:
    """The ranges of a sheet in which nil is a dash: runs of rows, for neighbouring columns that share them."""
    rows_of: dict[int, list[int]] = {}
    for at, row in enumerate(sheet.rows, start=FIRST_ROW - 1):
        across = [row.unit] * months if row.months is not None else [unit for _, unit in row.formulas_across]
        for column, unit in enumerate([] if row.is_head else [row.unit, row.unit_of_start, *across], start=VALUE):
            if style.number_format(unit).endswith(style.NIL):
                rows_of.setdefault(column, []).append(at)
    for rows, columns in itertools.groupby(sorted(rows_of), key=rows_of.__getitem__):
        for left, right in _runs(columns):
            yield from (xl_range(top, left, bottom, right) for top, bottom in _runs(rows))


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of consecutive numbers.

    >>> list(_runs([6, 7, 8, 11]))
    [(6, 8), (11, 11)]
    """
    for _, group in itertools.groupby(enumerate(numbers), key=lambda item: item[1] - item[0]):
        run = [number for _, number in group]
        yield run[0], run[-1]
