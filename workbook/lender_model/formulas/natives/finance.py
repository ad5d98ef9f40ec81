"""Present values, returns and annuities."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy_financial as npf

from drawstop.functions.cells import DIV0, NUM
from lender_model.formulas.natives.declare import Stop, cellwise, numeric

_DAYS_A_YEAR = 365.0
_CLOSE = 1e-12


def _npv(rate: float, *flows: list[float]) -> float:
    values = [value for part in flows for value in (part if isinstance(part, list) else [part])]
    if rate == -1:
        raise Stop(DIV0)
    return float(sum(value / (1 + rate) ** t for t, value in enumerate(values, start=1)))


def _dated(flows: list[Any], dates: list[Any]) -> tuple[Any, Any]:
    """Flows and their years from the first; #NUM! if they do not match or a date is before the first."""
    if len(flows) != len(dates) or not flows:
        raise Stop(NUM)
    years = (np.floor(np.array(dates)) - np.floor(dates[0])) / _DAYS_A_YEAR
    if (years < 0).any():
        raise Stop(NUM)
    return np.array(flows), years


def _xnpv(rate: float, flows: list[float], dates: list[float]) -> float:
    amounts, years = _dated(flows, dates)
    if rate <= -1:
        raise Stop(NUM)
    return float((amounts / (1 + rate) ** years).sum())


def _xirr(flows: list[float], dates: list[float], guess: float = 0.1) -> float:
    amounts, years = _dated(flows, dates)
    return _root_of_flows(amounts, years, guess)


def _irr(flows: list[float], guess: float = 0.1) -> float:
    return _root_of_flows(np.array(flows), np.arange(float(len(flows))), guess)


def _root_of_flows(amounts: Any, years: Any, guess: float) -> float:
    """The rate at which flows are worth zero: the first one found in steps away from the guess."""
    if not (amounts > 0).any() or not (amounts < 0).any() or guess <= -1:
        raise Stop(NUM)

    def worth(log_discount: float) -> float:
        return float((amounts * np.exp(-years * log_discount)).sum())

    return math.expm1(_root(worth, math.log1p(guess)))


def _root(function: Callable[[float], float], start: float) -> float:
    """A root by bisection, within the first bracket found in growing steps to both sides of the start."""
    step, low, high = 0.01, start, start
    at_low = at_high = function(start)
    if at_low == 0:
        return start
    for _ in range(60):
        lower, upper = low - step, high + step
        at_lower, at_upper = function(lower), function(upper)
        if at_upper * at_high <= 0:
            return _bisected(function, high, upper, at_high)
        if at_lower * at_low <= 0:
            return _bisected(function, lower, low, at_lower)
        low, high, at_low, at_high, step = lower, upper, at_lower, at_upper, step * 1.25
        if not (math.isfinite(at_low) and math.isfinite(at_high)):
            break
    raise Stop(NUM)


def _bisected(function: Callable[[float], float], low: float, high: float, at_low: float) -> float:
    for _ in range(200):
        middle = (low + high) / 2
        if middle in {low, high} or high - low < _CLOSE * 1e-3:
            break
        value = function(middle)
        low, high, at_low = (middle, high, value) if value * at_low > 0 else (low, middle, at_low)
    return (low + high) / 2


def _when(kind: Any) -> Any:
    """Payments at the end of a period, 0, or at its beginning, 1."""
    return np.where(kind != 0, 1, 0)


def _pmt(rate: Any, count: Any, value: Any, future: Any = 0.0, kind: Any = 0.0) -> Any:
    return np.where(count == 0, np.nan, npf.pmt(rate, np.where(count == 0, 1.0, count), value, future, _when(kind)))


def _ipmt(rate: Any, period: Any, count: Any, value: Any, future: Any = 0.0, kind: Any = 0.0) -> Any:
    """Interest on what is owed at the start of a period; paid a period earlier, and discounted, at the beginning."""
    payment, when = _pmt(rate, count, value, future, kind), _when(kind)
    interest = npf.fv(rate, period - 1, payment, value, when) * rate
    interest = np.where(when == 1, np.where(period == 1, 0.0, interest / (1 + rate)), interest)
    return np.where((period >= 1) & (period <= count), interest, np.nan)


def _nper(rate: float, payment: float, value: float, future: float = 0.0, kind: float = 0.0) -> float:
    if rate == 0:
        if payment == 0:
            raise Stop(NUM)
        return -(value + future) / payment
    due = payment * (1 + rate * (kind != 0))
    ratio = (due - future * rate) / (value * rate + due)
    if ratio <= 0:
        raise Stop(NUM)
    return math.log(ratio) / math.log1p(rate)


def _rate(
    count: float, payment: float, value: float, future: float = 0.0, kind: float = 0.0, guess: float = 0.1
) -> float:
    if count <= 0 or guess <= -1:
        raise Stop(NUM)

    def left(log_rate: float) -> float:
        """What is still owed at the end, in today's money."""
        owed = npf.fv(math.expm1(log_rate), count, payment, value, int(kind != 0)) - future
        return float(owed) * math.exp(-log_rate * count)

    rate = math.expm1(_root(left, math.log1p(guess)))
    return 0.0 if abs(rate) < _CLOSE else rate


def _mirr(flows: list[float], finance: float, reinvest: float) -> float:
    if not any(x > 0 for x in flows) or not any(x < 0 for x in flows):
        raise Stop(DIV0)
    return float(npf.mirr(flows, finance, reinvest))


cellwise("NPV", "fn", _npv)
cellwise("XNPV", "fnn", _xnpv)
cellwise("IRR", "nf", _irr)
cellwise("XIRR", "nnf", _xirr)
cellwise("MIRR", "nff", _mirr)
cellwise("NPER", "f", _nper)
cellwise("RATE", "f", _rate)
numeric("PMT", _pmt)
numeric("IPMT", _ipmt)
numeric("PPMT", lambda r, p, n, v, f=0.0, k=0.0: _pmt(r, n, v, f, k) - _ipmt(r, p, n, v, f, k))
numeric("FV", lambda r, n, payment, value=0.0, kind=0.0: npf.fv(r, n, payment, value, _when(kind)))
numeric("PV", lambda r, n, payment, future=0.0, kind=0.0: npf.pv(r, n, payment, future, _when(kind)))
numeric("SLN", lambda cost, salvage, life: (cost - salvage) / np.where(life == 0, np.nan, life), DIV0)
numeric("EFFECT", lambda rate, count: np.where(count < 1, np.nan, (1 + rate / np.floor(count)) ** np.floor(count) - 1))
numeric("NOMINAL", lambda rate, count: np.where(count < 1, np.nan, ((1 + rate) ** (1 / np.floor(count)) - 1) * count))
