"""compounded: a base rate compounded daily in arrears from the fixings of each business day.

A month's part of its interest period is what compounding to its end adds to compounding to its beginning, so that the
months add up to the period. A month after the as-of date takes the market's series, as does one that lacks a fixing, which
is named on Checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lender_model.grid import COUNT, DATE, FLAG, RATE, Row, balance

if TYPE_CHECKING:
    from lender_model.clauses.tranche import Tranche
    from lender_model.compose.draft import Draft


def lines(draft: Draft, tranche: Tranche, k: str, label: str) -> list[Row]:
    """The base rate by month, adjustment and floor included."""
    rate, note, name = tranche.rate, tranche.note("rate"), (tranche.rate.base or "").upper()
    adjustment = draft.term(f"{k}.adjustment", f"{label}: credit adjustment", RATE, rate.adjustment, note)
    floor = draft.term(f"{k}.floor", f"{label}: floor of each day; blank: none", RATE, rate.floor, note)
    lookback = draft.term(f"{k}.lookback", f"{label}: lookback, business days", COUNT, rate.lookback, note)
    shift = draft.term(f"{k}.shift", f"{label}: observation shifted", FLAG, 1 if rate.shift else 0, note)
    series = f"{{fixing.{rate.base}.dates}},{{fixing.{rate.base}}}"

    def grown(start: str, end: str) -> str:
        """Template of the rate from one date to another times its days."""
        return f'RATE_COMPOUNDED({series},{start},{end},{lookback},{shift}=1,{floor},{adjustment},"{rate.basis}")*({end}-{start})'

    start, end = f"[{k}.compounded_from]", f"[{k}.split]" if tranche.mid_month else "[time.end]"
    paid = f"[{k}.pay_day:-1]" if tranche.mid_month else "[time.end:-1]"
    month = f"({grown(start, end)}-IF([time.begin]>{start},{grown(start, '[time.begin]')},0))/({end}-[time.begin])"
    assumed = f"[market.{rate.base}]+{adjustment}"
    assumed = f"MAX({floor},{assumed})" if rate.floor is not None else assumed
    draft.alert(
        f"{k}.fixings",
        f"{label}: months up to the as-of date without every fixing: they take the market's series",
        f"=SUMPRODUCT([time.actual:row],--([{k}.opening:row]>{{checks.cent}}),1-ISNUMBER([{k}.compounded:row]))",
    )
    rows = [
        balance(f"{k}.compounded_from", "Interest period from", DATE,
                f"=MAX({{deal.signing}},IF([{k}.pay:-1]=1,{paid},[{k}.compounded_from:-1]))", start="={deal.signing}"),
        balance(f"{k}.compounded", f"{name}, compounded daily in arrears", RATE,
                f'=IF([time.actual]=1,IFERROR({month},"–"),"–")', note),
        balance(f"{k}.base", f"{name}, with adjustment and floor", RATE,
                f"=IF(ISNUMBER([{k}.compounded]),[{k}.compounded],{assumed})"),
    ]  # fmt: skip
    if tranche.mid_month:
        after = f"{grown(end, '[time.end]')}/([time.end]-{end})"
        rows += [
            balance(f"{k}.compounded_after", f"{name}, compounded after the payment date", RATE,
                    f'=IF(AND([time.actual]=1,[time.end]>{end}),IFERROR({after},"–"),"–")'),
            balance(f"{k}.base_after", f"{name} after the payment date", RATE,
                    f"=IF(ISNUMBER([{k}.compounded_after]),[{k}.compounded_after],{assumed})"),
        ]  # fmt: skip
    return rows
