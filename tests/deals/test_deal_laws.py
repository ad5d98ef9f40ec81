"""Laws that every deal's workbook holds, whatever its clauses: shown on deals drawn at random."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from random_deals import deals, entries, ledgers

from lender_model.calculator import calculate
from lender_model.compose.model import compose

CENT = 0.01


def months(values, key):
    """A line's months; a dash counts as nothing."""
    return np.array([x if isinstance(x, float) else 0.0 for x in np.ravel(values[key]).tolist()])


def before(values, key):
    """A line's openings: at the start, then each month before."""
    return np.concatenate([[float(np.ravel(values[f"{key}@start"])[0])], months(values, key)[:-1]])


@settings(max_examples=14, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(deals())
def test_laws(folder):
    model = compose(folder)
    holds(folder, calculate(model.book, model.inputs), model)


@settings(max_examples=14, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(deals().flatmap(lambda folder: st.tuples(st.just(folder), ledgers(folder))))
def test_laws_whatever_the_banks_report(drawn):
    """The same laws, and those of a ledger: what it reports is paid, what it does not stays owed."""
    folder, (as_of, rows) = drawn
    model = compose(folder)
    v = calculate(model.book, model.inputs | {"cover.as_of": as_of} | entries(model, *rows))
    holds(folder, v, model)
    for tranche in folder.deal.tranche:
        follows_the_ledger(v, tranche)


def follows_the_ledger(v, tranche):
    t, k = tranche.key, f"tranche.{tranche.key}"
    reported = months(v, f"{k}.reported") == 1
    kinds = ("principal", "interest", "prepaid", "waived", "put_off")
    told = sum(months(v, f"{k}.ledger.{kind}") for kind in kinds)
    assert not told[~reported].any()
    claims = [f"{kind}.{t}" for kind in ("arrears", "interest", "principal", "prepayment")]
    lines = [key for key in v if any(key == f"wf.{c}_paid" or key.startswith(f"wf.{c}_from_") for c in claims)]
    cash = sum(months(v, key) for key in (*lines, f"arrears.{t}_others", f"wf.prepayment.{t}_others") if "@" not in key)
    settled = cash + months(v, f"{k}.ledger.waived_due") + months(v, f"{k}.ledger.put_off_due")
    assert np.allclose(settled[reported], (told - months(v, f"{k}.ledger.over"))[reported], atol=CENT)
    owed = months(v, f"arrears.{t}_open") + months(v, f"arrears.{t}_interest")
    owed = owed + months(v, f"{k}.interest_due") + months(v, f"{k}.repayment")
    early = months(v, f"wf.prepayment.{t}_paid") + months(v, f"wf.prepayment.{t}_others")
    assert np.allclose(owed - (settled - early), months(v, f"arrears.{t}"), atol=CENT)  # nothing owed is lost
    principal = months(v, f"arrears.{t}_principal")
    assert (principal >= 0).all()
    assert (principal <= months(v, f"arrears.{t}") + CENT).all()
    after = months(v, f"{k}.after") == 1
    assert not months(v, f"wf.arrears.{t}_paid")[after].any()  # arrears stand until they are reported paid


def holds(folder, v, model):
    """The laws of every deal."""
    wrong = {
        row.key: v[row.key]
        for sheet in model.book.sheets
        for row in sheet.rows
        if row.key.startswith("check.") and v[row.key] != 0
    }
    assert not wrong
    assert v["checks.ok"] == 1
    deal = folder.deal
    for tranche in deal.tranche:
        k = f"tranche.{tranche.key}"
        added = months(v, f"{k}.capitalised") if f"{k}.capitalised" in v else 0.0
        prepaid = months(v, f"{k}.prepaid") if f"{k}.prepaid" in v else 0.0
        again = months(v, f"{k}.exchange_principal") if tranche.currency else 0.0
        change = (
            again
            + months(v, f"{k}.drawn")
            + added
            - months(v, f"{k}.repayment")
            - prepaid
            + months(v, f"{k}.ledger.put_off_due")
        )
        assert np.allclose(
            before(v, f"{k}.closing") + change, months(v, f"{k}.closing"), atol=CENT
        )  # principal is conserved
        assert (months(v, f"{k}.closing") >= -CENT).all()
        if tranche.draw.rank is not None and tranche.kind != "revolver":
            own = months(v, f"{k}.own_drawn" if tranche.currency else f"{k}.drawn")
            assert own.sum() <= tranche.commitment + CENT
        if tranche.currency:
            owed = months(v, f"{k}.own_closing") * months(v, f"market.{tranche.currency}")
            assert np.allclose(owed, months(v, f"{k}.closing"), atol=CENT)  # its own currency at the month's rate
        last = [end >= tranche.final for end in folder.case.ends]
        assert (
            np.where(last, months(v, f"{k}.closing") - months(v, f"{k}.later"), 0.0) <= CENT
        ).all()  # nothing is owed after the final maturity but what was put off then
    for letter in deal.letter:
        assert (months(v, f"letter.{letter.key}.issued") <= letter.limit + CENT).all()
    for loan in deal.gold_loan:
        g = f"gold_loan.{loan.key}"
        ounces = months(v, f"{g}.added").sum() - months(v, f"{g}.repaid").sum()
        assert months(v, f"{g}.closing")[-1] == pytest.approx(ounces, abs=1e-6)  # no ounce is made
    for royalty in deal.royalty:
        if royalty.most is not None:
            assert months(v, f"royalty.{royalty.key}.due").sum() <= royalty.most + CENT
    cash_in = sum(months(v, key) for key in v if key.startswith("wf.in.") and "@" not in key)
    paid = sum(months(v, key) for key in v if key.startswith("wf.") and key.endswith("_paid"))
    assert np.allclose(
        before(v, "cash.closing") + cash_in - paid - months(v, "wf.distribution"), months(v, "cash.closing"), atol=CENT
    )  # no cash is made
    assert (months(v, "cash.closing") >= -CENT).all()
    shown = np.ravel(v["cal.total@across"]).astype(float)
    ahead = months(v, "debt.service")[np.ravel(v["time.end"]) > v["cover.as_of"]][: len(shown)]
    ahead = np.append(ahead, np.zeros(len(shown) - len(ahead)))  # after the last month nothing falls due
    assert np.allclose(shown[1:], ahead[1:], atol=CENT)  # the calendar has every payment once
    assert shown[0] <= ahead[0] + CENT  # and not what fell due in a month that has begun
    if v["cover.as_of"] in v["time.end"]:
        assert shown[0] == pytest.approx(ahead[0], abs=CENT)
    assert np.allclose(
        months(v, "balance.assets") - months(v, "balance.liabilities"), months(v, "balance.equity"), atol=1.0
    )
    provided = sum(
        (months(v, key) for key in v if key.startswith("fund.") and key.endswith(".provided")),
        np.zeros(len(folder.case.ends)),
    )
    assert np.allclose(provided + months(v, "fund.unfunded"), months(v, "fund.need"), atol=CENT)  # sources equal uses
