"""Cover, Dashboard and Certificate: what a lender reads first, against the lines behind it and against the calendar."""

import datetime as dt

import numpy as np
import pytest

from lender_model import case, model, refresh
from lender_model.books.locate import Places
from lender_model.formulas.reading import Workbook
from lender_model.grid import INPUT
from lender_model.sheets import annual, certificate, dashboard, scenarios

BROKEN, KEPT = "NOT COMPLIED WITH", "complied with"


def figures(package, as_of, scenario="Base"):
    return refresh.calculate(package, as_of=as_of, scenario=scenario).values


def day(iso):
    return np.datetime64(iso, "D")


@pytest.fixture(scope="module")
def unpaid():
    """Between two quarter-ends, with an instalment unpaid: the Company puts nothing in, and the site costs double."""
    inputs, _ = case.inputs()
    inputs |= {"cover.as_of": day("1997-11-17"), "cover.scenario": "Drought"}
    inputs |= {key: np.zeros((model.MONTHS, 1)) for key in ("plan.equity", "plan.standby", "plan.contribution")}
    return model.run(inputs | {"plan.site_cost": 2 * inputs["plan.site_cost"]})


# ---- arrears -------------------------------------------------------------------------------------------------------


def test_arrears_are_what_fell_due_with_its_interest_less_what_was_paid(unpaid):
    v = unpaid
    at = int(np.argmax(v["time.as_of"][:, 0]))
    assert v["time.end"][at, 0] == day("1997-10-31")
    due = sum(v[f"wf.{key}_due"][: at + 1, 0].sum() for key in ("fees", "hedge", "interest", "principal"))
    paid = sum(v[f"wf.{key}_paid"][: at + 1, 0].sum() for key in ("arrears", "fees", "hedge", "interest", "principal"))
    arrears = due + v["wf.lender_interest"][: at + 1, 0].sum() - paid
    assert arrears > 2_437_500  # a whole instalment, an eighth of 19.5 million, and interest
    for key in ("cover.arrears", "dash.arrears", "cert.arrears_figure"):
        assert float(np.ravel(v[key])[0]) == pytest.approx(arrears, abs=0.01)
    assert (v["dash.arrears@start"], v["cert.payments"], v["dash.payments_ok"]) == (0, BROKEN, 0)


def test_without_arrears_the_lights_are_green(base):
    assert float(np.ravel(base["cover.arrears"])[0]) == 0
    assert (base["dash.arrears@start"], base["cert.broken"]) == (1, 0)
    assert base["cert.payments"] == "not reported"  # the ledger is blank: nothing is certified


def test_the_certificate_counts_what_is_broken(unpaid):
    broken = [key for key in certificate._CALCULATED if unpaid[f"cert.{key}"] == BROKEN]
    assert "payments" in broken
    assert unpaid["cert.broken"] == len(broken)


# ---- dates -----------------------------------------------------------------------------------------------------------


def test_the_certificate_says_which_dates_and_which_scenario(unpaid, base):
    dates = [unpaid[f"cert.{key}"] for key in ("date", "test_date", "as_of")]
    assert dates == [day("1997-10-31"), day("1997-09-30"), day("1997-11-17")]
    assert unpaid["cert.scenario"] == "Drought: NOT THE BASE CASE"
    assert base["cert.scenario"] == "Base"
    assert base["cert.test_date"] == "–"  # the balance sheet starts with September 1996
    assert base["cert.current_ratio"] == "not yet tested"


def test_between_quarter_ends_covenants_are_those_of_the_last_one(package, history):
    """September 1996 broke the current ratio; at the end of October nothing new has been tested."""
    october = figures(package, dt.date(1996, 10, 31))
    assert october["cert.test_date"] == day("1996-09-30")
    assert (october["cert.current_ratio"], october["alert.covenant"], october["dash.covenants_ok"]) == (BROKEN, 1, 0)
    september, now = history.values["cov.ratio"][2, 0], october["cov.ratio"][3, 0]  # July is the first month
    assert october["cert.ratio_figure"] == pytest.approx(september)
    assert october["cert.ratio_figure"] != pytest.approx(now)


def test_registration_is_until_the_date_of_the_terms():
    [row] = [row for row in certificate.SHEET.rows if row.key == "cert.share_registration"]
    assert row.label.endswith(", until June 1999")


@pytest.mark.parametrize(
    ("as_of", "following", "deadline"),
    [
        ("1996-07-31", "contribution", "1996-09-30"),
        ("1996-09-29", "contribution", "1996-09-30"),
        ("1996-09-30", "mechanical", "1997-07-31"),
        ("1997-05-31", "mechanical", "1997-07-31"),  # planned for that day, and not reported
        ("1997-07-31", "completion", "1997-11-30"),
        ("1998-01-31", None, "–"),
    ],
)
def test_the_next_deadline_moves_with_the_as_of_date(package, as_of, following, deadline):
    v = figures(package, dt.date.fromisoformat(as_of))
    assert v["dash.next_deadline"] == (deadline if following is None else day(deadline))
    states = {key: v[f"dash.{key}@start"] for key in dashboard.DEADLINES}
    assert [key for key, state in states.items() if state.startswith("next")] == ([following] if following else [])
    assert set(states.values()) <= {"met", "met late", "missed", "pending", "next: pending"}


# ---- cover ratios ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "gold", "light"), [(1.1, 0.0, 1), (1.3, 0.0, 0.5), (1.3, -150.0, 0)])
def test_a_lowest_ratio_below_the_target_is_amber_and_below_one_red(target, gold, light):
    inputs, _ = case.inputs()
    inputs |= {"ratio.target": target, "scenario.gold@across": np.full(len(scenarios.NAMES), gold)}
    v = model.run(inputs)
    [lowest] = np.ravel(v["ratio.min_dscr"])
    assert light == (1 if lowest >= target else 0.5 if lowest >= 1 else 0)
    assert v["dash.min_dscr@start"] == light
    month = list(v["time.end"][:, 0]).index(v["dash.min_dscr_at"])
    assert v["ratio.dscr"][month, 0] == lowest


# ---- years -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "line"), [(key, line) for key, _, _, line in annual.FLOWS])
def test_a_year_is_the_sum_of_its_months(base, key, line):
    by_year = {}
    for end, figure in zip(base["time.end"][:, 0], base[line][:, 0], strict=True):
        by_year[str(end)[:4]] = by_year.get(str(end)[:4], 0.0) + figure
    assert list(annual.SHEET.across_titles) == list(by_year)
    assert base[f"dash.year_{key}@across"] == pytest.approx(list(by_year.values()))
    assert base[f"dash.year_{key}"] == pytest.approx(base[line].sum())


def test_loan_at_year_end_by_hand(base):
    """19.5 million less two instalments of an eighth each in September and December, from 1997 to 2000."""
    assert base["dash.year_loan@across"] == pytest.approx([19.5e6 * (8 - n) / 8 for n in (0, 2, 4, 6, 8, 8, 8, 8)])


def test_a_year_that_does_not_add_up_fails_its_check(base, package):
    """An ounce more in the sum of the years than the months have."""
    assert base["check.years@start"] == 1
    places = Places(package)
    sheet, at = places.value_at("dash.year_ounces")
    was = package.cells(sheet)[at].formula
    workbook = Workbook(package.reworded(lambda text: f"{text}+1" if text == was else text))
    workbook.calculation.run()
    found = workbook.values()
    spots = (places.value_at("check.years"), places.start_at("check.years"), places.value_at("checks.ok"))
    assert [found[sheet][at] for sheet, at in spots] == [1, 0, 0]


# ---- the facility, and statements ------------------------------------------------------------------------------------


def test_the_deal_in_some_lines(base):
    facts = {
        "term_loan": 19_500_000, "note": 2_500_000, "margin_before": 0.0225, "margin_after": 0.01875, "instalments": 8,
        "first_instalment": day("1997-09-30"), "maturity": day("2000-12-31"), "conversion": 3.40,
    }  # fmt: skip
    assert {key: base[f"cover.{key}"] for key in facts} == facts


def test_statements_and_their_dates_stay_through_a_refresh(package):
    keys = [row.key for row in certificate.SHEET.rows if row.start is INPUT]
    assert len(keys) > 20
    places = Places(package)
    [(sheet, tick), (_, stated)] = [places.value_at(keys[0]), places.start_at(keys[0])]
    ticked = package.patch({sheet: {tick: "yes", stated: 35_300.0}})  # days since 30 December 1899
    result = refresh.calculate(ticked)
    assert (result.inputs[keys[0]], result.inputs[f"{keys[0]}@start"]) == ("yes", day("1996-08-23"))
    assert np.isnan(result.inputs[f"{keys[1]}@start"])
    after = result.package.cells(sheet)
    assert (after[tick].value, after[stated].value) == ("yes", 35_300.0)
