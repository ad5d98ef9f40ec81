"""Exchange rates along paths: a lognormal walk of their own, and what the workbook gives for each rate drawn."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from drawstop.deal import DealError
from lender_model.calculator import calculate
from lender_model.compose import paths
from lender_model.compose.model import compose, read
from lender_model.compose.refresh import calculate as refreshed
from lender_model.compose.writer import build
from lender_model.formulas.arrays import Arrays
from lender_model.kinds import OfFolder
from lender_model.risk import simulate
from lender_model.risk.sensitivity import tornado
from lender_model.xlsx.package import Package

FOLDER = Path(__file__).parents[1] / "data" / "rich_deal"
VOLATILITY, SCENARIO = 0.25, 0.1
PAST = 8
"""Months up to the as-of date of 31 August 2024, of 24."""


class Rich:
    """The rich deal's workbook in its scenario of dearer Canadian dollars, whose prices and base rates do not move."""

    def __init__(self):
        self.model = compose(read(FOLDER))
        self.model.inputs.update(
            {"risk.price": 0.0, "risk.rate": 0.0, "risk.exchange": VOLATILITY, "cover.scenario": "X"}
        )
        self.case = OfFolder().case(refreshed(Package(build(self.model)[0], "rich.xlsx")))
        self.job = paths.job(self.case, 5)

    def calculate(self, **changes):
        return calculate(self.model.book, self.model.inputs | {k.replace("__", "."): x for k, x in changes.items()})


@pytest.fixture(scope="module")
def rich():
    return Rich()


@pytest.fixture(scope="module")
def drawn(rich):
    """Changes of the exchange rate on 4 blocks of paths: months × paths."""
    rng = np.random.default_rng(2)
    return np.concatenate([rich.job.draw(rich.job, rng)[0]["scenario.exchange"] for _ in range(4)], axis=1)


def test_a_rate_is_lognormal_about_the_scenario_s(drawn):
    """Geometric Brownian motion without drift: Var ln = σ²t, and the mean stays where the scenario has it."""
    factor = (1 + drawn) / (1 + SCENARIO)
    assert np.all(factor[:PAST] == 1)
    count = drawn.shape[1]
    for k, row in enumerate(factor[PAST:], start=1):
        variance = VOLATILITY**2 * k / 12
        logs = np.log(row)
        assert logs.mean() == pytest.approx(-variance / 2, abs=1e-12)  # a path and its mirror image
        assert logs.var() == pytest.approx(variance, rel=5 * math.sqrt(2 / (count / 2)))
        assert row.mean() == pytest.approx(1, abs=5 * math.sqrt(math.expm1(variance) / count))
    steps = np.diff(np.log(factor[PAST:]), axis=0)[:, : simulate.BLOCK // 2]  # the other half mirrors them
    among = np.corrcoef(steps)
    assert np.abs(among - np.eye(len(among))).max() < 5 / math.sqrt(steps.shape[1])


def test_it_is_drawn_apart_from_all_else(rich):
    """Prices and rates do not go with it; and what else is drawn is what a deal without an exchange rate draws."""
    moving = dataclasses.replace(rich.job, base=rich.job.base | {"risk.price": 0.16, "risk.rate": 0.008})
    changes, once = moving.draw(moving, np.random.default_rng(3))
    half = simulate.BLOCK // 2
    walks = [np.log1p(changes["scenario.price"]), changes["scenario.rate"], np.log1p(changes["scenario.exchange"])]
    among = np.corrcoef([walk[-1, :half] for walk in walks])
    assert np.abs(among - np.eye(3)).max() < 5 / math.sqrt(half)
    without = {key: figure for key, figure in moving.base.items() if key not in paths.EXCHANGE}
    others, same = moving.draw(dataclasses.replace(moving, base=without), np.random.default_rng(3))
    assert others.keys() == changes.keys() - {"scenario.exchange"}
    assert all(np.array_equal(figures, changes[key]) for key, figures in others.items())
    assert np.array_equal(same, once)


@pytest.mark.parametrize("path", [5, 700])
def test_a_path_is_what_the_workbook_gives_for_its_rates(rich, path):
    """The rates of a path typed on sheet Market, its costs, capital and output as a scenario."""
    task = rich.job
    changes, _ = task.draw(task, np.random.default_rng(5))
    found = Arrays(task.program)({task.inputs[key]: x for key, x in changes.items()})
    moved = changes["scenario.exchange"][:, [path]] * (np.arange(24) >= PAST)[:, None]
    rates = rich.model.inputs["market.cad_given"] * (1 + moved)
    assert len(np.unique(rates)) > 12
    typed = {f"scenario__{key}@across": np.array([0.0, changes[f"scenario.{key}"][path]]) for key in paths.ONCE}
    values = rich.calculate(**typed, **{"scenario__exchange@across": np.zeros(2), "market__cad_given": rates})
    assert values["checks.ok"] == 1
    assert values["market.cad"] == pytest.approx(rates)
    for key in task.study.outputs:
        line = np.ravel(values[key]).tolist()
        expected = np.array([np.nan if isinstance(x, str) else x for x in line])
        calculated = np.ravel(np.asarray(found[task.outputs([key])[0]])[..., path])
        assert calculated == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True), key


def test_a_move_of_the_exchange_rate_is_a_scenario(rich):
    found = tornado(rich.case, paths.moves(rich.case))
    [moved] = [each for each in found.moves if each.key == "exchange"]
    for end, size in ((moved.low, -0.1), (moved.high, 0.1)):
        values = rich.calculate(**{"scenario__exchange@across": np.array([0.0, 1.1 * (1 + size) - 1])})
        for measure, *_ in found.study.measures:
            expected = values[found.study.single[measure]]
            assert end[measure] == pytest.approx(
                np.nan if isinstance(expected, str) else expected, rel=1e-9, nan_ok=True
            )


def test_a_volatility_without_an_exchange_rate_is_refused(tmp_path):
    for name in ("deal.toml", "case.toml", "fixings.csv"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        if name == "case.toml":
            text = text.replace('unit = "US$/C$"', 'unit = "C$"') + "\n[risk]\nexchange = 0.1\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(
        DealError, match=r"risk\.exchange: no series of the market is an exchange rate, such as one in US"
    ):
        read(tmp_path)
