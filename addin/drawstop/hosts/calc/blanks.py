"""Which of a call's zeros are blank cells.

Calc passes a single blank cell to an add-in as 0, and says neither which cell calls nor which it read. A missing rate
must not count as zero, so where a zero would mean something other than a blank, the open documents are searched for
the formulas that make such a call: if one of them refers to a blank cell there, the zero is that blank. A zero that
is typed, or in a cell, remains a zero.

Unpacked into the LibreOffice profile beside the shim, and run by LibreOffice's own Python; it reads documents through
UNO's methods only. Formulas are as UNO's ``getFormula`` gives them: English, semicolons between arguments, dots after
sheets.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

FORMULAS = 16  # com.sun.star.sheet.CellFlags.FORMULA
EMPTY, VALUE, TEXT = "EMPTY", "VALUE", "TEXT"  # com.sun.star.table.CellContentType
REST = 0.005  # seconds between two calls in which formulas may have been edited; longer if reading them takes longer
AGE = 1.0  # seconds after which they are read again in any case

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')|(?P<open>[({])|(?P<close>[)}])|(?P<semicolon>;)|[^"'(){};]+"""
)
_CELL = re.compile(r"(?:\$?(?P<sheet>'(?:[^']|'')+'|\w+)\.)?(?P<cell>\$?[A-Za-z]{1,3}\$?[0-9]+)")
_NAME = re.compile(r"[^\W\d][\w.]*")


def arguments(formula: str, start: int) -> list[str]:
    """The arguments of a call as written.

    Args:
        formula: the formula.
        start: where its arguments begin, after the bracket.

    >>> arguments('=DSCR(A1;MAX({1;2};"a;b");$Loan.B2)+1', 6)
    ['A1', 'MAX({1;2};"a;b")', '$Loan.B2']
    """
    found, depth = [""], 0
    for token in _TOKEN.finditer(formula, start):
        if token["close"] and not depth:
            break
        if token["semicolon"] and not depth:
            found.append("")
            continue
        depth += bool(token["open"]) - bool(token["close"])
        found[-1] += token[0]
    return [argument.strip() for argument in found]


@dataclass
class Call:
    """A call in a formula: for each argument the cell it refers to, or the value typed; None for anything else."""

    cells: list[Any]
    typed: list[Any]
    values: dict[int, Any] = field(default_factory=dict)

    def is_blank(self, position: int) -> bool:
        """Whether an argument now refers to a blank cell."""
        cell = self.cells[position] if position < len(self.cells) else None
        return cell is not None and cell.Type.value == EMPTY

    def fits(self, given: Sequence[Any]) -> bool:
        """Whether this call could have passed these arguments."""
        if len(given) < len(self.cells):
            return False
        return all(
            wanted is None or wanted == value
            for wanted, value in zip(map(self._value, range(len(given))), given, strict=True)
        )

    def _value(self, position: int) -> Any:
        """The known value of an argument; None if it can be anything, such as a formula's result."""
        if position >= len(self.cells):
            return None
        if position not in self.values:
            self.values[position] = self._read(self.cells[position], self.typed[position])
        return self.values[position]

    @staticmethod
    def _read(cell: Any, typed: Any) -> Any:
        kind = None if cell is None else cell.Type.value
        if kind == EMPTY:
            return 0.0
        return cell.Value if kind == VALUE else cell.String if kind == TEXT else typed


class Blanks:
    """The blanks among the zeros that calls pass.

    Args:
        names: the functions' names in formulas, without the service before the dot.
        documents: gives the open documents to search.
        clock: the time in seconds.
    """

    def __init__(
        self,
        service: str,
        names: Iterable[str],
        documents: Callable[[], Iterable[Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        either = "|".join(sorted(names, key=len, reverse=True))
        self._calling = re.compile(
            rf"{service}\.", re.IGNORECASE
        ).search  # most formulas do not, which is a quick check
        self._call = re.compile(rf""""[^"]*"|'[^']*'|\b{service}\.(?P<name>{either})\(""", re.IGNORECASE)
        self._documents, self._clock = documents, clock
        self._calls: dict[str, list[Call]] = {}
        self._open: list[str] = []
        self._read = self._used = -AGE
        self._cost = 0.0

    def told(self, name: str, given: Sequence[Any], positions: Iterable[int]) -> list[Any]:
        """The arguments, with an empty text for the zeros at the given positions that are blank cells."""
        out = list(given)
        zeros = [k for k in positions if k < len(given) and type(given[k]) is float and given[k] == 0]
        if zeros:
            for call in self._of(name):
                blank = [k for k in zeros if call.is_blank(k)]
                if blank and call.fits(given):
                    for k in blank:
                        out[k] = ""
        return out

    def _of(self, name: str) -> list[Call]:
        """The calls of a function in the open documents, which are read once per recalculation."""
        now, documents = self._clock(), list(self._documents())
        open_now = [document.RuntimeUID for document in documents]
        if now - self._used > max(REST, self._cost) or now - self._read > AGE or open_now != self._open:
            self._calls, self._open = {}, open_now
            for document in documents:
                self._search(document)
            self._read = self._clock()
            self._cost = self._read - now
        self._used = self._clock()
        return self._calls.get(name, [])

    def _search(self, document: Any) -> None:
        for sheet in document.Sheets:
            for area in sheet.queryContentCells(FORMULAS):
                for row in area.getFormulaArray():
                    for formula in filter(self._calling, row):
                        for found in self._call.finditer(formula):
                            if found["name"]:
                                self._note(document, sheet, found["name"].upper(), arguments(formula, found.end()))

    def _note(self, document: Any, sheet: Any, name: str, written: list[str]) -> None:
        """Note a call if one of its arguments is a single cell."""
        cells = [_cell(document, sheet, argument) for argument in written]
        if any(cell is not None for cell in cells):
            self._calls.setdefault(name, []).append(Call(cells, [_typed(argument) for argument in written]))


def _cell(document: Any, sheet: Any, argument: str) -> Any:
    """The single cell that an argument refers to, by reference or name; None if it is anything else."""
    if found := _CELL.fullmatch(argument):
        if named := found["sheet"]:
            named = named[1:-1].replace("''", "'") if named.startswith("'") else named
            if not document.Sheets.hasByName(named):
                return None
            sheet = document.Sheets.getByName(named)
        return sheet.getCellRangeByName(found["cell"].replace("$", "")).getCellByPosition(0, 0)
    if _NAME.fullmatch(argument):
        for names in (sheet.NamedRanges, document.NamedRanges):
            if names.hasByName(argument):
                return _only(names.getByName(argument).ReferredCells)
    return None


def _only(area: Any) -> Any:
    """The only cell of a range."""
    if area is None:
        return None
    address = area.RangeAddress
    single = address.StartRow == address.EndRow and address.StartColumn == address.EndColumn
    return area.getCellByPosition(0, 0) if single else None


def _typed(argument: str) -> Any:
    """A number or text typed as an argument.

    >>> _typed("0.5"), _typed('"of gold"'), _typed("A1+1")
    (0.5, 'of gold', None)
    """
    if re.fullmatch(r'"(?:[^"]|"")*"', argument):
        return argument[1:-1].replace('""', '"')
    try:
        return float(argument)
    except ValueError:
        return None
