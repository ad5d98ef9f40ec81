"""The Development Plan as approved, and what was reported against it; months without a report count in neither."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from .given import Given
from .lines import DASH, Lines


def calculate(given: Given, out: Lines) -> None:
    """The plan without scenario and actuals, then seven lines of plan against actual."""
    _plan(given, out)

    def planned(*keys: str) -> Callable[[dt.date], float]:
        return lambda month: sum(given.plan(f"plan.{key}", month) for key in keys)

    _against(given, out, "ore", "actual.ore", planned("ore"))
    _against(given, out, "ounces", "actual.ounces", out["devplan.ounces"].__getitem__)
    _against(given, out, "cost", "actual.cost", out["devplan.cost"].__getitem__)
    _against(given, out, "capex", "actual.capex", planned("capex"))
    _against(given, out, "contribution", "actual.contribution", planned("contribution"))
    _against(given, out, "equity", "actual.equity", planned("equity", "standby"))
    _against(given, out, "advance", "actual.advance", planned("advance"))


def _plan(given: Given, out: Lines) -> None:
    pad = 0.0
    for month in out.months:
        ore = given.plan("plan.ore", month)
        placed = ore * given.plan("plan.grade", month) * given["plan.recovery"]
        ounces = min(given["plan.plant_oz"], (pad + placed) * given.plan("plan.leach", month))
        mined = ore * (1 + given["plan.strip"]) * given["plan.mining_cost"]
        out.month(
            month,
            devplan_pad_open=pad, devplan_placed=placed, devplan_ounces=ounces, devplan_pad_close=pad + placed - ounces,
            devplan_cost=mined + ore * given["plan.process_cost"] + given.plan("plan.site_cost", month),
        )  # fmt: skip
        pad += placed - ounces


def _against(given: Given, out: Lines, key: str, actual: str, plan: Callable[[dt.date], float]) -> None:
    plans = actuals = 0.0
    unknown = 0
    for month in out.months:
        known = given.known(actual, month)
        unknown += given.is_past(month) and not known
        p, a = (plan(month), given.by_month[actual][month]) if known else (0.0, 0.0)
        plans, actuals = plans + p, actuals + a
        out.month(
            month,
            **{
                f"var_{key}_known": int(known), f"var_{key}_plan": p, f"var_{key}_actual": a, f"var_{key}": a - p,
                f"var_{key}_plan_sum": plans, f"var_{key}_actual_sum": actuals, f"var_{key}_sum": actuals - plans,
            },
        )  # fmt: skip
    out.put(f"var.{key}_part", (actuals - plans) / plans if plans else DASH)
    out.put(f"var.{key}_unknown", unknown)
