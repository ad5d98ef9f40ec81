"""The whole deal of 1996 in plain Python: every figure by key and month.

Written from the filing, the readings and the case's files, month by month with loops over dates. It imports nothing of
drawstop nor of the workbook, so that it can be wrong only in its own ways.
"""

from __future__ import annotations

from . import (
    account,
    around,
    calendar,
    certificate,
    company,
    completion,
    covenants,
    cover,
    dashboard,
    events,
    facility,
    ledger,
    project,
    results,
    states,
    summary,
    uses,
    variance,
)
from .given import Given
from .lines import Lines


def calculate(given: Given) -> Lines:
    """Every figure of the deal for these inputs: what no payment moves, then month by month, then what it comes to."""
    out = Lines(given.months)
    for key, line in given.by_month.items():  # their totals are formulas
        out[key] = {month: figure for month, figure in line.items() if month in out.months}
    for part in (ledger, states, project, variance, facility):
        part.calculate(given, out)
    account.opening(given, out)
    company.opening(given, out)
    covenants.opening(out)
    completion.opening(given, out)
    cover.opening(given, out)
    for month in out.months:
        account.calculate(given, out, month)
        company.calculate(given, out, month)
        covenants.calculate(given, out, month)
        completion.calculate(given, out, month)
        cover.calculate(given, out, month)
    for part in (covenants, completion, cover):
        part.results(given, out)
    ledger.instalments(given, out)
    for part in (uses, around, summary, certificate, events, results, dashboard, calendar):
        part.calculate(given, out)
    return out
