"""The model: every line of every sheet, and the figures of its formulas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from drawstop.serials import serial_of
from lender_model.calculator import Figures, calculate, prepared
from lender_model.formulas.syntax import column_name
from lender_model.grid import FIRST_MONTH, Book, Sheet, Values, blank, together
from lender_model.sheets import (
    actuals,
    annual,
    balance,
    calendar,
    certificate,
    checks,
    clause_map,
    completion,
    covenants,
    cover,
    daily,
    dashboard,
    functions,
    funding,
    goldloan,
    ledger,
    loan,
    log,
    market,
    note,
    npmc,
    operations,
    plan,
    proceeds,
    ratios,
    readings,
    risk,
    scenarios,
    switches,
    terms,
    timeline,
    variance,
    waterfall,
)  # fmt: skip

MONTHS = 90
"""July 1996 to December 2003."""

_MODEL_SHEETS: tuple[Sheet, ...] = (
    terms.SHEET, market.SHEET, plan.SHEET, actuals.SHEET, variance.SHEET, scenarios.SHEET, switches.SHEET,
    timeline.SHEET, operations.SHEET, funding.SHEET, loan.SHEET, proceeds.SHEET, waterfall.SHEET, balance.SHEET,
    covenants.SHEET, npmc.SHEET, completion.SHEET, note.SHEET, goldloan.SHEET, ratios.SHEET, annual.SHEET, risk.SHEET,
    certificate.SHEET,
)  # fmt: skip
_CHECKED = (cover.SHEET, dashboard.SHEET, calendar.SHEET, *_MODEL_SHEETS)
_COLUMNS = f"E:{column_name(FIRST_MONTH + MONTHS - 1)}"

SHEETS: tuple[Sheet, ...] = (
    *_CHECKED, checks.build(_CHECKED, _COLUMNS),
    readings.SHEET, functions.SHEET, clause_map.SHEET, log.SHEET,
)  # fmt: skip
_DOWN = {key: daily.NAMES[key] for key in ("daily.date", "daily.used", "daily.closes")} | ledger.NAMES
BOOK = Book(SHEETS, MONTHS, _DOWN, together(daily.EXTRA, ledger.EXTRA))

NO_RESULTS: Values = blank((row for sheet in SHEETS for row in sheet.rows), MONTHS)
"""Results before the commands have run; read from a workbook like inputs, but not inputs."""


def run(inputs: Mapping[str, Any]) -> Values:
    """All figures of the workbook from its inputs, by the workbook's formulas.

    Args:
        inputs: by key, as from :func:`lender_model.case.inputs`.

    Returns:
        As :func:`lender_model.calculator.calculate`.
    """
    return calculate(BOOK, inputs)


def compared(figures: Figures, inputs: Values) -> Values:
    """The results of every scenario and under every reading, as in the tables on sheets Scenarios and Switches.

    Args:
        figures: of a workbook, calculated; they are not changed.
        inputs: of it.
    """
    return _scenarios(figures, inputs) | _readings(figures, inputs)


def _scenarios(figures: Figures, inputs: Values) -> Values:
    calculation, keys = figures.calculation, [f"compare.{key}" for key, *_ in scenarios.RESULTS]
    changes = [key for key, *_ in scenarios.CHANGES]
    affected = calculation.depending(figures.areas(["cover.scenario"]))
    affected &= calculation.needed(figures.areas([*keys, *changes]))
    found: dict[str, Values] = {}
    in_use = inputs["cover.scenario"]
    others = [name for name in scenarios.NAMES if name != in_use]
    for name in [*others, in_use]:  # the one in use, or several together, comes last, so that it stays
        figures.put({"cover.scenario": name})
        calculation.run(affected)
        results = figures.values([*keys, *changes])
        changed = (
            sum(_number(results[key]) for key in changes) + inputs["scenario.water_year"] + inputs["scenario.thaw"]
        )
        found[name] = {key: results[key] for key in keys} | {"compare.changes": changed}
    out = {f"{key}@across": np.array([_number(found[name][key]) for name in scenarios.NAMES]) for key in keys}
    return out | {"compare.together@across": np.array([_number(found[in_use]["compare.sum"])])}


def _readings(figures: Figures, inputs: Values) -> Values:
    calculation, keys = figures.calculation, [f"switch.{key}" for key, *_ in switches.RESULTS]
    in_use = {switch.key: inputs[switch.key] for switch in switches.SWITCHES}
    affected = calculation.depending(figures.areas(list(in_use))) & calculation.needed(figures.areas(keys))
    as_it_is = figures.values(keys)
    columns = list[Values]()
    for switch, option in switches.COLUMNS:
        column = as_it_is
        if option != in_use[switch.key]:
            figures.put(in_use | {switch.key: option})
            calculation.run(affected)
            column = figures.values(keys)
        columns.append(column)
    figures.put(in_use)
    calculation.run(affected)
    return {f"{key}@across": np.array([_number(column[key]) for column in columns]) for key in keys}


def _number(figure: Any) -> float:
    """A figure as a number: a date's serial, NaN for a dash or an error."""
    if isinstance(figure, str):
        return np.nan
    if isinstance(figure, np.datetime64):
        return float(serial_of(figure))
    return float(figure)


def compare(inputs: Mapping[str, Any]) -> Values:
    """The results of scenarios and readings, by the formulas of the workbook as it is built; see :func:`compared`."""
    figures = prepared(BOOK)
    return compared(figures, figures.run(inputs))
