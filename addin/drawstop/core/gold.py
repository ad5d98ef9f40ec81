"""The loan in ounces, and hedging (8-K 5(a) Gold Loan, exhibit 10(d))."""

from __future__ import annotations

from typing import Any

from drawstop.core.dates import year_fraction


def loan_ounces(dollars: Any, price: Any) -> Any:
    """Ounces that an amount of dollars converts to at the London price (R-19)."""
    return dollars / price


def loan_allowed(as_of: Any, commercial_production: Any) -> Any:
    """Whether the loan may be in gold: from commercial production on (R-20)."""
    return as_of >= commercial_production


def loan_interest(ounces: Any, start: Any, stop: Any, *, lease_rate: Any, margin: Any, basis: str) -> Any:
    """Interest in ounces (R-21)."""
    return ounces * (lease_rate + margin) * year_fraction(start, stop, basis)


def loan_exposure(ounces: Any, price: Any, dollars: Any) -> Any:
    """What the ounces cost more, at today's price, than the dollars they stand for."""
    return ounces * price - dollars


def forward_price(spot: Any, usd_rate: Any, lease_rate: Any, days: Any) -> Any:
    """Forward price of gold: spot carried at the dollar rate and less the lease rate, both simple over 360."""
    return spot * (1.0 + usd_rate * days / 360) / (1.0 + lease_rate * days / 360)


def hedge_settlement(ounces: Any, contract_price: Any, spot: Any) -> Any:
    """What a forward sale pays its seller over the spot price."""
    return ounces * (contract_price - spot)
