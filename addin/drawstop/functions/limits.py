"""Any covenant that keeps a figure within limits."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from drawstop.core import limits
from drawstop.functions.cells import VALUE, Number, require
from drawstop.functions.covenants import CATEGORY
from drawstop.functions.declare import Arg, function

CLAUSE = "Today's loans"
FIGURE = Number("a number")

Actual = Annotated[Any, Arg("The figure tested, in its own unit", FIGURE)]
Minimum = Annotated[Any, Arg("Lowest figure allowed; blank: no minimum", FIGURE)]
Maximum = Annotated[Any, Arg("Highest figure allowed; blank: no maximum", FIGURE)]


def require_limit(minimum: Any, maximum: Any) -> None:
    """At least one limit is required."""
    some = ~(np.isnan(minimum) & np.isnan(maximum))
    require(some, VALUE, "minimum", "is blank, and so is maximum: a covenant needs one of them or both")


@function(CATEGORY, CLAUSE)
def COVENANT_COMPLIES(actual: Actual, minimum: Minimum = None, maximum: Maximum = None) -> Any:
    """Whether a figure complies with a covenant: not below its minimum and not above its maximum.

    A figure equal to its limit complies, even if floating point puts it a hair beyond (R-27).

    Errors:
        #VALUE! minimum is blank, and so is maximum: a covenant needs one of them or both

    >>> COVENANT_COMPLIES(1.25, 1.2)
    True
    """
    require_limit(minimum, maximum)
    return limits.within(actual, minimum=minimum, maximum=maximum)


@function(CATEGORY, CLAUSE)
def COVENANT_HEADROOM(actual: Actual, minimum: Minimum = None, maximum: Maximum = None) -> Any:
    """Headroom of a covenant in the figure's own unit: distance to the nearer limit; negative if it is broken.

    Errors:
        #VALUE! minimum is blank, and so is maximum: a covenant needs one of them or both

    >>> COVENANT_HEADROOM(3.25, 1, 3.5)
    0.25
    """
    require_limit(minimum, maximum)
    return limits.headroom(actual, minimum=minimum, maximum=maximum)
