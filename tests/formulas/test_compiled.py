"""Formulas along paths: each against the calculator, which is given one path's figures at a time."""

import datetime as dt

import numpy as np
import numpy_financial as npf
import pytest

from lender_model.formulas.arrays import Arrays, monthly_return
from lender_model.formulas.calculation import Calculation
from lender_model.formulas.compile import Base, compiled
from lender_model.formulas.lines import Formula
from lender_model.formulas.program import Row
from lender_model.formulas.syntax import Area, Cell, FormulaError, column_name, parse, split

FIRST, MONTHS, PATHS = 6, 24, 7
LAST = FIRST + MONTHS - 1
ENDS = [float((dt.date(1996 + (k + 7) // 12, (k + 7) % 12 + 1, 1) - dt.date(1899, 12, 31)).days) for k in range(MONTHS)]
"""Month-ends from July 1996 on, as serial numbers."""


class Sheet:
    """A sheet S whose row 1 holds month-ends, row 2 figures that paths move by month, E3 one that they move."""

    def __init__(self, lines, singles=()):
        cells = []
        for row, formula in lines.items():
            own = formula if isinstance(formula, dict) else {(FIRST, LAST): formula}
            for (first, last), text in own.items():
                cells += [self._moved(text, row, first, column) for column in range(first, last + 1)]
        for place, text in dict(singles).items():
            row, column = split(place)
            cells.append(Formula(Cell("S", row, column), parse(text, Cell("S", row, column))))
        self.book = Calculation(cells, {"S": (40, LAST + 1)})
        for k, end in enumerate(ENDS):
            self.book[Cell("S", 0, FIRST + k)] = end
            self.book[Cell("S", 3, FIRST + k)] = float(k % 5)

    @staticmethod
    def _moved(text, row, first, column):
        """The formula of a row's first cell in another column."""
        tree = parse(text, Cell("S", row - 1, first))
        return Formula(Cell("S", row - 1, column), tree)

    def start(self, row, value):
        self.book[Cell("S", row - 1, FIRST - 1)] = value

    def put(self, by_month, single):
        for k, figure in enumerate(by_month):
            self.book[Cell("S", 1, FIRST + k)] = float(figure)
        self.book[Cell("S", 2, 4)] = float(single)
        self.book.run()

    def both(self, *wanted):
        """What the program gives, and what the calculator gives path by path."""
        rng = np.random.default_rng(len(wanted))
        by_month, single = rng.normal(2, 3, (MONTHS, PATHS)).round(1), rng.integers(-2, 9, PATHS) * 1.0
        self.put(by_month[:, 0], single[0])
        areas = [area(where) for where in wanted]
        program = compiled(Base(self.book, {"S": FIRST}, MONTHS), {Row("S", 1): True, Cell("S", 2, 4): False}, areas)
        found = [run(program)({Row("S", 1): by_month, Cell("S", 2, 4): single}) for run in ways()]
        expected = {target: [] for target in program.outputs}
        for path in range(PATHS):
            self.put(by_month[:, path], single[path])
            for target, where in zip(program.outputs, areas, strict=True):
                values = self.book.block(where).values()
                numbers = [float(x or 0) if isinstance(x, float | bool | None) else np.nan for x in values]
                expected[target].append(numbers if len(numbers) > 1 else numbers[0])
        return found, {target: np.array(rows).T for target, rows in expected.items()}


def ways():
    try:
        from lender_model.formulas.machine import Machine  # noqa: PLC0415 - an extra
    except ImportError:
        return [Arrays]
    return [Machine, Arrays]


def area(where):
    first, _, last = where.partition(":")
    (top, left), (bottom, right) = split(first), split(last or first)
    return Area("S", top, left, bottom, right)


ROW = f"G{{}}:{column_name(LAST)}{{}}"


def whole(row):
    return ROW.format(row, row)


def ends(row):
    return f"$G${row}:${column_name(LAST)}${row}"


def assert_equal(sheet, *wanted):
    found, expected = sheet.both(*wanted)
    for way in found:
        for target, figures in expected.items():
            assert way[target] == pytest.approx(figures, rel=1e-9, abs=1e-6, nan_ok=True), target


# ---- single formulas -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    [
        "=G2*2-$E$3/4", "=-G2^2", "=(G2+G4)^3", "=ABS(G2)^0.5", "=G2%", "=IF(G2>$E$3,G2,$E$3)", "=IF(G2=$E$3,1,0)",
        "=IF(G4>2,G2,0)", "=IFERROR(G2/($E$3-1),7)", "=IFERROR(1/(G4-G4),G2)", '=IF(G2>0,G2,"–")', "=AND(G2>0,G4>1)*1",
        "=IF(OR(G2>3,NOT(G4>1)),1,2)", "=MAX(G2,$E$3,1)", "=MIN(G2,G4)", "=ROUND(G2*1.2345,2)", "=ROUNDUP(G2/3,1)",
        "=ROUNDDOWN(G2/3,0)", "=INT(G2)", "=MOD(G2,3)", "=SIGN(G2)", "=SQRT(ABS(G2))", "=EXP(G2/10)", "=LN(ABS(G2)+1)",
        "=ISNUMBER(G2)*1", "=SUM(G2,G4,$E$3)", "=AVERAGE(G2,G4)", "=N(G2)", "=POWER(G2,2)",
        "=EOMONTH(G1,$E$3)", "=EDATE(G1,$E$3)", "=YEAR(G1+30*$E$3)", "=MONTH(G1+17*$E$3)", "=DAY(G1+17*$E$3)",
        "=PROCEEDS_SHORTFALL(G2,$E$3)", "=COVENANT_CURRENT_RATIO(ABS(G2),2,1.5)*1", "=TANGIBLE_EQUITY(G2,1)",
        f"=SUM({ends(2)})", f"=G2/SUM({ends(2)})", f"=MAX({ends(2)})-MIN({ends(2)})", f"=AVERAGE({ends(2)})",
        f"=COUNT({ends(2)})", f"=SUMPRODUCT({ends(2)},{ends(4)})", f"=SUMPRODUCT(({ends(1)}>G1)*{ends(2)})",
        f"=SUMPRODUCT(({ends(1)}<=EOMONTH(G1,3))*({ends(1)}>G1)*{ends(2)}/(1+0.1)^(({ends(1)}-G1)/365))",
        f"=SUMPRODUCT(({ends(2)}>G2)*{ends(4)})",
        f"=SUMPRODUCT(({ends(1)}>G1)*{ends(2)}/(1+$E$3/100)^(({ends(1)}-G1)/365))",
        f"=SUMIF({ends(4)},3,{ends(2)})", f"=SUMIF({ends(4)},G4,{ends(2)})", f"=COUNTIF({ends(2)},$E$3)",
        f"=INDEX({ends(2)},1,3)", f"=INDEX({ends(2)},1,$E$3)", f"=INDEX({ends(4)},1,MAX(1,G2))",
        f"=IFERROR(MATCH($E$3,{ends(4)},0),-1)", f"=INDEX({ends(2)},1,COLUMNS({ends(2)}))",
        f"=DUE_WITHIN(G1,{ends(1)},{ends(2)},3)", f"=FORMULA_AMOUNT(G1,{ends(1)},{ends(2)},0.1,1.5)",
    ],
)  # fmt: skip
def test_a_formula_of_every_month(formula):
    assert_equal(Sheet({6: formula}), whole(6))


@pytest.mark.parametrize(
    ("formula", "start"),
    [
        ("=F6+G2", 5.0), ("=F6*0.9+G2", None), ("=MAX(F6,G2)", -1.0), ("=SUM($G2:G2)", None), ("=IF(G4=0,G2,F6)", 2.0),
    ],
)  # fmt: skip
def test_a_balance(formula, start):
    sheet = Sheet({6: formula})
    if start is not None:
        sheet.start(6, start)
    assert_equal(sheet, whole(6))


def test_a_figure_before_the_first_month_by_the_months_own_formula():
    """As of an exchange rate: the rate of row 6, row 7 by it, its move in row 8, and a balance that moves with it."""
    before = FIRST - 1
    rows = {7: {(before, LAST): "=F6+1"}, 6: "=ABS(G2)+1", 8: "=G7/F7", 9: "=F9*G8+G2"}
    sheet = Sheet(rows)
    sheet.start(6, 0.75)
    sheet.start(9, 20.0)
    assert_equal(sheet, whole(8), whole(9))


def test_a_circle_over_time():
    """Interest on a balance that the cash of the month pays back: four lines that need one another."""
    sheet = Sheet({6: "=F9", 7: "=G6*0.01", 8: "=MIN(G6+G7,MAX(0,G2))", 9: "=G6+G7-G8"})
    sheet.start(9, 20.0)
    assert_equal(sheet, whole(8), whole(9))


def test_a_circle_in_which_two_lines_need_what_it_does_not_move():
    rows = {6: "=F9+ABS(G2+1)", 7: "=G6*0.5+ABS(G2+1)", 8: "=G7+ABS(G2*3)", 9: "=G8*0.1"}
    sheet = Sheet(rows)
    sheet.start(9, 1.0)
    assert_equal(sheet, whole(7), whole(9))


def test_sums_of_the_last_three_months_and_of_two_months_ahead():
    rows = {
        6: {(FIRST + 2, LAST): "=SUM(G2:I2)"},
        7: {(FIRST, LAST - 2): "=SUM(G2:I2)"},
        8: {(FIRST + 2, LAST): "=G2-I6"},
    }
    assert_equal(Sheet(rows), whole(6), whole(7), whole(8))


def test_an_edited_month_and_a_figure_typed_over():
    """Somebody put another formula into the ninth month, and a figure into the tenth."""
    rows = {6: {(FIRST, FIRST + 7): "=F6+G2", (FIRST + 8, FIRST + 8): "=N6*2", (FIRST + 10, LAST): "=P6+Q2"}}
    sheet = Sheet(rows)
    sheet.book[Cell("S", 5, FIRST + 9)] = 3.25
    assert_equal(sheet, whole(6))


def test_figures_beside_the_months():
    singles = {"E6": f"=SUM({whole(2)})*$E$3", "E7": '=IF(E6>0,E6,"–")', "E8": "=IF(ISNUMBER(E7),1,0)", "F9": "=E6/2"}
    assert_equal(Sheet({9: "=F9+G2", 10: "=G9-$E$6"}, singles), "E6", "E7", "E8", whole(9), whole(10))


def test_a_total_counts_months_beyond_a_figure_beside_them_that_paths_move():
    singles = {
        "E6": "=$E$3/2+1",
        "E7": f"=SUMPRODUCT(({ends(4)}>$E$6)*{ends(2)})",
        "E8": f"=SUMPRODUCT(--({ends(4)}>$E$6),{ends(4)})",
    }
    assert_equal(Sheet({9: f"=SUMPRODUCT(({ends(4)}>$E$6)*{ends(2)})+G2"}, singles), "E7", "E8", whole(9))


def test_lines_that_no_path_moves_are_constants():
    assert_equal(Sheet({6: "=G4*2", 7: "=G6+G2"}, {"E6": "=3*4"}), whole(6), "E6", whole(7))


def test_only_what_is_wanted_is_compiled():
    """Row 7 is not needed, so it does not matter that nothing can run it along paths."""
    sheet = Sheet({6: "=G2+1", 7: '=G2&" tons"'})
    assert_equal(sheet, whole(6))
    with pytest.raises(FormulaError, match="S!G7 uses & of what paths move, so it cannot run along paths"):
        sheet.both(whole(7))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({6: "=VLOOKUP(G2,$G$2:$G$4,1)"}, "S!G6 uses VLOOKUP of what paths move"),
        ({6: f"=MATCH(G2,{ends(4)},1)"}, "S!G6 uses MATCH of what paths move without 0 as its third argument"),
        ({6: "=OFFSET(G2,0,1)"}, "S!G6 calls OFFSET"),
        ({6: "=E2+G2"}, "S!G6 reads beside the months"),
        ({6: "=MAX(G2:I2)"}, "S!G6"),
    ],
)
def test_what_cannot_run_along_paths_is_refused_by_name(rows, words):
    with pytest.raises(FormulaError, match=words):
        Sheet(rows).both(whole(6))


# ---- the return ------------------------------------------------------------------------------------------------------


def test_the_return_makes_the_flows_worth_nothing():
    rng = np.random.default_rng(2)
    flows = np.vstack([-rng.uniform(1e6, 2e7, (3, 400)), rng.uniform(-2e5, 1.2e6, (60, 400))])
    rates = monthly_return(flows)
    exists = flows.sum(axis=0) > 0
    assert 50 < exists.sum() < 400
    assert np.isnan(rates).tolist() == (~exists).tolist()
    worth = (flows[:, exists] * (1 + rates[exists]) ** -np.arange(63.0)[:, None]).sum(axis=0)
    assert np.abs(worth).max() < 1e-3  # of ten million
    for k in np.flatnonzero(exists)[:20]:
        assert rates[k] == pytest.approx(npf.irr(flows[:, k]), rel=1e-9)


def test_a_return_along_paths():
    sheet = Sheet(
        {6: {(FIRST, FIRST): "=-ABS(G2)-50", (FIRST + 1, LAST): "=ABS(H2)+$E$3"}}, {"E7": f"=IRR({ends(6)},0.01)"}
    )
    assert_equal(sheet, "E7")


def test_a_return_out_of_the_ordinary():
    """Paid back twentyfold within a month; nothing put in at all; nothing at all."""
    flows = np.array([[-1.0, 5.0, 0.0], [20.0, 1.0, 0.0]])
    assert monthly_return(flows) == pytest.approx([19.0, np.nan, np.nan], nan_ok=True)
