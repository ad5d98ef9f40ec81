"""The base of every record of a deal file, and how a field states its unit and what it refers to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
KEY = r"^[a-z][a-z0-9_]*$"
Key = Annotated[str, StringConstraints(pattern=KEY, max_length=40)]
"""A word by which other records name this one: small letters, digits and underscores."""


class Ref(NamedTuple):
    """Marks a field, or the items of a list, that names something by its key, such as a tranche."""

    kind: str


class Record(BaseModel):
    """One clause, or a part of one: only its own keys are accepted."""

    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Words that are not keys of this record, and how a file says what they mean."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def refuse_unused(self, kind: str, used: Iterable[str], among: Iterable[str]) -> None:
        """Refuse keys that a record of this kind does not use, so that nothing is silently ignored.

        Args:
            kind: what the record is, in words.
            used: the keys that it reads.
            among: the keys that depend on the kind.
        """
        unread = sorted((self.model_fields_set & set(among)) - set(used))
        if unread:
            raise ValueError(f"{kind} does not use {', '.join(unread)}")


class Clause(Record):
    """A clause of the agreement: where it is found, and which of its figures are assumptions."""

    source: str = Field("", title="Source", description="Document and clause that the terms are taken from")
    assumed: dict[str, str] = Field(
        {}, title="Assumptions", description="By key of this record, the reason for a figure that no source states"
    )

    @field_validator("assumed")
    @classmethod
    def _of_this_record(cls, assumed: dict[str, str]) -> dict[str, str]:
        for key in assumed:
            if key.split(".")[0] not in cls.model_fields:
                raise ValueError(f"{key!r} is not a key of this record")
        return assumed

    def note(self, field: str) -> str:
        """The note beside a figure on a sheet: its source, or why it is assumed.

        An assumption for a table applies to its fields.
        """
        reason = self.assumed.get(field) or self.assumed.get(field.split(".", maxsplit=1)[0])
        return f"assumption: {reason}" if reason else self.source


def quantity(unit: str, title: str, default: Any = ..., **more: Any) -> Any:
    """A field with a unit, which the sheets, the term sheet and the schema show."""
    return Field(default, title=title, json_schema_extra={"unit": unit}, **more)


def money(title: str, default: Any = ..., **more: Any) -> Any:
    """A field in the deal's currency."""
    return quantity("US$", title, default, **more)


def text_like(words: str) -> str:
    """A key in words: first letter capitalised, spaces for underscores.

    >>> text_like("working_capital")
    'Working capital'
    """
    plain = re.sub(r"_+", " ", words).strip()
    return plain[:1].upper() + plain[1:]
