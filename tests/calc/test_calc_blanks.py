"""Blank cells in formulas typed by hand, which Calc passes as 0: a missing rate is never zero."""

import datetime as dt
import types

import pytest

from drawstop.hosts.calc.blanks import Blanks

CELLS = {"C1": dt.date(1997, 9, 30), "C2": dt.date(1997, 12, 31), "C3": 0, "C4": 0.05, "D1": None}
ZERO = 57_500.0  # 10,000,000 × (0 + 2.25%) × 92 / 360, the margin before Completion: Credit Agreement 5(b)
FIVE = 185_277.777_777_778  # 10,000,000 × (5% + 2.25%) × 92 / 360


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("LOAN_INTEREST(1e7;C1;C2;D1)", "#VALUE!"),
        ("LOAN_INTEREST(1e7;C1;C2;$D$1)", "#VALUE!"),
        ("LOAN_INTEREST(1e7;C1;C2;$Sheet1.D1)", "#VALUE!"),
        ("IF(C4>0;1+LOAN_INTEREST(1e7;C1;C2; D1 );0)", "#VALUE!"),
        ("SUM(LOAN_INTEREST(1e7;C1;C2;C4);LOAN_INTEREST(1e7;C1;C2;D1))", "#VALUE!"),
        ('EXPLAIN("LOAN_INTEREST";1e7;C1;C2;D1)', "LOAN_INTEREST: libor is blank"),
        # a zero that is typed, calculated or in a cell is one
        ("LOAN_INTEREST(1e7;C1;C2;0)", ZERO),
        ("LOAN_INTEREST(1e7;C1;C2;C3)", ZERO),
        ("LOAN_INTEREST(1e7;C1;C2;C4-C4)", ZERO),
        ('EXPLAIN("LOAN_INTEREST";1e7;C1;C2;C3)', "OK"),
        # optional arguments take their defaults: no Completion yet, the margin before it
        ("LOAN_INTEREST(1e7;C1;C2;C4;D1;D1)", FIVE),
        ("LOAN_MARGIN(C1;D1;D1)", 0.0225),
        ("LOAN_MARGIN(C1;D1;C3)", 0.0),
        # a blank amount is 0, as in Excel
        ("PROCEEDS_SHORTFALL(D1;2900000)", 2.9e6),
    ],
)
def test_a_formula(calc, formula, expected):
    shown = calc.evaluate(CELLS, {"A1": f"={formula}"})["A1"]
    if isinstance(expected, str):
        assert shown.startswith(expected)
    else:
        assert shown == pytest.approx(expected, rel=1e-12)


def test_each_of_many_rows_is_told_apart(calc):
    cells, formulas, expected = {}, {}, []
    for row in range(1, 201):
        cells[f"B{row}"] = 1e6 * row
        cells[f"D{row}"] = (None, 0, 0.05)[row % 3]
        formulas[f"A{row}"] = f"=LOAN_INTEREST(B{row};35703;35795;D{row})"
        expected.append(("#VALUE!", ZERO * row / 10, FIVE * row / 10)[row % 3])
    shown = calc.evaluate(cells, formulas)
    assert list(shown.values()) == [e if isinstance(e, str) else pytest.approx(e, rel=1e-12) for e in expected]


# ---- without LibreOffice ---------------------------------------------------------------------------------------------


class Cell:
    def __init__(self, value=None):
        self.value = value

    Value = String = property(lambda self: self.value)

    @property
    def Type(self):  # noqa: N802 - UNO's name
        kind = "EMPTY" if self.value is None else "TEXT" if isinstance(self.value, str) else "VALUE"
        return types.SimpleNamespace(value=kind)


class Sheet(dict):
    """Cells by reference, and formulas."""

    def __init__(self, formulas, **cells):
        super().__init__({name: Cell(value) for name, value in cells.items()})
        self.formulas = formulas
        self.NamedRanges = types.SimpleNamespace(hasByName=lambda _: False)
        self.searched = 0

    def queryContentCells(self, _):  # noqa: N802 - UNO's name
        self.searched += 1
        return [types.SimpleNamespace(getFormulaArray=lambda: [self.formulas])]

    def getCellRangeByName(self, name):  # noqa: N802 - UNO's name
        return types.SimpleNamespace(getCellByPosition=lambda *_: self.setdefault(name, Cell()))


class Sheets(dict):
    hasByName, getByName = dict.__contains__, dict.__getitem__  # noqa: N815 - UNO's names

    def __iter__(self):
        return iter(self.values())


def blanks(clock=lambda: 0.0, **sheets):
    names = types.SimpleNamespace(hasByName=lambda _: False)
    document = types.SimpleNamespace(Sheets=Sheets(sheets), NamedRanges=names, RuntimeUID="1")
    return Blanks("DRAWSTOP", ["RATE", "RATE_ROWS"], lambda: [document], clock)


def test_a_reference_to_another_sheet_a_text_and_an_array_are_read():
    ours = Sheet(['=DRAWSTOP.RATE("a;b)";{1;2};Loan.$B$2)', '="DRAWSTOP.RATE(B9)"'], B9=None)
    told = blanks(One=ours, Loan=Sheet([], B2=None)).told
    assert told("RATE", ["a;b)", ((1.0,), (2.0,)), 0.0], [2]) == ["a;b)", ((1.0,), (2.0,)), ""]
    assert told("RATE", ["another", ((1.0,), (2.0,)), 0.0], [2]) == ["another", ((1.0,), (2.0,)), 0.0]
    assert told("RATE", [0.0], [0]) == [0.0]  # a text does not contain a formula


def test_of_two_calls_the_one_with_the_same_arguments_counts():
    told = blanks(One=Sheet(["=DRAWSTOP.RATE(A1;B1)", "=DRAWSTOP.RATE(A2;B2)"], A1=1.0, B1=None, A2=2.0, B2=0.0)).told
    assert told("RATE", [1.0, 0.0], [1]) == [1.0, ""]
    assert told("RATE", [2.0, 0.0], [1]) == [2.0, 0.0]
    assert told("RATE_ROWS", [1.0, 0.0], [1]) == [1.0, 0.0]


def test_nothing_is_searched_without_a_zero_and_once_for_many():
    sheet = Sheet(["=DRAWSTOP.RATE(B1)"])
    told = blanks(One=sheet).told
    told("RATE", [0.5], [0])
    assert sheet.searched == 0
    for _ in range(100):
        assert told("RATE", [0.0], [0]) == [""]
    assert sheet.searched == 1


def test_what_is_edited_later_is_seen():
    now = [0.0]
    sheet = Sheet(["=DRAWSTOP.RATE(B1)"], B1=0.0)
    told = blanks(lambda: now[0], One=sheet).told
    assert told("RATE", [0.0], [0]) == [0.0]
    sheet["B1"].value = None
    assert told("RATE", [0.0], [0]) == [""]
    sheet["B1"].value = 0.0
    sheet.formulas[0] = "=DRAWSTOP.RATE(B2)"
    now[0] = 0.2
    assert told("RATE", [0.0], [0]) == [""]
