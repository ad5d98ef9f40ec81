"""A workbook that was opened, edited and saved in LibreOffice is still found its way about in, and refreshed."""

import datetime as dt
import subprocess
from pathlib import Path

import pytest

from drawstop.hosts import calc as host
from drawstop.hosts.calc.office import clean_environment, find_office, find_python
from lender_model import model, refresh
from lender_model.grid import INPUT, RESULT
from lender_model.locate import Places
from lender_model.xlsx.cells import Error
from lender_model.xlsx.package import Package

HISTORY = dt.date(1996, 9, 30)
EDIT = Path(__file__).with_name("edit_book.py")


@pytest.fixture(scope="module")
def expected(package):
    return lines(refresh.calculate(package, as_of=HISTORY).package)


@pytest.fixture(scope="module")
def saved(calc, package, tmp_path_factory):  # noqa: ARG001 - calc skips where LibreOffice is missing
    """The workbook as a person leaves it: rows and a column put in, a row moved, cells and a sheet of their own."""
    folder = tmp_path_factory.mktemp("desk")
    source, target = folder / "lender_model.xlsx", folder / "saved.xlsx"
    source.write_bytes(package.to_bytes())
    office, row = find_office(), model.BOOK.place["plan.freight"][1]
    command = [find_python(office), EDIT, Path(host.__file__).parent, office, folder / "profile", source, target, row]
    subprocess.run([str(part) for part in command], check=True, env=clean_environment(), timeout=120)  # noqa: S603 - LibreOffice's own Python
    return Package.read(target)


def lines(package):
    """Every line's figures by key: value, start, months; a date is a serial number."""
    places, out = Places(package), {}
    for sheet in model.SHEETS:
        for row in sheet.rows:
            if not row.key or row.key == "cover.refreshed":
                continue
            where = [places.value_at(row.key, k) for k in range(row.spill)] if row.value is not None else []
            where += [places.start_at(row.key)] if row.start is not None else []
            where += list(places.months_at(row.key)) if row.months is not None else []
            cells = [package.cells(name).get(reference) for name, reference in where]
            out[row.key] = [cell.value if cell else None for cell in cells]
    return out


def same(ours, theirs):
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= 1e-9 * max(abs(ours), abs(theirs)) + 1e-6  # LibreOffice saves 15 digits
    return (ours or None) == (theirs or None)


def test_every_line_is_found_where_it_now_stands(saved):
    places = Places(saved)
    assert places.home["loan.closing"].rows["loan.closing"] == model.BOOK.place["loan.closing"][1] + 3
    assert places.home["plan.freight"].rows["plan.freight"] == 151
    assert places.tables["Waterfall"].months[0] == "H"
    assert places.tables["Loan"].months[0] == "G"


def test_the_refresh_puts_the_same_figures_there(saved, expected):
    result = refresh.calculate(saved, as_of=HISTORY)
    assert result.typed_over == []
    found = lines(result.package)
    assert found.keys() == expected.keys()
    wrong = [
        key for key in found
        if len(found[key]) != len(expected[key]) or not all(map(same, found[key], expected[key]))
    ]  # fmt: skip
    assert wrong == []


def test_an_input_in_the_moved_row_counts(saved):
    sheet, reference = Places(saved).value_at("plan.freight")
    result = refresh.calculate(saved.patch({sheet: {reference: 9.0}}))
    assert result.values["plan.freight"] == 9.0


def test_what_is_the_users_own_survives(saved):
    result = refresh.calculate(saved, as_of=HISTORY).package
    for sheet, reference in (
        ("Loan", "B6"),
        ("Waterfall", "G5"),
        ("Waterfall", "G8"),
        ("Plan", "B160"),
        ("Ours", "B1"),
    ):
        before, after = (book.cells(sheet)[reference] for book in (saved, result))
        assert after == before
    assert result.cells("Loan")["B6"].value == "Our own heading"
    assert result.cells("Plan")["B160"].formula == "E151*2"
    assert result.sheet_names == saved.sheet_names == ["Ours", *saved.sheet_names[1:]]


def test_no_error_is_left_that_libreoffice_saved(saved):
    """It saves our array formulas as #NAME?, since it looks for the functions under other names."""
    errors = {
        (s, ref) for s in saved.sheet_names for ref, cell in saved.cells(s).items() if isinstance(cell.value, Error)
    }
    assert errors
    result = refresh.calculate(saved, as_of=HISTORY).package
    left = {at for at in errors if isinstance(result.cells(at[0])[at[1]].value, Error)}
    assert {sheet for sheet, _ in left} <= {"Functions"}
    assert not left


def test_the_edited_workbook_recalculates_to_the_same(calc, saved, tmp_path):
    """The formulas that LibreOffice saved still say what the Python model says."""
    result = refresh.calculate(saved, as_of=HISTORY).package
    path = tmp_path / "saved.xlsx"
    path.write_bytes(result.to_bytes())
    opened = calc.open(path)
    found = opened.calculate()
    opened.close()
    places = Places(result)
    assert found[places.home["checks.ok"].name][places.value_at("checks.ok")[1]] == 1
    wrong = []
    for sheet in model.SHEETS:
        for row in sheet.rows:
            where = list(places.months_at(row.key)) if row.key and row.months not in {None, INPUT, RESULT} else []
            wrong += [at for at in where if not same(result.cells(at[0])[at[1]].value, found[at[0]].get(at[1]))]
    assert wrong == []
