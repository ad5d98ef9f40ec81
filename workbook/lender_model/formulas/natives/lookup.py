"""Finding values in ranges, and counting and adding those that meet a condition."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from drawstop.functions.cells import DIV0, NA, VALUE
from lender_model.formulas.natives.declare import Args, Rows, Stop, cellwise, declare, first_errors
from lender_model.formulas.natives.texts import matches
from lender_model.formulas.values import (
    BLANK,
    ERROR,
    NUMBER,
    Block,
    CellValue,
    as_numbers,
    calculated,
    compare,
    compared,
    decoded,
    error,
    number_of,
    order,
    reshaped,
    selected,
    single,
)  # fmt: skip
from lender_model.xlsx.cells import Error

_REF = "#REF!"
_WILD = re.compile(r"[*?~]")


def _index(args: Args) -> Block:
    """The cell of a row and column of a range, or a whole row or column of it for 0."""
    area = args[0] or single(None)
    _, height, width = area.shape
    row, column = (as_numbers((args[i] if i < len(args) else None) or single(0.0)) for i in (1, 2))
    if len(args) < 3 and height == 1:
        row, column = single(1.0), row
    elif len(args) < 3 and width == 1:
        column = single(1.0)
    rows, columns = np.trunc(row.numbers), np.trunc(column.numbers)
    if rows.size == columns.size == 1 and row.kinds is None and column.kinds is None:
        return _part(area, int(rows.item()), int(columns.item()))
    rows, columns = (np.where(x == 0, 1, x) if n == 1 else x for x, n in ((rows, height), (columns, width)))
    shape = np.broadcast_shapes(rows.shape, columns.shape, (area.shape[0], 1, 1))
    r, c = (np.broadcast_to(x, shape).astype(np.int64) - 1 for x in (rows, columns))
    good = (r >= 0) & (r < height) & (c >= 0) & (c < width)
    r, c = np.where(good, r, 0), np.where(good, c, 0)
    n = np.broadcast_to(np.arange(area.shape[0])[:, None, None], shape)
    kinds = None if area.kinds is None else area.full_kinds()[n, r, c]
    out = Block(area.numbers[n, r, c], kinds)
    out = out if good.all() else selected(good, out, error(_REF))
    bad = calculated(np.zeros(shape), (row, column))
    return out if bad.kinds is None else selected(bad.is_(ERROR), bad, out)


def _part(area: Block, row: int, column: int) -> Block:
    _, height, width = area.shape
    if not (0 <= row <= height and 0 <= column <= width):
        return error(_REF)
    rows = slice(row - 1, row) if row else slice(None)
    columns = slice(column - 1, column) if column else slice(None)
    kinds = None if area.kinds is None else area.full_kinds()[:, rows, columns]
    return Block(area.numbers[:, rows, columns], kinds)


# ---- positions -----------------------------------------------------------------------------------------------------


def _alike(value: CellValue, wanted: CellValue, *, wild: bool) -> bool:
    """Whether a cell holds what is looked for; only values of one type are equal."""
    if isinstance(wanted, str):
        if not isinstance(value, str) or isinstance(value, Error):
            return False
        if wild and _WILD.search(wanted):
            return matches(wanted, value)
        return value.casefold() == wanted.casefold()
    if value is None or isinstance(value, str) or isinstance(value, bool) != isinstance(wanted, bool):
        return False
    return value == wanted


def _comparable(value: CellValue, wanted: CellValue) -> bool:
    kinds = [str if isinstance(x, str) else bool if isinstance(x, bool) else float for x in (value, wanted)]
    return value is not None and not isinstance(value, Error) and kinds[0] is kinds[1]


def _position(wanted: CellValue, cells: list[CellValue], kind: float, *, wild: bool = True) -> int:
    """The position of a value, counted from 0: itself (0), the last not above it (1), or the last not below it (-1)."""
    wanted = 0.0 if wanted is None else wanted
    if kind == 0:
        for at, value in enumerate(cells):
            if _alike(value, wanted, wild=wild):
                return at
        raise Stop(NA)
    found = None
    for at, value in enumerate(cells):
        if _comparable(value, wanted):
            apart = order(value, wanted) * (1 if kind > 0 else -1)
            if apart > 0:
                break
            found = at
    if found is None:
        raise Stop(NA)
    return found


def _vector(rows: Rows) -> list[CellValue]:
    if len(rows) > 1 and len(rows[0]) > 1:
        raise Stop(NA)
    return [value for row in rows for value in row]


def _turned(rows: Rows) -> Rows:
    return [list(column) for column in zip(*rows, strict=True)]


def _vlookup(wanted: CellValue, rows: Rows, column: int, near: Any = True) -> CellValue:
    if column < 1:
        raise Stop(VALUE)
    if column > len(rows[0]):
        raise Stop(_REF)
    return rows[_position(wanted, [row[0] for row in rows], 1 if near else 0)][column - 1]


def _lookup(wanted: CellValue, rows: Rows, results: Rows | None = None) -> CellValue:
    if results is None and len(rows) > 1 and len(rows[0]) > 1:
        rows = _turned(rows) if len(rows[0]) > len(rows) else rows
        return rows[_position(wanted, [row[0] for row in rows], 1)][-1]
    return _vector(results or rows)[_position(wanted, _vector(rows), 1)]


def _xposition(wanted: CellValue, cells: list[CellValue], mode: int, search: int) -> int:
    """As in XLOOKUP and XMATCH: itself, the next below (-1) or above (1), or by a pattern (2); from either end."""
    turn = search < 0
    seen = cells[::-1] if turn else cells
    try:
        at = _position(wanted, seen, 0, wild=mode == 2)
    except Stop:
        signs = {-1: -1, 1: 1}
        near = [i for i, value in enumerate(seen) if _comparable(value, wanted)] if mode in signs else []
        near = [i for i in near if order(seen[i], wanted) * signs[mode] > 0]
        if not near:
            raise
        best = near[0]
        for i in near[1:]:
            best = i if order(seen[i], seen[best]) * signs[mode] < 0 else best
        at = best
    return len(cells) - 1 - at if turn else at


def _xlookup(
    wanted: CellValue, keys: Rows, results: Rows, missing: CellValue = None, mode: int = 0, search: int = 1
) -> Any:
    try:
        at = _xposition(wanted, _vector(keys), mode, search)
    except Stop:
        if missing is None:
            raise
        return missing
    out = [results[at]] if len(keys) > 1 or len(results) == len(keys) > 1 else [[row[at]] for row in results]
    return out if len(out) > 1 or len(out[0]) > 1 else out[0][0]


declare("INDEX", "rss", _index, 2)
cellwise("MATCH", "vrf", lambda wanted, rows, kind=1.0: _position(wanted, _vector(rows), kind) + 1.0)
cellwise("XMATCH", "vrii", lambda v, rows, mode=0, search=1: _xposition(v, _vector(rows), mode, search) + 1.0)
cellwise("VLOOKUP", "vriv", _vlookup)
cellwise("HLOOKUP", "vriv", lambda wanted, rows, row, near=True: _vlookup(wanted, _turned(rows), row, near))
cellwise("LOOKUP", "vrr", _lookup)
cellwise("XLOOKUP", "vrreii", _xlookup)
cellwise("TRANSPOSE", "r", _turned)


# ---- what meets a condition ------------------------------------------------------------------------------------------

Mask: TypeAlias = NDArray[np.bool_]
_CRITERION = re.compile(r"(<>|<=|>=|=|<|>)?(.*)", re.DOTALL)


def _criterion(wanted: CellValue) -> Callable[[CellValue], bool]:
    """Whether a value meets a condition: a value, or a text like ">=5", "<>x" or "Loan*"."""
    if not isinstance(wanted, str) or isinstance(wanted, Error):
        return lambda value: _alike(value, 0.0 if wanted is None else wanted, wild=False) or value == wanted is not None
    found = _CRITERION.fullmatch(wanted)
    assert found  # noqa: S101 - the pattern takes every text
    sign, text = found[1] or "=", found[2]
    number = number_of(text)
    target: CellValue = number if number is not None else {"true": True, "false": False}.get(text.casefold(), text)
    if sign in {"=", "<>"}:
        blanks = (None,) if found[1] else (None, "")

        def same(value: CellValue) -> bool:
            return value in blanks if text == "" else _alike(value, target, wild=True)

        return same if sign == "=" else lambda value: not same(value)
    return lambda value: _comparable(value, target) and compare(sign, value, target) is True


@functools.lru_cache(maxsize=10_000)
def _limit(wanted: CellValue) -> tuple[str, float] | None:
    """Sign and number of a condition like ">=5", which numbers alone can meet; nothing for another one."""
    found = _CRITERION.fullmatch(wanted) if isinstance(wanted, str) and not isinstance(wanted, Error) else None
    number = number_of(found[2]) if found and found[1] in {"<", "<=", ">", ">="} else None
    return None if found is None or number is None else (found[1], number)


def _mask(area: Block, wanted: Block) -> Mask:
    """Which cells of a range meet a condition, for each formula."""
    if wanted.kinds is None:
        same: Mask = area.is_(NUMBER) & (area.numbers == wanted.numbers)
        return same
    limits = [limit for value in wanted.values() if (limit := _limit(value))]
    if len(limits) == len(wanted.values()) and len({sign for sign, _ in limits}) == 1:  # all months at once
        bounds = Block(np.array([bound for _, bound in limits]).reshape(-1, 1, 1))
        within: Mask = area.is_(NUMBER) & (compared(limits[0][0], Block(area.numbers), bounds).numbers == 1)
        return within
    count = max(area.shape[0], wanted.shape[0])
    tests = [_criterion(value) for value in wanted.values()]
    tables = [
        list(zip(*(x[n].ravel().tolist() for x in (area.numbers, area.full_kinds())), strict=True))
        for n in range(area.shape[0])
    ]
    values = [{cell: decoded(*cell) for cell in set(table)} for table in tables]  # most cells are blank or alike
    out = []
    for n in range(count):
        at, test = n if len(tables) > 1 else 0, tests[n if len(tests) > 1 else 0]
        met = {cell: test(value) for cell, value in values[at].items()}
        out.append([met[cell] for cell in tables[at]])
    return np.array(out).reshape(count, *area.shape[1:])


def _conditional(reduce: Callable[[Any, Mask], Any], ranges_first: bool, code: str) -> Callable[[Args], Block]:
    """A sum, count, mean, lowest or highest of the cells that meet conditions.

    Args:
        reduce: of numbers, and where they count, formulas × rows × columns.
        ranges_first: whether the conditions come first, and then the cells that count, if not the same.
        code: of the error where there is no value.
    """

    def run(args: Args) -> Block:
        blocks = [single(None) if block is None else block for block in args]
        if ranges_first:
            pairs, counted = blocks[:2], blocks[2] if len(blocks) > 2 else blocks[0]
        else:
            pairs, counted = blocks[1:], blocks[0]
        shape = next((b.shape for b in pairs[1::2] if b.shape[1:] != (1, 1)), None)
        if shape:  # an array of conditions gives an array
            pairs = [b if i % 2 == 0 or b.shape == (1, 1, 1) else b.turned() for i, b in enumerate(pairs)]
        mask: Any = True
        for area, wanted in zip(pairs[::2], pairs[1::2], strict=True):
            if area.shape[1:] != counted.shape[1:]:
                counted = _resized(counted, area.shape) if ranges_first else counted
                if area.shape[1:] != counted.shape[1:]:
                    return error(VALUE)
            mask = mask & _mask(area, wanted)
        out = calculated(reduce(counted.numbers, mask & counted.is_(NUMBER)), (), code)
        if counted.has_errors():
            bad = mask & counted.is_(ERROR)
            numbers = np.broadcast_to(counted.numbers, bad.shape)
            errors = first_errors(Block(numbers, np.where(bad, ERROR, BLANK).astype(np.uint8)))
            out = out if errors is None else selected(errors.is_(ERROR), errors, out)
        return reshaped(out, shape) if shape and out.shape[0] > 1 else out

    return run


def _resized(block: Block, shape: tuple[int, ...]) -> Block:
    """The first cells of a range, in the shape of another."""
    kinds = None if block.kinds is None else block.full_kinds()[:, : shape[1], : shape[2]]
    return Block(block.numbers[:, : shape[1], : shape[2]], kinds)


def _over(reduce: Any, empty: float) -> Callable[[Any, Mask], Any]:
    def run(numbers: Any, mask: Mask) -> Any:
        out = reduce(np.where(mask, numbers, empty), axis=(1, 2), keepdims=True)
        return np.where(mask.any(axis=(1, 2), keepdims=True), out, 0.0)

    return run


def _average(numbers: Any, mask: Mask) -> Any:
    count = mask.sum(axis=(1, 2), keepdims=True)
    return np.where(mask, numbers, 0.0).sum(axis=(1, 2), keepdims=True) / np.where(count > 0, count, np.nan)


def _count(args: Args) -> Block:
    mask: Any = True
    for area, wanted in zip(args[::2], args[1::2], strict=True):
        mask = mask & _mask(area or single(None), wanted or single(None))
    return Block(mask.sum(axis=(1, 2), keepdims=True) * 1.0)


def _countif(args: Args) -> Block:
    shapes = [b.shape for b in args[1::2] if b is not None and b.shape[1:] != (1, 1)]
    turned = [b.turned() if i % 2 and b is not None else b for i, b in enumerate(args)]
    return reshaped(_count(turned), shapes[0]) if shapes else _count(args)


_MANY = 255
declare("SUMIF", "rsr", _conditional(_over(np.sum, 0.0), True, VALUE), 2)
declare("AVERAGEIF", "rsr", _conditional(_average, True, DIV0), 2)
declare("COUNTIF", "rs", _countif)
for _name, _reduce, _code in (
    ("SUMIFS", _over(np.sum, 0.0), VALUE),
    ("AVERAGEIFS", _average, DIV0),
    ("MAXIFS", _over(np.max, -np.inf), VALUE),
    ("MINIFS", _over(np.min, np.inf), VALUE),
):
    declare(_name, "rrs" + "rs" * 126, _conditional(_reduce, False, _code), 3, _MANY)
declare("COUNTIFS", "rs" * 127, _countif, 2, _MANY)
