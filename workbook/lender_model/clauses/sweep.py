"""sweep: surplus cash that repays debt ahead of its dates.

A share of what is left above a minimum, by date, by state or by band of a metric, on its dates; in the order of
its tranches, or only while a test is failed (state ``sweep``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from drawstop.deal import Dates, Key, Ref, Value, When, quantity
from drawstop.deal.record import Clause
from lender_model.compose.draft import LEFT, OWED, TAKEN, Claim
from lender_model.compose.words import dates, say, when
from lender_model.grid import COUNT, FLOW, USD, Row, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[sweep]]
key = "excess"
tranches = ["senior"]
share = [{ value = 0.0 }, { from = "completion", value = 0.5 }]
dates = { every = 6, first = 2026-06-30 }
minimum_cash = 2_000_000
"""


FLOWS = "Accounts"


class Sweep(Clause):
    """A cash sweep."""

    key: Key = Field(title="Key")
    tranches: Annotated[list[Key], Ref("tranche")] = Field(min_length=1, title="Tranches, the first repaid first")
    share: Value = quantity("fraction", "Share of the surplus")
    dates: Dates = Field(title="Dates")
    of: Literal["cash", "excess cash flow"] = Field(
        "cash", title="Of the cash that is left, or of the cash flow after debt service since the last date"
    )
    minimum_cash: Value = quantity("US$", "Cash kept before it", 0.0)
    only_in: Annotated[When | None, Ref("state")] = Field(None, title="Only in this state, or from this date")


def write(sweep: Sweep, draft: Draft) -> None:
    """A claim for each of its tranches."""
    s, label = f"sweep.{sweep.key}", f"Sweep {sweep.key}"
    share = draft.value(f"{s}.share", sweep.share, f"{label}: share", "fraction", sweep.note("share"))
    kept = draft.value(f"{s}.minimum", sweep.minimum_cash, f"{label}: cash kept", USD, sweep.note("minimum_cash"))
    first = draft.date(f"{s}.first", sweep.dates.first, f"{label}: first date", monthly=True)
    every = draft.term(f"{s}.every", f"{label}: months between dates", COUNT, sweep.dates.every, sweep.note("dates"))
    months = f"([time.index]-YEAR({first})*{{time.months_a_year}}-MONTH({first}))"
    on = f"IF(AND({months}>=0,MOD({months},{every})=0),1,0)"
    if sweep.dates.until is not None:
        on += f"*IF([time.end]<={draft.date(f'{s}.until', sweep.dates.until, f'{label}: last date', monthly=True)},1,0)"
    if sweep.only_in is not None:
        on += f"*IF({draft.holds(f'{s}.only', sweep.only_in, label)},1,0)"
    on += draft.in_force(s)
    surplus, most = f"{LEFT}+{TAKEN}-{kept}-[cash.minimum]", ""
    if sweep.of == "excess cash flow":
        draft.add(FLOWS, *_flow(draft, s, label, on))
        surplus, most = f"[{s}.flow]", f",MAX(0,{LEFT}-{kept}-[cash.minimum])"
    for key in sweep.tranches:
        amount = f"MIN({OWED},MAX(0,{share}*MAX(0,{surplus})-({TAKEN})){most})*{on}*(1-[tranche.{key}.reported])"
        draft.claim(Claim(f"sweep.{sweep.key}.{key}", f"{label}: {key}", amount, repays=key, sweep=sweep.key))


def _flow(draft: Draft, s: str, label: str, on: str) -> list[Row]:
    """The cash flow after debt service since the last date, this month included."""
    draft.page(FLOWS, "The main account and the reserves.")
    spent = "-[ops.capital]" if any(row.key == "ops.capital" for row in draft.page("Operations").rows) else ""
    return [
        head(f"{label}: excess cash flow"),
        monthly(
            f"{s}.earned",
            "CFADS less construction capital and debt service",
            FLOW,
            f"=[ops.cfads]{spent}-[debt.service]",
            value="sum",
        ),
        balance(f"{s}.flow", "Since the last date", FLOW, f"=[{s}.flow_close:-1]+[{s}.earned]"),
        balance(f"{s}.flow_close", "Carried to the next month", FLOW, f"=[{s}.flow]*(1-{on})", start=0.0),
    ]


def describe(sweep: Sweep) -> list[str]:
    """The sweep in words."""
    often = dates(sweep.dates)
    state = f", only in {when(sweep.only_in)}" if sweep.only_in else ""
    kept = f", above US$ {say(sweep.minimum_cash, '{:,.0f}')}" if sweep.minimum_cash else ""
    return [
        f"Cash sweep {sweep.key}: {say(sweep.share, '{:.0%}')} of {'surplus cash' if sweep.of == 'cash' else sweep.of}{kept}, {often}{state}; repays {', '.join(sweep.tranches)}."
    ]
