"""Figures that QuantLib calculates: overnight coupons compounded in arrears, and Black's formula."""

import datetime as dt
import random

import pytest

from drawstop.functions import OPTION_VALUE, RATE_COMPOUNDED

ql = pytest.importorskip("QuantLib", reason="QuantLib, of the extra 'test', calculates what is compared here")

DAY = dt.timedelta(days=1)
NEW_YEAR = dt.date(2024, 1, 2)
COUNTS = {"ACT/360": ql.Actual360(), "ACT/365": ql.Actual365Fixed()}


def to_ql(day):
    return ql.Date(day.day, day.month, day.year)


def business_days(last):
    """New York's days of SOFR from the start of 2024."""
    calendar = ql.UnitedStates(ql.UnitedStates.SOFR)
    span = [NEW_YEAR + n * DAY for n in range((last - NEW_YEAR).days)]
    return [day for day in span if calendar.isBusinessDay(to_ql(day))]


def coupon(days, fixings, start, end, lookback, shift, basis):
    """The rate of QuantLib's coupon on these fixings."""
    calendar, count = ql.UnitedStates(ql.UnitedStates.SOFR), COUNTS[basis]
    ql.Settings.instance().evaluationDate = to_ql(days[-1])
    flat = ql.YieldTermStructureHandle(ql.FlatForward(to_ql(days[-1]), 0.05, count))
    index = ql.OvernightIndex("overnight", 0, ql.USDCurrency(), calendar, count, flat)
    index.clearFixings()
    index.addFixings([to_ql(day) for day in days], fixings)
    return ql.OvernightIndexedCoupon(
        *(to_ql(end), 1.0, to_ql(start), to_ql(end), index, 1.0, 0.0, ql.Date(), ql.Date(), count, False),
        *(ql.RateAveraging.Compound, lookback, 0, shift),
    ).rate()


@pytest.mark.parametrize("basis", COUNTS)
@pytest.mark.parametrize("shift", [False, True])
def test_rate_compounded_is_quantlibs(shift, basis):
    rng = random.Random(8)  # noqa: S311 - no secret
    days = business_days(dt.date(2025, 1, 1))
    fixings = [rng.uniform(-0.005, 0.06) for _ in days]
    for lookback in (0, 1, 2, 5, 10):
        for _ in range(12):
            start = rng.choice(days[15:200])
            end = rng.choice([day for day in days[:-2] if start < day < start + 190 * DAY])
            end += rng.randrange(3) * DAY
            if (
                not shift
            ):  # a shifted start between business days goes back to one before in QuantLib, an end to one after
                start += rng.randrange(2) * DAY
            theirs = coupon(days, fixings, start, end, lookback, shift, basis)
            ours = RATE_COMPOUNDED(days, fixings, start, end, lookback, shift, basis=basis)
            assert ours == pytest.approx(theirs, rel=1e-11), (start, end, lookback)


def test_option_value_is_quantlibs():
    rng = random.Random(9)  # noqa: S311 - no secret
    for _ in range(300):
        strike, forward = rng.uniform(500, 4000), rng.uniform(500, 4000)
        volatility, years, rate = rng.uniform(0.01, 0.8), rng.uniform(0.01, 10), rng.uniform(-0.02, 0.12)
        discount = ql.FlatForward(0, ql.NullCalendar(), rate, ql.Actual365Fixed()).discount(years)
        for kind, code in (("put", ql.Option.Put), ("call", ql.Option.Call)):
            theirs = ql.blackFormula(code, strike, forward, volatility * years**0.5, discount)
            ours = OPTION_VALUE(kind, strike, forward, volatility, years, rate)
            assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)
