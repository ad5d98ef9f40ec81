"""Sheet Calendar of deals' workbooks: dates and amounts worked out by hand from the deals' files, as of several dates."""

import datetime as dt
import functools
from pathlib import Path

import numpy as np
import pytest

import lender_model
from lender_model.calculator import calculate
from lender_model.compose.model import compose, read
from lender_model.falling_due import AHEAD

DEALS = Path(lender_model.__file__).parent / "deals"
NAMES = sorted(path.parent.name for path in DEALS.glob("*/case.toml"))
RICH = Path(__file__).parents[1] / "data" / "rich_deal"


@functools.cache
def model(folder):
    return compose(read(folder))


@functools.cache
def values(name, as_of=None, **changed):
    found = model(DEALS / name)
    dated = {"cover.as_of": np.datetime64(as_of)} if as_of else {}
    return calculate(found.book, found.inputs | dated | {key.replace("__", "."): x for key, x in changed.items()})


def months(v):
    return [str(v[f"cal.{k}"]) for k in range(1, AHEAD + 1)]


def line(v, key):
    """A line's figures by month, without its noughts and blanks; dates as texts."""
    found = zip(months(v), np.ravel(v[f"cal.{key}@across"]).tolist(), strict=True)
    return {month: x for month, x in found if x not in {0, ""}}


def dates(v, key):
    return {month: str(x) for month, x in line(v, key).items()}


def following(v, key):
    return str(v[f"cal.{key}@start"])


def words(v, month):
    return np.ravel(v[f"cal.{months(v).index(month) + 1}@across"])[0]


def labels(name):
    [sheet] = [sheet for sheet in model(DEALS / name).book.sheets if sheet.name == "Calendar"]
    return [row.label for row in sheet.rows]


# ---- Orla 2022: 100 million in 18 quarters from 28 January 2023, paid on the 28th or the next business day -----------


@pytest.fixture(scope="module")
def september():
    return values("orla_2022", "2022-09-30")


def test_orla_pays_on_the_28th_or_the_next_business_day(september):
    # 28 January 2023 is a Saturday; 28 October 2022, 28 April and 28 July 2023 are Fridays
    paid = {"2023-01-31": "2023-01-30", "2023-04-30": "2023-04-28", "2023-07-31": "2023-07-28"}
    assert dates(september, "principal.term.on") == paid
    assert dates(september, "interest.term.on") == {"2022-10-31": "2022-10-28"} | paid
    assert (following(september, "interest.term"), following(september, "principal.term")) == (
        "2022-10-28",
        "2023-01-30",
    )


def test_orla_amounts_by_hand(september):
    assert line(september, "principal.term") == pytest.approx(
        dict.fromkeys(["2023-01-31", "2023-04-30", "2023-07-31"], 100e6 / 18)
    )
    due = line(september, "interest.term")
    # as in the deal's own test: SOFR 0.50%, then 2.50%, and 2.75% on 92 and 94 days
    assert due["2022-10-31"] == pytest.approx(100e6 * (0.005 + 0.0275) * 92 / 360)
    assert due["2023-01-31"] == pytest.approx(100e6 * (0.025 + 0.0275) * 94 / 360)
    # nothing is drawn of the revolver of 50 million, and a quarter of its margin of 2.75% is due for 92 days
    standby = 50e6 * 0.006875 * 92 / 360
    assert line(september, "fee.standby")["2023-01-31"] == pytest.approx(standby)
    january = due["2023-01-31"] + 100e6 / 18 + standby
    assert (months(september)[3], september["cal.4@start"]) == ("2023-01-31", pytest.approx(january))
    assert words(september, "2023-01-31") == "Interest. Principal. Fees."


def test_orla_tests_and_its_waiver(september):
    quarters = ["2022-12-31", "2023-03-31", "2023-06-30", "2023-09-30"]
    assert list(line(september, "test.cash")) == quarters
    assert list(line(september, "test.leverage")) == quarters[1:]  # waived to the end of 2022
    assert (following(september, "test.cash"), following(september, "test.leverage")) == ("2022-12-31", "2023-03-31")
    # 15 million of cash are asked for, and at half-years the case keeps 10 million
    assert (september["cal.test.cash"], september["cal.test.interest"]) == ("BROKEN", "met")
    assert "Minimum liquidity: BROKEN." in words(september, "2022-12-31")
    assert words(september, "2023-03-31") == "Covenant tests: met."
    assert (following(september, "waiver.leverage.1"), september["cal.waiver.leverage.1"]) == ("2022-12-31", "in force")


@pytest.mark.parametrize(
    ("as_of", "until", "state"),
    [("2022-08-30", "–", "not yet"), ("2022-08-31", "2022-12-31", "in force"), ("2023-01-31", "–", "ended")],
)
def test_a_waiver_counts_from_the_day_on_which_it_is_granted(as_of, until, state):
    v = values("orla_2022", as_of)
    assert (following(v, "waiver.leverage.1"), v["cal.waiver.leverage.1"]) == (until, state)


@pytest.mark.parametrize(
    ("as_of", "first"), [("2023-07-15", "2023-07-28"), ("2023-07-27", "2023-07-28"), ("2023-07-28", "2023-10-30")]
)
def test_a_payment_of_the_as_of_date_or_before_is_not_to_come(as_of, first):
    """28 October 2023 is a Saturday."""
    v = values("orla_2022", as_of)
    assert months(v)[0] == "2023-07-31"
    assert (following(v, "interest.term"), following(v, "principal.term")) == (first, first)
    assert ("2023-07-31" in line(v, "principal.term")) == (first == "2023-07-28")


def test_orla_maturities_move_with_the_amendment():
    assert following(values("orla_2022", "2023-08-27"), "final.revolver") == "2025-04-28"
    assert following(values("orla_2022", "2023-08-27"), "final.term") == "2027-04-28"
    amended = values("orla_2022", "2023-08-28")
    assert following(amended, "final.revolving") == "2027-08-28"
    replaced = [following(amended, f"final.{key}") for key in ("project", "term", "revolver")]
    assert replaced == ["–", "–", "–"]  # the first in April 2022, the others on the day of the amendment


# ---- Gold Bar 2018: no milestones, no fees ---------------------------------------------------------------------------


def test_a_deal_has_lines_for_its_own_clauses_only():
    found = " ".join(labels("gold_bar_2018"))
    for word in ("longstop", "expected", "waiver", "fee", "Fee", "drawing", "Other service"):
        assert word not in found
    assert [label for label in labels("gold_bar_2018") if label.startswith("Term loan")] == [
        "Term loan: interest", "Term loan: principal", "Term loan: final maturity",
    ]  # fmt: skip
    assert "paid on" not in labels("gold_bar_2018")  # all of its dates are month-ends


def test_gold_bar_by_its_amendments():
    v = values("gold_bar_2018", "2020-05-31")
    assert (following(v, "principal.term"), following(v, "final.term")) == ("2020-08-31", "2021-08-31")
    assert line(v, "principal.term") == pytest.approx(dict.fromkeys(months(v)[2:], 2e6))
    v = values("gold_bar_2018", "2020-06-30")
    assert (following(v, "principal.term"), following(v, "final.term")) == ("2022-08-31", "2023-08-31")
    assert line(v, "principal.term") == {}
    # 50 million at 9.75%, ACT/365, of July 2020
    assert line(v, "interest.term")["2020-07-31"] == pytest.approx(50e6 * 0.0975 * 31 / 365)
    assert list(line(v, "test.working_capital")) == ["2020-09-30", "2020-12-31", "2021-03-31", "2021-06-30"]


# ---- Öksüt 2016: interest on the 15th, instalments at month-ends; a longstop date of 31-Dec-2019 -----------------------


def test_oksut_pays_interest_on_the_15th_or_after_a_holiday():
    v = values("oksut_2016", "2019-06-30")
    # 15 July 2019 and 15 January 2020 are in holidays.csv; the other two are a Tuesday and a Wednesday
    assert list(dates(v, "interest.loan.on").values()) == ["2019-07-16", "2019-10-15", "2020-01-16", "2020-04-15"]
    assert list(line(v, "principal.loan")) == ["2019-09-30", "2019-12-31", "2020-03-31", "2020-06-30"]


@pytest.mark.parametrize(
    ("delay", "state", "expected"),
    [
        (0.0, "expected in time", "2019-03-31"),
        (9.0, "expected in time", "2019-12-31"),
        (10.0, "expected late", "2020-01-31"),
    ],
)
def test_oksut_longstop_date(delay, state, expected):
    count = len(model(DEALS / "oksut_2016").case.scenarios)
    found = model(DEALS / "oksut_2016")
    delayed = {"scenario.delay@across": np.full(count, delay), "cover.as_of": np.datetime64("2019-02-28")}
    v = calculate(found.book, found.inputs | delayed)
    assert (following(v, "longstop.completion"), v["cal.longstop.completion"]) == ("2019-12-31", state)
    assert following(v, "expected.completion") == expected


def test_oksut_longstop_date_once_met():
    v = values("oksut_2016", "2019-04-30")
    assert (following(v, "longstop.completion"), v["cal.longstop.completion"]) == ("–", "met")
    assert following(v, "expected.completion") == "–"


# ---- every deal ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [*(DEALS / name for name in NAMES), RICH], ids=lambda folder: folder.name)
@pytest.mark.parametrize("part", [0.0, 0.4])
def test_what_is_due_is_the_debt_service_of_the_months(folder, part):
    """As of month-ends, at the start and later: each payment has its line, and none is counted twice."""
    found = model(folder)
    ends = found.case.ends
    at = int(part * len(ends))
    v = calculate(found.book, found.inputs | {"cover.as_of": np.datetime64(ends[at])})
    service = np.ravel(v["debt.service"])[at + 1 : at + 1 + AHEAD]
    assert np.ravel(v["cal.total@across"])[: len(service)].astype(float) == pytest.approx(service)
    assert [v[f"cal.{k}@start"] for k in range(1, len(service) + 1)] == pytest.approx(service.tolist())
    assert all(isinstance(end, dt.date) for end in ends)
