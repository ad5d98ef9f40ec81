"""Milestones by their tests: reached when the metric says so, later where output is late or less; and by dates.

A mine makes 5,000 ounces a month from July 2024 on. Completion needs 12,000 ounces in three months, so the first month-end
that meets it is that of September 2024; the longstop date is 31 January 2025.
"""

import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
from random_deals import SIGNING, folder, month_end

import lender_model
from drawstop.deal import DealError
from lender_model.calculator import calculate
from lender_model.clauses import milestone
from lender_model.compose import paths
from lender_model.compose.model import compose, read, refuse_circles
from lender_model.compose.refresh import calculate as refreshed
from lender_model.compose.writer import build
from lender_model.formulas.arrays import Arrays
from lender_model.formulas.compile import ready
from lender_model.kinds import OfFolder
from lender_model.xlsx.package import Package

START, MET, LONGSTOP = 6, 8, 12
"""Months, counted from 0: the first output, the first that meets the test, the longstop date."""
OUTPUT = {
    "key": "output",
    "title": "12,000 ounces in three months",
    "metric": "production",
    "months": 3,
    "minimum": 12_000.0,
}
DEAL = {
    "name": "Tested", "borrower": "Tested Gold", "signing": SIGNING, "product": [{"key": "gold", "price": "gold"}],
    "tranche": [{
        "key": "loan", "title": "Loan", "commitment": 5e7, "opening": 5e7, "final": month_end(40), "draw": {},
        "payment": {"every": 1, "first": month_end(0)},
        "rate": {"margin": [{"value": 0.06}, {"from": "completion", "value": 0.04}]},
        "repayment": {"method": "equal", "dates": {"every": 3, "first": {"event": "completion", "months": 3}, "until": month_end(40)}},
    }],
    "milestone": [{"key": "completion", "longstop": month_end(LONGSTOP), "consequence": ["default"], "test": [OUTPUT]}],
    "fee": [{"key": "agency", "kind": "agency", "amount": 1e4, "payment": {"every": 1, "first": month_end(0)}, "until": "completion"}],
    "account": [{"key": "closure", "title": "Closure", "amount": 1e6, "starts": "completion"}],
    "distribution": {"from": "completion"},
}  # fmt: skip
CASE = {
    "model": {"first": SIGNING, "months": 42, "as_of": SIGNING}, "milestones": {"completion": "tests"},
    "market": {"gold": {"unit": "US$/oz", "value": 2_000.0}}, "opening_cash": 5e7, "distributions": "monthly",
    "plan": {"gold": {"value": [{"value": 0.0}, {"from": month_end(START), "value": 5_000.0}]}},
    "scenario": [{"name": f"{delay} late", "delay": delay} for delay in (3, 4, 5)] + [{"name": "Less", "production": -0.25}],
}  # fmt: skip


def made(change=lambda _deal, _case: None):
    deal, case = copy.deepcopy(DEAL), copy.deepcopy(CASE)
    change(deal, case)
    return compose(folder(deal, case))


def run(model, scenario="Base"):
    v = calculate(model.book, model.inputs | {"cover.scenario": scenario})
    assert v["checks.ok"] == 1
    return v


def first(v, key):
    """Number of the first month in which a flag stands; None if it never does."""
    found = np.flatnonzero(np.ravel(v[key]) == 1)
    return int(found[0]) if len(found) else None


def line(v, key):
    return np.array([np.nan if isinstance(x, str) else x for x in np.ravel(v[key]).tolist()])


@pytest.fixture(scope="module")
def model():
    return made()


def test_it_is_reached_at_the_first_month_end_at_which_its_test_is_met(model):
    """What depends on it follows from the month after: margin, fee, reserve, distributions; instalments three months on."""
    v = run(model)
    assert v["milestone.completion"] == np.datetime64(month_end(MET))
    assert v["milestone.completion.output.actual"] == 15_000
    assert first(v, "state.completion") == MET + 1
    assert line(v, "tranche.loan.rate").tolist() == [0.06] * (MET + 1) + [0.04] * (42 - MET - 1)
    assert np.flatnonzero(line(v, "fee.agency.due")).tolist() == list(range(MET + 1))
    assert np.flatnonzero(line(v, "account.closure.target"))[0] == MET + 1
    assert np.flatnonzero(line(v, "wf.distribution"))[0] == MET + 1
    assert np.flatnonzero(line(v, "tranche.loan.repayment"))[0] == MET + 3
    assert first(v, "milestone.completion.missed") is None


@pytest.mark.parametrize("delay", [3, 4, 5])
def test_a_delay_of_output_is_one_of_the_milestone(model, delay):
    """Four months late it is in time by a day; five months late it is a default until it is reached."""
    v = run(model, f"{delay} late")
    assert v["milestone.completion"] == np.datetime64(month_end(MET + delay))
    assert first(v, "state.completion") == MET + delay + 1
    missed = [LONGSTOP + 1] if delay == 5 else []
    assert np.flatnonzero(line(v, "milestone.completion.missed")).tolist() == missed
    assert np.flatnonzero(line(v, "state.default")).tolist() == missed
    assert v["alert.milestone.completion.late"] == (delay == 5)


def test_output_below_the_test_never_reaches_it(model):
    """A quarter less is 11,250 ounces in three months: no step-down, no distribution, a default from the longstop date on."""
    v = run(model, "Less")
    assert v["milestone.completion"] == "–"
    assert set(line(v, "tranche.loan.rate")) == {0.06}
    assert not line(v, "wf.distribution").any()
    assert first(v, "state.default") == LONGSTOP + 1
    assert line(v, "state.default")[LONGSTOP + 1 :].all()


def test_a_test_is_described_with_its_limit():
    described = milestone.describe(folder(DEAL, CASE).deal.milestone[0])
    assert described[-1] == "Test: 12,000 ounces in three months: production, 3 months, at least 12,000."


def test_once_reached_it_stays_so():
    """Output that falls away later takes nothing back."""

    def change(_, case):
        case["plan"]["gold"]["value"].append({"from": month_end(20), "value": 1_000.0})

    v = run(made(change))
    assert v["milestone.completion"] == np.datetime64(month_end(MET))
    assert line(v, "milestone.completion.holds").sum() == 20 - MET  # 11,000 ounces in three months are too few
    assert line(v, "state.completion")[MET + 1 :].all()


@pytest.mark.parametrize(
    ("given", "base", "late"), [(month_end(10), 10, 13), (month_end(2), 8, 11), ("not met", None, None)]
)
def test_a_dated_test_counts_too_and_moves_with_a_delay(given, base, late):
    def change(deal, case):
        deal["milestone"][0]["test"] = [OUTPUT, {"key": "permits", "title": "All permits"}]
        case["tests"] = {"completion": {"permits": given}}

    found = made(change)
    for scenario, month in (("Base", base), ("3 late", late)):
        expected = "–" if month is None else np.datetime64(month_end(month))
        assert run(found, scenario)["milestone.completion"] == expected


@pytest.mark.parametrize(
    ("given", "base", "late"), [(month_end(10), 10, 13), (month_end(2), 9, 12), ("not met", None, None)]
)
def test_so_it_is_where_the_case_gives_the_date(given, base, late):
    """Completion is expected in October; with a later test on its date, with one that is not met never."""

    def change(deal, case):
        deal["milestone"][0]["test"] = [{"key": "permits", "title": "All permits"}]
        case["milestones"]["completion"] = month_end(9)
        case["tests"] = {"completion": {"permits": given}}

    found = made(change)
    for scenario, month in (("Base", base), ("3 late", late)):
        v = run(found, scenario)
        assert v["milestone.completion"] == ("–" if month is None else np.datetime64(month_end(month)))
        assert first(v, "state.completion") == month


def by_debt(deal, _):
    """Completion once no more than 40 million is owed."""
    deal["milestone"][0]["test"] = [{"key": "owed", "title": "At most 40 million", "metric": "debt", "maximum": 4e7}]


def test_a_test_may_depend_on_what_the_milestone_changes():
    """Five million a quarter from March: 40 are left at the end of June, and July bears the lower margin."""

    def change(deal, case):
        by_debt(deal, case)
        dates = {"every": 3, "first": month_end(2), "until": month_end(29)}
        deal["tranche"][0]["repayment"] = {"method": "equal", "dates": dates}

    v = run(made(change))
    assert v["milestone.completion"] == np.datetime64(month_end(5))
    assert line(v, "tranche.loan.rate")[4:8].tolist() == [0.06, 0.06, 0.04, 0.04]
    assert np.flatnonzero(line(v, "wf.distribution"))[0] == 6


def test_an_instalment_that_depends_on_what_the_test_measures_is_a_circle(tmp_path):
    with pytest.raises(DealError, match="clauses depend on one another in a circle"):
        refuse_circles(made(by_debt), tmp_path)


def test_a_path_decides_the_milestone_as_the_workbook_does(model):
    """Less output puts it off, or misses it: path by path what the workbook gives for the path's draws."""
    case = OfFolder().case(refreshed(Package(build(model)[0], "tested.xlsx")))
    task = paths.job(case, 5)
    task.base.update({"risk.price": 0.0, "risk.production": 0.2})
    changes, _ = task.draw(task, np.random.default_rng(5))
    some = {key: x[..., :40] for key, x in changes.items()}
    ways = [way(task.program)({task.inputs[key]: x for key, x in some.items()}) for way in (Arrays, ready)]
    missed = some["scenario.production"] < 12_000 / 15_000 - 1
    assert 3 < missed.sum() < 37
    for path in (int(np.argmax(missed)), int(np.argmin(missed))):
        typed = {f"scenario.{key}@across": np.array([some[f"scenario.{key}"][path], *[0.0] * 4]) for key in paths.ONCE}
        values = calculate(model.book, model.inputs | typed)
        assert values["milestone.completion"] == ("–" if missed[path] else np.datetime64(month_end(MET)))
        for key in task.study.outputs:
            for found in ways:
                given = np.ravel(np.asarray(found[task.outputs([key])[0]])[..., path])
                assert given == pytest.approx(line(values, key), rel=1e-9, abs=1e-6, nan_ok=True), key


def test_a_milestone_without_a_metric_needs_a_date(tmp_path):
    copied = shutil.copytree(Path(lender_model.__file__).parent / "deals" / "eagle_2018", tmp_path / "eagle")
    case = copied / "case.toml"
    text = case.read_text(encoding="utf-8")
    case.write_text(
        text.replace("commercial_production = 2020-06-30", 'commercial_production = "tests"'), encoding="utf-8"
    )
    with pytest.raises(
        DealError, match=r"has no \[\[milestone.test\]\] with a metric that could say when; give a date"
    ):
        read(copied)
