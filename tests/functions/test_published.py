"""Figures that others have published; ``data/published/SOURCES.md`` says where each comes from."""

import csv
import datetime as dt
import decimal
import json
from decimal import Decimal
from pathlib import Path

import pytest

from drawstop.functions import CONVERTIBLE_VALUE, GOLD_LOAN_OUNCES, INSTALMENTS, YEAR_FRACTION

PUBLISHED = Path(__file__).parents[1] / "data" / "published"

# ---- YEARFRAC

BASES = {  # ExcelFinancialFunctions' name: ours, and Excel's code
    "UsPsa30_360": ("30/360", 0),
    "ActualActual": ("ACT/ACT", 1),
    "Actual360": ("ACT/360", 2),
    "Actual365": ("ACT/365", 3),
    "Europ30_360": ("30E/360", 4),
}


def rows_of(file):
    with (PUBLISHED / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


YEARFRAC = rows_of("yearfrac_excel.csv")


def test_every_basis_is_there():
    counts = {name: sum(row["basis"] == name for row in YEARFRAC) for name in BASES}
    assert counts == {"UsPsa30_360": 146, "ActualActual": 148, "Actual360": 135, "Actual365": 138, "Europ30_360": 131}
    assert len(YEARFRAC) == sum(counts.values())


@pytest.mark.parametrize("name", BASES)
def test_year_fraction_is_excels(name):
    basis, code = BASES[name]
    rows = [row for row in YEARFRAC if row["basis"] == name]
    starts, ends = ([[dt.date.fromisoformat(row[key])] for row in rows] for key in ("start", "end"))
    published = [[pytest.approx(float(row["expected"]), abs=1e-9)] for row in rows]
    assert YEAR_FRACTION(starts, ends, basis) == published
    assert YEAR_FRACTION(ends, starts, code) == published  # the order of the two does not matter


@pytest.mark.parametrize("row", rows_of("act_act_isda.csv"), ids=lambda row: f"{row['start']}-{row['end']}")
def test_year_fraction_is_isdas(row):
    start, end = dt.date.fromisoformat(row["start"]), dt.date.fromisoformat(row["end"])
    assert YEAR_FRACTION(start, end, "ACT/ACT ISDA") == pytest.approx(
        float(row["expected"]), abs=1e-10
    )  # as near as it is given


# ---- Level payments

LOANS = json.loads((PUBLISHED / "level_payment.json").read_text(encoding="utf-8"))
MONTHS = {"monthly": 1, "annual": 12}


def can_be_asked(loan):
    """Whether a loan's own terms can be passed to INSTALMENTS: one rate, one level payment, a period's own compounding.

    A rate that changes, a payment that the borrower chose, and interest compounded at another frequency than it is
    paid (Canadian mortgages) are not arguments of INSTALMENTS.
    """
    frequency = loan.get("payment_frequency", "monthly")
    return (
        "rate_schedule" not in loan
        and "payment_override" not in loan
        and frequency in MONTHS
        and loan.get("compounding", "monthly") == frequency
        and loan.get("day_count", "30/360") == "30/360"
    )


ASKED = {name: case for name, case in LOANS.items() if can_be_asked(case["spec"]["loan"])}


def schedule(loan):
    """Interest, principal and balance after each payment, unrounded, dates on the first of the month by 30/360."""
    step = MONTHS[loan.get("payment_frequency", "monthly")]
    months = range(step, int(loan["term_months"]) + 1, step)
    dates = [dt.date(2001 + month // 12, month % 12 + 1, 1) for month in months]
    principal, rate = float(loan["principal"]), float(loan["annual_rate"]) / 100
    balance, rows = principal, []
    for [repaid] in INSTALMENTS(principal, dates, "level", dt.date(2001, 1, 1), rate, basis="30/360"):
        interest = balance * rate * step / 12
        balance -= repaid
        rows.append((interest, repaid, balance))
    return rows


def test_how_many_loans_can_be_asked():
    assert (len(LOANS), len(ASKED)) == (23, 17)


@pytest.mark.parametrize("name", ASKED)
def test_level_payment_is_the_published_one(name):
    loan, expected = ASKED[name]["spec"]["loan"], ASKED[name]["spec"]["expected"]
    payments = [interest + repaid for interest, repaid, _ in schedule(loan)]
    assert payments == [pytest.approx(payments[0], rel=1e-9)] * len(payments)
    unit = Decimal(loan.get("currency_unit", "0.01"))
    rounding = {"ROUND_HALF_UP": decimal.ROUND_HALF_UP, "ROUND_UP": decimal.ROUND_UP}[loan["payment_rounding"]]
    published = Decimal(expected.get("periodic_payment") or expected["monthly_payment"])
    assert Decimal(payments[0]).quantize(unit, rounding) == published


# Rows that were rounded one by one carry the rounding forward; those kept at full precision can be compared.
UNROUNDED = [
    name
    for name, case in ASKED.items()
    if case["rows"] and case["spec"]["loan"].get("balance_tracking") == "carry_precision"
]


def test_how_many_published_rows_can_be_asked():
    assert {name: len(ASKED[name]["rows"]) for name in UNROUNDED} == {
        "geltner_ch20_cpm_1m_1200_360mo": 7,
        "goldstein_ch10_3_ex1_563_1200_5mo": 5,
    }


@pytest.mark.parametrize("name", UNROUNDED)
def test_level_rows_are_the_published_ones(name):
    case = ASKED[name]
    rows = schedule(case["spec"]["loan"])
    for published in case["rows"]:
        ours = rows[int(published["payment"]) - 1]
        cents = [float(published[key]) for key in ("interest", "principal", "balance")]
        assert ours == pytest.approx(cents, abs=0.005 + 1e-9), published["payment"]


# ---- Other deals


def test_the_briggs_gold_loan():
    # Canyon Resources, 1998: US$17,335,948.50 at US$301.50 an ounce are 57,499 oz
    assert GOLD_LOAN_OUNCES(301.50, 17_335_948.50) == pytest.approx(57_499, abs=1e-9)


# ---- The convertible that QuantLib priced

QUANTLIB = [
    row
    for row in csv.DictReader((PUBLISHED / "convertible_quantlib.csv").read_text(encoding="utf-8").splitlines())
    if row["exercise"] == "American" and row["callability"] == "none"
]
TERMS = {"conversion_price": 36, "frequency": 1, "dividend_yield": 0.02}


def test_how_many_of_quantlibs_prices_the_contract_can_express():
    assert len(QUANTLIB) == 6


def test_the_convertible_meets_the_limit_of_quantlibs_trees():
    ours = CONVERTIBLE_VALUE(100, 36, 0.2, 5, 0.06, 0.005, 0.05, **TERMS)
    assert ours == pytest.approx(117.03, abs=0.02)  # the limit that SOURCES.md gives
    for row in QUANTLIB:  # a tree comes nearer with its steps
        assert ours == pytest.approx(float(row["npv"]), abs=40 / int(row["steps"]))
