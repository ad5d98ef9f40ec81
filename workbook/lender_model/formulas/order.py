"""The order in which lines are calculated: dependencies first; a circle over time month by month."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lender_model.formulas.lines import Line, Lines
from lender_model.formulas.syntax import Area, Cell


@dataclass(frozen=True)
class Step:
    """Lines that are calculated together.

    Attributes:
        lines: one line; or those of a circle, in their order within a month.
        by_month: whether they are calculated month by month, since each needs another's previous month.
    """

    lines: tuple[Line, ...]
    by_month: bool = False


@dataclass
class Plan:
    """The steps of a workbook in order, and what cannot be calculated.

    Attributes:
        steps: each depends only on those before it.
        refused: by number of a line, why its formula cannot be calculated.
        stale: numbers of the lines that depend on one of these, and cannot be calculated either.
    """

    steps: list[Step] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    stale: set[int] = field(default_factory=set)


def plan(lines: Lines, refusal: Callable[[Line], str | None] = lambda _: None) -> Plan:
    """The steps in which a workbook's lines are calculated.

    Args:
        lines: of the workbook.
        refusal: says why a line cannot be calculated; None where it can.
    """
    out = Plan()
    graph = lines.graph
    for line in lines:
        if why := refusal(line):
            out.refused[line.number] = why
    lost = set(out.refused)
    for group in components(graph):
        if lost.intersection(group) or any(lost.intersection(graph[number]) for number in group):
            out.stale.update(set(group) - out.refused.keys())
            lost.update(group)
        elif len(group) == 1 and group[0] not in graph[group[0]]:
            out.steps.append(Step((lines[group[0]],)))
        elif ordered := _by_month(lines, group):
            out.steps.append(Step(ordered, by_month=True))
        else:
            steps, circle = _cell_by_cell(lines, group)
            if circle:
                why = "is circular: " + " needs ".join(map(str, [*circle, circle[0]]))
                out.refused |= dict.fromkeys(sorted(group), why)
                lost.update(group)
            else:
                out.steps += steps
    return out


def _by_month(lines: Lines, group: Sequence[int]) -> tuple[Line, ...] | None:
    """The lines of a circle in order within a month; None if a month depends on a later one, or on a whole line."""
    members = [lines[number] for number in group]
    inside = set(group)
    if any(line.is_array or line.down != members[0].down for line in members):
        return None
    same: dict[int, list[int]] = {}
    for line in members:
        same[line.number] = []
        for read in lines.reads(line):
            within = inside.intersection(read.lines)
            if not within:
                continue
            if read.step is None or read.step > 0:
                return None
            if read.step == 0:
                same[line.number] += sorted(within)
    index = {number: i for i, number in enumerate(same)}
    parts = components([[index[n] for n in needs] for needs in same.values()])
    ordered = [part[0] for part in parts]
    loops = any(len(part) > 1 for part in parts) or any(number in needs for number, needs in same.items())
    return None if loops else tuple(members[i] for i in ordered)


def _cell_by_cell(lines: Lines, group: Sequence[int]) -> tuple[list[Step], list[Cell]]:
    """The cells of a circle's lines one after another; or the cells that form a true circle."""
    parts: list[Line] = []
    owner: dict[str, NDArray[np.int64]] = {}
    for number in group:
        whole = lines[number]
        places = owner.setdefault(whole.area.sheet, np.full(lines.size[whole.area.sheet], -1))
        for area in [whole.area] if whole.is_array else [Area(*c, *c[1:]) for c in whole.cells()]:
            places[area.top : area.bottom + 1, area.left : area.right + 1] = len(parts)
            parts.append(Line(number, area, whole.tree, whole.is_array))
    graph = [sorted({n for read in lines.reads(part) for n in _parts_in(read.area, owner)}) for part in parts]
    steps = []
    for found in components(graph):
        if len(found) > 1 or found[0] in graph[found[0]]:
            return [], [next(parts[n].cells()) for n in _circle(graph, found)]
        steps.append(Step((parts[found[0]],)))
    return steps, []


def _parts_in(area: Area, owner: Mapping[str, NDArray[np.int64]]) -> list[int]:
    """The parts of a circle that have cells in an area."""
    if area.sheet not in owner:
        return []
    found = owner[area.sheet][max(0, area.top) : area.bottom + 1, max(0, area.left) : area.right + 1]
    return [n for n in np.unique(found).tolist() if n >= 0]


def _circle(graph: Sequence[Sequence[int]], group: Sequence[int]) -> list[int]:
    """One way round within a component."""
    inside, path = set(group), [group[0]]
    while True:
        following = next(n for n in graph[path[-1]] if n in inside)
        if following in path:
            return path[path.index(following) :]
        path.append(following)


def components(graph: Sequence[Sequence[int]]) -> list[list[int]]:
    """Strongly connected components, dependencies first (R. Tarjan, 1972), without recursion.

    >>> components([[1], [2], [1], [0]])
    [[2, 1], [0], [3]]
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    open_, stack, out = set[int](), list[int](), list[list[int]]()
    for root in range(len(graph)):
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        open_.add(root)
        work = [(root, iter(graph[root]))]
        while work:
            node, children = work[-1]
            for child in children:
                if child not in index:
                    index[child] = low[child] = len(index)
                    stack.append(child)
                    open_.add(child)
                    work.append((child, iter(graph[child])))
                    break
                if child in open_:
                    low[node] = min(low[node], index[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group = [stack.pop()]
                    while group[-1] != node:
                        group.append(stack.pop())
                    open_.difference_update(group)
                    out.append(group)
    return out
