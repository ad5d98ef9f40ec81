"""stream: metal sold ahead for a deposit.

The buyer takes a share of the output, by tiers of ounces delivered, at a fixed price or a share of the spot
price, which may change once the deposit has been credited, up to a cap on total ounces. A deal may have several
streams. A buy-back reduces the share from a date that the case elects, at its price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator, model_validator

from drawstop.deal import Key, Number, Record, Ref, Text, quantity
from drawstop.deal.record import Clause
from drawstop.deal.value import Date
from lender_model.clauses.tranche import Advance
from lender_model.compose.draft import Chart, Claim
from lender_model.compose.words import when
from lender_model.grid import DATE, PRICE, USD, Row, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[stream]]
key = "gold"
title = "Gold stream"
product = "gold"
deposit = [{ date = 2026-03-31, amount = 20_000_000 }]
tiers = [{ until = 50_000, share = 0.08 }, { share = 0.04 }]
price_share = 0.20
price_share_after_deposit = 0.30
"""

STREAMS = "Streams"


class Tier(Record):
    """A share of the output until a total number of ounces has been delivered."""

    until: Number | None = quantity("oz", "Ounces delivered in all up to which the share holds", None, gt=0)
    share: Number = quantity("fraction", "Share of the output", ge=0, le=1)


class BuyBack(Record):
    """The right to buy back a part of the stream."""

    date: Date = Field(title="Date from which it may be used")
    price: Number = quantity("US$", "Price", ge=0)
    share: Number = quantity("fraction", "Part of the stream bought back", gt=0, le=1)


class Stream(Clause):
    """A stream."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    product: Annotated[Key, Ref("product")] = Field(title="Product")
    deposit: list[Advance] = Field([], title="Deposit: dates and amounts")
    tiers: list[Tier] = Field(min_length=1, title="Shares by ounces delivered")
    price: Number | None = quantity("US$/oz", "Fixed price paid", None, ge=0)
    price_share: Number | None = quantity("fraction", "Price paid as a share of spot", None, ge=0, le=1)
    price_share_after_deposit: Number | None = quantity(
        "fraction", "The share once the deposit is credited", None, ge=0, le=1
    )
    cap: Number | None = quantity("oz", "Most ounces delivered in all", None, gt=0)
    delivered_before: Number = quantity("oz", "Ounces delivered before the first month", 0.0, ge=0)
    buy_back: list[BuyBack] = Field([], title="Buy-back rights; the case elects them")

    @field_validator("tiers")
    @classmethod
    def _rising(cls, tiers: list[Tier]) -> list[Tier]:
        limits = [tier.until for tier in tiers[:-1]]
        if tiers[-1].until is not None or None in limits or limits != sorted(set(limits)):  # type: ignore[type-var]  # None has been ruled out before
            raise ValueError("every tier but the last needs `until`, rising, and the last has none (use cap)")
        return tiers

    @model_validator(mode="after")
    def _priced(self) -> Stream:
        if (self.price is None) == (self.price_share is None):
            raise ValueError("a stream needs one of price and price_share")
        if self.price is not None:
            self.refuse_unused("a stream at a fixed price", (), ("price_share_after_deposit",))
        return self


def write(stream: Stream, draft: Draft) -> None:
    """Its lines on sheet Streams."""
    s, label = f"stream.{stream.key}", stream.title
    draft.page(STREAMS, "Metal sold ahead: ounces delivered by tier, the price paid, and the deposit.")
    draft.add(
        STREAMS, head(label, stream.source), *_delivered(stream, draft, s, label), *_paid(stream, draft, s, label)
    )
    draft.streams.append(f"{s}.cost")
    draft.income.append((f"{label}: below market", f"[{s}.cost]", -1))
    if stream.deposit:
        draft.income.append((f"{label}: deposit credited", f"[{s}.credited]", 1))
        draft.inflows.append((f"{label}: deposit", f"[{s}.deposit]"))
        draft.sources.append((f"{label}: deposit", f"{s}.deposit"))
        draft.assets.append((f"{label}: deposit not yet credited", f"[{s}.uncredited]", -1))
        draft.check(
            f"{s}.deposit",
            f"{label}: deposit rolls forward",
            draft.rolls(f"{s}.uncredited_open", (f"{s}.deposit",), (f"{s}.credited",), f"{s}.uncredited"),
        )
    if draft.elected(f"stream.{stream.key}"):
        draft.claim(Claim(f"prepayment.stream_{stream.key}", f"{label}: bought back", f"[{s}.buy_back]"))
        draft.income.append((f"{label}: bought back", f"[wf.prepayment.stream_{stream.key}_paid]", -1))
    draft.charts.append(Chart(f"{label}: ounces delivered", columns=((f"{s}.ounces", "Delivered"),), form="#,##0"))


def _delivered(stream: Stream, draft: Draft, s: str, label: str) -> list[Row]:
    rows: list[Row] = []
    keeps, parts, prices = "", "1", ""
    note = stream.note("buy_back")
    for k, (date, right) in enumerate(
        zip(draft.elected(f"stream.{stream.key}"), stream.buy_back, strict=False), start=1
    ):
        share = draft.term(f"{s}.buy_back.{k}.share", f"{label}: part bought back, {k}", "fraction", right.share, note)
        price = draft.term(f"{s}.buy_back.{k}.price", f"{label}: buy-back price, {k}", USD, right.price, note)
        parts += f"-IF([time.end]>={date},{share},0)"
        prices += f"+IF(AND({date}>[time.end:-1],{date}<=[time.end]),{price},0)"
    if prices:
        rows += [
            balance(f"{s}.part", "Part of the stream in force", "fraction", f"=MAX(0,{parts})"),
            monthly(f"{s}.buy_back", "Buy-back", USD, f"={prices.removeprefix('+')}"),
        ]
        keeps = f"*[{s}.part]"
    before, taken = f"[{s}.delivered:-1]", "0"
    output = f"[ops.{stream.product}]"
    used = "0"
    for k, tier in enumerate(stream.tiers, start=1):
        share = draft.term(
            f"{s}.tier.{k}.share", f"{label}: share of tier {k}", "fraction", tier.share, stream.note("tiers")
        )
        ounces = f"MAX(0,{output}-({used}))*{share}{keeps}"
        if tier.until is not None:
            until = draft.term(
                f"{s}.tier.{k}.until", f"{label}: tier {k} until", "oz", tier.until, stream.note("tiers")
            )
            ounces = f"MIN({ounces},MAX(0,{until}-{before}-({taken})))"
        elif stream.cap is not None:
            cap = draft.term(f"{s}.cap", f"{label}: most ounces in all", "oz", stream.cap, stream.note("cap"))
            ounces = f"MIN({ounces},MAX(0,{cap}-{before}-({taken})))"
        rows.append(balance(f"{s}.tier_{k}", f"Ounces of tier {k}", "oz", f"={ounces}"))
        taken = f"[{s}.tier_{k}]" if taken == "0" else f"{taken}+[{s}.tier_{k}]"
        whole = f"IF({share}{keeps}>0,[{s}.tier_{k}]/({share}{keeps}),0)"
        used = whole if used == "0" else f"{used}+{whole}"
    first = draft.term(
        f"{s}.delivered_first",
        f"{label}: delivered before the first month",
        "oz",
        stream.delivered_before,
        stream.note("delivered_before"),
    )
    return [
        *rows,
        monthly(f"{s}.ounces", "Ounces delivered", "oz", f"={taken}", bold=True),
        balance(f"{s}.delivered", "Delivered so far", "oz", f"=[{s}.delivered:-1]+[{s}.ounces]", start=f"={first}"),
    ]


def _paid(stream: Stream, draft: Draft, s: str, label: str) -> list[Row]:
    product = next(each for each in draft.deal.product if each.key == stream.product)
    spot = f"[market.{product.price}]"
    if stream.price is not None:
        paid = (
            f"MIN({draft.term(f'{s}.price', f'{label}: price paid', PRICE, stream.price, stream.note('price'))},{spot})"
        )
    else:
        share = draft.term(
            f"{s}.price_share",
            f"{label}: price paid, share of spot",
            "fraction",
            stream.price_share,
            stream.note("price_share"),
        )
        if stream.price_share_after_deposit is not None:
            later = draft.term(
                f"{s}.price_share_after",
                f"{label}: the share once the deposit is credited",
                "fraction",
                stream.price_share_after_deposit,
                stream.note("price_share_after_deposit"),
            )
            credited = f"AND([{s}.uncredited:-1]<={{checks.cent}},[{s}.delivered:-1]>0)" if stream.deposit else "TRUE"
            share = f"IF({credited},{later},{share})"
        paid = f"{share}*{spot}"
    rows = [
        balance(f"{s}.price_paid", "Price paid", PRICE, f"={paid}"),
        monthly(f"{s}.received", "Received for them", USD, f"=[{s}.ounces]*[{s}.price_paid]"),
        monthly(
            f"{s}.cost",
            "Below market",
            USD,
            f"=[{s}.ounces]*({spot}-[{s}.price_paid])",
            "what the stream costs the mine",
        ),
    ]
    if stream.deposit:
        key = draft.table(
            f"{s}.deposits",
            f"{label}: deposit",
            [(row.date, row.amount) for row in stream.deposit],
            (DATE, USD),
            stream.note("deposit"),
        )
        within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
        rows += [
            balance(f"{s}.uncredited_open", "Deposit not yet credited, opening", USD, f"=[{s}.uncredited:-1]"),
            monthly(f"{s}.deposit", "+ received", USD, f"=SUMPRODUCT({within},{{{key}.second}})"),
            monthly(
                f"{s}.credited", "- credited: market less price paid", USD, f"=MIN([{s}.uncredited_open],[{s}.cost])"
            ),
            balance(
                f"{s}.uncredited",
                "Deposit not yet credited, closing",
                USD,
                f"=[{s}.uncredited_open]+[{s}.deposit]-[{s}.credited]",
                start=0.0,
            ),
        ]
    return rows


def describe(stream: Stream) -> list[str]:
    """The stream in words."""
    tiers = ", then ".join(
        f"{tier.share:.2%}" + (f" until {tier.until:,.0f} oz are delivered" if tier.until else "")
        for tier in stream.tiers
    )
    price = f"US$ {stream.price:,.2f} an ounce" if stream.price is not None else f"{stream.price_share:.0%} of spot"
    if stream.price_share_after_deposit is not None:
        price += f", {stream.price_share_after_deposit:.0%} once the deposit is credited"
    lines = [
        f"{stream.title}: {tiers} of {stream.product} at {price}"
        + (f", at most {stream.cap:,.0f} oz" if stream.cap else "")
        + "."
    ]
    if stream.deposit:
        lines.append("Deposit: " + "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in stream.deposit) + ".")
    lines += [
        f"From {when(right.date)} {right.share:.0%} may be bought back for {right.price:,.0f}."
        for right in stream.buy_back
    ]
    return lines
