"""Core and functions: what the layers above a bare NumPy line cost, and LOAN_SCHEDULE against QuantLib."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
from tests.benchmarks.timing import Row, duration, in_turn, many, seconds

from drawstop.core import loan
from drawstop.core.proceeds import minimum_balance
from drawstop.functions import DUE_WITHIN, LOAN_SCHEDULE, PROCEEDS_MIN

SIZE = 1_000_000


def rows() -> Iterator[Row]:
    """The table's lines."""
    formula, interest, capex, other = np.random.default_rng(1).uniform(0, 3e6, (4, SIZE))
    core, bare = in_turn(
        lambda: minimum_balance(formula, interest, capex, other, floor=1.5e6, interest_cap=250e3),
        lambda: np.maximum(1.5e6, formula) + np.minimum(250e3, interest) + capex + other,
    )
    yield Row(
        "Minimum balance in the core, 10⁶ figures",
        duration(core),
        duration(bare),
        "the bare NumPy line",
        f"{core / bare:.2f} ×",
        "goal 1.3 ×",
    )
    checked, core = in_turn(
        lambda: PROCEEDS_MIN(formula, interest, capex, other),
        lambda: minimum_balance(formula, interest, capex, other, floor=1.5e6, interest_cap=250e3),
    )
    each = duration((checked - core) / (4 * SIZE))
    yield Row(
        "PROCEEDS_MIN, arrays of 10⁶",
        duration(checked),
        duration(core),
        "the core",
        f"{checked / core:.1f} ×",
        f"{each} a cell to check that it is a number, finite and not negative",
    )
    cells = [formula[:10_000].tolist()]
    lists = seconds(lambda: PROCEEDS_MIN(cells, 0.0, 0.0, 0.0), 5) / 10_000
    yield Row(
        "PROCEEDS_MIN, a range of cells as lists", f"{duration(lists)} a cell", note="as Excel and Calc give them"
    )
    one, plain = in_turn(
        many(lambda: PROCEEDS_MIN(2.1e6, 360e3, 400e3, 150e3), 2000),
        many(lambda: max(1.5e6, 2.1e6) + min(250e3, 360e3) + 400e3 + 150e3, 2000),
    )
    yield Row(
        "PROCEEDS_MIN, one cell",
        duration(one / 2000),
        duration(plain / 2000),
        "plain Python",
        f"{one / plain:.0f} ×",
        "goal 30 µs",
    )
    for months in (90, 360, 1440):
        dates = np.arange(35_000.0, 35_000.0 + 30.4375 * months, 30.4375).round()[None, :]
        taken = seconds(lambda: DUE_WITHIN(dates, dates, np.ones_like(dates), 3), 5)  # noqa: B023 - called at once
        yield Row(f"DUE_WITHIN over {months} months, from each", duration(taken))
    yield from _loan_schedule()


def _loan_schedule() -> Iterator[Row]:
    first, signing = np.datetime64("1997-09-30"), dt.date(1996, 7, 11)
    dates = loan.instalment_dates(first, 8, np.array([3, 6, 9, 12])).astype(object).tolist()
    ends = loan.instalment_dates(np.datetime64("1996-09-30"), 12, np.array([3, 6, 9, 12])).astype(object).tolist()
    fixings = [[day, 0.05 + 0.001 * k] for k, day in enumerate([signing, *ends])]
    amounts = [19.5e6 / 8] * 8
    given = [[signing, 19.5e6]], [[day, amount] for day, amount in zip(dates, amounts, strict=True)], fixings

    def ours() -> Any:
        return LOAN_SCHEDULE(*given, margin_before=0.0225, margin_after=0.0225, fee_rate=0.0)

    try:
        peer = _quantlib_loan(signing, dates, ends, fixings)
    except ImportError:
        yield Row(
            "LOAN_SCHEDULE, 12 quarters", duration(seconds(ours)), note="not compared: QuantLib is missing, extra bench"
        )
        return
    interest = sum(row[6] for row in ours()[1:])
    same = abs(interest - sum(row[2] for row in peer())) < 1
    own, other = in_turn(many(ours, 50), many(peer, 50))
    core = seconds(many(_core_of(given), 50))
    yield Row(
        "LOAN_SCHEDULE, 12 quarters", duration(own / 50), duration(other / 50),
        "QuantLib's amortizing floater, its rows read",
        f"{own / other:.2f} ×", "the same interest to a dollar" if same else "INTEREST DIFFERS",
    )  # fmt: skip
    yield Row(
        "Its core, from arrays", duration(core / 50), duration(other / 50), "as above", f"{core / other:.2f} ×",
        "the rest reads cells and dates, checks them, and makes rows of cells",
    )  # fmt: skip


def _core_of(given: tuple[list[list[Any]], ...]) -> Any:
    """The schedule from arrays, as the function calls it."""
    advances, instalments, fixings = (
        (np.array([day for day, _ in table], "datetime64[D]"), np.array([x for _, x in table])) for table in given
    )
    terms = {"margin_before": 0.0225, "margin_after": 0.0225, "fee_rate": 0.0, "basis": "ACT/360", "max_credit": 19.5e6}
    start, never = advances[0][0], np.datetime64("NaT", "D")

    def schedule() -> Any:
        dates = loan.event_dates(start, advances, instalments)
        drawn, repaid = loan.at_dates(dates, advances), loan.at_dates(dates, instalments)
        return loan.schedule(
            dates,
            drawn,
            repaid,
            fixings,
            start=start,
            last=instalments[0][-1],
            completion=never,
            fee_end=start,
            **terms,
        )

    return schedule


def _quantlib_loan(signing: dt.date, repaid: list[dt.date], ends: list[dt.date], fixings: list[list[Any]]) -> Any:
    """The same loan as QuantLib has it: built from dates and fixings, and each coupon's row read."""
    import QuantLib as ql  # noqa: N813, PLC0415 - its own abbreviation; an extra

    def date(day: dt.date) -> Any:
        return ql.Date(day.day, day.month, day.year)

    ql.Settings.instance().evaluationDate = date(dt.date(2005, 1, 3))
    curve = ql.YieldTermStructureHandle(ql.FlatForward(date(signing), 0.05, ql.Actual360()))
    index = ql.IborIndex(
        "loan",
        ql.Period(3, ql.Months),
        0,
        ql.USDCurrency(),
        ql.NullCalendar(),
        ql.Unadjusted,
        False,
        ql.Actual360(),
        curve,
    )
    days = [signing, *ends]
    balance, balances = 19.5e6, []
    for day in days[:-1]:
        balance -= 19.5e6 / 8 if day in repaid else 0.0
        balances.append(balance)

    def built() -> list[tuple[Any, float, float, float]]:
        index.clearFixings()
        index.addFixings([date(day) for day, _ in fixings[:-1]], [rate for _, rate in fixings[:-1]], True)
        schedule = ql.Schedule([date(day) for day in days])
        bond = ql.AmortizingFloatingRateBond(
            0, balances, schedule, index, ql.Actual360(), ql.Unadjusted, 0, [1.0], [0.0225]
        )
        ql.setCouponPricer(bond.cashflows(), ql.BlackIborCouponPricer())
        coupons = filter(None, (ql.as_floating_rate_coupon(flow) for flow in bond.cashflows()))
        return [(c.accrualEndDate(), c.nominal(), c.amount(), c.rate()) for c in coupons]

    return built
