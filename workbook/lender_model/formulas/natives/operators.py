"""Operators: functions with a sign for a name."""

from __future__ import annotations

from lender_model.formulas.natives.declare import Args, cellwise, declare
from lender_model.formulas.values import Block, compared, over, plus, power, single, text_of, times

_ZERO = single(0.0)


def _sides(args: Args) -> tuple[Block, Block]:
    return args[0] or single(None), args[1] or single(None)


def _difference(args: Args) -> Block:
    a, b = _sides(args)
    return plus(a, b, -1.0)


declare("+", "ss", lambda args: plus(*_sides(args)))
declare("-", "ss", _difference)
declare("*", "ss", lambda args: times(*_sides(args)))
declare("/", "ss", lambda args: over(*_sides(args)))
declare("^", "ss", lambda args: power(*_sides(args)))
declare("neg", "s", lambda args: plus(_ZERO, args[0] or _ZERO, -1.0))
cellwise("&", "vv", lambda a, b: text_of(a) + text_of(b))
for _sign in ("=", "<>", "<", ">", "<=", ">="):
    declare(_sign, "ss", lambda args, sign=_sign: compared(sign, *_sides(args)))  # type: ignore[misc] # bound now
