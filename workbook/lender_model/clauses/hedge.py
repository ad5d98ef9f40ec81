"""hedge: contracts on a metal, a currency or a rate.

``forward``, ``put``, ``call`` (sold), ``collar`` on any series of the market, with a volume that is flat, by date or by table;
``swap`` of a tranche's base rate on a notional. Settled month by month at the market's price, and marked to market
from the as-of date on, options by Black 1976. The premium of an option is paid on its dates. A covenant on
``hedged_share``, ``hedged_share_forward`` or ``swapped_share`` holds the required share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Flag, Key, Number, Ref, Text, Value, quantity
from drawstop.deal.record import Clause
from lender_model.clauses.drawing import Advance
from lender_model.clauses.hedge_book import HEDGES, PURPOSE, swap_lines
from lender_model.compose.words import say, when
from lender_model.grid import DATE, FLOW, PRICE, USD, Row, balance, head, monthly, scalar

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[hedge]]
key = "collar"
title = "Gold collar"
kind = "collar"
price = "gold"
volume = [{ from = 2027-01-31, value = 2_000 }, { from = 2029-01-01, value = 0 }]
floor = 1_900
cap = 2_500
volatility = 0.16
"""


class Hedge(Clause):
    """A hedge."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    kind: Literal["forward", "put", "call", "collar", "swap"] = Field(title="Kind")
    price: Annotated[Key | None, Ref("market")] = Field(None, title="Series of the market that it settles on")
    side: Literal["sell", "buy"] = Field("sell", title="Forward sold or bought")
    volume: Value | None = quantity("a month", "Volume, or notional of a swap", None)
    table: list[Advance] = Field([], title="Volumes by month, or notionals from a date")
    strike: Value | None = quantity("of the price", "Contract price, or fixed rate of a swap", None)
    floor: Value | None = quantity("of the price", "Floor", None)
    cap: Value | None = quantity("of the price", "Cap", None)
    tranche: Annotated[Key | None, Ref("tranche")] = Field(None, title="Tranche whose base rate a swap fixes")
    volatility: Number = quantity("per year", "Volatility, of options at market", 0.15, gt=0, le=5)
    premium: list[Advance] = Field([], title="Premium paid: dates and amounts")
    output: Flag = Field(True, title="Counts as output hedged")
    counterparty: str = Field("", title="Counterparty")

    @model_validator(mode="after")
    def _complete(self) -> Hedge:
        needs = {
            "forward": ["price", "strike"],
            "put": ["price", "floor"],
            "call": ["price", "cap"],
            "collar": ["price", "floor", "cap"],
            "swap": ["tranche", "strike"],
        }[self.kind]
        missing = [name for name in needs if getattr(self, name) is None]
        if missing:
            raise ValueError(f"a {self.kind} needs {', '.join(missing)}")
        options = self.kind in {"put", "call", "collar"}
        used = {
            *needs,
            "volume",
            "table",
            *(("volatility", "output", "premium") if options else ()),
            *(("side", "output") if self.kind == "forward" else ()),
        }
        self.refuse_unused(
            f"a {self.kind}",
            used,
            ("price", "side", "strike", "floor", "cap", "tranche", "volatility", "output", "premium"),
        )
        if (self.volume is None) == (not self.table):
            raise ValueError("a hedge needs one of volume and table")
        return self


def write(hedge: Hedge, draft: Draft) -> None:
    """Its lines on sheet Hedges."""
    h, label = f"hedge.{hedge.key}", hedge.title
    draft.page(HEDGES, PURPOSE)
    rows = [head(label, hedge.source)]
    if hedge.kind == "swap":
        rows += swap_lines(hedge, draft, h, label)
    else:
        rows += _contracts(hedge, draft, h, label)
    rows.append(
        scalar(
            f"{h}.value",
            "Value at market at the as-of date",
            FLOW,
            f"=SUM([{h}.worth:row])",
            "discounted at the rate of cover ratios",
            bold=True,
        )
    )
    draft.add(HEDGES, *rows)


def _units(hedge: Hedge, draft: Draft) -> tuple[str, str]:
    """Units of the volume and the price: of a metal, or of a currency."""
    series = draft.case.market.get(hedge.price or "")
    return ("amount", "rate of exchange") if series and series.is_exchange else ("oz", PRICE)


def _volume(hedge: Hedge, draft: Draft, h: str, label: str) -> str:
    if hedge.volume is not None:
        return draft.value(
            f"{h}.volume", hedge.volume, f"{label}: volume", _units(hedge, draft)[0], hedge.note("volume")
        )
    key = draft.table(
        f"{h}.table",
        label,
        [(row.date, row.amount) for row in hedge.table],
        (DATE, _units(hedge, draft)[0]),
        hedge.note("table"),
    )
    return f"SUMPRODUCT(({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end]),{{{key}.second}})"


def _contracts(hedge: Hedge, draft: Draft, h: str, label: str) -> list[Row]:
    spot = f"[market.{hedge.price}]"
    volume, price = _units(hedge, draft)
    metal = hedge.output and hedge.price in {product.price for product in draft.deal.product}
    rows = [
        balance(
            f"{h}.ounces",
            "Volume",
            volume,
            f"={_volume(hedge, draft, h, label)}{draft.in_force(h)}",
            hedge.note("volume"),
        )
    ]
    legs: dict[str, str] = {}
    for part, words in (("strike", "contract price"), ("floor", "floor"), ("cap", "cap")):
        level = getattr(hedge, part)
        if level is not None:
            rows.append(
                balance(
                    f"{h}.{part}_now",
                    words.capitalize(),
                    price,
                    "=" + draft.value(f"{h}.{part}", level, f"{label}: {words}", price, hedge.note(part)),
                )
            )
            legs[part] = f"[{h}.{part}_now]"
    sign = "" if hedge.side == "sell" else "-1*"
    paid, worth, options = list[str](), list[str](), list[str]()
    if "strike" in legs:
        paid.append(f"{sign}({legs['strike']}-{spot})")
        worth.append(f"{sign}({legs['strike']}-{spot})")
    if "floor" in legs or "cap" in legs:
        volatility = draft.term(
            f"{h}.volatility", f"{label}: volatility", "per year", hedge.volatility, hedge.note("volatility")
        )
        rate = "{ratio.discount_continuous}"
    for part, option in (("floor", "put"), ("cap", "call")):
        if part in legs:
            paid.append(f"MAX(0,{legs[part]}-{spot})" if option == "put" else f"-MAX(0,{spot}-{legs[part]})")
            rows.append(balance(f"{h}.{option}", f"Value of a {option}, each", price,
                                f'=IF([{h}.ounces:row]*(1-[time.actual:row])>0,OPTION_VALUE("{option}",[{h}.{part}_now:row],[market.{hedge.price}:row],{volatility},[hedge.years:row],{rate}),0)',
                                "Black 1976, of the market's own curve", array=True))  # fmt: skip
            options.append(f"{'-' if option == 'call' else '+'}[{h}.{option}]")
    premium = ""
    if hedge.premium:
        key = draft.table(f"{h}.premiums", f"{label}: premium", [(row.date, row.amount) for row in hedge.premium], (DATE, USD), hedge.note("premium"))  # fmt: skip
        within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
        rows.append(monthly(f"{h}.premium", "Premium paid", USD, f"=SUMPRODUCT({within},{{{key}.second}})"))
        premium = f"-[{h}.premium]"
    settled = f"=[{h}.ounces]*({'+'.join(paid)}){premium}"
    rows += [
        monthly(f"{h}.settled", "Settlement, received +, paid -", FLOW, settled, value="sum"),
        balance(
            f"{h}.worth",
            "Value at market",
            FLOW,
            f"=(1-[time.actual])*[{h}.ounces]*({'+'.join(f'({each})*[hedge.discount]' for each in worth)}{''.join(options)})",
            "forwards at the market's own curve",
        ),
    ]
    draft.hedge_lines.append(
        (f"{h}.settled", f"{h}.ounces" if metal and hedge.side == "sell" and hedge.kind != "call" else "")
    )
    return rows


def describe(hedge: Hedge) -> list[str]:
    """The hedge in words."""
    levels = [
        f"{words} {say(level, '{:,.7g}')}"
        for words, level in (("at", hedge.strike), ("floor", hedge.floor), ("cap", hedge.cap))
        if level is not None
    ]
    volume = (
        say(hedge.volume, "{:,.0f}")
        if hedge.volume is not None
        else "; ".join(f"{row.date:%b %Y} {row.amount:,.0f}" for row in hedge.table)
    )
    other = f"; with {hedge.counterparty}" if hedge.counterparty else ""
    if hedge.kind == "swap":
        return [f"{hedge.title}: swap of the rate of {hedge.tranche} {', '.join(levels)}; notional {volume}{other}."]
    kind = "forward bought" if hedge.side == "buy" else hedge.kind
    paid = (
        "; premium " + "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in hedge.premium)
        if hedge.premium
        else ""
    )
    counts = "" if hedge.output else "; does not count as output hedged"
    swings = f"; volatility {hedge.volatility:.0%}" if hedge.kind in {"put", "call", "collar"} else ""
    each = ", a month" if hedge.volume is not None else ""
    return [
        f"{hedge.title}: {kind} on {hedge.price} {', '.join(levels)}; volume{each}: {volume}{paid}{swings}{counts}{other}."
    ]
