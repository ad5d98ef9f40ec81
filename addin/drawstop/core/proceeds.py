"""The Proceeds Account (8-K 5(a) Proceeds Account)."""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.dates import add_months, days_between


def limbs(
    formula_amount: Any, interest: Any, capex: Any, other: Any, *, floor: Any, interest_cap: Any
) -> tuple[Any, Any, Any, Any]:
    """The four limbs of the minimum balance, in dollars, as the clause numbers them."""
    return (
        np.maximum(floor, formula_amount),
        np.minimum(interest_cap, interest),
        capex,
        other,
    )


def minimum_balance(
    formula_amount: Any, interest: Any, capex: Any, other: Any, *, floor: Any, interest_cap: Any
) -> Any:
    """Minimum balance of the Proceeds Account, in dollars (8-K 5(a) Proceeds Account).

    All arguments are dollars, not negative, and broadcast; the flows are those of the following three months.

    >>> float(minimum_balance(2.1e6, 360e3, 400e3, 150e3, floor=1.5e6, interest_cap=250e3))
    2900000.0
    """
    return (
        np.maximum(floor, formula_amount)  # (I)   the greater of the floor and the formula amount
        + np.minimum(interest_cap, interest)  # (II)  the lesser of the cap and interest payable
        + capex  # (III) scheduled capital expenditures
        + other  # (IV)  any other payments due to the Lender
    )


def due_within(as_of: Any, dates: Any, amounts: Any, *, months: Any) -> Any:
    """Sum of the amounts that fall due after ``as_of`` and up to the end of the window (R-02).

    ``as_of`` and ``months`` broadcast; ``dates`` and ``amounts`` are one series, and ``amounts`` may have a further
    axis, scenarios say.
    """
    last = add_months(as_of, months)
    inside = (dates > np.asarray(as_of)[..., None]) & (dates <= last[..., None])
    return inside.astype(np.float64) @ np.asarray(amounts, dtype=np.float64)


def present_value(as_of: Any, dates: Any, flows: Any, *, rate: Any, last: Any = None) -> Any:
    """Flows after ``as_of``, up to ``last`` if given, discounted by days over 365 at an annual rate.

    ``as_of``, ``rate`` and ``last`` broadcast; ``dates`` and ``flows`` are one series, and ``flows`` may have a further
    axis, scenarios say.
    """
    as_of = np.asarray(as_of)[..., None]
    inside = dates > as_of
    if last is not None:
        inside = inside & (dates <= np.asarray(last)[..., None])
    years = np.where(inside, days_between(as_of, dates), 0.0) / 365
    discount = (1.0 + np.asarray(rate)[..., None]) ** -years
    return np.where(inside, discount, 0.0) @ np.asarray(flows, dtype=np.float64)


def formula_amount(as_of: Any, dates: Any, net_cash_flows: Any, *, discount_rate: Any, share: Any) -> Any:
    """Formula amount of limb (I): a share of the present value of future net cash flow, never negative (R-03)."""
    return share * np.maximum(0.0, present_value(as_of, dates, net_cash_flows, rate=discount_rate))


def shortfall(balance: Any, minimum: Any) -> Any:
    """What the account lacks of its minimum balance."""
    return np.maximum(0.0, minimum - balance)


def available(
    balance: Any, minimum: Any, as_of: Any, completion: Any, *, parent_interest_due: Any, in_default: Any
) -> Any:
    """What may leave the account for corporate purposes (8-K 5(a) Withdrawals, R-04, R-05)."""
    excess = np.maximum(0.0, balance - minimum)
    complete = as_of >= completion  # NaT, not yet complete, compares as False
    allowed = np.where(complete, excess, np.minimum(parent_interest_due, excess))
    return np.where(in_default, 0.0, allowed)
