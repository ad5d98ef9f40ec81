"""Term loan (8-K item 5(a))."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from drawstop.core import dates as core_dates
from drawstop.core import loan
from drawstop.core.tolerance import RELATIVE
from drawstop.functions.cells import DIV0, NA, NUM, VALUE, CellError, Choice, DayCount, Number, require
from drawstop.functions.declare import AMOUNT, DATE, FLAG, POSITIVE_AMOUNT, RATE, Arg, function

CATEGORY = "drawstop: Term loan"
MAX_INSTALMENTS = 1000
COUNT = Number(f"a whole number from 1 to {MAX_INSTALMENTS}", low=1, high=MAX_INSTALMENTS, whole=True)
MONTH_OF_YEAR = Number("a month of the year, 1 to 12", low=1, high=12, whole=True)
SPELLINGS = {
    "30/360": ("30360US", "US30360", "30U360", "30US360", "30360NASD", "30360EXCEL"),
    "ACT/ACT": ("ACTUALACTUAL", "ACTACTEXCEL"),
    "ACT/360": ("ACTUAL360", "A360"),
    "ACT/365": ("ACTUAL365", "A365", "ACT365F", "ACTUAL365F", "A365F", "ACT365FIXED", "ACTUAL365FIXED", "A365FIXED"),
    "30E/360": ("30360EUROPEAN", "EUROPEAN30360", "30360E", "30S360", "30360EUROBOND", "30360ICMA", "30E360ICMA"),
    "ACT/ACT ISDA": ("ACTUALACTUALISDA",),
    "30E/360 ISDA": ("30360GERMAN", "GERMAN30360"),
}
"""Other spellings of the day counts, in letters and digits only: those of ICMA, ISDA and vendors."""
BASIS = DayCount(
    f"a day count: {', '.join(core_dates.BASES)}, or 0 to 4",
    options=core_dates.BASES,
    codes=5,
    aliases={
        **{"".join(filter(str.isalnum, basis)): basis for basis in core_dates.BASES},
        **{spelling: basis for basis, spellings in SPELLINGS.items() for spelling in spellings},
    },
)
PART = Number("a share, zero or more", blank=0.0, low=0.0)
METHOD = Choice('"equal", "level" or "custom"', options=("equal", "level", "custom"))

Principal = Annotated[Any, Arg("Principal outstanding, dollars, not negative", POSITIVE_AMOUNT)]
StartDate = Annotated[Any, Arg("First day of the period", DATE)]
EndDate = Annotated[Any, Arg("Day on which the period ends, itself not counted", DATE)]
Libor = Annotated[Any, Arg("LIBOR per year as a decimal (0.056875)", RATE)]
CompletionDate = Annotated[Any, Arg("Date of Completion; blank: not yet", DATE)]
MarginBefore = Annotated[Any, Arg("Margin over LIBOR until Completion, per year", RATE, term="interest.margin_before")]
MarginAfter = Annotated[Any, Arg("Margin over LIBOR from Completion on, per year", RATE, term="interest.margin_after")]
Basis = Annotated[Any, Arg("Day count", BASIS, term="facility.day_count")]
MaxCredit = Annotated[Any, Arg("Maximum credit, dollars", POSITIVE_AMOUNT, term="term_loan.max_credit")]

DATED_AMOUNTS = (("date", DATE), ("amount", POSITIVE_AMOUNT))
DATED_RATES = (("date", DATE), ("rate", RATE))


def require_order(start_date: Any, end_date: Any) -> None:
    """A period must not end before it starts."""
    require(end_date >= start_date, NUM, "end_date", "must not be before start_date")


@function(CATEGORY, "8-K 5(a) Interest")
def LOAN_MARGIN(
    as_of: Annotated[Any, Arg("The day that starts on this date", DATE)],
    completion_date: CompletionDate = None,
    margin_before: MarginBefore = None,
    margin_after: MarginAfter = None,
) -> Any:
    """Margin over LIBOR for the day that starts on the as-of date, per year as a decimal.

    The lower margin applies from the date of Completion, that day included (R-08).

    >>> import datetime as dt
    >>> LOAN_MARGIN(dt.date(1997, 11, 15), dt.date(1997, 11, 15))
    0.01875
    """
    return loan.margin(as_of, completion_date, before=margin_before, after=margin_after)


@function(CATEGORY, "8-K 5(a) Interest")
def LOAN_INTEREST(
    principal: Principal,
    start_date: StartDate,
    end_date: EndDate,
    libor: Libor,
    completion_date: CompletionDate = None,
    margin_before: MarginBefore = None,
    margin_after: MarginAfter = None,
    basis: Basis = None,
) -> Any:
    """Interest on the term loan from start date to end date, dollars, at LIBOR plus margin, split at Completion.

    Actual days over 360 unless another day count is given (R-07).

    Errors:
        #NUM! end_date must not be before start_date

    >>> import datetime as dt
    >>> LOAN_INTEREST(19.5e6, dt.date(1996, 7, 11), dt.date(1996, 9, 30), 0.056875)
    348257.8125
    """
    require_order(start_date, end_date)
    return loan.interest(
        principal,
        start_date,
        end_date,
        libor,
        completion_date,
        margin_before=margin_before,
        margin_after=margin_after,
        basis=basis,
    )


@function(CATEGORY, "8-K 5(a) Facility")
def YEAR_FRACTION(
    start_date: Annotated[Any, Arg("One date", DATE)],
    end_date: Annotated[Any, Arg("The other date, in either order", DATE)],
    basis: Basis = None,
) -> Any:
    """Years between two dates by a day count, as Excel's YEARFRAC gives them; also by two day counts of ISDA.

    Day counts: "30/360" (US), "ACT/ACT", "ACT/360", "ACT/365", "30E/360", or Excel's codes 0 to 4 in that order;
    "ACT/ACT ISDA" and "30E/360 ISDA". Other common spellings are accepted too, in any case: Actual/360, ACT/365F,
    ACT/365 Fixed, 30/360 US, 30E/360 (ISDA). Under "30E/360 ISDA" the last day of February counts as a 30th, except
    at a loan's maturity, which the functions with a table of instalments know and this one does not.

    >>> import datetime as dt
    >>> YEAR_FRACTION(dt.date(1996, 7, 11), dt.date(1996, 9, 30))
    0.225
    """
    return core_dates.year_fraction(start_date, end_date, basis)


@function(CATEGORY, "8-K 5(a) Commitment Fee")
def COMMITMENT_FEE(
    max_credit: Annotated[Any, Arg("Maximum credit, dollars", POSITIVE_AMOUNT)],
    outstanding: Annotated[Any, Arg("Principal outstanding, dollars, at most the maximum credit", POSITIVE_AMOUNT)],
    start_date: StartDate,
    end_date: EndDate,
    rate: Annotated[Any, Arg("Fee per year as a decimal", RATE, term="commitment_fee.rate")] = None,
    basis: Basis = None,
) -> Any:
    """Commitment fee on what is not drawn, from start date to end date, dollars; the rate is per year (R-11).

    Errors:
        #NUM! outstanding must not be above max_credit
        #NUM! end_date must not be before start_date

    >>> import datetime as dt
    >>> COMMITMENT_FEE(19.5e6, 5e6, dt.date(1996, 7, 11), dt.date(1996, 9, 30))
    16312.5
    """
    require_order(start_date, end_date)
    require(outstanding <= max_credit * (1 + RELATIVE), NUM, "outstanding", "must not be above max_credit")
    return loan.commitment_fee(max_credit, outstanding, start_date, end_date, rate=rate, basis=basis)


@function(CATEGORY, "8-K 5(a) Establishment Fee")
def ESTABLISHMENT_FEE(
    amount: Annotated[Any, Arg("Amount of the loan, dollars", POSITIVE_AMOUNT, term="term_loan.max_credit")] = None,
    rate: Annotated[Any, Arg("Fee as a share of the loan", RATE, term="establishment_fee.rate")] = None,
) -> Any:
    """Establishment fee of the loan, dollars.

    >>> ESTABLISHMENT_FEE()
    292500.0
    """
    return amount * rate


@function(CATEGORY, "8-K 5(a) Instalments", spills=True)
def INSTALMENT_DATES(
    first: Annotated[
        Any, Arg("First instalment, a month-end of one of the months", DATE, term="instalments.first")
    ] = None,
    count: Annotated[Any, Arg("Number of instalments", COUNT, term="instalments.count")] = None,
    months: Annotated[
        Any,
        Arg("Months of the year in which one falls", MONTH_OF_YEAR, term="instalments.months", role="series"),
    ] = None,
) -> Any:
    """Dates of the instalments, a column of month-ends.

    Errors:
        #VALUE! months is blank: it must hold months of the year
        #NUM! first must be a month-end of the months …

    >>> [day.isoformat() for [day] in INSTALMENT_DATES()][:3]
    ['1997-09-30', '1997-12-31', '1998-09-30']
    """
    require(len(months) > 0, VALUE, "months", "is blank: it must hold months of the year")
    month = first.astype("datetime64[M]").astype(int) % 12 + 1
    fits = (core_dates.month_end(first) == first) & np.isin(month, months)
    require(fits, NUM, "first", f"must be a month-end of the months {sorted({int(m) for m in months})}")
    return loan.instalment_dates(first, int(count), np.unique(months))


@function(CATEGORY, "8-K 5(a) Instalments", spills=True)
def INSTALMENTS(
    principal: Annotated[Any, Arg("Principal to repay, dollars, not negative", POSITIVE_AMOUNT)],
    dates: Annotated[Any, Arg("Dates of the instalments, a row or a column", DATE, role="series", unique=True)],
    method: Annotated[
        Any,
        Arg('"equal" principal, "level" debt service, or "custom" shares', METHOD, term="instalments.method"),
    ] = None,
    start_date: Annotated[Any, Arg("First day of interest, for level debt service", DATE)] = None,
    rate: Annotated[Any, Arg("Interest per year, for level debt service", RATE)] = None,
    shares: Annotated[
        Any, Arg("Shares of the principal, for custom instalments; they sum to 1", PART, role="series")
    ] = None,
    basis: Annotated[Any, Arg("Day count, for level debt service", BASIS, term="instalments.day_count")] = None,
) -> Any:
    """Principal of each instalment in date order, dollars: a column that sums to the principal.

    Equal principal unless asked otherwise (R-14). "level" is #NUM! if the interest of the first or of
    a later period is more than the level payment: the instalment would be an advance.

    Errors:
        #VALUE! dates is blank: it must hold the dates of the instalments
        #NUM! dates must be at most 1000 dates
        #VALUE! shares is blank: "custom" needs a share beside each date
        #NUM! shares sum to …: they must sum to 1
        #VALUE! start_date is blank: "level" needs the first day of interest
        #VALUE! rate is blank: "level" needs a rate
        #NUM! start_date must not be after the first instalment
        #NUM! dates include …, up to which the interest is more than the level payment

    >>> import datetime as dt
    >>> INSTALMENTS(19.5e6, [dt.date(1997, 9, 30), dt.date(1997, 12, 31)])
    [[9750000.0], [9750000.0]]
    """
    require(len(dates) > 0, VALUE, "dates", "is blank: it must hold the dates of the instalments")
    require(len(dates) <= MAX_INSTALMENTS, NUM, "dates", f"must be at most {MAX_INSTALMENTS} dates")
    if method == "custom":
        require(shares is not None, VALUE, "shares", 'is blank: "custom" needs a share beside each date')
        require(
            abs(shares.sum() - 1) <= RELATIVE,
            NUM,
            "shares",
            f"sum to {shares.sum():.10g}: they must sum to 1",
        )
        return loan.custom_instalments(principal, shares)
    if method == "level":
        require(~np.isnat(start_date), VALUE, "start_date", 'is blank: "level" needs the first day of interest')
        require(not np.isnan(rate), VALUE, "rate", 'is blank: "level" needs a rate')
        require(start_date <= dates[0], NUM, "start_date", "must not be after the first instalment")
        level = loan.level_instalments(principal, start_date, dates, rate=rate, basis=basis)
        text = f"include {dates[np.argmin(level)]}, up to which the interest is more than the level payment"
        require(level.min() >= -RELATIVE * principal, NUM, "dates", text)
        return level
    return loan.equal_instalments(principal, len(dates))


@function(CATEGORY, "8-K 5(a) Term Loan", spills=True)
def LOAN_SCHEDULE(
    advances: Annotated[Any, Arg("Advances: a table of date and amount", AMOUNT, role="table", columns=DATED_AMOUNTS)],
    instalments: Annotated[
        Any, Arg("Instalments: a table of date and amount", AMOUNT, role="table", columns=DATED_AMOUNTS)
    ],
    libor: Annotated[
        Any,
        Arg("Fixings of LIBOR: a table of date and rate", RATE, role="table", columns=DATED_RATES, unique=True),
    ],
    start_date: Annotated[Any, Arg("Date of the agreement", DATE, term="facility.effective_date")] = None,
    completion_date: CompletionDate = None,
    max_credit: MaxCredit = None,
    margin_before: MarginBefore = None,
    margin_after: MarginAfter = None,
    fee_rate: Annotated[Any, Arg("Commitment fee per year", RATE, term="commitment_fee.rate")] = None,
    fee_end: Annotated[Any, Arg("Last day of the commitment fee", DATE, term="commitment_fee.end")] = None,
    basis: Basis = None,
) -> Any:
    """Schedule of the loan, dollars: a header and a row for each advance, instalment and quarter-end.

    Interest and fee are paid at quarter-ends and at the last instalment (R-09); a period bears the last LIBOR fixing
    on or before its first day (R-10); on one date come interest, then repayment, then advance (R-16). The LIBOR of a
    row is that of the interest accrued in it; the first row shows the first period's. An advance after the last
    instalment is #NUM!, and so is interest that is left without a payment date.

    Errors:
        #NUM! instalments must be at most 1000
        #NUM! instalments leave interest of … accrued up to … without a date on which it is paid
        #N/A libor must hold a fixing on or before …, the first day of the first period
        #NUM! advances sum to …, above max_credit …
        #NUM! instalments repay … more than is outstanding
        #NUM! advances include … on …, after the last instalment on …

    >>> import datetime as dt
    >>> advances, instalments = [[dt.date(1996, 7, 11), 19.5e6]], [[dt.date(1996, 9, 30), 19.5e6]]
    >>> LOAN_SCHEDULE(advances, instalments, [[dt.date(1996, 7, 11), 0.056875]])[-1][6:8]
    [348257.8125, 348257.8125]
    """
    require(len(instalments[0]) <= MAX_INSTALMENTS, NUM, "instalments", f"must be at most {MAX_INSTALMENTS}")
    dates = loan.event_dates(start_date, advances, instalments)
    advance, repayment = loan.at_dates(dates, advances), loan.at_dates(dates, instalments)
    last = instalments[0][-1] if len(instalments[0]) else np.datetime64("NaT", "D")
    _require_balances(advance, repayment, max_credit)
    _require_instalment_after(dates, advance, last)
    first = loan.first_day(start_date, dates, advance)
    if not len(libor[0]) or libor[0][0] > first:
        raise CellError(NA, f"must hold a fixing on or before {first}, the first day of the first period", "libor")
    rows = loan.schedule(
        dates,
        advance,
        repayment,
        (libor[0], libor[1]),
        start=start_date,
        last=last,
        completion=completion_date,
        max_credit=max_credit,
        margin_before=margin_before,
        margin_after=margin_after,
        fee_rate=fee_rate,
        fee_end=fee_end,
        basis=basis,
    )
    unpaid = rows.interest_accrued.sum() - rows.interest_paid.sum()
    text = f"leave interest of {unpaid:,.2f} accrued up to {dates[-1]} without a date on which it is paid"
    require(abs(unpaid) <= RELATIVE * np.abs(rows.interest_accrued).sum(), NUM, "instalments", text)
    header = (
        "Date", "Opening", "Advance", "Repayment", "Closing", "LIBOR",
        "Interest accrued", "Interest paid", "Fee accrued", "Fee paid", "Debt service",
    )  # fmt: skip
    columns = (
        rows.dates, rows.opening, rows.advance, rows.repayment, rows.closing, rows.libor,
        rows.interest_accrued, rows.interest_paid, rows.fee_accrued, rows.fee_paid, rows.debt_service,
    )  # fmt: skip
    return [header, *zip(*columns, strict=True)]


def _require_balances(advance: Any, repayment: Any, max_credit: float) -> None:
    """Advances must not exceed the credit, nor repayments what is outstanding before that day's advance."""
    drawn = np.cumsum(advance)
    require(
        drawn[-1] <= max_credit * (1 + RELATIVE),
        NUM,
        "advances",
        f"sum to {drawn[-1]:,.2f}, above max_credit {max_credit:,.2f}",
    )
    outstanding = drawn - advance - np.cumsum(repayment)
    require(
        outstanding.min() >= -RELATIVE * drawn[-1],
        NUM,
        "instalments",
        f"repay {-outstanding.min():,.2f} more than is outstanding",
    )


def _require_instalment_after(dates: Any, advance: Any, last: Any) -> None:
    """Advances after the last instalment are refused."""
    late = np.flatnonzero((advance > 0) & (dates > last))  # false for NaT: no instalment
    if late.size:
        text = f"include {advance[late[0]]:,.2f} on {dates[late[0]]}, after the last instalment on {last}"
        raise CellError(NUM, text, "advances")


@function(CATEGORY, "8-K 5(a) Advances")
def ADVANCE_LIMIT(
    as_of: Annotated[Any, Arg("Date of the advance", DATE)],
    advanced_to_date: Annotated[Any, Arg("All advances to date, repaid or not, dollars", POSITIVE_AMOUNT)],
    proceeds_balance: Annotated[Any, Arg("Balance of the Proceeds Account, dollars", AMOUNT)],
    proceeds_minimum: Annotated[Any, Arg("Minimum balance of the Proceeds Account, dollars", POSITIVE_AMOUNT)],
    mechanical_completion: Annotated[Any, Arg("Date of Mechanical Completion; blank: not yet", DATE)] = None,
    conditions_met: Annotated[Any, Arg("Whether the conditions of an advance are met", FLAG)] = True,
    in_default: Annotated[Any, Arg("Whether there is a default", FLAG)] = False,
    max_credit: MaxCredit = None,
    cutoff: Annotated[Any, Arg("Date from which nothing more is advanced", DATE, term="advances.cutoff")] = None,
) -> Any:
    """What the Lender must still advance, dollars.

    Nothing from the earlier of cut-off date and Mechanical Completion on (R-17), nor while the account is below its
    minimum, a condition is unmet or there is a default; otherwise the maximum credit less all advances (R-18).

    Errors:
        #NUM! advanced_to_date must not be above max_credit

    >>> import datetime as dt
    >>> ADVANCE_LIMIT(dt.date(1996, 10, 31), 12e6, 3e6, 2.9e6)
    7500000.0
    """
    require(
        advanced_to_date <= max_credit * (1 + RELATIVE),
        NUM,
        "advanced_to_date",
        "must not be above max_credit",
    )
    return loan.advance_limit(
        as_of,
        advanced_to_date,
        proceeds_balance,
        proceeds_minimum,
        mechanical_completion,
        conditions_met=conditions_met,
        in_default=in_default,
        max_credit=max_credit,
        cutoff=cutoff,
    )


@function(CATEGORY, "8-K 5(a) Term Loan")
def AVERAGE_LIFE(
    start_date: Annotated[Any, Arg("Date from which the life is measured", DATE)],
    dates: Annotated[Any, Arg("Dates of repayment, a row or a column", DATE, role="series")],
    principal: Annotated[Any, Arg("Principal repaid, dollars, beside the dates", POSITIVE_AMOUNT, role="series")],
) -> Any:
    """Average life of a loan in years: time to repayment weighted by principal, days over 365.

    Errors:
        #DIV/0! principal sums to 0: there is nothing to weight by
        #NUM! start_date must not be after the first repayment

    >>> import datetime as dt
    >>> AVERAGE_LIFE(dt.date(1997, 1, 1), [dt.date(1998, 1, 1), dt.date(1999, 1, 1)], [1, 1])
    1.5
    """
    require(principal.sum() > 0, DIV0, "principal", "sums to 0: there is nothing to weight by")
    require(start_date <= dates[principal > 0][0], NUM, "start_date", "must not be after the first repayment")
    return loan.average_life(start_date, dates, principal)
