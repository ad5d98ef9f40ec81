"""Sheet Ledger of a deal's workbook: what happened to each tranche, by its bank's statement.

Entries are typed, or read from a CSV of the statement. Of a tranche the months from its first entry to its last one up
to the as-of date are reported: what was paid in them is the ledger's, and what fell due and was not paid is in arrears.
An entry of the loan's balance, or a payment of 0, says that the statement reaches so far.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lender_model.clauses import currency
from lender_model.compose.draft import INPUTS, Claim
from lender_model.grid import (
    COUNT,
    DATE,
    FIRST_MONTH,
    FIRST_ROW,
    LABEL,
    NOTE,
    START,
    TEXT,
    UNIT,
    USD,
    VALUE,
    Row,
    balance,
    head,
    monthly,
    scalar,
)
from lender_model.sheets.ledger import BALANCE, INTEREST, PAID, PREPAID, PUT_OFF, WAIVED
from lender_model.writing.downward import Column, Downward

if TYPE_CHECKING:
    from lender_model.clauses.tranche import Tranche
    from lender_model.compose.draft import Draft

LEDGER = "Ledger"
KINDS = (PAID, INTEREST, PREPAID, WAIVED, PUT_OFF, BALANCE)
"""What can happen, in the words of the 1996 workbook's ledger.

What is waived is waived for good; principal waived until a date falls due then.
"""
ENTRIES = 120
"""Rows for the entries of each tranche."""
_LONGEST_LIST = 250
"""Characters of a list of choices that Excel takes."""
_COUNTS = 'AND(ISNUMBER($C{row}),$D{row}<>"",$C{row}<={cover.as_of})'  # fmt: skip
_COLUMNS = (
    Column("ledger.tranche", "B", "Tranche", "text"),
    Column("ledger.date", "C", "Date", "date"),
    Column("ledger.what", "D", "What", "text", choices=KINDS),
    Column("ledger.amount", "E", "Amount", "USD"),
    Column("ledger.until", "F", "Until", "date"),
    Column("ledger.note", "G", "Note, source", "text"),
    Column("ledger.month", "H", "Month", "date", f'=IF({_COUNTS},EOMONTH($C{{row}},0),"")'),
)
ENTRY = tuple(column.key for column in _COLUMNS if not column.formula)
"""Keys of what is entered."""
NAMES = {column.key: column.name for column in _COLUMNS}
"""By key, the name of a column's cells."""
DATES = frozenset(column.key for column in _COLUMNS if column.unit == "date")
_WIDTHS = {LABEL: 34, UNIT: 12, NOTE: 24, VALUE: 18, START: 12, FIRST_MONTH: 44, FIRST_MONTH + 1: 12}


class Entry(NamedTuple):
    """An entry.

    Attributes:
        tranche: the tranche's name.
        date: None for none.
        what: one of `KINDS`.
        amount: NaN for none.
        until: the new date of principal put off.
        note: any text.
    """

    tranche: str
    date: dt.date | None
    what: str
    amount: float
    until: dt.date | None = None
    note: str = ""


def table(draft: Draft) -> Downward | None:
    """The table of entries below the sheet's lines; None without a sheet."""
    if LEDGER not in draft.pages:
        return None
    titles = tuple(each.title for each in draft.deal.tranche)
    listed = titles if len(",".join(titles)) <= _LONGEST_LIST and not any("," in title for title in titles) else ()
    first = FIRST_ROW + len(draft.pages[LEDGER].rows) + 2
    columns = (Column("ledger.tranche", "B", "Tranche", "text", choices=listed), *_COLUMNS[1:])
    return Downward(LEDGER, first, ENTRIES * len(titles), columns)


def fault(entry: Entry, tranches: Sequence[str], months: Sequence[dt.date]) -> tuple[str, str] | None:
    """What is wrong with an entry: the key of the column, and words; None if nothing is.

    Args:
        entry: what is entered.
        tranches: the names that there are.
        months: first and last day of the model.

    >>> model = dt.date(2020, 1, 1), dt.date(2029, 12, 31)
    >>> fault(Entry("Senior loan", dt.date(2021, 3, 31), "paid", 1.0), ["Senior loan"], model)[1].partition(",")[0]
    "'paid' must be one of principal paid"
    >>> fault(Entry("Senior loan", dt.date(2021, 3, 31), "principal paid", 0.0), ["Senior loan"], model)
    """
    return next(_faults(entry, tranches, months), None)


def _faults(entry: Entry, tranches: Sequence[str], months: Sequence[dt.date]) -> Iterator[tuple[str, str]]:
    tranche, date, what, amount, until, _ = entry
    if date is None:
        yield "ledger.date", "is blank; an entry must have its date"
    elif not months[0] <= date <= months[-1]:
        yield "ledger.date", f"{date} must be in the model's months, {months[0]} to {months[-1]}"
    if tranche not in tranches:
        yield "ledger.tranche", f"{tranche!r} must be one of {', '.join(tranches)}"
    if what not in KINDS:
        yield "ledger.what", f"{what!r} must be one of {', '.join(KINDS)}"
    if math.isnan(amount):
        yield "ledger.amount", f"is blank; {what} must have an amount, 0 if nothing happened"
    if amount < 0:
        yield "ledger.amount", f"{amount:,.2f} must be 0 or more"
    if until is None and what == PUT_OFF:
        yield "ledger.until", f"is blank; {what} must have the new date"
    if until is not None and what != PUT_OFF:
        yield "ledger.until", f"{until} is for {PUT_OFF} alone"
    if until is not None and date is not None and (until.year, until.month) <= (date.year, date.month):
        yield "ledger.until", f"{until} must be in a month after that of {date}"


# ---- what a tranche's sheet shows ----------------------------------------------------------------------------------


def _of(tranche: Tranche) -> str:
    """The first conditions of a count or a sum: the tranche's entries."""
    return f"{{ledger.tranche}},{{ledger.{tranche.key}.name}}"


def _told(tranche: Tranche, what: str) -> str:
    k = f"tranche.{tranche.key}"
    found = f'SUMIFS({{ledger.amount}},{_of(tranche)},{{ledger.what}},"{what}",{{ledger.month}},[time.end])'
    return f"=IF([{k}.reported]=1,{found}{currency.at(tranche)},0)"


def lines(tranche: Tranche, k: str) -> list[Row]:
    """What the ledger reports of a tranche by month, what it settles, and how the bank's balance compares."""
    a, told = f"arrears.{tranche.key}", f"{k}.ledger"
    entries = f"{{ledger.{tranche.key}.entries}}"
    left = f"[{a}_open]+[{a}_interest]+[{k}.interest_due]+[{k}.repayment]"
    settled = ("principal_before", "principal_now", "interest_before", "interest_now")
    applied = "".join(f"-[{told}.{part}]" for part in settled)
    reported = "".join(f"+[{told}.{part}]" for part in ("principal", "interest", "prepaid", "waived", "put_off"))
    stated = f'({{ledger.tranche}}={{ledger.{tranche.key}.name}})*({{ledger.what}}="{BALANCE}")*({{ledger.month}}=[time.end])'
    day = f'{_of(tranche)},{{ledger.what}},"{BALANCE}",{{ledger.date}},[{told}.bank_day]'
    return [
        head("Reported by the ledger", "sheet Ledger, up to the as-of date"),
        balance(f"{k}.reported", "Reported", "1 or 0",
                f'=IF({entries}=0,0,IF(AND([time.actual]=1,COUNTIFS({_of(tranche)},{{ledger.month}},"<="&[time.end])>0,COUNTIFS({_of(tranche)},{{ledger.month}},">="&[time.end])>0),1,0))',
                "from its first entry to its last one; payments are the ledger's"),
        balance(f"{k}.after", "Past, and after its last entry", "1 or 0",
                f'=IF({entries}=0,0,IF(COUNTIFS({_of(tranche)},{{ledger.month}},">="&[time.end])=0,[time.actual],0))',
                "arrears stand until the ledger says that they were paid"),
        monthly(f"{told}.principal", "Principal paid", USD, _told(tranche, PAID)),
        monthly(f"{told}.interest", "Interest paid", USD, _told(tranche, INTEREST)),
        monthly(f"{told}.prepaid", "Prepaid", USD, _told(tranche, PREPAID)),
        monthly(f"{told}.waived", "Waived for good", USD, _told(tranche, WAIVED)),
        monthly(f"{told}.put_off", "Waived until later", USD, _told(tranche, PUT_OFF)),
        head("What it settles", "what is in arrears first, then what falls due"),
        monthly(f"{told}.principal_before", "Principal that was in arrears", USD, f"=MIN([{told}.principal],[{a}_principal_open])"),
        monthly(f"{told}.principal_now", "Instalment of the month", USD, f"=MIN([{k}.repayment],[{told}.principal]-[{told}.principal_before])"),
        monthly(f"{told}.interest_before", "Interest that was in arrears", USD,
                f"=MIN([{told}.interest],MAX(0,[{a}_open]+[{a}_interest]-[{a}_principal_open]))", "with interest on arrears"),
        monthly(f"{told}.interest_now", "Interest due in the month", USD, f"=MIN([{k}.interest_due],[{told}.interest]-[{told}.interest_before])"),
        monthly(f"{told}.put_off_due", "Put off, of the principal that had fallen due", USD,
                f"=MIN([{told}.put_off],MAX(0,[{a}_principal_open]+[{k}.repayment]-[{told}.principal_before]-[{told}.principal_now]))",
                "is owed again, and falls due by its new date"),
        monthly(f"{told}.waived_due", "Waived, of what had fallen due", USD, f"=MIN([{told}.waived],MAX(0,{left}{applied}-[{told}.put_off_due]))",
                "principal first; no cash"),
        monthly(f"{told}.over", "Reported, and more than was due", USD,
                f"=IF([{k}.reported]=1,MAX(0,{reported.removeprefix('+')}{applied}-[{told}.put_off_due]-[{told}.waived_due]-[wf.prepayment.{tranche.key}_due]),0)",
                "counts for nothing, an alert: enter what was paid ahead as prepaid"),
        head("The bank's balance"),
        balance(f"{told}.unpaid", "Principal that fell due and was not paid", USD, f"=[{a}_principal]", "in arrears: sheet Waterfall"),
        balance(f"{told}.outstanding", "Outstanding, with what is in arrears", USD, f"=[{k}.closing]+[{told}.unpaid]", bold=True),
        balance(f"{told}.bank_day", "Date of the bank's last statement in the month", DATE,
                f'=IF([{k}.reported]=0,"–",IF(COUNTIFS({_of(tranche)},{{ledger.what}},"{BALANCE}",{{ledger.month}},[time.end])=0,"–",SUMPRODUCT(MAX({stated}*{{ledger.date}}))))'),
        balance(f"{told}.gap", "By the bank, less the model's", "US$ ±",
                f"=IF(ISNUMBER([{told}.bank_day]),SUMIFS({{ledger.amount}},{day})/COUNTIFS({day}){currency.at(tranche)}-[{told}.outstanding],0)",
                "0 where the ledger states no balance; else an alert"),
    ]  # fmt: skip


def later(tranche: Tranche, k: str) -> list[Row]:
    """Principal that the lender has put off: it stays in the balance until its new date, or the final maturity."""
    until = '{ledger.until},">"&[time.end:-1],{ledger.until},"<="&[time.end]'
    found = f'SUMIFS({{ledger.amount}},{_of(tranche)},{{ledger.what}},"{PUT_OFF}",{{ledger.month}},">0",{until})'
    return [
        head("Put off", "by the ledger"),
        balance(f"{k}.later_open", "Put off, opening", USD, f"={currency.before(tranche, f'{k}.later')}"),
        monthly(f"{k}.ledger.until", "Put off until a day of the month", USD, f"={found}{currency.at(tranche)}"),
        monthly(f"{k}.moved_in", "Falls due by its new date", USD,
                f"=IF([{k}.last]=1,[{k}.later_open],MIN([{k}.later_open],[{k}.ledger.until]))"),
        balance(f"{k}.later", "Put off, closing", USD,
                f"=MIN([{k}.closing],[{k}.later_open]-[{k}.moved_in]+[{k}.ledger.put_off_due])", start=0.0),
    ]  # fmt: skip


def claims(tranche: Tranche, k: str, label: str) -> Iterator[Claim]:
    """A tranche's claims on the cash: what is due, and what of it is to be paid where the ledger reports the month."""
    t, told, when = tranche.key, f"{k}.ledger", f"[{k}.reported]"

    def claim(key: str, words: str, due: str, paid: str, otherwise: str = "", *, funded: bool = False) -> Claim:
        called = f"IF({when}=1,{paid},{otherwise or f'[wf.{key}_due]'})"
        return Claim(key, f"{label}: {words}", due, t, funded=funded, called=called, reported=when)

    before = f"[{told}.principal_before]+[{told}.interest_before]"
    waiting = f"IF([{k}.after]=1,0,[wf.arrears.{t}_due])"
    yield claim(f"arrears.{t}", "arrears", f"[arrears.{t}_open]+[arrears.{t}_interest]", before, waiting)
    yield claim(f"interest.{t}", "interest", f"[{k}.interest_due]", f"[{told}.interest_now]", funded=True)
    yield claim(f"principal.{t}", "principal", f"[{k}.repayment]", f"[{told}.principal_now]")


def arrears(draft: Draft, tranche: str) -> list[Row]:
    """Of a tranche's arrears, the principal: what is paid of them pays interest first where no ledger tells."""
    a, k = f"arrears.{tranche}", f"tranche.{tranche}"

    def paid(kind: str) -> str:
        met = "".join(f"+[{line}]" for line in draft.met.get(f"{kind}.{tranche}", []))
        return f"[wf.{kind}.{tranche}_paid]{met}"

    fell = f"[{a}_principal_open]+[{k}.repayment]"
    by_cash = f"({paid('principal')})-MAX(0,{paid('arrears')}-([{a}_open]+[{a}_interest]-[{a}_principal_open]))"
    by_ledger = "-".join(
        f"[{k}.ledger.{part}]" for part in ("principal_before", "principal_now", "put_off_due", "waived_due")
    )
    return [
        balance(f"{a}_principal_open", "of which principal, opening", USD, f"=[{a}_principal:-1]{draft.exchange.get(tranche, '')}"),
        balance(f"{a}_principal", "of which principal, closing", USD,
                f"=MAX(0,MIN([{a}],IF([{k}.reported]=1,{fell}-{by_ledger},{fell}-{by_cash})))", start=0.0),
    ]  # fmt: skip


# ---- the sheet -------------------------------------------------------------------------------------------------------


def write(draft: Draft) -> None:
    """The sheet's lines above its entries, and the alerts."""
    tranches = draft.deal.tranche
    if not tranches:
        return
    draft.page(LEDGER, "What happened to the loans, by the bank's statement; what fell due and was not paid is in arrears.", INPUTS,
               monthly=False, widths=_WIDTHS, large=True)  # fmt: skip
    for tranche in tranches:
        draft.add(LEDGER, *_summary(tranche))
    draft.add(LEDGER, head("Entries", "yellow; below"))
    keys = [f"tranche.{tranche.key}" for tranche in tranches]

    def months(test: str) -> str:
        return "=" + "+".join(f"SUMPRODUCT({test.replace('<k>', k)})" for k in keys)

    entries = "+".join(f"{{ledger.{tranche.key}.entries}}" for tranche in tranches)
    filled = "+".join(f'({{{key}}}<>"")' for key in ENTRY[:4])
    known = "".join(f"-{{ledger.{tranche.key}.known}}" for tranche in tranches)
    draft.alert(
        "ledger.wrong",
        "Entries of the ledger that are not complete, or name what it does not know",
        f"=SUMPRODUCT(--({filled}>0)){known}",
    )
    draft.alert(
        "ledger.unreported",
        "Payment dates up to the as-of date that the ledger does not report",
        f"=IF({entries}=0,0,{months('[time.actual:row]*(1-[<k>.reported:row])*([<k>.service:row]>{checks.cent})').removeprefix('=')})",
    )
    draft.alert(
        "ledger.over",
        "Months in which the ledger has more paid or waived than was due",
        months("--([<k>.ledger.over:row]>{checks.bank})"),
    )
    others = "".join(
        f"+SUMPRODUCT(--([arrears.{t.key}_others:row]+[wf.prepayment.{t.key}_others:row]>{{checks.bank}}))"
        for t in tranches
    )
    draft.alert(
        "ledger.others",
        "Months in which the ledger has more paid than the model has cash for",
        f"={others.removeprefix('+')}",
    )
    draft.alert("ledger.bank", "Months in which the bank's balance differs from the model's", months("--(ABS([<k>.ledger.gap:row])>{checks.bank})"))  # fmt: skip


def _summary(tranche: Tranche) -> list[Row]:
    k, key = f"tranche.{tranche.key}", f"ledger.{tranche.key}"
    title = tranche.title.replace('"', '""')
    within = '{ledger.date},">"&EOMONTH({model.first},-1),{ledger.date},"<="&MAX([time.end:row])'
    known = "+".join(
        f'COUNTIFS({_of(tranche)},{{ledger.what}},"{kind}",{{ledger.amount}},">=0",{within})' for kind in KINDS
    )
    return [
        head(tranche.title, tranche.lender),
        scalar(f"{key}.name", "Its name in the entries", TEXT, f'="{title}"'),
        scalar(f"{key}.entries", "Entries up to the as-of date", COUNT, f'=COUNTIFS({_of(tranche)},{{ledger.month}},">0")'),
        scalar(f"{key}.known", "Entries in all", COUNT, f"={known}"),
        scalar(f"{key}.to", "Reported to the month to", DATE, f'=IF({{{key}.entries}}=0,"–",SUMPRODUCT(MAX([{k}.reported:row]*[time.end:row])))', "of its last entry"),
        scalar(f"{key}.arrears", "In arrears at the as-of date", USD, f"=SUMPRODUCT([time.as_of:row],[arrears.{tranche.key}:row])"),
        scalar(f"{key}.gap", "By the bank, less the model's", "US$ ±", f"=SUMPRODUCT([time.as_of:row],[{k}.ledger.gap:row])", "at the as-of date"),
    ]  # fmt: skip
