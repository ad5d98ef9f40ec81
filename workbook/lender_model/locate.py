"""Find the lines of a workbook by their keys, wherever the user has moved them, and read and fill their cells."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterator
from typing import Any

import numpy as np

from drawstop.core.dates import DAY, MONTH
from lender_model import model, style
from lender_model.grid import (
    DASH,
    FIRST_MONTH,
    INPUT,
    KEY,
    LABEL,
    RESULT,
    START,
    VALUE,
    VALUE_TITLE,
    Row,
    Sheet,
    Values,
    column_name,
    quoted,
)  # fmt: skip
from lender_model.package import Error, NewValue, Package
from lender_model.sheets import daily, functions
from lender_model.templates import Home, Template, column_number, same, shifted

_EPOCH = np.datetime64("1899-12-30", "D")
_HEADER_ROWS = 30
MAY_BE_BLANK = ("actual.", "market.gold_actual", "market.silver_actual", "market.libor_actual", "market.cpi_actual",
                "risk.volatility.", "risk.correlation.", "comp.", "cert.")  # fmt: skip
"""Inputs whose blank means "not known": the model then uses the plan, the assumption, or what history
gives, a test of Completion is not met, and a statement of the Certificate not made."""
Cells = dict[str, dict[str, NewValue]]


class WorkbookError(ValueError):
    """A workbook that is not this model's, or holds what it cannot use: one line with sheet, cell and remedy."""


def _split(reference: str) -> tuple[str, str]:
    """Letters and row of a reference.

    >>> _split("CR36")
    ('CR', '36')
    """
    letters = reference.rstrip("0123456789")
    return letters, reference[len(letters) :]


class _Table:
    """A sheet's header and keys: which row each key has, which column each heading and month."""

    def __init__(self, name: str, package: Package) -> None:
        self.name, self.cells = name, package.cells(name)
        top = [ref for ref in self.cells if int(_split(ref)[1]) <= _HEADER_ROWS]
        header = max(
            (ref for ref in top if self.cells[ref].value == "Key"),
            key=lambda ref: sum(_split(other)[1] == _split(ref)[1] for other in top),  # a note may say "Key" too
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
        self.months = _consecutive(months) if months else unknown[: model.MONTHS]

    def column(self, title: str) -> str:
        """The column that has a heading.

        Raises:
            WorkbookError: no column has it, or two have.
        """
        if title in self.twice:
            raise WorkbookError(
                f"{self.name}!{self.twice[title]}: heading {title!r} stands twice; rename your own column"
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
            if isinstance(key, str) and _is_ours(key) and int(row) != self.header_row:
                if key in self.rows:
                    raise WorkbookError(f"{self.name}!{ref}: key {key} stands twice; remove it from the copied row")
                self.rows[key] = int(row)


def _is_ours(key: str) -> bool:
    """Whether a text is the key of a line of the model; any other in the column of keys is the user's own."""
    return key in model.BOOK.place or key in functions.KEYS or key.startswith(("light.", "log."))


def _consecutive(dates: list[tuple[str, int]]) -> list[str]:
    """Columns of the month-ends, one after the other; of other numbers in the header none belongs to the model."""
    run: list[tuple[str, int]] = []
    for column, serial in dates:
        if run and _EPOCH + np.timedelta64(serial, "D") == _next_month_end(run[-1][1]):
            run.append((column, serial))
        elif len(run) < 2:  # what stood there alone was no month
            run = [(column, serial)]
    return [column for column, _ in run[: model.MONTHS]]


def _next_month_end(serial: int) -> Any:
    """The last day of the month after that of a serial number."""
    day: Any = _EPOCH + np.timedelta64(serial, "D")
    return (day.astype("datetime64[M]") + 2 * MONTH).astype("datetime64[D]") - DAY


class Places:
    """Where every line of the model stands in a workbook.

    Attributes:
        typed_over: after `cells`, the cells that hold a value where the model has a formula.
        edited: and those that hold another formula than the model's.
        formula_inputs: after `inputs`, the cells of inputs that hold a formula, whose last value is read.
    """

    def __init__(self, package: Package) -> None:
        if package.date1904:
            raise WorkbookError(f"{package.name}: counts dates from 1904; switch that off in Excel's options")
        self.package = package
        self.tables = {name: _Table(name, package) for name in package.sheet_names}
        self.home: dict[str, _Table] = {}
        self.typed_over: list[str] = []
        self.edited: list[str] = []
        self.formula_inputs: list[str] = []
        self._shared: dict[tuple[str, int | None], tuple[str, str]] = {}
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
            raise WorkbookError(f"{self.package.name}: holds no line of the lender model; is it another workbook?")
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
        reference = self.package.defined_names.get(name, "")
        match = re.fullmatch(r"('(?:[^']|'')+'|[^'!]+)!\$([A-Z]+)\$(\d+):\$[A-Z]+\$(\d+)", reference)
        if not match or int(match[4]) - int(match[3]) + 1 != daily.DAYS:
            raise WorkbookError(
                f"{self.package.name}: name {name} must cover the {daily.DAYS} days of sheet Daily, and no row of your "
                "own between them; move it below"
            )
        sheet = match[1].removeprefix("'").removesuffix("'").replace("''", "'")
        return ((sheet, f"{match[2]}{row}") for row in range(int(match[3]), int(match[4]) + 1))

    # ---- reading ----------------------------------------------------------------------------------------------

    def inputs(self) -> Values:
        """Every input of the workbook by key, checked by its unit."""
        values: Values = {}
        self.formula_inputs = []
        for sheet in model.SHEETS:
            for row in sheet.rows:
                values |= self._inputs_of(row)
        for key, unit in {"daily.actual": "oz", "daily.closes": "US$/share"}.items():
            cells = self.daily_at(key.replace(".", "_"))
            values[key] = np.array([self._number(at, unit, blank=np.nan) for at in cells])
        return values

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
            return _EPOCH + np.timedelta64(int(number), "D")
        return number

    def _result(self, at: tuple[str, str], unit: str) -> Any:
        """What a command has written, or a blank; NaN for a dash."""
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
            raise WorkbookError(f"{at[0]}!{at[1]}: {value:g} is no date from 1900 to 9999")
        if unit != "date" and not low <= value <= high:
            raise WorkbookError(f"{at[0]}!{at[1]}: {value:g} must lie from {low:g} to {high:g} ({unit})")
        if unit in {"date", *style.WHOLE} and not value.is_integer():
            kind = "date without a time" if unit == "date" else f"whole {_words(unit)}"
            raise WorkbookError(f"{at[0]}!{at[1]}: {value!r} must be a {kind}")
        return value

    def _cell(self, at: tuple[str, str]) -> Any:
        cell = self.tables[at[0]].cells.get(at[1])
        value = cell.value if cell else None
        if cell and cell.formula is not None:
            self.formula_inputs.append(f"{at[0]}!{at[1]}")
        if isinstance(value, Error):
            raise WorkbookError(f"{at[0]}!{at[1]}: holds {value}; correct the input")
        return value

    # ---- filling ----------------------------------------------------------------------------------------------

    def cells(self, values: Values, inputs: Container[str]) -> Cells:
        """Every calculated figure, and the inputs asked for, as values for their cells: sheet → reference → value."""
        out: Cells = {name: {} for name in self.tables}

        def put(at: tuple[str, str], value: Any) -> None:
            out[at[0]][at[1]] = cell_value(value)

        self.typed_over, self.edited = [], []

        for sheet in model.SHEETS:
            for row in sheet.rows:
                self._fill_row(row, values, inputs, put)
                self._fill_results(row, values, put)
            self._fill_top(sheet.name, sheet.monthly, values, put)
        self._fill_top(daily.SHEET.name, False, values, put)
        self._fill_days(values, put)
        self._fill_examples(values, out)
        return out

    def _fill_row(self, row: Row, values: Values, inputs: Container[str], put: Any) -> None:
        if not row.key:
            return
        asked = row.key in inputs
        if not asked and self._left_alone(row):
            return
        if row.value is not None and (asked or not _is_given(row.value)):
            figures = _block(values, row)
            for k in range(row.spill):
                put(self.value_at(row.key, k), figures[k])
        if row.start is not None and (asked or not _is_given(row.start)):
            put(self.start_at(row.key), _single(values[f"{row.key}@start"]))
        if row.months is not None and (asked or not _is_given(row.months)):
            for at, value in zip(self.months_at(row.key), values[row.key][:, 0], strict=True):
                put(at, value)
        if row.each or (asked and row.across):
            across = row.across if isinstance(row.across, tuple) else values[f"{row.key}@across"]
            for at, value in zip(self.across_at(row.key, row.width), across, strict=True):
                put(at, value)

    def _fill_results(self, row: Row, values: Values, put: Any) -> None:
        """What a refresh finds beside a line's value."""
        if row.results:
            for at, figure in zip(self.across_at(row.key, row.results), values[f"{row.key}@across"], strict=True):
                put(at, DASH if np.isnan(figure) else figure)

    def _left_alone(self, row: Row) -> bool:
        """Whether the user has put a value or a formula of their own in a formula's place; such a line is named."""
        parts: list[tuple[Any, list[tuple[int, tuple[str, str]]]]] = []
        if isinstance(row.value, str):
            parts.append((row.value, [(VALUE, self.value_at(row.key))]))
        if isinstance(row.start, str):
            parts.append((row.start, [(START, self.start_at(row.key))]))
        if isinstance(row.months, str):
            months = list(enumerate(self.months_at(row.key), start=FIRST_MONTH))
            parts.append((row.months, months[: 1 if row.array else None]))
        if row.each:
            parts.append((row.each, list(enumerate(self.across_at(row.key, row.width), start=FIRST_MONTH))))
        for text, spots in parts:
            template = Template(text, row.key, model.BOOK, self._home)
            if not all(self._is_model_s(at, template, column) for column, at in spots):
                return True
        return False

    def _is_model_s(self, at: tuple[str, str], template: Template, column: int) -> bool:
        """Whether a cell's formula is the model's; one that is not is named."""
        formula = self.formula(*at)
        if formula is not None and template.is_at(column, formula):
            return True
        (self.typed_over if formula is None else self.edited).append(f"{at[0]}!{at[1]}")
        return False

    def formula(self, sheet: str, reference: str) -> str | None:
        """A cell's formula, also where it shares another cell's; None without one."""
        cells = self.tables[sheet].cells
        cell = cells.get(reference)
        if cell is None or cell.formula or cell.shared is None:
            return cell and cell.formula
        if (sheet, cell.shared) not in self._shared:
            self._shared |= {
                (sheet, other.shared): (ref, other.formula)
                for ref, other in cells.items()
                if other.formula and other.shared is not None
            }
        first, text = self._shared.get((sheet, cell.shared), (reference, ""))
        (old_column, old_row), (column, line) = _split(first), _split(reference)
        return shifted(text, int(line) - int(old_row), column_number(column) - column_number(old_column))

    def _home(self, key: str) -> Home:
        """Where a line stands, with the columns of its sheet."""
        table, sheet = self.home[key], self._sheet_of(key)
        if (table.name, sheet.name) not in self._letters:
            self._letters[table.name, sheet.name] = _letters(table, sheet)
        return Home(table.name, table.rows[key], self._letters[table.name, sheet.name])

    def _fill_days(self, values: Values, put: Any) -> None:
        """The columns of sheet Daily."""
        spots = {name: list(self.daily_at(name)) for name in (*daily.FILLED, "daily_actual")}
        columns = {name: _split(cells[0][1])[0] for name, cells in spots.items()}
        home = self._home("ops.recovered")
        first, last = home.letters[FIRST_MONTH], home.letters[FIRST_MONTH + model.MONTHS - 1]
        ounces = f"{quoted(home.sheet)}!${first}${home.row}:${last}${home.row}"
        for k, (sheet, reference) in enumerate(spots["daily_dates"]):
            formulas = daily.formulas(int(_split(reference)[1]), columns, ounces, first=k == 0)
            for name, key in daily.FILLED.items():
                at, found = spots[name][k], self.formula(*spots[name][k])
                if found is not None and same(formulas[name], found, sheet):
                    put(at, values[key][k])
                else:
                    (self.typed_over if found is None else self.edited).append(f"{at[0]}!{at[1]}")

    def _fill_examples(self, values: Values, out: Cells) -> None:
        """The examples of sheet Functions, with the arguments that stand in the workbook now."""
        singles = [key for key in model.BOOK.place if key in model.BOOK.names and model.BOOK.row(key).spill == 1]
        keys = {model.BOOK.names[key]: key for key in singles}

        def read(sheet: str, ref: str) -> NewValue:
            if sheet not in self.tables or ref not in self.tables[sheet].cells:
                return None
            cell = self.tables[sheet].cells[ref]
            if cell.formula in keys:  # linked to a line of the model
                out[sheet][ref] = cell_value(_single(values[keys[cell.formula]]))
            return out[sheet].get(ref, cell.value)

        for key, spec in functions.KEYS.items():
            if key not in self.home:
                continue  # an example that the user has removed
            table = self.home[key]
            ref = f"{table.columns.get(functions.VALUE_HEADING, '')}{table.rows[key]}"
            cell = table.cells.get(ref)
            given = functions.given(spec, cell.formula if cell else None, table.name, read)
            if cell is None or given is None:
                self.typed_over.append(f"{table.name}!{ref}")
            else:
                out[table.name].update(functions.spread(spec.in_cell(*given), cell.array or ref))

    def _fill_top(self, name: str, monthly: bool, values: Values, put: Any) -> None:
        key = f"light.{name}"
        if key not in self.home:
            return
        table = self.home[key]
        beside = column_name(column_number(table.key_column) + LABEL - KEY)
        light = Template("={checks.light}", "checks.light", model.BOOK, self._home)
        spots = [(light, LABEL, f"{beside}{table.rows[key]}", values["checks.light"])]
        if monthly:
            first = next(row.key for sheet in model.SHEETS if sheet.name == name for row in sheet.rows if row.key)
            header = Template("=[time.end]", first, model.BOOK, self._home)
            ends = zip(table.months, values["time.end"][:, 0], strict=True)
            spots += [(header, FIRST_MONTH + k, f"{col}{table.header_row}", end) for k, (col, end) in enumerate(ends)]
        for template, column, reference, value in spots:
            if self._is_model_s((table.name, reference), template, column):
                put((table.name, reference), value)


def _letters(table: _Table, sheet: Sheet) -> list[str]:
    """By column of a built workbook, the letters of that column on a sheet as it stands now."""
    letters = [column_name(column) for column in range(FIRST_MONTH + model.MONTHS)]
    for column, title in sheet.headings.items():
        letters[column] = table.columns.get(title, letters[column])
    if sheet.monthly:
        letters[FIRST_MONTH:] = table.months
    return letters


def _is_given(part: Any) -> bool:
    """Whether a part of a line is read from the workbook, and written only if that is asked."""
    return part is INPUT or part is RESULT


def _block(values: Values, row: Row) -> list[Any]:
    """The figures of a line's value cell and of the cells below it that belong to it."""
    if row.value == "sum":
        return [np.nansum(values[row.key][:, 0])]
    figures = values[row.key]
    if row.spill > 1:
        return list(figures)
    return [_single(figures)]


def _single(value: Any) -> Any:
    """One value; of an array over scenarios the only one."""
    return value.ravel()[0] if isinstance(value, np.ndarray) else value


def cell_value(value: Any) -> NewValue:
    """A figure as the patcher takes it: a blank for NaN, a date for datetime64."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, np.datetime64 | dt.date):
        day: Any = np.datetime64(value) if isinstance(value, dt.date) else value
        value = (day - _EPOCH) / np.timedelta64(1, "D")
    number = float(value)
    return None if np.isnan(number) else number


def _words(unit: str) -> str:
    return "date" if unit == "date" else f"number ({unit})" if unit else "number"
