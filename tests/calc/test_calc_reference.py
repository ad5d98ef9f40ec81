"""The sheet Functions in LibreOffice: as shipped and as changed, every example shows there what a refresh writes."""

import pytest
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from drawstop.functions import FUNCTIONS
from lender_model import refresh

SHEET = "Functions"

# What the user types, by function and argument: errors, a longer row, a table that shrinks, an error alone in a table.
CHANGES = {
    "DSCR": {"debt_service": [0]},
    "LLCR": {"dates": [36525, 36890, 36160], "cash_available": [1e6, 2e6, 3e6], "maturity": [36890]},
    "MILESTONE": {"as_of": [35600], "deadline": [35642]},
    "NET_RETURNS": {"gross": [500, 3000]},
    "ROYALTY_SCHEDULE": {"periods": [None, None, None]},
    "PROCEEDS_MIN_ITEMS": {"interest_3m": ["abc"]},
    "COVENANT_REPORT": {"current_liabilities": [0]},
    "INSTALMENTS": {"dates": [36525, 36525]},
}


@pytest.fixture(scope="module")
def changed(package):
    cells, values = package.cells(SHEET), {}
    for function, arguments in CHANGES.items():
        answer = row_of(cells, f"fn.{function}")
        for argument, typed in arguments.items():
            above = [at for at, cell in cells.items() if at[0] == "B" and cell.value == argument]
            row, column = max(xl_cell_to_rowcol(at) for at in above if int(at[1:]) < answer)
            values |= {xl_rowcol_to_cell(row, column + 3 + k): value for k, value in enumerate(typed)}
    return refresh.calculate(package.patch({SHEET: values})).package


def row_of(cells, key):
    return next(int(at[1:]) for at, cell in cells.items() if at[0] == "A" and cell.value == key)


def differences(calc, package, path):
    """Formula cells of the three sheets in which LibreOffice shows something else, and how many cells there are."""
    path.write_bytes(package.to_bytes())
    book = calc.open(path)
    shown = {sheet: cells for sheet, cells in book.calculate().items() if sheet in {SHEET, "Readings", "Map"}}
    book.close()
    found = {}
    for sheet, cells in shown.items():
        for at, value in cells.items():
            ours = package.cells(sheet)[at].value
            ours = "" if ours is None else ours  # an empty text of a formula is stored as no value
            if ours != (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value):
                found[sheet, at] = (ours, value)
    return found, sum(map(len, shown.values()))


def test_the_examples_as_shipped(calc, package, tmp_path):
    found, count = differences(calc, package, tmp_path / "model.xlsx")
    assert found == {}
    assert count > 2 * len(FUNCTIONS)


def test_the_examples_as_changed(calc, package, changed, tmp_path):
    before, after = package.cells(SHEET), changed.cells(SHEET)
    answers = {name: row_of(before, f"fn.{name}") for name in CHANGES}
    same = [
        name for name, row in answers.items()
        if all(before[at].value == after[at].value for at in before if at[0] > "D" and 0 <= int(at[1:]) - row < 4)
    ]  # fmt: skip
    assert same == []
    found, _ = differences(calc, changed, tmp_path / "model.xlsx")
    assert found == {}
