"""The facility: advances, loan, note, fees, the Proceeds Account, who is paid first, and what stays in arrears."""

from __future__ import annotations

import datetime as dt

from .days import DAY, month_end, within, years
from .given import Given
from .lines import START, Lines
from .project import present_value

OWN = ("trade", "costs", "capex", "royalty", "tax")
LENDER = ("arrears", "fees", "hedge", "interest", "principal")
CENT = 0.01


def calculate(given: Given, out: Lines) -> None:
    """From the drawdown plan to the last payment out of the account."""
    _advances(given, out)
    _loan(given, out)
    _note(given, out)
    _minimum(given, out)
    _account(given, out)
    _sources_and_uses(given, out)
    _construction(given, out)


def _advances(given: Given, out: Lines) -> None:
    advanced = 0.0
    out["fund.advanced"][START] = 0.0
    for month in out.months:
        left = given["term_loan.max_credit"] - advanced
        drawn = min(given.plan("plan.advance", month), left) if out["time.advances_open"][month] else 0.0
        drawn = given.actual("actual.advance", month, drawn)
        advanced += drawn
        first = month == out.months[0]
        out.month(
            month,
            fund_advance=drawn, fund_advanced=advanced,
            fund_note=given["parent_loans.note_proceeds"] if first else 0.0,
            fund_contribution=given.actual("actual.contribution", month, given.plan("plan.contribution", month)),
            fund_equity=given.actual("actual.equity", month, given.plan("plan.equity", month)),
        )  # fmt: skip
    out.put("loan.drawn", advanced)
    out.put("fund.facility", given["term_loan.max_credit"] + given["note.principal"])


def _instalments(given: Given, drawn: float) -> dict[dt.date, float]:
    """What is repaid on each date (R-14)."""
    dates, day = [], month_end(given["instalments.first"])
    while len(dates) < given["instalments.count"]:
        if day.month in given["instalments.months"]:
            dates.append(day)
        day = month_end(day + DAY)
    if given["instalments.method"] == "equal":
        return {day: drawn / len(dates) for day in dates}
    start, worth, value = given["facility.effective_date"], 1.0, 0.0
    growth = []
    for day in dates:
        growth.append(1 + given["market.libor_forward"] * years(start, day, given["instalments.day_count"]))
        worth /= growth[-1]
        value += worth
        start = day
    payment, owed, parts = drawn / value, drawn, {}
    for day, factor in zip(dates, growth, strict=True):
        parts[day] = payment - owed * (factor - 1)
        owed -= parts[day]
    return parts


def cost_of_a_dollar(given: Given, out: Lines, month: dt.date, *, lower: float, higher: float) -> float:
    """A month's interest on a dollar, at LIBOR and a margin that steps down on the day of Completion (R-07, R-08)."""
    start, libor, basis = out["time.start"][month], out["loan.libor"][month], given["facility.day_count"]
    step = min(max(out.one("plan.completion_date"), start), month)
    return (libor + higher) * years(start, step, basis) + (libor + lower) * years(step, month, basis)


def _loan(given: Given, out: Lines) -> None:
    parts = _instalments(given, out.one("loan.drawn"))
    out.put("ratio.maturity", max(parts))
    for k, (day, amount) in enumerate(parts.items()):
        out["loan.instalment_dates"][k], out["loan.instalment_amounts"][k] = day, amount
    owed = interest = fee = 0.0
    before, after = given["interest.margin_before"], given["interest.margin_after"]
    completion = out.one("plan.completion_date")
    establishment = out.put("loan.establishment", given["term_loan.max_credit"] * given["establishment_fee.rate"])
    for month in out.months:
        fixing = out.before("market.libor" if out["time.period_start"][month] else "loan.libor", month)
        out["loan.libor"][month] = fixing
        cost = cost_of_a_dollar(given, out, month, lower=after, higher=before)
        accrues = owed * cost
        fee_days = years(out["time.fee_start"][month], out["time.fee_stop"][month], given["facility.day_count"])
        charge = given["commitment_fee.rate"] * (given["term_loan.max_credit"] - owed) * fee_days
        pays = out["time.quarter_end"][month]
        repaid, advance = parts.get(month, 0.0), out["fund.advance"][month]
        interest_due, fee_due = (interest + accrues, fee + charge) if pays else (0.0, 0.0)
        upfront = establishment if month == out.months[0] else 0.0
        closing = owed + advance - repaid
        closing = 0.0 if abs(closing) < CENT / 1e4 else closing  # what is left of the last digits is no debt
        service = interest_due + repaid + fee_due + upfront
        out.month(
            month,
            loan_opening=owed, loan_advance=advance, loan_repayment=repaid, loan_closing=closing,
            loan_margin=after if out["time.start"][month] >= completion else before, loan_interest=accrues,
            loan_accrued_open=interest, loan_interest_due=interest_due,
            loan_accrued_close=0.0 if pays else interest + accrues, loan_fee=charge, loan_fee_open=fee,
            loan_fee_due=fee_due, loan_fee_close=0.0 if pays else fee + charge, loan_establishment_due=upfront,
            loan_fees_due=fee_due + upfront, loan_debt_service=service,
            loan_pays=int(service > CENT and not given.is_past(month)), oracle_cost=cost,
        )  # fmt: skip
        owed = closing
        interest, fee = (0.0, 0.0) if pays else (interest + accrues, fee + charge)


def _note(given: Given, out: Lines) -> None:
    owed, interest, margin = given["note.principal"], 0.0, given["note.margin"]
    out["note.closing"][START] = owed
    for month in out.months:
        repaid = owed if month == month_end(given["note.maturity"]) else 0.0
        accrues = owed * cost_of_a_dollar(given, out, month, lower=margin, higher=margin)
        due = interest + accrues if out["time.note_pay"][month] else 0.0
        out.month(
            month,
            note_opening=owed, note_repayment=repaid, note_closing=owed - repaid, note_interest=accrues,
            note_accrued_open=interest, note_interest_due=due, note_accrued_close=interest + accrues - due,
        )  # fmt: skip
        owed -= repaid
        interest = 0.0 if out["time.note_pay"][month] else interest + accrues


def _minimum(given: Given, out: Lines) -> None:
    """The four limbs, three months ahead (R-01 to R-03), while the loan is owed or may still be drawn (R-48)."""
    horizon = int(given["proceeds_account.months"])

    def ahead(key: str, day: dt.date) -> float:
        return sum(out[key][month] for month in out.months if within(day, horizon, month))

    for month in out.months:
        loses = max(0.0, -out["ops.hedge"][month])
        gains = max(0.0, out["ops.hedge"][month])
        other = out["loan.repayment"][month] + out["loan.fees_due"][month] + loses
        out.month(month, fund_hedge=gains, fund_hedge_paid=loses, proceeds_other=other)
    for month in out.months:
        live = int(out["loan.closing"][month] > CENT or out["time.advances_open"][month] == 1)
        value = present_value(out, "ops.project_cash", month, given["plan.discount_rate"])
        formula = max(0.0, given["plan.formula_share"] * value)
        three = [ahead(key, month) for key in ("loan.interest_due", "ops.capex", "proceeds.other")]
        limbs = [
            max(given["proceeds_account.floor"], formula), min(given["proceeds_account.interest_cap"], three[0]),
            three[1], three[2],
        ]  # fmt: skip
        out.month(
            month,
            proceeds_interest_3m=three[0], proceeds_capex_3m=three[1], proceeds_other_3m=three[2],
            proceeds_formula=formula, proceeds_live=live,
            **{f"proceeds_limb_{k}": limb * live for k, limb in enumerate(limbs, start=1)},
            proceeds_minimum=sum(limbs) * live,
        )  # fmt: skip


def _account(given: Given, out: Lines) -> None:
    """Each month's cash in order of priority (R-47); what is unpaid is owed next month, to the Lender with interest."""
    account = overdue = arrears = needed = 0.0
    note_loan, advances_loan = given["parent_loans.note_proceeds"], given["parent_loans.other_advances"]
    out["parent.note_close"][START], out["parent.advances_close"][START] = note_loan, advances_loan
    out["parent.closing"][START] = note_loan + advances_loan
    out["wf.default"][START], out["proceeds.equity_needed"][START] = 0, 0.0
    for month in out.months:
        receipts = out["ops.net_returns"][month]
        sources = sum(out[f"fund.{key}"][month] for key in ("advance", "note", "contribution", "equity", "hedge"))
        sources += receipts
        interest = arrears * out["oracle.cost"][month]
        due = {
            "trade": overdue, "costs": out["ops.cost"][month] + out["ops.closure"][month],
            "capex": out["ops.capex"][month],
            "royalty": out["npmc.payable"][month] + out["npmc.advance_paid"][month], "tax": out["ops.tax"][month],
            "arrears": arrears + interest, "fees": out["loan.fees_due"][month],
            "hedge": out["fund.hedge_paid"][month], "interest": out["loan.interest_due"][month],
            "principal": out["loan.repayment"][month],
        }  # fmt: skip
        left, paid = account + sources, {}
        out.month(month, wf_cash=left, wf_trade_open=overdue, wf_lender_open=arrears, wf_lender_interest=interest)
        for claim in (*OWN, *LENDER):
            paid[claim] = min(due[claim], left) if due[claim] > 0 and left > 0 else 0.0
            left -= paid[claim]
            out[f"wf.{claim}_due"][month], out[f"wf.{claim}_paid"][month] = due[claim], paid[claim]
            out[f"wf.{claim}_left"][month] = left
        overdue = sum(due[claim] - paid[claim] for claim in OWN)
        arrears = sum(due[claim] - paid[claim] for claim in LENDER)
        leaves = _leaves(given, out, month, left, arrears, note_loan, advances_loan)
        company = leaves["interest"] + leaves["note"] + leaves["advances"] + leaves["distribution"]
        minimum, spent = out["proceeds.minimum"][month], sum(paid.values()) + company
        kept = min(minimum, max(0.0, left))
        computed = left - company
        closing = given.actual("actual.account", month, computed)
        short = max(0.0, minimum - closing)
        needed = max(needed, short)
        out.month(
            month,
            fund_receipts=receipts, fund_sources=sources, wf_minimum_kept=kept, wf_minimum_missing=minimum - kept,
            wf_minimum_left=left - kept, wf_trade_close=overdue, wf_lender_close=arrears,
            wf_default=int(arrears > CENT), wf_paid=spent, fund_company=company, proceeds_opening=account,
            proceeds_in=sources, proceeds_out=spent, proceeds_difference=closing - computed, proceeds_closing=closing,
            proceeds_shortfall=short, proceeds_arrears=arrears, proceeds_excess=max(0.0, closing - minimum),
            proceeds_short=int(short > CENT), proceeds_equity_needed=needed, parent_note_open=note_loan,
            parent_note_repaid=leaves["note"], parent_note_close=note_loan - leaves["note"],
            parent_advances_open=advances_loan, parent_advances_repaid=leaves["advances"],
            parent_advances_close=advances_loan - leaves["advances"], parent_opening=note_loan + advances_loan,
            parent_repaid=leaves["note"] + leaves["advances"],
            parent_closing=note_loan + advances_loan - leaves["note"] - leaves["advances"],
        )  # fmt: skip
        account, note_loan, advances_loan = closing, note_loan - leaves["note"], advances_loan - leaves["advances"]


def _leaves(
    given: Given, out: Lines, month: dt.date, left: float, arrears: float, note_loan: float, advances_loan: float
) -> dict[str, float]:
    """What goes to the Company: before Completion interest on its note alone, in default nothing (R-04, R-05, R-46)."""
    complete, due = out["time.complete"][month] == 1, out["note.interest_due"][month]
    above = max(0.0, left - out["proceeds.minimum"][month])
    available = 0.0 if arrears > CENT else above if complete else min(above, due)
    interest = min(due, available)
    all_repaid = complete and max(out["loan.closing"][month], out["note.closing"][month], arrears) < CENT
    note = min(note_loan, available - interest) if all_repaid else 0.0
    advances = min(advances_loan, available - interest - note) if all_repaid else 0.0
    rest = available - interest - note - advances
    distribution = rest * given.plan("plan.payout", month) if complete else 0.0
    out.month(
        month,
        wf_parent_interest_due=due, wf_available=available, wf_parent_interest_paid=interest,
        wf_parent_allowed=int(all_repaid), wf_parent_note_paid=note, wf_parent_advances_paid=advances,
        wf_parent_loans_paid=note + advances, wf_distribution=distribution,
    )  # fmt: skip
    return {"interest": interest, "note": note, "advances": advances, "distribution": distribution}


def _sources_and_uses(given: Given, out: Lines) -> None:
    for month in out.months:

        def now(key: str, at: dt.date = month) -> float:
            return out[key][at]

        costs, royalty = now("wf.costs_due"), now("wf.royalty_due")
        fees, interest, principal = now("loan.fees_due"), now("loan.interest_due"), now("loan.repayment")
        lender = fees + now("fund.hedge_paid") + interest + principal
        unpaid = now("wf.trade_close") - now("wf.trade_open") + now("wf.lender_close") - now("wf.lender_open")
        arrears, increase = now("wf.lender_interest") - unpaid, now("proceeds.closing") - now("proceeds.opening")
        bank = -now("proceeds.difference")
        own = costs + now("ops.capex") + royalty + now("ops.tax")
        uses = own + lender + now("fund.company") + bank + arrears + increase
        out.month(
            month,
            fund_costs=costs, fund_capex=now("ops.capex"), fund_royalty=royalty, fund_tax=now("ops.tax"),
            fund_fees=fees, fund_interest=interest, fund_principal=principal, fund_lender=lender, fund_bank=bank,
            fund_arrears=arrears, fund_increase=increase, fund_uses=uses, fund_gap=0.0,
        )  # fmt: skip
        _limit(given, out, month)


def _limit(given: Given, out: Lines, month: dt.date) -> None:
    """What the Lender must still advance (R-05, R-17, R-18), by the account of the month before."""
    advanced, account = out.before("fund.advanced", month), out.before("proceeds.closing", month)
    minimum, default = out.before("proceeds.minimum", month), out.before("wf.default", month)
    met = given.actual("actual.conditions", month, 1.0)
    ready = out["time.advances_open"][month] and account >= minimum * (1 - 1e-9) and met == 1 and not default
    limit = max(0.0, given["term_loan.max_credit"] - advanced) if ready else 0.0
    out.month(
        month,
        fund_conditions=met, fund_advanced_before=advanced, fund_account_before=account, fund_minimum_before=minimum,
        fund_default_before=default, fund_limit=limit, fund_above_limit=int(out["fund.advance"][month] > limit),
    )  # fmt: skip


USES = {
    "costs": "fund.costs", "royalty": "fund.royalty", "tax": "fund.tax", "fees": "fund.fees",
    "interest": "fund.interest", "hedge_paid": "fund.hedge_paid", "principal": "fund.principal",
    "company": "fund.company", "bank": "fund.bank", "arrears": "fund.arrears", "account": "fund.increase",
}  # fmt: skip
SOURCES = ("advance", "note", "contribution", "equity", "receipts", "hedge")


def _construction(given: Given, out: Lines) -> None:
    """What the Project takes to its Completion, and who pays: before signing, and the months that end before it."""
    early = [month for month in out.months if not out["time.complete"][month]]

    def summed(line: str) -> float:
        return sum(out[line][month] for month in early)

    spent, capex = given["plan.capital_before"], summed("ops.capex")
    out.put("construction.before", spent)
    out.put("construction.capex", capex)
    out.put("construction.capital", spent + capex)
    out.put("construction.parent", given["parent_loans.other_advances"])
    out.put("construction.own", spent - given["parent_loans.other_advances"])
    uses = [out.put(f"construction.{key}", summed(line)) for key, line in USES.items()]
    sources = [out.put(f"construction.{key}", summed(f"fund.{key}")) for key in SOURCES]
    out.put("construction.uses", spent + capex + sum(uses))
    out.put("construction.sources", spent + sum(sources))
