"""Calls of every spreadsheet function with whatever a cell can hold, and with what none should.

    python tests/junk.py --calls 100000 --seed 1

Each call must end, within two seconds and without a warning, in an answer made of cells (finite float, bool, str,
date, or rows of them) or in the one error type with a code and a message of one line. The same seed makes the same
calls.
"""

import argparse
import datetime as dt
import math
import random
import re
import sys
import time
import warnings
from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "addin"))  # runs from a fresh clone

from drawstop.functions import FUNCTIONS, CellError
from drawstop.functions.cells import ERROR_CODES, Choice, Date, Flag, Text

SECONDS = 2.0
CODE = re.compile(r"#[A-Z_/0-9]+[!?]?")


class NoRepr:
    """Cannot be shown."""

    def __repr__(self):
        raise RuntimeError


class NoEquality:
    """Cannot be compared, nor counted as true or false."""

    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError

    def __bool__(self):
        raise RuntimeError


class NoArray:
    """Says that it is an array, and is none."""

    def __array__(self, *_, **__):
        raise RuntimeError


class ManyLines:
    """Shows itself on three lines."""

    def __repr__(self):
        return "one\ntwo\nthree"


CELLS = [
    *(None, "", 0, 0.0, -0.0, " ", "\n", "abc", "12", "1996-07-11", "#abc", "TRUE", "x" * 5000, "€\ud800\x00"),
    *(True, False, np.True_, np.False_),
    *(1, -1, 2, 0.5, -0.5, 1e-320, 5e-324, 1e-9, 1e9, 1e15, 1e100, 1e308, -1e308, 2**31, 2**53 + 1, 2**63, -(2**70)),
    *(10**400, -(10**400), 10**5000, math.nan, math.inf, -math.inf),
    *(Decimal("1.5"), Decimal("1e999999"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), 1j, complex("nan")),
    *(np.float32(1.5), np.float16(7), np.longdouble("1e4000"), np.int8(-1), np.uint64(2**63), np.complex64(1j)),
    *(np.float64("nan"), np.str_("abc"), np.bytes_(b"abc"), b"abc", bytearray(b"a"), np.void(b"ab")),
    *(dt.date(1996, 7, 11), dt.date(1997, 9, 30), dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(1899, 12, 30)),
    *(dt.datetime(1996, 7, 11, 12), dt.datetime.max, dt.time(12)),  # noqa: DTZ001, DTZ901 - as cells give them
    *(dt.datetime(1996, 7, 11, tzinfo=dt.UTC), dt.datetime.min.replace(tzinfo=dt.UTC)),
    *(dt.timedelta(1), pd.Timestamp("1996-07-11"), pd.NaT, pd.NA, pd.Timedelta(1), pd.Period("1996-07")),
    *(np.datetime64("1996-07-11"), np.datetime64("NaT"), np.datetime64("1996"), np.datetime64(10**9, "Y")),
    *(np.datetime64("1996-07-11T12:00:00.123456789"), np.timedelta64(5, "D"), np.timedelta64("NaT")),
    *(35257, 35257.5, 60, 61, 1, 2958465, 2958466, 2958465.999, -1e300, 0.25),
    *({}, {"a": 1}, {1}, frozenset(), object(), NoRepr(), NoEquality(), NoArray(), ManyLines(), len, int, ...),
    *((), [], [[]], [[], []], [[[1]]], [[[[]]]], range(3), iter([1]), NotImplemented, slice(1)),
]
ARRAYS = [
    np.zeros((0,)), np.zeros((0, 3)), np.zeros((3, 0)), np.zeros((2, 2, 2)), np.array(5.0), np.array("abc"),
    np.array([[1.0, np.nan, np.inf]]), np.array([1, 2, 3], dtype=np.int8), np.array([2**63, 1], dtype=np.uint64),
    np.array([True, False]), np.array([1j, 2]), np.array(["a", "#N/A", ""]), np.array([b"a", b"b"]),
    np.array([1.5, 2.5], dtype=np.float16), np.array(["1e4000", "1"], dtype=np.longdouble),
    np.array(["1996-07-11", "NaT", "1997-09-30"], dtype="datetime64[D]"), np.array(["1996", "1997"], "datetime64[Y]"),
    np.array(["1996-07-11T12:00", "NaT"], dtype="datetime64[ns]"), np.array([10**9, 1], dtype="datetime64[Y]"),
    np.array([1, 2], dtype="timedelta64[D]"), np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    np.array([None, "", "#N/A", 1.5, True, dt.date(1996, 7, 11)], dtype=object), np.ma.masked_array([1.0, 2.0], [0, 1]),
    pd.Series([1.0, np.nan]), pd.Series([], dtype=float), pd.to_datetime(["1996-07-11", None]),
    pd.DataFrame([[1, "a"], [None, pd.NaT]]), pd.Index([1, 2]), pd.Categorical(["a", "b"]),
]  # fmt: skip
ODD_GRIDS = [
    [[1, 2], [3]], [[1], [2, 3]], [1, [2]], [[1], 2], [[1, [2]]], [[np.array([1, 2])]], [np.array([1, 2]), [3, 4]],
    [np.array(1.0), np.array(2.0)], [[np.array(1.0)]], (1, 2), ((1,), (2,)), [(1, 2), [3, 4]], [[]] * 3, [None] * 5,
    [[None, ""], ["", None]], [np.zeros((2, 2)), [1, 2]], [[1.0] * 300], [[1.0]] * 300, [[dt.date(1996, 7, 11)] * 40],
]  # fmt: skip
LARGE = [np.zeros((1025, 1024)), np.zeros(2**20 + 1), [[0.0] * 1025] * 1024]


def error_cell(rng):
    return rng.choice(sorted(ERROR_CODES))


def good_cell(kind, rng):
    """A cell that an argument of this kind most often takes."""
    if isinstance(kind, Date):
        day = dt.date(1996, 7, 1) + dt.timedelta(days=rng.randrange(1500))
        return day if rng.random() < 0.7 else (day - dt.date(1899, 12, 30)).days
    if isinstance(kind, Flag):
        return rng.random() < 0.5
    if isinstance(kind, Choice):
        return rng.choice(kind.options)
    if isinstance(kind, Text):
        return rng.choice(["Fees", "Interest", "Principal"])
    numbers = [0.0, 0.05, 0.5, 1.0, 2.0, 3.0, 45.0, 382.7, 1.5e6, 19.5e6, rng.random(), 10 ** rng.uniform(-5, 9)]
    fitting = [number for number in numbers if getattr(kind, "check", bool)(number)]
    return rng.choice(fitting or numbers)


def cell(kind, rng, junk):
    chance = rng.random()
    if chance < junk:
        return rng.choice(CELLS)
    return error_cell(rng) if chance < junk * 1.2 else good_cell(kind, rng)


def grid(kinds, rng, junk):
    """A block of cells, its columns of the given kinds in turn; at times an array, at times on its side."""
    rows, columns = rng.choice([(1, 1), (1, 3), (3, 1), (2, 3), (5, len(kinds)), (12, len(kinds)), (1, 12), (4, 4)])
    block = [[cell(kinds[k % len(kinds)], rng, junk) for k in range(columns)] for _ in range(rows)]
    if rng.random() < 0.1:
        block = [list(line) for line in zip(*block, strict=True)]
    if rng.random() < 0.1:
        try:
            return np.array(block, dtype=rng.choice([object, None, float]))
        except Exception:  # noqa: BLE001 - some of the junk makes no array
            return block
    return block if rng.random() < 0.9 else block[0]


def argument(parameter, rng):
    """Something for one argument: mostly near what it takes, at times far from it."""
    junk = rng.choice([0.0, 0.0, 0.02, 0.3, 1.0])
    chance = rng.random()
    if chance < 0.03:
        return rng.choice(ARRAYS)
    if chance < 0.06:
        return rng.choice(ODD_GRIDS)
    if chance < 0.0603:
        return rng.choice(LARGE)
    kinds = [kind for _, kind in parameter.arg.columns] or [parameter.arg.kind]
    if parameter.arg.role in ("series", "table") and rng.random() < 0.8:
        rows = [[cell(kind, rng, junk) for kind in kinds] for _ in range(rng.choice([6, 6, 6, 6, 1, 0, 40]))]
        return rows if len(kinds) > 1 or rng.random() < 0.3 else [one for [one] in rows]
    if rng.random() < 0.3:
        return grid(kinds, rng, junk)
    return None if parameter.optional and rng.random() < 0.5 else cell(parameter.arg.kind, rng, junk)


def call(rng):
    """A function and arguments for it."""
    name = rng.choice(sorted(FUNCTIONS))
    spec = FUNCTIONS[name]
    if spec.variadic:
        other, arguments = call(rng)
        return name, [rng.choice([other, other, other, *CELLS]), *arguments]
    required = sum(not p.optional for p in spec.parameters)
    given = rng.randint(required, len(spec.parameters))
    return name, [argument(p, rng) for p in spec.parameters[:given]]


def is_cell(value):
    if isinstance(value, float):
        return type(value) is float and math.isfinite(value)
    return type(value) in (bool, str, dt.date)


def is_answer(value):
    """Whether a value is a cell, or rows of cells of one length."""
    if not isinstance(value, list):
        return is_cell(value)
    lengths = {len(row) if isinstance(row, list) else 0 for row in value}
    return len(lengths) == 1 and lengths != {0} and all(is_cell(one) for row in value for one in row)


def outcome(name, arguments):
    """What a call ends in: "answer", an error code, or what is wrong with its end."""
    try:
        answer = FUNCTIONS[name](*arguments)
    except CellError as error:
        if CODE.fullmatch(error.code) and error.message and "\n" not in error.message and len(error.message) < 300:
            return error.code
        return f"an error without code or with a bad message: {error.code!r} {error.message!r}"
    except Exception as error:  # noqa: BLE001 - what must never happen is what is looked for
        return f"raised {type(error).__name__}: {error}"
    return "answer" if is_answer(answer) else f"answered with {type(answer).__name__} that is not a cell"


def run(calls, seed):
    """Make the calls; the count of each outcome, the failures, and the slowest call.

    A failure is the call's number, its function and what it ended in.
    """
    rng = random.Random(seed)  # noqa: S311 - no secret
    counts, failures, slowest = Counter(), [], (0.0, "")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(calls):
            name, arguments = call(rng)
            start = time.perf_counter()
            end = outcome(name, arguments)
            slowest = max(slowest, (time.perf_counter() - start, f"{name}, call {number}"))
            counts[end] += 1
            if end != "answer" and not CODE.fullmatch(end):
                failures.append((number, name, end))
    return counts, failures, slowest


def main():
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    counts, failures, (seconds, slowest) = run(given.calls, given.seed)
    lines = [f"{count:8,}  {end}" for end, count in counts.most_common(20)]
    lines += [f"slowest: {seconds:.2f} s ({slowest})"]
    lines += [f"FAILED: call {number}, {name}: {end}" for number, name, end in failures[:20]]
    sys.stdout.write("\n".join([*lines, ""]))
    return 1 if failures or seconds > SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
