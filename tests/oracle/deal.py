"""The whole deal of 1996 in plain Python: every figure by key and month.

Written from the filing, the readings and the case's files, month by month with loops over dates. It imports nothing of
drawstop nor of the workbook, so that it can be wrong only in its own ways.
"""

from __future__ import annotations

from . import around, company, cover, events, facility, project, results, summary
from .given import Given
from .lines import Lines


def calculate(given: Given) -> Lines:
    """Every figure of the deal for these inputs."""
    out = Lines(given.months)
    for part in (project, facility, company, cover, around, summary, events, results):
        part.calculate(given, out)
    return out
