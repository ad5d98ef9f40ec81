"""Functions: every spreadsheet function with its arguments and a live example that the user can change."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any, NamedTuple

from xlsxwriter.utility import xl_range

from drawstop.functions import FUNCTIONS
from drawstop.functions.cells import Choice, Date, Flag, Kind
from drawstop.functions.declare import Function, Parameter
from drawstop.functions.examples import example
from drawstop.functions.reference import by_category, details, if_blank, rows_of
from lender_model.grid import FIRST_ROW, KEY, Book, Sheet
from lender_model.writing import style
from lender_model.writing.page import Page

KEYS = {f"fn.{name}": spec for name, spec in FUNCTIONS.items()}
"""The key of each example, in the row of its answer."""
NAME, HELP, BLANK, FIRST_VALUE = range(1, 5)
"""Columns, counted from 0: function or argument, what it is, what a blank counts as, first of the values."""
VALUE_HEADING = "Value"

_COLUMNS = ("Key", "Function or argument", "What it is", "If blank", VALUE_HEADING, *[""] * 10)
_WIDTHS = {KEY: 3, NAME: 25, HELP: 48, BLANK: 10, FIRST_VALUE: 18} | {FIRST_VALUE + k: 11 for k in range(1, 11)}
_SERIES = 6  # cells of a row of dates or amounts, the last of them blank, so that the user can add some
_FLAG = '"TRUE";"TRUE";"FALSE"'  # LibreOffice holds a flag as 1 or 0
_SOFT = {"font_color": style.GREY}
_HEADED = {"bold": True, "font_color": style.TITLE, "top": 1, "top_color": style.GREY}


# ---- where each example stands --------------------------------------------------------------------------------


class _Argument(NamedTuple):
    """An argument of an example: its label and declaration, what its cells hold, and the term it is linked to."""

    label: str
    parameter: Parameter
    cells: list[list[Any]]
    term: str | None = None


class _Block(NamedTuple):
    """A function's example: the row of its name, counted from 0; below it the arguments, then the answer."""

    spec: Function
    row: int
    arguments: list[_Argument]
    answer: list[list[Any]]

    @property
    def answer_row(self) -> int:
        return self.row + 1 + sum(len(argument.cells) for argument in self.arguments)


@functools.cache
def _blocks() -> dict[str, _Block]:
    """The blocks by function, below the contents."""
    categories = by_category()
    row = FIRST_ROW - 1 + sum(len(specs) + 1 for specs in categories.values())
    out = {}
    for specs in categories.values():
        row += 2  # a blank and the category
        for spec in specs:
            block = out[spec.name] = _Block(spec, row, _arguments(spec), rows_of(example(spec).answer))
            row = block.answer_row + len(block.answer) + 1
    return out


def row_of(name: str) -> int:
    """The row of a function's name when the workbook is built, counted from 0."""
    return _blocks()[name].row


def _arguments(spec: Function) -> list[_Argument]:
    """Every argument with what its cells hold at first: the example's, a link to its term, or nothing."""
    given = list(example(spec).arguments)
    parameters = [(f"[{p.name}]" if p.optional else p.name, p) for p in spec.parameters]
    if spec.variadic:
        _, last = parameters.pop()
        parameters += [(f"[argument {i}]", last) for i in range(1, len(given) - len(parameters) + 1)]
    out = []
    for i, (label, p) in enumerate(parameters):
        if i < len(given):
            rows = rows_of(given[i])
            if p.arg.role == "series" and not spec.spills:  # a table that spills has no room to grow
                rows = [[*line, *[None] * (_SERIES - len(line))] for line in rows]
            out.append(_Argument(label, p, rows))
        elif isinstance(p.default, list):
            out.append(_Argument(label, p, p.default))
        else:
            out.append(_Argument(label, p, [[p.default if p.arg.term else None]], p.arg.term))
    return out


# ---- writing the sheet ------------------------------------------------------------------------------------------


def _layout(page: Page, book: Book) -> None:
    row = FIRST_ROW - 1
    for category, specs in by_category().items():
        _write_heading(page, row, category)
        for k, spec in enumerate(specs, start=1):
            page.link(row + k, NAME, spec.name, (SHEET.name, row_of(spec.name), NAME))
            page.text(row + k, HELP, spec.summary)
            page.put(row + k, FIRST_VALUE, spec.clause, style.cell(**_SOFT))
        row += len(specs) + 1
    for category, specs in by_category().items():
        _write_heading(page, row_of(specs[0].name) - 1, category)
        for spec in specs:
            _write_block(page, book, _blocks()[spec.name])


def _write_heading(page: Page, row: int, text: str) -> None:
    for column in range(NAME, len(_COLUMNS)):
        page.put(row, column, text if column == NAME else None, style.STYLES["head"])


def _write_block(page: Page, book: Book, block: _Block) -> None:
    spec, row, references = block.spec, block.row, []
    page.text(row, NAME, spec.name, **_HEADED)
    page.text(row, HELP, "\n".join([spec.summary, *details(spec)]), top=1, top_color=style.GREY)
    page.put(row, BLANK, spec.clause, style.cell(**_SOFT))
    row += 1
    for argument in block.arguments:
        references.append(_write_argument(page, book, row, spec, argument))
        row += len(argument.cells)
    page.put(row, KEY, f"fn.{spec.name}", style.STYLES["key"])
    page.put(row, NAME, "Answer", style.cell(bold=True))
    page.text(row, HELP, f"={spec.signature}", font_size=8, **_SOFT)
    table = len(block.answer[0]) > 1
    looks = [[_look(value) | _of_answer(value, k, table) for k, value in enumerate(line)] for line in block.answer]
    page.array(row, FIRST_VALUE, example(spec).formula(references), looks)
    for r, line in enumerate(block.answer if table else []):
        for k, value in enumerate(line):
            if isinstance(value, str):
                page.room(row + r, FIRST_VALUE + k, value, style.cell(bold=True))


def _write_argument(page: Page, book: Book, row: int, spec: Function, argument: _Argument) -> str:
    """The row or rows of an argument; gives its cells as the formula names them."""
    p, cells = argument.parameter, argument.cells
    page.put(row, NAME, argument.label, style.cell())
    page.text(row, HELP, p.arg.doc, font_color="#52606D")
    page.put(row, BLANK, if_blank(spec, p), style.cell(**_SOFT))
    for r, line in enumerate(cells):
        for k, value in enumerate(line):
            kind = p.arg.columns[k][1] if p.arg.columns else p.arg.kind
            if argument.term:
                page.put(row + r, FIRST_VALUE + k, f"={book.names[argument.term]}", _look(value, kind))
            else:
                page.put(row + r, FIRST_VALUE + k, value, _look(value, kind) | style.INPUT)
            page.choices(row + r, FIRST_VALUE + k, _choices(kind))
    return str(xl_range(row, FIRST_VALUE, row + len(cells) - 1, FIRST_VALUE + len(cells[0]) - 1))


def _look(value: Any, kind: Kind | None = None) -> dict[str, Any]:
    """How a value looks: a date as one, text to the left, thousands with separators, other numbers as they are."""
    if isinstance(kind, Date) or isinstance(value, dt.date):
        return style.cell("date")
    if isinstance(value, str):
        return style.cell(align="left")
    if isinstance(value, bool):
        return style.cell(num_format=_FLAG, align="right")
    return style.cell("US$ exact" if abs(value or 0) >= 1000 else "", align="right")


def _of_answer(value: Any, column: int, table: bool) -> dict[str, Any]:
    """What an answer's look has besides: a table's texts wrap, its headings stand above their numbers."""
    if isinstance(value, str):
        return {"bold": True, "text_wrap": table, "align": "right" if column else "left"}
    # rounded: on some processors 2 comes out as 1.9999999999999996
    fraction = isinstance(value, float) and abs(value) < 1000 and not round(value, 9).is_integer()
    return {"bold": True} | ({"num_format": "0.0000##"} if fraction else {})


def _choices(kind: Kind) -> tuple[str, ...]:
    if isinstance(kind, Choice):
        return kind.options
    return ("TRUE", "FALSE") if isinstance(kind, Flag) else ()


SHEET = Sheet(
    "Functions",
    "Every function with a live example: change the yellow cells; the white ones follow the Terms, or can be typed over.",
    (),
    monthly=False,
    widths=_WIDTHS,
    columns=_COLUMNS,
    layout=_layout,
)
