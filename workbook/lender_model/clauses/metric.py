"""metric: the measures that covenants, sweeps and bands use.

The words below, with a window in months where one makes sense; or a ``[[metric]]`` of the deal: sums of named lines of
the workbook, above and below the line. Loan and project life cover add the cash
in all accounts to the discounted cash flow. A figure that does not exist, such as cover without debt service, is a dash.
Where the mine produces from the model's first month, EBITDA, cash flow and production that look back to months before it
are annualised from the months that there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field

from drawstop.deal import Flag, Key, Text
from drawstop.deal.record import Clause, text_like
from lender_model.clauses.ahead import service_ahead
from lender_model.compose.draft import UNITS, Chart
from lender_model.grid import FLAG, RATIO, SHARE, USD, balance, head, scalar

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[metric]]
key = "debt_to_revenue"
above = ["debt.closing"]
below = ["ops.revenue"]
window = true
"""

RATIOS = "Ratios"
BUILT_IN = {
    "dscr": "Cash flow to debt service, looking back",
    "dscr_forward": "Cash flow to debt service, looking ahead",
    "llcr": "Loan life cover", "plcr": "Project life cover", "reserve_tail": "Reserve tail",
    "debt": "Debt", "liabilities": "Liabilities", "equity": "Equity", "ebitda": "EBITDA",
    "net_debt": "Net debt", "net_debt_to_ebitda": "Net debt to EBITDA", "debt_to_ebitda": "Debt to EBITDA",
    "ebitda_to_interest": "EBITDA to interest",
    "debt_to_equity": "Debt to equity", "cash": "Cash", "working_capital": "Working capital", "current_ratio": "Current ratio",
    "tangible_equity": "Tangible net worth", "liabilities_to_equity": "Liabilities to tangible net worth",
    "hedged_share": "Share of output hedged", "hedged_share_forward": "Share of output hedged, looking ahead",
    "swapped_share": "Share of debt swapped to a fixed rate", "production": "Production", "output_to_date": "Output to date",
    "cfads": "Cash flow available for debt service",
}  # fmt: skip
"""Metrics by their word, with what the sheet calls them."""
SHORT = {"dscr": "DSCR", "dscr_forward": "Forward DSCR", "llcr": "LLCR", "plcr": "PLCR"}
"""Metrics that the industry abbreviates."""
_ALWAYS = ("dscr", "llcr", "plcr", "reserve_tail")
"""Metrics that every workbook shows."""
_TOP = {"dscr": 5.0, "dscr_forward": 5.0, "llcr": 5.0, "plcr": 10.0}
"""Cover above it is of no interest to a lender."""
_SHOWN = frozenset({"metric.dscr_12", "metric.llcr"})
"""Metrics whose lowest is on the Dashboard."""


_SUMMED = frozenset({"ebitda", "net_debt_to_ebitda", "debt_to_ebitda", "production", "cfads"})
"""Metrics that set a sum over the window against something that is not one."""


class Metric(Clause):
    """The deal's own metric."""

    key: Key = Field(title="Key")
    title: str = Field("", title="Name")
    above: list[Text] = Field(min_length=1, title="Lines of the workbook that are added; -line subtracts")
    below: list[Text] = Field([], title="Lines by which the sum is divided")
    window: Flag = Field(False, title="Flows summed over the window instead of the month's figure")


def window(line: str, months: str, *, ahead: bool = False) -> str:
    """Template: a line summed over the months back to, or ahead of, this one.

    Only for lines that the month's cash does not move; of the others :meth:`Draft.lagged` remembers the months before.
    """
    if ahead:
        return f"SUMPRODUCT(([time.end:row]>[time.end])*([time.end:row]<=EOMONTH([time.end],{months})),[{line}:row])"
    return f"SUMPRODUCT(([time.end:row]>EOMONTH([time.end],-{months}))*([time.end:row]<=[time.end]),[{line}:row])"


def write(draft: Draft) -> None:
    """The lines of every metric that something asks for, and those that a lender always wants, with a chart each."""
    for name in _ALWAYS:
        draft.metric(name, 12)
    draft.page(RATIOS, "Cover ratios and the other metrics that covenants, bands and sweeps use.", colour="#3F9142")
    discount = draft.term(
        "ratio.discount",
        "Discount rate of cover ratios",
        "per year",
        draft.case.discount_rate,
        draft.case.assumed.get("discount_rate", ""),
        "ratios",
    )
    if {name for name, _ in draft.metrics.values()} & _SUMMED:
        draft.add(RATIOS, head("History"), scalar("ratio.at_work", "The mine produces in the first month", FLAG,
                                                  "=IF(INDEX([ops.revenue:row],1,1)>0,1,0)"))  # fmt: skip
    written: set[str] = set()
    while set(draft.metrics) - written:
        for key in sorted(set(draft.metrics) - written):
            written.add(key)
            name, months = draft.metrics[key]
            number = draft.term(
                f"ratio.months_{months}",
                f"Window of {months} months",
                "months",
                months,
                "of the metrics that name it",
                "ratios",
            )
            own = next((metric for metric in draft.deal.metric if metric.key == name), None)
            label = own.title or text_like(own.key) if own else BUILT_IN[name]
            label += f", {months} months" if key.endswith(f"_{months}") else ""
            formula = _own(draft, own, months) if own else _formula(draft, name, number, discount, months)
            draft.add(
                RATIOS,
                head(label),
                balance(
                    key,
                    label,
                    "x" if own else UNITS.get(name, RATIO),
                    f"={formula}",
                    own.source if own else "",
                    start=0.0 if UNITS.get(name) == USD else '="–"',
                    bold=True,
                ),
            )
            if key in _SHOWN:
                draft.add(
                    RATIOS,
                    balance(
                        f"{key}.ahead",
                        f"{label}, from the first instalment on, after the as-of date",
                        RATIO,
                        f'=IF(AND([time.actual]=0,[debt.repaid]>{{checks.cent}},[debt.opening]>{{checks.cent}}),[{key}],"–")',
                    ),
                )


def service_of(draft: Draft, months: str) -> str:
    """Template: scheduled service of every tranche in the months ahead."""
    return "+".join(service_ahead(draft, tranche.key, months) for tranche in draft.deal.tranche)


def write_charts(draft: Draft) -> None:
    """A chart of each that every workbook shows and no covenant has one of."""
    tested = {covenant.metric for covenant in draft.deal.covenant}
    for name in _ALWAYS:
        if name not in tested:
            form = "0%" if UNITS.get(name) == SHARE else '0.0"x"'
            label = SHORT.get(name, BUILT_IN[name])
            lines, top = ((draft.metric(name, 12), label),), top_of(name, ())
            draft.charts.append(Chart(label, lines=lines, form=form, top=top))


def top_of(name: str, limits: Iterable[float]) -> float | None:
    """The highest cover ratio that a chart shows, so that the last months of a loan do not flatten the others."""
    return max([_TOP[name], *(2 * limit for limit in limits)]) if name in _TOP else None


def _over(above: str, below: str) -> str:
    return f'IF({below}>{{checks.cent}},({above})/({below}),"–")'


def _own(draft: Draft, metric: Metric, months: int) -> str:
    def total(lines: list[str]) -> str:
        parts = []
        for line in lines:
            key = line.removeprefix("-")
            parts.append(
                ("-" if line.startswith("-") else "+")
                + (f"({draft.lagged(key, months)})" if metric.window else f"[{key}]")
            )
        return "".join(parts).removeprefix("+")

    return _over(total(metric.above), total(metric.below)) if metric.below else total(metric.above)


def _formula(draft: Draft, name: str, months: str, discount: str, count: int) -> str:  # noqa: C901, PLR0911, PLR0912 - a metric, a case
    gross = f"*IF({{ratio.at_work}}=1,{months}/MIN({months},[time.no]),1)"  # of a window that the model holds in part
    ebitda = window("ops.ebitda", months) + (gross if name in _SUMMED else "")
    net = "[debt.closing]-[cash.total]"
    match name:
        case "dscr" | "dscr_forward":
            ahead = name == "dscr_forward"
            if ahead:
                return _over(window("ops.cfads", months, ahead=True), service_of(draft, months))
            return _over(window("ops.cfads", months), draft.lagged("debt.service", count))
        case "llcr" | "plcr":
            until = "{debt.maturity}" if name == "llcr" else "MAX([time.end:row])"
            flows = f"SUMPRODUCT(([time.end:row]>[time.end])*([time.end:row]<={until}),[ops.cfads:row]/(1+{discount})^(([time.end:row]-[time.end])/{{ratio.year_days}}))"
            return _over(f"{flows}+[cash.total]", "[debt.closing]")
        case "reserve_tail":
            return _over("SUMPRODUCT(--([time.end:row]>{debt.maturity}),[ops.output:row])", "SUM([ops.output:row])")
        case "net_debt":
            return net
        case "debt" | "liabilities" | "equity":
            return {"debt": "[debt.closing]", "liabilities": "[balance.liabilities]", "equity": "[balance.equity]"}[
                name
            ]
        case "ebitda":
            return ebitda
        case "net_debt_to_ebitda":
            return f'IF({ebitda}>{{checks.cent}},({net})/({ebitda}),"–")'
        case "debt_to_ebitda":
            return _over("[debt.closing]", ebitda)
        case "ebitda_to_interest":
            return _over(ebitda, draft.lagged("debt.interest", count))
        case "debt_to_equity":
            return _over("[debt.closing]", "[balance.equity]")
        case "cash":
            return "[cash.total]"
        case "working_capital":
            return "[balance.current_assets]-[balance.current_liabilities]"
        case "current_ratio":
            return _over("[balance.current_assets]", "[balance.current_liabilities]")
        case "tangible_equity":
            return "[balance.tangible]"
        case "liabilities_to_equity":
            return _over("[balance.liabilities]", "[balance.tangible]")
        case "hedged_share":
            return _over("[hedge.ounces]", "[ops.output]") if draft.deal.hedge else "0"
        case "hedged_share_forward":
            above = window("hedge.ounces", months, ahead=True)
            return _over(above, window("ops.output", months, ahead=True)) if draft.deal.hedge else "0"
        case "swapped_share":
            swapped = "+".join(f"[hedge.{each.key}.notional]" for each in draft.deal.hedge if each.kind == "swap")
            return _over(swapped, "[debt.closing]") if swapped else "0"
        case "output_to_date":
            return "SUMPRODUCT(--([time.end:row]<=[time.end]),[ops.output:row])"
        case "production":
            return window("ops.output", months) + gross
        case _:
            return window("ops.cfads", months) + gross


def describe(metric: Metric) -> list[str]:
    """The metric in words."""
    below = f" divided by {' + '.join(metric.below)}" if metric.below else ""
    over = ", summed over the window" if metric.window else ""
    return [f"{metric.title or text_like(metric.key)}: {' + '.join(metric.above)}{below}{over}."]
