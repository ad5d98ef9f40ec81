"""What a refresh says has moved, and what it leaves on the sheet Log."""

import datetime as dt
import io
import json
import re
import sys
import zipfile

import pytest

from lender_model import cli, moved, refresh
from lender_model.locate import Places
from lender_model.sheets import log
from lender_model.xlsx.package import Package

HISTORY = dt.date(1996, 9, 30)


def typed(package, **values):
    """The workbook with values typed into lines."""
    where = {key.replace("__", "."): value for key, value in values.items()}
    cells = [(*Places(package).value_at(key), value) for key, value in where.items()]
    for sheet, reference, value in cells:
        package = package.patch({sheet: {reference: value}})
    return package


def entries(package):
    """The entries of the Log, newest first: stamp, date, what moved, before and now."""
    table = Places(package).home[log.STATE]
    rows = [[f"{table.columns[title]}{table.rows[key]}" for title in log.COLUMNS[1:]] for key in log.KEYS]
    found = [[table.cells[reference].value for reference in row] for row in rows]
    return [row for row in found if row[0]]


def hidden(package):
    """Sheet and reference of the cell with what the last refresh found."""
    table = Places(package).home[log.STATE]
    return table.name, f"{table.columns[log.COLUMNS[1]]}{table.rows[log.STATE]}"


def test_a_workbook_just_built_has_an_empty_log_that_knows_where_it_stands(package):
    assert entries(package) == []
    result = refresh.calculate(package)
    assert (result.moved.known, result.moved.figures, result.moved.inputs) == (True, [], [])
    assert result.moved.lines()[-1].strip() == "Nothing has moved since the last refresh."
    assert entries(result.package) == []


def test_the_shortfall_of_september_is_told_with_its_cause(history):
    """The contribution of 1.5 million was missed: 7,484 thousand in the account against a minimum of 8,984."""
    assert ("Proceeds Account", "17,257,500", "7,484,000") in history.moved.figures
    assert ("Shortfall", "0", "1,500,000") in history.moved.figures
    assert ("First breach", "–", "30-Sep-1996") in history.moved.figures
    assert history.moved.inputs == [("As-of date (asked for)", "31-Jul-1996", "30-Sep-1996")]
    head = (history.values["cover.refreshed"], 35338.0)  # 30-Sep-1996
    assert entries(history.package) == [[*head, *move] for move in history.moved.figures + history.moved.inputs]


def test_typed_and_asked_for_are_told_apart(history):
    theirs = typed(history.package, plan__recovery=0.8, plan__gold_price=400.0)
    result = refresh.calculate(theirs, scenario="High cost")
    assert sorted(result.moved.inputs) == [
        ("Gold price of the plan (typed)", f"{history.inputs['plan.gold_price']:g}", "400"),
        ("Recovery (typed)", f"{history.inputs['plan.recovery']:g}", "0.8"),
        ("Scenario (asked for)", "Base", "High cost"),
    ]
    new = len(result.moved.figures) + 3
    assert entries(result.package)[new:] == entries(history.package)


def test_a_line_of_many_figures_is_named_without_them(history):
    sheet, reference = list(Places(history.package).months_at("plan.ore"))[8]
    result = refresh.calculate(history.package.patch({sheet: {reference: 1.0}}))
    [(what, before, now)] = result.moved.inputs
    assert (what.endswith(" (typed)"), before, now) == (True, "…", "other figures")


def test_an_input_that_no_key_figure_depends_on_is_told_too(history):
    result = refresh.calculate(typed(history.package, checks__bank=2000.0))
    assert (result.moved.figures, len(result.moved.inputs)) == ([], 1)
    assert len(entries(result.package)) == len(entries(history.package)) + 1


def test_words_of_the_certificate_move_nothing(history):
    result = refresh.calculate(typed(history.package, cert__officer="Treasurer"))
    assert (result.moved.figures, result.moved.inputs) == ([], [])
    assert entries(result.package) == entries(history.package)


def test_inputs_that_would_fill_the_log_are_counted(package):
    sheet, reference = hidden(package)
    before = json.loads(package.cells(sheet)[reference].value)
    before["inputs"] |= dict.fromkeys(list(before["inputs"])[:100], "another")
    result = refresh.calculate(package.patch({sheet: {reference: json.dumps(before)}}))
    assert len(result.moved.inputs) == 100
    assert entries(result.package)[-1][2:] == ["and 60 more inputs", None, None]


def test_the_oldest_lines_make_room(package):
    places = Places(package)
    table = places.home[log.STATE]
    full = {f"B{table.rows[key]}": f"entry {key}" for key in log.KEYS}
    result = refresh.calculate(package.patch({"Log": full}), as_of=HISTORY)
    stamps = [row[0] for row in entries(result.package)]
    new = len(result.moved.figures) + 1
    assert len(stamps) == log.LINES
    assert stamps[new:] == [f"entry {key}" for key in log.KEYS[:-new]]


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"inputs":[],"figures":{}}', "[" * 30_000, 5.0])
def test_a_state_that_is_lost_is_found_again(history, text):
    """Nothing can be compared, so nothing is claimed; the next refresh can compare again."""
    sheet, reference = hidden(history.package)
    result = refresh.calculate(history.package.patch({sheet: {reference: text}}), scenario="High cost")
    assert result.moved.lines() == []
    assert entries(result.package) == entries(history.package)
    assert json.loads(result.package.cells(sheet)[reference].value)["inputs"]["cover.scenario"] == "High cost"


def without_log(package):
    """The workbook after somebody has deleted the sheet, as Excel leaves it."""
    number = package.sheet_names.index("Log") + 1
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if not name.endswith(f"/sheet{number}.xml")}
    link = re.compile(rb'<Relationship [^>]*worksheets/sheet%d\.xml"[^>]*/>' % number)
    parts["xl/_rels/workbook.xml.rels"] = link.sub(b"", parts["xl/_rels/workbook.xml.rels"])
    parts["xl/workbook.xml"] = re.sub(rb'<sheet name="Log"[^>]*/>', b"", parts["xl/workbook.xml"])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return Package(buffer.getvalue())


def test_a_workbook_without_the_sheet_is_refreshed_all_the_same(package, history):
    result = refresh.calculate(without_log(package), as_of=HISTORY)
    assert result.moved == moved.Moved([], [], known=False, cells={})
    assert result.values["cover.shortfall"] == history.values["cover.shortfall"]


def test_rows_deleted_from_the_log_are_done_without(history):
    table = Places(history.package).home[log.STATE]
    gone = {f"A{table.rows[key]}": None for key in log.KEYS[1:]}
    result = refresh.calculate(history.package.patch({"Log": gone}), scenario="High cost")
    cells = result.package.cells("Log")
    assert cells[f"D{table.rows['log.001']}"].value == result.moved.figures[0].what
    assert cells[f"D{table.rows['log.002']}"].value == history.moved.figures[1].what  # no line of the Log any more


def test_a_saved_copy_of_fifteen_digits_has_not_moved():
    """LibreOffice writes a number with fifteen digits, of seventeen."""
    assert moved._stored(0.1 + 0.2) == moved._stored(0.3)
    assert moved._stored([0.1 + 0.2, 1.0]) == moved._stored([0.3, 1.0]) != moved._stored([0.3, 1.1])
    assert moved._stored(-0.0) == 0.0
    assert moved._stored(float("nan")) is None


def test_the_log_holds_no_formula_but_the_light(package):
    assert package.formulas("Log") == {"B3"}


def test_figures_of_a_refresh_do_not_hold_the_log(history):
    """What Excel calculates is compared with them, and it calculates nothing there."""
    assert set(history.cells["Log"]) == {"B3"}


def test_the_terminal_says_so(monkeypatch, capsys, book):
    monkeypatch.setattr(sys, "argv", ["drawstop", "refresh", str(book), "--as-of", "1996-09-30"])
    with pytest.raises(SystemExit):
        cli.main()
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    at = lines.index("Moved since the last refresh")
    assert "Shortfall: 0 → 1,500,000" in lines[at:]
    assert "As-of date (asked for): 31-Jul-1996 → 30-Sep-1996" in lines[at:]
