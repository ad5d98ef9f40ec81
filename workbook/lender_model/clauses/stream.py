"""stream: metal sold ahead for a deposit.

The buyer takes a share of the output, by tiers of ounces delivered, at a price that is fixed, or a share of the spot
price, and that may change once the deposit has been credited; until a cap of ounces in all. Several streams stand side
by side. A tier may have its own price, and the price steps of its own. A buy-back reduces the share from a date that
the case elects, for its price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator, model_validator

from drawstop.deal import Key, Number, Record, Ref, Text, Value, quantity
from drawstop.deal.record import Clause
from lender_model.clauses import buy_back
from lender_model.clauses.buy_back import BuyBack
from lender_model.clauses.drawing import Advance
from lender_model.compose.draft import Chart
from lender_model.compose.words import say, when
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
    price_share: Number | None = quantity("fraction", "Price paid for its ounces, share of spot", None, ge=0, le=1)


class Stream(Clause):
    """A stream."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    product: Annotated[Key, Ref("product")] = Field(title="Product")
    deposit: list[Advance] = Field([], title="Deposit: dates and amounts")
    tiers: list[Tier] = Field(min_length=1, title="Shares by ounces delivered")
    price: Value | None = quantity("US$/oz", "Fixed price paid", None)
    price_share: Value | None = quantity("fraction", "Price paid as a share of spot", None)
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
        tiers = [tier.price_share is not None for tier in self.tiers]
        if (self.price is not None) + (self.price_share is not None) + all(tiers) != 1:
            raise ValueError("a stream needs one of price, price_share and a price_share for every tier")
        if any(tiers) != all(tiers):
            raise ValueError("either every tier has a price_share, or none")
        buy_back.refuse_unclear(self.buy_back, "cap" if self.cap is None else "")
        if self.price_share is None:
            self.refuse_unused("a stream without price_share", (), ("price_share_after_deposit",))
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
    draft.charts.append(Chart(f"{label}: ounces delivered", columns=((f"{s}.ounces", "Delivered"),), form="#,##0"))


def _delivered(stream: Stream, draft: Draft, s: str, label: str) -> list[Row]:
    rows, part = buy_back.write(
        draft, s, label, stream.buy_back, stream.note("buy_back"), f"MAX(0,{{{s}.cap}}-[{s}.delivered:-1])"
    )
    keeps = (f"*{part}" if part else "") + draft.in_force(s)
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
    paid = _price(stream, draft, s, label, spot)
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
            monthly(f"{s}.deposit", "+ received", USD, f"=SUMPRODUCT({within},{{{key}.second}}){draft.in_force(s)}"),
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


def _price(stream: Stream, draft: Draft, s: str, label: str, spot: str) -> str:
    """Template of the price paid for an ounce; of several tiers in one month the average."""
    if stream.price is not None:
        fixed = draft.value(f"{s}.price", stream.price, f"{label}: price paid", PRICE, stream.note("price"))
        return f"MIN({fixed},{spot})"
    if stream.price_share is None:
        shares = [
            draft.term(f"{s}.tier.{k}.price_share", f"{label}: price of tier {k}, share of spot", "fraction", tier.price_share, stream.note("tiers"))
            for k, tier in enumerate(stream.tiers, start=1)
        ]  # fmt: skip
        whole = "+".join(f"[{s}.tier_{k}]*{share}" for k, share in enumerate(shares, start=1))
        return f"{spot}*IF([{s}.ounces]>0,({whole})/[{s}.ounces],{shares[0]})"
    share = draft.value(f"{s}.price_share", stream.price_share, f"{label}: price paid, share of spot", "fraction", stream.note("price_share"))  # fmt: skip
    if stream.price_share_after_deposit is not None:
        later = draft.term(
            f"{s}.price_share_after", f"{label}: the share once the deposit is credited", "fraction",
            stream.price_share_after_deposit, stream.note("price_share_after_deposit"),
        )  # fmt: skip
        credited = f"AND([{s}.uncredited:-1]<={{checks.cent}},[{s}.delivered:-1]>0)" if stream.deposit else "TRUE"
        share = f"IF({credited},{later},{share})"
    return f"{share}*{spot}"


def describe(stream: Stream) -> list[str]:
    """The stream in words."""
    tiers = ", then ".join(
        f"{tier.share:.2%}"
        + (f" until {tier.until:,.0f} oz are delivered" if tier.until else "")
        + (f" at {tier.price_share:.0%} of spot" if tier.price_share is not None else "")
        for tier in stream.tiers
    )
    price = ""
    if stream.price is not None:
        price = f" at {say(stream.price, 'US$ {:,.2f}')} an ounce"
    elif stream.price_share is not None:
        price = f" at {say(stream.price_share, '{:.0%}')} of spot"
    if stream.price_share_after_deposit is not None:
        price += f", {stream.price_share_after_deposit:.0%} once the deposit is credited"
    lines = [
        f"{stream.title}: {tiers} of {stream.product}{price}"
        + (f", at most {stream.cap:,.0f} oz" if stream.cap else "")
        + "."
    ]
    if stream.deposit:
        lines.append("Deposit: " + "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in stream.deposit) + ".")
    if stream.delivered_before:
        lines.append(f"Delivered before the first month: {stream.delivered_before:,.0f} oz.")
    return lines + buy_back.describe(stream.buy_back)
