"""Convertible note (8-K item 5(a))."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from drawstop.core import note
from drawstop.core.convertible import convertible_value
from drawstop.functions.cells import DIV0, NA, NUM, CellError, Fraction, Number, require
from drawstop.functions.declare import DATE, FACTOR, FLAG, POSITIVE_AMOUNT, PRICE, RATE, SHARES, Arg, function
from drawstop.functions.loan import Basis, EndDate, Libor, StartDate, require_order

CATEGORY = "drawstop: Convertible note"
DAYS = Number("a whole number of days, 1 or more", low=1, whole=True)

NOT_NEGATIVE_PRICE = Number("a price, zero or more", low=0.0)
VOLATILITY = Fraction("a volatility as a decimal (0.60), from 0 to 5", low=0.0, high=5.0)
YEARS = Number("a number of years from 0 to 100", low=0.0, high=100.0)
YIELD = Fraction("a rate as a decimal, from 0 to 1", low=0.0, high=1.0)
FREQUENCY = Number("a whole number from 1 to 12", low=1, high=12, whole=True)
MAX_STEPS = 2**17  # over all cells of one call, so that it ends within seconds
STEPS = Number("a whole number from 1 to 5,000", low=1, high=5000, whole=True)

NotePrincipal = Annotated[Any, Arg("Principal of the note, dollars", POSITIVE_AMOUNT, term="note.principal")]
ConversionPrice = Annotated[Any, Arg("Conversion price, dollars a share", PRICE, term="note.conversion_price")]
Trigger = Annotated[
    Any, Arg("Price that the closes must exceed, dollars a share", PRICE, term="forced_conversion.trigger")
]
Dates = Annotated[Any, Arg("Dates of the closes, a row or a column", DATE, role="series", unique=True)]
Closes = Annotated[
    Any,
    Arg("Closing prices, dollars a share; blank: no trading that day", PRICE, role="series", skip_blank=True),
]
NewShares = Annotated[Any, Arg("New shares", SHARES)]
Outstanding = Annotated[Any, Arg("Shares outstanding before the new ones", SHARES)]


@function(CATEGORY, "8-K 5(a) Convertible Note")
def CONVERSION_SHARES(principal: NotePrincipal = None, conversion_price: ConversionPrice = None) -> Any:
    """Whole shares that the note converts into (R-22).

    >>> CONVERSION_SHARES()
    735294.0
    """
    return note.conversion_shares(principal, conversion_price)


@function(CATEGORY, "8-K 5(a) Convertible Note")
def CONVERSION_VALUE(
    principal: Annotated[Any, Arg("Principal of the note, dollars", POSITIVE_AMOUNT)],
    share_price: Annotated[Any, Arg("Market price, dollars a share", PRICE)],
    conversion_price: ConversionPrice = None,
) -> Any:
    """The whole shares that the note converts into, at the market price, dollars.

    >>> CONVERSION_VALUE(2.5e6, 4)
    2941176.0
    """
    return note.conversion_shares(principal, conversion_price) * share_price


@function(CATEGORY, "8-K 5(a) Forced Conversion")
def FORCED_CONVERSION(
    dates: Dates,
    closes: Closes,
    trigger: Trigger = None,
    days: Annotated[Any, Arg("Consecutive trading days", DAYS, term="forced_conversion.days")] = None,
    in_default: Annotated[
        Any, Arg("Whether the note is in default: one flag, or one beside each date", FLAG, many=True)
    ] = False,
) -> Any:
    """First date on which the Company may require conversion; #N/A if it may not yet.

    That many consecutive trading days have closed strictly above the trigger, and the note is not in default that
    day; a default blocks the day, not the run (R-23).

    Errors:
        #N/A closes never stayed above the trigger for that number of days without a default

    >>> import datetime as dt
    >>> days = [dt.date(1996, 7, 15), dt.date(1996, 7, 16), dt.date(1996, 7, 17)]
    >>> FORCED_CONVERSION(days, [4.80, 4.76, 4.75], 4.75, 2)
    datetime.date(1996, 7, 16)
    """
    first = note.forced_conversion(dates, closes, in_default, trigger=trigger, days=days)
    require(~np.isnat(first), NA, "closes", "never stayed above the trigger for that number of days without a default")
    return first


@function(CATEGORY, "8-K 5(a) Forced Conversion")
def FORCED_CONVERSION_RUN(dates: Dates, closes: Closes, trigger: Trigger = None) -> Any:
    """Consecutive trading days that have closed above the trigger, up to the last close.

    >>> import datetime as dt
    >>> days = [dt.date(1996, 7, 15), dt.date(1996, 7, 16), dt.date(1996, 7, 17)]
    >>> FORCED_CONVERSION_RUN(days, [4.80, 4.70, 4.90])
    1.0
    """
    del dates  # which are needed only to put the closes in order
    return note.closes_above(closes, trigger)[..., -1].astype(np.float64) if len(closes) else 0.0


@function(CATEGORY, "8-K 5(a) Convertible Note")
def CONVERSION_PRICE_SPLIT(
    price: Annotated[Any, Arg("Conversion price before, dollars a share", PRICE)],
    shares_before: Annotated[Any, Arg("Shares before the split or stock dividend", FACTOR)],
    shares_after: Annotated[Any, Arg("Shares after it", FACTOR)],
) -> Any:
    """Conversion price after a split or stock dividend, dollars a share (R-26).

    >>> CONVERSION_PRICE_SPLIT(3.40, 1, 2)
    1.7
    """
    return note.price_after_split(price, shares_before, shares_after)


@function(CATEGORY, "8-K 5(a) Convertible Note")
def CONVERSION_PRICE_DILUTED(
    price: Annotated[Any, Arg("Conversion price before, dollars a share", PRICE)],
    outstanding: Outstanding,
    new_shares: NewShares,
    new_price: Annotated[
        Any, Arg("Price of the new shares, dollars a share", Number("a price, zero or more", low=0.0))
    ],
) -> Any:
    """Conversion price after an issue below it, by the weighted average, dollars a share; never above the price (R-26).

    Errors:
        #DIV/0! outstanding must not be 0 without new shares

    >>> CONVERSION_PRICE_DILUTED(3.40, 16_000_000, 4_000_000, 1.70)
    3.06
    """
    require(outstanding + new_shares > 0, DIV0, "outstanding", "must not be 0 without new shares")
    return note.price_after_issue(price, outstanding, new_shares, new_price)


@function(CATEGORY, "8-K 5(a) Convertible Note")
def DILUTION(new_shares: NewShares, outstanding: Outstanding) -> Any:
    """Share of the company that the new shares represent, as a decimal.

    Errors:
        #DIV/0! outstanding must not be 0 without new shares

    >>> DILUTION(1_000_000, 15_000_000)
    0.0625
    """
    require(outstanding + new_shares > 0, DIV0, "outstanding", "must not be 0 without new shares")
    return note.dilution(new_shares, outstanding)


@function(CATEGORY, "8-K 5(a) Convertible Note")
def CONVERTIBLE_VALUE(
    principal: Annotated[Any, Arg("Principal of the note, dollars", POSITIVE_AMOUNT)],
    share_price: Annotated[Any, Arg("Market price, dollars a share", NOT_NEGATIVE_PRICE)],
    volatility: Annotated[Any, Arg("Volatility of the share per year as a decimal", VOLATILITY)],
    years: Annotated[Any, Arg("Years to maturity, may be fractional", YEARS)],
    risk_free: Annotated[Any, Arg("Riskless rate per year, continuously compounded", RATE)],
    credit_spread: Annotated[Any, Arg("Credit spread of the Company per year, continuously compounded", RATE)],
    coupon: Annotated[Any, Arg("Coupon per year as a decimal", RATE)],
    conversion_price: ConversionPrice = None,
    frequency: Annotated[Any, Arg("Coupons a year", FREQUENCY, term="note.frequency")] = None,
    trigger: Annotated[
        Any, Arg("The Company may convert after a run of closes above this, dollars a share; blank: it may not", PRICE)
    ] = None,
    dividend_yield: Annotated[Any, Arg("Dividend yield per year, continuously compounded", YIELD)] = 0.0,
    steps: Annotated[Any, Arg("Steps of the valuation, at most 5,000", STEPS)] = 500.0,
    trigger_days: Annotated[
        Any, Arg("Consecutive trading days above the trigger, 252 a year", DAYS, term="forced_conversion.days")
    ] = None,
) -> Any:
    """Value of the convertible note to the Lender, dollars, accrued interest included.

    Convertible at any time into principal ÷ conversion price shares. With a trigger, the Company converts once the
    share has closed above it on that many consecutive trading days, starting the day after the valuation (R-24).

    The part taken in shares is discounted at the riskless rate, the part paid in cash with the spread as well
    (Tsiveriotis and Fernandes). QuantLib's convertible differs by up to a few dollars in 100 when the spread is
    large: it discounts each node at one rate, blended by the probability of conversion.

    Errors:
        #NUM! steps come to … over all cells: at most 131,072

    >>> round(CONVERTIBLE_VALUE(100, 36, 0.2, 5, 0.06, 0.005, 0.05, 36, 1, None, 0.02), 1)
    117.0
    """
    arguments = (
        principal, share_price, volatility, years, risk_free, credit_spread, coupon,
        conversion_price, frequency, trigger, dividend_yield, steps, trigger_days,
    )  # fmt: skip
    work = np.broadcast_arrays(steps, *arguments)[0].sum()
    if work > MAX_STEPS:
        raise CellError(NUM, f"come to {work:,.0f} over all cells: at most {MAX_STEPS:,}", "steps", where=None)
    return np.vectorize(_convertible_value, otypes=[np.float64])(*arguments)


def _convertible_value(*cell: float) -> float:
    """One valuation; a trigger of NaN means no trigger."""
    *market, conversion_price, frequency, trigger, dividend_yield, steps, trigger_days = map(float, cell)
    try:
        return convertible_value(
            *market,
            conversion_price=conversion_price,
            frequency=frequency,
            trigger=None if math.isnan(trigger) else trigger,
            trigger_days=trigger_days,
            dividend_yield=dividend_yield,
            steps=int(steps),
        )
    except (OverflowError, ValueError, ZeroDivisionError):
        return math.nan  # beyond floating point: an error of this cell, not of its neighbours'


@function(CATEGORY, "8-K 5(a) Note Interest")
def NOTE_INTEREST(
    start_date: StartDate,
    end_date: EndDate,
    libor: Libor,
    principal: NotePrincipal = None,
    margin: Annotated[Any, Arg("Margin over LIBOR, per year", RATE, term="note.margin")] = None,
    basis: Basis = None,
) -> Any:
    """Interest on the parent's note from start date to end date, dollars, payable at least half-yearly (R-25).

    Errors:
        #NUM! end_date must not be before start_date

    >>> import datetime as dt
    >>> NOTE_INTEREST(dt.date(1996, 7, 11), dt.date(1996, 9, 30), 0.056875)
    43242.1875
    """
    require_order(start_date, end_date)
    return note.interest(start_date, end_date, libor, principal=principal, margin=margin, basis=basis)
