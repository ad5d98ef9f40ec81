"""What commands have left in the workbook, and whether it belongs to its inputs; the hard checks that always hold."""

from __future__ import annotations

import random

from .given import SCENARIOS, Given, Results
from .lines import CENT, DASH, Lines

READINGS = (
    ("cov.account_counts", "all"), ("cov.account_counts", "above the minimum"), ("cov.account_counts", "none"),
    ("fund.fill", 0), ("fund.fill", 1), ("proceeds.over_cap", 0), ("proceeds.over_cap", 1), ("plan.pad_asset", 0),
    ("plan.pad_asset", 1),
)  # fmt: skip
"""The columns of sheet Switches: an input and what it may hold."""
MANY = (-1, 0, 0.03, 0.15, 1, 1)
"""At most how often an event happens: not run, never, seldom, often enough to watch, more often."""
RUNS = ("simulation", "breakeven", "sensitivity")
EVENTS = ("ratio", "equity", "liabilities", "covenant", "short", "default")
PRICED = ("ratio", "equity", "liabilities", "short", "dscr_target", "llcr_target")
"""Tests that break-evens give a gold price for."""
CHECKS = (
    "sources", "construction", "repaid", "outstanding", "locked", "covenants",
    "instalments", "limbs", "interest", "royalty", "ounces", "balance",
    "cash_flow", "arrears", "note", "losses", "property", "gold_loan", "days", "years", "numbers", "errors",
)  # fmt: skip
FEW = 1e-6
"""Changes of scenarios differ by more than this: a basis point of LIBOR is a hundred times as much."""


def calculate(given: Given, out: Lines) -> None:
    """The states of what was noted."""
    noted = given.results
    lines = out.one("risk.sum")
    for run in RUNS:
        prints, then = noted.runs.get(run, ("", 0.0))
        current = prints == noted.now and abs(then - lines) < CENT
        out.put(f"risk.{run}_state", ("current" if current else "stale") if prints else "not run yet")
    for event in EVENTS:
        chances = noted.chances.get(event, {})
        out.put(f"risk.ever_{event}", max(chances.values(), default=DASH))
    state = "not run yet"
    if noted.sums:
        alone = len(given.in_use) == 1
        then = noted.sums[SCENARIOS.index(given.in_use[0])] if alone else noted.together
        same = abs(then - lines) < CENT
        state = "current" if same and abs(sum(noted.changes) - out.one("compare.changes")) < FEW else "stale"
    out.put("compare.state", state)
    _readings(given, out)
    ours = noted.refreshed.startswith(f"{noted.version},")
    words = "one and the same" if ours else "refreshed with another version"
    out.put("cover.versions", words if noted.refreshed else "not refreshed yet")
    for check in CHECKS:
        out.put(f"check.{check}", 0.0)
        out[f"check.{check}"]["start"] = 1


def _readings(given: Given, out: Lines) -> None:
    """What the loan comes to under the readings in use, and whether it is what was noted of each."""
    for k, (key, option) in enumerate(READINGS):
        out["switch.used@across"][k] = int(given[key] == option)
    lines, then = out.one("risk.sum"), given.results.readings
    same = all(abs(now - lines) < CENT for k, now in enumerate(then) if out["switch.used@across"][k])
    out.put("switch.state", ("current" if same else "stale") if then else "not run yet")
    ahead = [month for month in out.months if out["cov.test"][month] and month >= out.one("time.position")]
    to_come = [ratio for month in ahead if (ratio := out["cov.ratio"][month]) != DASH]
    for key, figure in {
        "tests": out.total("cov.breach"), "breach": out.one("cov.first_breach"), "ratio": min(to_come, default=DASH),
        "short": out.total("proceeds.short"), "shortfall": max(out.all("proceeds.shortfall")),
        "above": out.total("fund.above_limit"), "locked": out.total("comp.held_back"),
        "default": out.total("wf.default"), "dscr": out.one("ratio.min_dscr"), "irr": out.one("ratio.irr"),
        "sum": lines,
    }.items():  # fmt: skip
        out.put(f"switch.{key}", figure)


def noted_at_random(out: Lines, rng: random.Random) -> Results:
    """What commands may have left for these figures: nothing, results of the same inputs, or of others."""
    lines, changes = out.one("risk.sum"), out.one("compare.changes")
    off, near = (0.0, 0.001, 0.5), (0.0, 0.0, 0.0, 0.001, 0.5, -0.5)
    away = rng.choice([0.0, 0.0, 0.0, 1e-4])
    years = [month for month in out.months if month.month == 12]
    priced = rng.sample(PRICED, rng.randint(0, len(PRICED)))
    prices = {test: {month: 100 + 400 * rng.random() for month in years if rng.random() < 0.5} for test in priced}
    sums = rng.choice([[], [0.0] * len(SCENARIOS), *[[lines + rng.choice(off) for _ in SCENARIOS]] * 8])
    often = {event: rng.choice(MANY) for event in EVENTS}
    return Results(
        now="abc",
        runs={run: (rng.choice(["", "abc", "abc", "abd"]), lines + rng.choice(off)) for run in RUNS},
        chances={
            event: {month: rng.random() * times for month in out.months} for event, times in often.items() if times >= 0
        },
        prices=prices,
        sums=sums,
        changes=[changes / len(SCENARIOS) + away] * len(SCENARIOS),
        refreshed=rng.choice(["", "drawstop 0.1.0, 1996-09-30", "drawstop 0.0.9, 1996-09-30"]),
        together=lines + rng.choice(off),
        readings=rng.choice([[], [0.0] * len(READINGS), *[[lines + rng.choice(near) for _ in READINGS]] * 8]),
    )
