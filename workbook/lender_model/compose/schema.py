"""The JSON Schema of a deal's files, generated from the records, so that an editor completes and checks them."""

from __future__ import annotations

import json
from typing import Any

from lender_model.clauses import Deal
from lender_model.compose.case import Case


def schema(name: str) -> str:
    """The schema of ``deal.toml`` or ``case.toml`` as text.

    >>> schema("case").startswith("{")
    True
    """
    model = Deal if name == "deal" else Case
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}
    return json.dumps(_any_of(whole), indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"


def _any_of(part: Any) -> Any:
    """A schema in which a value may match more than one form: to an editor, a date is a text, and so is a state."""
    if isinstance(part, dict):
        return {"anyOf" if key == "oneOf" else key: _any_of(value) for key, value in part.items()}
    return [_any_of(item) for item in part] if isinstance(part, list) else part
