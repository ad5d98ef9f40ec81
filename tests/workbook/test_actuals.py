"""What was reported, estimated, or is missing: the position says so; nothing missing meets a test or is certified."""

import numpy as np
import pytest

from lender_model import case, model

JULY = np.datetime64("1996-07", "M")


def calculated(as_of, **changed):
    values, _ = case.inputs()
    given = {key.replace("__", "."): value for key, value in changed.items()}
    return model.run(values | {"cover.as_of": np.datetime64(as_of, "D")} | given)


def months(**reported):
    """A line of sheet Actuals from figures by month, written sep_1996=1.0."""
    line = np.full((model.MONTHS, 1), np.nan)
    for month, figure in reported.items():
        name, year = month.split("_")
        number = 1 + ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"].index(name)
        line[(np.datetime64(f"{year}-{number:02}", "M") - JULY).astype(int), 0] = figure
    return line


NOTHING = {
    f"actual__{key}": np.full((model.MONTHS, 1), np.nan)
    for key in ("ounces", "cost", "capex", "contribution", "account", "payables")
}


def at(v, key, month):
    return v[key][(np.datetime64(month, "M") - JULY).astype(int), 0]


# ---- the state of the figures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "ounces", "basis"),
    [  # a month is named as "Sep 1996", a run of months by its first and last
        ("1996-09-30", {}, "on plan, not on actuals: Jul 1996 to Sep 1996"),
        ("1996-09-29", {}, "on plan, not on actuals: Jul 1996 to Aug 1996"),
        ("1996-07-31", {}, "on plan, not on actuals: Jul 1996"),
        ("1996-09-30", {"aug_1996": 0.0}, "on plan, not on actuals: Jul 1996, Sep 1996; in part: Aug 1996"),
        ("1996-12-31", {"oct_1996": 5.0, "nov_1996": 0.0},
         "on plan, not on actuals: Jul 1996 to Sep 1996, Dec 1996; in part: Oct 1996 to Nov 1996"),
    ],
)  # fmt: skip
def test_months_without_actuals_are_named(as_of, ounces, basis):
    v = calculated(as_of, **(NOTHING | {"actual__ounces": months(**ounces)}))
    assert v["cover.basis"] == basis
    assert v["alert.missing"] == row(v, "time.actual").sum()


def row(v, key):
    return v[key][:, 0]


def test_a_month_reported_in_full_rests_on_actuals():
    full = {key: months(jul_1996=1.0) for key in NOTHING}
    v = calculated("1996-07-31", **full)
    assert (v["cover.basis"], v["alert.missing"], at(v, "state.month", "1996-07")) == ("on actuals", 0, "reported")
    v = calculated("1996-07-31", **full, actual__costs_estimated=months(jul_1996=1.0))
    assert (v["cover.basis"], at(v, "state.costs", "1996-07")) == ("on actuals, estimates in Jul 1996", "estimated")
    assert at(v, "state.month", "1996-07") == "estimated"
    assert at(v, "state.month", "1996-08") == ""  # after the as-of date there is nothing to report


# ---- nothing missing meets a milestone -------------------------------------------------------------------------------


def test_planned_ounces_meet_no_milestone_before_the_as_of_date():
    """The plan's ounces of October to December 1996 would pass 70% of 164 oz a day for 45 days."""
    v = calculated("1996-12-31", actual__ounces=months(jul_1996=0.0, aug_1996=0.0, sep_1996=0.0))
    assert v["comp.production"] == "pending"
    assert np.datetime64(v["npmc.production"]) > np.datetime64("1996-12-31")
    assert at(v, "ops.delivered", "1996-11") == 0 < at(v, "ops.recovered", "1996-11")


def test_reported_ounces_meet_it():
    """31 and 30 days at 150 and 160 oz: above 114.8 from 1 October, so that the 45th day is 14 November."""
    v = calculated("1996-12-31", actual__ounces=months(oct_1996=31 * 150.0, nov_1996=30 * 160.0))
    assert (str(v["npmc.production"]), v["comp.production"]) == ("1996-11-14", "met")


def test_a_month_that_is_not_over_counts_only_the_days_reported():
    days = np.full(1614, np.nan)
    days[61:107] = 150.0  # from 1-Oct-1996, 46 days
    given = {"actual__ounces": months(oct_1996=31 * 150.0), "daily__actual": days}
    assert calculated("1996-11-15", **given)["comp.production"] == "met"
    assert calculated("1996-11-15", **given | {"daily__actual": np.full(1614, np.nan)})["comp.production"] == "pending"


@pytest.mark.parametrize(
    ("as_of", "mechanical", "completion"),
    [("1997-06-30", "pending", "pending"), ("1997-07-31", "missed", "pending"), ("1997-11-30", "missed", "missed")],
)
def test_what_was_planned_and_not_reported_is_not_met(as_of, mechanical, completion):
    """Mechanical Completion is planned for 31-May-1997 and due by 31-Jul, Completion for 31-Oct and due by 30-Nov."""
    v = calculated(as_of)
    assert (v["comp.mechanical"], v["comp.completion"]) == (mechanical, completion)
    assert v["plan.mechanical_date"] > np.datetime64(as_of) < v["plan.completion_date"]
    assert row(v, "time.complete")[row(v, "time.actual") == 1].max() == 0  # the margin does not step down on a plan


def test_what_was_reported_is_met():
    v = calculated(
        "1997-11-30", actual__mechanical=np.datetime64("1997-07-10"), actual__completion=np.datetime64("1997-11-20")
    )
    assert (v["comp.mechanical"], v["comp.completion"]) == ("met", "met")
    assert str(v["plan.completion_date"]) == "1997-11-20"
    v = calculated("1997-07-09", actual__mechanical=np.datetime64("1997-07-10"))
    assert v["comp.mechanical"] == "pending"  # a report dated later is not known yet


def test_a_test_of_completion_that_is_past_and_not_reported_counts_for_nothing():
    v = calculated("1997-10-31")
    assert v["comp.missing"].startswith("production, costs, reserves")
    assert v["alert.completion_tests"] == 1


def test_a_planned_contribution_is_not_made():
    v = calculated("1996-09-30", actual__contribution=np.full((model.MONTHS, 1), np.nan))
    assert v["comp.contribution"] == "missed"
    v = calculated("1996-09-30", actual__contribution=months(sep_1996=1_500_000.0))
    assert v["comp.contribution"] == "met"


# ---- the Certificate -------------------------------------------------------------------------------------------------


def test_nothing_that_is_planned_is_certified():
    v = calculated("1997-12-31", **NOTHING)
    tests = ("minimum_balance", "current_ratio", "tangible_equity", "liabilities")
    assert {v[f"cert.{key}"] for key in tests} <= {"not reported", "NOT COMPLIED WITH"}
    assert v["cert.minimum_balance"] == ("NOT COMPLIED WITH" if v["cover.shortfall"] > 0.01 else "not reported")
    assert v["cert.basis"] == "reported to no month; missing: Jul 1996 to Dec 1997"
    assert v["cert.missing_account"] == "Jul 1996 to Dec 1997"
    assert not {v[f"cert.{key}"] for key in ("completion", "mechanical_completion", "commercial_production")} & {"met"}
    assert "all complied with" not in v["cert.result"]


def test_what_was_reported_is_certified():
    given = {"actual__account": months(sep_1996=30e6), "actual__payables": months(sep_1996=100_000.0)}
    v = calculated("1996-09-30", **NOTHING | given)
    assert (v["cert.minimum_balance"], v["cert.current_ratio"]) == ("complied with", "complied with")
    v = calculated("1996-09-30", **NOTHING)
    assert v["cert.current_ratio"] in {"not reported", "NOT COMPLIED WITH"}


# ---- plan against actual ---------------------------------------------------------------------------------------------


def test_the_variance_leaves_out_months_that_were_not_reported():
    """Costs of 400,000 and 500,000 reported for August and October; September is missing and counts in neither. Plan,
    August: 90,000 tons at 2.5 t of waste: 90,000 x (3.5 x 1.40 + 3.40) + 340,000 = 1,087,000; in October 150,000 tons:
    1,585,000."""
    v = calculated("1996-10-31", actual__cost=months(aug_1996=400_000.0, oct_1996=500_000.0))
    assert [at(v, "var.cost", month) for month in ("1996-08", "1996-09", "1996-10")] == pytest.approx(
        [-687_000, 0, -1_085_000]
    )
    assert at(v, "var.cost_plan_sum", "1996-10") == pytest.approx(2_672_000)
    assert at(v, "var.cost_actual_sum", "1996-10") == pytest.approx(900_000)
    assert at(v, "var.cost_sum", "1996-12") == pytest.approx(-1_772_000)  # nothing is added after the as-of date
    assert (v["var.cost_unknown"], v["var.cost_part"]) == (2, pytest.approx(-1_772 / 2_672))


def test_the_plans_ounces_are_those_of_no_scenario_and_no_actual():
    """August: 90,000 t x 0.083 x 85% = 6,349.5 oz placed, of which 22.5% leach."""
    v = calculated("1996-08-31", actual__ounces=months(aug_1996=1_000.0), cover__scenario="Drought")
    assert at(v, "var.ounces_plan", "1996-08") == pytest.approx(1_428.6375)
    assert at(v, "var.ounces", "1996-08") == pytest.approx(-428.6375)


# ---- the history to the end of 1997 ----------------------------------------------------------------------------------


def test_what_was_known_at_the_end_of_1996():
    """No leaching, no contribution by the amendment of November; what the fourth quarter cost is not published."""
    v = calculated("1996-12-31")
    assert row(v, "ops.recovered")[:6].sum() == 0
    assert v["cover.basis"] == "on plan, not on actuals: in part: Jul 1996 to Dec 1996"
    assert (v["cert.missing_costs"], v["cert.missing_account"]) == (
        "Jul 1996, Oct 1996 to Dec 1996",
        "Jul 1996 to Aug 1996, Oct 1996 to Dec 1996",
    )
    assert (v["cert.missing_production"], v["cert.missing_funding"]) == ("–", "Nov 1996 to Dec 1996")
    assert (v["comp.contribution"], v["comp.production"]) == ("missed", "pending")
    assert v["cert.equity_contribution"] == "NOT COMPLIED WITH"


def test_what_was_known_at_the_end_of_1997():
    """Leaching began in late May 1997; nothing of that year's production is published, and nothing is met by plan."""
    v = calculated("1997-12-31")
    assert v["cover.basis"] == "on plan, not on actuals: May 1997 to Dec 1997; in part: Jul 1996 to Apr 1997"
    assert v["cert.missing_production"] == "May 1997 to Dec 1997"
    assert [v[f"comp.{key}"] for key in ("mechanical", "completion", "production")] == ["missed"] * 3
    assert at(v, "comp.default", "1997-12") == 1
