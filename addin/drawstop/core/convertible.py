"""Value of the convertible note when its issuer may default (8-K 5(a) Convertible Note, Forced Conversion, R-24).

The model is that of K. Tsiveriotis and C. Fernandes, "Valuing Convertible Bonds with Credit Risk", Journal of Fixed
Income 8(2), 1998. The value V is split into B, which will be paid in cash and bears the issuer's credit spread s, and
E = V − B, which will be taken in shares and does not. With share price S, volatility σ, risk-free rate r and dividend
yield q, between coupons::

    ∂V/∂t + σ²S²/2 ∂²V/∂S² + (r − q) S ∂V/∂S − r (V − B) − (r + s) B = 0
    ∂B/∂t + σ²S²/2 ∂²B/∂S² + (r − q) S ∂B/∂S − (r + s) B = 0

V is never below the conversion value C = S × principal ÷ conversion price: where it would be, the note converts, and
V = C, B = 0. The same holds when the Company requires it. On a coupon date a note that has not converted pays
the coupon, and V and B fall by it: a holder who converts gives it up. At maturity V = max(principal + coupon, C).

The equations are solved backwards for E − C and B, whose sum is the gain of waiting over converting at once:
:mod:`drawstop.core.convertible_free` for a note that only its holder can convert, and
:mod:`drawstop.core.convertible_forced` for one that the Company can convert after a run of closes above a trigger.
"""

from __future__ import annotations

from drawstop.core import convertible_forced, convertible_free
from drawstop.core.convertible_terms import Note


def convertible_value(
    principal: float,
    share_price: float,
    volatility: float,
    years: float,
    risk_free: float,
    credit_spread: float,
    coupon: float,
    *,
    conversion_price: float,
    frequency: float,
    trigger: float | None,
    trigger_days: float,
    dividend_yield: float,
    steps: int,
) -> float:
    """Value of the note to the Lender in dollars, accrued interest included (8-K 5(a) Convertible Note, R-24).

    Args:
        principal: Dollars; they convert at any time into ``principal / conversion_price`` shares, not rounded.
        share_price: Dollars a share, not negative.
        volatility: Of the share price, per year, not negative.
        years: To maturity, not negative; at 0 no coupon is left.
        risk_free: Rate, continuously compounded.
        credit_spread: Of the issuer over ``risk_free``, continuously compounded.
        coupon: Part of principal per year, of which ``1 / frequency`` is paid at maturity and every ``1 / frequency``
            year before it; none falls within a day of the valuation.
        conversion_price: Dollars a share.
        frequency: Coupons a year.
        trigger: Dollars a share; the Company converts after ``trigger_days`` closes in a row above it. None if it may
            not.
        trigger_days: Trading days, of which a year has 252; the first close that counts is the next trading day's.
        dividend_yield: Of the share, continuously compounded, not negative.
        steps: More steps are slower and more accurate. Without a trigger, 500 steps usually give an error far below a
            cent in 100 dollars, and at most two cents, unless the coupons are worth less than the spread costs:
            rounding may then decide between converting and waiting for the next coupon, and the model has no stable
            value. With a trigger the error is a few cents, usually below ten.

    With neither spread nor coupon the note is worth a bond, 74.08, and a call on its shares, 31.61 by Black & Scholes:

    >>> terms = {"conversion_price": 36, "frequency": 1, "dividend_yield": 0, "steps": 500, "trigger_days": 30}
    >>> round(convertible_value(100, 36, 0.2, 5, 0.06, 0, 0, trigger=None, **terms), 2)
    105.7

    Less if the Company can require conversion:

    >>> round(convertible_value(100, 36, 0.2, 5, 0.06, 0, 0, trigger=45, **terms), 1)
    104.9
    """
    parity = share_price / conversion_price
    if years == 0:
        return principal * max(1.0, parity)
    note = Note(parity, years, coupon / frequency, frequency, volatility, risk_free, credit_spread, dividend_yield)
    straight = note.straight_value()
    if parity == 0:
        return principal * straight
    if trigger is not None and convertible_forced.within_reach(note, trigger / conversion_price, trigger_days):
        gain = convertible_forced.gain(note, trigger / conversion_price, trigger_days, steps)
        least = parity
    else:
        gain = convertible_free.gain(note, steps)
        least = max(parity, straight)
    return principal * min(max(parity + gain, least), parity + straight)  # an approximation may overshoot
