"""A book of lines calculated by its formulas: inputs by key in, figures by key out."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from drawstop.serials import day_of, serial_of
from lender_model.formulas.calculation import Calculation
from lender_model.formulas.lines import Formula, Line
from lender_model.formulas.syntax import Area, At, Cell, Constant, Reader, Ref
from lender_model.formulas.values import BLANK, ERROR, NUMBER, TEXT, Block, CellValue
from lender_model.grid import DASH, FIRST_MONTH, FIRST_ROW, INPUT, RESULT, START, VALUE, Book, Row, Sheet, Values


def calculate(book: Book, inputs: Mapping[str, Any]) -> Values:
    """All figures of a book from its inputs.

    Args:
        book: its lines and formulas, which are prepared only once.
        inputs: by key: a number, text or date, an array over months, ``key@start`` and ``key@across``.

    Returns:
        The inputs and every figure: months × 1 for a line over the months, else one value or a list of them. A dash
        or another text among numbers makes an array of objects; an error is NaN.

    Raises:
        FormulaError: a formula cannot be calculated, such as one that refers to itself.
    """
    return prepared(book).run(inputs)


@functools.lru_cache(maxsize=4)
def prepared(book: Book) -> Figures:
    """A book's formulas, ready to be calculated."""
    spots: dict[str, Area] = dict(book.extra.places)
    for sheet in book.sheets:
        for at, row in enumerate(sheet.rows, start=FIRST_ROW - 1):
            spots |= _spots(book, sheet, at, row)
    calculation = Calculation(formulas(book), _size(spots.values()))
    for number, why in calculation.plan.refused.items():
        raise CircleError(f"{next(calculation.lines[number].cells())}: {why}")
    figures = Figures(book, calculation, spots)
    figures.fix()
    return figures


class CircleError(ValueError):
    """Circular lines of a book, or a formula that cannot be calculated: the message names the cells."""


def _spots(book: Book, sheet: Sheet, at: int, row: Row) -> dict[str, Area]:
    """The cells of a line's figures when the workbook is built."""
    spots: dict[str, Area] = {}
    if not row.key:
        return spots
    if row.value is not None and row.value != "sum":
        spots[row.key] = Area(sheet.name, at, VALUE, at + row.spill - 1, VALUE)
    if row.months is not None:
        spots[row.key] = Area(sheet.name, at, FIRST_MONTH, at, FIRST_MONTH + book.months - 1)
    if row.start is not None:
        spots[f"{row.key}@start"] = Area(sheet.name, at, START, at, START)
    if row.width:
        spots[f"{row.key}@across"] = Area(sheet.name, at, FIRST_MONTH, at, FIRST_MONTH + row.width - 1)
    return spots


def _size(areas: Iterable[Area]) -> dict[str, tuple[int, int]]:
    """Rows and columns of each sheet that some cells need."""
    out: dict[str, tuple[int, int]] = {}
    for area in areas:
        rows, columns = out.get(area.sheet, (0, 0))
        out[area.sheet] = max(rows, area.bottom + 1), max(columns, area.right + 1)
    return out


Spots: TypeAlias = Mapping[str, Area | Sequence[Cell]]
"""By key the cells of a line's value or months, of ``key@start`` and ``key@across``."""


class Figures:
    """The figures of a book's lines in the cells of a calculation.

    Args:
        book: the lines.
        calculation: of the cells, in a workbook as built or in its current state.
        spots: the positions of the lines there.
    """

    def __init__(self, book: Book, calculation: Calculation, spots: Spots) -> None:
        self.book, self.calculation, self.spots = book, calculation, spots
        self.rows = {key: book.row(home) for key in spots if (home := key.partition("@")[0]) in book.place}
        self.given = [key for key in spots if self._is_given(key)]
        """Keys of inputs, and of the results that commands write."""

    def _is_given(self, key: str) -> bool:
        """Whether a figure is an input rather than calculated."""
        row, _, part = (self.rows.get(key), *key.partition("@")[1:])
        if row is None:
            return key in self.book.extra.inputs
        if part == "across":
            return bool(row.inputs_across or row.results)
        if part == "start":
            return row.start is INPUT or row.start is RESULT
        return (row.value if row.months is None else row.months) in (INPUT, RESULT)

    def fix(self) -> None:
        """Fill in the figures and texts that are part of the model."""
        for key, row in self.rows.items():
            part = key.partition("@")[2]
            fixed = row.start if part == "start" else row.across if part else row.value
            if isinstance(fixed, float | tuple):
                self._fill(key, block_of(fixed))

    def run(self, inputs: Mapping[str, Any]) -> Values:
        """All figures from inputs; see :func:`calculate`."""
        self.put({key: inputs.get(key) for key in self.given})
        self.calculation.run()
        return {**inputs, "months": self.book.months, **self.values()}

    def put(self, inputs: Mapping[str, Any]) -> None:
        """Put inputs, and results of commands, into their cells: NaN and None are a blank, or a dash among results."""
        for key, value in inputs.items():
            dash = key.endswith("@across") and self.rows[key].results > 0
            self._fill(key, block_of(value, dash=dash, size=self._count(key)))

    def cells(self, key: str) -> Sequence[Cell]:
        """The cells of a key."""
        spots = self.spots[key]
        return list(Line(0, spots, Constant(None)).cells()) if isinstance(spots, Area) else spots

    def _count(self, key: str) -> int:
        spots = self.spots[key]
        return spots.cells if isinstance(spots, Area) else len(spots)

    def areas(self, keys: Iterable[str]) -> list[Area]:
        """The ranges that hold the cells of some keys."""
        spots = [self.spots[key] for key in keys]
        return [
            area
            for cells in spots
            for area in ([cells] if isinstance(cells, Area) else [Area(*cell, *cell[1:]) for cell in cells])
        ]

    def _fill(self, key: str, block: Block) -> None:
        spots = self.spots[key]
        if isinstance(spots, Area):
            self.calculation.put(spots, block)
        else:
            for cell, value in zip(spots, block.values(), strict=True):
                self.calculation[cell] = value

    def values(self, keys: Iterable[str] | None = None) -> Values:
        """Figures by key, as :func:`calculate` gives them; without keys, all that are calculated."""
        given = set(self.given)
        return {key: self._value(key) for key in (keys or [key for key in self.spots if key not in given])}

    def _value(self, key: str) -> Any:
        spots, row = self.spots[key], self.rows.get(key)
        if isinstance(spots, Area):
            block = self.calculation.block(spots)
        else:
            block = Block.of([[self.calculation[cell] for cell in spots]])
        unit = "" if row is None else row.unit_of_start if key.endswith("@start") else row.unit
        figures = figures_of(block, is_date=unit == "date" or key in self.book.extra.dates)
        if row is None or key.endswith("@across"):
            return figures
        if row.months is not None and "@" not in key:
            return figures[:, None]
        return list(figures) if len(figures) > 1 else figures[0]


def formulas(book: Book) -> Iterator[Formula]:
    """Every formula of a book's lines; a formula that a line has for all months is parsed once."""
    sheets = dict.fromkeys(sheet.name for sheet in book.sheets)
    sheets |= dict.fromkeys(area.sheet for area in book.extra.places.values())
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
                same = row.width if isinstance(row.each, str) else 1
                yield Formula(cell, tree, across=book.months if isinstance(row.months, str) else same)
            else:
                yield Formula(cell, tree)
    for cell, formula in book.extra.formulas(book):
        yield Formula(cell, reader.tree(formula, cell))


def _definition(book: Book, key: str) -> Area:
    """The cells that the name of a line refers to: all of them, if it has several values."""
    if key not in book.place:
        return book.extra.places[key]
    sheet, row = book.place[key]
    return Area(sheet, row - 1, VALUE, row - 2 + book.row(key).spill, VALUE)


def _fixed(area: Area) -> Ref:
    return Ref(area.sheet, *(At(number, relative=False) for number in area[1:]))


# ---- figures and cells -----------------------------------------------------------------------------------------


def block_of(value: Any, *, dash: bool = False, size: int = 1) -> Block:
    """Figures as cells: NaN and an empty text are blanks, or a dash; a date is its serial number."""
    array = np.asarray(value)
    if value is None:
        return Block(np.zeros(size), np.full(size, BLANK, np.uint8))
    if array.dtype.kind == "M":
        array = serial_of(array)
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
    """Cells as figures: an array of numbers, of dates, or of objects if any is a text.

    A blank or an error is NaN among numbers and NaT among dates; a blank among texts is an empty text.
    """
    numbers = block.numbers.ravel()
    if block.kinds is None:
        return day_of(numbers) if is_date else numbers.copy()
    kinds = block.full_kinds().ravel()
    none = (kinds == BLANK) | (kinds == ERROR)
    numbers = np.where(none, np.nan, numbers)
    figures: Any = numbers
    if is_date:
        figures = np.where(none, np.datetime64("NaT", "D"), day_of(np.where(none, 1, numbers)))
    texts = kinds == TEXT
    if not texts.any():
        return figures
    out = np.empty(len(figures), dtype=object)
    out[:] = list(figures)
    values: list[Any] = block.values()
    for at in np.flatnonzero(texts | (kinds == BLANK)):
        out[at] = values[at] or ""
    return out
