"""The lines of a deal's workbook, found in the file itself by their keys, wherever rows and columns have moved.

A deal's workbook describes itself: a cell beside a key is a formula, an input, or what a command
writes. So it can be calculated, simulated and reported without the folder that it was built from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lender_model import style
from lender_model.calculator import Figures, Spots
from lender_model.compose import ledger
from lender_model.compose.case import MOST_MONTHS
from lender_model.compose.risk import RISK
from lender_model.formulas.reading import Workbook
from lender_model.formulas.syntax import Area, Cell, column_name, column_number
from lender_model.grid import INPUT, RESULT, VALUE_TITLE, Book, Extra, Row, Sheet, Values
from lender_model.locate import Table, WorkbookError, named_cells, together
from lender_model.xlsx.package import Package

_KEY = re.compile(r"[a-z]\w*(\.\w+)+")
COMPARED = "compare."
"""Keys of what each scenario comes to begin so."""
TOLD = ("dash.debt", "dash.arrears", "dash.cash", "dash.breaches", "dash.dscr_12", "dash.llcr", "checks.alerts")
"""Keys of what an analyst wants to be told of when it has moved."""


def is_deal_book(package: Package) -> bool:
    """Whether a workbook was built from a deal's folder."""
    return "Log" in package.sheet_names and any(cell.value == "log.deal" for cell in package.cells("Log").values())


class Found(Values):
    """Figures by key, of which a missing one is named.

    >>> Found({"dash.debt": 1.0})["dash.cash"]
    Traceback (most recent call last):
        ...
    lender_model.locate.WorkbookError: line dash.cash is missing; put the row back with its key in column A, or build the workbook again
    """

    def __missing__(self, key: str) -> Any:
        raise WorkbookError(f"line {key} is missing; {_REMEDY}")


_REMEDY = "put the row back with its key in column A, or build the workbook again"


class Lines:
    """A deal's workbook: its lines, their cells, and the figures in these.

    Attributes:
        package: the file.
        workbook: its cells, to be calculated.
        home: the sheet of every line.
        figures: the lines' figures.
        results: keys of what commands write.
        typed_over: cells that hold a value where the other months of their line have a formula.

    Raises:
        WorkbookError: a line that every deal has is missing or duplicated.
    """

    told: Sequence[str] = TOLD

    def __init__(self, package: Package) -> None:
        self.package, self.workbook = package, Workbook(package)
        tables = [
            Table(name, package, lambda key: bool(_KEY.fullmatch(key)), MOST_MONTHS) for name in package.sheet_names
        ]
        self.home: dict[str, Table] = {}
        self.typed_over: list[str] = []
        for table in tables:
            for key in table.rows:
                if key in self.home:
                    raise WorkbookError(f"key {key} stands on {self.home[key].name} and on {table.name}; remove one")
                self.home[key] = table
        self._require()
        self.months = len(self.home["time.end"].months)
        self.currency = str(self.home["cover.currency"].cells[self._at("cover.currency")].value)
        spots: dict[str, Area | Sequence[Cell]] = {}
        sheets = [Sheet(table.name, "", list(self._rows(table, spots)), monthly=bool(table.months)) for table in tables]
        extra = self._entries()
        book = Book(sheets, self.months, {}, extra)
        spots |= extra.places
        self.figures = Figures(book, self.workbook.calculation, spots)
        self.results: Mapping[str, Any] = dict.fromkeys(
            key for key in self.figures.given if key not in extra.inputs and self._is_result(key)
        )

    def _entries(self) -> Extra:
        """The columns of the ledger, where the workbook has one."""
        cells = {key: list(named_cells(self.package, name)) for key, name in ledger.NAMES.items()}
        if not any(cells.values()):
            return Extra()
        if len({len(column) for column in cells.values()}) != 1:
            raise WorkbookError(
                f"{self.package.name}: the names {', '.join(ledger.NAMES.values())} must cover the same rows of sheet "
                "Ledger, and no row of your own between them; move it below"
            )
        areas = {key: together(column) for key, column in cells.items()}
        places = {key: area for key, area in areas.items() if isinstance(area, Area)}
        return Extra(places, frozenset(ledger.ENTRY), ledger.DATES)

    def _require(self) -> None:
        for key in (
            "time.end",
            "time.actual",
            "cover.as_of",
            "cover.scenario",
            "cover.currency",
            "dash.debt",
            "checks.ok",
        ):
            if key not in self.home:
                raise WorkbookError(f"{self.package.name}: line {key} is missing; {_REMEDY}")

    def row(self, key: str) -> Row | None:
        """The line that a key names; None if it names none."""
        return self.figures.rows.get(key)

    def label(self, key: str) -> str:
        """What a line is called; its key if there is no such line."""
        row = self.row(key)
        return row.label if row else key

    def keys(self, pattern: str) -> list[str]:
        """What a pattern's group is in each key that it fits, in the order of the sheets."""
        found = (re.fullmatch(pattern, key) for key in self.home)
        return [match[1] for match in found if match]

    def at(self, key: str) -> tuple[str, str]:
        """Sheet and reference of a line's value."""
        return self.home[key].name, self._at(key)

    def _at(self, key: str) -> str:
        table = self.home[key]
        return f"{table.column(VALUE_TITLE)}{table.rows[key]}"

    def _is_result(self, key: str) -> bool:
        table = self.home[key.partition("@")[0]]
        return key.startswith((COMPARED, "log.")) or table.name == RISK

    # ---- the cells beside a key -----------------------------------------------------------------------------------

    def _rows(self, table: Table, spots: dict[str, Any]) -> Iterator[Row]:
        """The lines of a sheet, and by key where their cells are."""
        if VALUE_TITLE not in table.columns:
            return
        value = column_number(table.columns[VALUE_TITLE])
        months = [column_number(column) for column in table.months]
        for key, number in table.rows.items():
            if key.startswith("log.") and key != "log.months":
                continue  # texts of refreshes, which no formula reads
            row = _Row(self, table, key, number)
            parts: dict[str, Any] = {}
            if months:
                parts["months"] = row.part(months)
                spots |= row.spots(key, months, parts["months"])
            single = row.part([value])
            if parts.get("months") is None:
                parts["value"] = single
                spots |= row.spots(key, [value], single)
            parts["start"] = row.part([value + 1])
            spots |= row.spots(f"{key}@start", [value + 1], parts["start"])
            if not months:
                parts |= row.across(value + 2, spots)
            yield Row(key, row.label, row.unit, **parts)


class _Row:
    """A row of a sheet of the file."""

    def __init__(self, lines: Lines, table: Table, key: str, number: int) -> None:
        self.lines, self.table, self.key, self.number = lines, table, key, number
        self.label = str(self._value("Line") or "")
        unit = str(self._value("Unit") or "").removesuffix(style.THOUSANDS)
        self.unit = unit.replace(lines.currency, "US$") if unit.startswith(lines.currency) else unit
        self.is_result = lines._is_result(key)  # noqa: SLF001 - a part of the same

    def _value(self, title: str) -> Any:
        cell = self.table.cells.get(f"{self.table.columns.get(title, 'A')}{self.number}")
        return cell.value if cell else None

    def _cells(self, columns: Sequence[int]) -> list[Any]:
        return [self.table.cells.get(f"{column_name(column)}{self.number}") for column in columns]

    def part(self, columns: Sequence[int]) -> Any:
        """What some cells hold: a formula, INPUT or RESULT, or None where there are no cells."""
        cells = self._cells(columns)
        first = next((cell for cell in cells if cell is not None and cell.formula is not None), None)
        if first is not None:
            if first.array is None:  # the cells that an array formula fills hold values
                self.lines.typed_over += [
                    f"{self.table.name}!{column_name(column)}{self.number}"
                    for column, cell in zip(columns, cells, strict=True)
                    if cell is not None and cell.formula is None and cell.value is not None
                ]
            return f"={first.formula}"
        if cells[0] is None:
            return None
        return RESULT if self.is_result else INPUT

    def spots(self, key: str, columns: Sequence[int], part: Any) -> Spots:
        """Where these cells are."""
        if part is None:
            return {}
        sheet, row = self.table.name, self.number - 1
        if list(columns) == list(range(columns[0], columns[-1] + 1)):
            return {key: Area(sheet, row, columns[0], row, columns[-1])}
        return {key: [Cell(sheet, row, column) for column in columns]}

    def across(self, first: int, spots: dict[str, Any]) -> dict[str, Any]:
        """The cells beside the value, from a column on."""
        columns = list[int]()
        while self._cells([first + len(columns)])[0] is not None:
            columns.append(first + len(columns))
        if not columns:
            return {}
        part, cells = self.part(columns), self._cells(columns)
        spots |= self.spots(f"{self.key}@across", columns, part)
        if isinstance(part, str):
            return {"across": len(columns), "each": part}
        if part is RESULT:
            return {"results": len(columns)}
        if all(isinstance(cell.value, str) for cell in cells):
            return {"across": tuple(cell.value for cell in cells)}
        return {"across": len(columns)}
