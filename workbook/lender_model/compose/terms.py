"""A deal in plain English: a term sheet to be read against the agreement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from drawstop.deal.record import Clause
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
from lender_model.clauses.distribution import Distribution
from lender_model.compose.model import Folder, compose
from lender_model.compose.words import when

_PARTS: tuple[tuple[str, str, Callable[[Any], list[str]]], ...] = (
    ("Tranches", "tranche", tranche.describe),
    ("Owners' money", "equity", equity.describe),
    ("Fees", "fee", fee.describe),
    ("Accounts", "account", account.describe),
    ("Letters of credit", "letter", letter.describe),
    ("Cash sweeps", "sweep", sweep.describe),
    ("Debt repaid in ounces", "prepay", prepay.describe),
    ("Loans that may be turned into ounces", "gold_loan", gold_loan.describe),
    ("Streams", "stream", stream.describe),
    ("Royalties", "royalty", royalty.describe),
    ("Offtake", "offtake", royalty.describe_offtake),
    ("Hedges", "hedge", hedge.describe),
    ("Milestones", "milestone", milestone.describe),
    ("Metrics of the deal's own", "metric", metric.describe),
    ("Financial covenants", "covenant", covenant.describe),
    ("Shares of the lenders", "warrant", equity.describe_warrant),
    ("Conversion", "convertible", equity.describe_convertible),
    ("Guaranties, security, undertakings, reports", "paper", paper.describe),
    ("Amendments", "amendment", amendment.describe),
    ("Waivers", "waiver", covenant.describe_waiver),
)


def term_sheet(folder: Folder) -> Iterator[str]:
    """The lines of the term sheet in the deal's currency; a heading begins without a blank, what is under it with two."""
    for line in _lines(folder):
        yield line.replace("US$", folder.deal.currency).replace("..", ".")


def _lines(folder: Folder) -> Iterator[str]:
    deal = folder.deal
    yield deal.name
    yield f"  Borrower: {deal.borrower}." + (f" Project: {deal.project}." if deal.project else "")
    yield f"  Signed on {when(deal.signing)}; amounts in {deal.currency}."
    yield from (f"  {party.role}: {party.name}." for party in deal.party)
    if deal.source:
        yield f"  Source: {deal.source}."
    for title, name, describe in _PARTS:
        records = getattr(deal, name)
        if not records:
            continue
        yield title
        for record in records:
            yield from (f"  {line}" for line in describe(record))
            yield from _assumed(record)
    yield "Order of payments"
    yield from (f"  {line}" for line in waterfall.describe(compose(folder).draft))
    yield from _distribution(deal.distribution)


def _assumed(record: Any) -> Iterator[str]:
    if isinstance(record, Clause):
        yield from (f"    assumed: {key.replace('_', ' ')}: {reason}" for key, reason in record.assumed.items())


def _distribution(rules: Distribution) -> Iterator[str]:
    yield "Payments to the owners"
    since = f"not before {when(rules.start)}; " if rules.start is not None else ""
    barred = f"barred in {' and '.join(rules.barred_in)}" if rules.barred_in else "barred by nothing"
    full = "; only while every reserve is at its target" if rules.reserves_full else ""
    first = "; only after the first instalment" if rules.after_first_repayment else ""
    yield f"  {since}{barred}{full}{first}.".replace("  n", "  N").replace("  b", "  B")
