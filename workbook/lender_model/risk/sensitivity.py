"""What a move of one input does to the Lender's ratios and the sponsor's return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lender_model import model
from lender_model.grid import Values
from lender_model.risk.base import delayed, settled
from lender_model.sheets.risk import MEASURES, MOVES


@dataclass(frozen=True)
class Move:
    """One input moved down and up.

    Attributes:
        key: of the input.
        label: the input, and by how much it moves.
        low: measures by key with the input lower, or a delay of none.
        high: with the input higher.
    """

    key: str
    label: str
    low: dict[str, float]
    high: dict[str, float]

    def swing(self, key: str) -> float:
        """How far a measure goes from one end to the other; infinite where one end has none."""
        swing = abs(self.high[key] - self.low[key])
        return float("inf") if np.isnan(swing) else swing


@dataclass(frozen=True)
class Tornado:
    """The base case's measures, and the moves, the widest swing of the lowest LLCR first."""

    base: dict[str, float]
    moves: list[Move]


def tornado(inputs: Values) -> Tornado:
    """Each main input moved by itself.

    Args:
        inputs: of a workbook.

    Example:
        >>> from lender_model import case
        >>> found = tornado(case.inputs()[0])
        >>> sorted(move.label for move in found.moves[:2])
        ['Gold price ±10%', 'Grade ±10%']
    """
    inputs = settled(inputs)
    values = model.common(inputs)
    labels = dict(MOVES)
    moves = [
        Move(key, labels[key], _measured(inputs, low), _measured(inputs, high)) for key, low, high in _moves(values)
    ]
    return Tornado(_measured(inputs, {}), sorted(moves, key=lambda move: -move.swing("llcr")))


def _moves(v: Values) -> Iterator[tuple[str, Values, Values]]:
    """The moves: key, inputs changed downward and upward."""
    gold = v["market.gold_forward"] + v["scenario.gold"]
    for move, key, size, base in (
        ("gold", "scenario.gold", 0.1 * gold, v["scenario.gold"]),
        ("silver", "market.silver_forward", 0.1 * v["market.silver_forward"], v["market.silver_forward"]),
        ("libor", "scenario.libor", 0.01, v["scenario.libor"]),
        ("costs", "scenario.costs", 0.1 * (1 + v["scenario.costs"]), v["scenario.costs"]),
        ("capex", "scenario.capex", 0.1 * (1 + v["scenario.capex"]), v["scenario.capex"]),
        ("grade", "plan.grade", 0.1 * v["plan.grade"], v["plan.grade"]),
        ("recovery", "plan.recovery", 0.05, v["plan.recovery"]),
        ("tax", "plan.tax_rate", 0.05, v["plan.tax_rate"]),
        ("discount", "plan.discount_rate", 0.02, v["plan.discount_rate"]),
    ):
        yield move, {key: base - size}, {key: base + size}
    yield "delay", {}, delayed(v, 6.0)


def _measured(inputs: Values, changes: Values) -> dict[str, float]:
    """The measures with some inputs changed; NaN where there is none."""
    v = model.side_by_side(model.common({**inputs, **changes}), changes)
    coming = (v["time.end"] > v["cover.as_of"]) & (v["proceeds.live"] == 1)
    headroom = np.where(coming, v["proceeds.closing"] - v["proceeds.minimum"], np.inf).min()
    lowest = v["ratio.min_dscr"][0], v["ratio.min_llcr"][0]
    figures = (*lowest, headroom if np.isfinite(headroom) else np.nan, v["ratio.irr"][0])
    return {key: float(figure) for (key, *_), figure in zip(MEASURES, figures, strict=True)}
