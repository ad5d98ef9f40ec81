"""Tranches of today's loans: rates compounded in arrears, schedules, sculpted debt, cash sweeps."""

from __future__ import annotations

import dataclasses
import math
from typing import Annotated, Any

import numpy as np

from drawstop.core import rate, sculpting, sweep, tranche
from drawstop.core.dates import year_fraction
from drawstop.functions.cells import MAX_CELLS, NA, NUM, VALUE, Number, require
from drawstop.functions.declare import AMOUNT, DATE, FACTOR, FLAG, POSITIVE_AMOUNT, RATE, SHARE, Arg, function
from drawstop.functions.loan import (
    DATED_AMOUNTS,
    DATED_RATES,
    MAX_INSTALMENTS,
    Basis,
    EndDate,
    StartDate,
    require_order,
)

CATEGORY = "drawstop: Tranches"
CLAUSE = "Today's loans"
FIXING = dataclasses.replace(RATE, blank=math.nan)  # a day whose fixing is not known yet, and may not be needed
_FAR = np.datetime64("9999-12-31", "D")
BUSINESS_DAYS = Number("a whole number of business days, 0 to 250", low=0, high=250, whole=True)


class Repaid(Number):
    """Dollars, or the text "balance" for whatever is then owed, which is infinity here."""

    def parse(self, cell: Any) -> Any:
        """The amount of a cell."""
        if isinstance(cell, str) and cell.strip().lower() == "balance":
            return math.inf
        return super().parse(cell)


REPAID = Repaid('a number of US dollars, zero or more, or "balance"', blank=0.0, low=0.0)

Floor = Annotated[Any, Arg("Lowest rate before the margin, per year; blank: none", RATE)]


@function(CATEGORY, CLAUSE)
def RATE_COMPOUNDED(
    dates: Annotated[
        Any, Arg("Business days, without weekends and holidays, a row or a column", DATE, role="series", unique=True)
    ],
    fixings: Annotated[Any, Arg("Fixings per year as decimals, beside the dates", FIXING, role="series")],
    start_date: StartDate,
    end_date: EndDate,
    lookback: Annotated[Any, Arg("Business days by which each day looks back for its fixing", BUSINESS_DAYS)] = 0,
    shift: Annotated[
        Any,
        Arg("Whether the whole observation period moves back, with its weights", FLAG),
    ] = False,
    floor: Annotated[Any, Arg("Lowest rate of each day, per year; blank: none", RATE)] = None,
    adjustment: Annotated[Any, Arg("Spread added to each fixing before the floor, per year", RATE)] = 0.0,
    basis: Basis = None,
) -> Any:
    """Annual rate of a period, compounded daily in arrears from a series of overnight fixings, as a decimal.

    Each business day's rate applies to the calendar days until the next one, the last until the end date;
    the floor applies to the daily rate (R-51). A period that starts on a weekend or holiday starts with the rate of the
    business day before; after the last of the dates every weekday counts as a business day (R-52). A business day whose
    fixing is needed and missing is #N/A.

    Errors:
        #VALUE! dates is blank: it must hold the dates of the fixings
        #NUM! end_date must be after start_date: a period of no days has no rate
        #N/A start_date must not be before the first of the dates: there is no fixing for it
        #N/A fixings hold none for …, which the period needs
        #NUM! end_date must not be before start_date

    >>> import datetime as dt
    >>> days = [dt.date(2024, 6, 5), dt.date(2024, 6, 6), dt.date(2024, 6, 7)]
    >>> round(RATE_COMPOUNDED(days, [0.0533, 0.0532, 0.0533], dt.date(2024, 6, 6), dt.date(2024, 6, 10)), 12)
    0.053280907417
    """
    require(len(dates) > 0, VALUE, "dates", "is blank: it must hold the dates of the fixings")
    require_order(start_date, end_date)
    require(end_date > start_date, NUM, "end_date", "must be after start_date: a period of no days has no rate")
    before = "must not be before the first of the dates: there is no fixing for it"
    require(start_date >= dates[0], NA, "start_date", before)
    annual, missing = rate.compounded(
        dates,
        fixings,
        start_date,
        end_date,
        lookback=lookback,
        shift=shift,
        floor=floor,
        adjustment=adjustment,
        basis=basis,
    )
    known = np.isnat(missing)
    lacking = np.atleast_1d(missing)[~np.atleast_1d(known)]
    require(known, NA, "fixings", f"hold none for {lacking[0] if len(lacking) else ''}, which the period needs")
    return annual


@function(CATEGORY, CLAUSE, spills=True)
def TRANCHE_SCHEDULE(
    advances: Annotated[Any, Arg("Advances: a table of date and amount", AMOUNT, role="table", columns=DATED_AMOUNTS)],
    repayments: Annotated[
        Any,
        Arg(
            'Repayments: a table of date and amount, or "balance" for everything then owed',
            REPAID,
            role="table",
            columns=(("date", DATE), ("amount", REPAID)),
        ),
    ],
    rates: Annotated[
        Any,
        Arg(
            "Rates: a table of date and rate; each holds from its date",
            RATE,
            role="table",
            columns=DATED_RATES,
            unique=True,
        ),
    ],
    payment_dates: Annotated[
        Any, Arg("Dates on which interest is paid or capitalised, a row or a column", DATE, role="series")
    ],
    margins: Annotated[
        Any,
        Arg(
            "Margins: a table of date and margin; each holds from its date, and there is none before the first",
            RATE,
            role="table",
            columns=(("date", DATE), ("margin", RATE)),
            unique=True,
        ),
    ] = None,
    floor: Floor = None,
    capitalised_until: Annotated[
        Any, Arg("Last date on which interest is added to the principal; blank: never", DATE)
    ] = None,
    basis: Basis = None,
    opening_interest: Annotated[
        Any, Arg("Interest accrued before the first date, paid on the first payment date, dollars", POSITIVE_AMOUNT)
    ] = 0.0,
) -> Any:
    """Schedule of a tranche, dollars: a header and a row for each date of the tables up to the last payment date.

    The rate is the greater of rate and floor, plus the margin; a row shows the one at which its interest accrued, the
    first row the one that starts there. On a payment date the accrued interest is paid, or, up to capitalised_until,
    added to the principal before that day's repayment. "balance" repays what is owed before that
    day's advance; a stated amount may also repay what is advanced on its day (R-53). Before its first date there is
    no margin (R-54).

    Errors:
        #VALUE! rates is blank: it must hold dates and rates
        #VALUE! payment_dates is blank: it must hold the dates of payment
        #NUM! repayments must be at most 1000
        #NUM! payment_dates must be at most 1000
        #NUM! rates the result has more than 1,048,576 cells
        #NUM! repayments hold …, before the first rate of …
        #NUM! repayments on … are … more than the … owed
        #NUM! repayments leave … owed after the last payment date …, so that its interest has no date to be paid
        #NUM! advances hold one on …, after the last payment date …: it stays owed, with its interest
        #NUM! repayments hold one on …, when nothing is owed after the last payment date …

    >>> import datetime as dt
    >>> start, middle, end = dt.date(2025, 1, 1), dt.date(2025, 7, 1), dt.date(2026, 1, 1)
    >>> lent, repaid, rates = [[start, 1e6]], [[end, "balance"]], [[start, 0.072]]
    >>> [(row[5], round(row[8], 6)) for row in TRANCHE_SCHEDULE(lent, repaid, rates, [middle, end])[1:]]
    [(1000000.0, 0.0), (1000000.0, 36200.0), (0.0, 36800.0)]
    """
    require(len(rates[0]) > 0, VALUE, "rates", "is blank: it must hold dates and rates")
    require(len(payment_dates) > 0, VALUE, "payment_dates", "is blank: it must hold the dates of payment")
    require(len(repayments[0]) <= MAX_INSTALMENTS, NUM, "repayments", f"must be at most {MAX_INSTALMENTS}")
    require(len(payment_dates) <= MAX_INSTALMENTS, NUM, "payment_dates", f"must be at most {MAX_INSTALMENTS}")
    last = payment_dates[-1]
    margins = (rates[0][:0], rates[1][:0]) if margins is None else margins
    named = {
        "advances": advances[0],
        "repayments": repayments[0],
        "payment_dates": payment_dates,
        "margins": margins[0],
    }
    for name, days in named.items():
        early = days[days < rates[0][0]]
        require(not len(early), NUM, name, f"hold {early.min(initial=_FAR)}, before the first rate of {rates[0][0]}")
    dates = np.unique(np.concatenate([rates[0], *named.values()]))
    dates = dates[dates <= last]
    header = (
        "Date", "Opening", "Advance", "Capitalised", "Repayment", "Closing", "Rate",
        "Interest accrued", "Interest paid",
    )  # fmt: skip
    require(len(dates) < MAX_CELLS // len(header), NUM, "rates", f"the result has more than {MAX_CELLS:,} cells")
    rows = tranche.schedule(
        dates,
        _up_to(last, advances),
        _up_to(last, repayments),
        tranche.all_in_rate(dates, rates, margins, floor),
        payment_dates,
        capitalised_until=capitalised_until,
        opening_interest=opening_interest,
        basis=basis,
    )
    _require_repaid(rows, advances, repayments)
    columns = (
        rows.dates, rows.opening, rows.advance, rows.capitalised, rows.repayment, rows.closing, rows.rate,
        rows.interest_accrued, rows.interest_paid,
    )  # fmt: skip
    return [header, *zip(*columns, strict=True)]


def _up_to(last: np.datetime64, flows: Any) -> Any:
    """The flows up to a date."""
    days, amounts = flows
    return days[days <= last], amounts[days <= last]


def _require_repaid(rows: tranche.Schedule, advances: Any, repayments: Any) -> None:
    """Repayments must not exceed what is owed, and nothing may be owed after the last payment date."""
    over = np.flatnonzero(rows.repayment - rows.owed > rows.hair)
    if len(over):
        i = over[0]
        more = rows.repayment[i] - rows.owed[i]
        text = f"on {rows.dates[i]} are {more:,.2f} more than the {rows.owed[i]:,.2f} owed"
        require(False, NUM, "repayments", text)
    last = rows.dates[-1]
    left = rows.closing[-1]
    text = f"leave {left:,.2f} owed after the last payment date {last}, so that its interest has no date to be paid"
    require(left == 0, NUM, "repayments", text)
    late = advances[0][(advances[0] > last) & (advances[1] > 0)]
    text = f"hold one on {late.min(initial=_FAR)}, after the last payment date {last}: it stays owed, with its interest"
    require(not len(late), NUM, "advances", text)
    late = repayments[0][(repayments[0] > last) & (repayments[1] > 0) & np.isfinite(repayments[1])]
    text = f"hold one on {late.min(initial=_FAR)}, when nothing is owed after the last payment date {last}"
    require(not len(late), NUM, "repayments", text)


PeriodDates = Annotated[Any, Arg("Ends of the periods, a row or a column", DATE, role="series", unique=True)]


@function(CATEGORY, CLAUSE, spills=True)
def SCULPTED_DEBT(
    start_date: Annotated[Any, Arg("Day on which the debt is drawn, the start of the first period", DATE)],
    dates: PeriodDates,
    cash_available: Annotated[
        Any,
        Arg("Cash available for debt service in each period, dollars; negative serves nothing", AMOUNT, role="series"),
    ],
    rate: Annotated[Any, Arg("Interest per year as a decimal, one or a series beside the dates", RATE, many=True)],
    dscr: Annotated[Any, Arg("Target cover, one or a series beside the dates", FACTOR, many=True)],
    basis: Basis = None,
    maturity: Annotated[Any, Arg("Last date of debt service; blank: the last of the dates", DATE)] = None,
) -> Any:
    """Debt whose service is cash over DSCR in every period up to maturity, dollars: a row for the start and each date.

    The debt is the Closing of the first row. Where the service is less than the interest, principal is negative and
    the debt grows by the rest.

    Errors:
        #VALUE! dates is blank: it must hold the ends of the periods
        #NUM! dates must be at most 1000 dates
        #NUM! start_date must be before …, the first of the dates
        #NUM! maturity must not be before start_date
        #NUM! rate takes more in a period than the whole debt

    >>> import datetime as dt
    >>> days = [dt.date(2025, 6, 30), dt.date(2025, 12, 31), dt.date(2026, 6, 30)]
    >>> [round(row[5], 4) for row in SCULPTED_DEBT(dt.date(2024, 12, 31), days, [10e6, 12e6, 8e6], 0.08, 1.3)[1:]]
    [21383864.694, 14551663.5594, 5915895.683, 0.0]
    """
    require(len(dates) > 0, VALUE, "dates", "is blank: it must hold the ends of the periods")
    require(len(dates) <= MAX_INSTALMENTS, NUM, "dates", f"must be at most {MAX_INSTALMENTS} dates")
    require(dates[0] > start_date, NUM, "start_date", f"must be before {dates[0]}, the first of the dates")
    require(~(maturity < start_date), NUM, "maturity", "must not be before start_date")
    growth = 1.0 + rate * year_fraction(
        np.r_[start_date, dates[:-1]], dates, basis, maturity=dates[-1] if np.isnat(maturity) else maturity
    )
    require((growth > 0).all(), NUM, "rate", "takes more in a period than the whole debt")
    debt = sculpting.sculpted(cash_available, dscr, growth, ~(dates > maturity))
    header = ("Date", "Cash", "Debt service", "Interest", "Principal", "Closing")
    columns = (dates, cash_available, debt.service, debt.interest, debt.principal, debt.closing)
    return [header, (start_date, 0.0, 0.0, 0.0, 0.0, debt.debt), *zip(*columns, strict=True)]


@function(CATEGORY, CLAUSE)
def CASH_SWEEP(
    excess_cash: Annotated[Any, Arg("Cash after debt service, dollars", AMOUNT)],
    share: Annotated[Any, Arg("Share of it that repays debt, 0 to 1", SHARE)],
    outstanding: Annotated[Any, Arg("Debt outstanding, dollars", POSITIVE_AMOUNT)],
    minimum_cash: Annotated[Any, Arg("Minimum cash kept, dollars", POSITIVE_AMOUNT)] = 0.0,
) -> Any:
    """Repayment from a cash sweep, dollars: a share of the excess cash above a minimum, at most the debt outstanding.

    >>> CASH_SWEEP(8e6, 0.5, 20e6, 2e6)
    3000000.0
    """
    return sweep.swept(excess_cash, share, outstanding, minimum_cash=minimum_cash)
