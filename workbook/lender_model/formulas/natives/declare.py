"""How a native function is declared: how it uses its arguments, and how it runs over the months of a line.

A letter for each argument, the last one for all that follow:

- ``s`` one cell: a range given there means the cell in the formula's own column or row, as in spreadsheet programs;
- ``r`` a range as it is;
- ``a`` an array: an expression there is calculated for every cell of a range;
- ``n`` numbers: only the numbers of a range count, but a flag or text given directly counts as a number.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from drawstop.functions.cells import NUM, VALUE
from lender_model.formulas.values import (
    BLANK,
    ERROR,
    NUMBER,
    Block,
    CellValue,
    Numbers,
    as_numbers,
    calculated,
    joined,
    number_of,
    selected,
    single,
    text_of,
)  # fmt: skip
from lender_model.xlsx.cells import Error

Args: TypeAlias = list[Block | None]
Run: TypeAlias = Callable[[Args], Block]


@dataclass(frozen=True)
class Native:
    """A function of spreadsheet programs.

    Attributes:
        takes: a letter for each argument, as the module says.
        least: number of arguments that it needs.
        most: number that it can have.
        run: gives its value; None stands for an argument left out.
    """

    takes: str
    least: int
    most: int
    run: Run

    def letter(self, position: int) -> str:
        """How it uses an argument."""
        return self.takes[min(position, len(self.takes) - 1)]


class Stop(Exception):  # noqa: N818 - it is the value of a cell, not a failure of ours
    """An error as a function's result."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


TABLE: dict[str, Native] = {}
"""Every native function by its name."""
_MANY = 255


def declare(name: str, takes: str, run: Run, least: int | None = None, most: int | None = None) -> None:
    """Declare a function that works on blocks."""
    least = len(takes) if least is None else least
    TABLE[name] = Native(takes, least, most or max(least, len(takes)), run)


# ---- numbers, cell by cell ---------------------------------------------------------------------------------------


def numeric(name: str, function: Callable[..., Any], code: str = NUM) -> None:
    """Declare a function of numbers, written with NumPy: NaN where it has no value."""
    if isinstance(function, np.ufunc):
        defaults, least = [0.0] * function.nin, function.nin
    else:
        parameters = inspect.signature(function).parameters.values()
        defaults = [0.0 if p.default is p.empty else p.default for p in parameters]
        least = sum(p.default is p.empty for p in parameters)

    def run(args: Args) -> Block:
        filled = [*args, *[None] * (len(defaults) - len(args))]
        blocks = [
            single(default) if block is None else as_numbers(block)
            for block, default in zip(filled, defaults, strict=True)
        ]
        return calculated(function(*(block.numbers for block in blocks)), blocks, code)

    declare(name, "s", run, least, len(defaults))


# ---- numbers of ranges -------------------------------------------------------------------------------------------


def flat(args: Args) -> Block:
    """All cells of some arguments for each formula, in one row."""
    blocks = [single(0.0) if block is None else block for block in args]
    if len(blocks) == 1:
        return Block(
            blocks[0].numbers.reshape(len(blocks[0].numbers), 1, -1),
            None if blocks[0].kinds is None else blocks[0].full_kinds().reshape(len(blocks[0].numbers), 1, -1),
        )
    count = max(block.shape[0] for block in blocks)
    rows = []
    for block in blocks:
        cells = block.shape[1] * block.shape[2]
        numbers = np.broadcast_to(block.numbers, (count, *block.shape[1:])).reshape(count, 1, cells)
        kinds = block.kinds
        if kinds is not None:
            kinds = np.broadcast_to(kinds, (count, *block.shape[1:])).reshape(count, 1, cells)
        rows.append(Block(numbers, kinds))
    return joined(rows, axis=2)


def reduction(name: str, function: Callable[[Numbers, Numbers], Any], code: str = NUM) -> None:
    """Declare a function of all numbers of its arguments.

    Args:
        name: of the function.
        function: of formulas × cells, NaN where a cell holds no number, and how many numbers each formula has; NaN
            where it has no value.
        code: of the error where there is no value.
    """

    def run(args: Args) -> Block:
        block = flat(args)
        numbers, errors = block.numbers[:, 0, :], None
        if block.kinds is not None:
            kinds = block.full_kinds()[:, 0, :]
            errors = first_errors(block)
            numbers = np.where(kinds == NUMBER, numbers, np.nan)
        count = np.sum(~np.isnan(numbers), axis=1) * 1.0
        out = calculated(np.asarray(function(numbers, count), dtype=np.float64)[:, None, None], (), code)
        return out if errors is None else selected(errors.is_(ERROR), errors, out)

    declare(name, "n", run, 1, _MANY)


def first_errors(block: Block) -> Block | None:
    """The first error of each formula's cells; None if there are no errors."""
    bad = block.is_(ERROR)
    if not bad.any():
        return None
    count = block.shape[0]
    bad = bad.reshape(count, -1)
    at = bad.argmax(axis=1)
    numbers = block.numbers.reshape(count, -1)[np.arange(count), at]
    kinds = np.where(bad.any(axis=1), ERROR, BLANK).astype(np.uint8)
    return Block(numbers[:, None, None], kinds[:, None, None])


# ---- values, one after the other -----------------------------------------------------------------------------------

Rows: TypeAlias = list[list[CellValue]]


def cellwise(name: str, takes: str, function: Callable[..., Any], *, most: int | None = None) -> None:
    """Declare a function of Python values, which runs once for each formula and cell.

    A letter for each argument: ``f`` a number, ``i`` a whole one, ``t`` a text, ``v`` any value but an error, ``r`` the
    rows of a range, ``n`` the numbers of a range, ``e`` any value. An argument left out has the function's default.
    """
    parameters = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    least = sum(p.default is p.empty for p in parameters)

    def letter(position: int) -> str:
        return takes[min(position, len(takes) - 1)]

    def run(args: Args) -> Block:
        ranges = {i for i in range(len(args)) if letter(i) in "rn"}
        singles = [block.shape for i, block in enumerate(args) if block is not None and i not in ranges]
        stacks = [(block.shape[0], 1, 1) for i, block in enumerate(args) if block is not None and i in ranges]
        shape = np.broadcast_shapes((1, 1, 1), *singles, *stacks)
        spread = [
            None if block is None or i in ranges else _spread(block, shape).values() for i, block in enumerate(args)
        ]
        held: dict[tuple[int, int], Any] = {}

        def argument(i: int, formula: int, at: int) -> Any:
            block, cells = args[i], spread[i]
            if block is None:
                return parameters[i].default if i < len(parameters) else None
            if cells is not None:
                return _taken(letter(i), cells[at])
            key = (i, formula if block.shape[0] > 1 else 0)
            if key not in held:
                held[key] = _range(letter(i), block.rows(key[1]))
            return held[key]

        per_formula = shape[1] * shape[2]
        out: list[Any] = []
        for at in range(shape[0] * per_formula):
            try:
                given = [argument(i, at // per_formula, at) for i in range(len(args))]
                given += [p.default for p in parameters[len(given) :] if p.default is not p.empty]
                out.append(function(*given))
            except Stop as stop:
                out.append(Error(stop.code))
            except (ValueError, OverflowError, ZeroDivisionError):
                out.append(Error(NUM))
        return _assembled(out, shape)

    letters = "".join("r" if letter(i) in "rn" else "s" for i in range(len(takes)))
    variadic = any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(function).parameters.values())
    declare(name, letters, run, least, most or (_MANY if variadic else len(parameters)))


def _assembled(out: list[Any], shape: tuple[int, ...]) -> Block:
    """Values as a block; rows of values if the function returns rows."""
    if any(isinstance(value, list) for value in out):
        if len(out) == 1:
            return Block.of(out[0])
        out = [value[0][0] if isinstance(value, list) else value for value in out]
    block = Block.of([[_finite(value) for value in out]])
    kinds = None if block.kinds is None else block.kinds.reshape(shape)
    return Block(block.numbers.reshape(shape), kinds)


def _finite(value: Any) -> Any:
    return Error(NUM) if isinstance(value, float) and not np.isfinite(value) else value


def _spread(block: Block, shape: tuple[int, ...]) -> Block:
    kinds = None if block.kinds is None else np.broadcast_to(block.kinds, shape)
    return Block(np.broadcast_to(block.numbers, shape), kinds)


def _taken(letter: str, value: CellValue) -> Any:
    if letter == "e":
        return value
    if isinstance(value, Error):
        raise Stop(value)
    if letter == "t":
        return text_of(value)
    if letter in "fi":
        number = to_float(value)
        return int(np.floor(number)) if letter == "i" else number
    return value


def _range(letter: str, rows: Rows) -> Any:
    if letter == "r":
        return rows
    for row in rows:
        for value in row:
            if isinstance(value, Error):
                raise Stop(value)
    return [value for row in rows for value in row if is_number(value)]


def is_number(value: CellValue) -> bool:
    """Whether a value is a number and not a flag."""
    return isinstance(value, float | int) and not isinstance(value, bool)


def to_float(value: CellValue) -> float:
    """A value where a number is needed."""
    if isinstance(value, str):
        number = None if isinstance(value, Error) else number_of(value)
        if number is None:
            raise Stop(value if isinstance(value, Error) else VALUE)
        return number
    return float(value or 0.0)
