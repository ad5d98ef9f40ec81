"""Series and tables: parallel rows read whole, without blanks, sorted by date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawstop.functions import cells as c
from drawstop.functions.cells import CellError, Kind


@dataclass(frozen=True)
class Column:
    """The contents of one of several parallel series.

    Args:
        kind: what a cell may hold.
        unique: a duplicated date is an error.
        skip_blank: a blank cell is left out with its row.
        default: replaces a blank cell; unless it holds an error, such a column does not decide whether its row
            is blank.
    """

    kind: Kind
    unique: bool = False
    skip_blank: bool = False
    default: Any = None

    def blanks(self, line: Any) -> NDArray[np.bool_]:
        """Which cells are blank; serial 0 is a blank date."""
        if self.default is not None:
            return np.array([not c.is_error(cell) for cell in line], dtype=np.bool_)
        if isinstance(self.kind, c.Date):
            return np.array([c.is_blank(cell) or c.is_blank_date(cell) for cell in line], dtype=np.bool_)
        return np.array([c.is_blank(cell) for cell in line], dtype=np.bool_)


Fault = tuple[int, CellError]
"""Which argument or column is at fault, and why."""


def worst(faults: Sequence[Fault]) -> Fault:
    """The fault to report: an error cell first, then by kind of error, then the leftmost."""
    return min(faults, key=lambda fault: (fault[1].rank, fault[0]))


def read_line(grid: Any, length: int | None = None) -> Any:
    """The cells of a series: one row or one column.

    Raises:
        CellError: ``#VALUE!`` for a block of several rows and columns, or a length other than the one given.
    """
    shape = c.shape_of(grid)
    if shape is not None and 1 not in shape:
        text = f"is {shape[0]}×{shape[1]} cells: it must be one row or one column"
        raise CellError(c.VALUE, text, rank=c.WRONG_INPUT)
    line = [grid] if shape is None else c.flatten(grid)
    if length is not None and len(line) != length:
        text = f"has a length of {len(line)} beside {length}: both must be equal"
        raise CellError(c.VALUE, text, rank=c.WRONG_INPUT)
    return line


def read_series(columns: Sequence[Column], grids: Sequence[Any]) -> tuple[list[NDArray[Any]], Fault | None]:
    """Parallel series as arrays, or the worst fault."""
    lines: list[Any] = []
    for k, grid in enumerate(grids):
        try:
            lines.append(read_line(grid, len(lines[0]) if lines else None))
        except CellError as error:
            return [], _error_cell(grids) or (k, error)
    return _records(columns, lines)


def read_table(names: Sequence[str], columns: Sequence[Column], grid: Any, needed: int) -> list[NDArray[Any]]:
    """The columns of a table as arrays; those after the first ``needed`` may be left out and are then blank.

    Raises:
        CellError: a different number of columns, or the fault of a cell.
    """
    grid = [[None] * len(columns)] if c.is_blank(grid) else grid
    shape = c.shape_of(grid)
    if shape is None or not needed <= shape[1] <= len(columns):
        count = f"{needed} or {len(columns)}" if needed < len(columns) else f"{needed}"
        text = f"must be a table of {count} columns ({', '.join(names)})"
        _, error = _error_cell([grid]) or (0, CellError(c.VALUE, text, rank=c.WRONG_INPUT))
        raise error
    flat = c.flatten(grid)
    blank = [None] * shape[0]
    arrays, fault = _records(columns, [flat[k :: shape[1]] if k < shape[1] else blank for k in range(len(columns))])
    if fault:
        raise CellError(fault[1].code, f"column {names[fault[0]]}: {fault[1].message}", rank=fault[1].rank)
    return arrays


def _error_cell(grids: Sequence[Any]) -> Fault | None:
    """The first error cell: it is the result, whatever other faults the ranges have."""
    for k, grid in enumerate(grids):
        for cell in [grid] if c.shape_of(grid) is None else c.flatten(grid):
            if c.is_error(cell):
                return k, CellError(str(cell), f"holds the error {cell}", rank=c.ERROR_CELL)
    return None


def _records(columns: Sequence[Column], lines: list[Any]) -> tuple[list[NDArray[Any]], Fault | None]:
    """The rows that are not blank, in date order, or the worst cell's fault."""
    blanks = [column.blanks(line) for column, line in zip(columns, lines, strict=True)]
    kept = np.flatnonzero(~np.all(blanks, axis=0))
    skipped = np.zeros(len(kept), dtype=np.bool_)
    arrays: list[NDArray[Any]] = []
    faults: list[Fault] = []
    for i, (column, cells, blank) in enumerate(zip(columns, lines, blanks, strict=True)):
        line = cells
        if len(kept) < len(blank):
            line = cells[kept] if isinstance(cells, np.ndarray) else [cells[k] for k in kept]
        values, wrong = column.kind.many(line, column.default)
        arrays.append(values)
        if column.skip_blank:
            skipped |= blank[kept]
            wrong = {k: error for k, error in wrong.items() if not skipped[k]}
        if wrong:
            k, error = worst(list(wrong.items()))
            shown = "" if blank[kept[k]] else f" {c.show(line[k])}"
            text = f"item {kept[k] + 1}{shown} {error.message}{column.kind.advice(line[k])}"
            faults.append((i, CellError(error.code, text, rank=error.rank)))
    if faults:
        return [], worst(faults)
    if not isinstance(columns[0].kind, c.Date):
        return [array[~skipped] for array in arrays], None
    order = np.argsort(arrays[0], kind="stable")
    dates = arrays[0][order]
    twice = dates[1:][dates[1:] == dates[:-1]]
    if columns[0].unique and len(twice):
        text = f"holds {c.show(twice[0])} twice: dates must be unique"
        return [], (0, CellError(c.VALUE, text, rank=c.WRONG_INPUT))
    order = order[~skipped[order]]
    return [array[order] for array in arrays], None
