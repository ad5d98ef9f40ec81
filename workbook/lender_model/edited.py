"""The cells in which somebody has put something else than the model's formula.

Rows that moved, columns put in and sheets renamed make no edit: a line's formula is worded with the places that its keys
have in this workbook, and two formulas are one if their trees are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lender_model import model
from lender_model.formulas.reading import Workbook
from lender_model.formulas.syntax import Cell, Constant, Node, Ref, column_number, fixed, replaced, split, walk
from lender_model.grid import FIRST_MONTH, KEY, LABEL, START, VALUE, Row, quoted
from lender_model.locate import Places, cell_of, letters_of
from lender_model.sheets import daily


class Edited:
    """A workbook's formulas beside the model's.

    Attributes:
        typed_over: cells that hold a value where the model has a formula.
        edited: cells that hold another formula than the model's.
    """

    def __init__(self, places: Places, workbook: Workbook) -> None:
        self.places, self.workbook = places, workbook
        self.typed_over: list[str] = []
        self.edited: list[str] = []
        self._side_by_side = self._months_are_side_by_side()
        for cell, expected, text in self._expected():
            found = workbook.formulas.get(cell)
            if found is None:
                self.typed_over.append(str(cell))
            elif expected is not found.tree and not self._alike(expected, found.tree, cell, text):
                self.edited.append(str(cell))

    def _alike(self, expected: Node, found: Node, cell: Cell, text: str) -> bool:
        """Whether two formulas of a cell say the same, dollar signs apart.

        Of the few formulas that name addresses instead of keys, the addresses are not compared.
        """
        if expected == found or fixed(expected, cell.row, cell.column) == fixed(found, cell.row, cell.column):
            return True
        bare = self.workbook.reader.tree(model.BOOK.TOKEN.sub("0", text), cell)
        has_addresses = any(isinstance(node, Ref) for node in walk(bare))
        return has_addresses and _without_references(expected) == _without_references(found)

    def _months_are_side_by_side(self) -> bool:
        """Whether the months, and the column before them, stand side by side, in the same columns on every sheet."""
        tables = [(self.places.home[_first_key(sheet.rows)], sheet) for sheet in model.SHEETS if sheet.monthly]
        columns = {tuple(map(column_number, letters_of(*table)[START:])) for table in tables}
        [first, *others] = columns
        return not others and first == tuple(range(first[0], first[0] + len(first)))

    # ---- what the model has -------------------------------------------------------------------------------------

    def _expected(self) -> Iterator[tuple[Cell, Node, str]]:
        """Every cell that has a formula in the model, that formula in this workbook, and its template."""
        for sheet in model.SHEETS:
            for row in sheet.rows:
                if row.key:
                    yield from self._of_line(row)
            yield from self._on_top(sheet.name, _first_key(sheet.rows) if sheet.monthly else "")
        yield from self._on_top(daily.SHEET.name, "")
        yield from self._of_days()

    def _of_line(self, row: Row) -> Iterator[tuple[Cell, Node, str]]:
        places, key = self.places, row.key
        if isinstance(row.value, str):
            text = f"=SUM([{key}:row])" if row.value == "sum" else row.value
            yield from self._worded(text, key, VALUE, [places.value_at(key)])
        if isinstance(row.start, str):
            yield from self._worded(row.start, key, START, [places.start_at(key)])
        if isinstance(row.months, str):
            months = list(places.months_at(key))[: 1 if row.array else None]
            yield from self._worded(row.months, key, FIRST_MONTH, months, once=self._side_by_side)
        if row.each:
            yield from self._worded(row.each, key, FIRST_MONTH, list(places.across_at(key, row.width)))

    def _worded(
        self, text: str, key: str, column: int, spots: Sequence[tuple[str, str]], *, once: bool = False
    ) -> Iterator[tuple[Cell, Node, str]]:
        """A line's formula in each of its cells; read once where all of them say the same."""
        tree: Node | None = None
        sheet = self.places.home[key].name
        for k, at in enumerate(spots):
            cell = cell_of(at)
            if tree is None or not once:
                worded = model.BOOK.formula(text, sheet, column + k, self.places.place)
                tree = self.workbook.reader.tree(worded, cell)
            yield cell, tree, text

    def _on_top(self, name: str, first_key: str) -> Iterator[tuple[Cell, Node, str]]:
        """The light above a sheet, and the month-ends that head its columns."""
        key = f"light.{name}"
        if key not in self.places.home:
            return
        table = self.places.home[key]
        row, column = table.rows[key] - 1, column_number(table.key_column) + LABEL - KEY
        light = Cell(table.name, row, column)
        text = model.BOOK.formula("={checks.light}", table.name, LABEL)
        yield light, self.workbook.reader.tree(text, light), text
        spots = [(table.name, f"{letters}{table.header_row}") for letters in table.months] if first_key else []
        yield from self._worded("=[time.end]", first_key or key, FIRST_MONTH, spots)

    def _of_days(self) -> Iterator[tuple[Cell, Node, str]]:
        """The formulas of sheet Daily: the first day's differ from the others', which all say the same."""
        spots = {name: list(self.places.daily_at(name)) for name in daily.NAMES.values()}
        columns = {name: cells[0][1].rstrip("0123456789") for name, cells in spots.items()}
        home = self.places.place("ops.recovered")
        first, last = home.letters[FIRST_MONTH], home.letters[FIRST_MONTH + model.MONTHS - 1]
        ounces = f"{quoted(home.sheet)}!${first}${home.row}:${last}${home.row}"
        trees: dict[str, Node] = {}
        for k, (_, reference) in enumerate(spots["daily_dates"]):
            if k < 2:
                for name, text in daily.formulas(split(reference)[0] + 1, columns, ounces, first=k == 0).items():
                    trees[name] = self.workbook.reader.tree(text, cell_of(spots[name][k]))
            for name, tree in trees.items():
                yield cell_of(spots[name][k]), tree, ""


def _first_key(rows: Sequence[Row]) -> str:
    return next(row.key for row in rows if row.key)


def _without_references(tree: Node) -> Node:
    return replaced(tree, lambda node: Constant("cells") if isinstance(node, Ref) else node)
