"""Read a TOML file into records, with a line for each fault that names its file, line and key."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from drawstop.deal.lines import Path as Place
from drawstop.deal.lines import lines_of
from drawstop.deal.record import KEY, Record, Ref

_R = TypeVar("_R", bound=Record)


@dataclass(frozen=True, order=True)
class Fault:
    """A fault in a deal's file.

    Args:
        file: the file, as the user named it.
        line: the line, counted from 1; 0 for the whole file.
        key: the key, dotted.
        what: what is wrong, and what would be right.
    """

    file: str
    line: int
    key: str
    what: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.what}" if self.key else f"{place}: {self.what}"


class DealError(ValueError):
    """A deal that cannot be read: a line for each fault."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Source:
    """A file as read: its values, and the line of each key."""

    file: str
    values: Mapping[str, Any]
    lines: Mapping[Place, int]

    def fault(self, place: Place, what: str) -> Fault:
        """A fault at a key, or at the nearest key above it that the file has."""
        line = 0
        for depth in range(len(place), 0, -1):
            first = (*place[:depth], 0)  # of a list of tables
            line = self.lines.get(place[:depth]) or self.lines.get(first, 0)
            if line:
                break
        return Fault(self.file, line, dotted(place), what)


def dotted(place: Place) -> str:
    """A key as the user writes it; positions in lists count from 1.

    >>> dotted(("tranche", 0, "rate", "margin"))
    'tranche[1].rate.margin'
    """
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def source(path: Path) -> Source:
    """Read a file.

    Raises:
        DealError: it does not exist, or is not TOML in UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        return Source(str(path), tomllib.loads(text), lines_of(text))
    except OSError as error:
        raise DealError([Fault(str(path), 0, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise DealError([Fault(str(path), 0, "", "is not UTF-8; save it as UTF-8")]) from error
    except tomllib.TOMLDecodeError as error:
        raise DealError([_of_toml(path, error)]) from error
    except RecursionError as error:
        raise DealError([Fault(str(path), 0, "", "is nested too deeply")]) from error


def _of_toml(path: Path, error: tomllib.TOMLDecodeError) -> Fault:
    words = str(error)
    what, _, place = words.partition(" (at line ")
    line = int(place.split(",")[0]) if place[:1].isdigit() else 0
    return Fault(str(path), line, "", f"is not valid TOML: {what}")


def read(path: Path, model: type[_R]) -> tuple[_R, Source]:
    """A file as a record.

    Raises:
        DealError: every fault in it, a line each.
    """
    raw = source(path)
    return parsed(raw, model), raw


def parsed(raw: Source, model: type[_R]) -> _R:
    """Values as a record; see :func:`read`."""
    unprintable = [place for place, text in _texts(raw.values, ()) if _CONTROL.search(text)]
    if unprintable:
        raise DealError(raw.fault(place, "must not contain control characters") for place in unprintable)
    try:
        return model.model_validate(raw.values)
    except ValidationError as error:
        raise DealError(_faults(raw, model, error.errors())) from error


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        yield from (found for key, each in value.items() for found in _texts(each, (*place, key)))
    elif isinstance(value, list):
        yield from (found for k, each in enumerate(value) for found in _texts(each, (*place, k)))


def _faults(raw: Source, model: type[Record], errors: Iterable[ErrorDetails]) -> Iterator[Fault]:
    for error in errors:
        place = _place(raw.values, error["loc"])
        yield raw.fault(place, _words(model, place, error))


def _place(values: Any, loc: tuple[int | str, ...]) -> Place:
    """An error's position without the tags of unions, which are not in the file."""
    place: Place = ()
    for k, part in enumerate(loc):
        here = isinstance(values, Mapping) and part in values
        there = isinstance(values, list) and isinstance(part, int) and part < len(values)
        if here or there:
            values, place = values[part], (*place, part)
        elif k == len(loc) - 1 and isinstance(values, Mapping):
            place = (*place, part)  # the key that is missing
    return place


_WORDS = {
    "missing": "is missing",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be a text in quotes",
    "date_type": "must be a date, as 2024-06-30 without quotes",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "string_too_short": "must not be empty",
    "union_tag_invalid": "has the wrong form",
}


def _words(model: type[Record], place: Place, error: ErrorDetails) -> str:  # noqa: PLR0911 - a kind of error, a return
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(str(place[-1]), _records(model, place))
    if kind == "literal_error":
        words = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        return f"{error['input']!r} is not one of {', '.join(words)}{_near(str(error['input']), words)}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "must be a table of keys"
    if kind == "string_pattern_mismatch":
        return _not_a_key(str(error["input"]), str(context["pattern"]))
    if kind == "string_too_long":
        return f"must be at most {context['max_length']} characters long, not {len(error['input'])}"
    if kind in _WORDS:
        found = "" if kind == "missing" else f", not {_short(error['input'])}"
        return _WORDS[kind] + found
    if kind == "value_error":
        return str(context["error"])
    name = next((name for name in _LIMITS if name in context), "")
    if name:
        return f"must be {_LIMITS[name]} {context[name]}, not {_short(error['input'])}"
    return error["msg"][:1].lower() + error["msg"][1:]


def _not_a_key(found: str, pattern: str) -> str:
    if pattern != KEY:
        return f"{found!r} has the wrong form"
    try:
        return f"{found!r} must be without quotes to be a date: {dt.date.fromisoformat(found)}"
    except ValueError:
        return f"{found!r} must be small letters, digits and underscores, a letter first"


_LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below", "min_length": "at least of length"}


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _unknown(word: str, records: Iterable[type[BaseModel]]) -> str:
    found = list(records)
    for each in found:
        said = each.elsewhere.get(word.casefold()) if issubclass(each, Record) else None
        if said:
            return f"unknown key; say it with {said}"
    names = sorted({_name(name, field) for each in found for name, field in each.model_fields.items()})
    return f"unknown key, or a clause that is not modelled{_near(word, names) or '; known are ' + ', '.join(names)}"


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.55)
    return f"; did you mean {near[0]}?" if near else ""


def not_listed(what: str, word: str, known: Iterable[str]) -> str:
    """The message for a reference to something that does not exist, with the nearest word.

    >>> not_listed("tranche", "senoir", ["senior", "standby"])
    "there is no tranche 'senoir'; did you mean senior?"
    """
    names = sorted(known)
    listed = f"; there are {', '.join(names)}" if names else ""
    return f"there is no {what} {word!r}{_near(word, names) or listed}"


def _records(model: type[BaseModel], place: Place) -> set[type[BaseModel]]:
    """The records that may stand at a place."""
    models = {model}
    for part in place[:-1]:
        if isinstance(part, str):
            fields = [
                field for each in models for name, field in each.model_fields.items() if _name(name, field) == part
            ]
            models = {found for field in fields for found in _models(field.annotation)}
    return models


def _name(name: str, field: FieldInfo) -> str:
    return field.alias or name


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def references(record: Record, place: Place = ()) -> Iterator[tuple[Place, str, str]]:
    """Every reference of a record and those within it: its position, the kind of thing it names, and the name."""
    for name, field in type(record).model_fields.items():
        value, here = getattr(record, name), (*place, _name(name, field))
        kinds = [kind for kind in field.metadata if isinstance(kind, Ref)]
        yield from _within(value, here, kinds[0].kind if kinds else "")


def _within(value: Any, place: Place, kind: str) -> Iterator[tuple[Place, str, str]]:
    if isinstance(value, Record):
        yield from references(value, place)
    elif isinstance(value, list | tuple):
        for k, item in enumerate(value):
            yield from _within(item, (*place, k), kind)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _within(item, (*place, key), kind)
    elif kind and isinstance(value, str):
        yield place, kind, value
