"""Our own functions in a formula: called as from a cell, but for all months of a line at once where possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from drawstop.functions.cells import ERROR_CODES
from drawstop.functions.declare import Function
from lender_model.formulas.values import Block, CellValue, joined
from lender_model.xlsx.cells import Error


def compiled(spec: Function, args: Sequence[Callable[[], Block] | None]) -> Callable[[], Block]:
    """A call of one of our functions.

    Args:
        spec: the function.
        args: functions that give its arguments; None for one left out.
    """
    last: list[Any] = [None, None]  # its last arguments and answer

    def run() -> Block:
        blocks = [arg and arg() for arg in args]
        if last[0] is None or not all(map(_same, last[0], blocks)):
            last[:] = [block and block.copy() for block in blocks], _answered(spec, blocks)
        answer: Block = last[1]
        return answer

    return run


def _same(a: Block | None, b: Block | None) -> bool:
    """Whether two arguments are equal."""
    if a is None or b is None:
        return a is b
    kinds = a.kinds is b.kinds is None or np.array_equal(a.full_kinds(), b.full_kinds())
    return kinds and np.array_equal(a.numbers, b.numbers)


def _answered(spec: Function, blocks: Sequence[Block | None]) -> Block:
    """The function's answer to its arguments."""
    whole = [spec.variadic or p.arg.role != "cell" or p.arg.many for p in spec.parameters]
    alone = spec.spills or spec.prepare is not None or spec.variadic
    count = max((block.shape[0] for block in blocks if block), default=1)
    if count == 1:
        return answer(spec, [block and cells(block, spec) for block in blocks])
    together = not alone and all(
        block is None
        or (block.shape[0] == 1 and (is_whole or block.shape[1:] == (1, 1)))
        or (not is_whole and block.shape[1:] == (1, 1))
        for block, is_whole in zip(blocks, whole, strict=False)
    )
    if together:
        return answer(spec, [block and _month_row(block, spec) for block in blocks], count).turned()
    return joined([answer(spec, [b and cells(b.one(n), spec) for b in blocks]) for n in range(count)], axis=0)


def cells(block: Block, spec: Function) -> Any:
    """One value, or the cells of a range."""
    if block.shape == (1, 1, 1):
        return block.values()[0]
    return block.numbers[0] if block.kinds is None and spec.prepare is None else block.rows()


def _month_row(block: Block, spec: Function) -> Any:
    """One value for each month, side by side; or a range that all months read."""
    if block.shape[0] == 1:
        return cells(block, spec)
    return block.numbers.reshape(1, -1) if block.kinds is None else [block.values()]


def answer(spec: Function, cells: Sequence[Any], count: int = 1) -> Block:
    """The function's answer to cells, as a block with at least ``columns`` columns."""
    out = spec.in_cell(*cells)
    rows = out if isinstance(out, list) else [[out] * count]
    if _all_numbers(rows):
        return Block(np.array(rows, dtype=np.float64)[None])
    return Block.of([[one(value) for value in row] for row in rows])


def _all_numbers(rows: list[list[Any]]) -> bool:
    return all({float}.issuperset(map(type, row)) for row in rows)


def one(value: Any) -> CellValue:
    """An answer as a cell's value; an error's code becomes an error."""
    return Error(value) if isinstance(value, str) and value in ERROR_CODES else value
