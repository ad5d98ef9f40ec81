"""The term loan: margin, interest, fees, instalments and schedule (8-K 5(a) Term Loan and following).

A period includes the day on which it starts, not the one on which it ends; ``basis`` is one of the day counts
:data:`drawstop.core.dates.BASES`, one of which needs the loan's ``maturity``. Units, shapes and errors:
:mod:`drawstop.core`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.core.dates import MONTH, days_between, month_end, quarter_ends, year_fraction
from drawstop.core.tolerance import complies

ROUNDING = 1e-12
"""A balance below this part of what was drawn is rounding, not debt."""


def margin(as_of: Any, completion: Any, *, before: Any, after: Any) -> Any:
    """Margin over LIBOR for the day that starts on ``as_of``, per year (8-K 5(a) Interest).

    The lower margin applies from the day of Completion (R-08).

    >>> as_of = np.array(["1997-11-14", "1997-11-15"], "datetime64[D]")
    >>> margin(as_of, np.datetime64("1997-11-15"), before=0.0225, after=0.01875).tolist()
    [0.0225, 0.01875]
    """
    return np.where(as_of >= completion, after, before)


def interest(
    principal: Any,
    start: Any,
    stop: Any,
    libor: Any,
    completion: Any,
    *,
    margin_before: Any,
    margin_after: Any,
    basis: Any,
    maturity: Any = None,
) -> Any:
    """Interest from start to stop, dollars, split at Completion (8-K 5(a) Interest, R-08).

    46 days at 5.75 % and 2.25 %, then 46 days at 5.75 % and 1.875 %:

    >>> start, completion, stop = np.array(["1997-09-30", "1997-11-15", "1997-12-31"], "datetime64[D]")
    >>> due = interest(
    ...     10e6, start, stop, 0.0575, completion, margin_before=0.0225, margin_after=0.01875, basis="ACT/360"
    ... )
    >>> round(float(due), 4)
    199652.7778
    """
    step = np.where(np.isnat(completion), stop, np.clip(completion, start, stop))
    before = (libor + margin_before) * year_fraction(start, step, basis, maturity=maturity)
    after = (libor + margin_after) * year_fraction(step, stop, basis, maturity=maturity)
    return principal * (before + after)


def commitment_fee(
    max_credit: Any, outstanding: Any, start: Any, stop: Any, *, rate: Any, basis: Any, maturity: Any = None
) -> Any:
    """Fee from start to stop on what is not drawn, dollars, at a rate per year (8-K 5(a) Commitment Fee, R-11).

    >>> start, stop = np.array(["1996-07-11", "1996-09-30"], "datetime64[D]")  # 81 days
    >>> round(float(commitment_fee(19.5e6, 5e6, start, stop, rate=0.005, basis="ACT/360")), 6)
    16312.5
    """
    return rate * (max_credit - outstanding) * year_fraction(start, stop, basis, maturity=maturity)


def instalment_dates(first: np.datetime64, count: int, months: NDArray[Any]) -> NDArray[np.datetime64]:
    """``count`` month-ends in the given months of the year, 1 to 12, starting with ``first`` (8-K 5(a) Instalments).

    >>> instalment_dates(np.datetime64("1997-09-30"), 3, np.array([9, 12])).astype(str).tolist()
    ['1997-09-30', '1997-12-31', '1998-09-30']
    """
    years = -(-count // len(months)) + 1
    span = np.arange(first.astype("datetime64[M]"), first.astype("datetime64[M]") + 12 * years * MONTH)
    wanted: NDArray[np.datetime64] = span[np.isin(span.astype(np.int64) % 12 + 1, months)]
    ends: NDArray[np.datetime64] = month_end(wanted[:count])
    return ends


def equal_instalments(principal: float, count: int) -> NDArray[np.float64]:
    """``count`` instalments of equal principal, dollars; the last one absorbs rounding (R-14).

    >>> equal_instalments(19.5e6, 8).tolist() == 8 * [2_437_500.0]
    True
    """
    return _closing(principal, np.full(count, principal / count))


def level_instalments(
    principal: float, start: np.datetime64, dates: NDArray[np.datetime64], *, rate: float, basis: str
) -> NDArray[np.float64]:
    """Principal of level debt service, dollars: interest and principal together are the same on each date (R-14).

    Args:
        principal: lent on ``start``.
        start: first day of interest.
        dates: of the instalments, a series in order.
        rate: of interest, per year, not compounded within a period.
        basis: day count of the periods.

    1,210 a year: interest of 210 on 2,100, then of 110 on 1,100.

    >>> dates = np.array(["1998-12-31", "1999-12-31"], "datetime64[D]")
    >>> level_instalments(2100.0, np.datetime64("1997-12-31"), dates, rate=0.1, basis="30/360").round(6).tolist()
    [1000.0, 1100.0]
    """
    growth = 1.0 + rate * year_fraction(np.r_[start, dates[:-1]], dates, basis, maturity=dates[-1])
    service = principal / (1.0 / np.cumprod(growth)).sum()
    balance, principals = principal, np.empty(len(dates))
    for i, factor in enumerate(growth):
        principals[i] = service - balance * (factor - 1.0)
        balance -= principals[i]
    return _closing(principal, principals)


def custom_instalments(principal: float, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """A series of shares of the principal, which sum to 1, in dollars; the last one absorbs rounding.

    >>> custom_instalments(1000.0, np.array([0.25, 0.75])).tolist()
    [250.0, 750.0]
    """
    return _closing(principal, principal * shares)


def _closing(principal: float, instalments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Instalments, the last of them set so that subtracting them one by one leaves a balance of zero."""
    balance = principal
    for amount in instalments[:-1]:
        balance -= amount
    instalments[-1] = balance
    return instalments


@dataclass(frozen=True)
class Schedule:
    """A loan's event dates and what happens on and before each: parallel series, in dollars except ``libor``.

    Attributes:
        dates: the event dates, in order.
        opening: balance before the events of the date.
        advance: drawn on it.
        repayment: repaid on it.
        closing: balance after its events.
        libor: rate per year of the interest accrued up to the date; on the first, that of the first period.
        interest_accrued: since the event before.
        interest_paid: on the date.
        fee_accrued: since the event before.
        fee_paid: on the date.
    """

    dates: NDArray[np.datetime64]
    opening: NDArray[np.float64]
    advance: NDArray[np.float64]
    repayment: NDArray[np.float64]
    closing: NDArray[np.float64]
    libor: NDArray[np.float64]
    interest_accrued: NDArray[np.float64]
    interest_paid: NDArray[np.float64]
    fee_accrued: NDArray[np.float64]
    fee_paid: NDArray[np.float64]

    @property
    def debt_service(self) -> NDArray[np.float64]:
        """Interest, principal and fee paid on each date, dollars; :func:`schedule` has an example."""
        return self.interest_paid + self.repayment + self.fee_paid


Flows = tuple[NDArray[np.datetime64], NDArray[np.float64]]
"""Dates, and beside them the amounts paid or the rates fixed."""


def event_dates(start: np.datetime64, advances: Flows, instalments: Flows) -> NDArray[np.datetime64]:
    """Start, advances, instalments, and quarter-ends up to the last instalment: a series in order, without duplicates.

    >>> start = np.datetime64("1996-07-11")
    >>> advances = np.array(["1996-11-15"], "datetime64[D]"), np.array([6e6])
    >>> instalments = np.array(["1996-12-31"], "datetime64[D]"), np.array([6e6])
    >>> event_dates(start, advances, instalments).astype(str).tolist()
    ['1996-07-11', '1996-09-30', '1996-11-15', '1996-12-31']
    """
    events = np.concatenate([[start], advances[0], instalments[0]])
    quarters = quarter_ends(events.min(), instalments[0].max()) if len(instalments[0]) else events[:0]
    return np.unique(np.concatenate([events, quarters]))


def at_dates(dates: NDArray[np.datetime64], flows: Flows) -> NDArray[np.float64]:
    """Sum of the flows on each of the dates, dollars; the dates are a series in order that includes those of all flows.

    >>> dates = np.array(["1996-07-11", "1996-09-30"], "datetime64[D]")
    >>> at_dates(dates, (dates[[0, 0]], np.array([1e6, 2e6]))).tolist()
    [3000000.0, 0.0]
    """
    sums = np.bincount(np.searchsorted(dates, flows[0]), weights=flows[1], minlength=len(dates))
    return sums.astype(np.float64)


def first_day(start: np.datetime64, dates: NDArray[np.datetime64], advance: NDArray[np.float64]) -> np.datetime64:
    """First day of the first interest period: ``start``, or the first advance if that is earlier (R-09).

    ``advance`` is drawn on each of the dates, dollars; 0 means no advance.

    >>> dates = np.array(["1996-06-28", "1996-07-01", "1996-07-11"], "datetime64[D]")
    >>> str(first_day(dates[2], dates, np.array([0.0, 1e6, 0.0])))
    '1996-07-01'
    """
    day: np.datetime64 = np.r_[start, dates[advance > 0]].min()
    return day


def schedule(
    dates: NDArray[np.datetime64],
    advance: NDArray[np.float64],
    repayment: NDArray[np.float64],
    fixings: Flows,
    *,
    start: np.datetime64,
    last: np.datetime64,
    completion: np.datetime64,
    max_credit: float,
    margin_before: float,
    margin_after: float,
    fee_rate: float,
    fee_end: np.datetime64,
    basis: str,
) -> Schedule:
    """The loan from event to event: interest since the event before, paid at quarter-ends and on ``last`` (R-09).

    A period bears the last LIBOR fixing on or before its first day (R-10); the fee runs on what is not drawn (R-12).

    Args:
        dates: the event dates, a series in order, at least one.
        advance: drawn on each date, dollars, after the repayment of that date (R-16).
        repayment: repaid on each date, dollars.
        fixings: dates and rates of LIBOR, in order, the first not after :func:`first_day`.
        start: date of the agreement, from which the commitment fee runs.
        last: date of the last instalment; NaT if there is none.
        completion: from this day on the lower margin applies; NaT if not yet.
        max_credit: what the fee is computed on, less the balance, dollars.
        margin_before: margin until Completion, per year.
        margin_after: margin from Completion on, per year.
        fee_rate: commitment fee per year.
        fee_end: last day of the commitment fee.
        basis: day count.

    The whole credit drawn at signing and repaid after 81 days, at 5.6875 % and 2.25 %; no fee:

    >>> signing, end = dates = np.array(["1996-07-11", "1996-09-30"], "datetime64[D]")
    >>> drawn, repaid, fixings = np.array([19.5e6, 0.0]), np.array([0.0, 19.5e6]), (dates[:1], np.array([0.056875]))
    >>> terms = {"margin_before": 0.0225, "margin_after": 0.01875, "fee_rate": 0.005, "basis": "ACT/360"}
    >>> rows = schedule(dates, drawn, repaid, fixings, start=signing, last=end, completion=np.datetime64("NaT", "D"),
    ...                 max_credit=19.5e6, fee_end=np.datetime64("1997-09-30"), **terms)
    >>> rows.interest_paid.round(4).tolist(), rows.debt_service.round(4).tolist()
    ([0.0, 348257.8125], [0.0, 19848257.8125])
    """
    closing = np.cumsum(advance - repayment)
    closing[closing <= ROUNDING * advance.sum()] = 0.0
    opening = np.r_[0.0, closing[:-1]]
    quarters = quarter_ends(dates[0], dates[-1])
    payday = np.isin(dates, np.append(quarters, last))
    cuts = np.union1d(dates, quarters)  # after the last instalment a quarter-end is not a row, but still ends a period
    row = np.searchsorted(dates, cuts[1:])
    first = first_day(start, dates, advance)
    period = np.maximum(_last_before(np.union1d(dates[:1], quarters), cuts[:-1]), first)
    rate = fixings[1][np.searchsorted(fixings[0], np.append(period, first), side="right") - 1]
    pieces = interest(
        closing[row - 1],
        cuts[:-1],
        cuts[1:],
        rate[:-1],
        completion,
        margin_before=margin_before,
        margin_after=margin_after,
        basis=basis,
        maturity=last,
    )
    accrued = np.bincount(row, weights=pieces, minlength=len(dates)).astype(np.float64)
    rate = rate[np.searchsorted(cuts, dates) - 1]  # of the part that ends there; in the first row the first period's
    fee_from, fee_to = np.clip(dates[:-1], start, fee_end), np.clip(dates[1:], start, fee_end)
    fee = commitment_fee(max_credit, closing[:-1], fee_from, fee_to, rate=fee_rate, basis=basis, maturity=last)
    fee = np.r_[0.0, np.where(fee_to > fee_from, fee, 0.0)]  # no fee if fee_end is before start
    return Schedule(
        dates, opening, advance, repayment, closing, rate,
        accrued, _paid(accrued, payday), fee, _paid(fee, payday),
    )  # fmt: skip


def _last_before(days: NDArray[np.datetime64], dates: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """The last of a series of days in order that is on or before each date."""
    found: NDArray[np.datetime64] = days[np.searchsorted(days, dates, side="right") - 1]
    return found


def _paid(accrued: NDArray[np.float64], payday: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What has accrued since the previous payday, on each payday."""
    paid = np.zeros_like(accrued)
    days = np.flatnonzero(payday)
    if len(days):
        paid[days] = np.add.reduceat(accrued[: days[-1] + 1], np.r_[0, days[:-1] + 1])
    return paid


def advance_limit(
    as_of: Any,
    advanced: Any,
    balance: Any,
    minimum: Any,
    mechanical_completion: Any,
    *,
    conditions_met: Any,
    in_default: Any,
    max_credit: Any,
    cutoff: Any,
) -> Any:
    """What the Lender must still advance, dollars (8-K 5(a) Advances).

    Nothing from the earlier of ``cutoff`` and Mechanical Completion on (R-17), nor while the Proceeds Account is below
    its minimum, a condition is unmet or a default continues (R-05); otherwise the maximum credit less all advances to
    date (R-18).

    >>> as_of, cutoff = np.array(["1997-09-29", "1997-09-30"], "datetime64[D]"), np.datetime64("1997-09-30")
    >>> advance_limit(as_of, 12e6, 3e6, 2.9e6, np.datetime64("NaT", "D"),
    ...               conditions_met=True, in_default=False, max_credit=19.5e6, cutoff=cutoff).tolist()
    [7500000.0, 0.0]
    """
    open_to_draw = (as_of < cutoff) & ~(as_of >= mechanical_completion)
    funded = complies(balance - minimum, minimum)
    ready = open_to_draw & funded & np.asarray(conditions_met) & ~np.asarray(in_default)
    return np.where(ready, np.maximum(0.0, max_credit - advanced), 0.0)


def average_life(start: Any, dates: Any, principal: Any) -> Any:
    """Years to repayment weighted by principal, days over 365.

    ``dates`` and ``principal``, dollars, are one series; the result has the shape of ``start``.

    One year for three quarters of the principal and three years for the rest:

    >>> dates = np.array(["1997-07-11", "1999-07-11"], "datetime64[D]")
    >>> float(average_life(np.datetime64("1996-07-11"), dates, np.array([3.0, 1.0])))
    1.5
    """
    years = days_between(np.asarray(start)[..., None], dates) / 365
    return (principal * years).sum(axis=-1) / principal.sum()
