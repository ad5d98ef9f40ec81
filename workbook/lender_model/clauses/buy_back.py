"""buy_back: the right to buy back a part of a stream, a royalty or an offtake, which the case elects.

From its date on the owner may pay the price and the part falls away. Several rights are used in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from drawstop.deal import Number, Record, quantity
from drawstop.deal.value import Date
from lender_model.compose.draft import Claim
from lender_model.compose.words import when
from lender_model.grid import USD, Row, balance, monthly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lender_model.compose.draft import Draft


class BuyBack(Record):
    """The right to buy back a part."""

    date: Date = Field(title="Date from which it may be used")
    price: Number = quantity("US$", "Price", ge=0)
    share: Number = quantity("fraction", "Part bought back", gt=0, le=1)


def write(draft: Draft, clause: str, label: str, rights: Sequence[BuyBack], note: str) -> tuple[list[Row], str]:
    """The lines of what the case elects, and the template of the part still in force; nothing where it elects nothing.

    Args:
        draft: the workbook.
        clause: the clause by its kind and key, as ``stream.gold``.
        label: what it is called.
        rights: its rights, in the order in which they are used.
        note: their source.
    """
    parts, prices = "1", list[str]()
    for k, (date, right) in enumerate(zip(draft.elected(clause), rights, strict=False), start=1):
        share = draft.term(
            f"{clause}.buy_back.{k}.share", f"{label}: part bought back, {k}", "fraction", right.share, note
        )
        price = draft.term(f"{clause}.buy_back.{k}.price", f"{label}: buy-back price, {k}", USD, right.price, note)
        parts += f"-IF([time.end]>={date},{share},0)"
        prices.append(f"IF(AND({date}>[time.end:-1],{date}<=[time.end]),{price},0)")
    if not prices:
        return [], ""
    draft.claim(
        Claim(f"prepayment.{clause.replace('.', '_')}", f"{label}: bought back", f"[{clause}.buy_back]", "trade")
    )
    draft.income.append((f"{label}: bought back", f"[{clause}.buy_back]", -1))
    return [
        balance(f"{clause}.part", "Part in force", "fraction", f"=MAX(0,{parts})"),
        monthly(f"{clause}.buy_back", "Buy-back", USD, f"={'+'.join(prices)}"),
    ], f"[{clause}.part]"


def describe(rights: Sequence[BuyBack]) -> list[str]:
    """The rights in words."""
    return [
        f"From {when(right.date)} {right.share:.0%} may be bought back for US$ {right.price:,.0f}." for right in rights
    ]
