"""What an error of today's functions says: one line with function, argument, value and what would be right."""

import datetime as dt

import pytest

from drawstop import functions as f
from drawstop.functions import CellError

DEC_24, MAR_25, JUN_25 = dt.date(2024, 12, 31), dt.date(2025, 3, 31), dt.date(2025, 6, 30)
SEP_25, DEC_25, JUN_26 = dt.date(2025, 9, 30), dt.date(2025, 12, 31), dt.date(2026, 6, 30)
DAY = dt.timedelta(days=1)
WEEKDAYS = [dt.date(2024, 6, 3) + (n + 2 * (n // 5)) * DAY for n in range(15)]
FIXINGS = [0.0533] * 15
STEPS = [[DEC_24, 0.05], [MAR_25, 0.04]]
QUARTERS = [MAR_25, JUN_25, SEP_25, DEC_25]


def june(day):
    return dt.date(2024, 6, day)


LOAN = ([[DEC_24, 10e6]], [[DEC_25, "balance"]], STEPS, QUARTERS)
UNPAID = "after the last payment date 2025-12-31, so that its interest has no date to be paid"
CAPITALISED = 10e6 * ((1 + 0.05 * 90 / 360) * (1 + 0.04 * 91 / 360) * (1 + 0.04 * 92 / 360) ** 2 - 1)
WRONG = [
    (
        "RATE_COMPOUNDED",
        (None, None, june(6), june(10)),
        "#VALUE!",
        "dates is blank: it must hold the dates of the fixings",
    ),
    (
        "RATE_COMPOUNDED",
        (WEEKDAYS, FIXINGS, june(10), june(6)),
        "#NUM!",
        "end_date 2024-06-06 must not be before start_date",
    ),
    (
        *("RATE_COMPOUNDED", (WEEKDAYS, FIXINGS, june(10), june(10)), "#NUM!"),
        "end_date 2024-06-10 must be after start_date: a period of no days has no rate",
    ),
    (
        *("RATE_COMPOUNDED", (WEEKDAYS, FIXINGS, dt.date(2024, 6, 2), june(6)), "#N/A"),
        "start_date 2024-06-02 must not be before the first of the dates: there is no fixing for it",
    ),
    (
        *("RATE_COMPOUNDED", (WEEKDAYS, [*FIXINGS[:6], None, *FIXINGS[7:]], june(10), june(14)), "#N/A"),
        "fixings hold none for 2024-06-11, which the period needs",
    ),
    (
        *("RATE_COMPOUNDED", (WEEKDAYS, FIXINGS, june(20), june(27)), "#N/A"),
        "fixings hold none for 2024-06-24, which the period needs",
    ),
    (  # two business days before Tuesday 4 June was Friday 31 May
        *("RATE_COMPOUNDED", (WEEKDAYS, FIXINGS, june(4), june(7), 2), "#N/A"),
        "fixings hold none for 2024-05-31, which the period needs",
    ),
    (
        *("RATE_COMPOUNDED", (WEEKDAYS, FIXINGS, june(4), june(7), 2, True), "#N/A"),
        "fixings hold none for 2024-05-31, which the period needs",
    ),
    (
        *("RATE_COMPOUNDED", ([june(6), june(6)], [0.05, 0.05], june(6), june(7)), "#VALUE!"),
        "dates holds 2024-06-06 twice: dates must be unique",
    ),
    (
        *("RATE_COMPOUNDED", (WEEKDAYS, FIXINGS, june(6), june(7), 1.5), "#NUM!"),
        "lookback 1.5 must be a whole number of business days, 0 to 250",
    ),
    (
        *("TRANCHE_SCHEDULE", (*LOAN[:2], [[MAR_25, 0.05]], QUARTERS), "#NUM!"),
        "advances hold 2024-12-31, before the first rate of 2025-03-31",
    ),
    (
        *("TRANCHE_SCHEDULE", (*LOAN[:3], [dt.date(2024, 9, 30), *QUARTERS]), "#NUM!"),
        "payment_dates hold 2024-09-30, before the first rate of 2024-12-31",
    ),
    (
        *("TRANCHE_SCHEDULE", (LOAN[0], [[JUN_25, 11e6]], *LOAN[2:]), "#NUM!"),
        "repayments on 2025-06-30 are 1,000,000.00 more than the 10,000,000.00 owed",
    ),
    (
        *("TRANCHE_SCHEDULE", (LOAN[0], [[JUN_25, 4e6]], *LOAN[2:]), "#NUM!"),
        f"repayments leave 6,000,000.00 owed {UNPAID}",
    ),
    (  # the year's interest is capitalised and never repaid
        *("TRANCHE_SCHEDULE", (LOAN[0], [[DEC_25, 10e6]], *LOAN[2:], None, None, DEC_25), "#NUM!"),
        f"repayments leave {CAPITALISED:,.2f} owed {UNPAID}",
    ),
    (
        *("TRANCHE_SCHEDULE", ([*LOAN[0], [JUN_26, 1e6]], *LOAN[1:]), "#NUM!"),
        "advances hold one on 2026-06-30, after the last payment date 2025-12-31: it stays owed, with its interest",
    ),
    (
        *("TRANCHE_SCHEDULE", (LOAN[0], [*LOAN[1], [JUN_26, 1e6]], *LOAN[2:]), "#NUM!"),
        "repayments hold one on 2026-06-30, when nothing is owed after the last payment date 2025-12-31",
    ),
    (
        *("TRANCHE_SCHEDULE", (LOAN[0], [[DEC_25, "all"]], *LOAN[2:]), "#VALUE!"),
        "repayments column amount: item 1 'all' must be a number of US dollars, zero or more, or \"balance\"",
    ),
    (
        *("TRANCHE_SCHEDULE", (LOAN[0], [[DEC_25, -1]], *LOAN[2:]), "#NUM!"),
        'repayments column amount: item 1 -1 must be a number of US dollars, zero or more, or "balance"',
    ),
    ("TRANCHE_SCHEDULE", (*LOAN[:2], None, QUARTERS), "#VALUE!", "rates is blank: it must hold dates and rates"),
    (
        *("TRANCHE_SCHEDULE", (*LOAN[:3], None), "#VALUE!"),
        "payment_dates is blank: it must hold the dates of payment",
    ),
    ("TRANCHE_SCHEDULE", (*LOAN, None, [0.01, 0.02]), "#VALUE!", "floor must be a single cell here"),
    (
        *("TRANCHE_SCHEDULE", (*LOAN[:2], [[DEC_24, None]], QUARTERS), "#VALUE!"),
        "rates column rate: item 1 is blank: it must be a rate as a decimal (0.0225), above -1 and at most 1",
    ),
    (
        "SCULPTED_DEBT",
        (DEC_24, None, None, 0.08, 1.3),
        "#VALUE!",
        "dates is blank: it must hold the ends of the periods",
    ),
    (
        *("SCULPTED_DEBT", (JUN_25, [JUN_25, DEC_25], [1, 1], 0.08, 1.3), "#NUM!"),
        "start_date 2025-06-30 must be before 2025-06-30, the first of the dates",
    ),
    (
        *("SCULPTED_DEBT", (DEC_24, [JUN_25], [1], 0.08, 1.3, None, DEC_24 - DAY), "#NUM!"),
        "maturity 2024-12-30 must not be before start_date",
    ),
    (
        "SCULPTED_DEBT",
        (DEC_24, [JUN_25], [1], None, 1.3),
        "#VALUE!",
        "rate is blank: it must be a rate as a decimal (0.0225), above -1 and at most 1",
    ),
    ("SCULPTED_DEBT", (DEC_24, [JUN_25], [1], 0.08, 0), "#NUM!", "dscr 0 must be a number above 0"),
    (
        *("SCULPTED_DEBT", (DEC_24, [JUN_25, DEC_25], [1, 1], [0.08, None], 1.3), "#VALUE!"),
        "rate item 2 is blank: it must be a rate as a decimal (0.0225), above -1 and at most 1",
    ),
    (
        *("SCULPTED_DEBT", (DEC_24, [DEC_25, JUN_25, DEC_25], [1, 1, 1], 0.08, 1.3), "#VALUE!"),
        "dates holds 2025-12-31 twice: dates must be unique",
    ),
    (
        *("SCULPTED_DEBT", (DEC_24, [dt.date(2035, 1, 1)], [1], -0.5, 1.3), "#NUM!"),
        "rate -0.5 takes more in a period than the whole debt",
    ),
    ("CASH_SWEEP", (8e6, 1.5, 20e6), "#NUM!", "share 1.5 must be a share from 0 to 1: write 1.5% or 0.015"),
    ("CASH_SWEEP", (8e6, None, 20e6), "#VALUE!", "share is blank: it must be a share from 0 to 1"),
    ("STREAM_OUNCES", (1, 0, None), "#VALUE!", "tiers is blank: it must hold limits and shares"),
    ("STREAM_OUNCES", (1, 0, [[None, 0.5], [9, 0.1]]), "#VALUE!", "tiers must have a limit in every row but the last"),
    ("STREAM_OUNCES", (1, 0, [[9, 0.5], [9, 0.1]]), "#NUM!", "tiers must have limits that rise from row to row"),
    (
        *("STREAM_OUNCES", (1, 0, [[9, None]]), "#VALUE!"),
        "tiers column share: item 1 is blank: it must be a share from 0 to 1",
    ),
    ("COLLAR_SETTLEMENT", (1, 1, 1, None), "#VALUE!", "spot is blank: it must be a price above 0"),
    ("OPTION_VALUE", ("swap", 1, 1, 0.1, 1, 0), "#VALUE!", 'kind \'swap\' must be "put" or "call"'),
    ("OPTION_VALUE", ("put", 0, 1, 0.1, 1, 0), "#NUM!", "strike 0 must be a price above 0"),
    ("PAYMENT_DATES", (DEC_25, DEC_24, 3), "#NUM!", "last 2024-12-31 must not be before first"),
    ("PAYMENT_DATES", (DEC_24, DEC_25, 0), "#NUM!", "months 0 must be a whole number of months, 1 to 1200"),
    (
        *("BUSINESS_DAY", (DEC_24, "nearest"), "#VALUE!"),
        'convention \'nearest\' must be "none", "following", "modified following" or "preceding"',
    ),
    (
        *("COVENANT_COMPLIES", (1,), "#VALUE!"),
        "minimum is blank, and so is maximum: a covenant needs one of them or both",
    ),
    ("COVENANT_HEADROOM", (None, 1), "#VALUE!", "actual is blank: it must be a number"),
    (
        "CASH_WATERFALL",
        (1, [["Fees", 1, 1], ["Tax", 1, None]]),
        "#VALUE!",
        "claims must have a rank in every row, or in none",
    ),
    ("CASH_WATERFALL", (1, [["Fees"]]), "#VALUE!", "claims must be a table of 2 or 3 columns (name, due, [rank])"),
    (
        "DEBT_CAPACITY",
        (DEC_25, [JUN_26], [1], 0.1, 1.2, JUN_25),
        "#NUM!",
        "maturity 2025-06-30 must not be before as_of",
    ),
]


@pytest.mark.parametrize(("name", "arguments", "code", "text"), WRONG, ids=lambda value: str(value)[:40])
def test_message(name, arguments, code, text):
    with pytest.raises(CellError) as caught:
        getattr(f, name)(*arguments)
    assert caught.value.message == f"{name}: {text}"
    assert caught.value.code == code
    assert f.EXPLAIN(name, *arguments) == caught.value.message


@pytest.mark.parametrize("count", [1000, 1001])
def test_a_thousand_instalments_and_no_more(count):
    days = [DEC_24 + n * DAY for n in range(1, count + 1)]
    calls = [
        lambda: f.SCULPTED_DEBT(DEC_24, days, [1.0] * count, 0.08, 1.3),
        lambda: f.TRANCHE_SCHEDULE([[DEC_24, 1000]], [[days[-1], "balance"]], [[DEC_24, 0.05]], days),
        lambda: f.TRANCHE_SCHEDULE([[DEC_24, count]], [[day, 1] for day in days], [[DEC_24, 0.05]], days[-1]),
    ]
    for call in calls:
        if count == 1000:
            assert call()[-1][0] == days[-1]
            continue
        with pytest.raises(CellError, match="must be at most 1000") as caught:
            call()
        assert caught.value.code == "#NUM!"
