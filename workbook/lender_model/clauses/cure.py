"""cure: what heals a breach of a covenant: new cash of the owners, or time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lender_model.clauses.metric import service_of, window
from lender_model.grid import COUNT, DATE, FLAG, USD, Row, balance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drawstop.deal.read import Fault, Source
    from lender_model.clauses import Deal
    from lender_model.clauses.covenant import Covenant
    from lender_model.compose.draft import Draft

CURABLE = frozenset(
    {"dscr", "dscr_forward", "llcr", "plcr", "cash", "working_capital", "current_ratio", "tangible_equity", "equity", "net_debt",
     "net_debt_to_ebitda", "ebitda_to_interest", "debt_to_equity", "liabilities_to_equity"}
)  # fmt: skip
"""Metrics that new cash moves in a way that is known: it counts as cash, as cash flow, as EBITDA or as equity."""


def equity(covenant: Covenant, draft: Draft, c: str, limit: str) -> Row:
    """The new cash that would have met a test that fails."""
    lacking = f"-[{c}.headroom]"
    below: dict[str, Callable[[], str]] = {
        "dscr": lambda: draft.lagged("debt.service", covenant.months),
        "dscr_forward": lambda: service_of(draft, f"{{ratio.months_{covenant.months}}}"),
        "llcr": lambda: "[debt.closing]",
        "plcr": lambda: "[debt.closing]",
        "current_ratio": lambda: "[balance.current_liabilities]",
        "net_debt_to_ebitda": lambda: window("ops.ebitda", f"{{ratio.months_{covenant.months}}}"),
        "ebitda_to_interest": lambda: draft.lagged("debt.interest", covenant.months),
    }
    if covenant.metric in below:
        amount = f"{lacking}*({below[covenant.metric]()})"
    elif covenant.metric == "debt_to_equity":
        amount = f"[debt.closing]/[{limit}]-[balance.equity]"
    elif covenant.metric == "liabilities_to_equity":
        amount = f"[balance.liabilities]/[{limit}]-[balance.tangible]"
    else:
        amount = lacking
    return balance(
        f"{c}.cure", "New cash that cures it", USD, f"=IF([{c}.breach]=1,MAX(0,{amount}),0)", covenant.source
    )


def days(covenant: Covenant, draft: Draft, c: str, label: str) -> list[Row]:
    """The day on which the time to cure ends, and whether the breach still stands then."""
    cure = draft.term(f"{c}.cure_days", f"{label}: days to cure", COUNT, covenant.cure_days, covenant.note("cure_days"))
    ends = f"IF([{c}.standing]=0,0,IF([{c}.standing:-1]=1,[{c}.cure_ends:-1],[time.end]+{cure}))"
    return [
        balance(f"{c}.cure_ends", "Time to cure ends on", DATE, f"={ends}", covenant.source, start=0.0),
        balance(f"{c}.uncured", "Breach that was not cured in time", FLAG,
                f"=IF([{c}.standing]=1,IF([time.end]>=[{c}.cure_ends],1,0),0)"),
    ]  # fmt: skip


def faults_of(deal: Deal, raw: Source, market: frozenset[str]) -> Iterator[Fault]:
    """An equity cure of a metric of the deal's own, or of a series of the market."""
    for k, covenant in enumerate(deal.covenant):
        if covenant.cure == "equity" and covenant.metric in deal.own_metrics | market:
            yield raw.fault(("covenant", k, "cure"), f"how new cash would cure {covenant.metric} is not modelled")
