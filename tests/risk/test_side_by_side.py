"""What the model needs for many scenarios at once: sums over a further axis, and the sponsor's return."""

import numpy as np
import numpy_financial as npf
import pytest

from drawstop.core import proceeds
from lender_model.sheets.ratios import yearly_return
from lender_model.sheets.twins import actual_or, at_distinct, carried, rolled, shared, summed

DATES = np.arange("1996-08", "1998-08", dtype="datetime64[M]").astype("datetime64[D]") - np.timedelta64(1, "D")


def test_sums_ahead_of_several_series_are_those_of_each():
    flows = np.random.default_rng(1).normal(0, 1e6, (24, 5))
    due = proceeds.due_within(DATES, DATES, flows, months=3)
    value = proceeds.present_value(DATES, DATES, flows, rate=0.1, last=DATES[20])
    for k in range(5):
        assert due[:, k] == pytest.approx(proceeds.due_within(DATES, DATES, flows[:, k], months=3), rel=1e-12)
        alone = proceeds.present_value(DATES, DATES, flows[:, k], rate=0.1, last=DATES[20])
        assert value[:, k] == pytest.approx(alone, rel=1e-9)
    assert due[4].tolist() == pytest.approx(flows[5:8].sum(axis=0).tolist())
    by_hand = sum(flows[t, 2] * 1.1 ** (-(DATES[t] - DATES[9]).astype(int) / 365) for t in range(10, 21))
    assert value[9, 2] == pytest.approx(by_hand, rel=1e-12)


def test_the_return_makes_the_flows_worth_nothing():
    rng = np.random.default_rng(2)
    flows = np.vstack([-rng.uniform(1e6, 2e7, (3, 400)), rng.uniform(-2e5, 1.2e6, (60, 400))])
    rates = yearly_return(flows, 12.0)
    exists = flows.sum(axis=0) > 0
    assert 50 < exists.sum() < 400
    assert np.isnan(rates).tolist() == (~exists).tolist()
    monthly = (1 + rates[exists]) ** (1 / 12) - 1
    worth = (flows[:, exists] * (1 + monthly) ** -np.arange(63.0)[:, None]).sum(axis=0)
    assert np.abs(worth).max() < 1e-3  # of ten million
    for k in np.flatnonzero(exists)[:20]:
        assert rates[k] == pytest.approx((1 + npf.irr(flows[:, k])) ** 12 - 1, rel=1e-9)


def test_a_return_out_of_the_ordinary():
    """Paid back twentyfold within a month; nothing put in at all; nothing at all."""
    flows = np.array([[-1.0, 5.0, 0.0], [20.0, 1.0, 0.0]])
    assert yearly_return(flows, 1.0) == pytest.approx([19.0, np.nan, np.nan], nan_ok=True)


def test_balances_month_by_month():
    flows = np.random.default_rng(3).normal(size=(90, 4))
    for rows in (flows, flows[:, :1]):
        assert summed(rows) == pytest.approx(np.cumsum(rows, axis=0), rel=1e-12)
        opening, closing = rolled(rows, 7.0)
        assert closing[-1] == pytest.approx(7.0 + rows.sum(axis=0))
        assert opening == pytest.approx(np.vstack([np.full((1, rows.shape[1]), 7.0), closing[:-1]]))
    opening, closing = carried(lambda balance, t: 0.5 * balance + flows[t], flows.shape)
    assert np.all(opening[0] == 0)
    assert np.all(opening[1:] == closing[:-1])
    assert closing[2] == pytest.approx(flows[2] + 0.5 * flows[1] + 0.25 * flows[0])


def test_one_column_where_all_agree():
    rows = np.array([[1.0, 1.0], [2.0, 2.0]])
    assert shared(rows).tolist() == [[1.0], [2.0]]
    assert shared(np.array([[1.0, 1.0], [2.0, 3.0]])).shape == (2, 2)


def test_a_line_for_each_different_date():
    calls = []

    def line(dates):
        calls.append(len(dates))
        return (DATES[:, None] >= dates) * 1.0

    completion = DATES[[5, 9, 5, 5]]
    assert at_distinct(completion, line).tolist() == line(completion).tolist()
    assert calls[0] == 2
    assert at_distinct(DATES[5], line).shape == (24, 1)


def test_actual_figures_in_every_scenario():
    v = {"time.actual": np.array([[1.0], [1.0], [0.0]]), "actual.x": np.array([[5.0], [np.nan], [7.0]])}
    plan = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert actual_or(v, "actual.x", plan).tolist() == [[5.0, 5.0], [3.0, 4.0], [5.0, 6.0]]
    assert actual_or(v, "actual.x", 9.0).tolist() == [[5.0], [9.0], [9.0]]
