"""A cell's formula as a tree: one small grammar of the A1 formulas that a workbook's file holds.

The nodes are immutable and hashable. A relative row or column of a reference is stored as its distance from the
formula's own cell, so that cells of a line with the same formula have equal trees, as in R1C1 notation:

>>> parse("=G6*$E7", Cell("Loan", 7, 6)) == parse("=H6*$E7", Cell("Loan", 7, 7))
True
>>> parse("-2^2+A1%", Cell("Loan", 0, 0)).name
'+'
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384


class FormulaError(ValueError):
    """A formula that cannot be parsed or calculated: the reason, in words that follow the cell's name."""


class Cell(NamedTuple):
    """A cell: the name of its sheet, its row and its column, both counted from 0."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{self.sheet}!{column_name(self.column)}{self.row + 1}"


class At(NamedTuple):
    """A row or a column of a reference: its number counted from 0, or how far it is from the formula's own."""

    number: int
    relative: bool

    def of(self, own: int) -> int:
        """The row or column meant, in a formula in this row or column."""
        return self.number + own if self.relative else self.number


class Area(NamedTuple):
    """A rectangle of cells: its sheet, first and last row, first and last column, counted from 0, both included."""

    sheet: str
    top: int
    left: int
    bottom: int
    right: int

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)

    def __str__(self) -> str:
        first = f"{column_name(self.left)}{self.top + 1}"
        last = f":{column_name(self.right)}{self.bottom + 1}" if self.cells > 1 else ""
        return f"{self.sheet}!{first}{last}"


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a formula."""


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A number, text or flag; None for an argument left out."""

    value: float | str | bool | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and type(self.value) is type(other.value) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Fault(Node):
    """An error written in a formula, such as ``#REF!`` where a row was deleted."""

    code: str


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """A cell or a rectangle of cells of one sheet."""

    sheet: str
    top: At
    left: At
    bottom: At
    right: At

    @property
    def is_cell(self) -> bool:
        """Whether it is one cell."""
        return self.top == self.bottom and self.left == self.right

    def area(self, row: int, column: int) -> Area:
        """The cells meant, in a formula in this row and column."""
        return Area(self.sheet, self.top.of(row), self.left.of(column), self.bottom.of(row), self.right.of(column))


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function or an operator with its arguments; a sign before a number is "neg"."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table(Node):
    """Constants in braces, by rows."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Unknown(Node):
    """A name that the workbook does not define; only parts without it can be calculated."""

    name: str


def walk(node: Node) -> Iterator[Node]:
    """A node and all its descendants."""
    yield node
    if isinstance(node, Call):
        for arg in node.args:
            yield from walk(arg)


def replaced(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with every node changed, from the leaves up."""
    if isinstance(node, Call):
        args = tuple(replaced(arg, change) for arg in node.args)
        node = node if args == node.args else Call(node.name, args)
    return change(node)


def fixed(node: Node, row: int, column: int) -> Node:
    """The tree with every reference resolved for a cell, so that dollar signs make no difference."""

    def change(part: Node) -> Node:
        if not isinstance(part, Ref):
            return part
        area = part.area(row, column)
        return Ref(area.sheet, *(At(number, relative=False) for number in area[1:]))

    return replaced(node, change)


def is_reference(node: Node) -> bool:
    """Whether a part of a formula refers to cells, so that only the numbers among them count."""
    if isinstance(node, Call) and node.name in {"IF", "CHOOSE"}:
        return all(is_reference(arg) for arg in node.args[1:])
    return isinstance(node, Ref | Table) or (isinstance(node, Call) and node.name == "INDEX")


# ---- names of columns ------------------------------------------------------------------------------------------


@functools.cache
def column_name(column: int) -> str:
    """Letters of a column counted from 0.

    >>> column_name(0), column_name(25), column_name(95)
    ('A', 'Z', 'CR')
    """
    return str(xl_col_to_name(column))


@functools.cache
def column_number(letters: str) -> int:
    """A column's number, counted from 0.

    >>> column_number("A"), column_number("CR")
    (0, 95)
    """
    return split(f"{letters.upper()}1")[1]


@functools.cache
def split(reference: str) -> tuple[int, int]:
    """Row and column of a reference, counted from 0.

    >>> split("CR36")
    (35, 95)
    """
    row, column = xl_cell_to_rowcol(reference)
    return int(row), int(column)


# ---- the grammar -----------------------------------------------------------------------------------------------

_SHEET = r"(?:(?P<sheet>'(?:[^']|'')+'|[^\W\d][\w.]*)!)?"
_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9]\d{0,6}"
_TOKEN = re.compile(
    rf"""\s*+(?:
      (?P<number> (?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?) (?!\s*:\s*\$?\d)
    | (?P<text> "(?:[^"]|"")*")
    | (?P<error> \#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|UNKNOWN!))
    | {_SHEET} (?P<ref>
        {_CELL}(?:\s*:\s*{_CELL})? | \$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}} | \$?[1-9]\d*:\$?[1-9]\d* | \#REF!
      ) (?![\w.(!])
    | (?P<call> (?:\[\d+\]!)?[^\W\d][\w.]*) \(
    | (?P<name> (?:(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?[^\W\d][\w.\\?]*) (?![\[!])
    | (?P<sign> <>|<=|>=|[-+*/^&=<>(),;%{{}}:@\#])
    )""",
    re.VERBOSE,
)
_POWER = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5, ":": 7}
_SIGN = 6  # before a number: binds tighter than a power, so that -2^2 is 4, as in every spreadsheet program
_PREFIX = re.compile(r"^(?:\[\d+\]!|_xlfn\.|_xlws\.|_xll\.|_xludf\.|_xlpm\.)+", re.IGNORECASE)


def parse(
    formula: str, cell: Cell, sheets: Mapping[str, str] | None = None, names: Mapping[str, Node] | None = None
) -> Node:
    """The tree of a formula.

    Args:
        formula: as stored in a file, with or without the leading "=".
        cell: its cell.
        sheets: names of the workbook's sheets by their folded names; None accepts any sheet.
        names: the meanings of the workbook's defined names, by their folded names.

    Raises:
        FormulaError: it is outside the grammar, with the reason.
    """
    return _Parser(formula, cell, sheets, names or {}).whole()


class _Parser:
    """One formula, read by precedence climbing."""

    def __init__(self, formula: str, cell: Cell, sheets: Mapping[str, str] | None, names: Mapping[str, Node]) -> None:
        self.formula, self.cell, self.sheets, self.names = formula.strip().removeprefix("="), cell, sheets, names
        self.tokens = [*self._tokens()][::-1]

    def _tokens(self) -> Iterator[re.Match[str]]:
        at, end = 0, len(self.formula.rstrip())
        while at < end:
            token = _TOKEN.match(self.formula, at)
            if token is None:
                raise FormulaError(f"cannot be read from {self.formula[at : at + 20].strip()!r} on")
            yield token
            at = token.end()

    def whole(self) -> Node:
        """The tree of all tokens."""
        tree = self._expression(0)
        if self.tokens:
            raise FormulaError(f"cannot be read from {self.tokens[-1][0].strip()!r} on")
        return tree

    def _next(self) -> str | None:
        return self.tokens[-1]["sign"] if self.tokens else None

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise FormulaError(f"has no {sign!r} where one is needed")
        self.tokens.pop()

    def _expression(self, least: int) -> Node:
        left = self._primary()
        while self._next() == "%":
            self.tokens.pop()
            left = Call("/", (left, Constant(100.0)))
        while (sign := self._next()) in _POWER and _POWER[sign or ""] > least:
            self.tokens.pop()
            right = self._expression(_POWER[sign or ""])
            left = self._range(left, right) if sign == ":" else Call(sign or "", (left, right))
        return left

    def _range(self, first: Node, last: Node) -> Node:
        """The cells from one reference to another, as in ``Loan!A1:Loan!B2``."""
        if not (isinstance(first, Ref) and isinstance(last, Ref) and first.sheet == last.sheet):
            raise FormulaError("reads a range whose ends are calculated")
        return Ref(first.sheet, first.top, first.left, last.bottom, last.right)

    def _primary(self) -> Node:  # noqa: PLR0911 - a kind of token, a return
        if not self.tokens:
            raise FormulaError("ends too early")
        token = self.tokens.pop()
        if token["number"]:
            return Constant(float(token["number"]))
        if token["text"]:
            return Constant(token["text"][1:-1].replace('""', '"'))
        if token["error"]:
            return Fault(token["error"])
        if token["ref"]:
            return self._spilled(self._reference(token["ref"], token["sheet"]))
        if token["call"]:
            return self._call(_PREFIX.sub("", token["call"]).upper())
        if token["name"]:
            return self._name(token["name"])
        return self._signed(token["sign"])

    def _signed(self, sign: str) -> Node:
        if sign == "(":
            inner = self._expression(0)
            self._take(")")
            return inner
        if sign == "{":
            return self._table()
        if sign == "-":
            operand = self._expression(_SIGN)
            return Call("neg", (operand,))
        if sign == "+":
            return self._expression(_SIGN)
        if sign == "@":
            return Call("SINGLE", (self._expression(_SIGN),))
        raise FormulaError(f"has {sign!r} where a value is needed")

    def _call(self, name: str) -> Node:
        args: list[Node] = []
        if self._next() == ")":
            self.tokens.pop()
            return Constant(name == "TRUE") if name in {"TRUE", "FALSE"} else Call(name, ())
        bound = self.names
        while True:
            missing = self._next() in {",", ")"}
            if name == "LET" and len(args) % 2 == 0 and self._is_binding():
                args.append(Constant(_PREFIX.sub("", self.tokens.pop()[0].strip()).casefold()))
            else:
                args.append(Constant(None) if missing else self._expression(0))
                if name == "LET" and len(args) % 2 == 0:  # the meaning of a name, for all that follows
                    self.names = {**self.names, str(getattr(args[-2], "value", "")): args[-1]}
            if self._next() == ")":
                break
            self._take(",")
        self.tokens.pop()
        self.names = bound
        return args[-1] if name == "LET" else Call(name, tuple(args))

    def _is_binding(self) -> bool:
        """Whether a name of LET comes next, rather than the calculation itself."""
        return len(self.tokens) > 1 and self.tokens[-2]["sign"] == ","

    def _name(self, text: str) -> Node:
        name = _PREFIX.sub("", text).casefold()
        if name in {"true", "false"}:
            return Constant(name == "true")
        name = name.rpartition("!")[2]
        return self._spilled(self.names.get(name, Unknown(text)))

    def _spilled(self, node: Node) -> Node:
        if self._next() == "#":
            self.tokens.pop()
            return Call("ANCHORARRAY", (node,))
        return node

    def _reference(self, text: str, sheet: str | None) -> Node:
        name = self.cell.sheet
        if sheet:
            written = sheet[1:-1].replace("''", "'") if sheet[0] == "'" else sheet
            if "[" in written:
                raise FormulaError(f"reads another workbook ({written})")
            name = written if self.sheets is None else self.sheets.get(written.casefold(), "")
        if text == "#REF!" or not name:
            return Fault("#REF!")
        first, _, last = text.partition(":")
        top, left = self._corner(first.strip(), 0)
        bottom, right = self._corner((last or first).strip(), 1)
        if top.of(self.cell.row) > bottom.of(self.cell.row):
            top, bottom = bottom, top
        if left.of(self.cell.column) > right.of(self.cell.column):
            left, right = right, left
        return Ref(name, top, left, bottom, right)

    def _corner(self, text: str, end: int) -> tuple[At, At]:
        """Row and column of a corner; of a whole row or column the first or last."""
        found = re.fullmatch(r"(\$?)([A-Za-z]*)(\$?)(\d*)", text)
        assert found  # noqa: S101 - the token's pattern says so
        fixed_column, letters, fixed_row, digits = found.groups()
        if not letters:  # 7:7, whose dollar sign the first group has
            fixed_column, fixed_row = "", fixed_column or fixed_row
        return (
            self._at(int(digits) - 1, self.cell.row, bool(fixed_row)) if digits else At(end * (MAX_ROW - 1), False),
            self._at(column_number(letters), self.cell.column, bool(fixed_column))
            if letters
            else At(end * (MAX_COLUMN - 1), False),
        )

    @staticmethod
    def _at(number: int, own: int, is_fixed: bool) -> At:
        return At(number, False) if is_fixed else At(number - own, True)

    def _table(self) -> Node:
        rows: list[list[Node]] = [[]]
        while True:
            rows[-1].append(self._expression(0))
            sign = self._next()
            if sign not in {",", ";", "}"}:
                raise FormulaError("has braces that are not closed")
            self.tokens.pop()
            if sign == "}":
                return Table(tuple(map(tuple, rows)))
            if sign == ";":
                rows.append([])


# ---- many formulas ---------------------------------------------------------------------------------------------

PART = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*'!)|(?<![\w.$])(\$?)([A-Za-z]{1,3})(\$?)([1-9]\d{0,6})(?![\w(.!])""")


@functools.lru_cache(maxsize=4)
def reader(sheets: tuple[str, ...], names: tuple[tuple[str, str], ...]) -> Reader:
    """The reader of the workbooks with these sheets and defined names, so that a second one is parsed at once."""
    return Reader(sheets, dict(names))


class Reader:
    """Formulas of one workbook as trees; formulas that are alike are parsed once.

    Args:
        sheets: names of its sheets.
        names: its defined names and what they refer to.
    """

    def __init__(self, sheets: Sequence[str], names: Mapping[str, str]) -> None:
        self.sheets = {name.casefold(): name for name in sheets}
        self.names: dict[str, Node] = {}
        self._trees: dict[tuple[str, str], Node | FormulaError] = {}
        pending = {name.casefold(): text for name, text in names.items()}
        for _ in range(len(pending)):  # a name may stand for a formula with other names, in any order
            done = {name: self._definition(text) for name, text in pending.items()}
            self.names |= {name: node for name, node in done.items() if node is not None}
            if len(self.names) == len(names) or not any(done.values()):
                break
            pending = {name: text for name, text in pending.items() if name not in self.names}

    def _definition(self, text: str) -> Node | None:
        try:
            node = parse(text, Cell(next(iter(self.sheets.values()), ""), 0, 0), self.sheets, self.names)
        except FormulaError:
            return None
        return None if any(isinstance(part, Unknown) for part in walk(node)) else node

    def tree(self, formula: str, cell: Cell) -> Node:
        """The tree of a cell's formula; see :func:`parse`."""
        key = cell.sheet, self._key(formula, cell)
        if key not in self._trees:
            try:
                self._trees[key] = parse(formula, cell, self.sheets, self.names)
            except FormulaError as error:
                self._trees[key] = error
        found = self._trees[key]
        if isinstance(found, FormulaError):
            raise FormulaError(*found.args)
        return found

    @staticmethod
    def _key(formula: str, cell: Cell) -> str:
        """The formula with relative references as distances, equal for cells that say the same."""
        _, row, column = cell

        def distance(found: re.Match[str]) -> str:
            apart, fixed_column, letters, fixed_row, digits = found.groups()
            if apart:
                return found[0]
            across = letters if fixed_column else f"[{column_number(letters) - column}]"
            down = digits if fixed_row else f"[{int(digits) - row}]"
            return f"{fixed_column}{across}{fixed_row}{down}"

        return PART.sub(distance, formula)
