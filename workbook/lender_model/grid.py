"""The content of a sheet: rows with a key, a formula for every month, and how a formula refers to other rows.

A formula is a template. ``[loan.closing]`` is that row's cell of the same month, ``[loan.closing:-1]`` of the month
before, ``[loan.closing:row]`` all its months, ``[loan.closing:later]`` all but the first, ``[loan.closing:earlier]``
all but the last, and ``{covenants.liabilities}`` the single value of a row or term.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from lender_model.formulas.syntax import Area, Cell, column_name

FIRST_ROW = 6
"""Row of a sheet's first line, counted from 1; the header is above it."""
KEY, LABEL, UNIT, NOTE, VALUE, START, FIRST_MONTH = range(7)
"""Columns, counted from 0: key, line, unit, source or reason, total or value, at start, first month."""

VALUE_TITLE, START_TITLE = "Total or value", "At start"

INPUT = object()
"""In place of a formula: the cell holds an input."""
RESULT = object()
"""In place of a formula: the cell holds a command's result, blank until the command has run."""
DASH = "–"
"""In place of a figure that does not exist."""

USD, FLOW, OZ, TONS, PRICE, RATE, SHARE, RATIO, DATE, FLAG, COUNT, TEXT, INDEX, SHARES = (
    "US$", "US$ ±", "oz", "tons", "US$/oz", "per year", "fraction", "x", "date", "1 or 0", "number", "text", "index",
    "shares",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of a sheet.

    Args:
        key: name by which the line is found, wherever it is; empty for a heading.
        label: title of the line.
        unit: its unit, which decides its number format.
        months: formula of every month, INPUT or RESULT.
        start: formula, INPUT or RESULT of the column before the first month, or a figure that is a fixed part of the
            model.
        value: formula, INPUT or RESULT of the value column, "sum" for the total of the months, or fixed figures.
        note: clause, source, or reason of an assumption.
        array: one array formula fills the months.
        spill: number of rows that the value's array formula fills downward, this one included.
        bold: a total or result.
        choices: the texts that an input may have.
        several: whether it may have several of them, joined by a plus sign.
        across: columns beside the value, starting at the first month's: a number of cells, or the texts given.
        each: formula of each of these cells, or one for each with a unit of its own, "" for a blank cell; without it
            they are inputs.
        start_unit: unit of the column before the first month, if different.
        results: number of figures there that a refresh writes.
        high: lines of text that the value may take: then it wraps.
    """

    key: str
    label: str
    unit: str = ""
    months: Any = None
    start: Any = None
    value: Any = None
    note: str = ""
    array: bool = False
    spill: int = 1
    bold: bool = False
    choices: tuple[str, ...] = ()
    several: bool = False
    across: int | tuple[str, ...] = 0
    each: str | Sequence[tuple[str, str]] = ""
    start_unit: str = ""
    results: int = 0
    high: int = 1

    @property
    def is_head(self) -> bool:
        """Whether it is a heading."""
        return not self.key and not self.unit

    @property
    def is_result(self) -> bool:
        """Whether a command writes figures into it."""
        return self.results > 0 or RESULT in (self.value, self.start, self.months)

    @property
    def width(self) -> int:
        """How many columns beside the value it holds."""
        return self.results or (self.across if isinstance(self.across, int) else len(self.across))

    @property
    def inputs_across(self) -> int:
        """How many of them are inputs."""
        return self.across if isinstance(self.across, int) and not self.each else 0

    @property
    def formulas_across(self) -> list[tuple[str, str]]:
        """Formula and unit of each of the columns beside the value."""
        return [(self.each, self.unit)] * self.width if isinstance(self.each, str) else list(self.each)

    @property
    def unit_of_start(self) -> str:
        """Unit of the column before the first month."""
        return self.start_unit or self.unit


def head(label: str, note: str = "") -> Row:
    """A heading between lines."""
    return Row("", label, note=note)


def scalar(key: str, label: str, unit: str, value: Any = INPUT, note: str = "", **more: Any) -> Row:
    """A line with one value: an input, or a formula."""
    return Row(key, label, unit, value=value, note=note, **more)


def monthly(key: str, label: str, unit: str, months: Any = INPUT, note: str = "", **more: Any) -> Row:
    """A line with a figure for each month; dollars, ounces and tons also have a total."""
    total = more.pop("value", "sum" if unit in (USD, OZ, TONS) else None)
    return Row(key, label, unit, months=months, value=total, note=note, **more)


def balance(key: str, label: str, unit: str, months: Any = INPUT, note: str = "", **more: Any) -> Row:
    """A line whose months do not add up: a balance, a rate, a ratio."""
    return monthly(key, label, unit, months, note, value=None, **more)


Values = dict[str, Any]
"""Figures by key: months × scenarios, or one for each scenario; ``key@start`` is the column before the first month.

``key@across`` are the figures beside a value.
"""


def blank(rows: Iterable[Row], months: int) -> Values:
    """Every result before the first run."""
    out: Values = {}
    for row in rows:
        if row.value is RESULT:
            out[row.key] = "" if row.unit == TEXT else np.nan
        if row.start is RESULT:
            out[f"{row.key}@start"] = np.nan
        if row.months is RESULT:
            out[row.key] = np.full((months, 1), np.nan)
        if row.results:
            out[f"{row.key}@across"] = np.full(row.results, np.nan)
    return out


@dataclass(frozen=True)
class Sheet:
    """A sheet and its lines."""

    name: str
    purpose: str
    rows: Sequence[Row]
    monthly: bool = True
    clauses: Sequence[str] = ()
    start_title: str = ""
    """Heading of the column before the months: "At start", or another use that a sheet makes of it."""
    shaded: str = ""
    """Key of a flag: columns of months in which it is 1 are shaded."""
    one_page: bool = False
    """Printed on one page, upright."""
    large: bool = False
    """Printed on A3, like the sheets with months."""
    upright: bool = False
    """Printed upright, on as many pages as needed."""
    pages_wide: int = 6
    """Number of pages over which the months are printed."""
    widths: Mapping[int, float] = field(default_factory=dict)
    """Widths of columns that differ from other sheets'."""
    across_titles: Sequence[str] = ()
    """Headings of the columns beside the value."""
    columns: Sequence[str] = ()
    """Headings of a sheet without lines, whose content ``layout`` writes."""
    indented: bool = False
    """Whether its columns of text are separated by an indent."""
    layout: Callable[[Any, Book], None] | None = None
    """Writes such a sheet on a :class:`lender_model.writing.page.Page`."""

    @property
    def headings(self) -> dict[int, str]:
        """The header's texts by column."""
        if self.columns:
            return dict(enumerate(self.columns))
        texts = {KEY: "Key", LABEL: "Line", UNIT: "Unit", NOTE: "Clause, source or reason", VALUE: VALUE_TITLE}
        texts[START] = self.start_title or (START_TITLE if self.monthly else "")
        return texts | {FIRST_MONTH + k: text for k, text in enumerate(self.across_titles)}


def quoted(sheet: str) -> str:
    """A sheet's name as written in formulas."""
    plain = sheet.isascii() and sheet.isalpha() and sheet.upper() not in {"R", "C", "RC", "TRUE", "FALSE"}
    return sheet if plain else "'" + sheet.replace("'", "''") + "'"


class Home(NamedTuple):
    """The position of a line: its sheet, its row, and the letters of each column of a built workbook."""

    sheet: str
    row: int
    letters: Sequence[str]


_MOST_ACROSS = 40
"""The most columns beside a value where there are fewer months."""


@dataclass(frozen=True)
class Extra:
    """Cells with formulas that are not lines, such as a sheet that runs downward.

    Attributes:
        places: ranges of cells by key: sheet, first row and column, last row and column, counted from 0.
        inputs: keys of those that hold inputs.
        dates: keys of those that hold dates.
        formulas: gives every formula with its cell, as sheet, row and column.
    """

    places: Mapping[str, Area] = field(default_factory=dict)
    inputs: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    formulas: Callable[[Book], Iterable[tuple[Cell, str]]] = lambda _: ()


def together(*extras: Extra) -> Extra:
    """Some cells that are not lines, as one."""
    return Extra(
        {key: area for extra in extras for key, area in extra.places.items()},
        frozenset().union(*(extra.inputs for extra in extras)),
        frozenset().union(*(extra.dates for extra in extras)),
        lambda book: (cell for extra in extras for cell in extra.formulas(book)),
    )


class Book:
    """The position of each key when the workbook is built, and templates turned into formulas.

    Args:
        sheets: in the order of their tabs.
        months: how many they have.
        names: names of cells that are not lines, by key.
        extra: these cells.
    """

    TOKEN = re.compile(
        r"\[([\w.]+)(?::(-1|row|later|earlier|start_row|start|block|across))?(?:;([\w.]+))?\]|\{([\w.]+)\}"
    )
    _PARTS = re.compile(rf"""'(?:[^']|'')*'|"(?:[^"]|"")*"|{TOKEN.pattern}""")
    """Names of sheets and texts, which stay as they are, and keys."""

    def __init__(
        self, sheets: Sequence[Sheet], months: int, names: Mapping[str, str], extra: Extra | None = None
    ) -> None:
        self.sheets = sheets
        self.extra = extra or Extra()
        self.months = months
        self.place = {key: (sheet.name, row) for sheet, row, key in self._keys()}
        self.names = {key: key.replace(".", "_") for key in self.place if self._is_single(key)} | dict(names)

    def row(self, key: str) -> Row:
        """The line that a key names."""
        name, at = self.place[key]
        return next(sheet for sheet in self.sheets if sheet.name == name).rows[at - FIRST_ROW]

    def _keys(self) -> Iterator[tuple[Sheet, int, str]]:
        for sheet in self.sheets:
            for i, row in enumerate(sheet.rows):
                if row.key:
                    yield sheet, FIRST_ROW + i, row.key

    def _is_single(self, key: str) -> bool:
        row = self.row(key)
        return row.months is None and row.value is not None

    def home(self, key: str) -> Home:
        """The position of a line when the workbook is built."""
        sheet, row = self.place[key]
        return Home(sheet, row, self._letters)

    @functools.cached_property
    def _letters(self) -> list[str]:
        return [column_name(column) for column in range(FIRST_MONTH + max(self.months, _MOST_ACROSS))]

    def formula(self, template: str, sheet: str, column: int, home: Callable[[str], Home] | None = None) -> str:
        """The formula of a cell.

        Args:
            template: of its line.
            sheet: its sheet.
            column: its column when the workbook is built, counted from 0.
            home: gives the position of a line; as built, if not given.
        """
        home = home or self.home
        end = FIRST_MONTH + self.months - 1

        def cell(match: re.Match[str]) -> str:
            key, how, last, single = match.groups()
            if not key and not single:
                return match[0]
            if single:
                return self.names[single]
            place = home(key)
            prefix = "" if place.sheet == sheet else quoted(place.sheet) + "!"
            if how in {None, "-1"}:
                return f"{prefix}{place.letters[column - (how == '-1')]}${place.row}"
            if how == "start":
                return f"{prefix}${place.letters[START]}${place.row}"
            first, final = {
                "row": (FIRST_MONTH, end),
                "block": (FIRST_MONTH, end),
                "start_row": (START, end),
                "later": (FIRST_MONTH + 1, end),
                "earlier": (FIRST_MONTH, end - 1),
                "across": (FIRST_MONTH, FIRST_MONTH + self.row(key).width - 1),
            }[how]
            bottom = home(last).row if how == "block" else place.row
            return f"{prefix}${place.letters[first]}${place.row}:${place.letters[final]}${bottom}"

        return self._PARTS.sub(cell, template)

    def cells(self, sheet: Sheet, *, once: bool = False) -> Iterator[tuple[Row, int, int, str]]:
        """Every formula of a sheet: its row's declaration, row and column counted from 0, and the formula.

        An array formula over the months is given once, with its first cell; so is every line's, if asked for.
        """
        for i, row in enumerate(sheet.rows):
            at = FIRST_ROW - 1 + i
            if isinstance(row.value, str) and row.value == "sum":
                yield row, at, VALUE, self.formula(f"=SUM([{row.key}:row])", sheet.name, VALUE)
            elif isinstance(row.value, str):
                yield row, at, VALUE, self.formula(row.value, sheet.name, VALUE)
            if isinstance(row.start, str):
                yield row, at, START, self.formula(row.start, sheet.name, START)
            if isinstance(row.months, str):
                for month in range(1 if row.array or once else self.months):
                    yield row, at, FIRST_MONTH + month, self.formula(row.months, sheet.name, FIRST_MONTH + month)
            if row.each:
                same = once and isinstance(row.each, str)
                for column, (each, _) in enumerate(row.formulas_across[: 1 if same else None], FIRST_MONTH):
                    if each:
                        yield row, at, column, self.formula(each, sheet.name, column)
