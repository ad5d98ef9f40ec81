"""The parent's financial covenants (8-K 5(a) Financial Covenants), by the filing's letters (a), (b) and (c).

Figures are consolidated, in dollars. Tangible equity is stockholders' equity less intangible assets (R-29). What equals
its limit complies (R-27). Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.tolerance import complies


def current_ratio_headroom(assets: Any, liabilities: Any, *, minimum: Any) -> Any:
    """Current liabilities that can be added before the current ratio (a) is broken, dollars; negative if it is.

    >>> current_ratio_headroom(15e6, 9e6, minimum=2.0)
    -1500000.0
    """
    return assets / minimum - liabilities


def tangible_equity_headroom(tangible_equity: Any, *, minimum: Any) -> Any:
    """Tangible equity above its minimum (b), dollars; negative if it is below.

    >>> tangible_equity_headroom(16e6, minimum=17.5e6)
    -1500000.0
    """
    return tangible_equity - minimum


def liabilities_headroom(liabilities: Any, tangible_equity: Any, *, maximum: Any) -> Any:
    """Liabilities that can be added before their limit (c) is broken, dollars; negative if it is.

    Negative equity counts as zero (R-28).

    >>> liabilities_headroom(np.array([30e6, 1.0, 0.0]), np.array([16e6, -1e6, -1e6]), maximum=1.75).tolist()
    [-2000000.0, -1.0, 0.0]
    """
    return maximum * np.maximum(0.0, tangible_equity) - liabilities


def current_ratio_complies(assets: Any, liabilities: Any, *, minimum: Any) -> Any:
    """Whether current assets are at least ``minimum`` times current liabilities (a); they are without any (R-28).

    >>> current_ratio_complies(np.array([2.0, 1.99]), 1.0, minimum=2.0).tolist()
    [True, False]
    """
    return complies(current_ratio_headroom(assets, liabilities, minimum=minimum), assets / minimum)


def tangible_equity_complies(tangible_equity: Any, *, minimum: Any) -> Any:
    """Whether tangible equity is at least its minimum (b).

    >>> tangible_equity_complies(np.array([17_500_000.0, 17_499_999.0]), minimum=17.5e6).tolist()
    [True, False]
    """
    return complies(tangible_equity_headroom(tangible_equity, minimum=minimum), minimum)


def liabilities_comply(liabilities: Any, tangible_equity: Any, *, maximum: Any) -> Any:
    """Whether liabilities are within ``maximum`` times tangible equity (c); with no liabilities they are (R-28).

    >>> liabilities_comply(np.array([175.0, 176.0, 0.0]), np.array([100.0, 100.0, -1.0]), maximum=1.75).tolist()
    [True, False, True]
    """
    headroom = liabilities_headroom(liabilities, tangible_equity, maximum=maximum)
    return complies(headroom, maximum * np.maximum(0.0, tangible_equity))


def equity_cure(
    current_assets: Any,
    current_liabilities: Any,
    tangible_equity: Any,
    liabilities: Any,
    *,
    min_ratio: Any,
    min_equity: Any,
    max_liabilities: Any,
) -> Any:
    """Smallest new cash equity after which all three covenants are met, dollars (R-30); 0 for one that already is.

    The largest of 2 × 9m − 15m for (a), 17.5m − 16m for (b) and 30m ÷ 1.75 − 16m for (c):

    >>> float(equity_cure(15e6, 9e6, 16e6, 30e6, min_ratio=2.0, min_equity=17.5e6, max_liabilities=1.75))
    3000000.0
    """
    ratio = current_ratio_complies(current_assets, current_liabilities, minimum=min_ratio)
    equity = tangible_equity_complies(tangible_equity, minimum=min_equity)
    leverage = liabilities_comply(liabilities, tangible_equity, maximum=max_liabilities)
    for_ratio = np.where(ratio, 0.0, min_ratio * current_liabilities - current_assets)
    for_equity = np.where(equity, 0.0, min_equity - tangible_equity)
    for_leverage = np.where(leverage, 0.0, liabilities / max_liabilities - tangible_equity)
    return np.maximum(for_ratio, np.maximum(for_equity, for_leverage))
