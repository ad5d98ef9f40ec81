"""Rounding, powers, sums and statistics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from drawstop.functions.cells import DIV0, NA, NUM, VALUE
from lender_model.formulas.natives.declare import (
    Args,
    Stop,
    cellwise,
    declare,
    first_errors,
    flat,
    numeric,
    reduction,
)  # fmt: skip
from lender_model.formulas.values import BLANK, ERROR, NUMBER, Block, Numbers, error, selected, single

_HALF = 1 + 2.0**-50  # a calculation may give 2.4999999999999996 for 2.5


def _scaled(x: Any, digits: Any, rounding: Any) -> Any:
    """A number rounded at a digit, by its absolute value."""
    scale = 10.0 ** np.trunc(digits)
    return np.sign(x) * rounding(np.abs(x) * scale * _HALF) / scale + 0.0


def _multiple(x: Any, step: Any, rounding: Any) -> Any:
    return np.where(step == 0, 0.0, rounding(x / np.where(step == 0, 1.0, step)) * step)


numeric("ABS", np.abs)
numeric("SIGN", np.sign)
numeric("INT", np.floor)
numeric("TRUNC", lambda x, digits=0.0: np.trunc(x * 10.0**digits) / 10.0**digits)
numeric("ROUND", lambda x, digits=0.0: _scaled(x, digits, lambda y: np.floor(y + 0.5)))
numeric("ROUNDUP", lambda x, digits=0.0: _scaled(x / _HALF, digits, lambda y: np.ceil(y / _HALF)))
numeric("ROUNDDOWN", lambda x, digits=0.0: _scaled(x, digits, np.floor))
numeric("MROUND", lambda x, step: np.where(x * step < 0, np.nan, _multiple(x, step, lambda y: np.floor(y + 0.5))))
numeric("CEILING", lambda x, step: np.where((x > 0) & (step < 0), np.nan, _multiple(x, step, np.ceil)))
numeric("FLOOR", lambda x, step: np.where((x > 0) & (step < 0), np.nan, _multiple(x, step, np.floor)))
numeric("CEILING.MATH", lambda x, step=1.0: _multiple(x, np.abs(step), np.ceil))
numeric("FLOOR.MATH", lambda x, step=1.0: _multiple(x, np.abs(step), np.floor))
numeric("MOD", lambda x, y: np.where(y == 0, np.nan, np.mod(x, np.where(y == 0, 1.0, y))), DIV0)
numeric("QUOTIENT", lambda x, y: np.trunc(x / np.where(y == 0, np.nan, y)), DIV0)
numeric("SQRT", np.sqrt)
numeric("EXP", np.exp)
numeric("LN", lambda x: np.log(np.where(x > 0, x, np.nan)))
numeric("LOG10", lambda x: np.log10(np.where(x > 0, x, np.nan)))
numeric("LOG", lambda x, base=10.0: np.log(np.where(x > 0, x, np.nan)) / np.log(np.where(base > 0, base, np.nan)))
numeric("POWER", lambda x, y: np.where((x == 0) & (y == 0), np.nan, np.power(x, y)))
numeric("PI", lambda: np.full((1, 1, 1), math.pi))
numeric("EVEN", lambda x: np.sign(x) * np.ceil(np.abs(x) / 2) * 2)
numeric("ODD", lambda x: np.where(x < 0, -1, 1) * (np.ceil((np.abs(x) - 1) / 2).clip(0) * 2 + 1))


def _filled(numbers: Numbers, with_: float) -> Numbers:
    return np.where(np.isnan(numbers), with_, numbers)


def _mean(x: Numbers, n: Numbers) -> Any:
    return _filled(x, 0.0).sum(axis=1) / np.where(n > 0, n, np.nan)


def _variance(x: Numbers, n: Numbers, less: float) -> Any:
    off = _filled(x - _mean(x, n)[:, None], 0.0)
    return (off * off).sum(axis=1) / np.where(n > less, n - less, np.nan)


def _extreme(pick: Any, worst: float) -> Any:
    return lambda x, n: np.where(n > 0, pick(_filled(x, worst), axis=1), 0.0)


def _by_formula(function: Any, x: Numbers) -> Any:
    rows = [row[~np.isnan(row)] for row in x]
    return np.array([function(row) if len(row) else np.nan for row in rows])


def _mode(row: Numbers) -> float:
    values, first, counts = np.unique(row, return_index=True, return_counts=True)
    best = counts == counts.max()
    return float(values[best][first[best].argmin()]) if counts.max() > 1 else math.nan


reduction("SUM", lambda x, _: _filled(x, 0.0).sum(axis=1))
reduction("PRODUCT", lambda x, n: np.where(n > 0, _filled(x, 1.0).prod(axis=1), 0.0))
reduction("SUMSQ", lambda x, _: (_filled(x, 0.0) ** 2).sum(axis=1))
reduction("MAX", _extreme(np.max, -np.inf))
reduction("MIN", _extreme(np.min, np.inf))
reduction("AVERAGE", _mean, DIV0)
reduction("MEDIAN", lambda x, _: _by_formula(np.median, x))
reduction("MODE", lambda x, _: _by_formula(_mode, x), NA)
reduction("MODE.SNGL", lambda x, _: _by_formula(_mode, x), NA)
reduction("GEOMEAN", lambda x, n: np.where((_filled(x, 1.0) > 0).all(axis=1), np.exp(_mean(np.log(x), n)), np.nan))
reduction("AVEDEV", lambda x, n: _mean(np.abs(x - _mean(x, n)[:, None]), n))
reduction("DEVSQ", lambda x, n: _variance(x, n, 0) * n)
for _name, _less in {"VAR": 1, "VAR.S": 1, "VARP": 0, "VAR.P": 0}.items():
    reduction(_name, lambda x, n, less=_less: _variance(x, n, less), DIV0)  # type: ignore[misc] # bound now
for _name, _less in {"STDEV": 1, "STDEV.S": 1, "STDEVP": 0, "STDEV.P": 0}.items():
    reduction(_name, lambda x, n, less=_less: np.sqrt(_variance(x, n, less)), DIV0)  # type: ignore[misc] # same reason


def _counting(counts: Any) -> Any:
    def run(args: Args) -> Block:
        kinds = flat(args).full_kinds()
        return Block(counts(kinds).sum(axis=2, keepdims=True) * 1.0)

    return run


declare("COUNT", "r", _counting(lambda kinds: kinds == NUMBER), 1, 255)
declare("COUNTA", "r", _counting(lambda kinds: kinds != BLANK), 1, 255)


def _sumproduct(args: Args) -> Block:
    """The sum of products cell by cell; anything but a number is 0."""
    blocks = [single(0.0) if block is None else block for block in args]
    if len({block.shape[1:] for block in blocks if len(args) > 1}) > 1:
        return error(VALUE)
    out: Any = 1.0
    for block in blocks:
        out = out * (block.numbers if block.kinds is None else np.where(block.is_(NUMBER), block.numbers, 0.0))
    result = Block(out.sum(axis=(1, 2), keepdims=True))
    if any(block.has_errors() for block in blocks):
        errors = first_errors(flat(args))
        return selected(errors.is_(ERROR), errors, result) if errors else result
    return result


declare("SUMPRODUCT", "a", _sumproduct, 1, 255)


# ---- one number among many -----------------------------------------------------------------------------------------


def _nth(numbers: list[float], k: int, *, largest: bool) -> float:
    if not 1 <= k <= len(numbers):
        raise Stop(NUM)
    return sorted(numbers, reverse=largest)[k - 1]


def _rank(value: float, numbers: list[float], rising: float = 0.0) -> float:
    if value not in numbers:
        raise Stop(NA)
    return 1.0 + sum(other < value if rising else other > value for other in numbers)


def _percentile(numbers: list[float], share: float) -> float:
    if not numbers or not 0 <= share <= 1:
        raise Stop(NUM)
    return float(np.percentile(numbers, 100 * share))


def _paired(first: Any, second: Any) -> tuple[Any, Any]:
    """Pairs of numbers from two ranges."""
    a, b = ([value for row in rows for value in row] for rows in (first, second))
    if len(a) != len(b):
        raise Stop(NA)
    both = [(x, y) for x, y in zip(a, b, strict=True) if type(x) is float and type(y) is float]
    x, y = np.array(both or [(math.nan, math.nan)]).T
    return x, y


def _slope(known_y: Any, known_x: Any) -> float:
    y, x = _paired(known_y, known_x)
    spread = ((x - x.mean()) ** 2).sum()
    if not spread > 0:
        raise Stop(DIV0)
    return float(((x - x.mean()) * (y - y.mean())).sum() / spread)


def _intercept(known_y: Any, known_x: Any) -> float:
    y, x = _paired(known_y, known_x)
    return float(y.mean() - _slope(known_y, known_x) * x.mean())


def _correlation(first: Any, second: Any) -> float:
    a, b = _paired(first, second)
    a, b = a - a.mean(), b - b.mean()
    size = math.sqrt((a * a).sum() * (b * b).sum())
    if not size > 0:
        raise Stop(DIV0)
    return float((a * b).sum() / size)


cellwise("LARGE", "ni", lambda numbers, k: _nth(numbers, k, largest=True))
cellwise("SMALL", "ni", lambda numbers, k: _nth(numbers, k, largest=False))
for _name in ("RANK", "RANK.EQ"):
    cellwise(_name, "fnf", _rank)
for _name in ("PERCENTILE", "PERCENTILE.INC"):
    cellwise(_name, "nf", _percentile)
for _name in ("QUARTILE", "QUARTILE.INC"):
    cellwise(_name, "nf", lambda numbers, quarter: _percentile(numbers, math.trunc(quarter) / 4))
cellwise("SLOPE", "rr", _slope)
cellwise("INTERCEPT", "rr", _intercept)
cellwise("FORECAST", "frr", lambda x, ys, xs: _intercept(ys, xs) + _slope(ys, xs) * x)
cellwise("CORREL", "rr", _correlation)
cellwise("RSQ", "rr", lambda a, b: _correlation(a, b) ** 2)
cellwise("COUNTBLANK", "r", lambda rows: float(sum(value in (None, "") for row in rows for value in row)))
