"""Gold loan and hedging (8-K item 5(a), exhibit 10(d))."""

from __future__ import annotations

from typing import Annotated, Any

from drawstop.core import gold
from drawstop.functions.cells import DIV0, Number, require
from drawstop.functions.declare import DATE, METAL_PRICE, OUNCES, POSITIVE_AMOUNT, RATE, Arg, function
from drawstop.functions.loan import Basis, EndDate, StartDate, require_order

CATEGORY = "drawstop: Gold loan and hedging"
DAYS = Number("a number of days, zero or more", low=0.0)

Ounces = Annotated[Any, Arg("Gold, troy ounces", OUNCES)]
GoldPrice = Annotated[Any, Arg("Price of gold, dollars an ounce, London PM", METAL_PRICE)]
LeaseRate = Annotated[Any, Arg("Gold lease rate per year as a decimal", RATE)]


@function(CATEGORY, "8-K 5(a) Gold Loan")
def GOLD_LOAN_OUNCES(
    gold_price: GoldPrice,
    dollars: Annotated[Any, Arg("Amount converted, dollars", POSITIVE_AMOUNT, term="gold_loan.dollars")] = None,
) -> Any:
    """Ounces of a gold loan: the dollars at the London PM price of the day (R-19). Without dollars, its cap.

    >>> round(GOLD_LOAN_OUNCES(382.70), 4)
    50953.7497
    """
    return gold.loan_ounces(dollars, gold_price)


@function(CATEGORY, "8-K 5(a) Gold Loan")
def GOLD_LOAN_ALLOWED(
    as_of: Annotated[Any, Arg("Date of the conversion to gold", DATE)],
    commercial_production_date: Annotated[Any, Arg("Date of commercial production; blank: not yet", DATE)] = None,
) -> Any:
    """TRUE if the loan may be in gold: from the day of commercial production (R-20).

    >>> import datetime as dt
    >>> GOLD_LOAN_ALLOWED(dt.date(1997, 12, 31))
    False
    """
    return gold.loan_allowed(as_of, commercial_production_date)


@function(CATEGORY, "8-K 5(a) Gold Loan")
def GOLD_LOAN_INTEREST(
    ounces: Ounces,
    start_date: StartDate,
    end_date: EndDate,
    lease_rate: LeaseRate,
    margin: Annotated[Any, Arg("Margin over the lease rate, per year", RATE, term="gold_loan.margin")] = None,
    basis: Basis = None,
) -> Any:
    """Interest on a gold loan from start date to end date, in ounces (R-21).

    Errors:
        #NUM! end_date must not be before start_date

    >>> import datetime as dt
    >>> GOLD_LOAN_INTEREST(48000, dt.date(1997, 9, 30), dt.date(1997, 12, 29), 0.015)
    180.0
    """
    require_order(start_date, end_date)
    return gold.loan_interest(ounces, start_date, end_date, lease_rate=lease_rate, margin=margin, basis=basis)


@function(CATEGORY, "8-K 5(a) Gold Loan")
def GOLD_LOAN_EXPOSURE(
    ounces: Ounces,
    gold_price: GoldPrice,
    dollars_converted: Annotated[Any, Arg("Dollars that were converted to the ounces", POSITIVE_AMOUNT)],
) -> Any:
    """How much more a gold loan costs than the dollars would, dollars: ounces at the price less dollars converted.

    >>> GOLD_LOAN_EXPOSURE(50000, 400, 19.5e6)
    500000.0
    """
    return gold.loan_exposure(ounces, gold_price, dollars_converted)


@function(CATEGORY, "8-K 7(c) Exhibit 10(d)")
def GOLD_FORWARD(
    spot: Annotated[Any, Arg("Spot price of gold, dollars an ounce", METAL_PRICE)],
    usd_rate: Annotated[Any, Arg("Dollar rate per year as a decimal, simple over 360", RATE)],
    lease_rate: LeaseRate,
    days: Annotated[Any, Arg("Days to delivery", DAYS)],
) -> Any:
    """Forward price of gold, dollars an ounce: spot carried at the dollar rate, less the lease rate.

    Errors:
        #DIV/0! lease_rate is too far below 0 for this number of days

    >>> round(GOLD_FORWARD(382.70, 0.056875, 0.015, 90), 5)
    386.69142
    """
    require(1 + lease_rate * days / 360 > 0, DIV0, "lease_rate", "is too far below 0 for this number of days")
    return gold.forward_price(spot, usd_rate, lease_rate, days)


@function(CATEGORY, "8-K 7(c) Exhibit 10(d)")
def HEDGE_SETTLEMENT(
    ounces: Annotated[Any, Arg("Gold sold forward, troy ounces", OUNCES)],
    contract_price: Annotated[Any, Arg("Price agreed, dollars an ounce", METAL_PRICE)],
    spot: Annotated[Any, Arg("Price on the day of settlement, dollars an ounce", METAL_PRICE)],
) -> Any:
    """What a forward sale settles for, dollars, positive to the seller: ounces × (contract price − spot).

    >>> HEDGE_SETTLEMENT(76400, 347, 300)
    3590800.0
    """
    return gold.hedge_settlement(ounces, contract_price, spot)
