"""interest: when a tranche's interest is paid, what is added to the principal, and what accrues.

Interest of a month is that of its opening balance, split at a payment date within the month, and that of advances from
their day on. A base rate is fixed before each period; the margin counts each of its steps from its own day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lender_model.clauses import currency
from lender_model.clauses.base_rate import fixed_within
from lender_model.clauses.rate import ACTUAL, year_part
from lender_model.grid import COUNT, DATE, USD, Row, balance, head, monthly, scalar

if TYPE_CHECKING:
    from lender_model.clauses.tranche import Tranche
    from lender_model.compose.draft import Draft


def payment_dates(draft: Draft, tranche: Tranche, k: str, label: str) -> list[Row]:
    """When interest is paid, and on which day where that is not the month's end."""
    pay = tranche.payment
    first = draft.date(f"{k}.pay.first", pay.first, f"{label}: first interest payment")
    every = draft.term(
        f"{k}.pay.every", f"{label}: months between interest payments", COUNT, pay.every, tranche.note("payment")
    )
    rows = [
        scalar(f"{k}.pay_month", "Month of the first interest payment, counted from year 0", COUNT, f"=YEAR({first})*{{time.months_a_year}}+MONTH({first})"),
        draft.flag(f"{k}.pay", "Interest payment date",
                   f"=IF(OR(AND({{{k}.final}}>[time.end:-1],{{{k}.final}}<=[time.end]),"
                   f"AND([time.index]>={{{k}.pay_month}},MOD([time.index]-{{{k}.pay_month}},{every})=0)),1,0)"),
    ]  # fmt: skip
    if not tranche.mid_month:
        return rows
    number = draft.term(
        f"{k}.pay.day",
        f"{label}: day of the month, 31 for its end",
        COUNT,
        tranche.payment_day,
        tranche.note("payment"),
    )
    nominal = f"DATE([time.year],[time.month],MIN({number},DAY([time.end])))"
    rows.append(
        balance(
            f"{k}.pay_day",
            "Interest paid on",
            DATE,
            f"=IF([{k}.pay]=1,{_business_day(draft, nominal, pay.business_days)},0)",
        )
    )
    rows.append(
        balance(
            f"{k}.split",
            "Interest to the payment date, or the month's end",
            DATE,
            f"=IF([{k}.pay]=1,[{k}.pay_day],[time.end])",
        )
    )
    return rows


def _business_day(draft: Draft, day: str, convention: str) -> str:
    free = ",{calendar.holidays}" if draft.deal.calendar.holidays else ""
    following, preceding = f"WORKDAY({day}-1,1{free})", f"WORKDAY({day}+1,-1{free})"
    match convention:
        case "none":
            return day
        case "following":
            return following
        case "preceding":
            return preceding
        case _:
            return f"IF(MONTH({following})=[time.month],{following},{preceding})"


def capitalised(tranche: Tranche, k: str) -> tuple[str, ...]:
    """Key of the line of interest added to the principal, if there is one."""
    return (f"{k}.capitalised",) if tranche.rate.capitalised else ()


def capitalised_line(draft: Draft, tranche: Tranche, k: str) -> Row:
    """Interest that is added to the principal on its date."""
    part = tranche.rate.capitalised
    assert part  # noqa: S101 - the caller has seen to it
    share = draft.value(
        f"{k}.capitalised.share",
        part.share,
        f"{tranche.title}: interest added to the principal",
        "fraction",
        tranche.note("rate.capitalised"),
    )
    until = draft.date(f"{k}.capitalised.until", part.until, f"{tranche.title}: interest added until", monthly=True)
    accrued = f"([{k}.accrued_open]+[{k}.interest{'_before' if tranche.mid_month else ''}])"
    formula = f"{share}*{accrued}"
    if part.most is not None:
        most = draft.term(
            f"{k}.capitalised.most",
            f"{tranche.title}: most interest added",
            currency.unit(tranche),
            part.most,
            tranche.note("rate.capitalised"),
        )
        so_far = f"{k}.capitalised_so_far"
        formula = f"MIN({formula},MAX(0,{most}{currency.at(tranche)}-{currency.before(tranche, so_far)}))"
        draft.add(
            tranche.title,
            balance(
                f"{k}.capitalised_so_far",
                "Interest added so far",
                USD,
                f"={currency.before(tranche, so_far)}+[{k}.capitalised]",
                start=0.0,
            ),
        )
    return monthly(
        f"{k}.capitalised", "+ interest added", USD, f"=IF(AND([{k}.pay]=1,[time.end]<=EOMONTH({until},0)),{formula},0)"
    )


def lines(draft: Draft, tranche: Tranche, k: str) -> list[Row]:
    """What accrues, falls due and is still accrued."""
    basis, days = tranche.rate.basis, f"{{{k}.year_days}}"
    drawn_before, drawn_after = _on_advances(draft, tranche, k)
    added = "".join(f"-[{key}]" for key in capitalised(tranche, k))
    rows = [
        head("Interest", tranche.note("rate")),
        balance(f"{k}.accrued_open", "Accrued, opening", USD, f"={currency.before(tranche, f'{k}.accrued')}"),
    ]
    since = ""
    if basis not in ACTUAL:
        since, paid = f"[{k}.since]", f"[{k}.pay_day:-1]" if tranche.mid_month else "[time.end:-1]"
        rows.append(
            balance(
                f"{k}.since",
                "Interest period from",
                DATE,
                f"=MAX({{deal.signing}},IF([{k}.pay:-1]=1,{paid},[{k}.since:-1]))",
                start="={deal.signing}",
            )
        )
    if tranche.mid_month:
        after_rate = "rate_after" if fixed_within(tranche) else "rate"
        after = f"([{k}.opening]{added.replace('-', '+')}-[{k}.repayment])"
        rows += [
            monthly(
                f"{k}.interest_before",
                "Interest to the payment date",
                USD,
                f"=[{k}.opening]*[{k}.rate]*{year_part(basis, '[time.begin]', f'[{k}.split]', days, since)}{drawn_before}",
            ),
            monthly(
                f"{k}.interest_after",
                "Interest after it",
                USD,
                f"={after}*[{k}.{after_rate}]*{year_part(basis, f'[{k}.split]', '[time.end]', days)}{drawn_after}",
            ),
            monthly(f"{k}.interest", "Interest of the month", USD, f"=[{k}.interest_before]+[{k}.interest_after]"),
        ]
        due = f"=([{k}.accrued_open]+[{k}.interest_before])*[{k}.pay]{added}"
    else:
        rows.append(
            monthly(
                f"{k}.interest",
                "Interest of the month",
                USD,
                f"=[{k}.opening]*[{k}.rate]*{year_part(basis, '[time.begin]', '[time.end]', days, since)}{drawn_before}",
            )
        )
        due = f"=([{k}.accrued_open]+[{k}.interest])*[{k}.pay]{added}"
    return [
        *rows,
        monthly(f"{k}.interest_due", "Interest due", USD, due, bold=True),
        balance(
            f"{k}.accrued",
            "Accrued, closing",
            USD,
            f"=[{k}.accrued_open]+[{k}.interest]-[{k}.interest_due]{added}",
            start=0.0,
        ),
        monthly(f"{k}.service", "Interest and principal due", USD, f"=[{k}.interest_due]+[{k}.repayment]", bold=True),
    ]


def _on_advances(draft: Draft, tranche: Tranche, k: str) -> tuple[str, str]:
    """Interest on advances within the month, before and after a payment date; drawn by need they come at its end."""
    if not tranche.draw.plan or tranche.rate.basis not in ACTUAL:
        return "", ""
    dates, amounts, days = (
        f"{{{k}.advance.first}}",
        f"{{{k}.advance.second}}{currency.at(tranche)}{draft.in_force(k)}",
        f"{{{k}.year_days}}",
    )
    within = f"({dates}>[time.end:-1])*({dates}<=[time.end])"
    if not tranche.mid_month:
        return f"+SUMPRODUCT({within}*([time.end]-{dates}),{amounts})*[{k}.rate]/{days}", ""
    before = f"{within}*([{k}.split]>{dates})*([{k}.split]-{dates})"
    whole = f"SUMPRODUCT({within}*([time.end]-{dates}),{amounts})-SUMPRODUCT({before},{amounts})"
    return (
        f"+SUMPRODUCT({before},{amounts})*[{k}.rate]/{days}",
        f"+({whole})*[{k}.{'rate_after' if fixed_within(tranche) else 'rate'}]/{days}",
    )
