"""Beside the loan: the property agreement's figures, conversion of the note, and the loan in gold."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from .covenants import at_least
from .days import month_end, years
from .given import Given
from .lines import CENT, DASH, Lines


def calculate(given: Given, out: Lines) -> None:
    _property_agreement(given, out)
    _note(given, out)
    _gold(given, out)


def whole(quotient: float) -> float:
    """Whole shares, the fraction dropped; 735,294.9999999999 for 735,295 is what division leaves (R-22)."""
    return float(math.floor(quotient * (1 + 1e-12)))


def milestone(as_of: dt.date, deadline: dt.date, done: Any) -> str:
    """Where a deadline stands at the close of a day; what is done later than that is not known yet (R-43)."""
    if isinstance(done, dt.date) and done <= as_of:
        return "met" if done <= deadline else "met late"
    return "pending" if as_of < deadline else "missed"


def _property_agreement(given: Given, out: Lines) -> None:
    first = given["consideration.first_shares"]
    second = whole(given["consideration.second_payment"] / given["plan.npmc_price"])
    production, as_of = out.one("npmc.production"), given.as_of
    missing = given["plan.stated_oz"] + given["back_in.threshold"] - given["plan.reserve_oz"]
    spent = sum(
        out["ops.capex"][month]
        for month in out.months
        if given.is_past(month) and month > given["back_in.costs_after"]
    )
    for key, figure in {
        "first_shares": first, "first_price": given["consideration.first_payment"] / first, "second_shares": second,
        "shares": first + second, "ownership": (first + second) / given["plan.shares"],
        "stated_second": given["consideration.second_shares"], "stated_shares": given["consideration.total_shares"],
        "stated_ownership": given["consideration.ownership"], "agreement": given["acquisition.agreement_date"],
        "termination": given["extension.termination"], "registration": given["registration.until"],
        "milestone": milestone(as_of, out.one("npmc.deadline"), production),
        "gold_loan": int(production != DASH and as_of >= production),
        "back_in": int(at_least(given["plan.reserve_oz"] - given["plan.stated_oz"], given["back_in.threshold"])),
        "back_in_oz": max(0.0, missing), "back_in_price": given["back_in.multiple"] * given["back_in.interest"] * spent,
    }.items():  # fmt: skip
        out.put(f"npmc.{key}", figure)


def _note(given: Given, out: Lines) -> None:
    principal, price = given["note.principal"], given["note.conversion_price"]
    shares, outstanding = whole(principal / price), given["plan.shares"]
    offered = sum(given.plan("plan.offering_shares", month) for month in out.months)
    adjusted = price
    if offered > 0 and given["plan.offering_price"] < price:  # weighted average, never upward
        adjusted *= (outstanding + offered * given["plan.offering_price"] / price) / (outstanding + offered)
    run, forced = _run_above_the_trigger(given, out)
    maturity = given["note.maturity"]
    value = shares * given["note.share_price"]
    for key, figure in {
        "shares": shares, "stated_shares": given["note.reserved_shares"], "value_now": value,
        "gain": value - principal, "dilution": shares / (outstanding + shares), "offered": offered,
        "adjusted_price": adjusted, "adjusted_shares": whole(principal / adjusted), "run": run, "forced": forced,
        "years_left": max(0.0, years(out.one("time.position"), maturity, "ACT/365")),
        "coupon": given["market.libor_forward"] + given["note.margin"],
    }.items():  # fmt: skip
        out.put(f"note.{key}", figure)
    out.put("note.straight", _straight(given, out))


def _run_above_the_trigger(given: Given, out: Lines) -> tuple[int, Any]:
    """Closes in a row above the trigger to the last one, and the day from which conversion may be required (R-23)."""
    run, forced = 0, DASH
    defaults = any(out["wf.default"][month] and out["time.as_of"][month] for month in out.months)
    for day in sorted(given.by_day["daily.closes"]):
        run = run + 1 if given.by_day["daily.closes"][day] > given["forced_conversion.trigger"] else 0
        if run >= given["forced_conversion.days"] and forced == DASH and not defaults:
            forced = day
    return run, forced


def coupon_times(left: float, frequency: float) -> list[float]:
    """Years to each coupon: at maturity and every period before it, but none within a day."""
    times = [left - k / frequency for k in range(math.ceil(left * frequency) + 1)]
    return [time for time in times if time > 1 / 365 * (1 + 1e-9)]


def _straight(given: Given, out: Lines) -> float:
    """The note without its option: whole coupons and principal, at the riskless rate and the spread."""
    left, rate = out.one("note.years_left"), given["note.risk_free"] + given["note.spread"]
    if left == 0:
        return given["note.principal"]
    coupon = out.one("note.coupon") / given["note.frequency"]
    coupons = sum(coupon * math.exp(-rate * time) for time in coupon_times(left, given["note.frequency"]))
    return given["note.principal"] * (coupons + math.exp(-rate * left))


def _gold(given: Given, out: Lines) -> None:
    """The loan in ounces from the month-end of its conversion on, if commercial production allows it (R-19 to R-21)."""
    production, owed = out.one("npmc.production"), 0.0
    out.put("gold.cap", given["gold_loan.dollars"] / given["plan.gold_price"])
    rate = given["gold.lease_rate"] + given["gold_loan.margin"]
    for month in out.months:
        price, dollars = out["market.gold"][month], out["loan.closing"][month]
        allowed = int(production != DASH and month >= production)
        converts = allowed if month == month_end(given["gold.date"]) else 0
        converted = dollars / price * converts
        before = out["loan.opening"][month]
        repaid = owed * out["loan.repayment"][month] / before if before > CENT else 0.0
        interest = owed * rate * years(out["time.start"][month], month, given["facility.day_count"])
        closing = owed + converted - repaid
        days, hedged = (month - given["facility.effective_date"]).days, out["ops.hedge_oz"][month]
        sold = out["ops.recovered"][month]
        carried = 1 + given["market.libor_forward"] * days / 360
        out.month(
            month,
            gold_allowed=allowed, gold_converts=converts, gold_opening=owed, gold_converted=converted,
            gold_repaid=repaid, gold_closing=closing, gold_interest=interest, gold_repaid_usd=repaid * price,
            gold_interest_usd=interest * price, gold_saved=out["loan.interest"][month] if owed > 0 else 0.0,
            gold_exposure=closing * price - dollars if closing > 0 else 0.0, gold_hedged=hedged,
            gold_contract=out["ops.hedge_price"][month],
            gold_forward=given["plan.gold_price"] * carried / (1 + given["gold.lease_rate"] * days / 360),
            gold_settlement=out["ops.hedge"][month], gold_cover=hedged / sold if sold > 0 else 0.0,
        )  # fmt: skip
        owed = closing
