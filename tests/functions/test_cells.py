"""The common rules: what a cell may hold, how ranges combine, and what comes out."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from drawstop import functions as f
from drawstop.functions import CellError

SIGNING, SEP_96, DEC_96 = dt.date(1996, 7, 11), dt.date(1996, 9, 30), dt.date(1996, 12, 31)
DAYS = [dt.date(1996, 7, day) for day in (15, 16, 17)]


def code_of(function, *arguments, **named):
    """The error that a call gives."""
    with pytest.raises(CellError) as caught:
        function(*arguments, **named)
    assert str(caught.value) == caught.value.message
    return caught.value.code


# ---- Numbers


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(7, id="int"),
        pytest.param(7.0, id="float"),
        pytest.param(Decimal(7), id="Decimal"),
        pytest.param(np.float64(7), id="float64"),
        pytest.param(np.float32(7), id="float32"),
        pytest.param(np.float16(7), id="float16"),
        pytest.param(np.longdouble(7), id="longdouble"),
        pytest.param(np.int8(7), id="int8"),
        pytest.param(np.uint64(7), id="uint64"),
        pytest.param(np.array(7), id="0-d array"),
        pytest.param([7], id="flat list of one"),
        pytest.param([[7]], id="1×1 list"),
        pytest.param(((7,),), id="1×1 tuple"),
        pytest.param(np.array([[7]]), id="1×1 array"),
        pytest.param(pd.Series([7]), id="Series of one"),
        pytest.param(pd.DataFrame([[7]]), id="DataFrame of one"),
    ],
)
def test_a_number_in_any_form_is_the_same_scalar(cell):
    answer = f.PROCEEDS_SHORTFALL(cell, 10)
    assert (type(answer), answer) == (float, 3.0)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        pytest.param(True, "#VALUE!", id="TRUE"),
        pytest.param(np.False_, "#VALUE!", id="numpy FALSE"),
        pytest.param("7", "#VALUE!", id="number as text"),
        pytest.param(" ", "#VALUE!", id="space"),
        pytest.param(b"7", "#VALUE!", id="bytes"),
        pytest.param(SIGNING, "#VALUE!", id="date"),
        pytest.param(np.datetime64("1996-07-11"), "#VALUE!", id="datetime64"),
        pytest.param(np.timedelta64(7, "D"), "#VALUE!", id="timedelta64"),
        pytest.param(7j, "#VALUE!", id="complex"),
        pytest.param(np.complex128(7), "#VALUE!", id="complex128"),
        pytest.param({7}, "#VALUE!", id="set"),
        pytest.param([[[7]]], "#VALUE!", id="range in a range"),
        pytest.param(float("nan"), "#NUM!", id="NaN"),
        pytest.param(float("inf"), "#NUM!", id="infinity"),
        pytest.param(-np.inf, "#NUM!", id="minus infinity"),
        pytest.param(Decimal("NaN"), "#NUM!", id="Decimal NaN"),
        pytest.param(Decimal("sNaN"), "#NUM!", id="Decimal sNaN"),
        pytest.param(10**400, "#NUM!", id="int beyond float"),
    ],
)
def test_what_is_not_a_number(cell, code):
    assert code_of(f.PROCEEDS_SHORTFALL, cell, 10) == code
    assert f.PROCEEDS_SHORTFALL([[cell, 7]], 10) == [[code, 3.0]]


def test_an_int_beyond_64_bits_is_a_number():
    assert f.PROCEEDS_SHORTFALL(0, 2**70) == 2.0**70
    assert f.PROCEEDS_SHORTFALL(0, [[2**70, 1]]) == [[2.0**70, 1.0]]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "longdouble", "int8", "uint64", "object"])
def test_an_array_of_any_number_type(dtype):
    assert f.PROCEEDS_SHORTFALL(np.array([[7, 8]], dtype=dtype), 10) == [[3.0, 2.0]]


@pytest.mark.parametrize(
    ("array", "code"),
    [
        pytest.param(np.array([True, False]), "#VALUE!", id="bool"),
        pytest.param(np.array(["7", "8"]), "#VALUE!", id="text"),
        pytest.param(np.array([7j, 8]), "#VALUE!", id="complex"),
        pytest.param(np.array(["1996-07-11", "1996-07-12"], "datetime64[ns]"), "#VALUE!", id="datetime64[ns]"),
        pytest.param(np.array([7, 8], "timedelta64[ns]"), "#VALUE!", id="timedelta64[ns]"),
        pytest.param(np.array([(7,), (8,)], [("a", "f8")]), "#VALUE!", id="structured"),
        pytest.param(np.array([np.nan, np.inf]), "#NUM!", id="NaN"),
        pytest.param(np.array([-1, -2], "int8"), "#NUM!", id="negative"),
    ],
)
def test_an_array_that_holds_no_amounts(array, code):
    assert f.PROCEEDS_MIN(array, 0, 0, 0) == [[code, code]]


# ---- Dates


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(SIGNING, id="date"),
        pytest.param(dt.datetime(1996, 7, 11, 23, 59), id="datetime"),  # noqa: DTZ001 - cells know no time zone
        pytest.param(dt.datetime(1996, 7, 11, 23, 59, tzinfo=dt.UTC), id="datetime with time zone"),
        pytest.param(pd.Timestamp("1996-07-11 12:00"), id="Timestamp"),
        pytest.param(np.datetime64("1996-07-11"), id="datetime64[D]"),
        pytest.param(np.datetime64("1996-07-11T23:59:59.999999999"), id="datetime64[ns]"),
        pytest.param(35257, id="serial"),
        pytest.param(35257.999, id="serial with time"),
        pytest.param(Decimal(35257), id="serial as Decimal"),
        pytest.param(np.array([["1996-07-11"]], "datetime64[ns]"), id="1×1 array"),
        pytest.param([[pd.Timestamp("1996-07-11")]], id="1×1 list"),
    ],
)
def test_a_date_in_any_form_is_the_same_day(cell):
    assert f.LOAN_INTEREST(19.5e6, cell, SEP_96, 0.056875) == 348_257.8125


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        pytest.param(1, dt.date(1900, 1, 1), id="1"),
        pytest.param(59, dt.date(1900, 2, 28), id="59"),
        pytest.param(61, dt.date(1900, 3, 1), id="61"),
        pytest.param(36526, dt.date(2000, 1, 1), id="36526"),
        pytest.param(2958465, dt.date(9999, 12, 31), id="2958465"),
    ],
)
def test_serials_are_excels(serial, day):
    """The serials Excel's own DATE gives; 60 would be 29-Feb-1900, a day that never was."""
    assert f.COMPLETION_DATE(serial, serial, serial, serial) == day
    assert f.COMPLETION_DATE([[serial, serial]], serial, serial, day) == [[day, day]]
    assert f.COMPLETION_DATE(np.array([[serial, serial + 0.5]]), serial, serial, day) == [[day, day]]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        pytest.param("11 July 1996", "#VALUE!", id="text"),
        pytest.param("07/11/1996", "#VALUE!", id="text that countries read differently"),
        pytest.param("1996-7-11", "#VALUE!", id="text without its zeros"),
        pytest.param("1996-02-30", "#VALUE!", id="text of a day that is not in the calendar"),
        pytest.param("1899-12-31", "#NUM!", id="text of a day before 1900"),
        pytest.param("35257", "#VALUE!", id="serial as text"),
        pytest.param(True, "#VALUE!", id="TRUE"),
        pytest.param(dt.time(12), "#VALUE!", id="time"),
        pytest.param(dt.timedelta(days=1), "#VALUE!", id="timedelta"),
        pytest.param(None, "#VALUE!", id="None"),
        pytest.param("", "#VALUE!", id="empty text"),
        pytest.param(0, "#VALUE!", id="serial 0 is a blank"),
        pytest.param(Decimal(0), "#VALUE!", id="serial 0 as Decimal"),
        pytest.param(pd.NaT, "#VALUE!", id="pandas NaT"),
        pytest.param(np.datetime64("NaT", "D"), "#VALUE!", id="numpy NaT"),
        pytest.param(-1, "#NUM!", id="negative serial"),
        pytest.param(60, "#NUM!", id="29-Feb-1900"),
        pytest.param(60.5, "#NUM!", id="noon of 29-Feb-1900"),
        pytest.param(2958466, "#NUM!", id="serial after 9999"),
        pytest.param(1e300, "#NUM!", id="huge serial"),
        pytest.param(dt.date(1899, 12, 31), "#NUM!", id="before 1900"),
        pytest.param(np.datetime64("10000-01-01"), "#NUM!", id="after 9999"),
        pytest.param(float("nan"), "#NUM!", id="NaN"),
    ],
)
def test_what_is_not_a_date(cell, code):
    assert code_of(f.LOAN_MARGIN, cell) == code
    assert f.LOAN_MARGIN([[cell, SIGNING]]) == [[code, 0.0225]]


@pytest.mark.parametrize("blank", [None, "", 0, 0.0, pd.NaT, np.datetime64("NaT", "D")])
def test_a_blank_optional_date_has_not_happened(blank):
    assert f.LOAN_MARGIN(SEP_96, blank) == 0.0225
    assert f.GOLD_LOAN_ALLOWED(SEP_96, [[blank, SEP_96]]) == [[False, True]]


@pytest.mark.parametrize("unit", ["D", "s", "ns", "M"])
def test_an_array_of_dates_may_hold_blanks(unit):
    dates = np.array([["1997-11", "NaT", "1997-12"]], "datetime64[M]").astype(f"datetime64[{unit}]")
    assert f.LOAN_MARGIN(dt.date(1997, 11, 15), dates) == [[0.01875, 0.0225, 0.0225]]


# ---- Flags


@pytest.mark.parametrize("yes", [True, 1, 1.0, np.True_, np.int8(1), Decimal(1)])
@pytest.mark.parametrize("no", [False, 0, 0.0, np.False_, np.float32(0), Decimal(0), None, ""])
def test_flags(yes, no):
    assert f.PROCEEDS_AVAILABLE(3, 2, SEP_96, SEP_96, 0, yes) == 0.0
    assert f.PROCEEDS_AVAILABLE(3, 2, SEP_96, SEP_96, 0, no) == 1.0
    assert f.PROCEEDS_AVAILABLE(3, 2, SEP_96, SEP_96, 0, [[yes, no]]) == [[0.0, 1.0]]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *(("TRUE", "#VALUE!"), ("1", "#VALUE!"), (2, "#VALUE!"), (-1, "#VALUE!"), (0.5, "#VALUE!")),
        *((SEP_96, "#VALUE!"), (np.timedelta64(1, "D"), "#VALUE!"), (1j, "#VALUE!")),
        *((Decimal("sNaN"), "#NUM!"), (np.nan, "#NUM!")),
    ],
)
def test_what_is_not_a_flag(cell, code):
    assert code_of(f.PROCEEDS_AVAILABLE, 3, 2, SEP_96, None, 0, cell) == code


# ---- Choices


@pytest.mark.parametrize("basis", ["30E/360", "30e/360", " 30E/360 ", 4, 4.0, Decimal(4), np.str_("30E/360")])
def test_a_day_count_by_name_or_code(basis):
    assert f.YEAR_FRACTION(dt.date(1996, 12, 31), dt.date(1997, 3, 31), basis) == 0.25


@pytest.mark.parametrize(
    ("basis", "code"),
    [("ACT/361", "#VALUE!"), (True, "#VALUE!"), (SEP_96, "#VALUE!"), (5, "#NUM!"), (-1, "#NUM!"), ("2", "#VALUE!")],
)
def test_what_is_not_a_day_count(basis, code):
    assert code_of(f.YEAR_FRACTION, SIGNING, SEP_96, basis) == code


def test_a_choice_is_one_cell():
    days = [[35000, 35001]]
    assert code_of(f.COMMERCIAL_PRODUCTION, days, [[1, 1]], 1, 1, 0.5, [["daily", "average"]]) == "#VALUE!"


def test_a_range_of_day_counts_gives_a_range():
    bases = [["ACT/360"], ["Actual/365"], ["ACT/361"], [1], [None]]
    years = [[0.225], [81 / 365], ["#VALUE!"], [81 / 366], [0.225]]  # 1996 has 366 days; a blank is the default
    assert f.YEAR_FRACTION(SIGNING, SEP_96, bases) == years
    interest = [[3.6e6 * 0.0725 * year[0]] if year[0] != "#VALUE!" else year for year in years]
    assert f.LOAN_INTEREST(3.6e6, SIGNING, SEP_96, 0.05, None, None, None, bases) == [
        [pytest.approx(cell[0])] if cell[0] != "#VALUE!" else cell for cell in interest
    ]
    two = f.YEAR_FRACTION(SIGNING, [[SEP_96, DEC_96]], [["ACT/360"], ["ACT/365"]])
    assert two == [[81 / 360, 173 / 360], [81 / 365, 173 / 365]]


def test_a_date_as_iso_text():
    assert f.YEAR_FRACTION("1996-07-11", " 1996-09-30 ") == 0.225
    assert f.LOAN_MARGIN([["1997-11-14", "1997-11-15", "1997-02-29"]], "1997-11-15") == [[0.0225, 0.01875, "#VALUE!"]]
    assert f.DUE_WITHIN("1996-09-30", ["1996-12-31", SEP_96, "1996-10-01"], [1, 2, 4]) == 5.0


# ---- Blanks

BLANK_AMOUNT_IS_ZERO = [
    ("PROCEEDS_MIN", (None, "", None, ""), 1.5e6),
    ("PROCEEDS_MIN", (2e6, 1e5, 3.0, ""), 2_100_003.0),
    ("PROCEEDS_SHORTFALL", (None, 5), 5.0),
    ("LOAN_INTEREST", (None, SIGNING, SEP_96, 0.05), 0.0),
    ("COMMITMENT_FEE", (19.5e6, None, SIGNING, SEP_96), 19.5e6 * 0.005 * 81 / 360),
    ("INSTALMENTS", (None, [SEP_96, DEC_96]), [[0.0], [0.0]]),
    ("GOLD_LOAN_INTEREST", (None, SIGNING, SEP_96, 0.05), 0.0),
    ("HEDGE_SETTLEMENT", (None, 400, 380), 0.0),
    ("COVENANT_CURRENT_RATIO", (1, None), True),
    ("COVENANT_LIABILITIES", (None, None), True),
    ("TANGIBLE_EQUITY", (None, 2), -2.0),
    ("DSCR", (None, 2), 0.0),
    ("GOLD_EQUIVALENT", (None, None, 400, 5), 0.0),
    ("NET_RETURNS", (None, None), 0.0),
    ("ROYALTY_DUE", (None,), 0.0),
    ("CASH_WATERFALL", (None, [["Fees", None]]), [["Claim", "Due", "Paid", "Unpaid"], ["Fees", 0.0, 0.0, 0.0]]),
]


@pytest.mark.parametrize(("function", "arguments", "gives"), BLANK_AMOUNT_IS_ZERO)
def test_a_blank_required_amount_is_zero(function, arguments, gives):
    answer = getattr(f, function)(*arguments)
    assert (answer[: len(gives)] if isinstance(gives, list) else answer) == gives


BLANK_IS_AN_ERROR = [
    pytest.param("LOAN_INTEREST", (1, SIGNING, SEP_96, None), id="LIBOR"),
    pytest.param("NOTE_INTEREST", (SIGNING, SEP_96, None), id="LIBOR of the note"),
    pytest.param("FORMULA_AMOUNT", (SIGNING, [SEP_96], [1], None, 1), id="discount rate"),
    pytest.param("FORMULA_AMOUNT", (SIGNING, [SEP_96], [1], 0.1, None), id="share"),
    pytest.param("LLCR", (SIGNING, [SEP_96], [1], None, 1, DEC_96), id="LLCR rate"),
    pytest.param("GOLD_LOAN_INTEREST", (1, SIGNING, SEP_96, None), id="lease rate"),
    pytest.param("GOLD_LOAN_OUNCES", (None,), id="gold price"),
    pytest.param("GOLD_FORWARD", (None, 0.05, 0.01, 90), id="spot"),
    pytest.param("HEDGE_SETTLEMENT", (1, None, 380), id="contract price"),
    pytest.param("CONVERSION_VALUE", (1, None), id="share price"),
    pytest.param("CONVERSION_PRICE_SPLIT", (None, 1, 2), id="conversion price"),
    pytest.param("CONVERSION_PRICE_SPLIT", (3.4, None, 2), id="shares before"),
    pytest.param("CONVERSION_PRICE_DILUTED", (3.4, 1, 2, None), id="new price"),
    pytest.param("DILUTION", (None, 2), id="new shares"),
    pytest.param("DILUTION", (1, None), id="shares outstanding"),
    pytest.param("OWNERSHIP", (None, 2), id="shares held"),
    pytest.param("OWNERSHIP", (1, None), id="shares outstanding of a holder"),
    pytest.param("ADVANCE_ROYALTY", (None, 161.5), id="index of the agreement"),
    pytest.param("ADVANCE_ROYALTY", (149.7, None), id="index now"),
    pytest.param("COMMERCIAL_PRODUCTION", (DAYS, [1, 1, 1], None), id="capacity"),
    pytest.param("GOLD_EQUIVALENT", (1, 1, 400, None), id="silver price"),
    pytest.param("CURRENT_RATIO", (1, None), id="current liabilities as divisor"),
    pytest.param("LIABILITIES_RATIO", (1, None), id="tangible equity as divisor"),
    pytest.param("DSCR", (1, None), id="debt service as divisor"),
    pytest.param("LLCR", (SIGNING, [SEP_96], [1], 0.1, None, DEC_96), id="debt as divisor"),
    pytest.param("DEBT_CAPACITY", (SIGNING, [SEP_96], [1], 0.1, None), id="cover as divisor"),
    pytest.param("LOAN_MARGIN", (None,), id="as-of date"),
    pytest.param("LOAN_INTEREST", (1, SIGNING, None, 0.05), id="end date"),
    pytest.param("DUE_WITHIN", (None, [SEP_96], [1]), id="as-of date of a window"),
    pytest.param("MILESTONE", (SIGNING, None), id="deadline"),
    pytest.param("LLCR", (SIGNING, [SEP_96], [1], 0.1, 1, None), id="maturity"),
    pytest.param("SHARES_ISSUED", (1, [None, None]), id="prices"),
]


@pytest.mark.parametrize(("function", "arguments"), BLANK_IS_AN_ERROR)
def test_a_blank_that_must_not_count_as_zero(function, arguments):
    assert code_of(getattr(f, function), *arguments) == "#VALUE!"


@pytest.mark.parametrize("blank", [None, "", [[None]], [[""]]])
def test_a_blank_optional_argument_takes_its_default(blank):
    assert f.PROCEEDS_MIN(0, 1e9, 0, 0, blank, blank) == 1.75e6
    assert f.ESTABLISHMENT_FEE(blank, blank) == 292_500
    assert f.LOAN_INTEREST(19.5e6, SIGNING, SEP_96, 0.056875, blank, blank, blank, blank) == 348_257.8125
    assert f.PRODUCTION_DEADLINE(blank) == dt.date(1997, 12, 16)
    assert f.INSTALMENT_DATES(blank, blank, blank)[-1] == [dt.date(2000, 12, 31)]
    assert f.ADVANCE_LIMIT(SEP_96, 0, 3, 3, blank, blank, blank, blank, blank) == 19.5e6


def test_blanks_among_the_cells_of_an_optional_argument_take_its_default():
    assert f.ESTABLISHMENT_FEE([[None, 10e6, ""]], 0.01) == [[195_000.0, 100_000.0, 195_000.0]]


# ---- Error cells

ERROR_CODES = ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!"]


@pytest.mark.parametrize("code", ERROR_CODES)
def test_an_error_cell_comes_back(code):
    assert code_of(f.PROCEEDS_MIN, 1, 1, 1, code) == code
    assert f.PROCEEDS_MIN([[1, code]], 1, 1, 1, 0) == [[4.0, code]]
    assert code_of(f.DUE_WITHIN, SIGNING, [SEP_96, DEC_96], [1, code]) == code
    assert code_of(f.CASH_WATERFALL, 1, [["Fees", code]]) == code


@pytest.mark.parametrize("position", range(11))
def test_an_error_cell_in_each_position_comes_back(position):
    arguments = [
        *([[SIGNING, 1e6]], [[SEP_96, 1e6]], [[SIGNING, 0.05]], SIGNING, DEC_96),
        *(19.5e6, 0.0225, 0.01875, 0.005, SEP_96, "ACT/360"),
    ]
    assert len(f.LOAN_SCHEDULE(*arguments)) == 3
    arguments[position] = "#REF!"
    assert code_of(f.LOAN_SCHEDULE, *arguments) == "#REF!"


def test_of_several_error_cells_the_leftmost_wins():
    assert code_of(f.PROCEEDS_MIN, 1, "#REF!", "#N/A", "#NAME?") == "#REF!"
    assert f.PROCEEDS_MIN([[1, "#N/A"]], "#REF!", [["#NAME?", 1]], 0) == [["#REF!", "#N/A"]]
    assert code_of(f.DUE_WITHIN, SIGNING, [SEP_96, "#N/A"], ["#REF!", 1]) == "#N/A"


def test_an_error_cell_wins_over_an_input_that_is_wrong():
    # a spreadsheet program may hand an error cell through without calling the function at all
    assert code_of(f.PROCEEDS_MIN, "abc", -1, "#N/A", 0) == "#N/A"
    assert code_of(f.LOAN_INTEREST, 1, SEP_96, SIGNING, "#N/A") == "#N/A"
    assert code_of(f.DUE_WITHIN, SIGNING, [SEP_96, DEC_96], ["#N/A", 1, 2]) == "#N/A"
    assert code_of(f.DUE_WITHIN, SIGNING, [SEP_96, "abc"], [[1, "#N/A"]]) == "#N/A"
    assert code_of(f.LOAN_SCHEDULE, [[SIGNING, 1, "#N/A"]], None, None) == "#N/A"


def test_of_several_wrong_inputs_the_leftmost_wins():
    assert code_of(f.PROCEEDS_MIN, "abc", -1, 0, 0) == "#VALUE!"
    assert code_of(f.PROCEEDS_MIN, -1, "abc", 0, 0) == "#NUM!"
    assert f.PROCEEDS_MIN([["abc", -1]], [[-1, "abc"]], 0, 0) == [["#VALUE!", "#NUM!"]]


def test_a_wrong_input_wins_over_a_contradiction():
    assert code_of(f.LOAN_INTEREST, 1, SEP_96, SIGNING, None) == "#VALUE!"


# ---- Ranges


@pytest.mark.parametrize(
    "grid",
    [
        pytest.param([], id="empty list"),
        pytest.param([[]], id="empty row"),
        pytest.param(np.zeros((0, 3)), id="empty array"),
        pytest.param([[1, 2], [3]], id="ragged"),
        pytest.param([1, [2]], id="cell beside a row"),
        pytest.param([[[1, 2]]], id="range in a range"),
        pytest.param(np.zeros((2, 2, 2)), id="3-d array"),
        pytest.param(pd.Series([], dtype=float), id="empty Series"),
    ],
)
def test_what_is_not_a_range(grid):
    assert code_of(f.PROCEEDS_SHORTFALL, grid, 10) == "#VALUE!"
    assert code_of(f.DUE_WITHIN, SIGNING, grid, grid) == "#VALUE!"


def test_a_flat_list_is_a_row():
    assert f.PROCEEDS_SHORTFALL([7, 8], 10) == [[3.0, 2.0]]
    assert f.PROCEEDS_SHORTFALL((7, 8), 10) == [[3.0, 2.0]]
    assert f.PROCEEDS_SHORTFALL(np.array([7, 8]), 10) == [[3.0, 2.0]]
    assert f.PROCEEDS_SHORTFALL(pd.Series([7, 8]), 10) == [[3.0, 2.0]]


def test_orientation_is_kept():
    assert f.PROCEEDS_SHORTFALL([[7], [8]], 10) == [[3.0], [2.0]]
    assert f.PROCEEDS_SHORTFALL([[7, 8], [9, 10]], 10) == [[3.0, 2.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("left", "right", "shape"),
    [
        ((1, 3), (2, 1), (2, 3)),
        ((2, 1), (1, 3), (2, 3)),
        ((2, 3), (1, 3), (2, 3)),
        ((2, 3), (2, 1), (2, 3)),
        ((2, 3), (1, 1), (2, 3)),
        ((2, 3), (2, 3), (2, 3)),
    ],
)
def test_ranges_combine_by_numpys_rules(left, right, shape):
    a, b = (np.arange(rows * columns, dtype=float).reshape(rows, columns) for rows, columns in (left, right))
    expected = np.maximum(0, b - a)
    assert expected.shape == shape
    assert f.PROCEEDS_SHORTFALL(a, b) == expected.tolist()
    assert f.PROCEEDS_SHORTFALL(a.tolist(), b.tolist()) == expected.tolist()


@pytest.mark.parametrize(("left", "right"), [((1, 3), (1, 2)), ((3, 1), (2, 1)), ((2, 3), (3, 2))])
def test_shapes_that_do_not_combine(left, right):
    assert code_of(f.PROCEEDS_SHORTFALL, np.ones(left), np.ones(right)) == "#VALUE!"


def test_a_result_of_at_most_a_million_cells():
    assert code_of(f.PROCEEDS_SHORTFALL, np.ones((1025, 1)), np.ones((1, 1024))) == "#NUM!"
    assert code_of(f.LOAN_MARGIN, np.full((1025, 1024), 40_000)) == "#NUM!"
    assert len(f.PROCEEDS_SHORTFALL(np.ones((1024, 1)), np.ones((1, 1024)))) == 1024


def test_each_cell_of_a_spill_has_its_own_error():
    answer = f.LOAN_INTEREST(
        [[1e6, "abc", -1, "#N/A", None, 1e6, 1e6, 1e308]],
        SIGNING,
        [[SEP_96, SEP_96, SEP_96, SEP_96, SEP_96, dt.date(1996, 7, 10), None, dt.date(9996, 9, 30)]],
        0.0575,
        basis="ACT/360",
    )
    interest = 1e6 * 0.08 * 81 / 360
    assert answer == [[pytest.approx(interest), "#VALUE!", "#NUM!", "#N/A", 0.0, "#NUM!", "#VALUE!", "#NUM!"]]


def test_an_error_in_one_argument_of_a_spill_falls_on_its_row_or_column():
    assert f.PROCEEDS_SHORTFALL([[1, "#N/A"]], [[3], ["abc"]]) == [[2.0, "#N/A"], ["#VALUE!", "#N/A"]]
    assert f.PROCEEDS_SHORTFALL([[1, 2]], "abc") == [["#VALUE!", "#VALUE!"]]


def test_a_contradiction_hits_its_own_cells():
    fees = f.COMMITMENT_FEE(10, [[5], [11]], SIGNING, [[SEP_96, dt.date(1996, 7, 1)]], 0.36, "ACT/360")
    assert fees == [[pytest.approx(5 * 0.36 * 81 / 360), "#NUM!"], ["#NUM!", "#NUM!"]]


def test_text_and_dates_and_flags_spill():
    assert f.MILESTONE(SEP_96, [[SIGNING, DEC_96, "x"]], SIGNING) == [["met", "met", "#VALUE!"]]
    assert f.PRODUCTION_DEADLINE([[0, 3]]) == [[dt.date(1997, 12, 16), "#NUM!"]]
    assert f.COVENANT_TANGIBLE_EQUITY([[0, 17.5e6]]) == [[False, True]]
    assert {type(cell) for cell in f.COVENANT_TANGIBLE_EQUITY([[0, 17.5e6]])[0]} == {bool}
    assert {type(cell) for cell in f.CONVERSION_SHARES([[1, 17.5e6]])[0]} == {float}


def test_a_whole_number_is_taken_through_the_rounding_of_a_calculation():
    assert f.DUE_WITHIN(SIGNING, DAYS, [1, 2, 3], (1.3 - 1) * 10) == 6.0
    assert f.PRODUCTION_DEADLINE([[(1.1 - 1) * 10, 1.01]]) == [[dt.date(1998, 12, 16), "#NUM!"]]


def test_serial_zero_is_a_blank_as_a_date_too():
    assert f.LOAN_MARGIN(SIGNING, dt.datetime(1899, 12, 30)) == f.LOAN_MARGIN(SIGNING)  # noqa: DTZ001 - as a cell's
    assert f.LOAN_MARGIN(SIGNING, np.array([["1899-12-30", "1996-01-01"]], dtype="datetime64[D]")) == [
        [0.0225, 0.01875]
    ]


def test_no_negative_zero():
    assert str(f.LIABILITIES_RATIO(0, -5)) == "0.0"
    assert str(f.LIABILITIES_RATIO(0, [-5, -6])) == "[[0.0, 0.0]]"


def test_a_function_that_spills_takes_single_cells():
    assert code_of(f.PROCEEDS_MIN_ITEMS, [[1, 2]], 0, 0, 0) == "#VALUE!"
    assert code_of(f.INSTALMENT_DATES, [[SEP_96, DEC_96]]) == "#VALUE!"
    assert code_of(f.INSTALMENTS, [[1, 2]], [SEP_96]) == "#VALUE!"
    assert code_of(f.LOAN_SCHEDULE, [[SIGNING, 1]], None, [[SIGNING, 0.05]], [[SIGNING, SIGNING]]) == "#VALUE!"
    assert code_of(f.COVENANT_REPORT, 1, 1, 1, 1, [[1, 2]]) == "#VALUE!"
    assert code_of(f.ROYALTY_SCHEDULE, [[SIGNING, 1, 1]], [[0.05, 0.06]]) == "#VALUE!"
    assert code_of(f.CASH_WATERFALL, [[1, 2]], [["Fees", 1]]) == "#VALUE!"


def test_a_column_of_one_cell_is_a_scalar():
    assert f.INSTALMENTS(100, [SEP_96]) == 100.0
    assert f.INSTALMENT_DATES(SEP_96, 1) == SEP_96


# ---- Series


@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
@pytest.mark.parametrize("dates_down", [False, True])
@pytest.mark.parametrize("amounts_down", [False, True])
def test_a_series_is_a_row_or_a_column(kind, dates_down, amounts_down):
    dates = kind([SEP_96, DEC_96]) if not dates_down else [[SEP_96], [DEC_96]]
    amounts = kind([5, 7]) if not amounts_down else [[5], [7]]
    assert f.DUE_WITHIN(SIGNING, dates, amounts) == 5.0


def test_a_series_is_not_a_block():
    block = [[SEP_96, DEC_96], [SEP_96, DEC_96]]
    assert code_of(f.DUE_WITHIN, SIGNING, block, [[1, 2], [3, 4]]) == "#VALUE!"
    assert code_of(f.BACK_IN_PRICE, [[1, 2], [3, 4]]) == "#VALUE!"


def test_a_series_of_one():
    assert f.DUE_WITHIN(SIGNING, SEP_96, 5) == 5.0
    assert f.DUE_WITHIN(SIGNING, None, None) == 0.0


def test_a_pair_that_is_blank_in_both_is_skipped():
    dates, amounts = [None, SEP_96, "", 0, DEC_96], [None, 5, "", None, 7]
    assert f.DUE_WITHIN(SIGNING, dates, amounts, 6) == 12.0
    assert f.AVERAGE_LIFE(SIGNING, [None, dt.date(1997, 7, 11)], ["", 3]) == 1.0
    assert f.FORCED_CONVERSION([None, *DAYS], [None, 5, 5, 5], 4.75, 3) == DAYS[2]


def test_a_blank_amount_beside_a_date_is_zero():
    assert f.DUE_WITHIN(SIGNING, [SEP_96, DEC_96], [None, 7], 6) == 7.0
    assert f.INSTALMENTS(100, [SEP_96, DEC_96], "custom", shares=[None, 1]) == [[0.0], [100.0]]
    assert code_of(f.COMMERCIAL_PRODUCTION, DAYS, [70, None, 70], 100, 2) == "#N/A"


def test_an_amount_without_its_date():
    assert code_of(f.DUE_WITHIN, SIGNING, [SEP_96, None], [5, 7]) == "#VALUE!"
    assert code_of(f.DUE_WITHIN, SIGNING, [SEP_96, 0], [5, 0]) == "#VALUE!"
    assert code_of(f.LOAN_SCHEDULE, [[None, 5]], None, [[SIGNING, 0.05]]) == "#VALUE!"
    assert code_of(f.CASH_WATERFALL, 1, [[None, 5]]) == "#VALUE!"


def test_lengths_that_differ():
    assert code_of(f.DUE_WITHIN, SIGNING, [SEP_96, DEC_96], [5]) == "#VALUE!"
    assert code_of(f.FORCED_CONVERSION, DAYS, [5, 5, 5], 4.75, 1, [[True, False]]) == "#VALUE!"
    assert code_of(f.INSTALMENTS, 1, [SEP_96, DEC_96], "custom", shares=[0.5, 0.25, 0.25]) == "#VALUE!"


def test_duplicate_dates_where_order_matters():
    twice = [DAYS[0], DAYS[1], DAYS[1]]
    assert code_of(f.FORCED_CONVERSION, twice, [5, 5, 5], 4.75, 3) == "#VALUE!"
    assert code_of(f.FORCED_CONVERSION, twice, [5, 5, None], 4.75, 2) == "#VALUE!"  # traded, and did not
    assert code_of(f.FORCED_CONVERSION_RUN, twice, [5, 5, 5]) == "#VALUE!"
    assert code_of(f.COMMERCIAL_PRODUCTION, twice, [70, 70, 70], 100, 2) == "#VALUE!"
    assert code_of(f.INSTALMENTS, 1, twice) == "#VALUE!"
    assert code_of(f.LOAN_SCHEDULE, [[SEP_96, 1]], None, [[SIGNING, 0.05], [SIGNING, 0.06]]) == "#VALUE!"
    assert code_of(f.ROYALTY_SCHEDULE, [[SEP_96, 1, 1], [SEP_96, 1, 1]]) == "#VALUE!"


def test_duplicate_dates_where_order_does_not_matter_add_up():
    assert f.DUE_WITHIN(SIGNING, [SEP_96, SEP_96], [5, 7]) == 12.0
    assert f.LLCR(SIGNING, [SEP_96, SEP_96], [5, 7], 0, 12, DEC_96) == 1.0
    schedule = f.LOAN_SCHEDULE([[SIGNING, 1], [SIGNING, 2]], [[SEP_96, 2], [SEP_96, 1]], [[SIGNING, 0.05]])
    assert [row[1:5] for row in schedule[1:]] == [[0.0, 3.0, 0.0, 3.0], [3.0, 0.0, 3.0, 0.0]]


def test_rows_are_sorted_by_date():
    assert f.FORCED_CONVERSION([DAYS[2], DAYS[0], DAYS[1]], [4, 5, 5], 4.75, 2) == DAYS[1]
    assert f.INSTALMENTS(100, [DEC_96, SEP_96], "custom", shares=[0.25, 0.75]) == [[75.0], [25.0]]
    schedule = f.ROYALTY_SCHEDULE([[DEC_96, 200, 0], [SEP_96, 100, 0]], 0.05)
    assert [row[:2] for row in schedule[1:]] == [[SEP_96, 100.0], [DEC_96, 200.0]]


def test_claims_keep_their_order():
    assert [row[0] for row in f.CASH_WATERFALL(1, [["b", 1], ["a", 1], [None, None], ["b", 1]])] == [
        *("Claim", "b", "a", "b", "Left"),
    ]


def test_an_error_anywhere_in_a_series_is_the_result():
    assert code_of(f.DUE_WITHIN, DEC_96, ["#N/A", DEC_96], [None, 7]) == "#N/A"
    assert code_of(f.FORCED_CONVERSION, [*DAYS, "#N/A"], [5, 5, 5, None], 4.75, 1) == "#N/A"
    assert code_of(f.FORCED_CONVERSION, [*DAYS, None], [5, 5, 5, None], 4.75, 1, [[0, 0, 0, "#N/A"]]) == "#N/A"
    assert code_of(f.FORCED_CONVERSION, [*DAYS, "abc"], [5, 5, 5, None], 4.75, 1) == "#VALUE!"
    assert f.DUE_WITHIN([[SIGNING, SEP_96]], [SEP_96, "#REF!"], [1, 2]) == [["#REF!", "#REF!"]]
    assert code_of(f.SHARES_ISSUED, 1, [2.75, "#N/A", None]) == "#N/A"


def test_a_default_beside_the_closes():
    assert code_of(f.FORCED_CONVERSION, DAYS, [5, 5, 5], 4.75, 1, True) == "#N/A"
    assert f.FORCED_CONVERSION(DAYS, [5, 5, 5], 4.75, 1, [[True], [None], [0]]) == DAYS[1]
    assert f.FORCED_CONVERSION([*DAYS, None], [5, 5, 5, None], 4.75, 1, [[1, 1, False, False]]) == DAYS[2]


def test_other_arguments_broadcast_beside_series():
    as_of = [[SIGNING, SEP_96, DEC_96]]
    assert f.DUE_WITHIN(as_of, [SEP_96, DEC_96], [5, 7]) == [[5.0, 7.0, 0.0]]
    assert f.DUE_WITHIN(as_of, [SEP_96, DEC_96], [5, 7], [[3], [6]]) == [[5.0, 7.0, 0.0], [12.0, 7.0, 0.0]]
    assert f.FORMULA_AMOUNT(as_of, [SEP_96, DEC_96], [5, 7], 0, 0.5) == [[6.0, 3.5, 0.0]]
    assert f.LLCR(as_of, [SEP_96, DEC_96], [5, 7], 0, [[1, 2, 0]], DEC_96) == [[12.0, 3.5, "#DIV/0!"]]
    assert f.RESERVE_TAIL(as_of, [SEP_96, DEC_96], [1, 3]) == [[1.0, 0.75, 0.0]]
    assert f.AVERAGE_LIFE([[SIGNING], [DEC_96]], [SEP_96, DEC_96], [0, 1]) == [[173 / 365], [0.0]]
    assert f.FORCED_CONVERSION(DAYS, [5, 6, 7], [[4.75, 5.75, 7]], [[1], [2]]) == [
        [DAYS[0], DAYS[1], "#N/A"],
        [DAYS[1], DAYS[2], "#N/A"],
    ]
    assert f.FORCED_CONVERSION_RUN(DAYS, [5, 6, 7], [[4.75, 5.75, 7]]) == [[3.0, 2.0, 0.0]]
    assert f.COMMERCIAL_PRODUCTION(DAYS, [5, 6, 7], [[5, 6, 9]], [[1], [2]], 1) == [
        [DAYS[0], DAYS[1], "#N/A"],
        [DAYS[1], DAYS[2], "#N/A"],
    ]
    assert f.COMMERCIAL_PRODUCTION(DAYS, [4, 6, 8], 1, [[1, 2, 3]], [[5], [7]], "average") == [
        [DAYS[1], DAYS[1], DAYS[2]],
        [DAYS[2], DAYS[2], "#N/A"],
    ]
    assert f.SHARES_ISSUED([[10, 20]], [2, 3, None]) == [[4.0, 8.0]]
    assert f.BACK_IN_PRICE([1, 2], 0.5, [[1, 2]]) == [[1.5, 3.0]]


# ---- Tables


def test_a_table_has_its_columns():
    assert code_of(f.LOAN_SCHEDULE, [[SIGNING]], None, [[SIGNING, 0.05]]) == "#VALUE!"
    assert code_of(f.LOAN_SCHEDULE, 5, None, [[SIGNING, 0.05]]) == "#VALUE!"
    assert code_of(f.ROYALTY_SCHEDULE, [[SIGNING, 1, 2, 3]]) == "#VALUE!"
    assert code_of(f.CASH_WATERFALL, 1, [["Fees", "abc"]]) == "#VALUE!"
    assert code_of(f.CASH_WATERFALL, 1, [[7, 7]]) == "#VALUE!"


def test_a_flat_list_is_a_table_of_one_row():
    assert f.CASH_WATERFALL(1, ["Fees", 1])[1] == ["Fees", 1.0, 1.0, 0.0]


def test_a_table_from_pandas():
    advances = pd.DataFrame({"date": pd.to_datetime(["1996-09-30", None, "1996-07-11"]), "amount": [5.0, None, 7.0]})
    advances = advances.astype(object).where(advances.notna(), None)
    as_lists = f.LOAN_SCHEDULE([[SIGNING, 7], [SEP_96, 5]], [[DEC_96, 12]], [[SIGNING, 0.05]])
    assert f.LOAN_SCHEDULE(advances, np.array([[DEC_96, 12]]), [[SIGNING, 0.05]]) == as_lists


def test_blank_rows_of_a_table_are_skipped():
    rows = [[None, None], [SIGNING, 5], ["", ""], [0, None]]
    assert f.LOAN_SCHEDULE(rows, [[SEP_96, 5]], [*rows[:1], [SIGNING, 0.05]]) == f.LOAN_SCHEDULE(
        [[SIGNING, 5]], [[SEP_96, 5]], [[SIGNING, 0.05]]
    )


def test_a_blank_table_holds_nothing():
    assert f.LOAN_SCHEDULE(None, [[None, None]], [[SIGNING, 0.05]])[1:] == [[SIGNING, *[0.0] * 4, 0.05, *[0.0] * 5]]
    assert f.ROYALTY_SCHEDULE([[DEC_96, 10, 0]], 0.05, [[None, None]])[1][2:] == [0.5, 0.0, 0.5, 0.0]


# ---- Deductions


def test_errors_in_a_block_of_deductions_fall_on_their_month():
    assert f.NET_RETURNS([[10, 20]], [[1, "#N/A"], [2, 3]]) == [[7.0, "#N/A"]]
    assert f.NET_RETURNS([[10], [20]], [[1, "abc"], [2, None]]) == [["#VALUE!"], [18.0]]
    assert code_of(f.NET_RETURNS, 10, [[1, "abc"], ["#REF!", 3]]) == "#REF!"
    assert f.NET_RETURNS([["#N/A", -1]], [["abc", 1], [1, 1]]) == [["#N/A", -3.0]]
    assert code_of(f.NET_RETURNS, [[10, 20]], [[1, 2, 3]]) == "#VALUE!"


def test_a_sum_beyond_what_a_number_holds_is_that_month_s_error():
    assert f.NET_RETURNS([[1, 2]], [[1e308, 1], [1e308, 2]]) == [["#NUM!", -1.0]]


def test_one_deduction_counts_for_each_month():
    assert f.NET_RETURNS([[10, 20]], 1) == [[9.0, 19.0]]


# ---- EXPLAIN


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("PROCEEDS_MIN", 1, 1, 1, 1), "OK"),
        (("proceeds_min ", 1, 1, 1, 1), "OK"),
        ((np.array([["PROCEEDS_MIN"]]), [[1]], [[1]], [[1]], [[1]]), "OK"),
        (("PROCEEDS_MIN", [[1, 2]], 1, 1, 1), "OK"),
        (("COVENANT_REPORT", 1, 0, 1, 1, 1), "OK"),
        (("EXPLAIN", "NOPE"), "OK"),
        (("PROCEEDS_MIN", 1, "x", 1, 1), "PROCEEDS_MIN: interest_3m 'x' must be a number of US dollars, zero or more"),
        (
            ("PROCEEDS_MIN", [[1, 2], [3, 4]], [[1], ["x"]], 1, 1),
            "row 2, column 1: PROCEEDS_MIN: interest_3m 'x' must be a number of US dollars, zero or more",
        ),
        (
            ("NET_RETURNS", [[1, 2]], [[1, 2], [3, "x"]]),
            "row 1, column 2: NET_RETURNS: deductions item 2 'x' must be a number of US dollars",
        ),
        (
            ("FORCED_CONVERSION", DAYS, [5, 5, 5], [[4.75, 9]], 1),
            (
                "row 1, column 2: FORCED_CONVERSION: closes never stayed above the trigger for that number of days "
                "without a default"
            ),
        ),
        (("NOPE", 1), "EXPLAIN: function_name 'NOPE' must be the name of a function of drawstop"),
        ((7,), "EXPLAIN: function_name 7 must be the name of a function of drawstop"),
        (([[1, 2]],), "EXPLAIN: function_name of type list must be the name of a function of drawstop"),
        (
            ("DSCR", 1),
            "DSCR: 1 argument given; it is called as DSCR(cash_available, debt_service)",
        ),
        (
            ("CONVERTIBLE_VALUE", 100, [[30] * 30], [[0.3]] * 30, 5, 0.06, 0, 0.05, 36),
            "CONVERTIBLE_VALUE: steps come to 450,000 over all cells: at most 131,072",
        ),
        (
            ("CONVERTIBLE_VALUE", 1e308, 360, 0.2, 5, 0.06, 0, 0.05, 36),
            "CONVERTIBLE_VALUE: the result is not a finite number",
        ),
        (("NET_RETURNS", 1, [1e308, 1e308]), "NET_RETURNS: deductions come to more than a number can hold"),
        (
            ("DUE_WITHIN", SIGNING, DAYS, [1, 1, 1], 12_001),
            "DUE_WITHIN: months 12,001 must be a whole number of months from 0 to 12,000",
        ),
        (("DSCR", 1, 2, 3), "DSCR: 3 arguments given; it is called as DSCR(cash_available, debt_service)"),
    ],
)
def test_explain(arguments, text):
    assert f.EXPLAIN(*arguments) == text


def test_an_error_cell_for_a_name_comes_back():
    assert code_of(f.EXPLAIN, "#N/A") == "#N/A"


# ---- Python's side


def test_arguments_by_name():
    assert f.PROCEEDS_AVAILABLE(balance=3, minimum=2, as_of=SEP_96, completion_date=SIGNING) == 1.0
    assert f.EXPLAIN(function_name="NOPE").startswith("EXPLAIN: function_name 'NOPE'")


def test_a_call_with_too_few_or_unknown_arguments_is_a_type_error():
    with pytest.raises(TypeError):
        f.PROCEEDS_MIN(1)
    with pytest.raises(TypeError):
        f.PROCEEDS_SHORTFALL(1, 2, 3)
    with pytest.raises(TypeError):
        f.PROCEEDS_SHORTFALL(1, minimal=2)


def test_the_error_is_a_value_error():
    assert issubclass(CellError, ValueError)


def test_what_is_given_is_not_changed():
    amounts = np.array([[3.0, 1.0]])
    dates = [DEC_96, SEP_96]
    f.DUE_WITHIN(SIGNING, dates, amounts)
    f.PROCEEDS_MIN(amounts, amounts, amounts, amounts)
    assert (amounts.tolist(), dates) == ([[3.0, 1.0]], [DEC_96, SEP_96])
