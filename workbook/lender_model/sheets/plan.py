"""Plan: the development plan by month, as inputs. Published figures name their source, the rest are assumptions."""

from __future__ import annotations

from lender_model.grid import (
    COUNT,
    DATE,
    FLOW,
    OZ,
    PRICE,
    RATE,
    RATIO,
    SHARE,
    SHARES,
    TONS,
    USD,
    Sheet,
    balance,
    head,
    monthly,
    scalar,
)  # fmt: skip


def _expected(key: str) -> str:
    """Formula: the date reported, else the plan's with the scenario's delay, and not before the as-of date is past."""
    reported, planned = f"{{actual.{key}}}", f"{{plan.{key}}}"
    return (
        f"=IF(AND(ISNUMBER({reported}),{reported}<={{cover.as_of}}),{reported},"
        f"EOMONTH(MAX({planned},EOMONTH({{cover.as_of}}+1,0)),{{plan.delay}}))"
    )


SHEET = Sheet(
    "Plan",
    "The development plan. Column D names the source of a published figure, or the reason of an assumption.",
    [
        head("Ore"),
        scalar("plan.recovery", "Recovery", SHARE),
        scalar("plan.strip", "Stripping ratio", RATIO),
        scalar("plan.silver_share", "Silver's part of the gold equivalent", SHARE),
        scalar("plan.gold_price", "Gold price of the plan", PRICE),
        scalar("plan.silver_price", "Silver price of the plan", PRICE),
        monthly("plan.ore", "Ore stacked", TONS),
        scalar("plan.season_first", "First month of the year in which ore is stacked", COUNT),
        scalar("plan.season_last", "Last month of the year in which ore is stacked", COUNT),
        scalar("plan.stack_most", "Most ore that is stacked in a month", TONS, "=MAX([plan.ore:row])", "the plan's busiest month"),
        balance("plan.grade", "Grade, gold equivalent", "oz/ton"),
        balance("plan.leach", "Ounces on the pad that leach in the month", SHARE),
        scalar("plan.plant_oz", "Most ounces that the plant recovers in a month", OZ),
        head("Costs"),
        scalar("plan.mining_cost", "Mining, per ton of ore and waste", "US$/ton"),
        scalar("plan.process_cost", "Crushing, stacking and leaching, per ton of ore", "US$/ton"),
        scalar("plan.refining", "Refining", PRICE),
        scalar("plan.freight", "Transport and insurance of the metal", PRICE),
        monthly("plan.site_cost", "Site and administration", USD),
        monthly("plan.closure", "Closure and reclamation", USD),
        scalar("plan.tax_rate", "Tax on income", SHARE),
        head("Capital and funding"),
        scalar("plan.capital_before", "Capital spent before signing", USD),
        monthly("plan.capex", "Capital expenditure", USD),
        monthly("plan.advance", "Drawdown of the loan", USD),
        monthly("plan.contribution", "Equity contribution of the Company", USD),
        monthly("plan.equity", "Further funding by the Company", USD),
        monthly("plan.standby", "Standby equity for contingencies, raised for the Project", USD),
        head("Completion"),
        scalar("plan.mechanical", "Mechanical Completion, base", DATE),
        scalar("plan.completion", "Completion, base", DATE),
        scalar("plan.mechanical_date", "Mechanical Completion, scenario in use", DATE,
               _expected("mechanical"), "as reported; else by the plan and the scenario's delay, not before the as-of date is past"),
        scalar("plan.completion_date", "Completion, scenario in use", DATE,
               _expected("completion"), "as above"),
        scalar("plan.delay", "Months by which what is still to come is late", COUNT,
               "=IF({comp.completion_reported}=1,0,{scenario.delay})",
               "none once Completion was reported (R-61)"),
        scalar("plan.capacity", "Pro forma production capacity per day", OZ),
        head("Hedge book"),
        monthly("plan.hedge_oz", "Gold sold forward", OZ),
        balance("plan.hedge_price", "Contract price", PRICE),
        head("Account and ratios"),
        monthly("plan.net_cash", "Net cash flow of the Project by the Development Plan", FLOW, value="sum"),
        scalar("plan.discount_rate", "Discount rate", RATE),
        scalar("plan.formula_share", "Share of present value in the formula amount", SHARE),
        balance("plan.payout", "Share of what may be withdrawn that is distributed", SHARE),
        scalar("plan.npmc_price", "Average price of the shares issued to NPMC", "US$/share"),
        scalar("plan.extensions", "Extensions of the production deadline paid for", COUNT),
        scalar("plan.stated_oz", "Reserve of the report that the back-in counts from", OZ),
        scalar("plan.reserve_oz", "Proven reserve now", OZ),
        head("The Company, consolidated"),
        scalar("plan.balance_date", "Opening balance sheet", DATE),
        scalar("plan.company_cash", "Cash", USD),
        scalar("plan.other_current", "Other current assets", USD),
        scalar("plan.ppe", "Property, plant and equipment", USD),
        scalar("plan.intangibles", "Intangible assets", USD),
        scalar("plan.payables", "Payables and other current liabilities", USD),
        scalar("plan.shares", "Shares outstanding", SHARES),
        scalar("plan.horizon", "Months to which current means", COUNT),
        monthly("plan.offering_shares", "Shares offered", SHARES, value="sum"),
        scalar("plan.offering_price", "Price of the offering", "US$/share"),
        scalar("plan.offering_cost", "Cost of the offering", SHARE),
        monthly("plan.overhead", "Overhead of the Company", USD),
    ],
)  # fmt: skip
