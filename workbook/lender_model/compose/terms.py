"""A deal in plain English: a term sheet to be read against the agreement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drawstop.deal.record import Clause
from lender_model.clauses import waterfall
from lender_model.clauses.distribution import Distribution
from lender_model.compose.listed import CLAUSES
from lender_model.compose.model import Folder, compose
from lender_model.compose.words import in_currency, when


def term_sheet(folder: Folder) -> Iterator[str]:
    """The lines of the term sheet in the deal's currency; headings are not indented, the lines under them by two blanks."""
    say = in_currency(folder.deal, folder.case)
    yield from (say(line).replace("..", ".") for line in _lines(folder))


def _lines(folder: Folder) -> Iterator[str]:
    deal = folder.deal
    yield deal.name
    yield f"  Borrower: {deal.borrower}." + (f" Project: {deal.project}." if deal.project else "")
    yield f"  Signed on {when(deal.signing)}; amounts in {deal.currency}."
    first = ("borrower", deal.borrower.casefold())  # who stands on the first line
    parties = (party for party in deal.party if (party.role.casefold(), party.name.casefold()) != first)
    sold = ", ".join(f"{product.key.replace('_', ' ')} ({product.unit})" for product in deal.product)
    yield f"  Sells {sold}." + (
        f" Construction is funded until {when(deal.funding_until)}." if deal.funding_until else ""
    )
    if deal.shares_outstanding:
        yield f"  Shares outstanding at signing: {deal.shares_outstanding:,.0f}."
    if deal.calendar.holidays:
        yield f"  Banks are closed on the days of {deal.calendar.holidays}."
    yield from (f"  {party.role}: {party.name}." for party in parties)
    if deal.source:
        yield f"  Source: {deal.source}."
    for clause in CLAUSES:
        records = getattr(deal, clause.key)
        if not records:
            continue
        yield clause.title
        for record in records:
            yield from (f"  {line}" for line in clause.describe(record))
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
    barred = f"barred in {' and '.join(rules.barred_in)}" if rules.barred_in else "never barred"
    full = "; only while every reserve is at its target" if rules.reserves_full else ""
    first = "; only after the first instalment" if rules.after_first_repayment else ""
    yield f"  {since}{barred}{full}{first}.".replace("  n", "  N").replace("  b", "  B")
