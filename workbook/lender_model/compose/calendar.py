"""Calendar: what falls due, is tested or ends in the twelve months after the as-of date, from the clauses' lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from drawstop.deal import After, When
from lender_model import falling_due as due
from lender_model.clauses.covenant import COVENANTS
from lender_model.clauses.fee import FEES
from lender_model.compose.draft import OUTPUTS, UNITS
from lender_model.grid import DATE, balance, head, scalar

if TYPE_CHECKING:
    from lender_model.clauses import Deal
    from lender_model.clauses.covenant import Covenant
    from lender_model.clauses.fee import Fee
    from lender_model.clauses.milestone import Milestone
    from lender_model.clauses.tranche import Tranche
    from lender_model.compose.draft import Draft

_NEVER = "{time.never}"


def write(draft: Draft) -> None:
    """The sheet."""
    deal = draft.deal
    draft.page(
        "Calendar", due.PURPOSE, OUTPUTS, monthly=False, start_title=due.START_TITLE, across_titles=due.TITLES,
        widths=due.WIDTHS,
    )  # fmt: skip
    payments = [*(each for tranche in deal.tranche for each in _service(draft, tranche)), *_fees(draft)]
    if draft.service:
        payments.append(
            due.Payment("other", "Other service, as deliveries in ounces", ("debt.ounces",), word="Other service")
        )
    tests = [_test(draft, covenant) for covenant in deal.covenant]
    draft.add("Calendar", *due.rows(payments, tests, list(_deadlines(draft)), "{dash.arrears}", _NEVER))
    dates = ",".join(f"[cal.{payment.key}:start]" for payment in payments)
    first = f'=IF(COUNT({dates})=0,"–",MIN({dates}))'
    draft.add(
        "Calendar", head("In all"), scalar("cal.next", "Next payment on", DATE, first, "the first date in column F")
    )


# ---- payments --------------------------------------------------------------------------------------------------------


def _service(draft: Draft, tranche: Tranche) -> Iterator[due.Payment]:
    k = f"tranche.{tranche.key}"
    paid = f"{k}.pay_day" if tranche.mid_month else due.MONTH_ENDS
    yield due.Payment(
        f"interest.{tranche.key}", f"{tranche.title}: interest", (f"{k}.interest_due",), on=paid, word="Interest"
    )
    yield due.Payment(
        f"principal.{tranche.key}",
        f"{tranche.title}: principal",
        (f"{k}.repayment",),
        on=_instalments(draft, tranche, k),
        word="Principal",
    )


def _instalments(draft: Draft, tranche: Tranche, k: str) -> str:
    """Key of the line of the dates on which principal falls due."""
    part = tranche.repayment
    days: list[When] = [row.date for row in part.table]
    date = "[time.end]"
    if part.dates is not None:
        first = draft.date(f"{k}.repay.first", part.dates.first, f"{tranche.title}: first instalment")
        days, date = [part.dates.first], _same_day(first)
        if tranche.mid_month and isinstance(part.dates.first, dt.date) and part.dates.first.day == tranche.payment_day:
            date = f"IF([{k}.pay_day]>0,[{k}.pay_day],{date})"  # with the interest, on the same business day
    elif days:
        table = f"{k}.{'target' if part.method == 'target' else 'instalment'}.first"
        within = f"({{{table}}}>[time.end:-1])*({{{table}}}<=[time.end])"
        date = f"IF([{k}.due]=0,[time.end],SUMPRODUCT(MAX({within}*{{{table}}})))"
    if all(_is_month_end(day) for day in [*days, tranche.final]):
        return due.MONTH_ENDS
    return _line(
        draft, tranche.title, f"{k}.repaid_on", "Principal falls due on", f"IF([{k}.last]=1,{{{k}.final}},{date})"
    )


def _fees(draft: Draft) -> Iterator[due.Payment]:
    for fee in draft.deal.fee:
        yield due.Payment(
            f"fee.{fee.key}",
            fee.name,
            (f"fee.{fee.key}.due",),
            on=_fee_dates(draft, fee),
            once=fee.kind == "upfront",
            word="Fees",
        )
    for letter in draft.deal.letter:
        yield due.Payment(f"letter.{letter.key}", f"{letter.title}: fees", (f"letter.{letter.key}.due",), word="Fees")


def _fee_dates(draft: Draft, fee: Fee) -> str:
    f = f"fee.{fee.key}"
    if fee.payment is not None and not _is_month_end(fee.payment.first):
        first = draft.date(f"{f}.first", fee.payment.first, f"{fee.name}: first payment")
        return _line(draft, FEES, f"{f}.on", f"{fee.name} falls due on", _same_day(first))
    if fee.kind == "upfront":
        date = draft.added(f) or "{deal.signing}"
        if fee.date is not None:
            date = draft.date(f"{f}.date", fee.date, f"{fee.name}: date")
        here = f"AND({date}>[time.end:-1],{date}<=[time.end])"
        return _line(draft, FEES, f"{f}.on", f"{fee.name} falls due on", f"IF({here},{date},[time.end])")
    return due.MONTH_ENDS


def _line(draft: Draft, sheet: str, key: str, label: str, formula: str) -> str:
    """A line of dates at the end of a sheet; gives its key."""
    draft.add(sheet, head("For sheet Calendar"), balance(key, label, DATE, f"={formula}"))
    return key


def _same_day(first: str) -> str:
    """Template: the day of a month on which what began on a date falls due."""
    return f"IF({first}=EOMONTH({first},0),[time.end],MIN([time.end],[time.end:-1]+DAY({first})))"


def _is_month_end(when: When) -> bool:
    """Whether a date is a month-end in any case, or is taken as one."""
    match when:
        case dt.date():
            return (when + dt.timedelta(days=1)).day == 1
        case After():
            return bool(when.months) and (when.by is None or _is_month_end(when.by))
        case _:
            return False


# ---- tests and deadlines ---------------------------------------------------------------------------------------------


def _test(draft: Draft, covenant: Covenant) -> due.Test:
    c = f"covenant.{covenant.key}"
    series = draft.case.market.get(covenant.metric)
    unit = series.unit if series else UNITS.get(covenant.metric, "x")
    on, first = due.MONTH_ENDS, covenant.dates.first
    if isinstance(first, dt.date) and not _is_month_end(first):
        date = _same_day(draft.date(f"{c}.first", first, f"{covenant.name}: first test"))
        on = _line(draft, COVENANTS, f"{c}.on", f"{covenant.name} tested on", date)
    return due.Test(
        f"test.{covenant.key}", covenant.name, f"[{c}.test:row]", f"[{c}.breach:row]", f"{c}.headroom", unit, on
    )


def _deadlines(draft: Draft) -> Iterator[due.Deadline]:
    deal = draft.deal
    for milestone in deal.milestone:
        yield from _milestone(milestone)
    yield from _waivers(deal)
    for tranche in deal.tranche:
        k, label = f"tranche.{tranche.key}", tranche.title
        now = draft.in_force(k, once=True)
        if tranche.draw.last is not None:
            last = draft.date(f"{k}.draw.last", tranche.draw.last, f"{label}: last day of drawing")
            yield due.Deadline(
                f"draw.{tranche.key}",
                f"{label}: last day of drawing",
                f"({_known(last)}){now}",
                word="Last day of drawing",
            )
        final = f"({_known(f'{{{k}.final}}')}){now}"
        yield due.Deadline(f"final.{tranche.key}", f"{label}: final maturity", final, word="Final maturity")
    for letter in deal.letter:
        last = draft.date(f"letter.{letter.key}.final", letter.final, f"{letter.title}: last day")
        yield due.Deadline(
            f"letter_final.{letter.key}", f"{letter.title}: last day", _known(last), word="Last day of letters"
        )


def _known(date: str) -> str:
    """Template: a date, or 0 if it depends on what is not expected to happen."""
    return f"IF({date}<{_NEVER},{date},0)"


def _milestone(milestone: Milestone) -> Iterator[due.Deadline]:
    m = f"milestone.{milestone.key}"
    if milestone.longstop is not None:
        held = f"[{m}.deadline:start]"
        ahead = f'IF({held}="late","expected late",IF({held}="in time","expected in time",{held}))'
        state = f'IF([{m}:start]="met",IF({{{m}}}>{{{m}.deadline}},"met late","met"),{ahead})'
        yield due.Deadline(
            f"longstop.{milestone.key}",
            f"{milestone.name}: longstop date",
            f'IF([{m}:start]="met",0,{{{m}.deadline}})',
            state,
            milestone.source,
        )
    yield due.Deadline(f"expected.{milestone.key}", f"{milestone.name}: expected", f"{{{m}}}", f"[{m}:start]")


def _waivers(deal: Deal) -> Iterator[due.Deadline]:
    """Each waiver's last day, from the day on which it was granted."""
    for covenant in deal.covenant:
        own = [waiver for waiver in deal.waiver if waiver.covenant == covenant.key]
        for k, waiver in enumerate(own, start=1):
            w = f"covenant.{covenant.key}.waiver.{k}"
            granted, until = f"{{cover.as_of}}>={{{w}.granted}}", f"{{{w}.until}}"
            state = f'IF({granted},IF({{cover.as_of}}>{until},"ended","in force"),"not yet")'
            yield due.Deadline(
                f"waiver.{covenant.key}.{k}",
                f"{covenant.name}: waiver ends",
                f"IF({granted},{until},0)",
                state,
                waiver.source,
            )
