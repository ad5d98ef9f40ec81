"""The effect of a move in one input on the Lender's ratios and the sponsor's return."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lender_model.formulas.arrays import Arrays
from lender_model.risk.base import Case
from lender_model.risk.study import Study
from lender_model.sheets.risk import STUDY


@dataclass(frozen=True)
class Move:
    """One input moved down and up.

    Attributes:
        key: of the input.
        label: the input, and by how much it moves.
        low: measures by key with the input lower, or without a delay.
        high: with the input higher.
    """

    key: str
    label: str
    low: dict[str, float]
    high: dict[str, float]

    def swing(self, key: str) -> float:
        """The range of a measure from one end to the other; infinite if it does not exist at one end."""
        swing = abs(self.high[key] - self.low[key])
        return float("inf") if np.isnan(swing) else swing


@dataclass(frozen=True)
class Tornado:
    """The base case's measures, and the moves, widest swing of the lowest LLCR first."""

    base: dict[str, float]
    moves: list[Move]
    study: Study = STUDY


Changes = tuple[str, dict[str, Any], dict[str, Any]]
"""A move: its key, and the inputs changed downward and upward."""


def tornado(case: Case, given_moves: Iterable[Changes] | None = None) -> Tornado:
    """Each main input moved by itself.

    Args:
        case: the workbook.
        given_moves: by the keys of its study; those of the 1996 workbook if left out.

    Raises:
        RiskError: a formula cannot run along the moves.

    Example:
        >>> from lender_model import case
        >>> found = tornado(Case.of(case.inputs()[0]))
        >>> sorted(move.label for move in found.moves[:2])
        ['Grade ±10%', 'Start-up six months late']
    """
    study, moves = case.study, list(moves_of(case) if given_moves is None else given_moves)
    measures = [key for key, *_ in study.measures]
    changes: list[dict[str, Any]] = [{}, *(change for _, low, high in moves for change in (low, high))]
    base = {key: _figures(case, key) for key in sorted({key for change in changes for key in change})}
    given = {key: np.stack([change.get(key, x) for change in changes], axis=-1) for key, x in base.items()}
    program = case.program({key: np.size(x) > 1 for key, x in base.items()}, [study.single[key] for key in measures])
    found = Arrays(program)(case.given(given))
    table = np.array([found[out] for out in program.outputs]).T.tolist()
    measured = [dict(zip(measures, row, strict=True)) for row in table]
    labels, ends = dict(study.moves), iter(measured[1:])
    out = [Move(key, labels[key], next(ends), next(ends)) for key, *_ in moves]
    return Tornado(measured[0], sorted(out, key=lambda move: -move.swing(study.ranked)), study)


def _figures(case: Case, key: str) -> Any:
    """A line's months, or its figure."""
    figures = case.months(key)
    return figures if len(figures) > 1 else float(figures[0])


def moves_of(case: Case) -> Iterator[Changes]:
    """What the tornado of the 1996 workbook moves."""
    of = functools.partial(_figures, case)
    for move, key, size in (
        ("gold", "scenario.gold", 0.1 * (of("market.gold_ahead") + of("scenario.gold"))),
        ("silver", "market.silver_ahead", 0.1 * of("market.silver_ahead")),
        ("libor", "scenario.libor", 0.01),
        ("costs", "scenario.costs", 0.1 * (1 + of("scenario.costs"))),
        ("capex", "scenario.capex", 0.1 * (1 + of("scenario.capex"))),
        ("grade", "plan.grade", 0.1 * of("plan.grade")),
        ("recovery", "plan.recovery", 0.05),
        ("tax", "plan.tax_rate", 0.05),
        ("discount", "plan.discount_rate", 0.02),
    ):
        yield move, {key: of(key) - size}, {key: of(key) + size}
    yield "delay", {}, case.delayed(6.0)
