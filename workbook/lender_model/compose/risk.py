"""Sheet Risk of a deal: the same parts as the 1996 workbook's, from the deal's own covenants, prices and debt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lender_model.compose.draft import OUTPUTS
from lender_model.grid import COUNT, FLAG, RATIO, RESULT, TEXT, USD, Row, balance, head, scalar
from lender_model.risk.study import Study
from lender_model.sheets import risk as parts

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

RISK = "Risk"
CHART_SIZE, CHART_ROWS, CHARTS_BESIDE = (560, 300), 16, 2
"""Size of a chart in pixels, the rows that it covers, and charts in a row."""
_UNCERTAIN = (
    ("costs", "Operating costs, against the scenario's", "change"),
    ("capital", "Capital, against the scenario's", "change"),
    ("production", "Production, against the scenario's", "change"),
)
_DAYS_A_YEAR = 365.25
METAL = "risk.metal"
"""The line of the price that fans and break-evens show."""
FAILS_COVER = {"dscr": "metric.dscr_12.ahead", "llcr": "metric.llcr.ahead"}
"""Lines of cover from the first instalment on, after the as-of date."""


def study_of(rows: Mapping[str, Row], currency: str) -> Study:
    """What a deal's sheet Risk looks at.

    Args:
        rows: the workbook's lines by key.
        currency: of the amounts.
    """
    found = (re.fullmatch(r"covenant\.(\w+)\.breach", key) for key in rows)
    covenants = [(f"covenant.{m[1]}", rows[f"dash.covenant.{m[1]}"].label) for m in found if m]
    name, unit = rows[METAL].label, rows[METAL].unit.replace("US$", currency)
    events = [(key, f"{label}: broken") for key, label in covenants]
    events += [("covenant", "Any covenant broken")] if len(covenants) > 1 else []
    unfunded = "fund.unfunded" in rows
    events += [("unfunded", "Construction not funded")] if unfunded else []
    return Study(
        events=(*events, ("arrears", "Arrears to the lenders")),
        figures=(
            ("dscr", "Lowest DSCR, twelve months", RATIO), ("llcr", "Lowest LLCR", RATIO),
            ("cash", "Least cash after the as-of date", USD), ("life", "Years from signing to repayment", "years"),
        ),
        fans=(("price", name, unit), ("debt", "Debt outstanding", USD), ("dscr", "DSCR, twelve months", RATIO), ("llcr", "LLCR", RATIO)),
        measures=(
            ("dscr", "Lowest DSCR", RATIO), ("llcr", "Lowest LLCR", RATIO), ("cash", "Least cash", USD),
            ("distributions", "Distributions", USD),
        ),
        moves=(
            ("price", "Prices of metals ±10%"), ("production", "Production ±10%"), ("costs", "Operating costs ±10%"),
            ("capital", "Capital to spend ±10%"), ("delay", "Production six months late"), ("rate", "Base rates ±1 point"),
            ("tax", "Tax ±5 points"), ("discount", "Discount rate ±2 points"),
            *([("exchange", "Exchange rates ±10%")] if "scenario.exchange" in rows else []),
        ),
        tests=(
            *covenants, *([("unfunded", "Construction funded")] if unfunded else []), ("arrears", "No arrears to the lenders"),
            ("dscr", "DSCR of 1.00x"), ("llcr", "LLCR of 1.00x"),
        ),
        levers=(
            ("price", f"{name} price", unit), ("costs", "Change of operating costs", "change"),
            ("production", "Change of production", "change"), ("delay", "Months of delay", "months"),
        ),
        uncertain=_UNCERTAIN,
        lines={"price": METAL, "debt": "debt.closing"} | FAILS_COVER,
        single={
            "dscr": "dash.dscr_12", "llcr": "dash.llcr", "cash": "risk.least_cash", "life": "risk.life",
            "distributions": "dash.distributions",
        },
        titles={
            "price": (f"{name}, {unit}", "#,##0"), "debt": (f"Debt outstanding, {currency} million", "#,##0,,"),
            "dscr": ("DSCR, twelve months", '0.0"x"'), "llcr": ("LLCR", '0.0"x"'),
        },
        currency=currency,
        in_millions=True,
        open_ended=frozenset(FAILS_COVER),
    )  # fmt: skip


def write(draft: Draft) -> None:
    """The sheet; its first rows make room for the charts."""
    product = draft.deal.product[0]
    rows = {row.key: row for page in draft.pages.values() for row in page.rows if row.key}
    priced = rows[f"market.{product.price}"]
    metal = balance(
        METAL, priced.label, priced.unit, f"=[{priced.key}]", "of the first product; the others move with it"
    )
    study = study_of(rows | {METAL: metal}, draft.deal.currency)
    draft.study = study
    draft.page(
        RISK,
        "How the loan fares on many paths, and how far each input may go; results stand here until the next run.",
        OUTPUTS,
    )
    draft.add(
        RISK,
        *(Row("", "") for _ in range(CHART_ROWS * -(-charts_of(study) // CHARTS_BESIDE))),
        *_rows(study),
        metal,
        *_case(study),
    )


def charts_of(study: Study) -> int:
    """How many charts the sheet has: the fans, the break-even prices, the events, and two tornados."""
    return len(study.fans) + 4


def _rows(study: Study) -> Iterator[Row]:
    yield head("Whether the results belong to the inputs")
    yield scalar("risk.inputs", "Fingerprint of the inputs at the last refresh", TEXT, RESULT)
    yield scalar(
        "risk.sum", "Sum of main lines", USD, "=SUM([ops.cfads:row])+SUM([cash.total:row])+SUM([balance.equity:row])",
        "changes with the inputs, before a refresh too",
    )  # fmt: skip
    for key, label, command in (
        ("simulation", "Simulation", "simulate"), ("breakeven", "Break-evens", "breakeven"), ("sensitivity", "Sensitivity", "sensitivity"),
    ):  # fmt: skip
        yield from parts.fingerprints(key, label, command)
    yield head("Paths on which it ever happens", "how uncertain the case is stands on sheet Terms")
    yield from parts.ever(study.events)
    for figure in study.figures:
        yield from parts.distribution(*figure)
    for measure in study.measures:
        yield from parts.tornado(*measure, study.moves)
    yield head("Paths on which it has happened by the month")
    yield from (balance(f"risk.by_{key}", label, "fraction", RESULT) for key, label in study.events)
    for line in study.fans:
        yield from parts.fan(*line)
    for lever in study.levers:
        yield from parts.break_even(*lever, study.tests)
    yield head("What a run looks at, in the workbook as it stands", "every path goes through these formulas")


def _case(study: Study) -> Iterator[Row]:
    """What a run looks at, of the workbook as it stands: the formulas that every path goes through."""
    for key, label in study.events:
        yield scalar(f"risk.first_{key}", f"First month: {label}", COUNT, f"=IFERROR(MATCH(1,[risk.fails_{key}:row],0),0)",
                     "counts from the first month; 0: never")  # fmt: skip
    yield scalar("risk.days_a_year", "Days in a year, on average", "number exact", _DAYS_A_YEAR)
    yield scalar("risk.life", "Years from signing to repayment", "years",
                 '=IF({risk.owes_at_end}=1,"–",(MAX([risk.owed_at:row])-{deal.signing})/{risk.days_a_year})')  # fmt: skip
    yield scalar(
        "risk.owes_at_end",
        "Debt is owed at the end of the model",
        FLAG,
        "=IF(MAX([risk.owed_last:row])>{checks.cent},1,0)",
    )
    yield balance(
        "risk.owed_at",
        "Month-end, while debt was owed at its start",
        "date",
        '=IF([debt.opening]>{checks.cent},[time.end],"–")',
    )
    yield balance(
        "risk.owed_last", "Debt at the end of the model", USD, "=IF([time.no]=MAX([time.no:row]),[debt.closing],0)"
    )
    yield scalar("risk.least_cash", "Least cash after the as-of date", USD,
                 '=IF(COUNT([risk.cash_ahead:row])=0,"–",MIN([risk.cash_ahead:row]))')  # fmt: skip
    yield balance(
        "risk.cash_ahead",
        "Cash in all accounts, after the as-of date",
        USD,
        '=IF([time.actual]=0,ROUND([cash.total],{checks.digits}),"–")',
    )
    for key, label in dict([*study.events, *study.tests]).items():
        yield balance(f"risk.fails_{key}", f"Fails: {label}", FLAG, _fails(key, study))


def _fails(key: str, study: Study) -> str:
    """Template of whether a test fails in a month."""
    if key == "covenant":
        return "=MAX(" + ",".join(f"[{each}.breach]" for each, _ in study.tests if each.startswith("covenant.")) + ")"
    if key in FAILS_COVER:
        line = FAILS_COVER[key]
        return f"=IF(ISNUMBER([{line}]),IF([{line}]<1,1,0),0)"
    return {
        "unfunded": "=IF([fund.unfunded]>{checks.cent},1,0)", "arrears": "=[arrears.default]",
    }.get(key, f"=[{key}.breach]")  # fmt: skip
