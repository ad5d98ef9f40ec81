"""What follows when a test fails: nothing leaves, no margin steps down, the guarantor pays, the minimum stays.

All without the standby equity of the base case, which would keep most tests from failing.
"""

import numpy as np
import pytest

from lender_model import case, model
from lender_model.sheets import scenarios


def run(**changed):
    inputs, _ = case.inputs()
    tight = {"scenario.standby@across": np.zeros(len(scenarios.NAMES))}
    return model.run(inputs | tight | {key.replace("__", "."): value for key, value in changed.items()})


def day(text):
    return np.datetime64(text, "D")


def row(v, key):
    return v[key][:, 0]


def at(v, key, date):
    return v[key][list(v["time.end"][:, 0].astype(str)).index(date), 0]


WORSE = ("Low price", "High cost", "Late completion", "Drought", "Combined downside")
"""Scenarios in which less comes in, or later, than by the plan."""


@pytest.fixture(scope="module")
def all_scenarios():
    return {name: run(cover__scenario=name) for name in scenarios.NAMES}


# ---- lock-up (audit: severe 3) --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", scenarios.NAMES)
def test_nothing_leaves_after_a_test_that_failed(all_scenarios, scenario):
    """By hand from the balance sheet: a test broken at the quarter-end before, or arrears now, hold all back."""
    v = all_scenarios[scenario]
    ratio = row(v, "bal.current_assets") >= 2.0 * row(v, "bal.current_liabilities") - 0.01
    equity = row(v, "bal.equity") >= 17_500_000 - 0.01
    liabilities = row(v, "bal.liabilities") <= 1.75 * np.maximum(0, row(v, "bal.equity")) + 0.01
    tested, broken, held = row(v, "cov.test") == 1, False, 0
    for t in range(len(tested)):
        if broken or row(v, "wf.lender_close")[t] > 0.01:
            assert row(v, "fund.company")[t] == 0, t
            held += 1
        if row(v, "cov.owed")[t] == 0:
            broken = False
        if tested[t]:
            broken = not (ratio[t] and equity[t] and liabilities[t])
    assert held > 6 if scenario in WORSE else held == 0
    assert v["check.locked"] == v["check.covenants"] == 0


def test_a_default_of_the_contribution_locks_the_account():
    """As it happened: the contribution is missed and never made, and the plan's Completion releases nothing."""
    v = run(cover__as_of=day("1996-09-30"))
    assert at(v, "comp.default", "1996-09-30") == 1
    owed = row(v, "cov.owed") == 1
    assert np.all(row(v, "fund.company")[3:][owed[3:]] == 0)
    assert str(v["cons.contribution"]) == "1996-09-30"
    assert v["alert.locked"] > 0


def test_cover_below_the_lock_up_holds_distributions_back():
    free = run()
    assert at(free, "wf.distribution", "1997-12-31") > 0
    cover = at(free, "ratio.dscr", "1997-11-30")  # of the month before the distribution
    for level, paid in ((cover * 1.01, False), (cover * 0.99, True)):
        v = run(wf__lockup_cover=level)
        assert (at(v, "wf.distribution", "1997-12-31") > 0) == paid
        assert (at(v, "wf.held_back", "1997-12-31") > 0) != paid
        # interest on the Company's note still leaves
        note = at(free, "note.interest_due", "1997-12-31")
        assert at(v, "wf.parent_interest_paid", "1997-12-31") == pytest.approx(note)


# ---- the margin -----------------------------------------------------------------------------------------------------


def test_the_margin_does_not_step_down_while_a_default_stands():
    """2.25% less 1.875% on 19.5 million by actual days over 360, from the plan's Completion of 31-Oct-1997."""
    v = run(cover__as_of=day("1996-09-30"))
    extra = 0.0225 - 0.01875
    assert at(v, "loan.held", "1997-10-31") == 0
    november = at(v, "loan.opening", "1997-11-30")
    assert november == 19_500_000 * 7 / 8
    assert at(v, "loan.held", "1997-11-30") == pytest.approx(november * extra * 30 / 360)
    assert at(v, "loan.held_due", "1997-12-31") == pytest.approx(november * extra * 61 / 360)
    assert row(run(), "loan.held").max() == 0


@pytest.mark.parametrize("missing", ["comp__costs_test", "comp__amounts_test", "comp__reserves_test"])
def test_nor_while_a_test_of_completion_is_not_met(missing):
    v = run(**{missing: np.nan})
    assert row(v, "comp.reached").max() == 0
    assert at(v, "loan.held_back", "1997-11-30") == 1
    assert row(v, "wf.distribution")[row(v, "cov.owed") == 1].max() == 0
    assert row(v, "comp.guaranty").min() == 1


# ---- the guaranty (audit: severe 5) --------------------------------------------------------------------------------


def test_the_guarantor_pays_what_is_in_arrears_up_to_its_cash(all_scenarios):
    v = all_scenarios["Drought"]
    calls = 0
    for t in range(1, 90):
        asked = row(v, "wf.lender_open")[t] + row(v, "wf.lender_interest")[t]
        stands = row(v, "comp.guaranty")[t - 1]
        expected = stands * max(0.0, min(asked, max(0.0, row(v, "bal.cash")[t - 1])))
        assert row(v, "wf.guaranty_call")[t] == pytest.approx(expected, abs=0.01)
        calls += expected > 0
    assert calls >= 1
    assert v["alert.called"] == calls
    # its cash falls by the call, the arrears too, and income knows nothing of it
    t = int(np.argmax(row(v, "wf.guaranty_call") > 0))
    flows = sum(row(v, f"bal.{key}")[t] for key in ("offering", "received", "payables_rise"))
    spent = sum(row(v, f"bal.{key}")[t] for key in ("funded", "note_paid", "overhead"))
    change = row(v, "bal.cash")[t] - row(v, "bal.cash")[t - 1]
    assert change == pytest.approx(flows - spent - row(v, "wf.guaranty_call")[t])
    assert v["checks.ok"] == 1


def test_a_released_guaranty_is_not_called():
    """Completion is reached in 1997; gold falls only then, and what is in arrears later is the Borrower's alone."""
    inputs, _ = case.inputs()
    costs = inputs["plan.site_cost"].copy()
    costs[30:, 0] += 2_000_000  # from January 1999 on
    v = run(plan__site_cost=costs)
    assert row(v, "comp.guaranty")[16:].max() == 0
    assert row(v, "wf.default").max() == 1
    assert row(v, "wf.guaranty_call").max() == 0


# ---- the minimum balance and arrears -------------------------------------------------------------------------------


def test_arrears_keep_the_minimum_in_force_after_the_last_instalment():
    inputs, _ = case.inputs()
    costs = inputs["plan.site_cost"].copy()
    costs[30:, 0] += 2_000_000
    v = run(plan__site_cost=costs)
    after = (row(v, "time.end") > day("2000-12-31")) & (row(v, "wf.lender_close") > 0.01)
    assert after.any()
    assert np.all(row(v, "proceeds.minimum")[after] >= 1_500_000)
    paid = (row(v, "time.end") > day("2000-12-31")) & (row(v, "wf.lender_close") <= 0.01)
    assert np.all(row(v, "proceeds.minimum")[paid] == 0)


# ---- acceleration --------------------------------------------------------------------------------------------------


def test_acceleration_makes_all_fall_due_and_nobody_foresees_it():
    v, free = run(loan__accelerate=day("1998-06-30")), run()
    owed = 19_500_000 * 6 / 8  # after the instalments of September and December 1997
    assert at(v, "loan.repayment", "1998-06-30") == owed
    assert at(v, "loan.closing", "1998-06-30") == 0
    cash = at(v, "wf.interest_left", "1998-06-30")
    assert at(v, "loan.unpaid", "1998-06-30") == pytest.approx(owed - cash)
    assert row(v, "loan.repayment")[24:].max() == 0
    before = slice(0, 23)
    for key in ("proceeds.minimum", "proceeds.closing", "cov.failed", "bal.current_liabilities"):
        assert np.allclose(row(v, key)[before], row(free, key)[before]), key
    assert str(v["cons.accelerated"]) == "1998-06-30"


# ---- drawing by need (audit: severe 9) ------------------------------------------------------------------------------


def staged(*amounts):
    inputs, _ = case.inputs()
    plan = np.zeros_like(inputs["plan.advance"])
    plan[: len(amounts), 0] = amounts
    return plan


def test_a_staged_drawing_is_within_the_obligation_where_an_advance_may_fill_the_account():
    """6, 6, 4 and 3.5 million: under R-18 as chosen each after the first is above it, since the account is short."""
    plan = staged(6e6, 6e6, 4e6, 3.5e6)
    strict, filling = run(plan__advance=plan), run(plan__advance=plan, fund__fill=1.0)
    assert row(strict, "fund.above_limit")[:4].tolist() == [0, 1, 1, 1]
    # what is not drawn counts with the account; the fourth is stopped by a covenant, not by the balance
    assert row(filling, "fund.above_limit")[:4].tolist() == [0, 0, 0, at(filling, "cov.standing", "1996-09-30")]
    assert at(filling, "fund.limit", "1996-08-31") == 13_500_000


def test_by_need_the_account_is_filled_and_no_more():
    """July 1996, by hand: limbs, the month's capital and fee, less the note's proceeds."""
    inputs, _ = case.inputs()
    capex = inputs["plan.capex"][:, 0]
    v = run(fund__by_need=1.0, fund__fill=1.0)
    fee = 19_500_000 * 0.005 * (31 + 30 + 31) / 360  # of August to October, at most
    minimum = 1_500_000 + 250_000 + capex[1:4].sum() + fee
    assert at(v, "fund.advance", "1996-07-31") == pytest.approx(minimum + capex[0] + 292_500 - 2_500_000)
    assert row(v, "fund.advance").sum() <= 19_500_000
    drawn = np.flatnonzero(row(v, "fund.advance"))
    assert len(drawn) > 1
    assert row(v, "proceeds.short")[drawn[:-1]].max() == 0  # until the credit is used up
    assert v["alert.advance"] == 0


# ---- readings that decide a covenant (audit: medium) ---------------------------------------------------------------


def test_the_current_ratio_under_each_reading_of_the_account():
    v = run()
    tested = row(v, "cov.test") == 1
    keys = ("bal.current_assets", "bal.account", "proceeds.minimum")
    assets, account, minimum = (row(v, key)[tested] for key in keys)
    liabilities = row(v, "bal.current_liabilities")[tested]
    for key, less in (("all", 0), ("above", np.minimum(account, minimum)), ("none", account)):
        ratio = (assets - less) / liabilities
        assert v[f"cov.fails_{key}"] == (ratio < 2).sum()
        assert v[f"cov.lowest_{key}"] == pytest.approx(ratio.min())
    assert v["cov.fails_none"] >= 15 > v["cov.fails_all"] == 0


@pytest.mark.parametrize("counts", ["all", "above the minimum", "none"])
def test_the_reading_in_use_decides_the_test(counts):
    v = run(cov__account_counts=counts)
    key = {"all": "all", "above the minimum": "above", "none": "none"}[counts]
    broken = row(v, "cov.test") * (row(v, "cov.ratio_ok") == 0)
    assert broken.sum() == v[f"cov.fails_{key}"]
    assert v["check.covenants"] == 0
