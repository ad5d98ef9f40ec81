"""Checks: what must hold, apart from alerts that a reader should know."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

from drawstop.functions import FUNCTIONS
from lender_model.formulas.syntax import column_name
from lender_model.grid import COUNT, FIRST_ROW, FLAG, TEXT, USD, Row, Sheet, head, quoted, scalar
from lender_model.sheets import daily, ledger
from lender_model.sheets.annual import FLOWS
from lender_model.sheets.waterfall import LENDER, TRADE


def _off(rows: str) -> str:
    """Formula: how far months are off, up and down, and nothing if none is.

    Not the sum of their ABS: over a range, spreadsheet programs do not agree what ABS gives.
    """
    return f"SUMPRODUCT(MAX(0,{rows})-MIN(0,{rows}))"


class Corkscrew(NamedTuple):
    """A balance by its lines: what it opens with, what comes in and goes out, what it closes with."""

    opening: str
    added: tuple[str, ...]
    taken: tuple[str, ...]
    closing: str

    @property
    def gap(self) -> str:
        """Formula: how far closings are off, and openings from the closing of the month before."""
        rows = "".join(f"+[{key}:row]" for key in (self.opening, *self.added))
        rows += "".join(f"-[{key}:row]" for key in (*self.taken, self.closing))
        first = f"ABS(INDEX([{self.opening}:row],1,1)-[{self.closing}:start])"
        return f"{_off(rows[1:])}+{first}+{_off(f'[{self.opening}:later]-[{self.closing}:earlier]')}"


def _each(claims: Sequence[str], what: str) -> tuple[str, ...]:
    """The lines of sheet Waterfall that hold what is due on some claims, or paid."""
    return tuple(f"wf.{claim}_{what}" for claim in claims)


CORKSCREWS = {
    "arrears": (  # the first claim of each group is the opening balance itself
        Corkscrew("wf.trade_open", _each(TRADE[1:], "due"), _each(TRADE, "paid"), "wf.trade_close"),
        Corkscrew(
            "wf.lender_open",
            ("wf.lender_interest", *_each(LENDER[1:], "due")),
            (*_each(LENDER, "paid"), "wf.guaranty_call", "wf.settled"),
            "wf.lender_close",
        ),
    ),
    "note": (
        Corkscrew("note.opening", (), ("note.repayment",), "note.closing"),
        Corkscrew("note.accrued_open", ("note.interest",), ("note.interest_due",), "note.accrued_close"),
        Corkscrew("parent.opening", (), ("parent.repaid",), "parent.closing"),
        Corkscrew("parent.note_open", (), ("parent.note_repaid",), "parent.note_close"),
        Corkscrew("parent.advances_open", (), ("parent.advances_repaid",), "parent.advances_close"),
    ),
    "losses": (Corkscrew("ops.loss_open", ("ops.loss_added",), ("ops.loss_used",), "ops.loss_close"),),
    "property": (Corkscrew("bal.project_open", ("bal.project_capex",), ("bal.project_depreciation",), "bal.project"),),
    "gold_loan": (Corkscrew("gold.opening", ("gold.converted",), ("gold.repaid",), "gold.closing"),),
}
"""Balances that no other check closes, by the check that does."""


def _rolls(key: str) -> str:
    return "=" + "+".join(corkscrew.gap for corkscrew in CORKSCREWS[key])


HARD = (
    ("sources", "Sources equal uses, every month", "=" + _off("[fund.gap:row]")),
    ("construction", "Sources equal uses, to Completion", "={construction.sources}-{construction.uses}"),
    ("repaid", "Advanced is repaid, prepaid, credited, waived or outstanding",
     ("=SUM([loan.out_advance:row])+SUM([loan.out_capitalised:row])-SUM([loan.repaid:row])-SUM([loan.out_prepaid:row])"
     "-SUM([loan.out_credited:row])-SUM([loan.out_waived:row])-INDEX([loan.outstanding:row],1,COLUMNS([loan.outstanding:row]))")),
    ("outstanding", "Outstanding is not yet due, or fell due and was not paid",
     "=" + _off("[loan.outstanding:row]-[loan.closing:row]-[loan.unpaid:row]")),
    ("locked", "Nothing paid to the Company in a lock-up", "=SUM([wf.paid_locked:row])"),
    ("covenants", "Covenant tests agree with our functions", "=SUM([cov.agrees:row])"),
    ("instalments", "Instalments sum to what was advanced", "=SUM({loan.instalment_amounts})-SUM([loan.advance:row])"),
    ("loan", "Loan never below zero", "=MIN(0,MIN([loan.closing:row]))"),
    ("limbs", "The four limbs add up to the minimum balance",
     "=" + _off("[proceeds.limb_1:row]+[proceeds.limb_2:row]+[proceeds.limb_3:row]+[proceeds.limb_4:row]-[proceeds.minimum:row]")),
    ("account", "Proceeds Account never below zero", "=MIN(0,MIN([proceeds.closing:row]))"),
    ("interest", "Interest accrued is due or still accrued",
     "=SUM([loan.interest:row])-SUM([loan.interest_due:row])-INDEX([loan.accrued_close:row],1,COLUMNS([loan.accrued_close:row]))"),
    ("royalty", "Royalty due is payable or credited", "=SUM([npmc.due:row])-SUM([npmc.payable:row])-SUM([npmc.credit_used:row])"),
    ("pad", "Ounces on the pad never below zero", "=MIN(0,MIN([ops.pad_close:row]))"),
    ("ounces", "Ounces placed are recovered or on the pad",
     "=SUM([ops.placed:row])-SUM([ops.recovered:row])-INDEX([ops.pad_close:row],1,COLUMNS([ops.pad_close:row]))"),
    ("balance", "Balance sheet balances, every month", "=" + _off("[bal.gap:row]")),
    ("cash_flow", "Cash flow gives the change of cash, every month", "=" + _off("[flow.gap:row]")),
    ("arrears", "Overdue payables and arrears to the Lender roll forward", _rolls("arrears")),
    ("note", "The note, its interest and the Company's loans roll forward", _rolls("note")),
    ("losses", "Tax losses roll forward", _rolls("losses")),
    ("property", "The Project's property rolls forward", _rolls("property")),
    ("gold_loan", "Ounces of the gold loan roll forward", _rolls("gold_loan")),
    ("days", "Days of interest add up to the whole term",
     "=SUM([time.days:row])-(MAX([time.end:row])-{facility.effective_date})"),
    ("years", "Years add up to the months", "=" + "+".join(f"ABS({{dash.year_{key}}}-SUM([{line}:row]))" for key, _, _, line in FLOWS)),
    ("numbers", "Cells of our functions that hold neither number nor dash", "{numbers}"),
    ("errors", "Cells in error, Cover to Certificate, without the light", "{errors}"),
)  # fmt: skip

EXACT = "US$ exact"
UNITS = {"pad": "oz exact", "ounces": "oz exact", "gold_loan": "oz exact", "days": "days", "numbers": COUNT, "errors": COUNT, "locked": COUNT,
         "covenants": COUNT}  # fmt: skip
"""Unit of a hard check's figure that is not in dollars."""

ALERTS = (
    ("stated", "Results that the filing states and the terms do not give",
     ("=IF({npmc.second_shares}={npmc.stated_second},0,1)+IF({npmc.shares}={npmc.stated_shares},0,1)"
      "+IF({loan.establishment}={loan.establishment_stated},0,1)+IF({fund.facility}={fund.facility_stated},0,1)"
      "+IF({note.shares}={note.stated_shares},0,1)")),
    ("short", "Proceeds Account below its minimum at the as-of date", "=SUMPRODUCT([time.as_of:row],[proceeds.short:row])"),
    ("short_ahead", "Months below the minimum after it", "=SUMPRODUCT(1-[time.actual:row],[proceeds.short:row])"),
    ("covenant", "Covenant broken at the last test date", "=SUMIF([time.end:row],{cov.test_date},[cov.breach:row])"),
    ("covenant_ahead", "Test dates broken after it", "=SUMPRODUCT(1-[time.actual:row],[cov.breach:row])"),
    ("missing", "Months up to the as-of date on plan, not on actuals", "={state.missing_months}"),
    ("default", "Months with arrears to the Lender", "=SUM([wf.default:row])"),
    ("unreported", "Payment dates up to the as-of date that the ledger does not report", "=SUM([loan.unreported:row])"),
    ("overpaid", "Months in which the ledger has more paid or settled than was due", "=SUM([wf.overpaid:row])"),
    ("bank_loan", "Months in which the bank's loan balance differs from the model's",
     "=SUMPRODUCT(([loan.bank_gap:row]>{checks.bank})+([loan.bank_gap:row]<-{checks.bank}))"),
    ("called", "Months with a call on the guaranty", "=SUM([comp.called:row])"),
    ("locked", "Months in which a lock-up keeps cash in the account", "=SUM([comp.held_back:row])"),
    ("accelerated", "Loan declared due, by the scenario", "=MAX([loan.due_at_once:row])"),
    ("contribution", "Equity contribution missed", '=IF({comp.contribution}="missed",1,0)'),
    ("mechanical", "Mechanical Completion expected late", "={comp.mechanical_late}"),
    ("completion", "Completion expected late", "={comp.completion_late}"),
    ("production", "Commercial production expected late", "={comp.production_late}"),
    ("completion_tests", "Tests of Completion met later than the scenario has it, or not at all", "={comp.tests_late}"),
    ("forward", "Assumed prices and LIBOR far from the last published",
     ("=IF({market.gold_away}>{market.price_tolerance},1,0)+IF({market.silver_away}>{market.price_tolerance},1,0)"
      "+IF({market.libor_away}>{market.rate_tolerance},1,0)")),
    ("advance", "Advances planned above the Lender's obligation", "=SUM([fund.above_limit:row])"),
    ("debt_left", "Loan outstanding at the end", "=IF(INDEX([loan.outstanding:row],1,COLUMNS([loan.outstanding:row]))>{checks.cent},1,0)"),
    ("company_cash", "Months with the Company's cash below zero", "=SUMPRODUCT(--([bal.cash:row]<-{checks.cent}))"),
    ("paid_in_breach", "Months with payments to the Company while nothing may leave",
     "=SUM([wf.paid_locked:row])"),
    ("bank", "Months in which the bank's statement differs from the model", "=SUMPRODUCT(([proceeds.difference:row]>{checks.bank})+([proceeds.difference:row]<-{checks.bank}))"),
)  # fmt: skip


def build(sheets: Sequence[Sheet], columns: str) -> Sheet:
    """The sheet of checks over the sheets given; ``columns`` is the range of columns in which errors are looked for."""
    whole = {"{errors}": _errors(sheets, columns), "{numbers}": _numbers(sheets)}
    hard = [
        scalar(f"check.{key}", label, UNITS.get(key, EXACT), f"=ROUND({whole.get(formula, formula)[1:]},{{checks.digits}})",
               start=f"=IF(ABS({{check.{key}}})<{{checks.cent}},1,0)", start_unit=FLAG)
        for key, label, formula in HARD
    ]  # fmt: skip
    alerts: list[Row] = [scalar(f"alert.{key}", label, COUNT, formula) for key, label, formula in ALERTS]
    return Sheet(
        "Checks",
        "Hard checks must hold; alerts are what a reader should know.",
        [
            head("Result"),
            scalar("checks.ok", "All hard checks hold", FLAG,
                   f"=IFERROR(IF(MIN([check.{HARD[0][0]}:start]:[check.{HARD[-1][0]}:start])=1,1,0),0)", bold=True),
            scalar("checks.alerts", "Alerts", COUNT, "=" + "+".join(f"IFERROR(IF({{alert.{key}}}<>0,1,0),1)" for key, *_ in ALERTS)),
            scalar("checks.light", "Light", TEXT,
                   '=IF({checks.ok}=1,"All checks hold","A CHECK FAILS: see sheet Checks")'
                   '&IF({checks.alerts}=0,"",", "&{checks.alerts}&IF({checks.alerts}=1," alert"," alerts"))'),
            scalar("checks.cent", "Tolerance of the tests", "US$ exact"),
            scalar("checks.digits", "Digits to which differences are rounded", COUNT),
            scalar("checks.bank", "Tolerance against the bank's statement", USD),
            head("Hard checks", "difference, and whether it holds"),
            *hard,
            head("Alerts", "0 is good"),
            *alerts,
        ],
        monthly=False,
        start_title="Holds",
        one_page=True,
    )  # fmt: skip


_LIGHT = re.compile(r"\{checks\.(ok|alerts|light)\}")
_CALL = re.compile(r"[A-Z][A-Z_]+(?=\()")


def _errors(sheets: Sequence[Sheet], columns: str) -> str:
    """Formula: cells in error; a line that shows the light depends on their number and cannot be counted."""
    first, last = columns.split(":")
    areas = []
    for sheet in sheets:
        for shows_light, group in itertools.groupby(enumerate(sheet.rows, FIRST_ROW), lambda at: _shows_light(at[1])):
            numbers = [number for number, _ in group]
            if not shows_light:
                areas.append(f"{quoted(sheet.name)}!${first}${numbers[0]}:${last}${numbers[-1]}")
    areas += [
        f"{area.sheet}!${column_name(area.left)}${area.top + 1}:${column_name(area.right)}${area.bottom + 1}"
        for area in ledger.EXTRA.places.values()
    ]
    areas.append(f"{daily.SHEET.name}!$B${FIRST_ROW}:$F${FIRST_ROW + daily.DAYS - 1}")
    return "=" + "+".join(f"SUMPRODUCT(--ISERROR({area}))" for area in areas)


def _shows_light(row: Row) -> bool:
    return isinstance(row.value, str) and bool(_LIGHT.search(row.value))


def _numbers(sheets: Sequence[Sheet]) -> str:
    """Formula: cells of the lines by month that call our functions, less those that hold a number, or a dash."""
    keys = [row.key for sheet in sheets for row in sheet.rows if _calls_ours(row.months)]
    rows = [f"[{key}:row]" for key in keys]
    dashes = "".join(f'-COUNTIF({row},"–")' for row in rows)
    return f"=SUM({','.join(f'COLUMNS({row})' for row in rows)})-COUNT({','.join(rows)}){dashes}"


def _calls_ours(formula: object) -> bool:
    return isinstance(formula, str) and not FUNCTIONS.keys().isdisjoint(_CALL.findall(formula))
