"""What a workbook's sheet Risk looks at: which events, figures, tests and moves, and the lines that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Names = Sequence[tuple[str, str]]
"""Keys and labels."""
Figures = Sequence[tuple[str, str, str]]
"""Keys, labels and units."""


@dataclass(frozen=True)
class Study:
    """The parts of a sheet Risk; a workbook holds a line ``risk.…`` for each.

    Args:
        events: what can happen on a path; ``risk.first_<key>`` is the first month, counted from 1.
        figures: single figures whose percentiles are wanted.
        fans: lines whose percentiles by month are wanted.
        measures: figures that the tornado measures.
        moves: inputs that the tornado moves.
        tests: tests whose break-evens are wanted; ``risk.fails_<key>`` flags the months in which one fails.
        levers: inputs that break-evens move.
        uncertain: what is drawn once for a path.
        lines: the workbook's own line of each fan.
        single: the workbook's own figure of each figure and measure.
        titles: title and number format of each fan's chart.
        harmful: levers that do harm as they rise; the others do as they fall.
        settled: lines of what happened, with the lines that hold what the plan says where these are blank.
        states: lines that say what was reported, which what is settled leaves as they are.
        published: lines of prices that have been published since, by fan.
        ranked: the measure by whose swing the tornado's moves are ranked.
        open_ended: fans of which a path that has no figure is better than any other, as one that owes nothing any more.
        currency: of the amounts.
        in_millions: whether tables in the terminal have amounts in millions.
    """

    events: Names
    figures: Figures
    fans: Figures
    measures: Figures
    moves: Names
    tests: Names
    levers: Figures
    uncertain: Figures
    lines: Mapping[str, str]
    single: Mapping[str, str]
    titles: Mapping[str, tuple[str, str]]
    harmful: frozenset[str] = frozenset({"costs", "delay"})
    settled: Mapping[str, str] = field(default_factory=dict)
    states: Sequence[str] = ()
    published: Mapping[str, str] = field(default_factory=dict)
    ranked: str = "llcr"
    open_ended: frozenset[str] = frozenset()
    currency: str = "US$"
    in_millions: bool = False

    @property
    def outputs(self) -> list[str]:
        """Keys of what a path gives: first months of the events, figures, and lines of the fans."""
        return [
            *(f"risk.first_{key}" for key, _ in self.events),
            *(self.single[key] for key, *_ in self.figures),
            *(self.lines[key] for key, *_ in self.fans),
        ]
