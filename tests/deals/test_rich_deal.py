"""A deal of many clauses at once, read from its folder: built, refreshed, simulated and described."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lender_model.calculator import calculate
from lender_model.cli import app
from lender_model.compose.model import compose, read
from lender_model.compose.paths import Simulation
from lender_model.compose.writer import build
from lender_model.package import Package

FOLDER = Path(__file__).parents[1] / "data" / "rich_deal"
QUIET = dict.fromkeys(("risk.price", "risk.rate", "risk.costs", "risk.capital", "risk.production"), 0.0)


@pytest.fixture(scope="module")
def model():
    return compose(read(FOLDER))


def test_every_check_holds(model):
    v = calculate(model.book, model.inputs)
    assert v["checks.ok"] == 1, [key for key in v if key.startswith("check.") and not key.endswith("@start") and v[key]]


def test_without_uncertainty_every_path_is_the_base_case(model, tmp_path):
    """Compounded rates, exchange rates, ounces and added clauses run along paths as the workbook calculates them."""
    model = compose(read(FOLDER))
    model.inputs.update(QUIET)
    path = tmp_path / "rich.xlsx"
    path.write_bytes(build(model)[0])
    found, values = Simulation(Package.read(path)), calculate(model.book, model.inputs)
    result = found.run(3, seed=1)
    for key, test in zip(found.tests, result.tests, strict=True):
        assert test.share == float(np.any(np.ravel(values[key]) > 0)), key
    for key, label in found.figures.items():
        assert result.figures[label] == pytest.approx((values[key],) * 3, rel=1e-9)


def test_it_is_described_and_refreshed(tmp_path):
    run = CliRunner().invoke
    told = run(app, ["describe", str(FOLDER)]).output
    for words in ("compounded daily in arrears, 5 business days' lookback", "CAD 12,000,000", "eq may be turned into gold",
                  "fixed for each advance", "tranche.bridge is added", "Letters: up to US$ 8,000,000"):  # fmt: skip
        assert words in told
    book = str(tmp_path / "rich.xlsx")
    assert run(app, ["build", str(FOLDER), book]).exit_code == 0
    before = run(app, ["refresh", book, "--as-of", "2024-07-31"])
    assert (before.exit_code, "All checks hold" in before.output) == (0, True), before.output
