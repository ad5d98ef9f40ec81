"""Every figure of the workbook against the oracle's, which was written from the filing and not from formulas."""

import datetime as dt
import math
import random

import pytest
from tests.oracle import around, changes, deal, given, results
from tests.oracle.compare import differing
from tests.oracle.stored import stored

from lender_model import case, model, refresh
from lender_model.sheets import daily

LEAST_LINES = 590
DATES = ("1996-07-31", "1996-09-30", "1997-03-15", "1997-11-17", "1999-02-28", "2001-12-31")
RANDOM = 30


@pytest.fixture(scope="module")
def deal_of_1996():
    return given.read()


@pytest.fixture(scope="module")
def calculated():
    """The model's figures for the oracle's inputs."""
    base, _ = case.inputs()
    return lambda inputs: model.run(changes.as_inputs(inputs, base, daily.FIRST.item()))


# states of what commands have found, which the workbook is delivered with
STATES = {"compare.state", *(f"risk.{run}_state" for run in results.RUNS)}


def of_the_deal(out):
    """The oracle's figures without those of what commands have found."""
    chances = {f"risk.ever_{event}" for event in results.EVENTS}
    for key in STATES | chances | {"cover.versions"}:
        del out[key]
    return out


def test_the_workbook_as_delivered(package, deal_of_1996):
    """Every cell of every line, the totals beside the months too."""
    expected, found = of_the_deal(deal.calculate(deal_of_1996)), stored(package)
    assert sum(key in found for key in expected) >= LEAST_LINES
    assert differing(expected, found) == []
    assert {found[key][0] for key in STATES} == {"current"}


@pytest.mark.parametrize(("as_of", "scenario"), [("1996-09-30", "Base"), ("1997-11-17", "Drought")])
def test_the_workbook_as_refreshed(package, deal_of_1996, as_of, scenario):
    refreshed = refresh.calculate(package, as_of=dt.date.fromisoformat(as_of), scenario=scenario).package
    assert differing(of_the_deal(deal.calculate(changes.named(deal_of_1996, as_of, scenario))), stored(refreshed)) == []


@pytest.mark.parametrize("scenario", given.SCENARIOS)
@pytest.mark.parametrize("as_of", DATES)
def test_every_scenario_as_of_several_dates(deal_of_1996, calculated, as_of, scenario):
    changed = changes.named(deal_of_1996, as_of, scenario)
    assert differing(deal.calculate(changed), calculated(changed)) == []


@pytest.mark.parametrize("seed", range(RANDOM))
def test_other_inputs(deal_of_1996, calculated, seed):
    changed = changes.changed(deal_of_1996, random.Random(seed))  # noqa: S311 - the same changes in every run
    assert differing(deal.calculate(changed), calculated(changed)) == []


@pytest.mark.parametrize("case_of", [changes.late, changes.never, changes.poor, changes.cured])
def test_cases_that_seldom_come_by_chance(deal_of_1996, calculated, case_of):
    changed = case_of(deal_of_1996)
    assert differing(deal.calculate(changed), calculated(changed)) == []


def test_the_note_on_a_tree(deal_of_1996, base):
    """A tree of 600 steps is a little off, and converts at the first price above a trigger.

    A run of closes ends, on average, as far above its trigger as the price moves in the run's time: a trigger that is
    higher by 1.15 of that move gives the value of the run to a tenth of a per cent, by a simulation of daily closes.
    """
    out = deal.calculate(deal_of_1996)
    run = deal_of_1996["note.volatility"] * math.sqrt(deal_of_1996["forced_conversion.days"] / 252)
    raised = deal_of_1996["forced_conversion.trigger"] * math.exp(1.15 * run)
    assert base["note.worth"] == pytest.approx(around.on_a_tree(deal_of_1996, out, trigger=raised), rel=0.01)
    assert base["note.uncapped"] == pytest.approx(around.on_a_tree(deal_of_1996, out, trigger=float("inf")), rel=0.001)
