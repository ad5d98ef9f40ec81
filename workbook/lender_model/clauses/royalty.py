"""royalty: royalties and offtake.

A ``[[royalty]]`` is a rate on revenue, on net returns (revenue less the deductions an ounce) or on profit before tax,
by date or by band of the price. An ``[[offtake]]`` is the margin of the metal's buyer: a discount an ounce, or a part
of the price, on its share of the output until a quantity is sold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Key, Number, Ref, Text, Value, quantity
from drawstop.deal.record import Clause
from lender_model.compose.words import say
from lender_model.grid import PRICE, USD, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[royalty]]
key = "nsr"
title = "Net smelter return royalty"
basis = "net returns"
rate = 0.02
deductions = 5.0
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

    @model_validator(mode="after")
    def _of_its_basis(self) -> Royalty:
        used = {"revenue": ("product",), "net returns": ("product", "deductions"), "profit": ()}[self.basis]
        self.refuse_unused(f"a royalty on {self.basis}", used, ("product", "deductions"))
        return self


class Offtake(Clause):
    """An offtake agreement."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    product: Annotated[Key, Ref("product")] = Field(title="Product")
    share: Number = quantity("fraction", "Share of the output", 1.0, gt=0, le=1)
    discount: Value = quantity("fraction", "Part of the price that the buyer keeps", 0.0)
    most: Number | None = quantity("oz", "Most ounces sold under it", None, gt=0)


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
    draft.add(
        ROYALTIES,
        head(label, royalty.source),
        monthly(f"{r}.base", royalty.basis.capitalize(), USD, f"={base}"),
        balance(f"{r}.rate_now", "Rate", "fraction", f"={rate}"),
        monthly(f"{r}.due", "Royalty", USD, f"=MAX(0,[{r}.base])*[{r}.rate_now]", bold=True),
    )
    draft.royalties.append(f"{r}.due")


def write_offtake(offtake: Offtake, draft: Draft) -> None:
    """What the buyer keeps."""
    o, label = f"offtake.{offtake.key}", offtake.title
    draft.page(ROYALTIES, "Royalties and what buyers of the metal keep.")
    product = next(each for each in draft.deal.product if each.key == offtake.product)
    share = draft.term(f"{o}.share", f"{label}: share of the output", "fraction", offtake.share, offtake.note("share"))
    discount = draft.value(
        f"{o}.discount", offtake.discount, f"{label}: part of the price kept", "fraction", offtake.note("discount")
    )
    ounces = f"[ops.{offtake.product}]*{share}"
    if offtake.most is not None:
        ounces = f"MIN({ounces},MAX(0,{draft.term(f'{o}.most', f'{label}: most ounces', 'oz', offtake.most, offtake.note('most'))}-[{o}.sold:-1]))"
    draft.add(
        ROYALTIES,
        head(label, offtake.source),
        monthly(f"{o}.ounces", "Ounces sold under it", "oz", f"={ounces}"),
        balance(f"{o}.sold", "Sold so far", "oz", f"=[{o}.sold:-1]+[{o}.ounces]", start=0.0),
        monthly(f"{o}.due", "Kept by the buyer", USD, f"=[{o}.ounces]*[market.{product.price}]*{discount}", bold=True),
    )
    draft.offtakes.append(f"{o}.due")


def describe(royalty: Royalty) -> list[str]:
    """The royalty in words."""
    of = f" of {royalty.product}" if royalty.product else ""
    return [f"{royalty.title}: {say(royalty.rate, '{:.2%}')} of {royalty.basis}{of}."]


def describe_offtake(offtake: Offtake) -> list[str]:
    """The offtake in words."""
    most = f", until {offtake.most:,.0f} oz" if offtake.most else ""
    return [
        f"{offtake.title}: {offtake.share:.0%} of {offtake.product}{most}, less {say(offtake.discount, '{:.2%}')} of the price."
    ]
