"""Sums ahead of many series at once."""

import numpy as np
import pytest

from drawstop.core import proceeds

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
