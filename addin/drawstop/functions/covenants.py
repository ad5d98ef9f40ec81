"""Covenants (8-K item 5(a), parent's covenants)."""

from __future__ import annotations

from typing import Annotated, Any

from drawstop.core import covenants
from drawstop.functions.cells import DIV0, Fraction, Number, require
from drawstop.functions.declare import AMOUNT, FACTOR, POSITIVE_AMOUNT, Arg, function

CATEGORY = "drawstop: Covenants"
DENOMINATOR = Number("a number of US dollars, not 0")
MULTIPLE = Fraction("a multiple above 0 and at most 20 (1.75)", low=0.0, high=20.0, above=True)
POSITIVE_DENOMINATOR = Number("a number of US dollars, zero or more", low=0.0)

CurrentAssets = Annotated[Any, Arg("Consolidated current assets, dollars", POSITIVE_AMOUNT)]
CurrentLiabilities = Annotated[Any, Arg("Consolidated current liabilities, dollars", POSITIVE_AMOUNT)]
TangibleEquity = Annotated[Any, Arg("Consolidated tangible stockholders' equity, dollars", AMOUNT)]
TotalLiabilities = Annotated[Any, Arg("Total consolidated liabilities, dollars", POSITIVE_AMOUNT)]
MinRatio = Annotated[Any, Arg("Smallest current ratio allowed", FACTOR, term="covenants.current_ratio")]
MinEquity = Annotated[Any, Arg("Smallest tangible equity allowed, dollars", AMOUNT, term="covenants.tangible_equity")]
MaxLiabilities = Annotated[
    Any,
    Arg("Largest liabilities allowed, as a multiple of tangible equity", MULTIPLE, term="covenants.liabilities"),
]


@function(CATEGORY, "8-K 5(a) Financial Covenants (a)")
def CURRENT_RATIO(
    current_assets: CurrentAssets,
    current_liabilities: Annotated[Any, Arg("Consolidated current liabilities, dollars", POSITIVE_DENOMINATOR)],
) -> Any:
    """Current assets divided by current liabilities; #DIV/0! if there are none.

    Errors:
        #DIV/0! current_liabilities must not be 0

    >>> CURRENT_RATIO(15e6, 6e6)
    2.5
    """
    require(current_liabilities != 0, DIV0, "current_liabilities", "must not be 0")
    return current_assets / current_liabilities


@function(CATEGORY, "8-K 5(a) Financial Covenants (b)")
def TANGIBLE_EQUITY(
    stockholders_equity: Annotated[Any, Arg("Consolidated stockholders' equity, dollars", AMOUNT)],
    intangibles: Annotated[Any, Arg("Intangible assets, dollars", POSITIVE_AMOUNT)] = 0.0,
) -> Any:
    """Tangible stockholders' equity, dollars: equity less intangible assets (R-29).

    >>> TANGIBLE_EQUITY(20e6, 1.5e6)
    18500000.0
    """
    return stockholders_equity - intangibles


@function(CATEGORY, "8-K 5(a) Financial Covenants (c)")
def LIABILITIES_RATIO(
    total_liabilities: TotalLiabilities,
    tangible_equity: Annotated[Any, Arg("Consolidated tangible stockholders' equity, dollars", DENOMINATOR)],
) -> Any:
    """Total liabilities divided by tangible equity; #DIV/0! if zero.

    Errors:
        #DIV/0! tangible_equity must not be 0

    >>> LIABILITIES_RATIO(28e6, 16e6)
    1.75
    """
    require(tangible_equity != 0, DIV0, "tangible_equity", "must not be 0")
    return total_liabilities / tangible_equity


@function(CATEGORY, "8-K 5(a) Financial Covenants (a)")
def COVENANT_CURRENT_RATIO(
    current_assets: CurrentAssets, current_liabilities: CurrentLiabilities, minimum: MinRatio = None
) -> Any:
    """TRUE if the current ratio is at least its minimum; equality complies, as does a company without liabilities.

    >>> COVENANT_CURRENT_RATIO(18e6, 9e6)
    True
    """
    return covenants.current_ratio_complies(current_assets, current_liabilities, minimum=minimum)


@function(CATEGORY, "8-K 5(a) Financial Covenants (b)")
def COVENANT_TANGIBLE_EQUITY(tangible_equity: TangibleEquity, minimum: MinEquity = None) -> Any:
    """TRUE if tangible equity is at least its minimum; equality complies (R-27).

    >>> COVENANT_TANGIBLE_EQUITY(17_500_000)
    True
    """
    return covenants.tangible_equity_complies(tangible_equity, minimum=minimum)


@function(CATEGORY, "8-K 5(a) Financial Covenants (c)")
def COVENANT_LIABILITIES(
    total_liabilities: TotalLiabilities, tangible_equity: TangibleEquity, maximum: MaxLiabilities = None
) -> Any:
    """TRUE if total liabilities are within their multiple of tangible equity; equality complies.

    FALSE if tangible equity is zero or negative, unless there are no liabilities (R-28).

    >>> COVENANT_LIABILITIES(28e6, 16e6)
    True
    """
    return covenants.liabilities_comply(total_liabilities, tangible_equity, maximum=maximum)


@function(CATEGORY, "8-K 5(a) Financial Covenants (a)")
def HEADROOM_CURRENT_RATIO(
    current_assets: CurrentAssets, current_liabilities: CurrentLiabilities, minimum: MinRatio = None
) -> Any:
    """Current liabilities that can be added before the current ratio is broken, dollars; negative if it is.

    >>> HEADROOM_CURRENT_RATIO(15e6, 9e6)
    -1500000.0
    """
    return covenants.current_ratio_headroom(current_assets, current_liabilities, minimum=minimum)


@function(CATEGORY, "8-K 5(a) Financial Covenants (b)")
def HEADROOM_TANGIBLE_EQUITY(tangible_equity: TangibleEquity, minimum: MinEquity = None) -> Any:
    """Tangible equity above its minimum, dollars; negative if it is below.

    >>> HEADROOM_TANGIBLE_EQUITY(16e6)
    -1500000.0
    """
    return covenants.tangible_equity_headroom(tangible_equity, minimum=minimum)


@function(CATEGORY, "8-K 5(a) Financial Covenants (c)")
def HEADROOM_LIABILITIES(
    total_liabilities: TotalLiabilities, tangible_equity: TangibleEquity, maximum: MaxLiabilities = None
) -> Any:
    """Liabilities that can be added before their limit is broken, dollars; negative if it is.

    Negative tangible equity counts as zero (R-28).

    >>> HEADROOM_LIABILITIES(30e6, 16e6)
    -2000000.0
    """
    return covenants.liabilities_headroom(total_liabilities, tangible_equity, maximum=maximum)


@function(CATEGORY, "8-K 5(a) Financial Covenants (a)", spills=True)
def COVENANT_REPORT(
    current_assets: CurrentAssets,
    current_liabilities: CurrentLiabilities,
    stockholders_equity: Annotated[Any, Arg("Consolidated stockholders' equity, dollars", AMOUNT)],
    intangibles: Annotated[Any, Arg("Intangible assets, dollars", POSITIVE_AMOUNT)],
    total_liabilities: TotalLiabilities,
    min_ratio: MinRatio = None,
    min_equity: MinEquity = None,
    max_liabilities: MaxLiabilities = None,
) -> Any:
    """The three covenants as a table: covenant, actual, required, headroom in dollars, and TRUE if it is met.

    >>> [row[4] for row in COVENANT_REPORT(15e6, 9e6, 18e6, 0, 30e6)]
    ['Complies', False, True, True]
    """
    equity = stockholders_equity - intangibles
    return [
        ("Covenant", "Actual", "Required", "Headroom", "Complies"),
        (
            "Current ratio, at least",
            current_assets / current_liabilities if current_liabilities else DIV0,
            min_ratio,
            covenants.current_ratio_headroom(current_assets, current_liabilities, minimum=min_ratio),
            covenants.current_ratio_complies(current_assets, current_liabilities, minimum=min_ratio),
        ),
        (
            "Tangible equity, at least",
            equity,
            min_equity,
            covenants.tangible_equity_headroom(equity, minimum=min_equity),
            covenants.tangible_equity_complies(equity, minimum=min_equity),
        ),
        (
            "Liabilities to tangible equity, at most",
            total_liabilities / equity if equity else DIV0,
            max_liabilities,
            covenants.liabilities_headroom(total_liabilities, equity, maximum=max_liabilities),
            covenants.liabilities_comply(total_liabilities, equity, maximum=max_liabilities),
        ),
    ]


@function(CATEGORY, "8-K 5(a) Financial Covenants (a)")
def EQUITY_CURE(
    current_assets: CurrentAssets,
    current_liabilities: CurrentLiabilities,
    tangible_equity: TangibleEquity,
    total_liabilities: TotalLiabilities,
    min_ratio: MinRatio = None,
    min_equity: MinEquity = None,
    max_liabilities: MaxLiabilities = None,
) -> Any:
    """Smallest new cash equity that cures all three covenants, dollars, if the cash stays in the company (R-30).

    >>> EQUITY_CURE(15e6, 9e6, 16e6, 30e6)
    3000000.0
    """
    return covenants.equity_cure(
        current_assets,
        current_liabilities,
        tangible_equity,
        total_liabilities,
        min_ratio=min_ratio,
        min_equity=min_equity,
        max_liabilities=max_liabilities,
    )
