"""equity: the owners' money, and the lenders' rights to shares.

``[[equity]]`` is a commitment of the owners to the funding, in its rank. ``[[warrant]]`` counts warrants, shares given
as a fee and their dilution. ``[[convertible]]`` lets a tranche be converted into shares on a date that the case elects,
with forced conversion by its lender or the company.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Key, Number, Ref, Text, Whole, money, quantity
from drawstop.deal.record import Clause
from drawstop.deal.value import Date
from lender_model.clauses.drawing import Advance
from lender_model.compose.words import when
from lender_model.grid import DATE, SHARE, USD, balance, head, monthly, scalar

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[warrant]]
key = "lender"
title = "Warrants of the lender"
shares = 5_000_000
strike = 2.50
expires = 2030-06-30
"""

FUNDING, SHARES = "Funding", "Equity kickers"


class Equity(Clause):
    """Money of the owners."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    amount: Number | None = money("Commitment; without it, whatever is needed", None, ge=0)
    rank: Whole | None = Field(None, ge=1, title="Rank among the sources of funding")
    share: Number = quantity("fraction", "Proportion among sources of the same rank", 1.0, gt=0)
    plan: list[Advance] = Field([], title="Contributions on dates")

    @model_validator(mode="after")
    def _one_way(self) -> Equity:
        if (self.rank is None) == (not self.plan):
            raise ValueError("money of the owners needs one of rank and plan")
        if self.plan:
            self.refuse_unused("a plan of contributions", (), ("amount", "share"))
        return self


class Warrant(Clause):
    """Warrants, options or shares given to a lender."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    kind: Literal["warrant", "shares"] = Field("warrant", title="Warrants, or shares outright")
    shares: Number = quantity("shares", "Shares", ge=0)
    strike: Number | None = quantity("US$/share", "Exercise price", None, gt=0)
    issued: Date | None = Field(None, title="Issued")
    expires: Date | None = Field(None, title="Expires")
    currency: Text = Field("US$", title="Currency of the exercise price")


class Convertible(Clause):
    """A tranche that may become shares."""

    key: Key = Field(title="Key")
    tranche: Annotated[Key, Ref("tranche")] = Field(title="Tranche")
    price: Number = quantity("US$/share", "Conversion price", gt=0)
    forced_price: Number | None = quantity(
        "US$/share", "Share price above which the company may require conversion", None, gt=0
    )
    forced_days: Whole | None = quantity("days", "Consecutive trading days above it", None, ge=1)


def write(equity: Equity, draft: Draft) -> None:
    """Its line among the sources of funding."""
    e = f"equity.{equity.key}"
    draft.page(FUNDING, "What construction costs and who pays for it.")
    if equity.plan:
        key = draft.table(
            f"{e}.plan", equity.title, [(row.date, row.amount) for row in equity.plan], (DATE, USD), equity.note("plan")
        )
        within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
        draft.add(
            FUNDING,
            monthly(
                f"{e}.paid",
                f"{equity.title}, on its dates",
                USD,
                f"=SUMPRODUCT({within},{{{key}.second}}){draft.in_force(e)}",
                equity.source,
            ),
        )
        draft.inflows.append((equity.title, f"[{e}.paid]"))
        draft.capital.append((equity.title, f"[{e}.paid]"))
        draft.sources.append((equity.title, f"{e}.paid"))


def write_kickers(draft: Draft) -> None:
    """Warrants, shares and conversions with their dilution."""
    deal = draft.deal
    if not (deal.warrant or deal.convertible):
        return
    draft.page(SHARES, "Warrants, shares and conversion rights of the lenders, and what they dilute.", monthly=False)
    outstanding = draft.term(
        "shares.outstanding",
        "Shares outstanding",
        "shares",
        deal.shares_outstanding,
        deal.note("shares_outstanding"),
        "shares",
    )
    rows, parts = [head("Shares of the lenders")], list[str]()
    for warrant in deal.warrant:
        w = f"warrant.{warrant.key}"
        shares = draft.term(f"{w}.shares", f"{warrant.title}: shares", "shares", warrant.shares, warrant.note("shares"))
        rows.append(
            scalar(f"{w}.count", warrant.title, "shares", f"={shares}{draft.in_force(w, once=True)}", warrant.source)
        )
        if warrant.strike is not None:
            strike = draft.term(
                f"{w}.strike",
                f"{warrant.title}: exercise price, {warrant.currency}",
                "US$/share",
                warrant.strike,
                warrant.note("strike"),
            )
            rows.append(scalar(f"{w}.cost", f"Cost of exercise, {warrant.currency}", "USD", f"={{{w}.count}}*{strike}"))
        if warrant.expires is not None:
            rows.append(
                scalar(
                    f"{w}.last",
                    "Expires",
                    DATE,
                    "="
                    + draft.term(
                        f"{w}.expires", f"{warrant.title}: expires", DATE, warrant.expires, warrant.note("expires")
                    ),
                )
            )
        parts.append(f"{{{w}.count}}")
    for note in deal.convertible:
        c = f"convertible.{note.key}"
        price = draft.term(f"{c}.price", f"{note.key}: conversion price", "US$/share", note.price, note.note("price"))
        k = f"tranche.{note.tranche}"
        rows.append(
            scalar(
                f"{c}.count",
                f"Shares on conversion of {note.tranche}, at the most it has owed",
                "shares",
                f"=INT(MAX([{k}.closing:row])/{price}){draft.in_force(c, once=True)}",
                note.source,
            )
        )
        if note.forced_price is not None:
            rows.append(
                scalar(
                    f"{c}.forced_at",
                    "Company may require conversion above",
                    "US$/share",
                    "="
                    + draft.term(
                        f"{c}.forced_price",
                        f"{note.key}: forced conversion above",
                        "US$/share",
                        note.forced_price,
                        note.note("forced_price"),
                    ),
                )
            )
        parts.append(f"{{{c}.count}}")
    rows += [
        scalar("shares.new", "New shares in all", "shares", f"={'+'.join(parts)}", bold=True),
        scalar(
            "shares.dilution",
            "Dilution",
            SHARE,
            f"=IF({outstanding}+{{shares.new}}=0,0,{{shares.new}}/({outstanding}+{{shares.new}}))",
            "new ÷ (outstanding + new)",
            bold=True,
        ),
    ]
    draft.add(SHARES, *rows)
    for note in deal.convertible:
        _conversion(draft, note)


def _conversion(draft: Draft, note: Convertible) -> None:
    """The conversion that the case elects: the principal leaves the tranche and becomes the owners' money."""
    c, k = f"convertible.{note.key}", f"tranche.{note.tranche}"
    date = next(iter(draft.elected(f"convertible.{note.key}")), "")
    draft.page(FUNDING, "What construction costs and who pays for it.")
    draft.add(
        FUNDING,
        head(f"Conversion of {note.tranche} into shares", note.source),
        monthly(
            f"{c}.converted",
            "Principal converted",
            USD,
            f"=IF(AND({date}>[time.end:-1],{date}<=[time.end]),[{k}.opening]-[{k}.repayment],0){draft.in_force(c)}"
            if date
            else "=0",
        ),
        balance(f"{c}.shares_issued", "Shares issued", "shares", f"=INT([{c}.converted]/{{{c}.price}})"),
    )
    draft.converted.setdefault(note.tranche, []).append(f"{c}.converted")
    draft.capital.append((f"Conversion of {note.tranche}", f"[{c}.converted]"))


def describe(equity: Equity) -> list[str]:
    """The commitment in words."""
    if equity.plan:
        return [f"{equity.title}: " + "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in equity.plan) + "."]
    amount = f"US$ {equity.amount:,.0f}" if equity.amount is not None else "whatever is needed"
    rank = f", rank {equity.rank}" if equity.rank else ""
    rank += f", {equity.share:g} parts of that rank" if equity.share != 1 else ""
    return [f"{equity.title}: {amount}{rank}."]


def describe_warrant(warrant: Warrant) -> list[str]:
    """The warrants in words."""
    strike = f" at {warrant.currency} {warrant.strike:,.3f}" if warrant.strike is not None else ""
    issued = f", issued {when(warrant.issued)}" if warrant.issued else ""
    expires = f", until {when(warrant.expires)}" if warrant.expires else ""
    return [
        f"{warrant.title}: {warrant.shares:,.0f} {'shares' if warrant.kind == 'shares' else 'warrants'}{strike}{issued}{expires}."
    ]


def describe_convertible(note: Convertible) -> list[str]:
    """The conversion right in words."""
    forced = ""
    if note.forced_price is not None:
        run = f" for {note.forced_days} trading days" if note.forced_days is not None else ""
        forced = f"; the company may require it above {note.forced_price:,.2f}{run}"
    return [f"{note.tranche} may be converted at {note.price:,.3f} a share{forced}."]
