"""A workbook recalculated: arrays over rows of months, other sheets, defined names, blanks, errors, changed inputs."""

import datetime as dt
import hashlib
import re
import zipfile

import pytest
import xlsxwriter

from drawstop.functions import FORMULA_AMOUNT, PROCEEDS_MIN
from drawstop.hosts import calc as host
from drawstop.hosts.calc import CalcError

MONTHS = 90
ROW = "H1:CS1"  # 90 columns


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Inputs on one sheet, a row of months on another whose name needs quotes."""
    path = tmp_path_factory.mktemp("books") / "lender's model.xlsx"
    with xlsxwriter.Workbook(path) as book:
        inputs, months = book.add_worksheet("Inputs"), book.add_worksheet("Months (base)")
        book.define_name("Floor", "=Inputs!$B$3")
        book.define_name("Least", "=PROCEEDS_MIN(Inputs!$B$1,Inputs!$B$2,0,0)")
        inputs.write_column("B1", [2.1e6, 360e3, None])
        inputs.write_datetime("B4", dt.date(1996, 9, 30))
        inputs.write_column("B5", [5e6, "=1/0"])
        months.write_row("H1", [100e3 * month for month in range(MONTHS)])
        months.write_array_formula("H2:CS2", f"{{=PROCEEDS_MIN({ROW},Inputs!$B$2,{ROW},0,Inputs!$B$3)}}")
        months.write_array_formula("H3:CS3", f"{{=IFERROR(CURRENT_RATIO(3*{ROW},{ROW}),0)}}")
        months.write_array_formula("H4:CS4", f'{{=IF(MILESTONE(Inputs!$B$4,{ROW})="missed",1,0)}}')
        months.write_array_formula("H5:CS5", f"{{=COVENANT_CURRENT_RATIO({ROW},2000000)}}")
        for column in range(8, 7 + MONTHS):
            months.write_boolean(4, column, True)  # as the file holds them; XlsxWriter leaves the first a number
        months.write_array_formula("A10:B14", "{=PROCEEDS_MIN_ITEMS(Inputs!B1,Inputs!B2,1,2)}")
        for row, formula in enumerate(
            (
                "=PROCEEDS_SHORTFALL(Inputs!B5,PROCEEDS_MIN(Inputs!B1,Inputs!B2,400000,150000))",
                '=IFERROR(PROCEEDS_MIN("abc",1,2,3),"caught")',
                "=PROCEEDS_MIN(0,0,0,0,Floor)",
                "=Least+1",
                '=IF(MILESTONE(Inputs!B4,Inputs!B4)="missed","MILESTONE(","")',
                '=VLOOKUP("Minimum balance",A10:B14,2,FALSE)',
                "=SHARES_ISSUED(1000000,Inputs!B5:B6)",
                "=SUM(INSTALMENTS(19500000,INSTALMENT_DATES()))",
                "='Months (base)'!H2*2",
                "=Inputs!B4+1",
            )
        ):
            months.write_formula(19 + row, 0, formula)
        months.write_boolean("A30", True)  # a constant, which Calc holds as a formula
        months.write_formula("A31", "=A30=TRUE", None, True)
    return path


@pytest.fixture(scope="module")
def book(calc, path):
    book = calc.open(path)
    yield book
    book.close()


@pytest.fixture(scope="module")
def values(book):
    return book.calculate()["Months (base)"]


def row(values, number):
    cells = [xlsxwriter.utility.xl_rowcol_to_cell(number - 1, column) for column in range(7, 7 + MONTHS)]
    return [values[cell] for cell in cells]


def test_an_array_formula_fills_a_row_of_months(values):
    month = [100e3 * k for k in range(MONTHS)]
    assert row(values, 2) == [max(1.5e6, flow) + min(250e3, 360e3) + flow for flow in month]
    assert row(values, 3) == [0.0, *[3.0] * (MONTHS - 1)]  # the first month has no liabilities: #DIV/0! there alone


def test_texts_of_an_array_are_found_equal(values):
    as_of = (dt.date(1996, 9, 30) - dt.date(1899, 12, 30)).days
    # serial 0 is a blank date, whose answer is an error; beyond the last day a spreadsheet knows, another
    expected = ["#VALUE!", *[1.0 if 100e3 * k <= as_of else 0.0 for k in range(1, 30)], *["#NUM!"] * (MONTHS - 30)]
    assert row(values, 4) == expected


def test_flags_are_flags_where_the_file_holds_flags(values):
    assert row(values, 5) == [k >= 40 for k in range(MONTHS)]
    assert [type(flag) for flag in row(values, 5)] == [float, *[bool] * (MONTHS - 1)]
    assert values["A31"] is True


def test_formulas_alone_are_read(values):
    assert "A30" not in values
    assert len(values) == 4 * MONTHS + 10 + 10 + 1


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("A20", 0.0),  # 5,000,000 against 2,100,000 + 250,000 + 400,000 + 150,000
        ("A21", "caught"),
        ("A22", 1.5e6),  # the floor is blank: the facility's own stands in
        ("A23", 2_350_001.0),
        ("A24", "MILESTONE("),
        ("A25", 2_350_003.0),
        ("A26", "#VALUE!"),  # an error inside a range: Calc does not call us
        ("A27", 19.5e6),
        ("A28", 3.5e6),
        ("A29", 35339.0),
    ],
)
def test_one_cell(values, cell, expected):
    assert values[cell] == expected


def test_changed_inputs_count(book):
    book.set({"Inputs": {"B2": 100_000, "B3": 2e6, "B4": dt.date(1997, 1, 31), "B5": None}})
    after = book.calculate()["Months (base)"]
    book.set({"Inputs": {"B2": 360_000, "B3": None, "B4": dt.date(1996, 9, 30), "B5": 5e6}})
    again = book.calculate()["Months (base)"]
    assert after["H2"] == 2e6 + 100e3
    assert after["A20"] == 2_750_000.0  # a blank balance is 0
    assert after["A29"] == (dt.date(1997, 2, 1) - dt.date(1899, 12, 30)).days
    assert (again["H2"], again["A20"], again["A22"]) == (1.75e6, 0.0, 1.5e6)


def test_full_precision(calc, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        sheet = book.add_worksheet("One")
        sheet.write_column("A1", [0.1, 2_345_678.9, 35430, 35611])
        sheet.write_formula("B1", "=PROCEEDS_MIN(A2/7*10,A1/3,0,0)")
        sheet.write_formula("B2", "=FORMULA_AMOUNT(35338,A3:A4,A2:A3,A1,1)")
    opened = calc.open(tmp_path / "book.xlsx")
    values = opened.calculate()["One"]
    opened.close()
    assert values["B1"] == PROCEEDS_MIN(2_345_678.9 / 7 * 10, 0.1 / 3, 0, 0)
    assert values["B2"] == FORMULA_AMOUNT(35338, [35430, 35611], [2_345_678.9, 35430], 0.1, 1)


def test_formulas_that_excel_has_shared(calc, tmp_path):
    """Excel writes a formula that is copied down once, and refers to it from the other cells."""
    with xlsxwriter.Workbook(tmp_path / "own.xlsx") as book:
        sheet = book.add_worksheet("One")
        for row in range(3):
            sheet.write_row(row, 0, [10e6 * row, 4e6])
            sheet.write_formula(row, 2, f"=CURRENT_RATIO(A{row + 1},B{row + 1})")
    with zipfile.ZipFile(tmp_path / "own.xlsx") as own, zipfile.ZipFile(tmp_path / "shared.xlsx", "w") as shared:
        for name in own.namelist():
            part = own.read(name)
            part = part.replace(b"<f>CURRENT_RATIO(A1", b'<f t="shared" ref="C1:C3" si="0">CURRENT_RATIO(A1')
            part = re.sub(rb"<f>CURRENT_RATIO\(A[23],B[23]\)</f>", b'<f t="shared" si="0"/>', part)
            shared.writestr(name, part)
    opened = calc.open(tmp_path / "shared.xlsx")
    values = opened.calculate()["One"]
    opened.close()
    assert values == {"C1": 0.0, "C2": 2.5, "C3": 5.0}


@pytest.mark.usefixtures("calc")
def test_in_one_call_beside_an_open_session(path):
    before = hashlib.sha256(path.read_bytes()).digest()
    values = host.recalculate(path, {"Inputs": {"B2": 0}})
    assert values["Months (base)"]["H2"] == 1.5e6
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # no lock, no copy


def test_what_cannot_be_opened_is_named(calc, tmp_path):
    (tmp_path / "book.xlsx").write_text("no zip", encoding="utf-8")
    with pytest.raises(CalcError, match=r"book\.xlsx: is incomplete or damaged"):
        calc.open(tmp_path / "book.xlsx")
    with pytest.raises(CalcError, match=r"missing\.xlsx: No such file"):
        calc.open(tmp_path / "missing.xlsx")


def test_an_unknown_cell_is_named(book):
    with pytest.raises(CalcError, match="there is no sheet 'Loan'"):
        book.set({"Loan": {"B2": 1}})
    with pytest.raises(CalcError, match="there is no cell 'B0' on sheet 'Inputs'"):
        book.set({"Inputs": {"B0": 1}})
