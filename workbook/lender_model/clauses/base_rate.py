"""base_rate: a tranche's rate month by month: its base rate as it is fixed, its margin, and the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lender_model.clauses import compounded
from lender_model.clauses.rate import ACTUAL
from lender_model.grid import COUNT, RATE, Row, balance, head, scalar

if TYPE_CHECKING:
    from lender_model.clauses.tranche import Tranche
    from lender_model.compose.draft import Draft


def rate_lines(draft: Draft, tranche: Tranche, k: str, label: str) -> list[Row]:
    """Base rate, margin and the whole rate."""
    rate, note = tranche.rate, tranche.note("rate")
    rows = [head("Rate", note)]
    margin = draft.value(
        f"{k}.margin",
        rate.margin,
        f"{label}: {'margin' if rate.base else 'rate'}",
        RATE,
        tranche.note("rate.margin"),
        by_day=True,
    )
    ahead = draft.most(f"{k}.margin", rate.margin, margin)
    if rate.gold:
        share = draft.term(f"{k}.gold.share", f"{label}: share of the price", "fraction", rate.gold.share, note)
        divisor = draft.term(f"{k}.gold.divisor", f"{label}: divisor", COUNT, rate.gold.divisor, note)
        whole = f"[market.{rate.gold.price}]*{share}/{divisor}"
        if rate.gold.cap is not None:
            whole = f"MIN({draft.term(f'{k}.gold.cap', f'{label}: highest rate', RATE, rate.gold.cap, note)},{whole})"
        rows += [balance(f"{k}.base", "Rate that follows the price", RATE, f"={whole}")]
        whole = f"[{k}.base]"
    elif rate.base:
        rows += compounded.lines(draft, tranche, k, label) if rate.fixing == "daily" else _base(draft, tranche, k)
        whole = f"[{k}.base]"
        if rate.adjustment and rate.fixing != "daily":
            whole += "+" + draft.term(f"{k}.adjustment", f"{label}: credit adjustment", RATE, rate.adjustment, note)
        if rate.floor is not None and rate.fixing != "daily":
            whole = f"MAX({draft.term(f'{k}.floor', f'{label}: floor', RATE, rate.floor, note)},{whole})"
    else:
        whole = ""
    total = f"={whole}+[{k}.margin_now]" if whole else f"=[{k}.margin_now]"
    rows += [
        balance(f"{k}.margin_now", "Margin" if whole else "Rate fixed", RATE, f"={margin}"),
        balance(f"{k}.rate", "Rate", RATE, total, bold=True),
    ]
    if fixed_within(tranche):
        rows.append(
            balance(
                f"{k}.rate_after",
                "Rate after the payment date",
                RATE,
                total.replace(f"[{k}.base]", f"[{k}.base_after]"),
            )
        )
    by_advance = rate.fixing == "advance"
    if ahead != margin or by_advance:
        known = whole.replace(f"[{k}.base]", f"[market.{rate.base}]") if by_advance else whole
        note = "the market's rate: that of an advance is known when it is drawn" if by_advance else "the highest margin"
        rows.append(balance(f"{k}.rate_ahead", "Rate as far as it is known ahead", RATE, f"={known + '+' if known else ''}{ahead}", note))  # fmt: skip
    if rate.basis in ACTUAL:
        rows.append(
            scalar(
                f"{k}.year_days",
                "Days of a year",
                COUNT,
                "="
                + draft.term(
                    f"{k}.day_count", f"{label}: days of a year ({rate.basis})", COUNT, float(rate.basis[-3:]), note
                ),
            )
        )
    return rows


def fixed_within(tranche: Tranche) -> bool:
    """Whether the base rate changes on a payment date within the month."""
    return bool(tranche.mid_month and tranche.rate.base and tranche.rate.fixing in {"period", "daily"})


def _base(draft: Draft, tranche: Tranche, k: str) -> list[Row]:
    """The base rate: of the month itself; or as fixed before the interest period, on its first day."""
    name, market = (tranche.rate.base or "").upper(), f"market.{tranche.rate.base}"
    if tranche.rate.fixing == "advance":
        before = f"[{k}.lent]-[{k}.drawn]"
        average = f"IF([{k}.lent]>{{checks.cent}},([{k}.base]*({before})+[{market}]*[{k}.drawn])/[{k}.lent],[{market}])"
        return [
            balance(f"{k}.base", name, RATE, f"=[{k}.base_lent:-1]", "the average of the advances"),
            balance(
                f"{k}.base_lent", f"{name}, with the month's advances", RATE, f"={average}", start=f"=[{market}:start]"
            ),
        ]
    if tranche.rate.fixing == "month":
        return [balance(f"{k}.base", name, RATE, f"=[{market}]", "of the month itself")]
    note = "last of the month before the interest period"
    if not fixed_within(tranche):
        fixed = f"IF([{k}.pay:-1]=1,[{market}:-1],[{k}.base:-1])"
        return [
            balance(f"{k}.base", name, RATE, f"={_first(draft, tranche, k, market, fixed)}", note, start=f"=[{market}]")
        ]
    after = f"=IF([{k}.pay]=1,[{market}:-1],[{k}.base])"
    return [
        balance(f"{k}.base", name, RATE, f"={_first(draft, tranche, k, market, f'[{k}.base_after:-1]')}", note),
        balance(f"{k}.base_after", f"{name} after the payment date", RATE, after, note, start=f"=[{market}]"),
    ]


def _first(draft: Draft, tranche: Tranche, k: str, market: str, fixed: str) -> str:
    """Template of a fixed rate; the first interest period begins with the first advance, or the amendment that adds it."""
    begins = f"MIN({{{k}.advance.first}})" if tranche.draw.plan else draft.added(k)
    if not begins:
        return fixed
    return f"IF(AND([time.end:-1]<{begins},[time.index]<={{{k}.pay_month}}),[{market}:-1],{fixed})"
