"""The simulation: the same code as the workbook, the same numbers for the same seed, events counted a second time."""

import datetime as dt
import math

import numpy as np
import pytest

from lender_model import model, refresh
from lender_model.locate import Places
from lender_model.risk import RiskError, executors, paths, simulate
from lender_model.sheets import checks
from lender_model.sheets.risk import EVENTS, FANS, FIGURES, UNCERTAIN

from .conftest import job_of

EXACT = 1e-12


def without_risk(inputs):
    """The case with nothing left to chance: no volatility, every distribution a single figure."""
    plan = {"costs": 0.0, "capex": 0.0, "recovery": inputs["plan.recovery"], "delay": 0.0}
    return inputs | {
        **{f"risk.volatility.{key}": 0.0 for key in ("gold", "silver", "libor")},
        **{f"risk.{key}_{part}": figure for key, figure in plan.items() for part in ("low", "likely", "high")},
    }


# ---- the base case ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "as_of"),
    [("Base", None), ("Drought", None), ("Late completion", dt.date(1997, 9, 30)), ("Drought", dt.date(1998, 3, 31))],
)
def test_a_path_of_the_base_case_is_the_workbook(package, scenario, as_of):
    """Every line of the model that a path has, month by month, against the cached value in its cell."""
    result = refresh.calculate(package, scenario=scenario, as_of=as_of)
    places, task = Places(result.package), job_of(without_risk(result.inputs))
    changes, _ = simulate.changes_of(task, np.random.default_rng(1))
    lines = model.side_by_side(task.values, changes)
    compared = 0
    for key in lines.keys() & model.BOOK.place.keys():
        if model.BOOK.row(key).months is None:
            continue
        for path in (0, simulate.BLOCK - 1):
            line = np.broadcast_to(lines[key], (model.MONTHS, simulate.BLOCK))[:, path]
            for (sheet, reference), figure in zip(places.months_at(key), line, strict=True):
                cached = result.package.cells(sheet)[reference].value
                if isinstance(cached, float) and line.dtype.kind != "M":
                    assert float(figure) == pytest.approx(cached, rel=EXACT, abs=1e-8), (key, reference)
                    compared += 1
    assert compared > 10_000


def test_without_risk_every_path_is_the_base_case(inputs, base):
    results = simulate.run(job_of(without_risk(inputs)), 10)
    assert results.paths == 10
    assert not results.events.any()
    expected = [base["ratio.min_dscr"][0], base["ratio.min_llcr"][0], 1634 / 365.25, base["ratio.irr"][0]]
    assert results.figures == pytest.approx(np.array([expected] * 10).T, rel=EXACT)  # 11-Jul-1996 to 31-Dec-2000


@pytest.mark.parametrize("path", [0, 17, 600, 1023])
def test_a_path_of_a_block_is_what_it_is_alone_and_passes_the_workbooks_checks(task, path):
    """The path's inputs put into the model by themselves, all sheets calculated: no hard check fails."""
    changes, _ = simulate.changes_of(task, np.random.default_rng(5))
    lines = model.side_by_side(task.values, changes)
    own = {key: rows[:, [path]] if rows.ndim == 2 else float(rows[path]) for key, rows in changes.items()}
    alone = model.side_by_side(task.values, own)
    for key in alone.keys() - task.values.keys() - changes.keys():
        if isinstance(alone[key], np.ndarray) and alone[key].dtype.kind == "f":
            column = np.broadcast_to(lines[key], (*alone[key].shape[:-1], simulate.BLOCK))[..., path]
            assert column == pytest.approx(alone[key][..., 0], rel=1e-9, abs=1e-6, nan_ok=True), key
    v = dict(alone)
    for step in model.STEPS_OF_THE_SHEETS:
        v |= step(v)
    assert [key for key, *_ in checks.HARD if v[f"check.{key}@start"] != 1] == []


def test_what_is_past_is_certain(inputs):
    inputs["cover.as_of"] = np.datetime64("1997-11-17")
    task = job_of(inputs)
    changes, _ = simulate.changes_of(task, np.random.default_rng(1))
    lines = model.side_by_side(task.values, changes)
    past = lines["time.end"][:, 0] <= np.datetime64("1997-11-17")
    assert past.sum() == 16
    for key in ("market.gold", "ops.recovered", "ops.cost", "ops.capex"):
        row = np.broadcast_to(lines[key], (model.MONTHS, simulate.BLOCK))
        assert np.ptp(row[past], axis=1) == pytest.approx(0, abs=1e-6), key
        assert np.ptp(row[~past][1]) > 0 or key == "ops.capex", key  # the middle of November is past, too
    assert np.all(changes["scenario.delay"] == 0)  # Completion, of October 1997, is past


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
    assert not same(alone, simulate.run(simulate.Job(task.values, task.market, 2), 9000))


def test_the_first_paths_are_those_of_a_longer_run(task):
    short, long = simulate.run(task, 700), simulate.run(task, 2500)
    assert short.events.tolist() == long.events[:, :700].tolist()
    assert np.array_equal(short.figures, long.figures[:, :700], equal_nan=True)


# ---- events and figures ----------------------------------------------------------------------------------------------


def first(months, happens):
    """The first month, counted from 1, in which something happens; 0 if it never does."""
    return next((t + 1 for t in months if happens(t)), 0)


def by_hand(lines, values, path):
    """First month of each event of a path, and years to repayment, from single figures and the filing's covenants."""

    def at(key, t):
        return float(lines[key][t, path if lines[key].shape[1] > 1 else 0])

    ends = [end.item() for end in lines["time.end"][:, 0]]
    months = range(model.MONTHS)
    owed = [sum(at(key, t) for key in ("loan.closing", "note.closing", "wf.lender_close")) > 0.01 for t in months]
    tests = [t for t in months if ends[t].month % 3 == 0 and ends[t] >= values["plan.balance_date"].item()]
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
    signing = values["facility.effective_date"].item()
    return found, (ends[repaid] - signing).days / 365.25 if repaid < model.MONTHS else math.nan


def test_events_and_life_counted_in_plain_python(task):
    lines = model.side_by_side(task.values, simulate.changes_of(task, np.random.default_rng(3))[0])
    found, lives = simulate._events(lines), simulate.life(lines)
    seen = set()
    for path in range(0, simulate.BLOCK, 25):
        expected, life = by_hand(lines, task.values, path)
        assert {key: int(found[key][path]) for key, _ in EVENTS} == expected
        assert lives[path] == pytest.approx(life, nan_ok=True)
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
        low, likely, high = (task.values[f"risk.{key}_{part}"] for part in ("low", "likely", "high"))
        assert low <= row.min() <= row.max() <= high
        assert row.mean() == pytest.approx((low + likely + high) / 3, abs=0.02 * (high - low))
    assert np.all(drawn[3] == np.rint(drawn[3]))


def test_runs_that_cannot_be(inputs, task):
    with pytest.raises(RiskError, match="at least one is needed"):
        simulate.run(task, 0)
    with pytest.raises(RiskError, match=r"Recovery: 0.9, 0.85 and 0.88 must not fall"):
        job_of(inputs | {"risk.recovery_low": 0.9})
    with pytest.raises(RiskError, match="seed -1 must not be negative"):
        simulate.job(inputs, paths.dynamics(inputs, paths.history(inputs["cover.as_of"])), -1)
