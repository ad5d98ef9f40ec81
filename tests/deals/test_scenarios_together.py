"""Several scenarios of a deal in use together: worked by hand, and against a single column that holds the same."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import lender_model
from drawstop.deal import DealError
from lender_model.calculator import calculate
from lender_model.compose.model import compose, read

GOLDEN_STAR = Path(lender_model.__file__).parent / "deals" / "golden_star_2015"
SCENARIOS = """
[[scenario]]
name = "Dear"
costs = 0.10
capital = 0.20
rate = 0.01
delay = 3

[[scenario]]
name = "Poor +5%"
price = -0.10
costs = 0.20
production = -0.05
rate = -0.002
delay = 2

[[scenario]]
name = "Low price + Dear"
price = -0.50
"""
LEVERS = ("price", "rate", "costs", "capital", "production", "delay")


@pytest.fixture
def deal(tmp_path):
    """Golden Star, 2015, with these scenarios beside its own of 10% lower prices, and one or several in use."""

    def made(in_use, more=""):
        folder = tmp_path / "deal"
        shutil.copytree(GOLDEN_STAR, folder)
        text = (folder / "case.toml").read_text(encoding="utf-8")
        assert 'name = "Low price"\nprice = -0.10' in text
        text = text.replace("[model]", f'[model]\nscenario = "{in_use}"', 1) if "scenario =" not in text else text
        (folder / "case.toml").write_text(text + SCENARIOS + more, encoding="utf-8")
        return compose(read(folder))

    return made


def levers(v):
    return [v[f"scenario.{lever}"] for lever in LEVERS]


def test_what_several_change_together(deal):
    """Prices fall by 10%, then by 10% of the rest: 19%. Costs: 1.1 x 1.2. Rates and delays add up.

    Every line is that of one scenario which changes as much.
    """
    model = deal("dear + Poor +5% + Low price")
    together = calculate(model.book, model.inputs)
    changes = [-0.19, 0.008, 0.32, 0.20, -0.05, 5]
    assert levers(together) == pytest.approx(changes)
    assert together["scenario.used@across"].ravel().tolist() == [0, 1, 1, 1, 0]
    one = {key: list(model.inputs[key]) for lever in LEVERS if (key := f"scenario.{lever}@across")}
    for change, column in zip(changes, one.values(), strict=True):
        column[0] = change
    base = calculate(model.book, model.inputs | one | {"cover.scenario": "Base"})
    named = ("scenario.", "cover.scenario", "cert.scenario", "compare.")
    for key in together.keys() - {key for key in together if key.startswith(named)}:
        for ours, theirs in zip(np.ravel(together[key]).tolist(), np.ravel(base[key]).tolist(), strict=True):
            same = isinstance(ours, float) and ours == pytest.approx(theirs, rel=1e-9, abs=1e-6, nan_ok=True)
            assert same or ours == theirs, key


def test_a_column_with_the_whole_name_is_used_alone(deal):
    """Prepared before scenarios combined, such a column is what it was."""
    model = deal("Low price + Dear")
    v = calculate(model.book, model.inputs)
    assert levers(v) == [-0.5, 0, 0, 0, 0, 0]
    assert v["scenario.used@across"].ravel().tolist() == [0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("in_use", "more", "words"),
    [
        ("Low price + Deer", "", "there is no scenario 'Deer'; did you mean Dear?"),
        ("Dear + dear", "", "scenario 'Dear' is given twice in 'Dear + dear'; give it once"),
        ("Base", '[[scenario]]\nname = "low PRICE"\n', "'low PRICE' is duplicated"),
    ],
)
def test_names_that_cannot_be_are_refused(deal, in_use, more, words):
    with pytest.raises(DealError) as caught:
        deal(in_use, more)
    assert words in str([str(fault) for fault in caught.value.faults])
