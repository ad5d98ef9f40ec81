"""The base case that paths and moves start from, and what a delay of Completion does to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.dates import month_end
from lender_model import model
from lender_model.grid import Values

_SETTLED = {
    "actual.ore": "ops.ore",
    "actual.ounces": "ops.recovered",
    "actual.cost": "ops.cost",
    "actual.capex": "ops.capex",
}


def settled(inputs: Values) -> Values:
    """The inputs with the past as the base case has it: up to the as-of date nothing is uncertain any more.

    Args:
        inputs: of a workbook; where sheet Actuals is blank, what the plan says counts as what happened.
    """
    lines = model.side_by_side(model.common(inputs), {})
    return inputs | {
        actual: np.where((lines["time.actual"] == 1) & np.isnan(inputs[actual]), lines[used], inputs[actual])
        for actual, used in _SETTLED.items()
    }


def delayed(values: Values, months: Any) -> Values:
    """A delay of Completion on top of the scenario's, with the leaching that it costs; none once Completion is past.

    Args:
        values: as :func:`lender_model.model.common` gives them.
        months: whole months, one figure or one for each path.
    """
    months = np.asarray(months, dtype=np.float64) * (month_end(values["plan.completion"]) > values["cover.as_of"])
    lost = np.minimum(1.0, months * values["risk.water"])
    return {
        "scenario.delay": values["scenario.delay"] + months,
        "scenario.water": 1 - (1 - values["scenario.water"]) * (1 - lost),
    }
