"""drawing: how a tranche is drawn: on dates, or as construction needs it, in its rank and under its conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from drawstop.deal import Number, Record, Ref, When, Whole, quantity
from drawstop.deal.value import Date
from lender_model.clauses import currency
from lender_model.compose.words import when
from lender_model.grid import DATE, USD, Row, balance, monthly

if TYPE_CHECKING:
    from lender_model.clauses.tranche import Tranche
    from lender_model.compose.draft import Draft


class Advance(Record):
    """An advance on a date."""

    date: Date = Field(title="Date")
    amount: Number = quantity("US$", "Amount", ge=0)


class Draw(Record):
    """How it is drawn: on given dates, or as the construction needs it, in its rank and proportion."""

    plan: list[Advance] = Field([], title="Advances on dates")
    rank: Whole | None = Field(None, ge=1, title="Rank among the sources of funding; equal ranks draw in proportion")
    share: Number = quantity("fraction", "Proportion among sources of the same rank", 1.0, gt=0)
    first: Annotated[When | None, Ref("milestone")] = Field(None, title="Not drawn before")
    last: Annotated[When | None, Ref("milestone")] = Field(None, title="Last day of drawing (cut-off)")
    equity_spent: Number | None = quantity(
        "fraction", "Part of the owners' commitments that must have been paid before", None, gt=0, le=1
    )
    discount: Number = quantity("fraction", "Discount at drawing (OID)", 0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _one_way(self) -> Draw:
        if self.plan and self.rank is not None:
            raise ValueError("a tranche is drawn by a plan of advances or by rank, not both")
        if self.rank is None:
            self.refuse_unused("a tranche that is not drawn by rank", (), ("share", "first", "last", "equity_spent"))
        return self


def availability(draft: Draft, tranche: Tranche, k: str, label: str) -> list[Row]:
    """What may still be drawn, and what is drawn."""
    draw = tranche.draw
    if draw.plan:
        key = draft.table(
            f"{k}.advance",
            "Advance",
            [(row.date, row.amount) for row in draw.plan],
            (DATE, currency.unit(tranche)),
            tranche.note("draw"),
        )
        within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
        return [
            monthly(
                f"{k}.drawn",
                "Advances",
                USD,
                f"=SUMPRODUCT({within},{{{key}.second}}){currency.at(tranche)}{draft.in_force(k)}",
                "on the dates given",
            )
        ]
    if draw.rank is None:
        return [monthly(f"{k}.drawn", "Advances", USD, "=0", "none: owed at the start")]
    opens = "1"
    if draw.first is not None:
        opens = f"IF([time.end]>={draft.date(f'{k}.draw.first', draw.first, f'{label}: not drawn before', monthly=True)},1,0)"
    if draw.equity_spent is not None:
        opens += f"*{_equity_spent(draft, draw.equity_spent, k, label)}"
    last = (
        draft.date(f"{k}.draw.last", draw.last, f"{label}: last day of drawing", monthly=True)
        if draw.last is not None
        else f"{{{k}.final}}"
    )
    owed = f"[{k}.opening]" if tranche.kind == "revolver" else currency.before(tranche, f"{k}.lent")
    return [
        draft.flag(
            f"{k}.open",
            "May be drawn",
            f"=IF(AND({opens}=1,[time.end:-1]<{last},[time.end]<{{{k}.final}}),1-[state.default:-1],0)",
        ),
        balance(f"{k}.available", "Still available", USD, f"=MAX(0,[{k}.commitment_now]-{owed})*[{k}.open]"),
        monthly(f"{k}.drawn", "Advances", USD, f"=[fund.{tranche.key}.drawn]", "sheet Funding"),
    ]


def _equity_spent(draft: Draft, share: float, k: str, label: str) -> str:
    """Template of whether the owners had paid so much of their commitments by the month before."""
    part = draft.term(f"{k}.draw.equity_spent", f"{label}: part of the owners' money paid before", "fraction", share)
    owners = [each for each in draft.deal.equity if each.rank is not None and each.amount]
    paid = "+".join(f"[fund.{each.key}_equity.so_far:-1]" for each in owners)
    whole = "+".join(f"{{equity.{each.key}.amount}}" for each in owners)
    return f"IF({paid}>={part}*({whole})-{{checks.cent}},1,0)"


def describe(draw: Draw) -> list[str]:
    """How it is drawn, in words."""
    lines = []
    if draw.plan:
        lines.append("Advances: " + "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in draw.plan) + ".")
    elif draw.rank:
        lines.append(
            f"Drawn as construction needs it, rank {draw.rank}"
            + (f", {draw.share:g} parts of that rank" if draw.share != 1 else "")
            + (f", from {when(draw.first)}" if draw.first else "")
            + (f", until {when(draw.last)}" if draw.last else "")
            + (f", once {draw.equity_spent:.0%} of the owners' money is spent" if draw.equity_spent else "")
            + "."
        )
    if draw.discount:
        lines.append(f"Drawn at a discount of {draw.discount:.2%}.")
    return lines
