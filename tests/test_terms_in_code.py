"""Terms are data: no number of the agreement is repeated in code, and every term is read by some code.

What counts as a number of the terms: the value of any term of the first facility but those that every program counts
with. A whole number up to twelve may be a month, a column or a power; 30 is a day of the 30/360 day count. Outside
core and functions, in what lays out sheets and waits for programs, a number of one digit and zeros (0.1, 100,000) may
be a width or a wait. Such a number cannot be told from a term, so the rule leaves it out; every other value, dates
among them, must not stand in code. Docstrings are not code, and a date inside a sentence is an example.
"""

import ast
import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest

from drawstop.facility import load

ROOT = Path(__file__).parents[1]
PURE = [file for part in ("core", "functions") for file in (ROOT / "addin" / "drawstop" / part).rglob("*.py")]
AROUND = [
    *(ROOT / "addin" / "drawstop").glob("*.py"),
    *(ROOT / "addin" / "drawstop" / "hosts").rglob("*.py"),
    *(ROOT / "workbook" / "lender_model").rglob("*.py"),
]
TERMS = load().terms
GENERIC = {*range(13), 30}
NUMBERS = {
    value: key
    for key, term in TERMS.items()
    for value in (term.value if isinstance(term.value, tuple) else [term.value])
    if isinstance(value, float | int) and value not in GENERIC
}
DATES = {term.value: key for key, term in TERMS.items() if isinstance(term.value, dt.date)}


def is_round(number):
    """Whether a number is one digit and zeros."""
    return len(Decimal(str(number)).normalize().as_tuple().digits) == 1


def docstrings(tree):
    """The nodes that are docstrings: texts that stand alone, of a module, a class, a function or an attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (s.value for s in node.body if isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))


def constants(source):
    """Numbers, texts and dates written in code, with their line."""
    tree = ast.parse(source)
    skipped = set(docstrings(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in skipped:
            yield node.lineno, node.value
            if isinstance(node.value, str) and (day := to_date(node.value)):
                yield node.lineno, day
        elif isinstance(node, ast.Call) and len(node.args) >= 3:
            parts = [arg.value for arg in node.args[:3] if isinstance(arg, ast.Constant)]
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("date", "datetime", "Timestamp") and [type(part) for part in parts] == [int] * 3:
                yield node.lineno, dt.date(*parts)


def to_date(text):
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def repeated(source, *, even_round=True):
    """The terms that some code repeats, with the line."""
    for line, value in constants(source):
        if isinstance(value, dt.date) and value in DATES:
            yield line, DATES[value]
        is_number = isinstance(value, float | int) and not isinstance(value, bool)
        if is_number and value in NUMBERS and (even_round or not is_round(value)):
            yield line, NUMBERS[value]


def name_of(file):
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", PURE, ids=name_of)
def test_no_number_of_the_terms_stands_in_a_function(file):
    assert list(repeated(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("file", AROUND, ids=name_of)
def test_no_number_of_the_terms_stands_in_other_code(file):
    assert list(repeated(file.read_text(encoding="utf-8"), even_round=False)) == []


@pytest.mark.parametrize(
    ("source", "term"),
    [
        ("x = 1_500_000", "equity_contribution.amount"),
        ("x = 1.5e6", "equity_contribution.amount"),
        ("def f(rate=0.0225): ...", "interest.margin_before"),
        ("f(days=45)", "commercial_production.days"),
        ("x = dt.date(2000, 12, 31)", "note.maturity"),
        ("x = np.datetime64('2000-12-31', 'D')", "note.maturity"),
        ("x = date(1997, 7, 31)", "completion.mechanical_deadline"),
        ("x = {17_500_000: 'y'}", "covenants.tangible_equity"),
    ],
)
def test_a_repeated_term_is_found(source, term):
    assert list(repeated(source)) == [(1, term)]


@pytest.mark.parametrize(
    "source",
    [
        '"""Floor of 1_500_000 from 2000-12-31."""',
        "x = 12",
        "x = 30 * months / 360",
        "x = '45 days'",
        "x = dt.date(2001, 1, 1)",
        "x = 'a date, as 2000-12-31'",
    ],
)
def test_what_is_not_a_repeated_term(source):
    assert list(repeated(source)) == []


# ---- Every term is read


def named_in(file):
    """Every text of a file's code in which a term may be named."""
    return [value for _, value in constants(file.read_text(encoding="utf-8")) if isinstance(value, str)]


TEXTS = [text for file in PURE + AROUND for text in named_in(file)]
READ = {key for key in TERMS if any(re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.])", text) for text in TEXTS)}


@pytest.mark.parametrize("key", [key for key, term in TERMS.items() if not term.unread])
def test_a_term_is_read_by_some_code(key):
    assert key in READ


@pytest.mark.parametrize("key", [key for key, term in TERMS.items() if term.unread])
def test_a_term_marked_as_unread_is_not_read(key):
    assert key not in READ
