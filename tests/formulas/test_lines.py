"""Cells that say the same are one line; the order follows from what they read; circles."""

import itertools

import pytest

from lender_model.formulas.lines import Formula, Lines
from lender_model.formulas.order import components, plan
from lender_model.formulas.syntax import Area, Cell, parse, split


def lines_of(cells):
    at = {Cell("S", *split(reference)): formula for reference, formula in cells.items()}
    return Lines(Formula(cell, parse(formula, cell)) for cell, formula in at.items())


def areas(lines):
    return sorted(str(line.area) for line in lines)


def test_neighbours_that_say_the_same_are_one_line():
    row = {f"{c}2": f"={c}1*2" for c in "BCD"} | {"E2": "=E1*3", "F2": "=F1*2"}
    assert areas(lines_of(row)) == ["S!B2:D2", "S!E2", "S!F2"]
    assert areas(lines_of({f"B{r}": f"=A{r}+1" for r in range(1, 13)})) == ["S!B1:B12"]
    assert len(lines_of({f"B{r}": f"=A{r}+1" for r in range(1, 5)})) == 4


def test_what_a_line_reads():
    lines = lines_of({f"{c}2": f"={p}2+{c}1+SUM($B$1:$D$1)" for p, c in itertools.pairwise("ABCD")})
    [line] = lines
    steps = {(str(read.area), read.step) for read in lines.reads(line)}
    assert steps == {("S!A2:C2", -1), ("S!B1:D1", 0), ("S!B1:D1", None)}
    assert lines.at(Cell("S", 1, 2)) is line
    assert lines.at(Cell("S", 0, 2)) is lines.at(Cell("Gone", 0, 0)) is None


def test_what_one_needs_comes_first():
    lines = lines_of({"A1": "=B1", "B1": "=C1+D1", "C1": "=D1", "D1": "=1"})
    order = [str(step.lines[0].area) for step in plan(lines).steps]
    assert order == ["S!D1", "S!C1", "S!B1", "S!A1"]


def test_a_corkscrew_goes_month_by_month():
    cells = {}
    for before, month in itertools.pairwise("ABCDE"):
        cells |= {f"{month}1": f"={before}3", f"{month}2": f"={month}1*0.1", f"{month}3": f"={month}1-{month}2"}
    [step] = plan(lines_of(cells)).steps
    assert step.by_month
    assert [line.area.top for line in step.lines] == [0, 1, 2]


def test_what_needs_part_of_a_line_each_goes_cell_by_cell():
    """A share of what was summed so far is no recursion from month to month, and no circle either."""
    cells = {f"{c}2": f"=SUM($A$1:{p}1)" for p, c in itertools.pairwise("ABCD")}
    cells |= {f"{c}1": f"={c}2+1" for c in "BCD"} | {"A1": "=1"}
    found = plan(lines_of(cells))
    assert not found.refused
    assert not any(step.by_month for step in found.steps)


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ({"A1": "=A1+1"}, {"S!A1"}),
        ({"A1": "=B1", "B1": "=C1", "C1": "=A1"}, {"S!A1", "S!B1", "S!C1"}),
        ({"A1": "=SUM(A1:A3)"}, {"S!A1"}),
        ({"B1": "=C1", "C1": "=D1", "D1": "=B1+1"}, {"S!B1", "S!C1", "S!D1"}),
    ],
)
def test_a_true_circle_names_its_cells(cells, named):
    found = plan(lines_of(cells | {"Z9": "=A1", "Y9": "=5"}))
    why = " ".join(found.refused.values())
    assert "is circular" in why
    assert all(cell in why for cell in named)
    calculated = {str(cell) for step in found.steps for line in step.lines for cell in line.cells()}
    assert "S!Y9" in calculated
    assert not named & calculated
    assert ("S!Z9" in calculated) == ("S!A1" not in named)


def test_components_come_in_order_of_need():
    graph = [[1], [2, 3], [1], [4], [], [0, 4]]
    found = components(graph)
    assert sorted(map(sorted, found)) == [[0], [1, 2], [3], [4], [5]]
    seen = set()
    for group in found:
        assert all(need in seen or need in group for node in group for need in graph[node])
        seen.update(group)


def test_a_row_of_ten_thousand_needs_no_recursion():
    assert len(components([[n + 1] for n in range(9_999)] + [[]])) == 10_000


def test_areas_know_their_cells():
    assert (Area("S", 0, 0, 1, 2).cells, str(Area("S", 0, 0, 1, 2))) == (6, "S!A1:C2")
