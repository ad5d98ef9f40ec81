"""The clauses that a deal can have: the one list of their modules, in the order in which a term sheet tells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lender_model.clauses import (
    account,
    amendment,
    covenant,
    equity,
    fee,
    gold_loan,
    hedge,
    letter,
    metric,
    milestone,
    paper,
    prepay,
    royalty,
    stream,
    sweep,
    tranche,
    waterfall,
)

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft


@dataclass(frozen=True)
class Listed:
    """A clause.

    Attributes:
        key: of its records in a deal.
        title: heading of the term sheet.
        module: that holds it.
        describe: tells a record in words.
        write: adds a record's lines to the workbook; None for one that has none of its own.
    """

    key: str
    title: str
    module: ModuleType
    describe: Callable[[Any], list[str]]
    write: Callable[[Any, Draft], None] | None = None


CLAUSES = (
    Listed("tranche", "Tranches", tranche, tranche.describe, tranche.write),
    Listed("equity", "Owners' money", equity, equity.describe, equity.write),
    Listed("fee", "Fees", fee, fee.describe, fee.write),
    Listed("account", "Accounts", account, account.describe, account.write),
    Listed("letter", "Letters of credit", letter, letter.describe, letter.write),
    Listed("sweep", "Cash sweeps", sweep, sweep.describe, sweep.write),
    Listed("prepay", "Debt repaid in ounces", prepay, prepay.describe, prepay.write),
    Listed("gold_loan", "Loans that may be turned into ounces", gold_loan, gold_loan.describe, gold_loan.write),
    Listed("stream", "Streams", stream, stream.describe, stream.write),
    Listed("royalty", "Royalties", royalty, royalty.describe, royalty.write),
    Listed("offtake", "Offtake", royalty, royalty.describe_offtake, royalty.write_offtake),
    Listed("hedge", "Hedges", hedge, hedge.describe, hedge.write),
    Listed("milestone", "Milestones", milestone, milestone.describe, milestone.write),
    Listed("metric", "Metrics of the deal's own", metric, metric.describe),
    Listed("covenant", "Financial covenants", covenant, covenant.describe, covenant.write),
    Listed("warrant", "Shares of the lenders", equity, equity.describe_warrant),
    Listed("convertible", "Conversion", equity, equity.describe_convertible),
    Listed("paper", "Guaranties, security, undertakings, reports", paper, paper.describe),
    Listed("amendment", "Amendments", amendment, amendment.describe),
    Listed("waiver", "Waivers", covenant, covenant.describe_waiver),
)
_WRITERS = {clause.key: clause.write for clause in CLAUSES if clause.write}
MODULES = tuple(sorted({*(clause.module for clause in CLAUSES), waterfall}, key=lambda module: module.__name__))
"""The modules by name; that of the waterfall has no records of its own, but an order."""


def write(draft: Draft, *keys: str) -> None:
    """Add the lines of every record of some clauses, in this order."""
    for key in keys:
        for record in getattr(draft.deal, key):
            _WRITERS[key](record, draft)
