"""The workbook of a deal's folder in LibreOffice: every formula of a deal of many clauses gives what we calculate."""

from pathlib import Path

import pytest

from lender_model.compose.model import compose, read
from lender_model.compose.writer import build
from lender_model.xlsx.package import Package

FOLDER = Path(__file__).parents[1] / "data" / "rich_deal"


def test_every_formula_agrees(calc, tmp_path):
    path = tmp_path / "rich.xlsx"
    path.write_bytes(build(compose(read(FOLDER)))[0])
    package, book = Package.read(path), calc.open(path)
    found = book.calculate()
    book.close()
    cells = [
        (sheet, at, cell) for sheet in package.sheet_names for at, cell in package.cells(sheet).items() if cell.formula
    ]
    assert len(cells) > 10_000
    for sheet, at, cell in cells:
        theirs = found[sheet].get(at)
        if isinstance(cell.value, float):
            assert theirs == pytest.approx(cell.value, rel=1e-9, abs=1e-6), f"{sheet}!{at}: {cell.formula}"
        else:
            assert str(theirs or "") == str(cell.value or ""), f"{sheet}!{at}: {cell.formula}"
