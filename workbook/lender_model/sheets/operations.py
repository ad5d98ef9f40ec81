"""Operations: from ore to cash available for debt service."""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core import gold, reserves, royalty
from lender_model.grid import FLAG, OZ, TONS, USD, Sheet, Values, balance, head, monthly, scalar
from lender_model.sheets.twins import Months, actual_or, carried

ACTUAL = "=IF(AND([time.actual]=1,ISNUMBER([{actual}])),[{actual}],{plan})"


def actual(key: str, plan: str) -> str:
    """Formula: the actual figure where there is one, else the plan's."""
    return ACTUAL.format(actual=key, plan=plan)


SHEET = Sheet(
    "Operations",
    "Ore to ounces, ounces to revenue, net returns and royalty, costs and tax, cash available for debt service.",
    [
        head("Ore and ounces"),
        monthly("ops.ore", "Ore stacked", TONS, actual("actual.ore", "[plan.ore]")),
        monthly("ops.waste", "Waste moved", TONS, "=[ops.ore]*{plan.strip}"),
        monthly("ops.contained", "Gold equivalent contained", OZ, "=[ops.ore]*[plan.grade]"),
        balance("ops.pad_open", "On the pad, recoverable, opening", OZ, "=[ops.pad_close:-1]"),
        monthly("ops.placed", "+ placed", OZ, "=[ops.contained]*{plan.recovery}"),
        balance("ops.dry", "Without water", FLAG,
                "=IF(AND([time.actual]=0,[time.year]-IF([time.month]<{scenario.thaw},1,0)={scenario.water_year}),1,0)",
                "after the as-of date, from thaw to thaw: a month before the thaw belongs to the year before"),
        balance("ops.leach", "Leaching in the month", "fraction", "=[plan.leach]*(1-{scenario.water}*[ops.dry])"),
        monthly("ops.recovered", "- recovered", OZ,
                actual("actual.ounces", "MIN({plan.plant_oz},MAX(0,[ops.pad_open]+[ops.placed])*[ops.leach])"),
                "what the plant cannot take stays on the pad"),
        balance("ops.pad_close", "On the pad, recoverable, closing", OZ,
                "=[ops.pad_open]+[ops.placed]-[ops.recovered]", bold=True),
        head("Metal sold"),
        monthly("ops.gold_oz", "Gold", OZ, "=[ops.recovered]*(1-{plan.silver_share})"),
        monthly("ops.silver_oz", "Silver", OZ,
                "=[ops.recovered]*{plan.silver_share}*{plan.gold_price}/{plan.silver_price}"),
        monthly("ops.equivalent", "Gold equivalent at the month's prices", OZ,
                "=GOLD_EQUIVALENT([ops.gold_oz:row],[ops.silver_oz:row],[market.gold:row],[market.silver:row],1,1)",
                "8-K 2(a) Back-in (R-39)", array=True),
        head("Revenue and royalty"),
        monthly("ops.gross", "Gross returns", USD, "=[ops.equivalent]*[market.gold]"),
        monthly("ops.refining", "Refining", USD, "=[ops.recovered]*{plan.refining}"),
        monthly("ops.freight", "Transport and insurance", USD, "=[ops.recovered]*{plan.freight}"),
        monthly("ops.net_returns", "Net returns", USD,
                "=NET_RETURNS([ops.gross:row],[ops.refining:block;ops.freight])", "8-K 2(a) Royalty", array=True, bold=True),
        monthly("ops.royalty", "Royalty, before credit for advances", USD,
                "=ROYALTY_DUE([ops.net_returns:row],{royalty.rate},0)", "8-K 2(a) Royalty (R-34)", array=True),
        monthly("ops.hedge_oz", "Gold sold forward", OZ, "=[plan.hedge_oz]*{scenario.hedge}", "as the scenario says"),
        monthly("ops.hedge", "Settlement of hedges", USD,
                "=HEDGE_SETTLEMENT([ops.hedge_oz:row],[plan.hedge_price:row],[market.gold:row])",
                "8-K 7(c) Exhibit 10(d)", array=True),
        head("Costs"),
        balance("ops.ahead", "After the as-of date", FLAG, "=1-[time.actual]", "no scenario changes what is past"),
        monthly("ops.mining", "Mining", USD,
                "=([ops.ore]+[ops.waste])*{plan.mining_cost}*(1+{scenario.costs}*[ops.ahead])"),
        monthly("ops.process", "Crushing, stacking and leaching", USD,
                "=[ops.ore]*{plan.process_cost}*(1+{scenario.costs}*[ops.ahead])"),
        monthly("ops.site", "Site and administration", USD, "=[plan.site_cost]*(1+{scenario.costs}*[ops.ahead])"),
        monthly("ops.cost", "Operating cost", USD,
                actual("actual.cost", "[ops.mining]+[ops.process]+[ops.site]"), bold=True),
        scalar("ops.cost_per_oz", "Operating cost per ounce recovered, life of the mine", "US$/oz",
               "=IF(SUM([ops.recovered:row])>0,SUM([ops.cost:row])/SUM([ops.recovered:row]),0)"),
        monthly("ops.closure", "Closure and reclamation", USD, "=[plan.closure]"),
        monthly("ops.capex", "Capital expenditure", USD,
                actual("actual.capex", "[plan.capex]*(1+{scenario.capex}*[ops.ahead])")),
        head("Tax", "before interest, so that tax does not hang on the loan"),
        scalar("ops.depreciation_rate", "Depreciation per ounce", "US$/oz",
               "=IF(SUM([ops.recovered:row])>0,({plan.capital_before}+SUM([ops.capex:row]))/SUM([ops.recovered:row]),0)", "units of production"),
        monthly("ops.depreciation", "Depreciation", USD, "=[ops.recovered]*{ops.depreciation_rate}"),
        monthly("ops.taxable", "Income before losses", USD,
                "=[ops.net_returns]-[npmc.payable]-[npmc.advance_paid]+[ops.hedge]-[ops.cost]-[ops.closure]-[ops.depreciation]"),
        balance("ops.loss_open", "Losses carried forward, opening", USD, "=[ops.loss_close:-1]"),
        monthly("ops.loss_added", "+ loss of the month", USD, "=MAX(0,-[ops.taxable])"),
        monthly("ops.loss_used", "- used", USD, "=MIN([ops.loss_open],MAX(0,[ops.taxable]))"),
        balance("ops.loss_close", "Losses carried forward, closing", USD,
                "=[ops.loss_open]+[ops.loss_added]-[ops.loss_used]"),
        monthly("ops.tax", "Tax", USD, "=(MAX(0,[ops.taxable])-[ops.loss_used])*{plan.tax_rate}"),
        head("Cash"),
        monthly("ops.cfads", "Cash available for debt service (CFADS)", USD,
                "=[ops.net_returns]-[npmc.payable]-[npmc.advance_paid]+[ops.hedge]-[ops.cost]-[ops.closure]-[ops.tax]",
                bold=True),
        monthly("ops.project_cash", "Net cash flow of the Project, before financing", USD, "=[ops.cfads]-[ops.capex]",
                "8-K 5(a) Proceeds Account (I)", bold=True),
    ],
    clauses=("8-K 2(a) Royalty", "8-K 7(c) Exhibit 10(d)"),
)  # fmt: skip


def calculate(v: Values) -> Values:
    """Ounces, revenue and costs; the pad is the only recursion."""
    ore = actual_or(v, "actual.ore", v["plan.ore"])
    placed = ore * v["plan.grade"] * v["plan.recovery"]
    known = (v["time.actual"] == 1) & ~np.isnan(v["actual.ounces"])
    given, part, most = np.where(known, v["actual.ounces"], 0.0), _leaching(v, ~known), v["plan.plant_oz"]

    def closing(opening: Months, t: int) -> Any:
        held = opening + placed[t]
        leached = np.minimum(most, np.maximum(0.0, held) * part[t])
        return held - leached - given[t]  # below zero where actual ounces exceed the plan's

    pad_open, pad_close = carried(closing, np.broadcast_shapes(placed.shape, part.shape))
    recovered = np.minimum(most, np.maximum(0.0, pad_open + placed) * part) + given
    gold_part, silver_part = _metals(v)
    equivalent = reserves.gold_equivalent(
        recovered, recovered, v["market.gold"], v["market.silver"], gold_recovery=gold_part, silver_recovery=silver_part
    )
    gross = equivalent * v["market.gold"]
    net_returns = gross - recovered * (v["plan.refining"] + v["plan.freight"])
    unit_costs = _mining(v, ore) + ore * v["plan.process_cost"] + v["plan.site_cost"]
    cost = actual_or(v, "actual.cost", unit_costs * _ahead(v, "scenario.costs"))
    capex = actual_or(v, "actual.capex", v["plan.capex"] * _ahead(v, "scenario.capex"))
    rate = _per_ounce(v["plan.capital_before"] + capex.sum(axis=0), recovered)
    hedge = hedge_oz = v["plan.hedge_oz"] * v["scenario.hedge"]
    if hedge_oz.any():
        hedge = gold.hedge_settlement(hedge_oz, v["plan.hedge_price"], v["market.gold"])
    return {
        "ops.ore": ore,
        "ops.pad_open": pad_open,
        "ops.placed": placed,
        "ops.recovered": recovered,
        "ops.pad_close": pad_close,
        "ops.equivalent": equivalent,
        "ops.gross": gross,
        "ops.net_returns": net_returns,
        "ops.royalty": royalty.royalty_due(net_returns, rate=v["royalty.rate"], advance_credit=0.0),
        "ops.hedge_oz": hedge_oz,
        "ops.hedge": hedge,
        "ops.cost": cost,
        "ops.closure": v["plan.closure"],
        "ops.capex": capex,
        "ops.depreciation_rate": rate,
        "ops.depreciation": recovered * rate,
    }


def _metals(v: Values) -> tuple[Any, Any]:
    """Ounces of gold and of silver in an ounce of gold equivalent, at the plan's prices."""
    return 1 - v["plan.silver_share"], v["plan.silver_share"] * v["plan.gold_price"] / v["plan.silver_price"]


def _leaching(v: Values, months: Any) -> Months:
    """Part of the ounces on the pad that leaches in each of the months marked; less in the year without water."""
    plan = v["plan.leach"] * months
    part: Months = plan - plan * _dry(v) * v["scenario.water"]
    return part


def _dry(v: Values) -> Months:
    """The twelve months from the thaw of the year without water, as far as they are still to come."""
    begin = (v["scenario.water_year"] - v["time.year"]) * v["time.months_a_year"] + v["scenario.thaw"]
    since = v["time.month"] - begin
    dry: Months = ((since >= 0) & (since < v["time.months_a_year"]) & (v["time.actual"] == 0)) * 1.0
    return dry


def _ahead(v: Values, change: str) -> Months:
    """A scenario's change as a factor of each month; none on what is past."""
    factor: Months = 1 + v[change] * (1 - v["time.actual"])
    return factor


def _mining(v: Values, ore: Months) -> Months:
    """Cost of ore and waste at the plan's rate."""
    cost: Months = (ore + ore * v["plan.strip"]) * v["plan.mining_cost"]
    return cost


def _per_ounce(dollars: Any, recovered: Months) -> Any:
    """Dollars over all ounces; nothing where there are none."""
    ounces = recovered.sum(axis=0)
    return np.where(ounces > 0, dollars / np.where(ounces > 0, ounces, 1.0), 0.0)


def calculate_cash(v: Values) -> Values:
    """Tax and cash, once the royalty payable is known."""
    before_tax = v["ops.net_returns"] - v["fund.royalty"] + (v["ops.hedge"] - v["ops.closure"]) - v["ops.cost"]
    taxable = before_tax - v["ops.depreciation"]
    loss_open, loss_close = carried(lambda open_, t: np.maximum(0.0, open_ - taxable[t]), taxable.shape)
    income = np.maximum(0.0, taxable)
    used = np.minimum(loss_open, income)
    tax = (income - used) * v["plan.tax_rate"]
    cfads = before_tax - tax
    return {
        "ops.taxable": taxable,
        "ops.loss_open": loss_open,
        "ops.loss_used": used,
        "ops.loss_close": loss_close,
        "ops.tax": tax,
        "ops.cfads": cfads,
        "ops.project_cash": cfads - v["ops.capex"],
    }


def calculate_shown(v: Values) -> Values:
    """The parts of ounces, costs and tax, which nothing else is calculated from."""
    ore, recovered, more = v["ops.ore"], v["ops.recovered"], _ahead(v, "scenario.costs")
    return {
        "ops.waste": ore * v["plan.strip"],
        "ops.contained": ore * v["plan.grade"],
        "ops.dry": _dry(v),
        "ops.leach": _leaching(v, 1.0),
        "ops.ahead": 1 - v["time.actual"],
        "ops.gold_oz": recovered * _metals(v)[0],
        "ops.silver_oz": recovered * _metals(v)[1],
        "ops.refining": recovered * v["plan.refining"],
        "ops.freight": recovered * v["plan.freight"],
        "ops.mining": _mining(v, ore) * more,
        "ops.process": ore * v["plan.process_cost"] * more,
        "ops.site": v["plan.site_cost"] * more,
        "ops.cost_per_oz": _per_ounce(v["ops.cost"].sum(axis=0), recovered),
        "ops.loss_added": np.maximum(0.0, -v["ops.taxable"]),
    }
