"""The convertible note on a binomial tree, cash and shares discounted apart (Tsiveriotis and Fernandes, 1998)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .around import coupon_times


def worth(v: Mapping[str, Any], *, trigger: float = math.inf, steps: int = 600) -> float:
    """The note with its option.

    The Lender converts whenever shares are worth more; the Company here as soon as the price is above the trigger, not
    after thirty days (R-24), which is the least that the note can be worth.

    Args:
        v: the note's figures by key.
        trigger: of forced conversion, US$ a share.
        steps: of the tree.
    """
    left, principal = float(v["note.years_left"]), float(v["note.principal"])
    parity, length = principal / float(v["note.conversion_price"]), left / steps
    up = math.exp(float(v["note.volatility"]) * math.sqrt(length))
    riskless = math.exp(float(v["note.risk_free"]) * length)
    chance, risky = (riskless - 1 / up) / (up - 1 / up), riskless * math.exp(float(v["note.spread"]) * length)
    coupon = principal * float(v["note.coupon"]) / float(v["note.frequency"])
    paid = {round(time / length) for time in coupon_times(left, float(v["note.frequency"]))}
    shares, cash = np.zeros(steps + 2), np.full(steps + 2, principal * risky)
    for step in range(steps, -1, -1):
        shares = (chance * shares[1:] + (1 - chance) * shares[:-1]) / riskless
        cash = (chance * cash[1:] + (1 - chance) * cash[:-1]) / risky
        cash += coupon * (step in paid)  # who converts gives it up
        spot = float(v["note.share_price"]) * up ** (2.0 * np.arange(step + 1) - step)
        converts = (spot > trigger) | (parity * spot > shares + cash)
        shares, cash = np.where(converts, parity * spot, shares), np.where(converts, 0.0, cash)
    return float(shares[0] + cash[0])


def raised(v: Mapping[str, Any]) -> float:
    """The trigger that, touched once, stands for a run of closes above the Company's.

    A run of closes ends, on average, as far above its trigger as the price moves in the run's time: a trigger that is
    higher by 1.15 of that move gives the value of the run to a tenth of a per cent, by a simulation of daily closes.
    """
    run = float(v["note.volatility"]) * math.sqrt(float(v["forced_conversion.days"]) / 252)
    return float(v["forced_conversion.trigger"]) * math.exp(1.15 * run)
