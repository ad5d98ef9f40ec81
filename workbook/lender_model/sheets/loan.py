"""Loan: the term loan's and the note's balances, margin, interest and fees."""

from __future__ import annotations

from typing import Any

from lender_model.grid import COUNT, DATE, FLAG, RATE, SHARE, USD, Row, Sheet, balance, head, monthly, scalar
from lender_model.sheets import ledger
from lender_model.sheets.ledger import INSTALMENTS

NUMBERS = tuple(float(k) for k in range(1, INSTALMENTS + 1))


def _list(key: str, what: str, unit: str, column: Any) -> list[Row]:
    """A column over all instalments, every row of it labelled; the key stands in the first."""
    first, *rest = (f"Instalment {k:.0f}, {what}" for k in NUMBERS)
    return [scalar(key, first, unit, column, spill=INSTALMENTS), *(scalar("", label, unit, None) for label in rest)]


def _cost(after: str, before: str) -> str:
    """Formula: what a dollar owed bears in each month."""
    return (
        "=LOAN_INTEREST({loan.dollar},[time.start:row],[time.end:row],[loan.libor:row],{plan.completion_date},"
        f"{{interest.margin_{before}}},{{interest.margin_{after}}},{{facility.day_count}})"
    )


def _company_loan(key: str, lent: str) -> list[Row]:
    """The corkscrew of a loan of the Company to the Borrower."""
    return [
        balance(f"parent.{key}_open", "Opening balance", USD, f"=[parent.{key}_close:-1]"),
        monthly(f"parent.{key}_repaid", "- repaid", USD, f"=[wf.parent_{key}_paid]"),
        balance(f"parent.{key}_close", "Closing balance", USD,
                f"=[parent.{key}_open]-[parent.{key}_repaid]", start=lent),
    ]  # fmt: skip


SHEET = Sheet(
    "Loan",
    "The term loan and the parent's note: balances, margin with its step-down, interest and fees.",
    [
        head("Instalments", "8-K 5(a) Instalments (R-14)"),
        scalar("loan.drawn", "Principal to repay", USD, "=INDEX([fund.advanced:row],1,COLUMNS([fund.advanced:row]))",
               "summed as the balance is, so that the last instalment leaves nothing"),
        *_list("loan.index", "number", COUNT, NUMBERS),
        *_list("loan.instalment_dates", "date", DATE,
               "=IF({loan.index}<={instalments.count},"
               'INSTALMENT_DATES({instalments.first},{instalments.count},{instalments.months}),"")'),
        *_list("loan.instalment_amounts", "amount", USD,
               "=IF({loan.index}<={instalments.count},INSTALMENTS({loan.drawn},{loan.instalment_dates},"
               '{instalments.method},{facility.effective_date},{market.libor_forward},,{instalments.day_count}),"")'),
        head("What is outstanding", "8-K 5(a) Term Loan"),
        balance("loan.out_open", "Outstanding, opening", USD, "=[loan.outstanding:-1]"),
        monthly("loan.out_advance", "+ advances", USD, "=[loan.advance]", "8-K 5(a) Advances"),
        monthly("loan.out_capitalised", "+ capitalised", USD, "=[reported.capitalised]", "interest and fees made principal"),
        monthly("loan.repaid", "- repaid", USD, "=[wf.principal_paid]+[wf.principal_arrears_paid]", "instalments, and what of them was in arrears"),
        monthly("loan.out_prepaid", "- prepaid", USD, "=[loan.shortened_prepaid]"),
        monthly("loan.out_credited", "- credited by the Lender", USD, "=[loan.shortened_credited]+[reported.credited_due]", "as the gain of hedges bought back"),
        monthly("loan.out_waived", "- waived for good", USD, "=[loan.shortened_waived]+[reported.waived_due]"),
        balance("loan.outstanding", "Outstanding, closing", USD,
                "=[loan.out_open]+[loan.out_advance]+[loan.out_capitalised]-[loan.repaid]-[loan.out_prepaid]-[loan.out_credited]-[loan.out_waived]",
                bold=True),
        balance("loan.unpaid", "of which fell due and was not paid", USD, "=[wf.principal_close]", "in arrears"),
        balance("loan.bank_gap", "By the bank, less the model's", USD,
                "=IF([reported.has_balance]=1,[reported.balance]-[loan.outstanding],0)", "0 where the ledger states no balance; else an alert"),
        head("What falls due", "8-K 5(a) Instalments; the cash decides what is paid: sheet Waterfall"),
        balance("loan.opening", "Not yet due, opening", USD, "=[loan.closing:-1]"),
        monthly("loan.advance", "+ advances", USD, "=[fund.advance]", "8-K 5(a) Advances"),
        balance("loan.shortened_most", "May be prepaid, credited or waived", USD,
                "=[loan.opening]+[loan.advance]+[reported.capitalised]+[reported.put_off]", "no more than is owed, the month's advance with it"),
        monthly("loan.shortened_prepaid", "- prepaid, of that", USD, "=MIN([reported.prepaid],[loan.shortened_most])"),
        monthly("loan.shortened_credited", "- credited, of what is left", USD,
                "=MIN([reported.credited],[loan.shortened_most]-[loan.shortened_prepaid])"),
        monthly("loan.shortened_waived", "- waived, of what is left", USD,
                "=MIN([reported.waived],[loan.shortened_most]-[loan.shortened_prepaid]-[loan.shortened_credited])"),
        balance("loan.base", "Before what falls due", USD,
                "=[loan.opening]+[reported.capitalised]+[reported.put_off]-[loan.shortened_prepaid]-[loan.shortened_credited]-[loan.shortened_waived]",
                "below nil where part of the month's advance was prepaid, credited or waived"),
        monthly("loan.scheduled", "Instalment by the agreement", USD,
                "=SUMIF({loan.instalment_dates},[time.end],{loan.instalment_amounts})", "8-K 5(a) Instalments"),
        balance("loan.due_at_once", "Accelerated", FLAG,
                "=IF(ISNUMBER({loan.accelerate}),IF([time.end]>=EOMONTH({loan.accelerate},0),1,0),0)", "all that is not yet due falls due"),
        monthly("loan.repayment", "- falls due", USD,
                "=MAX(0,IF([loan.due_at_once]=1,[loan.base],IF([time.end]>=MAX({loan.instalment_dates}),[loan.base]-[reported.later],"
                "MIN([loan.base],MAX(0,[loan.scheduled]-[reported.moved_out])+[reported.moved_in]))))",
                "what was prepaid or credited shortens the loan from its end (R-56); the last instalment takes what is left"),
        balance("loan.foreseen_base", "Not yet due, were nothing accelerated", USD,
                "=[loan.foreseen_close:-1]+[loan.base]-[loan.opening]", "before what falls due"),
        monthly("loan.foreseen", "Instalments foreseen", USD,
                "=MAX(0,IF([time.end]>=MAX({loan.instalment_dates}),[loan.foreseen_base]-[reported.later],"
                "MIN([loan.foreseen_base],MAX(0,[loan.scheduled]-[reported.moved_out])+[reported.moved_in])))",
                "what tests that look ahead know: nobody foresees an acceleration"),
        balance("loan.foreseen_close", "The same, closing", USD, "=[loan.foreseen_base]+[loan.advance]-[loan.foreseen]"),
        balance("loan.closing", "Not yet due, closing", USD, "=[loan.base]+[loan.advance]-[loan.repayment]", bold=True),
        scalar("loan.accelerate", "Declared due by the Lender on", DATE, note="a scenario: blank, none"),
        scalar("ledger.settled", "Principal that fell due up to the as-of date and is not in arrears", USD,
               "=SUMPRODUCT([time.actual:row],[loan.repayment:row])-SUMPRODUCT([time.as_of:row],[loan.unpaid:row])"),
        *ledger.rows(),
        head("Interest", "8-K 5(a) Interest"),
        balance("loan.libor", "LIBOR of the interest period", RATE,
                "=IF([time.period_start]=1,[market.libor:-1],[loan.libor:-1])", "last fixing on or before its first day (R-10)"),
        balance("loan.margin", "Margin", RATE,
                "=LOAN_MARGIN([time.start:row],{plan.completion_date},{interest.margin_before},{interest.margin_after})",
                "steps down on the day of Completion (R-08)", array=True),
        scalar("loan.dollar", "A dollar", "US$ exact", 1.0),
        balance("loan.cost", "Interest of a dollar for the month", SHARE, _cost("after", "before"),
                "split at Completion", array=True),
        balance("loan.cost_held", "The same, without a step-down", SHARE, _cost("before", "before"), array=True),
        scalar("loan.default_margin", "Default margin, on what is in arrears", RATE, note="R-48"),
        balance("loan.cost_arrears", "Interest of a dollar in arrears", SHARE,
                _cost("after}+{loan.default_margin", "before}+{loan.default_margin"), array=True),
        balance("loan.held_back", "Step-down held back", FLAG,
                "=IF(AND([loan.cost_held]>[loan.cost],[cov.owed]=1),IF(OR([comp.default:-1]=1,[cov.standing:-1]=1,"
                "IF([time.complete:-1]=1,[comp.reached:-1],[comp.tested])=0),1,0),0)",
                "while a default stood the month before, or Completion was not reached by its tests (R-42)"),
        monthly("loan.interest", "Interest of the month", USD,
                "=([loan.opening]+IF([time.days]>0,[loan.advance]*[fund.draw_days]/[time.days],0))*[loan.cost]",
                "what is drawn bears interest from its day (R-16)"),
        balance("loan.accrued_open", "Accrued, opening", USD, "=[loan.accrued_close:-1]"),
        monthly("loan.interest_due", "Interest due", USD, "=([loan.accrued_open]+[loan.interest])*[time.quarter_end]", bold=True),
        balance("loan.accrued_close", "Accrued, closing", USD, "=[loan.accrued_open]+[loan.interest]-[loan.interest_due]"),
        head("Interest of the step-down held back", "8-K 5(a) Interest (R-42)"),
        monthly("loan.held", "Interest of the month", USD,
                "=([loan.opening]+IF([time.days]>0,[loan.advance]*[fund.draw_days]/[time.days],0))"
                "*([loan.cost_held]-[loan.cost])*[loan.held_back]"),
        balance("loan.held_open", "Accrued, opening", USD, "=[loan.held_close:-1]"),
        monthly("loan.held_due", "Interest due", USD, "=([loan.held_open]+[loan.held])*[time.quarter_end]"),
        balance("loan.held_close", "Accrued, closing", USD, "=[loan.held_open]+[loan.held]-[loan.held_due]"),
        head("Fees", "8-K 5(a) Commitment Fee, Establishment Fee"),
        balance("loan.drawn_average", "Drawn in the month, on average", USD,
                "=MIN({term_loan.max_credit},[loan.opening]+IF([time.days]>0,[loan.advance]*[fund.draw_days]/[time.days],0))",
                "at most the credit: what was capitalised above it leaves nothing undrawn"),
        monthly("loan.fee", "Commitment fee of the month", USD,
                "=COMMITMENT_FEE({term_loan.max_credit},[loan.drawn_average:row],[time.fee_start:row],[time.fee_stop:row],"
                "{commitment_fee.rate},{facility.day_count})", "R-11, R-12", array=True),
        balance("loan.fee_open", "Accrued, opening", USD, "=[loan.fee_close:-1]"),
        monthly("loan.fee_due", "Commitment fee due", USD, "=([loan.fee_open]+[loan.fee])*[time.quarter_end]"),
        balance("loan.fee_close", "Accrued, closing", USD, "=[loan.fee_open]+[loan.fee]-[loan.fee_due]"),
        scalar("loan.establishment", "Establishment fee", USD,
               "=ESTABLISHMENT_FEE({term_loan.max_credit},{establishment_fee.rate})", "R-13"),
        scalar("loan.establishment_stated", "As stated: establishment fee", USD, "={establishment_fee.paid}"),
        monthly("loan.establishment_due", "Establishment fee due", USD, "=IF([time.no]=1,{loan.establishment},0)"),
        monthly("loan.fees_due", "Fees due", USD, "=[loan.fee_due]+[loan.establishment_due]", bold=True),
        monthly("loan.debt_service", "Debt service due", USD, "=[loan.interest_due]+[loan.held_due]+[loan.repayment]+[loan.fees_due]", bold=True),
        balance("loan.unreported", "Due, and neither paid nor unpaid by the ledger", FLAG,
                "=IF([time.actual]*(1-[reported.kept])=1,IF([loan.debt_service]>{checks.cent},1,0),0)",
                "presumed paid as far as the model's cash goes: an alert"),
        balance("loan.pays", "A payment still to come", FLAG, "=IF([loan.debt_service]>{checks.cent},1-[time.actual],0)"),
        head("The parent's note", "8-K 5(a) Convertible Note, Note Interest"),
        balance("note.opening", "Opening balance", USD, "=[note.closing:-1]"),
        monthly("note.repayment", "- repaid at maturity", USD,
                "=IF([time.end]=EOMONTH({note.maturity},0),[note.opening],0)", "R-15; unless converted"),
        balance("note.closing", "Closing balance", USD, "=[note.opening]-[note.repayment]", bold=True,
                start="={note.principal}"),
        monthly("note.interest", "Interest of the month", USD,
                "=NOTE_INTEREST([time.start:row],[time.end:row],[loan.libor:row],[note.opening:row],{note.margin},"
                "{facility.day_count})", "R-25", array=True),
        balance("note.accrued_open", "Accrued, opening", USD, "=[note.accrued_close:-1]"),
        monthly("note.interest_due", "Interest due", USD, "=([note.accrued_open]+[note.interest])*[time.note_pay]", bold=True),
        balance("note.accrued_close", "Accrued, closing", USD, "=[note.accrued_open]+[note.interest]-[note.interest_due]"),
        head("Loan of the note's proceeds by the Company to the Borrower", "8-K 5(a) Parent Loans (R-46)"),
        *_company_loan("note", "={parent_loans.note_proceeds}"),
        head("Other advances of the Company to the Borrower", "8-K 5(a) Parent Loans (R-46)"),
        *_company_loan("advances", "={parent_loans.other_advances}"),
        head("The Company's loans to the Borrower, together", "8-K 5(a) Parent Loans (R-46)"),
        balance("parent.opening", "Opening balance", USD, "=[parent.closing:-1]"),
        monthly("parent.repaid", "- repaid", USD, "=[wf.parent_loans_paid]"),
        balance("parent.closing", "Closing balance", USD, "=[parent.opening]-[parent.repaid]",
                start="={parent_loans.note_proceeds}+{parent_loans.other_advances}"),
    ],
    clauses=("8-K 5(a) Term Loan", "8-K 5(a) Interest", "8-K 5(a) Instalments", "8-K 5(a) Commitment Fee",
             "8-K 5(a) Establishment Fee", "8-K 5(a) Convertible Note", "8-K 5(a) Note Interest"),
)  # fmt: skip
