"""royalty: royalties and offtake.

A ``[[royalty]]`` is a rate on revenue, on net returns (revenue less the deductions an ounce) or on profit before tax,
by date or by band of the price or of a metric, as ``output_to_date``. It may have been sold for money, which becomes
income with the output; it may end at an amount; a part may be bought back. An ``[[offtake]]`` is what the buyer of the
metal keeps: a part of the price on its share of the output until a quantity is sold, or until its right is bought back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Key, Number, Ref, Text, Value, money, quantity
from drawstop.deal.record import Clause
from lender_model.clauses import buy_back
from lender_model.clauses.buy_back import BuyBack
from lender_model.clauses.drawing import Advance
from lender_model.compose.words import say, when
from lender_model.grid import DATE, PRICE, USD, Row, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[royalty]]
key = "nsr"
title = "Net smelter return royalty"
basis = "net returns"
rate = 0.02
deductions = 5.0
deposit = [{ date = 2026-03-31, amount = 4_000_000 }]
buy_back = [{ date = 2031-12-31, price = 2_500_000, share = 0.333 }]
"""

ROYALTIES = "Royalties"


class Royalty(Clause):
    """A royalty."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    basis: Literal["revenue", "net returns", "profit"] = Field(title="Basis")
    rate: Value = quantity("fraction", "Rate")
    product: Annotated[Key | None, Ref("product")] = Field(None, title="Product; all if left out")
    deductions: Number = quantity("US$/oz", "Refining and transport that net returns deduct", 0.0, ge=0)
    deposit: list[Advance] = Field([], title="Money for which it was sold: dates and amounts")
    most: Number | None = money("Most that is paid in all", None, gt=0)
    paid_before: Number = money("Paid before the first month", 0.0, ge=0)
    buy_back: list[BuyBack] = Field([], title="Buy-back rights; the case elects them")

    @model_validator(mode="after")
    def _of_its_basis(self) -> Royalty:
        used = {"revenue": ("product",), "net returns": ("product", "deductions"), "profit": ()}[self.basis]
        self.refuse_unused(f"a royalty on {self.basis}", used, ("product", "deductions"))
        buy_back.refuse_unclear(self.buy_back, "a stream or an offtake")
        if self.most is None:
            self.refuse_unused("a royalty without most", (), ("paid_before",))
        return self


class Offtake(Clause):
    """An offtake agreement."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    product: Annotated[Key, Ref("product")] = Field(title="Product")
    share: Number = quantity("fraction", "Share of the output", 1.0, gt=0, le=1)
    discount: Value = quantity("fraction", "Part of the price that the buyer keeps", 0.0)
    most: Number | None = quantity("oz", "Most ounces sold under it", None, gt=0)
    buy_back: list[BuyBack] = Field([], title="Rights to cancel it in part; the case elects them")

    @model_validator(mode="after")
    def _cancelled(self) -> Offtake:
        buy_back.refuse_unclear(self.buy_back, "most" if self.most is None else "")
        return self


def write(royalty: Royalty, draft: Draft) -> None:
    """Its lines on sheet Royalties."""
    r, label = f"royalty.{royalty.key}", royalty.title
    draft.page(ROYALTIES, "Royalties and what buyers of the metal keep.")
    gross = f"[ops.{royalty.product}.sales]" if royalty.product else "[ops.revenue]"
    ounces = f"[ops.{royalty.product}]" if royalty.product else "[ops.output]"
    rate = draft.value(f"{r}.rate", royalty.rate, f"{label}: rate", "fraction", royalty.note("rate"))
    base = {"revenue": gross, "net returns": gross, "profit": "[ops.revenue]-[ops.cost]"}[royalty.basis]
    if royalty.basis == "net returns":
        cost = draft.term(
            f"{r}.deductions", f"{label}: deductions", PRICE, royalty.deductions, royalty.note("deductions")
        )
        base = f"{gross}-{ounces}*{cost}"
    bought, part = buy_back.write(draft, r, label, royalty.buy_back, royalty.note("buy_back"))
    due = f"MAX(0,[{r}.base])*[{r}.rate_now]" + (f"*{part}" if part else "") + draft.in_force(r)
    so_far = list[Row]()
    if royalty.most is not None:
        most = draft.term(f"{r}.most", f"{label}: most in all", USD, royalty.most, royalty.note("most"))
        first = draft.term(f"{r}.paid_first", f"{label}: paid before the first month", USD, royalty.paid_before, royalty.note("paid_before"))  # fmt: skip
        due = f"MIN({due},MAX(0,{most}-[{r}.so_far:-1]))"
        so_far = [balance(f"{r}.so_far", "So far", USD, f"=[{r}.so_far:-1]+[{r}.due]", start=f"={first}")]
    draft.add(
        ROYALTIES,
        head(label, royalty.source),
        *bought,
        monthly(f"{r}.base", royalty.basis.capitalize(), USD, f"={base}"),
        balance(f"{r}.rate_now", "Rate", "fraction", f"={rate}"),
        monthly(f"{r}.due", "Royalty", USD, f"={due}", bold=True),
        *so_far,
    )
    draft.royalties.append(f"{r}.due")
    if royalty.deposit:
        _sold(royalty, draft, r, label)


def _sold(royalty: Royalty, draft: Draft, r: str, label: str) -> None:
    """The money for which it was sold, which becomes income as the ounces come."""
    rows = [(row.date, row.amount) for row in royalty.deposit]
    key = draft.table(f"{r}.deposits", f"{label}: sold for", rows, (DATE, USD), royalty.note("deposit"))
    within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
    part = "IF([ops.output_left]>{checks.cent},MIN(1,[ops.output]/[ops.output_left]),0)"
    draft.add(
        ROYALTIES,
        balance(f"{r}.unearned_open", "Received and not yet income, opening", USD, f"=[{r}.unearned:-1]"),
        monthly(f"{r}.deposit", "+ received", USD, f"=SUMPRODUCT({within},{{{key}.second}}){draft.in_force(r)}"),
        monthly(f"{r}.earned", "- income, by output", USD, f"={part}*([{r}.unearned_open]+[{r}.deposit])"),
        balance(f"{r}.unearned", "Received and not yet income, closing", USD,
                f"=[{r}.unearned_open]+[{r}.deposit]-[{r}.earned]", start=0.0),
    )  # fmt: skip
    draft.inflows.append((f"{label}: sold for", f"[{r}.deposit]"))
    draft.sources.append((f"{label}: sold for", f"{r}.deposit"))
    draft.income.append((f"{label}: income from its sale", f"[{r}.earned]", 1))
    draft.assets.append((f"{label}: sold, not yet income", f"[{r}.unearned]", -1))
    draft.check(
        f"{r}.sold",
        f"{label}: money received rolls forward",
        draft.rolls(f"{r}.unearned_open", (f"{r}.deposit",), (f"{r}.earned",), f"{r}.unearned"),
    )


def write_offtake(offtake: Offtake, draft: Draft) -> None:
    """What the buyer keeps."""
    o, label = f"offtake.{offtake.key}", offtake.title
    draft.page(ROYALTIES, "Royalties and what buyers of the metal keep.")
    product = next(each for each in draft.deal.product if each.key == offtake.product)
    share = draft.term(f"{o}.share", f"{label}: share of the output", "fraction", offtake.share, offtake.note("share"))
    discount = draft.value(
        f"{o}.discount", offtake.discount, f"{label}: part of the price kept", "fraction", offtake.note("discount")
    )
    bought, part = buy_back.write(
        draft, o, label, offtake.buy_back, offtake.note("buy_back"), f"MAX(0,{{{o}.most}}-[{o}.sold:-1])"
    )
    ounces = f"[ops.{offtake.product}]*{share}" + (f"*{part}" if part else "") + draft.in_force(o)
    if offtake.most is not None:
        ounces = f"MIN({ounces},MAX(0,{draft.term(f'{o}.most', f'{label}: most ounces', 'oz', offtake.most, offtake.note('most'))}-[{o}.sold:-1]))"
    draft.add(
        ROYALTIES,
        head(label, offtake.source),
        *bought,
        monthly(f"{o}.ounces", "Ounces sold under it", "oz", f"={ounces}"),
        balance(f"{o}.sold", "Sold so far", "oz", f"=[{o}.sold:-1]+[{o}.ounces]", start=0.0),
        monthly(f"{o}.due", "Kept by the buyer", USD, f"=[{o}.ounces]*[market.{product.price}]*{discount}", bold=True),
    )
    draft.offtakes.append(f"{o}.due")


def describe(royalty: Royalty) -> list[str]:
    """The royalty in words."""
    of = f" of {royalty.product}" if royalty.product else ""
    most = f", at most US$ {royalty.most:,.0f} in all" if royalty.most is not None else ""
    lines = [f"{royalty.title}: {say(royalty.rate, '{:.2%}')} of {royalty.basis}{of}{most}."]
    if royalty.deductions:
        lines.append(f"Net returns deduct US$ {royalty.deductions:,.2f} an ounce.")
    if royalty.paid_before:
        lines.append(f"Paid before the first month: US$ {royalty.paid_before:,.0f}.")
    if royalty.deposit:
        lines.append("Sold for: " + "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in royalty.deposit) + ".")
    return lines + buy_back.describe(royalty.buy_back)


def describe_offtake(offtake: Offtake) -> list[str]:
    """The offtake in words."""
    most = f", until {offtake.most:,.0f} oz" if offtake.most else ""
    return [
        f"{offtake.title}: {offtake.share:.0%} of {offtake.product}{most}, less {say(offtake.discount, '{:.2%}')} of the price.",
        *buy_back.describe(offtake.buy_back),
    ]
