"""hedge_book: swaps of a base rate, and the whole book: settlements, share of the output, value at market."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lender_model.compose.draft import Chart, Claim
from lender_model.grid import DATE, FLOW, RATE, USD, Row, balance, head, monthly, scalar

if TYPE_CHECKING:
    from lender_model.clauses.hedge import Hedge
    from lender_model.compose.draft import Draft

HEDGES = "Hedges"
PURPOSE = "The hedge book: volumes, settlements, and value at market from the as-of date on."


def swap_lines(hedge: Hedge, draft: Draft, h: str, label: str) -> list[Row]:
    """A swap of a tranche's base rate on a notional: settled with its interest."""
    k = f"tranche.{hedge.tranche}"
    fixed = draft.value(f"{h}.strike", hedge.strike or 0.0, f"{label}: fixed rate", RATE, hedge.note("strike"))
    if hedge.volume is not None:
        notional = draft.value(f"{h}.volume", hedge.volume, f"{label}: notional", USD, hedge.note("volume"))
    else:
        key = draft.table(
            f"{h}.table", label, [(row.date, row.amount) for row in hedge.table], (DATE, USD), hedge.note("table")
        )
        last = f"MAX(({{{key}.first}}<=[time.end:-1])*{{{key}.first}})"
        notional = f"SUMPRODUCT(({{{key}.first}}=SUMPRODUCT({last}))*({{{key}.first}}>0),{{{key}.second}})"
    rows = [
        balance(
            f"{h}.notional",
            "Notional",
            USD,
            f"={notional}{draft.in_force(h)}",
            hedge.note("table" if hedge.table else "volume"),
        ),
        balance(f"{h}.fixed", "Fixed rate", RATE, f"={fixed}"),
        balance(f"{h}.accrued_open", "Accrued, opening", FLOW, f"=[{h}.accrued:-1]"),
        monthly(
            f"{h}.earned",
            "Floating less fixed, of the month",
            FLOW,
            f"=[{h}.notional]*([{k}.base]-[{h}.fixed])*([time.end]-[time.begin])/{{{k}.year_days}}",
            value="sum",
        ),
        monthly(
            f"{h}.settled",
            "Settlement, received +, paid -",
            FLOW,
            f"=([{h}.accrued_open]+[{h}.earned])*[{k}.pay]",
            value="sum",
        ),
        balance(f"{h}.accrued", "Accrued, closing", FLOW, f"=[{h}.accrued_open]+[{h}.earned]-[{h}.settled]", start=0.0),
        balance(
            f"{h}.worth",
            "Value at market",
            FLOW,
            f"=(1-[time.actual])*[{h}.earned]*[hedge.discount]",
            "at the market's own curve",
        ),
    ]
    draft.hedge_lines.append((f"{h}.settled", ""))
    draft.assets.append((f"{label}: accrued", f"[{h}.accrued]", 1))
    draft.income.append((f"{label}: earned, not settled", f"[{h}.earned]-[{h}.settled]", 1))
    return rows


def write_book(draft: Draft) -> None:
    """The whole book: settlements, share of output, value."""
    if not draft.deal.hedge:
        return
    page = draft.page(HEDGES, PURPOSE)
    discount = draft.term(
        "ratio.discount",
        "Discount rate of cover ratios",
        "per year",
        draft.case.discount_rate,
        draft.case.assumed.get("discount_rate", ""),
        "ratios",
    )
    page.rows[:0] = [
        head("From the as-of date"),
        balance(
            "hedge.years", "Years from the as-of date", "years", "=MAX(0,[time.end]-{cover.as_of})/{ratio.year_days}"
        ),
        scalar("ratio.discount_continuous", "Discount rate, continuously compounded", RATE, f"=LN(1+{discount})"),
        balance("hedge.discount", "Discount factor", "number exact", f"=(1+{discount})^-[hedge.years]"),
    ]
    ounces = "+".join(f"[{line}]" for _, line in draft.hedge_lines if line) or "0"
    draft.add(
        HEDGES,
        head("The whole book"),
        balance("hedge.ounces", "Output hedged", "oz", f"={ounces}"),
        monthly(
            "hedge.net",
            "Settlements, received +, paid -",
            FLOW,
            "=" + "+".join(f"[{line}]" for line, _ in draft.hedge_lines),
            bold=True,
            value="sum",
        ),
        scalar(
            "hedge.value",
            "Value at market at the as-of date",
            FLOW,
            "=" + "+".join(f"{{hedge.{hedge.key}.value}}" for hedge in draft.deal.hedge),
            bold=True,
        ),
    )
    draft.inflows.append(("Hedge settlements received", "MAX(0,[hedge.net])"))
    draft.lenders["hedge"] = ("Hedge counterparties", "0")
    draft.claim(Claim("arrears.hedge", "Hedge counterparties: arrears", "[arrears.hedge_open]", "hedge"))
    draft.claim(Claim("hedge", "Hedge settlements", "MAX(0,-[hedge.net])", "hedge", funded=True))
    draft.income.append(("Hedge settlements", "[hedge.net]", 1))
    if any(line for _, line in draft.hedge_lines):
        draft.charts.append(
            Chart(
                "Output and output hedged, ounces",
                columns=(("hedge.ounces", "Hedged"),),
                lines=(("ops.output", "Output"),),
                form="#,##0",
            )
        )
