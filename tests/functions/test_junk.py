"""A few thousand of the calls that ``tests/junk.py`` makes by the hundred thousand."""

import runpy
from pathlib import Path

import pytest

from drawstop.functions import FUNCTIONS

JUNK = runpy.run_path(str(Path(__file__).parents[1] / "junk.py"))


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_junk_ends_in_an_answer_or_an_error(seed):
    counts, failures, _ = JUNK["run"](1500, seed)
    assert failures == []
    assert counts["answer"] > 300
    assert counts["#VALUE!"] > 300
    assert counts["#NUM!"] > 30


def test_every_function_is_called():
    rng = JUNK["random"].Random(1)
    assert {JUNK["call"](rng)[0] for _ in range(2000)} == set(FUNCTIONS)


@pytest.mark.parametrize(
    "answer",
    [None, 1, float("nan"), float("inf"), [], [[]], [1.0], [[1.0], [1.0, 2.0]], [[None]], [[[1.0]]], (1.0,)],
)
def test_what_is_not_an_answer(answer):
    assert not JUNK["is_answer"](answer)


def test_a_bare_code_and_no_exception_in_a_cell():
    """As a host calls: an error cell, or the code of the error the same call raises."""
    rng = JUNK["random"].Random(14)
    for _ in range(500):
        name, arguments = JUNK["call"](rng)
        end = JUNK["outcome"](name, arguments)
        answer = FUNCTIONS[name].in_cell(*arguments)
        assert JUNK["is_answer"](answer)
        assert end in ("answer", answer)
