"""The single declaration of a spreadsheet function, and how a call runs.

A function is written as its agreement reads, with NumPy arrays in and out. Its signature says what each argument may
hold; from that the decorator derives the spreadsheet's side: reading cells, filling in the facility's terms,
broadcasting ranges, giving each cell of a spill its own error, and everything that the hosts and the reference show.

    >>> from drawstop.functions import PROCEEDS_MIN
    >>> PROCEEDS_MIN(2.1e6, 360e3, 400e3, 150e3)
    2900000.0
    >>> PROCEEDS_MIN([[2.1e6, 900e3]], [[360e3, "#N/A"]], 400e3, 150e3)
    [[2900000.0, '#N/A']]
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ParamSpec, get_type_hints

import numpy as np
from numpy.typing import NDArray

from drawstop.functions import cells as c
from drawstop.functions.cells import CellError, Kind, Number
from drawstop.functions.series import Column, Fault, read_series, read_table, worst

P = ParamSpec("P")

MAX_WORK = 2**24
"""The most cells × rows of series in one call."""
BLOCK = 2**20
"""How many of them are calculated at a time, to limit memory."""

FUNCTIONS: dict[str, Function] = {}
"""Every spreadsheet function by its name."""


@dataclass(frozen=True)
class Arg:
    """An argument's help and kind.

    Attributes:
        doc: meaning, unit and sign, for the function wizard.
        kind: what a cell may hold.
        term: the facility's term that is used when the argument is left out.
        role: "cell" broadcasts; "series" is read whole, a row or a column; "table" by its columns; "raw" is passed
            unchanged.
        columns: the kinds of a table's columns.
        spare: how many of a table's last columns, of numbers, may be left out or blank; they are then NaN.
        unique: in a series of dates or a table, two rows on one date are an error.
        skip_blank: a blank cell of a series is left out with its row.
        many: a single flag, or a series of them beside the dates.
    """

    doc: str
    kind: Kind
    _: KW_ONLY
    term: str | None = None
    role: str = "cell"
    columns: tuple[tuple[str, Kind], ...] = ()
    spare: int = 0
    unique: bool = False
    skip_blank: bool = False
    many: bool = False


@dataclass(frozen=True)
class Parameter:
    """One argument of a function: its name, its declaration and its default."""

    name: str
    arg: Arg
    optional: bool
    plain_default: Any

    @functools.cached_property
    def default(self) -> Any:
        """The value of the argument when left out or blank; None where there is none."""
        if self.arg.term is None:
            return self.plain_default
        value = term(self.arg.term)
        return [list(value)] if isinstance(value, tuple) else value

    @functools.cached_property
    def fallback(self) -> Any:
        """The default as the kind's own value: NaT for a date that has not happened, NaN for a missing number."""
        if self.default is not None and self.arg.role == "cell":
            return self.arg.kind.one(self.default)
        if self.optional and isinstance(self.arg.kind, c.Date):
            return np.datetime64("NaT", "D")
        if self.optional and isinstance(self.arg.kind, Number) and self.arg.role == "cell":
            return math.nan
        return self.default

    @property
    def column(self) -> Column:
        """The argument as one of the series beside one another."""
        default = self.fallback if self.arg.many else None
        return Column(self.arg.kind, self.arg.unique, self.arg.skip_blank, default)

    def help(self) -> str:
        """The argument's help with its default, at most 255 characters, for the function wizard."""
        if not self.optional:
            return self.arg.doc
        default = self.default
        if default is None:
            return f"{self.arg.doc} (optional)"
        shown = "{" + ",".join(map(str, default[0])) + "}" if isinstance(default, list) else c.show(default).strip("'")
        return f"{self.arg.doc} (default {shown})"


class _Rejected(Exception):  # noqa: N818 - a signal between two methods here, never an error that a user meets
    """The fault of each of a call's arguments, by position."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__()
        self.faults = faults


@dataclass
class Function:
    """A spreadsheet function: its text for people, and its call.

    Calling it with cells gives cells, or raises :class:`CellError`.
    """

    name: str
    category: str
    clause: str
    body: Callable[..., Any]
    spills: bool
    prepare: Callable[[list[Any]], list[Any]] | None = None
    parameters: list[Parameter] = field(default_factory=list)
    variadic: bool = False

    @property
    def summary(self) -> str:
        """What the function returns: the docstring's first paragraph on one line."""
        return " ".join((inspect.getdoc(self.body) or "").split("\n\n", maxsplit=1)[0].split())

    @property
    def signature(self) -> str:
        """The function as typed: ``PROCEEDS_SHORTFALL(balance, minimum)``, optional arguments in brackets."""
        names = [f"[{p.name}]" if p.optional else p.name for p in self.parameters]
        return f"{self.name}({', '.join(names)}{', …' if self.variadic else ''})"

    def takes(self, count: int) -> bool:
        """Whether it can be called with this number of arguments."""
        required = sum(not p.optional for p in self.parameters)
        return required <= count and (self.variadic or count <= len(self.parameters))

    # ---- the call ---------------------------------------------------------------------------------------------

    def __call__(self, *given: Any, **named: Any) -> Any:
        if self.variadic:
            return self.body(*given, **named)
        cells, faults = self._grids(self._bind(given, named))
        try:
            cells = self._prepared(cells, faults)
            shape = self._shape(cells, faults)
            series = self._series(cells, faults)
            if shape is None:
                return self._one(cells, series, faults)
            return self._many(cells, series, faults, shape)
        except _Rejected as rejected:
            position, error = worst(rejected.faults)
            raise self._named(error, position, cells) from None

    def in_cell(self, *given: Any) -> Any:
        """The answer as a host shows it: an error is its bare code, and no exception is ever raised."""
        try:
            return self(*given)
        except CellError as error:
            return error.code
        except Exception:  # noqa: BLE001 - a spreadsheet must get a cell whatever happens; EXPLAIN shows the rest
            return c.VALUE

    def at(self, given: Sequence[Any], row: int, column: int) -> list[Any]:
        """The arguments of one cell of a spill."""
        cells, _ = self._grids(list(given))
        cells = self.prepare(cells) if self.prepare else cells
        for i, (p, cell) in enumerate(zip(self.parameters, cells, strict=False)):
            shape = c.shape_of(cell)
            if shape is not None and p.arg.role == "cell" and not p.arg.many:
                cells[i] = cell[min(row, shape[0] - 1)][min(column, shape[1] - 1)]
        return cells

    def _bind(self, given: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        """The arguments in the order of the signature, None where left out; checked like any Python call."""
        missing = len(self.parameters) - len(given)
        if not named and missing >= 0 and all(p.optional for p in self.parameters[len(given) :]):
            return [*given, *[None] * missing]
        bound = inspect.signature(self.body).bind(*given, **named)
        return [bound.arguments.get(p.name) for p in self.parameters]

    def _grids(self, given: list[Any]) -> tuple[list[Any], list[Fault]]:
        faults: list[Fault] = []
        grids = list(given)
        for i, cell in enumerate(given):
            if self.parameters[i].arg.role == "raw":
                continue
            try:
                grids[i] = c.as_grid(cell)
            except CellError as error:
                faults.append((i, error))
                grids[i] = None
        return grids, faults

    def _prepared(self, cells: list[Any], faults: list[Fault]) -> list[Any]:
        if self.prepare is None or faults:
            return cells
        try:
            return self.prepare(cells)
        except CellError as error:
            raise _Rejected([(self._position(error), error)]) from None

    def _shape(self, cells: list[Any], faults: list[Fault]) -> tuple[int, int] | None:
        """The shape that the broadcasting arguments combine to; None if all are scalars."""
        shapes = []
        for i, (p, cell) in enumerate(zip(self.parameters, cells, strict=True)):
            if p.arg.role != "cell" or p.arg.many:
                continue
            shape = c.shape_of(cell)
            if shape is not None and (self.spills or not p.arg.kind.broadcasts):
                faults.append((i, CellError(c.VALUE, "must be a single cell here", rank=c.WRONG_INPUT)))
            elif shape is not None:
                shapes.append(shape)
        if faults or not shapes:
            return None
        try:
            rows, columns = np.broadcast_shapes(*shapes)
        except ValueError:
            text = f"the ranges do not combine: {', '.join(f'{r}×{k}' for r, k in shapes)}"
            raise CellError(c.VALUE, f"{self.name}: {text}") from None
        if rows * columns > c.MAX_CELLS:
            raise CellError(c.NUM, f"{self.name}: the result has more than {c.MAX_CELLS:,} cells")
        return int(rows), int(columns)

    def _one(self, cells: list[Any], series: dict[int, Any], faults: list[Fault]) -> Any:
        """The call on single cells."""
        values = []
        wrong = {position for position, _ in faults}
        for i, p in enumerate(self.parameters):
            if i in series or i in wrong or (faults and c.shape_of(cells[i])):
                values.append(series.get(i))
                continue
            value = _single(p, cells[i])
            values.append(value)
            if isinstance(value, CellError):
                faults.append((i, value))
        if faults:
            raise _Rejected(faults)
        try:
            return self._out(self._run(values))
        except CellError as error:
            raise self._named(error, self._position(error), cells) from None

    def _run(self, values: Sequence[Any]) -> Any:
        with np.errstate(all="ignore"):
            try:
                return self.body(*values)
            except (OverflowError, ZeroDivisionError):
                raise CellError(c.NUM, "the numbers are too large or too small to calculate with") from None

    def _out(self, result: Any) -> Any:
        if not self.spills:
            return c.cell_out(result)
        rows = [[value] for value in result] if isinstance(result, np.ndarray) else result
        grid = [[c.cell_out(value) for value in row] for row in rows]
        return grid[0][0] if len(grid) == len(grid[0]) == 1 else grid

    def _many(
        self, cells: list[Any], series: dict[int, Any], faults: list[Fault], shape: tuple[int, int]
    ) -> list[list[Any]]:
        """The call on ranges: each cell of the result has its value or its own error."""
        size = shape[0] * shape[1]
        blame = _Blame(size)
        for position, error in faults:
            blame.add(position, error)
        values = list[Any]()
        for position, p in enumerate(self.parameters):
            values.append(series.get(position))
            if position not in series:
                values[-1] = _spread(p, position, cells[position], shape, blame)
        results = self._compute(values, series, size, blame)
        return _grid(results, blame, shape)

    def _compute(self, values: list[Any], series: dict[int, Any], size: int, blame: _Blame) -> NDArray[Any] | None:
        """The results of all cells without an error so far, a block of them at a time."""
        rows = max((len(s) for s in series.values() if isinstance(s, np.ndarray)), default=1)
        if size * rows > MAX_WORK:
            raise CellError(c.NUM, f"{self.name}: more than {MAX_WORK:,} cells × rows of the series in one call")
        rowwise = [i not in series and isinstance(v, np.ndarray) and v.ndim == 1 for i, v in enumerate(values)]
        results: NDArray[Any] | None = None
        for block in np.array_split(np.flatnonzero(~blame.any), max(1, size * rows // BLOCK)):
            where, part = self._block(values, rowwise, block, size, blame)
            if len(where):
                part = part.astype(object) if part.dtype.kind == "U" else part
                results = np.empty(size, dtype=part.dtype) if results is None else results
                results[where] = part
        return results

    def _block(
        self, values: list[Any], rowwise: list[bool], block: NDArray[np.intp], size: int, blame: _Blame
    ) -> tuple[NDArray[np.intp], NDArray[Any]]:
        """Run the body over some cells; those it rejects get their error, and it runs again without them."""
        while len(block):
            every = len(block) == size
            part = [v[block] if row and not every else v for v, row in zip(values, rowwise, strict=True)]
            try:
                result = np.broadcast_to(np.asarray(self._run(part)), block.shape)
            except CellError as error:
                if error.where is None:
                    raise _Rejected([(self._position(error), error)]) from None
                bad = np.broadcast_to(np.asarray(error.where), block.shape)
                blame.add(self._position(error), error, block[bad])
                block = block[~bad]
                continue
            fit = c.good_results(result)
            if not fit.all():
                unfit = CellError(c.NUM, "the result is not a finite number or a date")
                blame.add(len(values), unfit, block[~fit])
            return block[fit], result[fit] + 0.0 if result.dtype.kind == "f" else result[fit]
        return block, np.empty(0)

    def _series(self, cells: list[Any], faults: list[Fault]) -> dict[int, Any]:
        """The series and tables, read whole, by position."""
        out: dict[int, Any] = {}
        group: dict[int, Any] = {}
        wrong = {position for position, _ in faults}
        for i, p in enumerate(self.parameters):
            cell = p.default if p.arg.role == "series" and _absent(p, cells[i]) else cells[i]
            if i in wrong or _absent(p, cell):
                continue
            if p.arg.role == "table":
                try:
                    out[i] = self._table(p.arg, cell)
                except CellError as error:
                    faults.append((i, error))
                    out[i] = None
            elif p.arg.role == "series" or (p.arg.many and c.shape_of(cell) is not None):
                group[i] = cell
        if group:
            arrays, fault = read_series([self.parameters[i].column for i in group], list(group.values()))
            out |= dict.fromkeys(group) if fault else dict(zip(group, arrays, strict=True))
            if fault:
                faults.append((list(group)[fault[0]], fault[1]))
        return out

    def _table(self, arg: Arg, cell: Any) -> list[NDArray[Any]]:
        """The columns of a table."""
        needed = len(arg.columns) - arg.spare
        names = [name if k < needed else f"[{name}]" for k, (name, _) in enumerate(arg.columns)]
        columns = [
            Column(kind, arg.unique, default=None if k < needed else math.nan)
            for k, (_, kind) in enumerate(arg.columns)
        ]
        return read_table(names, columns, cell, needed)

    # ---- words ------------------------------------------------------------------------------------------------

    def _position(self, error: CellError) -> int:
        names = [p.name for p in self.parameters]
        return names.index(error.argument) if error.argument in names else len(names)

    def _named(self, error: CellError, position: int, cells: list[Any]) -> CellError:
        """The error with function, argument and value in its message."""
        if position >= len(self.parameters):
            return CellError(error.code, f"{self.name}: {error.message}", rank=error.rank)
        name, cell = self.parameters[position].name, cells[position]
        one_cell = self.parameters[position].arg.role == "cell" and c.shape_of(cell) is None
        shown = f" {c.show(cell)}" if one_cell and not (c.is_blank(cell) or isinstance(cell, CellError)) else ""
        advice = self.parameters[position].arg.kind.advice(cell) if one_cell else ""
        return CellError(error.code, f"{self.name}: {name}{shown} {error.message}{advice}", name, error.rank)


def _absent(p: Parameter, cell: Any) -> bool:
    """Whether an optional argument is left out."""
    return p.optional and c.is_blank(cell) and (p.default is None or p.arg.role != "cell")


class _Blame:
    """The worst and leftmost fault of each cell of a spill."""

    def __init__(self, size: int) -> None:
        self.any = np.zeros(size, dtype=np.bool_)
        self.codes = np.full(size, "", dtype=object)
        self._order = np.full(size, np.iinfo(np.int64).max)

    def add(self, position: int, error: CellError, where: Any = slice(None)) -> None:
        """Record a fault of some cells' argument, unless they have a worse one or one further left."""
        order = 256 * error.rank + position  # more than any function has arguments
        where = np.arange(len(self.any))[where]
        where = where[self._order[where] > order]
        self.any[where], self.codes[where], self._order[where] = True, error.code, order


def _spread(p: Parameter, position: int, cell: Any, shape: tuple[int, int], blame: _Blame) -> Any:
    """An argument's values, one for each cell of the result, or a scalar for all."""
    own = c.shape_of(cell)
    if own is None:
        value = _single(p, cell)
        if isinstance(value, CellError):
            blame.add(position, value)
        return value
    values, faults = p.arg.kind.many(c.flatten(cell), p.fallback)
    places: dict[CellError, list[int]] = {}
    for k, error in faults.items():
        places.setdefault(error, []).append(k)
    for error, wrong in places.items():
        mask = np.zeros(values.size, dtype=np.bool_)
        mask[wrong] = True
        blame.add(position, error, np.broadcast_to(mask.reshape(own), shape).ravel())
    return np.broadcast_to(values.reshape(own), shape).reshape(-1)


def _single(p: Parameter, cell: Any) -> Any:
    """The value of an argument that is one cell."""
    return p.fallback if _absent(p, cell) else p.arg.kind.one(cell, p.fallback)


def _grid(results: NDArray[Any] | None, blame: _Blame, shape: tuple[int, int]) -> list[list[Any]]:
    """Results and error codes as rows of cells."""
    cells = blame.codes if results is None else results
    if results is not None and blame.any.any():
        cells = np.array(results.tolist(), dtype=object)
        cells[blame.any] = blame.codes[blame.any]
    rows: list[list[Any]] = cells.reshape(shape).tolist()
    return rows


def term(key: str) -> Any:
    """A term of the facility whose terms are the defaults."""
    from drawstop.facility import load  # noqa: PLC0415 - reading terms needs pydantic, and only some calls need terms

    return load().value(key)


def function(
    category: str,
    clause: str,
    *,
    spills: bool = False,
    prepare: Callable[[list[Any]], list[Any]] | None = None,
) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Declare a spreadsheet function.

    Args:
        category: where the function wizard lists it.
        clause: the clause of the agreement it follows.
        spills: the answer is a column or a table, so the arguments are single cells, series or tables.
        prepare: reshapes the given ranges so that they broadcast, where the function reads a block.
    """

    def declare(body: Callable[P, Any]) -> Callable[P, Any]:
        spec = Function(body.__name__, category, clause, body, spills, prepare)
        hints = get_type_hints(body, include_extras=True)
        for name, parameter in inspect.signature(body).parameters.items():
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                spec.variadic = True
            optional = parameter.default is not inspect.Parameter.empty or spec.variadic
            arg = hints[name].__metadata__[0]
            spec.parameters.append(
                Parameter(
                    name, arg, optional, None if parameter.default is inspect.Parameter.empty else parameter.default
                )
            )
        FUNCTIONS[spec.name] = spec

        @functools.wraps(body)
        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return spec(*args, **kwargs)

        return call

    return declare


# Kinds that recur, with the words that complete "must be …".
AMOUNT = Number("a number of US dollars", blank=0.0)
POSITIVE_AMOUNT = Number("a number of US dollars, zero or more", blank=0.0, low=0.0)
OUNCES = Number("a number of troy ounces, zero or more", blank=0.0, low=0.0)
RATE = c.Fraction("a rate as a decimal (0.0225), above -1 and at most 1", low=-1.0, high=1.0, above=True)
SHARE = c.Fraction("a share from 0 to 1", low=0.0, high=1.0)
PRICE = Number("a price above 0", low=0.0, above=True)
METAL_PRICE = Number("a price in dollars a troy ounce, above 0 and at most 110,000", low=0.0, high=1.1e5, above=True)
"""Some twenty times the highest gold price ever; anything above is a price per kilogram, or a typing error."""
FACTOR = Number("a number above 0", low=0.0, above=True)
SHARES = Number("a number of shares, zero or more", low=0.0)
DATE = c.Date()
FLAG = c.Flag()
