"""Variance: the Development Plan against what was reported, month by month and in all so far."""

from __future__ import annotations

from lender_model.grid import FLAG, FLOW, OZ, SHARE, TONS, USD, Row, Sheet, balance, head, monthly, scalar

COMPARED = (
    ("ore", "Ore stacked", TONS, "[plan.ore]", "actual.ore"),
    ("ounces", "Gold equivalent recovered", OZ, "[devplan.ounces]", "actual.ounces"),
    ("cost", "Operating cost", USD, "[devplan.cost]", "actual.cost"),
    ("capex", "Capital expenditure", USD, "[plan.capex]", "actual.capex"),
    ("contribution", "Equity contribution", USD, "[plan.contribution]", "actual.contribution"),
    ("equity", "Further funding by the Company", USD, "[plan.equity]+[plan.standby]", "actual.equity"),
    ("advance", "Advances by the Lender", USD, "[plan.advance]", "actual.advance"),
)
"""Key, line, unit, the plan of a month, and the line of actuals."""


def _compared(key: str, label: str, unit: str, plan: str, actual: str) -> list[Row]:
    change = FLOW if unit == USD else unit
    both = f"[var.{key}_known]"
    return [
        head(label, "months up to the as-of date that have an actual; the others count in neither"),
        balance(f"var.{key}_known", "Reported or estimated", FLAG, f"=IF(AND([time.actual]=1,ISNUMBER([{actual}])),1,0)"),
        monthly(f"var.{key}_plan", "Plan", unit, f"=IF({both}=1,{plan},0)"),
        monthly(f"var.{key}_actual", "Actual", unit, f"=IF({both}=1,[{actual}],0)"),
        monthly(f"var.{key}", "Actual less plan", change, f"=[var.{key}_actual]-[var.{key}_plan]", value="sum", bold=True),
        balance(f"var.{key}_plan_sum", "Plan, so far", unit, f"=[var.{key}_plan_sum:-1]+[var.{key}_plan]", start=0.0),
        balance(f"var.{key}_actual_sum", "Actual, so far", unit, f"=[var.{key}_actual_sum:-1]+[var.{key}_actual]", start=0.0),
        balance(f"var.{key}_sum", "Actual less plan, so far", change, f"=[var.{key}_actual_sum]-[var.{key}_plan_sum]", bold=True),
        scalar(f"var.{key}_part", "Actual less plan, of the plan", SHARE,
               f'=IF(SUM([var.{key}_plan:row])=0,"–",SUM([var.{key}:row])/SUM([var.{key}_plan:row]))'),
        scalar(f"var.{key}_unknown", "Months up to the as-of date without an actual", "number",
               f"=SUM([time.actual:row])-SUM([var.{key}_known:row])"),
    ]  # fmt: skip


SHEET = Sheet(
    "Variance",
    "The Development Plan against what was reported, by month and so far; a month without an actual counts in neither.",
    [
        head("The Development Plan, as approved"),
        balance("devplan.pad_open", "On the pad, recoverable, opening", OZ, "=[devplan.pad_close:-1]"),
        monthly("devplan.placed", "+ placed", OZ, "=[plan.ore]*[plan.grade]*{plan.recovery}"),
        monthly("devplan.ounces", "- recovered", OZ,
                "=MIN({plan.plant_oz},MAX(0,[devplan.pad_open]+[devplan.placed])*[plan.leach])", "without a scenario, and without actuals"),
        balance("devplan.pad_close", "On the pad, recoverable, closing", OZ, "=[devplan.pad_open]+[devplan.placed]-[devplan.ounces]", start=0.0),
        monthly("devplan.cost", "Operating cost", USD,
                "=[plan.ore]*((1+{plan.strip})*{plan.mining_cost}+{plan.process_cost})+[plan.site_cost]"),
        *(row for line in COMPARED for row in _compared(*line)),
    ],
)  # fmt: skip
