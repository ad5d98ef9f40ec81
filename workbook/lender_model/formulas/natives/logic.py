"""Conditions, choices, and what kind of value a cell holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from drawstop.functions.cells import NA, VALUE
from lender_model.formulas.natives.declare import Args, declare, first_errors, flat
from lender_model.formulas.values import (
    BLANK,
    ERROR,
    ERRORS,
    FLAG,
    NUMBER,
    TEXT,
    Block,
    as_flags,
    as_numbers,
    compared,
    error,
    selected,
    single,
)  # fmt: skip

_MANY = 255
_FALSE = Block.flags(np.zeros((1, 1, 1), np.bool_))


def _given(args: Args, at: int, default: Block) -> Block:
    """An argument; a default if there is none, 0 if it is left empty between commas."""
    if at >= len(args):
        return default
    return args[at] or single(None)


def _if(args: Args) -> Block:
    condition = as_flags(_given(args, 0, _FALSE))
    yes, no = _given(args, 1, single(True)), _given(args, 2, _FALSE)
    out = selected(condition.numbers != 0, yes, no)
    return out if condition.kinds is None else selected(condition.is_(ERROR), condition, out)


def _ifs(args: Args) -> Block:
    out = error(NA)
    for at in range(len(args) - len(args) % 2 - 2, -1, -2):
        out = _if([args[at], args[at + 1], out])
    return out


def _switch(args: Args) -> Block:
    value, cases = _given(args, 0, single(None)), args[1:]
    out = _given(cases, len(cases) - 1, error(NA)) if len(cases) % 2 else error(NA)
    for at in range(len(cases) - len(cases) % 2 - 2, -1, -2):
        out = _if([compared("=", value, _given(cases, at, single(None))), cases[at + 1], out])
    return out


def _choose(args: Args) -> Block:
    which = as_numbers(_given(args, 0, single(None)))
    out = error(VALUE)
    for at in range(1, len(args)):
        out = selected(np.trunc(which.numbers) == at, _given(args, at, single(None)), out)
    return out if which.kinds is None else selected(which.is_(ERROR), which, out)


def _iferror(args: Args) -> Block:
    value, other = (_given(args, at, single(None)) for at in (0, 1))
    return selected(value.is_(ERROR), other, value) if value.has_errors() else value


def _ifna(args: Args) -> Block:
    value, other = (_given(args, at, single(None)) for at in (0, 1))
    return selected(_is_na(value), other, value)


def _is_na(block: Block) -> Any:
    return block.is_(ERROR) & (block.numbers == ERRORS.index(NA))


def _together(reduce: Callable[..., object]) -> Callable[[Args], Block]:
    """A condition of all flags and numbers of the arguments; texts and blanks do not count."""

    def run(args: Args) -> Block:
        block = flat(args)
        if block.kinds is None:
            return Block.flags(np.asarray(reduce(block.numbers != 0, axis=2, keepdims=True)))
        kinds = block.full_kinds()
        counts = (kinds == NUMBER) | (kinds == FLAG)
        neutral = reduce is np.all
        out = Block.flags(np.asarray(reduce(np.where(counts, block.numbers != 0, neutral), axis=2, keepdims=True)))
        if not counts.any(axis=2).all():
            out = selected(counts.any(axis=2, keepdims=True), out, error(VALUE))
        errors = first_errors(block)
        return out if errors is None else selected(errors.is_(ERROR), errors, out)

    return run


def _odd(flags: Any, **axes: Any) -> Any:
    return np.sum(flags, **axes) % 2 == 1


def _not(args: Args) -> Block:
    flags = as_flags(_given(args, 0, single(None)))
    out = Block.flags(flags.numbers == 0)
    return out if flags.kinds is None else selected(flags.is_(ERROR), flags, out)


def _kind(test: Callable[[Block], object]) -> Callable[[Args], Block]:
    return lambda args: Block.flags(np.asarray(test(_given(args, 0, single(None)))))


declare("IF", "srr", _if, 1)
declare("IFS", "s", _ifs, 2, _MANY)
declare("SWITCH", "s", _switch, 3, _MANY)
declare("CHOOSE", "sr", _choose, 2, _MANY)
declare("IFERROR", "ss", _iferror)
declare("IFNA", "ss", _ifna)
declare("AND", "r", _together(np.all), 1, _MANY)
declare("OR", "r", _together(np.any), 1, _MANY)
declare("XOR", "r", _together(_odd), 1, _MANY)
declare("NOT", "s", _not)
declare("NA", "s", lambda _: error(NA), 0)
declare("ISNUMBER", "s", _kind(lambda block: block.is_(NUMBER)))
declare("ISTEXT", "s", _kind(lambda block: block.is_(TEXT)))
declare("ISNONTEXT", "s", _kind(lambda block: ~block.is_(TEXT)))
declare("ISLOGICAL", "s", _kind(lambda block: block.is_(FLAG)))
declare("ISBLANK", "s", _kind(lambda block: block.is_(BLANK)))
declare("ISERROR", "s", _kind(lambda block: block.is_(ERROR)))
declare("ISNA", "s", _kind(_is_na))
declare("ISERR", "s", _kind(lambda block: block.is_(ERROR) & ~_is_na(block)))
declare("ISEVEN", "s", _kind(lambda block: np.trunc(block.numbers) % 2 == 0))
declare("ISODD", "s", _kind(lambda block: np.trunc(block.numbers) % 2 == 1))
