"""The first things that an analyst wants to see after a refresh, in the terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lender_model.grid import Values
from lender_model.refresh import Calculated
from lender_model.sheets.checks import ALERTS, HARD

COVENANTS = (  # name, actual, required, complies, headroom, sense
    ("Current ratio", "cov.ratio", "covenants.current_ratio", "cov.ratio_ok", "cov.ratio_headroom", "at least"),
    ("Tangible equity", "cov.tangible", "covenants.tangible_equity", "cov.equity_ok",
     "cov.equity_headroom", "at least"),
    ("Liabilities", "cov.liabilities_ratio", "covenants.liabilities", "cov.liabilities_ok",
     "cov.liabilities_headroom", "at most"),
)  # fmt: skip
LIMBS = (
    ("(I) floor or formula amount", "proceeds.limb_1"),
    ("(II) interest", "proceeds.limb_2"),
    ("(III) capital expenditure", "proceeds.limb_3"),
    ("(IV) other payments to the Lender", "proceeds.limb_4"),
)
MILESTONES = (
    ("Equity contribution", "contribution"),
    ("Mechanical Completion", "mechanical"),
    ("Completion", "completion"),
    ("Commercial production", "production"),
)


def news(result: Calculated, console: Console) -> None:
    """Print what has moved since the last refresh, and problems with the workbook."""
    for line in result.moved.lines():
        console.print(line, soft_wrap=True, markup=False)
    for line in result.notes:
        console.print(f"! {line}", style="yellow", soft_wrap=True, markup=False)


# ---- the position as data --------------------------------------------------------------------------------------------


def facts(v: Values) -> dict[str, Any]:
    """The position at the as-of date: amounts in dollars, dates as ISO texts, None where there is none.

    Example:
        >>> from lender_model import case, model
        >>> found = facts(model.run(case.inputs()[0]))
        >>> found["as_of"], found["loan"]["outstanding"], [test["name"] for test in found["covenants"]["tests"]]
        ('1996-07-31', 19500000.0, ['Current ratio', 'Tangible equity', 'Liabilities'])
    """
    at = int(np.argmax(np.nan_to_num(v["time.as_of"][:, 0])))
    return {
        "as_of": iso(v["cover.as_of"]),
        "scenario": v["cover.scenario"],
        "light": text(v["checks.light"]),
        "checks_failed": [label for key, label, *_ in HARD if v[f"check.{key}@start"] != 1],
        "alerts": [
            {"key": key, "label": label, "count": int(number(v[f"alert.{key}"]) or 1)}  # an error is also an alert
            for key, label, *_ in ALERTS
            if v[f"alert.{key}"]
        ],
        "account": _account_facts(v, at),
        "loan": _loan_facts(v, at),
        "covenants": _covenant_facts(v),
        "milestones": [
            {
                "name": label,
                "deadline": iso(v[f"comp.{key}_deadline"]),
                "expected": iso(v[f"comp.{key}_date"]),
                "state": text(v[f"comp.{key}"]),
            }
            for label, key in MILESTONES
        ],
    }


def iso(value: Any) -> str | None:
    """A date for JSON; a dash or a blank is None."""
    return str(value.astype("datetime64[D]")) if isinstance(value, np.datetime64) else None


def number(value: Any) -> float | None:
    """A figure; a dash or an error is None."""
    return None if isinstance(value, str) or np.isnan(value) else float(value)


def text(value: Any) -> str:
    """A text; an error is reported as such."""
    return value if isinstance(value, str) else "in error"


def _account_facts(v: Values, at: int) -> dict[str, Any]:
    return {
        "date": iso(v["time.end"][at, 0]),
        "balance": number(v["proceeds.closing"][at, 0]),
        "limbs": [{"label": label, "amount": number(v[key][at, 0])} for label, key in LIMBS],
        "minimum": number(v["proceeds.minimum"][at, 0]),
        "shortfall": number(v["proceeds.shortfall"][at, 0]),
        "excess": number(v["proceeds.excess"][at, 0]),
    }


def _loan_facts(v: Values, at: int) -> dict[str, Any]:
    later = np.flatnonzero(v["loan.debt_service"][at + 1 :, 0] > 0)
    payment = None
    if len(later):
        t = at + 1 + int(later[0])
        parts = (("interest", "loan.interest_due"), ("principal", "loan.repayment"), ("fees", "loan.fees_due"))
        payment = {
            "date": iso(v["time.end"][t, 0]),
            "amount": number(v["loan.debt_service"][t, 0]),
            **{name: number(v[key][t, 0]) for name, key in parts},
        }
    return {
        "outstanding": number(v["loan.outstanding"][at, 0]),
        "payments": v["cover.payments"],
        "arrears": number(v["wf.lender_close"][at, 0]),
        "in_arrears": bool(v["wf.lender_close"][at, 0] > v["checks.cent"]),
        "next_payment": payment,
    }


def _covenant_facts(v: Values) -> dict[str, Any]:
    """The covenants at their last test date."""
    tests = np.flatnonzero(np.nan_to_num(v["cov.test"] * v["time.actual"])[:, 0])
    at = int(tests[-1]) if len(tests) else None
    return {
        "test_date": iso(v["cov.test_date"]),
        "first_breach": {
            "date": iso(v["cov.first_breach"]),
            "name": text(v["cov.first_name"]).replace("–", "") or None,
        },
        "tests": [
            {
                "name": label,
                "actual": None if at is None else number(v[actual][at, 0]),
                "required": number(v[required]),
                "sense": sense,
                "headroom": None if at is None else number(v[headroom][at, 0]),
                "complies": None if at is None else bool(v[ok][at, 0] == 1),
            }
            for label, actual, required, ok, headroom, sense in COVENANTS
        ],
    }


# ---- and in the terminal ---------------------------------------------------------------------------------------------


def position(found: Mapping[str, Any], console: Console) -> None:
    """Print the position that :func:`facts` gives."""
    console.print(Text(f"As of {day(found['as_of'])}, scenario {found['scenario']}", style="bold"))
    light = "bold red" if found["checks_failed"] else "yellow" if found["alerts"] else "green"
    console.print(Text(found["light"], style=light))
    console.print(_account(found["account"]))
    console.print(_loan(found["loan"]))
    console.print(_covenants(found["covenants"]))
    console.print(_milestones(found["milestones"]))
    say_alerts(found, console)


def day(value: Any) -> str:
    """A date as the industry writes it; a dash if there is none."""
    if isinstance(value, np.datetime64):
        value = str(value.astype("datetime64[D]"))
    return f"{dt.date.fromisoformat(value):%d-%b-%Y}" if value and value[:1].isdigit() else "–"


def dollars(value: float | None) -> str:
    """Dollars with separators, negatives in parentheses."""
    if value is None:
        return "in error"
    return f"({-value:,.0f})" if value <= -0.5 else f"{abs(value):,.0f}"


def titled(title: str, *columns: str) -> Table:
    """A table with a title, its first column of words."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.show_header = any(columns[1:])
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def _account(account: Mapping[str, Any]) -> Table:
    table = titled(f"\nProceeds Account at {day(account['date'])}, US$", "", "")
    table.add_row("Balance", dollars(account["balance"]), style="bold")
    for limb in account["limbs"]:
        table.add_row(f"  {limb['label']}", dollars(limb["amount"]))
    table.add_row("Minimum balance", dollars(account["minimum"]), style="bold")
    short = account["shortfall"]
    what, look = ("Shortfall", "bold red") if short and short > 0 else ("Excess", "green")
    table.add_row(what, dollars(short or account["excess"]), style=look)
    return table


def _loan(loan: Mapping[str, Any]) -> Table:
    table = titled("\nTerm loan, US$", "", "")
    table.add_row("Outstanding", dollars(loan["outstanding"]), style="bold")
    table.add_row("Arrears to the Lender", dollars(loan["arrears"]), style="bold red" if loan["in_arrears"] else "")
    payment = loan["next_payment"]
    if payment is None:
        table.add_row("Next payment", "none")
        return table
    table.add_row(f"Next payment, {day(payment['date'])}", dollars(payment["amount"]))
    parts = [f"{name} {dollars(payment[name])}" for name in ("interest", "principal", "fees") if payment[name]]
    table.add_row("  " + ", ".join(parts), "")
    return table


def _covenants(covenants: Mapping[str, Any]) -> Table:
    tested = covenants["test_date"]
    title = f"\nCovenants at {day(tested)}" if tested else "\nCovenants"
    table = titled(title, "Covenant", "Actual", "Required", "Headroom, US$", "")
    for test in covenants["tests"]:
        required = f"{test['sense']} {_figure(test['required'])}"
        if test["complies"] is None:
            table.add_row(test["name"], "–", required, "–", "not yet tested")
            continue
        words, look = ("complies", "") if test["complies"] else ("BROKEN", "bold red")
        headroom = "–" if test["headroom"] is None else dollars(test["headroom"])
        table.add_row(test["name"], _figure(test["actual"]), required, headroom, words, style=look)
    breach = covenants["first_breach"]
    table.add_row("First breach", day(breach["date"]), "", "", breach["name"] or "")
    return table


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}x" if abs(value) < 1000 else dollars(value)


def _milestones(milestones: Sequence[Mapping[str, Any]]) -> Table:
    table = titled("\nMilestones", "Milestone", "Deadline", "Expected", "")
    for stone in milestones:
        look = "bold red" if stone["state"] in {"missed", "met late"} else ""
        table.add_row(stone["name"], day(stone["deadline"]), day(stone["expected"]), stone["state"], style=look)
    return table


def say_alerts(found: Mapping[str, Any], console: Console) -> None:
    """Print the checks that fail, and the alerts."""
    console.print()
    for label in found["checks_failed"]:
        console.print(Text(f"✘ {label}", style="bold red"))
    for alert in found["alerts"]:
        count = "" if alert["count"] == 1 else f": {alert['count']}"
        console.print(Text(f"! {alert['label']}{count}", style="yellow"))
    if not found["checks_failed"] and not found["alerts"]:
        console.print(Text("No alerts.", style="green"))
