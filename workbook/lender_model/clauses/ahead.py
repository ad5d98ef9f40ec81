"""Contractual debt service in the months ahead: the measure for reserves, current debt and forward cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lender_model.clauses import currency
from lender_model.clauses.rate import ACTUAL
from lender_model.grid import balance, head

if TYPE_CHECKING:
    from lender_model.compose.draft import Draft


def service_ahead(draft: Draft, key: str, months: str) -> str:
    """Template: scheduled interest and principal of a tranche in the months ahead.

    Measured on what has been lent (up to the previous month where construction decides what is drawn) and on the schedule
    before any prepayment, so that it does not depend on the month's own cash.
    """
    tranche = next(each for each in draft.deal.tranche if each.key == key)
    k, p = f"tranche.{key}", f"ahead.{key}"
    if f"{p}.principal" not in draft.ahead:
        draft.ahead.add(f"{p}.principal")
        _schedule_ahead(draft, tranche.title, k, p)
    window = f"([time.end:row]>[time.end])*([time.end:row]<=EOMONTH([time.end],{months}))"
    lent = currency.before(tranche, f"{k}.lent") if tranche.draw.rank else f"[{k}.lent]"
    return f"SUMPRODUCT({window},[{p}.service:row])*{lent}"


def _schedule_ahead(draft: Draft, title: str, k: str, p: str) -> None:
    """Contractual principal and interest of a dollar lent."""
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
    else:  # sculpted: what the cash flow supports, as a part of the commitment
        principal = f"=IF([{k}.last]=1,[{p}.left:-1],IF([{k}.due]=1,MIN([{p}.left:-1],MAX(0,[{k}.cash_served]*{{{k}.cash_share}}/MAX({{checks.cent}},[{k}.commitment_now]))),0))"
    days = f"{{{k}.year_days}}" if tranche.rate.basis in ACTUAL else "{time.year_days}"
    draft.add(
        title,
        head("A dollar lent, as the schedule has it before any prepayment", "for reserves that look ahead"),
        balance(f"{p}.principal", "Principal due", "number exact", principal),
        balance(
            f"{p}.left", "Principal still owed", "number exact", f"=MAX(0,[{p}.left:-1]-[{p}.principal])", start=1.0
        ),
        balance(f"{p}.interest", "Interest", "number exact", f"=[{p}.left:-1]*{rate}*([time.end]-[time.begin])/{days}"),
        balance(f"{p}.due", "Interest due", "number exact", f"=([{p}.accrued:-1]+[{p}.interest])*[{k}.pay]"),
        balance(
            f"{p}.accrued", "Interest accrued", "number exact", f"=[{p}.accrued:-1]+[{p}.interest]-[{p}.due]", start=0.0
        ),
        balance(f"{p}.service", "Interest and principal due", "number exact", f"=[{p}.principal]+[{p}.due]"),
    )
