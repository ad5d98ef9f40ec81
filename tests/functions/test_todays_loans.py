"""The functions of today's loans: worked figures of the contract, cases worked by hand beside them, and errors."""

import datetime as dt
import math

import pytest

from drawstop import functions as f
from drawstop.functions import CellError

DEC_24, MAR_25, JUN_25 = dt.date(2024, 12, 31), dt.date(2025, 3, 31), dt.date(2025, 6, 30)
SEP_25, DEC_25, JUN_26 = dt.date(2025, 9, 30), dt.date(2025, 12, 31), dt.date(2026, 6, 30)
DAY = dt.timedelta(days=1)


def case(function, *arguments, gives, digits=None, why=""):
    return pytest.param(function, arguments, gives, digits, id=f"{function}-{gives}-{why}".replace(" ", "_"))


# ---- Fixings: fifteen weekdays from Monday 3 June 2024, the contract's example

WEEKDAYS = [dt.date(2024, 6, 3) + (n + 2 * (n // 5)) * DAY for n in range(15)]
PER_CENT = [5.33, 5.32, 5.33, 5.34, 5.33, 5.31, 5.32, 5.31, 5.30, 5.32, 5.33, 5.33, 5.34, 5.32, 5.31]
FIXINGS = [rate / 100 for rate in PER_CENT]
JUNE = dict(zip([day.day for day in WEEKDAYS], PER_CENT, strict=True))


def june(day):
    return dt.date(2024, 6, day)


def compounded(*pieces, days, year=360):
    """Rate per year of pieces (rate in per cent, days), by its definition."""
    growth = math.prod(1 + rate / 100 * n / year for rate, n in pieces)
    return (growth - 1) * year / days


RATES = [
    case(
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(10), june(20), 2),
        gives=0.053213013093,
        digits=12,
        why="contract lookback of two days",
    ),
    case(
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(10), june(20), 2, True),
        gives=0.053256011132,
        digits=12,
        why="contract shift of two days",
    ),
    case(  # Thursday and Friday, the latter over the weekend
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(6), june(10)),
        gives=compounded((JUNE[6], 1), (JUNE[7], 3), days=4),
        why="no lookback",
    ),
    case(  # with a lookback of no days the observation period is the period
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(6), june(10), 0, True),
        gives=compounded((JUNE[6], 1), (JUNE[7], 3), days=4),
        why="a shift of no days",
    ),
    case(  # Saturday and Sunday at Friday's, then Monday
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(8), june(11)),
        gives=compounded((JUNE[7], 2), (JUNE[10], 1), days=3),
        why="a period that starts on a Saturday",
    ),
    case(
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(8), june(11), 0, True),
        gives=compounded((JUNE[7], 2), (JUNE[10], 1), days=3),
        why="and is observed then",
    ),
    case(  # Friday's for two days, to the Sunday
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(13), june(16)),
        gives=compounded((JUNE[13], 1), (JUNE[14], 2), days=3),
        why="a period that ends on a Sunday",
    ),
    case(  # Thursday's fixing for Friday's three days, Friday's for Monday
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(7), june(11), 1),
        gives=compounded((JUNE[6], 3), (JUNE[7], 1), days=4),
        why="a lookback over a weekend keeps the weights",
    ),
    case(  # observed from Thursday to Monday: a day of Thursday's, three of Friday's
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(7), june(11), 1, True),
        gives=compounded((JUNE[6], 1), (JUNE[7], 3), days=4),
        why="a shift over a weekend takes its weights along",
    ),
    case(  # from Tuesday 18 to Friday 21 without the 19th, a holiday: two days at the 18th's
        *("RATE_COMPOUNDED", WEEKDAYS[:12] + WEEKDAYS[13:], FIXINGS[:12] + FIXINGS[13:], june(18), june(21)),
        gives=compounded((JUNE[18], 2), (JUNE[20], 1), days=3),
        why="a holiday has no place in the series",
    ),
    case(  # the 10th is 5.31 + 0.01 = 5.32, the 11th 5.32 + 0.01 = 5.33, above the floor
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(10), june(12), 0, False, 0.0533, 0.0001),
        gives=compounded((5.33, 1), (5.33, 1), days=2),
        why="the floor is on the day's rate after the adjustment",
    ),
    case(
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(10), june(12), 0, False, None, -0.001),
        gives=compounded((5.21, 1), (5.22, 1), days=2),
        why="an adjustment below zero",
    ),
    case(
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(6), june(10), 0, False, None, None, "ACT/365"),
        gives=compounded((JUNE[6], 1), (JUNE[7], 3), days=4, year=365),
        why="365 days",
    ),
    case(  # the fixings' order does not matter, and one beyond the period need not be known
        *("RATE_COMPOUNDED", WEEKDAYS[4::-1], [None, *FIXINGS[3::-1]], june(5), june(7)),
        gives=compounded((JUNE[5], 1), (JUNE[6], 1), days=2),
        why="latest first, the last without its fixing",
    ),
    case(  # after the last date weekdays are business days: Monday 24 takes the 20th's, Tuesday 25 the 21st's
        *("RATE_COMPOUNDED", WEEKDAYS, FIXINGS, june(24), june(26), 2),
        gives=compounded((JUNE[20], 1), (JUNE[21], 1), days=2),
        why="a lookback from after the last date",
    ),
    case(  # a fixing on Friday alone, three days long
        *("RATE_COMPOUNDED", june(7), 0.05, june(7), june(10)),
        gives=compounded((5, 3), days=3),
        why="a series of one day",
    ),
]

WORKED = [
    case("CASH_SWEEP", 8e6, 0.5, 20e6, 2e6, gives=3e6, why="contract"),
    case("CASH_SWEEP", 8e6, 0.5, 2.5e6, 2e6, gives=2.5e6, why="no more than is outstanding"),
    case("CASH_SWEEP", 1e6, 0.5, 20e6, 2e6, gives=0.0, why="below the minimum"),
    case("CASH_SWEEP", -1e6, 1, 20e6, gives=0.0, why="a deficit"),
    case("CASH_SWEEP", 8e6, 0.25, 20e6, gives=2e6, why="no minimum"),
    case("STREAM_OUNCES", 10_000, 4_000, [[5_000, 0.5], [None, 0.25]], gives=3_000.0, why="contract"),
    case("STREAM_OUNCES", 1_000, 0, [[5_000, 0.5], [None, 0.25]], gives=500.0, why="within the first tier"),
    case("STREAM_OUNCES", 1_000, 5_000, [[5_000, 0.5], [None, 0.25]], gives=250.0, why="at the limit of a tier"),
    case("STREAM_OUNCES", 1_000, 9_000, [[5_000, 0.5], ["", 0.25]], gives=250.0, why="beyond it"),
    case("STREAM_OUNCES", 10_000, 4_000, [[5_000, 0.5]], gives=1_000.0, why="nothing after the last limit"),
    case("STREAM_OUNCES", 10_000, 6_000, [[5_000, 0.5]], gives=0.0, why="the limit was passed before"),
    case("STREAM_OUNCES", 10_000, 0, [[0, 0.5], [None, 0.1]], gives=1_000.0, why="a tier of no ounces"),
    case("STREAM_OUNCES", 10_000, 0, [[100, 0], [None, 0.1]], gives=0.0, why="a share of 0 never ends its tier"),
    case("STREAM_OUNCES", 10_000, 100, [[100, 0], [None, 0.1]], gives=1_000.0, why="unless it is over"),
    # Wassa, as its parties announced it: 8.5% to 185,000 oz, 5% for 22,500 more, 3% after
    case(
        *("STREAM_OUNCES", 1_000_000, 180_000, [[185_000, 0.085], [207_500, 0.05], [None, 0.03]]),
        gives=5_000 + 22_500 + 0.03 * (1_000_000 - 5_000 / 0.085 - 22_500 / 0.05),
        why="three tiers at once",
    ),
    case("STREAM_OUNCES", None, None, [[None, 0.25]], gives=0.0, why="nothing produced"),
    case("COLLAR_SETTLEMENT", 1_000, 2_200, 2_700, 2_150, gives=50_000.0, why="below the floor"),
    case("COLLAR_SETTLEMENT", 1_000, 2_200, 2_700, 2_400, gives=0.0, why="between"),
    case("COLLAR_SETTLEMENT", 1_000, 2_200, 2_700, 2_750, gives=-50_000.0, why="above the cap"),
    case("COLLAR_SETTLEMENT", 1_000, 2_200, None, 5_000, gives=0.0, why="a put alone"),
    case("COLLAR_SETTLEMENT", 1_000, None, 2_700, 100, gives=0.0, why="a sold call alone"),
    case("COLLAR_SETTLEMENT", 1_000, "", 2_700, 2_800, gives=-100_000.0, why="a sold call above its strike"),
    case("OPTION_VALUE", "put", 2_200, 2_400, 0.16, 1.5, 0.045, gives=90.5386934, digits=7, why="contract"),
    case("OPTION_VALUE", "call", 2_700, 2_400, 0.16, 1.5, 0.045, gives=78.3091008, digits=7, why="contract"),
    case("OPTION_VALUE", "PUT", 2_500, 2_400, 0, 0, 0.045, gives=100.0, why="expired"),
    case("OPTION_VALUE", "call", 2_500, 2_400, 0.2, 0, 0.045, gives=0.0, why="expired without value"),
    case("OPTION_VALUE", "call", 2_000, 2_400, 0, 2, 0.05, gives=400 * math.exp(-0.1), why="no volatility"),
    case("COVENANT_COMPLIES", 1.2, 1.2, gives=True, why="at its minimum"),
    case("COVENANT_COMPLIES", 1.2 * (1 - 5e-10), 1.2, gives=True, why="a hair below"),
    case("COVENANT_COMPLIES", 1.2 * (1 - 2e-9), 1.2, gives=False, why="more than a hair below"),
    case("COVENANT_COMPLIES", 3.5, None, 3.5, gives=True, why="at its maximum"),
    case("COVENANT_COMPLIES", 3.51, 1, 3.5, gives=False, why="above it"),
    case("COVENANT_COMPLIES", -1, None, 0, gives=True, why="a maximum of zero"),
    case("COVENANT_COMPLIES", 0.999, 1, 3.5, gives=False, why="below the minimum of two limits"),
    case("COVENANT_HEADROOM", 3.25, 1, 3.5, gives=0.25, why="nearer to the maximum"),
    case("COVENANT_HEADROOM", 1.25, 1, 3.5, gives=0.25, why="nearer to the minimum"),
    case("COVENANT_HEADROOM", 17e6, 17.5e6, gives=-500e3, why="short"),
    case("COVENANT_HEADROOM", 2, None, 1.75, gives=-0.25, why="over"),
    case("BUSINESS_DAY", dt.date(2025, 5, 31), gives=dt.date(2025, 5, 30), why="Saturday at the end of May"),
    case("BUSINESS_DAY", dt.date(2025, 5, 31), "following", gives=dt.date(2025, 6, 2), why="into June"),
    case("BUSINESS_DAY", dt.date(2025, 5, 31), "preceding", gives=dt.date(2025, 5, 30), why="back"),
    case("BUSINESS_DAY", dt.date(2025, 5, 31), "none", gives=dt.date(2025, 5, 31), why="where it is"),
    case("BUSINESS_DAY", dt.date(2025, 6, 2), "preceding", gives=dt.date(2025, 6, 2), why="a business day"),
    case(
        *("BUSINESS_DAY", dt.date(2025, 5, 30), "modified following", [dt.date(2025, 5, 30), None]),
        gives=dt.date(2025, 5, 29),
        why="a holiday on the last Friday",
    ),
    case(
        *("BUSINESS_DAY", dt.date(2025, 12, 25), "following", [dt.date(2025, 12, 26), dt.date(2025, 12, 25)]),
        gives=dt.date(2025, 12, 29),
        why="two holidays and a weekend",
    ),
    # 11m a year on are worth 10m; with a cover of 1.25 that is 8m, and what comes after maturity does not count
    case("DEBT_CAPACITY", DEC_24, [DEC_25, JUN_26], [11e6, 9e6], 0.1, 1.25, DEC_25, gives=8e6, digits=6),
    case("DEBT_CAPACITY", DEC_24, [DEC_25], [11e6], 0.1, 1.25, gives=8e6, digits=6, why="no maturity"),
]


@pytest.mark.parametrize(("function", "arguments", "gives", "digits"), RATES + WORKED)
def test_worked_figure(function, arguments, gives, digits):
    answer = getattr(f, function)(*arguments)
    assert type(answer) is type(gives)
    if digits is not None:
        assert round(answer, digits) == gives
    elif isinstance(gives, float):
        assert answer == pytest.approx(gives, rel=1e-12, abs=1e-15)
    else:
        assert answer == gives


@pytest.mark.parametrize("spelled", ["Modified Following", " MF ", "mod. following", "modified_following"])
def test_a_convention_is_known_by_its_abbreviation(spelled):
    assert f.BUSINESS_DAY(dt.date(2025, 5, 31), spelled) == dt.date(2025, 5, 30)


def test_business_day_over_a_column_of_days():
    days = [[dt.date(2025, 5, 30)], [dt.date(2025, 5, 31)], [None], ["#N/A"]]
    assert f.BUSINESS_DAY(days) == [[dt.date(2025, 5, 30)], [dt.date(2025, 5, 30)], ["#VALUE!"], ["#N/A"]]


def test_rates_of_a_row_of_periods_are_those_of_each():
    starts, ends = [june(6), june(10), june(24), june(3)], [june(10), june(20), june(28), june(5)]
    row = f.RATE_COMPOUNDED(WEEKDAYS, FIXINGS, [starts], [ends], 2)
    alone = [f.FUNCTIONS["RATE_COMPOUNDED"].in_cell(WEEKDAYS, FIXINGS, *period, 2) for period in zip(starts, ends)]  # noqa: B905 - as many
    assert row == [alone]
    assert alone[2:] == ["#N/A", "#N/A"]  # the 26th needs the 24th's fixing, the 3rd that of 30 May


# ---- Dates


def test_payment_dates():
    def dates(*arguments):
        return [day.isoformat() for [day] in f.PAYMENT_DATES(*arguments)]

    # a month-end stays a month-end, whatever the length of the month
    assert dates(dt.date(2024, 11, 30), DEC_25, 3) == [
        *("2024-11-30", "2025-02-28", "2025-05-31", "2025-08-31", "2025-11-30"),
    ]
    # the 30th comes back after February
    assert dates(dt.date(2024, 12, 30), dt.date(2025, 4, 30), 1) == [
        *("2024-12-30", "2025-01-30", "2025-02-28", "2025-03-30", "2025-04-30"),
    ]
    # Sunday 31-Aug-2025 and Sunday 30-Nov would follow into the next month; Saturday 31-May turns back, too
    assert dates(dt.date(2025, 5, 31), DEC_25, 3, "modified following") == ["2025-05-30", "2025-08-29", "2025-11-28"]
    assert dates(dt.date(2025, 5, 31), DEC_25, 3, "following") == ["2025-06-02", "2025-09-01", "2025-12-01"]
    assert dates(dt.date(2025, 5, 31), DEC_25, 3, "following", [[dt.date(2025, 9, 1)], [None]])[1] == "2025-09-02"
    # a last date that is moved past the end is still there, and the first of the next period is not
    assert dates(dt.date(2025, 2, 28), dt.date(2025, 5, 31), 3, "following") == ["2025-02-28", "2025-06-02"]
    assert f.PAYMENT_DATES(DEC_24, DEC_24, 6) == DEC_24  # a single date is a single cell


def test_a_thousand_payment_dates_and_no_more():
    assert len(f.PAYMENT_DATES(dt.date(1950, 1, 31), dt.date(2033, 4, 30), 1)) == 1000
    with pytest.raises(CellError, match="gives 1,001 dates: at most 1000 are allowed") as caught:
        f.PAYMENT_DATES(dt.date(1950, 1, 31), dt.date(2033, 5, 31), 1)
    assert caught.value.code == "#NUM!"


# ---- Tranches

HEADER = [
    *("Date", "Opening", "Advance", "Capitalised", "Repayment", "Closing", "Rate"),
    *("Interest accrued", "Interest paid"),
]
QUARTERS = [MAR_25, JUN_25, SEP_25, DEC_25]
STEPS = [[DEC_24, 0.05], [MAR_25, 0.04]]


def schedule(*arguments):
    header, *rows = f.TRANCHE_SCHEDULE(*arguments)
    assert header == HEADER
    return rows


def close(*row):
    return [pytest.approx(cell, rel=1e-12, abs=1e-9) if isinstance(cell, float | int) else cell for cell in row]


def test_the_contracts_tranche():
    margins = [[DEC_24, 0.0475], [JUN_25, 0.0425]]
    rows = schedule([[DEC_24, 10e6]], [[DEC_25, "balance"]], STEPS, QUARTERS, margins, None, JUN_25)
    assert [row[0] for row in rows] == [DEC_24, *QUARTERS]
    assert round(rows[2][5], 4) == 10_470_321.8316  # 10m × (1 + 9.75% × 90/360) × (1 + 8.75% × 91/360)
    assert round(rows[3][8], 4) == 220_749.2853  # that × 8.25% × 92/360
    assert rows[2][5] == pytest.approx(10e6 * (1 + 0.0975 / 4) * (1 + 0.0875 * 91 / 360), rel=1e-14)


def test_every_kind_of_event_by_hand():
    """Two advances, a reset inside a period, a margin that starts late, a floor, instalments, actual days over 360."""
    rows = schedule(
        [[DEC_24, 6e6], [dt.date(2025, 2, 14), 3e6]],
        [[JUN_25, 4e6], [dt.date(2025, 8, 15), 1e6], [SEP_25, "balance"]],
        [[DEC_24, 0.01], [dt.date(2025, 5, 1), 0.03]],
        [MAR_25, JUN_25, SEP_25],
        [[MAR_25, 0.04]],
        0.015,
        None,
        None,
        1234.5,
    )
    accrued = [
        6e6 * 0.015 * 45 / 360,  # at the floor, before the first margin
        9e6 * 0.015 * 45 / 360,
        9e6 * 0.055 * 31 / 360,  # floor and margin
        9e6 * 0.07 * 60 / 360,  # the reset of 1 May
        5e6 * 0.07 * 46 / 360,
        4e6 * 0.07 * 46 / 360,
    ]
    assert rows == [
        close(DEC_24, 0, 6e6, 0, 0, 6e6, 0.015, 0, 0),
        close(dt.date(2025, 2, 14), 6e6, 3e6, 0, 0, 9e6, 0.015, accrued[0], 0),
        close(MAR_25, 9e6, 0, 0, 0, 9e6, 0.015, accrued[1], 1234.5 + accrued[0] + accrued[1]),
        close(dt.date(2025, 5, 1), 9e6, 0, 0, 0, 9e6, 0.055, accrued[2], 0),
        close(JUN_25, 9e6, 0, 0, 4e6, 5e6, 0.07, accrued[3], accrued[2] + accrued[3]),
        close(dt.date(2025, 8, 15), 5e6, 0, 0, 1e6, 4e6, 0.07, accrued[4], 0),
        close(SEP_25, 4e6, 0, 0, 4e6, 0, 0.07, accrued[5], accrued[4] + accrued[5]),
    ]


def test_interest_is_capitalised_before_that_days_repayment():
    [_, middle, last] = schedule(
        [[DEC_24, 100]], [[JUN_25, 105], [DEC_25, 0]], [[DEC_24, 0.1]], [JUN_25, DEC_25], None, None, JUN_25, "30/360"
    )
    assert middle == close(JUN_25, 100, 0, 5, 105, 0, 0.1, 5, 0)
    assert last == close(DEC_25, 0, 0, 0, 0, 0, 0.1, 0, 0)


def test_interest_accrued_before_capitalisation_ends_is_paid_on_the_payment_date_after_it():
    rows = schedule(
        *([[DEC_24, 100]], [[DEC_25, "balance"]], [[DEC_24, 0.1]], [JUN_25, DEC_25], None, None),
        *(JUN_25 - DAY, "30/360"),
    )
    assert [row[3] for row in rows] == [0, 0, 0]
    assert [row[8] for row in rows] == close(0, 5, 5)


def test_balance_more_than_once_and_an_advance_on_its_day():
    """The whole is repaid on 30 June and drawn again that day; what is drawn then is not repaid at once."""
    rows = schedule(
        *([[DEC_24, 10], [JUN_25, 20]], [[JUN_25, "balance"], [DEC_25, "Balance"], [DEC_25, "balance"]]),
        *([[DEC_24, 0.1]], [JUN_25, DEC_25], None, None, None, "30/360"),
    )
    assert rows == [
        close(DEC_24, 0, 10, 0, 0, 10, 0.1, 0, 0),
        close(JUN_25, 10, 20, 0, 10, 20, 0.1, 0.5, 0.5),
        close(DEC_25, 20, 0, 0, 20, 0, 0.1, 1, 1),
    ]


def test_an_advance_may_pay_an_instalment_of_its_own_day():
    rows = schedule([[DEC_24, 10]], [[DEC_24, 4], [JUN_25, 6]], [[DEC_24, 0.1]], [JUN_25], None, None, None, "30/360")
    assert rows[0] == close(DEC_24, 0, 10, 0, 4, 6, 0.1, 0, 0)


def test_rows_of_a_revolver_before_between_and_after():
    """A row for each date, drawn or not; the last payment date is the last row, whatever the tables hold after it."""
    rows = schedule(
        *([[MAR_25, 10]], [[MAR_25 + DAY, "balance"], [DEC_25, "balance"]]),
        *([[DEC_24, 0.1], [JUN_26, 0.2]], [DEC_24, JUN_25, SEP_25], [[JUN_26, 0.1]]),
    )
    assert [row[0] for row in rows] == [DEC_24, MAR_25, MAR_25 + DAY, JUN_25, SEP_25]
    assert [row[8] for row in rows] == close(0, 0, 0, 10 * 0.1 / 360, 0)


def test_amounts_of_one_day_add_up():
    rows = schedule(
        *([[DEC_24, 1], [DEC_24, 2]], [[JUN_25, 1], [JUN_25, 2]], [[DEC_24, 0.1]], [JUN_25, JUN_25]),
    )
    assert [row[2] for row in rows] == [3, 0]
    assert [row[4] for row in rows] == [0, 3]


def test_thirds_are_repaid_to_the_last():
    third = [[day, 10e6 / 3] for day in QUARTERS[:3]]
    assert schedule([[DEC_24, 10e6]], third, STEPS, QUARTERS)[-1][5] == 0


def test_sculpted_debt_of_the_contract():
    header, *rows = f.SCULPTED_DEBT(DEC_24, [JUN_25, DEC_25, JUN_26], [10e6, 12e6, 8e6], 0.08, 1.3)
    assert header == ["Date", "Cash", "Debt service", "Interest", "Principal", "Closing"]
    assert rows[0] == [DEC_24, 0, 0, 0, 0, rows[0][5]]
    assert round(rows[0][5], 4) == 21_383_864.6940
    assert [round(row[4], 4) for row in rows[1:]] == [6_832_201.1346, 8_635_767.8763, 5_915_895.6830]
    assert rows[1][3] == pytest.approx(rows[0][5] * 0.08 * 181 / 360, rel=1e-12)
    assert [row[2] for row in rows[1:]] == [10e6 / 1.3, 12e6 / 1.3, 8e6 / 1.3]
    assert rows[3][5] == 0


@pytest.mark.parametrize("maturity", [DEC_25, JUN_26 - DAY], ids=["on a date", "between dates"])
def test_sculpted_debt_by_hand_with_rates_and_covers_of_their_own(maturity):
    """110 at 1.1 and 150 at 1.25 serve 100 and 120; at 10% and 20% a half-year the debt is (100 + 120 ÷ 1.2) ÷ 1.1."""
    days = [JUN_25, DEC_25, JUN_26]
    rows = f.SCULPTED_DEBT(
        DEC_24, days, [110, 150, 999], [0.2, 0.4, 0.9], [1.1, 1.25, 1], basis="30/360", maturity=maturity
    )[1:]
    debt = 200 / 1.1
    assert rows == [
        close(DEC_24, 0, 0, 0, 0, debt),
        close(JUN_25, 110, 100, debt * 0.1, 100 - debt * 0.1, 100),
        close(DEC_25, 150, 120, 20, 100, 0),
        close(JUN_26, 999, 0, 0, 0, 0),  # after maturity
    ]


def test_cash_below_zero_serves_nothing_and_the_interest_grows_the_debt():
    rows = f.SCULPTED_DEBT(DEC_24, [JUN_25, DEC_25], [-50, 121], 0.2, 1, "30/360")[1:]
    assert rows == [
        close(DEC_24, 0, 0, 0, 0, 100),
        close(JUN_25, -50, 0, 10, -10, 110),
        close(DEC_25, 121, 121, 11, 110, 0),
    ]


def test_waterfall_of_equal_ranks():
    claims = [["Senior A", 60, 2], ["Fees", 10, 1], ["Senior B", 30, 2], ["Reserve", 5, 3]]
    assert f.CASH_WATERFALL(55, claims) == [
        ["Claim", "Due", "Paid", "Unpaid"],
        ["Senior A", 60.0, 30.0, 30.0],
        ["Fees", 10.0, 10.0, 0.0],
        ["Senior B", 30.0, 15.0, 15.0],
        ["Reserve", 5.0, 0.0, 5.0],
        ["Left", "", 0.0, ""],
    ]
    assert f.CASH_WATERFALL(200, claims)[-1] == ["Left", "", 95.0, ""]
    blank = [[*row[:2], None] for row in claims]
    assert f.CASH_WATERFALL(55, blank) == f.CASH_WATERFALL(55, [row[:2] for row in claims])
