"""prepay: debt that is repaid in ounces: a gold prepay, or a gold loan.

A number of ounces on each date, flat or by table, valued at the market price of the day; some deliveries may be deferred,
each for more ounces on every later date; interest in ounces on what is still to be delivered makes it a gold loan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from drawstop.deal import Dates, Key, Number, Ref, Text, Whole, money, quantity
from drawstop.deal.record import Clause
from lender_model.clauses.tranche import Advance
from lender_model.compose.draft import Claim
from lender_model.compose.words import when
from lender_model.grid import COUNT, DATE, USD, Row, balance, head, monthly, scalar

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


class Deferrals(Clause):
    """Deliveries that may be deferred, and the cost."""

    allowed: Whole = quantity("count", "Deliveries that may be put off", ge=0)
    ounces_added: Number = quantity("oz", "Ounces added to every later delivery, for each", ge=0)
    used: Whole = quantity("count", "Deliveries put off, the first ones", 0, ge=0)

    @model_validator(mode="after")
    def _within(self) -> Deferrals:
        if self.used > self.allowed:
            raise ValueError(f"{self.used} deliveries put off, {self.allowed} are allowed")
        return self


class Prepay(Clause):
    """A prepay, or a gold loan."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    product: Annotated[Key, Ref("product")] = Field(title="Product")
    deposit: list[Advance] = Field(min_length=1, title="Money received: dates and amounts")
    ounces: Number | None = quantity("oz", "Ounces on each date", None, gt=0)
    dates: Dates | None = Field(None, title="Dates of delivery")
    table: list[Advance] = Field([], title="Dates and ounces")
    deferrals: Deferrals | None = Field(None, title="Deliveries put off")
    lease_rate: Number = quantity("per year", "Interest in ounces on what is still to be delivered", 0.0, ge=0)
    most_price: Number | None = money("Highest price at which an ounce counts", None, gt=0)

    @model_validator(mode="after")
    def _one_way(self) -> Prepay:
        if (self.ounces is None) == (not self.table):
            raise ValueError("a prepay needs one of ounces and table")
        if self.ounces is not None and (self.dates is None or self.dates.until is None):
            raise ValueError("ounces on each date need dates with first and until")
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
        monthly(f"{p}.deposit", "Received", USD, f"=SUMPRODUCT({within},{{{key}.second}})"),
        *_deliveries(prepay, draft, p, label),
        *_still_owed(prepay, draft, p, label),
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


def _deliveries(prepay: Prepay, draft: Draft, p: str, label: str) -> list[Row]:
    if prepay.table:
        key = draft.table(
            f"{p}.deliveries",
            f"{label}: delivery",
            [(row.date, row.amount) for row in prepay.table],
            (DATE, "oz"),
            prepay.note("table"),
        )
        within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
        return [monthly(f"{p}.ounces", "Ounces to be delivered", "oz", f"=SUMPRODUCT({within},{{{key}.second}})")]
    assert prepay.dates is not None  # noqa: S101 - the record has seen to it
    assert prepay.dates.until is not None  # noqa: S101 - as above
    first = draft.date(f"{p}.first", prepay.dates.first, f"{label}: first delivery")
    until = draft.date(f"{p}.until", prepay.dates.until, f"{label}: last delivery")
    every = draft.term(
        f"{p}.every", f"{label}: months between deliveries", COUNT, prepay.dates.every, prepay.note("dates")
    )
    ounces = draft.term(f"{p}.ounces_each", f"{label}: ounces on each date", "oz", prepay.ounces, prepay.note("ounces"))
    off = prepay.deferrals
    used = draft.term(
        f"{p}.deferrals", f"{label}: deliveries put off", COUNT, off.used if off else 0, prepay.note("deferrals")
    )
    added = draft.term(
        f"{p}.ounces_added",
        f"{label}: ounces added to each later delivery for each put off",
        "oz",
        off.ounces_added if off else 0.0,
        prepay.note("deferrals"),
    )
    months = f"([time.index]-YEAR({first})*{{time.months_a_year}}-MONTH({first}))"
    return [
        scalar(
            f"{p}.count",
            "Deliveries",
            COUNT,
            f"=INT(((YEAR({until})-YEAR({first}))*{{time.months_a_year}}+MONTH({until})-MONTH({first}))/{every})+1",
        ),
        balance(
            f"{p}.due_now",
            "Delivery date",
            "1 or 0",
            f"=IF(AND({months}>=0,MOD({months},{every})=0,[{p}.number:-1]<{{{p}.count}}+{used}),1,0)",
        ),
        balance(f"{p}.number", "Dates so far", COUNT, f"=[{p}.number:-1]+[{p}.due_now]", start=0.0),
        monthly(
            f"{p}.ounces",
            "Ounces to be delivered",
            "oz",
            f"=IF(AND([{p}.due_now]=1,[{p}.number]>{used}),{ounces}+{used}*{added},0)",
            "deliveries put off are made after the last",
        ),
    ]


def _still_owed(prepay: Prepay, draft: Draft, p: str, label: str) -> list[Row]:
    rows = [
        balance(f"{p}.to_come_open", "Ounces to come, opening", "oz", f"=[{p}.to_come:-1]"),
        balance(
            f"{p}.to_come",
            "Ounces to come, closing",
            "oz",
            f"=[{p}.to_come_open]-[{p}.ounces]",
            start=f"=SUM([{p}.ounces:row])",
        ),
    ]
    if not prepay.lease_rate:
        return [*rows, monthly(f"{p}.delivered", "Ounces delivered", "oz", f"=[{p}.ounces]", bold=True)]
    rate = draft.term(
        f"{p}.lease_rate", f"{label}: interest in ounces", "per year", prepay.lease_rate, prepay.note("lease_rate")
    )
    begun = f"IF(SUMPRODUCT(([time.end:row]<[time.end])*[{p}.deposit:row])>0,1,0)"
    return [
        *rows,
        balance(f"{p}.interest_open", "Interest accrued, opening", "oz", f"=[{p}.interest_close:-1]"),
        monthly(
            f"{p}.interest",
            "Interest of the month",
            "oz",
            f"=[{p}.to_come_open]*{rate}*([time.end]-[time.begin])/{{time.year_days}}*{begun}",
        ),
        monthly(
            f"{p}.interest_paid",
            "Interest delivered",
            "oz",
            f"=IF([{p}.ounces]>0,[{p}.interest_open]+[{p}.interest],0)",
        ),
        balance(
            f"{p}.interest_close",
            "Interest accrued, closing",
            "oz",
            f"=[{p}.interest_open]+[{p}.interest]-[{p}.interest_paid]",
            start=0.0,
        ),
        monthly(f"{p}.delivered", "Ounces delivered", "oz", f"=[{p}.ounces]+[{p}.interest_paid]", bold=True),
    ]


def describe(prepay: Prepay) -> list[str]:
    """The prepay in words."""
    got = "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in prepay.deposit)
    if prepay.dates:
        how = f"{prepay.ounces:,.0f} oz every {prepay.dates.every} months from {when(prepay.dates.first)} to {when(prepay.dates.until)}"
    else:
        how = "; ".join(f"{when(row.date)} {row.amount:,.0f} oz" for row in prepay.table)
    lines = [f"{prepay.title}: received {got}; repaid with {how}."]
    if prepay.deferrals:
        off = prepay.deferrals
        lines.append(
            f"Up to {off.allowed} deliveries may be put off, each for {off.ounces_added:,.0f} oz more on every later date."
        )
    if prepay.lease_rate:
        lines.append(f"Interest in ounces: {prepay.lease_rate:.2%} a year on the ounces to come.")
    return lines
