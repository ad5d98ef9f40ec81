"""Figures that independent reviews found wrong: each failed before it was mended."""

import datetime as dt

import pytest

from drawstop import functions as f
from drawstop.functions import CellError

SIGNING = dt.date(1996, 7, 11)


def refusal(function, *arguments):
    """Code and message of the error that a call gives."""
    with pytest.raises(CellError) as caught:
        getattr(f, function)(*arguments)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("liabilities", "equity", "headroom"),
    # 1.75 × max(0, equity) − liabilities: no jump where equity turns negative or liabilities begin
    [(0, -1e6, 0), (1, -1e6, -1), (1, 0, -1), (1, 1, 0.75), (30e6, 16e6, -2e6)],
)
def test_headroom_of_liabilities_is_continuous(liabilities, equity, headroom):
    assert f.HEADROOM_LIABILITIES(liabilities, equity) == headroom
    assert f.COVENANT_LIABILITIES(liabilities, equity) == (headroom >= 0)


def test_a_level_payment_below_the_interest():
    # of three payments the second comes after 30 years, whose interest at 20 % is six times the balance
    dates = [[dt.date(1997, 2, 1)], [dt.date(2027, 1, 1)], [dt.date(2027, 2, 1)]]
    code, message = refusal("INSTALMENTS", 100, dates, "level", dt.date(1997, 1, 1), 0.2)
    assert code == "#NUM!"
    assert message.endswith("dates include 2027-01-01, up to which the interest is more than the level payment")


def test_a_level_payment_that_covers_the_interest_stands():
    # 100 at 10 % for a year in one payment: all of it principal
    assert f.INSTALMENTS(100, [[dt.date(1998, 1, 1)]], "level", dt.date(1997, 1, 1), 0.1) == 100


@pytest.mark.parametrize("day", [-1, 0, 1])
def test_maturity_before_the_as_of_date(day):
    as_of = dt.date(1998, 1, 1)
    arguments = (as_of, [dt.date(1999, 1, 1)], [1e6], 0.1, 1e6, as_of + dt.timedelta(day), 5e5)
    if day < 0:
        code, message = refusal("LLCR", *arguments)
        assert code == "#NUM!"
        assert message == "LLCR: maturity 1997-12-31 must not be before as_of"
    else:
        assert f.LLCR(*arguments) == 0.5  # the cash at hand alone


def test_the_day_that_never_was():
    code, message = refusal("MILESTONE", 60, 61)
    assert code == "#NUM!"
    assert message == (
        "MILESTONE: as_of 60 is 29-Feb-1900 in Excel, a day that never existed: 59 is 28-Feb-1900, 61 is 1-Mar-1900"
    )


# ---- Rates written as percentages

DAYS = [[dt.date(1997, 7, 11)], [dt.date(1998, 7, 11)]]
AS_A_PERCENTAGE = [
    ("LOAN_INTEREST", (1e6, SIGNING, 35500, 5.75), "libor 5.75", "write 5.75% or 0.0575"),
    ("LOAN_INTEREST", (1e6, SIGNING, 35500, -5.75), "libor -5.75", "write -5.75% or -0.0575"),
    ("LOAN_INTEREST", (1e6, SIGNING, 35500, 0.05, None, 225), "margin_before 225", "write 2.25% or 0.0225"),
    ("LOAN_MARGIN", (SIGNING, None, 2.25), "margin_before 2.25", "write 2.25% or 0.0225"),
    ("COMMITMENT_FEE", (2, 1, SIGNING, 35500, 50), "rate 50", "write 50% or 0.5"),
    ("ESTABLISHMENT_FEE", (1e6, 1.5), "rate 1.5", "write 1.5% or 0.015"),
    ("INSTALMENTS", (1, DAYS, "level", SIGNING, 8), "rate 8", "write 8% or 0.08"),
    ("NOTE_INTEREST", (SIGNING, 35500, 0.05, 1, 2), "margin 2", "write 2% or 0.02"),
    ("GOLD_LOAN_INTEREST", (1, SIGNING, 35500, 1.5), "lease_rate 1.5", "write 1.5% or 0.015"),
    ("GOLD_FORWARD", (382.7, 5.6875, 0.015, 90), "usd_rate 5.6875", "write 5.6875% or 0.056875"),
    ("FORMULA_AMOUNT", (SIGNING, DAYS, [[1], [1]], 10, 1), "discount_rate 10", "write 10% or 0.1"),
    ("FORMULA_AMOUNT", (SIGNING, DAYS, [[1], [1]], 0.1, 15), "share 15", "write 15% or 0.15"),
    ("LLCR", (SIGNING, DAYS, [[1], [1]], 10, 1, 36000), "rate 10", "write 10% or 0.1"),
    ("DEBT_CAPACITY", (SIGNING, DAYS, [[1], [1]], 10, 1.3), "rate 10", "write 10% or 0.1"),
    ("ROYALTY_DUE", (1e6, 5), "rate 5", "write 5% or 0.05"),
    ("MATERIAL_DECLINE", (1, 1, 10), "tolerance 10", "write 10% or 0.1"),
    ("BACK_IN_PRICE", ([1e6], 25), "interest 25", "write 25% or 0.25"),
    ("BACK_IN_PRICE", ([1e6], 0.25, 120), "multiple 120", "write 120% or 1.2"),
    ("COVENANT_LIABILITIES", (1, 1, 175), "maximum 175", "write 175% or 1.75"),
    ("COMMERCIAL_PRODUCTION", ([SIGNING], [1], 1, 1, 70), "threshold 70", "write 70% or 0.7"),
    ("GOLD_EQUIVALENT", (1, 1, 380, 5, 95), "gold_recovery 95", "write 95% or 0.95"),
    ("CONVERTIBLE_VALUE", (100, 3.4, 60, 4, 0.06, 0.05, 0.07), "volatility 60", "write 60% or 0.6"),
    ("CONVERTIBLE_VALUE", (100, 3.4, 0.6, 4, 6, 0.05, 0.07), "risk_free 6", "write 6% or 0.06"),
    ("CONVERTIBLE_VALUE", (100, 3.4, 0.6, 4, 0.06, 500, 0.07), "credit_spread 500", "write 5% or 0.05"),
    ("CONVERTIBLE_VALUE", (100, 3.4, 0.6, 4, 0.06, 0.05, 7.69), "coupon 7.69", "write 7.69% or 0.0769"),
    (
        "CONVERTIBLE_VALUE",
        (100, 3.4, 0.6, 4, 0.06, 0.05, 0.07, 3.4, 2, None, 3),
        "dividend_yield 3",
        "write 3% or 0.03",
    ),
]


@pytest.mark.parametrize(("function", "arguments", "given", "advice"), AS_A_PERCENTAGE)
def test_a_rate_above_what_is_real_is_refused_with_how_to_write_it(function, arguments, given, advice):
    code, message = refusal(function, *arguments)
    assert code == "#NUM!"
    assert message.startswith(f"{function}: {given} must be ")
    assert message.endswith(f": {advice}")
    assert f.EXPLAIN(function, *arguments) == message


def test_a_rate_of_a_table_is_refused_with_how_to_write_it():
    _, message = refusal("LOAN_SCHEDULE", [[SIGNING, 1]], [[35500, 1]], [[SIGNING, 0.05], [35400, 5.75]])
    assert message.startswith("LOAN_SCHEDULE: libor column rate: item 2 5.75 must be a rate as a decimal")
    assert message.endswith(": write 5.75% or 0.0575")


def test_a_rate_of_a_hundred_per_cent_stands():
    assert f.LOAN_INTEREST(360, SIGNING, dt.date(1996, 7, 12), 1, None, 0) == 1
    assert f.LOAN_INTEREST(360, SIGNING, dt.date(1996, 7, 12), [[1, 1.01]], None, 0) == [[1, "#NUM!"]]


@pytest.mark.parametrize("price", [110_001, 4_000 * 32.1507])
def test_a_price_of_gold_that_is_none(price):
    code, message = refusal("GOLD_LOAN_OUNCES", price)
    assert code == "#NUM!"
    assert message.endswith("must be a price in dollars a troy ounce, above 0 and at most 110,000")


# ---- Day counts

OTHER_SPELLINGS = {
    "ACT/360": ["Actual/360", "actual / 360", "A/360", "Act/360", "ACT360", "Actual360", 2, 2.7],
    "ACT/365": ["ACT/365F", "Act/365 Fixed", "Actual/365 (Fixed)", "ACTUAL/365", "Act/365 (F)", "A/365", 3, 3.999],
    "30/360": ["30/360 US", "30/360 (US)", "US 30/360", "30U/360", "30/360 NASD", 0, 0.5, -0.5],
    "30E/360": ["30e/360", "30/360 European", "30/360 ICMA", "30S/360", "30/360 Eurobond", 4, 4.9],
    "ACT/ACT": ["Actual/Actual", "act / act", 1, 1.5],
    "ACT/ACT ISDA": ["Actual/Actual (ISDA)", "ACT/ACT-ISDA"],
    "30E/360 ISDA": ["30E/360 (ISDA)", "30e/360isda", "30/360 German"],
}


@pytest.mark.parametrize(("basis", "spelling"), [(b, s) for b, spellings in OTHER_SPELLINGS.items() for s in spellings])
def test_other_spellings_of_a_day_count(basis, spelling):
    # a period by which the seven day counts differ from one another
    start, end = dt.date(1995, 12, 31), dt.date(1996, 2, 29)
    assert f.YEAR_FRACTION(start, end, spelling) == f.YEAR_FRACTION(start, end, basis)


@pytest.mark.parametrize("basis", ["ACT/364", "30/365", "NL/365", "ACT/ACT ICMA", "BUS/252", "A/A", "2", 5, -1, 1e300])
def test_day_counts_that_are_not_there(basis):
    assert refusal("YEAR_FRACTION", SIGNING, 35500, basis)[0] == ("#VALUE!" if isinstance(basis, str) else "#NUM!")


@pytest.mark.parametrize(
    ("start", "end", "days"),
    # ISDA's sheet "30/360 Day Count Conventions" for 30E/360 ISDA, where the end is not the maturity
    [
        ("2006-08-31", "2007-02-28", 180),
        ("2007-02-28", "2007-08-31", 180),
        ("2006-02-28", "2006-08-31", 180),
        ("2006-02-28", "2007-02-28", 360),
        ("2007-02-26", "2008-02-29", 364),
        ("2008-02-29", "2009-02-28", 360),
        ("2008-02-29", "2008-03-30", 30),
        ("2008-02-29", "2008-03-31", 30),
        ("2007-02-28", "2007-03-05", 5),
        ("2007-10-31", "2007-11-28", 28),
        ("2007-08-31", "2008-02-29", 180),
    ],
)
def test_30e_360_isda(start, end, days):
    assert f.YEAR_FRACTION(start, end, "30E/360 ISDA") == days / 360


def test_the_maturity_of_a_loan_keeps_its_day_by_30e_360_isda():
    # 31-Aug-1997 to 28-Feb-1998: 180 days if a coupon ends there, 178 if the loan does
    day = [[dt.date(1998, 2, 28), 360]]
    rows = f.LOAN_SCHEDULE(
        *([[dt.date(1997, 8, 31), 360]], day, [[1, 0.1]], dt.date(1997, 8, 31), None, 360),
        *(0, 0, 0, 35000, "30E/360 ISDA"),
    )
    assert sum(row[6] for row in rows[1:]) == pytest.approx(360 * 0.1 * 178 / 360)
    longer = f.LOAN_SCHEDULE(
        *([[dt.date(1997, 8, 31), 360]], [[dt.date(1998, 2, 28), 60], [dt.date(1998, 3, 28), 300]], [[1, 0.1]]),
        *(dt.date(1997, 8, 31), None, 360, 0, 0, 0, 35000, "30E/360 ISDA"),
    )
    assert sum(row[6] for row in longer[1:5]) == pytest.approx(360 * 0.1 * 180 / 360)


def test_a_range_of_day_counts_for_a_compounded_rate():
    days = [[dt.date(2024, 6, 3) + dt.timedelta(n)] for n in range(5)]
    arguments = (days, [[0.05]] * 5, days[0][0], days[4][0], 0, False, None, 0)
    bases = [["ACT/360", "ACT/365"]]
    assert f.RATE_COMPOUNDED(*arguments, bases) == [[f.RATE_COMPOUNDED(*arguments, basis) for basis in bases[0]]]
