"""The convertible note's value: a published limit, laws, cases by hand, and a tree that spells the model out."""

import math
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawstop.core.convertible import convertible_value

DAY = 1 / 365
CENT = 0.01  # in 100 of principal, which is converted at 100 a share throughout, unless a test says otherwise

few = settings(max_examples=20, deadline=None)  # a value takes milliseconds: these suffice
notes = st.fixed_dictionaries(
    {
        "share_price": st.floats(20, 400),
        "volatility": st.floats(0, 1),
        "years": st.one_of(st.floats(0.05, 10), st.integers(1, 10)),
        "risk_free": st.floats(-0.01, 0.12),
        "credit_spread": st.floats(0, 0.15),
        "coupon": st.one_of(st.just(0.0), st.floats(0, 0.10)),
        "frequency": st.sampled_from([1, 2, 4, 12]),
        "dividend_yield": st.one_of(st.just(0.0), st.floats(0, 0.08)),
    }
)


def value(*, principal=100, share_price, volatility, years, risk_free, credit_spread, coupon, **rest):
    others = {"conversion_price": 100, "frequency": 2, "dividend_yield": 0, "steps": 500} | rest
    others = {"trigger": None, "trigger_days": 30} | others
    return convertible_value(principal, share_price, volatility, years, risk_free, credit_spread, coupon, **others)


def coupon_times(years, frequency):
    """Years to each coupon, the one at maturity first."""
    times = [years - number / frequency for number in range(math.ceil(years * frequency) + 1)]
    return [time for time in times if time > DAY]


def straight_value(*, years, risk_free, credit_spread, coupon, frequency=2, **_):
    """The same note without conversion: its payments, discounted one by one."""
    rate = risk_free + credit_spread
    paid = sum(100 * coupon / frequency * math.exp(-rate * time) for time in coupon_times(years, frequency))
    return paid + 100 * math.exp(-rate * years)


# ---- Published


def test_quantlib_limit():
    # QuantLib 1.44, ConvertibleFixedCouponBond with American exercise: its trees tend to 117.03 as steps grow.
    note = value(
        share_price=36,
        volatility=0.20,
        years=5,
        risk_free=0.06,
        credit_spread=0.005,
        coupon=0.05,
        conversion_price=36,
        frequency=1,
        dividend_yield=0.02,
    )
    assert note == pytest.approx(117.03, abs=2 * CENT)


# ---- By hand


@pytest.mark.parametrize("share_price", [25, 60, 85, 100, 130, 300])
@pytest.mark.parametrize(("volatility", "years", "risk_free"), [(0.05, 1, 0.08), (0.3, 5, 0.05), (0.9, 10, 0)])
def test_without_spread_coupon_and_dividends_it_is_a_bond_and_a_call(share_price, volatility, years, risk_free):
    # Nothing is gained by converting early, so it is worth max(100, S) at maturity: 100 and Black & Scholes' call.
    bond = 100 * math.exp(-risk_free * years)
    deviation = volatility * math.sqrt(years)
    above = math.log(share_price / bond) / deviation + deviation / 2
    normal = NormalDist().cdf
    call = share_price * normal(above) - bond * normal(above - deviation)
    note = value(
        share_price=share_price,
        volatility=volatility,
        years=years,
        risk_free=risk_free,
        credit_spread=0,
        coupon=0,
    )
    assert note == pytest.approx(bond + call, abs=CENT / 10)


RATES = {"risk_free": 0.05, "credit_spread": 0.02}
BY_HAND = {
    # 100 e^(-7% × 5) = 70.47 beats 60 e^(5% t) all the way to t = 5, where the share stands at 77.04
    "paid in cash": ({"share_price": 60, "years": 5, "coupon": 0}, 100 * math.exp(-0.35)),
    # the share goes to 80 e^(25%) = 102.72, is taken, and is worth 80 today; the bond, 70.47
    "converted": ({"share_price": 80, "years": 5, "coupon": 0}, 80.0),
    # each coupon but the last, which converting gives up, costs dividends of 1.00% × 150 e^(3% t) and brings 3.00
    "converted after the last coupon but one": (
        {"share_price": 150, "years": 2, "coupon": 0.06, "dividend_yield": 0.02},
        150 * math.exp(-0.02 * 1.5) + 3 * sum(math.exp(-0.07 * time) for time in (0.5, 1.0, 1.5)),
    ),
    # a coupon of 1.00 is less than half a year's dividends, 2% × 150 = 3.00
    "converted at once": ({"share_price": 150, "years": 2, "coupon": 0.02, "dividend_yield": 0.04}, 150.0),
    # 80 e^(5% t) is at 88.5 after 2.02 years and for 30 trading days at 2.14 years: four coupons have been paid
    "forced": (
        {"share_price": 80, "years": 5, "coupon": 0.06, "trigger": 88.5},
        80 + 3 * sum(math.exp(-0.07 * time) for time in (0.5, 1.0, 1.5, 2.0)),
    ),
    # 150 has been above 120 on the next 130 trading days at 0.516 years, after the first coupon
    "forced after a run of half a year": (
        {"share_price": 150, "years": 5, "coupon": 0.06, "trigger": 120, "trigger_days": 130},
        150 + 3 * math.exp(-0.07 * 0.5),
    ),
    # a year of 252 closes is too short for a run of 253; the share goes to 126.15 and is taken
    "the run cannot be finished": (
        {"share_price": 120, "years": 1, "coupon": 0.06, "trigger": 110, "trigger_days": 253},
        120 + 3 * math.exp(-0.07 * 0.5),
    ),
}


@pytest.mark.parametrize(("note", "expected"), BY_HAND.values(), ids=BY_HAND)
def test_a_certain_share_price(note, expected):
    assert value(volatility=0, **RATES, **note) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("days", "share_price", "expected"),
    # of principal, 100, coupon, 3, and shares; who takes the shares gives up the coupon; none falls within a day
    [(1.1, 50, 103), (1.1, 102, 103), (1.1, 104, 104), (0.9, 50, 100), (0.9, 102, 102), (0, 50, 100), (0, 102, 102)],
)
def test_at_maturity(days, share_price, expected):
    note = value(share_price=share_price, volatility=0, years=days * DAY, coupon=0.06, **RATES)
    assert note == pytest.approx(expected, rel=0.07 * 1.1 * DAY)  # but for a day's interest


@pytest.mark.parametrize(("days", "coupons"), [(0.9, 1), (1.1, 2)])
def test_a_coupon_within_a_day_has_been_paid(days, coupons):
    years = 0.5 + days * DAY
    note = value(share_price=0, volatility=0.3, years=years, coupon=0.06, **RATES)
    soon = 3 * math.exp(-0.07 * days * DAY)
    assert note == pytest.approx(103 * math.exp(-0.07 * years) + (coupons - 1) * soon, rel=1e-12)


# ---- Laws


@few
@given(notes, st.one_of(st.none(), st.floats(20, 800)), st.sampled_from([1, 2, 10, 100, 500]))
def test_bounds(note, trigger, steps):
    least = note["share_price"]
    most = note["share_price"] + straight_value(**note)  # either is given up for the other
    if trigger is None:
        least = max(least, straight_value(**note))
    assert least * (1 - 1e-12) <= value(**note, trigger=trigger, steps=steps) <= most * (1 + 1e-9)


@few
@given(notes, st.floats(1e-3, 1e7))
def test_in_proportion_to_principal(note, times):
    assert value(**note, principal=100 * times, steps=50) == pytest.approx(times * value(**note, steps=50), rel=1e-12)


@few
@given(notes, st.sampled_from([2.0**-10, 0.5, 8.0, 2.0**20]))  # powers of two, which leave the digits as they are
def test_the_unit_of_share_prices_does_not_matter(note, unit):
    scaled = note | {"share_price": note["share_price"] * unit, "conversion_price": 100 * unit}
    assert value(**scaled, trigger=600 * unit, steps=50) == value(**note, trigger=600, steps=50)


@few
@given(notes, st.floats(0, 1), st.sampled_from(["credit_spread", "coupon"]))
def test_rises_in_volatility(note, more, nothing):
    # With both a spread and a coupon the model's value may fall: coupons induce the holder to wait, and what then will
    # not be taken in shares after all is discounted at the spread.
    note[nothing] = 0.0
    larger = note | {"volatility": note["volatility"] + more}
    assert value(**larger) >= value(**note) - CENT / 10


@few
@given(notes, st.one_of(st.none(), st.floats(20, 800)))
def test_tends_to_the_straight_note_as_the_share_price_vanishes(note, trigger):
    for share_price in (0.0, 1e-9):
        vanishing = value(**note | {"share_price": share_price, "trigger": trigger})
        assert vanishing == pytest.approx(straight_value(**note), abs=1e-6)


@few
@given(notes, st.floats(1, 5))
def test_the_companys_right_takes_from_the_lender(note, higher):
    note["credit_spread"] = 0.0  # with one, to be converted early may be the better for the lender
    free = value(**note)
    assert value(**note, trigger=higher * note["share_price"]) <= free + 10 * CENT
    assert value(**note, trigger=1e12) == free


@pytest.mark.parametrize("share_price", [1e-300, 99.999, 1e12])
@pytest.mark.parametrize("years", [1e-9, 0.01, 30])
@pytest.mark.parametrize("volatility", [0, 1e-12, 5, 1e6])
@pytest.mark.parametrize("steps", [1, 3, 100])
@pytest.mark.parametrize("trigger", [None, 90])
def test_extremes(share_price, years, volatility, steps, trigger):
    note = {"share_price": share_price, "years": years, "coupon": 0.06} | RATES
    straight = straight_value(**note)
    answer = value(volatility=volatility, steps=steps, trigger=trigger, **note)
    least = max(share_price, straight) if trigger is None else share_price
    assert least * (1 - 1e-12) <= answer <= (share_price + straight) * (1 + 1e-9)


# ---- Convergence


def random_notes(count, seed):
    draw = np.random.default_rng(seed)
    for number in range(count):
        share_price = 100 * math.exp(draw.uniform(math.log(0.2), math.log(4)))
        coupon = draw.uniform(0, 0.10) if number % 3 else 0.0
        yield {
            "share_price": share_price,
            "volatility": draw.uniform(0.05, 1),
            "years": draw.uniform(0.05, 10) if number % 2 else float(draw.integers(1, 11)),
            "risk_free": draw.uniform(-0.01, 0.12),
            # With more than the coupon, holders convert now and then by a hair, and trees do not settle either.
            "credit_spread": draw.uniform(0, coupon or 0.15),
            "coupon": coupon,
            "frequency": int(draw.choice([1, 2, 4, 12])),
            "dividend_yield": draw.uniform(0, 0.08) if number % 4 < 2 else 0.0,
        }


@pytest.mark.parametrize("note", list(random_notes(40, seed=1996)))
def test_500_steps_are_within_two_cents_of_many_more(note):
    assert value(**note) == pytest.approx(value(**note, steps=1500), abs=2 * CENT)


# ---- Oracle


def tree_value(
    steps,
    *,
    share_price,
    volatility,
    years,
    risk_free,
    credit_spread,
    coupon,
    frequency=2,
    dividend_yield=0,
):
    """Tsiveriotis & Fernandes on a trinomial tree, word for word: E and B apart, the larger of E + B and shares.

    Steps end on coupon dates. Two nodes lie evenly around the price from which on the note is converted at maturity,
    else the tree would stand for a slightly different note.
    """
    payment = 100 * coupon / frequency
    up = volatility * math.sqrt(3 * years / steps)
    far = abs(math.log((100 + payment) / share_price))
    up = far / (round(far / up) + 0.5)
    drift = risk_free - dividend_yield - volatility**2 / 2
    half = math.ceil((6 * volatility * math.sqrt(years) + abs(drift) * years) / up)
    shares = share_price * np.exp(up * np.arange(-half, half + 1))

    def converted(equity, debt):
        converts = shares >= equity + debt
        return np.where(converts, shares, equity), np.where(converts, 0.0, debt)

    equity, debt = converted(np.zeros_like(shares), np.full_like(shares, 100 + payment))
    times = [*(coupon_times(years, frequency) if coupon else [years]), 0.0]
    for later, earlier in pairwise(times):
        if later < years:
            debt = debt + payment
        count = math.ceil((later - earlier) / min(years / steps, (up / volatility) ** 2 / 2))
        step = (later - earlier) / count
        mean, square = drift * step / up, volatility**2 * step / up**2 + (drift * step / up) ** 2
        chances = np.array([square + mean, 2 - 2 * square, square - mean]) / 2  # up, level, down
        assert (chances > 0).all()
        for _ in range(count):
            equity, debt = (
                np.pad(np.convolve(part, chances, "valid"), 1, "edge") * math.exp(-rate * step)
                for part, rate in ((equity, risk_free), (debt, risk_free + credit_spread))
            )
            equity, debt = converted(equity, debt)
    return equity[half] + debt[half]


TREES = {
    "no coupon": {"share_price": 105, "volatility": 0.3, "years": 5, "coupon": 0},
    "coupon and dividends": {"share_price": 100, "volatility": 0.3, "years": 5, "coupon": 0.05, "dividend_yield": 0.03},
    "in the money": {"share_price": 140, "volatility": 0.25, "years": 3.3, "coupon": 0.04, "dividend_yield": 0.05},
    "wild": {"share_price": 60, "volatility": 0.8, "years": 10, "coupon": 0.08, "frequency": 4},
    "short": {"share_price": 97, "volatility": 0.6, "years": 0.1, "coupon": 0.06, "frequency": 12},
    "coupons not worth the spread": {"share_price": 210, "volatility": 0.25, "years": 10, "coupon": 0.01},
}


@pytest.mark.parametrize("spread", [0.0, 0.06])
@pytest.mark.parametrize("note", TREES.values(), ids=TREES)
def test_tree(note, spread):
    note = note | {"risk_free": 0.055, "credit_spread": spread}
    assert value(**note) == pytest.approx(tree_value(2300, **note), abs=3 * CENT)
