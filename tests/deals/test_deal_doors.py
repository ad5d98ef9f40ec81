"""A deal's workbook at the command line: what a refresh tells as data, its exit codes, what moved, what is refused."""

import json

import numpy as np
import pytest

from lender_model.compose.found import Lines
from lender_model.formulas.syntax import column_name
from lender_model.xlsx.package import Package


def put(book, key, value):
    """Type a value into an input."""
    package = Package.read(book)
    sheet, reference = Lines(package).at(key)
    book.write_bytes(package.patch({sheet: {reference: value}}).to_bytes())


def test_a_refresh_tells_the_position_as_data(eagle, run):
    """Eagle on 31 March 2021: what the filing says of the loans, and what a reader adds up himself."""
    code, out, _ = run("refresh", eagle, "--as-of", "2021-03-31", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["as_of"], found["scenario"], found["currency"]) == ("2021-03-31", "Base", "US$")
    loan = found["loan"]
    assert [tranche["name"] for tranche in loan["tranches"]] == ["Subordinated loan", "Equipment loan", "Senior loan"]
    assert sum(tranche["outstanding"] for tranche in loan["tranches"]) == pytest.approx(loan["outstanding"])
    assert (loan["arrears"], loan["in_arrears"], loan["maturity"]) == (0, False, "2024-09-30")
    payment = loan["next_payment"]
    assert payment["date"] == "2021-06-30"  # quarterly: three months after the as-of date
    assert payment["amount"] == pytest.approx(sum(payment[part] for part in ("interest", "principal", "fees")))
    [reserve] = found["cash"]["accounts"]
    assert (reserve["name"], reserve["shortfall"]) == ("Debt service reserve", 0)
    tests = {test["name"]: test for test in found["covenants"]["tests"]}
    forward = tests["Forward cover"]
    assert (forward["test_date"], forward["sense"], forward["required"]) == ("2021-03-31", "at least", 1.3)
    assert forward["headroom"] == pytest.approx(forward["actual"] - 1.3)
    assert forward["complies"] is True
    hedged = tests["Output hedged, at most"]
    assert hedged["headroom"] == pytest.approx(0.5 - hedged["actual"])
    dscr = tests["DSCR"]  # first tested in June 2021, a year after the first instalment
    assert (dscr["test_date"], dscr["complies"], dscr["next_test"]["date"]) == (None, None, "2021-06-30")
    assert found["milestones"] == [
        {"key": "commercial_production", "name": "Commercial production", "deadline": "2020-12-31",
         "expected": "2020-06-30", "state": "met"}
    ]  # fmt: skip
    assert {"what": "As-of date (asked for)", "before": "30-Apr-2018", "now": "31-Mar-2021"} in found["moved"]["inputs"]
    assert found["checks_failed"] == []
    assert [alert["key"] for alert in found["alerts"]] == ["actuals"]


def test_an_alert_ends_with_its_own_exit_code_if_asked(eagle, run):
    assert run("refresh", eagle)[0] == 0
    code, out, _ = run("refresh", eagle, "--fail-on-alert")
    assert code == 3
    assert "! Months up to the as-of date without actuals" in out
    for key in (
        "actual.gold",
        "actual.operating_cost",
        "actual.capital",
        "actual.sustaining",
    ):  # April 2018 is reported
        package = Package.read(eagle)
        lines = Lines(package)
        table = lines.home[key]
        eagle.write_bytes(package.patch({table.name: {f"{table.months[0]}{table.rows[key]}": 0.0}}).to_bytes())
    assert run("refresh", eagle, "--fail-on-alert")[0] == 0


def test_several_scenarios_are_in_use_together(eagle, run):
    """The same as a column that holds the changes of both; a refresh of one scenario is as before."""
    base = json.loads(run("refresh", eagle, "--json")[1])
    both = json.loads(run("refresh", eagle, "--scenario", "late+low price", "--json")[1])
    assert both["scenario"] == "Late + Low price"
    package = Package.read(eagle)
    figures = Lines(package).figures
    keys = ["scenario.price", "scenario.delay", "scenario.used@across", "compare.dscr", "compare.dscr@across"]
    price, delay, used, dscr, alone = figures.values(keys).values()
    assert (price, delay, used.ravel().tolist()) == (pytest.approx(-0.2), 6, [0, 1, 1])
    assert np.abs(alone.astype(float) - dscr).min() > 0.1  # it is none of those that the table compares
    cells = [figures.cells(f"scenario.{key}@across")[0] for key in ("price", "delay")]
    by_hand = {f"{column_name(cell.column)}{cell.row + 1}": x for cell, x in zip(cells, (-0.2, 6.0), strict=True)}
    eagle.write_bytes(package.patch({"Scenarios": by_hand}).to_bytes())
    typed = json.loads(run("refresh", eagle, "--scenario", "Base", "--json")[1])
    told = ("scenario", "moved", "notes", "backup")
    assert {key: x for key, x in typed.items() if key not in told} == {
        key: x for key, x in both.items() if key not in told
    }
    eagle.write_bytes(package.to_bytes())
    again = json.loads(run("refresh", eagle, "--scenario", "Base", "--json")[1])
    assert {key: x for key, x in again.items() if key not in told} == {
        key: x for key, x in base.items() if key not in told
    }


def test_several_scenarios_are_named_in_the_report(eagle, run, tmp_path):
    run("refresh", eagle, "--scenario", "Low price + Late")
    page = tmp_path / "report.html"
    assert run("report", eagle, page)[0] == 0
    assert page.read_text(encoding="utf-8").count("Low price + Late") >= 2  # in the title and over its results


def test_a_wrong_name_on_the_cover_is_refused(eagle, run):
    put(eagle, "cover.scenario", "Low price + Boom")
    code, _, err = run("refresh", eagle)
    assert code == 1
    assert "there is no scenario 'Boom'; there are Base, Low price, Late" in err


def test_what_moved_is_told_and_kept_on_the_log(eagle, run):
    assert "Nothing has moved since the last refresh" in run("refresh", eagle)[1]
    put(eagle, "ratio.discount", 0.10)
    out = run("refresh", eagle, "--scenario", "low price")[1]
    assert "Scenario in use (asked for): Base → Low price" in out
    assert "Discount rate of cover ratios (typed): 0.08 → 0.1" in out
    assert "LLCR: " in out
    cells = Package.read(eagle).cells("Log")
    told = {cell.value for cell in cells.values()}
    assert {"Scenario in use (asked for)", "Base", "Low price"} <= told
    assert "Nothing has moved since the last refresh" in run("refresh", eagle)[1]


def test_rows_and_sheets_may_move(eagle, run):
    """Lines are found by their keys: a sheet whose name and rows changed is refreshed as before."""
    before = json.loads(run("refresh", eagle, "--json")[1])
    package = Package.read(eagle)
    lines = Lines(package)
    at, other = lines.at("dash.maturity")[1], lines.at("dash.next")[1]
    for key, reference in (("dash.maturity", other), ("dash.next", at)):  # two lines change places, keys and all
        cells = package.cells("Dashboard")
        swapped = {f"{c}{reference[1:]}": cells[f"{c}{lines.at(key)[1][1:]}"].value for c in "AB"}
        eagle.write_bytes(Package.read(eagle).patch({"Dashboard": swapped}).to_bytes())
    moved = Lines(Package.read(eagle))
    assert (moved.at("dash.maturity")[1], moved.at("dash.next")[1]) == (other, at)
    after = json.loads(run("refresh", eagle, "--json")[1])
    assert after["covenants"] == before["covenants"]


def test_two_books_are_compared(eagle, run, tmp_path):
    other = tmp_path / "other.xlsx"
    other.write_bytes(eagle.read_bytes())
    assert run("diff", eagle, other) == (0, "No differences.\n", "")
    put(other, "ratio.discount", 0.10)
    run("refresh", other)
    found = json.loads(run("diff", eagle, other, "--json")[1])
    lines = {difference["line"] for difference in found["inputs"]}
    assert "Terms: Discount rate of cover ratios" in lines
    assert "Ratios: Loan life cover" in {difference["line"] for difference in found["results"]}
    assert not found["formulas"]
    assert not found["only_before"]
    assert not found["only_now"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--market", "."], "--market is for the 1996 workbook"),
        (["--scenario", "nope"], "there is no scenario 'nope'; there are Base, Low price, Late"),
        (["--scenario", "Late + nope"], "there is no scenario 'nope'; there are Base, Low price, Late"),
        (["--scenario", "Late + late"], "scenario 'Late' is given twice in 'Late + late'; give it once"),
        (["--as-of", "2050-01-31"], "as-of date 2050-01-31 is outside the model's months, 2018-04-30 to 2029-03-31"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(eagle, run, options, words):
    before = eagle.read_bytes()
    code, out, err = run("refresh", eagle, *options)
    assert (code, out) == (1, "")
    [line] = err.splitlines()
    assert words in line
    assert eagle.read_bytes() == before


@pytest.mark.parametrize(
    ("key", "command"),
    [("risk.price", "simulate"), ("scenario.costs", "breakeven"), ("ratio.discount", "sensitivity"), ("dash.cash", "refresh"),
     ("time.end", "refresh"), ("risk.metal", "simulate")],
)  # fmt: skip
def test_a_line_that_is_gone_is_named(eagle, run, key, command):
    package = Package.read(eagle)
    lines = Lines(package)
    table = lines.home[key]
    eagle.write_bytes(package.patch({table.name: {f"A{table.rows[key]}": None}}).to_bytes())
    before = eagle.read_bytes()
    code, _, err = run(command, eagle, *(["--paths", 10] if command == "simulate" else []))
    assert code == 1
    assert "build the workbook again" in err
    assert key in err or key == "risk.metal"
    assert eagle.read_bytes() == before


def test_a_key_that_is_duplicated_is_named(eagle, run):
    package = Package.read(eagle)
    row = Lines(package).home["dash.cash"].rows["dash.cash"]
    eagle.write_bytes(package.patch({"Dashboard": {f"A{row + 1}": "dash.cash"}}).to_bytes())
    code, _, err = run("refresh", eagle)
    assert code == 1
    assert f"Dashboard!A{row + 1}: key dash.cash is duplicated" in err


def test_figures_of_other_inputs_are_not_exported(eagle, run, tmp_path):
    assert run("export", eagle, tmp_path / "copy.xlsx")[0] == 0
    put(eagle, "ratio.discount", 0.10)
    code, _, err = run("export", eagle, tmp_path / "stale.xlsx")
    assert code == 1
    assert "figures are out of date" in err
    assert not (tmp_path / "stale.xlsx").exists()


def test_a_value_typed_over_a_formula_is_used_and_named(eagle, run):
    package = Package.read(eagle)
    table = Lines(package).home["ops.revenue"]
    cell = f"{table.months[60]}{table.rows['ops.revenue']}"
    formula = package.cells(table.name)[cell].formula
    eagle.write_bytes(package.frozen(lambda text: text == formula).patch({table.name: {cell: 0.0}}).to_bytes())
    found = json.loads(run("refresh", eagle, "--json")[1])
    assert found["notes"] == [f"Operations!{cell} holds a value where its line has a formula: it is used"]
    assert Package.read(eagle).cells("Operations")[cell].formula is None
