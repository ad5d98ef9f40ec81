"""The facility by its terms and the ledger: advances, what falls due when, interest, fees, the note, the minimum.

Nothing here depends on what the cash pays, so that tests that look ahead can read it.
"""

from __future__ import annotations

import datetime as dt

from .days import DAY, month_end, within, years
from .given import Given
from .lines import START, Lines
from .project import present_value

CENT = 0.01


def calculate(given: Given, out: Lines) -> None:
    """From the drawdown to what tests that look ahead know."""
    _advances(given, out)
    _falls_due(given, out)
    _interest(given, out)
    _note(given, out)
    _limbs(given, out)


def _advances(given: Given, out: Lines) -> None:
    """What is drawn, by the ledger, the actuals, need, or the plan; and for how many days it bears interest (R-16)."""
    any_drawn = out.put("fund.any_drawn", int(any(out["reported.drawn"][month] > 0 for month in out.months)))
    advanced = 0.0
    out["fund.advanced"][START] = 0.0
    for month in out.months:
        past, first = given.is_past(month), month == out.months[0]
        left = given["term_loan.max_credit"] - advanced
        asked = given.plan("plan.advance", month)
        drawn = min(asked, left) if out["time.advances_open"][month] else 0.0
        drawn = given.actual("actual.advance", month, drawn)
        days = (month - given["facility.effective_date"]).days if first else 0
        if any_drawn and past:
            drawn, days = out["reported.drawn"][month], out["reported.draw_days"][month]
        advanced += drawn
        standby = given.plan("plan.standby", month) * given.changed("standby")
        known = given.known("actual.equity", month)
        out.month(
            month,
            fund_advance=drawn, fund_advanced=advanced, fund_draw_days=days,
            fund_note=given["parent_loans.note_proceeds"] if first else 0.0,
            fund_contribution=given.actual("actual.contribution", month, given.plan("plan.contribution", month)),
            fund_standby=0.0 if known else standby,
            fund_equity=given.actual("actual.equity", month, given.plan("plan.equity", month) + standby),
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


def _falls_due(given: Given, out: Lines) -> None:
    """What is not yet due, and what falls due of it: by the agreement, the ledger (R-56) and, if it comes, acceleration."""
    parts = _instalments(given, out.one("loan.drawn"))
    out.put("ratio.maturity", max(parts))
    for k, (day, amount) in enumerate(parts.items()):
        out["loan.instalment_dates"][k], out["loan.instalment_amounts"][k] = day, amount
    declared = given.day("loan.accelerate")
    owed = unforeseen = 0.0
    for month in out.months:
        advance, at_once = out["fund.advance"][month], int(bool(declared and month >= month_end(declared)))
        base = _before_due(out, month, owed)
        falls = _instalment_now(out, month, base, parts)
        foreseen = _instalment_now(out, month, free := _before_due(out, month, unforeseen), parts)
        repaid = base if at_once else falls
        closing = _nothing_left(base + advance - repaid)
        out.month(
            month,
            loan_opening=owed, loan_advance=advance, loan_base=base, loan_scheduled=parts.get(month, 0.0),
            loan_due_at_once=at_once, loan_repayment=repaid, loan_foreseen=foreseen, loan_closing=closing,
        )  # fmt: skip
        owed, unforeseen = closing, _nothing_left(free + advance - foreseen)


def _nothing_left(balance: float) -> float:
    return 0.0 if abs(balance) < CENT / 1e4 else balance  # what is left of the last digits is no debt


def _before_due(out: Lines, month: dt.date, owed: float) -> float:
    """What is not yet due with what the ledger adds to it and takes from it."""
    reported = {key: out[f"reported.{key}"][month] for key in ("capitalised", "put_off", "prepaid", "credited", "waived")}
    more = reported["capitalised"] + reported["put_off"]
    return max(0.0, owed + more - reported["prepaid"] - reported["credited"] - reported["waived"])


def _instalment_now(out: Lines, month: dt.date, base: float, parts: dict[dt.date, float]) -> float:
    """The month's instalment, as the ledger moved it; the loan is shortened from its end, and the last takes the rest."""
    moved = out["reported.moved_in"][month] - out["reported.moved_out"][month]
    if month >= max(parts):
        return max(0.0, base - out["reported.later"][month])
    return min(base, max(0.0, parts.get(month, 0.0) + moved))


def cost_of_a_dollar(given: Given, out: Lines, month: dt.date, *, lower: float, higher: float) -> float:
    """A month's interest on a dollar, at LIBOR and a margin that steps down on the day of Completion (R-07, R-08)."""
    start, libor, basis = out["time.start"][month], out["loan.libor"][month], given["facility.day_count"]
    step = min(max(out.one("plan.completion_date"), start), month)
    return (libor + higher) * years(start, step, basis) + (libor + lower) * years(step, month, basis)


def _interest(given: Given, out: Lines) -> None:
    """Interest and fees on what is not yet due; what falls due unpaid bears it as arrears."""
    interest = fee = 0.0
    before, after = given["interest.margin_before"], given["interest.margin_after"]
    penal = given["loan.default_margin"]
    completion = out.one("plan.completion_date")
    establishment = out.put("loan.establishment", given["term_loan.max_credit"] * given["establishment_fee.rate"])
    for month in out.months:
        fixing = out.before("market.libor" if out["time.period_start"][month] else "loan.libor", month)
        out["loan.libor"][month] = fixing
        cost = cost_of_a_dollar(given, out, month, lower=after, higher=before)
        drawn = out["fund.advance"][month] * out["fund.draw_days"][month] / out["time.days"][month]
        accrues = (_bears(out, month) + drawn) * cost
        average = out["loan.opening"][month] + drawn
        fee_days = years(out["time.fee_start"][month], out["time.fee_stop"][month], given["facility.day_count"])
        charge = given["commitment_fee.rate"] * (given["term_loan.max_credit"] - average) * fee_days
        pays = out["time.quarter_end"][month]
        interest_due, fee_due = (interest + accrues, fee + charge) if pays else (0.0, 0.0)
        upfront = establishment if month == out.months[0] else 0.0
        out.month(
            month,
            loan_margin=after if out["time.start"][month] >= completion else before, loan_cost=cost,
            loan_cost_held=cost_of_a_dollar(given, out, month, lower=before, higher=before),
            loan_cost_arrears=cost_of_a_dollar(given, out, month, lower=after + penal, higher=before + penal),
            loan_interest=accrues, loan_accrued_open=interest, loan_interest_due=interest_due,
            loan_accrued_close=0.0 if pays else interest + accrues, loan_drawn_average=average, loan_fee=charge,
            loan_fee_open=fee, loan_fee_due=fee_due, loan_fee_close=0.0 if pays else fee + charge,
            loan_establishment_due=upfront, loan_fees_due=fee_due + upfront,
        )  # fmt: skip
        interest, fee = (0.0, 0.0) if pays else (interest + accrues, fee + charge)


def _bears(out: Lines, month: dt.date) -> float:
    """What bears interest through the month: what was not yet due when it began."""
    return out["loan.opening"][month]


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


def _limbs(given: Given, out: Lines) -> None:
    """The four limbs, three months ahead (R-01 to R-03)."""
    horizon = int(given["proceeds_account.months"])
    declared = given.day("loan.accelerate")

    def ahead(key: str, day: dt.date) -> float:
        return sum(out[key][month] for month in out.months if within(day, horizon, month))

    for month in out.months:
        loses, gains = max(0.0, -out["ops.hedge"][month]), max(0.0, out["ops.hedge"][month])
        fees = out["loan.fees_due"][month]
        out.month(
            month,
            fund_hedge=gains, fund_hedge_paid=loses, proceeds_other=out["loan.foreseen"][month] + fees + loses,
            oracle_besides=fees + loses,
        )  # fmt: skip
    for month in out.months:
        value = present_value(out, "ops.project_cash", month, given["plan.discount_rate"])
        formula = max(0.0, given["plan.formula_share"] * value)
        other = "oracle.besides" if declared and month >= month_end(declared) else "proceeds.other"
        three = [ahead(key, month) for key in ("loan.interest_due", "ops.capex", other)]
        limbs = [
            max(given["proceeds_account.floor"], formula), min(given["proceeds_account.interest_cap"], three[0]),
            three[1], three[2],
        ]  # fmt: skip
        out.month(
            month,
            proceeds_interest_3m=three[0], proceeds_capex_3m=three[1], proceeds_other_3m=three[2],
            proceeds_formula=formula, proceeds_whole=sum(limbs),
            **{f"oracle_limb_{k}": limb for k, limb in enumerate(limbs, start=1)},
        )  # fmt: skip
