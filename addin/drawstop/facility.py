"""The terms of a facility as data: typed, validated, immutable.

A facility is a TOML file. Each term is a table ``[terms.section.name]`` with the fields of :class:`Term`; its
unit decides what its value may be. The file also holds the clause tags, the parties, and the undertakings
that are sentences. The readings are one list for all facilities.
"""

import datetime as dt
import difflib
import re
import reprlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WrapSerializer,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

Value = float | str | dt.date | tuple[int, ...]

_PACKAGED = resources.files("drawstop") / "facilities"
_READINGS = "readings.toml"
_NAME = re.compile(r"[\w-]+")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_T = TypeVar("_T")


class FacilityError(ValueError):
    """A facility that cannot be read: one line with the file, the key and the fault."""


# ---- Units


class Unit(NamedTuple):
    """A unit: its meaning in words, and the check that its values must pass."""

    meaning: str
    check: TypeAdapter[Any]


def _rising(months: tuple[int, ...]) -> tuple[int, ...]:
    if list(months) != sorted(set(months)):
        raise ValueError
    return months


_Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
_Whole = Annotated[int, Strict()]
_Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_Month = Annotated[_Whole, Field(ge=1, le=12)]
_Months = Annotated[tuple[_Month, ...], Field(min_length=1), AfterValidator(_rising)]
_DayCount = Literal["30/360", "ACT/ACT", "ACT/360", "ACT/365", "30E/360", "ACT/ACT ISDA", "30E/360 ISDA"]

_amount: TypeAdapter[float] = TypeAdapter(Annotated[_Number, Field(ge=0)])
_positive: TypeAdapter[float] = TypeAdapter(Annotated[_Number, Field(gt=0)])
_fraction: TypeAdapter[float] = TypeAdapter(Annotated[_Number, Field(ge=0, le=1)])
_count: TypeAdapter[int] = TypeAdapter(Annotated[_Whole, Field(ge=0)])
_period: TypeAdapter[int] = TypeAdapter(Annotated[_Whole, Field(ge=1)])
_months: TypeAdapter[int] = TypeAdapter(Annotated[_Whole, Field(ge=1, le=12_000)])
_frequency: TypeAdapter[int] = TypeAdapter(Annotated[_Whole, Field(ge=1, le=12)])
_years: TypeAdapter[float] = TypeAdapter(Annotated[_Whole | _Number, Field(gt=0)])  # 1 stays whole

UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        "USD": Unit("a number of USD, 0 or more", _amount),
        "oz": Unit("a number of troy ounces, 0 or more", _amount),
        "USD/oz": Unit("a price in USD per troy ounce, above 0", _positive),
        "USD/share": Unit("a price in USD per share, above 0", _positive),
        "CAD/share": Unit("a price in CAD per share, above 0", _positive),
        "per year": Unit("a rate per year as a decimal, 0 to 1", _fraction),
        "fraction": Unit("a fraction as a decimal, 0 to 1", _fraction),
        "ratio": Unit("a ratio, above 0", _positive),
        "years": Unit("a number of years, above 0", _years),
        "months": Unit("a whole number of months, 1 to 12,000", _months),
        "days": Unit("a whole number of days, 1 or more", _period),
        "times a year": Unit("a whole number of times a year, 1 to 12", _frequency),
        "shares": Unit("a whole number of shares, 0 or more", _count),
        "count": Unit("a whole number, 0 or more", _count),
        "year": Unit("a year, 1900 to 9999", TypeAdapter(Annotated[_Whole, Field(ge=1900, le=9999)])),
        "date": Unit("a date, as 1996-07-11 without quotes", TypeAdapter(Annotated[dt.date, Strict()])),
        "months of the year": Unit("a rising list of months, 1 to 12", TypeAdapter(_Months)),
        "day count": Unit(f"a day count: {', '.join(get_args(_DayCount))}", TypeAdapter(_DayCount)),
        "text": Unit("a text", TypeAdapter(_Text)),
    }
)


# ---- The contents of a file

_Table = Annotated[
    Mapping[str, _T],
    AfterValidator(MappingProxyType),
    WrapSerializer(lambda table, serialize: serialize(dict(table))),
]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Term(_Record):
    """One number, date, rate or word of an agreement.

    Attributes:
        unit: a key of :data:`UNITS`.
        value: a float (money, prices, rates, ounces), an int (counts), a date, a text or a tuple of months.
        clause: tag of the clause, as listed in the facility.
        label: a short name for a sheet.
        reading: id of the reading that settles the value or its meaning, if any.
        stated: True for a result that the source states and that follows from other terms.
        unread: why the code does not use the term, if it does not.
    """

    unit: str  # before value, whose check depends on it
    value: Value
    clause: _Text
    label: _Text
    reading: _Text | None = None
    stated: StrictBool = False
    unread: _Text | None = None

    @field_validator("unit")
    @classmethod
    def _known(cls, unit: str) -> str:
        if unit not in UNITS:
            raise ValueError(f"unknown unit {unit!r}; known are {', '.join(UNITS)}")
        return unit

    @field_validator("value", mode="plain")
    @classmethod
    def _of_its_unit(cls, value: object, info: ValidationInfo) -> object:
        if "unit" not in info.data:  # the unit's own error is enough
            return value
        unit = UNITS[info.data["unit"]]
        try:
            return unit.check.validate_python(value)
        except ValidationError:
            raise ValueError(f"value {_show(value)} is not {unit.meaning}") from None


class Party(_Record):
    """A party to the agreements, or its owner."""

    name: _Text
    role: _Text
    clause: _Text


class Undertaking(_Record):
    """A promise that is a sentence, not a number: who owes it to whom, and the terms that quantify it."""

    key: _Text
    who: _Text
    to: _Text
    kind: Literal["financial", "reporting", "affirmative", "negative"]
    title: _Text
    clause: _Text
    terms: tuple[_Text, ...] = ()


class Reading(_Record):
    """How a gap or an ambiguity in the source was resolved, why, and what else was possible."""

    title: _Text
    clause: _Text
    chosen: _Text
    why: _Text
    alternatives: Annotated[tuple[_Text, ...], Field(min_length=1)]


def _by_dotted_key(sections: object) -> object:
    """Flatten ``{"note": {"margin": {…}}}`` to ``{"note.margin": {…}}``."""
    if not isinstance(sections, dict):
        return sections
    flat = {}
    for section, terms in sections.items():
        if not isinstance(terms, dict):
            raise ValueError(f"{section} is not a table of terms")  # noqa: TRY004 - pydantic does not catch a TypeError
        for name, term in terms.items():
            if not (_WORD.fullmatch(section) and _WORD.fullmatch(name)):
                raise ValueError(f"{section}.{name} is not made of small letters, digits and underscores")
            flat[f"{section}.{name}"] = term
    return flat


class Facility(_Record):
    """A facility's terms, read-only.

    Attributes:
        name: what the facility is called.
        source: the document that the terms are taken from.
        clauses: clause tag to its subject, in the order of the source.
        parties: party by key ("borrower", "lender", …).
        terms: term by dotted key, in the order of the file.
        undertakings: the promises that are sentences, in the order of the file.
    """

    name: _Text
    source: _Text
    clauses: _Table[_Text]
    parties: _Table[Party]
    terms: Annotated[_Table[Term], BeforeValidator(_by_dotted_key)]
    undertakings: tuple[Undertaking, ...] = ()

    def term(self, key: str) -> Term:
        """The term under a dotted key.

        Raises:
            FacilityError: the facility has no such term.

        >>> load().term("proceeds_account.floor").clause
        '8-K 5(a) Proceeds Account (I)'
        """
        try:
            return self.terms[key]
        except KeyError:
            near = difflib.get_close_matches(key, self.terms, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise FacilityError(f"{self.name}: there is no term {key!r}{hint}") from None

    def value(self, key: str) -> Value:
        """The value of the term under a dotted key; see :meth:`term`.

        >>> load().value("proceeds_account.floor")
        1500000.0
        >>> load().value("instalments.months")
        (9, 12)
        """
        return self.term(key).value

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> "Facility":
        for fault in self._faults():
            raise ValueError(fault)
        return self

    def _faults(self) -> Iterator[str]:
        """Every broken reference, from one part of the file to another or to a reading."""
        for key, term in self.terms.items():
            yield from _missing(f"{key}: clause", [term.clause], self.clauses)
            yield from _missing(f"{key}: reading", [term.reading] if term.reading else [], readings())
        for key, party in self.parties.items():
            yield from _missing(f"parties.{key}: clause", [party.clause], self.clauses)
        seen: set[str] = set()
        for undertaking in self.undertakings:
            where = f"undertakings.{undertaking.key}"
            if undertaking.key in seen:
                yield f"{where}: is duplicated"
            seen.add(undertaking.key)
            yield from _missing(f"{where}: clause", [undertaking.clause], self.clauses)
            yield from _missing(f"{where}: party", [undertaking.who, undertaking.to], self.parties)
            yield from _missing(f"{where}: term", undertaking.terms, self.terms)


def _missing(what: str, names: Iterable[str], known: Mapping[str, object]) -> Iterator[str]:
    return (f"{what} {name!r} is not listed" for name in names if name not in known)


# ---- Reading files


def load(name_or_path: str | Path = "usmx_1996") -> Facility:
    """Read a facility: one that comes with the package by its name, any other by the path of its TOML file.

    Raises:
        FacilityError: the file is missing, is not TOML in UTF-8, or has a wrong term, reference or field.

    >>> load("usmx_1996").parties["lender"].name
    'N M Rothschild & Sons Limited'
    """
    if isinstance(name_or_path, str) and _NAME.fullmatch(name_or_path):
        return _packaged(name_or_path)
    path = Path(name_or_path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FacilityError(f"{path}: cannot be read: {error.strerror}; {_the_package_has()}") from error
    return _validated(Facility.model_validate, str(path), raw)


def packaged() -> list[str]:
    """Names of the facilities that come with the package.

    >>> packaged()
    ['black_fox_2009', 'briggs_1998', 'usmx_1996']
    """
    files = (Path(file.name) for file in _PACKAGED.iterdir())
    return sorted(file.stem for file in files if file.suffix == ".toml" and file.name != _READINGS)


def _the_package_has() -> str:
    return f"the package has {', '.join(packaged())}"


@cache
def _packaged(name: str) -> Facility:
    if name not in packaged():
        raise FacilityError(f"{name}: neither a facility of the package nor a path; {_the_package_has()}")
    file = f"{name}.toml"
    return _validated(Facility.model_validate, file, (_PACKAGED / file).read_bytes())


@cache
def readings() -> Mapping[str, Reading]:
    """The readings by id, R-01 first.

    >>> readings()["R-07"].title
    'Day count'
    """
    schema: TypeAdapter[Mapping[str, Reading]] = TypeAdapter(_Table[Reading])
    return _validated(schema.validate_python, _READINGS, (_PACKAGED / _READINGS).read_bytes())


def _validated(validate: Callable[[Any], _T], file: str, raw: bytes) -> _T:
    try:
        text = raw.decode("utf-8-sig")  # Windows Notepad may begin a file with a byte-order mark
        return validate(tomllib.loads(text))
    except ValidationError as error:
        # an unknown field first: it tends to be the misspelt one that another error misses
        first, *others = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
        more = f" (and {len(others)} more)" if others else ""
        raise FacilityError(f"{file}: {_one_line(first)}{more}") from None
    except UnicodeDecodeError as error:
        raise FacilityError(f"{file}: is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise FacilityError(f"{file}: is not TOML: {error}") from None


def _one_line(error: ErrorDetails) -> str:
    """Pydantic's report of one error, with its position as a dotted key."""
    *place, field = map(str, error["loc"] or [""])
    if place[:1] == ["terms"]:
        del place[0]
    match error["type"]:
        case "value_error":  # raised above, in a message that names the field
            text = str(error["ctx"]["error"])
        case "missing":
            text = f"{field} is missing"
        case "extra_forbidden":
            text = f"unknown field {field!r}"
        case _:
            text = f"{field} {_show(error['input'])}: {error['msg'][0].lower()}{error['msg'][1:]}"
    return ": ".join([".".join(place), text]) if place else text


def _show(value: object) -> str:
    """A value as the file has it, truncated if long."""
    return str(value) if isinstance(value, dt.date | dt.time) else reprlib.repr(value)
