"""The Project: prices, ounces, royalty, costs, tax and cash before financing, month by month."""

from __future__ import annotations

import datetime as dt

from . import mine
from .days import DAY, NAMES, in_words, later, month_end, years
from .given import Given
from .lines import DASH, START, Lines


def calculate(given: Given, out: Lines) -> None:
    """Everything that the loan does not move."""
    _dates(given, out)
    _market(given, out)
    mine.calculate(given, out)
    _royalty(given, out)
    _tax_and_cash(given, out)
    _commercial_production(given, out)


def _dates(given: Given, out: Lines) -> None:
    signing, end_of_fee = given["facility.effective_date"], given["commitment_fee.end"]
    out.put("plan.delay", 0 if given.reported("actual.completion") else int(given.changed("delay")))
    mechanical = out.put("plan.mechanical_date", _expected(given, out, "mechanical"))
    completion = out.put("plan.completion_date", _expected(given, out, "completion"))
    out["time.end"][START] = before = signing.replace(day=1) - dt.timedelta(days=1)
    out["time.quarter_end"][START], out["time.instalment_no"][START] = 1, 0
    paid, period_starts = 0, 1
    for number, month in enumerate(out.months, start=1):
        start = max(signing, before)
        last_of_period = int(month.month in given["interest.months"])
        falls_due = int(
            month.month in given["instalments.months"]
            and month >= given["instalments.first"]
            and paid < given["instalments.count"]
        )
        paid += falls_due
        is_past = int(given.is_past(month))
        out.month(
            month,
            time_no=number, time_name=in_words(month), time_end=month, time_start=start,
            time_days=(month - start).days,
            time_year=month.year, time_month=month.month, time_actual=is_past,
            time_as_of=int(is_past and not given.is_past(month_end(later(month.replace(day=1), 1)))),
            time_quarter_end=last_of_period, time_period_start=period_starts,
            time_note_pay=int(month.month in {12 // int(given["note.frequency"]) * k for k in range(1, 13)}),
            time_mechanical=int(month >= mechanical), time_complete=int(month >= completion),
            time_advances_open=int(month < given["advances.cutoff"] and month < mechanical),
            time_instalment=falls_due, time_instalment_no=paid,
            time_fee_start=min(start, end_of_fee), time_fee_stop=min(month, end_of_fee),
        )  # fmt: skip
        before, period_starts = month, last_of_period
    out.put("time.month_names", "".join(NAMES))
    out.put("time.first", out.months[0])
    past = [month for month in out.months if given.is_past(month)]
    out.put("time.position", past[-1])


def _expected(given: Given, out: Lines, key: str) -> dt.date:
    """As reported; else by the plan, not before the as-of date is past (R-58), and late by the delay from there."""
    reported = given.reported(f"actual.{key}")
    if reported:
        return reported
    expected = max(month_end(given[f"plan.{key}"]), month_end(given.as_of + DAY))
    return month_end(later(expected.replace(day=1), int(out.one("plan.delay"))))


def _ahead(given: Given, metal: str, plan: str | None) -> float:
    """The price after the as-of date, before the scenario's change: assumed, planned, or the last held (R-59)."""
    choice = given.changed("price")
    assumed = given[f"market.{metal}_forward"]
    if choice == 2:
        return given[plan] if plan else assumed
    published = {m: x for m, x in given.by_month[f"market.{metal}_actual"].items() if given.is_past(m)}
    return published[max(published)] if choice == 3 and published else assumed


def _market(given: Given, out: Lines) -> None:
    index = given["market.cpi@start"]
    out["market.cpi"][START], out["market.libor"][START] = index, given["market.libor@start"]
    ahead = {}
    for key, plan in (("gold", "plan.gold_price"), ("silver", "plan.silver_price"), ("libor", None)):
        price = out.put(f"market.{key}_ahead", _ahead(given, key, plan))
        ahead[key] = price + (given.changed(key) if key != "silver" else 0.0)
    for month in out.months:
        index = given.actual("market.cpi_actual", month, index * (1 + given["market.inflation"]) ** (1 / 12))
        prices = {key: given.actual(f"market.{key}_actual", month, price) for key, price in ahead.items()}
        out.month(month, **{f"market_{key}": price for key, price in prices.items()}, market_cpi=index)
    position = out.one("time.position")
    for metal in ("gold", "silver", "libor"):
        published = given.by_month[f"market.{metal}_actual"].get(position)
        away = abs(out.one(f"market.{metal}_ahead") - published) if published else 0.0
        out.put(f"market.{metal}_away", away / published if published and metal != "libor" else away)


def _royalty(given: Given, out: Lines) -> None:
    """Royalty less the credit for advance royalties, and the deadline that these extend (R-32, R-33, R-37)."""
    first, credit = given["commercial_production.deadline"], 0.0
    extended = given["npmc.extension_no@start"]
    base = given["npmc.cpi_base"]

    def deadline(extensions: float) -> dt.date:
        return later(first, int(12 * given["extension.years"] * extensions))

    out["npmc.next_deadline"][START], out["npmc.extension_no"][START] = first, extended
    until = first
    for month in out.months:
        published = out.before("market.cpi", month)  # the month's own index comes out in the next
        pays = given["plan.extensions"] > extended and month >= until
        advance = given["extension.advance_royalty"] * published / base if pays else 0.0
        due = out["ops.royalty"][month]
        used = min(credit + advance, due)
        extended += 1 if advance > 0 else 0
        until = deadline(extended)
        out.month(
            month,
            npmc_due=due, npmc_credit_open=credit, npmc_advance_paid=advance, npmc_credit_used=used,
            npmc_credit_close=credit + advance - used, npmc_payable=due - used, npmc_extension_no=extended,
            npmc_next_deadline=until,
        )  # fmt: skip
        credit += advance - used
    out.put("npmc.deadline", deadline(given["plan.extensions"]))
    at_deadline = month_end(later(first.replace(day=1), -1))
    now = out.put("npmc.cpi_deadline", out["market.cpi"].get(at_deadline, 0.0))
    out.put("npmc.advance", given["extension.advance_royalty"] * now / base)


def _tax_and_cash(given: Given, out: Lines) -> None:
    ounces = out.total("ops.recovered")
    spent = given["plan.capital_before"] + out.total("ops.capex")
    rate = out.put("ops.depreciation_rate", spent / ounces if ounces > 0 else 0.0)
    losses = 0.0
    for month in out.months:
        figure = {key: out[f"ops.{key}"][month] for key in ("net_returns", "hedge", "cost", "closure", "capex")}
        royalty = out["npmc.payable"][month] + out["npmc.advance_paid"][month]
        earned = figure["net_returns"] + figure["hedge"] - royalty - figure["cost"] - figure["closure"]
        depreciation = out["ops.recovered"][month] * rate
        taxable = earned - depreciation
        used = min(losses, taxable) if taxable > 0 else 0.0
        added = -taxable if taxable < 0 else 0.0
        cash = (
            earned + out["ops.received"][month] - figure["net_returns"] + figure["cost"] - out["ops.cost_paid"][month]
        )
        tax = (taxable - used) * given["plan.tax_rate"] if taxable > 0 else 0.0
        out.month(
            month,
            ops_depreciation=depreciation, ops_taxable=taxable, ops_loss_open=losses, ops_loss_added=added,
            ops_loss_used=used, ops_loss_close=losses + added - used, ops_tax=tax, ops_cfads=cash - tax,
            ops_project_cash=cash - tax - figure["capex"],
        )  # fmt: skip
        losses += added - used


def _commercial_production(given: Given, out: Lines) -> None:
    """The first day that completes a run of days at the threshold or above (R-35, R-36)."""
    level = given["commercial_production.threshold"] * given["plan.capacity"]
    day, run, reached = out.months[0] + dt.timedelta(days=1), 0, DASH
    while day <= dt.date(2000, 12, 31):
        month = month_end(day)
        ounces = out["ops.delivered"][month] / month.day
        if given.is_past(day):  # a day of a month that is not over counts only if it was reported
            ounces = given.by_day["daily.actual"].get(day, ounces if given.is_past(month) else 0.0)
        run = run + 1 if ounces >= level * (1 - 1e-9) else 0
        if run >= given["commercial_production.days"] and reached == DASH:
            reached = day
        day += dt.timedelta(days=1)
    out.put("npmc.production", reached)


def present_value(out: Lines, key: str, day: dt.date, rate: float, last: dt.date | None = None) -> float:
    """A line's months after a day, up to a last one, discounted by days over 365 (R-03)."""
    return sum(
        out[key][month] / (1 + rate) ** years(day, month, "ACT/365")
        for month in out.months
        if month > day and (last is None or month <= last)
    )
