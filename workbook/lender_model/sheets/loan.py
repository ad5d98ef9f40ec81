"""Loan: the term loan's and the note's balances, margin, interest and fees."""

from __future__ import annotations

from typing import Any

from lender_model.grid import COUNT, DATE, FLAG, RATE, USD, Row, Sheet, balance, head, monthly, scalar
from lender_model.sheets.terms import FACILITY

INSTALMENTS = int(str(FACILITY.value("instalments.count")))  # rows of the table
NUMBERS = tuple(float(k) for k in range(1, INSTALMENTS + 1))


def _list(key: str, what: str, unit: str, column: Any) -> list[Row]:
    """A column over all instalments, every row of it labelled; the key stands in the first."""
    first, *rest = (f"Instalment {k:.0f}, {what}" for k in NUMBERS)
    return [scalar(key, first, unit, column, spill=INSTALMENTS), *(scalar("", label, unit, None) for label in rest)]


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
        head("Term loan", "8-K 5(a) Term Loan"),
        balance("loan.opening", "Opening balance", USD, "=[loan.closing:-1]"),
        monthly("loan.advance", "+ advances", USD, "=[fund.advance]", "8-K 5(a) Advances"),
        monthly("loan.repayment", "- instalments", USD,
                "=SUMIF({loan.instalment_dates},[time.end],{loan.instalment_amounts})", "8-K 5(a) Instalments"),
        balance("loan.closing", "Closing balance", USD, "=[loan.opening]+[loan.advance]-[loan.repayment]", bold=True),
        head("Interest", "8-K 5(a) Interest"),
        balance("loan.libor", "LIBOR of the interest period", RATE,
                "=IF([time.period_start]=1,[market.libor:-1],[loan.libor:-1])", "last fixing on or before its first day (R-10)"),
        balance("loan.margin", "Margin", RATE,
                "=LOAN_MARGIN([time.start:row],{plan.completion_date},{interest.margin_before},{interest.margin_after})",
                "steps down on the day of Completion (R-08)", array=True),
        monthly("loan.interest", "Interest of the month", USD,
                "=LOAN_INTEREST([loan.opening:row],[time.start:row],[time.end:row],[loan.libor:row],{plan.completion_date},"
                "{interest.margin_before},{interest.margin_after},{facility.day_count})", array=True),
        balance("loan.accrued_open", "Accrued, opening", USD, "=[loan.accrued_close:-1]"),
        monthly("loan.interest_due", "Interest due", USD, "=([loan.accrued_open]+[loan.interest])*[time.quarter_end]", bold=True),
        balance("loan.accrued_close", "Accrued, closing", USD, "=[loan.accrued_open]+[loan.interest]-[loan.interest_due]"),
        head("Fees", "8-K 5(a) Commitment Fee, Establishment Fee"),
        monthly("loan.fee", "Commitment fee of the month", USD,
                "=COMMITMENT_FEE({term_loan.max_credit},[loan.opening:row],[time.fee_start:row],[time.fee_stop:row],"
                "{commitment_fee.rate},{facility.day_count})", "R-11, R-12", array=True),
        balance("loan.fee_open", "Accrued, opening", USD, "=[loan.fee_close:-1]"),
        monthly("loan.fee_due", "Commitment fee due", USD, "=([loan.fee_open]+[loan.fee])*[time.quarter_end]"),
        balance("loan.fee_close", "Accrued, closing", USD, "=[loan.fee_open]+[loan.fee]-[loan.fee_due]"),
        scalar("loan.establishment", "Establishment fee", USD,
               "=ESTABLISHMENT_FEE({term_loan.max_credit},{establishment_fee.rate})", "R-13"),
        scalar("loan.establishment_stated", "As stated: establishment fee", USD, "={establishment_fee.paid}"),
        monthly("loan.establishment_due", "Establishment fee due", USD, "=IF([time.no]=1,{loan.establishment},0)"),
        monthly("loan.fees_due", "Fees due", USD, "=[loan.fee_due]+[loan.establishment_due]", bold=True),
        monthly("loan.debt_service", "Debt service due", USD, "=[loan.interest_due]+[loan.repayment]+[loan.fees_due]", bold=True),
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
