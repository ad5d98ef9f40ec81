"""Series and tables: parallel rows read whole, blanks dropped, sorted by date."""

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
    """What one of several parallel series holds.

    Args:
        kind: what a cell may hold.
        unique: a date that stands twice is an error.
        skip_blank: a blank cell is left out with its row.
    """

    kind: Kind
    unique: bool = False
    skip_blank: bool = False

    def is_blank(self, cell: Any) -> bool:
        """Whether a cell is empty; serial 0 is a blank date."""
        return c.is_blank(cell) or (isinstance(self.kind, c.Date) and c.is_blank_date(cell))


Fault = tuple[int, CellError]
"""Which argument or column is wrong, and how."""


def worst(faults: Sequence[Fault]) -> Fault:
    """The fault to show: an error cell first, then by kind of error, then the leftmost."""
    return min(faults, key=lambda fault: (fault[1].rank, fault[0]))


def read_line(grid: Any) -> Any:
    """The cells of a series: one row or one column.

    Raises:
        CellError: ``#VALUE!`` for a block of several rows and columns.
    """
    shape = c.shape_of(grid)
    if shape is None:
        return [grid]
    if 1 not in shape:
        text = f"is {shape[0]}×{shape[1]} cells: it must be one row or one column"
        raise CellError(c.VALUE, text, rank=c.WRONG_KIND)
    return c.flatten(grid)


def read_series(columns: Sequence[Column], grids: Sequence[Any]) -> tuple[list[NDArray[Any]], Fault | None]:
    """Parallel series as arrays, or the fault that is worst."""
    lines: list[Any] = []
    for k, grid in enumerate(grids):
        try:
            lines.append(read_line(grid))
        except CellError as error:
            return [], (k, error)
    for k, line in enumerate(lines):
        if len(line) != len(lines[0]):
            text = f"has {len(line)} cells beside {len(lines[0])}: they must be as many"
            return [], (k, CellError(c.VALUE, text, rank=c.WRONG_KIND))
    return _records(columns, lines)


def read_table(names: Sequence[str], columns: Sequence[Column], grid: Any) -> list[NDArray[Any]]:
    """The columns of a table as arrays.

    Raises:
        CellError: another number of columns, or what is wrong with a cell.
    """
    if c.is_error(grid):
        raise CellError(grid, "is an error cell", rank=c.ERROR_CELL)
    shape = c.shape_of(grid)
    if shape is None or shape[1] != len(columns):
        text = f"must be a table of {len(columns)} columns ({', '.join(names)})"
        raise CellError(c.VALUE, text, rank=c.WRONG_KIND)
    flat = c.flatten(grid)
    arrays, fault = _records(columns, [flat[k :: shape[1]] for k in range(shape[1])])
    if fault:
        raise CellError(fault[1].code, f"column {names[fault[0]]}: {fault[1].message}", rank=fault[1].rank)
    return arrays


def _records(columns: Sequence[Column], lines: list[Any]) -> tuple[list[NDArray[Any]], Fault | None]:
    kept = [k for k in range(len(lines[0])) if _counts(columns, [line[k] for line in lines])]
    if len(kept) < len(lines[0]):
        lines = [[line[k] for k in kept] for line in lines]
    arrays: list[NDArray[Any]] = []
    faults: list[Fault] = []
    for i, (column, line) in enumerate(zip(columns, lines, strict=True)):
        values, wrong = column.kind.many(line)
        arrays.append(values)
        if wrong:
            k, error = worst(list(wrong.items()))
            shown = "" if c.is_blank(line[k]) else f" {c.show(line[k])}"
            faults.append((i, CellError(error.code, f"item {kept[k] + 1}{shown} {error.message}", rank=error.rank)))
    if faults:
        return [], worst(faults)
    return _by_date(columns, arrays) if isinstance(columns[0].kind, c.Date) else (arrays, None)


def _counts(columns: Sequence[Column], row: list[Any]) -> bool:
    """Whether a row is read: not blank throughout, and not blank where a blank leaves it out."""
    blanks = [column.is_blank(cell) for column, cell in zip(columns, row, strict=True)]
    skipped = any(blank and column.skip_blank for column, blank in zip(columns, blanks, strict=True))
    return not skipped and not all(blanks)


def _by_date(columns: Sequence[Column], arrays: list[NDArray[Any]]) -> tuple[list[NDArray[Any]], Fault | None]:
    order = np.argsort(arrays[0], kind="stable")
    dates = arrays[0][order]
    twice = dates[1:][dates[1:] == dates[:-1]]
    if columns[0].unique and len(twice):
        text = f"holds {c.show(twice[0])} twice: each date must stand once"
        return [], (0, CellError(c.VALUE, text, rank=c.WRONG_KIND))
    return [array[order] for array in arrays], None
