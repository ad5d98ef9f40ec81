"""What a reader sees first: results, alerts and Cover."""

from __future__ import annotations

from typing import Any

from .cover import last_owed
from .given import SCENARIOS, Given
from .lines import CENT, DASH, Lines

MILESTONES = ("contribution", "mechanical", "completion", "production")
NEVER_BELOW_ZERO = {"loan": "loan.closing", "account": "proceeds.closing", "pad": "ops.pad_close"}
"""Hard checks that wrong inputs can fail, such as more ounces than the pad holds."""


def calculate(given: Given, out: Lines) -> None:
    _results(given, out)
    _alerts(given, out)
    _cover(given, out)


def _results(given: Given, out: Lines) -> None:
    """The scenario in use, and what it comes to."""
    out.put("scenario.name", given["cover.scenario"])
    out.put("scenario.alone", int(given["cover.scenario"] in SCENARIOS))
    out.put("scenario.count", len(given.in_use))
    out.put("scenario.number", SCENARIOS.index(given.in_use[0]) + 1)
    out.put("scenario.changed", int(given.in_use != ["Base"]))
    for k, name in enumerate(SCENARIOS):
        out["scenario.used@across"][k] = int(name in given.in_use)
        out["scenario.letters@across"][k] = len(name) if name in given.in_use else 0
    for key in given.scenarios:
        out.put(key, given.changed(key.removeprefix("scenario.")))
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
        "missing": out.one("state.missing_months"),
        "default": out.total("wf.default"),
        "unreported": out.total("loan.unreported"),
        "overpaid": out.total("wf.overpaid"),
        "bank_loan": sum(abs(gap) > given["checks.bank"] for gap in out.all("loan.bank_gap")),
        "called": out.total("comp.called"),
        "locked": out.total("comp.held_back"),
        "accelerated": int(any(out.all("loan.due_at_once"))),
        "contribution": int(out.one("comp.contribution") == "missed"),
        **{key: out.one(f"comp.{key}_late") for key in ("mechanical", "completion", "production")},
        "completion_tests": out.one("comp.tests_late"),
        "forward": sum(
            out.one(f"market.{key}_away") > given[f"market.{kind}_tolerance"] for key, kind in tolerance.items()
        ),
        "advance": out.total("fund.above_limit"),
        "debt_left": int(out["loan.outstanding"][out.months[-1]] > CENT),
        "company_cash": sum(cash < -CENT for cash in out.all("bal.cash")),
        "paid_in_breach": out.total("wf.paid_locked"),
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


def _payments(out: Lines) -> str:
    """What the payments to the Lender up to the as-of date rest on."""
    unreported = out.one("alert.unreported")
    if out["wf.lender_close"][out.one("time.position")] > CENT:
        return "in arrears"
    return f"{unreported} not reported" if unreported else "all paid, as reported"


def _cover(given: Given, out: Lines) -> None:
    position = out.one("time.position")
    for key, line in {
        "account": "proceeds.closing", "minimum": "proceeds.minimum", "shortfall": "proceeds.shortfall",
        "loan": "loan.outstanding", "arrears": "wf.lender_close",
    }.items():  # fmt: skip
        out.put(f"cover.{key}", out[line][position])
    for key, figure in {
        "position": position, "basis": out.one("state.basis"), "payments": _payments(out),
        "light": out.one("checks.light"), "first_breach": out.one("cov.first_breach"),
        "term_loan": given["term_loan.max_credit"], "note": given["note.principal"],
        "margin_before": given["interest.margin_before"], "margin_after": given["interest.margin_after"],
        "instalments": given["instalments.count"], "first_instalment": given["instalments.first"],
        "maturity": out.one("ratio.maturity"), "note_maturity": given["note.maturity"],
        "conversion": given["note.conversion_price"],
    }.items():  # fmt: skip
        out.put(f"cover.{key}", figure)
