"""The generated reference: the Markdown page, the command, the sheets Readings and Map, and what they rest on."""

import datetime as dt
import doctest
import math
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import drawstop
from drawstop import functions
from drawstop.facility import load, readings
from drawstop.functions import FUNCTIONS, reference
from lender_model import cli, model, tested
from lender_model.sheets import clause_map
from lender_model.sheets.functions import SHEET as EXAMPLES

PAGE = Path(drawstop.__file__).with_name("FUNCTIONS.md")
TESTS = Path(__file__).parents[1]


# ---- clauses -------------------------------------------------------------------------------------------------------


def test_every_clause_is_one_of_the_facility():
    facility = load()
    named = {term.clause for term in facility.terms.values()}
    named |= {item.clause for item in (*facility.undertakings, *facility.parties.values(), *readings().values())}
    named |= {clause for sheet in model.SHEETS for clause in sheet.clauses}
    named |= {spec.clause for spec in FUNCTIONS.values()}
    assert named - reference.UNWRITTEN.keys() <= facility.clauses.keys()


def test_only_ratios_todays_loans_and_help_follow_no_clause():
    outside = {spec.clause for spec in FUNCTIONS.values() if spec.clause in reference.UNWRITTEN}
    assert outside == {"Lender's ratios", "Today's loans", "Help"}
    assert {spec.clause for spec in FUNCTIONS.values()} - outside <= load().clauses.keys()
    assert not reference.UNWRITTEN.keys() & load().clauses.keys()


# ---- the page ------------------------------------------------------------------------------------------------------


class AllButTheLastDigits(doctest.OutputChecker):
    """Numbers agree to eleven digits, since the page shows twelve; all else word for word."""

    def check_output(self, want, got, optionflags):
        number = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
        pairs = zip(number.findall(want), number.findall(got), strict=False)
        close = all(math.isclose(float(a), float(b), rel_tol=1e-11) for a, b in pairs)
        return close and super().check_output(number.sub("#", want), number.sub("#", got), optionflags)


def test_its_examples_run():
    names = {name: getattr(functions, name) for name in FUNCTIONS} | {"dt": dt, "datetime": dt}
    page = re.sub(r"^```.*$", "", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(page, names, PAGE.name, None, None)
    assert {re.match(r"\w+", each.source)[0] for each in test.examples} == set(FUNCTIONS)
    runner = doctest.DocTestRunner(AllButTheLastDigits(), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(test).failed == 0


def test_every_link_has_its_target():
    page = PAGE.read_text(encoding="utf-8")
    targets = {title.lower() for title in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    targets |= set(re.findall(r'<a id="([^"]+)">', page))
    links = re.findall(r"\]\(#([^)]+)\)", page)
    assert len(links) > len(FUNCTIONS)
    assert set(links) <= targets


def test_every_function_has_its_category():
    listed = [spec for specs in reference.by_category().values() for spec in specs]
    assert len(listed) == len(FUNCTIONS)
    assert {spec.name for spec in listed} == set(FUNCTIONS)
    assert all(reference.by_category().values())


# ---- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command at 80 columns: its exit code, what it printed, and what it said of errors."""

    def command(*arguments):
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr(sys, "argv", ["drawstop", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *capsys.readouterr()

    return command


def test_all_functions_are_listed(run):
    code, out, _ = run("functions")
    assert code == 0
    assert set(re.findall(r"^  ([A-Z_]+) ", out, re.MULTILINE)) == set(FUNCTIONS)
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_function_is_shown(run, name):
    code, out, _ = run("functions", name.lower())
    spec, words = FUNCTIONS[name], " ".join(out.split())
    assert code == 0
    assert words.startswith(spec.signature)
    assert spec.summary in words
    assert all(parameter.name in words for parameter in spec.parameters)
    assert f"={name}(" in out
    assert max(map(len, out.splitlines())) <= 80


def test_an_example_shows_its_answer(run):
    _, out, _ = run("functions", "PROCEEDS_MIN")
    assert "=PROCEEDS_MIN(2100000,360000,400000,150000)" in out
    assert "  2,900,000" in out


@pytest.mark.parametrize(("name", "near"), [("PROCEEDS_MINIMUM", "PROCEEDS_MIN"), ("dscrr", "DSCR"), ("[floor]", "")])
def test_an_unknown_function_is_said_in_one_line(run, name, near):
    code, out, err = run("functions", name)
    assert (code, out) == (1, "")
    assert err.startswith(f"drawstop: there is no function {name!r}")
    assert near in err
    assert len(err.splitlines()) == 1


# ---- readings ------------------------------------------------------------------------------------------------------


def test_every_reading_stands_on_its_sheet(package):
    cells = package.cells("Readings")
    rows = {cell.value: at[1:] for at, cell in cells.items() if at[0] == "B"}
    for key, reading in readings().items():
        shown = [cells[f"{column}{rows[key]}"].value for column in "CDEF"]
        assert shown == [reading.title, reading.clause, reading.chosen, reading.why]
        assert cells[f"G{rows[key]}"].value.split("\n") == [f"– {text}" for text in reading.alternatives]


# ---- the map -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def entries():
    return {entry.clause: entry for entry in clause_map.entries(model.BOOK)}


def test_tests_are_found_by_what_they_make_use_of(tmp_path):
    (tmp_path / "calc").mkdir()
    (tmp_path / "calc" / "test_host.py").write_text("def test_host(): DSCR\n", encoding="utf-8")
    (tmp_path / "test_own.py").write_text(
        "CASES = ['PROCEEDS_MIN_ITEMS']\n"
        "UNUSED = 'LLCR'\n"
        "@fixture\n"
        "def book(): return '8-K 5(a) Proceeds Account (II)'\n"
        "def helper(n): return helper(n - 1) + f.PLCR(1)\n"
        "@parametrize('x', CASES)\n"
        "def test_decorated(x): 'MY_DSCR'\n"
        "def test_fixture(book): pass\n"
        "def test_helper(): helper(2)\n",
        encoding="utf-8",
    )
    assert tested.scan(tmp_path) == [
        ("8-K 5(a) Proceeds Account (II)", "test_own.py::test_fixture"),
        ("PLCR", "test_own.py::test_helper"),
        ("PROCEEDS_MIN_ITEMS", "test_own.py::test_decorated"),
    ]


def test_the_map_holds_every_clause_function_and_term(entries):
    assert list(entries) == [*load().clauses, *reference.UNWRITTEN]
    mapped = [item.text for entry in entries.values() for item, _, _ in entry.chain if item.text]
    assert sorted(mapped) == sorted(FUNCTIONS)
    assert sum(len(entry.terms) for entry in entries.values()) == len(load().terms)


def test_every_function_leads_to_the_cells_that_call_it(entries, package):
    """Found again in the file: the rows whose formulas call the function."""
    calling = defaultdict(set)
    for sheet in set(package.sheet_names) - {EXAMPLES.name}:
        for at, cell in package.cells(sheet).items():
            for name in re.findall(r"(\w+)\(", cell.formula or ""):
                calling[name].add((sheet, int(re.sub(r"[A-Z]", "", at))))
    mapped, function = defaultdict(set), ""
    for entry in entries.values():
        for item, line, _ in entry.chain:
            function = item.text or function
            mapped[function].add((line.sheet, line.row + 1))
    assert len(calling.keys() & FUNCTIONS.keys()) > 20
    assert {name: calling[name] - mapped[name] for name in FUNCTIONS} == {name: set() for name in FUNCTIONS}


def test_a_clause_by_hand(entries):
    """Item 5(a), what may leave the account: one function, its line in the cash, one reading, the undertaking."""
    entry = entries["8-K 5(a) Withdrawals"]
    assert [item.text for item in entry.readings] == ["R-04"]
    assert [item.text for item, _, _ in entry.chain if item.text] == ["PROCEEDS_AVAILABLE"]
    assert entry.chain[0][1].text == "Waterfall: May be withdrawn"
    assert any(line.text.startswith("Certificate: No withdrawal") for _, line, _ in entry.chain)
    assert any("what_leaves_the_account_leaves_its_minimum" in tests.text for _, _, tests in entry.chain)


def test_a_limb_is_not_taken_for_the_whole_account(entries):
    whole = {line.text for _, line, _ in entries["8-K 5(a) Proceeds Account"].chain}
    limb = {line.text for _, line, _ in entries["8-K 5(a) Proceeds Account (III)"].chain}
    assert "Proceeds: (III) Capital expenditure" in limb - whole


def test_every_item_of_the_map_leads_to_what_it_names(entries, package):
    count = 0
    for entry in entries.values():
        items = [*entry.terms, *entry.readings, *(item for line in entry.chain for item in line)]
        for item in items:
            if item.sheet and not item.text.endswith(": the sheet"):
                there = package.cells(item.sheet)[f"B{item.row + 1}"].value
                assert item.text == there or item.text.endswith(f": {there}")
                count += 1
    assert count > len(FUNCTIONS) + len(load().terms)
