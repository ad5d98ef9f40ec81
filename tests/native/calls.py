"""Each function as a LAMBDA, calculated by IronCalc, beside the same function in Python.

    python tests/native/calls.py --calls 10000 --seed 1

Arguments are cells of a sheet: numbers, dates, texts, flags, blanks and errors, ranges that broadcast, series and
tables. Both must give the same cells: numbers to a relative 1e-9, texts and flags alike, and the same error. The same
seed makes the same calls.
"""

import argparse
import datetime as dt
import math
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import ironcalc
import xlsxwriter

sys.path.insert(0, str(Path(__file__).parents[2] / "addin"))  # runs from a fresh clone

from drawstop.functions import FUNCTIONS
from drawstop.functions.cells import Choice, Date, Flag, Text, is_error
from drawstop.functions.native import FORMULAS, definitions, in_file

EPOCH = dt.date(1899, 12, 30)
FIRST = dt.date(1996, 7, 1)
NUMBERS = [0.0, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 7.0, 30.0, 381.25, 1e4, 1e6, 3.3e6, 19.5e6]
JUNK = [
    "#N/A",
    "1997-03-31",
    "1997-02-30",
    "#DIV/0!",
    "abc",
    None,
    None,
    True,
    False,
    -1.0,
    -0.5,
    1.5,
    60,
    "12",
    5e6,
    dt.date(1996, 9, 30),
]
TOLERANCE = 1e-9
_BATCH = 2500
_ARGUMENTS = 20  # the column from which the arguments stand; answers stand before it


# ---- calls ---------------------------------------------------------------------------------------------------------


def good_cell(kind, rng):
    """A cell that the kind allows."""
    match kind:
        case Date():
            day = FIRST + dt.timedelta(days=rng.choice([rng.randrange(1300), 91, 183, 273, 365 * rng.randrange(4)]))
            return rng.choice([day, float((day - EPOCH).days), (day - EPOCH).days + 0.75])
        case Flag():
            return rng.choice([True, False, 1, 0])
        case Choice():
            texts = [str.lower, str.upper, lambda text: f" {text} "]
            named = rng.choice(texts)(rng.choice([*kind.options, *kind.aliases]))
            return rng.choice([named, *range(kind.codes), *([2.5] if kind.codes else [])])
        case Text():
            return rng.choice(["Interest", "Principal", "Royalty", "Fees"])
    numbers = [number for number in NUMBERS if kind.check(number)] or [kind.low]
    return rng.choice([*numbers, rng.uniform(0.01, 0.2)]) if kind.check(0.1) and not kind.whole else rng.choice(numbers)


def cell(parameter, rng, junk):
    if rng.random() < junk:
        return _unlike(parameter.arg.kind, rng)
    return None if parameter.optional and rng.random() < 0.4 else good_cell(parameter.arg.kind, rng)


def _unlike(kind, rng):
    """What the kind may not allow; in Excel a date is a number like any other."""
    odd = rng.choice(JUNK)
    if isinstance(kind, Date):  # before 1-Mar-1900 Excel counts a day that never was, and so does the LAMBDA
        return odd + 36_000 if type(odd) is float and odd > 0 else odd
    return serial(odd)


def days(rng, count, step):
    """Dates in order, some of them next to one another."""
    day, out = FIRST + dt.timedelta(days=rng.randrange(60)), []
    for _ in range(count):
        out.append(day)
        day += dt.timedelta(days=1 if rng.random() < 0.75 else rng.randrange(1, step))
    return out


def lying(line, rng):
    """A series as a row or as a column."""
    return [line] if rng.random() < 0.5 else [[value] for value in line]


def group(spec, rng, junk):
    """The series of a call, side by side."""
    count = rng.choice([1, 2, 3, 5, 8, 12])
    step = 3 if rng.random() < 0.5 else 200
    dates = days(rng, count, step)
    if rng.random() < 0.4:
        rng.shuffle(dates)
    out = {}
    for i, p in enumerate(spec.parameters):
        if p.arg.role == "series" and not (p.optional and rng.random() < 0.5):
            out[i] = (
                dates.copy() if isinstance(p.arg.kind, Date) else [good_cell(p.arg.kind, rng) for _ in range(count)]
            )
            if p.arg.skip_blank:
                out[i] = [None if rng.random() < 0.2 else value for value in out[i]]
        elif p.arg.many and rng.random() < 0.4:
            out[i] = [rng.random() < 0.3 for _ in range(count)]
    for values in out.values():
        _spoil(values, rng, junk)
    if rng.random() < 0.2:
        k = rng.randrange(count)
        for values in out.values():
            values[k] = None
    return {i: lying(values, rng) for i, values in out.items()}


def _spoil(values, rng, junk):
    if rng.random() < junk:
        values[rng.randrange(len(values))] = serial(_unlike(Date(), rng))
    if rng.random() < junk / 4:
        values.append(None)


def table(p, rng, junk):
    if p.optional and rng.random() < 0.4:
        return None
    count = rng.randrange(1, 6)
    dates = days(rng, count, 200)
    rows = [
        [dates[k] if isinstance(kind, Date) else good_cell(kind, rng) for _, kind in p.arg.columns]
        for k in range(count)
    ]
    if rng.random() < 0.3:
        rng.shuffle(rows)
    if rng.random() < 0.2:
        rows.insert(rng.randrange(count), [None] * len(p.arg.columns))
    if rng.random() < junk:
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = serial(_unlike(Date(), rng))
    return rows


def arguments(name, rng):
    """The arguments of a random call."""
    spec, junk = FUNCTIONS[name], rng.choice([0.0, 0.05, 0.25])
    rows, columns = rng.choice([(1, 1), (1, 1), (1, 3), (3, 1), (2, 3)])
    series = group(spec, rng, junk)
    given = []
    for i, p in enumerate(spec.parameters):
        if i in series:
            given.append(series[i])
        elif p.arg.role == "table":
            given.append(table(p, rng, junk))
        elif p.arg.role != "cell" or p.arg.many or spec.spills or not p.arg.kind.broadcasts:
            given.append(None if p.arg.role != "cell" else cell(p, rng, junk))
        else:
            shape = rng.choice([(1, 1), (1, columns), (rows, 1), (rows, columns)])
            grid = [[cell(p, rng, junk) for _ in range(shape[1])] for _ in range(shape[0])]
            given.append(grid if rng.random() < 0.8 or shape != (1, 1) else grid[0][0])
    given = SHAPED.get(name, lambda given, _rng: given)(given, rng)
    while given and given[-1] is None and spec.parameters[len(given) - 1].optional and rng.random() < 0.7:
        given.pop()
    return given


def _loan_schedule(given, rng):
    """Drawings, then instalments that repay no more than that, LIBOR from before; rarely something amiss."""
    start = FIRST + dt.timedelta(days=rng.randrange(100))
    draw = sorted(rng.sample(range(300), rng.randrange(1, 4)))
    advances = [[start + dt.timedelta(days=n), rng.choice([1e6, 2.5e6, 4e6])] for n in draw]
    total = sum(amount for _, amount in advances) * rng.choice([1, 1, 0.5, 1.2])
    pay = sorted(rng.sample(range(310, 1500), rng.randrange(1, 5)))
    instalments = [[start + dt.timedelta(days=n), total / len(pay)] for n in pay]
    fixed = [-rng.randrange(10), *sorted(rng.sample(range(1, 900), rng.randrange(4)))]
    libor = [[start + dt.timedelta(days=n), rng.uniform(0.03, 0.08)] for n in fixed]
    if rng.random() < 0.3:
        for rows in (advances, instalments, libor):
            rng.shuffle(rows)
    return [advances, instalments, libor, rng.choice([start, start + dt.timedelta(days=5)]), *given[4:]]


def _forced(given, rng):
    dates = given[0]
    flat = [value for row in dates for value in row]
    closes = [rng.choice([4.5, 4.75, 4.8, 5.0, 5.0, 5.5, None]) for _ in flat]
    given[1] = closes if len(dates) == 1 else [[value] for value in closes]
    if rng.random() < 0.7:
        given[2] = rng.choice([None, 4.75, [[4.6, 4.9]]])
    if len(given) > 3 and rng.random() < 0.8:
        given[3] = rng.choice([1, 2, 3, [[1], [2]]])
    return given


def _production(given, rng):
    dates = given[0]
    flat = [value for row in dates for value in row]
    delivered = [rng.choice([60.0, 69.0, 70.0, 75.0, 100.0, None]) for _ in flat]
    given[1] = delivered if len(dates) == 1 else [[value] for value in delivered]
    given[2:5] = [rng.choice([100, [[100], [105]]]), rng.choice([1, 2, 3, [[2, 4]]]), rng.choice([None, 0.7, 0.65])]
    return given


def _instalments(given, rng):
    method = rng.choice([None, "equal", "level", "custom"])
    given[2] = method if rng.random() < 0.9 else given[2]
    if method == "level" and rng.random() < 0.8:
        given[3], given[4] = FIRST - dt.timedelta(days=rng.randrange(1, 200)), rng.uniform(0.01, 0.15)
    if method == "custom" and rng.random() < 0.8:
        count = sum(len(row) for row in given[1])
        weights = [rng.random() for _ in range(count)]
        given[5] = [[weight / sum(weights)] for weight in weights]
    return given


def _instalment_dates(given, rng):
    if rng.random() < 0.7:
        return [rng.choice([None, dt.date(1997, 9, 30), dt.date(1997, 12, 31)]), rng.choice([None, 1, 5, 13]),
                rng.choice([None, [[9, 12]], [[12], [9], [3]], [[12, 9, 12]]])]  # fmt: skip
    return given


def _net_returns(_given, rng):
    shape = rng.choice([(1, 1), (1, 3), (3, 1)])
    gross = [[rng.choice([1e3, 2e3, None]) for _ in range(shape[1])] for _ in range(shape[0])]
    block = rng.choice([(2, 3), (3, 2), shape, (1, 1)])
    values = [[rng.choice([10.0, 20.0, None, 30.0, *(["abc", "#N/A"] if rng.random() < 0.1 else [])])
               for _ in range(block[1])] for _ in range(block[0])]  # fmt: skip
    return [gross, values]


def _maturity_to_come(position):
    """A maturity before the as-of date is a fault of its own, with a test of its own."""

    def shaped(given, rng):
        given[position] = dt.date(2001, 1, 1) + dt.timedelta(days=rng.randrange(300))
        return given

    return shaped


def _some_equity(position):
    """Tangible equity above zero: at or below it, headroom has tests of its own."""

    def shaped(given, rng):
        given[position] = [[rng.choice([1e6, 19.5e6, 25e6])]]
        return given

    return shaped


def _tranche(given, rng):
    """Drawings, repayments the last of which is all that is owed, rates from before; rarely something amiss."""
    start = FIRST + dt.timedelta(days=rng.randrange(100))

    def on(days, values):
        return [[start + dt.timedelta(days=n), value] for n, value in zip(sorted(days), values, strict=True)]

    draw = rng.sample(range(200), rng.randrange(1, 4))
    pay = sorted(rng.sample(range(201, 1500), rng.randrange(1, 5)))
    advances = on(draw, [rng.choice([1e6, 2.5e6]) for _ in draw])
    last = rng.choice(["balance", "balance", " Balance ", 1e6])
    repayments = on(pay, [*[rng.choice([1e4, 2e5]) for _ in pay[1:]], last])
    resets = sorted(rng.sample(range(1400), rng.randrange(3)))
    rates = on([-3, *resets], [rng.uniform(-0.005, 0.08) for _ in range(len(resets) + 1)])
    dues = [[start + dt.timedelta(days=n)] for n in sorted({*rng.sample(range(1500), 4), pay[-1]})]
    margins = rng.choice([None, on(sorted(rng.sample(range(900), 2)), [0.02, 0.03])])
    if rng.random() < 0.3:
        for rows in (advances, rates, dues):
            rng.shuffle(rows)
    until = rng.choice([None, start + dt.timedelta(days=500)])
    return [advances, repayments, rates, dues, margins, rng.choice([None, 0.01]), until, *given[7:]]


def _sculpted(given, rng):
    """Dates to come, and a cover above zero; the rate and the cover as one or beside the dates."""
    given[0] = FIRST - dt.timedelta(days=rng.randrange(1, 200))
    flat = [value for row in given[1] for value in row]
    if rng.random() < 0.8:
        given[3] = rng.choice([0.08, [[rng.uniform(0.01, 0.1)] for _ in flat]])
        given[4] = rng.choice([1.3, [[rng.choice([1.2, 1.5, 2.0])] for _ in flat]])
    return given


def _compounded(given, rng):
    """Fixings on weekdays, now and then none; a period about them."""
    count = rng.randrange(8, 30)
    weekdays = [day for day in (FIRST + dt.timedelta(days=n) for n in range(2 * count)) if day.weekday() < 5][:count]
    fixings = [rng.uniform(0.03, 0.06) if rng.random() < 0.98 else None for _ in weekdays]
    start = rng.randrange(count)
    ends = [[FIRST + dt.timedelta(days=start + n)] for n in (rng.randrange(1, 12), rng.randrange(1, 12))]
    lying_as = (lambda line: [line]) if rng.random() < 0.5 else (lambda line: [[value] for value in line])
    some = [rng.choice([None, 0, 1, 2, 5]), rng.choice([None, True, False]), rng.choice([None, 0.045, [[0.0, 0.05]]])]
    return [lying_as(weekdays), lying_as(fixings), FIRST + dt.timedelta(days=start), ends, *some, *given[7:]]


def _waterfall(given, rng):
    """Claims with ranks, without, or with some."""
    ranks = rng.choice([[], [1, 1, 2], [2, 1, 1], [1, None, 2]])
    claims = [["Interest", 60.0], ["Principal", rng.choice([70.0, 0.0])], ["Fees", 30.0]]
    if ranks:
        claims = [[*row, rank] for row, rank in zip(claims, ranks, strict=True)]
    return [rng.choice([0.0, -5.0, 50.0, 100.0, 160.0, 500.0]), claims] if rng.random() < 0.7 else given


def _stream(given, rng):
    """Tiers that rise."""
    tiers = rng.choice([[[5e3, 0.5], [None, 0.25]], [[5e3, 0.5], [9e3, 0.0], [2e4, 0.1]], [[None, 0.3]]])
    before, produced = [[rng.choice([0.0, 4e3, 8e3])]], [[rng.choice([0.0, 1e3, 1e4, 3e4])]]
    return [produced, before, tiers] if rng.random() < 0.7 else given


def _payment_dates(given, rng):
    first = dt.date(2024, rng.randrange(1, 13), rng.choice([1, 15, 28]))
    first = rng.choice([first, first + dt.timedelta(days=3)])
    holidays = [[first + dt.timedelta(days=n)] for n in rng.sample(range(400), 12)]
    return [first, first + dt.timedelta(days=rng.randrange(900)), rng.choice([1, 3, 6]), *given[3:4],
            *([rng.choice([None, holidays])] if len(given) > 3 else [])]  # fmt: skip


SHAPED = {
    "TRANCHE_SCHEDULE": _tranche,
    "SCULPTED_DEBT": _sculpted,
    "RATE_COMPOUNDED": _compounded,
    "CASH_WATERFALL": _waterfall,
    "STREAM_OUNCES": _stream,
    "PAYMENT_DATES": _payment_dates,
    "LOAN_SCHEDULE": _loan_schedule,
    "FORCED_CONVERSION": _forced,
    "FORCED_CONVERSION_RUN": _forced,
    "COMMERCIAL_PRODUCTION": _production,
    "INSTALMENTS": _instalments,
    "INSTALMENT_DATES": _instalment_dates,
    "NET_RETURNS": _net_returns,
    "LLCR": _maturity_to_come(5),
    "HEADROOM_LIABILITIES": _some_equity(1),
    "COVENANT_REPORT": lambda given, rng: _some_equity(2)([*given[:3], rng.choice([0.0, 5e5]), *given[4:]], rng),
}


# ---- answers -------------------------------------------------------------------------------------------------------


def workbook(folder):
    """A workbook with a LAMBDA for each function, as a file holds it."""
    path = Path(folder, "functions.xlsx")
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Calls")
        for definition in definitions(FORMULAS):
            book.define_name(definition.name, f"={in_file(definition.text)}")
    return path


def answers(path, calls):
    """What each call gives, with the shape that its answer has: rows of cells."""
    out = []
    for start in range(0, len(calls), _BATCH):
        out += _batch(path, calls[start : start + _BATCH])
    return out


def _batch(path, calls):
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    row, places = 1, []
    for name, given, shape in calls:
        column, height, texts = _ARGUMENTS, shape[0], []
        for value in given:
            grid = value if isinstance(value, list) else [[value]]
            grid = grid if isinstance(grid[0], list) else [grid]
            if value is None and FUNCTIONS[name].parameters[len(texts)].optional:
                texts.append("")
                continue
            for r, cells in enumerate(grid):
                for k, content in enumerate(cells):
                    _put(model, row + r, column + k, content)
            corners = [(row, column), (row + len(grid) - 1, column + len(grid[0]) - 1)]
            texts.append(":".join(f"{ironcalc.column_name_from_number(c)}{r}" for r, c in dict.fromkeys(corners)))
            column, height = column + len(grid[0]) + 1, max(height, len(grid))
        model.set_user_input(0, row, 1, f"={name}({','.join(texts)})")
        places.append((row, shape))
        row += height + 1
    model.evaluate()
    return [[[_got(model, row + r, 1 + k) for k in range(shape[1])] for r in range(shape[0])] for row, shape in places]


def _put(model, row, column, content):
    match content:
        case None:
            pass
        case bool():
            model.update_cell_with_bool(0, row, column, content)
        case str() if is_error(content):
            model.set_user_input(0, row, column, f"={content}")
        case str():
            model.update_cell_with_text(0, row, column, content)
        case _:
            model.update_cell_with_number(0, row, column, float(serial(content)))


def _got(model, row, column):
    return model.get_cell_value(0, row, column)


def serial(value):
    return (value - EPOCH).days if isinstance(value, dt.date) else value


def rows_of(answer):
    """An answer as rows of cells, dates as their serial numbers."""
    rows = answer if isinstance(answer, list) else [[answer]]
    return [[serial(value) for value in row] for row in rows]


def same(ours, theirs):
    """Whether two cells hold the same."""
    if isinstance(ours, bool) or isinstance(theirs, bool) or isinstance(ours, str):
        return type(ours) is type(theirs) and ours == theirs
    if not isinstance(theirs, float | int):
        return False
    return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=1e-6 * TOLERANCE)


def differing(calls):
    """The calls, as (name, arguments), whose LAMBDA gives something else than the function in Python."""
    wanted = [rows_of(FUNCTIONS[name].in_cell(*given)) for name, given in calls]
    shapes = [(len(rows), len(rows[0])) for rows in wanted]
    shaped = [(name, given, shape) for (name, given), shape in zip(calls, shapes, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        found = answers(workbook(folder), shaped)
    return [
        (name, given, ours, theirs)
        for (name, given), ours, theirs in zip(calls, wanted, found, strict=True)
        if not all(same(a, b) for mine, his in zip(ours, theirs, strict=True) for a, b in zip(mine, his, strict=True))
    ]


def random_calls(count, seed):
    """A number of calls, of each function in turn."""
    rng = random.Random(seed)  # noqa: S311 - the same seed makes the same calls
    names = list(FORMULAS)
    return [(name, arguments(name, rng)) for name in (names[k % len(names)] for k in range(count))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only")
    options = parser.parse_args()
    began = time.perf_counter()
    calls = random_calls(options.calls, options.seed)
    calls = [call for call in calls if options.only in {None, call[0]}]
    wrong = differing(calls)
    lines = []
    for name, given, ours, theirs in wrong[:20]:
        lines += [f"{name}{given}", f"  Python {ours}", f"  LAMBDA {theirs}"]
    answers = Counter("error" if is_error(FUNCTIONS[name].in_cell(*given)) else "figures" for name, given in calls)
    lines.append(f"{len(calls):,} calls ({dict(answers)}), {len(wrong)} differ; {time.perf_counter() - began:.0f} s")
    lines += [f"  {name}: {count}" for name, count in Counter(name for name, *_ in wrong).most_common()]
    sys.stdout.write("\n".join([*lines, ""]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
