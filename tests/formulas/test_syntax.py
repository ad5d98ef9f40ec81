"""The grammar: what binds closer, what references mean, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lender_model.formulas.reading import Filled
from lender_model.formulas.syntax import (
    At,
    Call,
    Cell,
    Constant,
    Fault,
    FormulaError,
    Reader,
    Ref,
    Table,
    Unknown,
    column_name,
    column_number,
    fixed,
    parse,
)

HERE = Cell("Loan", 7, 6)  # G8


def tree(formula):
    return parse(formula, HERE)


def ref(row, column, sheet="Loan"):
    return Ref(sheet, row, column, row, column)


RIGHT, FIXED = (lambda n: At(n, relative=True)), (lambda n: At(n, relative=False))


@pytest.mark.parametrize(
    ("formula", "same"),  # Microsoft: "Calculation operators and precedence in Excel"
    [
        ("1+2*3", "1+(2*3)"),
        ("8/4/2", "(8/4)/2"),
        ("2^3^2", "(2^3)^2"),
        ("-2^2", "(-2)^2"),
        ("2*-3", "2*(-3)"),
        ("10%^2", "(10%)^2"),
        ("-5%", "-(5%)"),
        ('"a"&1+2', '"a"&(1+2)'),
        ("1+2=3&4", "(1+2)=(3&4)"),
        ("1<2=TRUE", "(1<2)=TRUE"),
        ("+A1", "A1"),
        (" IF( A1 > 2 , 3 , ) ", "IF(A1>2,3,)"),
        ("sum(a1:b2)", "SUM(A1:B2)"),
        ("_xlfn.IFNA(A1,0)", "IFNA(A1,0)"),
        ("[1]!DSCR(A1,B1)", "DSCR(A1,B1)"),
        ("Loan!A1", "A1"),
        ("'Loan'!A1", "A1"),
        ("Loan!A1:Loan!B2", "A1:B2"),
        ("B2:A1", "A1:B2"),
        ("TRUE()", "TRUE"),
        ("LET(x,A1,y,x+1,x*y)", "A1*(A1+1)"),
        ("LET(_xlpm.a,2,_xlpm.a)", "2"),
    ],
)
def test_two_ways_to_write_one_formula(formula, same):
    assert tree(formula) == tree(same)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=1.5e3", Constant(1500.0)),
        ('"say ""no"""', Constant('say "no"')),
        ("#N/A", Fault("#N/A")),
        ("Other!#REF!", Fault("#REF!")),
        ("G8", ref(RIGHT(0), RIGHT(0))),
        ("$E7", ref(RIGHT(-1), FIXED(4))),
        ("'My ''plan'!H$3", ref(FIXED(2), RIGHT(1), "My 'plan")),
        ("A:B", Ref("Loan", FIXED(0), RIGHT(-6), FIXED(1_048_575), RIGHT(-5))),
        ("$2:3", Ref("Loan", FIXED(1), FIXED(0), RIGHT(-5), FIXED(16_383))),
        ('{1,2;-3,"x"}', Table(((Constant(1.0), Constant(2.0)), (Call("neg", (Constant(3.0),)), Constant("x"))))),
        ("IF(,1)", Call("IF", (Constant(None), Constant(1.0)))),
        ("nobody_knows", Unknown("nobody_knows")),
        ("@A1:A3", Call("SINGLE", (tree("A1:A3"),))),
        ("A1#", Call("ANCHORARRAY", (tree("A1"),))),
    ],
)  # fmt: skip
def test_a_formula_s_tree(formula, expected):
    assert tree(formula) == expected


def test_a_flag_is_not_a_number():
    assert tree("TRUE") != tree("1")
    assert len({tree("TRUE"), tree("1")}) == 2


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("1+", "ends too early"),
        ("(1", "no '\\)'"),
        ("1)", "from '\\)' on"),
        ("IF(1", "where one is needed"),
        ("{1,2", "braces"),
        ("A1 B1", "from 'B1' on"),
        ("A1:INDEX(B1:B9,2)", "ends are calculated"),
        ("'[plan.xlsx]S'!A1", "another workbook"),
        ("Table1[Price]", "cannot be read"),
        ("Jan:Mar!A1", "ends are calculated"),
    ],
)
def test_what_is_beyond_the_grammar_is_said(formula, words):
    with pytest.raises(FormulaError, match=words):
        tree(formula)


def test_cells_that_say_the_same_have_equal_trees():
    assert parse("G$6*$E7", Cell("S", 6, 6)) == parse("AB$6*$E9", Cell("S", 8, 27))
    assert parse("G6", Cell("S", 6, 6)) != parse("G6", Cell("S", 6, 7))
    assert fixed(parse("$G$6", Cell("S", 6, 6)), 6, 6) == fixed(parse("G6", Cell("S", 6, 6)), 6, 6)


def test_names_stand_for_what_they_refer_to_whatever_their_order():
    reader = Reader(["Plan"], {"twice": "once*2", "once": "Plan!$E$6", "lost": "nowhere+1", "bad": "Plan!A1 Plan!B1"})
    at = Cell("Plan", 0, 0)
    assert reader.tree("=TWICE+1", at) == reader.tree("Plan!$E$6*2+1", at)
    assert reader.tree("lost", at) == Unknown("lost")
    assert reader.tree("bad", at) == Unknown("bad")
    assert reader.tree("PLAN!A1+Gone!A1", at) == Call("+", (reader.tree("A1", at), Fault("#REF!")))


@given(st.integers(0, 16_383))
def test_letters_of_a_column_and_back(column):
    assert column_number(column_name(column)) == column


@given(st.integers(1, 300), st.integers(0, 60))
def test_a_formula_filled_to_the_right_says_the_same_there(columns, row):
    """Filling moves relative columns alone; texts, sheets' names and functions that look like cells stay."""
    formula = "H$6*$E7+Loan!B3&\"H6\"+LOG10(AA1)%+'H1 x'!C$2"
    first, moved = Cell("Loan", row + 9, 2), Cell("Loan", row + 9, 2 + columns)
    assert parse(Filled(formula).at(columns), moved) == parse(formula, first)
