"""The loan in ounces, and hedging (8-K 5(a) Gold Loan, 8-K 7(c) Exhibit 10(d)).

Prices are dollars an ounce. Units, shapes and errors: :mod:`drawstop.core`.
"""

from __future__ import annotations

from typing import Any

from drawstop.core.dates import year_fraction


def loan_ounces(dollars: Any, price: Any) -> Any:
    """Ounces that an amount of dollars converts to at the London price of the day (R-19).

    >>> round(loan_ounces(19.5e6, 382.70), 4)
    50953.7497
    """
    return dollars / price


def loan_allowed(as_of: Any, commercial_production: Any) -> Any:
    """Whether the loan may be in gold: from commercial production on, that day included (R-20).

    >>> import numpy as np
    >>> production = np.array(["1997-09-30", "1997-10-01", "NaT"], "datetime64[D]")
    >>> loan_allowed(np.datetime64("1997-09-30"), production).tolist()
    [True, False, False]
    """
    return as_of >= commercial_production


def loan_interest(ounces: Any, start: Any, stop: Any, *, lease_rate: Any, margin: Any, basis: Any) -> Any:
    """Interest from start to stop in ounces, at the lease rate and a margin over it (R-21).

    Ten days at 3 %:

    >>> import numpy as np
    >>> start, stop = np.array(["1996-07-11", "1996-07-21"], "datetime64[D]")
    >>> round(float(loan_interest(36_000.0, start, stop, lease_rate=0.02, margin=0.01, basis="ACT/360")), 9)
    30.0
    """
    return ounces * (lease_rate + margin) * year_fraction(start, stop, basis)


def loan_exposure(ounces: Any, price: Any, dollars: Any) -> Any:
    """How much more the ounces cost at today's price than the dollars converted into them, dollars.

    >>> loan_exposure(50_000.0, 400.0, 19.5e6)
    500000.0
    """
    return ounces * price - dollars


def forward_price(spot: Any, usd_rate: Any, lease_rate: Any, days: Any) -> Any:
    """Forward price of gold, dollars an ounce: spot carried at the dollar rate, less the lease rate.

    Both rates are simple, by days over 360.

    >>> round(forward_price(382.70, 0.056875, 0.015, 90), 5)  # 382.70 × 1.01421875 ÷ 1.00375
    386.69142
    """
    return spot * (1.0 + usd_rate * days / 360) / (1.0 + lease_rate * days / 360)


def hedge_settlement(ounces: Any, contract_price: Any, spot: Any) -> Any:
    """What a forward sale pays its seller above the spot price, dollars; negative if the seller loses by it.

    >>> hedge_settlement(1000.0, 400.0, 380.0)
    20000.0
    """
    return ounces * (contract_price - spot)
