"""Small sheets to calculate: cells by reference, a formula where a text begins with "="."""

import pytest

from lender_model.formulas.calculation import Calculation
from lender_model.formulas.lines import Formula
from lender_model.formulas.syntax import Area, Cell, Reader, split


class Sheets:
    """A workbook of one or more sheets, calculated."""

    def __init__(self, cells, names=None, arrays=None):
        """Cells by reference, "Other!A1" on another sheet; names of ranges; ranges of array formulas by first cell."""
        found = {self.cell(reference): value for reference, value in cells.items()}
        reader = Reader(list(dict.fromkeys(["S", *(cell.sheet for cell in found)])), names or {})
        fills = {}
        for first, last in (arrays or {}).items():
            fills[self.cell(first)] = Area(*self.cell(first), *self.cell(last)[1:])
        formulas, values, size = [], {}, {}
        for cell, value in found.items():
            rows, columns = size.get(cell.sheet, (1, 1))
            size[cell.sheet] = max(rows, cell.row + 1), max(columns, cell.column + 1)
            if isinstance(value, str) and value.startswith("="):
                formulas.append(Formula(cell, reader.tree(value, cell), fills.get(cell)))
            else:
                values[cell] = value
        self.calculation = Calculation(formulas, size)
        for cell, value in values.items():
            self.calculation[cell] = value
        self.calculation.run()

    @staticmethod
    def cell(reference):
        sheet, _, at = reference.rpartition("!")
        return Cell(sheet or "S", *split(at))

    def __getitem__(self, reference):
        return self.calculation[self.cell(reference)]

    @property
    def refused(self):
        lines = self.calculation.lines
        return {str(next(lines[n].cells())): why for n, why in self.calculation.plan.refused.items()}

    @property
    def stale(self):
        return sorted(str(self.calculation.lines[n].area) for n in self.calculation.plan.stale)


@pytest.fixture
def sheets():
    """Calculate some cells."""
    return Sheets


@pytest.fixture
def value():
    """The value of one formula in Z99, beside other cells."""

    def calculated(formula, cells=None, array=False):
        arrays = {"Z99": "Z99"} if array else None
        return Sheets({**(cells or {}), "Z99": formula}, arrays=arrays)["Z99"]

    return calculated
