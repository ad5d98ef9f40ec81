"""The simulation: the same code as the workbook, the same numbers for the same seed, events counted a second time."""

import dataclasses
import datetime as dt
import math
import sys

import numpy as np
import pytest

from lender_model import model, refresh
from lender_model.books.locate import Places
from lender_model.calculator import Figures
from lender_model.formulas.arrays import Arrays
from lender_model.formulas.compile import ready
from lender_model.formulas.reading import Workbook
from lender_model.risk import RiskError, executors, simulate
from lender_model.risk.base import Case
from lender_model.sheets import checks, scenarios
from lender_model.sheets.risk import EVENTS, FANS, FIGURES, UNCERTAIN

from .conftest import dynamics_of, job_of

EXACT = 1e-12


def without_risk(inputs):
    """The case with nothing left to chance: no volatility, every distribution a single figure."""
    plan = {"costs": 0.0, "capex": 0.0, "recovery": inputs["plan.recovery"], "delay": 0.0}
    return inputs | {
        **{f"risk.volatility.{key}": 0.0 for key in ("gold", "silver", "libor")},
        **{f"risk.{key}_{part}": figure for key, figure in plan.items() for part in ("low", "likely", "high")},
    }


SHEETS = (
    "Timeline",
    "Plan",
    "Operations",
    "Funding",
    "Loan",
    "Proceeds",
    "Waterfall",
    "Balance",
    "Covenants",
    "Ratios",
)
LINES = [row.key for sheet in model.SHEETS if sheet.name in SHEETS for row in sheet.rows if row.months]
PRICES = ("market.gold", "market.silver", "market.libor")


def lines_of(case, changes):
    """Lines by key, months × paths."""
    with np.errstate(all="ignore"):
        found = ready(program := case.program(simulate.INPUTS, [*LINES, *PRICES]))(case.given(changes))
    return dict(zip([*LINES, *PRICES], (found[out] for out in program.outputs), strict=True))


# ---- the base case ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "as_of"), [("Base", None), ("Drought", None), ("Late completion", dt.date(1997, 9, 30))]
)
def test_a_path_of_the_base_case_is_the_workbook(package, scenario, as_of):
    """Every line of the model's sheets month by month against the cached value in its cell."""
    result = refresh.calculate(package, scenario=scenario, as_of=as_of)
    inputs, places = without_risk(result.inputs), result.places
    result.figures.put({key: inputs[key] for key in inputs if key.startswith("risk.") and inputs[key] is not None})
    with Case(result.figures) as case:
        task = simulate.job(case, dynamics_of(inputs), 1)
        lines = lines_of(case, simulate.changes_of(task, np.random.default_rng(1))[0])
    compared = 0
    for key, line in lines.items():
        for (sheet, reference), figures in zip(places.months_at(key), line, strict=True):
            cached = result.package.cells(sheet)[reference].value
            if isinstance(cached, float):
                assert figures[[0, -1]].tolist() == pytest.approx([cached] * 2, rel=1e-9, abs=1e-6), (key, reference)
                compared += 1
            else:
                assert np.isnan(figures).all(), (key, reference)
    assert compared > 15_000


def test_without_risk_every_path_is_the_base_case(inputs, base):
    results = simulate.run(job_of(without_risk(inputs)), 10)
    assert results.paths == 10
    assert not results.events.any()
    expected = [float(np.ravel(base[key])[0]) for key in ("ratio.min_dscr", "ratio.min_llcr", "ratio.irr")]
    expected.insert(2, 1634 / 365.25)  # 11-Jul-1996 to 31-Dec-2000
    assert results.figures == pytest.approx(np.array([expected] * 10).T, rel=EXACT)


def typed_in(package, case, changes, path):
    """The workbook with a path's prices typed over their formulas, and its other inputs in their cells."""
    plain = package.frozen(lambda text: text.endswith(PRICE_FORMULAS))
    workbook, places = Workbook(plain), Places(plain)
    figures = Figures(model.BOOK, workbook.calculation, places.spots())
    lines = lines_of(case, changes)
    for key in PRICES:
        for at, price in zip(figures.cells(key), lines[key][:, path].tolist(), strict=True):
            workbook.calculation[at] = price
    once = {key for key in simulate.INPUTS if key.startswith("scenario.")} - {"scenario.gold", "scenario.libor"}
    own = {key: np.full(len(scenarios.NAMES), changes[key][path]) for key in once}
    figures.put({f"{key}@across": x for key, x in own.items()} | {"plan.recovery": changes["plan.recovery"][path]})
    july = {
        "actual.ore": "ops.ore",
        "actual.ounces": "ops.recovered",
        "actual.cost": "ops.cost",
        "actual.capex": "ops.capex",
    }
    for key, used in july.items():  # the as-of month is past, as the base case has it
        workbook.calculation[figures.cells(key)[0]] = float(case.months(used)[0])
    workbook.calculation.run()
    return figures, lines


PRICE_FORMULAS = (
    "market_gold_ahead+scenario_gold)",
    "market_silver_ahead)",
    "market_libor_ahead+scenario_libor)",
)


@pytest.mark.parametrize("path", [17, 1023])
def test_a_path_typed_into_the_workbook_gives_the_paths_figures(inputs, package, path):
    """Every line, calculated without the compiler; and no hard check of the workbook fails."""
    case = Case.of(inputs)
    task = simulate.job(case, dynamics_of(inputs), 5)
    changes, _ = simulate.changes_of(task, np.random.default_rng(5))
    figures, lines = typed_in(package, case, changes, path)
    for key in LINES:
        known = [np.nan if isinstance(x, str) else float(x) for x in months_of(figures, key)]
        assert lines[key][:, path] == pytest.approx(np.array(known), rel=1e-9, abs=1e-6, nan_ok=True), key
    values = figures.values([f"check.{key}@start" for key, *_ in checks.HARD])
    assert {key: value for key, value in values.items() if value != 1} == {}


def months_of(figures, key):
    return [figures.calculation[cell] for cell in figures.cells(key)]


def test_both_ways_of_running_give_the_same_numbers(task):
    machine, arrays = pytest.importorskip("lender_model.formulas.machine").Machine, Arrays
    one, other = (simulate.block(task, 3, run(task.program)) for run in (machine, arrays))
    assert np.array_equal(one.events, other.events)
    for name in ("figures", "fans", "drawn"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9, abs=1e-6, nan_ok=True), name


def test_without_the_extra_numpy_runs_the_paths(task, monkeypatch):
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.delitem(sys.modules, "lender_model.formulas.machine", raising=False)
    assert isinstance(ready(task.program), Arrays)


def test_what_is_past_is_certain(inputs):
    inputs |= {"cover.as_of": np.datetime64("1997-11-17"), "actual.completion": np.datetime64("1997-10-31")}
    case = Case.of(inputs)
    task = simulate.job(case, dynamics_of(inputs), 1)
    changes, _ = simulate.changes_of(task, np.random.default_rng(1))
    lines = lines_of(case, changes)
    past = task.ends <= np.datetime64("1997-11-17")
    assert past.sum() == 16
    for key in ("market.gold", "ops.recovered", "ops.cost", "ops.capex"):
        assert np.ptp(lines[key][past], axis=1) == pytest.approx(0, abs=1e-6), key
        assert np.ptp(lines[key][~past][1]) > 0 or key == "ops.capex", key  # the middle of November is past, too
    assert np.all(changes["scenario.delay"] == 0)  # Completion was reported


# ---- the same numbers ------------------------------------------------------------------------------------------------


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name != "events")
        for name in ("events", "figures", "drawn", "fans")
    )


def test_same_seed_same_numbers_whoever_calculates(task):
    alone = simulate.run(task, 9000)
    seen = []
    with executors.processes(2) as pool:
        together = simulate.run(task, 9000, pool, seen.append)
    assert same(alone, together)
    assert sum(seen) >= 9000
    assert not same(alone, simulate.run(dataclasses.replace(task, seed=2), 9000))


def test_the_first_paths_are_those_of_a_longer_run(task):
    short, long = simulate.run(task, 700), simulate.run(task, 2500)
    assert short.events.tolist() == long.events[:, :700].tolist()
    assert np.array_equal(short.figures, long.figures[:, :700], equal_nan=True)


# ---- events and figures ----------------------------------------------------------------------------------------------


def first(months, happens):
    """The first month, counted from 1, in which something happens; 0 if it never does."""
    return next((t + 1 for t in months if happens(t)), 0)


def by_hand(lines, ends, inputs, path):
    """First month of each event of a path, and years to repayment, from single figures and the filing's covenants."""

    def at(key, t):
        return float(lines[key][t, path])

    months = range(model.MONTHS)
    owed = [sum(at(key, t) for key in ("loan.closing", "note.closing", "wf.lender_close")) > 0.01 for t in months]
    tests = [t for t in months if ends[t].month % 3 == 0 and ends[t] >= inputs["plan.balance_date"].item()]
    tests = [t for t in tests if owed[t - 1]]  # so long the filing's covenants last
    found = {
        "ratio": first(tests, lambda t: at("bal.current_assets", t) < 2.0 * at("bal.current_liabilities", t)),
        "equity": first(tests, lambda t: at("bal.equity", t) < 17_500_000),
        "liabilities": first(tests, lambda t: at("bal.liabilities", t) > 1.75 * at("bal.equity", t)),
    }
    found["covenant"] = min((month for month in found.values() if month), default=0)
    found["short"] = first(months, lambda t: at("proceeds.minimum", t) - at("proceeds.closing", t) > 0.01)
    found["default"] = first(months, lambda t: at("wf.lender_close", t) > 0.01)
    repaid = 1 + max(t for t in months if at("loan.closing", t) + at("wf.lender_close", t) > 0.01)
    signing = inputs["facility.effective_date"].item()
    return found, (ends[repaid] - signing).days / 365.25 if repaid < model.MONTHS else math.nan


def test_events_and_life_counted_in_plain_python(inputs):
    inputs["cover.scenario"] = "Tight funding"  # in which each event happens on some path
    case = Case.of(inputs)
    task = simulate.job(case, dynamics_of(inputs), 1)
    block = simulate.block(task, 3, ready(task.program))
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(1, spawn_key=(3,))))
    lines = lines_of(case, simulate.changes_of(task, rng)[0])
    ends, seen = [end.item() for end in task.ends], set()
    for path in range(0, simulate.BLOCK, 25):
        expected, life = by_hand(lines, ends, inputs, path)
        assert dict(zip([key for key, _ in EVENTS], block.events[:, path].tolist(), strict=True)) == expected
        assert block.figures[2, path] == pytest.approx(life, nan_ok=True)
        seen |= {key for key, month in expected.items() if month}
    assert seen == {key for key, _ in EVENTS}


def test_how_often_by_month(task):
    results = simulate.run(task, 2000)
    happened = results.happened()
    assert happened.shape == (len(EVENTS), model.MONTHS)
    for row, first in zip(happened, results.events, strict=True):
        for month in (3, 12, 90):
            assert row[month - 1] == sum(1 for x in first.tolist() if 0 < x <= month) / 2000
    assert results.figures.shape[0] == len(FIGURES)
    assert results.fans.shape[:2] == (len(FANS), model.MONTHS)


@pytest.mark.parametrize("corners", [(-0.1, 0.0, 0.25), (0.0, 0.0, 12.0), (0.5, 0.8, 0.8), (3.0, 3.0, 3.0)])
def test_triangular_distribution(corners):
    """Its mean is (a + b + c) / 3 and its variance (a² + b² + c² − ab − ac − bc) / 18."""
    a, b, c = corners
    uniform = (np.arange(200_000) + 0.5) / 200_000
    drawn = simulate._triangular(uniform, a, b, c)
    assert np.all(np.diff(drawn) >= 0)
    assert a <= drawn[0] <= drawn[-1] <= c
    assert drawn.mean() == pytest.approx((a + b + c) / 3, rel=1e-6)
    assert drawn.var() == pytest.approx((a * a + b * b + c * c - a * b - a * c - b * c) / 18, rel=1e-4, abs=1e-12)


def test_what_was_drawn_keeps_to_its_distributions(task):
    drawn = simulate.run(task, 5000).drawn
    for (key, *_), row in zip(UNCERTAIN, drawn, strict=True):
        low, likely, high = (task.base[f"risk.{key}_{part}"] for part in ("low", "likely", "high"))
        assert low <= row.min() <= row.max() <= high
        assert row.mean() == pytest.approx((low + likely + high) / 3, abs=0.02 * (high - low))
    assert np.all(drawn[3] == np.rint(drawn[3]))


def test_runs_that_cannot_be(inputs, task):
    with pytest.raises(RiskError, match="at least one is needed"):
        simulate.run(task, 0)
    with pytest.raises(RiskError, match=r"Recovery: 0.9, 0.85 and 0.88 must not fall"):
        job_of(inputs | {"risk.recovery_low": 0.9})
    with pytest.raises(RiskError, match="seed -1 must not be negative"):
        job_of(inputs, seed=-1)
