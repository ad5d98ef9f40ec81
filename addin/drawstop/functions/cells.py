"""Cells in, cells out: what a spreadsheet hands over becomes numbers and arrays, and back.

A *kind* says what an argument may hold (a number of dollars, a date, a flag, …). Each kind reads one cell with
:meth:`Kind.one` and a whole range with :meth:`Kind.many`; both give the same answer.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_CELLS = 2**20

VALUE = "#VALUE!"
NUM = "#NUM!"
DIV0 = "#DIV/0!"
NA = "#N/A"
ERROR_CODES = frozenset(
    {VALUE, NUM, DIV0, NA, "#NULL!", "#REF!", "#NAME?", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!",
     "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#EXTERNAL!", "#PYTHON!"}
)  # fmt: skip

# Which error a cell shows when several apply: an error cell first, since a spreadsheet program may hand it
# through without calling us; then a wrong kind of input, a number out of its domain, a contradiction.
ERROR_CELL, WRONG_KIND, OUT_OF_DOMAIN, CONTRADICTION = range(4)

_EPOCH = np.datetime64("1899-12-30", "D")
_FIRST_DAY = np.datetime64("1900-01-01", "D")
_LAST_DAY = np.datetime64("9999-12-31", "D")
_LAST_SERIAL = 2958465
_PHANTOM_SERIAL = 60  # Excel's 29-Feb-1900, a day that never was


class CellError(ValueError):
    """What is wrong with a cell: an Excel error code and one line that says what would be right.

    Attributes:
        code: the Excel error the cell shows, ``#VALUE!``, ``#NUM!``, ``#DIV/0!``, ``#N/A`` or an error cell's own.
        message: one line that names function, argument, value and what would be right.
        argument: the argument at fault, or an empty text.
    """

    def __init__(
        self, code: str, message: str, argument: str = "", rank: int = CONTRADICTION, where: Any = True
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.argument = argument
        self.rank = rank
        self.where = where


def require(ok: Any, code: str, argument: str, message: str) -> None:
    """Raise a :class:`CellError` for the cells in which ``ok`` does not hold.

    ``message`` follows the argument's value: ``require(start <= stop, NUM, "start", "must not be after stop")``.
    """
    if not np.all(ok):
        raise CellError(code, message, argument, where=~np.asarray(ok))


def is_blank(cell: Any) -> bool:
    """Whether a cell is empty: None or an empty text."""
    return cell is None or (isinstance(cell, str) and not cell)


def is_blank_date(cell: Any) -> bool:
    """Whether a cell counts as a blank where a date belongs: serial 0, or Python's not-a-time."""
    if isinstance(cell, dt.date | np.datetime64):
        return bool(cell != cell)  # noqa: PLR0124 - NaT alone is not itself
    return isinstance(cell, int | float | np.number) and not isinstance(cell, bool) and bool(cell == 0)


def is_error(cell: Any) -> bool:
    """Whether a cell holds an Excel error such as ``#N/A``."""
    return isinstance(cell, str) and cell in ERROR_CODES


def show(value: Any) -> str:
    """A value as an error message quotes it, short enough for one line."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).upper()
    if isinstance(value, float | int | np.number):
        return f"{value:,.10g}"
    if isinstance(value, np.datetime64 | dt.date):
        return str(value)[:10]
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


# ---- one argument as the caller wrote it ---------------------------------------------------------------------


def as_grid(cell: Any) -> Any:
    """A scalar unchanged; a range as a list of rows or a 2-D array; a 1×1 range as its scalar.

    Raises:
        CellError: ``#VALUE!`` for a ragged or empty range, ``#NUM!`` for more than 2²⁰ cells.
    """
    if isinstance(cell, str | bytes) or not (isinstance(cell, list | tuple) or hasattr(cell, "__array__")):
        return cell
    if not isinstance(cell, list | tuple):
        return _array_grid(np.asarray(cell))
    rows = list(cell) if any(isinstance(row, list | tuple | np.ndarray) for row in cell) else [cell]
    if not all(isinstance(row, list | tuple | np.ndarray) for row in rows):
        raise CellError(VALUE, "must be a rectangle of cells", rank=WRONG_KIND)
    if not rows or not len(rows[0]) or any(len(row) != len(rows[0]) for row in rows):
        raise CellError(VALUE, "must be a rectangle of cells, not empty or ragged", rank=WRONG_KIND)
    _check_size(len(rows) * len(rows[0]))
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else rows


def _array_grid(array: NDArray[Any]) -> Any:
    if array.ndim == 0:
        return array[()]
    if array.ndim > 2 or array.size == 0:
        raise CellError(VALUE, "must be a rectangle of cells, not empty", rank=WRONG_KIND)
    _check_size(array.size)
    grid = np.atleast_2d(array)
    return grid[0, 0] if grid.size == 1 else grid


def _check_size(cells: int) -> None:
    if cells > MAX_CELLS:
        raise CellError(NUM, f"must have at most {MAX_CELLS:,} cells", rank=OUT_OF_DOMAIN)


def shape_of(grid: Any) -> tuple[int, int] | None:
    """Rows and columns of a range; None for a scalar."""
    if isinstance(grid, np.ndarray):
        return grid.shape[0], grid.shape[1]
    return (len(grid), len(grid[0])) if isinstance(grid, list) else None


def flatten(grid: Any) -> Any:
    """The cells of a range in reading order: a flat list, or a flat array."""
    return grid.ravel() if isinstance(grid, np.ndarray) else [cell for row in grid for cell in row]


# ---- kinds -----------------------------------------------------------------------------------------------------

Faults = dict[int, CellError]


@dataclass(frozen=True)
class Kind:
    """What an argument may hold. ``what`` completes the sentence "must be …"."""

    what: str

    dtype: Any = object
    blank: Any = None
    """What a blank required cell counts as; None: a blank is an error."""

    def parse(self, cell: Any) -> Any:
        """The value of a cell that is neither blank nor an error."""
        raise CellError(VALUE, f"must be {self.what}", rank=WRONG_KIND)

    def check(self, value: Any) -> Any:
        """Whether a value, or each of an array, lies in the domain."""
        return True

    def one(self, cell: Any, default: Any = None) -> Any:
        """The value of one cell; ``default`` stands in for a blank."""
        if is_blank(cell):
            return self._of_blank(default)
        if isinstance(cell, str) and cell in ERROR_CODES:
            raise CellError(cell, "is an error cell", rank=ERROR_CELL)
        value = self.parse(cell)
        if not self.check(value):
            raise CellError(NUM, f"must be {self.what}", rank=OUT_OF_DOMAIN)
        return value

    def _of_blank(self, default: Any) -> Any:
        if default is not None:
            return default
        if self.blank is not None:
            return self.blank
        raise CellError(VALUE, f"is blank: it must be {self.what}", rank=WRONG_KIND)

    def many(self, cells: Sequence[Any] | NDArray[Any], default: Any = None) -> tuple[NDArray[Any], Faults]:
        """The values of a range's cells, and by position what is wrong with the others."""
        faults: Faults = {}
        values = np.zeros(len(cells), dtype=self.dtype)
        for i, cell in enumerate(cells):
            try:
                values[i] = self.one(cell, default)
            except CellError as error:
                faults[i] = error
        return values, faults


@dataclass(frozen=True)
class Number(Kind):
    """A number within ``low`` … ``high``, whole if asked for; ``above`` excludes the lower end itself."""

    dtype: Any = np.float64
    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    whole: bool = False

    def parse(self, cell: Any) -> Any:
        if type(cell) is not float:
            if isinstance(cell, bool | np.bool_) or not isinstance(cell, int | float | np.number | Decimal):
                raise CellError(VALUE, f"must be {self.what}", rank=WRONG_KIND)
            if isinstance(cell, complex | np.complexfloating | np.timedelta64):
                raise CellError(VALUE, f"must be {self.what}", rank=WRONG_KIND)
            try:
                cell = float(cell)
            except (OverflowError, ValueError):
                cell = math.inf
        if not math.isfinite(cell):
            raise CellError(NUM, f"must be {self.what}, finite", rank=WRONG_KIND)
        return cell

    def check(self, value: Any) -> Any:
        inside = (value > self.low if self.above else value >= self.low) & (value <= self.high)
        return inside & (value == np.floor(value)) if self.whole else inside

    def many(self, cells: Sequence[Any] | NDArray[Any], default: Any = None) -> tuple[NDArray[Any], Faults]:
        if isinstance(cells, np.ndarray):
            if cells.dtype.kind not in "fiu":
                return super().many(cells.tolist(), default)
            values = cells.astype(np.float64)
        elif set(map(type, cells)) == {float}:
            values = np.array(cells, dtype=np.float64)
        else:
            return super().many(cells, default)
        good = np.isfinite(values)
        if not good.all() or not np.all(self.check(values)):
            return super().many(values.tolist(), default)
        return values, {}


@dataclass(frozen=True)
class Date(Kind):
    """A date: datetime, date or an Excel 1900 serial; serial 0 is a blank. NaT where it has not happened."""

    what: str = "a date"
    dtype: Any = "datetime64[D]"

    def one(self, cell: Any, default: Any = None) -> Any:
        return super().one(None if is_blank_date(cell) else cell, default)

    def parse(self, cell: Any) -> Any:
        if isinstance(cell, dt.datetime):
            return np.datetime64(cell.date(), "D")
        if isinstance(cell, dt.date):
            return np.datetime64(cell, "D")
        if isinstance(cell, np.datetime64):
            return cell.astype("datetime64[D]")
        return from_serial(Number("a date or its serial number").parse(cell))

    def check(self, value: Any) -> Any:
        return (value >= _FIRST_DAY) & (value <= _LAST_DAY)

    def many(self, cells: Sequence[Any] | NDArray[Any], default: Any = None) -> tuple[NDArray[Any], Faults]:
        if isinstance(cells, np.ndarray) and cells.dtype.kind == "M" and not np.isnat(cells).any():
            values = cells.astype("datetime64[D]")
            if np.all(self.check(values)):
                return values, {}
        return super().many(cells.tolist() if isinstance(cells, np.ndarray) else cells, default)


def from_serial(serial: float) -> np.datetime64:
    """The day of an Excel 1900 serial number; a time of day is dropped."""
    day = math.floor(serial)
    if not 1 <= day <= _LAST_SERIAL or day == _PHANTOM_SERIAL:
        raise CellError(NUM, "must be the serial number of a day from 1-Jan-1900 to 31-Dec-9999", rank=OUT_OF_DOMAIN)
    return _EPOCH + np.timedelta64(day + (day < _PHANTOM_SERIAL), "D")


@dataclass(frozen=True)
class Flag(Kind):
    """TRUE or FALSE, or 1 or 0."""

    what: str = "TRUE or FALSE"
    dtype: Any = np.bool_

    def parse(self, cell: Any) -> Any:
        if isinstance(cell, bool | np.bool_):
            return bool(cell)
        if isinstance(cell, int | float | np.number | Decimal) and cell in (0, 1):
            return bool(cell)
        raise CellError(VALUE, f"must be {self.what}", rank=WRONG_KIND)


@dataclass(frozen=True)
class Text(Kind):
    """A text."""

    what: str = "a text"

    def parse(self, cell: Any) -> Any:
        if isinstance(cell, str):
            return cell
        raise CellError(VALUE, f"must be {self.what}", rank=WRONG_KIND)


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few texts, in any case; ``codes`` are the numbers that stand for the first of them."""

    options: tuple[str, ...] = ()
    codes: int = 0

    def parse(self, cell: Any) -> Any:
        if isinstance(cell, str):
            wanted = cell.strip().upper()
            for option in self.options:
                if option.upper() == wanted:
                    return option
        elif self.codes:
            code = Number(self.what).parse(cell)
            if code in range(self.codes):
                return self.options[int(code)]
            raise CellError(NUM, f"must be {self.what}", rank=OUT_OF_DOMAIN)
        raise CellError(VALUE, f"must be {self.what}", rank=WRONG_KIND)


# ---- answers ---------------------------------------------------------------------------------------------------


def cell_out(value: Any) -> Any:
    """One answer as a cell: float, bool, str or date."""
    if isinstance(value, np.ndarray):
        value = value[()]
    if isinstance(value, np.datetime64):
        return _date_out(value)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, str):
        return str(value)
    number = float(value)
    if not math.isfinite(number):
        raise CellError(NUM, "the result is not a finite number")
    return number


def _date_out(value: np.datetime64) -> dt.date:
    if np.isnat(value) or not _FIRST_DAY <= value <= _LAST_DAY:
        raise CellError(NUM, "the result is not a day from 1-Jan-1900 to 31-Dec-9999")
    day: dt.date = value.astype("datetime64[D]").item()
    return day


def good_results(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of an array of results a cell can show."""
    if values.dtype.kind == "f":
        return np.asarray(np.isfinite(values))
    if values.dtype.kind == "M":
        return np.asarray((values >= _FIRST_DAY) & (values <= _LAST_DAY))
    return np.ones(values.shape, dtype=np.bool_)
