"""Random changes of the deal's inputs, for the oracle and the model alike."""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import deal, happened
from .days import later, month_end
from .given import MONTHS, SCENARIOS, Given, Results
from .results import EVENTS, PRICED, READINGS, RUNS, noted_at_random

LAST = dt.date(2001, 12, 31)  # the market files end there
WHOLE = {"plan.extensions": 2, "instalments.count": 8, "proceeds_account.months": 12, "plan.horizon": 24}
TEXTS = {
    "facility.day_count": ("ACT/360", "ACT/365", "30/360", "30E/360"),
    "instalments.day_count": ("30/360", "ACT/365"),
    "instalments.method": ("equal", "level"),
}
DATES = (
    "plan.mechanical", "plan.completion", "advances.cutoff", "commitment_fee.end", "gold.date",
    "comp.amounts_test", "comp.costs_test", "comp.reserves_test", "equity_contribution.deadline", "completion.deadline",
)  # fmt: skip
ACHIEVED = (
    "actual.mechanical", "actual.completion", "actual.amounts", "actual.costs_test", "actual.reserves",
)  # fmt: skip
TESTS = ("comp.amounts_test", "comp.costs_test", "comp.reserves_test")
SWITCHES = {
    "cov.account_counts": ("all", "all", "above the minimum", "none"), "fund.fill": (0.0, 1.0),
    "fund.by_need": (0.0, 0.0, 1.0), "plan.receivable_days": (0.0, 10.0, 45.0), "plan.payable_days": (0.0, 30.0),
    "plan.pad_asset": (0.0, 1.0),
}  # fmt: skip
FIRST_INSTALMENTS = (dt.date(1997, 9, 30), dt.date(1997, 12, 31), dt.date(1998, 9, 30))
STEPS = {
    "scenario.gold": -15.0, "scenario.libor": 0.004, "scenario.costs": 0.04, "scenario.capex": 0.05,
    "scenario.delay": 1.0, "scenario.water": 0.01, "scenario.hedge": -0.2, "scenario.standby": -0.2,
}  # fmt: skip
ACTUALS = {
    "actual.ore": 150_000, "actual.ounces": 6_000, "actual.cost": 1.2e6, "actual.capex": 2e6,
    "actual.contribution": 2e6, "actual.equity": 1e6, "actual.account": 9e6, "actual.payables": 3e6,
    "actual.hedge_oz": 8_000, "actual.hedge_bought": 9_000, "actual.hedge_price": 400,
}  # fmt: skip
"""Lines of what happened, and about the most of a month."""
MONEY = (
    "market.gold_forward", "market.silver_forward", "market.libor_forward", "market.libor@start", "market.inflation",
    "plan.recovery", "plan.strip", "plan.silver_share", "plan.gold_price", "plan.silver_price", "plan.mining_cost",
    "plan.process_cost", "plan.plant_oz", "plan.refining", "plan.freight", "plan.tax_rate", "plan.capital_before",
    "plan.capacity", "plan.discount_rate", "plan.formula_share", "plan.npmc_price", "plan.reserve_oz",
    "plan.company_cash", "plan.other_current", "plan.ppe", "plan.payables", "plan.offering_price",
    "plan.offering_cost", "ratio.target", "gold.lease_rate", "note.share_price", "royalty.rate",
    "term_loan.max_credit", "establishment_fee.rate", "commitment_fee.rate", "interest.margin_before",
    "interest.margin_after", "note.margin", "note.conversion_price", "proceeds_account.floor",
    "proceeds_account.interest_cap", "parent_loans.note_proceeds", "parent_loans.other_advances",
    "covenants.current_ratio", "covenants.tangible_equity", "covenants.liabilities", "extension.advance_royalty",
    "loan.default_margin", "wf.lockup_cover",
    "commercial_production.threshold", "equity_contribution.amount", "development_plan.tolerance",
)  # fmt: skip
SELDOM = (
    "back_in.threshold", "back_in.interest", "back_in.multiple", "consideration.first_payment",
    "consideration.second_payment", "consideration.first_shares", "gold_loan.dollars", "note.principal",
    "note.volatility", "note.risk_free", "note.spread", "forced_conversion.trigger", "plan.stated_oz", "plan.shares",
    "npmc.cpi_base", "market.cpi@start", "market.price_tolerance", "market.rate_tolerance", "checks.bank",
    "risk.watched", "risk.declined",
)  # fmt: skip
"""Figures on which little depends."""
LINES = (
    "plan.ore", "plan.grade", "plan.leach", "plan.site_cost", "plan.closure", "plan.capex", "plan.advance",
    "plan.contribution", "plan.equity", "plan.standby",
    "plan.hedge_oz", "plan.hedge_price", "plan.offering_shares", "plan.overhead",
    "plan.payout",
)  # fmt: skip


def named(base: Given, as_of: str, scenario: str) -> Given:
    """The case as of a date, in a scenario."""
    given = copy.deepcopy(base)
    given.figures |= {"cover.as_of": dt.date.fromisoformat(as_of), "cover.scenario": scenario}
    return given


def late(base: Given) -> Given:
    """Completion is missed while production is not yet; the first balance sheet is that before an instalment."""
    given = named(base, "1997-12-10", "Late completion")
    given.figures |= {
        "plan.mechanical": dt.date(1997, 9, 30), "plan.completion": dt.date(1998, 3, 31),
        "plan.balance_date": dt.date(1997, 8, 31),
    }  # fmt: skip
    given.by_month["plan.contribution"] = {dt.date(1996, 12, 31): 1_500_000.0}
    out = deal.calculate(given)
    scenarios = [out.one("compare.changes") / len(SCENARIOS) + 1e-4] * len(SCENARIOS)  # a scenario changed since
    given.results = Results(sums=[out.one("risk.sum")] * len(SCENARIOS), changes=scenarios)
    return given


def never(base: Given) -> Given:
    """Commercial production is missed in the middle of a month, and every covenant is broken."""
    given = named(base, "1997-12-20", "Base")
    given.figures |= {"plan.capacity": 1e6, "plan.ppe": 12_000_000}
    return given


def poor(base: Given) -> Given:
    """Tangible equity alone is too small, from the first test on."""
    given = named(base, "1998-06-15", "Low price")
    given.figures |= {"plan.other_current": 20_000_000, "plan.ppe": 11_000_000}
    return given


def cured(base: Given) -> Given:
    """An instalment was paid late, long before the as-of date, and the share closes above the trigger.

    The Company lends less than its note brings, and turns the loan into gold in the month that production is reached.
    """
    given = named(base, "1998-12-31", "Base")
    given.figures |= {"parent_loans.note_proceeds": 2_300_000, "gold.date": dt.date(1996, 11, 30)}
    given.by_month["actual.cost"][dt.date(1997, 12, 31)] = 9e6
    given.by_month["actual.equity"] = {dt.date(1998, 1, 31): 9e6}
    given.by_day["daily.closes"] = {dt.date(1998, 2, 1) + dt.timedelta(days=k): 5.0 for k in range(40)}
    return given


def changed(base: Given, rng: random.Random) -> Given:
    """Other inputs: some figures, dates, lines and changes of scenarios, another scenario and as-of date."""
    given = copy.deepcopy(base)
    for key in rng.sample(MONEY, 8):
        given.figures[key] *= rng.uniform(0.7, 1.3)
    given.figures["ratio.target"] = max(1.0, given.figures["ratio.target"])  # green at the target, but red below one
    for key in rng.sample(LINES, 4):
        factor = rng.uniform(0.6, 1.4)
        most = 1.0 if key == "plan.payout" else float("inf")
        given.by_month[key] = {month: min(most, figure * factor) for month, figure in given.by_month[key].items()}
    for key in rng.sample(DATES, 3):
        moved = later(given.figures[key], rng.randint(-2, 9))
        given.figures[key] = month_end(moved) if key != "gold.date" else moved
    given.figures["instalments.first"] = rng.choice(FIRST_INSTALMENTS)
    for key in rng.sample(sorted(WHOLE), 1):
        given.figures[key] = rng.randint(1, WHOLE[key])
    for key in rng.sample(sorted(TEXTS), 1):
        given.figures[key] = rng.choice(TEXTS[key])
    for key in rng.sample(sorted(STEPS), 3):
        given.scenarios[key] = [change + STEPS[key] * rng.randint(0, 3) for change in given.scenarios[key]]
    for key in ("scenario.hedge", "scenario.standby"):
        given.scenarios[key] = [max(0.0, part) for part in given.scenarios[key]]
    given.figures["cover.scenario"] = rng.choice(SCENARIOS)
    given.figures["cover.as_of"] = base.months[0] + dt.timedelta(days=rng.randint(0, (LAST - base.months[0]).days))
    if rng.random() < 0.6:  # while most still lies ahead, or in the first month
        days = rng.choice([30, 540, 540, 540, 540])
        given.figures["cover.as_of"] = base.months[0] + dt.timedelta(days=rng.randint(0, days))
    _mine(given, rng)
    _actuals(given, rng)
    _switches(given, rng)
    _thresholds(given, rng)
    day = dt.date(1996, 8, 1) + dt.timedelta(days=rng.randint(0, 400))
    given.by_day["daily.actual"] = {day + dt.timedelta(days=k): rng.uniform(100, 300) for k in range(60)}
    given.by_day["daily.closes"] = {day + dt.timedelta(days=k): rng.uniform(4.6, 7) for k in range(60)}
    _with_another_scenario(given)
    given.figures["proceeds.over_cap"] = float(given.as_of.day % 2)
    given.results = noted_at_random(deal.calculate(given), rng)
    return given


def _with_another_scenario(given: Given) -> None:
    """Now and then a second one beside the first; drawn apart, so that the other changes stay as they are."""
    rng = random.Random(str(given.as_of))  # noqa: S311 - the same in every run
    other = rng.choice(SCENARIOS)
    if rng.random() < 0.4 and other not in given.in_use:
        given.figures["cover.scenario"] += f" + {other}"


def _mine(given: Given, rng: random.Random) -> None:
    """Months without ore, another grade in each, another season, a plant that is never at its capacity."""
    if rng.random() < 0.4:
        given.by_month["plan.ore"] = {m: x for m, x in given.by_month["plan.ore"].items() if rng.random() < 0.7}
        grade = given.by_month["plan.grade"]
        given.by_month["plan.grade"] = {month: x * rng.uniform(0.8, 1.2) for month, x in grade.items()}
        given.figures["plan.season_last"] = rng.choice([8, 10, 12])
    if rng.random() < 0.15:
        given.figures["plan.capacity"] *= 100


def _actuals(given: Given, rng: random.Random) -> None:
    """Figures of months that are past, and blanks among them; capital after Completion; no offering, now and then."""
    for key, usual in ACTUALS.items():
        most = usual * rng.choice([1.0, 1.0, 1.0, 1e-4])  # next to nothing is not nothing
        known = {month: rng.random() * most for month in given.months if rng.random() < 0.1}
        given.by_month[key] = known if rng.random() < 0.5 else given.by_month[key]
    if rng.random() < 0.3:  # drawn in parts, never more than the credit
        given.by_month["actual.advance"] = {m: rng.random() * 4e6 for m in rng.sample(given.months[:14], 3)}
        given.by_month["plan.advance"] = {}
    given.by_month["actual.conditions"] = {m: float(rng.random() < 0.7) for m in given.months if rng.random() < 0.2}
    for key in ("gold", "silver", "libor"):
        if rng.random() < 0.3:  # nothing published yet for the last month, or at all
            line, before = given.by_month[f"market.{key}_actual"], rng.choice([_position(given), dt.date.min])
            if before == given.months[0]:  # the sheet has no month before it, in which a price was published
                before = dt.date.min
            given.by_month[f"market.{key}_actual"] = {m: x for m, x in line.items() if m < before}
    given.by_month["plan.capex"][dt.date(1999, 6, 30)] = 400_000.0 * rng.randint(0, 2)
    if rng.random() < 0.2:
        given.by_month["plan.offering_shares"] = {}


def _switches(given: Given, rng: random.Random) -> None:
    """Readings, prices, dates achieved, estimates, acceleration, and what happened to the loan."""
    for key, choices in SWITCHES.items():
        given.figures[key] = rng.choice(choices)
    if given.by_month["actual.advance"]:  # beyond the credit, functions of the add-in are errors
        given.figures["fund.by_need"] = 0.0
    given.figures["loan.default_margin"] = rng.choice([0.0, 0.02])
    given.scenarios["scenario.price"] = [float(rng.randint(1, 3)) for _ in SCENARIOS]
    for key in ACHIEVED:
        if rng.random() < 0.5:
            month = rng.choice([later(given.months[0], rng.randint(3, 24)), given.as_of])
            given.figures[key] = month - dt.timedelta(days=rng.randint(0, 20))
    for key in rng.sample(TESTS, 2):  # planned for a day about the as-of date
        given.figures[key] = given.as_of + dt.timedelta(days=rng.randint(-15, 15))
    for line in [key for key in given.by_month if key.endswith("_estimated")]:
        given.by_month[line] = {month: 1.0 for month in given.months if rng.random() < 0.2}
    if rng.random() < 0.2:
        given.figures["loan.accelerate"] = later(given.months[0], rng.randint(5, 60))
    if rng.random() < 0.6:
        given.entries = happened.at_random(given, rng)


def _thresholds(given: Given, rng: random.Random) -> None:
    """Figures on which little depends, and tests that the filing's own figures never fail or never meet."""
    for key in rng.sample(SELDOM, 8):
        given.figures[key] *= rng.uniform(0.7, 1.3)
    given.figures["gold_loan.margin"] = rng.choice([0.0, 0.01])
    given.figures["note.frequency"] = rng.choice([1, 2, 4])
    given.figures["plan.intangibles"] = rng.choice([0.0, 0.0, 2e6, 8e6])
    if rng.random() < 0.4:  # the offering lowers the conversion price
        given.figures["plan.offering_price"] = given["note.conversion_price"] * rng.uniform(0.5, 1.1)
    if rng.random() < 0.4:  # enough reserves for the back-in, or nearly
        found = given["back_in.threshold"] * rng.choice([0.99, 1.0, 1.1])
        given.figures["plan.reserve_oz"] = given["plan.stated_oz"] + found
    if rng.random() < 0.3:
        given.figures["comp.cured"] = given.months[0] + dt.timedelta(days=rng.randint(200, 800))


def _position(given: Given) -> dt.date:
    return max(month for month in given.months if given.is_past(month))


def as_inputs(given: Given, base: Mapping[str, Any], first_day: dt.date) -> dict[str, Any]:
    """The same inputs as the model takes them."""
    values = dict(base)
    for key, figure in given.figures.items():
        if key in values:
            values[key] = _as_value(figure)
    for key, by_month in given.by_month.items():
        blank = 0.0 if key.startswith("plan.") else np.nan
        values[key] = np.array([[by_month.get(month, blank)] for month in given.months])
    for key, changes in given.scenarios.items():
        values[f"{key}@across"] = np.array(changes)
    for key, by_day in given.by_day.items():
        days = (first_day + dt.timedelta(days=k) for k in range(len(values[key])))
        values[key] = np.array([by_day.get(day, np.nan) for day in days])
    values |= _entries(given, base) | _results(given)
    assert all(len(values[key]) == MONTHS for key in given.by_month)
    return values


def _entries(given: Given, base: Mapping[str, Any]) -> dict[str, Any]:
    """The ledger's columns, as the model takes them: blank below its entries."""
    values = {f"ledger.{key}": base[f"ledger.{key}"].copy() for key in ("date", "what", "amount", "due", "until")}
    for n, entry in enumerate(given.entries):
        for key in ("date", "what", "amount", "due", "until"):
            figure = getattr(entry, key)
            if figure is not None:
                values[f"ledger.{key}"][n] = _as_value(figure)
    return values


def _results(given: Given) -> dict[str, Any]:
    """What commands have noted, as the model takes it."""
    noted, blank = given.results, np.full(len(SCENARIOS), np.nan)
    values: dict[str, Any] = {
        "risk.inputs": noted.now,
        "cover.version": noted.version,
        "cover.refreshed": noted.refreshed,
    }
    for run in RUNS:
        prints, lines = noted.runs.get(run, ("", np.nan))
        values |= {f"risk.{run}_inputs": prints, f"risk.{run}_sum": lines}
    for test in PRICED:
        prices = noted.prices.get(test, {})
        values[f"risk.gold_{test}"] = np.array([[prices.get(month, np.nan)] for month in given.months])
    for event in EVENTS:
        chances = noted.chances.get(event, {})
        values[f"risk.by_{event}"] = np.array([[chances.get(month, np.nan)] for month in given.months])
    values["compare.sum@across"] = np.array(noted.sums) if noted.sums else blank
    values["compare.changes@across"] = np.array(noted.changes) if noted.sums else blank
    values["switch.sum@across"] = np.array(noted.readings or [np.nan] * len(READINGS))
    values["compare.together@across"] = np.array([noted.together if noted.sums else np.nan])
    return values


def _as_value(figure: Any) -> Any:
    if isinstance(figure, dt.date):
        return np.datetime64(figure, "D")
    return np.array(figure) if isinstance(figure, list) else figure
