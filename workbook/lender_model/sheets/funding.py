"""Funding: sources and uses of the Project, in all before Completion and by month."""

from __future__ import annotations

from lender_model.grid import COUNT, FLAG, SHARE, USD, Row, Sheet, balance, head, monthly, scalar
from lender_model.sheets.operations import actual

CONSTRUCTION_USES = (
    ("costs", "Operating cost and closure", "fund.costs"),
    ("royalty", "Royalty", "fund.royalty"),
    ("tax", "Tax", "fund.tax"),
    ("fees", "Fees", "fund.fees"),
    ("interest", "Interest in construction", "fund.interest"),
    ("hedge_paid", "Hedge settlements paid", "fund.hedge_paid"),
    ("principal", "Principal due before Completion", "fund.principal"),
    ("prepaid", "Prepaid before Completion", "fund.prepaid"),
    ("settled", "Settled without the account's cash, negative", "fund.settled"),
    ("company", "Paid to the Company, for interest on its note", "fund.company"),
    ("bank", "Difference to the bank's statement", "fund.bank"),
    ("arrears", "Unpaid, less arrears paid", "fund.arrears"),
    ("account", "Left in the Proceeds Account", "fund.increase"),
)
CONSTRUCTION_SOURCES = (
    ("advance", "Advances of the term loan", "fund.advance"),
    ("note", "Proceeds of the parent's note", "fund.note"),
    ("contribution", "Equity contribution", "fund.contribution"),
    ("equity", "Further funding by the Company", "fund.equity"),
    ("receipts", "Net returns before Completion", "fund.receipts"),
    ("hedge", "Hedge settlements received", "fund.hedge"),
)
"""Beside what was spent before signing and the capital: key, label, and the line whose months before Completion add up."""


def _construction() -> list[Row]:
    """What the Project takes to its Completion, and who pays for it."""

    def to_completion(line: str) -> str:
        return f"=SUMPRODUCT(1-[time.complete:row],[{line}:row])"

    def summed(lines: tuple[tuple[str, str, str], ...]) -> str:
        return "+".join(f"{{construction.{key}}}" for key, *_ in lines)

    def rows(lines: tuple[tuple[str, str, str], ...]) -> list[Row]:
        return [scalar(f"construction.{key}", label, USD, to_completion(line)) for key, label, line in lines]

    return [
        head("Construction: uses to Completion", "spent before signing, and the months that end before Completion"),
        scalar("construction.before", "Capital spent before signing", USD, "={plan.capital_before}"),
        scalar("construction.capex", "Capital expenditure", USD, to_completion("fund.capex")),
        scalar("construction.capital", "Capital in all", USD, "={construction.before}+{construction.capex}",
               "US$36.7 million as published, in the base case", bold=True),
        *rows(CONSTRUCTION_USES),
        scalar("construction.uses", "Uses", USD,
               f"={{construction.capital}}+{summed(CONSTRUCTION_USES)}", bold=True),
        head("Construction: sources to Completion"),
        scalar("construction.parent", "Parent advances", USD, "={parent_loans.other_advances}",
               "8-K 5(a) Parent Loans; assumption: spent before signing"),
        scalar("construction.own", "Other money of the Company, spent before signing", USD,
               "={construction.before}-{construction.parent}"),
        *rows(CONSTRUCTION_SOURCES),
        scalar("construction.sources", "Sources", USD,
               f"={{construction.parent}}+{{construction.own}}+{summed(CONSTRUCTION_SOURCES)}", bold=True),
    ]  # fmt: skip


SHEET = Sheet(
    "Funding",
    "Where the money comes from and where it goes; advances by the ledger, the plan, or need.",
    [
        head("Facility", "8-K 5(a) Facility"),
        scalar("fund.facility", "Term loan and note", USD, "={term_loan.max_credit}+{note.principal}"),
        scalar("fund.facility_stated", "As stated: the whole facility", USD, "={facility.amount}"),
        *_construction(),
        head("Sources, by month"),
        scalar("fund.by_need", "Advances by need, not by the plan", FLAG, note="as much as holds the minimum balance, month by month"),
        monthly("fund.advance", "Advances of the term loan", USD,
                "=IF(AND([reported.kept]=1,{fund.any_drawn}=1),[reported.drawn]," + actual("actual.advance",
                "MIN(IF({fund.by_need}=1,[fund.need],[plan.advance]),{term_loan.max_credit}-[fund.advanced:-1])*[time.advances_open]")[1:] + ")",
                "8-K 5(a) Advances; by the ledger where it reports any"),
        scalar("fund.any_drawn", "The ledger reports advances", FLAG, "=IF(SUM([reported.drawn:row])>0,1,0)", "up to the as-of date"),
        balance("fund.draw_days", "Days of interest on what is drawn in the month", "days",
                "=IF([reported.draw_days]>0,[reported.draw_days],IF(AND([time.no]=1,[reported.drawn]=0),[time.days],0))",
                "from the ledger's days; else what is drawn in the month of signing is drawn at signing, any other at the month-end"),
        balance("fund.advanced", "Advanced so far", USD, "=[fund.advanced:-1]+[fund.advance]", "none before signing", start=0.0),
        monthly("fund.note", "Proceeds of the parent's note", USD,
                "=IF([time.no]=1,{parent_loans.note_proceeds},0)", "8-K 5(a) Parent Loans"),
        monthly("fund.contribution", "Equity contribution", USD, actual("actual.contribution", "[plan.contribution]"),
                "8-K 5(a) Equity Contribution"),
        monthly("fund.standby", "of further funding, standby equity raised for it", USD,
                "=IF(AND([time.actual]=1,ISNUMBER([actual.equity])),0,[plan.standby]*{scenario.standby})",
                "what was paid is known by sheet Actuals"),
        monthly("fund.equity", "Further funding by the Company", USD, actual("actual.equity", "[plan.equity]+[fund.standby]")),
        monthly("fund.receipts", "Net returns", USD, "=[ops.received]"),
        monthly("fund.hedge", "Hedge settlements received", USD, "=MAX(0,[ops.hedge])"),
        monthly("fund.sources", "Sources", USD,
                "=[fund.advance]+[fund.note]+[fund.contribution]+[fund.equity]+[fund.receipts]+[fund.hedge]", bold=True),
        head("Uses, by month"),
        monthly("fund.costs", "Operating cost and closure", USD, "=[ops.cost_paid]+[ops.closure]"),
        monthly("fund.capex", "Capital expenditure", USD, "=[ops.capex]"),
        monthly("fund.royalty", "Royalty", USD, "=[npmc.payable]+[npmc.advance_paid]"),
        monthly("fund.tax", "Tax", USD, "=[ops.tax]"),
        monthly("fund.fees", "Fees", USD, "=[loan.fees_due]"),
        monthly("fund.hedge_paid", "Hedge settlements paid", USD, "=MAX(0,-[ops.hedge])"),
        monthly("fund.interest", "Interest", USD, "=[loan.interest_due]+[loan.held_due]"),
        monthly("fund.principal", "Principal", USD, "=[loan.repayment]"),
        monthly("fund.prepaid", "Prepaid", USD, "=[wf.prepaid_paid]"),
        monthly("fund.settled", "Settled without the account's cash, negative", USD,
                "=-([wf.settled]+[wf.guaranty_call])", "credited, waived, capitalised, put off, or paid by the guarantor"),
        monthly("fund.lender", "Due to the Lender in all", USD,
                "=[fund.fees]+[fund.hedge_paid]+[fund.interest]+[fund.principal]+[fund.prepaid]"),
        monthly("fund.company", "Paid to the Company", USD,
                "=[wf.parent_interest_paid]+[wf.parent_loans_paid]+[wf.distribution]"),
        monthly("fund.bank", "Difference to the bank's statement", USD, "=-[proceeds.difference]"),
        monthly("fund.arrears", "Unpaid, less arrears paid", USD,
                "=[wf.trade_open]-[wf.trade_close]+[wf.lender_open]-[wf.lender_close]+[wf.lender_interest]"),
        balance("fund.increase", "Increase of the Proceeds Account", USD, "=[proceeds.closing]-[proceeds.opening]"),
        monthly("fund.uses", "Uses", USD,
                "=[fund.costs]+[fund.capex]+[fund.royalty]+[fund.tax]+[fund.lender]+[fund.company]+[fund.bank]"
                "+[fund.arrears]+[fund.settled]+[fund.increase]", bold=True),
        monthly("fund.gap", "Sources less uses", USD, "=ROUND([fund.sources]-[fund.uses],{checks.digits})", "must be nil"),
        head("Advances by need", "used where chosen: what holds the minimum balance if all is paid that falls due (R-18)"),
        balance("fund.need_open", "Account on that footing, opening", USD, "=[fund.need_close:-1]"),
        monthly("fund.need_interest", "Interest of the month on what is drawn", USD, "=[fund.advanced:-1]*[loan.cost]"),
        balance("fund.need_accrued", "Accrued, closing", USD,
                "=([fund.need_accrued:-1]+[fund.need_interest])*(1-[time.quarter_end])+[fund.need_first]"),
        balance("fund.need_first", "of which on what is drawn at signing, later due", USD,
                "=IF([time.no]=1,[fund.advance]*[loan.cost],0)*(1-[time.quarter_end])"),
        balance("fund.fee_cost", "Commitment fee of an undrawn dollar for the month", SHARE,
                "=COMMITMENT_FEE({loan.dollar},[time.no:row]-[time.no:row],[time.fee_start:row],[time.fee_stop:row],"
                "{commitment_fee.rate},{facility.day_count})", array=True),
        balance("fund.fee_3m", "The same, of the following three months", SHARE,
                "=DUE_WITHIN([time.end:row],[time.end:row],[fund.fee_cost:row],{proceeds_account.months})", array=True),
        balance("fund.instalment_3m", "Instalments of the following three months", COUNT,
                "=DUE_WITHIN([time.end:row],[time.end:row],[time.instalment:row],{proceeds_account.months})", array=True),
        balance("fund.need_fee", "Commitment fee accrued, at most", USD,
                "=[fund.need_fee:-1]*(1-[time.period_start])+({term_loan.max_credit}-[fund.advanced:-1])*[fund.fee_cost]"),
        monthly("fund.need_due", "Interest and fees due, settlements and note interest", USD,
                "=([fund.need_accrued:-1]+[fund.need_interest]+[fund.need_fee])*[time.quarter_end]+[loan.establishment_due]"
                "+[fund.hedge_paid]+[note.interest_due]"),
        balance("fund.need_minimum", "Minimum to hold", USD,
                "=MAX({proceeds_account.floor},[proceeds.formula])+{proceeds_account.interest_cap}+[proceeds.capex_3m]"
                "+({term_loan.max_credit}-[fund.advanced:-1])*[fund.fee_3m]+[fund.advanced:-1]/{instalments.count}*[fund.instalment_3m]",
                "limbs (I), (III) and (IV), and the cap of limb (II): the most that it can be"),
        monthly("fund.need_before", "Account before an advance", USD,
                "=[fund.need_open]+[fund.note]+[fund.contribution]+[fund.equity]+[fund.receipts]+[fund.hedge]"
                "-[fund.costs]-[fund.capex]-[fund.royalty]-[fund.tax]-[fund.need_due]"),
        monthly("fund.need", "Needed from the Lender", USD, "=MAX(0,[fund.need_minimum]-[fund.need_before])", bold=True),
        balance("fund.need_close", "Account on that footing, closing", USD,
                "=IF(AND([time.actual]=1,ISNUMBER([actual.account])),[actual.account],[fund.need_before]+[fund.advance])"),
        head("The Lender's obligation", "8-K 5(a) Advances (R-17, R-18)"),
        balance("fund.conditions", "Conditions of an advance met", FLAG, actual("actual.conditions", "1"),
                "assumption: met, where sheet Actuals does not say otherwise"),
        balance("fund.advanced_before", "Advanced by the month before", USD, "=[fund.advanced:-1]"),
        balance("fund.account_before", "Proceeds Account then", USD,
                "=[proceeds.closing:-1]+{fund.fill}*({term_loan.max_credit}-[fund.advanced:-1])",
                "with what is not drawn yet, if an advance may fill it (R-18): sheet Switches"),
        balance("fund.minimum_before", "Minimum balance then", USD, "=[proceeds.minimum:-1]"),
        balance("fund.default_before", "A default then", FLAG, "=MAX([comp.default:-1],[cov.standing:-1])"),
        balance("fund.limit", "What the Lender must still advance", USD,
                "=ADVANCE_LIMIT([time.end:row],IF([fund.advanced_before:row]<{term_loan.max_credit},[fund.advanced_before:row],{term_loan.max_credit}),IF([fund.account_before:row]>0,[fund.account_before:row],0),[fund.minimum_before:row],"
                "{plan.mechanical_date},[fund.conditions:row],[fund.default_before:row],{term_loan.max_credit},{advances.cutoff})",
                array=True),
        balance("fund.above_limit", "Planned advance above it", FLAG, "=IF([fund.advance]>[fund.limit],1,0)", "an alert"),
    ],
    clauses=("8-K 5(a) Advances", "8-K 5(a) Equity Contribution", "8-K 5(a) Parent Loans"),
)  # fmt: skip
