"""paper: guaranties, security, undertakings and reports: rows of the Certificate, to be ticked and dated."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from drawstop.deal import Key, Ref, Text, When
from drawstop.deal.record import Clause
from lender_model.compose.words import when

EXAMPLE = """
[[paper]]
key = "guaranty"
kind = "guaranty"
title = "The parent guarantees the loan"
who = "Parent"
until = "completion"
"""


class Paper(Clause):
    """A promise that is a sentence."""

    key: Key = Field(title="Key")
    kind: Literal["guaranty", "security", "undertaking", "report"] = Field(title="Kind")
    title: Text = Field(title="What is promised")
    who: str = Field("", title="Who owes it")
    until: Annotated[When | None, Ref("milestone")] = Field(None, title="Lapses")


def describe(paper: Paper) -> list[str]:
    """The promise in words."""
    who = f" ({paper.who})" if paper.who else ""
    until = f", until {when(paper.until)}" if paper.until else ""
    return [f"{paper.title}{who}{until}."]
