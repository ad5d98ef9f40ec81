"""The compiler's changes to trees before they become expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lender_model.formulas.syntax import At, Call, Constant, Node, Ref, replaced, walk


def refs(node: Node) -> Iterator[Ref]:
    """The references in a formula."""
    return (part for part in walk(node) if isinstance(part, Ref))


def factors(node: Node, *, below: bool = False) -> Iterator[tuple[Node, bool]]:
    """The factors of a product, each with whether it divides."""
    if isinstance(node, Call) and node.name == "IF" and node.args[2:] == (Constant(0.0),) and not below:
        yield Call("IF", (node.args[0], Constant(1.0), Constant(0.0))), False
        yield from factors(node.args[1])
    elif isinstance(node, Call) and node.name in {"*", "/"}:
        yield from factors(node.args[0], below=below)
        yield from factors(node.args[1], below=below != (node.name == "/"))
    else:
        yield node, below


def product(nodes: Sequence[Node]) -> Node:
    """Factors as one expression."""
    out = nodes[0]
    for node in nodes[1:]:
        out = Call("*", (out, node))
    return out


def pick(k: int, width: int, *, along: bool) -> Callable[[Node], Node]:
    """Replaces a range by its k-th row or cell."""

    def picked(node: Node) -> Node:
        if not isinstance(node, Ref) or node.is_cell:
            return node
        down, across = (k, 0) if along else divmod(k, width)
        top, left = (At(at.number + n, at.relative) for at, n in ((node.top, down), (node.left, across)))
        return Ref(node.sheet, top, left, top, node.right if along else left)

    return picked


def sized(tree: Node) -> Node:
    """The tree with the number of a range's columns or rows, which does not depend on its figures."""

    def change(node: Node) -> Node:
        if isinstance(node, Call) and node.name in {"COLUMNS", "ROWS"} and isinstance(node.args[0], Ref):
            area = node.args[0].area(0, 0)
            return Constant(1.0 + (area.right - area.left if node.name == "COLUMNS" else area.bottom - area.top))
        return node

    return replaced(tree, change)


def numbered(tree: Node, k: int) -> Node:
    """The tree of an array formula's k-th cell: INSTALMENTS gives its k-th there."""

    def change(node: Node) -> Node:
        is_list = isinstance(node, Call) and node.name == "INSTALMENTS"
        return Call("ELEMENT", (Constant(float(k)), node)) if is_list else node

    return replaced(tree, change)
