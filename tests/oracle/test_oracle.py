"""Every figure of the workbook against the oracle's, which was written from the filing and not from formulas."""

import datetime as dt

import pytest
from tests.oracle import cases, changes, dashboard, deal, given, results, tree
from tests.oracle.compare import INNER, differing
from tests.oracle.stored import stored

from lender_model import case, model, refresh
from lender_model.sheets import daily, ledger

NOT_COVERED = {
    "note.worth": "a closed form; held against a tree in the last test here",
    "note.uncapped": "the same",
    "note.option": "their difference to the note without its option, which is covered",
}
"""Lines with a formula that the oracle does not calculate, and why."""


@pytest.fixture(scope="module")
def deal_of_1996():
    return given.read()


@pytest.fixture(scope="module")
def calculated():
    """The model's figures for the oracle's inputs."""
    base, _ = case.inputs()
    return lambda inputs: model.run(changes.as_inputs(inputs, base, daily.FIRST.item()))


# states of what commands have found, which the workbook is delivered with
STATES = {"compare.state", "switch.state", *(f"risk.{run}_state" for run in results.RUNS)}


def of_the_deal(out):
    """The oracle's figures without those of what commands have found."""
    chances = {f"risk.ever_{event}" for event in results.EVENTS}
    for key in STATES | chances | dashboard.OF_RISK | {"cover.versions"}:
        del out[key]
    return out


def formulas():
    """Keys of all lines that hold a formula anywhere, of the ledger's tables too."""
    for sheet in model.SHEETS:
        for row in sheet.rows:
            texts = (row.months, row.start, row.value, *(each for each, _ in row.formulas_across))
            if row.key and (row.value == "sum" or any(isinstance(x, str) and x.startswith("=") for x in texts)):
                yield row.key
    yield from (column.key for column in ledger.COLUMNS if column.formula)


def test_every_line_with_a_formula_is_compared(deal_of_1996, calculated):
    """Or named with a reason; figures beside a value or before the months are compared too."""
    expected, found = deal.calculate(deal_of_1996), calculated(deal_of_1996)
    covered = {key.removesuffix("@across") for key in expected}
    assert {key for key in formulas() if key not in covered} == set(NOT_COVERED)
    for sheet in model.SHEETS:
        for row in sheet.rows:
            if isinstance(row.start, str) and row.start.startswith("="):
                assert "start" in expected[row.key], row.key
            if row.each:
                assert f"{row.key}@across" in expected, row.key
    assert all(key in found for key in expected if not key.startswith(INNER) and not key.endswith("@across"))


def test_the_workbook_as_delivered(package, deal_of_1996):
    """Every cell of every line, the totals beside the months too."""
    expected, found = of_the_deal(deal.calculate(deal_of_1996)), stored(package)
    assert differing(expected, found) == []
    assert {found[key][0] for key in STATES} == {"current"}


@pytest.mark.parametrize(("as_of", "scenario"), [("1996-09-30", "Base"), ("1997-11-17", "Drought")])
def test_the_workbook_as_refreshed(package, deal_of_1996, as_of, scenario):
    refreshed = refresh.calculate(package, as_of=dt.date.fromisoformat(as_of), scenario=scenario).package
    assert differing(of_the_deal(deal.calculate(changes.named(deal_of_1996, as_of, scenario))), stored(refreshed)) == []


@pytest.mark.parametrize("scenario", given.SCENARIOS)
@pytest.mark.parametrize("as_of", cases.DATES)
def test_every_scenario_as_of_several_dates(deal_of_1996, calculated, as_of, scenario):
    changed = changes.named(deal_of_1996, as_of, scenario)
    assert differing(deal.calculate(changed), calculated(changed)) == []


@pytest.mark.parametrize(("as_of", "scenarios"), cases.TOGETHER)
def test_several_scenarios_together(deal_of_1996, calculated, as_of, scenarios):
    changed = changes.named(deal_of_1996, as_of, scenarios)
    assert differing(deal.calculate(changed), calculated(changed)) == []


@pytest.mark.parametrize("seed", range(cases.RANDOM))
def test_other_inputs(deal_of_1996, calculated, seed):
    changed = cases.by_chance(deal_of_1996, seed)
    assert differing(deal.calculate(changed), calculated(changed)) == []


@pytest.mark.parametrize("case_of", cases.SELDOM)
def test_cases_that_seldom_come_by_chance(deal_of_1996, calculated, case_of):
    changed = case_of(deal_of_1996)
    assert differing(deal.calculate(changed), calculated(changed)) == []


def test_the_note_on_a_tree(deal_of_1996, base):
    """A tree of 600 steps is a little off, and converts at the first price above a trigger."""
    out = deal.calculate(deal_of_1996)
    note = deal_of_1996.figures | {key: out.one(key) for key in ("note.years_left", "note.coupon")}
    assert base["note.worth"] == pytest.approx(tree.worth(note, trigger=tree.raised(note)), rel=0.01)
    assert base["note.uncapped"] == pytest.approx(tree.worth(note), rel=0.001)
