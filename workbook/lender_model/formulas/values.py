"""Values of cells as arrays: numbers, and the kind of value that each cell holds.

A :class:`Block` is a stack of rectangles of cells, formulas × rows × columns: one cell for each month of a line, or one
range that all of them read, or a range for each. So a formula is applied to all months at once, and NumPy broadcasts.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from drawstop.functions.cells import DIV0, ERROR_CODES, NUM, VALUE
from drawstop.serials import serial_of
from lender_model.xlsx.cells import Error

NUMBER, BLANK, FLAG, TEXT, ERROR = range(5)
"""Kinds of values; a date is a number, its serial."""

CellValue: TypeAlias = float | bool | str | Error | None
Numbers: TypeAlias = NDArray[np.float64]
Kinds: TypeAlias = NDArray[np.uint8]

ERRORS = tuple(sorted(ERROR_CODES))
"""In a block, an error is the index of its code here."""
_ERROR_NUMBERS = {code: number for number, code in enumerate(ERRORS)}
_TEXTS: list[str] = []
_TEXT_NUMBERS: dict[str, int] = {}
"""In a block, a text is its index among all texts met so far."""
_LAST_BITS = 2.0**-48


class Block:
    """Values of cells, formulas × rows × columns.

    Attributes:
        numbers: numbers; 1 or 0 for a flag, 0 for a blank, the number of a text or an error.
        kinds: the kind of each cell, in a shape that broadcasts to that of the numbers; None if all are numbers.
    """

    __slots__ = ("kinds", "numbers")

    def __init__(self, numbers: Any, kinds: Kinds | None = None) -> None:
        self.numbers: Numbers = numbers
        self.kinds = kinds

    @classmethod
    def of(cls, rows: Sequence[Sequence[CellValue | dt.date]]) -> Block:
        """One rectangle of cells."""
        numbers, kinds = np.zeros((1, len(rows), len(rows[0]))), np.zeros((1, len(rows), len(rows[0])), np.uint8)
        for r, row in enumerate(rows):
            for k, value in enumerate(row):
                numbers[0, r, k], kinds[0, r, k] = coded(value)
        return cls(numbers, kinds if kinds.any() else None)

    @classmethod
    def line(cls, values: Sequence[CellValue | dt.date]) -> Block:
        """One cell for each formula of a line."""
        return cls.of([values]).turned()

    @classmethod
    def flags(cls, flags: NDArray[np.bool_]) -> Block:
        """TRUE and FALSE."""
        return cls(flags.astype(np.float64), FLAGS)

    def turned(self) -> Block:
        """The cells of one rectangle as one cell for each formula of a line."""
        kinds = self.kinds
        if kinds is not None:
            kinds = np.broadcast_to(kinds, self.numbers.shape).reshape(-1, 1, 1)
        return Block(self.numbers.reshape(-1, 1, 1), kinds)

    @property
    def shape(self) -> tuple[int, ...]:
        """Formulas, rows, columns."""
        return self.numbers.shape

    def full_kinds(self) -> Kinds:
        """The kind of each cell, in the shape of the numbers."""
        if self.kinds is None:
            return np.zeros(self.shape, np.uint8)
        return self.kinds if self.kinds.shape == self.shape else np.broadcast_to(self.kinds, self.shape)

    def one(self, n: int) -> Block:
        """The rectangle of the n-th formula."""
        if self.numbers.shape[0] == 1:
            return self
        return Block(self.numbers[n : n + 1], None if self.kinds is None else self.full_kinds()[n : n + 1])

    def copy(self) -> Block:
        """The same values in arrays of their own."""
        return Block(self.numbers.copy(), None if self.kinds is None else self.full_kinds().copy())

    def is_(self, kind: int) -> NDArray[np.bool_]:
        """Where it holds values of a kind."""
        if self.kinds is None:
            return np.full(self.shape, kind == NUMBER)
        return np.equal(self.full_kinds(), kind)

    def has_errors(self) -> bool:
        """Whether a cell is in error."""
        return self.kinds is not None and bool((self.kinds == ERROR).any())

    def rows(self, n: int = 0) -> list[list[CellValue]]:
        """The values of the n-th formula by rows."""
        numbers: list[list[Any]] = self.numbers[n].tolist()
        if self.kinds is None:
            return numbers
        kinds = self.full_kinds()[n].tolist()
        return [[decoded(*cell) for cell in zip(*line, strict=True)] for line in zip(numbers, kinds, strict=True)]

    def values(self) -> list[CellValue]:
        """All values in reading order."""
        flat: list[Any] = self.numbers.ravel().tolist()
        if self.kinds is not None:
            kinds = self.full_kinds().ravel()
            for at in np.flatnonzero(kinds).tolist():
                flat[at] = decoded(flat[at], int(kinds[at]))
        return flat


FLAGS: Kinds = np.full((1, 1, 1), FLAG, np.uint8)


def coded(value: CellValue | dt.date) -> tuple[float, int]:
    """A cell's value as number and kind."""
    if value is None:
        return 0.0, BLANK
    if isinstance(value, bool | np.bool_):
        return float(value), FLAG
    if isinstance(value, Error):
        return _ERROR_NUMBERS[value], ERROR
    if isinstance(value, str):
        if value not in _TEXT_NUMBERS:
            _TEXT_NUMBERS[value] = len(_TEXTS)
            _TEXTS.append(value)
        return _TEXT_NUMBERS[value], TEXT
    if isinstance(value, dt.date):
        return float(serial_of(value)), NUMBER
    return float(value), NUMBER


def decoded(number: float, kind: int) -> CellValue:
    """A cell's value from its number and kind."""
    if kind == NUMBER:
        return number
    if kind == TEXT:
        return _TEXTS[int(number)]
    if kind == ERROR:
        return Error(ERRORS[int(number)])
    return bool(number) if kind == FLAG else None


def single(value: CellValue | dt.date) -> Block:
    """One value."""
    number, kind = coded(value)
    return Block(np.full((1, 1, 1), number), None if kind == NUMBER else np.full((1, 1, 1), kind, np.uint8))


def error(code: str) -> Block:
    """One error."""
    return single(Error(code))


def joined(blocks: Sequence[Block], axis: int) -> Block:
    """Blocks of one shape except for an axis, joined along it."""
    kinds = None
    if any(block.kinds is not None for block in blocks):
        kinds = np.concatenate([block.full_kinds() for block in blocks], axis=axis)
    return Block(np.concatenate([block.numbers for block in blocks], axis=axis), kinds)


# ---- what counts as a number -----------------------------------------------------------------------------------


def number_of(text: str) -> float | None:
    """The number that a text stands for; None if it is not a number.

    >>> number_of(" 1,250.5 "), number_of("12%"), number_of("1996-07-01"), number_of("–")
    (1250.5, 0.12, 35247.0, None)
    """
    plain = text.strip().replace(",", "")
    scale = 0.01 if plain.endswith("%") else 1.0
    try:
        number = float(plain.removesuffix("%"))
    except ValueError:
        try:
            return float(serial_of(dt.date.fromisoformat(plain)))
        except ValueError:
            return None
    return number * scale if np.isfinite(number) and plain[-1:] not in "fnyFNY" else None


def as_numbers(block: Block) -> Block:
    """Cells as numbers: a flag is 1 or 0, a blank 0, a text its number or #VALUE!; errors stay."""
    if block.kinds is None:
        return block
    high = int(block.kinds.max())
    if high <= FLAG:
        return Block(block.numbers)
    kinds, numbers = block.full_kinds(), block.numbers
    bad = kinds == ERROR
    if high >= TEXT and (kinds == TEXT).any():
        numbers, bad = numbers.copy(), bad.copy()
        for at in np.argwhere(kinds == TEXT):
            place = tuple(at)
            number = number_of(_TEXTS[int(numbers[place])])
            numbers[place] = _ERROR_NUMBERS[VALUE] if number is None else number
            bad[place] = number is None
    return Block(numbers, np.where(bad, np.uint8(ERROR), np.uint8(NUMBER)) if bad.any() else None)


def as_flags(block: Block) -> Block:
    """Cells as conditions: a number is TRUE unless it is 0; a text may be "TRUE" or "FALSE"."""
    if block.kinds is not None and (block.kinds == TEXT).any():
        words = {"true": True, "false": False}
        values = [
            words.get(v.casefold(), Error(VALUE)) if isinstance(v, str) and not isinstance(v, Error) else v
            for v in block.values()
        ]
        block = reshaped(Block.of([values]), block.shape)
    numbers = as_numbers(block)
    return Block((numbers.numbers != 0) * 1.0 if numbers.kinds is None else numbers.numbers, numbers.kinds)


def reshaped(block: Block, shape: tuple[int, ...]) -> Block:
    """The same values in another shape."""
    kinds = None if block.kinds is None else block.full_kinds().reshape(shape)
    return Block(block.numbers.reshape(shape), kinds)


# ---- a function of numbers for every cell ----------------------------------------------------------------------


def calculated(result: Any, parts: Iterable[Block], code: str = NUM) -> Block:
    """The result of a function of numbers: the first error among its arguments, or its own where it is not a number.

    Args:
        result: by cell; NaN or infinite where there is no result.
        parts: its arguments, from :func:`as_numbers`.
        code: of the error where there is no result.
    """
    out = np.asarray(result, dtype=np.float64)
    good = np.isfinite(out)
    parts = [part for part in parts if part.kinds is not None]
    if good.all() and not parts:
        return Block(out)
    shape = np.broadcast_shapes(out.shape, *(part.shape for part in parts))
    numbers = np.where(good, out, _ERROR_NUMBERS[code])
    kinds = np.broadcast_to(np.where(good, np.uint8(NUMBER), np.uint8(ERROR)), shape)
    for part in reversed(parts):
        bad = part.is_(ERROR)
        numbers, kinds = np.where(bad, part.numbers, numbers), np.where(bad, np.uint8(ERROR), kinds)
    return Block(numbers, kinds)


def add(a: Any, b: Any) -> Any:
    """A sum; exactly 0 where only the last bits are left, as in spreadsheet programs.

    LibreOffice calls it approxAdd (rtl/math.hxx); Excel does the same since 97, see "Floating-point arithmetic may give
    inaccurate results in Excel", Microsoft Learn, article 78113.

    >>> float(add(0.3, -0.1 - 0.2)), float(add(0.3, -0.1))
    (0.0, 0.19999999999999998)
    """
    out = a + b
    return np.where(np.abs(out) < np.abs(a) * _LAST_BITS, 0.0, out)


def plus(a: Block, b: Block, sign: float = 1.0) -> Block:
    """Sum or difference."""
    a, b = as_numbers(a), as_numbers(b)
    return calculated(add(a.numbers, b.numbers if sign > 0 else -b.numbers), (a, b))


def times(a: Block, b: Block) -> Block:
    """Product."""
    a, b = as_numbers(a), as_numbers(b)
    return calculated(a.numbers * b.numbers, (a, b))


def over(a: Block, b: Block) -> Block:
    """Quotient; #DIV/0! where the divisor is 0."""
    a, b = as_numbers(a), as_numbers(b)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return calculated(a.numbers / b.numbers, (a, b), DIV0)


def power(a: Block, b: Block) -> Block:
    """Power; #DIV/0! for 0 to a negative one, #NUM! for 0 to 0."""
    a, b = as_numbers(a), as_numbers(b)
    with np.errstate(all="ignore"):
        out = np.where((a.numbers == 0) & (b.numbers == 0), np.nan, a.numbers**b.numbers)
    divides = calculated(out, (a, b), DIV0)
    return divides if ((a.numbers == 0) & (b.numbers < 0)).any() else calculated(out, (a, b))


def selected(where: NDArray[np.bool_], a: Block, b: Block) -> Block:
    """Values of the one where a condition holds, else of the other."""
    numbers = np.where(where, a.numbers, b.numbers)
    if a.kinds is None and b.kinds is None:
        return Block(numbers)
    zero = np.uint8(NUMBER)
    kinds = np.where(where, zero if a.kinds is None else a.kinds, zero if b.kinds is None else b.kinds)
    return Block(numbers, kinds)


# ---- comparisons -----------------------------------------------------------------------------------------------

_RANK = {bool: 2, str: 1, float: 0}
_RANKS = np.array([0, -1, 2, 1, -1])  # by kind: a blank has the other side's, an error none


def compared(sign: str, a: Block, b: Block) -> Block:
    """A comparison: a blank takes the type of the other side; texts are above numbers, flags above texts."""
    if a.kinds is None and b.kinds is None:
        return Block.flags(COMPARE[sign](a.numbers, b.numbers))
    shape = np.broadcast_shapes(a.shape, b.shape)
    ka, kb = (np.broadcast_to(NUMBER if x.kinds is None else x.kinds, shape) for x in (a, b))
    left, right = (np.broadcast_to(x.numbers, shape) for x in (a, b))
    alike = ((ka <= BLANK) & (kb <= BLANK)) | ((ka == FLAG) & (kb == FLAG))
    apart = (ka != kb) & (_RANKS[ka] >= 0) & (_RANKS[kb] >= 0)
    if apart.any():
        left, right = np.where(apart, _RANKS[ka], left), np.where(apart, _RANKS[kb], right)
    out = COMPARE[sign](left, right) * 1.0
    spots = ~(alike | apart)
    if not spots.any():
        return Block(out, FLAGS)
    kinds = np.full(shape, FLAG, np.uint8)
    known: dict[tuple[float, int, float, int], tuple[float, int]] = {}  # texts in a row of months are few
    found = []
    for pair in zip(*(x[spots].tolist() for x in (left, ka, right, kb)), strict=True):
        if pair not in known:
            known[pair] = coded(compare(sign, decoded(*pair[:2]), decoded(*pair[2:])))
        found.append(known[pair])
    out[spots], kinds[spots] = np.array(found).T
    return Block(out, kinds)


COMPARE: dict[str, Any] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
"""By sign, the comparison of two numbers or arrays."""


def compare(sign: str, a: CellValue, b: CellValue) -> bool | Error:
    """A comparison of two values; see :func:`compared`."""
    for value in (a, b):
        if isinstance(value, Error):
            return value
    return bool(COMPARE[sign](order(a, b), 0))


def order(a: CellValue, b: CellValue) -> int:
    """Below 0 if the first value comes before the second, 0 if they are equal, above 0 if it comes after."""
    a, b = (_like(x, y) if x is None else x for x, y in ((a, b), (b, a)))
    ranks = [_RANK.get(type(x), 0) for x in (a, b)]
    if ranks[0] != ranks[1]:
        return ranks[0] - ranks[1]
    left, right = (x.casefold() if isinstance(x, str) else x for x in (a, b))
    return int(left > right) - int(left < right)  # type: ignore[operator] # of equal rank they are of one type


def _like(_blank: None, other: CellValue) -> CellValue:
    """The value of a blank beside another value."""
    return "" if isinstance(other, str) else False if isinstance(other, bool) else 0.0


def text_of(value: CellValue) -> str:
    """A value as a text: a number with up to fifteen digits.

    >>> text_of(0.1 + 0.2), text_of(1e21), text_of(True), text_of(None), text_of(-2.0)
    ('0.3', '1E+21', 'TRUE', '', '-2')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    digits = f"{value:.15g}".upper()
    mantissa, _, exponent = digits.partition("E")
    return f"{mantissa}E{exponent[0]}{exponent[1:].lstrip('0').zfill(2)}" if exponent else digits
