"""fee: the costs of the facility other than interest.

``upfront`` (a part of the commitment at signing), ``commitment`` or ``ticking`` (a rate on what is undrawn), ``agency``
(an amount on each date), ``guarantee`` (a rate on what is outstanding), ``per_ounce`` (paid as ounces are produced),
``exit`` (a part of what is repaid at or before maturity, or an amount once all is repaid) and ``prepayment`` (a part of
what is prepaid, by date, or an amount with the first prepayment). What a prepayment costs is due in the month after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drawstop.deal import Cycle, Key, Ref, Text, Value, When, quantity
from drawstop.deal.record import Clause
from lender_model.clauses import currency
from lender_model.clauses.rate import year_part
from lender_model.compose.draft import Claim
from lender_model.compose.words import dates, say, when
from lender_model.grid import COUNT, FLAG, RATE, USD, Row, balance, head, monthly

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft

EXAMPLE = """
[[fee]]
key = "commitment"
kind = "commitment"
tranche = "senior"
rate = 0.01
payment = { every = 3, first = 2026-03-31 }
"""

FEES = "Fees"
_BY_KIND = ("tranche", "product", "rate", "amount", "payment", "date", "until", "basis")
"""Keys that some kinds of fee read and others do not."""
_ACCRUING = frozenset({"commitment", "ticking", "guarantee"})
_UNDRAWN = frozenset({"commitment", "ticking"})


class Fee(Clause):
    """A fee."""

    key: Key = Field(title="Key")
    title: str = Field("", title="Name")
    kind: Literal["upfront", "commitment", "ticking", "agency", "guarantee", "per_ounce", "exit", "prepayment"] = Field(
        title="Kind"
    )
    tranche: Annotated[Key | None, Ref("tranche")] = Field(None, title="Tranche")
    product: Annotated[Key | None, Ref("product")] = Field(None, title="Product, of a fee per ounce")
    rate: Value | None = quantity("per year", "Rate, or part of the amount", None)
    amount: Value | None = quantity("US$", "Amount on each date, or per ounce", None)
    payment: Cycle | None = Field(None, title="Payment dates")
    date: Annotated[When | None, Ref("milestone")] = Field(None, title="Date of an upfront fee; signing if left out")
    until: Annotated[When | None, Ref("milestone")] = Field(None, title="Last day of accrual")
    basis: Literal["ACT/360", "ACT/365"] = Field("ACT/360", title="Day count")

    @model_validator(mode="after")
    def _complete(self) -> Fee:
        needs = {
            "upfront": ("tranche",), "commitment": ("tranche", "rate", "payment"), "ticking": ("tranche", "rate", "payment"), "agency": ("amount", "payment"),
            "guarantee": ("tranche", "rate", "payment"), "per_ounce": ("product", "amount"), "exit": ("tranche",),
            "prepayment": ("tranche",),
        }[self.kind]  # fmt: skip
        missing = [name for name in needs if getattr(self, name) is None]
        if missing:
            raise ValueError(f"a fee of kind {self.kind} needs {', '.join(missing)}")
        more = {
            "upfront": ("rate", "amount", "date"),
            "exit": ("rate", "amount"),
            "prepayment": ("rate", "amount"),
            "commitment": ("until", "basis"),
            "ticking": ("until", "basis"),
            "agency": ("until",),
            "guarantee": ("until", "basis"),
            "per_ounce": ("until",),
        }
        self.refuse_unused(f"a fee of kind {self.kind}", {*needs, *more.get(self.kind, ())}, _BY_KIND)
        if self.kind in {"upfront", "exit", "prepayment"} and (self.rate is None) == (self.amount is None):
            raise ValueError(f"a fee of kind {self.kind} needs one of rate and amount")
        return self

    @property
    def accrues(self) -> bool:
        """Whether it accrues from day to day."""
        return self.kind in _ACCRUING

    @property
    def name(self) -> Text:
        """Its name."""
        return self.title or {"per_ounce": "Fee per ounce"}.get(self.kind, f"{self.kind.capitalize()} fee")


def write(fee: Fee, draft: Draft) -> None:
    """Its lines on sheet Fees, its claim and its place in the profit."""
    f, label = f"fee.{fee.key}", fee.name
    draft.page(FEES, "Fees as they accrue and fall due.")
    rows: list[Row] = [head(label, fee.source)]
    if fee.accrues:
        rows += _accruing(fee, draft, f, label)
        draft.assets.append((f"{label} accrued", f"[{f}.accrued]", -1))
        draft.income.append((label, f"[{f}.fee]", -1))
        draft.check(
            f"{f}.accrued",
            f"{label}: accrued is due or still accrued",
            draft.rolls(f"{f}.accrued_open", (f"{f}.fee",), (f"{f}.due",), f"{f}.accrued"),
        )
    else:
        rows.append(
            monthly(
                f"{f}.due",
                f"{label} due",
                USD,
                f"=({_once(fee, draft, f, label)}){draft.in_force(f)}",
                fee.note("rate" if fee.rate is not None else "amount"),
                bold=True,
            )
        )
        if fee.amount is not None and fee.kind in {"exit", "prepayment"}:
            due = f"=IF([{f}.done:-1]+[{f}.due]>{{checks.cent}},1,0)"
            rows.append(balance(f"{f}.done", "Has fallen due", FLAG, due, "it falls due once", start=0.0))
        draft.income.append((label, f"[{f}.due]", -1))
    draft.add(FEES, *rows)
    if "fees" not in draft.lenders:
        draft.lenders["fees"] = ("Fees", "0")
        draft.claim(Claim("arrears.fees", "Fees: arrears", "[arrears.fees_open]", "fees"))
    draft.claim(Claim(f"fee.{fee.key}", label, f"[{f}.due]", "fees", funded=True))


def _accruing(fee: Fee, draft: Draft, f: str, label: str) -> list[Row]:
    k = f"tranche.{fee.tranche}"
    assert fee.payment is not None  # noqa: S101 - the record has checked it
    assert fee.rate is not None  # noqa: S101 - as above
    rate = draft.value(f"{f}.rate", fee.rate, label, RATE, fee.note("rate"), by_day=True)
    on = f"[{k}.opening]"
    if fee.kind in _UNDRAWN:
        tranche = next(each for each in draft.deal.tranche if each.key == fee.tranche)
        lent = f"[{k}.opening]" if tranche.kind == "revolver" else currency.before(tranche, f"{k}.lent")
        on = f"MAX(0,[{k}.commitment_now]-{lent})"
    days = draft.term(f"{f}.year_days", f"{label}: days of a year", COUNT, float(fee.basis[-3:]), fee.note("basis"))
    end = "[time.end]"
    until = f"{{{k}.final}}"
    if fee.until is not None:
        until = draft.date(f"{f}.until", fee.until, f"{label}: last day of accrual", monthly=True)
    elif fee.kind in _UNDRAWN:
        tranche = next(each for each in draft.deal.tranche if each.key == fee.tranche)
        if tranche.draw.last is not None:
            until = draft.date(
                f"{k}.draw.last", tranche.draw.last, f"{tranche.title}: last day of drawing", monthly=True
            )
    added, ended = draft.added(f), draft.ended(f)
    until = f"MIN({until},{ended})" if ended else until
    begin = f"MAX([time.begin],{added})" if added else "[time.begin]"
    start, stop = f"MIN({begin},{until})", f"MIN({end},{until})"
    return [
        monthly(
            f"{f}.fee",
            f"{label} of the month",
            USD,
            f"={on}*{rate}*{year_part(fee.basis, start, stop, days)}{draft.in_force(f, drops=False)}",
            fee.note("rate"),
        ),
        balance(f"{f}.accrued_open", "Accrued, opening", USD, f"=[{f}.accrued:-1]"),
        draft.flag(f"{f}.pay", "Payment date", _falls_due(fee, draft, f, label, until)),
        monthly(f"{f}.due", f"{label} due", USD, f"=([{f}.accrued_open]+[{f}.fee])*[{f}.pay]", bold=True),
        balance(f"{f}.accrued", "Accrued, closing", USD, f"=[{f}.accrued_open]+[{f}.fee]-[{f}.due]", start=0.0),
    ]


def _falls_due(fee: Fee, draft: Draft, f: str, label: str, until: str) -> str:
    assert fee.payment is not None  # noqa: S101 - the caller has seen to it
    first = draft.date(f"{f}.first", fee.payment.first, f"{label}: first payment", monthly=True)
    every = draft.term(f"{f}.every", f"{label}: months between payments", COUNT, fee.payment.every, fee.note("payment"))
    months = f"([time.index]-YEAR({first})*{{time.months_a_year}}-MONTH({first}))"
    last = f"AND({until}>[time.end:-1],{until}<=[time.end])" if until else "FALSE"
    return f"=IF(OR({last},AND({months}>=0,MOD({months},{every})=0)),1,0)"


def _once(fee: Fee, draft: Draft, f: str, label: str) -> str:
    k = f"tranche.{fee.tranche}"
    match fee.kind:
        case "upfront":
            date = (
                draft.date(f"{f}.date", fee.date, f"{label}: date")
                if fee.date is not None
                else draft.added(f) or "{deal.signing}"
            )
            in_month = f"AND({date}>=[time.begin],{date}<=[time.end],OR({date}>[time.begin],[time.no]=1))"
            if fee.amount is not None:
                return f"IF({in_month},{draft.value(f'{f}.amount', fee.amount, label, USD, fee.note('amount'))},0)"
            rate = draft.value(f"{f}.rate", fee.rate or 0.0, label, "fraction", fee.note("rate"))
            return f"IF({in_month},[{k}.commitment_now]*{rate},0)"
        case "agency":
            amount = draft.value(f"{f}.amount", fee.amount or 0.0, label, USD, fee.note("amount"))
            until = (
                draft.date(f"{f}.until", fee.until, f"{label}: last date", monthly=True)
                if fee.until is not None
                else ""
            )
            due = _falls_due(fee, draft, f, label, "")[1:]
            return f"{due}*{amount}" + (
                f"*IF([time.end]<={until},1,0)" if until else "*IF([debt.opening]>{checks.cent},1,0)"
            )
        case "per_ounce":
            amount = draft.value(f"{f}.amount", fee.amount or 0.0, label, "US$/oz", fee.note("amount"))
            until = (
                f"*IF([time.end]<={draft.date(f'{f}.until', fee.until, f'{label}: last date', monthly=True)},1,0)"
                if fee.until is not None
                else ""
            )
            return f"[ops.{fee.product}]*{amount}{until}"
        case _:
            return _on_repayment(fee, draft, f, label)


def _on_repayment(fee: Fee, draft: Draft, f: str, label: str) -> str:
    """Template of an exit fee or a premium on early repayment."""
    k = f"tranche.{fee.tranche}"
    turned = "".join(f"-[{line}:-1]" for line in draft.converted.get(fee.tranche or "", []))
    prepaid = f"([{k}.prepaid:-1]{turned})"
    if fee.amount is not None:
        amount = draft.value(f"{f}.amount", fee.amount, label, USD, fee.note("amount"))
        if fee.kind == "prepayment":
            return f"IF(AND({prepaid}>{{checks.cent}},[{f}.done:-1]=0),{amount},0)"
        repaid = f"AND([{k}.opening]>{{checks.cent}},[{k}.opening]-[{k}.repayment]<={{checks.cent}})"
        before = f"AND([{k}.opening]<={{checks.cent}},[{k}.lent:-1]>{{checks.cent}})"
        return f"IF(AND(OR({repaid},{before}),[{f}.done:-1]=0),{amount},0)"
    rate = draft.value(f"{f}.rate", fee.rate or 0.0, label, "fraction", fee.note("rate"))
    on = prepaid if fee.kind == "prepayment" else f"([{k}.repayment]+{prepaid})"
    return f"{on}*{rate}"


def describe(fee: Fee) -> list[str]:
    """The fee in words."""
    of = f" on {fee.tranche}" if fee.tranche else ""
    what = {
        "upfront": "of the commitment" if fee.rate is not None else "in all", "commitment": "a year on what is undrawn", "ticking": "a year on what is undrawn", "guarantee": "a year on what is outstanding",
        "exit": "of each repayment" if fee.rate is not None else "once all is repaid",
        "prepayment": "of what is prepaid" if fee.rate is not None else "with the first prepayment", "agency": "on each date",
        "per_ounce": f"an ounce of {fee.product} produced",
    }[fee.kind]  # fmt: skip
    figure = say(fee.rate, "{:.3%}") if fee.rate is not None else say(fee.amount, "US$ {:,.2f}")
    until = f", until {when(fee.until)}" if fee.until else ""
    until += f", on {when(fee.date)}" if fee.date else ""
    paid = f", paid {dates(fee.payment)}" if fee.payment else ""
    basis = f", {fee.basis}" if "basis" in fee.model_fields_set else ""
    return [f"{fee.name}{of}: {figure} {what}{basis}{paid}{until}."]
