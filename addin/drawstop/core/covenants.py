"""The parent's financial covenants (8-K 5(a) Financial Covenants), consolidated figures in dollars."""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.tolerance import complies


def current_ratio_headroom(assets: Any, liabilities: Any, *, minimum: Any) -> Any:
    """Further current liabilities before the current ratio is broken."""
    return assets / minimum - liabilities


def tangible_equity_headroom(tangible_equity: Any, *, minimum: Any) -> Any:
    """Tangible equity above its minimum."""
    return tangible_equity - minimum


def liabilities_headroom(liabilities: Any, tangible_equity: Any, *, maximum: Any) -> Any:
    """Further liabilities before their limit is broken; never below nothing without any liability (R-28)."""
    headroom = maximum * tangible_equity - liabilities
    return np.where(np.asarray(liabilities) == 0, np.maximum(0.0, headroom), headroom)


def current_ratio_complies(assets: Any, liabilities: Any, *, minimum: Any) -> Any:
    """Whether current assets are at least ``minimum`` times current liabilities (a)."""
    return complies(current_ratio_headroom(assets, liabilities, minimum=minimum), assets / minimum)


def tangible_equity_complies(tangible_equity: Any, *, minimum: Any) -> Any:
    """Whether tangible equity is at least its minimum (b)."""
    return complies(tangible_equity_headroom(tangible_equity, minimum=minimum), minimum)


def liabilities_comply(liabilities: Any, tangible_equity: Any, *, maximum: Any) -> Any:
    """Whether liabilities are within ``maximum`` times tangible equity (c); without any they are (R-28)."""
    headroom = liabilities_headroom(liabilities, tangible_equity, maximum=maximum)
    within = complies(headroom, maximum * tangible_equity) & (np.asarray(tangible_equity) > 0)
    return within | (np.asarray(liabilities) == 0)


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
    """Smallest new cash equity after which all three covenants hold (R-30); none for a covenant that does."""
    ratio = current_ratio_complies(current_assets, current_liabilities, minimum=min_ratio)
    equity = tangible_equity_complies(tangible_equity, minimum=min_equity)
    leverage = liabilities_comply(liabilities, tangible_equity, maximum=max_liabilities)
    for_ratio = np.where(ratio, 0.0, min_ratio * current_liabilities - current_assets)
    for_equity = np.where(equity, 0.0, min_equity - tangible_equity)
    for_leverage = np.where(leverage, 0.0, liabilities / max_liabilities - tangible_equity)
    return np.maximum(for_ratio, np.maximum(for_equity, for_leverage))
