"""repayment: when and how a tranche's principal falls due.

``table`` (dates with amounts, less in proportion where less than the commitment was lent; what the table leaves is due at
maturity), ``shares`` (parts of the principal by number of the instalment), ``equal``, ``balloon``,
``level``, ``bullet``, ``sculpted`` to a cover ratio, or down to a ``target`` balance, where missed amounts are
caught up. The first date may depend on a milestone. The agreement says how a prepayment reduces later instalments.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from drawstop.deal import Dates, Number, Record, Value, quantity
from drawstop.deal.value import Date
from lender_model.clauses import currency
from lender_model.compose.draft import most_of
from lender_model.compose.words import dates, say, when
from lender_model.grid import COUNT, DATE, FLAG, SHARE, USD, Row, balance, head, monthly, scalar

if TYPE_CHECKING:
    from lender_model.clauses.tranche import Tranche
    from lender_model.compose.draft import Draft

Method = Literal["table", "shares", "equal", "balloon", "level", "bullet", "sculpted", "target"]


class Instalment(Record):
    """A line of a table: an amount due on a date, or the balance left after it."""

    date: Date = Field(title="Date")
    amount: Number = quantity("US$", "Amount, or balance after it", ge=0)


class Repayment(Record):
    """How the principal is repaid."""

    method: Method = Field(title="Method")
    dates: Dates | None = Field(None, title="Dates of the instalments, but of a table")
    table: list[Instalment] = Field([], title="Dates and amounts, or target balances")
    shares: list[Number] = Field([], title="Parts of the principal by number of the instalment")
    balloon: Number = quantity("fraction", "Part of the principal due with the last instalment", 0.0, ge=0, le=1)
    dscr: Value | None = quantity("ratio", "Cover ratio to which debt service is sculpted", None)
    cash_share: Number = quantity("fraction", "Part of the cash flow that serves this tranche", 1.0, gt=0, le=1)
    after_prepayment: Literal["pro rata", "inverse", "next"] = Field(
        "pro rata", title="Which instalments a prepayment reduces: all in proportion, the last first, the next first"
    )

    @model_validator(mode="after")
    def _complete(self) -> Repayment:
        used = {"table": ("table",), "target": ("table",), "shares": ("dates", "shares"), "balloon": ("dates", "balloon"), "bullet": (),
                "sculpted": ("dates", "dscr", "cash_share")}.get(self.method, ("dates",))  # fmt: skip
        self.refuse_unused(f"method {self.method}", used, ("dates", "table", "shares", "balloon", "dscr", "cash_share"))
        if self.method in {"table", "target"}:
            if not self.table:
                raise ValueError(f"method {self.method} needs a table of dates and amounts")
            for before, after in pairwise(self.table):
                if after.date <= before.date:
                    raise ValueError(f"the dates of the table must ascend: {after.date} comes after {before.date}")
        elif self.method != "bullet" and self.dates is None:
            raise ValueError(f"method {self.method} needs dates")
        if self.method == "shares" and abs(sum(self.shares) - 1) > 1e-9:
            raise ValueError(f"the shares must add up to 1, not {sum(self.shares):.6f}")
        if self.method == "sculpted" and self.dscr is None:
            raise ValueError("method sculpted needs dscr")
        return self


def write(draft: Draft, tranche: Tranche, k: str, label: str) -> tuple[list[Row], str]:  # noqa: PLR0911 - a method, a return
    """The lines of the instalments, and the template of what falls due in a month."""
    part = tranche.repayment
    added = f"+[{k}.capitalised]" if tranche.rate.capitalised else ""
    owed = f"([{k}.opening]{added}-[{k}.later_open])"  # what was put off falls due on its own date
    note = tranche.note("repayment")
    last = f"[{k}.last]=1"
    rows = [head("Instalments", note)]
    if part.method == "bullet":
        return [], f"=IF({last},{owed},0)"
    if part.method == "target":
        key = draft.table(
            f"{k}.target",
            "Target balance",
            [(row.date, row.amount) for row in part.table],
            (DATE, currency.unit(tranche)),
            note,
        )
        within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
        rows += [
            balance(f"{k}.due", "Target balance tested", FLAG, f"=SUMPRODUCT({within})"),
            balance(
                f"{k}.target_balance",
                "Target balance",
                USD,
                f"=SUMPRODUCT({within},{{{key}.second}}){currency.at(tranche)}",
            ),
        ]
        return rows, f"=IF({last},{owed},IF([{k}.due]=1,MAX(0,{owed}-[{k}.target_balance]),0))"
    if part.method == "table":
        rows += _table(draft, tranche, k, note)
    else:
        rows += _pattern(draft, part, k, label, note)
    if part.method == "sculpted":
        return _sculpted(draft, part, k, label, owed, rows, note)
    if part.method == "level":
        period = draft.term(f"{k}.repay.every", f"{label}: months between instalments", COUNT, _every(part), note)
        rate = f"([{k}.rate]*{period}/{{time.months_a_year}})"
        left = f"({{{k}.count}}-[{k}.number]+1)"
        level = f"{owed}*IF({rate}=0,1/{left},{rate}/((1+{rate})^{left}-1))"
        return rows, f"=IF({last},{owed},IF([{k}.due]=1,{level},0))"
    rows += [
        balance(
            f"{k}.left",
            "Part of the principal still to fall due",
            SHARE,
            f"=MAX(0,[{k}.left:-1]-[{k}.share])",
            start=1.0,
        ),
    ]
    if part.after_prepayment == "pro rata":
        scheduled = f"IF([{k}.share]=0,0,{owed}*MIN(1,[{k}.share]/[{k}.left:-1]))"
        return rows, f"=IF({last},{owed},{scheduled})"
    lent = f"({currency.before(tranche, f'{k}.lent')}" + (f"+[{k}.capitalised])" if tranche.rate.capitalised else ")")
    if part.after_prepayment == "inverse":
        return rows, f"=IF({last},{owed},MIN({owed},{lent}*[{k}.share]))"
    rows += [
        balance(f"{k}.credit_open", "Prepayments not yet used, opening", USD, f"={currency.before(tranche, f'{k}.credit')}"),
        monthly(f"{k}.credit_used", "- used for instalments", USD, f"=MIN([{k}.credit_open],{lent}*[{k}.share])"),
        balance(f"{k}.credit", "Prepayments not yet used, closing", USD,
                f"=[{k}.credit_open]+[{k}.prepaid]-[{k}.credit_used]", start=0.0),
    ]  # fmt: skip
    return rows, f"=IF({last},{owed},MIN({owed},{lent}*[{k}.share]-[{k}.credit_used]))"


def _every(part: Repayment) -> int:
    return part.dates.every if part.dates else 1


def _table(draft: Draft, tranche: Tranche, k: str, note: str) -> list[Row]:
    rows = [(row.date, row.amount) for row in tranche.repayment.table]
    key = draft.table(f"{k}.instalment", "Instalment", rows, (DATE, USD), note)
    within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
    return [
        balance(f"{k}.due", "Instalments due", COUNT, f"=SUMPRODUCT({within})"),
        balance(f"{k}.share", "Part of the principal due", SHARE,
                f"=SUMPRODUCT({within},{{{key}.second}})/MAX(SUM({{{key}.second}}),{_whole(tranche, k)})"),
    ]  # fmt: skip


def _whole(tranche: Tranche, k: str) -> str:
    """Template of the principal that the amounts of a table are part of: what may be lent, or what was owed at the start."""
    if tranche.draw.rank is None:
        return f"{{{k}.owed_first}}" + (f"+SUM({{{k}.advance.second}})" if tranche.draw.plan else "")
    return most_of(f"{k}.commitment", tranche.commitment)


def _pattern(draft: Draft, part: Repayment, k: str, label: str, note: str) -> list[Row]:
    assert part.dates  # noqa: S101 - the record has seen to it
    first = draft.date(f"{k}.repay.first", part.dates.first, f"{label}: first instalment")
    every = draft.term(f"{k}.repay.every", f"{label}: months between instalments", COUNT, part.dates.every, note)
    until = (
        f"{{{k}.final}}"
        if part.dates.until is None
        else draft.date(f"{k}.repay.until", part.dates.until, f"{label}: last instalment")
    )
    rows = [
        scalar(f"{k}.first_month", "Month of the first instalment, counted from year 0", COUNT, f"=YEAR({first})*{{time.months_a_year}}+MONTH({first})"),
        scalar(f"{k}.last_month", "Month of the last instalment", COUNT, f"=YEAR({until})*{{time.months_a_year}}+MONTH({until})"),
        scalar(f"{k}.count", "Number of instalments", COUNT, f"=MAX(0,INT(({{{k}.last_month}}-{{{k}.first_month}})/{every})+1)"),
        balance(f"{k}.due", "Instalment due", FLAG,
                f"=IF(AND([time.index]>={{{k}.first_month}},[time.index]<={{{k}.last_month}},"
                f"MOD([time.index]-{{{k}.first_month}},{every})=0),1,0)"),
        balance(f"{k}.number", "Instalments so far", COUNT, f"=[{k}.number:-1]+[{k}.due]", start=0.0),
    ]  # fmt: skip
    if part.method == "equal":
        rows.append(balance(f"{k}.share", "Part of the principal due", SHARE, f"=IF([{k}.due]=1,1/{{{k}.count}},0)"))
    if part.method == "balloon":
        last = draft.term(f"{k}.balloon", f"{label}: balloon", SHARE, part.balloon, note)
        rows.append(
            balance(f"{k}.share", "Part of the principal due", SHARE,
                    f"=IF([{k}.due]=0,0,IF([{k}.number]={{{k}.count}},{last},(1-{last})/({{{k}.count}}-1)))")
        )  # fmt: skip
    if part.method == "shares":
        numbered = [(float(number), share) for number, share in enumerate(part.shares, start=1)]
        key = draft.table(f"{k}.shares", "Part of the principal", numbered, (COUNT, SHARE), note)
        rows.append(
            balance(f"{k}.share", "Part of the principal due", SHARE,
                    f"=IF([{k}.due]=1,SUMIF({{{key}.first}},[{k}.number],{{{key}.second}}),0)")
        )  # fmt: skip
    return rows


def _sculpted(
    draft: Draft, part: Repayment, k: str, label: str, owed: str, rows: list[Row], note: str
) -> tuple[list[Row], str]:
    assert part.dscr is not None  # noqa: S101 - the record has seen to it
    cover = draft.value(f"{k}.dscr", part.dscr, f"{label}: cover ratio", "ratio", note)
    share = draft.term(f"{k}.cash_share", f"{label}: part of the cash flow", SHARE, part.cash_share, note)
    months = draft.term(f"{k}.repay.every", f"{label}: months between instalments", COUNT, _every(part), note)
    period = f"SUMPRODUCT(([time.end:row]>EOMONTH([time.end],-{months}))*([time.end:row]<=[time.end]),[ops.cfads:row])"
    rows.append(
        monthly(
            f"{k}.cash_served", "Cash flow of the period, which the instalment is part of", USD, f"={period}*[{k}.due]"
        )
    )
    served = f"MAX(0,[{k}.cash_served])*{share}/{cover}-[{k}.interest_due]"
    return rows, f"=IF([{k}.last]=1,{owed},IF([{k}.due]=1,MAX(0,MIN({owed},{served})),0))"


_CENT = 0.005


def describe(part: Repayment, whole: float = 0.0) -> str:
    """The repayment in words, of a principal of ``whole``.

    >>> describe(Repayment(method="bullet"))
    'in one amount at maturity'
    """
    if part.method == "bullet":
        return "in one amount at maturity"
    if part.method in {"table", "target"}:
        lines = "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in part.table)
        if part.method == "target":
            return f"down to a balance of: {lines}"
        rest = whole - sum(row.amount for row in part.table)
        return lines + (f"; the rest of {rest:,.0f} at maturity" if rest > _CENT else "")
    assert part.dates  # noqa: S101 - the record has seen to it
    first = dates(part.dates)
    how = {
        "equal": "equal instalments", "level": "level instalments of principal and interest",
        "balloon": f"equal instalments and a balloon of {part.balloon:.1%}",
        "shares": "instalments of " + ", ".join(f"{share:.2%}" for share in part.shares),
        "sculpted": "instalments sculpted to a cover of " + (say(part.dscr, "{:.2f}x") if part.dscr is not None else "") + (f" by {part.cash_share:.0%} of the cash flow" if part.cash_share != 1 else ""),
    }[part.method]  # fmt: skip
    return f"in {how}, {first}"
