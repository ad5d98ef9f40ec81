"""The commands on a workbook: what they show, what they put on sheet Risk, and when it is stale."""

import csv
import itertools
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from lender_model import case, cli, model, refresh
from lender_model.books.locate import Places
from lender_model.formulas.reading import Workbook
from lender_model.risk import RiskError, fingerprint, pictures, store
from lender_model.risk.simulate import Results
from lender_model.sheets import risk as sheet
from lender_model.xlsx.package import Package


def drawstop(*arguments):
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def cell(book, key):
    package = Package.read(book)
    at, reference = Places(package).value_at(key)
    return package.cells(at)[reference].value


def months(book, key):
    package = Package.read(book)
    places = Places(package)
    return [package.cells(at)[reference].value for at, reference in places.months_at(key)]


def put(book, key, value):
    """Type a value into an input."""
    package = Package.read(book)
    at, reference = Places(package).value_at(key)
    book.write_bytes(package.patch({at: {reference: value}}).to_bytes())


@pytest.fixture(scope="module")
def run(built, tmp_path_factory):
    """A simulated workbook with its break-evens, what was printed, the CSV file and the pictures."""
    folder = tmp_path_factory.mktemp("run")
    book = folder / "model.xlsx"
    book.write_bytes(built)
    printed = drawstop(
        "simulate", book, "--paths", 3000, "--seed", 4, "--workers", 1, "--csv", folder / "paths.csv",
        "--pictures", folder / "pictures",
    )  # fmt: skip
    printed += drawstop("breakeven", book)
    return book, printed


def test_the_terminal_shows_prices_events_figures_and_break_evens(run):
    _, printed = run
    for words in (
        "Prices, from 648 days of fixings", "Per cent of 3,000 paths", "Current ratio broken", "Arrears to the Lender",
        "Lowest LLCR", "Years to repayment", "Gold price at which a test first fails; base case 382.70",
        "Months of delay", "LLCR of the target cover", "Wrote sheet Risk",
    ):  # fmt: skip
        assert words in printed, words
    assert "…" not in printed  # nothing is cut at a hundred characters


def test_sheet_risk_holds_what_was_found(run):
    book, _ = run
    assert cell(book, "risk.simulation_state") == cell(book, "risk.breakeven_state") == "current"
    assert cell(book, "risk.simulation_run") == "3,000 paths, seed 4"
    by_month = months(book, "risk.by_ratio")
    assert all(a <= b for a, b in itertools.pairwise(by_month))
    assert 0 < by_month[-1] == cell(book, "risk.ever_ratio") <= 1
    fan = [months(book, f"risk.fan_gold_p{p}")[40] for p in sheet.PERCENTILES]
    assert fan == sorted(fan)
    assert fan[0] < 382.70 < fan[-1]
    assert months(book, "risk.gold_dscr")[17] == pytest.approx(324.37, abs=0.01)  # as test_breakeven checks it
    assert months(book, "risk.gold_dscr")[16] is None
    places = Places(Package.read(book))
    history = [places.package.cells(at)[ref].value for at, ref in [places.start_at("risk.volatility.gold")]]
    assert history == pytest.approx([0.0711], abs=5e-5)


def test_the_workbook_is_delivered_with_what_the_commands_find(built, tmp_path):
    """The same figures by the same way, on every processor: six digits of each."""
    book = tmp_path / "model.xlsx"
    book.write_bytes(built)
    assert cell(book, "risk.simulation_state") == cell(book, "risk.breakeven_state") == "current"
    assert cell(book, "risk.simulation_run") == "10,000 paths, seed 1"
    drawstop("simulate", book, "--paths", 10_000, "--seed", 1, "--workers", 1)
    drawstop("breakeven", book)
    drawstop("sensitivity", book)
    found = {ref: c.value for ref, c in Package.read(book).cells("Risk").items()}
    assert found == {ref: c.value for ref, c in Package(built, "built").cells("Risk").items()}
    inputs = Places(Package(built, "built")).inputs()
    sums = {f"risk.{kind}_sum" for kind in ("simulation", "breakeven", "sensitivity")}
    figures = np.concatenate([
        np.ravel(inputs[key]) for key in model.NO_RESULTS if key.startswith("risk.") and key not in sums
        and not isinstance(inputs[key], str)
    ])  # fmt: skip
    figures = figures[~np.isnan(figures)]
    assert len(figures) > 2000
    assert figures.tolist() == [float(f"{figure:.5e}") for figure in figures]


def test_nothing_else_of_the_workbook_changes(run, built):
    """Sheets without refreshed or risk figures are the same bytes; formulas stand everywhere as they did."""
    book, _ = run
    before, after = Package(built, "built"), Package.read(book)
    assert before.sheet_names == after.sheet_names
    for name in before.sheet_names:
        formulas = [{ref: c.formula for ref, c in p.cells(name).items() if c.formula} for p in (before, after)]
        assert formulas[0] == formulas[1], name
    refreshed = refresh.calculate(before).package
    for name in set(before.sheet_names) - {"Risk", "Cover", "Dashboard"}:  # which tells what the paths found, too
        assert refreshed.cells(name) == after.cells(name), name


@pytest.mark.long  # a deal's workbook has the same test
def test_a_change_of_an_input_makes_the_results_stale(run, tmp_path):
    book = tmp_path / "model.xlsx"
    book.write_bytes(run[0].read_bytes())
    drawstop("refresh", book)
    assert cell(book, "risk.simulation_state") == "current"
    put(book, "plan.recovery", 0.84)
    drawstop("refresh", book)
    assert cell(book, "risk.simulation_state") == cell(book, "risk.breakeven_state") == "stale"
    drawstop("breakeven", book)
    assert (cell(book, "risk.simulation_state"), cell(book, "risk.breakeven_state")) == ("stale", "current")
    put(book, "risk.delay_high", 6.0)
    drawstop("refresh", book)
    assert cell(book, "risk.breakeven_state") == "stale"
    put(book, "risk.delay_high", 12.0)
    put(book, "plan.recovery", 0.85)
    drawstop("refresh", book)
    assert cell(book, "risk.simulation_state") == "current"


def test_a_scenario_and_an_as_of_date_are_inputs_too(run, tmp_path):
    for option in (("--scenario", "Drought"), ("--as-of", "1996-09-30")):
        book = tmp_path / "model.xlsx"
        book.write_bytes(run[0].read_bytes())
        drawstop("refresh", book, *option)
        assert cell(book, "risk.simulation_state") == "stale"


def test_before_a_refresh_the_formula_sees_a_change_that_moves_the_model(run):
    """As a spreadsheet program would: the fingerprint is the old one, the sum of main lines is not."""
    package = Package.read(run[0])
    sheet, at = Places(package).value_at("plan.tax_rate")
    states = []
    for typed in ({}, {sheet: {at: 0.30}}):
        workbook = Workbook(package.patch(typed))
        workbook.calculation.run()
        where, reference = Places(package).value_at("risk.simulation_state")
        states.append(workbook.values()[where][reference])
    assert states == ["current", "stale"]


def test_a_line_for_each_path(run):
    with (run[0].parent / "paths.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3000
    assert [rows[0]["path"], rows[-1]["path"]] == ["1", "3000"]
    broken = sum(1 for row in rows if row["first_ratio"]) / 3000
    assert broken == pytest.approx(cell(run[0], "risk.ever_ratio"))
    dates = {row["first_short"] for row in rows} - {""}
    assert dates <= set(case.months())
    median = sorted(float(row["llcr"]) for row in rows)[1499]
    assert median == pytest.approx(cell(run[0], "risk.llcr_p50"), rel=1e-5)


def test_pictures(run, tmp_path):
    drawstop("sensitivity", run[0], "--pictures", tmp_path)
    files = [
        run[0].parent / "pictures" / "fans.png",
        run[0].parent / "pictures" / "events.png",
        tmp_path / "tornado.png",
    ]
    assert [file.read_bytes()[:8] for file in files] == [b"\x89PNG\r\n\x1a\n"] * 3


def test_pictures_need_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(RiskError, match="install drawstop with the extra pictures"):
        pictures.plotter()


@pytest.mark.parametrize("command", [("simulate", "--paths", 10, "--workers", 1), ("breakeven",), ("sensitivity",)])
def test_what_a_refresh_tells_is_told_too(book, command):
    """A line typed over, an input that has changed, another version of drawstop."""
    package = Package.read(book)
    typed_over, reference = list(Places(package).months_at("ops.mining"))[3]
    formula = package.cells(typed_over)[reference].formula
    book.write_bytes(package.frozen(lambda text: text == formula).to_bytes())
    put(book, "plan.recovery", 0.84)
    put(book, "cover.version", "drawstop 0.0.9")
    name, *options = command
    lines = [line.strip() for line in drawstop(name, book, *options).splitlines()]
    assert [line for line in lines if line.startswith(f"! {typed_over}!{reference} holds a value")]
    assert [line for line in lines if line.startswith("! built with drawstop 0.0.9;")]
    assert "(typed): 0.85 → 0.84" in "".join(lines[lines.index("Moved since the last refresh") :])


def test_sensitivity_shows_and_puts_on_the_sheet_what_each_move_changes(run, tmp_path):
    book = tmp_path / "model.xlsx"
    book.write_bytes(run[0].read_bytes())
    put(book, "plan.recovery", 0.84)
    printed = drawstop("sensitivity", book)
    for words in ("Base case", "Gold price ±10%", "Start-up six months late", "Lowest LLCR"):
        assert words in printed
    assert "…" not in printed
    assert (cell(book, "risk.sensitivity_state"), cell(book, "risk.breakeven_state")) == ("current", "stale")
    places = Places(Package.read(book))
    inputs = places.inputs()
    base = np.ravel(model.run(inputs)["ratio.min_llcr"])[0]
    higher = np.ravel(model.run(inputs | {"plan.recovery": 0.84 + 0.05})["ratio.min_llcr"])[0]  # the past as planned
    sheet_name, reference = places.start_at("risk.move_llcr_recovery")
    assert places.package.cells(sheet_name)[reference].value == pytest.approx(higher - base, abs=2e-5)
    assert cell(book, "risk.move_llcr_recovery") < 0 < cell(book, "risk.move_llcr_costs")


# ---- fingerprint -----------------------------------------------------------------------------------------------------


def test_the_fingerprint_changes_with_each_input_and_with_nothing_else():
    inputs, _ = case.inputs()
    first = fingerprint.fingerprint(inputs)
    ignored = [
        key
        for key in inputs
        if key in model.NO_RESULTS or key.startswith(("cover.refreshed", "cover.version", "cert."))
    ]
    assert len(ignored) > 50
    for key in ignored:
        assert fingerprint.fingerprint(inputs | {key: "other"}) == first, key
    for key in inputs.keys() - set(ignored):
        value = inputs[key]
        if isinstance(value, str):
            other = value + "x"
        elif np.asarray(value).dtype.kind in "OU":
            other = np.where(np.arange(len(value)) == 0, "drawn", value)
        elif np.asarray(value).dtype.kind == "M":
            other = np.where(np.isnat(value), np.datetime64("1997-01-01"), value + np.timedelta64(1, "D"))
        else:
            other = np.nan_to_num(np.asarray(value, dtype=float)) + 1
        assert fingerprint.fingerprint(inputs | {key: other}) != first, key


def test_the_fingerprint_of_the_case_is_that_of_its_workbook(package):
    inputs, _ = case.inputs()
    assert fingerprint.fingerprint(Places(package).inputs()) == fingerprint.fingerprint(inputs)


# ---- percentiles -----------------------------------------------------------------------------------------------------


def test_a_loan_never_repaid_lasts_longest_and_no_return_is_the_worst():
    """Of 20 paths, 5 in 100 is one path: the smallest that at least these are at or below."""
    life = np.r_[np.arange(1.0, 19), np.nan, np.nan]
    figures = np.array([np.arange(20.0), np.arange(20.0), life, np.r_[[np.nan] * 6, np.arange(14.0)]])
    nothing = np.zeros((0, 20))
    results = Results(np.zeros((6, 20), int), figures, np.zeros((4, 20)), np.zeros((4, 90, 20)), nothing, np.arange(90))
    found = store.percentiles(results)
    assert found[0].tolist() == [0, 4, 9, 14, 18]
    assert np.array_equal(found[2], [1, 5, 10, 15, np.nan], equal_nan=True)
    assert np.array_equal(found[3], [np.nan, np.nan, 3, 8, 12], equal_nan=True)


# ---- a line of the user's own ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["Waterfall!Arrears, closing", "wf.lender_close"])
def test_a_watched_line_has_percentiles_by_year(run, tmp_path, line):
    book = tmp_path / "model.xlsx"
    book.write_bytes(run[0].read_bytes())
    printed = drawstop(
        "simulate", book, "--paths", 200, "--workers", 1, "--watch", line, "--pictures", tmp_path / "pictures"
    )
    assert "Percentiles of Waterfall: Arrears, closing, US$" in " ".join(printed.split())
    assert "P95" in printed
    assert "Dec-1998" in printed
    assert (tmp_path / "pictures" / "watched.png").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Nowhere!5", "no sheet is called Nowhere"),
        ("Loan!No such line", "no line has this label or key"),
        ("Loan!Opening balance", "lines have this label"),
        ("Terms!2", "has no formula"),
    ],
)
def test_a_line_that_cannot_be_watched(book, line, words):
    result = CliRunner().invoke(cli.app, ["simulate", str(book), "--paths", "10", "--watch", line])
    assert isinstance(result.exception, RiskError)
    assert words in str(result.exception)
