"""The tornado, each move by the whole model with the input changed as an analyst would."""

import numpy as np
import pytest

from lender_model import case, model
from lender_model.risk import sensitivity
from lender_model.risk.base import Case
from lender_model.sheets import scenarios

MOVES = {
    "Gold price ±10%": lambda v, k: {"market.gold_forward": v["market.gold_forward"] * (1 + 0.1 * k)},
    "Silver price ±10%": lambda v, k: {"market.silver_forward": v["market.silver_forward"] * (1 + 0.1 * k)},
    "LIBOR ±1 point": lambda _, k: {"scenario.libor@across": np.full(len(scenarios.NAMES), 0.01 * k)},
    "Operating costs ±10%": lambda _, k: {"scenario.costs@across": np.full(len(scenarios.NAMES), 0.1 * k)},
    "Grade ±10%": lambda v, k: {"plan.grade": v["plan.grade"] * (1 + 0.1 * k)},
    "Recovery ±5 points": lambda v, k: {"plan.recovery": v["plan.recovery"] + 0.05 * k},
    "Tax ±5 points": lambda v, k: {"plan.tax_rate": v["plan.tax_rate"] + 0.05 * k},
    "Discount rate ±2 points": lambda v, k: {"plan.discount_rate": v["plan.discount_rate"] + 0.02 * k},
}  # fmt: skip


def measured(v):
    coming = v["time.end"][:, 0] > v["cover.as_of"]
    live = coming & (v["proceeds.live"][:, 0] == 1)
    headroom = (v["proceeds.closing"] - v["proceeds.minimum"])[live, 0].min()
    figures = [np.ravel(v[key])[0] for key in ("ratio.min_dscr", "ratio.min_llcr")] + [
        headroom,
        np.ravel(v["ratio.irr"])[0],
    ]
    return dict(
        zip(("dscr", "llcr", "headroom", "irr"), (np.nan if x == "–" else float(x) for x in figures), strict=True)
    )


@pytest.fixture(scope="module")
def found():
    return sensitivity.tornado(Case.of(case.inputs()[0]))


def test_the_base_case(found, base):
    assert found.base == pytest.approx(measured(base), rel=1e-9)


@pytest.mark.parametrize("label", MOVES)
def test_each_move_is_the_model_with_that_input_changed(inputs, found, label):
    [move] = [move for move in found.moves if move.label == label]
    for end, sign in ((move.low, -1), (move.high, 1)):
        v = model.run(inputs | MOVES[label](inputs, sign))
        assert end == pytest.approx(measured(v), rel=1e-9, abs=1e-6, nan_ok=True)


def test_capital_and_delay(found):
    """Capital above plan takes cash from the account dollar for dollar; July's, the as-of month's, is spent."""
    moves = {move.label: move for move in found.moves}
    capital, late = moves["Capital to spend ±10%"], moves["Start-up six months late"]
    assert capital.low["headroom"] > found.base["headroom"] > capital.high["headroom"]
    assert late.low == found.base
    assert late.high["dscr"] < found.base["dscr"]


def test_widest_swing_of_the_loan_life_cover_first(found):
    swings = [abs(move.high["llcr"] - move.low["llcr"]) for move in found.moves]
    assert swings == sorted(swings, reverse=True)
    assert len(found.moves) == len(MOVES) + 2
