"""Refresh a workbook: read its inputs, calculate, put the figures in their cells, and swap the file."""

from __future__ import annotations

import abc
import dataclasses
import datetime as dt
import functools
import importlib
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from drawstop.core.dates import month_end
from drawstop.core.tolerance import RELATIVE
from drawstop.facility import UNITS, load
from drawstop.functions.cells import ERROR_CODES, NUM
from drawstop.functions.declare import RATE
from drawstop.functions.note import STEPS, YEARS
from drawstop.serials import serial_of
from lender_model import case, model
from lender_model.books import moved
from lender_model.books.edited import Edited
from lender_model.books.locate import Places, WorkbookError, cell_of
from lender_model.calculator import Figures
from lender_model.formulas.reading import Cells, Workbook
from lender_model.grid import INPUT, Values
from lender_model.risk.fingerprint import fingerprint
from lender_model.sheets import ledger, scenarios, switches, together
from lender_model.sheets.timeline import MONTHS_A_YEAR
from lender_model.xlsx.cells import Error, NewValue
from lender_model.xlsx.engine import EXCEL_CALC_ID
from lender_model.xlsx.links import without_addin_path
from lender_model.xlsx.package import Package
from lender_model.xlsx.swap import replace_file

Engine = Literal["python", "calc", "excel"]
_MOST_DIGITS = 6  # of a dollar: anything smaller depends on the order of summation
_NAMED = 8
"""The most ranges that a message lists one by one."""
_NOTHING = 1e-7  # of a dollar, an ounce or a ratio: rounding in a balance that is really zero
_ENGINES: dict[Engine, str] = {"python": "Python model", "calc": "LibreOffice", "excel": "Excel"}


@dataclass(frozen=True, repr=False)  # a test that fails would spell out every figure
class Calculated(abc.ABC):
    """A workbook calculated as it stands: the new workbook, its figures, and what the user should know.

    Attributes:
        package: the workbook with its figures, in memory.
        inputs: every input by key.
        values: every input and figure by key.
        workbook: its cells, calculated.
        figures: the lines' figures in these cells.
        stamps: of the cells, those without a formula that every refresh writes: when and by what, the inputs'
            fingerprint, and scenarios and readings side by side.
        moved: what has moved since the last refresh, as on the sheet Log but not in the cells.
        differences: lines on cells for which LibreOffice or Excel calculates a different figure.
        backup: the previous version.
    """

    package: Package
    inputs: Values
    values: Values
    workbook: Workbook
    figures: Figures
    stamps: Cells
    moved: moved.Moved
    differences: list[str] = field(default_factory=list, kw_only=True)
    backup: Path | None = field(default=None, kw_only=True)

    @functools.cached_property
    def cells(self) -> Cells:
        """The value of every formula cell, including the user's own, and the inputs that were changed."""
        out = self.workbook.values()
        for sheet, cells in self.workbook.changes().items():
            out[sheet] = cells | out.get(sheet, {})
        return out

    @property
    def refused(self) -> dict[str, str]:
        """The cells whose formula cannot be calculated, and why: their last value is kept."""
        return {str(cell): why for cell, why in self.workbook.refused.items()}

    @property
    def stale(self) -> list[str]:
        """The ranges that depend on one of these, and are not recalculated either."""
        return [str(area) for area in self.workbook.stale]

    @property
    @abc.abstractmethod
    def notes(self) -> list[str]:
        """What is not as it should be with the workbook, in lines for the user."""

    def with_inputs(self, found: Values) -> Package:
        """The workbook with what a command has found, and what depends on it, calculated."""
        calculation = self.workbook.calculation
        self.workbook.keep()  # what the refresh has changed is in the package
        self.figures.put(found)
        calculation.run(calculation.depending(self.figures.areas(found)))
        return self.package.patch(self.workbook.changes())


@dataclass(frozen=True, repr=False)
class Refreshed(Calculated):
    """What a refresh of the 1996 workbook gives.

    Attributes:
        places: where every line of the model stands.
    """

    places: Places

    @functools.cached_property
    def _against_the_model(self) -> Edited:
        return Edited(self.places, self.workbook, self.figures)

    @property
    def typed_over(self) -> list[str]:
        """The cells that hold a value where the model has a formula."""
        return self._against_the_model.typed_over

    @property
    def edited(self) -> list[str]:
        """The cells that hold a different formula from the model's."""
        return self._against_the_model.edited

    @property
    def formula_inputs(self) -> list[str]:
        """The cells of inputs that hold a formula."""
        return self.places.formula_inputs

    @property
    def other_version(self) -> str | None:
        """The version of drawstop that built the workbook, if it is not this one."""
        built = self.values["cover.version"]
        return None if built == case.version() else built

    @property
    def notes(self) -> list[str]:
        """Problems with the workbook, in lines for the user."""
        notes = [f"{cell} holds a value where the model has a formula: it is used" for cell in self.typed_over]
        notes += [f"{cell} holds a different formula from the model's: it is followed" for cell in self.edited]
        notes += [f"{cell} holds a formula in place of an input: it is followed" for cell in self.formula_inputs]
        notes += not_recalculated(self.workbook)
        notes += self.differences
        if self.other_version:
            notes.append(f"built with {self.other_version}; drawstop build makes a new one to compare")
        return notes


def not_recalculated(workbook: Workbook) -> list[str]:
    """The cells that keep their last value, in lines: each formula that cannot be calculated, then its dependants."""
    lines = [f"{cell} {why}: its last value is kept" for cell, why in workbook.refused.items()]
    if workbook.stale:
        cells = sum(area.cells for area in workbook.stale)
        named = ", ".join(map(str, workbook.stale[:_NAMED]))
        more = f" and {len(workbook.stale) - _NAMED} more" if len(workbook.stale) > _NAMED else ""
        lines.append(f"{cells:,} cells depend on it and are not recalculated: {named}{more}; open it in Excel")
    return lines


def refresh(
    path: Path,
    *,
    as_of: dt.date | None = None,
    scenario: str | None = None,
    market: Path | None = None,
    engine: Engine = "python",
) -> Refreshed:
    """Refresh a workbook file in place; the old version is kept as a backup.

    Args:
        path: the workbook.
        as_of: new as-of date; None keeps the workbook's.
        scenario: new scenario, or several joined by a plus sign; None keeps the workbook's.
        market: folder with market files to read prices and rates from; None keeps the workbook's.
        engine: "python" fills the model's own cells with the Python model's figures; "calc" has LibreOffice
            recalculate every formula of the workbook, including the user's own; "excel" has Excel do so. Every figure
            on which they differ from the Python model is named.

    Raises:
        CalcError: LibreOffice is missing or does not answer, with engine "calc".
        ExcelError: not Windows, no Excel or no add-in, with engine "excel".
        PackageError: the file is not a readable workbook.
        WorkbookError: it is not this model's, or an input is wrong.
        CaseError: a market file is wrong.
        SwapError: the file cannot be replaced.
    """
    package = Package.read(path)
    result = calculate(package, as_of=as_of, scenario=scenario, market=market, engine=engine)
    return written(path, package, result, engine)


_Result = TypeVar("_Result", bound="Calculated")
_Read = TypeVar("_Read")


def written(path: Path, package: Package, result: _Result, engine: Engine) -> _Result:
    """A workbook file replaced by what a refresh gave, recalculated by its engine; see :func:`refresh`.

    Args:
        path: the file.
        package: what it held.
        result: of the refresh.
        engine: what recalculates it.
    """
    if engine != "python":
        found = _recalculated(result.package, path.name, engine)
        differences = differing(result.cells, found)
        calculated = result.package.patch(found).with_calculation(full_on_load=False)
        result = dataclasses.replace(result, package=calculated, differences=differences)
    backup = replace_file(path, result.package.to_bytes(), was=package.data)
    return dataclasses.replace(result, backup=backup)


def _recalculated(package: Package, name: str, engine: Engine) -> Cells:
    """Every formula's value as calculated by a spreadsheet program, which sees a copy and writes nothing."""
    host = importlib.import_module("drawstop.hosts.excel.book" if engine == "excel" else "drawstop.hosts.calc")
    with tempfile.TemporaryDirectory(prefix="drawstop-") as folder:
        copy = Path(folder, name)
        copy.write_bytes(package.to_bytes())
        return as_errors(host.recalculate(copy))


def as_errors(found: Mapping[str, Mapping[str, NewValue]]) -> Cells:
    """The values from a spreadsheet program, with error codes as errors instead of texts."""
    return {sheet: {ref: _as_error(value) for ref, value in cells.items()} for sheet, cells in found.items()}


def differing(expected: Cells, found: Cells) -> list[str]:
    """The formula cells whose value differs from the model's figure, with both, in the order of the sheets."""
    return [
        f"{sheet}!{ref}: {found[sheet][ref]!r} where the model has {_stored(figure)!r}"
        for sheet, cells in expected.items()
        for ref, figure in cells.items()
        if ref in found.get(sheet, {}) and not _agree(_stored(figure), found[sheet][ref])
    ]


def _stored(figure: NewValue) -> NewValue:
    """A figure as stored in a cell: a date as its serial number, a blank as an empty text."""
    if isinstance(figure, dt.date):
        return float(serial_of(figure))
    return "" if figure is None else figure


def _agree(figure: NewValue, value: NewValue) -> bool:
    """Whether two values are equal apart from the order of summation."""
    if isinstance(figure, float | int) and isinstance(value, float | int):
        return math.isclose(figure, value, rel_tol=RELATIVE, abs_tol=_NOTHING)
    return figure == ("" if value is None else value)


def _as_error(value: NewValue) -> NewValue:
    return Error(value) if isinstance(value, str) and value in ERROR_CODES else value


def calculate(
    package: Package,
    *,
    as_of: dt.date | None = None,
    scenario: str | None = None,
    market: Path | None = None,
    engine: Engine = "python",
) -> Refreshed:
    """The refreshed workbook in memory, by the Python model; see :func:`refresh`."""
    package = without_addin_path(package)
    changed: Values = {"cover.refreshed": stamp(engine)}
    if as_of is not None:
        changed["cover.as_of"] = np.datetime64(as_of, "D")
    if scenario is not None:
        changed["cover.scenario"] = _scenario(together.typed, scenario)
    if market is not None:
        changed |= case.market(market)
    return _calculated(package, changed)


def filled(package: Package, inputs: Values) -> Package:
    """A workbook that has just been built, with its inputs and every figure."""
    return _calculated(package, inputs, built=True).package


def _calculated(package: Package, changed: Values, *, built: bool = False) -> Refreshed:
    """The workbook with some inputs changed, calculated in its current state.

    Args:
        package: the workbook.
        changed: inputs by key.
        built: whether these are all inputs and already checked.
    """
    workbook, places = Workbook(package), Places(package)
    calculation, figures = workbook.calculation, Figures(model.BOOK, workbook.calculation, places.spots())
    if built:
        figures.fix()
    figures.put(changed)
    calculation.run()
    inputs = changed if built else places.inputs(calculation.__getitem__) | changed
    if not built:
        _check(places, inputs)
        found = {"risk.inputs": fingerprint(inputs)} | model.compared(figures, inputs)
        inputs |= found
        figures.put(found)
        calculation.run(calculation.depending(figures.areas(found)))
    values = {**inputs, "months": model.MONTHS, **figures.values()}
    if not built:
        _check_loan(places, figures, values)
    news = moved.since(places, inputs, values, asked=() if built else changed, stale=not_recalculated(workbook))
    calc_id = None if package.calc_id else EXCEL_CALC_ID  # without it, as LibreOffice saves, Excel would recalculate
    patched = package.patch(workbook.changes()).patch(news.cells)
    patched = patched.with_calculation(full_on_load=bool(workbook.refused), calc_id=calc_id)
    if "cover.as_of" in changed:
        patched = patched.opened_at(_as_of_columns(places, values))
    stamps = _stamps(places, workbook) if not built else {}
    return Refreshed(patched, inputs, values, workbook, figures, stamps, news, places=places)


_MONTHS_SHOWN_BEFORE = 2


def _as_of_columns(places: Places, values: Values) -> dict[str, str]:
    """Where the sheets with months open, two months before the as-of month; Risk opens with its charts."""
    at = max(0, int(values["time.as_of"].argmax()) - _MONTHS_SHOWN_BEFORE)
    return {table.name: table.months[at] for table in places.home.values() if table.months and table.name != "Risk"}


def _stamps(places: Places, workbook: Workbook) -> Cells:
    spots = [places.value_at("cover.refreshed"), places.value_at("risk.inputs")]
    rows = [row for sheet in (scenarios.SHEET, switches.SHEET) for row in sheet.rows if row.results]
    spots += [at for row in rows for at in places.across_at(row.key, row.results)]
    out: Cells = {}
    for sheet, reference in spots:
        out.setdefault(sheet, {})[reference] = workbook.calculation[cell_of((sheet, reference))]
    return out


def _scenario(read: Callable[[str, Sequence[str]], _Read], text: str) -> _Read:
    """Scenarios as a text names them, by one of the readers of :mod:`lender_model.sheets.together`."""
    try:
        return read(text, scenarios.NAMES)
    except ValueError as error:
        raise WorkbookError(str(error)) from None


def stamp(engine: Engine) -> str:
    """When and by what a workbook is calculated."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)
    return f"{case.version()}, {_ENGINES[engine]}, {now:%d-%b-%Y %H:%M} UTC"


def _check(places: Places, values: Values) -> None:
    """Inputs that the model needs, each with its own rule."""
    for key, term in load().terms.items():
        _check_term(places, key, term.unit, values[key])
    _scenario(together.named, values["cover.scenario"])
    first, last = np.datetime64(case.months()[0]), last_actual(values)
    if not first <= values["cover.as_of"] <= last:
        sheet, ref = places.value_at("cover.as_of")
        raise WorkbookError(
            f"{sheet}!{ref}: as-of date {values['cover.as_of']} must be between {first} and {last}, "
            "the last day that the market data reach"
        )
    _check_prices(places, values)
    for key, holds, words in _rules(values):
        if not holds:
            sheet, ref = _first_cell(places, key)
            raise WorkbookError(f"{sheet}!{ref}: {model.BOOK.row(key).label} {words}")


def _check_prices(places: Places, values: Values) -> None:
    """Published prices and rates, wherever they were typed: none missing before the last, none a typing error."""
    for columns in case.MARKET_FILES.values():
        for key, (_, unit, *_) in columns.items():
            prices, cells = values[key][:, 0], list(places.months_at(key))
            reported = np.flatnonzero(~np.isnan(prices))
            missing = np.flatnonzero(np.isnan(prices[: reported[-1] if len(reported) else 0]))
            if len(missing):
                at = "!".join(cells[missing[0]])
                raise WorkbookError(f"{at}: {model.BOOK.row(key).label} is blank, though later months have it")
            if np.any(prices[reported] <= 0):
                continue  # the rules below check it
            at_slip = case.slip(prices[reported], is_rate=unit != 1.0)
            if at_slip is not None:
                now, before = reported[at_slip], reported[at_slip - 1]
                raise WorkbookError(
                    f"{'!'.join(cells[now])}: {model.BOOK.row(key).label} {prices[now]:g} follows {prices[before]:g}, "
                    "a move that its history does not explain; is the decimal point right?"
                )


_ABOVE_NOTHING = (
    "plan.gold_price", "plan.silver_price", "plan.hedge_price", "plan.capacity", "market.gold_forward",
    "market.silver_forward", "market.gold_actual", "market.silver_actual", "ratio.target",
)  # fmt: skip


def _rules(v: Values) -> Iterator[tuple[str, bool, str]]:
    """Rules for single inputs that the workbook's formulas depend on: key, whether it holds, message."""
    first, months, ends = v["instalments.first"], v["instalments.months"], case.months()
    fits = month_end(first) == first and first.astype("datetime64[M]").astype(int) % 12 + 1 in months
    yield "instalments.first", bool(fits), "must be a month-end of the instalments' months"
    rows = ledger.INSTALMENTS
    yield "instalments.count", 1 <= v["instalments.count"] <= rows, f"must be from 1 to {rows}, the rows of sheet Loan"
    yield "instalments.method", v["instalments.method"] in {"equal", "level"}, 'must be "equal" or "level"'
    mode = v["commercial_production.mode"]
    yield "commercial_production.mode", mode in {"daily", "average"}, 'must be "daily" or "average"'
    signed = str(v["facility.effective_date"].astype("datetime64[M]")) == ends[0][:7]
    yield "facility.effective_date", signed, f"must stay in {ends[0][:7]}, from which the months of the sheets count"
    yield "plan.balance_date", str(v["plan.balance_date"]) in ends, "must be a month-end of the model"
    most = v["extension.count"]
    yield "plan.extensions", v["plan.extensions"] <= most, f"must be at most {most:g}, as many as the agreement allows"
    margin = max(v["interest.margin_before"], v["interest.margin_after"])
    most = RATE.high - margin
    yield (
        "loan.default_margin",
        v["loan.default_margin"] <= most,
        f"must be at most {most:.4%}: with the margin 100%",
    )
    yield "plan.silver_share", v["plan.silver_share"] <= 1, "must be at most 1"
    planned, most = v["plan.advance"].sum(), v["term_loan.max_credit"]
    yield "plan.advance", planned <= most * (1 + RELATIVE), f"comes to {planned:,.0f}, above the credit of {most:,.0f}"
    for key in _ABOVE_NOTHING:
        yield key, not np.any(v[key] <= 0), "must be above 0"
    lowest = min(v["market.gold_forward"], v["plan.gold_price"]) + _lowest(v, "scenario.gold")
    yield "market.gold_forward", bool(lowest > 0), "must be above 0 in every scenario, and in those in use together"
    lowest = v["market.libor_forward"] + _lowest(v, "scenario.libor")
    yield "market.libor_forward", bool(lowest >= 0), "must be 0 or more in every scenario, and in those in use together"
    issued = v["consideration.first_shares"] + v["consideration.second_payment"] / v["plan.npmc_price"]
    yield "plan.shares", v["plan.shares"] >= issued, f"must be at least the {issued:,.0f} of sheet NPMC"
    years = (v["note.maturity"] - v["cover.as_of"]) / np.timedelta64(365, "D")
    yield "note.maturity", years < YEARS.high, f"must be within {YEARS.high:g} years of the as-of date"
    yield "scenario.thaw", 1 <= v["scenario.thaw"] <= MONTHS_A_YEAR, "must be a month from 1 to 12"
    yield "note.steps", 1 <= v["note.steps"] <= STEPS.high, f"must be from 1 to {STEPS.high:,}"
    yield "checks.digits", v["checks.digits"] <= _MOST_DIGITS, f"must be at most {_MOST_DIGITS}"


def _lowest(v: Values, change: str) -> float:
    """The lowest shift of a price or rate: of each scenario, and of those in use together."""
    by_name = dict(zip(scenarios.NAMES, v[f"{change}@across"].tolist(), strict=True))
    in_use = together.named(v["cover.scenario"], scenarios.NAMES)
    return float(min(*by_name.values(), sum(by_name[name] for name in in_use)))


def _first_cell(places: Places, key: str) -> tuple[str, str]:
    """The cell of an input, or its first month."""
    return places.value_at(key) if model.BOOK.row(key).value is INPUT else next(iter(places.months_at(key)))


def _check_loan(places: Places, figures: Figures, values: Values) -> None:
    """Actual advances must not exceed the credit, nor may an instalment be negative: the formulas could not go on."""
    drawn, most = max(_figures(values["fund.advanced"]), default=0.0), float(values["term_loan.max_credit"])
    if drawn > most * (1 + RELATIVE):
        sheet, ref = _first_cell(places, "actual.advance")
        raise WorkbookError(f"{sheet}!{ref}: advances come to {drawn:,.0f}, above the maximum credit of {most:,.0f}")
    amounts = [figures.calculation[cell] for cell in figures.cells("loan.instalment_amounts")]
    if Error(NUM) in amounts or min(_figures(values["loan.scheduled"]), default=0.0) < 0:
        sheet, ref = places.value_at("instalments.method")
        raise WorkbookError(f"{sheet}!{ref}: level service is below the interest to the first instalment; use equal")


def _figures(line: Any) -> list[float]:
    """The numbers of a line, which may hold texts and errors where a formula was edited."""
    return [figure for figure in np.ravel(line).tolist() if isinstance(figure, float) and not math.isnan(figure)]


def _check_term(places: Places, key: str, unit: str, value: Any) -> None:
    try:
        UNITS[unit].check.validate_python(_plain(value, unit))
    except ValueError:
        sheet, ref = places.value_at(key)
        raise WorkbookError(f"{sheet}!{ref}: {key} {value} must be {UNITS[unit].meaning}") from None


def _plain(value: Any, unit: str) -> Any:
    """A cell's value as in the terms file."""
    if isinstance(value, np.ndarray):
        return [_plain(item, unit) for item in value.tolist()]
    if isinstance(value, np.datetime64):
        return value.item()
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def last_actual(values: Values) -> np.datetime64:
    """The last month-end for which gold has a published price."""
    known = np.flatnonzero(~np.isnan(values["market.gold_actual"][:, 0]))
    months = case.months()
    return np.datetime64(months[int(known[-1])] if len(known) else months[0])
