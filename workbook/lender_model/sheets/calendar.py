"""Calendar: what falls due, is tested or ends in the twelve months after the as-of date."""

from __future__ import annotations

from lender_model import falling_due as due
from lender_model.grid import DATE, USD, Sheet, head, scalar
from lender_model.sheets import ledger
from lender_model.sheets.completion import MILESTONES
from lender_model.sheets.covenants import COVENANTS

PAYMENTS = (
    due.Payment("interest", "Interest", ("loan.interest_due", "loan.held_due"), "sheet Loan"),
    due.Payment("principal", "Instalment", ("loan.repayment",), "sheet Loan"),
    due.Payment("fees", "Fees", ("loan.fees_due",), "sheet Loan"),
    due.Payment("note_interest", "Interest on the note", ("note.interest_due",), "sheet Loan; by the Company"),
    due.Payment("note_principal", "Repayment of the note", ("note.repayment",), "sheet Loan; by the Company"),
)  # fmt: skip
TESTS = tuple(
    due.Test(f"test_{c.key}", c.name, "[cov.test:row]", f"[cov.{c.key}_broken:row]*(1-[reported.covenants:row])",
             f"cov.{c.key}_headroom", USD)
    for c in COVENANTS
)  # fmt: skip


def _milestone(key: str, label: str) -> tuple[due.Deadline, due.Deadline]:
    """Its deadline while it is not met, and when it is expected."""
    deadline = f'IF({{comp.{key}}}="pending",{{comp.{key}_deadline}},0)'
    state = f'IF({{comp.{key}}}="pending",IF({{comp.{key}_late}}=1,"expected late","expected in time"),{{comp.{key}}})'
    return (
        due.Deadline(f"{key}_deadline", f"{label}: deadline", deadline, state, "sheet Completion"),
        due.Deadline(f"{key}_expected", f"{label}: expected", f"{{comp.{key}_date}}", note="sheet Completion"),
    )


def _waiver(key: str, label: str, kind: str) -> due.Deadline:
    """The last day that the ledger's waivers of a kind give."""
    last = f'SUMPRODUCT(MAX(({{ledger.what}}="{kind}")*ISNUMBER({{ledger.month}})*{{ledger.until}}))'
    return due.Deadline(key, label, last, note="sheet Ledger")


DEADLINES = (
    *(deadline for key, label, *_ in MILESTONES for deadline in _milestone(key, label)),
    due.Deadline("advances", "Advances end", "MIN({advances.cutoff},{plan.mechanical_date})", note="R-17"),
    _waiver("contribution_waived", "Waiver of the contribution ends", ledger.CONTRIBUTION),
    _waiver("covenants_waived", "Waiver of the covenants ends", ledger.COVENANTS),
    due.Deadline("maturity", "Maturity of the loan", "{ratio.maturity}", note="sheet Loan"),
    due.Deadline("note_maturity", "Maturity of the note", "{note.maturity}", note="R-15"),
)  # fmt: skip

SHEET = Sheet(
    "Calendar",
    due.PURPOSE,
    [
        *due.rows(PAYMENTS, TESTS, DEADLINES, "{cover.arrears}", "{cal.never}"),
        head("Workings"),
        scalar("cal.never", "Day after the model's last month", DATE, "=MAX([time.end:row])+1", "later than every date above"),
    ],
    monthly=False,
    start_title=due.START_TITLE,
    across_titles=due.TITLES,
    widths=due.WIDTHS,
)  # fmt: skip
