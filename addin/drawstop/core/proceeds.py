"""The Proceeds Account (8-K 5(a) Proceeds Account).

Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from drawstop.core.dates import add_months, days_between


def limbs(
    formula_amount: Any, interest: Any, capex: Any, other: Any, *, floor: Any, interest_cap: Any
) -> tuple[Any, Any, Any, Any]:
    """The four limbs of the minimum balance, in dollars, as the clause numbers them.

    Arguments are those of :func:`minimum_balance`.

    >>> [float(limb) for limb in limbs(2.1e6, 360e3, 400e3, 150e3, floor=1.5e6, interest_cap=250e3)]
    [2100000.0, 250000.0, 400000.0, 150000.0]
    """
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

    All arguments are dollars, not negative, and broadcast; the flows are those of the following three months. Interest
    above the cap is not among the other payments (R-01).

    >>> float(minimum_balance(2.1e6, 360e3, 400e3, 150e3, floor=1.5e6, interest_cap=250e3))
    2900000.0
    """
    # not the sum of limbs(): that keeps limbs (I) and (II) until the end, and takes a quarter longer over arrays
    return (
        np.maximum(floor, formula_amount)  # (I)   the greater of the floor and the formula amount
        + np.minimum(interest_cap, interest)  # (II)  the lesser of the cap and interest payable
        + capex  # (III) scheduled capital expenditures
        + other  # (IV)  any other payments due to the Lender
    )


def due_within(as_of: Any, dates: Any, amounts: Any, *, months: Any) -> Any:
    """Sum of the amounts that fall due after ``as_of`` and up to the end of the window, dollars (R-02).

    ``as_of`` and ``months`` broadcast; ``dates`` and ``amounts`` are one series, and ``amounts`` may have a further
    axis, such as scenarios.

    >>> dates = np.array(["1996-09-30", "1996-12-31", "1997-01-01"], "datetime64[D]")
    >>> float(due_within(np.datetime64("1996-09-30"), dates, [1.0, 10.0, 100.0], months=3))
    10.0
    """
    last = add_months(as_of, months)
    inside = (dates > np.asarray(as_of)[..., None]) & (dates <= last[..., None])
    return inside.astype(np.float64) @ np.asarray(amounts, dtype=np.float64)


def present_value(as_of: Any, dates: Any, flows: Any, *, rate: Any, last: Any = None) -> Any:
    """Flows after ``as_of``, up to ``last`` if given, discounted by days over 365 at an annual rate, dollars.

    ``as_of``, ``rate`` and ``last`` broadcast; ``dates`` and ``flows`` are one series, and ``flows`` may have a further
    axis, such as scenarios.

    >>> dates = np.array(["1996-09-30", "1997-09-30"], "datetime64[D]")  # the first no longer counts
    >>> round(float(present_value(np.datetime64("1996-09-30"), dates, [7e6, 11e6], rate=0.1)), 4)
    10000000.0
    """
    as_of = np.asarray(as_of)[..., None]
    inside = dates > as_of
    if last is not None:
        inside = inside & (dates <= np.asarray(last)[..., None])
    years = np.where(inside, days_between(as_of, dates), 0.0) / 365
    discount = (1.0 + np.asarray(rate)[..., None]) ** -years
    return np.where(inside, discount, 0.0) @ np.asarray(flows, dtype=np.float64)


def formula_amount(as_of: Any, dates: Any, net_cash_flows: Any, *, discount_rate: Any, share: Any) -> Any:
    """Formula amount of limb (I), dollars: a share of the present value of future net cash flow, not below 0 (R-03).

    Arguments and shapes are those of :func:`present_value`; ``share`` is a part and broadcasts.

    2m ÷ 1.1^(92/365) + 3m ÷ 1.1^(273/365):

    >>> dates = np.array(["1996-12-31", "1997-06-30"], "datetime64[D]")
    >>> amount = formula_amount(np.datetime64("1996-09-30"), dates, [2e6, 3e6], discount_rate=0.1, share=1.0)
    >>> round(float(amount), 4)
    4746110.1375
    """
    return share * np.maximum(0.0, present_value(as_of, dates, net_cash_flows, rate=discount_rate))


def shortfall(balance: Any, minimum: Any) -> Any:
    """How far the account is below its minimum balance, dollars; 0 if it is not.

    >>> float(shortfall(7_484_000.0, 8_984_000.0))
    1500000.0
    """
    return np.maximum(0.0, minimum - balance)


def available(
    balance: Any, minimum: Any, as_of: Any, completion: Any, *, parent_interest_due: Any, in_default: Any
) -> Any:
    """What may be withdrawn for corporate purposes, dollars (8-K 5(a) Withdrawals).

    From Completion, everything above the minimum; before it only interest due on the parent's note, and only from what
    exceeds the minimum (R-04); nothing in default (R-05).

    >>> as_of, completion = np.array(["1997-11-14", "1997-11-15"], "datetime64[D]"), np.datetime64("1997-11-15")
    >>> available(3e6, 2.9e6, as_of, completion, parent_interest_due=60e3, in_default=False).tolist()
    [60000.0, 100000.0]
    """
    excess = np.maximum(0.0, balance - minimum)
    complete = as_of >= completion  # NaT, not yet complete, compares as False
    allowed = np.where(complete, excess, np.minimum(parent_interest_due, excess))
    return np.where(in_default, 0.0, allowed)
