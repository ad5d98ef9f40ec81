"""Tables that run downward on a sheet, as a ledger's entries do: their columns, names, cells and formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xlsxwriter.worksheet import Worksheet

from lender_model.formulas.syntax import Area, Cell, column_number
from lender_model.grid import Book, Extra, Home
from lender_model.writing import style, validations
from lender_model.writing.formats import Formats


@dataclass(frozen=True)
class Column:
    """A column of a table that runs downward.

    Attributes:
        key: of its cells.
        letter: of it, when the workbook is built.
        title: its heading.
        unit: of its cells.
        formula: of the row ``{row}``, with the row before as ``{above}``; an input without one.
        width: how wide it is.
        choices: the texts that an input may be.
    """

    key: str
    letter: str
    title: str
    unit: str
    formula: str = ""
    width: float = 13
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its cells."""
        return self.key.replace(".", "_")

    def placed(self, row: int) -> str:
        """The template of its formula in a row, counted from 1."""
        return self.formula.replace("{row}", str(row)).replace("{above}", str(row - 1))


@dataclass(frozen=True)
class Downward:
    """A table that runs downward.

    Attributes:
        sheet: on which it stands.
        first: its first row, counted from 1; its headings stand above.
        rows: how many it has.
        columns: its columns.
    """

    sheet: str
    first: int
    rows: int
    columns: tuple[Column, ...]

    @property
    def last(self) -> int:
        """Its last row, counted from 1."""
        return self.first + self.rows - 1

    def formula(self, book: Book, column: Column, row: int, home: Callable[[str], Home] | None = None) -> str:
        """The formula of a column's cell in a row, counted from 1; ``home`` says where lines are, if not as built."""
        return book.formula(column.placed(row), self.sheet, 0, home)

    @property
    def extra(self) -> Extra:
        """Its cells, for the calculator."""
        return Extra(
            places={column.key: self._area(column) for column in self.columns},
            inputs=frozenset(column.key for column in self.columns if not column.formula),
            dates=frozenset(column.key for column in self.columns if column.unit == "date"),
            formulas=self._cells,
        )

    def _area(self, column: Column) -> Area:
        at = column_number(column.letter)
        return Area(self.sheet, self.first - 1, at, self.last - 1, at)

    def _cells(self, book: Book) -> Iterator[tuple[Cell, str]]:
        """Every formula with its cell."""
        for column in self.columns:
            if column.formula:
                for row in range(self.first, self.last + 1):
                    cell = Cell(self.sheet, row - 1, column_number(column.letter))
                    yield cell, self.formula(book, column, row)

    def write(self, page: Worksheet, formats: Formats, book: Book, values: Mapping[str, Any] | None = None) -> None:
        """Headings, blank inputs with what they accept, and formulas.

        Args:
            page: the sheet.
            formats: of the workbook.
            book: its lines.
            values: of the formulas by key, a list each; without them a refresh fills them.
        """
        for column in self.columns:
            at = column_number(column.letter)
            look = "header" if column.unit in style.TEXTS else "number header"
            page.write_string(self.first - 2, at, column.title, formats.named(look))
            ink = formats.format(style.cell(column.unit, **({} if column.formula else style.INPUT)))
            for n, row in enumerate(range(self.first, self.last + 1)):
                if column.formula:
                    value = [values[column.key][n]] if values else []
                    page.write_formula(row - 1, at, self.formula(book, column, row), ink, *value)
                else:
                    page.write_blank(row - 1, at, None, ink)
            rule = {} if column.formula else validations.rule(column.title, column.unit, column.choices)
            if rule:
                page.data_validation(self.first - 1, at, self.last - 1, at, rule)
