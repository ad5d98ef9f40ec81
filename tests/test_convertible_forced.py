"""The note that the Company converts after a run of closes: simulated closes, by hand, laws, and time taken."""

import csv
import math
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulate_forced import TABLE, simulate

from drawstop.core import convertible_forced
from drawstop.core.convertible import convertible_value

CENT = 0.01  # in 100 of principal, which is converted at 100 a share throughout


def value(*, steps=500, dividend_yield=0.0, trigger=None, trigger_days=30, frequency=2, **case):
    return convertible_value(
        100, **case, conversion_price=100, frequency=frequency, trigger=trigger, trigger_days=trigger_days,
        dividend_yield=dividend_yield, steps=steps,
    )  # fmt: skip


def table():
    with TABLE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            numbers = {name: float(number) for name, number in row.items()}
            simulated = numbers.pop("value"), numbers.pop("standard_error")
            name = f"{numbers['volatility']:.0%} {numbers['trigger_days']:.0f} days {numbers['years']:.1f} years"
            yield pytest.param(numbers, *simulated, id=name)


@pytest.mark.parametrize(("case", "simulated", "error"), list(table()))
def test_a_simulation_of_daily_closes(case, simulated, error):
    # required is half a dollar; here a tenth beside what the simulation leaves open
    assert value(**case) == pytest.approx(simulated, abs=0.10 + 3 * error)


@pytest.mark.parametrize("number", [0, 4, 15])
def test_the_table_is_what_the_simulation_gives(number):
    case, simulated, error = list(table())[number].values
    again, wider = simulate(case, paths=4000, seed=2024, block=1000)
    assert again == pytest.approx(simulated, abs=4 * math.hypot(error, wider))


def test_the_note_of_the_filing():
    # simulated independently when the method was chosen: 132.5 ± 0.2; 122.45 at the first touch
    note = convertible_value(
        100, 3.4, 0.6, 4.47, 0.06, 0.05, 0.0769,
        conversion_price=3.4, frequency=2, trigger=4.75, trigger_days=30, dividend_yield=0, steps=500,
    )  # fmt: skip
    assert note == pytest.approx(132.5, abs=0.2)


def run_distance(closes, width=0.1, depth=30.0):
    """ℓ by the equations of the walk: where it stands on average when a run is complete, from far below.

    The unknowns are the means from each node below the barrier at 0. Above it they follow from those by the closes
    that are missing: the run ends with the position itself, or falls back below.
    """
    below, above = int(depth / width), int((5.5 * math.sqrt(closes) + 6) / width)
    nodes = (np.arange(-below, above) + 0.5) * width
    step = width / math.sqrt(2 * math.pi) * np.exp(-((nodes - nodes[:, None]) ** 2) / 2)
    step[:below, 0] += 1 - step[:below].sum(axis=1)  # what would fall off the grid stays at its end
    fallen, complete = np.zeros((above, below)), nodes[below:].copy()
    lost = nodes[below:] - step[below:] @ nodes  # at the upper end
    lost[: -int(8 / width)] = 0
    for _ in range(closes - 1):
        fallen = step[below:, :below] + step[below:, below:] @ fallen
        complete = step[below:, below:] @ complete + lost
    equations = np.eye(below) - step[:below, :below] - step[:below, below:] @ fallen
    return np.linalg.solve(equations, step[:below, below:] @ complete)[0]


@pytest.mark.parametrize("closes", [1, 2, 5, 10, 30])
def test_the_distance_of_a_run(closes):
    assert convertible_forced.distance(closes) == pytest.approx(run_distance(closes), abs=0.003)


notes = st.fixed_dictionaries(
    {
        "share_price": st.floats(40, 250),
        "volatility": st.floats(0.2, 0.8),
        "years": st.floats(0.2, 6),
        "risk_free": st.floats(0, 0.12),
        "credit_spread": st.floats(0, 0.15),
        "coupon": st.floats(0, 0.10),
        "trigger": st.floats(60, 400),
        "trigger_days": st.integers(1, 60),
        "dividend_yield": st.sampled_from([0.0, 0.03]),
    }
)
few = settings(max_examples=25, deadline=None)


@few
@given(notes)
def test_500_steps_are_within_a_dime_of_a_step_a_day(note):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convertible_forced, "PHASES", 60)
        exact = value(**note, steps=2000)  # 252 × 6 days are fewer
    assert value(**note) == pytest.approx(exact, abs=0.10)


@few
@given(notes)
def test_a_longer_run_is_worth_more_to_the_holder(note):
    note |= {"credit_spread": 0.0, "dividend_yield": 0.0}  # else to be converted early may be the better
    values = [value(**note | {"trigger_days": days}) for days in (1, 5, 20, 60)]
    assert all(later >= earlier - 10 * CENT for earlier, later in pairwise(values))


@few
@given(notes)
def test_it_is_worth_at_least_its_shares_and_at_most_both(note):
    straight = value(**note | {"share_price": 0.0})
    assert note["share_price"] * (1 - 1e-12) <= value(**note) <= note["share_price"] + straight + 1e-9


@few
@given(notes)
def test_holder_and_company_split_the_value_of_a_share_that_cannot_fall_back(note):
    # so far above the trigger that the run cannot be broken: the shares, and the coupons until the run is over
    note |= {"share_price": 1e5, "trigger": 101.0, "dividend_yield": 0.0}
    run = note["trigger_days"] / 252
    times = [t for k in range(20) if (t := note["years"] - k / 2) > 1 / 365]
    if run > note["years"] or any(abs(t - run) < 0.02 for t in times):
        return
    rate = note["risk_free"] + note["credit_spread"]
    coupons = sum(50 * note["coupon"] * math.exp(-rate * t) for t in times if t < run)
    assert value(**note) == pytest.approx(1e5 + coupons, abs=1e-3)


def test_it_takes_at_most_three_times_as_long_as_without_a_trigger():
    case = {"share_price": 100, "volatility": 0.6, "risk_free": 0.06, "credit_spread": 0.05, "coupon": 0.0769}

    def fastest(**more):
        return min(_seconds(lambda: value(**case, **more)) for _ in range(5))

    for years, days in ((4.47, 30), (2.0, 60)):
        assert fastest(years=years, trigger=140, trigger_days=days) < 3 * fastest(years=years)


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
