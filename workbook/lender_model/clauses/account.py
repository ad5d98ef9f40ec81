"""account: reserves beside the main account.

A debt-service reserve holds so many months of service ahead, or an amount by date or state; closure, maintenance and
cost-overrun reserves likewise. It is funded by the construction sources, from cash flow in its rank, or by letter of
credit; it pays the claims that it names when the cash does not reach, and gives back what is above its target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Key, Number, Ref, Text, Value, When, Whole, quantity
from drawstop.deal.record import Clause
from lender_model.compose.draft import Chart, Claim
from lender_model.compose.words import say, when
from lender_model.grid import COUNT, USD, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[account]]
key = "dsra"
title = "Debt service reserve"
months_of_service = 6
tranches = ["senior"]
starts = "completion"
pays = ["interest.senior", "principal.senior"]
"""

ACCOUNTS = "Accounts"


class Account(Clause):
    """A reserve account."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    months_of_service: Whole | None = Field(None, ge=1, le=24, title="Target: months of scheduled debt service ahead")
    tranches: Annotated[list[Key], Ref("tranche")] = Field([], title="Tranches whose service it holds; all if left out")
    amount: Value | None = quantity("US$", "Target: an amount", None)
    starts: Annotated[When | None, Ref("milestone")] = Field(None, title="Target applies from")
    ends: Annotated[When | None, Ref("milestone")] = Field(None, title="Target applies until")
    opening: Number = quantity("US$", "Balance at the start", 0.0, ge=0)
    funded_by: Literal["cash", "construction", "letter of credit"] = Field("cash", title="Funded from")
    pays: Annotated[list[Text], Ref("claim")] = Field([], title="Claims that it pays when the cash does not reach")

    @model_validator(mode="after")
    def _one_target(self) -> Account:
        if (self.months_of_service is None) == (self.amount is None):
            raise ValueError("an account needs one target: months_of_service or amount")
        return self


def write(account: Account, draft: Draft) -> None:
    """Its corkscrew on sheet Accounts, and its claim."""
    a, label = f"account.{account.key}", account.title
    draft.page(ACCOUNTS, "The main account and the reserves.")
    target = _target(account, draft, a, label)
    when_ = "1"
    if account.starts is not None:
        when_ = f"IF([time.end]>={draft.date(f'{a}.starts', account.starts, f'{label}: from')},1,0)"
    if account.ends is not None:
        when_ += f"*IF([time.end]<{draft.date(f'{a}.ends', account.ends, f'{label}: until')},1,0)"
    draft.add(
        ACCOUNTS,
        head(label, account.source),
        balance(f"{a}.target", "Target", USD, f"={target}*{when_}", account.note("amount")),
    )
    if account.funded_by == "letter of credit":
        draft.add(ACCOUNTS, balance(f"{a}.closing", "Covered by letter of credit", USD, f"=[{a}.target]", bold=True))
        return
    opening = draft.term(
        f"{a}.owned_first", f"{label}: balance at the start", USD, account.opening, account.note("opening")
    )
    draft.add(
        ACCOUNTS,
        balance(f"{a}.opening", "Opening balance", USD, f"=[{a}.closing:-1]"),
        monthly(f"{a}.released", "- released above the target", USD, f"=MAX(0,[{a}.opening]-[{a}.target])"),
        monthly(f"{a}.funded", "+ paid in", USD, f"=[wf.account.{account.key}_paid]"),
        *(
            [
                monthly(
                    f"{a}.used",
                    "- used",
                    USD,
                    "=" + "+".join(f"[wf.{claim}_from_{account.key}]" for claim in account.pays),
                )
            ]
            if account.pays
            else []
        ),
        balance(
            f"{a}.closing",
            "Closing balance",
            USD,
            f"=[{a}.opening]-[{a}.released]+[{a}.funded]" + (f"-[{a}.used]" if account.pays else ""),
            bold=True,
            start=f"={opening}",
        ),
    )
    due = f"MAX(0,[{a}.target]-[{a}.opening]+[{a}.released])"
    draft.claim(
        Claim(f"account.{account.key}", f"{label}: paid in", due, "", funded=account.funded_by == "construction")
    )
    draft.inflows.append((f"{label}: released", f"[{a}.released]"))
    draft.assets.append((label, f"[{a}.closing]", 1))
    draft.check(f"{a}.rolls", f"{label}: balance rolls forward",
                draft.rolls(f"{a}.opening", (f"{a}.funded",), (f"{a}.released", *((f"{a}.used",) if account.pays else ())), f"{a}.closing"))  # fmt: skip
    draft.check(f"{a}.above_zero", f"{label}: never below zero", f"=MIN(0,MIN([{a}.closing:row]))")
    draft.alert(
        f"{a}.short",
        f"{label}: months below its target",
        f"=SUMPRODUCT(--([{a}.closing:row]<[{a}.target:row]-{{checks.cent}}))",
    )
    draft.charts.append(
        Chart(
            f"{label} against its target, US$ million",
            columns=((f"{a}.closing", "Balance"),),
            lines=((f"{a}.target", "Target"),),
        )
    )


def _target(account: Account, draft: Draft, a: str, label: str) -> str:
    if account.amount is not None:
        return draft.value(f"{a}.amount", account.amount, f"{label}: target", USD, account.note("amount"))
    months = draft.term(
        f"{a}.months",
        f"{label}: months of service ahead",
        COUNT,
        account.months_of_service,
        account.note("months_of_service"),
    )
    keys = account.tranches or [tranche.key for tranche in draft.deal.tranche]
    return "(" + "+".join(service_ahead(draft, key, months) for key in keys) + ")"


def service_ahead(draft: Draft, key: str, months: str) -> str:
    """Template: scheduled interest and principal of a tranche in the months ahead.

    Measured on what has been lent so far and on the schedule before any prepayment, so that it depends on nothing that
    the month's own cash decides.
    """
    tranche = next(each for each in draft.deal.tranche if each.key == key)
    k, p = f"tranche.{key}", f"ahead.{key}"
    if f"{p}.principal" not in draft.ahead:
        draft.ahead.add(f"{p}.principal")
        _schedule_ahead(draft, tranche.title, k, p)
    window = f"([time.end:row]>[time.end])*([time.end:row]<=EOMONTH([time.end],{months}))"
    return f"SUMPRODUCT({window},[{p}.service:row])*[{k}.lent:-1]"


def _schedule_ahead(draft: Draft, title: str, k: str, p: str) -> None:
    """Principal and interest of a dollar lent, as the contract has it."""
    tranche = next(each for each in draft.deal.tranche if f"tranche.{each.key}" == k)
    method = tranche.repayment.method
    rate = f"[{k}.rate_ahead]" if f"{k}.rate_ahead" in {row.key for row in draft.page(title).rows} else f"[{k}.rate]"
    if method == "bullet":
        principal = f"=IF([{k}.last]=1,[{p}.left:-1],0)"
    elif method in {"table", "shares", "equal", "balloon"}:
        principal = f"=IF([{k}.last]=1,[{p}.left:-1],[{k}.share])"
    elif method == "level":
        period = f"({rate}*{{{k}.repay.every}}/{{time.months_a_year}})"
        left = f"({{{k}.count}}-[{k}.number]+1)"
        principal = f"=IF([{k}.last]=1,[{p}.left:-1],IF([{k}.due]=1,[{p}.left:-1]*IF({period}=0,1/{left},{period}/((1+{period})^{left}-1)),0))"
    elif method == "target":
        principal = f"=IF([{k}.last]=1,[{p}.left:-1],IF([{k}.due]=1,MAX(0,[{p}.left:-1]-[{k}.target_balance]/MAX([{k}.commitment_now],{{checks.cent}})),0))"
    else:  # sculpted: what the cash flow serves, in parts of the commitment
        principal = f"=IF([{k}.last]=1,[{p}.left:-1],IF([{k}.due]=1,MIN([{p}.left:-1],MAX(0,[{k}.cash_served]*{{{k}.cash_share}}/MAX({{checks.cent}},[{k}.commitment_now]))),0))"
    draft.add(
        title,
        head("A dollar lent, as the schedule has it before any prepayment", "for reserves that look ahead"),
        balance(f"{p}.principal", "Principal due", "number exact", principal),
        balance(f"{p}.left", "Principal still owed", "number exact", f"=[{p}.left:-1]-[{p}.principal]", start=1.0),
        balance(f"{p}.service", "Interest and principal", "number exact",
                f"=[{p}.principal]+[{p}.left:-1]*{rate}*([time.end]-[time.begin])/{{time.year_days}}"),
    )  # fmt: skip


def describe(account: Account) -> list[str]:
    """The account in words."""
    target = (
        f"{account.months_of_service} months of debt service ahead"
        if account.months_of_service
        else say(account.amount, "US$ {:,.0f}")
    )
    since = f", from {when(account.starts)}" if account.starts else ""
    pays = f"; pays {', '.join(account.pays)} when the cash does not reach" if account.pays else ""
    return [f"{account.title}: holds {target}{since}, funded from {account.funded_by}{pays}."]
