"""The mine: the plan as late as the scenario has it, ore onto the pad, ounces off it, cost and returns (R-61)."""

from __future__ import annotations

import datetime as dt

from .given import Given
from .lines import START, Lines


def calculate(given: Given, out: Lines) -> None:
    """Ore, ounces, returns and costs month by month."""
    _lateness(given, out)
    _ore(given, out)
    _ounces(given, out)
    _returns(given, out)
    _costs(given, out)


def _lateness(given: Given, out: Lines) -> None:
    """Which month of the plan falls into each: what is past stays, then that many months are lost."""
    delay = int(out.one("plan.delay"))
    past = out.put("ops.past", sum(given.is_past(month) for month in out.months))
    out.put("plan.stack_most", max(given.plan("plan.ore", month) for month in out.months))
    for number, month in enumerate(out.months, start=1):
        late = number - delay
        out["ops.from"][month] = number if number <= past else late if late > past else 0
        out["ops.season"][month] = int(given["plan.season_first"] <= month.month <= given["plan.season_last"])


def shifted(given: Given, out: Lines, key: str, month: dt.date) -> float:
    """The plan's figure that falls into a month; nothing in a month lost."""
    number = out["ops.from"][month]
    return given.plan(key, out.months[number - 1]) if number else 0.0


def _ore(given: Given, out: Lines) -> None:
    """Ore that misses its season waits for the next one, and is stacked as fast as the plan ever does.

    What was stacked ahead of the plan is missing later: then less than nothing waits.
    """
    tons = ounces = 0.0
    out["ops.wait_close"][START] = out["ops.wait_oz_close"][START] = 0.0
    most = out.one("plan.stack_most")
    for month in out.months:
        mined = shifted(given, out, "plan.ore", month)
        grade = shifted(given, out, "plan.grade", month)
        there, oz = tons + mined, ounces + mined * grade
        stacked = min(max(0.0, there), most) if out["ops.season"][month] else 0.0
        ore = given.actual("actual.ore", month, mined if given.is_past(month) else stacked)
        contained = ore * (oz / there if there > 0 and oz > 0 else given.plan("plan.grade", month))
        out.month(
            month,
            ops_mined=mined, ops_mined_oz=mined * grade, ops_wait_open=tons, ops_wait_oz_open=ounces, ops_ore=ore,
            ops_waste=ore * given["plan.strip"], ops_contained=contained, ops_wait_close=there - ore,
            ops_wait_oz_close=oz - contained, ops_placed=contained * given["plan.recovery"],
        )  # fmt: skip
        tons, ounces = there - ore, oz - contained


def _ounces(given: Given, out: Lines) -> None:
    pad = 0.0
    for month in out.months:
        season = month.year if month.month >= given["scenario.thaw"] else month.year - 1
        dry = int(not given.is_past(month) and season == given["scenario.water_year"])
        leach = given.plan("plan.leach", month) * (1 - given.changed("water") * dry)
        placed = out["ops.placed"][month]
        planned = min(given["plan.plant_oz"], max(0.0, pad + placed) * leach)
        recovered = given.actual("actual.ounces", month, planned)
        counts = not given.is_past(month) or given.known("actual.ounces", month)
        out.month(
            month,
            ops_pad_open=pad, ops_dry=dry, ops_leach=leach, ops_recovered=recovered,
            ops_pad_close=pad + placed - recovered, ops_delivered=recovered if counts else 0.0,
        )  # fmt: skip
        pad += placed - recovered


def _returns(given: Given, out: Lines) -> None:
    silver_part = given["plan.silver_share"]
    for month in out.months:
        recovered = out["ops.recovered"][month]
        gold = recovered * (1 - silver_part)
        silver = recovered * silver_part * given["plan.gold_price"] / given["plan.silver_price"]
        price, silver_price = out["market.gold"][month], out["market.silver"][month]
        equivalent = gold + silver * silver_price / price
        refining, freight = recovered * given["plan.refining"], recovered * given["plan.freight"]
        net_returns = equivalent * price - refining - freight
        out.month(
            month,
            ops_gold_oz=gold, ops_silver_oz=silver, ops_equivalent=equivalent, ops_gross=equivalent * price,
            ops_refining=refining, ops_freight=freight, ops_net_returns=net_returns,
            ops_royalty=max(0.0, net_returns) * given["royalty.rate"],
        )  # fmt: skip
    _hedges(given, out)


def _hedges(given: Given, out: Lines) -> None:
    """By the calendar (R-60); what was not delivered stays open, what was bought back does not (R-62)."""
    due = {month: given.plan("plan.hedge_oz", month) * given.changed("hedge") for month in out.months}
    past = [month for month in out.months if given.is_past(month)]
    ahead = sum(ounces for month, ounces in due.items() if month not in past)
    still = 0.0
    out["ops.hedge_left"][START] = left = 0.0
    for month in out.months:
        delivered = given.actual("actual.hedge_oz", month, due[month])
        rolled = due[month] - delivered - given.actual("actual.hedge_bought", month, 0.0) if month in past else 0.0
        still += rolled
        left = given.actual("actual.hedge_price", month, left)
        out.month(month, ops_hedge_due=due[month], ops_hedge_rolled=rolled, ops_hedge_left=left)
    still = out.put("ops.hedge_open", max(0.0, ahead + still))
    part = out.put("ops.hedge_part", still / ahead if ahead > 0 else 0.0)
    for month in out.months:
        ounces = given.actual("actual.hedge_oz", month, due[month]) if month in past else due[month] * part
        price = left if left > 0 and month not in past else given.plan("plan.hedge_price", month)
        settled = ounces * (price - out["market.gold"][month])
        out.month(month, ops_hedge_oz=ounces, ops_hedge_price=price, ops_hedge=settled)


def _working_capital(given: Given, out: Lines) -> None:
    """A part of the month's returns and cost is still to be paid at its end; the pad's cost leaves with its ounces."""
    for key in ("ops.receivable", "ops.creditors", "ops.pad_cost"):
        out[key][START] = 0.0
    for month in out.months:
        returns, cost = out["ops.net_returns"][month], out["ops.cost"][month]
        owing, owed = (min(1.0, given[f"plan.{key}_days"] / month.day) for key in ("receivable", "payable"))
        receivable, creditors = max(0.0, returns) * owing, cost * owed
        spent = max(0.0, cost - out["ops.site"][month])
        there = out["ops.pad_open"][month] + out["ops.placed"][month]
        stays = max(0.0, 1 - out["ops.recovered"][month] / there) if there > 0 else 0.0
        out.month(
            month,
            ops_received=returns - (receivable - out.before("ops.receivable", month)),
            ops_cost_paid=cost - (creditors - out.before("ops.creditors", month)),
            ops_receivable=receivable, ops_creditors=creditors, ops_pad_spent=spent,
            ops_pad_cost=(out.before("ops.pad_cost", month) + spent) * stays,
        )  # fmt: skip


def _costs(given: Given, out: Lines) -> None:
    """Unit costs follow the ore; site cost runs on in the months lost; capital and closure are as late as the ore."""
    last_in_time = len(out.months) - out.one("plan.delay")
    late = [month for no, month in enumerate(out.months, 1) if no > last_in_time]
    out.put("ops.closure_late", sum(given.plan("plan.closure", month) for month in late))
    for month in out.months:
        ahead = 0 if given.is_past(month) else 1
        more = 1 + given.changed("costs") * ahead
        ore, waste = out["ops.ore"][month], out["ops.waste"][month]
        mining, process = (ore + waste) * given["plan.mining_cost"] * more, ore * given["plan.process_cost"] * more
        lost = out["ops.from"][month] == 0
        planned = given.plan("plan.site_cost", month) if lost else shifted(given, out, "plan.site_cost", month)
        site = planned * more
        closure = shifted(given, out, "plan.closure", month)
        if month == out.months[-1] and out["ops.from"][month]:
            closure = sum(given.plan("plan.closure", late) for late in out.months[out["ops.from"][month] - 1 :])
        capex = shifted(given, out, "plan.capex", month) * (1 + given.changed("capex") * ahead)
        out.month(
            month,
            ops_ahead=ahead, ops_mining=mining, ops_process=process, ops_site=site,
            ops_cost=given.actual("actual.cost", month, mining + process + site), ops_closure=closure,
            ops_capex=given.actual("actual.capex", month, capex),
        )  # fmt: skip
    _working_capital(given, out)
    ounces = out.total("ops.recovered")
    out.put("ops.cost_per_oz", out.total("ops.cost") / ounces if ounces > 0 else 0.0)
