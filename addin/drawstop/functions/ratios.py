"""Lender's ratios and cash."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from drawstop.core import ratios
from drawstop.functions.cells import DIV0, NUM, VALUE, Number, Text, require
from drawstop.functions.declare import AMOUNT, DATE, FACTOR, OUNCES, POSITIVE_AMOUNT, RATE, Arg, function

CATEGORY = "drawstop: Ratios and cash"
DEBT = Number("a number of US dollars, zero or more", low=0.0)
RANK = Number("a rank, the lowest paid first")

AsOf = Annotated[Any, Arg("As-of date; cash on that date does not count", DATE)]
Dates = Annotated[Any, Arg("Dates of the cash, a row or a column", DATE, role="series")]
CashAvailable = Annotated[Any, Arg("Cash available for debt service, dollars, beside the dates", AMOUNT, role="series")]
Rate = Annotated[Any, Arg("Discount rate per year as a decimal", RATE)]
Debt = Annotated[Any, Arg("Debt outstanding, dollars", DEBT)]
Maturity = Annotated[Any, Arg("Date of the last instalment", DATE)]
CashAtHand = Annotated[Any, Arg("Cash on hand that counts, dollars", AMOUNT)]


@function(CATEGORY, "Lender's ratios")
def DSCR(
    cash_available: Annotated[Any, Arg("Cash available for debt service in the period, dollars", AMOUNT)],
    debt_service: Annotated[Any, Arg("Interest, principal and fees of the period, dollars", DEBT)],
) -> Any:
    """Debt service cover ratio: cash available over debt service; #DIV/0! if there is no debt service.

    Errors:
        #DIV/0! debt_service must not be 0

    >>> DSCR(4.2e6, 3e6)
    1.4
    """
    require(debt_service != 0, DIV0, "debt_service", "must not be 0")
    return cash_available / debt_service


@function(CATEGORY, "Lender's ratios")
def LLCR(
    as_of: AsOf,
    dates: Dates,
    cash_available: CashAvailable,
    rate: Rate,
    debt: Debt,
    maturity: Maturity,
    cash: CashAtHand = 0.0,
) -> Any:
    """Loan life cover ratio: discounted cash after the as-of date and up to maturity, plus cash on hand, over debt.

    Discounted by days over 365 at an annual rate; #DIV/0! if there is no debt. A maturity before the as-of date is
    #NUM!: the loan has ended.

    Errors:
        #DIV/0! debt must not be 0
        #NUM! maturity must not be before as_of

    >>> import datetime as dt
    >>> year_ends = [dt.date(1997, 12, 31), dt.date(1998, 12, 31)]
    >>> round(LLCR(dt.date(1996, 12, 31), year_ends, [11e6, 11e6], 0.1, 5e6, dt.date(1998, 6, 30)), 6)
    2.0
    """
    require(debt != 0, DIV0, "debt", "must not be 0")
    require(maturity >= as_of, NUM, "maturity", "must not be before as_of")
    return ratios.loan_life_cover(as_of, dates, cash_available, rate=rate, debt=debt, cash=cash, maturity=maturity)


@function(CATEGORY, "Lender's ratios")
def PLCR(
    as_of: AsOf, dates: Dates, cash_available: CashAvailable, rate: Rate, debt: Debt, cash: CashAtHand = 0.0
) -> Any:
    """Project life cover ratio: like LLCR, but to the end of the project.

    Errors:
        #DIV/0! debt must not be 0

    >>> import datetime as dt
    >>> year_ends = [dt.date(1997, 12, 31), dt.date(1998, 12, 31)]
    >>> round(PLCR(dt.date(1996, 12, 31), year_ends, [11e6, 12.1e6], 0.1, 5e6), 6)
    4.0
    """
    require(debt != 0, DIV0, "debt", "must not be 0")
    return ratios.loan_life_cover(as_of, dates, cash_available, rate=rate, debt=debt, cash=cash)


@function(CATEGORY, "Lender's ratios")
def RESERVE_TAIL(
    maturity: Maturity,
    dates: Annotated[Any, Arg("Dates of production, a row or a column", DATE, role="series")],
    ounces: Annotated[Any, Arg("Ounces produced, beside the dates", OUNCES, role="series")],
) -> Any:
    """Reserve tail: the share of all ounces that is produced after maturity.

    Errors:
        #DIV/0! ounces sum to 0: there is nothing to take a part of

    >>> import datetime as dt
    >>> RESERVE_TAIL(dt.date(2000, 12, 31), [dt.date(2000, 6, 30), dt.date(2001, 6, 30)], [60000, 20000])
    0.25
    """
    require(ounces.sum() > 0, DIV0, "ounces", "sum to 0: there is nothing to take a part of")
    return ratios.reserve_tail(maturity, dates, ounces)


@function(CATEGORY, "Lender's ratios")
def DEBT_CAPACITY(
    as_of: AsOf,
    dates: Dates,
    cash_available: CashAvailable,
    rate: Rate,
    dscr: Annotated[Any, Arg("Target cover", FACTOR)],
    maturity: Annotated[Any, Arg("Last date of the cash that counts; blank: all cash counts", DATE)] = None,
) -> Any:
    """Debt that the cash after the as-of date supports at a target cover, dollars: discounted cash over the cover.

    With a maturity, only cash up to that date counts.

    Errors:
        #NUM! maturity must not be before as_of

    >>> import datetime as dt
    >>> round(DEBT_CAPACITY(dt.date(1997, 1, 1), [dt.date(1998, 1, 1)], [11e6], 0.1, 1.25), 6)
    8000000.0
    """
    require(~(maturity < as_of), NUM, "maturity", "must not be before as_of")
    return ratios.debt_capacity(as_of, dates, cash_available, rate=rate, dscr=dscr, maturity=maturity)


@function(CATEGORY, "Lender's ratios", spills=True)
def CASH_WATERFALL(
    cash: Annotated[Any, Arg("Cash to distribute, dollars", AMOUNT)],
    claims: Annotated[
        Any,
        Arg(
            "Claims: a table of name, amount due and rank, lowest paid first; without ranks, in the order of the rows",
            AMOUNT,
            role="table",
            columns=(("name", Text("a name")), ("due", POSITIVE_AMOUNT), ("rank", RANK)),
            spare=1,
        ),
    ],
) -> Any:
    """Cash distributed in order of priority, dollars: a header, a row for each claim, and last what is left.

    Claims of equal rank share what is left for them in proportion to what is due. The column Paid, including what
    is left, sums to the cash.

    Errors:
        #VALUE! claims is blank: it must hold names and amounts
        #VALUE! claims must have a rank in every row, or in none

    >>> CASH_WATERFALL(100, [["Interest", 60], ["Principal", 70]])[1:]
    [['Interest', 60.0, 60.0, 0.0], ['Principal', 70.0, 40.0, 30.0], ['Left', '', 0.0, '']]
    """
    names, due, rank = claims
    require(len(names) > 0, VALUE, "claims", "is blank: it must hold names and amounts")
    ranked = ~np.isnan(rank)
    require(ranked.all() or not ranked.any(), VALUE, "claims", "must have a rank in every row, or in none")
    paid = ratios.waterfall(cash, due, rank if ranked.any() else np.arange(len(due)))
    header = ("Claim", "Due", "Paid", "Unpaid")
    left = min(cash, 0.0)  # a claim not paid in full has used up the cash
    if (paid == due).all():
        left = max(left, np.subtract.reduce(np.r_[cash, paid]))
    return [header, *zip(names, due, paid, due - paid, strict=True), ("Left", "", left, "")]
