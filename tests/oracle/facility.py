"""The facility by its terms and the ledger: advances, what falls due when, interest, fees, the note, the minimum.

Nothing here depends on what the cash pays, so that tests that look ahead can read it.
"""

from __future__ import annotations

import datetime as dt

from . import drawdown
from .days import DAY, month_end, within, years
from .given import Given
from .lines import CENT, START, Lines
from .project import present_value


def calculate(given: Given, out: Lines) -> None:
    """From rates and drawdown to what tests that look ahead know."""
    _rates(given, out)
    _note(given, out)
    _project_ahead(given, out)
    drawdown.calculate(given, out)
    _falls_due(given, out)
    _interest(given, out)
    _limbs(given, out)


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


def _falls_due(given: Given, out: Lines) -> None:
    """What is not yet due, and what falls due of it: by the agreement, the ledger (R-56), and by acceleration."""
    parts = _instalments(given, out.one("loan.drawn"))
    out.put("ratio.maturity", max(parts))
    for k, (day, amount) in enumerate(parts.items()):
        out["loan.instalment_dates"][k], out["loan.instalment_amounts"][k] = day, amount
    declared = given.day("loan.accelerate")
    owed = 0.0
    for month in out.months:
        advance, at_once = out["fund.advance"][month], int(bool(declared and month >= month_end(declared)))
        taken = _shortened(out, month, owed + advance)
        base = _before_due(out, month, owed) - sum(taken.values())
        falls = _instalment_now(out, month, base, parts)
        free = _before_due(out, month, out.before("loan.foreseen_close", month)) - sum(taken.values())
        foreseen = _instalment_now(out, month, free, parts)  # nobody foresees an acceleration
        repaid = max(0.0, base) if at_once else falls
        closing = _nothing_left(base + advance - repaid)
        out.month(
            month,
            loan_opening=owed, loan_advance=advance, loan_base=base, loan_scheduled=parts.get(month, 0.0),
            **{f"loan_shortened_{what}": amount for what, amount in taken.items()},
            loan_shortened_most=_before_due(out, month, owed) + advance,
            loan_due_at_once=at_once, loan_repayment=repaid, loan_closing=closing, loan_foreseen_base=free,
            loan_foreseen=foreseen, loan_foreseen_close=_nothing_left(free + advance - foreseen),
        )  # fmt: skip
        owed = closing


def _nothing_left(balance: float) -> float:
    return 0.0 if abs(balance) < CENT / 1e4 else balance  # what is left of the last digits is no debt


def _before_due(out: Lines, month: dt.date, owed: float) -> float:
    """What is not yet due with what the ledger adds to it."""
    return owed + out["reported.capitalised"][month] + out["reported.put_off"][month]


def _shortened(out: Lines, month: dt.date, owed: float) -> dict[str, float]:
    """What was prepaid, credited or waived before it fell due: never more than is owed by the month's end (R-56)."""
    left, taken = _before_due(out, month, owed), {}
    for what in ("prepaid", "credited", "waived"):
        taken[what] = min(left, out[f"reported.{what}"][month])
        left -= taken[what]
    return taken


def _instalment_now(out: Lines, month: dt.date, base: float, parts: dict[dt.date, float]) -> float:
    """The month's instalment, as the ledger moved it; the loan is shortened from its end, the last takes the rest."""
    moved = out["reported.moved_in"][month] - out["reported.moved_out"][month]
    if month >= max(parts):
        return max(0.0, base - out["reported.later"][month])
    return max(0.0, min(base, parts.get(month, 0.0) + moved))


def cost_of_a_dollar(given: Given, out: Lines, month: dt.date, *, lower: float, higher: float) -> float:
    """A month's interest on a dollar, at LIBOR and a margin that steps down on the day of Completion (R-07, R-08)."""
    start, libor, basis = out["time.start"][month], out["loan.libor"][month], given["facility.day_count"]
    step = min(max(out.one("plan.completion_date"), start), month)
    return (libor + higher) * years(start, step, basis) + (libor + lower) * years(step, month, basis)


def _rates(given: Given, out: Lines) -> None:
    """What a dollar costs in each month: as it is, without a step-down, in arrears; and what an undrawn one does."""
    before, after = given["interest.margin_before"], given["interest.margin_after"]
    penal, completion = given["loan.default_margin"], out.one("plan.completion_date")
    for month in out.months:
        fixing = out.before("market.libor" if out["time.period_start"][month] else "loan.libor", month)
        out["loan.libor"][month] = fixing
        fee_days = years(out["time.fee_start"][month], out["time.fee_stop"][month], given["facility.day_count"])
        out.month(
            month,
            loan_margin=after if out["time.start"][month] >= completion else before,
            loan_cost=cost_of_a_dollar(given, out, month, lower=after, higher=before),
            loan_cost_held=cost_of_a_dollar(given, out, month, lower=before, higher=before),
            loan_cost_arrears=cost_of_a_dollar(given, out, month, lower=after + penal, higher=before + penal),
            fund_fee_cost=given["commitment_fee.rate"] * fee_days,
        )  # fmt: skip
    out.put("loan.establishment", given["term_loan.max_credit"] * given["establishment_fee.rate"])
    for month in out.months:
        out["loan.establishment_due"][month] = out.one("loan.establishment") if month == out.months[0] else 0.0


def _interest(given: Given, out: Lines) -> None:
    """Interest and fees on what is not yet due; what falls due unpaid bears it as arrears."""
    interest = fee = 0.0
    for month in out.months:
        drawn = out["fund.advance"][month] * out["fund.draw_days"][month] / out["time.days"][month]
        bears = out["loan.opening"][month] + drawn
        average = min(given["term_loan.max_credit"], bears)  # what was capitalised above it leaves nothing undrawn
        accrues = bears * out["loan.cost"][month]
        charge = (given["term_loan.max_credit"] - average) * out["fund.fee_cost"][month]
        pays = out["time.quarter_end"][month]
        interest_due, fee_due = (interest + accrues, fee + charge) if pays else (0.0, 0.0)
        out.month(
            month,
            loan_interest=accrues, loan_accrued_open=interest, loan_interest_due=interest_due,
            loan_accrued_close=0.0 if pays else interest + accrues, loan_drawn_average=average, loan_fee=charge,
            loan_fee_open=fee, loan_fee_due=fee_due, loan_fee_close=0.0 if pays else fee + charge,
            loan_fees_due=fee_due + out["loan.establishment_due"][month],
        )  # fmt: skip
        interest, fee = (0.0, 0.0) if pays else (interest + accrues, fee + charge)


def _note(given: Given, out: Lines) -> None:
    owed, interest, margin = given["note.principal"], 0.0, given["note.margin"]
    out["note.closing"][START] = owed
    for month in out.months:
        repaid = owed if month == month_end(given["note.maturity"]) else 0.0
        part = years(out["time.start"][month], month, given["facility.day_count"])  # one margin all month
        accrues = owed * (out["loan.libor"][month] + margin) * part
        due = interest + accrues if out["time.note_pay"][month] else 0.0
        out.month(
            month,
            note_opening=owed, note_repayment=repaid, note_closing=owed - repaid, note_interest=accrues,
            note_accrued_open=interest, note_interest_due=due, note_accrued_close=interest + accrues - due,
        )  # fmt: skip
        owed -= repaid
        interest = 0.0 if out["time.note_pay"][month] else interest + accrues


def ahead(given: Given, out: Lines, key: str, day: dt.date) -> float:
    """A line's sum over the following three months (R-02)."""
    horizon = int(given["proceeds_account.months"])
    return sum(out[key][month] for month in out.months if within(day, horizon, month))


def _project_ahead(given: Given, out: Lines) -> None:
    """What the Project tells of the months to come: hedges, the formula amount (R-03), capital scheduled."""
    for month in out.months:
        hedge = out["ops.hedge"][month]
        value = present_value(out, "ops.project_cash", month, given["plan.discount_rate"])
        out.month(
            month,
            fund_hedge=max(0.0, hedge), fund_hedge_paid=max(0.0, -hedge),
            proceeds_formula=max(0.0, given["plan.formula_share"] * value),
            proceeds_capex_3m=ahead(given, out, "ops.capex", month),
        )  # fmt: skip


def _limbs(given: Given, out: Lines) -> None:
    """The four limbs, with interest above the cap in the fourth or in none (R-01).

    Once the loan is declared due, no instalment is still to come.
    """
    for month in out.months:
        besides = out["loan.fees_due"][month] + out["fund.hedge_paid"][month]
        out.month(month, proceeds_other=out["loan.foreseen"][month] + besides, oracle_besides=besides)
    for month in out.months:
        other = "oracle.besides" if out["loan.due_at_once"][month] else "proceeds.other"
        interest, others = (ahead(given, out, key, month) for key in ("loan.interest_due", other))
        over = max(0.0, interest - given["proceeds_account.interest_cap"]) if given["proceeds.over_cap"] else 0.0
        limbs = [
            max(given["proceeds_account.floor"], out["proceeds.formula"][month]),
            min(given["proceeds_account.interest_cap"], interest), out["proceeds.capex_3m"][month], others + over,
        ]  # fmt: skip
        out.month(
            month,
            proceeds_interest_3m=interest, proceeds_other_3m=others, proceeds_over_3m=over, proceeds_whole=sum(limbs),
            **{f"oracle_limb_{k}": limb for k, limb in enumerate(limbs, start=1)},
        )  # fmt: skip
