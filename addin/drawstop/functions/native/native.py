"""One function as a formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

REQUIRED_ORDER = ("end_date>=start_date", "#NUM!")
"""A period must not end before it starts."""


@dataclass(frozen=True)
class Native:
    """A function as a formula over its checked arguments.

    Attributes:
        formula: its result, from arguments by name and a table's columns as ``table_column``.
        requires: conditions on the arguments and the error if one fails, in order.
        terms: names that stand for terms of the facility, and their keys.
        before: arguments that are reshaped before ranges combine, and how.
    """

    formula: str
    requires: tuple[tuple[str, str], ...] = ()
    terms: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
