"""A deal's workbook along paths: through its own formulas, the same for the same seed, the base case without uncertainty."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import lender_model
from lender_model.calculator import calculate
from lender_model.cli import app
from lender_model.compose.model import compose, read
from lender_model.compose.paths import Simulation
from lender_model.compose.writer import build
from lender_model.package import Package

DEALS = Path(lender_model.__file__).parent / "deals"
NAMES = ["orla_2022", "fruta_del_norte_2017"]
RISKS = ("risk.price", "risk.rate", "risk.costs", "risk.capital", "risk.production")


def simulation(name, tmp_path, **changes):
    model = compose(read(DEALS / name))
    for key, value in changes.items():
        model.inputs[key.replace("_", ".")] = value
    path = tmp_path / f"{name}.xlsx"
    path.write_bytes(build(model)[0])
    return Simulation(Package.read(path)), model, path


@pytest.mark.parametrize("name", NAMES)
def test_without_uncertainty_every_path_is_the_base_case(name, tmp_path):
    found, model, _ = simulation(name, tmp_path, **dict.fromkeys((key.replace(".", "_") for key in RISKS), 0.0))
    values = calculate(model.book, model.inputs)
    result = found.run(3, seed=1)
    for key, test in zip(found.tests, result.tests, strict=True):
        assert test.share == float(np.any(np.ravel(values[key]) > 0)), key
    for key, label in found.figures.items():
        if isinstance(values[key], float):
            assert result.figures[label] == pytest.approx((values[key],) * 3, rel=1e-9)


def test_a_path_is_what_the_workbook_gives_for_its_draws(tmp_path):
    """Costs alone are drawn: the workbook, calculated with a path's cost as its scenario, has that path's cover."""
    quiet = dict.fromkeys(("risk_price", "risk_rate", "risk_capital", "risk_production"), 0.0)
    found, model, _ = simulation("eagle_2018", tmp_path, risk_costs=0.1, **quiet)
    rng = np.random.default_rng([5, 0])
    drawn = found._changes(rng, 1024)[found._cell("scenario.costs")]
    low = found.run(1, seed=5).figures["Lowest LLCR"][0]
    costs = np.array([float(drawn[0]), 0.0, 0.0])
    values = calculate(model.book, model.inputs | {"scenario.costs@across": costs})
    assert low == pytest.approx(values["dash.llcr"], rel=1e-9)


def test_the_first_paths_are_those_of_any_longer_run(tmp_path):
    found, *_ = simulation("golden_star_2015", tmp_path)
    assert found.run(1500, seed=2) == found.run(1500, seed=2)
    assert found.run(1500, seed=2) != found.run(1500, seed=3)


def test_the_command_says_how_often_tests_fail(tmp_path):
    *_, path = simulation("eagle_2018", tmp_path)
    told = CliRunner().invoke(app, ["simulate", str(path), "--paths", "2000"])
    assert told.exit_code == 0, told.output
    assert "2,000 paths" in told.output
    assert "DSCR: fails on" in told.output
    assert CliRunner().invoke(app, ["simulate", str(path), "--csv", str(tmp_path / "x.csv")]).exit_code == 1
