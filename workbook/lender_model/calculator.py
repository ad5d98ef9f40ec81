"""A book of lines calculated by its formulas: inputs by key in, figures by key out."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from lender_model.formulas.calculation import Calculation
from lender_model.formulas.lines import Formula
from lender_model.formulas.syntax import Area, At, Cell, Reader, Ref
from lender_model.formulas.values import BLANK, FLAG, NUMBER, Block, CellValue
from lender_model.grid import DASH, FIRST_MONTH, FIRST_ROW, INPUT, RESULT, START, VALUE, Book, Row, Sheet, Values

_EPOCH = np.datetime64("1899-12-30", "D")


def calculate(book: Book, inputs: Mapping[str, Any]) -> Values:
    """All figures of a book from its inputs.

    Args:
        book: its lines and formulas; what it takes to prepare them is done once.
        inputs: by key: a number, text or date, an array over months, ``key@start`` and ``key@across``.

    Returns:
        The inputs and every figure: months × 1 for a line over the months, else one value or a list of them. A dash
        or another text among numbers makes an array of objects.

    Raises:
        FormulaError: a formula cannot be calculated, such as one that needs itself.
    """
    return prepared(book).run(inputs)


@functools.lru_cache(maxsize=4)
def prepared(book: Book) -> Figures:
    """A book's formulas, ready to be calculated."""
    return Figures(book)


class CircleError(ValueError):
    """Lines of a book that need one another, or a formula that cannot be calculated: the line names the cells."""


class Figures:
    """A book's formulas and where its figures stand.

    Attributes:
        calculation: of its cells.
        spots: by key the cells of a line's value, of its months, ``key@start`` and ``key@across``.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.spots: dict[str, Area] = {}
        self.rows: dict[str, Row] = {}
        for sheet in book.sheets:
            for at, row in enumerate(sheet.rows, start=FIRST_ROW - 1):
                self._place(sheet, at, row)
        for key, area in book.extra.places.items():
            self.spots[key] = area
        self._given = dict.fromkeys(key for key in self.spots if self._is_given(key))
        self.calculation = Calculation(formulas(book), self._size())
        for number, why in self.calculation.plan.refused.items():
            first = next(self.calculation.lines[number].cells())
            raise CircleError(f"{first}: {why}")
        for key in self.rows:
            self._fix(key)

    def _place(self, sheet: Sheet, at: int, row: Row) -> None:
        if not row.key:
            return
        spots = {}
        if row.value is not None and row.value != "sum":
            spots[row.key] = Area(sheet.name, at, VALUE, at + row.spill - 1, VALUE)
        if row.months is not None:
            spots[row.key] = Area(sheet.name, at, FIRST_MONTH, at, FIRST_MONTH + self.book.months - 1)
        if row.start is not None:
            spots[f"{row.key}@start"] = Area(sheet.name, at, START, at, START)
        if row.width:
            spots[f"{row.key}@across"] = Area(sheet.name, at, FIRST_MONTH, at, FIRST_MONTH + row.width - 1)
        self.spots |= spots
        self.rows |= dict.fromkeys(spots, row)

    def _is_given(self, key: str) -> bool:
        """Whether a figure is read and not calculated."""
        row, _, part = (self.rows.get(key), *key.partition("@")[1:])
        if row is None:
            return key in self.book.extra.inputs
        if part == "across":
            return bool(row.inputs_across or row.results)
        if part == "start":
            return row.start is INPUT or row.start is RESULT
        return (row.value if row.months is None else row.months) in (INPUT, RESULT)

    def _size(self) -> dict[str, tuple[int, int]]:
        out: dict[str, tuple[int, int]] = {}
        for area in self.spots.values():
            rows, columns = out.get(area.sheet, (0, 0))
            out[area.sheet] = max(rows, area.bottom + 1), max(columns, area.right + 1)
        return out

    def _fix(self, key: str) -> None:
        """Put in the figures and texts that are part of the model."""
        row, part = self.rows[key], key.partition("@")[2]
        fixed = row.start if part == "start" else row.across if part else row.value
        if isinstance(fixed, float | tuple):
            values = fixed if isinstance(fixed, tuple) else (fixed,)
            self.calculation.put(self.spots[key], block_of(values))

    def run(self, inputs: Mapping[str, Any]) -> Values:
        """All figures from inputs; see :func:`calculate`."""
        self.put(inputs)
        self.calculation.run()
        made = [key for key in self.spots if key not in self._given]
        return {**inputs, "months": self.book.months, **self.values(made)}

    def put(self, inputs: Mapping[str, Any]) -> None:
        """Put inputs into their cells; one that is not given is blank."""
        for key in self._given:
            dash = key in self.rows and key.endswith("@across") and bool(self.rows[key].results)
            self.calculation.put(self.spots[key], block_of(inputs.get(key), dash=dash, size=_count(self.spots[key])))

    def values(self, keys: Iterable[str]) -> Values:
        """Figures by key, as :func:`calculate` gives them."""
        return {key: self._value(key) for key in keys}

    def _value(self, key: str) -> Any:
        area, row = self.spots[key], self.rows.get(key)
        unit = "" if row is None else row.unit_of_start if key.endswith("@start") else row.unit
        block = self.calculation.block(area)
        is_months = row is not None and row.months is not None and "@" not in key
        figures = figures_of(block, is_date=unit == "date" or key in self.book.extra.dates)
        if is_months:
            return figures[:, None]
        if _count(area) > 1:
            return figures if row is None or "@" in key else list(figures)
        return figures[0]


def formulas(book: Book) -> Iterator[Formula]:
    """Every formula of a book's lines; one that a line has for all months is read once."""
    sheets = dict.fromkeys([*(sheet.name for sheet in book.sheets), *(area.sheet for area in book.extra.places.values())])
    reader = Reader([*sheets], {})
    reader.names = {name.casefold(): _fixed(_definition(book, key)) for key, name in book.names.items()}
    for sheet in book.sheets:
        for row, at, column, formula in book.cells(sheet, once=True):
            cell = Cell(sheet.name, at, column)
            tree = reader.tree(formula, cell)
            last = FIRST_MONTH + book.months - 1
            if column == VALUE and row.spill > 1:
                yield Formula(cell, tree, Area(sheet.name, at, VALUE, at + row.spill - 1, VALUE))
            elif column == FIRST_MONTH and row.months is not None and row.array:
                yield Formula(cell, tree, Area(sheet.name, at, FIRST_MONTH, at, last))
            elif column == FIRST_MONTH:
                width = book.months if isinstance(row.months, str) else row.width
                yield from (Formula(Cell(sheet.name, at, column + k), tree) for k in range(width))
            else:
                yield Formula(cell, tree)
    for cell, formula in book.extra.formulas(book):
        yield Formula(cell, reader.tree(formula, cell))


def _definition(book: Book, key: str) -> Area:
    """The cells that the name of a line means: of more than one value all."""
    if key not in book.place:
        return book.extra.places[key]
    sheet, row = book.place[key]
    return Area(sheet, row - 1, VALUE, row - 2 + book.row(key).spill, VALUE)


def _fixed(area: Area) -> Ref:
    return Ref(area.sheet, *(At(number, relative=False) for number in area[1:]))


def _count(area: Area) -> int:
    return (area.bottom - area.top + 1) * (area.right - area.left + 1)


# ---- figures and cells -----------------------------------------------------------------------------------------


def block_of(value: Any, *, dash: bool = False, size: int = 1) -> Block:
    """Figures as cells: NaN and an empty text are blanks, or a dash; a date is its serial number."""
    array = np.asarray(value)
    if value is None:
        return Block(np.zeros(size), np.full(size, BLANK, np.uint8))
    if array.dtype.kind == "M":
        numbers = (array.astype("datetime64[D]") - _EPOCH).astype(np.float64)
        array = np.where(np.isnat(array), np.nan, numbers)
    if array.dtype.kind in "fiu":
        numbers, blank = array.astype(np.float64).ravel(), np.isnan(array.astype(np.float64)).ravel()
        if not blank.any():
            return Block(numbers)
        if not dash:
            return Block(np.where(blank, 0.0, numbers), np.where(blank, BLANK, NUMBER).astype(np.uint8))
        array = np.where(blank, DASH, numbers.astype(object))
    cells = [_cell(item) for item in np.atleast_1d(array).ravel().tolist()]
    block = Block.of([cells])
    return Block(block.numbers.ravel(), None if block.kinds is None else block.kinds.ravel())


def _cell(item: Any) -> CellValue:
    if isinstance(item, float) and np.isnan(item):
        return None
    return None if item == "" else item


def figures_of(block: Block, *, is_date: bool) -> Any:
    """Cells as figures: an array of numbers, of dates, or of objects where there is something else among them."""
    numbers = block.numbers.ravel()
    kinds = None if block.kinds is None else block.full_kinds().ravel()
    if kinds is not None and (kinds == BLANK).any() and (kinds <= BLANK).all():
        numbers, kinds = np.where(kinds == BLANK, np.nan, numbers), None
    if kinds is not None and not (kinds == FLAG).all():
        values: list[Any] = block.values()
        out = np.empty(len(values), dtype=object)
        out[:] = [
            _EPOCH + np.timedelta64(int(v), "D")
            if is_date and type(v) is float
            else "" if v is None else v
            for v in values
        ]
        return out
    if is_date:
        days = np.where(np.isnan(numbers), 0, numbers).astype("timedelta64[D]")
        return np.where(np.isnan(numbers), np.datetime64("NaT", "D"), _EPOCH + days)
    return numbers.copy()


