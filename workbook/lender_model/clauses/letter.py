"""letter: letters of credit and guarantees that the bank issues within a limit.

What is issued, by date or for a reserve account that it covers; a fee on it, and one on the part of the limit that is not
used, each on the balance at the month's beginning. What a beneficiary calls is owed to the bank at once: what the cash does not reach is in arrears, at the rate of the
letter, and the limit shrinks by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from drawstop.deal import Cycle, Key, Number, Ref, Text, Value, When, money, quantity
from drawstop.deal.record import Clause
from drawstop.deal.value import values_of
from lender_model.clauses.drawing import Advance
from lender_model.compose.draft import Claim
from lender_model.compose.words import dates, say, when
from lender_model.grid import COUNT, DATE, RATE, USD, Row, balance, head, monthly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawstop.deal.read import Fault, Source
    from lender_model.clauses import Deal
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[letter]]
key = "closure"
title = "Letter of credit for closure"
limit = 8_000_000
amount = [{ value = 2_000_000 }, { from = "completion", value = 6_000_000 }]
fee = 0.025
unused_fee = 0.01
payment = { every = 3, first = 2026-03-31 }
final = 2032-12-31
"""

LETTERS = "Letters"


class Letter(Clause):
    """Letters of credit or guarantees under a limit."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    limit: Value = money("Most that may be issued")
    amount: Value | None = money("Issued", None)
    covers: Annotated[Key | None, Ref("account")] = Field(None, title="Reserve account whose target it covers")
    fee: Value = quantity("per year", "Fee on what is issued", 0.0)
    unused_fee: Value = quantity("per year", "Fee on the part of the limit that is not used", 0.0)
    payment: Cycle = Field(title="Dates of the fees")
    final: Annotated[When, Ref("milestone")] = Field(title="Last day")
    called: list[Advance] = Field([], title="Called by the beneficiary: dates and amounts")
    rate: Number = quantity("per year", "Interest on what is called and not reimbursed, ACT/360", 0.0, ge=0)

    @model_validator(mode="after")
    def _one_way(self) -> Letter:
        if (self.amount is None) == (self.covers is None):
            raise ValueError("a letter of credit needs one of amount and covers")
        return self


def write(letter: Letter, draft: Draft) -> None:
    """Its lines on sheet Letters, and its claims."""
    c, label = f"letter.{letter.key}", letter.title
    draft.page(LETTERS, "Letters of credit: what is issued, its fees, and what is called.")
    draft.add(LETTERS, head(label, letter.source), *_issued(letter, draft, c, label), *_fees(letter, draft, c, label))
    if "fees" not in draft.lenders:
        draft.lenders["fees"] = ("Fees", "0")
        draft.claim(Claim("arrears.fees", "Fees: arrears", "[arrears.fees_open]", "fees"))
    draft.claim(Claim(f"fee.letter_{letter.key}", f"{label}: fees", f"[{c}.due]", "fees", funded=True))
    draft.income.append((f"{label}: fees", f"[{c}.fee]", -1))
    draft.assets.append((f"{label}: fees accrued", f"[{c}.accrued]", -1))
    draft.check(
        f"{c}.accrued",
        f"{label}: fees accrued are due or still accrued",
        draft.rolls(f"{c}.accrued_open", (f"{c}.fee",), (f"{c}.due",), f"{c}.accrued"),
    )
    if letter.called:
        _called(letter, draft, c, label)


def _issued(letter: Letter, draft: Draft, c: str, label: str) -> list[Row]:
    limit = draft.value(f"{c}.limit", letter.limit, f"{label}: limit", USD, letter.note("limit"))
    final = draft.date(f"{c}.final", letter.final, f"{label}: last day", monthly=True)
    asked = f"[account.{letter.covers}.target]"
    if letter.amount is not None:
        asked = draft.value(f"{c}.amount", letter.amount, f"{label}: issued", USD, letter.note("amount"))
    rows, used = list[Row](), ""
    if letter.called:
        key = draft.table(f"{c}.calls", f"{label}: called", [(row.date, row.amount) for row in letter.called], (DATE, USD), letter.note("called"))  # fmt: skip
        within = f"({{{key}.first}}>[time.end:-1])*({{{key}.first}}<=[time.end])"
        rows = [
            monthly(f"{c}.called", "Called by the beneficiary", USD, f"=SUMPRODUCT({within},{{{key}.second}})"),
            balance(f"{c}.called_so_far", "Called so far", USD, f"=[{c}.called_so_far:-1]+[{c}.called]", start=0.0),
        ]
        used = f"-[{c}.called_so_far]"
    return [
        *rows,
        balance(f"{c}.limit_now", "Limit, less what has been called", USD,
                f"=MAX(0,{limit}{used})*IF([time.end]<={final},1,0){draft.in_force(c)}"),
        balance(f"{c}.issued", "Issued", USD, f"=MIN([{c}.limit_now],{asked})", bold=True),
    ]  # fmt: skip


def _fees(letter: Letter, draft: Draft, c: str, label: str) -> list[Row]:
    """Fees on what stood issued, and unused, at the month's beginning."""
    issued = draft.value(f"{c}.fee_rate", letter.fee, f"{label}: fee", RATE, letter.note("fee"), by_day=True)
    unused = draft.value(f"{c}.unused_rate", letter.unused_fee, f"{label}: fee on the unused part", RATE, letter.note("unused_fee"), by_day=True)  # fmt: skip
    first = draft.date(f"{c}.first", letter.payment.first, f"{label}: first payment", monthly=True)
    every = draft.term(f"{c}.every", f"{label}: months between payments", COUNT, letter.payment.every, letter.note("payment"))  # fmt: skip
    months = f"([time.index]-YEAR({first})*{{time.months_a_year}}-MONTH({first}))"
    ended = f"AND([{c}.limit_now]<={{checks.cent}},[{c}.limit_now:-1]>{{checks.cent}})"
    days = "([time.end]-[time.begin])/{time.year_days}"
    return [
        monthly(f"{c}.fee", "Fees of the month, ACT/360", USD,
                f"=([{c}.issued:-1]*{issued}+([{c}.limit_now:-1]-[{c}.issued:-1])*{unused})*{days}"),
        balance(f"{c}.accrued_open", "Accrued, opening", USD, f"=[{c}.accrued:-1]"),
        monthly(f"{c}.due", "Fees due", USD,
                f"=IF(OR({ended},AND({months}>=0,MOD({months},{every})=0)),[{c}.accrued_open]+[{c}.fee],0)", bold=True),
        balance(f"{c}.accrued", "Accrued, closing", USD, f"=[{c}.accrued_open]+[{c}.fee]-[{c}.due]", start=0.0),
    ]  # fmt: skip


def _called(letter: Letter, draft: Draft, c: str, label: str) -> None:
    """What is called is owed to the bank at once; the obligation that it met is a cost of the borrower."""
    lender = f"letter_{letter.key}"
    rate = draft.term(
        f"{c}.rate", f"{label}: interest on what is not reimbursed", RATE, letter.rate, letter.note("rate")
    )
    draft.lenders[lender] = (label, f"{rate}*([time.end]-[time.begin])/{{time.year_days}}")
    arrears = f"[arrears.{lender}_open]+[arrears.{lender}_interest]"
    draft.claim(Claim(f"arrears.{lender}", f"{label}: arrears", arrears, lender))
    draft.claim(Claim(f"principal.{lender}", f"{label}: reimbursed", f"[{c}.called]", lender))
    draft.service.append(f"[{c}.called]")
    draft.income.append((f"{label}: called", f"[{c}.called]", -1))


def describe(letter: Letter) -> list[str]:
    """The letters in words."""
    issued = f"covers {letter.covers}" if letter.covers else f"issued {say(letter.amount, 'US$ {:,.0f}')}"
    called = "; ".join(f"{when(row.date)} {row.amount:,.0f}" for row in letter.called)
    limit, fee = say(letter.limit, "US$ {:,.0f}"), say(letter.fee, "{:.2%}")
    lines = [
        f"{letter.title}: up to {limit} until {when(letter.final)}, {issued}.",
        f"Fee: {fee} a year on what is issued, {say(letter.unused_fee, '{:.2%}')} on the rest, paid {dates(letter.payment)}.",
    ]
    return [*lines, f"Called: {called}."] if called else lines


def faults_of(deal: Deal, raw: Source) -> Iterator[Fault]:
    """More called than may be issued."""
    for k, letter in enumerate(deal.letter):
        called, most = sum(row.amount for row in letter.called), max(values_of(letter.limit))
        if called > most:
            yield raw.fault(("letter", k, "called"), f"calls {called:,.2f}, above the limit of {most:,.2f}")
