"""A deal's workbook along paths: through its own formulas, the same for the same seed, the base case without uncertainty."""

import csv
import dataclasses
import functools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from random_deals import deals
from typer.testing import CliRunner

import lender_model
from lender_model.calculator import calculate
from lender_model.cli import app
from lender_model.compose import paths
from lender_model.compose.found import Lines
from lender_model.compose.model import compose, read
from lender_model.compose.refresh import calculate as refreshed
from lender_model.compose.writer import build
from lender_model.formulas.arrays import Arrays
from lender_model.kinds import OfFolder
from lender_model.risk import RiskError, simulate, store
from lender_model.risk.breakeven import break_evens
from lender_model.risk.sensitivity import tornado
from lender_model.xlsx.package import Package

DEALS = Path(lender_model.__file__).parent / "deals"
NAMES = ["orla_2022", "fruta_del_norte_2017", "blackwater_2023"]
RISKS = ("risk.price", "risk.rate", "risk.costs", "risk.capital", "risk.production")


@functools.cache
def case_of(name):
    """A shipped deal's case as it is, for tests that do not change it."""
    return Case(name)


class Case:
    """A deal's workbook, built and calculated, and its case."""

    def __init__(self, name, **changes):
        self.model = compose(read(DEALS / name))
        for key, value in changes.items():
            self.model.inputs[key.replace("_", ".", 1)] = value
        self.content = build(self.model)[0]
        self.result = refreshed(Package(self.content, f"{name}.xlsx"))
        self.case = OfFolder().case(self.result)

    def run(self, count, seed=1):
        return simulate.run(paths.job(self.case, seed), count)

    def values(self, **changes):
        return calculate(self.model.book, self.model.inputs | {k.replace("_", ".", 1): x for k, x in changes.items()})


@pytest.mark.parametrize("name", NAMES)
def test_without_uncertainty_every_path_is_the_base_case(name):
    case = Case(name, **dict.fromkeys((key.replace(".", "_") for key in RISKS), 0.0))
    results, values, study = case.run(3), case.values(), case.case.study
    for (key, _), first in zip(study.events, results.events, strict=True):
        fails = np.flatnonzero(np.ravel(values[f"risk.fails_{key}"]) > 0)
        assert set(first.tolist()) == {int(fails[0]) + 1 if len(fails) else 0}, key
    for (key, *_), found in zip(study.figures, results.figures, strict=True):
        expected = values[study.single[key]]
        assert found == pytest.approx([np.nan if isinstance(expected, str) else expected] * 3, rel=1e-9, nan_ok=True)
    for (key, *_), fan in zip(study.fans, results.fans, strict=True):
        line = [np.nan if isinstance(x, str) else x for x in np.ravel(values[study.lines[key]]).tolist()]
        assert fan[:, 0] == pytest.approx(np.array(line), rel=1e-9, abs=1e-6, nan_ok=True), key


@pytest.mark.parametrize(("name", "path"), [("eagle_2018", 5), ("blackwater_2023", 5), ("blackwater_2023", 700)])
def test_a_path_is_what_the_workbook_gives_for_its_draws(name, path):
    """Costs, capital and output alone are drawn: as a scenario, a path's draws give that path's figures."""
    case = Case(name, risk_price=0.0, risk_rate=0.0)
    task = paths.job(case.case, 5)
    changes, _ = task.draw(task, np.random.default_rng(5))
    found = Arrays(task.program)({task.inputs[key]: x for key, x in changes.items()})
    scenarios = len(case.model.case.scenarios)
    typed = {
        f"scenario.{key}@across": np.array([changes[f"scenario.{key}"][path], *[0.0] * (scenarios - 1)])
        for key in paths.ONCE
    }
    values = calculate(case.model.book, case.model.inputs | typed)
    assert values["checks.ok"] == 1
    for key in task.study.outputs:
        line = np.ravel(values[key]).tolist()
        expected = np.array([np.nan if isinstance(x, str) else x for x in line])
        calculated = np.ravel(np.asarray(found[task.outputs([key])[0]])[..., path])
        assert calculated == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True), key


def test_no_figure_is_lost_where_nothing_is_due_and_nothing_is_left():
    """Equal ranks share in proportion: with nothing due, and less than nothing left by a last digit, they pay nothing."""
    results = case_of("blackwater_2023").run(2048)
    debt = results.fans[[key for key, *_ in results.study.fans].index("debt")]
    assert not np.isnan(debt).any()
    assert debt.min() >= -1e-6


def test_half_of_the_walks_go_the_other_way_and_prices_are_right_on_average():
    case = Case("orla_2022", risk_price=0.2)
    task = paths.job(case.case, 3)
    changes, _ = task.draw(task, np.random.default_rng(3))
    walks = task.market.drawn(np.random.default_rng(3))
    assert walks[:, :, : simulate.BLOCK // 2] == pytest.approx(-walks[:, :, simulate.BLOCK // 2 :])
    price, years = changes["scenario.price"] + 1, task.market.years
    assert np.all(price[years == 0] == 1)  # nothing moves up to the as-of date
    spread = np.log(price[-1]).std()
    assert spread == pytest.approx(0.2 * np.sqrt(years[-1]), rel=0.1)  # volatility grows with the root of time
    assert price[-1].mean() == pytest.approx(1, abs=0.1)  # lognormal of mean one


def test_the_first_paths_are_those_of_any_longer_run():
    case = case_of("golden_star_2015")
    long, short = case.run(1500, seed=2), case.run(400, seed=2)
    assert np.array_equal(long.figures[:, :400], short.figures, equal_nan=True)
    assert np.array_equal(long.events[:, :400], short.events)
    assert not np.array_equal(case.run(400, seed=3).figures, short.figures, equal_nan=True)


def test_shares_of_paths_are_counts():
    case = case_of("eagle_2018")
    results = case.run(1000)
    found = store.of_simulation(results, None, "words")
    for (key, _), first in zip(results.study.events, results.events, strict=True):
        by_month = found[f"risk.by_{key}"][:, 0]
        assert by_month[-1] == np.mean(first > 0)
        assert np.all(np.diff(by_month) >= 0)
    either = np.any(
        [row > 0 for (key, _), row in zip(results.study.events, results.events, strict=True) if "." in key], axis=0
    )
    assert found["risk.by_covenant"][-1, 0] == either.mean()


def test_a_cover_that_a_path_no_longer_has_counts_as_the_best():
    results = case_of("orla_2022").run(400)
    at = [key for key, *_ in results.study.fans].index("llcr")
    lines = np.full((1, 4), np.nan)
    lines[0] = [1.0, 2.0, 3.0, np.nan]  # one path of four owes nothing any more
    one = dataclasses.replace(results, fans=np.repeat(lines[None], len(results.study.fans), axis=0))
    assert store.fans(one)[at, :, 0] == pytest.approx(
        [1.0, 1.0, 2.0, 3.0, np.nan], nan_ok=True
    )  # P5, P25, P50, P75, P95


@pytest.mark.long
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(deals())
def test_any_deal_runs_along_paths(folder):
    """Of a deal drawn at random: without uncertainty its debt on a path is the workbook's; with it none is lost."""
    composed = compose(folder)
    package = Package(build(composed)[0], "deal.xlsx")
    lines = refreshed(package).lines
    quiet = {}
    for key in (*RISKS, "risk.exchange"):
        sheet, reference = lines.at(key)
        quiet.setdefault(sheet, {})[reference] = 0.0
    for each in (package, package.patch(quiet)):
        result = refreshed(each)
        results = simulate.run(paths.job(OfFolder().case(result), 1), 20)
        debt = results.fans[[key for key, *_ in results.study.fans].index("debt")]
        assert not np.isnan(debt).any()
        assert debt.min() >= -1e-6
    assert debt[:, 7] == pytest.approx(result.values["debt.closing"][:, 0], rel=1e-9, abs=1e-6)


# ---- the commands ----------------------------------------------------------------------------------------------------


def drawstop(*arguments, code=0):
    told = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert told.exit_code == code, told.output
    return told.output


def figures(path):
    lines = Lines(Package.read(path))
    lines.workbook.calculation.run()
    return lines, lines.figures.values(list(lines.figures.spots))


def test_a_workbook_is_delivered_with_what_the_commands_find(eagle, delivered):
    copy = eagle
    _, v = figures(copy)
    for kind in ("simulation", "breakeven", "sensitivity"):
        assert v[f"risk.{kind}_state"] == "current"
    assert v["risk.simulation_run"] == "10,000 paths, seed 1"
    drawstop("simulate", copy, "--paths", 10_000, "--seed", 1, "--workers", 1)
    drawstop("breakeven", copy)
    drawstop("sensitivity", copy)
    cells = [package.cells("Risk") for package in (Package(delivered("eagle_2018"), "eagle.xlsx"), Package.read(copy))]
    assert {ref: cell.value for ref, cell in cells[0].items()} == {ref: cell.value for ref, cell in cells[1].items()}


def test_the_simulation_has_every_option(eagle, tmp_path):
    copy, saved = eagle, tmp_path / "paths.csv"
    out = drawstop("simulate", copy, "--paths", 1500, "--seed", 4, "--workers", 1, "--csv", saved, "--watch", "debt.closing",
                   "--pictures", tmp_path / "pictures")  # fmt: skip
    assert "Per cent of 1,500 paths" in out
    assert "DSCR: broken" in out
    assert "Percentiles of Debt: Closing balance, US$" in out
    assert "…" not in out
    with saved.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1500
    assert {"first_covenant.dscr", "llcr", "costs", "production"} <= rows[0].keys()
    _, v = figures(copy)
    assert v["risk.simulation_run"] == "1,500 paths, seed 4"
    broken = np.mean([row["first_covenant.dscr"] != "" for row in rows])
    assert v["risk.ever_covenant.dscr"] == pytest.approx(broken, rel=1e-5)
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {"fans.png", "events.png", "watched.png"}


def test_a_change_of_an_input_makes_results_stale_and_the_month_shown_does_not(eagle):
    copy = eagle
    lines, _ = figures(copy)
    for key, value, state in (("cash.month", 44000.0, "current"), ("ratio.discount", 0.09, "stale")):
        sheet, reference = lines.at(key)
        copy.write_bytes(Package.read(copy).patch({sheet: {reference: value}}).to_bytes())
        drawstop("refresh", copy)
        assert figures(copy)[1]["risk.breakeven_state"] == state


def test_what_cannot_be_is_refused_in_a_line(eagle, tmp_path):
    copy = eagle
    result = CliRunner().invoke(app, ["simulate", str(copy), "--market", str(tmp_path)])
    assert "--market is for the 1996 workbook" in str(result.exception)
    lines, _ = figures(copy)
    sheet, reference = lines.at("risk.price")
    copy.write_bytes(Package.read(copy).patch({sheet: {reference: -0.1}}).to_bytes())
    with pytest.raises(RiskError, match=r"risk\.price -0\.1 must be 0 or more"):
        paths.job(OfFolder().case(refreshed(Package.read(copy))), 1)
    assert copy.read_bytes()


# ---- break-evens and the tornado -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["eagle_2018", "blackwater_2023"])
def test_a_hair_beyond_a_break_even_the_workbook_fails_and_a_hair_before_it_does_not(name):
    """The workbook itself, with the price of a break-even as its scenario."""
    case = case_of(name)
    found = break_evens(case.case, paths.levers(case.case))
    shown = paths.in_prices(found, case.case)
    year_of = np.ravel(case.values()["time.year"])
    count = len(case.model.case.scenarios)
    checked = 0
    rng = np.random.default_rng(1)
    for lever in ("price", "costs", "production"):
        for (test, _), row in zip(found.study.tests, found.found[lever], strict=True):
            for year, change in zip(found.years, row, strict=True):
                if np.isnan(change) or rng.random() > 0.1:  # a tenth of them, by chance
                    continue
                fails = []
                for hair in (-2e-6, 2e-6):
                    typed = {f"scenario.{lever}@across": np.array([change + hair, *[0.0] * (count - 1)])}
                    values = calculate(case.model.book, case.model.inputs | typed)
                    flags = np.ravel(values[f"risk.fails_{test}"]) * (1 - np.ravel(values["time.actual"]))
                    fails.append(bool(flags[year_of == year].any()))
                assert fails[0] != fails[1], (lever, test, year, change)
                checked += 1
    assert checked > 4
    price = np.ravel(case.values()["risk.metal"])
    last = [np.flatnonzero(year_of == year)[-1] for year in found.years]
    assert shown.found["price"] == pytest.approx((1 + found.found["price"]) * price[last], nan_ok=True)
    assert shown.base["price"] == pytest.approx(price[last])


def test_a_move_of_the_tornado_is_a_scenario_of_the_workbook():
    case = case_of("eagle_2018")
    found = tornado(case.case, paths.moves(case.case))
    count = len(case.model.case.scenarios)
    base = case.values()
    for move, key, size in (
        ("price", "price", 0.1),
        ("costs", "costs", 0.1),
        ("rate", "rate", 0.01),
        ("delay", "delay", 6.0),
    ):
        typed = {f"scenario.{key}@across": np.array([size, *[0.0] * (count - 1)])}
        values = calculate(case.model.book, case.model.inputs | typed)
        [moved] = [each for each in found.moves if each.key == move]
        for measure, *_ in found.study.measures:
            line = found.study.single[measure]
            assert found.base[measure] == pytest.approx(base[line], rel=1e-9)
            assert moved.high[measure] == pytest.approx(values[line], rel=1e-9), (move, measure)
    swings = [each.swing("llcr") for each in found.moves]
    assert swings == sorted(swings, reverse=True)
