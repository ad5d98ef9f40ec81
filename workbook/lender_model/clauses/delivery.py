"""delivery: the ounces that a prepay or gold loan delivers, those put off, and interest in ounces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator

from drawstop.deal import Number, Whole, quantity
from drawstop.deal.record import Clause
from lender_model.grid import COUNT, DATE, Row, balance, monthly, scalar

if TYPE_CHECKING:
    from lender_model.clauses.prepay import Prepay
    from lender_model.compose.draft import Draft


class Deferrals(Clause):
    """Deliveries that may be put off, and what that costs."""

    allowed: Whole = quantity("count", "Deliveries that may be put off", ge=0)
    ounces_added: Number = quantity("oz", "Ounces added to every later delivery, for each", ge=0)
    used: Whole = quantity("count", "Deliveries put off, the first ones", 0, ge=0)

    @model_validator(mode="after")
    def _within(self) -> Deferrals:
        if self.used > self.allowed:
            raise ValueError(f"{self.used} deliveries put off, {self.allowed} are allowed")
        return self


def deliveries(prepay: Prepay, draft: Draft, p: str, label: str) -> list[Row]:
    """The ounces to be delivered, by date."""
    if prepay.table:
        key = draft.table(
            f"{p}.deliveries",
            f"{label}: delivery",
            [(row.date, row.amount) for row in prepay.table],
            (DATE, "oz"),
            prepay.note("table"),
        )
        within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
        return [
            monthly(
                f"{p}.ounces",
                "Ounces to be delivered",
                "oz",
                f"=SUMPRODUCT({within},{{{key}.second}}){draft.in_force(p)}",
            )
        ]
    assert prepay.dates is not None  # noqa: S101 - the record has seen to it
    assert prepay.dates.until is not None  # noqa: S101 - as above
    first = draft.date(f"{p}.first", prepay.dates.first, f"{label}: first delivery")
    until = draft.date(f"{p}.until", prepay.dates.until, f"{label}: last delivery")
    every = draft.term(
        f"{p}.every", f"{label}: months between deliveries", COUNT, prepay.dates.every, prepay.note("dates")
    )
    assert prepay.ounces is not None  # noqa: S101 - as above
    ounces = draft.value(
        f"{p}.ounces_each", prepay.ounces, f"{label}: ounces on each date", "oz", prepay.note("ounces")
    )
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
            f"=IF(AND([{p}.due_now]=1,[{p}.number]>{used}),{ounces}+{used}*{added},0){draft.in_force(p)}",
            "deliveries put off are made after the last",
        ),
    ]


def still_owed(prepay: Prepay, draft: Draft, p: str, label: str) -> list[Row]:
    """The ounces to come, and the interest in ounces on them."""
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
