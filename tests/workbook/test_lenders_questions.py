"""What a lender asks of the model: the past stays, the outlook is not stale, a dry year, Completion and its tests."""

import datetime as dt

import numpy as np
import pytest

from lender_model import case, model, refresh
from lender_model.books.locate import Places
from lender_model.sheets import daily, scenarios

PAST = (
    "ops.ore", "ops.leach", "ops.recovered", "ops.pad_close", "ops.net_returns", "ops.mining", "ops.process",
    "ops.site", "ops.cost", "ops.capex",
)  # fmt: skip
"""Lines of Operations that tell what happened; depreciation and tax depend on all ounces of the mine's life."""


def calculated(**changed):
    values, _ = case.inputs()
    return model.run(values | {key.replace("__", "."): value for key, value in changed.items()})


def date(text):
    return np.datetime64(text, "D")


def row(v, key):
    return v[key][:, 0]


# ---- the past stays --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_of", ["1996-07-31", "1996-09-30", "1997-11-17", "1998-06-30", "2000-12-31"])
@pytest.mark.parametrize("scenario", scenarios.NAMES[1:])
def test_no_scenario_rewrites_the_past(scenario, as_of):
    ours, base = (calculated(cover__as_of=date(as_of), cover__scenario=name) for name in (scenario, "Base"))
    past = row(base, "time.end") <= date(as_of)
    for key in PAST:
        assert np.array_equal(row(ours, key)[past], row(base, key)[past]), key


def test_costs_and_capital_change_after_the_as_of_date_alone():
    """High cost: 15% on costs, 10% on capital. Without actual figures for October 1996, the past is the plan's."""
    v = calculated(cover__as_of=date("1996-10-31"), cover__scenario="High cost")
    site, capex = row(v, "ops.site"), row(v, "ops.capex")
    assert site[[3, 4]] == pytest.approx([340_000, 340_000 * 1.15])  # October, November 1996
    assert capex[[3, 4]] == pytest.approx([2_934_000, 2_500_000 * 1.10])


@pytest.mark.parametrize(
    ("as_of", "mechanical", "completion"),
    [  # the base case: 31-May-1997 and 31-Oct-1997; Late completion is six months later
        ("1996-07-31", "1997-11-30", "1998-04-30"),
        ("1997-05-30", "1997-11-30", "1998-04-30"),
        ("1997-05-31", "1997-05-31", "1998-04-30"),
        ("1997-10-31", "1997-05-31", "1997-10-31"),
        ("1998-12-31", "1997-05-31", "1997-10-31"),
    ],
)
def test_a_date_that_was_reported_is_not_delayed(as_of, mechanical, completion):
    reported = dict.fromkeys(("completion", "amounts", "costs_test", "reserves"), date("1997-10-31"))
    given = {f"actual__{key}": day for key, day in (reported | {"mechanical": date("1997-05-31")}).items()}
    v = calculated(cover__as_of=date(as_of), cover__scenario="Late completion", **given)
    assert (str(v["plan.mechanical_date"]), str(v["plan.completion_date"])) == (mechanical, completion)
    assert str(v["comp.costs_shown"]) == completion
    assert str(row(v, "time.end")[np.flatnonzero(row(v, "time.complete"))[0]]) == completion


# ---- an outlook that is out of date ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "gold", "silver", "libor", "alert"),
    [  # assumed 382.70, 5.0975 and 5.6875%; published: the averages of the month, the last fixing
        ("1996-07-31", 383.4739, None, None, 0),
        ("1996-09-30", None, None, 0.05625, 0),
        ("1998-12-31", 291.6789, 4.8756, 0.0506563, 1),
    ],
)
def test_assumptions_far_from_the_last_published_are_an_alert(as_of, gold, silver, libor, alert):
    v = calculated(cover__as_of=date(as_of))
    if gold:
        assert v["market.gold_away"] == pytest.approx(abs(382.70 - gold) / gold, rel=1e-4)
    if silver:
        assert v["market.silver_away"] == pytest.approx(abs(5.0975 - silver) / silver, rel=1e-4)
    if libor:
        assert v["market.libor_away"] == pytest.approx(abs(0.056875 - libor), rel=1e-4)
    assert v["alert.forward"] == alert


def test_each_assumption_raises_the_alert_by_itself():
    far = {"market__gold_forward": 430.0, "market__silver_forward": 4.0, "market__libor_forward": 0.07}
    assert [calculated(**{key: value})["alert.forward"] for key, value in far.items()] == [1, 1, 1]
    assert calculated(**far)["alert.forward"] == 3


# ---- a year without water --------------------------------------------------------------------------------------------


def test_a_dry_year_lasts_from_thaw_to_thaw_and_its_ounces_come_at_the_plants_pace(inputs):
    """The pad lived through month by month: 5% of the plan's leaching from June 1997 to May 1998, then 9,000 oz a
    month at most."""
    changes = {"scenario.delay@across": np.zeros(len(scenarios.NAMES)), "cover.scenario": "Drought"}
    v = model.run(case.inputs()[0] | changes)
    pad, expected = 0.0, []
    for t, end in enumerate(row(v, "time.end").astype("datetime64[D]").tolist()):
        pad += inputs["plan.ore"][t, 0] * inputs["plan.grade"][t, 0] * 0.85
        dry = dt.date(1997, 6, 1) <= end < dt.date(1998, 6, 1)
        ounces = min(9_000.0, pad * 0.225 * (0.05 if dry else 1.0)) if t else 0.0  # July 1996 is actual: none
        pad -= ounces
        expected.append(ounces)
    assert row(v, "ops.recovered") == pytest.approx(expected, rel=1e-9)
    months = {str(end)[:7]: ounces for end, ounces in zip(row(v, "time.end"), expected, strict=True)}
    assert max(months[f"1998-{month:02}"] for month in range(1, 6)) < 1_000  # nothing leaches in the winter before
    assert months["1998-06"] == months["1998-12"] == 9_000  # and no month takes what a year has left
    assert sum(expected) == pytest.approx(row(calculated(), "ops.recovered").sum(), rel=1e-3)


def test_the_plant_is_large_enough_for_the_plan(base):
    assert 7_900 < row(base, "ops.recovered").max() < base["plan.plant_oz"]


# ---- Completion ------------------------------------------------------------------------------------------------------


def test_tests_of_completion_as_planned(base):
    assert str(base["comp.tests_day"]) == "1997-10-31" == str(base["plan.completion_date"])
    assert (base["comp.missing"], base["alert.completion_tests"]) == ("nothing", 0)
    assert row(base, "comp.guaranty").tolist() == [1] * 15 + [0] * 75  # July 1996 to September 1997, then released


@pytest.mark.parametrize(
    ("changed", "day", "missing"),
    [
        ({"comp__costs_test": date("1997-11-12")}, "1997-11-12", "nothing"),
        ({"comp__cured": date("1998-01-05")}, "1998-01-05", "nothing"),
        ({"comp__costs_test": np.nan}, "–", "costs"),
        ({"comp__amounts_test": np.nan, "comp__reserves_test": np.nan}, "–", "production, reserves"),
    ],
)
def test_a_test_met_late_or_missing_is_an_alert_and_keeps_the_guaranty(changed, day, missing):
    v = calculated(**changed)
    assert (str(v["comp.tests_day"]), v["comp.missing"], v["alert.completion_tests"]) == (day, missing, 1)
    stands = np.ones(90) if day == "–" else row(v, "time.end") < date(day)
    assert row(v, "comp.guaranty").tolist() == stands.astype(float).tolist()


def test_the_guaranty_stands_while_a_default_does():
    """What happened: the contribution was missed, so nothing is released though the plan's Completion is past."""
    v = calculated(cover__as_of=date("1998-12-31"))
    assert (v["comp.contribution"], v["comp.missing"]) == ("missed", "production, costs, reserves, cure")
    assert row(v, "comp.guaranty").min() == 1
    assert v["cert.guaranty"] == "in force"


def test_arrears_keep_the_guaranty():
    none = {"scenario.standby@across": np.zeros(len(scenarios.NAMES)), "cover.scenario": "Drought"}
    v = model.run(case.inputs()[0] | none)
    arrears, complete = row(v, "wf.lender_close") > 0.01, row(v, "time.complete") == 1
    assert (arrears & complete).any()
    assert np.all(row(v, "comp.guaranty")[arrears] == 1)


def test_a_blank_date_in_the_workbook_is_a_test_not_met(package):
    sheet, cell = Places(package).value_at("comp.reserves_test")
    result = refresh.calculate(package.patch({sheet: {cell: None}}))
    assert (result.values["comp.missing"], result.values["alert.completion_tests"]) == ("reserves", 1)
    assert "Reserves: similar to the Development Plan on (typed)" in {move.what for move in result.moved.inputs}


def test_no_thirteenth_month(package):
    sheet, cell = Places(package).value_at("scenario.thaw")
    with pytest.raises(refresh.WorkbookError, match=rf"{sheet}!{cell}: First month .* must be a month from 1 to 12"):
        refresh.calculate(package.patch({sheet: {cell: 13}}))


# ---- the Development Plan --------------------------------------------------------------------------------------------


def test_the_plans_cash_is_the_base_case_as_shipped(base):
    assert row(base, "plan.net_cash") == pytest.approx(row(base, "ops.project_cash"), abs=0.5)


def value(v, key):
    """Present value by days over 365 at 10%, of what comes after the as-of date."""
    as_of = v["cover.as_of"].item()
    flows = zip(row(v, "time.end").tolist(), row(v, key).tolist(), strict=True)
    return sum(flow / 1.10 ** ((end - as_of).days / 365) for end, flow in flows if end > as_of)


@pytest.mark.parametrize(
    ("scenario", "part", "words"),
    [  # of the plan's value, to a hundredth; ten per cent is not yet material
        ("Base", 1.00, "complied with"),
        ("Unhedged", 1.02, "complied with"),
        ("Drought", 0.65, "NOT COMPLIED WITH"),
        ("Low price", 0.63, "NOT COMPLIED WITH"),
    ],
)
def test_future_cash_flow_is_held_against_the_plan(scenario, part, words):
    v = calculated(cover__scenario=scenario)
    plan, now = value(v, "plan.net_cash"), value(v, "ops.project_cash")
    assert (v["comp.cash_plan"], v["comp.cash_now"]) == pytest.approx((plan, now), rel=1e-9)
    assert now / plan == pytest.approx(part, abs=0.005)
    assert v["cert.material_decline"] == words


def test_reserves_are_held_against_the_plan_too():
    assert calculated(plan__reserve_oz=414_000 * 0.91)["cert.material_decline"] == "complied with"
    assert calculated(plan__reserve_oz=414_000 * 0.89)["cert.material_decline"] == "NOT COMPLIED WITH"


# ---- sheet Daily -----------------------------------------------------------------------------------------------------


def test_the_days_reach_to_the_notes_end(base):
    assert base["note.maturity"] == daily.FIRST + daily.DAYS - 1
