"""The functions as LAMBDAs of Excel: the same figures and the same errors as in Python, calculated by IronCalc.

IronCalc is an engine of its own (Apache and MIT, in Rust), which knows LAMBDA and its helpers as Excel does.
"""

import datetime as dt
import importlib.util
import io
import re
import sys
import zipfile
from pathlib import Path

import ironcalc
import pytest
import xlsxwriter
from lxml import etree

from drawstop.functions import FUNCTIONS
from drawstop.functions.native import FORMULAS, HELPERS, definitions, in_file, lambda_text
from drawstop.functions.native.write import MAX_FORMULA
from drawstop.hosts.links import called, calls
from drawstop.opc import PackageError
from lender_model import copies
from lender_model.xlsx.package import Package


def neighbour(path):
    """A module of the tests, which are not a package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


HERE = Path(__file__).parent
native = neighbour(HERE / "calls.py")
contract = neighbour(HERE.parent / "functions" / "test_contract.py")

NO_FORMULA = {"CONVERTIBLE_VALUE", "EXPLAIN"}  # a tree of hundreds of steps; messages
WORKED = [case.values for case in contract.WORKED + contract.FILING + contract.SENTENCES if case.values[0] in FORMULAS]


DAYS_2024 = [dt.date(2024, 6, 3) + dt.timedelta(days=n) for n in range(19) if n % 7 < 5]
FIXINGS = [5.33, 5.32, 5.33, 5.34, 5.33, 5.31, 5.32, 5.31, 5.30, 5.32, 5.33, 5.33, 5.34, 5.32, 5.31]
PERIOD = [DAYS_2024, [rate / 100 for rate in FIXINGS], dt.date(2024, 6, 10), dt.date(2024, 6, 20)]
HALVES = [dt.date(2025, 6, 30), dt.date(2025, 12, 31), dt.date(2026, 6, 30)]
QUARTERS = [dt.date(2025, 3, 31), dt.date(2025, 6, 30), dt.date(2025, 9, 30), dt.date(2025, 12, 31)]
TRANCHE = [
    *([[dt.date(2024, 12, 31), 10e6]], [[QUARTERS[-1], "balance"]]),
    *([[dt.date(2024, 12, 31), 0.05], [QUARTERS[0], 0.04]], [[day] for day in QUARTERS]),
    *([[dt.date(2024, 12, 31), 0.0475], [QUARTERS[1], 0.0425]], None, QUARTERS[1]),
]
# The functions' contract, Today's loans: each figure exact to the digits shown, at its row and column of the answer
TODAYS = [
    ("RATE_COMPOUNDED", [*PERIOD, 2], (0, 0), 0.053213013093, 12),
    ("RATE_COMPOUNDED", [*PERIOD, 2, True], (0, 0), 0.053256011132, 12),
    ("TRANCHE_SCHEDULE", TRANCHE, (3, 5), 10_470_321.8316, 4),
    ("TRANCHE_SCHEDULE", TRANCHE, (4, 8), 220_749.2853, 4),
    ("SCULPTED_DEBT", [dt.date(2024, 12, 31), HALVES, [10e6, 12e6, 8e6], 0.08, 1.3], (1, 5), 21_383_864.6940, 4),
    ("SCULPTED_DEBT", [dt.date(2024, 12, 31), HALVES, [10e6, 12e6, 8e6], 0.08, 1.3], (2, 4), 6_832_201.1346, 4),
    ("SCULPTED_DEBT", [dt.date(2024, 12, 31), HALVES, [10e6, 12e6, 8e6], 0.08, 1.3], (4, 4), 5_915_895.6830, 4),
    ("CASH_SWEEP", [8e6, 0.5, 20e6, 2e6], (0, 0), 3_000_000.0, 6),
    ("STREAM_OUNCES", [10_000, 4_000, [[5_000, 0.5], [None, 0.25]]], (0, 0), 3_000.0, 6),
    ("OPTION_VALUE", ["put", 2_200, 2_400, 0.16, 1.5, 0.045], (0, 0), 90.5386934, 7),
    ("OPTION_VALUE", ["call", 2_700, 2_400, 0.16, 1.5, 0.045], (0, 0), 78.3091008, 7),
]


def test_all_functions_are_formulas_but_two():
    assert set(FUNCTIONS) - set(FORMULAS) == NO_FORMULA


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """A workbook file with all LAMBDAs."""
    return native.workbook(tmp_path_factory.mktemp("native"))


@pytest.fixture(scope="module")
def worked(functions):
    """What IronCalc gives for each worked figure, calculated together."""
    return native.answers(functions, [(name, list(given), (1, 1)) for name, given, *_ in WORKED])


@pytest.mark.parametrize("k", range(len(WORKED)), ids=lambda k: f"{k}-{WORKED[k][0]}")
def test_worked_figure(worked, k):
    *_, gives, digits = WORKED[k]
    [[answer]] = worked[k]
    wanted = native.serial(gives)
    assert native.same(wanted, answer) if digits is None else round(answer, digits) == wanted


def test_worked_figures_of_todays_loans(functions):
    shaped = [(name, given, (6, 9)) for name, given, *_ in TODAYS]
    for (name, _, (row, column), gives, digits), answer in zip(TODAYS, native.answers(functions, shaped), strict=True):
        assert round(answer[row][column], digits) == gives, name


def test_random_calls_give_what_python_gives():
    wrong = native.differing(native.random_calls(730, seed=1))
    assert not wrong, wrong[:3]


@pytest.fixture(scope="module")
def sheet(functions):
    """What a formula gives in a workbook with all LAMBDAs."""
    model = ironcalc.load_from_xlsx(str(functions), "en", "UTC", "en")
    for row, column, content in CELLS:
        native._put(model, row, column, content)

    def answer(formula):
        model.set_user_input(0, 1, 1, formula)
        model.evaluate()
        return model.get_cell_value(0, 1, 1)

    return answer


# H1:H3 hold 0.05, nothing, and an error
CELLS = [(1, 8, 0.05), (3, 8, "#N/A")]


@pytest.mark.parametrize(
    ("formula", "gives"),
    [
        # 19.5m × 7.9375 % × 81 ÷ 360; a missing LIBOR never prices as zero
        ("=LOAN_INTEREST(19500000,DATE(1996,7,11),DATE(1996,9,30),0.056875)", 348_257.8125),
        ("=LOAN_INTEREST(19500000,DATE(1996,7,11),DATE(1996,9,30),H2)", "#VALUE!"),
        ("=LOAN_INTEREST(19500000,DATE(1996,7,11),DATE(1996,9,30),H3)", "#N/A"),
        ('=LOAN_INTEREST(19500000,DATE(1996,7,11),DATE(1996,9,30),"")', "#VALUE!"),
        ("=IFERROR(LOAN_INTEREST(19500000,DATE(1996,7,11),DATE(1996,9,30),H2),-1)", -1),
        # an argument left out, an empty one, and a blank cell take the default
        ("=PROCEEDS_MIN(0,1000000000,0,0)", 1_750_000.0),
        ("=PROCEEDS_MIN(0,1000000000,0,0,,100)", 1_500_100.0),
        ("=PROCEEDS_MIN(0,1000000000,0,0,H2,H2)", 1_750_000.0),
        ("=ESTABLISHMENT_FEE()", 292_500.0),
        # a spill's cells have their own errors, and ranges combine
        ("=SUM(IFERROR(NOTE_INTEREST(DATE(1996,7,11),DATE(1997,7,6),H1:H3),1))", 175_002.0),
        ("=SUM(DSCR({1,2,3},{1;2}))", 9.0),  # 6 ÷ 1 + 6 ÷ 2
        ("=ROWS(DSCR({1,2,3},{1;2}))*10+COLUMNS(DSCR({1,2,3},{1;2}))", 23),
        ("=DSCR({1,2,3},{1,2})", "#VALUE!"),
        ("=DSCR(1,0)", "#DIV/0!"),
        ("=DSCR(TRUE,1)", "#VALUE!"),
        ('=DSCR("1",1)', "#VALUE!"),
        ('=DSCR("a",1/0)', "#DIV/0!"),  # an error cell comes before a fault further left
        # contradictions
        ("=NOTE_INTEREST(DATE(1997,7,6),DATE(1996,7,11),0.05)", "#NUM!"),
        ("=COMMITMENT_FEE(1,2,DATE(1996,7,11),DATE(1996,9,30))", "#NUM!"),
        # what counts after an as-of date, and headroom without equity
        ("=LLCR(DATE(1996,12,31),DATE(1997,12,31),1,0.1,1,DATE(1996,12,30))", "#NUM!"),
        ("=HEADROOM_LIABILITIES(5,-1)", -5.0),
        # dates are serial numbers, errors real ones
        ("=COMPLETION_DATE(40000,40001,40002,40003)", 40003.0),
        ("=FORCED_CONVERSION({40001;40000},{4.8;5},4.75,2)", 40001.0),
        ("=IF(ISERROR(DSCR(1,0)),7,8)", 7.0),
    ],
)
def test_in_a_cell(sheet, formula, gives):
    answer = sheet(formula)
    assert isinstance(gives, str) == isinstance(answer, str)
    assert answer == (pytest.approx(gives, rel=1e-12) if isinstance(gives, float) else gives)


def test_a_lambda_needs_nothing_else():
    """Pasted into a workbook that has no names at all."""
    for formula, gives in (
        ("PROCEEDS_MIN(2100000,360000,400000,150000)", 2_900_000.0),
        ("GOLD_FORWARD(382.7,0.056875,0.015,90)", pytest.approx(382.70 * 1.01421875 / 1.00375)),
        ("SUM(INSTALMENTS(900,{1;2;3}+40000))", 900.0),
    ):
        model = ironcalc.create("book", "en", "UTC", "en")
        name = next(iter(called(formula)))
        model.new_defined_name("MINE", None, lambda_text(name))
        model.set_user_input(0, 1, 1, "=" + formula.replace(name, "MINE"))
        model.evaluate()
        assert model.get_cell_value(0, 1, 1) == gives


# ---- Excel's limits and rules ------------------------------------------------------------------------------------

EVERY = definitions(FORMULAS)
CELL = re.compile(r"[A-Z]{1,3}[0-9]+|R[0-9]*C[0-9]*|R|C", re.IGNORECASE)
VARIABLE = re.compile(r"_xlpm\.(\w+)")


@pytest.mark.parametrize("definition", EVERY, ids=lambda definition: definition.name)
def test_excel_can_hold_it(definition):
    text = in_file(definition.text)
    assert len(text) <= MAX_FORMULA
    if definition.name in FORMULAS:
        assert len(lambda_text(definition.name)) <= MAX_FORMULA
    assert len(definition.arguments) <= 253
    depth = deepest = 0
    for sign in re.sub(r'"[^"]*"', "", text):
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    assert depth == 0
    assert deepest <= 64  # levels of nesting
    for name in {definition.name, *VARIABLE.findall(text)}:
        assert not CELL.fullmatch(name), name
        assert len(name) <= 255


def test_a_variable_is_not_a_name_of_a_function_of_ours():
    names = {name.lower() for name in (*FUNCTIONS, *HELPERS)}
    variables = {name for definition in EVERY for name in VARIABLE.findall(in_file(definition.text))}
    assert not names & variables


def test_no_variable_is_named_like_a_function_that_is_called():
    """Typed into Excel, DAY(x) where day is a variable might call the variable."""
    called_there = {
        name
        for definition in EVERY
        for name in re.findall(r"(?<![\w.])([A-Z][A-Z0-9.]*)\(", re.sub(r'"[^"]*"', "", definition.text))
    }
    variables = {name.upper() for definition in EVERY for name in VARIABLE.findall(in_file(definition.text))}
    assert {"DAY", "SUM", "MAKEARRAY"} <= called_there
    assert not called_there & variables


def test_functions_younger_than_the_format_have_their_mark():
    """XlsxWriter knows which functions a file holds under another name."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"use_future_functions": True}) as book:
        sheet = book.add_worksheet()
        for k, definition in enumerate(EVERY):
            unmarked = in_file(definition.text).replace("_xlfn._xlws.", "").replace("_xlfn.", "")
            sheet.write_formula(k, 0, f"={unmarked}")
    [part] = Package(buffer.getvalue()).sheet_names
    written = Package(buffer.getvalue()).cells(part)
    for k, definition in enumerate(EVERY):
        marks = re.findall(r"_xlfn\.(?:_xlws\.)?[A-Z.]+", written[f"A{k + 1}"].formula or "")
        assert sorted(re.findall(r"_xlfn\.(?:_xlws\.)?[A-Z.]+", in_file(definition.text))) == sorted(marks)


# ---- the exported copy -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(built):
    return copies.with_lambdas(Package(built, "model.xlsx"))


def test_every_formula_stays_but_those_that_no_lambda_can_be(exported, package):
    for sheet in package.sheet_names:
        before, after = package.cells(sheet), exported.package.cells(sheet)
        for reference, cell in before.items():
            assert after[reference].value == cell.value
            gone = called(cell.formula or "") & NO_FORMULA
            assert after[reference].formula == (None if gone else cell.formula)
    assert [note.split(" cannot")[0] for note in exported.notes] == sorted(NO_FORMULA)


def test_the_copy_calculates_to_its_stored_figures(exported, tmp_path):
    path = tmp_path / "copy.xlsx"
    path.write_bytes(exported.package.to_bytes())
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    sheets = [about["name"] if isinstance(about, dict) else about.name for about in model.get_worksheets_properties()]
    compared = 0
    for sheet in exported.package.sheet_names:
        for reference, cell in exported.package.cells(sheet).items():
            if cell.formula and calls(cell.formula):
                letters, row = re.fullmatch(r"([A-Z]+)(\d+)", reference).groups()
                column = ironcalc.column_number_from_name(letters)
                found = model.get_cell_value(sheets.index(sheet), int(row), column)
                assert native.same(cell.value, found) or abs(found - cell.value) < 1e-6, (sheet, reference, found)
                compared += 1
    assert compared > 200  # cells, so that a copy without them does not pass


def test_calls_in_single_cells_are_dynamic(exported):
    """Else Excel would cut their ranges to one cell and show an @ before them."""
    with zipfile.ZipFile(io.BytesIO(exported.package.to_bytes())) as archive:
        metadata = etree.fromstring(archive.read("xl/metadata.xml"))
        assert metadata.find("{*}cellMetadata/{*}bk/{*}rc").get("t") == "1"
        assert b"/xl/metadata.xml" in archive.read("[Content_Types].xml")
        assert b"metadata.xml" in archive.read("xl/_rels/workbook.xml.rels")
        marked = 0
        for part in archive.namelist():
            if part.startswith("xl/worksheets/sheet"):
                for cell in etree.fromstring(archive.read(part)).iterfind(".//{*}c[@cm]"):
                    formula = cell.find("{*}f")
                    assert (cell.get("cm"), formula.get("t"), formula.get("ref")) == ("1", "array", cell.get("r"))
                    assert calls(formula.text)
                    marked += 1
    assert marked > 150  # as above


def test_a_name_that_is_taken_is_refused():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("Loan").write_formula("A1", "=DSCR(B1,B2)", None, 1.5)
        book.define_name("Dscr", "=Loan!$B$1")
    with pytest.raises(PackageError, match="has a name 'Dscr' of its own; rename it"):
        copies.with_lambdas(Package(buffer.getvalue(), "loan.xlsx"))


def test_a_workbook_without_names_gets_them():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("Loan")
        sheet.write_formula("A1", "=DSCR(B1,B2)", None, 1.5)
        sheet.write_row("B1", [3])
        sheet.write_row("B2", [2])
        sheet.merge_range("D1:E1", "")
        sheet.write_formula("D1", "=DSCR(B1,B2)", None, 1.5)
    copy = copies.with_lambdas(Package(buffer.getvalue(), "loan.xlsx")).package
    assert set(copy.defined_names) == set()  # read before; the file has them
    again = Package(copy.to_bytes())
    assert set(FORMULAS) | set(HELPERS) >= set(again.defined_names) >= set(FORMULAS)
    cells = again.cells("Loan")
    assert (cells["A1"].array, cells["D1"].array) == ("A1", None)  # no array formula in a merged cell
