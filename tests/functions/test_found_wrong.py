"""Figures that independent reviews found wrong: each failed before it was mended."""

import datetime as dt

import pytest

from drawstop import functions as f
from drawstop.functions import CellError

SIGNING = dt.date(1996, 7, 11)


def refusal(function, *arguments):
    """Code and message of the error that a call gives."""
    with pytest.raises(CellError) as caught:
        getattr(f, function)(*arguments)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("liabilities", "equity", "headroom"),
    # 1.75 × max(0, equity) − liabilities: no jump where equity turns negative or liabilities begin
    [(0, -1e6, 0), (1, -1e6, -1), (1, 0, -1), (1, 1, 0.75), (30e6, 16e6, -2e6)],
)
def test_headroom_of_liabilities_is_continuous(liabilities, equity, headroom):
    assert f.HEADROOM_LIABILITIES(liabilities, equity) == headroom
    assert f.COVENANT_LIABILITIES(liabilities, equity) == (headroom >= 0)


def test_a_level_payment_below_the_first_interest():
    # a year at 20 % on 100 is 20; then a debt of 30 years has one payment a month after the first two are over
    dates = [[dt.date(1997, 2, 1)], [dt.date(2027, 1, 1)], [dt.date(2027, 2, 1)]]
    code, message = refusal("INSTALMENTS", 100, dates, "level", dt.date(1997, 1, 1), 0.2)
    assert code == "#NUM!"
    assert "whose interest is more than the level payment" in message


def test_a_level_payment_that_covers_the_interest_stands():
    # 100 at 10 % for a year in one payment: all of it principal
    assert f.INSTALMENTS(100, [[dt.date(1998, 1, 1)]], "level", dt.date(1997, 1, 1), 0.1) == 100


@pytest.mark.parametrize("day", [-1, 0, 1])
def test_maturity_before_the_as_of_date(day):
    as_of = dt.date(1998, 1, 1)
    arguments = (as_of, [dt.date(1999, 1, 1)], [1e6], 0.1, 1e6, as_of + dt.timedelta(day), 5e5)
    if day < 0:
        code, message = refusal("LLCR", *arguments)
        assert code == "#NUM!"
        assert message == "LLCR: maturity 1997-12-31 must not be before as_of"
    else:
        assert f.LLCR(*arguments) == 0.5  # the cash at hand alone


def test_the_day_that_never_was():
    code, message = refusal("MILESTONE", 60, 61)
    assert code == "#NUM!"
    assert message == (
        "MILESTONE: as_of 60 is 29-Feb-1900 to Excel, a day that never was: 59 is 28-Feb-1900, 61 is 1-Mar-1900"
    )
