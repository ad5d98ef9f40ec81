"""Deals' workbooks in LibreOffice: a refresh with it agrees in every cell, those of sheet Risk included."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import lender_model
from drawstop.hosts import calc as host
from drawstop.hosts.calc.office import clean_environment, find_office, find_python
from lender_model import cli
from lender_model.compose.refresh import calculate
from lender_model.xlsx.package import Package

DEALS = Path(lender_model.__file__).parent / "deals"


def drawstop(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["drawstop", *map(str, arguments)])
    with contextlib.suppress(SystemExit):
        cli.main()
    said = capsys.readouterr()
    assert not said.err
    return said.out


@pytest.mark.parametrize(
    ("name", "as_of", "scenario"),
    [
        pytest.param("eagle_2018", "2021-03-31", "Base", marks=pytest.mark.long),
        ("blackwater_2023", "2025-06-30", "Low price + High cost + Late"),
    ],
)
def test_a_refresh_by_libreoffice_agrees_in_every_cell(name, as_of, scenario, calc, tmp_path, monkeypatch, capsys):  # noqa: ARG001 - calc skips where LibreOffice is missing
    book = tmp_path / f"{name}.xlsx"
    drawstop(monkeypatch, capsys, "build", DEALS / name, book)
    options = ("--as-of", as_of, "--scenario", scenario, "--engine", "calc", "--json")
    told = json.loads(drawstop(monkeypatch, capsys, "refresh", book, *options))
    assert told["scenario"] == scenario
    assert not [note for note in told["notes"] if "where the model has" in note]
    assert "LibreOffice" in {
        cell.value.split(", ")[1]
        for cell in Package.read(book).cells("Cover").values()
        if str(cell.value).startswith("drawstop")
    }


def test_a_ledger_agrees_in_every_cell(calc, tmp_path, monkeypatch, capsys):  # noqa: ARG001 - as above
    """Gold Bar's interest of March 2019 is missed and paid in May; then a prepayment, a waiver, the bank's balance."""
    book, bank = tmp_path / "gold_bar.xlsx", tmp_path / "bank.csv"
    drawstop(monkeypatch, capsys, "build", DEALS / "gold_bar_2018", book)
    entries = ("03-31,interest paid,0,", "05-31,interest paid,800000,", "05-31,prepaid,5000000,", "06-30,waived,1000,",
               "06-30,waived until,0,2019-12-31", "06-30,loan balance,45000000,")  # fmt: skip
    bank.write_text("date,what,amount,until\n" + "".join(f"2019-{line}\n" for line in entries), encoding="utf-8")
    assert "New in the ledger: 6." in drawstop(monkeypatch, capsys, "ledger", book, bank, "--as-of", "2019-06-30")
    told = json.loads(drawstop(monkeypatch, capsys, "refresh", book, "--engine", "calc", "--json"))
    assert not [note for note in told["notes"] if "where the model has" in note]
    assert told["loan"]["tranches"][0]["outstanding"] == 45e6
    assert told["loan"]["in_arrears"]


def test_a_figure_that_differs_is_named(calc, tmp_path, monkeypatch, capsys):  # noqa: ARG001 - as above
    """With a LibreOffice that gives another figure for the debt."""
    book = tmp_path / "book.xlsx"
    drawstop(monkeypatch, capsys, "build", DEALS / "golden_star_2015", book)
    drawstop(monkeypatch, capsys, "refresh", book, "--engine", "calc")
    monkeypatch.setattr("drawstop.hosts.calc.recalculate", lambda _: {"Dashboard": {"E9": 1.0}})
    out = drawstop(monkeypatch, capsys, "refresh", book, "--engine", "calc")
    assert "Dashboard!E9: 1.0 where the model has" in out


def test_rows_columns_and_sheets_that_were_moved_are_not_edits(calc, tmp_path, monkeypatch, capsys):  # noqa: ARG001 - as above
    """Inserted, renamed and moved in LibreOffice, and saved by it: its formulas are the same, with other addresses."""
    book, saved, office = tmp_path / "book.xlsx", tmp_path / "saved.xlsx", find_office()
    drawstop(monkeypatch, capsys, "build", DEALS / "golden_star_2015", book)
    edit = [find_python(office), Path(__file__).with_name("edit_book.py"), Path(host.__file__).parent, office]
    command = [*edit, tmp_path / "profile", book, saved, "deal"]
    subprocess.run([str(part) for part in command], check=True, env=clean_environment(), timeout=120)  # noqa: S603 - LibreOffice's own Python
    package = Package.read(saved)
    assert package.sheet_names[0] != "Cover"
    assert "Our mine" in package.sheet_names
    result = calculate(package)
    assert (result.edited, result.typed_over) == ([], [])
