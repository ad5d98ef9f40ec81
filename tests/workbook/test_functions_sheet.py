"""The sheet Functions: its examples, and what a refresh makes of them once the user has changed the workbook."""

import datetime as dt
import io
import re
import zipfile

import pytest
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from drawstop.functions import FUNCTIONS
from drawstop.functions.examples import example
from lender_model import refresh
from lender_model.sheets import functions
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package

SHEET = "Functions"
EPOCH = dt.date(1899, 12, 30)
REFERENCE = r"\$?[A-Z]{1,3}\$?[0-9]+"


def find(package, column, text):
    """The row in which a column holds a text."""
    return next(int(at[1:]) for at, cell in package.cells(SHEET).items() if at[0] == column and cell.value == text)


def answer_at(package, function):
    return f"E{find(package, 'A', f'fn.{function}')}"


def argument_at(package, function, argument):
    """The first cell of an argument of a function's example: the last row of that label above the answer."""
    answer = find(package, "A", f"fn.{function}")
    labels = {argument, f"[{argument}]"}
    cells = package.cells(SHEET)
    return f"E{max(int(at[1:]) for at in cells if at[0] == 'B' and int(at[1:]) < answer and cells[at].value in labels)}"


def put(package, function, **arguments):
    """The workbook with other values in the cells of arguments; a list fills the cells to the right too."""
    values = {}
    for name, value in arguments.items():
        row, column = xl_cell_to_rowcol(argument_at(package, function, name))
        for k, each in enumerate(value if isinstance(value, list) else [value]):
            values[xl_rowcol_to_cell(row, column + k)] = each
    return package.patch({SHEET: values})


def edited(package, change, sheet=SHEET):
    """The workbook with the XML of a sheet changed as a user's editing would change it."""
    number = package.sheet_names.index(sheet) + 1
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            if part == f"xl/worksheets/sheet{number}.xml":
                before = text.decode()
                text = change(before).encode()
                assert text.decode() != before
            new.writestr(part, text)
    return Package(target.getvalue())


def typed(package, cell, formula=None, value=None):
    """The workbook after a formula, or a number, was typed into a cell of the sheet."""
    content = f"<f>{formula}</f><v>0</v>" if formula else f"<v>{value}</v>"
    old = rf'(<c r="{cell}"[^>]*?)(?: t="\w+")?>.*?</c>'
    return edited(package, lambda xml: re.sub(old, rf"\1>{content}</c>", xml))


def shown(package, function):
    """What a function's example shows: one value, or rows."""
    at = answer_at(package, function)
    cells = package.cells(SHEET)
    first, _, last = (cells[at].array or at).partition(":")
    (top, left), (bottom, right) = xl_cell_to_rowcol(first), xl_cell_to_rowcol(last or first)
    rows = [
        [cells[xl_rowcol_to_cell(row, column)].value for column in range(left, right + 1)]
        for row in range(top, bottom + 1)
    ]
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else rows


def serial(day):
    return float((day - EPOCH).days)


def as_cells(result):
    """An answer in Python as cells hold it."""
    if isinstance(result, list):
        return [[as_cells(value) for value in row] for row in result]
    return serial(result) if isinstance(result, dt.date) else result


# ---- as it is shipped ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_its_example(package, name):
    cell = package.cells(SHEET)[answer_at(package, name)]
    call = re.fullmatch(rf"{name}\((.*)\)", cell.formula)
    assert call, cell.formula
    takes = len(FUNCTIONS[name].parameters)
    given = call[1].split(",")
    assert len(given) == takes or (FUNCTIONS[name].variadic and len(given) > takes)
    assert all(re.fullmatch(rf"{REFERENCE}(?::{REFERENCE})?", each) for each in given)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_its_answer_is_that_of_the_documentation(package, name):
    """Though it is given every argument, the terms among them, and blank cells where a row of dates may go on."""
    expected = as_cells(example(FUNCTIONS[name]).answer)
    got = shown(package, name)
    if isinstance(expected, float):
        assert got == pytest.approx(expected, rel=1e-12)
    else:
        assert got == expected


def test_terms_are_linked_not_copied(package):
    """An argument whose default is a term of the agreement shows the cell of the sheet Terms."""
    for name, spec in FUNCTIONS.items():
        given = len(example(spec).arguments)
        for p in spec.parameters[given:]:
            if p.arg.term and not isinstance(p.default, list):
                linked = package.cells(SHEET)[argument_at(package, name, p.name)].formula
                assert package.defined_names[linked].startswith("Terms!"), (name, p.name)


def test_the_contents_lead_to_the_examples(built, package):
    number = package.sheet_names.index(SHEET) + 1
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        xml = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
    links = dict(re.findall(r'<hyperlink ref="(B\d+)" location="Functions!(B\d+)"', xml))
    cells = package.cells(SHEET)
    assert len(links) == len(FUNCTIONS)
    assert all(cells[start].value == cells[end].value for start, end in links.items())
    assert {cells[end].value for end in links.values()} == set(FUNCTIONS)


# ---- other arguments -----------------------------------------------------------------------------------------------

INSTALMENTS = [[dt.date(year, *day)] for year in range(1997, 2001) for day in [(9, 30), (12, 31)]]

# function: other arguments, and what it gives for them
CHANGES = {
    # the floor of 1,500,000 and 100,000 of interest
    "PROCEEDS_MIN": ({"formula_amount": 900e3, "interest_3m": 100e3, "capex_3m": 0, "other_3m": None}, 1_600_000.0),
    # 10m × (46 days × 8.000 % + 46 days × 7.625 %) ÷ 360, the margin stepping down on 15-Nov-1997
    "LOAN_INTEREST": (
        {
            "principal": 10e6,
            "start_date": dt.date(1997, 9, 30),
            "end_date": dt.date(1997, 12, 31),
            "libor": 0.0575,
            "completion_date": dt.date(1997, 11, 15),
        },
        10e6 * 46 * (0.08 + 0.07625) / 360,
    ),
    # what falls due on the as-of date is paid; one more date and amount stand in the blank cells
    "DUE_WITHIN": (
        {"dates": [dt.date(1996, 9, 30), dt.date(1996, 12, 31), dt.date(1996, 10, 31)], "amounts": [5e3, 7e3, 500]},
        7_500.0,
    ),
    "EXPLAIN": (
        {"function_name": "DSCR"},
        "DSCR: 4 arguments given; it is called as DSCR(cash_available, debt_service)",
    ),
    "PROCEEDS_AVAILABLE": ({"in_default": True}, 0.0),
    "MILESTONE": ({"as_of": dt.date(1997, 7, 30), "deadline": dt.date(1997, 7, 31)}, "pending"),
    "COVENANT_CURRENT_RATIO": ({"current_assets": 1.99, "current_liabilities": 1}, False),
    "NET_RETURNS": ({"gross": [1_000, 3_000]}, [[850.0, 2_800.0]]),
    # errors are error values, not texts
    "DSCR": ({"debt_service": 0}, Error("#DIV/0!")),
    "CURRENT_RATIO": ({"current_assets": Error("#N/A")}, Error("#N/A")),
    "LIABILITIES_RATIO": ({"total_liabilities": "#SPILL!"}, Error("#VALUE!")),  # as Excel stores it in a file
    "FORCED_CONVERSION": ({"closes": [4.80, 4.75, 4.80]}, Error("#N/A")),
    "PROCEEDS_MIN_ITEMS": ({"interest_3m": "abc"}, [[Error("#VALUE!")] * 2] * 5),
    # a row of 3 × 2 cells, since ROYALTY_SCHEDULE has lost a period, in the range of the example
    "ROYALTY_SCHEDULE": (
        {"periods": [None, None, None]},
        [
            ["Date", "Net returns", "Royalty", "Credit used", "Payable", "Credit left"],
            [36525.0, 8e6, 400e3, 400e3, 0.0, 100e3],  # 31-Dec-1999: 5 % of 8m, out of the advance of 500,000
            [Error("#N/A")] * 6,
        ],
    ),
}


@pytest.fixture(scope="module")
def changed(package):
    """The workbook refreshed after all of these changes."""
    for function, (arguments, _) in CHANGES.items():
        package = put(package, function, **arguments)
    return refresh.calculate(package).package


def errors(cells):
    """Which cells hold an error value rather than a text that reads like one."""
    return [errors(cell) for cell in cells] if isinstance(cells, list) else isinstance(cells, Error)


@pytest.mark.parametrize("function", CHANGES)
def test_changed_arguments_count(changed, function):
    _, expected = CHANGES[function]
    got = shown(changed, function)
    assert got == (pytest.approx(expected, rel=1e-12) if isinstance(expected, float) else expected)
    assert type(got) is type(expected)
    assert errors(got) == errors(expected)


def test_the_other_examples_stay(changed, package):
    others = FUNCTIONS.keys() - CHANGES
    assert {name: shown(changed, name) for name in others} == {name: shown(package, name) for name in others}


def test_a_changed_term(package):
    """The floor of limb (I) at 3 million is above the example's formula amount: 3,000 + 250 + 400 + 150 thousand."""
    home, floor = package.defined_names["proceeds_account_floor"].replace("$", "").split("!")
    after = refresh.calculate(package.patch({home: {floor: 3_000_000}})).package
    assert after.cells(SHEET)[argument_at(package, "PROCEEDS_MIN", "floor")].value == 3_000_000
    assert shown(after, "PROCEEDS_MIN") == 3_800_000


def test_a_number_typed_over_a_term(package):
    after = refresh.calculate(typed(package, argument_at(package, "PROCEEDS_MIN", "floor"), value=2_500_000)).package
    assert shown(after, "PROCEEDS_MIN") == 3_300_000


# ---- tables of another size ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [3, 12])
def test_a_table_stays_in_its_cells(package, count):
    after = refresh.calculate(typed(package, argument_at(package, "INSTALMENT_DATES", "count"), value=count)).package
    dates = as_cells(INSTALMENTS)[:count]
    got = shown(after, "INSTALMENT_DATES")
    assert got == dates + [["#N/A"]] * (8 - len(dates))
    assert errors(got) == [[False]] * len(dates) + [[True]] * (8 - len(dates))


# ---- what the user does to the sheet -------------------------------------------------------------------------------


def moved(xml, rows, columns):
    """Rows inserted above the examples and columns before the values: what lies beyond moves, in formulas too."""

    def shift(match):
        row, column = xl_cell_to_rowcol(match[0])
        return xl_rowcol_to_cell(row + (rows if row >= 5 else 0), column + (columns if column >= 4 else 0))

    def cells(match):
        return match[1] + re.sub(REFERENCE, shift, match[2]) + match[3]

    xml = re.sub(r"<(?:hyperlinks|dataValidations|conditionalFormatting).*</(?:hyperlinks|dataValidations)>", "", xml)
    xml = re.sub(r'(<c r=")([A-Z]+\d+)(")', cells, xml)
    xml = re.sub(r'(<f t="array" ref=")([A-Z\d:]+)(")', cells, xml)
    xml = re.sub(r'(<row r=")(\d+)(")', lambda m: f"{m[1]}{int(m[2]) + (rows if int(m[2]) > 5 else 0)}{m[3]}", xml)
    return re.sub(r"(<f[^>]*>)([^<]*)(</f>)", cells, xml)


def test_inserted_rows_and_columns(package):
    changed = put(package, "PROCEEDS_MIN", formula_amount=900e3, interest_3m=100e3, capex_3m=0, other_3m=0)
    changed = typed(changed, argument_at(changed, "INSTALMENT_DATES", "count"), value=2)
    after = refresh.calculate(edited(changed, lambda xml: moved(xml, rows=3, columns=2))).package.cells(SHEET)

    def there(function, below=0):
        row, column = xl_cell_to_rowcol(answer_at(package, function))
        return after[xl_rowcol_to_cell(row + 3 + below, column + 2)].value

    assert there("PROCEEDS_MIN") == 1_600_000
    assert [there("INSTALMENT_DATES", k) for k in range(3)] == [*(d for [d] in as_cells(INSTALMENTS[:2])), "#N/A"]


def test_an_answer_s_own_formula_is_followed_and_a_value_typed_over_it_is_named(package):
    """Cash of 4,000 over a debt service of 3 covers it 1,333 times."""
    formula, value = answer_at(package, "DSCR"), answer_at(package, "DILUTION")
    result = refresh.calculate(typed(typed(package, formula, "DSCR(4*1000,3)"), value, value=7))
    assert (result.typed_over, result.edited) == ([f"{SHEET}!{value}"], [])
    assert result.package.cells(SHEET)[formula].value == pytest.approx(4000 / 3)
    assert result.package.cells(SHEET)[formula].formula == "DSCR(4*1000,3)"
    assert result.package.cells(SHEET)[value].value == 7.0


def test_an_argument_from_another_sheet_is_that_of_the_refresh(package, history):
    """The formula points at lines of the model, which the same refresh calculates."""
    sheet = "Proceeds"
    cells = history.package.cells(sheet)
    ref = {cells[at].value: int(at[1:]) for at in cells if re.fullmatch(r"A\d+", at) and cells[at].value}
    formula = f"PROCEEDS_SHORTFALL({sheet}!$I${ref['proceeds.closing']},{sheet}!I{ref['proceeds.minimum']})"
    changed = typed(package, answer_at(package, "PROCEEDS_SHORTFALL"), formula)
    after = refresh.calculate(changed, as_of=dt.date(1996, 9, 30))
    # 30-Sep-1996 is the third month: the account was short of its minimum by the contribution that was not made
    assert after.package.cells(SHEET)[answer_at(package, "PROCEEDS_SHORTFALL")].value == pytest.approx(1_500_000)


def test_an_example_removed_or_moved_out_of_sight_stops_nothing(package):
    at = f"A{find(package, 'A', 'fn.DSCR')}"
    removed = package.patch({SHEET: {at: None}})
    result = refresh.calculate(removed)
    assert result.typed_over == []
    assert result.package.cells(SHEET)[answer_at(package, "PROCEEDS_MIN")].value == 2_900_000


def test_a_heading_renamed_leaves_the_answers(package):
    heading = next(at for at, cell in package.cells(SHEET).items() if cell.value == functions.VALUE_HEADING)
    changed = put(package, "PROCEEDS_MIN", formula_amount=900e3, interest_3m=100e3, capex_3m=0, other_3m=0)
    result = refresh.calculate(changed.patch({SHEET: {heading: "Figure"}}))
    assert result.typed_over == []
    assert shown(result.package, "PROCEEDS_MIN") == 1_600_000
