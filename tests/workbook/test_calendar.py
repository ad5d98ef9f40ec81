"""Sheet Calendar: what falls due next, by hand from the filing's terms, as of several dates."""

import datetime as dt
import itertools

import numpy as np
import pytest

from lender_model import case, model
from lender_model.falling_due import AHEAD
from lender_model.monthly_report.parts import falls_due
from lender_model.sheets import ledger

LOAN, NOTE = 19_500_000, 2_500_000
LIBOR = 0.056875  # of 11-Jul-1996, held after the as-of date


def day(text):
    return np.datetime64(text, "D")


def run(as_of, *entries, **changed):
    """The model as of a date, with entries of the ledger: date, what, amount, due, until."""
    inputs, _ = case.inputs()
    found = {key: inputs[key].copy() for key in ledger.INPUTS}
    for n, row in enumerate(entries):
        for key, value in zip(ledger.INPUTS, row, strict=False):
            if value is not None:
                found[key][n] = day(value) if ledger.INPUTS[key] == "date" else value
    return model.run(inputs | found | {"cover.as_of": day(as_of)} | changed)


@pytest.fixture(scope="module")
def august_1996():
    return run("1996-08-31")


@pytest.fixture(scope="module")
def november_1997():
    """Between two month-ends."""
    return run("1997-11-17")


def months(v):
    return [str(v[f"cal.{k}"]) for k in range(1, AHEAD + 1)]


def words(v):
    return {str(v[f"cal.{k}"]): np.ravel(v[f"cal.{k}@across"])[0] for k in range(1, AHEAD + 1)}


def line(v, key):
    """The amounts of a line by month, without its noughts and blanks."""
    return {
        month: x
        for month, x in zip(months(v), np.ravel(v[f"cal.{key}@across"]).tolist(), strict=True)
        if x not in {0, ""}
    }


def following(v, key):
    found = v[f"cal.{key}@start"]
    return found if isinstance(found, str) else str(found)


def interest(amount, rate, start, end):
    return amount * rate * (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days / 360


# ---- the months ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        ("1996-08-31", "1996-09-30", "1997-08-31"),
        ("1996-08-30", "1996-08-31", "1997-07-31"),
        ("1997-11-17", "1997-11-30", "1998-10-31"),
        ("1999-02-28", "1999-03-31", "2000-02-29"),
    ],
)
def test_the_twelve_months_after_the_as_of_date(as_of, first, last):
    found = months(run(as_of))
    assert (found[0], found[-1]) == (first, last)
    assert found == sorted(set(found))


def test_beyond_the_last_month_nothing_falls_due():
    reported = {f"actual.{key}": day("1997-07-31") for key in ("mechanical", "completion")}
    v = run("2003-06-30", **reported)
    assert months(v)[-1] == "2004-06-30"
    assert set(words(v).values()) == {""}
    assert (v["cal.total"], v["cal.test_ratio"]) == (0, "no test")
    assert falls_due(v).lines == ["Nothing falls due."]


# ---- payments --------------------------------------------------------------------------------------------------------


def test_interest_by_quarters_from_signing(august_1996):
    """8-K 5(a): LIBOR and 2.25% on 19.5 million, ACT/360, from 11-Jul-1996 to each quarter-end."""
    ends = ["1996-07-11", "1996-09-30", "1996-12-31", "1997-03-31", "1997-06-30"]
    expected = {end: interest(LOAN, LIBOR + 0.0225, start, end) for start, end in itertools.pairwise(ends)}
    assert line(august_1996, "interest") == pytest.approx(expected)
    assert expected["1996-12-31"] == pytest.approx(395_552.08, abs=0.01)  # 92 days
    assert august_1996["cal.interest"] == pytest.approx(sum(expected.values()))
    assert following(august_1996, "interest") == "1996-09-30"


def test_interest_on_the_note_twice_a_year(august_1996):
    """8-K 5(a): LIBOR and 2% on 2.5 million."""
    assert line(august_1996, "note_interest") == pytest.approx({
        "1996-12-31": interest(NOTE, LIBOR + 0.02, "1996-07-11", "1996-12-31"),
        "1997-06-30": interest(NOTE, LIBOR + 0.02, "1996-12-31", "1997-06-30"),
    })  # fmt: skip


def test_instalments_on_30_september_and_31_december(august_1996, november_1997):
    """Eight equal ones from 30-Sep-1997; the next is named even when it is more than a year ahead."""
    assert line(august_1996, "principal") == {}
    assert following(august_1996, "principal") == "1997-09-30"
    assert line(november_1997, "principal") == pytest.approx({"1997-12-31": LOAN / 8, "1998-09-30": LOAN / 8})
    assert following(november_1997, "principal") == "1997-12-31"
    assert line(run("2000-03-31"), "principal") == pytest.approx({"2000-09-30": LOAN / 8, "2000-12-31": LOAN / 8})
    assert line(run("2000-03-31"), "note_principal") == pytest.approx({"2000-12-31": NOTE})
    assert following(run("2001-01-31"), "principal") == "–"


def test_what_is_due_in_all_is_beside_each_month(august_1996):
    v = august_1996
    december = interest(LOAN, LIBOR + 0.0225, "1996-09-30", "1996-12-31") + interest(
        NOTE, LIBOR + 0.02, "1996-07-11", "1996-12-31"
    )
    assert line(v, "total")["1996-12-31"] == pytest.approx(december)
    assert v["cal.4@start"] == pytest.approx(december)
    assert v["cal.3@start"] == 0


def test_arrears_are_due_at_once_and_not_in_a_month():
    """The instalment of 30-Sep-1997 is unpaid by the ledger."""
    v = run("1997-10-31", ("1996-07-11", "drawn", LOAN), ("1997-09-30", "principal paid", 0.0))
    assert v["cal.arrears"] == pytest.approx(np.ravel(v["cover.arrears"])[0])
    assert v["cal.arrears"] >= LOAN / 8
    assert line(v, "principal") == pytest.approx({"1997-12-31": LOAN / 8, "1998-09-30": LOAN / 8})


# ---- tests -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["ratio", "equity", "liabilities"])
def test_covenants_at_quarter_ends(key, august_1996, november_1997):
    quarters = ["1996-09-30", "1996-12-31", "1997-03-31", "1997-06-30"]
    assert list(line(august_1996, f"test_{key}")) == quarters
    assert following(november_1997, f"test_{key}") == "1997-12-31"
    room = dict(zip(august_1996["time.end"][:, 0].astype(str), august_1996[f"cov.{key}_headroom"][:, 0], strict=True))
    assert line(august_1996, f"test_{key}") == {month: room[month] for month in quarters}


def test_a_broken_test_is_named_and_a_waived_one_is_not():
    """A current ratio of at least 50 is asked for: more than the plan ever has."""
    asked = {"covenants.current_ratio": 50.0}
    broken = run("1996-07-31", **asked)
    assert broken["cal.test_ratio"] == "BROKEN"
    assert line(broken, "test_ratio")["1996-09-30"] < 0
    assert "Current ratio: BROKEN." in words(broken)["1996-09-30"]
    assert broken["cal.test_equity"] == "met"
    assert following(broken, "covenants_waived") == "–"

    waived = run("1996-07-31", ("1996-07-31", "covenants waived until", None, None, "1997-08-15"), **asked)
    assert waived["cal.test_ratio"] == "met"
    assert "BROKEN" not in " ".join(words(waived).values())
    assert following(waived, "covenants_waived") == "1997-08-15"
    assert words(waived)["1996-09-30"].count("Covenant tests: met.") == 1


# ---- deadlines -------------------------------------------------------------------------------------------------------


def test_deadlines_of_the_filing(august_1996, november_1997):
    deadlines = {
        "contribution": "1996-09-30", "mechanical": "1997-07-31", "completion": "1997-11-30",
        "production": "1997-12-16",
    }  # fmt: skip
    assert {key: following(august_1996, f"{key}_deadline") for key in deadlines} == deadlines
    assert {august_1996[f"cal.{key}_deadline"] for key in deadlines} == {"expected in time"}
    assert words(august_1996)["1997-07-31"] == "Mechanical Completion: deadline."
    assert "Equity contribution: deadline." in words(august_1996)["1996-09-30"]

    past = dict.fromkeys(("contribution", "mechanical"), "–")
    assert {key: following(november_1997, f"{key}_deadline") for key in deadlines} == deadlines | past
    assert [november_1997[f"cal.{key}_deadline"] for key in deadlines][:2] == ["missed", "missed"]
    assert "Commercial production: deadline." in words(november_1997)["1997-12-31"]


def test_a_milestone_after_its_deadline_is_expected_late(august_1996):
    late = run("1996-08-31", **{"scenario.delay@across": np.full(9, 6.0)})
    assert (august_1996["cal.completion_deadline"], late["cal.completion_deadline"]) == (
        "expected in time",
        "expected late",
    )
    assert following(late, "completion_expected") > "1997-11-30"


@pytest.mark.parametrize("as_of", ["1996-08-31", "2000-03-31"])
def test_maturities(as_of):
    v = run(as_of)
    assert (following(v, "maturity"), following(v, "note_maturity")) == ("2000-12-31", "2000-12-31")
    in_words = words(v).get("2000-12-31", "")
    assert ("Maturity of the loan. Maturity of the note." in in_words) == (as_of == "2000-03-31")


# ---- the month's report ----------------------------------------------------------------------------------------------


def test_the_report_lists_the_months_in_which_something_happens(august_1996):
    table = falls_due(august_1996).table
    assert [row[0] for row in table.rows][:2] == ["30-Sep-1996", "31-Oct-1996"]
    assert table.rows[0][1] == "US$0.35m"  # 81 days at 7.9375% on 19.5 million
    assert all(row[2] for row in table.rows)
    assert len(table.rows) == sum(bool(text) for text in words(august_1996).values())
