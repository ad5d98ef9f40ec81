"""hedge: contracts on a metal, a currency or a rate.

``forward``, ``put``, ``call`` (sold), ``collar`` on any series of the market, with a volume flat, by date or by table;
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
from lender_model.compose.draft import Chart, Claim
from lender_model.compose.words import say, when
from lender_model.grid import DATE, FLOW, PRICE, RATE, USD, Row, balance, head, monthly, scalar

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

HEDGES = "Hedges"


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
    draft.page(HEDGES, "The hedge book: volumes, settlements, and value at market from the as-of date on.")
    rows = [head(label, hedge.source)]
    if hedge.kind == "swap":
        rows += _swap(hedge, draft, h, label)
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


def _swap(hedge: Hedge, draft: Draft, h: str, label: str) -> list[Row]:
    k = f"tranche.{hedge.tranche}"
    fixed = draft.value(f"{h}.strike", hedge.strike or 0.0, f"{label}: fixed rate", RATE, hedge.note("strike"))
    if hedge.volume is not None:
        notional = draft.value(f"{h}.volume", hedge.volume, f"{label}: notional", USD, hedge.note("volume"))
    else:
        key = draft.table(
            f"{h}.table", label, [(row.date, row.amount) for row in hedge.table], (DATE, USD), hedge.note("table")
        )
        last = f"MAX(({{{key}.first}}<=[time.end:-1])*{{{key}.first}})"
        notional = f"SUMPRODUCT(({{{key}.first}}=SUMPRODUCT({last}))*({{{key}.first}}>0),{{{key}.second}})"
    rows = [
        balance(
            f"{h}.notional",
            "Notional",
            USD,
            f"={notional}{draft.in_force(h)}",
            hedge.note("table" if hedge.table else "volume"),
        ),
        balance(f"{h}.fixed", "Fixed rate", RATE, f"={fixed}"),
        balance(f"{h}.accrued_open", "Accrued, opening", FLOW, f"=[{h}.accrued:-1]"),
        monthly(
            f"{h}.earned",
            "Floating less fixed, of the month",
            FLOW,
            f"=[{h}.notional]*([{k}.base]-[{h}.fixed])*([time.end]-[time.begin])/{{{k}.year_days}}",
            value="sum",
        ),
        monthly(
            f"{h}.settled",
            "Settlement, received +, paid -",
            FLOW,
            f"=([{h}.accrued_open]+[{h}.earned])*[{k}.pay]",
            value="sum",
        ),
        balance(f"{h}.accrued", "Accrued, closing", FLOW, f"=[{h}.accrued_open]+[{h}.earned]-[{h}.settled]", start=0.0),
        balance(
            f"{h}.worth",
            "Value at market",
            FLOW,
            f"=(1-[time.actual])*[{h}.earned]*[hedge.discount]",
            "at the market's own curve",
        ),
    ]
    draft.hedge_lines.append((f"{h}.settled", ""))
    draft.assets.append((f"{label}: accrued", f"[{h}.accrued]", 1))
    draft.income.append((f"{label}: earned, not settled", f"[{h}.earned]-[{h}.settled]", 1))
    return rows


def write_book(draft: Draft) -> None:
    """The whole book: settlements, share of output, value."""
    if not draft.deal.hedge:
        return
    page = draft.page(HEDGES, "The hedge book: volumes, settlements, and value at market from the as-of date on.")
    discount = draft.term(
        "ratio.discount",
        "Discount rate of cover ratios",
        "per year",
        draft.case.discount_rate,
        draft.case.assumed.get("discount_rate", ""),
        "ratios",
    )
    page.rows[:0] = [
        head("From the as-of date"),
        balance(
            "hedge.years", "Years from the as-of date", "years", "=MAX(0,[time.end]-{cover.as_of})/{ratio.year_days}"
        ),
        scalar("ratio.discount_continuous", "Discount rate, continuously compounded", RATE, f"=LN(1+{discount})"),
        balance("hedge.discount", "Discount factor", "number exact", f"=(1+{discount})^-[hedge.years]"),
    ]
    ounces = "+".join(f"[{line}]" for _, line in draft.hedge_lines if line) or "0"
    draft.add(
        HEDGES,
        head("The whole book"),
        balance("hedge.ounces", "Output hedged", "oz", f"={ounces}"),
        monthly(
            "hedge.net",
            "Settlements, received +, paid -",
            FLOW,
            "=" + "+".join(f"[{line}]" for line, _ in draft.hedge_lines),
            bold=True,
            value="sum",
        ),
        scalar(
            "hedge.value",
            "Value at market at the as-of date",
            FLOW,
            "=" + "+".join(f"{{hedge.{hedge.key}.value}}" for hedge in draft.deal.hedge),
            bold=True,
        ),
    )
    draft.inflows.append(("Hedge settlements received", "MAX(0,[hedge.net])"))
    draft.lenders["hedge"] = ("Hedge counterparties", "0")
    draft.claim(Claim("arrears.hedge", "Hedge counterparties: arrears", "[arrears.hedge_open]", "hedge"))
    draft.claim(Claim("hedge", "Hedge settlements", "MAX(0,-[hedge.net])", "hedge", funded=True))
    draft.income.append(("Hedge settlements", "[hedge.net]", 1))
    if any(line for _, line in draft.hedge_lines):
        draft.charts.append(
            Chart(
                "Output and output hedged, ounces",
                columns=(("hedge.ounces", "Hedged"),),
                lines=(("ops.output", "Output"),),
                form="#,##0",
            )
        )


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
    if hedge.kind == "swap":
        return [f"{hedge.title}: swap of the rate of {hedge.tranche} {', '.join(levels)}; notional {volume}."]
    kind = "forward bought" if hedge.side == "buy" else hedge.kind
    paid = (
        "; premium " + "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in hedge.premium)
        if hedge.premium
        else ""
    )
    each = ", a month" if hedge.volume is not None else ""
    return [f"{hedge.title}: {kind} on {hedge.price} {', '.join(levels)}; volume{each}: {volume}{paid}."]
