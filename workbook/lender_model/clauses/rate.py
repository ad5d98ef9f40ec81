"""rate: the components of a tranche's interest.

A base rate of the market file with its floor and a margin, or a fixed rate; a margin by date, by state (it may rise at
Completion) or by band of a metric; or a rate that follows the gold price. Interest of a date may be added to the
principal, in whole or in part. SOFR and its like may be compounded daily in arrears from the fixings of ``fixings.csv``,
a line a business day; the months after the as-of date take the market's series.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from drawstop.deal import Flag, Key, Number, Record, Ref, Value, When, Whole, quantity
from drawstop.deal.value import values_of
from lender_model.compose.words import say, when

Basis = Literal["ACT/360", "ACT/365", "30/360", "30E/360", "ACT/ACT"]
YEAR_CODES = {"30/360": 0, "ACT/ACT": 1, "ACT/360": 2, "ACT/365": 3, "30E/360": 4}
"""Excel's codes of day counts."""
ACTUAL = frozenset({"ACT/360", "ACT/365"})
"""Day counts whose months add up to a period whatever the days between."""


class GoldLinked(Record):
    """Interest that follows the gold price: price × share ÷ divisor, at most the cap."""

    price: Annotated[Key, Ref("market")] = Field("gold", title="Price")
    share: Number = quantity("fraction", "Share of the price", ge=0)
    divisor: Number = quantity("number", "Divisor", 10_000.0, gt=0)
    cap: Number | None = quantity("per year", "Highest rate", None, ge=0)


class Capitalised(Record):
    """Interest that is added to the principal on its date instead of being paid."""

    share: Value = quantity("fraction", "Share of the interest that is added", 1.0)
    until: Annotated[When, Ref("milestone")] = Field(title="Last date, included")
    most: Number | None = quantity("US$", "Most that may be added in all", None, ge=0)

    @field_validator("share")
    @classmethod
    def _a_part(cls, share: Value) -> Value:
        if not all(0 <= part <= 1 for part in values_of(share)):
            raise ValueError("a share must be between 0 and 1")
        return share


class Rate(Record):
    """The rate of a tranche."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("pik", "in_kind", "capitalise", "capitalized"), "capitalised = { share, until }"),
        **dict.fromkeys(("fixed", "rate", "coupon", "spread"), "margin: it is the whole rate where there is no base"),
        **dict.fromkeys(("index", "libor", "sofr", "reference"), "base, a series of the case's market"),
        **dict.fromkeys(("csa", "credit_adjustment"), "adjustment"),
        **dict.fromkeys(("day_count", "daycount"), "basis"),
    }

    base: Annotated[Key | None, Ref("market")] = Field(None, title="Base rate, a series of the market")
    fixing: Literal["period", "month", "advance", "daily"] = Field(
        "period",
        title="Base rate fixed for the interest period before it begins, by the month as it goes, for each advance when it is drawn, or compounded daily in arrears",
    )
    lookback: Whole = quantity("business days", "Compounded daily: by how many each day looks back", 0, ge=0, le=20)
    shift: Flag = Field(False, title="Compounded daily: the weights are those of the earlier days, too")
    floor: Number | None = quantity("per year", "Floor of the base rate", None)
    adjustment: Number = quantity("per year", "Credit adjustment added to the base rate", 0.0)
    margin: Value = quantity("per year", "Margin, or the whole rate where it has no base", 0.0)
    gold: GoldLinked | None = Field(None, title="Interest that follows the gold price")
    default_margin: Number = quantity("per year", "Added on overdue amounts", 0.0, ge=0)
    basis: Basis = Field("ACT/360", title="Day count")
    capitalised: Capitalised | None = Field(None, title="Interest added to the principal")

    @model_validator(mode="after")
    def _one_way(self) -> Rate:
        if self.gold and self.base:
            raise ValueError("a rate follows a base rate or the gold price, not both")
        if self.fixing != "daily":
            self.refuse_unused(f"a rate fixed by {self.fixing}", (), ("lookback", "shift"))
        elif self.basis not in ACTUAL:
            raise ValueError(f"a rate compounded daily needs ACT/360 or ACT/365, not {self.basis}")
        if not self.base:
            self.refuse_unused("a rate without a base", (), ("fixing", "adjustment"))
        if self.floor is not None and not self.base:
            raise ValueError("a floor needs a base rate")
        return self


def year_part(basis: str, start: str, end: str, days: str, since: str = "") -> str:
    """Template of a day count: the part of a year from one date to another.

    Other than actual days, a period's months are counted from its first day ``since``, so that they add up to the period.
    """
    if basis in ACTUAL:
        return f"({end}-{start})/{days}"
    code = YEAR_CODES[basis]
    if not since:
        return f"YEARFRAC({start},{end},{code})"
    return f"(YEARFRAC({since},{end},{code})-YEARFRAC({since},{start},{code}))"


def describe(rate: Rate) -> str:
    """The rate in words.

    >>> describe(Rate(base="sofr", margin=0.05, floor=0.01))
    'SOFR, at least 1.00%, plus 5.00% a year, ACT/360'
    """
    if rate.gold:
        cap = f", at most {rate.gold.cap:.2%}" if rate.gold.cap is not None else ""
        text = f"{rate.gold.price} price × {rate.gold.share:.1%} ÷ {rate.gold.divisor:,.0f}{cap} a year, {rate.basis}"
        return text + _added(rate)
    parts = []
    if rate.base:
        parts.append(rate.base.upper() + (f", at least {rate.floor:.2%}," if rate.floor is not None else ""))
        if rate.fixing == "advance":
            parts.append("fixed for each advance when it is drawn,")
        if rate.fixing == "daily":
            shift = ", observation shifted" if rate.shift else ""
            parts.append(f"compounded daily in arrears, {rate.lookback} business days' lookback{shift},")
        if rate.fixing == "month":
            parts.append("by the month as it goes,")
        if rate.adjustment:
            parts.append(f"plus {rate.adjustment:.3%}")
        parts.append("plus")
    text = " ".join([*parts, say(rate.margin, "{:.2%}")]) + f" a year, {rate.basis}"
    return text + _added(rate)


def _added(rate: Rate) -> str:
    """What is added to the principal, and what arrears bear more, in words."""
    text = ""
    if rate.capitalised:
        most = f", at most {rate.capitalised.most:,.0f} in all" if rate.capitalised.most is not None else ""
        text = f"; {say(rate.capitalised.share, '{:.0%}')} of it is added to the principal until {when(rate.capitalised.until)}{most}"
    if rate.default_margin:
        text += f"; {rate.default_margin:.2%} more on overdue amounts"
    return text
