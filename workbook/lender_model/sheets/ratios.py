"""Ratios: the Lender's cover ratios, average life, reserve tail, debt capacity, and the sponsor's return."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy_financial as npf

from drawstop.core import loan, ratios
from lender_model.grid import RATE, RATIO, SHARE, USD, Sheet, Values, balance, head, monthly, scalar
from lender_model.sheets.twins import Months

_CASH = "[time.end:row],[time.end:row],[ops.project_cash:row]"

SHEET = Sheet(
    "Ratios",
    "Cover of debt service and of the loan, by the cash of sheet Operations; a dash where there is nothing to cover.",
    [
        head("Summary"),
        scalar("ratio.min_dscr", "Lowest DSCR, twelve months", RATIO, '=IF(COUNT([ratio.dscr:row])=0,"–",MIN([ratio.dscr:row]))', bold=True),
        scalar("ratio.min_llcr", "Lowest LLCR", RATIO, '=IF(COUNT([ratio.llcr:row])=0,"–",MIN([ratio.llcr:row]))', bold=True),
        scalar("ratio.average_life", "Average life of the loan", "years",
               "=AVERAGE_LIFE({facility.effective_date},{loan.instalment_dates},{loan.instalment_amounts})"),
        scalar("ratio.tail", "Reserve tail after the last instalment", SHARE,
               "=RESERVE_TAIL({ratio.maturity},[time.end:row],[ops.recovered:row])"),
        scalar("ratio.maturity", "Last instalment", "date", "=MAX({loan.instalment_dates})"),
        scalar("ratio.target", "Target cover", RATIO),
        scalar("ratio.capacity", "Debt that the cash to the last instalment supports at it", USD,
               "=DEBT_CAPACITY({facility.effective_date},[time.end:row],[ratio.cash_to_maturity:row],{plan.discount_rate},{ratio.target})"),
        scalar("ratio.irr", "Sponsor's return, a year", RATE,
               '=IFERROR((1+IRR([ratio.sponsor:start_row],{ratio.irr_guess}))^{time.months_a_year}-1,"–")',
               "from money put in and paid out, month by month", bold=True),
        scalar("ratio.irr_guess", "Guess of the monthly return", RATE),
        head("Debt service cover"),
        monthly("ratio.cfads", "Cash available for debt service", USD, "=[ops.cfads]"),
        monthly("ratio.service", "Debt service due", USD, "=[loan.debt_service]"),
        balance("ratio.cfads_so_far", "Cash so far", USD, "=[ratio.cfads_so_far:-1]+[ratio.cfads]", start=0.0),
        balance("ratio.service_so_far", "Debt service so far", USD, "=[ratio.service_so_far:-1]+[ratio.service]", start=0.0),
        balance("ratio.cfads_year", "Cash of twelve months", USD,
                "=[ratio.cfads_so_far]-IF([time.no]>{time.months_a_year},"
                "INDEX([ratio.cfads_so_far:row],1,[time.no]-{time.months_a_year}),0)"),
        balance("ratio.service_year", "Debt service of twelve months", USD,
                "=ROUND([ratio.service_so_far]-IF([time.no]>{time.months_a_year},"
                "INDEX([ratio.service_so_far:row],1,[time.no]-{time.months_a_year}),0),{checks.digits})"),
        balance("ratio.dscr", "DSCR, twelve months", RATIO,
                '=IF([time.instalment_no:row]>0,IFERROR(DSCR([ratio.cfads_year:row],[ratio.service_year:row]),"–"),"–")',
                "from the first instalment on", array=True, bold=True),
        head("Loan and project life cover", "cash after capital expenditure, and the account"),
        monthly("ratio.cash_to_maturity", "Cash to the last instalment", USD, "=IF([time.end]<={ratio.maturity},[ops.cfads],0)"),
        balance("ratio.debt", "Loan and arrears", USD,
                "=IF([loan.closing]+[wf.lender_close]>{checks.cent},[loan.closing]+[wf.lender_close],0)"),
        balance("ratio.llcr", "LLCR", RATIO,
                f'=IFERROR(LLCR({_CASH},{{plan.discount_rate}},[ratio.debt:row],{{ratio.maturity}},[proceeds.closing:row]),"–")', array=True, bold=True),
        balance("ratio.plcr", "PLCR", RATIO,
                f'=IFERROR(PLCR({_CASH},{{plan.discount_rate}},[ratio.debt:row],[proceeds.closing:row]),"–")', array=True, bold=True),
        head("Sponsor"),
        monthly("ratio.sponsor", "Paid out less put in", USD, "=[fund.company]-[fund.contribution]-[fund.equity]-[fund.note]",
                "at start: capital spent before signing", start="=-{plan.capital_before}"),
    ],
)  # fmt: skip


def calculate(v: Values) -> Values:
    """Ratios by month, the summary, and the return."""
    end = v["time.end"][:, 0]
    cfads, service = v["ops.cfads"], v["loan.debt_service"]
    cash_year, service_year = _last_year(v, cfads), np.round(_last_year(v, service), int(v["checks.digits"])) + 0.0
    dates = np.array([day for day in v["loan.instalment_dates"] if not isinstance(day, str)], dtype="datetime64[D]")
    amounts = np.array([amount for amount in v["loan.instalment_amounts"] if not isinstance(amount, str)], dtype=float)
    maturity = dates.max()
    owed = v["loan.closing"] + v["wf.lender_close"]
    debt = np.where(owed > v["checks.cent"], owed, 0.0)
    rate = {"rate": v["plan.discount_rate"]}
    sponsor = v["fund.company"] - v["fund.contribution"] - v["fund.equity"] - v["fund.note"]
    to_maturity = np.where(v["time.end"] <= maturity, cfads, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        dscr = _dashes(cash_year / service_year, (service_year > 0) & (v["time.instalment_no"] > 0))
        llcr = _dashes(_cover(v, debt, maturity), debt > 0)
        plcr = _dashes(_cover(v, debt, None), debt > 0)
    signing = v["facility.effective_date"]
    return {
        "ratio.min_dscr": _least(dscr),
        "ratio.min_llcr": _least(llcr),
        "ratio.average_life": loan.average_life(signing, dates, amounts),
        "ratio.tail": ratios.reserve_tail(maturity, end, v["ops.recovered"][:, 0]),
        "ratio.maturity": maturity,
        "ratio.capacity": ratios.debt_capacity(signing, end, to_maturity[:, 0], dscr=v["ratio.target"], **rate),
        "ratio.irr": yearly_return(np.r_[-v["plan.capital_before"], sponsor[:, 0]], v["time.months_a_year"]),
        "ratio.cfads": cfads,
        "ratio.service": service,
        "ratio.cfads_so_far": np.cumsum(cfads, axis=0),
        "ratio.cfads_so_far@start": 0.0,
        "ratio.service_so_far": np.cumsum(service, axis=0),
        "ratio.service_so_far@start": 0.0,
        "ratio.cfads_year": cash_year,
        "ratio.service_year": service_year,
        "ratio.dscr": dscr,
        "ratio.cash_to_maturity": to_maturity,
        "ratio.debt": debt,
        "ratio.llcr": llcr,
        "ratio.plcr": plcr,
        "ratio.sponsor": sponsor,
        "ratio.sponsor@start": -v["plan.capital_before"],
    }


def _last_year(v: Values, rows: Months) -> Months:
    """Sums of the last twelve months, from the first month on."""
    months = int(v["time.months_a_year"])
    total = np.cumsum(rows, axis=0)
    return np.concatenate([total[:months], total[months:] - total[:-months]])


def _cover(v: Values, debt: Months, maturity: Any) -> Months:
    end, rate = v["time.end"][:, 0], v["plan.discount_rate"]
    columns = [
        ratios.loan_life_cover(end, end, flows, rate=rate, debt=owed, cash=cash, maturity=maturity)
        for flows, owed, cash in zip(v["ops.project_cash"].T, debt.T, v["proceeds.closing"].T, strict=True)
    ]
    return np.stack(columns, axis=1)


def _dashes(rows: Months, known: Any) -> Any:
    """Figures, with a dash where there is none."""
    out = rows.astype(object)
    out[~known] = "–"
    return out


def _least(rows: Any) -> Any:
    known = [value for value in rows[:, 0] if not isinstance(value, str)]
    return min(known) if known else "–"


def yearly_return(flows: Any, months_a_year: float) -> Any:
    """Yearly return of monthly flows; a dash where there is none.

    numpy-financial finds the rate, and one step of Newton's rule settles its last digits.
    """
    rate = float(npf.irr(flows))
    if not np.isfinite(rate):
        return "–"
    powers = (1 + rate) ** -np.arange(len(flows))
    slope = -(np.arange(len(flows)) * flows * powers).sum() / (1 + rate)
    rate -= (flows * powers).sum() / slope
    return (1 + rate) ** months_a_year - 1
