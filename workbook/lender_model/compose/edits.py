"""The formulas that a deal's workbook was built with, kept on a hidden sheet of it, and the cells that differ from them.

A formula is kept as its template, which names lines by their keys. So a row that was moved, a column that was inserted
and a sheet that was renamed are not edits, and the folder that the workbook was built from is not needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from lender_model.books.edited import Compared
from lender_model.books.locate import Table, cell_of
from lender_model.compose.found import Lines
from lender_model.formulas.syntax import Cell, FormulaError, column_name, column_number
from lender_model.grid import FIRST_MONTH, KEY, START, VALUE, VALUE_TITLE, Book, Home, Row

SHEET = "Formulas"
"""The hidden sheet: a line's key, the part of the line, its template."""
TITLES = ("Line", "Part", "Formula as built")
_TOTAL, _VALUE, _START, _MONTHS, _ARRAY, _ACROSS = "total", "value", "start", "months", "array", "across"


def templates(book: Book) -> Iterator[tuple[str, str, str]]:
    """Every formula of a book's lines: key, part and template; the columns beside a value are counted from 0."""
    for row in (row for sheet in book.sheets for row in sheet.rows if row.key):
        if row.value == "sum":
            yield row.key, _TOTAL, f"=SUM([{row.key}:row])"
        elif isinstance(row.value, str):
            yield row.key, _VALUE, row.value
        if isinstance(row.start, str):
            yield row.key, _START, row.start
        if isinstance(row.months, str):
            yield row.key, _ARRAY if row.array else _MONTHS, row.months
        if isinstance(row.each, str) and row.each:
            yield row.key, _ACROSS, row.each
        elif row.each:
            yield from ((row.key, f"{_ACROSS} {k}", each) for k, (each, _) in enumerate(row.each) if each)


class Edits(Compared):
    """A deal's workbook compared with the formulas that it was built with; one without the hidden sheet has none."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines.workbook)
        self.lines, self._book, self._letters = lines, _Templates(lines), dict[str, Sequence[str]]()
        self._side_by_side = self._months_are_side_by_side()
        for key, part, template in self._kept():
            if key in lines.home:
                self._line(key, part, template)

    def _kept(self) -> Iterator[tuple[str, str, str]]:
        package = self.lines.package
        cells = package.cells(SHEET) if SHEET in package.sheet_names else {}
        for row in [reference[1:] for reference in cells if reference[0] == "A"]:
            key, part, template = (found and found.value for found in (cells.get(f"{x}{row}") for x in "ABC"))
            if isinstance(key, str) and isinstance(part, str) and isinstance(template, str):
                yield key, part, template

    def _line(self, key: str, part: str, template: str) -> None:
        column, cells = self._cells(key, part)
        once = column == FIRST_MONTH and self._side_by_side
        try:
            for k, cell in enumerate(cells[: 1 if once else None]):
                text = self._book.formula(template, self.lines.home[key].name, column + k, self._home)
                self.compare(cells if once else [cell], self.workbook.reader.tree(text, cell), template)
        except (LookupError, FormulaError):
            return  # a line or month that it reads was removed: its formula is in error, which the refresh shows

    def _cells(self, key: str, part: str) -> tuple[int, Sequence[Cell]]:
        """The column of a part's first cell when the workbook was built, and its cells now."""
        figures, table = self.lines.figures, self.lines.home[key]
        kind, _, k = part.partition(" ")
        if kind in {_TOTAL, _VALUE}:
            return VALUE, [cell_of((table.name, f"{table.column(VALUE_TITLE)}{table.rows[key]}"))]
        if kind == _START:
            return START, [cell_of((table.name, f"{self._home(key).letters[START]}{table.rows[key]}"))]
        spots = figures.cells(f"{key}@across" if kind == _ACROSS else key)
        if k:
            return FIRST_MONTH + int(k), spots[int(k) : int(k) + 1]
        return FIRST_MONTH, spots[:1] if kind == _ARRAY else spots

    def _home(self, key: str) -> Home:
        """Where a line is now."""
        table = self.lines.home[key]
        if table.name not in self._letters:
            self._letters[table.name] = _letters(table, self.lines.months)
        return Home(table.name, table.rows[key], self._letters[table.name])

    def _months_are_side_by_side(self) -> bool:
        """Whether the months, and the column before them, are adjacent and in the same columns on every sheet."""
        tables = {id(table): table for table in self.lines.home.values() if table.months}.values()
        columns = {tuple(column_number(x) for x in _letters(table, self.lines.months)[START:]) for table in tables}
        return len(columns) == 1 and all(b == a + 1 for found in columns for a, b in itertools.pairwise(found))


def _letters(table: Table, months: int) -> list[str]:
    """By column of a built workbook, the letters of that column on a sheet in its current state."""
    value = column_number(table.columns.get(VALUE_TITLE, column_name(VALUE)))
    letters = [column_name(value + column - VALUE) for column in range(VALUE, FIRST_MONTH + months)]
    letters = [*[table.key_column] * (VALUE - KEY), *letters]
    return letters[:FIRST_MONTH] + table.months if table.months else letters


class _Names(dict[str, str]):
    """The name of a line's cells, by its key."""

    def __missing__(self, key: str) -> str:
        return key.replace(".", "_")


class _Templates(Book):
    """Turns templates into formulas of a workbook in its current state."""

    def __init__(self, lines: Lines) -> None:
        super().__init__([], lines.months, {})
        self.names, self._rows = _Names(), lines.figures.rows

    def row(self, key: str) -> Row:
        """The line that a key names."""
        return self._rows[key]


def write(page: Any, book: Book) -> None:
    """Fill the hidden sheet."""
    page.very_hidden()
    for row, texts in enumerate([TITLES, *templates(book)]):
        for column, text in enumerate(texts):
            page.write_string(row, column, text)
