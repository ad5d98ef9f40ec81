"""The errors that docstrings list, which the reference shows, are those that occur: each in a call, in its words."""

import datetime as dt
import re

import pytest
from tests.functions.test_errors import WRONG
from tests.functions.test_todays_errors import WRONG as WRONG_TODAY

from drawstop.functions import FUNCTIONS, CellError, reference

D95, D96, D97, D98 = (dt.date(year, 1, 1) for year in (1995, 1996, 1997, 1998))
MANY = [D96 + dt.timedelta(days=n) for n in range(1001)]
ONES = [[day, 1] for day in MANY]
LIBOR = [[D95, 0.05]]

CALLS = [
    *((name, arguments) for name, arguments, *_ in (*WRONG, *WRONG_TODAY)),
    ("COMPLETION_DATE", (D96, D96, D96, D96, None, True)),
    ("CURRENT_RATIO", (1, 0)),
    ("LIABILITIES_RATIO", (1, 0)),
    ("COMMITMENT_FEE", (2, 1, D97, D96)),
    ("COMMITMENT_FEE", (1, 2, D96, D97)),
    ("INSTALMENT_DATES", (None, None, [None, None])),
    ("INSTALMENTS", (1, MANY)),
    ("INSTALMENTS", (1, [D97], "custom")),
    ("INSTALMENTS", (1, [D97], "custom", None, None, [0.5])),
    ("INSTALMENTS", (1, [D97], "level", None, 0.05)),
    ("INSTALMENTS", (1, [dt.date(2010, 1, 1), dt.date(2010, 1, 2)], "level", D96, 1)),
    ("LOAN_SCHEDULE", ([[D96, 1]], ONES, LIBOR)),
    ("LOAN_SCHEDULE", ([[D96, 1]], [[D97, 2]], LIBOR)),
    ("LOAN_SCHEDULE", ([[D96, 1]], [[None, None]], LIBOR)),
    ("LOAN_SCHEDULE", ([[D96, 1], [D98, 1]], [[D97, 1]], LIBOR)),
    ("AVERAGE_LIFE", (D98, [D97], [1])),
    ("GOLD_LOAN_INTEREST", (1, D97, D96, 0.05)),
    ("GOLD_FORWARD", (300, 0.05, -0.5, 720)),
    ("COVENANT_HEADROOM", (1,)),
    ("FORCED_CONVERSION", ([D97], [1])),
    ("CONVERSION_PRICE_DILUTED", (3, 0, 0, 1)),
    ("DILUTION", (0, 0)),
    ("CONVERTIBLE_VALUE", (1, [[1] * 30], 0.5, 1, 0.05, 0.05, 0.05, 1, 1, None, 0, 5000)),
    ("NOTE_INTEREST", (D97, D96, 0.05)),
    ("NET_RETURNS", ([[1, 2]], [[1, 2, 3]] * 2)),
    ("NET_RETURNS", (1, [[1e308, 1e308]])),
    ("PRODUCTION_DEADLINE", (3,)),
    ("OWNERSHIP", (0, 0)),
    ("OWNERSHIP", (2, 1)),
    ("PAYMENT_DATES", (dt.date(1900, 1, 31), dt.date(2100, 1, 31), 1)),
    ("DSCR", (1, 0)),
    ("LLCR", (D96, [D97], [1], 0.1, 0, D97)),
    ("LLCR", (D96, [D97], [1], 0.1, 1, D95)),
    ("PLCR", (D96, [D97], [1], 0.1, 0)),
    ("RESERVE_TAIL", (D96, [D97], [0])),
    ("TRANCHE_SCHEDULE", ([[D96, 1]], ONES, LIBOR, [D98])),
    ("TRANCHE_SCHEDULE", ([[D96, 1]], [[D97, "balance"]], LIBOR, MANY)),
    ("TRANCHE_SCHEDULE", ([[D96, 1]], [[dt.date(1990, 1, 1), 1]], LIBOR, [D97])),
    ("SCULPTED_DEBT", (D95, MANY, [1] * len(MANY), 0.05, 1)),
]  # fmt: skip
NEVER = {("TRANCHE_SCHEDULE", "rates", "the result has more than 1,048,576 cells")}  # a range holds fewer dates


def is_listed(error, listed):
    """Whether an error that occurred is the one listed."""
    pattern = ".*".join(map(re.escape, listed.message.split("…")))
    same = (error.code, error.argument) == (listed.code, listed.argument)
    return same and re.search(f"{pattern}$", error.message)


def error_of(name, arguments):
    with pytest.raises(CellError) as caught:
        FUNCTIONS[name](*arguments)
    return caught.value


@pytest.fixture(scope="module")
def caught():
    return [(name, error_of(name, arguments)) for name, arguments in CALLS]


LISTED = [(name, listed) for name in FUNCTIONS for listed in reference.errors(FUNCTIONS[name])]


@pytest.mark.parametrize(("name", "listed"), LISTED, ids=lambda value: str(value)[:60])
def test_a_listed_error_occurs(caught, name, listed):
    if (name, listed.argument, listed.message) not in NEVER:
        assert any(is_listed(error, listed) for called, error in caught if called == name)


def test_most_functions_list_an_error():
    assert len({name for name, _ in LISTED}) > len(FUNCTIONS) / 3
