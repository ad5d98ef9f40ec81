"""Operators: functions with a sign for a name."""

from __future__ import annotations

import numpy as np

from lender_model.formulas.natives.declare import TABLE, Args, cellwise, declare
from lender_model.formulas.values import Block, compared, over, plus, power, reshaped, single, text_of, times

_ZERO = single(0.0)


def _sides(args: Args) -> tuple[Block, Block]:
    return args[0] or single(None), args[1] or single(None)


def _difference(args: Args) -> Block:
    a, b = _sides(args)
    return plus(a, b, -1.0)


def _joined(args: Args) -> Block:
    """Texts one after the other; that of a value that all months share is formed once."""
    a, b = _sides(args)
    if 1 not in (a.numbers.size, b.numbers.size) or a.has_errors() or b.has_errors():
        return _cell_by_cell(args)
    left, right = ([text_of(value) for value in block.values()] for block in (a, b))
    texts = [left[0] + text for text in right] if len(left) == 1 else [text + right[0] for text in left]
    return reshaped(Block.of([texts]), np.broadcast_shapes(a.shape, b.shape))


declare("+", "ss", lambda args: plus(*_sides(args)))
declare("-", "ss", _difference)
declare("*", "ss", lambda args: times(*_sides(args)))
declare("/", "ss", lambda args: over(*_sides(args)))
declare("^", "ss", lambda args: power(*_sides(args)))
declare("neg", "s", lambda args: plus(_ZERO, args[0] or _ZERO, -1.0))
cellwise("&", "vv", lambda a, b: text_of(a) + text_of(b))
_cell_by_cell = TABLE["&"].run
declare("&", "ss", _joined)
for _sign in ("=", "<>", "<", ">", "<=", ">="):
    declare(_sign, "ss", lambda args, sign=_sign: compared(sign, *_sides(args)))  # type: ignore[misc] # bound now
