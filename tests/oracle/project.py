"""The Project: prices, ounces, royalty, costs, tax and cash before financing, month by month."""

from __future__ import annotations

import datetime as dt

from .days import later, month_end, years
from .given import Given
from .lines import DASH, START, Lines


def calculate(given: Given, out: Lines) -> None:
    """Everything that the loan does not move."""
    _dates(given, out)
    _market(given, out)
    _mine(given, out)
    _royalty(given, out)
    _tax_and_cash(given, out)
    _commercial_production(given, out)


def _dates(given: Given, out: Lines) -> None:
    signing, end_of_fee = given["facility.effective_date"], given["commitment_fee.end"]
    mechanical = out.put("plan.mechanical_date", given.delayed("plan.mechanical"))
    completion = out.put("plan.completion_date", given.delayed("plan.completion"))
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
            time_no=number, time_end=month, time_start=start, time_days=(month - start).days,
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
    out.put("time.first", out.months[0])
    past = [month for month in out.months if given.is_past(month)]
    out.put("time.position", past[-1])


def _market(given: Given, out: Lines) -> None:
    index = given["market.cpi@start"]
    out["market.cpi"][START], out["market.libor"][START] = index, given["market.libor@start"]
    for month in out.months:
        index = given.actual("market.cpi_actual", month, index * (1 + given["market.inflation"]) ** (1 / 12))
        out.month(
            month,
            market_gold=given.actual("market.gold_actual", month, given["market.gold_forward"] + given.changed("gold")),
            market_silver=given.actual("market.silver_actual", month, given["market.silver_forward"]),
            market_libor=given.actual(
                "market.libor_actual", month, given["market.libor_forward"] + given.changed("libor")
            ),
            market_cpi=index,
        )
    position = out.one("time.position")
    for metal in ("gold", "silver", "libor"):
        published = given.by_month[f"market.{metal}_actual"].get(position)
        away = abs(given[f"market.{metal}_forward"] - published) if published else 0.0
        out.put(f"market.{metal}_away", away / published if published and metal != "libor" else away)


def _mine(given: Given, out: Lines) -> None:
    """Ore onto the pad, ounces off it, and what both cost and bring."""
    pad, silver_part = 0.0, given["plan.silver_share"]
    for month in out.months:
        ahead = 0 if given.is_past(month) else 1
        more = 1 + given.changed("costs") * ahead
        ore = given.actual("actual.ore", month, given.plan("plan.ore", month))
        waste, contained = ore * given["plan.strip"], ore * given.plan("plan.grade", month)
        placed = contained * given["plan.recovery"]
        season = month.year if month.month >= given["scenario.thaw"] else month.year - 1
        dry = int(bool(ahead) and season == given["scenario.water_year"])
        leach = given.plan("plan.leach", month) * (1 - given.changed("water") * dry)
        planned = min(given["plan.plant_oz"], max(0.0, pad + placed) * leach)
        recovered = given.actual("actual.ounces", month, planned)
        gold = recovered * (1 - silver_part)
        silver = recovered * silver_part * given["plan.gold_price"] / given["plan.silver_price"]
        price, silver_price = out["market.gold"][month], out["market.silver"][month]
        equivalent = gold + silver * silver_price / price
        refining, freight = recovered * given["plan.refining"], recovered * given["plan.freight"]
        net_returns = equivalent * price - refining - freight
        hedged = given.plan("plan.hedge_oz", month) * given.changed("hedge")
        mining = (ore + waste) * given["plan.mining_cost"] * more
        process, site = ore * given["plan.process_cost"] * more, given.plan("plan.site_cost", month) * more
        out.month(
            month,
            ops_ore=ore, ops_waste=waste, ops_contained=contained, ops_pad_open=pad, ops_placed=placed, ops_dry=dry,
            ops_leach=leach, ops_recovered=recovered, ops_pad_close=pad + placed - recovered, ops_gold_oz=gold,
            ops_silver_oz=silver, ops_equivalent=equivalent, ops_gross=equivalent * price, ops_refining=refining,
            ops_freight=freight, ops_net_returns=net_returns,
            ops_royalty=max(0.0, net_returns) * given["royalty.rate"],
            ops_hedge_oz=hedged, ops_hedge=hedged * (given.plan("plan.hedge_price", month) - price), ops_ahead=ahead,
            ops_mining=mining, ops_process=process, ops_site=site,
            ops_cost=given.actual("actual.cost", month, mining + process + site),
            ops_closure=given.plan("plan.closure", month),
            ops_capex=given.actual(
                "actual.capex", month, given.plan("plan.capex", month) * (1 + given.changed("capex") * ahead)
            ),
        )  # fmt: skip
        pad += placed - recovered
    ounces = out.total("ops.recovered")
    out.put("ops.cost_per_oz", out.total("ops.cost") / ounces if ounces > 0 else 0.0)


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
        tax = (taxable - used) * given["plan.tax_rate"] if taxable > 0 else 0.0
        out.month(
            month,
            ops_depreciation=depreciation, ops_taxable=taxable, ops_loss_open=losses, ops_loss_added=added,
            ops_loss_used=used, ops_loss_close=losses + added - used, ops_tax=tax, ops_cfads=earned - tax,
            ops_project_cash=earned - tax - figure["capex"],
        )  # fmt: skip
        losses += added - used


def _commercial_production(given: Given, out: Lines) -> None:
    """The first day that completes a run of days at the threshold or above (R-35, R-36)."""
    level = given["commercial_production.threshold"] * given["plan.capacity"]
    day, run, reached = out.months[0] + dt.timedelta(days=1), 0, DASH
    while day <= dt.date(2000, 12, 31):
        month = month_end(day)
        ounces = out["ops.recovered"][month] / month.day
        if given.is_past(day):
            ounces = given.by_day["daily.actual"].get(day, ounces)
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
