"""Operations: from ore to cash available for debt service."""

from __future__ import annotations

from lender_model.grid import COUNT, FLAG, OZ, TONS, USD, Sheet, balance, head, monthly, scalar
from lender_model.sheets.actuals import known

ACTUAL = "=IF(AND([time.actual]=1,ISNUMBER([{actual}])),[{actual}],{plan})"


def actual(key: str, plan: str) -> str:
    """Formula: the actual figure where there is one, else the plan's."""
    return ACTUAL.format(actual=key, plan=plan)


def _moved(key: str) -> str:
    """Formula: the plan's figure of the month that falls into this one."""
    return f"=IF([ops.from]>0,INDEX([{key}:row],1,MAX(1,[ops.from])),0)"


SHEET = Sheet(
    "Operations",
    "Ore to ounces, ounces to revenue, net returns and royalty, costs and tax, cash available for debt service.",
    [
        head("The plan, as late as the scenario has it", "a delay moves ore, capital, site cost and closure with it (R-61)"),
        scalar("ops.past", "Months up to the as-of date", COUNT, "=SUM([time.actual:row])"),
        balance("ops.from", "Month of the plan that falls into this one", COUNT,
                "=IF([time.no]<={ops.past},[time.no],IF([time.no]-{plan.delay}>{ops.past},[time.no]-{plan.delay},0))",
                "0: a month lost to the delay"),
        monthly("ops.mined", "Ore to be stacked", TONS, _moved("plan.ore")),
        monthly("ops.mined_oz", "Gold equivalent in it", OZ, "=[ops.mined]*" + _moved("plan.grade").removeprefix("=")),
        balance("ops.season", "Ore can be stacked", FLAG,
                "=IF(AND([time.month]>={plan.season_first},[time.month]<={plan.season_last}),1,0)", "not in winter"),
        balance("ops.wait_open", "Ore waiting, opening", TONS, "=[ops.wait_close:-1]"),
        balance("ops.wait_oz_open", "Gold equivalent in it, opening", OZ, "=[ops.wait_oz_close:-1]"),
        head("Ore and ounces"),
        monthly("ops.ore", "Ore stacked", TONS,
                actual("actual.ore", "IF([time.actual]=1,[ops.mined],MIN({plan.stack_most},MAX(0,[ops.wait_open]+[ops.mined]))*[ops.season])"),
                "what misses its season waits for the next one"),
        monthly("ops.waste", "Waste moved", TONS, "=[ops.ore]*{plan.strip}"),
        monthly("ops.contained", "Gold equivalent contained", OZ,
                "=IF(AND([ops.wait_open]+[ops.mined]>0,[ops.wait_oz_open]+[ops.mined_oz]>0),[ops.ore]*([ops.wait_oz_open]+[ops.mined_oz])/([ops.wait_open]+[ops.mined]),"
                "[ops.ore]*[plan.grade])", "at the grade of the ore that waits"),
        balance("ops.wait_close", "Ore waiting, closing", TONS, "=[ops.wait_open]+[ops.mined]-[ops.ore]", start=0.0),
        balance("ops.wait_oz_close", "Gold equivalent in it, closing", OZ, "=[ops.wait_oz_open]+[ops.mined_oz]-[ops.contained]", start=0.0),
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
        monthly("ops.delivered", "Recovered, as far as it counts for a milestone", OZ,
                f"=IF([time.actual]=1,IF({known('production')},[ops.recovered],0),[ops.recovered])",
                "a month that was not reported counts for nothing (R-58)"),
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
        monthly("ops.site", "Site and administration", USD, "=IF([ops.from]>0,INDEX([plan.site_cost:row],1,MAX(1,[ops.from])),[plan.site_cost])*(1+{scenario.costs}*[ops.ahead])",
                "runs on in the months lost to a delay"),
        monthly("ops.cost", "Operating cost", USD,
                actual("actual.cost", "[ops.mining]+[ops.process]+[ops.site]"), bold=True),
        scalar("ops.cost_per_oz", "Operating cost per ounce recovered, life of the mine", "US$/oz",
               "=IF(SUM([ops.recovered:row])>0,SUM([ops.cost:row])/SUM([ops.recovered:row]),0)"),
        scalar("ops.closure_late", "Closure that a delay puts beyond the last month", USD,
               "=SUMPRODUCT(--([time.no:row]>COLUMNS([time.no:row])-{plan.delay}),[plan.closure:row])"),
        monthly("ops.closure", "Closure and reclamation", USD,
                _moved("plan.closure") + "+IF([time.no]=COLUMNS([time.no:row]),{ops.closure_late},0)",
                "what would fall beyond the last month falls into it"),
        monthly("ops.capex", "Capital expenditure", USD,
                actual("actual.capex", _moved("plan.capex").removeprefix("=") + "*(1+{scenario.capex}*[ops.ahead])")),
        head("Tax", "before interest, so that tax does not depend on the loan"),
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
