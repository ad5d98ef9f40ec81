"""Cells in, cells out: what a spreadsheet passes becomes numbers and arrays, and back.

A *kind* says what an argument may hold (a number of dollars, a date, a flag, …). Each kind reads one cell with
:meth:`Kind.one` and a whole range with :meth:`Kind.many`; both give the same answer. A fault in a cell is a value
here, a :class:`CellError`, which is raised only once the whole call has been read.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop import serials
from drawstop.serials import day_of, is_serial

MAX_CELLS = 2**20

VALUE = "#VALUE!"
NUM = "#NUM!"
DIV0 = "#DIV/0!"
NA = "#N/A"
ERROR_CODES = frozenset(
    {VALUE, NUM, DIV0, NA, "#NULL!", "#REF!", "#NAME?", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!",
     "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#EXTERNAL!", "#PYTHON!"}
)  # fmt: skip

# Which error a cell shows when several apply: an error cell first, since a spreadsheet program may pass it on
# without calling us; then the leftmost input that is invalid in itself; then a contradiction among them.
ERROR_CELL, WRONG_INPUT, CONTRADICTION = range(3)

_ROUNDING = 1e-9
_FIRST_DAY = np.datetime64("1900-01-01", "D")
_LAST_DAY = np.datetime64("9999-12-31", "D")


class CellError(ValueError):
    """A fault in a cell: an Excel error code and one line that says what would be right.

    Attributes:
        code: the Excel error the cell shows, ``#VALUE!``, ``#NUM!``, ``#DIV/0!``, ``#N/A`` or an error cell's own.
        message: one line that names function, argument, value and what would be right.
        argument: the argument at fault, or an empty text.
        rank: which error a cell shows when several apply.
        where: the cells of a spill that it applies to, as a mask; None if it applies to the whole call.
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


@functools.cache
def fault(code: str, message: str, rank: int = WRONG_INPUT) -> CellError:
    """A fault in a cell, as a value; one object serves a million cells with the same fault."""
    return CellError(code, message, rank=rank)


def require(ok: Any, code: str, argument: str, message: str) -> None:
    """Raise a :class:`CellError` for the cells where ``ok`` is false.

    ``message`` follows the argument's value: ``require(start <= stop, NUM, "start", "must not be after stop")``.
    """
    if not np.all(ok):
        raise CellError(code, message, argument, where=~np.asarray(ok))


def is_blank(cell: Any) -> bool:
    """Whether a cell is empty: None or an empty text."""
    return cell is None or (isinstance(cell, str) and not cell)


def is_blank_date(cell: Any) -> bool:
    """Whether a cell counts as blank where a date is expected: serial 0, or NaT."""
    if isinstance(cell, dt.date | np.datetime64):
        not_a_time = bool(cell != cell)  # noqa: PLR0124 - NaT alone is not itself
        return not_a_time or show(cell) == str(serials.EPOCH)
    return is_number(cell) and as_float(cell) == 0


def is_number(cell: Any) -> bool:
    """Whether a cell holds a real number; a boolean or a time span is not one."""
    if isinstance(cell, bool | np.timedelta64):
        return False
    return isinstance(cell, float | int | np.floating | np.integer | Decimal)


def as_float(number: Any) -> float:
    """A cell's number as a float; infinity if it is too large or Decimal's signalling NaN."""
    try:
        return float(number)
    except (OverflowError, ValueError):
        return math.inf


def is_error(cell: Any) -> bool:
    """Whether a cell holds an Excel error such as ``#N/A``."""
    return isinstance(cell, str) and cell in ERROR_CODES


def show(value: Any) -> str:
    """A value as quoted in an error message, short enough for one line."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).upper()
    if is_number(value):
        return f"{as_float(value):,.10g}"
    if isinstance(value, np.datetime64 | dt.date):
        return str(value)[:10]
    if isinstance(value, str):
        text = repr(str(value))
        return text if len(text) <= 40 else text[:37] + "..."
    return f"of type {type(value).__name__}"


# ---- one argument as the caller wrote it ---------------------------------------------------------------------


def as_grid(cell: Any) -> Any:
    """A scalar unchanged; a range as a list of rows or a 2-D array; a 1×1 range as its scalar.

    Raises:
        CellError: ``#VALUE!`` for a ragged or empty range, ``#NUM!`` for more than 2²⁰ cells.
    """
    if isinstance(cell, str | bytes) or not (isinstance(cell, list | tuple) or hasattr(cell, "__array__")):
        return cell
    if not isinstance(cell, list | tuple):
        try:
            array = np.asarray(cell)
        except Exception:  # noqa: BLE001 - an object that only claims to be an array is a cell of the wrong kind
            return cell
        return _array_grid(array)
    rows = list(cell) if any(_holds_cells(row) for row in cell) else [cell]
    if not all(_holds_cells(row) for row in rows) or not len(rows[0]) or len({len(row) for row in rows}) > 1:
        raise CellError(VALUE, "must be a rectangle of cells, not empty or ragged", rank=WRONG_INPUT)
    _check_size(len(rows) * len(rows[0]))
    return _single_cell(rows[0][0]) if len(rows) == len(rows[0]) == 1 else rows


def _array_grid(array: NDArray[Any]) -> Any:
    if array.ndim > 2 or array.size == 0:
        raise CellError(VALUE, "must be a rectangle of cells, not empty", rank=WRONG_INPUT)
    _check_size(array.size)
    return _single_cell(array.flat[0]) if array.size == 1 else np.atleast_2d(array)


def _holds_cells(row: Any) -> bool:
    return isinstance(row, list | tuple) or (isinstance(row, np.ndarray) and row.ndim > 0)


def _single_cell(cell: Any) -> Any:
    if isinstance(cell, list | tuple | np.ndarray):
        raise CellError(VALUE, "must be a rectangle of cells, without ranges inside", rank=WRONG_INPUT)
    return cell


def _check_size(cells: int) -> None:
    if cells > MAX_CELLS:
        raise CellError(NUM, f"must have at most {MAX_CELLS:,} cells", rank=WRONG_INPUT)


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
    """What an argument may hold; ``what`` completes the sentence "must be …"."""

    what: str

    dtype: Any = object
    blank: Any = None
    """The value of a blank required cell; None if a blank is an error."""

    @functools.cached_property
    def wrong_kind(self) -> CellError:
        """The fault of a cell that holds something else."""
        return CellError(VALUE, f"must be {self.what}", rank=WRONG_INPUT)

    @functools.cached_property
    def out_of_domain(self) -> CellError:
        """The fault of a number outside the argument's domain."""
        return CellError(NUM, f"must be {self.what}", rank=WRONG_INPUT)

    broadcasts = True
    """Whether a range gives a range of answers."""

    def parse(self, cell: Any) -> Any:
        """The value of a cell that is neither blank nor an error, or its fault."""
        return self.wrong_kind

    def advice(self, cell: Any) -> str:
        """A hint that a message adds about an invalid cell, such as what was probably meant."""
        return ""

    def check(self, value: Any) -> Any:
        """Whether a value, or each of an array, lies in the domain."""
        return True

    def one(self, cell: Any, default: Any = None) -> Any:
        """The value of one cell, or its fault; a blank takes ``default``."""
        if is_blank(cell):
            return self._of_blank(default)
        if is_error(cell):
            return fault(str(cell), "is an error cell", ERROR_CELL)
        value = cell if isinstance(cell, CellError) else self.parse(cell)
        if isinstance(value, CellError) or self.check(value):
            return value
        return self.out_of_domain

    def _of_blank(self, default: Any) -> Any:
        if default is not None:
            return default
        return fault(VALUE, f"is blank: it must be {self.what}") if self.blank is None else self.blank

    def many(self, cells: Sequence[Any] | NDArray[Any], default: Any = None) -> tuple[NDArray[Any], Faults]:
        """The values of a range's cells, and the faults of the others by position."""
        return self._one_by_one(cells, default, np.zeros(len(cells), dtype=self.dtype), range(len(cells)))

    def _one_by_one(
        self, cells: Any, default: Any, values: NDArray[Any], places: Iterable[int]
    ) -> tuple[NDArray[Any], Faults]:
        """Fill in the values of the cells at some positions."""
        faults: Faults = {}
        for i in places:
            value = self.one(cells[i], default)
            if isinstance(value, CellError):
                faults[i] = value
            else:
                values[i] = value
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
            if not is_number(cell):
                return self.wrong_kind
            cell = as_float(cell)
        if not math.isfinite(cell):
            return fault(NUM, f"must be {self.what}, finite")
        return float(_nearly_whole(cell)) if self.whole else cell

    def check(self, value: Any) -> Any:
        inside = (value > self.low if self.above else value >= self.low) & (value <= self.high)
        return inside & (value == np.floor(value)) if self.whole else inside

    def many(self, cells: Sequence[Any] | NDArray[Any], default: Any = None) -> tuple[NDArray[Any], Faults]:
        values = _floats(cells)
        if values is None:
            return super().many(cells, default)
        values = _nearly_whole(values) if self.whole else values
        good = np.isfinite(values) & self.check(values)
        return self._one_by_one(cells, default, values, np.flatnonzero(~good).tolist())


@dataclass(frozen=True)
class Fraction(Number):
    """A rate or a part of a whole as a decimal; a user who types 5.75 for 5.75% is told so."""

    def advice(self, cell: Any) -> str:
        """What a number above the limit probably meant: a percentage, or basis points."""
        if not is_number(cell) or not math.isfinite(number := as_float(cell)) or abs(number) <= self.high:
            return ""
        percent = number if abs(number) < 100 * self.high else number / 100
        return f": write {percent:.10g}% or {percent / 100:.10g}"


def _nearly_whole(number: Any) -> Any:
    """The whole number from which a value differs only by rounding, as in (1.3 - 1) * 10."""
    whole = np.rint(number)
    return np.where(np.isclose(number, whole, rtol=0, atol=_ROUNDING), whole, number)


def _floats(cells: Sequence[Any] | NDArray[Any]) -> NDArray[np.float64] | None:
    """The cells as an array at once if they are plain numbers; None if each must be read by itself."""
    plain = cells.dtype.kind in "fiu" if isinstance(cells, np.ndarray) else {float, int}.issuperset(map(type, cells))
    if not plain:
        return None
    try:
        with np.errstate(over="ignore"):
            return np.array(cells, dtype=np.float64)
    except OverflowError:
        return None


@dataclass(frozen=True)
class Date(Kind):
    """A date: datetime, date, an Excel 1900 serial or a text such as 2024-06-30; NaT where it has not happened.

    Serial 0 is a blank. Texts in any other order of day, month and year are refused, since countries differ.
    """

    what: str = "a date"
    dtype: Any = "datetime64[D]"

    @functools.cached_property
    def out_of_domain(self) -> CellError:
        """The fault of a day that a cell cannot show."""
        return CellError(NUM, f"must be {self.what} from 1-Jan-1900 to 31-Dec-9999", rank=WRONG_INPUT)

    def one(self, cell: Any, default: Any = None) -> Any:
        return super().one(None if is_blank_date(cell) else cell, default)

    def parse(self, cell: Any) -> Any:
        if isinstance(cell, dt.date):
            return np.datetime64(cell.date() if isinstance(cell, dt.datetime) else cell, "D")
        if isinstance(cell, np.datetime64):
            return cell.astype("datetime64[D]")
        if isinstance(cell, str):
            return self._of_text(cell.strip())
        serial = _SERIAL.parse(cell)
        if isinstance(serial, CellError):
            return serial
        if math.floor(serial) == serials.PHANTOM:
            return fault(NUM, "is 29-Feb-1900 in Excel, a day that never existed: 59 is 28-Feb-1900, 61 is 1-Mar-1900")
        return day_of(serial) if is_serial(serial) else fault(NUM, f"must be {_SERIAL.what}, 1 to {serials.LAST}")

    def _of_text(self, text: str) -> Any:
        if not _ISO_DATE.fullmatch(text):
            return _NO_DATE
        try:
            return np.datetime64(dt.date.fromisoformat(text), "D")
        except ValueError:
            return fault(VALUE, "is not a day of the calendar")

    def check(self, value: Any) -> Any:
        return (value >= _FIRST_DAY) & (value <= _LAST_DAY)

    def many(self, cells: Sequence[Any] | NDArray[Any], default: Any = None) -> tuple[NDArray[Any], Faults]:
        if isinstance(cells, np.ndarray) and cells.dtype.kind == "M":
            days = cells.astype("datetime64[D]")
            good = self.check(days)  # NaT, a blank, compares as False with any day
        elif (numbers := _floats(cells)) is not None:
            good = is_serial(numbers)
            days = day_of(np.where(good, numbers, 1.0))
        else:
            return super().many(cells, default)
        return self._one_by_one(cells, default, days, np.flatnonzero(~good).tolist())


_SERIAL = Number("a date or its serial number")
_NO_DATE = CellError(VALUE, f"must be {_SERIAL.what}, or a text like 2024-06-30", rank=WRONG_INPUT)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class Flag(Kind):
    """TRUE or FALSE, or 1 or 0."""

    what: str = "TRUE or FALSE"
    dtype: Any = np.bool_

    def parse(self, cell: Any) -> Any:
        if isinstance(cell, bool | np.bool_):
            return bool(cell)
        number = Number(self.what).parse(cell)
        if isinstance(number, CellError):
            return number
        return bool(number) if number in (0, 1) else self.wrong_kind


@dataclass(frozen=True)
class Text(Kind):
    """A text."""

    what: str = "a text"
    broadcasts = False

    def parse(self, cell: Any) -> Any:
        return str(cell) if isinstance(cell, str) else self.wrong_kind


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few texts, in any case.

    ``codes`` are the numbers that stand for the first of them; a fraction is truncated, as in Excel. ``aliases`` are
    further spellings, in letters and digits only.
    """

    options: tuple[str, ...] = ()
    codes: int = 0
    aliases: Mapping[str, str] = field(default_factory=dict)
    broadcasts = False

    def parse(self, cell: Any) -> Any:
        if isinstance(cell, str):
            wanted = cell.strip().upper()
            for option in self.options:
                if option.upper() == wanted:
                    return option
            return self.aliases.get(_letters_and_digits(wanted), self.wrong_kind)
        if self.codes:
            code = Number(self.what).parse(cell)
            if isinstance(code, CellError):
                return code
            return self.options[int(code)] if -1 < code < self.codes else self.out_of_domain
        return self.wrong_kind


def _letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@dataclass(frozen=True)
class DayCount(Choice):
    """A day count; a range of them gives a range of answers."""

    broadcasts = True


# ---- answers ---------------------------------------------------------------------------------------------------


def cell_out(value: Any) -> Any:
    """One answer as a cell: float, bool, str or date."""
    if isinstance(value, np.ndarray):
        value = value[()]
    if isinstance(value, float) and math.isfinite(value):
        return float(value) + 0.0  # no negative zero
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
    """Which results of an array a cell can show."""
    if values.dtype.kind == "f":
        return np.asarray(np.isfinite(values))
    if values.dtype.kind == "M":
        return np.asarray((values >= _FIRST_DAY) & (values <= _LAST_DAY))
    return np.ones(values.shape, dtype=np.bool_)
