"""A deal's workbook as it is delivered: with what simulation, break-evens and sensitivity find on its sheet Risk."""

from __future__ import annotations

from lender_model.compose.refresh import Refreshed, calculate
from lender_model.kinds import OfFolder
from lender_model.risk import RiskError, simulate, store
from lender_model.risk.breakeven import break_evens
from lender_model.risk.sensitivity import tornado
from lender_model.xlsx.package import Package

PATHS, SEED = 10_000, 1
"""Of the simulation whose results a workbook is delivered with."""


def delivered(package: Package) -> tuple[Package, list[str]]:
    """A workbook that has just been built, with its results; and why there are none, in lines.

    The same figures as the commands find, by the same way.
    """
    result = calculate(package, built=True)
    try:
        return _with_results(result), []
    except RiskError as error:
        return result.package, [f"sheet Risk has no results: {error}"]


def _with_results(result: Refreshed) -> Package:
    kind = OfFolder()
    with kind.case(result) as case:
        even = kind.shown(break_evens(case, kind.levers(case)), case)
        swings = tornado(case, kind.moves(case))
        paths = simulate.run(kind.simulation(case, result, SEED, None, None).job, PATHS)
    found = {
        "simulation": store.of_simulation(paths, None, store.words_of_simulation(PATHS, SEED)),
        "breakeven": store.of_break_evens(even, result.values, store.levers_moved(even)),
        "sensitivity": store.of_tornado(swings, store.ONE_MOVED),
    }
    kept = {
        key: value for kind_, part in found.items() for key, value in store.of_run(kind_, part, result.values).items()
    }
    return result.with_inputs(kept)
