"""Ratios: the Lender's cover ratios, average life, reserve tail, debt capacity, and the sponsor's return."""

from __future__ import annotations

from lender_model.grid import RATE, RATIO, SHARE, USD, Sheet, balance, head, monthly, scalar

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
        scalar("ratio.min_dscr", "Lowest DSCR, twelve months", RATIO, '=IF(COUNT([ratio.dscr_ahead:row])=0,"–",MIN([ratio.dscr_ahead:row]))', "from the as-of date on", bold=True),
        scalar("ratio.min_llcr", "Lowest LLCR", RATIO, '=IF(COUNT([ratio.llcr_ahead:row])=0,"–",MIN([ratio.llcr_ahead:row]))', "from the as-of date on", bold=True),
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
        monthly("ratio.service", "Debt service due, at the margins agreed", USD, "=[loan.interest_due]+[loan.repayment]+[loan.fees_due]",
                "without the interest of a step-down held back, which follows the cover of the month before"),
        balance("ratio.cfads_year", "Cash of twelve months", USD, _year("ratio.cfads")),
        balance("ratio.service_year", "Debt service of twelve months", USD, _year("ratio.service")),
        balance("ratio.dscr", "DSCR, twelve months", RATIO,
                '=IF([time.instalment_no:row]>0,IFERROR(DSCR([ratio.cfads_year:row],[ratio.service_year:row]),"–"),"–")',
                "from the first instalment on", array=True, bold=True),
        balance("ratio.dscr_ahead", "DSCR from the as-of date on", RATIO, '=IF([time.end]>={time.position},[ratio.dscr],"–")'),
        balance("ratio.tax_year", "Tax of twelve months", USD, _year("ops.tax")),
        balance("ratio.dscr_pretax", "DSCR before tax, twelve months", RATIO,
                '=IF(ISNUMBER([ratio.dscr]),([ratio.cfads_year]+[ratio.tax_year])/[ratio.service_year],"–")',
                "capital moves DSCR through the tax that its depreciation saves, and not otherwise: capital is paid by funding"),
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
        balance("ratio.llcr_ahead", "LLCR from the as-of date on", RATIO, '=IF([time.end]>={time.position},[ratio.llcr],"–")'),
        balance("ratio.plcr", "PLCR", RATIO,
                f'=IFERROR(PLCR({_CASH},{{plan.discount_rate}},[ratio.debt:row],[proceeds.closing:row]),"–")', array=True, bold=True),
        head("Sponsor"),
        monthly("ratio.sponsor", "Paid out less put in", USD, "=[fund.company]-[fund.contribution]-[fund.equity]-[fund.note]-[wf.guaranty_call]",
                "at start: capital spent before signing", start="=-{plan.capital_before}"),
    ],
)  # fmt: skip
