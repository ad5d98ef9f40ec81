"""The two kinds of workbook that the commands know: the 1996 deal's own, and those built from a deal's folder.

What a command does is the same for both; what differs is here: how inputs are read and checked, what is drawn for a
path, which facts a reader wants, and in which words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.table import Table

from lender_model import refresh, report
from lender_model import statement as statements
from lender_model.case import CASE
from lender_model.compose import facts as deal_facts
from lender_model.compose import paths as deal_paths
from lender_model.compose import refresh as deal_refresh
from lender_model.compose import statement as deal_statement
from lender_model.compose.found import Lines, is_deal_book
from lender_model.compose.risk import RISK, study_of
from lender_model.refresh import Calculated, Engine
from lender_model.risk import RiskError, simulate
from lender_model.risk import report as risk_report
from lender_model.risk.base import Case
from lender_model.risk.breakeven import BreakEvens, Lever, levers_of
from lender_model.risk.paths import History, dynamics, history
from lender_model.risk.sensitivity import Changes, moves_of
from lender_model.risk.watch import watched
from lender_model.statement import Entered
from lender_model.xlsx.package import Package


class KindError(ValueError):
    """An option that a kind of workbook does not know: one line."""


@dataclass(frozen=True)
class Simulated:
    """A simulation ready to run.

    Attributes:
        job: what every block of paths needs.
        past: what the daily history gave, where the workbook asks for it.
        table: of the processes, for the terminal.
    """

    job: simulate.Job
    past: History | None
    table: Table


class Kind(Protocol):
    """What differs between the kinds."""

    def calculate(
        self, package: Package, as_of: dt.date | None, scenario: str | None, market: Path | None, engine: Engine
    ) -> Calculated:
        """The workbook calculated as it stands."""

    def entered(self, package: Package, statement: Path) -> Entered:
        """The workbook with a bank's statement in its ledger."""

    def case(self, result: Calculated) -> Case:
        """The workbook as runs need it."""

    def simulation(
        self, case: Case, result: Calculated, seed: int, market: Path | None, watch: str | None
    ) -> Simulated:
        """A simulation of it."""

    def levers(self, case: Case) -> dict[str, Lever]:
        """What its break-evens move."""

    def shown(self, found: BreakEvens, case: Case) -> BreakEvens:
        """Break-evens as its readers want them."""

    def moves(self, case: Case) -> Iterator[Changes]:
        """What its tornado moves."""

    def facts(self, result: Calculated) -> dict[str, Any]:
        """The position at the as-of date, as data."""

    def position(self, found: Mapping[str, Any], console: Console) -> None:
        """Print it."""


class Own1996:
    """The 1996 deal's own workbook."""

    def calculate(
        self, package: Package, as_of: dt.date | None, scenario: str | None, market: Path | None, engine: Engine
    ) -> Calculated:
        return refresh.calculate(package, as_of=as_of, scenario=scenario, market=market, engine=engine)

    def entered(self, package: Package, statement: Path) -> Entered:
        return statements.entered(package, statements.read(statement))

    def case(self, result: Calculated) -> Case:
        return Case(result.figures)

    def simulation(
        self, case: Case, result: Calculated, seed: int, market: Path | None, watch: str | None
    ) -> Simulated:
        past = history(result.inputs["cover.as_of"], market or CASE / "market")
        process = dynamics(result.inputs, past)
        task = simulate.job(case, process, seed, watched(case, watch) if watch else None)
        return Simulated(task, past, risk_report.market(process, past))

    def levers(self, case: Case) -> dict[str, Lever]:
        return levers_of(case)

    def shown(self, found: BreakEvens, case: Case) -> BreakEvens:
        return found

    def moves(self, case: Case) -> Iterator[Changes]:
        return moves_of(case)

    def facts(self, result: Calculated) -> dict[str, Any]:
        return report.facts(result.values)

    def position(self, found: Mapping[str, Any], console: Console) -> None:
        report.position(found, console)


class OfFolder:
    """A workbook built from a deal's folder."""

    def calculate(
        self, package: Package, as_of: dt.date | None, scenario: str | None, market: Path | None, engine: Engine
    ) -> Calculated:
        if market is not None:
            raise KindError(f"{package.name}: --market is for the 1996 workbook; put market.csv into the deal's folder")
        return deal_refresh.calculate(package, as_of=as_of, scenario=scenario, engine=engine)

    def entered(self, package: Package, statement: Path) -> Entered:
        return deal_statement.entered(package, statement)

    def case(self, result: Calculated) -> Case:
        rows = result.figures.rows
        if "risk.metal" not in rows:
            raise RiskError(f"{result.package.name}: has no sheet {RISK} with its lines; build the workbook again")
        return Case(result.figures, study_of(rows, deal_facts.currency(result.values)))

    def simulation(
        self, case: Case, result: Calculated, seed: int, market: Path | None, watch: str | None
    ) -> Simulated:
        if market is not None:
            raise KindError("--market is for the 1996 workbook; sheet Terms holds the volatilities of this one")
        task = deal_paths.job(case, seed, watched(case, watch) if watch else None)
        return Simulated(task, None, deal_paths.table(task, result.figures.rows))

    def levers(self, case: Case) -> dict[str, Lever]:
        return deal_paths.levers(case)

    def shown(self, found: BreakEvens, case: Case) -> BreakEvens:
        return deal_paths.in_prices(found, case)

    def moves(self, case: Case) -> Iterator[Changes]:
        return deal_paths.moves(case)

    def facts(self, result: Calculated) -> dict[str, Any]:
        return deal_facts.facts(_lines(result), result.values)

    def position(self, found: Mapping[str, Any], console: Console) -> None:
        deal_facts.position(found, console)


def _lines(result: Calculated) -> Lines:
    assert isinstance(result, deal_refresh.Refreshed)  # noqa: S101 - calculated by this kind
    return result.lines


def kind_of(package: Package) -> Kind:
    """The kind of a workbook."""
    return OfFolder() if is_deal_book(package) else Own1996()
