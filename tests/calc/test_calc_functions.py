"""Every function in a grid, typed by its plain name and read from a file: Calc shows what Python gives.

The calls are those of the docstrings; then the same calls with junk in each of their arguments in turn.
"""

import datetime as dt

import pytest
import xlsxwriter
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from drawstop.functions import FUNCTIONS
from drawstop.functions.examples import example

EXAMPLES = [example(spec) for spec in FUNCTIONS.values()]
NAMES = list(FUNCTIONS)
EPOCH = dt.date(1899, 12, 30)  # day 0 of the serial numbers from 1 March 1900 on

# What Calc cannot tell us, so that Python is asked with what we are told instead.
TOLD = {True: 1.0, False: 0.0, None: ""}
ERROR_IN_RANGE = "#VALUE!"  # Calc refuses the call (Err:504) where Python would give the error itself

JUNK = {
    "blank": None,
    "text": "abc",
    "empty text": "",
    "error": "#N/A",
    "flag": True,
    "date": dt.date(1996, 9, 30),
    "number": -1.5,
    "text of a number": "1",
}


def rows_of(argument):
    """An argument as rows of cells."""
    if not isinstance(argument, list):
        return [[argument]]
    return argument if isinstance(argument[0], list) else [argument]


def serial(cell):
    """A cell as Calc shows it."""
    if isinstance(cell, dt.date):  # before March 1900 a serial number is a day less: Excel counts a 29 February 1900
        return float((cell - EPOCH).days - (cell < dt.date(1900, 3, 1)))
    return TOLD[cell] if cell is None or isinstance(cell, bool) else cell


def shown(answer):
    """An answer as Calc shows it, rows of cells or a single one."""
    if isinstance(answer, list):
        return [[serial(cell) for cell in row] for row in answer]
    return serial(answer)


def same(got, expected):
    """Whether cells agree: numbers to 1e-12 relative, texts and errors exactly."""
    if isinstance(expected, list):
        return isinstance(got, list) and all(
            same(a, b) for ours, theirs in zip(got, expected, strict=True) for a, b in zip(ours, theirs, strict=True)
        )
    if isinstance(expected, str) or isinstance(got, str):
        return got == expected
    return got == pytest.approx(expected, rel=1e-12, abs=1e-12)


class Grid:
    """Cells laid out down a sheet, each call on rows of its own, its answer to the right of its arguments."""

    def __init__(self, *, blanks_left_out=False):
        self.blanks_left_out = blanks_left_out
        self.row = 0
        self.cells = {}  # reference: value
        self.formulas = {}  # cell or range: formula with commas
        self.expected = {}

    def add(self, spec, arguments, expected):
        """A call with its arguments in cells; its answer fills as many cells as expected."""
        column, references, height = 0, [], 1
        for argument in arguments:
            rows = rows_of(argument)
            height = max(height, len(rows))
            for r, cells in enumerate(rows):
                for k, cell in enumerate(cells):
                    self.cells[xl_rowcol_to_cell(self.row + r, column + k)] = cell
            last = (self.row + len(rows) - 1, column + len(rows[0]) - 1)
            single = len(rows) == len(rows[0]) == 1
            reference = xl_rowcol_to_cell(self.row, column) if single else xl_range(self.row, column, *last)
            references.append("" if argument is None and self.blanks_left_out else reference)
            column += len(rows[0]) + 1
        grid = expected if isinstance(expected, list) else [[expected]]
        where = xl_range(self.row, 30, self.row + len(grid) - 1, 30 + len(grid[0]) - 1)
        if isinstance(expected, list):
            where = where if ":" in where else f"{where}:{where}"
        self.formulas[where] = example(spec).formula(references)
        self.expected[where] = shown(expected)
        self.row += max(height, len(grid)) + 1


def write(path, grid, sheet="Grid"):
    """The grid as an .xlsx."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        for reference, cell in grid.cells.items():
            if isinstance(cell, dt.date):
                page.write_datetime(reference, cell)
            elif isinstance(cell, str) and cell.startswith("#"):
                page.write_formula(reference, f"={cell}", None, cell)
            elif cell is not None:
                page.write(reference, cell)
        for where, formula in grid.formulas.items():
            if ":" in where:
                page.write_array_formula(where, f"{{{formula}}}")
            else:
                page.write_formula(where, formula)


def read(values, where):
    """What a cell or a range shows."""
    if ":" not in where:
        return values[where]
    first, last = where.split(":")
    (top, left), (bottom, right) = (xlsxwriter.utility.xl_cell_to_rowcol(ref) for ref in (first, last))
    return [
        [values[xl_rowcol_to_cell(row, column)] for column in range(left, right + 1)] for row in range(top, bottom + 1)
    ]


def differences(grid, got):
    return {
        where: (formula, got[where], grid.expected[where])
        for where, formula in grid.formulas.items()
        if not same(got[where], grid.expected[where])
    }


def examples(**options):
    grid = Grid(**options)
    for case in EXAMPLES:
        grid.add(case.function, case.arguments, case.answer)
    return grid


def test_typed_by_plain_name(calc):
    grid = examples(blanks_left_out=True)
    typed = {where: formula.replace(",", ";") for where, formula in grid.formulas.items()}
    assert len(typed) == len(FUNCTIONS)
    assert not differences(grid, calc.evaluate(grid.cells, typed))


def test_a_blank_cell_typed_by_hand_is_a_blank_in_each_argument(calc):
    grid = Grid()
    for case in EXAMPLES:
        for i, argument in enumerate(case.arguments):
            if isinstance(argument, list):
                continue
            given = [*case.arguments[:i], None, *case.arguments[i + 1 :]]
            expected = case.function.in_cell(*given[:i], "", *given[i + 1 :])
            if isinstance(case.answer, list) and not isinstance(expected, list):
                expected = [[expected] * len(row) for row in case.answer]
            grid.add(case.function, given, expected)
    typed = {where: formula.replace(",", ";") for where, formula in grid.formulas.items()}
    assert len(typed) > 2 * len(FUNCTIONS)
    assert not differences(grid, calc.evaluate(grid.cells, typed))


def test_read_from_a_file(calc, tmp_path):
    grid = examples()
    write(tmp_path / "examples.xlsx", grid)
    book = calc.open(tmp_path / "examples.xlsx")
    values = book.calculate()["Grid"]
    book.close()
    assert not differences(grid, {where: read(values, where) for where in grid.formulas})


def junked(case, junk):
    """The arguments of an example, with junk in each of them in turn; and what Calc shows for it."""
    for i, argument in enumerate(case.arguments):
        rows = [list(row) for row in rows_of(argument)]
        rows[-1][-1] = junk
        alone = len(rows) == len(rows[0]) == 1
        given = [*case.arguments[:i], junk if alone else rows, *case.arguments[i + 1 :]]
        told = [*case.arguments[:i], serial(junk) if alone else [*rows[:-1], [*rows[-1][:-1], serial(junk)]]]
        expected = case.function.in_cell(*told, *case.arguments[i + 1 :])
        if junk == "#N/A":
            expected = "#N/A" if alone else ERROR_IN_RANGE
            shape = case.answer if isinstance(case.answer, list) else None
            expected = [[expected] * len(row) for row in shape] if shape else expected
        elif isinstance(case.answer, list) and not isinstance(expected, list):
            expected = [[expected] * len(row) for row in case.answer]
        yield given, expected


@pytest.mark.parametrize("kind", JUNK)
def test_junk_in_each_argument(calc, kind, tmp_path):
    grid = Grid()
    for case in EXAMPLES:
        for given, expected in junked(case, JUNK[kind]):
            grid.add(case.function, given, expected)
    write(tmp_path / "junk.xlsx", grid)
    book = calc.open(tmp_path / "junk.xlsx")
    values = book.calculate()["Grid"]
    book.close()
    assert len(grid.formulas) > 2 * len(FUNCTIONS)
    assert not differences(grid, {where: read(values, where) for where in grid.formulas})
