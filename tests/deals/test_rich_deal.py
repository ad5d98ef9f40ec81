"""A deal of many clauses at once, read from its folder: built, refreshed, simulated and described."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lender_model.calculator import calculate
from lender_model.cli import app
from lender_model.compose.model import compose, read
from lender_model.compose.paths import job
from lender_model.compose.refresh import calculate as calculated
from lender_model.compose.writer import build
from lender_model.kinds import OfFolder
from lender_model.risk import simulate
from lender_model.xlsx.package import Package

FOLDER = Path(__file__).parents[1] / "data" / "rich_deal"
QUIET = dict.fromkeys(
    ("risk.price", "risk.rate", "risk.exchange", "risk.costs", "risk.capital", "risk.production"), 0.0
)


@pytest.fixture(scope="module")
def model():
    return compose(read(FOLDER))


def test_every_check_holds(model):
    v = calculate(model.book, model.inputs)
    assert v["checks.ok"] == 1, [key for key in v if key.startswith("check.") and not key.endswith("@start") and v[key]]


def test_without_uncertainty_every_path_is_the_base_case():
    """Compounded rates, exchange rates, ounces and added clauses run along paths as the workbook calculates them."""
    model = compose(read(FOLDER))
    model.inputs.update(QUIET)
    result = calculated(Package(build(model)[0], "rich.xlsx"))
    case, values = OfFolder().case(result), calculate(model.book, model.inputs)
    results = simulate.run(job(case, 1), 3)
    for (key, _), first in zip(case.study.events, results.events, strict=True):
        fails = np.flatnonzero(np.ravel(values[f"risk.fails_{key}"]) > 0)
        assert set(first.tolist()) == {int(fails[0]) + 1 if len(fails) else 0}, key
    for (key, *_), found in zip(case.study.figures, results.figures, strict=True):
        expected = values[case.study.single[key]]
        assert found == pytest.approx([np.nan if isinstance(expected, str) else expected] * 3, rel=1e-9, nan_ok=True)


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
