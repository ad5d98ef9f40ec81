"""The ribbon's buttons over an open workbook, and Excel as engine, in front of a stand-in for Excel.

The stand-in calculates nothing: its answers are given. What is shown is what we read, write, compare and say, and that
it goes through xlwings' own code. That Excel's own answers are these is for someone with an Excel to see.
"""

import datetime as dt
import io
import re
import zipfile

import pytest

from drawstop.functions import FUNCTIONS
from lender_model import locate, refresh, swap
from lender_model.sheets import scenarios
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package


@pytest.fixture
def path(model, tmp_path):
    """The lender model on an analyst's disk."""
    path = tmp_path / "model 1996.xlsx"
    path.write_bytes(model)
    return path


@pytest.fixture(scope="module")
def spots(model):
    """A cell with a figure of a row of months that calls our functions, and the cell that holds the stamp."""
    places = locate.Places(Package(model))
    return {"minimum": next(iter(places.months_at("proceeds.minimum"))), "stamp": places.value_at("cover.refreshed")}


# ---- Refresh ---------------------------------------------------------------------------------------------------------


def test_refresh_writes_the_stamp_alone_keeps_a_backup_and_finds_all_agreed(excel, path, spots, model):
    done = excel.play("press", path=str(path), button="refresh")
    sheet, reference = spots["stamp"]
    assert list(done["written"]) == [sheet]
    assert list(done["written"][sheet]) == [reference]
    assert done["written"][sheet][reference].startswith("drawstop ")
    assert ", Excel, " in done["written"][sheet][reference]
    [(title, text, alarming)] = done["said"]
    assert (title, alarming) == ("drawstop", False)
    assert text.startswith("Excel and the model agree in every cell.")
    assert done["saved"] == 0
    assert path.read_bytes() == model
    [backup] = swap.backups(path)
    assert str(backup) in text
    assert Package.read(backup).cells("Cover").keys() == Package(model).cells("Cover").keys()


def test_refresh_writes_what_has_moved_on_the_log_and_says_it(excel, path, model):
    sheet, reference = locate.Places(Package(model)).value_at("cover.as_of")
    done = excel.play("press", path=str(path), button="refresh", typed={sheet: {reference: 35338.0}})  # 30-Sep-1996
    [(_, text, _)] = done["said"]
    assert "\n\nMoved since the last refresh\n  Proceeds Account: " in text
    titles = dict(zip("BCDEF", ("Refreshed", "As of", "What moved", "Before", "Now"), strict=True))
    log = [{title: done["values"]["Log"].get(f"{c}{row}") for c, title in titles.items()} for row in range(6, 20)]
    [line] = [line for line in log if line["What moved"] == "As-of date (typed)"]
    assert (line["As of"], line["Before"], line["Now"]) == (35338.0, "31-Jul-1996", "30-Sep-1996")
    assert ", Excel, " in line["Refreshed"]
    [state] = [text for text in done["written"]["Log"].values() if "ratio.min_dscr" in str(text)]
    assert '"cover.as_of":"1996-09-30"' in state  # for the next refresh to compare with


def test_refresh_writes_what_no_formula_gives(excel, path, model):
    """The fingerprint of the inputs, by which results turn stale, and what the scenarios come to."""
    places = locate.Places(Package(model))
    sheet, reference = places.value_at("cover.as_of")
    done = excel.play("press", path=str(path), button="refresh", typed={sheet: {reference: 35338.0}})
    assert list(done["written"]["Risk"]) == [places.value_at("risk.inputs")[1]]
    alone = refresh.calculate(Package(model), as_of=dt.date(1996, 9, 30)).package.cells("Scenarios")
    shortfalls = [reference for _, reference in places.across_at("compare.shortfall", len(scenarios.NAMES))]
    assert done["values"]["Scenarios"][shortfalls[0]] == 1_500_000  # the contribution that was missed
    for reference in shortfalls:
        assert done["values"]["Scenarios"][reference] == pytest.approx(alone[reference].value, rel=1e-9, abs=1e-6)
    assert all(
        places.package.cells("Scenarios")[reference].formula is None for reference in done["written"]["Scenarios"]
    )


def test_refresh_names_each_cell_that_excel_calculates_otherwise(excel, path, spots):
    sheet, reference = spots["minimum"]
    done = excel.play("press", path=str(path), button="refresh", wrong={sheet: {reference: 123.0}})
    [(_, text, _)] = done["said"]
    assert text.startswith(f"Excel and the model differ:\n{sheet}!{reference}: 123.0 where the model has ")
    assert text.count("where the model has") == 1
    assert "#NAME?" not in text


def test_refresh_of_a_workbook_that_was_never_connected_says_so(excel, path):
    done = excel.play("press", path=str(path), button="refresh", known=False)
    [(_, text, _)] = done["said"]
    assert "'#NAME?' where the model has" in text
    assert "press Connect" in text
    assert " more\n" in text


def test_refresh_refuses_a_wrong_input_before_it_touches_anything(excel, path, model):
    sheet, reference = locate.Places(Package(model)).value_at("cover.scenario")
    done = excel.play("press", path=str(path), button="refresh", typed={sheet: {reference: "Worst"}})
    [(_, text, alarming)] = done["said"]
    assert "Worst" in text
    assert alarming
    assert done["written"] == {}
    assert swap.backups(path) == []


# ---- Connect ---------------------------------------------------------------------------------------------------------


def test_connect_enters_every_formula_that_calls_a_function_and_no_other(excel, path, model):
    elsewhere = r"'C:\Users\Ann\AppData\drawstop.xlam'!"
    with zipfile.ZipFile(io.BytesIO(model)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<f>PROCEEDS_", f"<f>{elsewhere}PROCEEDS_".encode()))
    call = re.compile(rf"(?<!\w)(?:{'|'.join(FUNCTIONS)})\(")
    package = Package.read(path)
    formulas = [cell.formula or "" for sheet in package.sheet_names for cell in package.cells(sheet).values()]
    assert any(elsewhere in formula for formula in formulas)
    ours = sum(1 for formula in formulas if call.search(formula))
    done = excel.play("press", path=str(path), button="connect", known=False)
    assert done["said"] == [("drawstop", f"Formulas with our functions re-entered: {ours}.", False)]
    assert done["unknown"] == set()
    assert done["calculation"] == -4105  # xlCalculationAutomatic, as before
    assert not any(value == "#NAME?" for cells in done["values"].values() for value in cells.values())
    assert not any("drawstop.xlam" in formula for formulas in done["formulas"].values() for formula in formulas)


def test_connect_names_what_an_excel_without_dynamic_arrays_does_not_take(excel, path):
    done = excel.play("press", path=str(path), button="connect", known=False, formula2=False, protected="Proceeds")
    [(_, text, _)] = done["said"]
    assert "is the sheet protected?\nProceeds!" in text
    assert done["unknown"] == {"Proceeds"}


# ---- Excel as engine -------------------------------------------------------------------------------------------------


def test_refresh_of_a_file_takes_excel_s_answers_and_names_what_differs(excel, path, spots, tmp_path):
    sheet, reference = spots["minimum"]
    done = excel.play("refresh_file", path=str(path), folder=str(tmp_path), wrong={sheet: {reference: 123.0}})
    assert [line.partition(" where")[0] for line in done["differences"]] == [f"{sheet}!{reference}: 123.0"]
    assert ", Excel, " in done["stamp"]
    assert done["open"] is False
    assert Package.read(path).cells(sheet)[reference].value == 123.0
    assert len(swap.backups(path)) == 1


def test_an_error_that_files_do_not_know_is_named_as_excel_has_it_and_stored_as_an_error(excel, path, spots, tmp_path):
    sheet, reference = spots["minimum"]
    done = excel.play("refresh_file", path=str(path), folder=str(tmp_path), wrong={sheet: {reference: "#SPILL!"}})
    assert [line.partition(" where")[0] for line in done["differences"]] == [f"{sheet}!{reference}: '#SPILL!'"]
    stored = Package.read(path).cells(sheet)[reference].value
    assert (type(stored), stored) == (Error, "#VALUE!")


def test_engine_excel_needs_the_add_in(excel, path, tmp_path):
    said = excel.play("recalculate_without_addin", path=str(path), folder=str(tmp_path))
    assert said.endswith("is not there; run: drawstop excel install")


# ---- handing over ----------------------------------------------------------------------------------------------------


def test_workbook_of_another_version_is_named_on_the_cover_and_by_the_refresh(model):
    places = locate.Places(Package(model))
    (sheet, built), (_, says) = places.value_at("cover.version"), places.value_at("cover.versions")
    assert Package(model).cells(sheet)[says].value == "not refreshed yet"
    own = refresh.calculate(Package(model))
    assert (own.other_version, own.package.cells(sheet)[says].value) == (None, "one and the same")
    older = refresh.calculate(Package(model).patch({sheet: {built: "drawstop 0.0.9"}}))
    assert older.other_version == "drawstop 0.0.9"
    assert older.package.cells(sheet)[says].value == "refreshed with another version"
