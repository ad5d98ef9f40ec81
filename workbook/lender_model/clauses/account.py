"""account: reserves beside the main account.

A debt service reserve holds a number of months of service ahead, or an amount by date or state, or the sum of several limbs;
closure, maintenance and cost-overrun reserves likewise. It is funded by the construction sources, from cash flow in its rank, or by letter of
credit; it pays its named claims when the cash falls short, and releases what is above its target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Key, Number, Record, Ref, Text, Value, When, Whole, quantity
from drawstop.deal.record import Clause
from lender_model.clauses.ahead import service_ahead
from lender_model.compose.draft import Chart, Claim
from lender_model.compose.words import between, say
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


class Limb(Record):
    """A part of a minimum balance: an amount, or what the months ahead require."""

    title: Text = Field(title="Name")
    of: Literal["amount", "interest", "principal", "service", "capital", "operating", "fees", "value"] = Field(
        title="An amount; what falls due or is spent in the months ahead; or the present value of the mine's cash flow"
    )
    months: Whole = Field(3, ge=1, le=60, title="Months ahead")
    share: Number = quantity("fraction", "Part of it that counts", 1.0, ge=0)
    least: Number = quantity("US$", "At least", 0.0, ge=0)
    most: Number | None = quantity("US$", "At most", None, ge=0)


_NOT_PAID = frozenset({"account", "sweep", "revolver"})
"""Claims on surplus cash, which a reserve has no part in."""


class Account(Clause):
    """A reserve account."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    months_of_service: Whole | None = Field(None, ge=1, le=24, title="Target: months of scheduled debt service ahead")
    tranches: Annotated[list[Key], Ref("tranche")] = Field([], title="Tranches whose service it holds; all if left out")
    amount: Value | None = quantity("US$", "Target: an amount", None)
    limbs: list[Limb] = Field([], title="Target: a minimum balance of several limbs")
    starts: Annotated[When | None, Ref("milestone")] = Field(None, title="Target applies from")
    ends: Annotated[When | None, Ref("milestone")] = Field(None, title="Target applies until")
    opening: Number = quantity("US$", "Balance at the start", 0.0, ge=0)
    funded_by: Literal["cash", "construction", "letter of credit"] = Field("cash", title="Funded from")
    pays: Annotated[list[Text], Ref("claim")] = Field([], title="Claims that it pays when the cash falls short")

    @model_validator(mode="after")
    def _one_target(self) -> Account:
        if (self.months_of_service is not None) + (self.amount is not None) + bool(self.limbs) != 1:
            raise ValueError("an account needs one target: months_of_service, amount or limbs")
        if self.amount is not None:
            self.refuse_unused("an account that holds an amount", (), ("tranches",))
        if self.funded_by == "letter of credit":
            self.refuse_unused("an account covered by a letter of credit", (), ("pays", "opening"))
        for word in self.pays:
            if word.split(".")[0] in _NOT_PAID:
                raise ValueError(f"a reserve does not pay {word!r}; it pays what is due, such as interest or principal")
        return self


def paid_from(account: Account, draft: Draft) -> list[str]:
    """Keys of the claims that it pays when the cash falls short, in their order."""
    return list(dict.fromkeys(claim.key for word in account.pays for claim in draft.named(word)))


def write(account: Account, draft: Draft) -> None:
    """Its corkscrew on sheet Accounts, and its claim."""
    pays = paid_from(account, draft)
    a, label = f"account.{account.key}", account.title
    draft.page(ACCOUNTS, "The main account and the reserves.")
    target = _target(account, draft, a, label)
    when_ = "1"
    if account.starts is not None:
        when_ = f"IF([time.end]>={draft.date(f'{a}.starts', account.starts, f'{label}: from', monthly=True)},1,0)"
    if account.ends is not None:
        when_ += f"*IF([time.end]<{draft.date(f'{a}.ends', account.ends, f'{label}: until', monthly=True)},1,0)"
    when_ += draft.in_force(a)
    draft.add(
        ACCOUNTS,
        head(label, account.source),
        balance(f"{a}.target", "Target", USD, f"={target}*{when_}", account.note("amount")),
    )
    if account.funded_by == "letter of credit":
        covered = next((f"MIN([{a}.target],[letter.{each.key}.issued])" for each in draft.deal.letter if each.covers == account.key), f"[{a}.target]")  # fmt: skip
        draft.add(ACCOUNTS, balance(f"{a}.closing", "Covered by letter of credit", USD, f"={covered}", bold=True))
        draft.alert(
            f"{a}.short",
            f"{label}: months in which the letter of credit is below the target",
            f"=SUMPRODUCT(--([{a}.closing:row]<[{a}.target:row]-{{checks.cent}}))",
        )
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
                    "=" + "+".join(f"[wf.{claim}_from_{account.key}]" for claim in pays),
                )
            ]
            if pays
            else []
        ),
        balance(
            f"{a}.closing",
            "Closing balance",
            USD,
            f"=[{a}.opening]-[{a}.released]+[{a}.funded]" + (f"-[{a}.used]" if pays else ""),
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
                draft.rolls(f"{a}.opening", (f"{a}.funded",), (f"{a}.released", *((f"{a}.used",) if pays else ())), f"{a}.closing"))  # fmt: skip
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
    if account.limbs:
        keys = account.tranches or [tranche.key for tranche in draft.deal.tranche]
        for k, limb in enumerate(account.limbs, start=1):
            draft.add(
                ACCOUNTS,
                balance(
                    f"{a}.limb.{k}",
                    limb.title,
                    USD,
                    f"={_limb(limb, draft, f'{a}.limb.{k}', keys)}",
                    account.note("limbs"),
                ),
            )
        return "(" + "+".join(f"[{a}.limb.{k}]" for k in range(1, len(account.limbs) + 1)) + ")"
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


def _limb(limb: Limb, draft: Draft, key: str, tranches: list[str]) -> str:
    """Template of a limb: what the months ahead require, its share, its minimum and maximum."""
    least = draft.term(f"{key}.least", f"{limb.title}: at least", USD, limb.least)
    if limb.of == "amount":
        return least
    months = draft.term(f"{key}.months", f"{limb.title}: months ahead", COUNT, limb.months)
    share = draft.term(f"{key}.share", f"{limb.title}: part that counts", "fraction", limb.share)
    window = f"([time.end:row]>[time.end])*([time.end:row]<=EOMONTH([time.end],{months}))"
    service = [service_ahead(draft, tranche, months) for tranche in tranches]
    principal = [each.replace(".service:row]", ".principal:row]") for each in service]
    discount = "(1+{ratio.discount})^(([time.end:row]-[time.end])/{ratio.year_days})"
    figure = {
        "service": "+".join(service),
        "principal": "+".join(principal),
        "interest": "+".join(service) + "-" + "-".join(principal),
        "fees": "+".join(
            [f"[fee.{fee.key}.accrued]" for fee in draft.deal.fee if fee.accrues]
            + [f"[letter.{letter.key}.accrued]" for letter in draft.deal.letter]
        )
        or "0",
        "capital": f"SUMPRODUCT({window},[ops.spent:row])",
        "operating": f"SUMPRODUCT({window},[ops.cost:row])",
        "value": f"MAX(0,SUMPRODUCT(([time.end:row]>[time.end])*([ops.cfads:row]-[ops.spent:row])/{discount}))",
    }[limb.of]
    bounded = f"MAX({least},{share}*({figure}))"
    return (
        bounded
        if limb.most is None
        else f"MIN({draft.term(f'{key}.most', f'{limb.title}: at most', USD, limb.most)},{bounded})"
    )


def describe(account: Account) -> list[str]:
    """The account in words."""
    if account.limbs:
        target = "the sum of " + ", ".join(f"{limb.title} ({_bounds(limb)})" for limb in account.limbs)
    elif account.months_of_service:
        target = f"{account.months_of_service} months of debt service ahead"
        target += f" of {' and '.join(account.tranches)}" if account.tranches else ""
    else:
        target = say(account.amount, "US$ {:,.0f}")
    since = between(account.starts, account.ends)
    opening = f"; US$ {account.opening:,.0f} at the start" if account.opening else ""
    pays = f"; pays {', '.join(account.pays)} when the cash does not reach" if account.pays else ""
    return [f"{account.title}: holds {target}{since}, funded from {account.funded_by}{opening}{pays}."]


def _bounds(limb: Limb) -> str:
    if limb.of == "amount":
        return f"US$ {limb.least:,.0f}"
    most = f", at most US$ {limb.most:,.0f}" if limb.most is not None else ""
    least = f", at least US$ {limb.least:,.0f}" if limb.least else ""
    ahead = "value of the cash flow to come" if limb.of == "value" else f"{limb.of} of {limb.months} months ahead"
    return f"{limb.share:.0%} of the {ahead}{least}{most}"
