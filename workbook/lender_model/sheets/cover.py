"""Cover: the deal, the as-of date, the scenario in use, and how to read the workbook."""

from __future__ import annotations

import re

from lender_model.grid import COUNT, DATE, INPUT, NOTE, RATE, START, TEXT, USD, VALUE, Row, Sheet, head, scalar
from lender_model.sheets.scenarios import NAMES
from lender_model.sheets.terms import FACILITY


def _line(label: str, note: str = "") -> Row:
    """A line of words: a key keeps it from being a heading."""
    return Row("words." + re.sub(r"\W+", "_", label.lower())[:24], label, note=note)


def _parties() -> list[Row]:
    return [_line(party.name, party.role) for party in FACILITY.parties.values()]


FACILITY_LINES = (
    ("term_loan", "Term loan, maximum credit", USD, "={term_loan.max_credit}", "8-K 5(a) Term Loan", "term_loan.max_credit"),
    ("note", "Convertible note of the Company", USD, "={note.principal}", "8-K 5(a) Convertible Note", "note.principal"),
    ("margin_before", "Margin over LIBOR until Completion", RATE, "={interest.margin_before}", "8-K 5(a) Interest", "interest.margin_before"),
    ("margin_after", "Margin over LIBOR from Completion", RATE, "={interest.margin_after}", "8-K 5(a) Interest", "interest.margin_after"),
    ("instalments", "Instalments", COUNT, "={instalments.count}", "8-K 5(a) Instalments", "instalments.count"),
    ("first_instalment", "First instalment", DATE, "={instalments.first}", "8-K 5(a) Instalments", "instalments.first"),
    ("maturity", "Last instalment, maturity of the loan", DATE, "={ratio.maturity}", "8-K 5(a) Instalments (R-15)", "ratio.maturity"),
    ("note_maturity", "Maturity of the note", DATE, "={note.maturity}", "8-K 5(a) Convertible Note (R-15)", "note.maturity"),
    ("conversion", "Conversion price of the note", "US$/share", "={note.conversion_price}", "8-K 5(a) Convertible Note", "note.conversion_price"),
)  # fmt: skip
"""The deal in some lines: key, label, unit, formula, clause, and the figure that the twin takes."""

SHEET = Sheet(
    "Cover",
    FACILITY.name,
    [
        head("This workbook"),
        scalar("cover.as_of", "As-of date", DATE, INPUT, "actual figures up to it; the position is its last month-end's"),
        scalar("cover.scenario", "Scenario", TEXT, INPUT, "one of the columns of sheet Scenarios, or several joined by a plus sign",
               choices=NAMES, several=True),
        scalar("cover.position", "Position at", DATE, "={time.position}"),
        scalar("cover.basis", "The position rests", TEXT, "={state.basis}", "sheet Actuals: what was reported, estimated, or is missing", bold=True, high=2),
        scalar("cover.light", "Checks", TEXT, "={checks.light}", bold=True),
        scalar("cover.version", "Built with", TEXT, INPUT, "written when the workbook is built"),
        scalar("cover.refreshed", "Refreshed", TEXT, INPUT, "by whom or what, and when"),
        scalar("cover.versions", "Versions", TEXT,
               '=IF({cover.refreshed}="","not refreshed yet",'
               'IF(COUNTIF({cover.refreshed},{cover.version}&",*"),"one and the same","refreshed with another version"))',
               "another version may calculate otherwise: rebuild the workbook with it, and compare"),
        head("Position", "at the month-end above"),
        scalar("cover.account", "Proceeds Account", USD, "=SUMPRODUCT([time.as_of:row],[proceeds.closing:row])", bold=True),
        scalar("cover.minimum", "Minimum balance", USD, "=SUMPRODUCT([time.as_of:row],[proceeds.minimum:row])"),
        scalar("cover.shortfall", "Shortfall", USD, "=SUMPRODUCT([time.as_of:row],[proceeds.shortfall:row])", bold=True),
        scalar("cover.loan", "Term loan outstanding", USD, "=SUMPRODUCT([time.as_of:row],[loan.outstanding:row])",
               "with instalments that fell due and were not paid"),
        scalar("cover.arrears", "Arrears to the Lender", USD, "=SUMPRODUCT([time.as_of:row],[wf.lender_close:row])",
               "principal, interest, fees and hedge settlements due and unpaid", bold=True),
        scalar("cover.payments", "Payments to the Lender", TEXT,
               '=IF({cover.arrears}>{checks.cent},"in arrears",IF({alert.unreported}>0,{alert.unreported}&" not reported",'
               '"all paid, as reported"))',
               "up to the as-of date, by sheet Ledger; what is not reported is presumed paid"),
        scalar("cover.first_breach", "First covenant breach", DATE, "={cov.first_breach}"),
        head("The facility", "8-K 5(a)"),
        *(scalar(f"cover.{key}", label, unit, formula, note) for key, label, unit, formula, note, _ in FACILITY_LINES),
        head("Parties"),
        *_parties(),
        head("Source"),
        _line(FACILITY.source),
        head("How to read it"),
        _line("Same column, same month on every sheet", "one formula across each row; column A holds the key of a line"),
        Row("legend.input", "Input: change it, then refresh"),
        Row("legend.calc", "Formula"),
        Row("legend.total", "Total or result"),
        _line("US$ 000: shown in thousands", "each cell holds the exact amount, and is typed so"),
    ],
    monthly=False,
    one_page=True,
    widths={NOTE: 54, VALUE: 40, START: 1},
)  # fmt: skip
