"""Two workbooks compared: the inputs and formulas that differ, and the results that moved, with the size of each."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from drawstop.serials import day_of, is_serial
from lender_model import model
from lender_model.formulas.reading import Workbook
from lender_model.formulas.syntax import Cell, Node, Ref, Unknown, column_name, fixed, replaced, split
from lender_model.grid import KEY, LABEL, UNIT
from lender_model.sheets import log
from lender_model.xlsx.cells import Value
from lender_model.xlsx.package import Package

_WRITTEN = frozenset(row.key for sheet in model.SHEETS for row in sheet.rows if row.is_result)
"""Lines that commands write: figures without a formula that are not inputs."""
_STAMP = "cover.refreshed"
"""When a workbook was refreshed; not an input."""
_SAME = 1e-9  # relative: anything less is the order of summation


class Spot(NamedTuple):
    """A cell by its meaning, wherever its row and column have moved: sheet, key or row, heading or column."""

    sheet: str
    row: str
    column: str


@dataclass(frozen=True)
class Difference:
    """A line with cells that differ; of several, the one that differs most.

    Attributes:
        line: its label, or its row.
        cell: of the second workbook, else of the first.
        before: its value in the first workbook.
        now: its value in the second.
        cells: the number of its cells that differ.
        effect: relative size of the difference, 0 to 1 and more; infinite where words or blanks change.
    """

    line: str
    cell: str
    before: str
    now: str
    cells: int
    effect: float


@dataclass(frozen=True)
class Differences:
    """The differences between two workbooks, largest effect first."""

    inputs: list[Difference]
    formulas: list[Difference]
    results: list[Difference]
    only_before: list[str]
    only_now: list[str]

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    def as_data(self) -> dict[str, Any]:
        """As JSON has it: an infinite effect is None."""
        out = asdict(self)
        for part in ("inputs", "formulas", "results"):
            for line in out[part]:
                line["effect"] = None if line["effect"] == float("inf") else line["effect"]
        return out


def differences(before: Package, now: Package) -> Differences:
    """Find the differences between two workbooks, which may be backups of each other or from different users.

    Lines are matched by key and columns by heading, so that cells that were only moved do not differ.

    Raises:
        PackageError: a workbook cannot be read.
    """
    old, new = _Side(before), _Side(now)
    inputs, formulas, results = (
        dict[str, list[Difference]](),
        dict[str, list[Difference]](),
        dict[str, list[Difference]](),
    )
    for spot, cell in new.cells.items():
        if spot not in old.cells or spot.sheet == log.SHEET.name or spot.row == _STAMP:
            continue
        was = old.cells[spot]
        if not old.says_the_same(was, new, cell):
            _note(formulas, spot, new.difference(cell, old.formula(was), new.formula(cell), float("inf")))
        group = results if cell in new.calculated or spot.row in _WRITTEN else inputs
        effect = _effect(old.value(was), new.value(cell))
        if effect > _SAME:
            _note(group, spot, new.difference(cell, old.words(was), new.words(cell), effect))
    return Differences(
        _ranked(inputs),
        _ranked(formulas),
        _ranked(results),
        only_before=_missing(old, new),
        only_now=_missing(new, old),
    )


def _note(group: dict[str, list[Difference]], spot: Spot, found: Difference) -> None:
    group.setdefault(f"{spot.sheet}!{spot.row}", []).append(found)


def _ranked(group: Mapping[str, list[Difference]]) -> list[Difference]:
    """A difference for each line, largest effect first; lines of words come after those of figures."""
    found = []
    for cells in group.values():
        most = max(cells, key=lambda one: (one.effect != float("inf"), one.effect))
        found.append(Difference(most.line, most.cell, most.before, most.now, len(cells), most.effect))
    return sorted(found, key=lambda one: (one.effect == float("inf"), -one.effect))


def _missing(one: _Side, other: _Side) -> list[str]:
    """Lines with a key, and sheets, that the other workbook does not have."""
    sheets = [f"sheet {sheet}" for sheet in one.package.sheet_names if sheet not in other.package.sheet_names]
    keys = {(spot.sheet, spot.row) for spot in other.cells}
    lines = dict.fromkeys(
        f"{spot.sheet}: {one.label(cell)}"
        for spot, cell in one.cells.items()
        if spot.sheet in other.package.sheet_names and not spot.row.isdigit() and (spot.sheet, spot.row) not in keys
    )
    return [*sheets, *lines]


class _Side:
    """One of the two workbooks."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.book = Workbook(package)
        self.trees: dict[Cell, Node] = {}
        self.calculated: set[Cell] = set()
        for formula in self.book.formulas:
            sheet, row, column = formula.cell
            for beside in range(formula.across):
                self.trees[Cell(sheet, row, column + beside)] = formula.tree
            if formula.fills:
                _, top, left, bottom, right = formula.fills
                block = itertools.product(range(top, bottom + 1), range(left, right + 1))
                self.calculated |= {Cell(sheet, *at) for at in block}
        self.calculated |= self.trees.keys()
        self.names: dict[str, tuple[dict[int, str], dict[int, str]]] = {}
        self.cells: dict[Spot, Cell] = {}
        for sheet in package.sheet_names:
            self.names[sheet] = self._named(sheet)
            for reference in package.cells(sheet):
                cell = Cell(sheet, *split(reference))
                if cell.column != KEY:
                    self.cells.setdefault(self.spot(cell), cell)

    def _named(self, sheet: str) -> tuple[dict[int, str], dict[int, str]]:
        """Rows by key and columns by heading, where these are unique."""
        cells = {split(reference): cell.value for reference, cell in self.package.cells(sheet).items()}
        header = next((at for at, value in cells.items() if value == "Key" and at[1] == KEY), None)
        if header is None:
            return {}, {}
        keys = {row: str(value) for (row, column), value in cells.items() if column == KEY and isinstance(value, str)}
        heads = {column: str(value) for (row, column), value in cells.items() if row == header[0] and value is not None}
        return _alone(keys), _alone(heads)

    def spot(self, cell: Cell) -> Spot:
        """A cell by key and heading."""
        rows, columns = self.names[cell.sheet]
        return Spot(
            cell.sheet, rows.get(cell.row, str(cell.row + 1)), columns.get(cell.column, column_name(cell.column))
        )

    def _stored(self, cell: Cell) -> Any:
        return self.package.cells(cell.sheet).get(f"{column_name(cell.column)}{cell.row + 1}")

    def value(self, cell: Cell) -> Value:
        """The content of a cell."""
        stored = self._stored(cell)
        return stored.value if stored else None

    def formula(self, cell: Cell) -> str:
        """A cell's formula, or the value in its place."""
        stored = self._stored(cell)
        if stored is None or stored.formula is None:
            return self.words(cell)
        return f"={stored.formula}" if stored.formula else "(a shared formula)"

    def says_the_same(self, cell: Cell, other: _Side, there: Cell) -> bool:
        """Whether two cells hold the same formula, or neither holds one."""
        mine, theirs = self.trees.get(cell), other.trees.get(there)
        if mine is None or theirs is None:
            return mine is theirs
        return mine == theirs or self._worded(mine, cell) == other._worded(theirs, there)

    def _worded(self, tree: Node, cell: Cell) -> Node:
        """A formula whose references are keys and headings."""

        def change(node: Node) -> Node:
            if not isinstance(node, Ref) or node.sheet not in self.names:
                return node
            ends = (
                Cell(node.sheet, node.top.number, node.left.number),
                Cell(node.sheet, node.bottom.number, node.right.number),
            )
            return Unknown(repr([self.spot(end) for end in ends]))

        return replaced(fixed(tree, cell.row, cell.column), change)

    def label(self, cell: Cell) -> str:
        """The label of a cell's line."""
        value = self.value(Cell(cell.sheet, cell.row, LABEL))
        return value if isinstance(value, str) and cell.column != LABEL else f"row {cell.row + 1}"

    def words(self, cell: Cell) -> str:
        """A cell's value as the industry writes it."""
        value, unit = self.value(cell), self.value(Cell(cell.sheet, cell.row, UNIT))
        if value is None or value == "":
            return "blank"
        if isinstance(value, bool) or not isinstance(value, float):
            return str(value)
        if unit == "date" and is_serial(value):
            return f"{day_of(value).item():%d-%b-%Y}"
        return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:,.6g}"

    def difference(self, cell: Cell, before: str, now: str, effect: float) -> Difference:
        """A difference of one cell."""
        return Difference(f"{cell.sheet}: {self.label(cell)}", str(cell), before, now, 1, effect)


def _alone(names: Mapping[int, str]) -> dict[int, str]:
    """Names that are not duplicated."""
    count = Counter(names.values())
    return {at: name for at, name in names.items() if count[name] == 1}


def _effect(before: Value, now: Value) -> float:
    """The size of a move, relative to the larger value."""
    if before == now and type(before) is type(now):
        return 0.0
    if isinstance(before, float) and isinstance(now, float):
        return abs(now - before) / max(abs(now), abs(before))
    return 0.0 if before in (None, "") and now in (None, "") else float("inf")


def lines(found: Differences, most: int) -> Iterator[str]:
    """The differences as lines of text, at most ``most`` of each kind."""
    for title, group in (("Inputs", found.inputs), ("Formulas", found.formulas), ("Results", found.results)):
        if group:
            yield f"{title} that differ: {len(group)}" if title != "Results" else f"Results that moved: {len(group)}"
        for one in group[:most]:
            more = f", and {one.cells - 1} more" if one.cells > 1 else ""
            effect = "" if one.effect == float("inf") else f"  ({one.effect:.1%})"
            yield f"  {one.line}  {one.cell.partition('!')[2]}{more}: {one.before} → {one.now}{effect}"
        if len(group) > most:
            yield f"  … and {len(group) - most} more; --most {len(group)} shows all"
    for title, group_of_names in (("Only in the first", found.only_before), ("Only in the second", found.only_now)):
        if group_of_names:
            yield f"{title}: {', '.join(group_of_names[:most])}"
    if not found:
        yield "No differences."
