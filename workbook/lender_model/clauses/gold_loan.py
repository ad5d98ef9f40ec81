"""gold_loan: a tranche that may be turned into ounces.

On the date that the case elects, what is owed becomes ounces at the day's price. They are repaid as the tranche's
instalments were, in the same parts on the same dates, and bear interest in ounces at the lease rate; all of it is paid for
at the price of its day, and what is owed is valued at the market's price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from drawstop.deal import Key, Number, Ref, Text, When, quantity
from drawstop.deal.record import Clause
from lender_model.compose.draft import Claim
from lender_model.compose.words import when
from lender_model.grid import FLAG, USD, balance, head, monthly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawstop.deal.read import Fault, Source
    from lender_model.clauses import Deal
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[gold_loan]]
key = "gold"
title = "Gold loan"
tranche = "senior"
product = "gold"
lease_rate = 0.015
not_before = "completion"
"""

SHEET = "Gold loan"
METHODS = frozenset({"table", "shares", "equal", "balloon", "bullet"})
"""Ways to repay whose instalments are parts of what is owed."""


class GoldLoan(Clause):
    """The right to turn a tranche into ounces."""

    key: Key = Field(title="Key")
    title: Text = Field(title="Name")
    tranche: Annotated[Key, Ref("tranche")] = Field(title="Tranche")
    product: Annotated[Key, Ref("product")] = Field(title="Product")
    lease_rate: Number = quantity("per year", "Interest in ounces, ACT/360", ge=0)
    not_before: Annotated[When | None, Ref("milestone")] = Field(None, title="Not before")


def write(loan: GoldLoan, draft: Draft) -> None:
    """Its lines on sheet Gold loan, its claim and its liability."""
    g, k, label = f"gold_loan.{loan.key}", f"tranche.{loan.tranche}", loan.title
    spot = f"[market.{next(each for each in draft.deal.product if each.key == loan.product).price}]"
    tranche = next(each for each in draft.deal.tranche if each.key == loan.tranche)
    owed = f"[{k}.opening]" + (f"+[{k}.capitalised]" if tranche.rate.capitalised else "") + f"-[{k}.repayment]"
    elected = next(iter(draft.elected(g)), "")
    chosen = f"AND({elected}>[time.end:-1],{elected}<=[time.end])" if elected else "FALSE"
    opens = "TRUE"
    if loan.not_before is not None:
        opens = f"[time.end]>={draft.date(f'{g}.not_before', loan.not_before, f'{label}: not before', monthly=True)}"
        if elected:
            early = f"=SUMPRODUCT([{g}.chosen:row],1-[{g}.open:row])"
            draft.alert(f"{g}.early", f"{label}: elected before it may be, and not converted", early)
    lease = draft.term(f"{g}.lease_rate", f"{label}: lease rate", "per year", loan.lease_rate, loan.note("lease_rate"))
    part = "0" if tranche.repayment.method == "bullet" else f"IF([{k}.share]=0,0,MIN(1,[{k}.share]/[{k}.left:-1]))"
    draft.page(SHEET, "A loan turned into ounces: what is owed, its instalments and its interest.")
    draft.add(
        SHEET,
        head(label, loan.source),
        balance(f"{g}.open", "May be converted", FLAG, f"=IF({opens},1,0){draft.in_force(g)}"),
        balance(f"{g}.chosen", "Elected", FLAG, f"=IF({chosen},1,0)"),
        monthly(f"{g}.converted", "Principal converted", USD, f"=[{g}.chosen]*[{g}.open]*({owed})"),
        head("Ounces"),
        balance(f"{g}.opening", "Owed, opening", "oz", f"=[{g}.closing:-1]"),
        monthly(f"{g}.added", "+ converted, at the price", "oz", f"=[{g}.converted]/{spot}"),
        monthly(f"{g}.repaid", "- instalments", "oz", f"=[{g}.opening]*IF([{k}.last]=1,1,{part})"),
        balance(f"{g}.closing", "Owed, closing", "oz", f"=[{g}.opening]+[{g}.added]-[{g}.repaid]", bold=True, start=0.0),
        balance(f"{g}.interest_open", "Interest accrued, opening", "oz", f"=[{g}.interest_close:-1]"),
        monthly(f"{g}.interest", "+ of the month", "oz", f"=[{g}.opening]*{lease}*([time.end]-[time.begin])/{{time.year_days}}"),
        monthly(f"{g}.interest_due", "- due", "oz", f"=([{g}.interest_open]+[{g}.interest])*[{k}.pay]"),
        balance(f"{g}.interest_close", "Interest accrued, closing", "oz", f"=[{g}.interest_open]+[{g}.interest]-[{g}.interest_due]", start=0.0),
        head("In money"),
        monthly(f"{g}.due", "Due, at the price", USD, f"=([{g}.repaid]+[{g}.interest_due])*{spot}", bold=True),
        balance(f"{g}.owed", "Owed, at the price", USD, f"=([{g}.closing]+[{g}.interest_close])*{spot}", bold=True, start=0.0),
        monthly(f"{g}.cost", "Interest, and what the price adds", "US$ ±", f"=[{g}.owed]-[{g}.owed:-1]-[{g}.converted]+[{g}.due]", value="sum"),
    )  # fmt: skip
    lender = f"gold_loan_{loan.key}"
    draft.converted.setdefault(loan.tranche, []).append(f"{g}.converted")
    draft.lenders[lender] = (label, "0")
    draft.claim(Claim(f"arrears.{lender}", f"{label}: arrears", f"[arrears.{lender}_open]", lender))
    draft.claim(Claim(f"principal.{lender}", f"{label}: ounces", f"[{g}.due]", lender))
    draft.service.append(f"[{g}.due]")
    draft.other_debt.append(f"{g}.owed")
    draft.income.append((f"{label}: interest and price", f"[{g}.cost]", -1))
    draft.assets.append((label, f"[{g}.owed]", -1))
    draft.check(f"{g}.rolls", f"{label}: ounces roll forward", draft.rolls(f"{g}.opening", (f"{g}.added",), (f"{g}.repaid",), f"{g}.closing"))  # fmt: skip


def faults_of(deal: Deal, raw: Source) -> Iterator[Fault]:
    """A tranche that cannot be turned into ounces."""
    for n, loan in enumerate(deal.gold_loan):
        for tranche in deal.tranche:
            if tranche.key == loan.tranche and tranche.repayment.method not in METHODS:
                what = f"a loan repaid by {tranche.repayment.method} is not modelled in ounces; {', '.join(sorted(METHODS))} are"
                yield raw.fault(("gold_loan", n, "tranche"), what)
            if tranche.key == loan.tranche and (tranche.currency or tranche.kind == "revolver"):
                kind = "a revolver" if tranche.kind == "revolver" else "a loan in another currency"
                yield raw.fault(("gold_loan", n, "tranche"), f"{kind} is not modelled in ounces")


def describe(loan: GoldLoan) -> list[str]:
    """The right in words."""
    since = f", not before {when(loan.not_before)}" if loan.not_before is not None else ""
    return [
        f"{loan.title}: {loan.tranche} may be turned into {loan.product}{since}, at {loan.lease_rate:.2%} a year in ounces."
    ]
