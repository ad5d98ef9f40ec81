"""tranche: a loan of the facility: term loan, revolver, standby or overrun facility, or its stages.

Its commitment, when and in which order it is drawn, its rate and its repayment. A sheet for each tranche holds its
balance, interest and accruals, in another currency too if it has one, and what its bank has reported; ``rank`` and ``share`` say in which order or proportion it is drawn for construction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from drawstop.deal import Key, Number, Payments, Ref, Text, Value, When, money
from drawstop.deal.record import Clause
from drawstop.deal.value import values_of
from lender_model.clauses import base_rate, currency, drawing, interest, repayment
from lender_model.clauses.drawing import Draw
from lender_model.clauses.rate import Rate, year_part
from lender_model.clauses.rate import describe as describe_rate
from lender_model.clauses.repayment import Repayment
from lender_model.compose import ledger
from lender_model.compose.draft import Chart
from lender_model.compose.words import dates, say, when
from lender_model.grid import DATE, RATE, USD, Row, balance, head, monthly, scalar

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[tranche]]
key = "standby"
title = "Standby facility"
kind = "standby"
commitment = 10_000_000
final = 2029-12-31
draw = { rank = 3 }
payment = { every = 3, first = 2026-03-31 }
rate = { base = "sofr", margin = [{ value = 0.07 }, { from = "completion", value = 0.065 }] }
repayment = { method = "equal", dates = { every = 3, first = { event = "completion", months = 6 } } }
"""


class Tranche(Clause):
    """A loan of the facility."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("amount", "limit", "principal"), "commitment"),
        **dict.fromkeys(("maturity", "final_maturity", "term"), "final"),
        **dict.fromkeys(("interest", "margin", "base"), "rate = { base, margin }"),
        **dict.fromkeys(("availability", "advances", "drawdown", "oid", "discount"), "draw"),
        **dict.fromkeys(("instalments", "amortization", "schedule"), "repayment"),
        **dict.fromkeys(("fee", "fees", "commitment_fee"), "[[fee]]"),
    }

    key: Key = Field(title="Key")
    title: Text = Field(title="Name, which its sheet bears", max_length=31)
    kind: Literal["term", "revolver", "standby", "subordinated"] = Field("term", title="Kind")
    lender: str = Field("", title="Lender")
    currency: Annotated[Key | None, Ref("market")] = Field(
        None, title="Its currency, if not the deal's: the series of the market that is the exchange rate"
    )
    commitment: Value = money("Commitment; stages are steps by date or milestone")
    opening: Number = money("Owed at the start of the model", 0.0, ge=0)
    final: Annotated[When, Ref("milestone")] = Field(title="Final maturity")
    draw: Draw = Field(title="Drawing")
    payment: Payments = Field(title="Interest payment dates")
    rate: Rate = Field(title="Interest")
    repayment: Repayment = Field(title="Repayment")
    conditions: list[Text] = Field([], title="Conditions of drawing, ticked on the certificate")

    @property
    def mid_month(self) -> bool:
        """Whether interest is paid on a day other than the month's end."""
        return self.payment_day < _LAST_DAY or self.payment.business_days != "none"

    @property
    def payment_day(self) -> int:
        """Day of the month on which interest is paid, 31 for the month's end."""
        first = self.payment.first
        if self.payment.day:
            return self.payment.day
        if not isinstance(first, dt.date) or (first + dt.timedelta(days=1)).day == 1:
            return _LAST_DAY
        return first.day

    @property
    def is_prepaid_by_itself(self) -> bool:
        """Whether surplus cash repays it automatically."""
        return self.kind == "revolver"


_LAST_DAY = 31


def write(tranche: Tranche, draft: Draft) -> None:
    """Its terms, its sheet, its claims and what they mean for profit and balance sheet."""
    k, label = f"tranche.{tranche.key}", tranche.title
    draft.debts.append(k)
    draft.page(label, f"{label}: balance, interest and repayment.")
    commitment = draft.value(
        f"{k}.commitment",
        tranche.commitment,
        f"{label}: commitment",
        currency.unit(tranche),
        tranche.note("commitment"),
    )
    final = draft.date(f"{k}.final_date", tranche.final, f"{label}: final maturity")
    draft.add(
        label,
        head("Commitment and dates", tranche.source),
        *currency.rates(tranche, k),
        balance(f"{k}.commitment_now", "Commitment", USD, f"={commitment}{currency.at(tranche)}{draft.in_force(k)}"),
        scalar(f"{k}.final", "Final maturity", DATE, f"={final}"),
        *interest.payment_dates(draft, tranche, k, label),
        draft.flag(
            f"{k}.last",
            "Final maturity in this month",
            f"=IF(AND({{{k}.final}}>[time.end:-1],{{{k}.final}}<=[time.end]),1,0)",
        ),
        *drawing.availability(draft, tranche, k, label),
    )
    instalments, due = repayment.write(draft, tranche, k, label)
    due += f"+[{k}.moved_in]"
    draft.add(
        label,
        *instalments,
        *ledger.later(tranche, k),
        *base_rate.rate_lines(draft, tranche, k, label),
        *_balance(draft, tranche, k, due),
        *interest.lines(draft, tranche, k),
        *currency.lines(draft, tranche, k, label),
        *ledger.lines(tranche, k),
    )
    _claims(draft, tranche, k, label)
    draft.check(f"{k}.rolls", f"{label}: balance rolls forward",
                draft.rolls(f"{k}.opening", (f"{k}.drawn", *interest.capitalised(tranche, k), f"{k}.ledger.put_off_due"), (f"{k}.repayment", f"{k}.prepaid"), f"{k}.closing", currency.moved(tranche, "principal")))  # fmt: skip
    draft.check(f"{k}.accrued", f"{label}: interest accrued is due, added or still accrued",
                draft.rolls(f"{k}.accrued_open", (f"{k}.interest",), (f"{k}.interest_due", *interest.capitalised(tranche, k)), f"{k}.accrued", currency.moved(tranche, "accrued")))  # fmt: skip
    draft.check(f"{k}.above_zero", f"{label}: balance never below zero", f"=MIN(0,MIN([{k}.closing:row]))")
    draft.check(f"{k}.conserved", f"{label}: lent equals repaid and outstanding",
                f"=[{k}.closing:start]+SUM([{k}.drawn:row])" + (f"+SUM([{k}.exchange_principal:row])" if tranche.currency else "") + (f"+SUM([{k}.capitalised:row])" if tranche.rate.capitalised else "")
                + f"-SUM([{k}.repayment:row])" + f"-SUM([{k}.prepaid:row])+SUM([{k}.ledger.put_off_due:row])-INDEX([{k}.closing:row],1,COLUMNS([{k}.closing:row]))")  # fmt: skip
    draft.alert(
        f"{k}.left",
        f"{label} outstanding at the end",
        f"=IF(INDEX([{k}.closing:row],1,COLUMNS([{k}.closing:row]))>{{checks.cent}},1,0)",
    )
    draft.charts.append(
        Chart(
            f"{label}, US$ million",
            columns=((f"{k}.closing", "Outstanding"),),
            lines=((f"{k}.repayment", "Instalments due"),),
        )
    )


def _balance(draft: Draft, tranche: Tranche, k: str, due: str) -> list[Row]:
    opening = draft.term(
        f"{k}.owed_first",
        f"{tranche.title}: owed at the start",
        currency.unit(tranche),
        tranche.opening,
        tranche.note("opening"),
    )
    added = "".join(f"+[{key}]" for key in interest.capitalised(tranche, k))
    return [
        head("Balance", tranche.source),
        balance(f"{k}.opening", "Opening balance", USD, f"={currency.before(tranche, f'{k}.closing')}"),
        *([interest.capitalised_line(draft, tranche, k)] if tranche.rate.capitalised else []),
        monthly(f"{k}.repayment", "- instalments due", USD, due, tranche.note("repayment")),
        monthly(f"{k}.prepaid", "- prepaid and swept", USD, f"=[wf.prepaid.{tranche.key}]", "sheet Waterfall"),
        balance(
            f"{k}.closing",
            "Closing balance",
            USD,
            f"=[{k}.opening]+[{k}.drawn]{added}-[{k}.repayment]-[{k}.prepaid]+[{k}.ledger.put_off_due]",
            bold=True,
            start=f"={opening}{currency.at(tranche)}",
        ),
        balance(
            f"{k}.lent",
            "Lent so far, with interest added",
            USD,
            f"={currency.before(tranche, f'{k}.lent')}+[{k}.drawn]{added}",
            start=f"={opening}{currency.at(tranche)}",
        ),
    ]


def _claims(draft: Draft, tranche: Tranche, k: str, label: str) -> None:
    default = draft.term(
        f"{k}.default_margin",
        f"{label}: added on overdue amounts",
        RATE,
        tranche.rate.default_margin,
        tranche.note("rate.default_margin"),
    )
    if tranche.currency:
        draft.exchange[tranche.key] = f"*[{k}.exchange_moves]"
    draft.lenders[tranche.key] = (
        label,
        f"([{k}.rate]+{default})*{year_part(tranche.rate.basis, '[time.begin]', '[time.end]', f'{{{k}.year_days}}')}",
    )
    for claim in ledger.claims(tranche, k, label):
        draft.claim(claim)
    received = f"[{k}.drawn]"
    if tranche.draw.discount:
        discount = draft.term(
            f"{k}.discount",
            f"{label}: discount at drawing",
            "fraction",
            tranche.draw.discount,
            tranche.note("draw.discount"),
        )
        received = f"[{k}.drawn]*(1-{discount})"
        draft.income.append((f"{label}: discount at drawing", f"[{k}.drawn]*{discount}", -1))
    (draft.drawings if tranche.draw.rank else draft.inflows).append((f"{label}: advances", received))
    draft.sources.append((f"{label}: advances", f"{k}.drawn"))
    draft.income.append((f"{label}: interest", f"[{k}.interest]", -1))
    draft.assets += [(label, f"[{k}.closing]", -1), (f"{label}: interest accrued", f"[{k}.accrued]", -1)]


def describe(tranche: Tranche) -> list[str]:
    """The tranche in words, as a term sheet has it."""
    kind = {
        "term": "Term loan",
        "revolver": "Revolving credit",
        "standby": "Standby facility",
        "subordinated": "Subordinated loan",
    }[tranche.kind]
    money = tranche.currency.upper() if tranche.currency else "US$"
    lines = [
        f"{tranche.title}. {kind} of up to {say(tranche.commitment, money + ' {:,.0f}')}"
        + (f" from {tranche.lender}" if tranche.lender else "")
        + "."
    ]
    lines += drawing.describe(tranche.draw)
    if tranche.currency:
        lines.append(f"In {tranche.currency.upper()}, at the month's exchange rate.")
    if tranche.opening:
        lines.append(f"Owed at the start: {tranche.opening:,.0f}.")
    lines.append(f"Interest: {describe_rate(tranche.rate)}; paid {dates(tranche.payment)}"
                 + (f", on day {tranche.payment.day}" if tranche.payment.day else "")
                 + (f", {tranche.payment.business_days} business day" if tranche.payment.business_days != "none" else "") + ".")  # fmt: skip
    drawn = tranche.opening + sum(row.amount for row in tranche.draw.plan)
    whole = max(values_of(tranche.commitment)) if tranche.draw.rank else drawn
    lines.append(f"Repayment: {repayment.describe(tranche.repayment, whole)}; final maturity {when(tranche.final)}.")
    if tranche.repayment.after_prepayment != "pro rata":
        which = {"inverse": "the last instalments first", "next": "the next instalments first"}[
            tranche.repayment.after_prepayment
        ]
        lines.append(f"A prepayment reduces {which}.")
    lines += [f"Condition of drawing: {text}." for text in tranche.conditions]
    return lines
