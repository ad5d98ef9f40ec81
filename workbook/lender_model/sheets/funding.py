"""Funding: sources and uses of the Project, in all before Completion and by month."""

from __future__ import annotations

from lender_model.grid import FLAG, USD, Row, Sheet, balance, head, monthly, scalar
from lender_model.sheets.operations import actual

CONSTRUCTION_USES = (
    ("costs", "Operating cost and closure", "fund.costs"),
    ("royalty", "Royalty", "fund.royalty"),
    ("tax", "Tax", "fund.tax"),
    ("fees", "Fees", "fund.fees"),
    ("interest", "Interest in construction", "fund.interest"),
    ("hedge_paid", "Hedge settlements paid", "fund.hedge_paid"),
    ("principal", "Principal due before Completion", "fund.principal"),
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
    "Where the money comes from and where it goes; the drawdown plan alone decides the advances.",
    [
        head("Facility", "8-K 5(a) Facility"),
        scalar("fund.facility", "Term loan and note", USD, "={term_loan.max_credit}+{note.principal}"),
        scalar("fund.facility_stated", "As stated: the whole facility", USD, "={facility.amount}"),
        *_construction(),
        head("Sources, by month"),
        monthly("fund.advance", "Advances of the term loan", USD,
                actual("actual.advance", "MIN([plan.advance],{term_loan.max_credit}-[fund.advanced:-1])*[time.advances_open]"),
                "8-K 5(a) Advances"),
        balance("fund.advanced", "Advanced so far", USD, "=[fund.advanced:-1]+[fund.advance]", "none before signing", start=0.0),
        monthly("fund.note", "Proceeds of the parent's note", USD,
                "=IF([time.no]=1,{parent_loans.note_proceeds},0)", "8-K 5(a) Parent Loans"),
        monthly("fund.contribution", "Equity contribution", USD, actual("actual.contribution", "[plan.contribution]"),
                "8-K 5(a) Equity Contribution"),
        monthly("fund.equity", "Further funding by the Company", USD, actual("actual.equity", "[plan.equity]")),
        monthly("fund.receipts", "Net returns", USD, "=[ops.net_returns]"),
        monthly("fund.hedge", "Hedge settlements received", USD, "=MAX(0,[ops.hedge])"),
        monthly("fund.sources", "Sources", USD,
                "=[fund.advance]+[fund.note]+[fund.contribution]+[fund.equity]+[fund.receipts]+[fund.hedge]", bold=True),
        head("Uses, by month"),
        monthly("fund.costs", "Operating cost and closure", USD, "=[ops.cost]+[ops.closure]"),
        monthly("fund.capex", "Capital expenditure", USD, "=[ops.capex]"),
        monthly("fund.royalty", "Royalty", USD, "=[npmc.payable]+[npmc.advance_paid]"),
        monthly("fund.tax", "Tax", USD, "=[ops.tax]"),
        monthly("fund.fees", "Fees", USD, "=[loan.fees_due]"),
        monthly("fund.hedge_paid", "Hedge settlements paid", USD, "=MAX(0,-[ops.hedge])"),
        monthly("fund.interest", "Interest", USD, "=[loan.interest_due]"),
        monthly("fund.principal", "Principal", USD, "=[loan.repayment]"),
        monthly("fund.lender", "Due to the Lender in all", USD,
                "=[fund.fees]+[fund.hedge_paid]+[fund.interest]+[fund.principal]"),
        monthly("fund.company", "Paid to the Company", USD,
                "=[wf.parent_interest_paid]+[wf.parent_loans_paid]+[wf.distribution]"),
        monthly("fund.bank", "Difference to the bank's statement", USD, "=-[proceeds.difference]"),
        monthly("fund.arrears", "Unpaid, less arrears paid", USD,
                "=[wf.trade_open]-[wf.trade_close]+[wf.lender_open]-[wf.lender_close]+[wf.lender_interest]"),
        balance("fund.increase", "Increase of the Proceeds Account", USD, "=[proceeds.closing]-[proceeds.opening]"),
        monthly("fund.uses", "Uses", USD,
                "=[fund.costs]+[fund.capex]+[fund.royalty]+[fund.tax]+[fund.lender]+[fund.company]+[fund.bank]"
                "+[fund.arrears]+[fund.increase]", bold=True),
        monthly("fund.gap", "Sources less uses", USD, "=ROUND([fund.sources]-[fund.uses],{checks.digits})", "must be nil"),
        head("The Lender's obligation", "8-K 5(a) Advances (R-17, R-18)"),
        balance("fund.conditions", "Conditions of an advance met", FLAG, actual("actual.conditions", "1"),
                "assumption: met, where sheet Actuals does not say otherwise"),
        balance("fund.advanced_before", "Advanced by the month before", USD, "=[fund.advanced:-1]"),
        balance("fund.account_before", "Proceeds Account then", USD, "=[proceeds.closing:-1]"),
        balance("fund.minimum_before", "Minimum balance then", USD, "=[proceeds.minimum:-1]"),
        balance("fund.default_before", "Arrears to the Lender then", FLAG, "=[wf.default:-1]"),
        balance("fund.limit", "What the Lender must still advance", USD,
                "=ADVANCE_LIMIT([time.end:row],[fund.advanced_before:row],[fund.account_before:row],[fund.minimum_before:row],"
                "{plan.mechanical_date},[fund.conditions:row],[fund.default_before:row],{term_loan.max_credit},{advances.cutoff})",
                array=True),
        balance("fund.above_limit", "Planned advance above it", FLAG, "=IF([fund.advance]>[fund.limit],1,0)", "an alert"),
    ],
    clauses=("8-K 5(a) Advances", "8-K 5(a) Equity Contribution", "8-K 5(a) Parent Loans"),
)  # fmt: skip
