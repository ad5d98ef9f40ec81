"""Streams of metal, and options on it."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from drawstop.core import options, stream
from drawstop.functions.cells import NUM, VALUE, Choice, Number, require
from drawstop.functions.declare import OUNCES, PRICE, RATE, SHARE, Arg, function
from drawstop.functions.note import VOLATILITY, YEARS

CATEGORY = "drawstop: Streams and options"
CLAUSE = "Today's loans"
LIMIT = Number("a number of troy ounces, zero or more", blank=math.inf, low=0.0)
FLOOR_PRICE = Number("a price, zero or more", blank=-math.inf, low=0.0)
CAP_PRICE = Number("a price above 0", blank=math.inf, low=0.0, above=True)
KIND = Choice('"put" or "call"', options=("put", "call"))


@function(CATEGORY, CLAUSE)
def STREAM_OUNCES(
    production: Annotated[Any, Arg("Ounces produced", OUNCES)],
    delivered_before: Annotated[Any, Arg("Ounces already delivered under the stream", OUNCES)],
    tiers: Annotated[
        Any,
        Arg(
            "Tiers: a table of the total ounces delivered at which each ends, and its share; the last may have no end",
            SHARE,
            role="table",
            columns=(("until", LIMIT), ("share", SHARE)),
        ),
    ],
) -> Any:
    """Ounces to deliver out of production, by tiers of the total ounces delivered.

    A tier with a share of 0 never ends; after the last limit nothing is delivered.

    Errors:
        #VALUE! tiers is blank: it must hold limits and shares
        #VALUE! tiers must have a limit in every row but the last
        #NUM! tiers must have limits that rise from row to row

    >>> STREAM_OUNCES(10_000, 4_000, [[5_000, 0.5], [None, 0.25]])
    3000.0
    """
    limits, shares = tiers
    require(len(limits) > 0, VALUE, "tiers", "is blank: it must hold limits and shares")
    require(np.isfinite(limits[:-1]).all(), VALUE, "tiers", "must have a limit in every row but the last")
    require((np.diff(limits) > 0).all(), NUM, "tiers", "must have limits that rise from row to row")
    return stream.ounces(production, delivered_before, limits, shares)


@function(CATEGORY, CLAUSE)
def COLLAR_SETTLEMENT(
    ounces: Annotated[Any, Arg("Ounces hedged", OUNCES)],
    floor: Annotated[Any, Arg("Strike of the put bought, dollars an ounce; blank: no put", FLOOR_PRICE)],
    cap: Annotated[Any, Arg("Strike of the call sold, dollars an ounce; blank: no call", CAP_PRICE)],
    spot: Annotated[Any, Arg("Price on settlement, dollars an ounce", PRICE)],
) -> Any:
    """Settlement of a collar, dollars: the price's shortfall below the floor, less its excess above the cap.

    >>> COLLAR_SETTLEMENT(1_000, 2_200, 2_700, 2_150)
    50000.0
    """
    return options.collar_settlement(ounces, floor, cap, spot)


@function(CATEGORY, CLAUSE)
def OPTION_VALUE(
    kind: Annotated[Any, Arg('"put" or "call"', KIND)],
    strike: Annotated[Any, Arg("Strike, dollars an ounce", PRICE)],
    forward: Annotated[Any, Arg("Forward price for the day of expiry, dollars an ounce", PRICE)],
    volatility: Annotated[Any, Arg("Volatility of the forward per year as a decimal", VOLATILITY)],
    years: Annotated[Any, Arg("Years to expiry, may be fractional", YEARS)],
    rate: Annotated[Any, Arg("Riskless rate per year, continuously compounded", RATE)],
) -> Any:
    """Value of a European put or call on a forward, dollars an ounce (Black 1976).

    >>> round(OPTION_VALUE("put", 2_200, 2_400, 0.16, 1.5, 0.045), 7)
    90.5386934
    """
    sign = 1 if kind == "call" else -1
    return options.black(sign, strike, forward, volatility=volatility, years=years, rate=rate)
