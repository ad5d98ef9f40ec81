"""Ratios: the Lender's cover ratios, average life, reserve tail, debt capacity, and the sponsor's return."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lender_model.grid import RATE, RATIO, SHARE, USD, Sheet, Values, balance, head, monthly, scalar
from lender_model.sheets.twins import Months

_LEAST_DISCOUNT = -5.0
"""Logarithm of the least discount factor of a month that is looked for: a return of 14,000 per cent a month."""
_MOST_STEPS, _LAST_STEP = 100, 1e-8
"""Newton's rule squares the error, so after a step as small as the last nothing is left of it."""

_CASH = "[time.end:row],[time.end:row],[ops.project_cash:row]"
GUESS = 0.01


def _year(key: str) -> str:
    """Formula: the sum of a line's last twelve months."""
    last = "([time.no:row]>[time.no]-{time.months_a_year})*([time.no:row]<=[time.no])"
    return f"=SUMPRODUCT({last},[{key}:row])"


SHEET = Sheet(
    "Ratios",
    "Cover of debt service and of the loan, by the cash of sheet Operations; a dash where there is nothing to cover.",
    [
        head("Summary"),
        scalar("ratio.min_dscr", "Lowest DSCR, twelve months", RATIO, '=IF(COUNT([ratio.dscr:row])=0,"–",MIN([ratio.dscr:row]))', bold=True),
        scalar("ratio.min_llcr", "Lowest LLCR", RATIO, '=IF(COUNT([ratio.llcr:row])=0,"–",MIN([ratio.llcr:row]))', bold=True),
        scalar("ratio.average_life", "Average life of the loan", "years",
               '=IFERROR(AVERAGE_LIFE({facility.effective_date},{loan.instalment_dates},{loan.instalment_amounts}),"–")'),
        scalar("ratio.tail", "Reserve tail after the last instalment", SHARE,
               '=IFERROR(RESERVE_TAIL({ratio.maturity},[time.end:row],[ops.recovered:row]),"–")'),
        scalar("ratio.maturity", "Last instalment", "date", "=MAX({loan.instalment_dates})"),
        scalar("ratio.target", "Target cover", RATIO),
        scalar("ratio.above_target", "Lowest DSCR less the target", RATIO, '=IFERROR({ratio.min_dscr}-{ratio.target},"–")',
               "below zero: short of the target; the filing sets none"),
        scalar("ratio.capacity", "Debt that cash to the last instalment supports at the target", USD,
               "=DEBT_CAPACITY({facility.effective_date},[time.end:row],[ratio.cash_to_maturity:row],{plan.discount_rate},{ratio.target})",
               "at signing; construction capital is not deducted, since this debt and the equity pay it; LLCR deducts what "
               "is still to spend, and counts the account that pays it"),
        scalar("ratio.irr", "Sponsor's return, a year", RATE,
               '=IF(SUM([ratio.sponsor:start_row])>0,IFERROR((1+IRR([ratio.sponsor:start_row],{ratio.irr_guess}))^{time.months_a_year}-1,"–"),"–")',
               "from money put in and paid out, month by month; a dash where less comes out", bold=True),
        scalar("ratio.irr_guess", "Guess of the monthly return", SHARE, GUESS, "where the search for the return starts"),
        head("Debt service cover", "CFADS, before capital expenditure"),
        monthly("ratio.cfads", "Cash available for debt service", USD, "=[ops.cfads]"),
        monthly("ratio.service", "Debt service due", USD, "=[loan.debt_service]"),
        balance("ratio.cfads_year", "Cash of twelve months", USD, _year("ratio.cfads")),
        balance("ratio.service_year", "Debt service of twelve months", USD, _year("ratio.service")),
        balance("ratio.dscr", "DSCR, twelve months", RATIO,
                '=IF([time.instalment_no:row]>0,IFERROR(DSCR([ratio.cfads_year:row],[ratio.service_year:row]),"–"),"–")',
                "from the first instalment on", array=True, bold=True),
        balance("ratio.target_line", "Target cover", RATIO, "={ratio.target}", "beside the ratios in the chart"),
        head("Debt capacity", "CFADS, less capital expenditure after Completion"),
        monthly("ratio.cash_to_maturity", "Cash to the last instalment", USD,
                "=IF([time.end]<={ratio.maturity},[ops.cfads]-[ops.capex]*[time.complete],0)"),
        head("Loan and project life cover", "CFADS after capital expenditure, discounted, and the account"),
        balance("ratio.debt", "Loan and arrears", USD,
                "=IF([loan.closing]+[wf.lender_close]>{checks.cent},[loan.closing]+[wf.lender_close],0)"),
        balance("ratio.llcr", "LLCR", RATIO,
                '=IF([time.end:row]<{ratio.maturity},'
                f'IFERROR(LLCR({_CASH},{{plan.discount_rate}},[ratio.debt:row],{{ratio.maturity}},[proceeds.closing:row]),"–"),"–")',
                "none from the last instalment on: no cash would count", array=True, bold=True),
        balance("ratio.plcr", "PLCR", RATIO,
                f'=IFERROR(PLCR({_CASH},{{plan.discount_rate}},[ratio.debt:row],[proceeds.closing:row]),"–")', array=True, bold=True),
        head("Sponsor"),
        monthly("ratio.sponsor", "Paid out less put in", USD, "=[fund.company]-[fund.contribution]-[fund.equity]-[fund.note]-[wf.guaranty_call]",
                "at start: capital spent before signing", start="=-{plan.capital_before}"),
    ],
)  # fmt: skip


def calculate(v: Values) -> Values:
    """Cover by month and the return; NaN where there is nothing to cover, or less comes out than goes in."""
    owed = v["loan.closing"] + v["wf.lender_close"]
    debt = owed * (owed > v["checks.cent"])
    sponsor = v["fund.company"] - (v["fund.contribution"] + v["fund.equity"] + v["fund.note"])
    before = np.broadcast_to(-v["plan.capital_before"], (1, sponsor.shape[1]))
    dscr = _debt_service_cover(v)
    llcr = _cover(v, debt, _instalments(v)[0].max())
    return {
        "ratio.dscr": dscr,
        "ratio.min_dscr": np.fmin.reduce(dscr, axis=0),
        "ratio.debt": debt,
        "ratio.llcr": llcr,
        "ratio.min_llcr": np.fmin.reduce(llcr, axis=0),
        "ratio.sponsor": sponsor,
        "ratio.irr_guess": GUESS,
        "ratio.irr": yearly_return(np.concatenate([before, sponsor]), v["time.months_a_year"]),
    }


def _instalments(v: Values) -> tuple[NDArray[np.datetime64], Months]:
    """Dates and amounts of the instalments, without the blanks below them."""
    dates = [day for day in v["loan.instalment_dates"] if not isinstance(day, str)]
    amounts = [amount for amount in v["loan.instalment_amounts"] if not isinstance(amount, str)]
    return np.array(dates, dtype="datetime64[D]"), np.array(amounts, dtype=np.float64)


def _last_year(v: Values) -> Months:
    """1 for each of the last twelve months, the column, of a month, the row."""
    month, looked_at = v["time.no"], v["time.no"].T
    window: Months = ((looked_at > month - v["time.months_a_year"]) & (looked_at <= month)) * 1.0
    return window


def _debt_service_cover(v: Values) -> Months:
    """Cash over debt service of twelve months, from the first instalment on."""
    cash, service = v["ops.cfads"], v["loan.debt_service"]
    window = _last_year(v)
    covered = (window @ service.max(axis=1) > 0) & (v["time.instalment_no"][:, 0] > 0)
    cover = np.full(np.broadcast_shapes(cash.shape, service.shape), np.nan)
    service_year = window[covered] @ service
    cover[covered] = _quotient(window[covered] @ cash, service_year, service_year > 0)
    return cover


def _cover(v: Values, debt: Months, maturity: Any) -> Months:
    """Cash to come, to maturity if there is one, and at hand, over debt; none from maturity on."""
    cover, end = np.full(debt.shape, np.nan), v["time.end"][:, 0]
    looks, counts = (True, True) if maturity is None else (end < maturity, end <= maturity)
    owed = debt.any(axis=1) & looks
    cash = (v["window.value"][owed] * counts) @ v["ops.project_cash"] + v["proceeds.closing"][owed]
    cover[owed] = _quotient(cash, debt[owed], debt[owed] > 0)
    return cover


def _quotient(numerator: Months, denominator: Months, known: Any) -> Months:
    """A quotient where it is known, else NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known, numerator / denominator, np.nan)


def yearly_return(flows: Months, months_a_year: float) -> NDArray[np.float64]:
    """Yearly return of monthly flows, months × scenarios; NaN where less comes out than goes in, or nothing goes in.

    >>> yearly_return(np.array([[-100.0, -100.0], [0.0, 50.0], [102.01, 49.0]]), 12).round(6)
    array([0.126825,      nan])
    """
    rows = np.flatnonzero((flows != 0).any(axis=1))
    months, paid = rows[:, None] * 1.0, flows[rows]
    known = (paid.sum(axis=0) > 0) & ((paid * np.exp(_LEAST_DISCOUNT * months)).sum(axis=0) < 0)
    paid = paid[:, known]
    low, high = np.full(known.sum(), _LEAST_DISCOUNT), np.zeros(known.sum())
    log_discount = high  # of a month: the flows are worth their sum, which is above nothing
    for _ in range(_MOST_STEPS):
        values = paid * np.exp(months * log_discount)
        value = values.sum(axis=0)
        low, high = np.where(value < 0, log_discount, low), np.where(value < 0, high, log_discount)
        newton = log_discount - value / (months * values).sum(axis=0)
        inside = (newton >= low) & (newton <= high)
        last, log_discount = log_discount, np.where(inside, newton, (low + high) / 2)
        if np.all(np.abs(log_discount - last) <= _LAST_STEP):
            break
    returns = np.full(known.shape, np.nan)
    returns[known] = np.expm1(-months_a_year * log_discount)
    return returns
