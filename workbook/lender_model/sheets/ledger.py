"""Ledger: what happened to the loan, entry by entry; and its instalments, each with what became of it.

Entries are typed, or read from a CSV of the bank's statement. The months from the first entry's to the last one's count
as reported: what fell due in them and was not paid is in arrears. An entry of the loan's balance, or one of nothing,
says that the statement reaches so far.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

from lender_model.downward import Column, Downward
from lender_model.grid import FIRST_ROW, USD, Row, Sheet, balance, head, monthly, scalar, together
from lender_model.sheets.terms import FACILITY

ENTRIES = 120
INSTALMENTS = int(str(FACILITY.value("instalments.count")))

DRAWN, PAID, PREPAID, CREDITED = "drawn", "principal paid", "prepaid", "credited"
CAPITALISED, RESCHEDULED, PUT_OFF, WAIVED = "capitalised", "rescheduled", "waived until", "waived"
INTEREST, FEES, BALANCE = "interest paid", "fees paid", "loan balance"
CONTRIBUTION, COVENANTS = "contribution waived until", "covenants waived until"
KINDS = (DRAWN, PAID, PREPAID, CREDITED, CAPITALISED, RESCHEDULED, PUT_OFF, WAIVED, INTEREST, FEES, BALANCE,
         CONTRIBUTION, COVENANTS)  # fmt: skip
"""What can happen. Rescheduled and waived until move principal to the date in column Until."""
NEED_UNTIL = (RESCHEDULED, PUT_OFF, CONTRIBUTION, COVENANTS)
NEED_DUE = (RESCHEDULED, PUT_OFF)


ENTRY = (
    Column("ledger.date", "B", "Date", "date", width=11),
    Column("ledger.what", "C", "What", "text", width=24, choices=KINDS),
    Column("ledger.amount", "D", "Amount", "USD", width=14),
    Column("ledger.due", "E", "Fell or falls due", "date", width=12),
    Column("ledger.until", "F", "Until", "date", width=11),
    Column("ledger.note", "G", "Note, source", "text", width=44),
    Column("ledger.month", "H", "Month", "date",
           '=IF(AND(ISNUMBER($B{row}),$C{row}<>"",$B{row}<={cover.as_of}),EOMONTH($B{row},0),"")', 11),
    Column("ledger.used", "I", "Counts", "USD", "=IF(ISNUMBER($H{row}),IF(ISNUMBER($D{row}),$D{row},0),0)", 14),
    Column("ledger.takes", "J", "Takes effect", "date",
           '=IF(ISNUMBER($H{row}),IF(ISNUMBER($E{row}),MAX($H{row},EOMONTH($E{row},0)),$H{row}),"")', 12),
    Column("ledger.behind", "K", "Of what fell due", "text",
           '=IF(ISNUMBER($H{row}),IF(ISNUMBER($E{row}),IF(EOMONTH($E{row},0)<$H{row},"before",IF(EOMONTH($E{row},0)=$H{row},"then","ahead")),"not said"),"")', 9),
    Column("ledger.to", "L", "Until, month", "date", '=IF(AND(ISNUMBER($H{row}),ISNUMBER($F{row})),EOMONTH($F{row},0),"")', 11),
    Column("ledger.dollar_days", "M", "Dollar days to month-end", "number", "=IF(ISNUMBER($H{row}),$I{row}*($H{row}-$B{row}),0)", 15),
)  # fmt: skip
"""The table of entries. Of what fell due: in a month before the entry's, then or ahead."""

_AT = "MATCH($P{row},[time.end:row],0)"


def _at(key: str) -> str:
    return f"INDEX([{key}:row],1,{_AT})"


def _shown(formula: str) -> str:
    return f'=IF(ISNUMBER($P{{row}}),{formula},"")'


_SO_FAR = 'SUMIF([time.end:row],"<="&$P{row},[loan.repayment:row])'
_STATE = (
    'IF($P{row}>{cover.as_of},IF($R{row}<$Q{row}-{checks.cent},"changed, to come","to come"),'
    f'IF({_at("reported.kept")}=0,"not reported",IF({{ledger.settled}}>={_SO_FAR}-{{checks.cent}},"settled",'
    f'IF({{ledger.settled}}>{_SO_FAR}-$R{{row}}+{{checks.cent}},"settled in part, in arrears","in arrears"))))'
)  # fmt: skip

INSTALMENT = (
    Column("ledger.no", "O", "Instalment", "count", "=N($O{above})+1", 9),
    Column("ledger.instalment_date", "P", "Date", "date", '=IF($O{row}<={instalments.count},INDEX({loan.instalment_dates},$O{row}),"")', 11),
    Column("ledger.instalment_agreed", "Q", "By the agreement", "USD", _shown("INDEX({loan.instalment_amounts},$O{row})"), 14),
    Column("ledger.instalment_due", "R", "Falls due", "USD", _shown(_at("loan.repayment")), 14),
    Column("ledger.instalment_after", "S", "Not yet due after it", "USD", _shown(_at("loan.closing")), 14),
    Column("ledger.instalment_state", "T", "State", "text", _shown(_STATE), 24),
)  # fmt: skip
"""The table of instalments: what falls due is less where principal was prepaid, credited, waived or moved."""

COLUMNS = (*ENTRY, *INSTALMENT)
INPUTS = {column.key: column.unit for column in ENTRY if not column.formula}
"""Keys of the columns that hold inputs, with their units."""
NAMES = {column.key: column.name for column in COLUMNS}
"""By key, the name of a column's cells."""

SHEET = Sheet(
    "Ledger",
    "What happened to the loan, by the bank's statement, and its instalments; what fell due and was not paid is in arrears.",
    [],
    monthly=False,
    large=True,
    clauses=(
        "Entries after the as-of date do not count yet; months from the first entry to the last one are reported",
    ),
)


TABLES = tuple(
    Downward(SHEET.name, FIRST_ROW, rows, columns) for rows, columns in ((ENTRIES, ENTRY), (INSTALMENTS, INSTALMENT))
)
EXTRA = together(*(table.extra for table in TABLES))
"""Its cells, for the calculator."""


def fault(
    date: dt.date | None, what: str, amount: float, due: dt.date | None, until: dt.date | None
) -> tuple[str, str] | None:
    """What is wrong with an entry: the key of the column, and words; None if nothing is.

    Args:
        date: None for none, as for ``due`` and ``until``.
        what: one of `KINDS`, or empty.
        amount: NaN for none.
        due: when what it concerns fell or falls due.
        until: the new date.

    >>> fault(dt.date(1997, 9, 30), "paid", 1.0, None, None)[1].partition(",")[0]
    "'paid' must be one of drawn"
    >>> fault(dt.date(1997, 9, 30), "principal paid", 0.0, None, None)
    """
    entry = (date, what or None, None if math.isnan(amount) else amount, due, until)
    found = None if entry == (None,) * len(entry) else next(_faults(date, what, amount, due, until), None)
    return found and (f"ledger.{found[0]}", found[1])


def _faults(
    date: dt.date | None, what: str, amount: float, due: dt.date | None, until: dt.date | None
) -> Iterator[tuple[str, str]]:
    if date is None:
        yield "date", "is blank; an entry must have its date"
    if what not in KINDS:
        yield "what", f"{what!r} must be one of {', '.join(KINDS)}"
    if math.isnan(amount) and what not in (CONTRIBUTION, COVENANTS):
        yield "amount", f"is blank; {what} must have an amount, 0 if nothing happened"
    if amount < 0:
        yield "amount", f"{amount:,.2f} must be 0 or more"
    if due is None and what in NEED_DUE:
        yield "due", f"is blank; {what} must have the date on which the principal fell or falls due"
    if until is None and what in NEED_UNTIL:
        yield "until", f"is blank; {what} must have the new date"
    if until and date and what in NEED_UNTIL and until < date:
        yield "until", f"{until} must not be before {date}"
    if until and due and what in NEED_DUE and until <= due:
        yield "until", f"{until} must be after {due}, on which it fell or falls due"


# ---- its entries by month, on sheet Loan ----------------------------------------------------------------------------


def _sum(kind: str, by: str = "ledger.month", amount: str = "ledger.used", more: str = "") -> str:
    return f'SUMIFS({{{amount}}},{{ledger.what}},"{kind}",{{{by}}},[time.end]{more})'


def _of_arrears(kind: str) -> str:
    return "+".join(_sum(kind, more=f',{{ledger.behind}},"{when}"') for when in ("before", "then"))


def _moved(by: str, more: str = "") -> str:
    return "+".join(_sum(kind, by, more=more) for kind in NEED_DUE)


def _last(kind: str) -> str:
    """Formula: whether an entry of a kind is in force in the month."""
    return (
        f'=IF(COUNTIFS({{ledger.what}},"{kind}",{{ledger.month}},"<="&[time.end],{{ledger.to}},">"&[time.end])>0,1,0)'
    )


def rows() -> list[Row]:
    """What the ledger reports, by month."""
    return [
        head("Reported by the ledger", "sheet Ledger, up to the as-of date"),
        scalar("ledger.from", "Reported from the month to", "date", '=IF(COUNT({ledger.month})=0,"–",MIN({ledger.month}))', "of the first entry"),
        scalar("ledger.to_month", "Reported to the month to", "date", '=IF(COUNT({ledger.month})=0,"–",MAX({ledger.month}))', "of the last entry up to the as-of date"),
        balance("reported.kept", "Reported", "1 or 0",
                "=IF(COUNT({ledger.month})=0,0,IF(AND([time.actual]=1,[time.end]>={ledger.from},[time.end]<={ledger.to_month}),1,0))",
                "payments are the ledger's; in other months the model's, as far as its cash goes"),
        balance("reported.after", "Past, and after the last entry", "1 or 0",
                "=IF(ISNUMBER({ledger.to_month}),IF([time.end]>{ledger.to_month},[time.actual],0),0)",
                "arrears stand until the ledger says that they were paid (R-57)"),
        monthly("reported.drawn", "Drawn", USD, f"={_sum(DRAWN)}"),
        balance("reported.draw_days", "Days of interest on what was drawn", "days",
                f"=IF([reported.drawn]>0,{_sum(DRAWN, amount='ledger.dollar_days')}/[reported.drawn],0)"),
        monthly("reported.principal", "Principal paid", USD, f"={_sum(PAID)}"),
        monthly("reported.prepaid", "Prepaid", USD, f"={_sum(PREPAID)}"),
        monthly("reported.credited", "Credited, of what was not yet due", USD, f"={_sum(CREDITED)}-({_of_arrears(CREDITED)})"),
        monthly("reported.credited_due", "Credited, of what had fallen due", USD, f"={_of_arrears(CREDITED)}"),
        monthly("reported.waived", "Waived for good, of what was not yet due", USD, f"={_sum(WAIVED)}-({_of_arrears(WAIVED)})"),
        monthly("reported.waived_due", "Waived for good, of what had fallen due", USD, f"={_of_arrears(WAIVED)}"),
        monthly("reported.capitalised", "Capitalised", USD, f"={_sum(CAPITALISED)}", "interest and fees due, made principal"),
        monthly("reported.moved_out", "Rescheduled or waived until later, of the month's instalment", USD,
                "=" + _moved("ledger.takes", ',{ledger.behind},"<>before"')),
        monthly("reported.put_off", "Rescheduled or waived until later, of arrears", USD,
                "=" + _moved("ledger.month", ',{ledger.behind},"before"')),
        monthly("reported.moved_in", "Falls due by a new date", USD, "=" + _moved("ledger.to")),
        balance("reported.later", "Put off beyond the month", USD,
                "=" + "+".join(f'SUMIFS({{ledger.used}},{{ledger.what}},"{kind}",{{ledger.takes}},"<="&[time.end],{{ledger.to}},">"&[time.end])' for kind in NEED_DUE)),
        monthly("reported.interest", "Interest paid", USD, f"={_sum(INTEREST)}"),
        monthly("reported.fees", "Fees paid", USD, f"={_sum(FEES)}"),
        balance("reported.balance_day", "Date of the bank's last statement in the month", "date",
                f'=IF([reported.has_balance]=1,SUMPRODUCT(MAX(({{ledger.what}}="{BALANCE}")*({{ledger.month}}=[time.end])*{{ledger.date}})),"–")'),
        balance("reported.balance", "Loan outstanding by the bank", USD,
                f'=IF([reported.has_balance]=1,SUMIFS({{ledger.used}},{{ledger.what}},"{BALANCE}",{{ledger.date}},[reported.balance_day])'
                f'/COUNTIFS({{ledger.what}},"{BALANCE}",{{ledger.date}},[reported.balance_day]),0)', "by the last statement of the month"),
        balance("reported.has_balance", "The bank states it", "1 or 0", f'=IF(COUNTIFS({{ledger.what}},"{BALANCE}",{{ledger.month}},[time.end])>0,1,0)'),
        balance("reported.contribution", "Contribution waived", "1 or 0", _last(CONTRIBUTION)),
        balance("reported.covenants", "Covenants waived", "1 or 0", _last(COVENANTS)),
    ]  # fmt: skip
