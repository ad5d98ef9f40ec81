"""Laws: what must hold in the model's figures, whatever the inputs, each stated from its own definition.

They look at the figures alone, by key, as :func:`lender_model.model.run` gives them.
"""

import itertools

import numpy as np
import pytest
from tests.oracle import tree

from lender_model import model
from lender_model.sheets import checks

CENT = 0.01
LEAST = 1e-6
"""Dollars; less is what sums leave in their last digits."""
CLAIMS = ("trade", "costs", "capex", "royalty", "tax", "arrears", "fees", "hedge", "interest", "principal")
OWN, LENDER = CLAIMS[:5], CLAIMS[5:]


def row(v, key):
    return v[key][:, 0]


def loan_is_never_below_zero_and_is_repaid(v):
    balance = row(v, "loan.closing")
    assert balance.min() >= 0
    assert row(v, "loan.advance").sum() == pytest.approx(row(v, "loan.repayment").sum() + balance[-1], abs=CENT)
    dates = [day for day in v["loan.instalment_dates"] if day != ""]
    assert np.all(row(v, "loan.advance")[row(v, "time.end") >= dates[0]] == 0)  # none after the first instalment
    assert np.all(balance[row(v, "time.end") >= dates[-1]] == 0)


def advances_keep_to_the_credit_and_its_dates(v):
    assert row(v, "loan.advance").sum() <= v["term_loan.max_credit"] * (1 + 1e-12)
    planned = np.isnan(row(v, "actual.advance")) | (row(v, "time.actual") == 0)
    assert np.all(row(v, "fund.advance")[planned & (row(v, "time.advances_open") == 0)] == 0)


def sources_equal_uses(v):
    assert row(v, "fund.sources") == pytest.approx(row(v, "fund.uses"), abs=CENT)
    lender = sum(row(v, f"fund.{part}") for part in ("fees", "hedge_paid", "interest", "principal"))
    assert row(v, "fund.lender") == pytest.approx(lender, abs=CENT)


def construction_is_the_months_before_completion(v):
    """Capital, sources and the account at the last month-end before Completion, from the lines of other sheets."""
    early = row(v, "time.end") < v["plan.completion_date"]
    spent = v["plan.capital_before"]
    assert v["construction.capital"] == pytest.approx(spent + row(v, "ops.capex")[early].sum(), abs=CENT)
    assert v["construction.sources"] == pytest.approx(spent + row(v, "proceeds.in")[early].sum(), abs=CENT)
    assert v["construction.uses"] == pytest.approx(v["construction.sources"], abs=CENT)
    at_completion = row(v, "proceeds.closing")[early][-1] if early.any() else 0.0
    assert v["construction.account"] == pytest.approx(at_completion, abs=CENT)


def cash_in_less_cash_out_is_the_account(v):
    flows = row(v, "proceeds.in") - row(v, "proceeds.out") + row(v, "proceeds.difference")
    assert row(v, "proceeds.closing") == pytest.approx(np.cumsum(flows), abs=CENT)
    assert np.all(row(v, "proceeds.opening") == np.r_[0.0, row(v, "proceeds.closing")[:-1]])
    assert row(v, "proceeds.in") == pytest.approx(row(v, "fund.sources"), abs=CENT)
    paid = sum(row(v, f"wf.{claim}_paid") for claim in CLAIMS) + row(v, "fund.company")
    assert row(v, "proceeds.out") == pytest.approx(paid, abs=CENT)


def the_account_is_what_the_bank_says(v):
    said = ~np.isnan(row(v, "actual.account")) & (row(v, "time.actual") == 1)
    assert row(v, "proceeds.closing")[said] == pytest.approx(row(v, "actual.account")[said], abs=CENT)
    assert np.all(row(v, "proceeds.difference")[~said] == 0)


def claims_are_paid_in_order(v):
    """Nothing is paid on a claim unless every claim before it is paid in full, and no cash is left while one is not."""
    for before, after in itertools.pairwise(CLAIMS):
        unpaid = row(v, f"wf.{before}_due") - row(v, f"wf.{before}_paid")
        assert np.all((unpaid <= 0) | (row(v, f"wf.{after}_paid") == 0)), (before, after)
    for claim in CLAIMS:
        due, paid, left = (row(v, f"wf.{claim}_{what}") for what in ("due", "paid", "left"))
        assert np.all((paid >= 0) & (paid <= np.maximum(0, due)))
        assert np.all((due - paid <= 0) | (left <= 0)), claim
    short = row(v, "wf.principal_left") <= 0
    assert np.all(row(v, "fund.company")[short] == 0)


def what_stays_fills_the_minimum(v):
    """What the sheet keeps for the minimum is left of the cash, and what it misses is the shortfall."""
    kept, missing = row(v, "wf.minimum_kept"), row(v, "wf.minimum_missing")
    assert kept + row(v, "wf.minimum_left") == pytest.approx(row(v, "wf.principal_left"), abs=CENT)
    assert np.all((kept >= 0) & (missing >= 0))
    assert np.all((missing <= CENT) | (row(v, "wf.minimum_left") <= CENT))
    by_the_model = row(v, "proceeds.difference") == 0
    assert missing[by_the_model] == pytest.approx(row(v, "proceeds.shortfall")[by_the_model], abs=CENT)


def what_leaves_leaves_the_minimum(v):
    """Money goes to the Company only above the minimum, without a default; before Completion only for interest."""
    out = row(v, "fund.company") > 0
    assert np.all((row(v, "wf.principal_left") - row(v, "fund.company") >= row(v, "proceeds.minimum") - CENT)[out])
    assert np.all(row(v, "wf.default")[out] == 0)
    early = row(v, "time.end") < v["plan.completion_date"]
    assert np.all(row(v, "wf.distribution")[early] == 0)
    assert np.all(row(v, "wf.parent_loans_paid")[early] == 0)
    owed = (row(v, "loan.closing") >= CENT) | (row(v, "note.closing") >= CENT)
    assert np.all(row(v, "wf.parent_loans_paid")[owed] == 0)


def the_companys_loans_are_repaid_one_after_the_other(v):
    """2.5 million of the note first, then the other advances; together what the Company has lent."""
    note, advances, both = (row(v, f"parent.{key}") for key in ("note_close", "advances_close", "closing"))
    for loan, closing in (("note", note), ("advances", advances)):
        lent = v[f"parent_loans.{'note_proceeds' if loan == 'note' else 'other_advances'}"]
        paid = row(v, f"wf.parent_{loan}_paid")
        assert closing == pytest.approx(lent - np.cumsum(paid), abs=CENT)
        assert np.all((paid >= 0) & (closing >= -CENT))
        assert row(v, f"parent.{loan}_open") == pytest.approx(np.r_[lent, closing[:-1]], abs=CENT)
    assert note + advances == pytest.approx(both, abs=CENT)
    assert np.all((note <= CENT) | (row(v, "wf.parent_advances_paid") <= CENT))


def limbs_add_up_and_the_floor_holds(v):
    limbs = [row(v, f"proceeds.limb_{k}") for k in (1, 2, 3, 4)]
    assert row(v, "proceeds.minimum") == pytest.approx(sum(limbs), abs=CENT)
    live = row(v, "proceeds.live") == 1
    assert np.all(row(v, "proceeds.minimum")[live] >= v["proceeds_account.floor"])
    assert np.all(row(v, "proceeds.minimum")[~live] == 0)
    assert np.all(limbs[1] <= v["proceeds_account.interest_cap"])
    owed = (row(v, "loan.closing") > CENT) | (row(v, "wf.lender_close") > CENT)
    assert np.all(live == (owed | (row(v, "time.advances_open") == 1)))
    lacks = row(v, "proceeds.minimum") - row(v, "proceeds.closing")
    assert row(v, "proceeds.shortfall") == pytest.approx(np.maximum(0, lacks), abs=LEAST)
    assert row(v, "proceeds.excess") == pytest.approx(np.maximum(0, -lacks), abs=LEAST)


def limbs_look_three_months_ahead(v):
    """The flows of the three months that follow, each by its own month."""
    for ahead, flow in (("interest", "loan.interest_due"), ("capex", "ops.capex"), ("other", "proceeds.other")):
        flows, months = row(v, flow), int(v["proceeds_account.months"])
        expected = [flows[t + 1 : t + 1 + months].sum() for t in range(model.MONTHS)]
        assert row(v, f"proceeds.{ahead}_3m") == pytest.approx(expected, abs=CENT)


def balance_sheet_balances(v):
    gap = row(v, "bal.assets") - row(v, "bal.liabilities") - row(v, "bal.equity")
    assert gap == pytest.approx(0, abs=CENT)
    assert row(v, "bal.assets") == pytest.approx(row(v, "bal.current_assets") + row(v, "bal.ppe"), abs=CENT)
    live = row(v, "time.end") >= v["plan.balance_date"]
    assert np.all(row(v, "bal.assets")[~live] == 0)
    loans = row(v, "bal.current_loan") + row(v, "bal.current_note") + row(v, "bal.long_term")
    assert loans[live] == pytest.approx((row(v, "loan.closing") + row(v, "note.closing"))[live], abs=CENT)


def the_groups_cash_is_what_came_in_less_what_went_out(v):
    """Money from outside the group less money to outside it: what Company and account pay each other is neither."""
    after = row(v, "time.end") > v["plan.balance_date"]
    came = sum(row(v, f"fund.{key}") for key in ("advance", "note", "receipts", "hedge")) + row(v, "bal.offering")
    went = sum(row(v, f"wf.{claim}_paid") for claim in CLAIMS) + row(v, "note.interest_due") + row(v, "note.repayment")
    went = went + row(v, "wf.guaranty_call") * after  # the Company's own cash, to the Lender
    other = row(v, "proceeds.difference") - row(v, "plan.overhead") + np.diff(row(v, "bal.payables"), prepend=0.0)
    change = np.diff(row(v, "bal.cash") + row(v, "proceeds.closing"), prepend=0.0)
    assert change[after] == pytest.approx((came - went + other)[after], abs=CENT)
    assert row(v, "flow.change")[after] == pytest.approx(change[after], abs=CENT)
    parts = sum(row(v, f"flow.{part}") for part in ("operating", "investing", "financing"))
    assert row(v, "flow.change") == pytest.approx(parts, abs=CENT)
    assert np.all(row(v, "flow.change")[~after] == 0)


def property_is_the_projects_and_the_rest_of_what_was_published(v):
    opening = row(v, "time.end") == v["plan.balance_date"]
    spent = v["plan.capital_before"] + np.cumsum(row(v, "ops.capex")) - np.cumsum(row(v, "ops.depreciation"))
    rest = v["plan.ppe"] - spent[opening][0]
    live = row(v, "time.end") >= v["plan.balance_date"]
    assert row(v, "bal.project") == pytest.approx(spent, abs=CENT)
    assert row(v, "bal.other_property") == pytest.approx(rest * live, abs=CENT)
    assert row(v, "bal.ppe") == pytest.approx((spent + rest) * live, abs=CENT)


def nothing_is_tested_before_the_opening_balance_sheet(v):
    live = row(v, "time.end") >= v["plan.balance_date"]
    for key in ("ratio_ok", "equity_ok", "liabilities_ok", "ratio_headroom", "equity_headroom", "cure"):
        assert [x == "–" for x in row(v, f"cov.{key}")] == list(~live), key
    assert row(v, "cov.test")[~live].sum() == row(v, "cov.breach")[~live].sum() == 0


def covenants_last_while_the_lender_is_owed_anything(v):
    """The term loan and the note were both repaid, or went into arrears, by 31-Dec-2000, which is still a test date."""
    owed = row(v, "loan.opening") + row(v, "note.opening") + row(v, "wf.lender_open") > CENT
    quarters = [str(end)[5:7] in {"03", "06", "09", "12"} for end in row(v, "time.end")]
    live = row(v, "time.end") >= v["plan.balance_date"]
    assert list(row(v, "cov.test") == 1) == list(np.array(quarters) & live & owed)


def nothing_leaves_after_a_broken_test(v):
    """A test stands until the next one, from the month after it on, and while the Lender is owed anything."""
    broken = False
    owed = row(v, "loan.opening") + row(v, "note.opening") + row(v, "wf.lender_open") > CENT
    lines = (row(v, key) for key in ("cov.test", "cov.breach", "fund.company"))
    for tested, breach, paid, still in zip(*lines, owed, strict=True):
        assert not broken or paid <= CENT
        broken = breach == 1 if tested == 1 else broken and still
    assert v["alert.paid_in_breach"] == v["check.locked"] == 0


def arrears_roll(v):
    """What stays unpaid is owed next month, to suppliers and to the Lender; the Lender's bears interest."""
    for balance, group in (("wf.trade", OWN), ("wf.lender", LENDER)):
        opening, closing = row(v, f"{balance}_open"), row(v, f"{balance}_close")
        assert np.all(opening == np.r_[0.0, closing[:-1]])
        unpaid = sum(row(v, f"wf.{claim}_due") - row(v, f"wf.{claim}_paid") for claim in group)
        assert closing == pytest.approx(unpaid, abs=CENT)
    assert row(v, "wf.trade_due") == pytest.approx(row(v, "wf.trade_open"), abs=CENT)
    interest = row(v, "wf.lender_interest")
    asked = row(v, "wf.lender_open") + interest - row(v, "wf.guaranty_call")  # what the guarantor has not paid
    assert row(v, "wf.arrears_due") == pytest.approx(asked, abs=CENT)
    owed = row(v, "wf.lender_open") > CENT
    assert np.all((interest > 0) >= owed)
    assert np.all(interest[row(v, "wf.lender_open") == 0] == 0)


def pad_rolls(v):
    opening, closing = row(v, "ops.pad_open"), row(v, "ops.pad_close")
    assert np.all(opening == np.r_[0.0, closing[:-1]])
    assert closing == pytest.approx(opening + row(v, "ops.placed") - row(v, "ops.recovered"), abs=1e-6)
    assert closing.min() >= -1e-6


def royalty_is_due_or_credited(v):
    assert row(v, "npmc.due") == pytest.approx(row(v, "npmc.payable") + row(v, "npmc.credit_used"), abs=CENT)
    assert row(v, "npmc.credit_close").min() >= 0
    assert row(v, "npmc.advance_paid").sum() == pytest.approx(
        row(v, "npmc.credit_used").sum() + row(v, "npmc.credit_close")[-1], abs=CENT
    )
    assert (row(v, "npmc.advance_paid") > 0).sum() <= v["plan.extensions"]


def tax_losses_roll(v):
    added, used, closing = (row(v, f"ops.loss_{what}") for what in ("added", "used", "close"))
    assert closing == pytest.approx(np.cumsum(added - used), abs=CENT)
    assert closing.min() >= -CENT
    taxed = np.maximum(0, row(v, "ops.taxable")) - used
    assert row(v, "ops.tax") == pytest.approx(taxed * v["plan.tax_rate"], abs=CENT)


def depreciation_uses_up_the_capital(v):
    capital = v["plan.capital_before"] + row(v, "ops.capex").sum()
    assert row(v, "ops.depreciation").sum() == pytest.approx(capital, abs=CENT)


def _drawn(v):
    """The term loan of each month on average: an advance counts from its own day."""
    return row(v, "loan.opening") + row(v, "loan.advance") * row(v, "fund.draw_days") / row(v, "time.days")


def interest_is_the_rate_on_what_is_owed(v):
    """By day at LIBOR and a margin, on the term loan, the note and arrears; the loan's steps down at Completion."""
    owed = {"loan": _drawn(v), "note": row(v, "note.opening"), "arrears": row(v, "wf.lender_open")}
    accrued = {
        "loan": row(v, "loan.interest"),
        "note": row(v, "note.interest"),
        "arrears": row(v, "wf.lender_interest"),
    }
    if v["facility.day_count"] != "ACT/360":
        return
    start, end = row(v, "time.start"), row(v, "time.end")
    step = np.clip(v["plan.completion_date"], start, end)
    early, late = ((one - other) / np.timedelta64(1, "D") / 360 for one, other in ((step, start), (end, step)))
    libor = row(v, "loan.libor")
    loan = (libor + v["interest.margin_before"]) * early + (libor + v["interest.margin_after"]) * late
    higher = (libor + v["interest.margin_before"]) * (early + late)
    arrears = np.where(row(v, "loan.held_back") == 1, higher, loan)  # no step-down while a default stands
    cost = {"loan": loan, "note": (libor + v["note.margin"]) * (early + late), "arrears": arrears}
    for key, interest in accrued.items():
        assert interest == pytest.approx(owed[key] * cost[key], abs=CENT), key


def the_rate_of_a_period_is_fixed_at_its_start(v):
    """The last fixing on or before the first day of the quarter; the first period's is that of signing."""
    fixings = np.r_[v["market.libor@start"], row(v, "market.libor")[:-1]]
    starts = np.r_[True, row(v, "time.quarter_end")[:-1] == 1]
    periods = np.cumsum(starts) - 1
    assert row(v, "loan.libor") == pytest.approx(fixings[starts][periods], abs=1e-12)


def interest_and_fees_are_due_or_still_accrued(v):
    """All that accrues falls due on the next payment date, and nothing is due on other days."""
    for accrues, due, closing, days in (
        ("loan.interest", "loan.interest_due", "loan.accrued_close", "time.quarter_end"),
        ("loan.fee", "loan.fee_due", "loan.fee_close", "time.quarter_end"),
        ("note.interest", "note.interest_due", "note.accrued_close", "time.note_pay"),
    ):
        assert row(v, closing) == pytest.approx(np.cumsum(row(v, accrues) - row(v, due)), abs=CENT), accrues
        pays = row(v, days) == 1
        assert np.all(row(v, due)[~pays] == 0)
        assert row(v, closing)[pays] == pytest.approx(0, abs=CENT)


def fee_is_on_what_is_not_drawn(v):
    """Half a per cent a year until the last day for advances, and the fee of signing once."""
    start, stop = (
        np.minimum(row(v, "time.start"), v["commitment_fee.end"]),
        np.minimum(row(v, "time.end"), v["commitment_fee.end"]),
    )
    if v["facility.day_count"] == "ACT/360":
        part = (stop - start) / np.timedelta64(1, "D") / 360
        undrawn = v["term_loan.max_credit"] - _drawn(v)
        assert row(v, "loan.fee") == pytest.approx(undrawn * v["commitment_fee.rate"] * part, abs=CENT)
    upfront = v["term_loan.max_credit"] * v["establishment_fee.rate"]
    assert row(v, "loan.establishment_due") == pytest.approx(np.r_[upfront, np.zeros(model.MONTHS - 1)], abs=CENT)


def principal_is_advanced_repaid_or_owed(v):
    """Of the term loan and of the note, at every month-end."""
    assert row(v, "loan.closing") == pytest.approx(
        np.cumsum(row(v, "loan.advance") - row(v, "loan.repayment")), abs=CENT
    )
    assert row(v, "loan.opening") == pytest.approx(np.r_[0.0, row(v, "loan.closing")[:-1]], abs=CENT)
    assert row(v, "note.closing") == pytest.approx(v["note.principal"] - np.cumsum(row(v, "note.repayment")), abs=CENT)
    assert row(v, "note.opening") == pytest.approx(np.r_[v["note.principal"], row(v, "note.closing")[:-1]], abs=CENT)
    due = ("interest_due", "held_due", "repayment", "fee_due", "establishment_due")
    service = sum(row(v, f"loan.{part}") for part in due)
    assert row(v, "loan.debt_service") == pytest.approx(service, abs=CENT)


def equity_changes_by_income_and_offering_alone(v):
    """After the opening balance sheet, whose equity is what assets leave over liabilities."""
    after = row(v, "time.end") > v["plan.balance_date"]
    change = np.diff(row(v, "bal.equity"), prepend=0.0)
    assert change[after] == pytest.approx((row(v, "bal.income") + row(v, "bal.offering"))[after], abs=CENT)
    rises = [np.diff(row(v, f"ops.{key}"), prepend=0.0) for key in ("receivable", "creditors")]
    earned = row(v, "ops.cfads") + row(v, "ops.tax") - row(v, "ops.depreciation") - row(v, "plan.overhead")
    lenders = sum(
        row(v, key)
        for key in (
            "loan.interest",
            "note.interest",
            "wf.lender_interest",
            "loan.fee",
            "loan.establishment_due",
            "loan.held",
        )
    )
    income = earned - row(v, "ops.tax") - lenders + row(v, "bal.other") + row(v, "bal.credited")
    income = income + np.diff(row(v, "bal.pad"), prepend=0.0) + rises[0] - rises[1]
    assert row(v, "bal.income")[after] == pytest.approx(income[after], abs=CENT)


def cash_before_financing_is_what_is_sold_less_what_is_spent(v):
    sold = row(v, "ops.equivalent") * row(v, "market.gold") + row(v, "ops.hedge")
    sold = sold - row(v, "ops.recovered") * (v["plan.refining"] + v["plan.freight"])
    spent = sum(row(v, key) for key in ("npmc.payable", "npmc.advance_paid", "ops.cost", "ops.closure", "ops.tax"))
    rises = [np.diff(row(v, f"ops.{key}"), prepend=0.0) for key in ("receivable", "creditors")]
    spent = spent + rises[0] - rises[1]  # not yet received, less not yet paid
    assert row(v, "ops.cfads") == pytest.approx(sold - spent, abs=CENT)
    assert row(v, "ops.project_cash") == pytest.approx(sold - spent - row(v, "ops.capex"), abs=CENT)


def ratios_are_what_they_are_called(v):
    """Cover of a year's service by a year's cash; of the debt by discounted cash and the account."""
    agreed = row(v, "loan.debt_service") - row(v, "loan.held_due")  # cover is at the margins agreed
    cash, service = (np.convolve(line, np.ones(12))[: model.MONTHS] for line in (row(v, "ops.cfads"), agreed))
    days = (row(v, "time.end") - row(v, "time.end")[:, None]) / np.timedelta64(1, "D")
    worth = (1 + v["plan.discount_rate"]) ** (-days / 365) * (days > 0)
    to_maturity = worth * (row(v, "time.end") <= v["ratio.maturity"])
    for key, expected, counts in (
        ("dscr", cash / np.where(service > LEAST, service, 1), (row(v, "time.instalment_no") > 0) & (service > LEAST)),
        ("llcr", _cover(v, to_maturity), (row(v, "ratio.debt") > 0) & (row(v, "time.end") < v["ratio.maturity"])),
        ("plcr", _cover(v, worth), row(v, "ratio.debt") > 0),
    ):
        shown = row(v, f"ratio.{key}")
        assert [x != "–" for x in shown] == list(counts), key
        assert shown[counts].astype(float) == pytest.approx(expected[counts], rel=1e-9), key


def _cover(v, worth):
    debt = row(v, "ratio.debt")
    return (worth @ row(v, "ops.project_cash") + row(v, "proceeds.closing")) / np.where(debt > 0, debt, 1)


def covenants_are_what_the_filing_says(v):
    """Current ratio at least 2, tangible equity at least 17.5 million, liabilities at most 175 per cent of it."""
    live = row(v, "time.end") >= v["plan.balance_date"]
    tangible = row(v, "bal.equity") - v["plan.intangibles"]
    room = {
        "ratio": row(v, "bal.current_assets") / v["covenants.current_ratio"] - row(v, "bal.current_liabilities"),
        "equity": tangible - v["covenants.tangible_equity"],
        "liabilities": v["covenants.liabilities"] * np.maximum(0, tangible) - row(v, "bal.liabilities"),
    }
    for key, headroom in room.items():
        assert row(v, f"cov.{key}_headroom")[live].astype(float) == pytest.approx(headroom[live], abs=CENT), key
        clear = live & (abs(headroom) > CENT)
        assert list(row(v, f"cov.{key}_ok")[clear] == 1) == list(headroom[clear] > 0), key
    kept = np.all([row(v, f"cov.{key}_ok") != 0 for key in room], axis=0)
    assert list(row(v, "cov.breach") == 1) == list((row(v, "cov.test") == 1) & ~kept)


def years_are_the_months_added_up(v):
    year = row(v, "time.year")
    for key, line in (
        ("capex", "ops.capex"),
        ("cfads", "ops.cfads"),
        ("debt_service", "loan.debt_service"),
        ("company", "fund.company"),
    ):
        sums = [row(v, line)[year == one].sum() for one in np.unique(year)]
        assert np.ravel(v[f"dash.year_{key}@across"]).astype(float) == pytest.approx(sums, abs=CENT), key


def the_option_is_what_the_note_is_worth_above_a_straight_one(v):
    """And the Company's right to require conversion takes from it."""
    worth, uncapped, straight = (float(v[f"note.{key}"]) for key in ("worth", "uncapped", "straight"))
    assert float(v["note.option"]) == pytest.approx(worth - straight, abs=CENT)
    assert uncapped >= max(worth, straight) - v["note.principal"] * 1e-5  # a lattice is as exact as that
    shares = v["note.principal"] / v["note.conversion_price"] * v["note.share_price"]
    assert shares - CENT <= worth <= straight + shares + CENT


def the_note_is_worth_what_a_tree_says(v):
    """A tree of a few hundred steps is a little off; more with the Company's right, as it knows no runs of closes."""
    if v["note.years_left"] == 0:
        return
    assert float(v["note.uncapped"]) == pytest.approx(tree.worth(v, steps=300), rel=0.004)
    if v["note.share_price"] < v["forced_conversion.trigger"]:
        assert float(v["note.worth"]) == pytest.approx(tree.worth(v, trigger=tree.raised(v), steps=300), rel=0.02)


def checks_agree(v):
    assert [key for key, *_ in checks.HARD if v[f"check.{key}@start"] != 1] == []


LAWS = (
    loan_is_never_below_zero_and_is_repaid,
    advances_keep_to_the_credit_and_its_dates,
    sources_equal_uses,
    construction_is_the_months_before_completion,
    cash_in_less_cash_out_is_the_account,
    the_account_is_what_the_bank_says,
    claims_are_paid_in_order,
    what_stays_fills_the_minimum,
    what_leaves_leaves_the_minimum,
    the_companys_loans_are_repaid_one_after_the_other,
    limbs_add_up_and_the_floor_holds,
    limbs_look_three_months_ahead,
    balance_sheet_balances,
    the_groups_cash_is_what_came_in_less_what_went_out,
    property_is_the_projects_and_the_rest_of_what_was_published,
    nothing_is_tested_before_the_opening_balance_sheet,
    covenants_last_while_the_lender_is_owed_anything,
    nothing_leaves_after_a_broken_test,
    arrears_roll,
    pad_rolls,
    royalty_is_due_or_credited,
    tax_losses_roll,
    depreciation_uses_up_the_capital,
    interest_is_the_rate_on_what_is_owed,
    the_rate_of_a_period_is_fixed_at_its_start,
    interest_and_fees_are_due_or_still_accrued,
    fee_is_on_what_is_not_drawn,
    principal_is_advanced_repaid_or_owed,
    equity_changes_by_income_and_offering_alone,
    cash_before_financing_is_what_is_sold_less_what_is_spent,
    ratios_are_what_they_are_called,
    covenants_are_what_the_filing_says,
    years_are_the_months_added_up,
    the_option_is_what_the_note_is_worth_above_a_straight_one,
    the_note_is_worth_what_a_tree_says,
    checks_agree,
)
