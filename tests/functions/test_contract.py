"""Worked figures: those of the functions' contract, exact to the digits shown, and those the filing states.

The functions' contract is what ``drawstop/FUNCTIONS.md`` and the readings, ``drawstop/facilities/readings.toml``, say
of each function. A worked figure can be checked by hand: the arithmetic is beside it. The filing is USMX, Inc.,
Form 8-K of 24 July 1996; "10-Q" is its report for the quarter to 30 September 1996.
"""

import datetime as dt

import pytest

from drawstop import functions as f
from drawstop.functions import CellError

SIGNING = dt.date(1996, 7, 11)
SEP_96, DEC_96 = dt.date(1996, 9, 30), dt.date(1996, 12, 31)
JUN_97, SEP_97, DEC_97 = dt.date(1997, 6, 30), dt.date(1997, 9, 30), dt.date(1997, 12, 31)
COMPLETION = dt.date(1997, 11, 15)
NOT_YET = None


def case(function, *arguments, gives, digits=None, source="contract"):
    """A case with its name, arguments, result, the decimals shown (all, if None) and where it stands."""
    return pytest.param(function, arguments, gives, digits, id=f"{function}-{gives}-{source}".replace(" ", "_"))


# ---- Figures that are worked in the contract

WORKED = [
    case("PROCEEDS_MIN", 2.1e6, 360e3, 400e3, 150e3, gives=2_900_000.0),  # 2.1m + the cap of 250k + 400k + 150k
    case("PROCEEDS_MIN", 900e3, 100e3, 0, 0, gives=1_600_000.0),  # the floor of 1.5m + 100k
    case(
        *("FORMULA_AMOUNT", SEP_96, [SEP_96, DEC_96, JUN_97], [9e9, 2e6, 3e6], 0.10, 1),
        gives=4_746_110.1375,  # 2m ÷ 1.1^(92 ÷ 365) + 3m ÷ 1.1^(273 ÷ 365)
        digits=4,
    ),
    case(
        *("LOAN_INTEREST", 10e6, SEP_97, DEC_97, 0.0575, COMPLETION),
        gives=199_652.7778,  # 10m × (46 days × 8.000 % + 46 days × 7.625 %) ÷ 360
        digits=4,
    ),
    case("LOAN_INTEREST", 19.5e6, SIGNING, SEP_96, 0.056875, gives=348_257.8125),  # 19.5m × 7.9375 % × 81 ÷ 360
    case("COMMITMENT_FEE", 19.5e6, 5e6, SIGNING, SEP_96, gives=16_312.50),  # 14.5m × 0.5 % × 81 ÷ 360
    case("GOLD_LOAN_OUNCES", 382.70, gives=50_953.7497, digits=4),  # 19.5m ÷ 382.70
    case("GOLD_FORWARD", 382.70, 0.056875, 0.015, 90, gives=386.69142, digits=5),  # 382.70 × 1.01421875 ÷ 1.00375
    case("EQUITY_CURE", 15e6, 9e6, 16e6, 30e6, gives=3_000_000.0),  # 2 × 9m − 15m; 1.5m and 1.14m cure the others
    case("ADVANCE_ROYALTY", 149.7, 161.5, gives=323_647.2946, digits=4),  # 300,000 × 161.5 ÷ 149.7
    case("GOLD_EQUIVALENT", 60_000, 100_000, 382.70, 5.0975, gives=61_331.983, digits=3),  # silver at 5.0975 ÷ 382.70
    case("SHARES_ISSUED", 3_000_000, 2.75, gives=1_090_909.0),  # 3m ÷ 2.75 = 1,090,909.09
    case("OWNERSHIP", 1_540_663, 16_184_182, gives=0.095196, digits=6),  # their quotient
    case("ESTABLISHMENT_FEE", gives=292_500.0),  # 19.5m × 1.5 %
    case("CONVERSION_SHARES", gives=735_294.0),  # 2.5m ÷ 3.40 = 735,294.1
]

# ---- Figures that the filing states, or that follow from its words

FILING = [
    case("ESTABLISHMENT_FEE", 19.5e6, 0.015, gives=292_500.0, source="5(a) paragraph 3"),
    case("CONVERSION_SHARES", 2.5e6, 3.40, gives=735_294.0, source="5(a) paragraph 4"),
    case("SHARES_ISSUED", 3_000_000, [2.50, 3.00, 2.75], gives=1_090_909.0, source="2(a) paragraph 1, average 2.75"),
    case("OWNERSHIP", 449_754 + 1_090_909, 16_184_182, gives=0.095, digits=3, source="2(a) paragraph 2 and 10-Q"),
    case("PRODUCTION_DEADLINE", gives=dt.date(1997, 12, 16), source="2(a) paragraph 5"),
    case("PRODUCTION_DEADLINE", 1, gives=dt.date(1998, 12, 16), source="2(a) paragraph 5, one extension"),
    case("PRODUCTION_DEADLINE", 2, gives=dt.date(1999, 12, 16), source="2(a) paragraph 5, end of the agreement"),
    case("LOAN_MARGIN", SIGNING, gives=0.0225, source="5(a) paragraph 2, until Completion"),
    case("LOAN_MARGIN", COMPLETION, COMPLETION, gives=0.01875, source="5(a) paragraph 2, thereafter"),
    case("PROCEEDS_MIN", 0, 0, 0, 0, gives=1_500_000.0, source="5(a) paragraph 1 (I)"),
    case("PROCEEDS_MIN", 0, 1e9, 0, 0, gives=1_750_000.0, source="5(a) paragraph 1 (II)"),
    case("PROCEEDS_SHORTFALL", 7_484_000, 8_984_000, gives=1_500_000.0, source="5(a) paragraph 1 and 10-Q"),
    case("COMMITMENT_FEE", 19.5e6, 0, SIGNING, dt.date(1997, 7, 6), gives=97_500.0, source="5(a) paragraph 3"),
    case("NOTE_INTEREST", SIGNING, dt.date(1997, 7, 6), 0.05, gives=175_000.0, digits=6, source="5(a) paragraph 4"),
    case("ADVANCE_ROYALTY", 1, 1, gives=300_000.0, source="2(a) paragraph 5"),
    case("ROYALTY_DUE", 1_000_000, gives=50_000.0, source="2(a) paragraph 3"),
    case("BACK_IN_PRICE", 10_000_000, gives=3_000_000.0, source="2(a) paragraph 4, 120 per cent of a quarter"),
    case("BACK_IN_OPEN", 1_414_000, 414_000, gives=True, source="2(a) paragraph 4"),
    case("BACK_IN_OPEN", 1_413_999, 414_000, gives=False, source="2(a) paragraph 4"),
    case("COVENANT_CURRENT_RATIO", 2.0, 1.0, gives=True, source="5(a) paragraph 9 (a)"),
    case("COVENANT_CURRENT_RATIO", 1.99, 1.0, gives=False, source="5(a) paragraph 9 (a)"),
    case("COVENANT_TANGIBLE_EQUITY", 17_500_000, gives=True, source="5(a) paragraph 9 (b)"),
    case("COVENANT_TANGIBLE_EQUITY", 17_499_999, gives=False, source="5(a) paragraph 9 (b)"),
    case("COVENANT_LIABILITIES", 175, 100, gives=True, source="5(a) paragraph 9 (c)"),
    case("COVENANT_LIABILITIES", 176, 100, gives=False, source="5(a) paragraph 9 (c)"),
    case("MILESTONE", dt.date(1997, 7, 30), dt.date(1997, 7, 31), gives="pending", source="5(a) paragraph 7"),
    case("GOLD_LOAN_OUNCES", 390.0, gives=50_000.0, source="5(a) paragraph 1, 19.5 million over the price"),
]


@pytest.mark.parametrize(("function", "arguments", "gives", "digits"), WORKED + FILING)
def test_worked_figure(function, arguments, gives, digits):
    answer = getattr(f, function)(*arguments)
    assert type(answer) is type(gives)
    assert answer == gives if digits is None else round(answer, digits) == gives


def test_the_whole_facility_is_the_loan_and_the_note():
    # 5(a) paragraph 1: 22 million; the establishment fee is a round part of the loan alone
    assert f.ESTABLISHMENT_FEE(22e6 - 2.5e6) == 292_500


def test_instalments_are_eight_on_the_two_dates_of_each_year():
    # 5(a) paragraph 2
    dates = [[dt.date(year, *day)] for year in range(1997, 2001) for day in [(9, 30), (12, 31)]]
    assert f.INSTALMENT_DATES() == dates
    assert f.INSTALMENTS(19.5e6, dates) == [[2_437_500.0]] * 8


def test_the_four_limbs_stand_apart():
    items = f.PROCEEDS_MIN_ITEMS(2.1e6, 360e3, 400e3, 150e3)
    assert [value for _, value in items] == [2.1e6, 250e3, 400e3, 150e3, 2.9e6]
    assert [label.split()[0] for label, _ in items] == ["(I)", "(II)", "(III)", "(IV)", "Minimum"]


# ---- DUE_WITHIN: the last day of the window is in, the day after is out, the as-of date is out


@pytest.mark.parametrize(
    ("as_of", "last"),
    [
        pytest.param(dt.date(1996, 9, 30), dt.date(1996, 12, 31), id="30-Sep to 31-Dec"),
        pytest.param(dt.date(1996, 11, 30), dt.date(1997, 2, 28), id="30-Nov to 28-Feb"),
        pytest.param(dt.date(1996, 1, 15), dt.date(1996, 4, 15), id="15-Jan to 15-Apr"),
        pytest.param(dt.date(1995, 11, 30), dt.date(1996, 2, 29), id="30-Nov to 29-Feb"),
        pytest.param(dt.date(1997, 2, 28), dt.date(1997, 5, 31), id="28-Feb to 31-May"),
        pytest.param(dt.date(1996, 2, 28), dt.date(1996, 5, 28), id="28-Feb of a leap year to 28-May"),
        pytest.param(dt.date(1996, 11, 29), dt.date(1997, 2, 28), id="29-Nov to 28-Feb, no day overshoots"),
        pytest.param(dt.date(1999, 12, 31), dt.date(2000, 3, 31), id="31-Dec to 31-Mar"),
    ],
)
def test_window_of_three_months(as_of, last):
    day = dt.timedelta(days=1)
    assert f.DUE_WITHIN(as_of, [as_of, as_of + day, last, last + day], [1, 10, 100, 1000]) == 110


# ---- Sentences of the contract that name a result

SENTENCES = [
    # Proceeds Account
    case("PROCEEDS_AVAILABLE", 3e6, 2.9e6, JUN_97, NOT_YET, 60e3, gives=60e3, source="interest of the note"),
    case("PROCEEDS_AVAILABLE", 3e6, 2.98e6, JUN_97, NOT_YET, 60e3, gives=20e3, source="the minimum comes first"),
    case("PROCEEDS_AVAILABLE", 3e6, 3.1e6, JUN_97, NOT_YET, 60e3, gives=0.0, source="below the minimum"),
    case("PROCEEDS_AVAILABLE", 3e6, 2.9e6, COMPLETION, COMPLETION, gives=100e3, source="from Completion on"),
    case("PROCEEDS_AVAILABLE", 3e6, 2.9e6, SEP_97, COMPLETION, gives=0.0, source="Completion to come"),
    case("PROCEEDS_AVAILABLE", 3e6, 2.9e6, DEC_97, COMPLETION, 60e3, True, gives=0.0, source="in default"),
    case("FORMULA_AMOUNT", SEP_96, [DEC_96], [-5e6], 0.1, 1, gives=0.0, source="never negative"),
    case("PROCEEDS_SHORTFALL", 3e6, 2.9e6, gives=0.0, source="nothing short"),
    # Term loan
    case("LOAN_MARGIN", dt.date(1997, 11, 14), COMPLETION, gives=0.0225, source="the day before Completion"),
    case("ADVANCE_LIMIT", SEP_96, 12e6, 3e6, 2.9e6, gives=7.5e6, source="what is left of the credit"),
    case("ADVANCE_LIMIT", SEP_97, 12e6, 3e6, 2.9e6, gives=0.0, source="cut-off day excluded"),
    case("ADVANCE_LIMIT", dt.date(1997, 9, 29), 12e6, 3e6, 2.9e6, gives=7.5e6, source="the day before it"),
    case("ADVANCE_LIMIT", JUN_97, 12e6, 3e6, 2.9e6, JUN_97, gives=0.0, source="Mechanical Completion excluded"),
    case("ADVANCE_LIMIT", SEP_96, 12e6, 2.8e6, 2.9e6, gives=0.0, source="account below its minimum"),
    case("ADVANCE_LIMIT", SEP_96, 12e6, 2.9e6, 2.9e6, gives=7.5e6, source="account at its minimum"),
    case("ADVANCE_LIMIT", SEP_96, 12e6, 3e6, 2.9e6, NOT_YET, False, gives=0.0, source="a condition unmet"),
    case("ADVANCE_LIMIT", SEP_96, 12e6, 3e6, 2.9e6, NOT_YET, True, True, gives=0.0, source="in default"),
    case("AVERAGE_LIFE", SIGNING, [dt.date(1997, 7, 11), dt.date(1999, 7, 11)], [3, 1], gives=1.5, source="1×3 + 3×1"),
    # Gold
    case("GOLD_LOAN_ALLOWED", SEP_97, SEP_97, gives=True, source="from that date on"),
    case("GOLD_LOAN_ALLOWED", SEP_97, DEC_97, gives=False, source="not before it"),
    case("GOLD_LOAN_ALLOWED", SEP_97, gives=False, source="not yet in production"),
    case("GOLD_LOAN_INTEREST", 36_000, SIGNING, dt.date(1996, 7, 21), 0.02, 0.01, gives=30.0, source="10 days at 3 %"),
    case("GOLD_LOAN_EXPOSURE", 50_000, 400, 19.5e6, gives=500e3, source="ounces × price − dollars"),
    case("HEDGE_SETTLEMENT", 1_000, 400, 380, gives=20_000.0, source="positive to the seller"),
    case("HEDGE_SETTLEMENT", 1_000, 380, 400, gives=-20_000.0, source="negative to the seller"),
    # Convertible note
    case("CONVERSION_VALUE", 2.5e6, 4.00, gives=735_294 * 4.0, source="those shares at the market"),
    case("CONVERSION_PRICE_SPLIT", 3.40, 1, 2, gives=1.70, source="two for one"),
    case("CONVERSION_PRICE_DILUTED", 3.40, 16e6, 4e6, 1.70, gives=3.06, digits=12, source="3.4 × 18 ÷ 20"),
    case("CONVERSION_PRICE_DILUTED", 3.40, 16e6, 4e6, 5.00, gives=3.40, source="never above the price"),
    case("DILUTION", 1, 3, gives=0.25, source="new ÷ all"),
    # Covenants
    case("COVENANT_CURRENT_RATIO", 0, 0, gives=True, source="no current liabilities"),
    case("COVENANT_LIABILITIES", 1, 0, gives=False, source="no equity"),
    case("COVENANT_LIABILITIES", 0, 0, gives=True, source="no equity, no liabilities"),
    case("COVENANT_LIABILITIES", 0, -1, gives=True, source="negative equity, no liabilities"),
    case("HEADROOM_CURRENT_RATIO", 15e6, 9e6, gives=-1.5e6, source="assets ÷ 2 − liabilities"),
    case("HEADROOM_TANGIBLE_EQUITY", 16e6, gives=-1.5e6, source="equity − 17.5 million"),
    case("HEADROOM_LIABILITIES", 30e6, 16e6, gives=-2e6, source="1.75 × equity − liabilities"),
    case("EQUITY_CURE", 18e6, 9e6, 17.5e6, 30e6, gives=0.0, source="nothing to cure"),
    # NPMC agreement
    case("ROYALTY_DUE", -1_000_000, gives=0.0, source="a loss"),
    case("ROYALTY_DUE", 1_000_000, 0.05, 60_000, gives=0.0, source="credit above the royalty"),
    # Completion and the plan
    case("COMPLETION_DATE", JUN_97, SEP_97, COMPLETION, DEC_96, gives=COMPLETION, source="the latest test"),
    case("COMPLETION_DATE", JUN_97, SEP_97, SEP_97, DEC_96, DEC_97, gives=DEC_97, source="the last default cured"),
    case("MILESTONE", SEP_96, SEP_96, SEP_96, gives="met", source="on the deadline"),
    case("MILESTONE", DEC_96, SEP_96, DEC_96, gives="met late", source="after the deadline"),
    case("MILESTONE", SEP_96, SEP_96, gives="missed", source="unmet on the deadline day"),
    case("MILESTONE", SEP_96, DEC_96, DEC_96, gives="pending", source="achieved, but not known yet"),
    case("MILESTONE", DEC_96, SEP_96, JUN_97, gives="missed", source="achieved later, not known yet"),
    case("MATERIAL_DECLINE", 100, 89, gives=True, source="more than ten per cent"),
    case("MATERIAL_DECLINE", 100, 90, gives=False, source="ten per cent"),
    # Ratios
    case("LLCR", SEP_96, [SEP_96, SEP_97, JUN_97], [7e9, 11e6, 0], 0.1, 5e6, SEP_97, 1e6, gives=2.2, digits=12),
    case("PLCR", SEP_96, [SEP_96, SEP_97], [7e9, 11e6], 0.1, 5e6, 1e6, gives=2.2, digits=12),
    case("DEBT_CAPACITY", SEP_96, [SEP_96, SEP_97], [7e9, 11e6], 0.1, 1.25, gives=8e6, digits=6),
    case("RESERVE_TAIL", SEP_97, [SEP_97, DEC_97], [3, 1], gives=0.25, source="after maturity"),
]


@pytest.mark.parametrize(("function", "arguments", "gives", "digits"), SENTENCES)
def test_sentence(function, arguments, gives, digits):
    answer = getattr(f, function)(*arguments)
    assert type(answer) is type(gives)
    assert answer == gives if digits is None else round(answer, digits) == gives


ERRORS = [
    case("COMMITMENT_FEE", 19.5e6, 19.6e6, SIGNING, SEP_96, gives="#NUM!", source="outstanding above the credit"),
    case("LOAN_INTEREST", -1, SIGNING, SEP_96, 0.05, gives="#NUM!", source="negative principal"),
    case("LOAN_INTEREST", 1, SEP_96, SIGNING, 0.05, gives="#NUM!", source="end before start"),
    case("INSTALMENT_DATES", SEP_97, 1001, gives="#NUM!", source="more than 1,000 instalments"),
    case("INSTALMENTS", 1, [list(range(40_000, 41_001))], gives="#NUM!", source="more than 1,000 instalments"),
    case(
        "INSTALMENTS", 1, [SEP_97, DEC_97], "custom", None, None, [0.5, 0.6], gives="#NUM!", source="shares sum to 1.1"
    ),
    case("INSTALMENTS", 1, [SEP_97, DEC_97], "level", None, 0.1, gives="#VALUE!", source="no first day"),
    case("INSTALMENTS", 1, [SEP_97, DEC_97], "level", SIGNING, gives="#VALUE!", source="no rate"),
    case("INSTALMENTS", 1, [SEP_97, DEC_97], "custom", gives="#VALUE!", source="no shares"),
    case("FORCED_CONVERSION", [SEP_96], [9], gives="#N/A", source="trigger never met"),
    case("COMMERCIAL_PRODUCTION", [SEP_96], [9], 10, gives="#N/A", source="not achieved"),
    case("COMPLETION_DATE", JUN_97, SEP_97, None, DEC_96, gives="#N/A", source="a test is missing"),
    case("COMPLETION_DATE", JUN_97, SEP_97, SEP_97, DEC_96, None, True, gives="#N/A", source="a default stands"),
    case("CURRENT_RATIO", 1, 0, gives="#DIV/0!", source="no liabilities"),
    case("LIABILITIES_RATIO", 1, 0, gives="#DIV/0!", source="no equity"),
    case("DSCR", 1, 0, gives="#DIV/0!", source="no debt service"),
    case("LLCR", SEP_96, [DEC_96], [1], 0.1, 0, DEC_97, gives="#DIV/0!", source="no debt"),
    case("PLCR", SEP_96, [DEC_96], [1], 0.1, 0, gives="#DIV/0!", source="no debt"),
    case("PRODUCTION_DEADLINE", 3, gives="#NUM!", source="at most two extensions"),
    case("SHARES_ISSUED", 3e6, None, gives="#VALUE!", source="no price"),
    case("LOAN_SCHEDULE", [[SIGNING, 20e6]], None, [[SIGNING, 0.05]], gives="#NUM!", source="advances above credit"),
    case(
        *("LOAN_SCHEDULE", [[SIGNING, 1e6]], [[SEP_96, 2e6]], [[SIGNING, 0.05]]),
        gives="#NUM!",
        source="repayment above the balance",
    ),
    case(
        *("LOAN_SCHEDULE", [[SIGNING, 1e6], [SEP_96, 1e6]], [[SEP_96, 2e6]], [[SIGNING, 0.05]]),
        gives="#NUM!",
        source="repayment comes before the advance of its day",
    ),
    case(
        *("LOAN_SCHEDULE", [[SIGNING, 1e6]], [[SEP_96, 1e6]], [[dt.date(1996, 7, 12), 0.05]]),
        gives="#N/A",
        source="no fixing on or before the first day",
    ),
]


@pytest.mark.parametrize(("function", "arguments", "gives", "digits"), ERRORS)
def test_error_that_the_contract_names(function, arguments, gives, digits):
    assert digits is None
    with pytest.raises(CellError) as caught:
        getattr(f, function)(*arguments)
    assert caught.value.code == gives


def test_what_is_missing_for_completion_is_named():
    with pytest.raises(CellError, match=r"still missing: production, reserves$"):
        f.COMPLETION_DATE(JUN_97, None, SEP_97)
    with pytest.raises(CellError, match=r"still missing: production, reserves, an end of the default$"):
        f.COMPLETION_DATE(JUN_97, None, SEP_97, in_default=True)


# ---- Series of days


def days(first, count):
    return [first + dt.timedelta(days=n) for n in range(count)]


def test_commercial_production_after_forty_five_days_at_seventy_per_cent():
    # 2(a) paragraph 5: the 45th day in a row at not less than 70 per cent
    august = days(dt.date(1997, 8, 1), 50)
    assert f.COMMERCIAL_PRODUCTION(august, [70] * 50, 100) == august[44]
    assert f.COMMERCIAL_PRODUCTION(august, [69.9] + [70] * 49, 100) == august[45]
    assert f.COMMERCIAL_PRODUCTION(august[:3] + august[4:], [70] * 49, 100) == august[48]


@pytest.mark.parametrize("mode", ["daily", "average"])
def test_commercial_production_at_the_limit_in_floating_point(mode):
    august = days(dt.date(1997, 8, 1), 3)
    least = 0.7 * 4.1e9
    assert f.COMMERCIAL_PRODUCTION(august, [least * (1 - 1e-12)] * 3, 4.1e9, 3, 0.7, mode) == august[2]
    with pytest.raises(CellError):
        f.COMMERCIAL_PRODUCTION(august, [least * (1 - 1e-7)] * 3, 4.1e9, 3, 0.7, mode)


def test_commercial_production_on_average():
    august = days(dt.date(1997, 8, 1), 6)
    assert f.COMMERCIAL_PRODUCTION(august, [0, 100, 40, 70, 70, 70], 100, 3, 0.7, "average") == august[3]
    # 100, a day without a figure, 110: 210 over three days is 70 a day
    assert f.COMMERCIAL_PRODUCTION(august[:1] + august[2:3], [100, 110], 100, 3, 0.7, "average") == august[2]
    with pytest.raises(CellError, match="never reached"):  # no window of four days lies wholly inside three
        f.COMMERCIAL_PRODUCTION(august[:3], [400, 400, 400], 100, 4, 0.7, "average")


def test_conversion_is_forced_after_thirty_closes_above_the_trigger():
    # 5(a) paragraph 4: exceeds 4.75 for 30 consecutive trading days
    dates = days(SIGNING, 40)
    assert f.FORCED_CONVERSION(dates, [4.76] * 40) == dates[29]
    assert f.FORCED_CONVERSION(dates, [4.76, 4.75] + [4.76] * 38) == dates[31]
    assert f.FORCED_CONVERSION(dates, [4.76, None] + [4.76] * 38) == dates[30]  # a day without trading
    assert f.FORCED_CONVERSION(dates, [4.76] * 40, in_default=[[True] * 33 + [False] * 7]) == dates[33]
    assert f.FORCED_CONVERSION(dates[::-1], [4.76] * 40) == dates[29]
    closes = [4.76] * 29 + [None] + [4.76] * 10  # a day without trading cannot be the date
    assert f.FORCED_CONVERSION(dates, closes) == dates[30]


def test_run_that_stands_at_the_last_close():
    dates = days(SIGNING, 5)
    assert f.FORCED_CONVERSION_RUN(dates, [5, 4.75, 5, None, 5]) == 2
    assert f.FORCED_CONVERSION_RUN(dates, [5, 5, 5, 5, 4.75]) == 0
    assert f.FORCED_CONVERSION_RUN(dates, [5, 5, 4, 5, 5], 3.9) == 5


# ---- Tables


def test_covenant_report():
    assert f.COVENANT_REPORT(15e6, 9e6, 18e6, 2e6, 30e6) == [
        ["Covenant", "Actual", "Required", "Headroom", "Complies"],
        ["Current ratio, at least", 15 / 9, 2.0, -1.5e6, False],
        ["Tangible equity, at least", 16e6, 17.5e6, -1.5e6, False],
        ["Liabilities to tangible equity, at most", 1.875, 1.75, -2e6, False],
    ]


def test_covenant_report_without_denominators():
    report = f.COVENANT_REPORT(15e6, 0, 0, 0, 0)
    assert [row[1] for row in report[1:]] == ["#DIV/0!", 0.0, "#DIV/0!"]
    assert [row[4] for row in report[1:]] == [True, False, True]


def test_net_returns_takes_a_block_of_deductions():
    block = [[1, 2, 3], [10, 20, 30]]
    assert f.NET_RETURNS([[100, 200, 300]], block) == [[89.0, 178.0, 267.0]]
    assert f.NET_RETURNS([[100], [200], [300]], [list(row) for row in zip(*block, strict=True)]) == [
        [89.0],
        [178.0],
        [267.0],
    ]
    assert f.NET_RETURNS(100, block) == 34.0
    assert f.NET_RETURNS(100, 34) == 66.0


def test_royalty_schedule_uses_the_advance_from_its_own_date_on():
    year_ends = [dt.date(year, 12, 31) for year in (1997, 1998, 1999)]
    periods = [[day, 10e6, 2e6] for day in year_ends]  # net returns of 8 million: a royalty of 400,000
    schedule = f.ROYALTY_SCHEDULE(periods, 0.05, [[dt.date(1998, 12, 31), 500e3], [dt.date(2000, 1, 1), 7e3]])
    assert schedule[0] == ["Date", "Net returns", "Royalty", "Credit used", "Payable", "Credit left"]
    assert schedule[1:] == [
        [year_ends[0], 8e6, 400e3, 0.0, 400e3, 0.0],
        [year_ends[1], 8e6, 400e3, 400e3, 0.0, 100e3],
        [year_ends[2], 8e6, 400e3, 100e3, 300e3, 0.0],
    ]


def test_cash_waterfall():
    assert f.CASH_WATERFALL(100, [["Fees", 10], ["Interest", 60], ["Principal", 70], ["Reserve", 5]]) == [
        ["Claim", "Due", "Paid", "Unpaid"],
        ["Fees", 10.0, 10.0, 0.0],
        ["Interest", 60.0, 60.0, 0.0],
        ["Principal", 70.0, 30.0, 40.0],
        ["Reserve", 5.0, 0.0, 5.0],
        ["Left", "", 0.0, ""],
    ]
    assert f.CASH_WATERFALL(100, [["Fees", 10]])[-1] == ["Left", "", 90.0, ""]


def test_loan_schedule_by_hand():
    """Two advances, Completion, a fixing inside a period that waits for the next one, and a fee that ends on the way.

    8.3125 % is 6.0625 % and 2.25 %; ACT/360 throughout.
    """
    rows = f.LOAN_SCHEDULE(
        [[SIGNING, 6e6], [dt.date(1996, 8, 10), 3e6]],
        [[DEC_96, 4e6], [dt.date(1997, 2, 14), 5e6]],
        [[SIGNING, 0.0525], [dt.date(1996, 8, 1), 0.06], [SEP_96, 0.0565]],
        SIGNING,
        dt.date(1996, 12, 1),
        10e6,
        0.0225,
        0.0175,
        0.005,
        dt.date(1996, 11, 29),
    )
    assert rows[0] == [
        *("Date", "Opening", "Advance", "Repayment", "Closing", "LIBOR", "Interest accrued", "Interest paid"),
        *("Fee accrued", "Fee paid", "Debt service"),
    ]
    to_august = 6e6 * 0.075 * 30 / 360
    to_september = 9e6 * 0.075 * 51 / 360  # the fixing of 1 August lies inside the period
    to_december = 9e6 * (0.079 * 62 + 0.074 * 30) / 360  # 30-Sep to 1-Dec, 1-Dec to 31-Dec
    to_the_end = 5e6 * 0.074 * 45 / 360
    fee = [4e6 * 0.005 * 30 / 360, 1e6 * 0.005 * 51 / 360, 1e6 * 0.005 * 60 / 360]
    expected = [
        [SIGNING, 0, 6e6, 0, 6e6, 0.0525, 0, 0, 0, 0, 0],
        [dt.date(1996, 8, 10), 6e6, 3e6, 0, 9e6, 0.0525, to_august, 0, fee[0], 0, 0],
        [
            *(SEP_96, 9e6, 0, 0, 9e6, 0.0525, to_september, to_august + to_september, fee[1], fee[0] + fee[1]),
            to_august + to_september + fee[0] + fee[1],
        ],
        [DEC_96, 9e6, 0, 4e6, 5e6, 0.0565, to_december, to_december, fee[2], fee[2], 4e6 + to_december + fee[2]],
        [dt.date(1997, 2, 14), 5e6, 0, 5e6, 0, 0.0565, to_the_end, to_the_end, 0, 0, 5e6 + to_the_end],
    ]
    assert [row[0] for row in rows[1:]] == [row[0] for row in expected]
    for row, by_hand in zip(rows[1:], expected, strict=True):
        assert row[1:] == pytest.approx(by_hand[1:], rel=1e-12)
