"""Proceeds Account (8-K item 5(a))."""

from __future__ import annotations

from typing import Annotated, Any

from drawstop.core import proceeds
from drawstop.functions.cells import Fraction, Number
from drawstop.functions.declare import AMOUNT, DATE, FLAG, POSITIVE_AMOUNT, RATE, Arg, function

CATEGORY = "drawstop: Proceeds Account"
PART = Fraction("a share from 0 to 10", low=0.0, high=10.0)
MONTHS = Number("a whole number of months from 0 to 12,000", low=0, high=12_000, whole=True)

FormulaAmount = Annotated[Any, Arg("Formula amount of limb (I), dollars, not negative", POSITIVE_AMOUNT)]
Interest3m = Annotated[
    Any, Arg("Interest on the term loan due in the following three months, dollars", POSITIVE_AMOUNT)
]
Capex3m = Annotated[Any, Arg("Capital expenditure scheduled for the following three months, dollars", POSITIVE_AMOUNT)]
Other3m = Annotated[
    Any,
    Arg(
        "Other payments to the Lender in the following three months: principal, fees, hedges, dollars",
        POSITIVE_AMOUNT,
    ),
]
Floor = Annotated[Any, Arg("Floor of limb (I), dollars", POSITIVE_AMOUNT, term="proceeds_account.floor")]
InterestCap = Annotated[
    Any, Arg("Cap on interest in limb (II), dollars", POSITIVE_AMOUNT, term="proceeds_account.interest_cap")
]
Balance = Annotated[Any, Arg("Balance of the Proceeds Account, dollars", AMOUNT)]
Minimum = Annotated[Any, Arg("Required minimum balance, dollars, not negative", POSITIVE_AMOUNT)]
AsOf = Annotated[Any, Arg("As-of date; amounts due on it count as paid", DATE)]


@function(CATEGORY, "8-K 5(a) Proceeds Account")
def PROCEEDS_MIN(
    formula_amount: FormulaAmount,
    interest_3m: Interest3m,
    capex_3m: Capex3m,
    other_3m: Other3m,
    floor: Floor = None,
    interest_cap: InterestCap = None,
) -> Any:
    """Required minimum balance of the Proceeds Account, dollars: the sum of its four limbs.

    The greater of floor and formula amount, plus interest up to its cap, plus capital expenditure, plus other
    payments to the Lender. Interest above the cap is not among the other payments (R-01).

    >>> PROCEEDS_MIN(2.1e6, 360e3, 400e3, 150e3)
    2900000.0
    """
    return proceeds.minimum_balance(
        formula_amount, interest_3m, capex_3m, other_3m, floor=floor, interest_cap=interest_cap
    )


@function(CATEGORY, "8-K 5(a) Proceeds Account", spills=True)
def PROCEEDS_MIN_ITEMS(
    formula_amount: FormulaAmount,
    interest_3m: Interest3m,
    capex_3m: Capex3m,
    other_3m: Other3m,
    floor: Floor = None,
    interest_cap: InterestCap = None,
) -> Any:
    """The four limbs of the minimum balance and their total, dollars, each with its label: five rows, two columns.

    >>> PROCEEDS_MIN_ITEMS(900e3, 100e3, 0, 0)[-1]
    ['Minimum balance', 1600000.0]
    """
    limbs = proceeds.limbs(formula_amount, interest_3m, capex_3m, other_3m, floor=floor, interest_cap=interest_cap)
    labels = (
        "(I) Greater of floor and formula amount",
        "(II) Lesser of cap and interest",
        "(III) Capital expenditure",
        "(IV) Other payments to the Lender",
    )
    total = proceeds.minimum_balance(
        formula_amount, interest_3m, capex_3m, other_3m, floor=floor, interest_cap=interest_cap
    )
    return [*zip(labels, limbs, strict=True), ("Minimum balance", total)]


@function(CATEGORY, "8-K 5(a) Proceeds Account")
def DUE_WITHIN(
    as_of: AsOf,
    dates: Annotated[Any, Arg("Due dates, a row or a column", DATE, role="series")],
    amounts: Annotated[Any, Arg("Amounts due, dollars, beside the dates", AMOUNT, role="series")],
    months: Annotated[Any, Arg("Length of the window in months", MONTHS, term="proceeds_account.months")] = None,
) -> Any:
    """Sum of the amounts due after the as-of date and up to the end of the window, dollars.

    Amounts due on the as-of date count as paid; the window ends on the same day of a later month, and a month-end
    stays a month-end (R-02).

    >>> import datetime as dt
    >>> DUE_WITHIN(dt.date(1996, 9, 30), [dt.date(1996, 9, 30), dt.date(1996, 12, 31)], [5000, 7000])
    7000.0
    """
    return proceeds.due_within(as_of, dates, amounts, months=months)


@function(CATEGORY, "8-K 5(a) Proceeds Account (I)")
def FORMULA_AMOUNT(
    as_of: AsOf,
    dates: Annotated[Any, Arg("Dates of the cash flows, a row or a column", DATE, role="series")],
    net_cash_flows: Annotated[Any, Arg("Net cash flows, dollars, beside the dates", AMOUNT, role="series")],
    discount_rate: Annotated[Any, Arg("Discount rate per year as a decimal", RATE)],
    share: Annotated[Any, Arg("Share of the present value that counts", PART)],
) -> Any:
    """Formula amount of limb (I), dollars: a share of the present value of flows after the as-of date, not below 0.

    Discounted by days over 365 at an annual rate. The filing does not give the formula (R-03).

    >>> import datetime as dt
    >>> dates = [dt.date(1996, 12, 31), dt.date(1997, 6, 30)]
    >>> round(FORMULA_AMOUNT(dt.date(1996, 9, 30), dates, [2e6, 3e6], 0.1, 1), 4)
    4746110.1375
    """
    return proceeds.formula_amount(as_of, dates, net_cash_flows, discount_rate=discount_rate, share=share)


@function(CATEGORY, "8-K 5(a) Proceeds Account")
def PROCEEDS_SHORTFALL(balance: Balance, minimum: Minimum) -> Any:
    """How far the Proceeds Account is below its minimum balance, dollars; 0 if it is not.

    >>> PROCEEDS_SHORTFALL(7_484_000, 8_984_000)
    1500000.0
    """
    return proceeds.shortfall(balance, minimum)


@function(CATEGORY, "8-K 5(a) Withdrawals")
def PROCEEDS_AVAILABLE(
    balance: Balance,
    minimum: Minimum,
    as_of: Annotated[Any, Arg("Date of the withdrawal", DATE)],
    completion_date: Annotated[Any, Arg("Date of Completion; blank: not yet", DATE)] = None,
    parent_interest_due: Annotated[Any, Arg("Interest due on the parent's note, dollars", POSITIVE_AMOUNT)] = 0.0,
    in_default: Annotated[Any, Arg("Whether there is a default", FLAG)] = False,
) -> Any:
    """What may be withdrawn from the Proceeds Account for corporate purposes, dollars.

    From Completion, everything above the minimum; before it only interest on the parent's note, and only from what
    exceeds the minimum (R-04); nothing in default (R-05).

    >>> import datetime as dt
    >>> PROCEEDS_AVAILABLE(3e6, 2.9e6, dt.date(1997, 6, 30), None, 60e3)
    60000.0
    """
    return proceeds.available(
        balance,
        minimum,
        as_of,
        completion_date,
        parent_interest_due=parent_interest_due,
        in_default=in_default,
    )
