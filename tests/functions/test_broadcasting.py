"""One call over ranges gives what a call for each cell gives, for every function, from the declarations alone."""

import datetime as dt
import random

import numpy as np
import pytest

from drawstop.functions import FUNCTIONS, CellError
from drawstop.functions.cells import Choice, Date, Flag, Text

BROADCASTING = [name for name, spec in FUNCTIONS.items() if not spec.spills and not spec.variadic]
NUMBERS = [0.0, 0.05, 0.1, 0.5, 1.0, 2.0, 3.0, 7.0, 30.0, 381.25, 1e4, 1e6, 19.5e6]
JUNK = ["#N/A", "#REF!", "abc", "", None, True, -1.0, 1e308, 1e-308, float("nan"), 60, dt.date(1996, 9, 30)]
FIRST = dt.date(1996, 7, 1)


def good_cell(kind, rng):
    """A cell that the kind allows."""
    if isinstance(kind, Date):
        day = FIRST + dt.timedelta(days=rng.randrange(900))
        return rng.choice([day, day.toordinal() - dt.date(1899, 12, 30).toordinal()])
    if isinstance(kind, Flag):
        return rng.choice([True, False, 1, 0])
    if isinstance(kind, Choice):
        return rng.choice(kind.options)
    return rng.choice([number for number in NUMBERS if kind.check(number)])


def cell(parameter, rng):
    if rng.random() < 0.25:
        return rng.choice(JUNK)
    return None if parameter.optional and rng.random() < 0.3 else good_cell(parameter.arg.kind, rng)


def series(spec, rng):
    """One series for each argument that is one, side by side, with a blank pair and a blank amount at times."""
    length = rng.randrange(1, 8)
    found = {}
    for i, p in enumerate(spec.parameters):
        if p.arg.role == "series":
            dates = isinstance(p.arg.kind, Date)
            days = rng.sample(range(900), length)
            found[i] = [FIRST + dt.timedelta(days=n) if dates else good_cell(p.arg.kind, rng) for n in days]
            if rng.random() < 0.3:
                found[i][0] = None
    return found


def table(parameter, rng):
    """A table that the parameter allows, its first column rising; read whole, so that it does not affect the shape."""
    columns = [[good_cell(kind, rng) for _ in range(3)] for _, kind in parameter.arg.columns]
    columns[0] = sorted({*columns[0], 1.0})
    return tuple(zip(*columns, strict=False))


def ranges(spec, rng, rows, columns):
    """The arguments of a call: single cells, rows, columns and blocks that combine to rows × columns."""
    given = []
    beside = series(spec, rng)
    for i, p in enumerate(spec.parameters):
        shape = rng.choice([(1, 1), (1, columns), (rows, 1), (rows, columns)])
        if spec.prepare:  # NET_RETURNS sums a block of another shape
            shape = (rows, columns)
        if i in beside:
            given.append(beside[i])
        elif p.arg.role == "table":
            given.append(table(p, rng))
        elif isinstance(p.arg.kind, Choice | Text) or p.arg.many:
            given.append(good_cell(p.arg.kind, rng))
        else:
            given.append([[cell(p, rng) for _ in range(shape[1])] for _ in range(shape[0])])
    return given


def one_cell(spec, given, r, k):
    """The answer for one cell of the spill, called for it alone."""
    alone = [
        grid[min(r, len(grid) - 1)][min(k, len(grid[0]) - 1)]
        if isinstance(grid, list) and isinstance(grid[0], list)
        else grid
        for grid in given
    ]
    try:
        return spec(*alone)
    except CellError as error:
        return error.code


def shape_of(given):
    grids = [(len(grid), len(grid[0])) for grid in given if isinstance(grid, list) and isinstance(grid[0], list)]
    return np.broadcast_shapes((1, 1), *grids)


def same(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-12, abs=0)
    return (type(one), one) == (type(other), other)


@pytest.mark.parametrize("name", BROADCASTING)
def test_broadcasting_equals_the_loop(name):
    spec = FUNCTIONS[name]
    rng = random.Random(name)  # noqa: S311 - no secret
    answered = 0
    for _ in range(40):
        given = ranges(spec, rng, rng.randrange(1, 4), rng.randrange(1, 4))
        rows, columns = shape_of(given)
        expected = [[one_cell(spec, given, r, k) for k in range(columns)] for r in range(rows)]
        answer = [[spec.in_cell(*given)]] if rows == columns == 1 else spec(*given)
        assert len(answer) == rows
        for row, loop in zip(answer, expected, strict=True):
            assert all(map(same, row, loop)), (given, answer, expected)
            assert len(row) == columns
            answered += sum(not (isinstance(value, str) and value.startswith("#")) for value in row)
    assert answered > 0


def test_arrays_and_lists_give_the_same():
    amounts = np.arange(24.0).reshape(4, 6) * 1e5
    assert FUNCTIONS["PROCEEDS_MIN"](amounts, 1, 2, 3) == FUNCTIONS["PROCEEDS_MIN"](amounts.tolist(), 1, 2, 3)


def test_a_spill_in_several_blocks_is_one():
    """More cells × rows of a series than are worked on at a time."""
    as_of = [[dt.date(1996, 1, 1) + dt.timedelta(days=n) for n in range(2500)]]
    as_of[0][1700] = "#N/A"
    days = [dt.date(1996, 1, 1) + dt.timedelta(days=2 * n) for n in range(1000)]
    spec = FUNCTIONS["DUE_WITHIN"]
    [row] = spec(as_of, days, [1] * len(days))
    for n in [0, 1, 999, 1000, 1699, 1700, 1701, 1990, 2499]:
        assert row[n] == spec.in_cell(as_of[0][n], days, [1] * len(days))
