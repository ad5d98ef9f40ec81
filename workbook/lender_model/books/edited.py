"""The cells in which somebody has replaced the model's formula.

Moved rows, inserted columns and renamed sheets are not edits: a line's formula is written with the positions of its
keys in this workbook, and two formulas are equal if their trees are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from lender_model import model
from lender_model.books.locate import Places, cell_of, letters_of
from lender_model.calculator import Figures
from lender_model.formulas.reading import Workbook
from lender_model.formulas.syntax import (
    Cell,
    Constant,
    Fault,
    Node,
    Ref,
    column_name,
    column_number,
    fixed,
    replaced,
    walk,
)
from lender_model.grid import FIRST_MONTH, KEY, LABEL, START, VALUE, Book, Row, quoted
from lender_model.sheets import daily, functions, ledger


class Compared:
    """A workbook's formulas compared with those that it was built with.

    Attributes:
        typed_over: cells that hold a value in place of a formula.
        edited: cells that hold a different formula.
    """

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self.typed_over: list[str] = []
        self.edited: list[str] = []

    def compare(self, cells: Sequence[Cell], expected: Node, text: str) -> None:
        """Compare some cells with a formula, written from a template."""
        if not self._is_one_line(cells, expected):
            for cell in cells:
                self._compare(cell, expected, text)

    def _is_one_line(self, cells: Sequence[Cell], expected: Node) -> bool:
        """Whether adjacent cells have the expected formula, a quick check."""
        line = self.workbook.calculation.lines.at(cells[0])
        return line is not None and line is self.workbook.calculation.lines.at(cells[-1]) and line.tree == expected

    def _compare(self, cell: Cell, expected: Node, text: str) -> None:
        found = self.workbook.tree(cell)
        if found is None:
            self.typed_over.append(str(cell))
        elif not self._alike(expected, found, cell, text):
            self.edited.append(str(cell))

    def _alike(self, expected: Node, found: Node, cell: Cell, text: str) -> bool:
        """Whether two formulas of a cell are the same apart from dollar signs.

        In the few formulas that refer to addresses instead of keys, the addresses are not compared.
        """
        if expected == found or fixed(expected, cell.row, cell.column) == fixed(found, cell.row, cell.column):
            return True
        bare = self.workbook.reader.tree(Book.TOKEN.sub("0", text), cell)
        has_addresses = any(isinstance(node, Ref) for node in walk(bare))
        return has_addresses and _without_references(expected) == _without_references(found)


class Edited(Compared):
    """The 1996 workbook's formulas compared with the model's."""

    def __init__(self, places: Places, workbook: Workbook, figures: Figures) -> None:
        super().__init__(workbook)
        self.places, self.figures = places, figures
        self._side_by_side = self._months_are_side_by_side()
        for cells, expected, text in self._expected():
            self.compare(cells, expected, text)
        self.typed_over += [str(cell) for cell in self._examples() if workbook.tree(cell) is None]

    def _examples(self) -> Iterator[Cell]:
        """The cells of sheet Functions with the examples' answers, whose formulas the user may change."""
        for key in functions.KEYS:
            table = self.places.home.get(key)
            if table and functions.VALUE_HEADING in table.columns:
                yield cell_of((table.name, f"{table.columns[functions.VALUE_HEADING]}{table.rows[key]}"))

    def _months_are_side_by_side(self) -> bool:
        """Whether the months, and the column before them, are adjacent and in the same columns on every sheet."""
        tables = [(self.places.home[_first_key(sheet.rows)], sheet) for sheet in model.SHEETS if sheet.monthly]
        columns = {tuple(map(column_number, letters_of(*table)[START:])) for table in tables}
        [first, *others] = columns
        return not others and first == tuple(range(first[0], first[0] + len(first)))

    # ---- the model's formulas -------------------------------------------------------------------------------------

    def _expected(self) -> Iterator[_Expected]:
        """All cells that have a formula in the model, that formula in this workbook, and its template."""
        for sheet in model.SHEETS:
            for row in sheet.rows:
                if row.key:
                    yield from self._of_line(row)
            yield from self._on_top(sheet.name, _first_key(sheet.rows) if sheet.monthly else "")
        yield from self._on_top(daily.SHEET.name, "")
        yield from self._on_top(ledger.SHEET.name, "")
        yield from self._of_days()
        yield from self._of_entries()

    def _of_line(self, row: Row) -> Iterator[_Expected]:
        key, cells = row.key, self.figures.cells
        if isinstance(row.value, str):
            total = row.value == "sum"
            at = [cell_of(self.places.value_at(key))] if total else cells(key)[:1]
            yield from self._worded(f"=SUM([{key}:row])" if total else row.value, key, VALUE, at)
        if isinstance(row.start, str):
            yield from self._worded(row.start, key, START, cells(f"{key}@start"))
        if isinstance(row.months, str):
            yield from self._worded(row.months, key, FIRST_MONTH, cells(key)[: 1 if row.array else None])
        if isinstance(row.each, str) and row.each:
            yield from self._worded(row.each, key, FIRST_MONTH, cells(f"{key}@across"))
        elif row.each:
            for k, ((each, _), cell) in enumerate(zip(row.each, cells(f"{key}@across"), strict=True)):
                if each:
                    yield from self._worded(each, key, FIRST_MONTH + k, [cell])

    def _worded(self, text: str, key: str, column: int, cells: Sequence[Cell]) -> Iterator[_Expected]:
        """A line's formula in its cells; parsed once where months are adjacent, since all are then the same."""
        sheet, once = self.places.home[key].name, column == FIRST_MONTH and self._side_by_side
        for k, cell in enumerate(cells[: 1 if once else None]):
            worded = model.BOOK.formula(text, sheet, column + k, self.places.place)
            yield cells if once else [cell], self.workbook.reader.tree(worded, cell), text

    def _on_top(self, name: str, first_key: str) -> Iterator[_Expected]:
        """The light above a sheet, and the month-ends that head its columns."""
        key = f"light.{name}"
        if key not in self.places.home:
            return
        table = self.places.home[key]
        light = Cell(table.name, table.rows[key] - 1, column_number(table.key_column) + LABEL - KEY)
        text = model.BOOK.formula("={checks.light}", table.name, LABEL)
        yield [light], self.workbook.reader.tree(text, light), text
        heads = [cell_of((table.name, f"{letters}{table.header_row}")) for letters in table.months]
        if first_key:
            yield from self._worded("=[time.end]", first_key, FIRST_MONTH, heads)

    def _of_days(self) -> Iterator[_Expected]:
        """The formulas of sheet Daily: the first day's differ from the others', which are all the same."""
        spots = {name: self.figures.cells(key) for key, name in daily.NAMES.items()}
        columns = {name: column_name(cells[0].column) for name, cells in spots.items()}
        home = self.places.place("ops.delivered")
        first, last = home.letters[FIRST_MONTH], home.letters[FIRST_MONTH + model.MONTHS - 1]
        ounces = f"{quoted(home.sheet)}!${first}${home.row}:${last}${home.row}"
        for some in (slice(0, 1), slice(1, None)):
            row = spots["daily_dates"][some][0].row + 1
            for name, text in daily.formulas(row, columns, ounces, first=some.start == 0).items():
                cells = spots[name][some]
                yield cells, self.workbook.reader.tree(text, cells[0]), text

    def _of_entries(self) -> Iterator[_Expected]:
        """The formulas of sheet Ledger; its columns stand where they were built, or the addresses are not compared."""
        for table, column in ((each, column) for each in ledger.TABLES for column in each.columns):
            for row, cell in enumerate(self.figures.cells(column.key) if column.formula else [], start=table.first):
                text = table.formula(model.BOOK, column, row, self.places.place)
                yield [cell], self.workbook.reader.tree(text, cell), column.placed(row)


_Expected: TypeAlias = tuple[Sequence[Cell], Node, str]
"""Cells, the model's formula in them, and its template."""


def _first_key(rows: Sequence[Row]) -> str:
    return next(row.key for row in rows if row.key)


def _without_references(tree: Node) -> Node:
    """A formula without its addresses; one of a sheet that was renamed is a fault."""
    return replaced(tree, lambda node: Constant("cells") if isinstance(node, Ref | Fault) else node)
