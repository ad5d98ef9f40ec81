"""Receivables, payables and ore on the pad: cash comes later than income, and the pad's cost with its ounces."""

import calendar

import numpy as np
import pytest
from tests.workbook.laws import LAWS

from lender_model import case, model


def run(**changed):
    inputs, _ = case.inputs()
    return model.run(inputs | {key.replace("__", "."): value for key, value in changed.items()})


def row(v, key):
    return v[key][:, 0]


def days(v):
    return np.array([calendar.monthrange(day.year, day.month)[1] for day in row(v, "time.end").astype(object)])


ALL = {"plan__receivable_days": 15.0, "plan__payable_days": 20.0, "plan__pad_asset": 1.0}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_every_law_holds_with_working_capital(law, whole):
    law(whole)


@pytest.fixture(scope="module")
def whole():
    return run(**ALL)


def test_what_is_sold_in_the_last_days_of_a_month_is_paid_in_the_next(whole):
    owed = row(whole, "ops.net_returns") * 15 / days(whole)
    expected = row(whole, "ops.net_returns") - np.diff(owed, prepend=0.0)
    assert row(whole, "fund.receipts") == pytest.approx(expected, abs=0.01)
    assert row(whole, "bal.receivables")[2:] == pytest.approx(owed[2:], abs=0.01)
    received = row(whole, "fund.receipts").sum() + owed[-1]
    assert received == pytest.approx(row(whole, "ops.net_returns").sum())  # nothing is lost


def test_suppliers_lend_for_the_days_of_payables(whole):
    owed = row(whole, "ops.cost") * 20 / days(whole)
    assert row(whole, "ops.cost_paid") == pytest.approx(row(whole, "ops.cost") - np.diff(owed, prepend=0.0), abs=0.01)
    assert row(whole, "bal.creditors")[2:] == pytest.approx(owed[2:], abs=0.01)


def test_the_pads_cost_leaves_with_its_ounces(whole):
    """Of the cost of stacking, as much stays as of the ounces; at the end nothing worth a thousandth is left."""
    spent, cost = row(whole, "ops.cost") - row(whole, "ops.site"), 0.0
    there = row(whole, "ops.pad_open") + row(whole, "ops.placed")
    for t in range(model.MONTHS):
        share = row(whole, "ops.pad_close")[t] / there[t] if there[t] else 0.0
        cost = (cost + max(0.0, spent[t])) * share
        assert row(whole, "ops.pad_cost")[t] == pytest.approx(cost, abs=0.01), t
    assert row(whole, "bal.pad").max() > 1e6
    assert cost < spent.sum() / 1000


def test_the_ore_on_the_pad_is_an_asset_and_no_cash(whole):
    without = run(**ALL | {"plan__pad_asset": 0.0})
    assert np.array_equal(row(whole, "proceeds.closing"), row(without, "proceeds.closing"))
    more = row(whole, "bal.current_assets") - row(without, "bal.current_assets")
    assert more == pytest.approx(row(whole, "bal.pad"), abs=0.01)
    opening = row(whole, "bal.pad")[2]  # in the equity of the first balance sheet
    income = (row(whole, "bal.income") - row(without, "bal.income")).sum()
    assert income == pytest.approx(row(whole, "bal.pad")[-1] - opening, abs=0.01)


def test_without_days_everything_is_paid_at_once():
    v = run()
    assert np.array_equal(row(v, "ops.received"), row(v, "ops.net_returns"))
    assert np.array_equal(row(v, "ops.cost_paid"), row(v, "ops.cost"))
    assert row(v, "bal.pad").max() == 0
