"""What a reader wants to see first of a deal's workbook: as data, and in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from drawstop.deal import text_like
from lender_model.commands.report import day, dollars, iso, number, say_alerts, text, titled
from lender_model.compose.found import Lines
from lender_model.grid import RATIO, USD, Values

_RATIO = 1e-9
"""Of a limit: less is rounding, as the workbook's own flag has it."""


def currency(v: Values) -> str:
    """The deal's currency."""
    return text(v["cover.currency"])


def facts(lines: Lines, v: Values) -> dict[str, Any]:
    """The position at the as-of date: amounts in the deal's currency, dates as ISO texts, None where there is none.

    Args:
        lines: the workbook.
        v: every figure of it.
    """
    at = _position(v)
    return {
        "deal": text(v["cover.name"]),
        "currency": currency(v),
        "as_of": iso(v["cover.as_of"]),
        "scenario": text(v["cover.scenario"]),
        "answer": text(v["cover.answer"]),
        "light": text(v["checks.light"]),
        "checks_failed": [
            lines.label(f"check.{key}") for key in lines.keys(r"check\.(.+)") if v[f"check.{key}@start"] != 1
        ],
        "alerts": [
            {"key": key, "label": lines.label(f"alert.{key}"), "count": int(number(v[f"alert.{key}"]) or 1)}
            for key in lines.keys(r"alert\.(.+)")
            if number(v[f"alert.{key}"]) != 0
        ],
        "loan": _loan(lines, v, at),
        "cash": {
            "total": number(v["dash.cash"]),
            "accounts": [_account(lines, v, key, at) for key in lines.keys(r"account\.(\w+)\.closing")],
        },
        "covenants": _covenants(lines, v),
        "milestones": list(_milestones(lines, v)),
    }


def _position(v: Values) -> int | None:
    """The as-of month; None before the first."""
    months = np.flatnonzero(v["time.as_of"][:, 0] == 1)
    return int(months[0]) if len(months) else None


def _at(v: Values, key: str, at: int | None) -> float | None:
    """A balance at the as-of month-end, or at the start."""
    if at is not None:
        return number(v[key][at, 0])
    return number(v[f"{key}@start"]) if f"{key}@start" in v else None


def _loan(lines: Lines, v: Values, at: int | None) -> dict[str, Any]:
    date, payment = iso(v["dash.next"]), None
    if date:
        t = int(np.flatnonzero(v["time.end"][:, 0] >= np.datetime64(date))[0])
        parts = {
            "interest": "debt.interest",
            "principal": "debt.principal",
            "fees": "debt.fees",
            "ounces": "debt.ounces",
        }
        payment = {"date": date, "amount": number(v["debt.service"][t, 0])} | {
            name: number(v[key][t, 0]) for name, key in parts.items() if key in v
        }
    arrears = number(v["dash.arrears"])
    return {
        "date": iso(v["dash.position"]),
        "outstanding": number(v["dash.debt"]),
        "tranches": [
            {"key": key, "name": lines.label(f"dash.tranche.{key}").removeprefix("of which "),
             "outstanding": number(v[f"dash.tranche.{key}"]), "arrears": _at(v, f"arrears.{key}", at),
             "reported_to": iso(v.get(f"ledger.{key}.to"))}
            for key in lines.keys(r"dash\.tranche\.(\w+)")
        ],
        "arrears": arrears,
        "in_arrears": bool(arrears and arrears > v["checks.cent"]),
        "maturity": iso(v["dash.maturity"]),
        "next_payment": payment,
    }  # fmt: skip


def _account(lines: Lines, v: Values, key: str, at: int | None) -> dict[str, Any]:
    label = lines.label(f"wf.account.{key}_due").removesuffix(", due").removesuffix(": paid in")
    balance, target = (_at(v, f"account.{key}.{part}", at) for part in ("closing", "target"))
    short = None if balance is None or target is None else max(0.0, target - balance)
    return {
        "key": key, "name": text_like(key) if label.startswith("wf.") else label, "balance": balance, "target": target,
        "shortfall": short,
    }  # fmt: skip


def _covenants(lines: Lines, v: Values) -> dict[str, Any]:
    """Each covenant at its last test up to the as-of date, and at the next one that the plan leads to."""
    tests = [test for key in lines.keys(r"covenant\.(\w+)\.breach") for test in _tests(lines, v, key)]
    breaches = [
        (date, lines.label(f"dash.covenant.{key}"))
        for key in lines.keys(r"dash\.covenant\.(\w+)")
        if (date := iso(v[f"covenant.{key}.first_breach"]))
    ]
    date, name = min(breaches, default=(None, None))
    tested = [test["test_date"] for test in tests if test["test_date"]]
    return {
        "test_date": max(tested, default=None), "first_breach": {"date": date, "name": name}, "tests": tests,
    }  # fmt: skip


_SIDES = (("minimum", "at least", 1), ("maximum", "at most", -1))


def _tests(lines: Lines, v: Values, key: str) -> Iterator[dict[str, Any]]:
    """A covenant's tests: one for each side of its limit."""
    c, actual_months = f"covenant.{key}", v["time.actual"][:, 0] == 1
    due = np.nan_to_num(v[f"{c}.test"][:, 0].astype(float)) == 1
    past, ahead = np.flatnonzero(due & actual_months), np.flatnonzero(due & ~actual_months)
    row = lines.row(f"{c}.actual")
    for side, sense, sign in _SIDES:
        limit = f"{c}.{side}_now"
        if limit not in v:
            continue
        last = _tested(v, f"{c}.actual", limit, sign, int(past[-1]) if len(past) else None)
        coming = _tested(v, f"{c}.actual", limit, sign, int(ahead[0]) if len(ahead) else None)
        yield {
            "key": key, "name": lines.label(f"dash.covenant.{key}"), "sense": sense, "unit": row.unit if row else "",
            "test_date": last.pop("date"), **last, "next_test": coming if coming["date"] else None,
        }  # fmt: skip


def _tested(v: Values, actual: str, limit: str, sign: int, t: int | None) -> dict[str, Any]:
    """A test of a month."""
    if t is None:
        return dict.fromkeys(("date", "actual", "required", "headroom", "complies"))
    found, required = number(v[actual][t, 0]), number(v[limit][t, 0])
    room = None if found is None or required is None else sign * (found - required)
    return {
        "date": iso(v["time.end"][t, 0]), "actual": found, "required": required, "headroom": room,
        "complies": room is None or room >= -_RATIO * abs(required or 0.0),
    }  # fmt: skip


def _milestones(lines: Lines, v: Values) -> Iterator[dict[str, Any]]:
    for key in lines.keys(r"dash\.milestone\.(\w+)"):
        m = f"milestone.{key}"
        state = text(v[f"{m}.deadline@start"]) if f"{m}.deadline@start" in v else ""
        state = text(v[f"{m}@start"]) if state in {"", "in time", "pending"} else state
        yield {
            "key": key, "name": lines.label(f"dash.milestone.{key}"), "deadline": iso(v.get(f"{m}.deadline")),
            "expected": iso(v[m]), "state": state,
        }  # fmt: skip


# ---- in the terminal -------------------------------------------------------------------------------------------------


def figure(value: float | None, unit: str) -> str:
    """A figure by its unit, a dash for one that does not exist."""
    if value is None:
        return "–"
    if unit in {RATIO, "ratio"}:
        return f"{value:.2f}x"
    if unit in {"fraction", "per year"}:
        return f"{value:.1%}"
    return dollars(value) if unit == USD or abs(value) >= 1000 else f"{value:,.2f}"


def position(found: Mapping[str, Any], console: Console) -> None:
    """Print the position that :func:`facts` gives."""
    console.print(Text(f"{found['deal']}, as of {day(found['as_of'])}, scenario {found['scenario']}", style="bold"))
    console.print(found["answer"], soft_wrap=True, markup=False)
    light = "bold red" if found["checks_failed"] else "yellow" if found["alerts"] else "green"
    console.print(Text(found["light"], style=light))
    _print_debt(found, console)
    covenants = titled("\nCovenants", "Covenant", "Tested", "Actual", "Required", "Headroom", "")
    for test in found["covenants"]["tests"]:
        told = test if test["test_date"] else test["next_test"]
        if told is None:
            continue
        date = test["test_date"] or f"{told['date']}"
        words = "expected" if not test["test_date"] else "complies" if test["complies"] else "BROKEN"
        look = "bold red" if test["complies"] is False else ""
        unit = test["unit"]
        required = f"{test['sense']} {figure(told['required'], unit)}"
        row = (test["name"], day(date), figure(told["actual"], unit), required, figure(told["headroom"], unit), words)
        covenants.add_row(*row, style=look)
    breach = found["covenants"]["first_breach"]
    if covenants.row_count:
        covenants.add_row("First breach", day(breach["date"]), "", "", "", breach["name"] or "")
        console.print(covenants)
    if found["milestones"]:
        stones = titled("\nMilestones", "Milestone", "Deadline", "Expected", "")
        for stone in found["milestones"]:
            look = "bold red" if stone["state"] in {"missed", "late"} else ""
            stones.add_row(stone["name"], day(stone["deadline"]), day(stone["expected"]), stone["state"], style=look)
        console.print(stones)
    say_alerts(found, console)


def _print_debt(found: Mapping[str, Any], console: Console) -> None:
    loan, unit = found["loan"], found["currency"]
    debt = titled(f"\nDebt and cash at {day(loan['date'] or found['as_of'])}, {unit}", "", "")
    debt.add_row("Outstanding", dollars(loan["outstanding"]), style="bold")
    if len(loan["tranches"]) > 1:
        for tranche in loan["tranches"]:
            debt.add_row(f"  {tranche['name']}", dollars(tranche["outstanding"]))
    debt.add_row("Arrears to the lenders", dollars(loan["arrears"]), style="bold red" if loan["in_arrears"] else "")
    payment = loan["next_payment"]
    debt.add_row(
        f"Next payment, {day(payment['date'])}" if payment else "Next payment",
        dollars(payment["amount"]) if payment else "none",
    )
    debt.add_row("Cash in all accounts", dollars(found["cash"]["total"]), style="bold")
    for account in found["cash"]["accounts"]:
        short = f"  (short by {dollars(account['shortfall'])})" if account["shortfall"] else ""
        target = "" if account["target"] is None else f", target {dollars(account['target'])}"
        debt.add_row(f"  {account['name']}{target}{short}", dollars(account["balance"]))
    console.print(debt)
