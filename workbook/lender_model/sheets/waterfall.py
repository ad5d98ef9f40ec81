"""Waterfall: the account's cash paid out in order of priority, and what stays unpaid."""

from __future__ import annotations

from lender_model.grid import FLAG, USD, Row, Sheet, balance, head, monthly

CLAIMS = (
    ("trade", "Overdue payables", "[wf.trade_open]"),
    ("costs", "Operating cost and closure", "[fund.costs]"),
    ("capex", "Capital expenditure", "[ops.capex]"),
    ("royalty", "Royalty", "[fund.royalty]"),
    ("tax", "Tax", "[ops.tax]"),
    ("arrears", "Arrears to the Lender", "[wf.lender_open]+[wf.lender_interest]"),
    ("fees", "Fees", "[loan.fees_due]"),
    ("hedge", "Hedge settlements", "[fund.hedge_paid]"),
    ("interest", "Interest", "[loan.interest_due]"),
    ("principal", "Principal", "[loan.repayment]"),
)
TRADE = ("trade", "costs", "capex", "royalty", "tax")
LENDER = ("arrears", "fees", "hedge", "interest", "principal")


def _claim(key: str, label: str, due: str, left: str) -> list[Row]:
    return [
        monthly(f"wf.{key}_due", f"{label}, due", USD, f"={due}"),
        monthly(f"wf.{key}_paid", f"{label}, paid", USD, f"=MAX(0,MIN([wf.{key}_due],{left}))"),
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
                "=MAX(0,MIN([proceeds.minimum],[wf.principal_left]))", "stays as the closing balance; nothing is paid"),
        balance("wf.minimum_missing", "Missing to the minimum", USD, "=[proceeds.minimum]-[wf.minimum_kept]"),
        balance("wf.minimum_left", "Left after the minimum", USD, "=[wf.principal_left]-[wf.minimum_kept]"),
        head("Unpaid costs"),
        balance("wf.trade_open", "Overdue payables, opening", USD, "=[wf.trade_close:-1]"),
        balance("wf.trade_close", "Overdue payables, closing", USD, f"={_sum(TRADE, 'due')}-({_sum(TRADE, 'paid')})"),
        head("Arrears to the Lender", "R-48"),
        balance("wf.lender_open", "Arrears, opening", USD, "=[wf.lender_close:-1]"),
        monthly("wf.lender_interest", "+ interest on arrears", USD,
                "=LOAN_INTEREST([wf.lender_open],[time.start],[time.end],[loan.libor],{plan.completion_date},"
                "{interest.margin_before},{interest.margin_after},{facility.day_count})", "at the loan's own rate"),
        balance("wf.lender_close", "Arrears, closing", USD, f"={_sum(LENDER, 'due')}-({_sum(LENDER, 'paid')})", bold=True),
        balance("wf.default", "Payment default", FLAG, "=IF([wf.lender_close]>{checks.cent},1,0)", "an alert; nothing leaves (R-05)", start=0.0),
        head("To the Company", "8-K 5(a) Withdrawals, Parent Loans"),
        monthly("wf.parent_interest_due", "Interest on the Company's note, due", USD, "=[note.interest_due]"),
        balance("wf.available", "May be withdrawn", USD,
                "=PROCEEDS_AVAILABLE([wf.principal_left],[proceeds.minimum],[time.end],{plan.completion_date},"
                "[wf.parent_interest_due],[wf.default])",
                "above the minimum; before Completion only interest (R-04); a broken covenant does not bar it, it raises an alert (R-05)"),
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
                "=([wf.available]-[wf.parent_interest_paid]-[wf.parent_loans_paid])*[time.complete]*[plan.payout]", bold=True),
        head("Together"),
        monthly("wf.paid", "Paid out of the account", USD,
                f"={_sum(TRADE + LENDER, 'paid')}+[wf.parent_interest_paid]+[wf.parent_loans_paid]+[wf.distribution]", bold=True),
    ],
    clauses=("8-K 5(a) Withdrawals", "8-K 5(a) Parent Loans"),
)  # fmt: skip
