"""buy_back: the right to buy back a part of a stream, a royalty or an offtake, which the case elects.

From its date on the owner may pay the price, in all or for each ounce that is still to come, and the part falls away.
Several rights are used in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from drawstop.deal import Number, Record, quantity
from drawstop.deal.value import Date
from lender_model.compose.draft import Claim
from lender_model.compose.words import when
from lender_model.grid import PRICE, USD, Row, balance, monthly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lender_model.compose.draft import Draft


class BuyBack(Record):
    """The right to buy back a part."""

    date: Date = Field(title="Date from which it may be used")
    price: Number | None = quantity("US$", "Price", None, ge=0)
    price_per_ounce: Number | None = quantity("US$/oz", "Or for each ounce still to come", None, ge=0)
    share: Number = quantity("fraction", "Part bought back", gt=0, le=1)

    @model_validator(mode="after")
    def _priced(self) -> BuyBack:
        if (self.price is None) == (self.price_per_ounce is None):
            raise ValueError("a buy-back needs one of price and price_per_ounce")
        return self


def write(
    draft: Draft, clause: str, label: str, rights: Sequence[BuyBack], note: str, left: str = ""
) -> tuple[list[Row], str]:
    """The lines of what the case elects, and the template of the part still in force; nothing where it elects nothing.

    Args:
        draft: the workbook.
        clause: the clause by its kind and key, as ``stream.gold``.
        label: what it is called.
        rights: its rights, in the order in which they are used.
        note: their source.
        left: template of the ounces still to come, where there is a most.
    """
    parts, prices = "1", list[str]()
    for k, (date, right) in enumerate(zip(draft.elected(clause), rights, strict=False), start=1):
        share = draft.term(
            f"{clause}.buy_back.{k}.share", f"{label}: part bought back, {k}", "fraction", right.share, note
        )
        if right.price is not None:
            price = draft.term(f"{clause}.buy_back.{k}.price", f"{label}: buy-back price, {k}", USD, right.price, note)
        else:
            each = draft.term(f"{clause}.buy_back.{k}.price_per_ounce", f"{label}: buy-back price of an ounce, {k}", PRICE, right.price_per_ounce, note)  # fmt: skip
            price = f"{share}*({left})*{each}"
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
    lines = []
    for right in rights:
        each = right.price_per_ounce or 0.0
        price = f"US$ {right.price:,.0f}" if right.price is not None else f"US$ {each:,.2f} an ounce still to come"
        lines.append(f"From {when(right.date)} {right.share:.0%} may be bought back for {price}.")
    return lines


def refuse_by_the_ounce(rights: Sequence[BuyBack], what: str) -> None:
    """Refuse a price of an ounce where no most says how many are still to come."""
    if any(right.price_per_ounce is not None for right in rights):
        raise ValueError(f"a buy-back by the ounce needs {what}")
