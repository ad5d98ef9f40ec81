"""What a cell shows: blanks, texts, flags, dates, errors, arrays, months, circles, and what is refused."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawstop.functions import LOAN_INTEREST, PROCEEDS_MIN

DIV0, NA, NUM, VALUE, NAME = "#DIV/0!", "#N/A", "#NUM!", "#VALUE!", "#NAME?"


@pytest.mark.parametrize(
    ("formula", "cells", "expected"),
    [
        # a blank is 0, FALSE or an empty text, as the other side asks; a formula shows it as 0
        ("=A1", {"A1": None}, 0.0),
        ("=A1+1", {}, 1.0),
        ('=A1=""', {}, True),
        ("=A1=0", {}, True),
        ("=A1=FALSE", {}, True),
        ("=ISBLANK(A1)", {}, True),
        ("=ISBLANK(A1)", {"A1": '=""'}, False),
        ('="x"&A1', {}, "x"),
        ("=IF(TRUE,A1)", {}, 0.0),
        # texts and flags where a number is needed
        ('="2"+1', {}, 3.0),
        ("=A1+1", {"A1": "–"}, VALUE),
        ("=TRUE+1", {}, 2.0),
        ("=SUM(A1:A3)", {"A1": 1.0, "A2": "2", "A3": True}, 1.0),
        ('=SUM(1,"2",TRUE)', {}, 4.0),
        ('=SUM("x")', {}, VALUE),
        ("=COUNT(A1:A4)", {"A1": 1.0, "A2": "2", "A3": True}, 1.0),
        ("=COUNTA(A1:A4)", {"A1": 1.0, "A2": "2", "A3": True}, 3.0),
        ("=MAX(A1:A2)", {"A1": "x"}, 0.0),
        ("=AVERAGE(A1:A2)", {"A1": "x"}, DIV0),
        ("=MIN(A1:A3,5)", {"A1": 7.0, "A2": "–"}, 5.0),
        # order: numbers, texts, flags; capitals make no difference
        ('=9<"a"', {}, True),
        ('="z"<FALSE', {}, True),
        ('="ABC"="abc"', {}, True),
        ('=A1="level"', {"A1": "Level"}, True),
        ("=1=TRUE", {}, False),
        # errors stay errors, the first of them
        ("=1/0", {}, DIV0),
        ("=A1+B1", {"A1": "=NA()", "B1": "=1/0"}, NA),
        ("=SUM(A1:A2)", {"A1": "=1/0", "A2": 1.0}, DIV0),
        ("=A1=1", {"A1": "=NA()"}, NA),
        ("=IF(A1,1,2)", {"A1": "=NA()"}, NA),
        ("=IF(FALSE,1/0,2)", {}, 2.0),
        ('=IF("x",1,2)', {}, VALUE),
        ("=AND(A1:A2)", {"A1": "=NA()", "A2": True}, NA),
        ("=AND(A1:A2)", {"A1": "x"}, VALUE),
        ("=ISERROR(A1)", {"A1": "=#REF!"}, True),
        ("=ISNUMBER(A1)", {"A1": "–"}, False),
        ("=10^400", {}, NUM),
        ("=0^0", {}, NUM),
        ("=0^-1", {}, DIV0),
        ("=(-8)^(1/3)", {}, NUM),
        ("=EXP(1000)", {}, NUM),
        # dates are numbers
        ("=A1+1", {"A1": "=DATE(1996,6,30)"}, 35247.0),
        ('=A1="1996-06-30"', {"A1": "=DATE(1996,6,30)"}, False),
        # the last bits of a sum
        ("=0.1+0.2-0.3", {}, 0.0),
        ("=1-0.9-0.1", {}, 0.0),
        ("=A1-A2", {"A1": 4096.1, "A2": 4096.0}, 4096.1 - 4096.0),
        # joining
        ('=0.1+0.2&"x"', {}, "0.3x"),
        ("=1E+21&TRUE", {}, "1E+21TRUE"),
    ],
)  # fmt: skip
def test_a_cell_s_value(value, formula, cells, expected):
    found = value(formula, cells)
    assert found == expected
    assert isinstance(found, str if isinstance(expected, str) else type(expected))


def test_a_zero_has_no_sign(value):
    assert str(value("=-A1")) == "0.0"


# ---- ranges and arrays ---------------------------------------------------------------------------------------------

COLUMN = {f"A{r}": float(r) for r in range(1, 5)}


def test_a_range_in_one_cell_means_the_cell_beside_it(sheets):
    """As Excel calculates what is no array formula (implicit intersection)."""
    found = sheets(
        COLUMN | {"C2": "=A1:A4*10", "C9": "=A1:A4*10", "C3": "=SUM(A1:A4*10)", "C4": "=SUMPRODUCT(A1:A4*10)"}
    )
    assert [found[c] for c in ("C2", "C9", "C3", "C4")] == [20.0, VALUE, 30.0, 100.0]


def test_an_array_formula_fills_its_cells(sheets):
    """What lies beyond the answer is #N/A; a single row or column is repeated."""
    found = sheets(
        COLUMN | {"C1": "=A1:A4*{1,10}", "F1": "=A1:A2", "H1": "=MAX(IF(A1:A4<3,A1:A4))"},
        arrays={"C1": "D4", "F1": "G3", "H1": "H1"},
    )
    assert [found[f"D{r}"] for r in range(1, 5)] == [10.0, 20.0, 30.0, 40.0]
    assert [found[c] for c in ("F1", "G2", "F3", "G3")] == [1.0, 2.0, NA, NA]
    assert found["H1"] == 2.0


def test_what_an_array_formula_fills_has_a_name_of_its_own(sheets):
    found = sheets(COLUMN | {"C1": "=A1:A4+1", "E1": "=SUM(C1#)", "E2": "=SUM(A1#)"}, arrays={"C1": "C4"})
    assert (found["E1"], found["E2"]) == (14.0, "#REF!")


def test_a_table_that_turns_or_looks_up_rows(sheets):
    cells = COLUMN | {"B1": "x", "B2": "y", "B3": "z", "B4": "y"}
    found = sheets(
        cells | {"D1": "=TRANSPOSE(A1:A4)", "D3": '=XLOOKUP("z",B1:B4,A1:B4)'}, arrays={"D1": "G1", "D3": "E3"}
    )
    assert [found[f"{c}1"] for c in "DEFG"] == [1.0, 2.0, 3.0, 4.0]
    assert [found["D3"], found["E3"]] == [3.0, "z"]


def test_windows_that_move_and_sums_that_grow(sheets):
    row = {f"{c}1": float(n) for n, c in enumerate("BCDEFG", start=1)}
    moving = {f"{c}2": f"=SUM({a}1:{c}1)" for a, _, c in zip("BCDE", "CDEF", "DEFG", strict=True)}
    growing = {f"{c}3": f"=SUM($B1:{c}1)" for c in "BCDEFG"}
    growing |= {f"{c}4": f"=COLUMNS($B1:{c}1)" for c in "BCDEFG"}
    found = sheets(row | moving | growing)
    assert [found[f"{c}2"] for c in "DEFG"] == [6.0, 9.0, 12.0, 15.0]
    assert [found[f"{c}3"] for c in "BCDEFG"] == [1.0, 3.0, 6.0, 10.0, 15.0, 21.0]
    assert [found[f"{c}4"] for c in "BCDEFG"] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_each_month_looks_at_the_whole_row(sheets):
    """A month's cell in a sum over all months: twelve-month sums, counts of a month's value."""
    columns = "BCDEFG"
    cells = {f"{c}1": float(n) for n, c in enumerate(columns, start=1)}
    cells |= {f"{c}2": f"=SUMPRODUCT(($B$1:$G$1>{c}1-3)*($B$1:$G$1<={c}1),$B$1:$G$1)" for c in columns}
    cells |= {f"{c}3": f'=SUMIF($B$1:$G$1,{c}1)+COUNTIF($B$1:$G$1,">="&{c}1)' for c in columns}
    cells |= {f"{c}4": f"=INDEX($B$1:$G$1,1,7-{c}1)" for c in columns}
    found = sheets(cells)
    assert [found[f"{c}2"] for c in columns] == [1.0, 3.0, 6.0, 9.0, 12.0, 15.0]
    assert [found[f"{c}3"] for c in columns] == [7.0, 7.0, 7.0, 7.0, 7.0, 7.0]
    assert [found[f"{c}4"] for c in columns] == [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]


def test_names_other_sheets_and_whole_columns(sheets):
    cells = {"Plan!A1": 5.0, "Plan!A2": 7.0, "A1": "=price*2", "A2": "=SUM(Plan!A:A)", "A3": "=ROWS(Plan!A1:A2)+ROW()"}
    found = sheets(cells, names={"price": "Plan!$A$1"})
    assert [found[f"A{r}"] for r in (1, 2, 3)] == [10.0, 12.0, 5.0]


# ---- months --------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e6, 1e6), min_size=24, max_size=24), st.floats(0, 0.2))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_corkscrew_is_what_a_loop_over_months_gives(sheets, flows, rate):
    letters = ["B", *(f"{a}{b}" for a in ("", "A") for b in "CDEFGHIJKLMNOPQRSTUVWXYZ")][:25]
    cells = {"A1": rate, "B4": 100.0} | {f"{c}2": x for c, x in zip(letters[1:], flows, strict=True)}
    for before, month in itertools.pairwise(letters):
        cells |= {
            f"{month}3": f"={before}4*$A$1",
            f"{month}4": f"=IF(AND({month}5>0,{month}3>=0),MAX({month}5-{month}3,0),-ABS({month}2))",
            f"{month}5": f"={before}4+{month}2",
        }
    found, balance = sheets(cells), 100.0
    for month, flow in zip(letters[1:], flows, strict=True):
        interest = balance * rate
        balance = max(balance + flow - interest, 0) if balance + flow > 0 and interest >= 0 else -abs(flow)
        assert found[f"{month}4"] == pytest.approx(balance, rel=1e-9, abs=1e-6)


def test_texts_errors_and_our_functions_in_a_circle(sheets):
    """A dash in one month, an error after it, and interest by a function of ours on a balance that carries it."""
    months = "BCDE"
    cells = {"A3": 1000.0, "A1": 35246.0, "B1": 35277.0, "C1": 35308.0, "D1": 35338.0, "E1": 35369.0}
    cells |= {"A5": '="–"'}
    for before, month in itertools.pairwise("A" + months):
        cells[f"{month}2"] = f'=LOAN_INTEREST({before}3,{before}1,{month}1,0.05,,0.0225,0.02,"ACT/360")'
        cells[f"{month}3"] = f"={before}3+{month}2"
        cells[f"{month}5"] = f'=IF({month}1=35308,"–",IFERROR({before}5+1,{month}1))'
        cells[f"{month}6"] = f"={before}6+IF({month}1=35308,1/0,1)"
    found, owed = sheets(cells), 1000.0
    for before, month in itertools.pairwise("A" + months):
        owed += LOAN_INTEREST(owed, cells[f"{before}1"], cells[f"{month}1"], 0.05, None, 0.0225, 0.02, "ACT/360")
        assert found[f"{month}3"] == pytest.approx(owed, rel=1e-12)
    assert [found[f"{c}5"] for c in months] == [35277.0, "–", 35338.0, 35339.0]
    assert [found[f"{c}6"] for c in months] == [1.0, DIV0, DIV0, DIV0]


def test_ranges_and_flags_beside_a_circle(sheets):
    """A month's balance looks up a rate by itself, counts a flag as 1, and hands a whole row to a function."""
    cells = {"A2": 1.0, "A9": 0.5, "B9": 0.25, "C9": 0.125, "D9": "–"}
    for before, month in itertools.pairwise("ABCD"):
        cells[f"{month}2"] = f"={before}3+SUM({before}3>0,{before}2>100)"
        cells[f"{month}3"] = f"=INDEX($A$9:$C$9,1,{month}2)+SUM($A$9:$D$9)*0+{before}2*0"
        cells[f"{month}4"] = f"=NET_RETURNS({month}3+{before}4*0,$A$9:$A$9)+{before}4*0"
    found = sheets(cells | {"A3": 1.0, "A4": 0.0})
    assert [found[f"{c}2"] for c in "BCD"] == [2.0, 1.25, 1.5]
    assert [found[f"{c}3"] for c in "BCD"] == [0.25, 0.5, 0.5]
    assert [found[f"{c}4"] for c in "BCD"] == [-0.25, 0.0, 0.0]


def test_our_functions_over_months_of_a_line_and_as_an_array(sheets):
    """Called once for all months where they may be; an argument that is wrong in one month is wrong in that alone."""
    amounts = {"B": 2.1e6, "C": 900e3, "D": "x", "E": None}
    cells = {f"{c}1": x for c, x in amounts.items()}
    cells |= {f"{c}2": f"=PROCEEDS_MIN({c}1,360000,400000,150000)" for c in amounts}
    cells |= {"B3": "=PROCEEDS_MIN(B1:E1,360000,400000,150000)"}
    found = sheets(cells, arrays={"B3": "E3"})
    expected = [PROCEEDS_MIN(x, 360e3, 400e3, 150e3) if not isinstance(x, str) else VALUE for x in amounts.values()]
    assert [found[f"{c}2"] for c in amounts] == expected
    assert [found[f"{c}3"] for c in amounts] == expected


# ---- what is not calculated ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("=NOW()", "calls NOW, which gives a different value every time"),
        ("=OFFSET(A1,1,0)", "calls OFFSET, whose cells are known only when it is calculated"),
        ('=INDIRECT("A1")', "calls INDIRECT"),
        ("=1+WEBSERVICE(A1)", "calls WEBSERVICE, which only a spreadsheet program supports"),
        ("=my_name*2", "uses my_name, a name that the workbook does not define"),
        ("=PMT(1)", "calls PMT with 1 arguments"),
        ("=B1", "is circular: S!B1 needs S!B1"),
    ],
)
def test_what_cannot_be_calculated_is_named_with_all_that_depends_on_it(sheets, formula, words):
    found = sheets({"B1": formula, "C1": "=B1+1", "D1": "=SUM(A1:C1)", "E1": "=A1*2", "A1": 4.0})
    assert list(found.refused) == ["S!B1"]
    assert found.refused["S!B1"].startswith(words)
    assert found.stale == ["S!C1", "S!D1"]
    assert found["E1"] == 8.0


def test_only_what_is_affected_need_be_calculated_again(sheets):
    found = sheets({"A1": 2.0, "B1": 3.0, "A2": "=A1*10", "B2": "=B1*10", "C2": "=A2+B2", "D2": "=A2-1"})
    calculation, cell = found.calculation, found.cell
    area = calculation.lines.at(cell("A2")).area
    touched = calculation.depending([area._replace(top=0, bottom=0)])
    wanted = calculation.needed([calculation.lines.at(cell("C2")).area])
    assert {str(calculation.lines[n].area) for n in touched} == {"S!A2:B2", "S!C2", "S!D2"}
    calculation[cell("A1")] = 5.0
    calculation.run(touched & wanted)
    assert (found["C2"], found["D2"]) == (80.0, 19.0)
    calculation.run()
    assert found["D2"] == 49.0


def test_numbers_of_blocks_are_floats(value):
    assert type(value("=COUNT(A1:A2)")) is float
    assert np.isfinite(value("=1E308"))
