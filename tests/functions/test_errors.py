"""What an error says: one line with function, argument, value and what would be right."""

import datetime as dt
import math

import pytest

from drawstop import functions as f
from drawstop.core.dates import BASES
from drawstop.functions import FUNCTIONS, CellError

SIGNING, SEP_96, DEC_96 = dt.date(1996, 7, 11), dt.date(1996, 9, 30), dt.date(1996, 12, 31)
LIBOR = [[SIGNING, 0.05]]

WRONG = [
    # wrong kind
    ("PROCEEDS_MIN", ("abc", 1, 1, 1), "#VALUE!", "formula_amount 'abc' must be a number of US dollars, zero or more"),
    ("PROCEEDS_MIN", (1, True, 1, 1), "#VALUE!", "interest_3m TRUE must be a number of US dollars, zero or more"),
    ("PROCEEDS_MIN", (1, 1, "12", 1), "#VALUE!", "capex_3m '12' must be a number of US dollars, zero or more"),
    ("PROCEEDS_MIN", (1, 1, 1, SIGNING), "#VALUE!", "other_3m 1996-07-11 must be a number of US dollars, zero or more"),
    ("PROCEEDS_MIN", (1, 1, 1, {1}), "#VALUE!", "other_3m of type set must be a number of US dollars, zero or more"),
    (
        "LOAN_MARGIN",
        ("11 July",),
        "#VALUE!",
        "as_of '11 July' must be a date or its serial number, or a text like 2024-06-30",
    ),
    ("LOAN_MARGIN", (None,), "#VALUE!", "as_of is blank: it must be a date"),
    (
        "LOAN_INTEREST",
        (1, SIGNING, SEP_96, None),
        "#VALUE!",
        "libor is blank: it must be a rate as a decimal (0.0225), above -1 and at most 1",
    ),
    (
        "GOLD_LOAN_OUNCES",
        ("",),
        "#VALUE!",
        "gold_price is blank: it must be a price in dollars a troy ounce, above 0 and at most 110,000",
    ),
    ("PROCEEDS_AVAILABLE", (1, 1, SIGNING, None, 0, "no"), "#VALUE!", "in_default 'no' must be TRUE or FALSE"),
    ("PROCEEDS_AVAILABLE", (1, 1, SIGNING, None, 0, 2), "#VALUE!", "in_default 2 must be TRUE or FALSE"),
    (
        *("YEAR_FRACTION", (SIGNING, SEP_96, "ACT/361"), "#VALUE!"),
        f"basis 'ACT/361' must be a day count: {', '.join(BASES)}, or 0 to 4",
    ),
    ("INSTALMENTS", (1, [SEP_96], "bullet"), "#VALUE!", 'method \'bullet\' must be "equal", "level" or "custom"'),
    # out of its domain
    ("PROCEEDS_MIN", (1, -5.5, 1, 1), "#NUM!", "interest_3m -5.5 must be a number of US dollars, zero or more"),
    (
        "PROCEEDS_MIN",
        (1, math.nan, 1, 1),
        "#NUM!",
        "interest_3m nan must be a number of US dollars, zero or more, finite",
    ),
    (
        "PROCEEDS_MIN",
        (1, 10**400, 1, 1),
        "#NUM!",
        "interest_3m inf must be a number of US dollars, zero or more, finite",
    ),
    (
        "LOAN_INTEREST",
        (1, SIGNING, SEP_96, -1),
        "#NUM!",
        "libor -1 must be a rate as a decimal (0.0225), above -1 and at most 1",
    ),
    ("LOAN_MARGIN", (2958466,), "#NUM!", "as_of 2,958,466 must be a date or its serial number, 1 to 2958465"),
    (
        "LOAN_MARGIN",
        (dt.date(1899, 12, 31),),
        "#NUM!",
        "as_of 1899-12-31 must be a date from 1-Jan-1900 to 31-Dec-9999",
    ),
    (
        "GOLD_LOAN_OUNCES",
        (0,),
        "#NUM!",
        "gold_price 0 must be a price in dollars a troy ounce, above 0 and at most 110,000",
    ),
    ("INSTALMENT_DATES", (None, 1001), "#NUM!", "count 1,001 must be a whole number from 1 to 1000"),
    ("INSTALMENT_DATES", (SIGNING,), "#NUM!", "first 1996-07-11 must be a month-end of the months [9, 12]"),
    ("INSTALMENT_DATES", (SEP_96, 2, 13), "#NUM!", "months item 1 13 must be a month of the year, 1 to 12"),
    ("PRODUCTION_DEADLINE", (3,), "#NUM!", "extensions 3 must be at most 2"),
    # a contradiction
    ("LOAN_INTEREST", (1, SEP_96, SIGNING, 0.05), "#NUM!", "end_date 1996-07-11 must not be before start_date"),
    ("COMMITMENT_FEE", (1, 2, SIGNING, SEP_96), "#NUM!", "outstanding 2 must not be above max_credit"),
    ("ADVANCE_LIMIT", (SIGNING, 2e7, 1, 1), "#NUM!", "advanced_to_date 20,000,000 must not be above max_credit"),
    ("OWNERSHIP", (2, 1), "#NUM!", "shares 2 must not be above outstanding"),
    (
        *("INSTALMENTS", (1, [SEP_96, DEC_96], "custom", None, None, [0.5, 0.6]), "#NUM!"),
        "shares sum to 1.1: they must sum to 1",
    ),
    (
        "INSTALMENTS",
        (1, [SEP_96], "level", DEC_96, 0.1),
        "#NUM!",
        "start_date 1996-12-31 must not be after the first instalment",
    ),
    ("INSTALMENTS", (1, [SEP_96], "level", SIGNING), "#VALUE!", 'rate is blank: "level" needs a rate'),
    (
        *("LOAN_SCHEDULE", ([[SIGNING, 2e7]], None, LIBOR), "#NUM!"),
        "advances sum to 20,000,000.00, above max_credit 19,500,000.00",
    ),
    (
        "LOAN_SCHEDULE",
        ([[SIGNING, 2]], [[SEP_96, 3]], LIBOR),
        "#NUM!",
        "instalments repay 1.00 more than is outstanding",
    ),
    # a division by zero
    ("CURRENT_RATIO", (1, 0), "#DIV/0!", "current_liabilities 0 must not be 0"),
    ("AVERAGE_LIFE", (SIGNING, [SEP_96], [0]), "#DIV/0!", "principal sums to 0: there is nothing to weight by"),
    # no answer
    ("COMPLETION_DATE", (SIGNING,), "#N/A", "not yet complete, still missing: production, costs, reserves"),
    (
        *("LOAN_SCHEDULE", ([[SIGNING, 2]], None, [[SEP_96, 0.05]]), "#N/A"),
        "libor must hold a fixing on or before 1996-07-11, the first day of the first period",
    ),
    (
        *("FORCED_CONVERSION", ([SIGNING], [4]), "#N/A"),
        "closes never stayed above the trigger for that number of days without a default",
    ),
    (
        *("COMMERCIAL_PRODUCTION", ([SIGNING], [4], 5), "#N/A"),
        "delivered never reached the threshold for that number of consecutive days",
    ),
    # an error cell
    ("PROCEEDS_MIN", (1, 1, "#REF!", 1), "#REF!", "capex_3m '#REF!' is an error cell"),
    ("DUE_WITHIN", (SIGNING, [SEP_96, DEC_96], [1, "#N/A"]), "#N/A", "amounts item 2 '#N/A' is an error cell"),
    ("DUE_WITHIN", (SIGNING, [SEP_96], [1, "#N/A"]), "#N/A", "amounts holds the error #N/A"),
    # ranges, series and tables
    (
        "PROCEEDS_MIN",
        ([[1, 2], [3]], 1, 1, 1),
        "#VALUE!",
        "formula_amount must be a rectangle of cells, not empty or ragged",
    ),
    (
        "PROCEEDS_MIN",
        ([[1, 2]], [[1], []], 1, 1),
        "#VALUE!",
        "interest_3m must be a rectangle of cells, not empty or ragged",
    ),
    ("PROCEEDS_MIN", ([1, 2], [1, 2, 3], 1, 1), "#VALUE!", "the ranges do not combine: 1×2, 1×3"),
    ("PROCEEDS_MIN_ITEMS", (1, [1, 2], 1, 1), "#VALUE!", "interest_3m must be a single cell here"),
    (
        *("DUE_WITHIN", (SIGNING, [SEP_96, DEC_96], [[1, 2], [3, 4]]), "#VALUE!"),
        "amounts is 2×2 cells: it must be one row or one column",
    ),
    (
        "DUE_WITHIN",
        (SIGNING, [SEP_96, DEC_96], [1]),
        "#VALUE!",
        "amounts has a length of 1 beside 2: both must be equal",
    ),
    ("DUE_WITHIN", (SIGNING, [SEP_96, None], [1, 2]), "#VALUE!", "dates item 2 is blank: it must be a date"),
    (
        "DUE_WITHIN",
        (SIGNING, [None, SEP_96], [None, "x"]),
        "#VALUE!",
        "amounts item 2 'x' must be a number of US dollars",
    ),
    (
        "FORCED_CONVERSION",
        ([SEP_96, SEP_96], [5, 5]),
        "#VALUE!",
        "dates holds 1996-09-30 twice: dates must be unique",
    ),
    ("LOAN_SCHEDULE", (5, None, LIBOR), "#VALUE!", "advances must be a table of 2 columns (date, amount)"),
    (
        *("LOAN_SCHEDULE", ([[SIGNING, -1]], None, LIBOR), "#NUM!"),
        "advances column amount: item 1 -1 must be a number of US dollars, zero or more",
    ),
    ("CASH_WATERFALL", (1, None), "#VALUE!", "claims is blank: it must hold names and amounts"),
    ("SHARES_ISSUED", (1, None), "#VALUE!", "prices is blank: it must hold closing prices"),
    ("INSTALMENTS", (1, None), "#VALUE!", "dates is blank: it must hold the dates of the instalments"),
    # the numbers
    ("LOAN_INTEREST", (1e308, SIGNING, dt.date(2096, 7, 11), 1), "#NUM!", "the result is not a finite number"),
]


@pytest.mark.parametrize(("name", "arguments", "code", "text"), WRONG, ids=lambda value: str(value)[:40])
def test_message(name, arguments, code, text):
    with pytest.raises(CellError) as caught:
        getattr(f, name)(*arguments)
    assert caught.value.code == code
    assert caught.value.message == f"{name}: {text}" == str(caught.value)
    assert f.EXPLAIN(name, *arguments) == caught.value.message
    assert FUNCTIONS[name].in_cell(*arguments) == code


def test_the_argument_at_fault_is_named():
    with pytest.raises(CellError) as caught:
        f.PROCEEDS_MIN(1, "x", 1, 1)
    assert caught.value.argument == "interest_3m"


def test_a_long_value_is_cut_short():
    with pytest.raises(CellError) as caught:
        f.PROCEEDS_MIN("x\n" * 10_000, 1, 1, 1)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 130


class Odd:
    """An object that cannot be shown."""

    def __repr__(self):
        raise RuntimeError


def test_an_object_that_cannot_be_shown_is_named_by_its_type():
    with pytest.raises(CellError) as caught:
        f.PROCEEDS_MIN(1, Odd(), 1, 1)
    assert caught.value.message.startswith("PROCEEDS_MIN: interest_3m of type Odd must be")
    assert f.PROCEEDS_MIN([[1, Odd()]], 1, 1, 1, 0) == [[4.0, "#VALUE!"]]


# ---- Every function, every argument: an error cell, a text, too large a block


def plain(parameter):
    """A cell that the argument takes."""
    kind = parameter.arg.kind
    tables = {
        "advances": [[SIGNING, 1]], "instalments": [[SEP_96, 1]], "libor": LIBOR, "periods": [[SIGNING, 1, 1]],
        "repayments": [[SEP_96, "balance"]], "rates": LIBOR, "margins": LIBOR, "tiers": [[1, 0.5]],
    }  # fmt: skip
    if parameter.arg.role == "table":
        return tables.get(parameter.name, [["Fees", 1]])
    for cell in (1.0, SIGNING, "ACT/360", "daily", "equal", "none", "put"):
        if not isinstance(kind.one(cell), CellError):
            return cell
    raise AssertionError(parameter)


EACH_ARGUMENT = [
    pytest.param(name, i, id=f"{name}-{p.name}")
    for name, spec in FUNCTIONS.items()
    if not spec.variadic
    for i, p in enumerate(spec.parameters)
]


@pytest.mark.parametrize(("name", "position"), EACH_ARGUMENT)
def test_a_wrong_cell_in_any_argument_is_named(name, position):
    spec = FUNCTIONS[name]
    for junk, code in (("#REF!", "#REF!"), (b"junk", "#VALUE!"), ([[[]]], "#VALUE!"), ([[1, 2], [3]], "#VALUE!")):
        arguments = [plain(p) for p in spec.parameters]
        arguments[position] = junk
        with pytest.raises(CellError) as caught:
            spec(*arguments)
        assert caught.value.code == code
        assert caught.value.message.startswith(f"{name}: {spec.parameters[position].name} ")
        assert caught.value.argument == spec.parameters[position].name
        assert "\n" not in caught.value.message
