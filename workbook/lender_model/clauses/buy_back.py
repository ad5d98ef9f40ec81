"""buy_back: the right to buy back a part of a stream, a royalty or an offtake, which the case elects.

From its date on, or until its last day, the owner may pay the price, in all or for each ounce that is still to come, and the
part falls away. A choice uses the first right that is open on its date and has not been used, so that rights which end
before the next begins are alternatives: the same part at a price that changes by date.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field, model_validator

from drawstop.deal import Number, Record, quantity
from drawstop.deal.value import Date
from lender_model.compose.draft import Claim
from lender_model.compose.words import when
from lender_model.grid import PRICE, USD, Row, balance, monthly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lender_model.compose.draft import Draft


ROUNDING = 1e-9
"""Of shares that are added."""


class Right(Record):
    """A right that may be used once, from a date."""

    date: Date = Field(title="Date from which it may be used")
    until: Date | None = Field(None, title="Last day on which it may be used")

    @model_validator(mode="after")
    def _in_order(self) -> Right:
        if self.until is not None and self.until < self.date:
            raise ValueError(f"until {self.until} is before {self.date}, from when it may be used")
        return self

    def is_open(self, day: dt.date) -> bool:
        """Whether it may be used on a day."""
        return self.date <= day and (self.until is None or day <= self.until)


class BuyBack(Right):
    """The right to buy back a part."""

    price: Number | None = quantity("US$", "Price", None, ge=0)
    price_per_ounce: Number | None = quantity("US$/oz", "Or for each ounce still to come", None, ge=0)
    share: Number = quantity("fraction", "Part bought back", gt=0, le=1)

    @model_validator(mode="after")
    def _priced(self) -> BuyBack:
        if (self.price is None) == (self.price_per_ounce is None):
            raise ValueError("a buy-back needs one of price and price_per_ounce")
        return self


Some = TypeVar("Some", bound=Right)


def chosen(days: Sequence[dt.date], rights: Sequence[Some]) -> list[Some | None]:
    """The right that each choice uses, by the choices' dates in their order; None where no right is open."""
    left, out = list(rights), list[Some | None]()
    for day in days:
        right = next((each for each in left if each.is_open(day)), None)
        if right is not None:
            left.remove(right)
        out.append(right)
    return out


def write(
    draft: Draft, clause: str, label: str, rights: Sequence[BuyBack], note: str, left: str = ""
) -> tuple[list[Row], str]:
    """The lines of what the case elects, and the template of the part still in force; nothing where it elects nothing.

    Args:
        draft: the workbook.
        clause: the clause by its kind and key, as ``stream.gold``.
        label: what it is called.
        rights: its rights.
        note: their source.
        left: template of the ounces still to come, where there is a most.
    """
    parts, prices = "1", list[str]()
    picked = chosen(draft.days_elected(clause), rights)
    for k, (date, right) in enumerate(zip(draft.elected(clause), picked, strict=True), start=1):
        if right is None:
            continue
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
        until = f" until {when(right.until)}" if right.until else ""
        lines.append(f"From {when(right.date)}{until} {right.share:.0%} may be bought back for {price}.")
    return lines


def refuse_unclear(rights: Sequence[BuyBack], most: str) -> None:
    """Refuse rights to more than the whole that are open together, and a price of an ounce where nothing says how many are still to come.

    Args:
        rights: the rights.
        most: what would say how many ounces are still to come; empty where the clause has that.
    """
    whole = sum(right.share for right in rights)
    in_order = sorted(rights, key=lambda right: right.date)
    if whole > 1 + ROUNDING and any(one.until is None or one.until >= other.date for one, other in pairwise(in_order)):
        raise ValueError(
            f"the rights to buy back come to {whole:.0%}; where they are alternatives, each needs an until before the next begins"
        )
    if most and any(right.price_per_ounce is not None for right in rights):
        raise ValueError(f"a buy-back by the ounce needs {most}")
