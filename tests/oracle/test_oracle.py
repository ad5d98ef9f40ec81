"""Every figure of the workbook against the oracle's, which was written from the filing and not from formulas."""

import datetime as dt
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
    """A tree of 600 steps is a little off. One that converts at the first price above the trigger gives the least."""
    out = deal.calculate(deal_of_1996)
    trigger = deal_of_1996["forced_conversion.trigger"]
    least, most = (around.on_a_tree(deal_of_1996, out, trigger=price) for price in (trigger, float("inf")))
    assert base["note.uncapped"] == pytest.approx(most, rel=0.001)
    assert least < base["note.worth"] < most
