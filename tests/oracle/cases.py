"""The cases in which every figure of the model is compared with the oracle's."""

from __future__ import annotations

import random
from collections.abc import Callable

from . import changes, story
from .given import SCENARIOS, Given

DATES = ("1996-09-30", "1997-03-15", "1997-11-17", "1999-02-28")
TOGETHER = (
    ("1996-09-30", "Low price + Late completion"), ("1996-07-31", "Late completion + Drought + Low price"),
    ("1997-03-15", "Combined downside + High cost"), ("1997-11-17", "Last price held + Tight funding + Unhedged"),
    ("1996-09-30", "Drought + Base"),
)  # fmt: skip
"""Several scenarios at once; the order of their names does not matter."""
RANDOM = 32
SELDOM: tuple[Callable[[Given], Given], ...] = (
    changes.late, changes.never, changes.poor, changes.cured,
    story.to_the_end_of_1997, story.accelerated, story.unpaid, story.drought, story.put_off,
    story.contribution_missed_at_completion, story.penniless, story.watched, story.safe,
    story.waived, story.in_gold,
)  # fmt: skip
"""What seldom comes by chance."""


def by_chance(base: Given, seed: int) -> Given:
    """Random inputs, the same for the same seed."""
    return changes.changed(base, random.Random(seed))  # noqa: S311 - not for secrets


def every(base: Given) -> list[Given]:
    """All of them; first those in which most happens."""
    seldom = [case_of(base) for case_of in SELDOM]
    random_ones = [by_chance(base, seed) for seed in range(RANDOM)]
    dated = [*TOGETHER, *((as_of, name) for as_of in DATES for name in SCENARIOS)]
    return [*seldom, *random_ones, *(changes.named(base, as_of, name) for as_of, name in dated)]
