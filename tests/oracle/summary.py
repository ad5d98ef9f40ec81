"""What a reader sees first: Completion and its tests, results, alerts, Cover, Dashboard and Certificate."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .around import milestone
from .company import at_least
from .cover import last_owed
from .days import later
from .facility import CENT
from .given import SCENARIOS, Given
from .lines import DASH, Lines
from .project import present_value

KEPT, BROKEN = "complied with", "NOT COMPLIED WITH"
MILESTONES = ("contribution", "mechanical", "completion", "production")
NEVER_BELOW_ZERO = {"loan": "loan.closing", "account": "proceeds.closing", "pad": "ops.pad_close"}
"""Hard checks that wrong inputs can fail, such as more ounces than the pad holds."""
FLOWS = {
    "ounces": "ops.equivalent", "net_returns": "ops.net_returns", "cost": "ops.cost", "capex": "ops.capex",
    "cfads": "ops.cfads", "debt_service": "loan.debt_service", "company": "fund.company",
}  # fmt: skip


def calculate(given: Given, out: Lines) -> None:
    _completion(given, out)
    _results(given, out)
    _alerts(given, out)
    _cover(given, out)
    _certificate(given, out)
    _dashboard(given, out)


def _completion(given: Given, out: Lines) -> None:
    """Deadlines (R-43), the tests of Completion (R-42), the guaranty (R-45), and what has declined (R-44)."""
    asked = given["equity_contribution.amount"]
    for month in out.months:
        out["comp.contributed"][month] = int(out["bal.contributed"][month] >= asked - CENT)
        missed = month >= given["equity_contribution.deadline"] and not out["comp.contributed"][month]
        out["comp.default"][month] = int(bool(out["wf.default"][month]) or missed)
    out.put("comp.contribution_amount", asked)
    mechanical, completion = out.one("plan.mechanical_date"), out.one("plan.completion_date")
    production = out.one("npmc.production")
    paid_in = next((month for month in out.months if out["comp.contributed"][month]), "")
    for key, deadline, done in (
        ("contribution", given["equity_contribution.deadline"], paid_in),
        ("mechanical", given["completion.mechanical_deadline"], mechanical),
        ("completion", given["completion.deadline"], completion),
        ("production", out.one("npmc.deadline"), production if production != DASH else ""),
    ):
        out.put(f"comp.{key}_deadline", deadline)
        out.put(f"comp.{key}_date", done)
        out.put(f"comp.{key}", milestone(given.as_of, deadline, done))
        out.put(f"comp.{key}_late", int(not isinstance(done, dt.date) or done > deadline))
    days: list[Any] = [out.put("comp.mechanical_test", mechanical)]
    missing = []
    for key, word in (("amounts", "production"), ("costs", "costs"), ("reserves", "reserves")):
        day = given[f"comp.{key}_test"]
        if isinstance(day, dt.date):
            day = later(day, int(given.changed("delay"))) if day > given.as_of else day
        else:
            day = ""
            missing.append(word)
        days.append(out.put(f"comp.{key}_shown", day))
    stands = out.put("comp.completion_default", out["comp.default"].get(completion, 0))
    cured = given["comp.cured"]
    if isinstance(cured, dt.date):
        days.append(cured)
    met = all(isinstance(day, dt.date) for day in days) and not stands
    tests_day = out.put("comp.tests_day", max(days) if met else DASH)
    out.put("comp.missing", "nothing" if met else ", ".join([*missing, *(["cure"] if stands else [])]))
    out.put("comp.tests_late", int(not met or tests_day > completion))
    for month in out.months:
        free = met and out["time.complete"][month] and month >= tests_day and not out["comp.default"][month]
        out["comp.guaranty"][month] = int(not free)
    tolerance, rate = given["development_plan.tolerance"], given["plan.discount_rate"]
    out.put("comp.reserve_declined", _declined(given["plan.stated_oz"], given["plan.reserve_oz"], tolerance))
    for month in out.months:
        out["plan.net_cash"][month] = given.plan("plan.net_cash", month)
    planned = out.put("comp.cash_plan", max(0.0, present_value(out, "plan.net_cash", given.as_of, rate)))
    now = out.put("comp.cash_now", max(0.0, present_value(out, "ops.project_cash", given.as_of, rate)))
    out.put("comp.cash_declined", _declined(planned, now, tolerance))


def _declined(plan: float, now: float, tolerance: float) -> int:
    return int(not at_least(now, plan * (1 - tolerance)))


def _results(given: Given, out: Lines) -> None:
    """The scenario in use, and what it comes to."""
    number = SCENARIOS.index(given["cover.scenario"]) + 1
    out.put("scenario.name", given["cover.scenario"])
    out.put("scenario.number", number)
    out.put("scenario.changed", int(number > 1))
    for key, changes in given.scenarios.items():
        out.put(key, changes[number - 1])
    lines = sum(out.total(key) for key in ("ops.cfads", "proceeds.closing", "bal.equity"))
    out.put("risk.sum", lines)
    last, left = last_owed(out), out["ratio.debt"][out.months[-1]]
    repaid: Any = DASH
    if not left:
        repaid = out.months[out.months.index(last) + 1 if last else 0]
    changed = sum(sum(changes) for changes in given.scenarios.values())
    season = given["scenario.water_year"] + given["scenario.thaw"]
    for key, figure in {
        "dscr": out.one("ratio.min_dscr"), "llcr": out.one("ratio.min_llcr"), "breach": out.one("cov.first_breach"),
        "short": out.total("proceeds.short"), "shortfall": max(out.all("proceeds.shortfall")),
        "default": out.total("wf.default"), "left": left, "repaid": repaid, "irr": out.one("ratio.irr"),
        "sum": lines, "changes": changed + len(SCENARIOS) * season,
    }.items():  # fmt: skip
        out.put(f"compare.{key}", figure)
    out.put("fund.facility_stated", given["facility.amount"])
    out.put("loan.establishment_stated", given["establishment_fee.paid"])


def _alerts(given: Given, out: Lines) -> None:
    """What is not as it should be."""
    past = [month for month in out.months if given.is_past(month)]
    ahead = [month for month in out.months if not given.is_past(month)]
    tested = out.one("cov.test_date")
    stated = (
        ("npmc.second_shares", "npmc.stated_second"), ("npmc.shares", "npmc.stated_shares"),
        ("loan.establishment", "loan.establishment_stated"), ("fund.facility", "fund.facility_stated"),
        ("note.shares", "note.stated_shares"),
    )  # fmt: skip
    tolerance = {"gold": "price", "silver": "price", "libor": "rate"}
    alerts = {
        "stated": sum(out.one(ours) != out.one(theirs) for ours, theirs in stated),
        "short": out["proceeds.short"][past[-1]],
        "short_ahead": sum(out["proceeds.short"][month] for month in ahead),
        "covenant": 0 if tested == DASH else out["cov.breach"][tested],
        "covenant_ahead": sum(out["cov.breach"][month] for month in ahead),
        "default": out.total("wf.default"),
        "contribution": int(out.one("comp.contribution") == "missed"),
        **{key: out.one(f"comp.{key}_late") for key in ("mechanical", "completion", "production")},
        "completion_tests": out.one("comp.tests_late"),
        "forward": sum(
            out.one(f"market.{key}_away") > given[f"market.{kind}_tolerance"] for key, kind in tolerance.items()
        ),
        "advance": out.total("fund.above_limit"),
        "debt_left": int(out["loan.closing"][out.months[-1]] > CENT),
        "company_cash": sum(cash < -CENT for cash in out.all("bal.cash")),
        "paid_in_breach": sum(
            bool(out["fund.company"][month] > CENT and out["cov.standing"][month]) for month in out.months
        ),
        "bank": sum(abs(difference) > given["checks.bank"] for difference in out.all("proceeds.difference")),
    }
    for key, count in alerts.items():
        out.put(f"alert.{key}", count)
    count = out.put("checks.alerts", sum(figure != 0 for figure in alerts.values()))
    off = {check: round(min(0.0, *out.all(line)), 2) for check, line in NEVER_BELOW_ZERO.items()}
    for check, figure in off.items():
        out.put(f"check.{check}", figure)
        out[f"check.{check}"]["start"] = int(abs(figure) < CENT)
    holds = out.put("checks.ok", int(max(map(abs, off.values())) < CENT))
    words = {0: "", 1: ", 1 alert"}.get(count, f", {count} alerts")
    out.put("checks.light", ("All checks hold" if holds else "A CHECK FAILS: see sheet Checks") + words)


def _cover(given: Given, out: Lines) -> None:
    position = out.one("time.position")
    for key, line in {
        "account": "proceeds.closing", "minimum": "proceeds.minimum", "shortfall": "proceeds.shortfall",
        "loan": "loan.closing", "arrears": "wf.lender_close",
    }.items():  # fmt: skip
        out.put(f"cover.{key}", out[line][position])
    for key, figure in {
        "position": position, "light": out.one("checks.light"), "first_breach": out.one("cov.first_breach"),
        "term_loan": given["term_loan.max_credit"], "note": given["note.principal"],
        "margin_before": given["interest.margin_before"], "margin_after": given["interest.margin_after"],
        "instalments": given["instalments.count"], "first_instalment": given["instalments.first"],
        "maturity": out.one("ratio.maturity"), "note_maturity": given["note.maturity"],
        "conversion": given["note.conversion_price"],
    }.items():  # fmt: skip
        out.put(f"cover.{key}", figure)


def _certificate(given: Given, out: Lines) -> None:
    position, tested = out.one("time.position"), out.one("cov.test_date")

    def at_test(line: str) -> Any:
        return DASH if tested == DASH else out[line][tested]

    def kept(line: str) -> str:
        return "not yet tested" if tested == DASH else KEPT if out[line][tested] == 1 else BROKEN

    def said(broken: object) -> str:
        return BROKEN if broken else KEPT

    def now(line: str) -> float:
        return out[line][position]

    milestones = {
        "mechanical_completion": "mechanical", "completion": "completion", "equity_contribution": "contribution",
        "commercial_production": "production",
    }  # fmt: skip
    words = {
        "payments": said(now("wf.default")), "minimum_balance": said(now("proceeds.short")),
        "withdrawals": said(now("wf.distribution") > 0 and not now("time.complete")),
        "parent_loans": said(now("wf.parent_loans_paid") > 0 and not now("wf.parent_allowed")),
        "material_decline": said(out.one("comp.reserve_declined") or out.one("comp.cash_declined")),
        "current_ratio": kept("cov.ratio_ok"), "tangible_equity": kept("cov.equity_ok"),
        "liabilities": kept("cov.liabilities_ok"), "guaranty": "in force" if now("comp.guaranty") else "released",
        **{
            key: BROKEN if out.one(f"comp.{source}") == "missed" else out.one(f"comp.{source}")
            for key, source in milestones.items()
        },
    }  # fmt: skip
    broken = sum(word == BROKEN for word in words.values())
    base = given["cover.scenario"] == "Base"
    for key, figure in {
        **words, "date": position, "test_date": tested, "as_of": given.as_of,
        "scenario": given["cover.scenario"] + ("" if base else ": NOT THE BASE CASE"), "broken": broken,
        "result": f"{broken} not complied with" if broken else "all complied with",
        "account_figure": now("proceeds.closing"), "minimum_figure": now("proceeds.minimum"),
        "shortfall_figure": now("proceeds.shortfall"), "arrears_figure": now("wf.lender_close"),
        "ratio_figure": at_test("cov.ratio"), "equity_figure": at_test("cov.tangible"),
        "liabilities_figure": at_test("cov.liabilities_ratio"), "least_ratio_figure": given["covenants.current_ratio"],
        "least_equity_figure": given["covenants.tangible_equity"],
        "most_liabilities_figure": given["covenants.liabilities"],
    }.items():  # fmt: skip
        out.put(f"cert.{key}", figure)


def _dashboard(given: Given, out: Lines) -> None:
    first, last = out.months[0].year, out.months[-1].year
    for k, year in enumerate(range(first, last + 1)):
        out["dash.year@across"][k] = year
        months = [month for month in out.months if month.year == year]
        for key, line in FLOWS.items():
            out[f"dash.year_{key}@across"][k] = sum(out[line][month] for month in months)
        for key, line in (("loan", "loan.closing"), ("arrears", "wf.lender_close")):
            out[f"dash.year_{key}@across"][k] = out[line][dt.date(year, 12, 31)]
    for key, line in FLOWS.items():
        out.put(f"dash.year_{key}", out.total(line))
    for key in ("position", "loan", "arrears", "account", "minimum", "shortfall"):
        out.put(f"dash.{key}", out.one(f"cover.{key}"))
    for key in ("arrears", "shortfall"):
        out[f"dash.{key}"]["start"] = int(out.one(f"cover.{key}") <= CENT)
    for key in ("dscr", "llcr"):
        _least(given, out, key)
    alert = {key: out.one(f"alert.{key}") for key in ("short", "short_ahead", "covenant", "covenant_ahead", "default")}
    pending = {key: out.one(f"comp.{key}_deadline") for key in MILESTONES if out.one(f"comp.{key}") == "pending"}
    soonest = min(pending.values(), default=DASH)
    for key in MILESTONES:
        comes_next = key in pending and pending[key] == soonest
        out[f"dash.{key}"]["start"] = ("next: " if comes_next else "") + out.one(f"comp.{key}")
        out.put(f"dash.{key}", out.one(f"comp.{key}_deadline"))
    late = [out.one(f"alert.{key}") for key in MILESTONES]
    for key, figure in {
        "scenario": given["cover.scenario"], "target": given["ratio.target"], "irr": out.one("ratio.irr"),
        "next_date": next((month for month in out.months if out["loan.pays"][month]), DASH),
        "account_ok": int(not alert["short"] and not alert["short_ahead"]),
        "covenants_ok": int(not alert["covenant"] and not alert["covenant_ahead"]),
        "payments_ok": int(not alert["default"] and not out.one("alert.debt_left")),
        "milestones_ok": int(not any(late)), "checks_ok": out.one("checks.ok"), "next_deadline": soonest,
        "test_date": out.one("cov.test_date"), "breach": out.one("cov.first_breach"),
    }.items():  # fmt: skip
        out.put(f"dash.{key}", figure)


def _least(given: Given, out: Lines, key: str) -> None:
    """The lowest of a ratio, in which month, and its light: green at the target, amber below it, red below one."""
    least = out.put(f"dash.min_{key}", out.one(f"ratio.min_{key}"))
    line = out[f"ratio.{key}"]
    out.put(f"dash.min_{key}_at", next((month for month in out.months if line[month] == least != DASH), DASH))
    light = 1.0 if least == DASH or least >= given["ratio.target"] else 0.5 if least >= 1 else 0.0
    out[f"dash.min_{key}"]["start"] = light
