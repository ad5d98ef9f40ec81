"""distribution: what is paid to the owners, and what bars it; the main account that keeps the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from drawstop.deal import Flag, Key, Record, Ref, When
from lender_model.grid import COUNT, FLAG, USD, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.compose.draft import Claim, Draft

WATERFALL = "Waterfall"


class Distribution(Record):
    """What bars payments to the owners."""

    start: Annotated[When | None, Ref("milestone")] = Field(None, alias="from", title="Not before")
    barred_in: Annotated[list[Key], Ref("state")] = Field(["lockup", "default"], title="Barred in these states")
    after_first_repayment: Flag = Field(False, title="Not before the first instalment")
    reserves_full: Flag = Field(True, title="Only while every reserve is at its target")


def write(draft: Draft, left: str, groups: list[list[Claim]]) -> None:
    """What may be paid to the owners, and what stays in the main account."""
    rules, draft_case, received = draft.deal.distribution, draft.case, [*draft.inflows, *draft.drawings]
    allowed = ["[time.end]>[time.end:-1]"]
    allowed += [f"{draft.state(state)}=0" for state in rules.barred_in]
    if rules.start is not None:
        allowed.append(
            f"[time.end]>={draft.date('distribution.from', rules.start, 'Distributions: not before', monthly=True)}"
        )
    if rules.after_first_repayment:
        allowed.append("[debt.repaid:-1]>{checks.cent}")
    if rules.reserves_full:
        allowed += [
            f"[account.{a.key}.closing]>=[account.{a.key}.target]-{{checks.cent}}"
            for a in draft.deal.account
            if a.funded_by != "letter of credit"
        ]
    allowed += ["[arrears.all]<={checks.cent}"]
    if draft_case.distributions == "never":
        allowed = ["1=0"]
    every = {"monthly": 1, "quarterly": 3, "never": 1}[draft_case.distributions]
    months = draft.term(
        "distribution.every", "Months between distributions", COUNT, every, "assumption: case", "distribution"
    )
    draft.add(
        WATERFALL,
        head("To the owners"),
        balance("wf.may_distribute", "Nothing bars it", FLAG, f"=IF(AND({','.join(allowed)}),1,0)"),
        monthly(
            "wf.distribution",
            "Distributions",
            USD,
            f"=IF(MOD([time.month],{months})=0,1,0)*[wf.may_distribute]*MAX(0,{left}-[cash.minimum])",
            bold=True,
        ),
        head("Main account"),
        balance(
            "cash.closing",
            "Closing balance",
            USD,
            f"={left}-[wf.distribution]",
            bold=True,
            start="="
            + draft.term(
                "cash.first",
                "Cash at the start",
                USD,
                draft_case.opening_cash,
                draft_case.assumed.get("opening_cash", ""),
                "main account",
            ),
        ),
        balance(
            "cash.minimum",
            "Kept for operations",
            USD,
            "="
            + draft.term(
                "cash.kept",
                "Cash kept for operations",
                USD,
                draft_case.minimum_cash,
                draft_case.assumed.get("minimum_cash", ""),
                "main account",
            ),
        ),
    )
    draft.capital.append(("Distributions", "-[wf.distribution]"))
    draft.assets.append(("Main account", "[cash.closing]", 1))
    paid = "".join(f"-[wf.{claim.key}_paid:row]" for group in groups for claim in group)
    got = "".join(f"+[wf.in.{k}:row]" for k in range(1, len(received) + 1))
    draft.check(
        "cash.conserved",
        "No cash is made or lost: cash in equals cash paid and kept",
        f"=SUMPRODUCT(ABS([wf.opening:row]{got}{paid}-[wf.distribution:row]-[cash.closing:row]))",
    )
    draft.check("cash.above_zero", "Main account never below zero", "=MIN(0,MIN([cash.closing:row]))")
