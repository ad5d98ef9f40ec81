"""The functions as Excel calls them, through xlwings' own code with only pywin32 faked.

What VBA would receive is compared with figures worked out here, and with what the Python functions give. A list of rows
stands for a reference to cells, a tuple of tuples for a computed array.
"""

import datetime as dt
import doctest
import functools
import random
import re
from decimal import Decimal

import pytest

import drawstop.hosts.excel
from drawstop.functions import FUNCTIONS

OMITTED = -2147352572  # an optional argument left out: DISP_E_PARAMNOTFOUND, 0x80020004
WIZARD = 255  # Excel cuts descriptions and argument help here
LONGEST_LINE = 1023  # of a VBA module

# XlCVError of Excel's object model (learn.microsoft.com/office/vba/api/excel.xlcverror).
ERRORS = {
    "#NULL!": 2000,
    "#DIV/0!": 2007,
    "#VALUE!": 2015,
    "#REF!": 2023,
    "#NAME?": 2029,
    "#NUM!": 2036,
    "#N/A": 2042,
    "#GETTING_DATA": 2043,
    "#SPILL!": 2045,
    "#CONNECT!": 2046,
    "#BLOCKED!": 2047,
    "#UNKNOWN!": 2048,
    "#FIELD!": 2049,
    "#CALC!": 2050,
}


def error_cell(number):
    """An error value as COM passes it: SCODE 0x800A0000 + number, read as a signed 32-bit integer."""
    return int.from_bytes((0x800A0000 + number).to_bytes(4, "big"), "big", signed=True)


def day(year, month, day_of_month):
    return dt.datetime(year, month, day_of_month)  # noqa: DTZ001 - a cell's date has no time zone


def serial(year, month, day_of_month):
    """A date as a computed array holds it: days since 30-Dec-1899, from March 1900 on."""
    return float((dt.date(year, month, day_of_month) - dt.date(1899, 12, 30)).days)


# ---- every function --------------------------------------------------------------------------------------------


def calls_in_help(name):
    """The calls of a function in its documentation's examples: their arguments."""
    calls = []

    def record(called, *arguments):
        if called == name:
            calls.append(arguments)
        return FUNCTIONS[called](*arguments)

    names = {called: functools.partial(record, called) for called in FUNCTIONS}
    for example in doctest.DocTestParser().get_examples(FUNCTIONS[name].body.__doc__):
        exec(example.source, names)  # noqa: S102 - this project's own examples
    return calls


def as_sent(argument):
    """An argument as Excel sends it: numbers are floats, dates have a time, a series is a row."""
    if isinstance(argument, list):
        rows = argument if isinstance(argument[0], list) else [argument]
        return [[as_sent(cell) for cell in row] for row in rows]
    if isinstance(argument, dt.date):
        return dt.datetime.combine(argument, dt.time())
    return float(argument) if type(argument) is int else argument


def as_received(answer):
    """An answer as VBA receives it: a single row has one dimension only, a date has a time."""
    if isinstance(answer, list):
        rows = [[as_received(cell) for cell in row] for row in answer]
        return rows if len(rows) > 1 else rows[0]
    return dt.datetime.combine(answer, dt.time()) if isinstance(answer, dt.date) else answer


@pytest.mark.parametrize("name", FUNCTIONS)
def test_excel_and_python_give_the_same(excel, name):
    calls = calls_in_help(name)
    assert calls
    for arguments in calls:
        sent = [as_sent(argument) for argument in arguments]
        cells = [argument if isinstance(argument, list) else [[argument]] for argument in sent]
        arrays = [tuple(map(tuple, rows)) for rows in cells]
        expected = as_received(FUNCTIONS[name](*arguments))
        assert excel.call(name, *sent) == expected
        assert excel.call(name, *cells) == expected
        assert excel.call(name, *arrays) == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_on_other_systems_too_the_module_offers_the_function(name):
    function = getattr(drawstop.hosts.excel, name)
    assert function.__name__ == name
    [arguments, *_] = calls_in_help(name)
    assert function(*arguments) == FUNCTIONS[name](*arguments)


def test_import_brings_every_function_and_nothing_else(excel):
    module, descriptions = excel.import_functions()
    assert set(re.findall(r"^Function (\w+)\(", module, re.MULTILINE)) == set(FUNCTIONS)
    assert set(descriptions) == {f"'facility.xlsm'!{name}" for name in FUNCTIONS}
    assert max(map(len, module.splitlines())) <= LONGEST_LINE


@pytest.mark.parametrize("name", FUNCTIONS)
def test_wizard_shows_the_declared_help(excel, name):
    module, descriptions = excel.import_functions()
    shown = descriptions[f"'facility.xlsm'!{name}"]
    function = FUNCTIONS[name]
    assert shown["Description"] == function.summary
    assert shown["Category"] == function.category
    assert shown["ArgumentDescriptions"] == [parameter.help() for parameter in function.parameters]
    for text in [shown["Description"], shown["Category"], *shown["ArgumentDescriptions"]]:
        assert 0 < len(text) <= WIZARD
        assert "Positional argument" not in text
    declared = [f"Optional {p.name}" if p.optional else p.name for p in function.parameters]
    if function.variadic:
        declared[-1] = f"ParamArray {function.parameters[-1].name}()"
    assert f"Function {name}({', '.join(declared)})\n" in module


# ---- cells in --------------------------------------------------------------------------------------------------


def test_scalar(excel):
    assert excel.call("PROCEEDS_MIN", 2.1e6, 360e3, 400e3, 150e3) == 2_900_000


def test_reference_to_one_cell_is_a_scalar(excel):
    assert excel.call("PROCEEDS_MIN", [[2.1e6]], [[360e3]], [[400e3]], [[150e3]]) == 2_900_000


def test_rows_spill(excel):
    # max(1.5m, formula) + min(250k, interest) + capex + other, month by month
    formula, interest = [[2.1e6, 900e3, 1.5e6]], [[360e3, 100e3, 250e3]]
    capex, other = [[400e3, 0.0, 1.0]], ((150e3, 0.0, 2.0),)
    assert excel.call("PROCEEDS_MIN", formula, interest, capex, other) == [2_900_000, 1_600_000, 1_750_003]


def test_column_stays_a_column(excel):
    assert excel.call("PROCEEDS_SHORTFALL", [[1e6], [3e6]], 2e6) == [[1e6], [0.0]]


def test_row_and_column_make_a_table(excel):
    assert excel.call("PROCEEDS_SHORTFALL", [[1.0, 2.0, 3.0]], [[3.0], [4.0]]) == [[2.0, 1.0, 0.0], [3.0, 2.0, 1.0]]


def test_array_of_one_dimension_is_a_row(excel):
    # {9,12} arrives as one-dimensional; September and December, the filing's eight dates from 1997 on
    dates = excel.call("INSTALMENT_DATES", day(1997, 9, 30), 8.0, (9.0, 12.0))
    assert dates == [[day(year, *last)] for year in range(1997, 2001) for last in ((9, 30), (12, 31))]


@pytest.mark.parametrize("blank", [None, "", [[None]], [[""]]], ids=repr)
def test_blank_amount_is_zero_and_blank_rate_is_an_error(excel, blank):
    assert excel.call("PROCEEDS_SHORTFALL", blank, 1.5e6) == 1.5e6
    assert excel.call("LOAN_INTEREST", 19.5e6, day(1996, 7, 11), day(1996, 9, 30), blank) == "#VALUE!"


@pytest.mark.parametrize("left_out", [None, OMITTED, [[None]]], ids=repr)
def test_optional_argument_left_out_or_blank_takes_the_agreement_s_term(excel, left_out):
    assert excel.call("ESTABLISHMENT_FEE", left_out, left_out) == 292_500  # 1.5% of US$19.5 million
    assert excel.call("CONVERSION_SHARES", left_out) == 735_294  # whole shares in US$2.5 million at US$3.40


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (day(1996, 7, 11), day(1996, 9, 30)),
        ([[day(1996, 7, 11)]], [[day(1996, 9, 30)]]),
        (serial(1996, 7, 11), serial(1996, 9, 30)),
        (((serial(1996, 7, 11),),), ((serial(1996, 9, 30),),)),
    ],
    ids=["dates", "references", "serials", "computed"],
)
def test_dates_arrive(excel, start, stop):
    # 81 days at LIBOR 5.6875% + 2.25% on US$19.5 million, Act/360
    assert excel.call("LOAN_INTEREST", 19.5e6, start, stop, 0.056875) == pytest.approx(19.5e6 * 0.079375 * 81 / 360)


def test_serial_zero_shown_as_a_date_is_a_blank(excel):
    assert excel.call("LOAN_MARGIN", day(1998, 1, 1), day(1899, 12, 30)) == 0.0225  # not yet complete


def test_number_shown_as_a_date_is_a_number(excel):
    # serial 90 shown as a date; spot × (1 + usd × days/360) ÷ (1 + lease × days/360)
    forward = 382.70 * (1 + 0.056875 / 4) / (1 + 0.015 / 4)
    assert excel.call("GOLD_FORWARD", 382.70, 0.056875, 0.015, day(1900, 3, 30)) == pytest.approx(forward)


def test_currency_arrives(excel):
    assert excel.call("PROCEEDS_SHORTFALL", [[Decimal("7484000.0000")]], Decimal("8984000.2500")) == 1_500_000.25


def test_booleans_arrive(excel):
    # in default nothing may leave the account; the balance exceeds the minimum by 100,000
    available = ("PROCEEDS_AVAILABLE", 3e6, 2.9e6, day(1998, 6, 30), day(1998, 1, 1), 0.0)
    assert excel.call(*available, [[False, True]]) == [100e3, 0.0]
    assert excel.call("PROCEEDS_SHORTFALL", True, 1.0) == "#VALUE!"


def test_text_arrives(excel):
    assert excel.call("YEAR_FRACTION", day(1996, 1, 31), day(1996, 7, 31), [["30/360"]]) == 0.5
    assert excel.call("PROCEEDS_SHORTFALL", "7484000", 1.0) == "#VALUE!"


# ---- cells out -------------------------------------------------------------------------------------------------


def test_date_leaves(excel):
    # two extensions of a year after 16-Dec-1997
    assert excel.call("PRODUCTION_DEADLINE", 2.0) == day(1999, 12, 16)
    assert excel.call("PRODUCTION_DEADLINE", [[0.0, 1.0]]) == [day(1997, 12, 16), day(1998, 12, 16)]


def test_booleans_and_texts_leave(excel):
    assert excel.call("COVENANT_TANGIBLE_EQUITY", [[17.5e6, 17.4e6]]) == [True, False]
    assert excel.call("MILESTONE", day(1996, 9, 30), day(1996, 9, 30)) == "missed"


def test_blank_cells_of_a_table_leave_as_empty_text(excel):
    table = excel.call("CASH_WATERFALL", 100.0, [["Interest", 60.0], ["Principal", 70.0]])
    assert table == [
        ["Claim", "Due", "Paid", "Unpaid"],
        ["Interest", 60.0, 60.0, 0.0],
        ["Principal", 70.0, 40.0, 30.0],
        ["Left", "", 0.0, ""],
    ]


# ---- errors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "number"), ERRORS.items())
def test_error_cell_comes_back_as_itself(excel, code, number):
    error = error_cell(number)
    assert excel.call("PROCEEDS_SHORTFALL", error, 1.0) == code
    assert excel.call("PROCEEDS_SHORTFALL", [[error]], 1.0) == code
    assert excel.call("PROCEEDS_SHORTFALL", ((error, 0.0),), 1.0) == [code, 1.0]
    assert excel.call("BACK_IN_PRICE", [[4e6, error, 6e6]]) == code


def test_error_that_the_object_model_does_not_list_is_not_an_amount(excel):
    assert excel.call("PROCEEDS_SHORTFALL", error_cell(2051), 1.0) == "#UNKNOWN!"


def test_number_that_looks_like_an_error_is_a_number(excel):
    assert excel.call("PROCEEDS_SHORTFALL", float(error_cell(2042)), 0.0) == -error_cell(2042)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (("DSCR", 1.0, 0.0), "#DIV/0!"),
        (("PRODUCTION_DEADLINE", 3.0), "#NUM!"),
        (("COMPLETION_DATE",), "#N/A"),
        (("PROCEEDS_MIN", "abc", 1.0, 1.0, 1.0), "#VALUE!"),
        (("PROCEEDS_SHORTFALL", [[1.0, 2.0]], [[1.0, 2.0, 3.0]]), "#VALUE!"),
        (("INSTALMENTS", 1.0, OMITTED), "#VALUE!"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_failing_function_leaves_its_bare_code(excel, call, code):
    assert excel.call(*call) == code


def test_wrong_cell_of_a_spill_holds_its_own_code(excel):
    assert excel.call("DSCR", [[1.0, 1.0, "x", 1.0]], [[2.0, 0.0, 2.0, error_cell(2042)]]) == [
        0.5,
        "#DIV/0!",
        "#VALUE!",
        "#N/A",
    ]


def test_explain_gives_the_message(excel):
    message = excel.call("EXPLAIN", "PROCEEDS_SHORTFALL", "abc", 1.0)
    assert message.startswith("PROCEEDS_SHORTFALL: balance 'abc' must be")
    assert excel.call("EXPLAIN", [["PROCEEDS_SHORTFALL"]], [[1.0, 2.0]], [[3.0]]) == "OK"


def test_bug_in_a_function_leaves_a_code_too(broken_excel):
    assert broken_excel.call("DILUTION", 1e6, 15e6) == pytest.approx(1 / 16)
    broken_excel.fail("DILUTION")
    assert broken_excel.call("DILUTION", 1e6, 15e6) == "#VALUE!"


# ---- junk ------------------------------------------------------------------------------------------------------

JUNK = [
    *(None, OMITTED, "", " ", "abc", "12", "1996-09-30", "equal", "ACT/360", "#N/A", True, False),
    *(0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 12.0, 35338.0, 60.0, 1e6, -1e6, 1e15, 1e308, -1e308, 5e-324),
    *(day(1899, 12, 30), day(1900, 2, 28), day(1996, 7, 11), day(1996, 9, 30), day(2000, 12, 31), day(9999, 12, 31)),
    *(Decimal("19500000.0000"), Decimal("-0.0001"), *map(error_cell, (2000, 2007, 2042, 2045, 2050, 2222))),
]
SHAPES = [(1, 1), (1, 2), (1, 5), (5, 1), (3, 2), (2, 3), (4, 3)]


def junk(generator):
    """A single value, a reference to cells, or a computed array."""
    kind = generator.choice(["scalar", "cells", "array"])
    if kind == "scalar":
        return generator.choice(JUNK)
    height, width = generator.choice(SHAPES)
    cells = [None if cell == OMITTED else cell for cell in JUNK]  # an array's cell is never left out
    rows = [generator.choices(cells, k=width) for _ in range(height)]
    return rows if kind == "cells" else tuple(map(tuple, rows))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_junk_ends_in_cells(excel, name):
    """The worker refuses anything but a cell, and an exception on its way out."""
    generator = random.Random(name)  # noqa: S311 - seeded, so that a failure can be seen again
    for _ in range(8):
        arguments = [junk(generator) for _ in FUNCTIONS[name].parameters]
        assert isinstance(excel.call(name, *arguments), float | bool | str | dt.datetime | list), arguments
