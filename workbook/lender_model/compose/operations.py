"""Timeline, Market, Plan, Actuals, Scenarios and Operations: the mine itself, whoever lends to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from drawstop.deal import text_like
from lender_model.clauses import milestone as milestones
from lender_model.compose.case import PLAN_LINES, title
from lender_model.compose.case import monthly as by_month
from lender_model.compose.draft import CONTROL, INPUTS, Claim
from lender_model.grid import COUNT, DATE, FLAG, INPUT, OZ, RATE, TEXT, USD, Row, balance, head, monthly, scalar
from lender_model.sheets import together
from lender_model.sheets.together import ADD, MULTIPLY

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft
    from lender_model.compose.files import Figures

LEVERS = (
    ("price", "Prices of metals, change", "change", MULTIPLY), ("rate", "Base rates, points added", RATE, ADD),
    ("exchange", "Exchange rates, change", "change", MULTIPLY), ("costs", "Operating costs, change", "change", MULTIPLY),
    ("capital", "Capital, change", "change", MULTIPLY), ("production", "Production, change", "change", MULTIPLY),
    ("delay", "Delay, months", "months", ADD),
)  # fmt: skip
"""What a scenario changes: key, label, unit, and how the changes of several combine."""
COMPARED = {
    "dscr": ("Lowest DSCR, twelve months", "x", "dash.dscr_12"), "llcr": ("Lowest LLCR", "x", "dash.llcr"),
    "breaches": ("Covenant tests broken", COUNT, "dash.breaches"), "arrears": ("Months with arrears", COUNT, "dash.unpaid"),
    "interest": ("Interest due in all", USD, "dash.interest"), "distributions": ("Distributions", USD, "dash.distributions"),
}  # fmt: skip
"""Results that the scenarios are compared by: label, unit, line."""


def compared(figure: object) -> float | str | None:
    """A scenario's result as stored: beyond six digits it depends on the order of summation."""
    if isinstance(figure, float):
        return round(figure, 6)
    return figure if isinstance(figure, str) else None


LATE = ("operating_cost", "closure")
"""Lines that a delay defers besides the products."""


def write_front(draft: Draft) -> None:
    """What every sheet depends on: the as-of date, the scenario, the tolerances."""
    model = draft.case.model
    draft.page("Cover", f"{draft.deal.name}: lender's model.", CONTROL, monthly=False)
    draft.inputs |= {"cover.as_of": model.as_of, "cover.scenario": model.scenario, "cover.refreshed": ""}
    draft.term("deal.signing", "Date of signing", DATE, draft.deal.signing, draft.deal.source, "deal")
    draft.term("model.first", "First month", DATE, draft.case.ends[0], "case", "deal")


def write_timeline(draft: Draft) -> None:
    """Dates and flags."""
    draft.page("Timeline", "Months, days, and the phases that milestones begin.")
    draft.add(
        "Timeline",
        head("Months"),
        scalar("time.months_a_year", "Months in a year", COUNT, 12.0),
        scalar("time.million", "A million", COUNT, 1_000_000.0),
        scalar("time.never", "Last date of a spreadsheet: has not happened", DATE, _NEVER),
        scalar("time.year_days", "Days of a year of 360 days", COUNT, 360.0),
        scalar("ratio.year_days", "Days of a year of discounting", COUNT, 365.0),
        balance("time.no", "Month number", COUNT, "=[time.no:-1]+1", start=0.0),
        balance("time.end", "Month-end", DATE, "=EOMONTH([time.end:-1],1)", start="=EOMONTH({model.first},-1)"),
        balance(
            "time.begin",
            "Interest accrues from",
            DATE,
            "=MIN([time.end],MAX({deal.signing},[time.end:-1]))",
            "the day of signing, then the month-end before",
        ),
        balance("time.days", "Days of the month from then on", COUNT, "=MAX(1,[time.end]-[time.begin])"),
        balance("time.year", "Year", "year", "=YEAR([time.end])"),
        balance("time.month", "Month of the year", COUNT, "=MONTH([time.end])"),
        balance("time.index", "Month counted from year 0", COUNT, "=[time.year]*{time.months_a_year}+[time.month]"),
        head("Phases"),
        balance("time.actual", "Actual", FLAG, "=IF([time.end]<={cover.as_of},1,0)", "up to the as-of date"),
        balance(
            "time.as_of",
            "As-of month",
            FLAG,
            "=IF(AND([time.end]<={cover.as_of},EOMONTH([time.end],1)>{cover.as_of}),1,0)",
        ),
        scalar(
            "time.position",
            "Position at",
            DATE,
            '=IF(SUM([time.as_of:row])=0,"–",SUMPRODUCT([time.as_of:row],[time.end:row]))',
        ),
    )
    for milestone in draft.deal.milestone:
        draft.add(
            "Timeline",
            milestones.state(milestone, draft),
        )
    for k, amendment in enumerate(draft.deal.amendment, start=1):
        if amendment.adds or amendment.drops:
            date = draft.amendment_date(k)
            now = f"=IF(AND({{cover.as_of}}>={date},[time.end]>={date}),1,0)"
            draft.add("Timeline", draft.flag(f"amendment.{k}.now", f"{amendment.title}: in force", now))
    until = draft.deal.funding_until
    if until is not None:
        draft.add(
            "Timeline",
            draft.flag(
                "time.construction",
                "Construction is funded",
                f"=IF([time.end:-1]<{draft.date('deal.funding_until', until, 'Last day of construction funding', monthly=True)},1,0)",
            ),
        )


_NEVER = 2_958_465.0


def write_scenarios(draft: Draft) -> None:
    """The scenarios side by side, and what is in use."""
    scenarios = draft.case.scenarios
    draft.page(
        "Scenarios",
        "What each scenario changes after the as-of date; in use is the one that the Cover names, or several together.",
        INPUTS,
        monthly=False,
        across_titles=tuple(each.name for each in scenarios),
    )
    rows = [
        Row(
            "scenario.name", "Scenario", TEXT, across=tuple(each.name for each in scenarios), value="={cover.scenario}"
        ),
        *together.rows("scenario.name", "scenario.no", len(scenarios)),
        head("What each changes", "column E holds what the model reads: of several in use together, as each note says"),
    ]
    for key, label, unit, way in LEVERS:
        if key == "exchange" and not draft.case.has_exchange:
            continue
        rows.append(
            Row(
                f"scenario.{key}",
                label,
                unit,
                value=together.formula(f"scenario.{key}", way, "scenario.no"),
                note=way.words,
                across=len(scenarios),
            )
        )
        draft.inputs[f"scenario.{key}@across"] = [float(getattr(each, key)) for each in scenarios]
    for key, field in type(draft.case.risk).model_fields.items():
        if key == "exchange" and not draft.case.has_exchange:
            continue
        unit = RATE if key in {"price", "rate", "exchange"} else "fraction"
        usual = "of a currency" if key == "exchange" else "of gold"
        note = draft.case.assumed.get("risk", f"assumption: usual {usual}; change it in the case")
        draft.term(f"risk.{key}", field.title or key, unit, getattr(draft.case.risk, key), note, "risk")
    rows.append(head("What each comes to", "column E: in use, now; beside it each at the last build or refresh"))
    for key, (label, unit, line) in COMPARED.items():
        rows.append(Row(f"compare.{key}", label, unit, value=f"={{{line}}}", results=len(scenarios)))
        draft.inputs[f"compare.{key}@across"] = [None] * len(scenarios)
    draft.add("Scenarios", *rows)


def write_market(draft: Draft, market: Figures) -> None:
    """Prices, rates and indices: as given, and as the scenario has them."""
    draft.page(
        "Market",
        "Prices and rates: published, then assumed; the scenario moves what lies after the as-of date.",
        INPUTS,
    )
    given, used = [head("As given")], [head("Used by the model")]
    for key, series in draft.case.market.items():
        figures = [
            value if value is not None else 0.0
            for value in by_month(series, market.columns.get(key, {}), draft.case.ends)
        ]
        label = key.upper() if series.unit == RATE or series.is_exchange else text_like(key)
        given.append(balance(f"market.{key}_given", label, series.unit, INPUT, series.note))
        draft.inputs[f"market.{key}_given"] = figures
        moved = f"[market.{key}_given]"
        if series.is_exchange:
            moved = f"{moved}*(1+(1-[time.actual])*{{scenario.exchange}})"
        elif "/" in series.unit:
            moved = f"{moved}*(1+(1-[time.actual])*{{scenario.price}})"
        elif series.unit == RATE:
            moved = f"{moved}+(1-[time.actual])*{{scenario.rate}}"
        used.append(balance(f"market.{key}", label, series.unit, f"={moved}", start=INPUT))
        draft.inputs[f"market.{key}@start"] = series.start if series.start is not None else figures[0]
    draft.add("Market", *given, *used)


def write_plan(draft: Draft, plan: Figures, actuals: Figures) -> None:
    """Plan and actuals by line, and the figures that the model uses."""
    draft.page("Plan", "The plan by month, as the case gives it.", INPUTS)
    draft.page("Actuals", "What happened, month by month; used up to the as-of date in place of the plan.", INPUTS)
    products = {product.key: product.unit for product in draft.deal.product}
    draft.add("Plan", head("Plan"))
    draft.add(
        "Actuals",
        head("Actuals", "a month without figures up to the as-of date stays on the plan, and is named on Checks"),
    )
    missing = []
    for key in plan_lines(draft, plan):
        unit = products.get(key, USD)
        series = draft.case.plan.get(key)
        note = series.note if series else f"file {Path(plan.file).name}"
        draft.add("Plan", _input_line(f"plan.{key}", title(key), unit, note))
        draft.inputs[f"plan.{key}"] = [
            value or 0.0 for value in by_month(series, plan.columns.get(key, {}), draft.case.ends)
        ]
        if key in {"other_current_assets", "current_liabilities", "intangibles"}:
            continue
        draft.add("Actuals", _input_line(f"actual.{key}", title(key), unit, ""))
        known = actuals.columns.get(key, {})
        draft.inputs[f"actual.{key}"] = [known.get(end) for end in draft.case.ends]
        missing.append(f"(1-ISNUMBER([actual.{key}:row]))")
    if missing:
        draft.alert(
            "actuals",
            "Months up to the as-of date without actuals: they stay on the plan",
            f"=SUMPRODUCT([time.actual:row],--({'+'.join(missing)}>0))",
        )


def _input_line(key: str, label: str, unit: str, note: str) -> Row:
    return monthly(key, label, unit, INPUT, note, value="sum" if unit in {USD, OZ} or unit == "oz" else None)


def plan_lines(draft: Draft, plan: Figures) -> list[str]:
    """Lines of the plan that the case gives, and the products."""
    given = {*draft.case.plan, *plan.columns}
    return [*(product.key for product in draft.deal.product), *(key for key in PLAN_LINES if key in given)]


def used(key: str, lever: str, *, late: bool, draft: Draft | None = None) -> str:
    """Template of a line of the plan: its actual, else the plan as the scenario and the exchange rate change it."""
    planned = f"[plan.{key}]"
    if late:
        planned = f"IF([time.no]>{{scenario.delay}},INDEX([plan.{key}:row],1,MAX(1,[time.no]-{{scenario.delay}})),0)"
    if lever:
        planned = f"{planned}*(1+{{scenario.{lever}}})"
    plain = f"IF(ISNUMBER([actual.{key}]),[actual.{key}],[plan.{key}])"
    spent = draft.case.plan.get(key) if draft else None
    if draft and spent and spent.exchange:
        label, note = title(key), spent.note
        part = draft.term(
            f"plan.{key}.part",
            f"{label}: part in {spent.exchange.rate.upper()}",
            "fraction",
            spent.exchange.part,
            note,
            "case",
        )
        at = draft.term(
            f"plan.{key}.at",
            f"{label}: {spent.exchange.rate.upper()} of the plan",
            "rate of exchange",
            spent.exchange.at,
            note,
            "case",
        )
        planned = f"{planned}*(1-{part}+{part}*[market.{spent.exchange.rate}]/{at})"
    return f"=IF([time.actual]=1,{plain},{planned})"


def write_operations(draft: Draft, plan: Figures) -> None:
    """From ounces to the cash that services debt."""
    deal, lines = draft.deal, set(plan_lines(draft, plan))
    draft.page("Operations", "From production to the cash flow available for debt service.")
    add = draft.add
    add("Operations", head("Production"))
    for product in deal.product:
        add(
            "Operations",
            monthly(
                f"ops.{product.key}",
                text_like(product.key),
                product.unit,
                used(product.key, "production", late=True),
                value="sum",
            ),
        )
    first = deal.product[0]
    output = "+".join(
        f"[ops.{p.key}]" + ("" if p is first else f"*[market.{p.price}]/[market.{first.price}]") for p in deal.product
    )
    add(
        "Operations",
        monthly(
            "ops.output",
            f"Output in {text_like(first.key).lower()}" + (" equivalent" if len(deal.product) > 1 else ""),
            first.unit,
            f"={output}",
            value="sum",
        ),
        head("Revenue"),
    )
    for product in deal.product:
        add(
            "Operations",
            monthly(
                f"ops.{product.key}.sales",
                f"{text_like(product.key)} at market",
                USD,
                f"=[ops.{product.key}]*[market.{product.price}]",
            ),
        )
    add(
        "Operations",
        monthly(
            "ops.revenue",
            "Revenue at market",
            USD,
            "=" + "+".join(f"[ops.{p.key}.sales]" for p in deal.product),
            bold=True,
        ),
    )
    parts = ["[ops.revenue]"]
    for key, label, listed in (
        ("stream", "Streams, below market", draft.streams),
        ("royalty", "Royalties", draft.royalties),
        ("offtake", "Kept by buyers", draft.offtakes),
    ):
        if listed:
            add("Operations", monthly(f"ops.{key}", label, USD, "=" + "+".join(f"[{line}]" for line in listed)))
            parts.append(f"-[ops.{key}]")
    add(
        "Operations",
        monthly(
            "ops.cost",
            "Operating cost",
            USD,
            used("operating_cost", "costs", late=True, draft=draft) if "operating_cost" in lines else "=0",
        ),
    )
    parts.append("-[ops.cost]")
    if "overhead" in lines:
        add("Operations", monthly("ops.overhead", "Overhead", USD, used("overhead", "", late=False, draft=draft)))
        parts.append("-[ops.overhead]")
    if deal.hedge:
        parts.append("+[hedge.net]")
    add("Operations", monthly("ops.ebitda", "EBITDA", USD, f"={''.join(parts)}", bold=True))
    _capital_and_tax(draft, lines)
    _claims(draft, lines)


def _capital_and_tax(draft: Draft, lines: set[str]) -> None:
    case, add = draft.case, draft.add
    after = ["[ops.ebitda]", "-[ops.tax]"]
    spent = []
    add("Operations", head("Capital and tax"))
    for key, label in (
        ("capital", "Construction capital"),
        ("sustaining", "Sustaining capital"),
        ("closure", "Closure cost"),
    ):
        if key in lines:
            add(
                "Operations",
                monthly(
                    f"ops.{key}",
                    label,
                    USD,
                    used(key, "" if key == "closure" else "capital", late=key in LATE, draft=draft),
                ),
            )
            if key != "closure":
                spent.append(f"[ops.{key}]")
            if key != "capital":
                after.append(f"-[ops.{key}]")
    capital = "+".join(spent) or "0"
    note = case.assumed
    owned = draft.term(
        "case.property",
        "Mine property at the start",
        USD,
        case.opening_property,
        note.get("opening_property", ""),
        "operations",
    )
    losses = draft.term(
        "case.losses", "Tax losses at the start", USD, case.opening_losses, note.get("opening_losses", ""), "operations"
    )
    rate = draft.term(
        "case.tax", "Tax on the mine's profit", "fraction", case.tax_rate, note.get("tax_rate", ""), "operations"
    )
    cost = "[ops.ebitda]-[ops.depreciation]" + ("-[ops.closure]" if "closure" in lines else "")
    add(
        "Operations",
        balance("ops.property_open", "Property, opening", USD, "=[ops.property:-1]"),
        monthly("ops.spent", "+ capital", USD, f"={capital}"),
        balance(
            "ops.output_left",
            "Output still to come, opening",
            draft.deal.product[0].unit,
            "=[ops.output_left:-1]-[ops.output:-1]",
            start="=SUM([ops.output:row])",
        ),
        monthly(
            "ops.depreciation",
            "- depreciation, by output",
            USD,
            "=IF([ops.output_left]>{checks.cent},MIN(1,[ops.output]/[ops.output_left])*([ops.property_open]+[ops.spent]),0)",
        ),
        balance(
            "ops.property",
            "Property, closing",
            USD,
            "=[ops.property_open]+[ops.spent]-[ops.depreciation]",
            start=f"={owned}",
        ),
        balance("ops.loss_open", "Tax losses, opening", USD, "=[ops.loss:-1]"),
        monthly("ops.profit", "Profit before interest and tax", USD, f"={cost}"),
        monthly("ops.loss_used", "Losses used", USD, "=MIN([ops.loss_open],MAX(0,[ops.profit]))"),
        balance(
            "ops.loss",
            "Tax losses, closing",
            USD,
            "=[ops.loss_open]+MAX(0,-[ops.profit])-[ops.loss_used]",
            start=f"={losses}",
        ),
        monthly("ops.tax", "Tax", USD, f"={rate}*(MAX(0,[ops.profit])-[ops.loss_used])", "before interest: unlevered"),
        head("Cash flow"),
        monthly(
            "ops.cfads",
            "Cash flow available for debt service (CFADS)",
            USD,
            f"={''.join(after)}",
            "before construction capital",
            bold=True,
        ),
    )
    draft.check(
        "property",
        "Property rolls forward",
        draft.rolls("ops.property_open", ("ops.spent",), ("ops.depreciation",), "ops.property"),
    )
    draft.income += [("Depreciation", "[ops.depreciation]", -1), ("Tax", "[ops.tax]", -1)]
    draft.assets.append(("Mine property", "[ops.property]", 1))


def _claims(draft: Draft, lines: set[str]) -> None:
    draft.lenders["trade"] = ("Suppliers and taxes", "0")
    draft.claim(Claim("arrears.trade", "Overdue to suppliers", "[arrears.trade_open]", "trade", funded=True))
    operating = ["[ops.cost]", *(["[ops.overhead]"] if "overhead" in lines else [])]
    draft.claim(Claim("operating", "Operating cost", "+".join(operating), "trade", funded=True))
    if {"capital", "sustaining"} & lines:
        draft.claim(Claim("capital", "Capital", "[ops.spent]", "trade", funded=True))
    for key, label in (("closure", "Closure"), ("royalty", "Royalties"), ("offtake", "Kept by buyers")):
        if key in lines or (key == "royalty" and draft.royalties) or (key == "offtake" and draft.offtakes):
            draft.claim(Claim(key, label, f"[ops.{key}]", "trade", funded=True))
            draft.income.append((label, f"[ops.{key}]", -1))
    draft.claim(Claim("tax", "Tax", "[ops.tax]", "trade", funded=True))
    draft.income += [("Revenue", "[ops.revenue]", 1), ("Operating cost", "+".join(operating), -1)]
    draft.inflows.append(("Revenue, streams paid for", "[ops.revenue]" + ("-[ops.stream]" if draft.streams else "")))
