"""prepay: debt that is repaid in ounces: a gold prepay, or a gold loan.

A number of ounces on each date, flat or by table, valued at the day's market price; some deliveries may be deferred, each
for more ounces on every later date; interest in ounces on what is still to be delivered makes it a gold loan. The ounces
of a date may depend on the band that the price is in, and cash interest may be due beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from drawstop.deal import Cycle, Dates, Key, Number, Ref, Text, Value, money, quantity
from drawstop.deal.record import Clause
from lender_model.clauses.delivery import Deferrals, deliveries, still_owed
from lender_model.clauses.drawing import Advance
from lender_model.compose.draft import Claim
from lender_model.compose.words import dates, say, when
from lender_model.grid import COUNT, DATE, RATE, USD, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[prepay]]
key = "gold"
title = "Gold prepay"
product = "gold"
deposit = [{ date = 2026-06-30, amount = 15_000_000 }]
ounces = 1_000
dates = { every = 3, first = 2028-03-31, until = 2031-12-31 }
deferrals = { allowed = 4, ounces_added = 90, used = 0 }
"""

PREPAYS = "Prepay"


class Prepay(Clause):
    """A prepay, or a gold loan."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    product: Annotated[Key, Ref("product")] = Field(title="Product")
    deposit: list[Advance] = Field(min_length=1, title="Money received: dates and amounts")
    ounces: Value | None = quantity("oz", "Ounces on each date", None)
    dates: Dates | None = Field(None, title="Dates of delivery")
    table: list[Advance] = Field([], title="Dates and ounces")
    deferrals: Deferrals | None = Field(None, title="Deliveries put off")
    lease_rate: Number = quantity("per year", "Interest in ounces on what is still to be delivered", 0.0, ge=0)
    cash_rate: Value | None = quantity(
        "per year", "Cash interest on what was received and not yet earned, ACT/360", None
    )
    cash_payment: Cycle | None = Field(None, title="Dates of the cash interest")
    most_price: Number | None = money("Highest price at which an ounce counts", None, gt=0)

    @model_validator(mode="after")
    def _one_way(self) -> Prepay:
        if (self.ounces is None) == (not self.table):
            raise ValueError("a prepay needs one of ounces and table")
        if self.ounces is not None and (self.dates is None or self.dates.until is None):
            raise ValueError("ounces on each date need dates with first and until")
        if self.table:
            self.refuse_unused("a prepay with a table", (), ("dates", "deferrals"))
        if (self.cash_rate is None) != (self.cash_payment is None):
            raise ValueError("cash interest needs both cash_rate and cash_payment")
        return self


def write(prepay: Prepay, draft: Draft) -> None:
    """Its lines on sheet Prepay, its claim and its liability."""
    p, label = f"prepay.{prepay.key}", prepay.title
    product = next(each for each in draft.deal.product if each.key == prepay.product)
    spot = f"[market.{product.price}]"
    if prepay.most_price is not None:
        spot = f"MIN({spot},{draft.term(f'{p}.most_price', f'{label}: highest price of an ounce', 'US$/oz', prepay.most_price, prepay.note('most_price'))})"
    draft.page(PREPAYS, "Debt repaid in ounces: deliveries, their value, and what is still to be delivered.")
    key = draft.table(
        f"{p}.deposits",
        f"{label}: received",
        [(row.date, row.amount) for row in prepay.deposit],
        (DATE, USD),
        prepay.note("deposit"),
    )
    within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
    draft.add(
        PREPAYS,
        head(label, prepay.source),
        monthly(f"{p}.deposit", "Received", USD, f"=SUMPRODUCT({within},{{{key}.second}}){draft.in_force(p)}"),
        *deliveries(prepay, draft, p, label),
        *still_owed(prepay, draft, p, label),
        monthly(f"{p}.due", "Value of the deliveries", USD, f"=[{p}.delivered]*{spot}", bold=True),
        balance(f"{p}.owed_open", "Received and not yet earned, opening", USD, f"=[{p}.owed:-1]"),
        monthly(
            f"{p}.earned",
            "- earned with the ounces delivered",
            USD,
            f"=IF([{p}.to_come_open]>0,[{p}.owed_open]*MIN(1,[{p}.ounces]/[{p}.to_come_open]),0)",
        ),
        balance(
            f"{p}.owed",
            "Received and not yet earned, closing",
            USD,
            f"=[{p}.owed_open]+[{p}.deposit]-[{p}.earned]",
            start=0.0,
        ),
    )
    if prepay.cash_rate is not None:
        _cash_interest(prepay, draft, p, label)
    draft.inflows.append((f"{label}: received", f"[{p}.deposit]"))
    draft.sources.append((f"{label}: received", f"{p}.deposit"))
    draft.lenders[f"prepay_{prepay.key}"] = (label, "0")
    draft.claim(
        Claim(
            f"arrears.prepay_{prepay.key}",
            f"{label}: arrears",
            f"[arrears.prepay_{prepay.key}_open]",
            f"prepay_{prepay.key}",
        )
    )
    draft.claim(Claim(f"principal.prepay_{prepay.key}", f"{label}: deliveries", f"[{p}.due]", f"prepay_{prepay.key}"))
    draft.service.append(f"[{p}.due]")
    draft.income.append((f"{label}: deliveries less what was received for them", f"[{p}.due]-[{p}.earned]", -1))
    draft.assets.append((f"{label}: received and not yet earned", f"[{p}.owed]", -1))
    draft.check(
        f"{p}.rolls",
        f"{label}: rolls forward",
        draft.rolls(f"{p}.owed_open", (f"{p}.deposit",), (f"{p}.earned",), f"{p}.owed"),
    )


def _cash_interest(prepay: Prepay, draft: Draft, p: str, label: str) -> None:
    """Cash interest beside the ounces."""
    assert prepay.cash_rate is not None  # noqa: S101 - the caller has seen to it
    assert prepay.cash_payment is not None  # noqa: S101 - the record has seen to it
    rate = draft.value(f"{p}.cash_rate", prepay.cash_rate, f"{label}: cash interest", RATE, prepay.note("cash_rate"))
    first = draft.date(f"{p}.cash_first", prepay.cash_payment.first, f"{label}: first cash interest")
    every = draft.term(f"{p}.cash_every", f"{label}: months between", COUNT, prepay.cash_payment.every, prepay.note("cash_payment"))  # fmt: skip
    months = f"([time.index]-YEAR({first})*{{time.months_a_year}}-MONTH({first}))"
    pay = (
        f"OR(AND({months}>=0,MOD({months},{every})=0),AND([{p}.owed_open]>{{checks.cent}},[{p}.owed]<={{checks.cent}}))"
    )
    draft.add(
        PREPAYS,
        balance(f"{p}.cash_open", "Cash interest accrued, opening", USD, f"=[{p}.cash_close:-1]"),
        monthly(f"{p}.cash", "+ of the month", USD, f"=[{p}.owed_open]*{rate}*([time.end]-[time.begin])/{{time.year_days}}"),
        monthly(f"{p}.cash_due", "- due", USD, f"=IF({pay},[{p}.cash_open]+[{p}.cash],0)", bold=True),
        balance(f"{p}.cash_close", "Cash interest accrued, closing", USD, f"=[{p}.cash_open]+[{p}.cash]-[{p}.cash_due]", start=0.0),
    )  # fmt: skip
    draft.claim(Claim(f"interest.prepay_{prepay.key}", f"{label}: cash interest", f"[{p}.cash_due]", f"prepay_{prepay.key}", funded=True))  # fmt: skip
    draft.service.append(f"[{p}.cash_due]")
    draft.income.append((f"{label}: cash interest", f"[{p}.cash]", -1))
    draft.assets.append((f"{label}: cash interest accrued", f"[{p}.cash_close]", -1))
    draft.check(
        f"{p}.cash",
        f"{label}: cash interest rolls forward",
        draft.rolls(f"{p}.cash_open", (f"{p}.cash",), (f"{p}.cash_due",), f"{p}.cash_close"),
    )


def describe(prepay: Prepay) -> list[str]:
    """The prepay in words."""
    got = "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in prepay.deposit)
    if prepay.dates:
        how = f"ounces, {say(prepay.ounces, '{:,.0f}')}, {dates(prepay.dates)}"
    else:
        how = "; ".join(f"{when(row.date)} {row.amount:,.0f} oz" for row in prepay.table)
    lines = [f"{prepay.title}: received {got}; repaid in {prepay.product} with {how}."]
    if prepay.most_price is not None:
        lines.append(f"An ounce counts for at most US$ {prepay.most_price:,.2f}.")
    if prepay.deferrals:
        off = prepay.deferrals
        lines.append(
            f"Up to {off.allowed} deliveries may be put off, each for {off.ounces_added:,.0f} oz more on every later date; put off: {off.used}."
        )
    if prepay.lease_rate:
        lines.append(f"Interest in ounces: {prepay.lease_rate:.2%} a year on the ounces to come.")
    if prepay.cash_rate is not None:
        lines.append(
            f"Cash interest: {say(prepay.cash_rate, '{:.2%}')} a year on what is not yet earned, {_paid(prepay)}."
        )
    return lines


def _paid(prepay: Prepay) -> str:
    return f"paid {dates(prepay.cash_payment)}" if prepay.cash_payment else "paid each month"
