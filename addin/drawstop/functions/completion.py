"""Completion and the development plan (8-K item 5(a))."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from drawstop.core import completion
from drawstop.functions.cells import NA, Number, require
from drawstop.functions.declare import DATE, FLAG, SHARE, Arg, function

CATEGORY = "drawstop: Completion"
QUANTITY = Number("a number, zero or more", blank=0.0, low=0.0)

Achieved = "blank: not yet"


@function(CATEGORY, "8-K 5(a) Completion")
def COMPLETION_DATE(
    mechanical: Annotated[Any, Arg(f"Date of Mechanical Completion; {Achieved}", DATE)] = None,
    production: Annotated[Any, Arg(f"Date on which production amounts and grades were shown; {Achieved}", DATE)] = None,
    costs: Annotated[Any, Arg(f"Date on which costs were shown; {Achieved}", DATE)] = None,
    reserves: Annotated[Any, Arg(f"Date on which reserves were shown; {Achieved}", DATE)] = None,
    last_default_cured: Annotated[Any, Arg("Date on which the last default was cured; blank: never one", DATE)] = None,
    in_default: Annotated[Any, Arg("Whether there is a default", FLAG)] = False,
) -> Any:
    """Date of Completion: the day on which the last of its tests was met; #N/A names what is missing (R-42).

    Errors:
        #N/A not yet complete, still missing: …
        #N/A in_default means a default, during which there is no Completion

    >>> import datetime as dt
    >>> autumn = dt.date(1997, 10, 31)
    >>> COMPLETION_DATE(dt.date(1997, 7, 15), autumn, autumn, autumn)
    datetime.date(1997, 10, 31)
    """
    tests = {"mechanical": mechanical, "production": production, "costs": costs, "reserves": reserves}
    missing = [name for name, date in tests.items() if np.isnat(date).any()]
    missing += ["an end of the default"] if np.any(in_default) else []
    met = ~np.any(np.isnat(np.stack(np.broadcast_arrays(*tests.values()))), axis=0)
    require(met, NA, "", f"not yet complete, still missing: {', '.join(missing)}")
    require(~np.asarray(in_default), NA, "in_default", "means a default, during which there is no Completion")
    latest = np.maximum(np.maximum(mechanical, production), np.maximum(costs, reserves))
    return np.fmax(latest, last_default_cured)


@function(CATEGORY, "8-K 5(a) Completion")
def MILESTONE(
    as_of: Annotated[Any, Arg("Date at whose close the status is asked for", DATE)],
    deadline: Annotated[Any, Arg("Last day that is in time", DATE)],
    achieved: Annotated[Any, Arg(f"Date of achievement; {Achieved}", DATE)] = None,
) -> Any:
    """Status of a deadline at the close of a day: "met", "met late", "pending" or "missed" (R-43).

    Unmet on the deadline day is missed; an achievement after the as-of date is not known yet.

    >>> import datetime as dt
    >>> MILESTONE(dt.date(1996, 9, 30), dt.date(1996, 9, 30))
    'missed'
    """
    return completion.milestone(as_of, deadline, achieved)


@function(CATEGORY, "8-K 5(a) Development Plan")
def MATERIAL_DECLINE(
    plan: Annotated[Any, Arg("Reserves or future net cash flow of the development plan", QUANTITY)],
    current: Annotated[Any, Arg("The same as expected now", Number("a number", blank=0.0))],
    tolerance: Annotated[
        Any, Arg("Largest decline that is not material, as a decimal", SHARE, term="development_plan.tolerance")
    ] = None,
) -> Any:
    """TRUE if reserves or cash flow have fallen short of the plan by more than the tolerance (R-44).

    >>> MATERIAL_DECLINE(414_000, 370_000)
    True
    """
    return completion.material_decline(plan, current, tolerance=tolerance)
