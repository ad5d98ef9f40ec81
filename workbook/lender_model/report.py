"""What an analyst wants to see first after a refresh, in the terminal."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lender_model.grid import Values
from lender_model.refresh import Refreshed
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


def news(result: Refreshed, console: Console) -> None:
    """Print what has moved since the last refresh, and what is not as it should be with the workbook."""
    for line in result.moved.lines():
        console.print(line, soft_wrap=True, markup=False)
    for line in result.notes:
        console.print(f"! {line}", style="yellow", soft_wrap=True, markup=False)


def position(values: Values, console: Console) -> None:
    """Print the position at the as-of date."""
    at = int(np.argmax(values["time.as_of"][:, 0]))
    console.print(Text(f"As of {day(values['cover.as_of'])}, scenario {values['cover.scenario']}", style="bold"))
    light = "bold red" if not values["checks.ok"] else "yellow" if values["checks.alerts"] else "green"
    console.print(Text(values["checks.light"], style=light))
    console.print(_account(values, at))
    console.print(_loan(values, at))
    console.print(_covenants(values))
    console.print(_milestones(values))
    _say_alerts(values, console)


def day(value: Any) -> str:
    """A date as people in the field write it."""
    return value if isinstance(value, str) else f"{value.astype('datetime64[D]').item():%d-%b-%Y}"


def dollars(value: float) -> str:
    """Dollars with separators, negatives in parentheses."""
    return f"({-value:,.0f})" if value <= -0.5 else f"{abs(value):,.0f}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.show_header = any(columns[1:])
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def _account(v: Values, at: int) -> Table:
    table = _table(f"\nProceeds Account at {day(v['time.end'][at, 0])}, US$", "", "")
    table.add_row("Balance", dollars(v["proceeds.closing"][at, 0]), style="bold")
    for label, key in LIMBS:
        table.add_row(f"  {label}", dollars(v[key][at, 0]))
    table.add_row("Minimum balance", dollars(v["proceeds.minimum"][at, 0]), style="bold")
    short, excess = v["proceeds.shortfall"][at, 0], v["proceeds.excess"][at, 0]
    table.add_row(
        "Shortfall" if short > 0 else "Excess", dollars(short or excess), style="bold red" if short > 0 else "green"
    )
    return table


def _loan(v: Values, at: int) -> Table:
    table = _table("\nTerm loan, US$", "", "")
    table.add_row("Outstanding", dollars(v["loan.closing"][at, 0]), style="bold")
    arrears = v["wf.lender_close"][at, 0]
    table.add_row("Arrears to the Lender", dollars(arrears), style="bold red" if arrears > v["checks.cent"] else "")
    later = np.flatnonzero(v["loan.debt_service"][at + 1 :, 0] > 0)
    if not len(later):
        table.add_row("Next payment", "none")
        return table
    t = at + 1 + int(later[0])
    parts = [
        f"{name} {dollars(v[key][t, 0])}"
        for name, key in (("interest", "loan.interest_due"), ("principal", "loan.repayment"), ("fees", "loan.fees_due"))
        if v[key][t, 0]
    ]
    table.add_row(f"Next payment, {day(v['time.end'][t, 0])}", dollars(v["loan.debt_service"][t, 0]))
    table.add_row("  " + ", ".join(parts), "")
    return table


def _covenants(v: Values) -> Table:
    """The covenants at their last test date."""
    tests = np.flatnonzero((v["cov.test"] * v["time.actual"])[:, 0])
    title = f"\nCovenants at {day(v['cov.test_date'])}" if len(tests) else "\nCovenants"
    table = _table(title, "Covenant", "Actual", "Required", "Headroom, US$", "")
    for label, actual, required, ok, headroom, sense in COVENANTS:
        if not len(tests):
            table.add_row(label, "–", f"{sense} {_figure(v[required])}", "–", "not yet tested")
            continue
        at = tests[-1]
        good = v[ok][at, 0] == 1
        words = "complies" if good else "BROKEN"
        table.add_row(
            label, _figure(v[actual][at, 0]), f"{sense} {_figure(v[required])}", dollars(v[headroom][at, 0]), words,
            style="" if good else "bold red",
        )  # fmt: skip
    table.add_row(
        "First breach", day(v["cov.first_breach"]), "", "", "" if v["cov.first_name"] == "–" else v["cov.first_name"]
    )
    return table


def _figure(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.2f}x" if abs(value) < 1000 else dollars(value)


def _milestones(v: Values) -> Table:
    table = _table("\nMilestones", "Milestone", "Deadline", "Expected", "")
    for label, key in MILESTONES:
        state, expected = v[f"comp.{key}"], v[f"comp.{key}_date"]
        bad = state in {"missed", "met late"}
        table.add_row(
            label, day(v[f"comp.{key}_deadline"]), day(expected) or "–", state, style="bold red" if bad else ""
        )
    return table


def _say_alerts(v: Values, console: Console) -> None:
    failed = [label for key, label, *_ in HARD if v[f"check.{key}@start"] != 1]
    alerts = [(label, v[f"alert.{key}"]) for key, label, *_ in ALERTS if v[f"alert.{key}"]]
    console.print()
    for label in failed:
        console.print(Text(f"✘ {label}", style="bold red"))
    for label, count in alerts:
        console.print(Text(f"! {label}{'' if count == 1 else f': {count:.0f}'}", style="yellow"))
    if not failed and not alerts:
        console.print(Text("No alerts.", style="green"))
