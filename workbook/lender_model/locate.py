"""Find the lines of a workbook by their keys, wherever the user has moved them, and read and fill their cells."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from drawstop.core.dates import DAY, MONTH
from drawstop.serials import day_of
from lender_model import model, style
from lender_model.calculator import Spots
from lender_model.formulas.syntax import Area, Cell, column_name, column_number, split
from lender_model.grid import (
    DASH,
    FIRST_MONTH,
    INPUT,
    RESULT,
    START,
    VALUE_TITLE,
    Home,
    Row,
    Sheet,
    Values,
)  # fmt: skip
from lender_model.sheets import daily, functions, ledger, log
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package

_HEADER_ROWS = 30
MAY_BE_BLANK = ("actual.", "market.gold_actual", "market.silver_actual", "market.libor_actual", "market.cpi_actual",
                "risk.volatility.", "risk.correlation.", "comp.", "cert.", "loan.accelerate")  # fmt: skip
"""Inputs for which a blank means "not known": the model then uses the plan, the assumption or history, a test of
Completion is not met, and a statement of the Certificate is not made."""


class WorkbookError(ValueError):
    """A workbook that is not this model's, or has content that it cannot use: one line with sheet, cell and remedy."""


@functools.cache
def _split(reference: str) -> tuple[str, str]:
    """Letters and row of a reference.

    >>> _split("CR36")
    ('CR', '36')
    """
    letters = reference.rstrip("0123456789")
    return letters, reference[len(letters) :]


class Table:
    """A sheet's header and keys: the row of each key, and the column of each heading and month."""

    def __init__(
        self, name: str, package: Package, is_ours: Callable[[str], bool] | None = None, months: int = model.MONTHS
    ) -> None:
        self.name, self.cells = name, package.cells(name)
        self._is_ours, self._most = is_ours or _is_ours, months
        top = [ref for ref in self.cells if int(_split(ref)[1]) <= _HEADER_ROWS]
        header = max(
            (ref for ref in top if self.cells[ref].value == "Key"),
            key=lambda ref: sum(_split(other)[1] == _split(ref)[1] for other in top),  # a note may also say "Key"
            default=None,
        )
        self.key_column = "A"
        self.rows: dict[str, int] = {}
        self.columns: dict[str, str] = {}
        self.twice: dict[str, str] = {}
        self.months: list[str] = []
        self.header_row = 0
        if header is None:
            return
        self.key_column, at = _split(header)
        self.header_row = int(at)
        self._read_header([ref for ref in top if _split(ref)[1] == at])
        self._read_keys()

    def _read_header(self, refs: list[str]) -> None:
        months: list[tuple[str, int]] = []
        unknown: list[str] = []  # months of a workbook whose formulas were saved without their values
        for ref in refs:
            cell, column = self.cells[ref], _split(ref)[0]
            if isinstance(cell.value, str) and cell.value in self.columns:
                self.twice.setdefault(cell.value, ref)
            elif isinstance(cell.value, str):
                self.columns[cell.value] = column
            elif isinstance(cell.value, float) and cell.value > 0:
                months.append((column, int(cell.value)))
            elif cell.value is None and cell.formula:
                unknown.append(column)
        self.months = (_consecutive(months) if months else unknown)[: self._most]

    def column(self, title: str) -> str:
        """The column that has a heading.

        Raises:
            WorkbookError: no column has it, or two do.
        """
        if title in self.twice:
            raise WorkbookError(
                f"{self.name}!{self.twice[title]}: heading {title!r} is duplicated; rename your own column"
            )
        if title not in self.columns:
            raise WorkbookError(
                f"{self.name}: no column is headed {title!r}; put the heading back in row {self.header_row}"
            )
        return self.columns[title]

    def _read_keys(self) -> None:
        for ref in self.cells:
            column, row = _split(ref)
            if column != self.key_column:
                continue
            key = self.cells[ref].value
            if isinstance(key, str) and self._is_ours(key) and int(row) != self.header_row:
                if key in self.rows:
                    raise WorkbookError(f"{self.name}!{ref}: key {key} is duplicated; remove it from the copied row")
                self.rows[key] = int(row)


def _is_ours(key: str) -> bool:
    """Whether a text is the key of a line of the model; any other text in the key column is the user's own."""
    return key in model.BOOK.place or key in functions.KEYS or key.startswith(("light.", "log."))


def _consecutive(dates: list[tuple[str, int]]) -> list[str]:
    """Columns of the month-ends, in sequence; other numbers in the header do not belong to the model."""
    run: list[tuple[str, int]] = []
    for column, serial in dates:
        if run and day_of(serial) == _next_month_end(run[-1][1]):
            run.append((column, serial))
        elif len(run) < 2:  # a number on its own was not a month
            run = [(column, serial)]
    return [column for column, _ in run]


def _next_month_end(serial: int) -> Any:
    """The last day of the month after that of a serial number."""
    return (day_of(serial).astype("datetime64[M]") + 2 * MONTH).astype("datetime64[D]") - DAY


class Places:
    """The position of every line of the model in a workbook.

    Attributes:
        package: the workbook.
        tables: its sheets by name.
        home: the sheet of every line.
        formula_inputs: after `inputs`, the cells of inputs that hold a formula.
    """

    def __init__(self, package: Package) -> None:
        if package.date1904:
            raise WorkbookError(f"{package.name}: counts dates from 1904; switch that off in Excel's options")
        self.package = package
        self.tables = {name: Table(name, package) for name in package.sheet_names}
        self.home: dict[str, Table] = {}
        self.formula_inputs: list[str] = []
        self._calculated: Callable[[Cell], Any] | None = None
        self._letters: dict[tuple[str, str], list[str]] = {}
        for table in self.tables.values():
            for key in table.rows:
                if key in self.home:
                    raise WorkbookError(f"key {key} stands on {self.home[key].name} and on {table.name}; remove one")
                self.home[key] = table
        self._require_all()

    def _require_all(self) -> None:
        missing = [key for key in model.BOOK.place if key not in self.home]
        if len(missing) == len(model.BOOK.place):
            raise WorkbookError(f"{self.package.name}: has no line of the lender model; is it a different workbook?")
        if missing:
            home = model.BOOK.place[missing[0]][0]
            raise WorkbookError(
                f"{self.package.name}: line {missing[0]} of sheet {home} is missing ({len(missing)} in all); "
                "put the row back with its key in column A, or build the workbook again"
            )
        for sheet in model.SHEETS:
            if not sheet.monthly:
                continue
            table = self.home[next(row.key for row in sheet.rows if row.key)]
            if len(table.months) != model.MONTHS:
                raise WorkbookError(
                    f"{table.name}: {len(table.months)} months in a row in the header, {model.MONTHS} are needed; "
                    "put the month-ends back above the months"
                )

    results = model.NO_RESULTS
    """Keys of what commands write."""
    told = log.TOLD
    """Keys of what an analyst wants to be told of when it has moved."""

    def row(self, key: str) -> Row | None:
        """The line that a key names; None if it names none."""
        return model.BOOK.row(key) if key in model.BOOK.place else None

    # ---- cells of a line --------------------------------------------------------------------------------------

    def value_at(self, key: str, k: int = 0) -> tuple[str, str]:
        """Sheet and reference of a line's value cell, the k-th of a block."""
        table = self.home[key]
        return table.name, f"{table.column(VALUE_TITLE)}{table.rows[key] + k}"

    def start_at(self, key: str) -> tuple[str, str]:
        """Sheet and reference of a line's cell before the first month."""
        table = self.home[key]
        return table.name, f"{table.column(self._sheet_of(key).headings[START])}{table.rows[key]}"

    @staticmethod
    def _sheet_of(key: str) -> Sheet:
        name = model.BOOK.place[key][0]
        return next(sheet for sheet in model.SHEETS if sheet.name == name)

    def months_at(self, key: str) -> Iterator[tuple[str, str]]:
        """Sheet and references of a line's months."""
        table = self.home[key]
        return ((table.name, f"{column}{table.rows[key]}") for column in table.months)

    def across_at(self, key: str, width: int) -> Iterator[tuple[str, str]]:
        """Sheet and references of the cells beside a line's value."""
        table, titles = self.home[key], self._sheet_of(key).across_titles
        return ((table.name, f"{table.column(title)}{table.rows[key]}") for title in titles[:width])

    def daily_at(self, name: str) -> Iterator[tuple[str, str]]:
        """Sheet and references of a column of the sheet Daily."""
        return self._column_at(name, daily.DAYS, "days of sheet Daily")

    def ledger_at(self, key: str) -> Iterator[tuple[str, str]]:
        """Sheet and references of a column of the sheet Ledger."""
        [rows] = [table.rows for table in ledger.TABLES if key in table.extra.places]
        return self._column_at(ledger.NAMES[key], rows, "rows of its table on sheet Ledger")

    def _column_at(self, name: str, size: int, what: str) -> Iterator[tuple[str, str]]:
        """Sheet and references of the cells that a name covers."""
        found = list(named_cells(self.package, name))
        if len(found) != size:
            raise WorkbookError(
                f"{self.package.name}: name {name} must cover the {size} {what}, and no row of your own between them; "
                "move it below"
            )
        return iter(found)

    # ---- reading ----------------------------------------------------------------------------------------------

    def inputs(self, calculated: Callable[[Cell], Any] | None = None) -> Values:
        """Every input of the workbook by key, checked by its unit.

        Args:
            calculated: gives the value of a cell with a formula; without it, its last value is read.
        """
        values: Values = {}
        self.formula_inputs, self._calculated = [], calculated
        for sheet in model.SHEETS:
            for row in sheet.rows:
                values |= self._inputs_of(row)
        for key, unit in daily.INPUTS.items():
            cells = self.daily_at(daily.NAMES[key])
            values[key] = np.array([self._number(at, unit, blank=np.nan) for at in cells])
        values |= {key: self._entries(key, unit) for key, unit in ledger.INPUTS.items()}
        self._check_entries(values)
        return values

    def _entries(self, key: str, unit: str) -> np.ndarray:
        """A column of the ledger: blank texts, and NaN or NaT where there is nothing."""
        cells = [self._input(at, unit, blank=np.nan) for at in self.ledger_at(key)]
        if unit == "text":
            return np.array(cells, dtype=object)
        if unit == "date":
            return np.array(
                [x if isinstance(x, np.datetime64) else np.datetime64("NaT") for x in cells], "datetime64[D]"
            )
        return np.array(cells)

    def _check_entries(self, values: Values) -> None:
        """Every entry of the ledger must be one."""
        columns = [values[key].tolist() for key in ledger.INPUTS]
        cells = {key: list(self.ledger_at(key)) for key in ledger.INPUTS}
        for n, entry in enumerate(zip(*columns, strict=True)):
            fault = ledger.fault(*entry[:5])
            if fault:
                key, words = fault
                sheet, ref = cells[key][n]
                raise WorkbookError(f"{sheet}!{ref}: {words}")

    def _inputs_of(self, row: Row) -> Values:
        out: Values = {}
        if row.value is INPUT:
            blank = np.nan if row.key.startswith(MAY_BE_BLANK) else None
            cells = [self._input(self.value_at(row.key, k), row.unit, blank) for k in range(row.spill)]
            out[row.key] = np.array(cells) if row.spill > 1 else cells[0]
        if row.start is INPUT:
            blank = np.nan if row.key.startswith(MAY_BE_BLANK) else None
            out[f"{row.key}@start"] = self._input(self.start_at(row.key), row.unit_of_start, blank)
        if row.value is RESULT:
            out[row.key] = self._result(self.value_at(row.key), row.unit)
        if row.start is RESULT:
            out[f"{row.key}@start"] = self._result(self.start_at(row.key), row.unit)
        if row.months is RESULT:
            out[row.key] = np.array([self._result(at, row.unit) for at in self.months_at(row.key)])[:, None]
        if row.results:
            beside = self.across_at(row.key, row.results)
            out[f"{row.key}@across"] = np.array([self._result(at, row.unit) for at in beside])
        if row.months is INPUT:
            blank = np.nan if row.key.startswith(MAY_BE_BLANK) else 0.0
            column = [self._number(at, row.unit, blank) for at in self.months_at(row.key)]
            out[row.key] = np.array(column)[:, None]
        if row.inputs_across:
            cells = [self._number(at, row.unit, 0.0, style.CHANGE_LIMITS) for at in self.across_at(row.key, row.width)]
            out[f"{row.key}@across"] = np.array(cells)
        return out

    def _input(self, at: tuple[str, str], unit: str, blank: float | None = None) -> Any:
        if unit in style.TEXTS:
            value = self._cell(at)
            if isinstance(value, str) or value is None:
                return value or ""
            raise WorkbookError(f"{at[0]}!{at[1]}: {value!r} must be a text")
        number = self._number(at, unit, blank)
        if unit == "date" and not np.isnan(number):
            return day_of(number)
        return number

    def _result(self, at: tuple[str, str], unit: str) -> Any:
        """A command's result, or a blank; NaN for a dash."""
        if unit in style.TEXTS:
            return self._input(at, unit)
        if self._cell(at) == DASH:
            return np.nan
        return self._number(at, unit, blank=np.nan, limits=(-np.inf, np.inf))

    def _number(
        self, at: tuple[str, str], unit: str, blank: float | None, limits: tuple[float, float] | None = None
    ) -> float:
        value = self._cell(at)
        low, high = limits or style.limits(unit)
        if value is None or value == "":
            if blank is None:
                raise WorkbookError(f"{at[0]}!{at[1]}: is blank; it must be a {_words(unit)}")
            return blank
        if isinstance(value, bool) or not isinstance(value, float):
            raise WorkbookError(f"{at[0]}!{at[1]}: {value!r} must be a {_words(unit)}")
        if unit == "date" and not 1 <= value <= 2958465:
            raise WorkbookError(f"{at[0]}!{at[1]}: {value:g} is not a date from 1900 to 9999")
        if unit != "date" and not low <= value <= high:
            raise WorkbookError(f"{at[0]}!{at[1]}: {value:g} must be between {low:g} and {high:g} ({unit})")
        if unit in {"date", *style.WHOLE} and not value.is_integer():
            kind = "date without a time" if unit == "date" else f"whole {_words(unit)}"
            raise WorkbookError(f"{at[0]}!{at[1]}: {value!r} must be a {kind}")
        return value

    def _cell(self, at: tuple[str, str]) -> Any:
        cell = self.tables[at[0]].cells.get(at[1])
        value = cell.value if cell else None
        if cell and cell.formula is not None:
            self.formula_inputs.append(f"{at[0]}!{at[1]}")
            value = self._calculated(cell_of(at)) if self._calculated else value
        if isinstance(value, Error):
            raise WorkbookError(f"{at[0]}!{at[1]}: holds {value}; correct the input")
        return value

    # ---- figures ----------------------------------------------------------------------------------------------

    def spots(self) -> Spots:
        """The cells of every line by key, for :class:`lender_model.calculator.Figures`."""
        out: dict[str, Area | Sequence[Cell]] = {
            key: together(self.daily_at(name)) for key, name in daily.NAMES.items()
        }
        out |= {key: together(self.ledger_at(key)) for key in ledger.NAMES}
        months = {name: _side_by_side(table.months) for name, table in self.tables.items()}
        for sheet in model.SHEETS:
            for row in sheet.rows:
                if row.key:
                    out |= self._spots(row, months[self.home[row.key].name])
        return out

    def _spots(self, row: Row, months: tuple[int, int] | None) -> Spots:
        """The cells of a line by key, given the first and last column of months if they are adjacent."""
        out: dict[str, Area | Sequence[Cell]] = {}
        if row.value is not None and row.value != "sum":
            out[row.key] = together(self.value_at(row.key, k) for k in range(row.spill))
        if row.months is not None:
            table = self.home[row.key]
            at = table.rows[row.key] - 1
            area = months and Area(table.name, at, months[0], at, months[1])
            out[row.key] = area or together(self.months_at(row.key))
        if row.start is not None:
            out[f"{row.key}@start"] = together([self.start_at(row.key)])
        if row.width:
            out[f"{row.key}@across"] = together(self.across_at(row.key, row.width))
        return out

    def place(self, key: str) -> Home:
        """The position of a line, with the columns of its sheet."""
        table, sheet = self.home[key], self._sheet_of(key)
        if (table.name, sheet.name) not in self._letters:
            self._letters[table.name, sheet.name] = letters_of(table, sheet)
        return Home(table.name, table.rows[key], self._letters[table.name, sheet.name])


def named_cells(package: Package, name: str) -> Iterator[tuple[str, str]]:
    """Sheet and references of the cells of one column that a name covers; none if it covers no such cells."""
    reference = package.defined_names.get(name, "")
    match = re.fullmatch(r"('(?:[^']|'')+'|[^'!]+)!\$([A-Z]+)\$(\d+):\$\2\$(\d+)", reference)
    if not match:
        return iter(())
    sheet = match[1].removeprefix("'").removesuffix("'").replace("''", "'")
    return ((sheet, f"{match[2]}{row}") for row in range(int(match[3]), int(match[4]) + 1))


def cell_of(at: tuple[str, str]) -> Cell:
    """A cell from its sheet and reference."""
    return Cell(at[0], *split(at[1]))


def together(spots: Iterable[tuple[str, str]]) -> Area | Sequence[Cell]:
    """Cells as one range, if they are adjacent."""
    cells = [cell_of(at) for at in spots]
    first, last = cells[0], cells[-1]
    along = first.row == last.row and last.column - first.column == len(cells) - 1
    down = first.column == last.column and last.row - first.row == len(cells) - 1
    return Area(*first, *last[1:]) if along or down else cells


def _side_by_side(columns: Sequence[str]) -> tuple[int, int] | None:
    """First and last of some columns; None if they are not adjacent."""
    numbers = [column_number(letters) for letters in columns]
    together = numbers and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return (numbers[0], numbers[-1]) if together else None


def letters_of(table: Table, sheet: Sheet) -> list[str]:
    """By column of a built workbook, the letters of that column on a sheet in its current state."""
    letters = [column_name(column) for column in range(FIRST_MONTH + model.MONTHS)]
    for column, title in sheet.headings.items():
        letters[column] = table.columns.get(title, letters[column])
    if sheet.monthly:
        letters[FIRST_MONTH:] = table.months
    return letters


def _words(unit: str) -> str:
    return "date" if unit == "date" else f"number ({unit})" if unit else "number"
