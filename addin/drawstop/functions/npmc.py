"""NPMC agreement (8-K item 2)."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from drawstop.core import production, reserves, royalty, shares
from drawstop.core.dates import add_months
from drawstop.functions.cells import (
    DIV0,
    NA,
    NUM,
    VALUE,
    WRONG_INPUT,
    CellError,
    Choice,
    Fraction,
    Number,
    flatten,
    require,
    shape_of,
    show,
)
from drawstop.functions.declare import (
    AMOUNT,
    DATE,
    METAL_PRICE,
    OUNCES,
    POSITIVE_AMOUNT,
    PRICE,
    SHARE,
    SHARES,
    Arg,
    function,
    term,
)
from drawstop.functions.series import worst

CATEGORY = "drawstop: NPMC agreement"
MODE = Choice('"daily" or "average"', options=("daily", "average"))
DAYS = Number("a whole number of days, 1 or more", low=1, whole=True)
EXTENSIONS = Number("a whole number, zero or more", low=0, whole=True)
INDEX = Number("an index above 0", low=0.0, above=True)
CAPACITY = Number("a capacity above 0", low=0.0, above=True)
MULTIPLE = Fraction("a multiple above 0 and at most 10", low=0.0, high=10.0, above=True)
RECOVERY = Fraction("a recovery from 0 to 1", low=0.0, high=1.0)

RoyaltyRate = Annotated[Any, Arg("Royalty as a share of net returns", SHARE, term="royalty.rate")]


def _sum_blocks(cells: list[Any]) -> list[Any]:
    """Deductions in the shape of gross: summed down each column, along each row, or all together."""
    gross, block = cells
    own, shape = shape_of(gross), shape_of(block)
    if shape is None or shape == own:
        return [gross, block]
    if own is None:
        return [gross, _total(flatten(block))]
    if own[0] == 1 and own[1] == shape[1]:
        return [gross, [[_total(line) for line in zip(*block, strict=True)]]]
    if own[1] == 1 and own[0] == shape[0]:
        return [gross, [[_total(line)] for line in block]]
    text = f"are {shape[0]}×{shape[1]} cells beside {own[0]}×{own[1]} of gross: they must have a column or row for each"
    raise CellError(VALUE, text, "deductions")


def _total(line: Any) -> float | CellError:
    """The sum of some deductions, or the fault of one of them in its place."""
    values, faults = AMOUNT.many(line)
    if faults:
        position, error = worst(list(faults.items()))
        return CellError(
            error.code, f"item {position + 1} {show(line[position])} {error.message}", "deductions", error.rank
        )
    with np.errstate(over="ignore"):
        total = float(values.sum())
    if math.isfinite(total):
        return total
    return CellError(NUM, "come to more than a number can hold", "deductions", WRONG_INPUT)


@function(CATEGORY, "8-K 2(a) Royalty", prepare=_sum_blocks)
def NET_RETURNS(
    gross: Annotated[Any, Arg("Gross returns, dollars: one, or a row or column of months", AMOUNT)],
    deductions: Annotated[
        Any,
        Arg(
            "Deductions, dollars: a block with a column for each month of a row, or a row for each of a column",
            AMOUNT,
        ),
    ],
) -> Any:
    """Net returns, dollars: gross less all deductions of the same month.

    Beside a row of months the block's columns are summed, beside a column its rows, beside a single gross the whole.

    Errors:
        #VALUE! deductions are …×… cells beside …×… of gross: they must have a column or row for each
        #NUM! deductions come to more than a number can hold

    >>> NET_RETURNS([[1000, 2000]], [[100, 150], [50, 50]])
    [[850.0, 1800.0]]
    """
    return gross - deductions


@function(CATEGORY, "8-K 2(a) Royalty")
def ROYALTY_DUE(
    net_returns: Annotated[Any, Arg("Net returns of the period, dollars", AMOUNT)],
    rate: RoyaltyRate = None,
    advance_credit: Annotated[Any, Arg("Advance royalty not yet credited, dollars", POSITIVE_AMOUNT)] = 0.0,
) -> Any:
    """Net returns royalty after credit for advance royalty, dollars; a loss bears none (R-34).

    >>> ROYALTY_DUE(1_000_000, 0.05, 20_000)
    30000.0
    """
    return royalty.royalty_due(net_returns, rate=rate, advance_credit=advance_credit)


@function(CATEGORY, "8-K 2(a) Royalty", spills=True)
def ROYALTY_SCHEDULE(
    periods: Annotated[
        Any,
        Arg(
            "Periods: a table of date, gross returns and deductions",
            AMOUNT,
            role="table",
            columns=(("date", DATE), ("gross", AMOUNT), ("deductions", AMOUNT)),
            unique=True,
        ),
    ],
    rate: RoyaltyRate = None,
    advances: Annotated[
        Any,
        Arg(
            "Advance royalties paid: a table of date and amount",
            AMOUNT,
            role="table",
            columns=(("date", DATE), ("amount", POSITIVE_AMOUNT)),
        ),
    ] = None,
) -> Any:
    """Royalty by period with the credit for advance royalty, dollars: a header and a row for each period.

    An advance royalty is credited against later royalty, from its own date on, until used up (R-32).

    >>> import datetime as dt
    >>> year_ends = [[dt.date(1998, 12, 31), 9e6, 1e6], [dt.date(1999, 12, 31), 9e6, 1e6]]
    >>> [row[3:] for row in ROYALTY_SCHEDULE(year_ends, 0.05, [[dt.date(1997, 12, 16), 500_000]])]
    [['Credit used', 'Payable', 'Credit left'], [400000.0, 0.0, 100000.0], [100000.0, 300000.0, 0.0]]
    """
    dates, gross, deductions = periods
    net = gross - deductions
    due = royalty.royalty(net, rate=rate)
    granted = np.zeros(len(dates) + 1)
    if advances is not None:
        np.add.at(granted, np.searchsorted(dates, advances[0], side="left"), advances[1])
    used, left = royalty.credit_used(due, granted[:-1])
    header = ("Date", "Net returns", "Royalty", "Credit used", "Payable", "Credit left")
    return [header, *zip(dates, net, due, used, due - used, left, strict=True)]


@function(CATEGORY, "8-K 2(a) Extension")
def ADVANCE_ROYALTY(
    cpi_base: Annotated[Any, Arg("CPI-U, the latest published on the date of the agreement", INDEX)],
    cpi_now: Annotated[Any, Arg("CPI-U, the latest published on the date of payment", INDEX)],
    amount: Annotated[
        Any,
        Arg("Advance royalty before inflation, dollars", POSITIVE_AMOUNT, term="extension.advance_royalty"),
    ] = None,
) -> Any:
    """Advance royalty for a one-year extension, dollars, adjusted for inflation: amount × index now ÷ base (R-33).

    >>> round(ADVANCE_ROYALTY(149.7, 161.5), 4)
    323647.2946
    """
    return royalty.advance_royalty(amount, cpi_base, cpi_now)


@function(CATEGORY, "8-K 2(a) Commercial Production")
def COMMERCIAL_PRODUCTION(
    dates: Annotated[Any, Arg("Days, a row or a column", DATE, role="series", unique=True)],
    delivered: Annotated[
        Any, Arg("Minerals produced for delivery on each day, in the unit of capacity", OUNCES, role="series")
    ],
    capacity: Annotated[Any, Arg("Pro forma production capacity per day", CAPACITY)],
    days: Annotated[Any, Arg("Consecutive calendar days", DAYS, term="commercial_production.days")] = None,
    threshold: Annotated[
        Any,
        Arg(
            "Lowest part of capacity",
            Fraction("a share from 0 to 10", low=0.0, high=10.0),
            term="commercial_production.threshold",
        ),
    ] = None,
    mode: Annotated[
        Any,
        Arg(
            '"daily": every day reaches the threshold; "average": their average does',
            MODE,
            term="commercial_production.mode",
        ),
    ] = None,
) -> Any:
    """Date on which commercial production is first achieved; #N/A if it is not.

    "daily": each of the consecutive calendar days is at or above the threshold, and a missing date breaks the run.
    "average": their average is, and a missing date counts as zero (R-35).

    Errors:
        #N/A delivered never reached the threshold for that number of consecutive days

    >>> import datetime as dt
    >>> days = [dt.date(1997, 9, 1), dt.date(1997, 9, 2), dt.date(1997, 9, 3)]
    >>> COMMERCIAL_PRODUCTION(days, [60, 70, 75], 100, 2)
    datetime.date(1997, 9, 3)
    """
    test = production.first_steady_run if mode == "daily" else production.first_average_run
    first = test(dates, delivered, days=days, level=threshold * capacity)
    require(~np.isnat(first), NA, "delivered", "never reached the threshold for that number of consecutive days")
    return first


@function(CATEGORY, "8-K 2(a) Extension")
def PRODUCTION_DEADLINE(
    extensions: Annotated[Any, Arg("Extensions paid for", EXTENSIONS)] = 0.0,
) -> Any:
    """Date by which commercial production must be achieved, a year later for each extension paid for (R-37).

    Errors:
        #NUM! extensions must be at most …

    >>> PRODUCTION_DEADLINE(2)
    datetime.date(1999, 12, 16)
    """
    most = term("extension.count")
    require(extensions <= most, NUM, "extensions", f"must be at most {most}")
    deadline = np.datetime64(term("commercial_production.deadline"), "D")
    return add_months(deadline, 12 * term("extension.years") * np.asarray(extensions))


@function(CATEGORY, "8-K 2(a) Back-in")
def GOLD_EQUIVALENT(
    gold_oz: Annotated[Any, Arg("Gold, troy ounces", OUNCES)],
    silver_oz: Annotated[Any, Arg("Silver, troy ounces", OUNCES)],
    gold_price: Annotated[Any, Arg("Price of gold, dollars an ounce", METAL_PRICE)],
    silver_price: Annotated[Any, Arg("Price of silver, dollars an ounce", METAL_PRICE)],
    gold_recovery: Annotated[Any, Arg("Part of the gold that is recovered", RECOVERY)] = 1.0,
    silver_recovery: Annotated[Any, Arg("Part of the silver that is recovered", RECOVERY)] = 1.0,
) -> Any:
    """Ounces of gold equivalent: recovered gold, and recovered silver by its price over that of gold (R-39).

    >>> round(GOLD_EQUIVALENT(60000, 100000, 382.70, 5.0975), 3)
    61331.983
    """
    return reserves.gold_equivalent(
        gold_oz,
        silver_oz,
        gold_price,
        silver_price,
        gold_recovery=gold_recovery,
        silver_recovery=silver_recovery,
    )


@function(CATEGORY, "8-K 2(a) Back-in")
def BACK_IN_OPEN(
    total_reserve_oz: Annotated[Any, Arg("Proven reserves now, ounces of gold equivalent", OUNCES)],
    stated_oz: Annotated[Any, Arg("Ounces of the February 1996 report", OUNCES)],
    threshold: Annotated[Any, Arg("Ounces by which reserves must exceed it", OUNCES, term="back_in.threshold")] = None,
) -> Any:
    """TRUE once reserves exceed those of the February 1996 report by at least the threshold (R-38).

    >>> BACK_IN_OPEN(1_414_000, 414_000)
    True
    """
    return reserves.back_in_open(total_reserve_oz, stated_oz, threshold=threshold)


@function(CATEGORY, "8-K 2(a) Back-in")
def BACK_IN_PRICE(
    costs: Annotated[
        Any,
        Arg(
            "Costs since February 1996 for the additional reserves, dollars, a row or a column",
            AMOUNT,
            role="series",
        ),
    ],
    interest: Annotated[Any, Arg("Working interest that NPMC takes", SHARE, term="back_in.interest")] = None,
    multiple: Annotated[Any, Arg("Multiple of its share of the costs", MULTIPLE, term="back_in.multiple")] = None,
) -> Any:
    """What NPMC pays for its interest in additional reserves, dollars: multiple × interest × costs.

    >>> BACK_IN_PRICE([4e6, 6e6])
    3000000.0
    """
    return reserves.back_in_price(costs, interest=interest, multiple=multiple)


@function(CATEGORY, "8-K 2(a) Consideration")
def SHARES_ISSUED(
    dollars: Annotated[Any, Arg("Payment to make in shares, dollars", POSITIVE_AMOUNT)],
    prices: Annotated[
        Any,
        Arg(
            "Closing prices, dollars a share, a row or a column; blank: no trading that day",
            PRICE,
            role="series",
            skip_blank=True,
        ),
    ],
) -> Any:
    """Whole shares for a payment, at the average of the closing prices (R-31).

    Errors:
        #VALUE! prices is blank: it must hold closing prices

    >>> SHARES_ISSUED(3_000_000, 2.75)
    1090909.0
    """
    require(len(prices) > 0, VALUE, "prices", "is blank: it must hold closing prices")
    return shares.shares_issued(dollars, prices)


@function(CATEGORY, "8-K 2(a) Consideration")
def OWNERSHIP(
    shares: Annotated[Any, Arg("Shares held", SHARES)],
    outstanding: Annotated[Any, Arg("Shares issued and outstanding, including those held", SHARES)],
) -> Any:
    """Share of the company that a holder owns, as a decimal.

    Errors:
        #DIV/0! outstanding must not be 0
        #NUM! shares must not be above outstanding

    >>> round(OWNERSHIP(1_540_663, 16_184_182), 6)
    0.095196
    """
    require(outstanding > 0, DIV0, "outstanding", "must not be 0")
    require(shares <= outstanding, NUM, "shares", "must not be above outstanding")
    return shares / outstanding
