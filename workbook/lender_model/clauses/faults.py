"""What is wrong with a deal beyond a record of its own: references, duplicates, sums and the order of dates."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from drawstop.deal import Fault
from drawstop.deal.read import Source, not_listed, references
from drawstop.deal.sizes import wrong_sizes
from drawstop.deal.value import values_of
from lender_model.clauses import SHEET_NAMES, Deal, amendment, cure, gold_loan, letter
from lender_model.clauses.buy_back import Right
from lender_model.clauses.metric import BUILT_IN
from lender_model.clauses.tranche import Tranche
from lender_model.clauses.waterfall import KINDS
from lender_model.compose.draft import STATES

_KEYED = ("product", "milestone", "equity", "tranche", "fee", "account", "letter", "sweep", "hedge", "stream", "royalty", "offtake",
          "prepay", "gold_loan", "metric", "covenant", "warrant", "convertible", "paper")  # fmt: skip


def faults_of(deal: Deal, raw: Source, market: frozenset[str]) -> Iterator[Fault]:
    """What is wrong beyond a record of its own: references, duplicates, sums and the order of dates."""
    known = _known(deal, market)
    yield from (raw.fault(place, what) for place, what in wrong_sizes(deal))
    for place, kind, name in references(deal):
        if name not in known[kind]:
            yield raw.fault(place, not_listed(_KINDS.get(kind, kind), name, known[kind]))
    yield from _of_keys(deal, raw, market)
    titles = Counter(tranche.title.casefold() for tranche in deal.tranche)
    for k, tranche in enumerate(deal.tranche):
        yield from _of_tranche(deal, tranche, k, raw, titles)
    yield from letter.faults_of(deal, raw)
    yield from gold_loan.faults_of(deal, raw)
    yield from cure.faults_of(deal, raw, market)
    yield from amendment.faults_of(deal, raw)


def _of_keys(deal: Deal, raw: Source, market: frozenset[str]) -> Iterator[Fault]:
    """Keys that are duplicated, or words of the model."""
    for group in _KEYED:
        records = getattr(deal, group)
        counts = Counter(record.key for record in records)
        for k, record in enumerate(records):
            if counts[record.key] > 1 and record.key in [each.key for each in records[:k]]:
                yield raw.fault((group, k, "key"), f"{record.key!r} is duplicated; each {group} needs its own key")
    for key in sorted(market & BUILT_IN.keys()):
        yield Fault("case.toml", 0, f"market.{key}", "is the name of a metric; choose another key")
    for metric in deal.metric:
        if metric.key in {*BUILT_IN, *market}:
            yield raw.fault(
                ("metric", deal.metric.index(metric), "key"), f"{metric.key!r} is a metric already; choose another key"
            )
    for k, stone in enumerate(deal.milestone):
        if stone.key in STATES:
            yield raw.fault(("milestone", k, "key"), f"{stone.key!r} is a state that tests set; choose another key")


_KINDS = {
    "market": "series of the case's market",
    "state": "state or milestone",
    "claim": "claim",
    "account": "account funded by letter of credit",
    "election": "clause to elect",
    "clause": "clause to add or drop",
}


def _known(deal: Deal, market: frozenset[str]) -> dict[str, frozenset[str]]:
    def keys(group: str) -> list[str]:
        return [record.key for record in getattr(deal, group)]

    milestones = keys("milestone")
    lenders = [*keys("tranche"), *(f"prepay_{key}" for key in keys("prepay")), "trade", "fees", "hedge"]
    claims = {
        *KINDS, *(f"arrears.{key}" for key in lenders), *(f"{kind}.{key}" for kind in ("interest", "principal", "revolver", "prepayment") for key in keys("tranche")),
        *(f"interest.prepay_{each.key}" for each in deal.prepay if each.cash_rate is not None),
        *(f"principal.prepay_{key}" for key in keys("prepay")), *(f"fee.{key}" for key in keys("fee")),
        *(f"{kind}.letter_{each.key}" for kind in ("arrears", "principal") for each in deal.letter if each.called),
        *(f"{kind}.gold_loan_{key}" for kind in ("arrears", "principal") for key in keys("gold_loan")),
        *(f"fee.letter_{key}" for key in keys("letter")), *(f"account.{key}" for key in keys("account")), *(f"sweep.{sweep.key}.{key}" for sweep in deal.sweep for key in sweep.tranches),
        *(f"sweep.{sweep.key}" for sweep in deal.sweep), *(f"prepayment.{group}_{key}" for group in BOUGHT_BACK for key in keys(group)),
    }  # fmt: skip
    return {
        "tranche": frozenset(keys("tranche")),
        "account": frozenset(each.key for each in deal.account if each.funded_by == "letter of credit"),
        "covenant": frozenset(keys("covenant")),
        "product": frozenset(keys("product")),
        "milestone": frozenset(milestones),
        "state": frozenset([*milestones, *STATES]),
        "market": market,
        "metric": frozenset([*BUILT_IN, *keys("metric"), *market]),
        "claim": frozenset(claims),
        "election": frozenset(rights_of(deal)),
        "clause": frozenset(f"{group}.{key}" for group in amendment.GROUPS for key in keys(group)),
    }


BOUGHT_BACK = ("stream", "royalty", "offtake")
"""Clauses of which a part may be bought back."""


def rights_of(deal: Deal) -> dict[str, Sequence[Right]]:
    """The choices that the clauses give: of a clause by its kind and key, as ``stream.gold``."""
    rights: dict[str, Sequence[Right]] = {
        f"{group}.{each.key}": each.buy_back for group in BOUGHT_BACK for each in getattr(deal, group)
    }
    chosen = {
        f"{group}.{each.key}": [Right(date=deal.signing, until=None)]
        for group in ("convertible", "gold_loan")
        for each in getattr(deal, group)
    }
    return rights | chosen


_SHEETS = frozenset(name.casefold() for name in (*SHEET_NAMES, "History"))
"""Names of the other sheets, and one that Excel keeps for itself."""
_ARREARS = frozenset({"all", "default", "trade", "fees", "hedge"})
"""What arrears are counted by beside the tranches."""


def _of_tranche(deal: Deal, tranche: Tranche, k: int, raw: Source, titles: Counter[str]) -> Iterator[Fault]:
    if titles[tranche.title.casefold()] > 1 or tranche.title.casefold() in _SHEETS:
        yield raw.fault(
            ("tranche", k, "title"), f"{tranche.title!r} is the name of another sheet; each tranche needs its own title"
        )
    if set(tranche.title) & set("[]:*?/\\'") or not tranche.title.isprintable():
        yield raw.fault(("tranche", k, "title"), "must not contain any of [ ] : * ? / \\ ' or a line break")
    if tranche.title[0] in "=<>":
        yield raw.fault(
            ("tranche", k, "title"), f"must not begin with {tranche.title[0]}, as a formula or a comparison does"
        )
    if tranche.key in _ARREARS:
        yield raw.fault(("tranche", k, "key"), f"{tranche.key!r} is a word of the model; choose another key")
    most = max(values_of(tranche.commitment))
    repaid = sum(row.amount for row in tranche.repayment.table) if tranche.repayment.method == "table" else 0.0
    capitalised = tranche.rate.capitalised is not None
    if repaid > most * (1 + 1e-9) and not capitalised:
        yield raw.fault(
            ("tranche", k, "repayment", "table"), f"repays {repaid:,.2f}, above the commitment of {most:,.2f}"
        )
    for n, hedge in enumerate(deal.hedge):
        if tranche.currency and hedge.kind == "swap" and hedge.tranche == tranche.key:
            yield raw.fault(("hedge", n, "tranche"), "a swap of a tranche in another currency is not modelled")
    owners = [each for each in deal.equity if each.rank is not None and each.amount]
    if tranche.draw.equity_spent is not None and not owners:
        yield raw.fault(("tranche", k, "draw", "equity_spent"), "needs an [[equity]] with a rank and an amount")
    lent = sum(row.amount for row in tranche.draw.plan) + tranche.opening
    if lent > most * (1 + 1e-9) and tranche.kind != "revolver":
        yield raw.fault(("tranche", k, "draw"), f"draws {lent:,.2f}, above the commitment of {most:,.2f}")
    yield from _dates_of_tranche(deal, tranche, k, raw)


def _dates_of_tranche(deal: Deal, tranche: Tranche, k: int, raw: Source) -> Iterator[Fault]:
    final = tranche.final
    ordered: list[tuple[tuple[str | int, ...], str, Any]] = [
        (("draw", "last"), "the last day of drawing", tranche.draw.last),
        *((("draw", "plan", n, "date"), "an advance", row.date) for n, row in enumerate(tranche.draw.plan)),
        *(
            (("repayment", "table", n, "date"), "an instalment", row.date)
            for n, row in enumerate(tranche.repayment.table)
        ),
        (("payment", "first"), "the first interest payment", tranche.payment.first),
    ]
    if tranche.repayment.dates:
        ordered.append((("repayment", "dates", "first"), "the first instalment", tranche.repayment.dates.first))
    for place, what, day in ordered:
        if isinstance(day, dt.date) and isinstance(final, dt.date) and day > final:
            yield raw.fault(("tranche", k, *place), f"{what} of {day} is after the final maturity of {final}")
    if isinstance(final, dt.date) and final <= deal.signing:
        yield raw.fault(("tranche", k, "final"), f"{final} is not after the signing of {deal.signing}")
    yield from _dates_of_advances(deal, tranche, k, raw)
    if (
        tranche.payment.business_days in {"following", "preceding"}
        and not _LEAST_DAY <= tranche.payment_day <= _MOST_DAY
    ):
        yield raw.fault(
            ("tranche", k, "payment", "business_days"),
            f'{tranche.payment.business_days!r} may move day {tranche.payment_day} into another month, which is not modelled; use "modified following"',
        )


def _dates_of_advances(deal: Deal, tranche: Tranche, k: int, raw: Source) -> Iterator[Fault]:
    plan = [row.date for row in tranche.draw.plan]
    if plan != sorted(plan):
        yield raw.fault(("tranche", k, "draw", "plan"), "the dates of the advances must ascend")
    for n, row in enumerate(tranche.draw.plan):
        if row.date < deal.signing:
            yield raw.fault(
                ("tranche", k, "draw", "plan", n, "date"), f"{row.date} is before the signing of {deal.signing}"
            )
        at_month_end = (row.date + dt.timedelta(days=1)).day == 1
        if tranche.rate.fixing == "advance" and not at_month_end:
            yield raw.fault(
                ("tranche", k, "draw", "plan", n, "date"),
                f"a base rate fixed for each advance is modelled for month-ends, not {row.date}",
            )
        if tranche.rate.basis not in {"ACT/360", "ACT/365"} and not at_month_end:
            yield raw.fault(
                ("tranche", k, "draw", "plan", n, "date"),
                f"an advance within a month needs ACT/360 or ACT/365; {tranche.rate.basis} is modelled for month-ends",
            )


_LEAST_DAY, _MOST_DAY = 6, 22
"""Days of the month that holidays and weekends do not move into another month."""
