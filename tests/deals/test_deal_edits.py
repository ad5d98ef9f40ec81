"""Formulas of a deal's workbook that somebody has edited are named and followed, without the deal's folder."""

import json
from pathlib import Path

import pytest
from tests.workbook.test_edited import with_formula

import lender_model
from lender_model.compose import edits
from lender_model.compose.found import Lines
from lender_model.compose.model import compose, read
from lender_model.compose.refresh import calculate
from lender_model.xlsx.package import Package

DEALS = Path(lender_model.__file__).parent / "deals"


@pytest.fixture(scope="module")
def package(delivered):
    return Package(delivered("eagle_2018"), "eagle.xlsx")


@pytest.fixture(scope="module")
def lines(package):
    return Lines(package)


def cell(lines, key, month=None):
    table = lines.home[key]
    return table.name, f"{table.months[month]}{table.rows[key]}" if month is not None else lines.at(key)[1]


def test_as_delivered_nothing_is_edited(package):
    result = calculate(package)
    assert (result.edited, result.typed_over) == ([], [])


def test_every_formula_of_the_lines_is_kept(lines):
    kept = {(key, part.partition(" ")[0]) for key, part, _ in edits.Edits(lines)._kept()}
    parts = {"months": ("months", "array"), "start": ("start",), "value": ("value",)}
    for key, row in lines.figures.rows.items():
        for part, names in parts.items():
            if "@" not in key and isinstance(getattr(row, part), str):
                assert kept & {(key, name) for name in names}, (key, part)


@pytest.mark.parametrize(
    ("key", "month"), [("ops.revenue", 0), ("ops.revenue", 60), ("dash.debt", None), ("time.end", 5)]
)
def test_an_edited_formula_is_named_and_followed(package, lines, key, month):
    where = cell(lines, key, month)
    theirs = with_formula(package, where, lambda formula: f"({formula})+7")
    result, before = calculate(theirs), calculate(package)
    assert (result.edited, result.typed_over) == (["!".join(where)], [])
    assert result.package.cells(where[0])[where[1]].value == before.package.cells(where[0])[where[1]].value + 7
    assert f"{'!'.join(where)} holds a different formula from the one it was built with: it is followed" in result.notes


def test_a_formula_edited_in_all_months_is_named_in_each(package, lines):
    """The other months of the line do not say what it was; what the workbook was built with does."""
    table, theirs = lines.home["ops.revenue"], package
    where = [f"{column}{table.rows['ops.revenue']}" for column in table.months]
    for reference in where:
        theirs = with_formula(theirs, (table.name, reference), lambda formula: f"2*({formula})")
    assert calculate(theirs).edited == [f"{table.name}!{reference}" for reference in where]


def test_dollar_signs_are_not_edits(package, lines):
    where = cell(lines, "dash.debt")
    same = with_formula(package, where, lambda formula: formula.replace("$", ""))
    assert calculate(same).edited == []


def test_a_value_in_place_of_a_single_formula_is_named(package, lines):
    sheet, reference = cell(lines, "dash.debt")
    formula = package.cells(sheet)[reference].formula
    typed = package.frozen(lambda text: text == formula).patch({sheet: {reference: 5.0}})
    assert calculate(typed).typed_over == [f"{sheet}!{reference}"]


def test_a_workbook_without_the_hidden_sheet_is_refreshed_all_the_same(package, lines):
    rows = len(package.cells(edits.SHEET)) // 3
    blank = {f"{column}{row}": None for column in "ABC" for row in range(1, rows + 1)}
    emptied = package.patch({edits.SHEET: blank})
    theirs = with_formula(emptied, cell(lines, "ops.revenue", 3), lambda formula: f"({formula})+7")
    assert calculate(theirs).edited == []


def test_the_command_tells_it_as_data(eagle, run, lines):
    where = cell(lines, "ops.revenue", 60)
    eagle.write_bytes(with_formula(Package.read(eagle), where, lambda formula: f"({formula})+7").to_bytes())
    found = json.loads(run("refresh", eagle, "--json")[1])
    assert (
        f"{'!'.join(where)} holds a different formula from the one it was built with: it is followed" in found["notes"]
    )


def test_a_column_beside_a_value_has_its_own_template():
    book = compose(read(DEALS / "eagle_2018")).book
    found = list(edits.templates(book))
    assert len(found) == len({(key, part) for key, part, _ in found})
    assert {part.partition(" ")[0] for _, part, _ in found} >= {"value", "months", "start", "total"}
