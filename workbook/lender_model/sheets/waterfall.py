"""Waterfall: the account's cash paid out in order of priority, and what stays unpaid."""

from __future__ import annotations

from lender_model.grid import FLAG, RATIO, USD, Row, Sheet, balance, head, monthly, scalar

CLAIMS = (
    ("trade", "Overdue payables", "[wf.trade_open]"),
    ("costs", "Operating cost and closure", "[fund.costs]"),
    ("capex", "Capital expenditure", "[ops.capex]"),
    ("royalty", "Royalty", "[fund.royalty]"),
    ("tax", "Tax", "[ops.tax]"),
    (
        "arrears",
        "Arrears to the Lender",
        "MAX(0,[wf.lender_open]+[wf.lender_interest]-[wf.guaranty_call]-[wf.settled])",
    ),
    ("fees", "Fees", "[loan.fees_due]"),
    ("hedge", "Hedge settlements", "[fund.hedge_paid]"),
    ("interest", "Interest", "[loan.interest_due]+[loan.held_due]"),
    ("principal", "Principal", "[loan.repayment]"),
    ("prepaid", "Prepayment", "[loan.shortened_prepaid]"),
)
TRADE = ("trade", "costs", "capex", "royalty", "tax")
LENDER = ("arrears", "fees", "hedge", "interest", "principal")
DUES, PAYMENTS = LENDER[1:], LENDER


_REPORTED = {
    "arrears": "0",
    "fees": "[reported.fees]",
    "interest": "[reported.interest]",
    "principal": "[reported.principal]",
    "prepaid": "[loan.shortened_prepaid]",
}
"""What the ledger says was paid on a claim: its payments of principal, interest and fees cover arrears of them too."""


def _paid(key: str, left: str) -> str:
    """Formula: what is paid on a claim, by the ledger where it reports the month, else as far as the cash goes."""
    by_cash = f"MAX(0,MIN([wf.{key}_due],{left}))"
    if key == "arrears":
        by_cash += "*(1-[reported.after])"
    return f"=IF([reported.kept]=1,{_REPORTED[key]},{by_cash})" if key in _REPORTED else f"={by_cash}"


def _claim(key: str, label: str, due: str, left: str) -> list[Row]:
    return [
        monthly(f"wf.{key}_due", f"{label}, due", USD, f"={due}"),
        monthly(f"wf.{key}_paid", f"{label}, paid", USD, _paid(key, left)),
        balance(f"wf.{key}_left", f"Left after {label[0].lower()}{label[1:]}", USD, f"={left}-[wf.{key}_paid]"),
    ]


def _claims() -> list[Row]:
    rows, left = list[Row](), "[wf.cash]"
    for key, label, due in CLAIMS:
        rows += _claim(key, label, due, left)
        left = f"[wf.{key}_left]"
    return rows


def _sum(keys: tuple[str, ...], what: str) -> str:
    return "+".join(f"[wf.{key}_{what}]" for key in keys)


SHEET = Sheet(
    "Waterfall",
    "Each month's cash paid in order of priority; what cannot be paid is carried and comes first next month.",
    [
        head("Cash"),
        balance("wf.cash", "Opening balance and sources", USD, "=[proceeds.opening]+[fund.sources]", bold=True),
        head("In order of priority", "R-47"),
        *_claims(),
        balance("wf.minimum_kept", "Kept in the account, up to the minimum", USD,
                "=MAX(0,MIN([proceeds.minimum],[wf.prepaid_left]))", "stays as the closing balance; nothing is paid"),
        balance("wf.minimum_missing", "Missing to the minimum", USD, "=[proceeds.minimum]-[wf.minimum_kept]"),
        balance("wf.minimum_left", "Left after the minimum", USD, "=[wf.prepaid_left]-[wf.minimum_kept]"),
        head("Unpaid costs"),
        balance("wf.trade_open", "Overdue payables, opening", USD, "=[wf.trade_close:-1]"),
        balance("wf.trade_close", "Overdue payables, closing", USD, f"={_sum(TRADE, 'due')}-({_sum(TRADE, 'paid')})"),
        head("Call on the guaranty", "8-K 5(a) Guaranty (R-45)"),
        monthly("wf.guaranty_call", "Paid by the Company for what is in arrears", USD,
                "=IF([time.actual]=1,0,[comp.guaranty:-1]*MAX(0,MIN([wf.lender_open]+[wf.lender_interest],[bal.company_cash:-1])))",
                "up to its cash at the month-end before, while the guaranty stands; in actual months only the ledger tells"),
        monthly("wf.settled", "Arrears credited, waived, capitalised or deferred", USD,
                "=[reported.credited_due]+[reported.waived_due]+[reported.capitalised]+[reported.put_off]", "by the ledger"),
        head("Arrears to the Lender", "R-48"),
        balance("wf.lender_open", "Arrears, opening", USD, "=[wf.lender_close:-1]"),
        monthly("wf.lender_interest", "+ interest on arrears", USD,
                "=MAX(0,[wf.lender_open])*([loan.cost_arrears]+([loan.cost_held]-[loan.cost])*[loan.held_back])",
                "at the loan's own rate and the default margin"),
        monthly("wf.lender_due", "+ fell due", USD, f"={_sum(DUES, 'due')}"),
        monthly("wf.lender_paid", "- paid", USD, f"={_sum(PAYMENTS, 'paid')}", "by the account; prepayments apart"),
        balance("wf.lender_close", "Arrears, closing", USD,
                "=[wf.lender_open]+[wf.lender_interest]+[wf.lender_due]-[wf.lender_paid]-[wf.guaranty_call]-[wf.settled]", bold=True),
        balance("wf.principal_open", "of which principal, opening", USD, "=[wf.principal_close:-1]"),
        monthly("wf.principal_fell_due", "+ instalments", USD, "=[wf.principal_due]"),
        monthly("wf.principal_arrears_paid", "- paid of arrears, interest and fees first", USD,
                "=MAX(0,MIN([wf.principal_open],[wf.arrears_paid]+[wf.guaranty_call]-([wf.lender_open]-[wf.principal_open]+[wf.lender_interest])))",
                "by the account or the guarantor"),
        monthly("wf.principal_settled", "- credited, waived or put off", USD,
                "=[reported.credited_due]+[reported.waived_due]+[reported.put_off]"),
        balance("wf.principal_close", "of which principal, closing", USD,
                "=[wf.principal_open]+[wf.principal_fell_due]-[wf.principal_paid]-[wf.principal_arrears_paid]-[wf.principal_settled]"),
        monthly("wf.beyond", "Prepaid, credited or waived beyond what was owed", USD,
                "=[reported.prepaid]+[reported.credited]+[reported.waived]-[loan.shortened_prepaid]-[loan.shortened_credited]-[loan.shortened_waived]",
                "counts for nothing"),
        balance("wf.overpaid", "More paid or settled than was due", FLAG,
                "=IF(MIN([wf.lender_close],[wf.principal_close],[wf.lender_close]-[wf.principal_close],[loan.outstanding],-[wf.beyond])<-{checks.bank},1,0)",
                "an alert: enter what was paid ahead as prepaid"),
        balance("wf.default", "Payment default", FLAG, "=IF([wf.lender_close]>{checks.cent},1,0)", "an alert; nothing leaves (R-05)", start=0.0),
        head("Lock-up", "by the tests of the month before, and arrears now (R-05, R-55)"),
        balance("wf.lock_arrears", "Arrears to the Lender", FLAG, "=[wf.default]"),
        balance("wf.lock_default", "A default stood", FLAG, "=[comp.default:-1]", "arrears, or the contribution missed and not waived"),
        balance("wf.lock_covenants", "A covenant was broken at its last test", FLAG, "=[cov.standing:-1]"),
        balance("wf.locked", "Nothing leaves", FLAG, "=MAX([wf.lock_arrears],[wf.lock_default],[wf.lock_covenants])", bold=True),
        scalar("wf.lockup_cover", "Cover below which nothing is distributed", RATIO, note="0: none"),
        balance("wf.lock_cover", "Cover was below it", FLAG,
                "=IF([time.no]>1,IF(ISNUMBER([ratio.dscr:-1]),IF([ratio.dscr:-1]<{wf.lockup_cover},[cov.owed],0),0),0)", "DSCR of twelve months (R-55)"),
        balance("wf.lock_completion", "Completion was not reached by its tests", FLAG, "=(1-[comp.reached:-1])*[cov.owed]", "R-42"),
        balance("wf.no_distribution", "Nothing is distributed", FLAG,
                "=MAX([wf.locked],[wf.lock_cover],[wf.lock_completion])", bold=True),
        head("To the Company", "8-K 5(a) Withdrawals, Parent Loans"),
        monthly("wf.parent_interest_due", "Interest on the Company's note, due", USD, "=[note.interest_due]"),
        balance("wf.available", "May be withdrawn", USD,
                "=PROCEEDS_AVAILABLE(MAX(0,[wf.prepaid_left]),[proceeds.minimum],[time.end],{plan.completion_date},"
                "[wf.parent_interest_due],[wf.locked])",
                "above the minimum; before Completion only interest (R-04); nothing while a default stands (R-05)"),
        monthly("wf.held_back", "Above the minimum, kept in the account by a lock-up", USD,
                "=MAX(0,[wf.prepaid_left]-[proceeds.minimum])*[time.complete]*IF([wf.locked]=1,1,[wf.no_distribution]*[plan.payout])",
                "not a payment: what may leave once the tests are met"),
        monthly("wf.parent_interest_paid", "Interest on the Company's note, paid", USD,
                "=MIN([wf.parent_interest_due],[wf.available])"),
        balance("wf.parent_allowed", "Company's loans may be repaid", FLAG,
                "=IF(AND([time.complete]=1,[loan.closing]<{checks.cent},[note.closing]<{checks.cent},[wf.lender_close]<{checks.cent}),1,0)", "R-46"),
        monthly("wf.parent_note_paid", "Loan of the note's proceeds, repaid", USD,
                "=MIN([parent.note_open],[wf.available]-[wf.parent_interest_paid])*[wf.parent_allowed]",
                "before the other advances, as the filing names them (R-47)"),
        monthly("wf.parent_advances_paid", "Other advances of the Company, repaid", USD,
                "=MIN([parent.advances_open],[wf.available]-[wf.parent_interest_paid]-[wf.parent_note_paid])*[wf.parent_allowed]"),
        monthly("wf.parent_loans_paid", "Company's loans, repaid", USD, "=[wf.parent_note_paid]+[wf.parent_advances_paid]"),
        monthly("wf.distribution", "Distributions", USD,
                "=([wf.available]-[wf.parent_interest_paid]-[wf.parent_loans_paid])*[time.complete]*[plan.payout]"
                "*(1-[wf.no_distribution])", bold=True),
        balance("wf.paid_locked", "Paid to the Company while nothing may leave", FLAG,
                "=IF([wf.locked]*([wf.parent_interest_paid]+[wf.parent_loans_paid]+[wf.distribution])>{checks.cent},1,0)", "must be nil"),
        head("Together"),
        monthly("wf.paid", "Paid out of the account", USD,
                f"={_sum((*TRADE, *LENDER, 'prepaid'), 'paid')}+[wf.parent_interest_paid]+[wf.parent_loans_paid]+[wf.distribution]", bold=True),
    ],
    clauses=("8-K 5(a) Withdrawals", "8-K 5(a) Parent Loans"),
)  # fmt: skip
