"""A workbook composed from a deal's clauses: sheets, lines, inputs and charts, for any months."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from drawstop.deal import DealError, Fault
from drawstop.deal.lines import Path as Place
from drawstop.deal.read import Source, not_listed, parsed, references, source
from lender_model.calculator import CircleError, prepared
from lender_model.clauses import Deal, amendment, covenant, equity, hedge_book, metric, waterfall
from lender_model.clauses.drawing import Advance
from lender_model.clauses.faults import faults_of, rights_of
from lender_model.compose import calendar, finance, front, ledger, listed, lists, operations, refused, risk, units
from lender_model.compose import case as cases
from lender_model.compose.case import Case
from lender_model.compose.draft import INPUTS, TERMS, Chart, Draft, Page
from lender_model.compose.files import Figures, read_figures, read_fixings, read_holidays
from lender_model.compose.words import in_currency
from lender_model.formulas.syntax import Area, column_name
from lender_model.grid import (
    FIRST_MONTH,
    FIRST_ROW,
    START,
    VALUE,
    Book,
    Extra,
    Row,
    Sheet,
    Values,
    blank,
    quoted,
    together,
)

_ORDER = ("Cover", "Dashboard", "Calendar", "Risk", "Annual", "Certificate", "Cash", "Covenants", "Ratios", "Completion", "Terms", "Amendments", "Market",
          "Plan", "Actuals", "Ledger", "Scenarios", "Timeline", "Operations", "Streams", "Royalties", "Hedges", "Funding", "Prepay", "Gold loan", "Fees", "<tranches>",
          "Debt", "Accounts", "Letters", "Waterfall", "Balance", "Equity kickers", "Fixings", "Holidays", "Checks", "Log")  # fmt: skip


@dataclass(frozen=True)
class Folder:
    """A deal's folder as read.

    Args:
        path: the folder.
        deal: the agreement as signed.
        versions: the agreement as signed, and after each amendment.
        case: the case.
        plan, actuals, market: figures by month of the CSV files.
        holidays: days on which banks are closed.
        fixings: fixings by business day, of base rates that are compounded daily.
    """

    path: Path
    deal: Deal
    versions: Sequence[Deal]
    case: Case
    plan: Figures
    actuals: Figures
    market: Figures
    holidays: Sequence[dt.date] = ()
    fixings: Figures = field(default_factory=lambda: Figures(""))


@dataclass(frozen=True)
class Model:
    """A composed workbook: its sheets and the position of each key, its inputs, and the charts of its dashboard."""

    deal: Deal
    case: Case
    book: Book
    inputs: Values
    colours: Mapping[str, str]
    charts: Sequence[Chart]
    draft: Draft

    @cached_property
    def in_currency(self) -> Callable[[str], str]:
        """What puts the deal's currency into words that say US$."""
        return in_currency(self.deal, self.case)


def read(folder: Path) -> Folder:
    """A deal's folder.

    Raises:
        DealError: every fault in its files, a line each.
    """
    faults = list[Fault]()
    raw = source(folder / "deal.toml")
    deal = _tried(lambda: parsed(raw, Deal), faults)
    found = _tried(lambda: cases.read_case(folder), faults)
    files = [
        _tried(lambda name=name: read_figures(folder / f"{name}.csv"), faults) for name in ("plan", "actuals", "market")
    ]
    if deal is None or found is None or None in files:
        raise DealError(faults)
    case, raw_case = units.filled(found[0], deal), found[1]
    plan, actuals, market = (file or Figures("") for file in files)
    faults += faults_of(deal, raw, case.market_keys)
    faults += _faults_of_case(case, raw_case, deal, raw, plan, actuals, market)
    days = _tried(lambda: read_holidays(folder / deal.calendar.holidays), faults) if deal.calendar.holidays else []
    fixings = _tried(lambda: read_fixings(folder / "fixings.csv"), faults) or Figures("")
    faults += _faults_of_fixings(deal, raw, fixings)
    versions, wrong = _versions(raw, deal, case.market_keys)
    faults += wrong
    if faults:
        raise DealError(faults)
    out = Folder(folder, deal, versions, case, plan, actuals, market, days or [], fixings)
    composed = _composed(out)
    refused.lines(composed, raw)
    return out


def _tried(work: Any, faults: list[Fault]) -> Any:
    try:
        return work()
    except DealError as error:
        faults += error.faults
        return None


def _faults_of_case(case: Case, raw: Source, deal: Deal, raw_deal: Source, *figures: Figures) -> list[Fault]:
    products = [product.key for product in deal.product]
    tests = {each.key: [test.key for test in each.test if test.metric is None] for each in deal.milestone}
    measured = {each.key for each in deal.milestone if any(test.metric for test in each.test)}
    faults = list(cases.faults_of(case, raw, products, tests, measured))
    known = {
        "tranche": frozenset(each.key for each in deal.tranche),
        "election": frozenset(rights_of(deal)),
    }
    for place, kind, name in references(case):
        if kind in known and name not in known[kind]:
            faults.append(
                raw.fault(place, not_listed("clause to elect" if kind == "election" else kind, name, known[kind]))
            )
    faults += units.faults_of(case, raw, deal)
    faults += refused.elections(case, raw, deal)
    faults += _faults_of_prepayments(case, raw, deal)
    faults += _outside_the_months(case, raw_deal, deal)
    plan, actuals, market = figures
    faults += units.of_sizes(case, raw, market)
    for file, names in (
        (plan, [*products, *cases.PLAN_LINES]),
        (actuals, [*products, *cases.PLAN_LINES]),
        (market, sorted(case.market)),
    ):
        faults += [
            Fault(
                file.file,
                1,
                name,
                not_listed("line" if file is not market else "series of the case's market", name, names),
            )
            for name in file.columns
            if name not in names
        ]
    faults += [
        raw.fault(("plan", key), f"is also a column of {plan.file}; give it once")
        for key in case.plan
        if key in plan.columns
    ]
    faults += [
        raw.fault(("market", key), "has no value and no column in market.csv")
        for key, series in case.market.items()
        if series.value is None and key not in market.columns
    ]
    if deal.signing > case.ends[0]:
        faults.append(
            raw.fault(("model", "first"), f"the first month ends {case.ends[0]}, before the signing of {deal.signing}")
        )
    if not case.ends[0] - dt.timedelta(days=366) <= case.model.as_of <= case.ends[-1]:
        faults.append(
            raw.fault(
                ("model", "as_of"),
                f"{case.model.as_of} is outside the model's months, {case.ends[0]} to {case.ends[-1]}",
            )
        )
    return faults


def _faults_of_fixings(deal: Deal, raw: Source, fixings: Figures) -> Iterator[Fault]:
    """A rate compounded daily without its fixings, and fixings that no rate reads."""
    read_ = {each.rate.base for each in deal.tranche if each.rate.fixing == "daily"}
    for k, each in enumerate(deal.tranche):
        if each.rate.fixing == "daily" and not fixings.columns.get(each.rate.base or ""):
            what = f"needs fixings.csv beside the deal, with a column date and a column {each.rate.base} of fixings"
            yield raw.fault(("tranche", k, "rate", "fixing"), what)
    for name in fixings.columns:
        if name not in read_:
            yield Fault(fixings.file, 1, name, 'is the base rate of no tranche with fixing = "daily"')


def _outside_the_months(case: Case, raw: Source, deal: Deal) -> Iterator[Fault]:
    """Money received on a date outside the model, which would otherwise be missed."""
    before, last = case.ends[0].replace(day=1), case.ends[-1]
    lists: list[tuple[Place, list[Advance]]]
    lists = [(("tranche", k, "draw", "plan"), each.draw.plan) for k, each in enumerate(deal.tranche)]
    lists += [(("equity", k, "plan"), each.plan) for k, each in enumerate(deal.equity)]
    lists += [(("stream", k, "deposit"), each.deposit) for k, each in enumerate(deal.stream)]
    lists += [(("prepay", k, "deposit"), each.deposit) for k, each in enumerate(deal.prepay)]
    lists += [(("hedge", k, "premium"), each.premium) for k, each in enumerate(deal.hedge)]
    lists += [(("letter", k, "called"), each.called) for k, each in enumerate(deal.letter)]
    lists += [(("royalty", k, "deposit"), each.deposit) for k, each in enumerate(deal.royalty)]
    for place, rows in lists:
        for n, row in enumerate(rows):
            if not before <= row.date <= last:
                what = f"{row.date} is outside the model's months, {case.ends[0]} to {last}; what came before is an opening balance"
                yield raw.fault((*place, n, "date"), what)


def _faults_of_prepayments(case: Case, raw: Source, deal: Deal) -> Iterator[Fault]:
    """Prepayments outside the model, or before anything can be owed."""
    before, last = case.ends[0].replace(day=1), case.ends[-1]
    first = {each.key: each.draw.plan[0].date for each in deal.tranche if each.draw.plan and not each.opening}
    for k, part in enumerate(case.prepayment):
        drawn = first.get(part.tranche)
        if not before <= part.date <= last:
            yield raw.fault(
                ("prepayment", k, "date"), f"{part.date} is outside the model's months, {case.ends[0]} to {last}"
            )
        elif drawn and (part.date.year, part.date.month) <= (drawn.year, drawn.month):
            what = f"{part.date} must be in a month after {drawn}, when {part.tranche} is first drawn"
            yield raw.fault(("prepayment", k, "date"), what)


def _versions(raw: Source, deal: Deal, market: frozenset[str]) -> tuple[list[Deal], list[Fault]]:
    """The agreement as signed and after each amendment, each read like the first."""
    versions, faults, values = [deal], list[Fault](), raw.values
    known = set(faults_of(deal, raw, market))
    for k, patch in enumerate(raw.values.get("amendment", [])):
        values, wrong = amendment.amended(values, patch)
        faults += [raw.fault(("amendment", k, "set", path), why) for path, why in wrong.items()]
        if wrong:
            break
        patched = Source(raw.file, values, raw.lines)
        try:
            versions.append(parsed(patched, Deal))
        except DealError as error:
            found = error.faults
        else:
            found = [each for each in faults_of(versions[-1], patched, market) if each not in known]
            lost = amendment.left_out(versions[-2], versions[-1], deal.amendment[k].date)
            faults += [raw.fault(("amendment", k, "set"), what) for what in lost]
        faults += [raw.fault(("amendment", k, "set"), f"leaves {fault.key}: {fault.what}") for fault in found]
        if found:
            break
    return versions, faults


def compose(folder: Folder) -> Model:
    """The workbook of a deal.

    Raises:
        DealError: the clauses do not combine into a workbook, such as a metric that depends on itself.
    """
    draft = _composed(folder)
    book = _book(draft)
    return Model(
        draft.deal,
        draft.case,
        book,
        _inputs(draft),
        {page.name: page.colour for page in draft.pages.values()},
        draft.charts,
        draft,
    )


def refuse_circles(model: Model, folder: Path) -> None:
    """Prepare the formulas, so that circular clauses are reported before anything is written.

    Raises:
        DealError: a figure depends on itself.
    """
    try:
        prepared(model.book)
    except CircleError as error:
        labels = {f"{sheet}!{row}": model.book.row(key).label for key, (sheet, row) in model.book.place.items()}
        cells = [(sheet.strip("'"), row) for sheet, row in _CELL.findall(str(error).partition("circular: ")[2])]
        names = [labels.get(f"{sheet}!{row}", sheet) for sheet, row in cells] or [str(error)]
        what = f"clauses depend on one another in a circle: {' needs '.join(names)}"
        raise DealError([Fault(str(folder / "deal.toml"), 0, "", what)]) from error


_CELL = re.compile(r"('[^']+'|[^\s!]+)![A-Z]+(\d+)")


def _composed(folder: Folder) -> Draft:
    """The draft of the latest version; a figure that a version changes is kept in all versions."""
    room: dict[str, int] = {}
    drafts = list[Draft]()
    for _ in range(2):  # the second time every table has room for its longest version
        drafts = [_draft(replace(folder, deal=version), room) for version in folder.versions]
        for draft in drafts:
            room |= {key: max(size, room.get(key, 0)) for key, size in draft.room.items()}
    last = drafts[-1]
    for draft in drafts[:-1]:
        if set(draft.inputs) != set(last.inputs):
            odd = min(set(draft.inputs) ^ set(last.inputs))
            raise DealError(
                [
                    Fault(
                        str(folder.path / "deal.toml"),
                        0,
                        "amendment",
                        f"changes the form of a clause ({odd}), which is not modelled: an amendment gives a key a new value of the same form; or end the clause with drops and bring another in with adds",
                    )
                ]
            )
    last.versions = {
        key: [draft.inputs[key] for draft in drafts]
        for key, value in last.inputs.items()
        if key in last.is_term and any(draft.inputs[key] != value for draft in drafts)
    }
    _sheet_terms(last)
    return last


def _draft(folder: Folder, room: Mapping[str, int]) -> Draft:
    """Every clause, and what they come to, in the order in which one needs another."""
    draft = Draft(folder.deal, folder.case, room)
    operations.write_front(draft)
    operations.write_timeline(draft)
    operations.write_scenarios(draft)
    operations.write_market(draft, folder.market)
    if folder.holidays:
        lists.write_holidays(draft, folder.holidays)
    for name, days in folder.fixings.columns.items():
        lists.write_fixings(draft, name, days)
    operations.write_plan(draft, folder.plan, folder.actuals)
    listed.write(draft, "milestone", "stream", "royalty", "offtake")
    operations.write_operations(draft, folder.plan)
    listed.write(draft, "equity", "tranche", "prepay", "gold_loan")
    equity.write_kickers(draft)
    listed.write(draft, "fee", "letter", "hedge", "account")  # an account pays claims of those before it
    hedge_book.write_book(draft)
    finance.write_revolvers(draft)
    listed.write(draft, "sweep")
    finance.write_funding(draft)
    waterfall.write(draft)
    ledger.write(draft)
    finance.write_debt(draft)
    listed.write(draft, "covenant")
    covenant.write_states(draft)
    metric.write(draft)
    metric.write_charts(draft)
    finance.write_lags(draft)
    finance.write_balance(draft)
    finance.write_annual(draft)
    front.write_cover(draft)
    front.write_dashboard(draft)
    calendar.write(draft)
    front.write_certificate(draft)
    front.write_amendments(draft)
    front.write_cash(draft)
    risk.write(draft)
    front.write_log(draft)
    front.write_checks(draft, _areas(draft))
    return draft


def _areas(draft: Draft) -> list[str]:
    """The cells of every monthly sheet that are searched for errors."""
    last = column_name(FIRST_MONTH + draft.case.model.months - 1)
    return [
        f"{quoted(page.name)}!$E${FIRST_ROW}:${last}${FIRST_ROW - 1 + len(page.rows)}"
        for page in draft.pages.values()
        if page.monthly and page.rows
    ]


def _sheet_terms(draft: Draft) -> None:
    """Every figure of the agreement; one that amendments change in all its versions."""
    versions = draft.versions
    rows = []
    for row in draft.terms:
        if row.key not in versions:
            rows.append(row)
            continue
        chosen = f"=INDEX([{row.key}:across],1,{{amendment.version}})"
        rows.append(replace(row, value=chosen, across=len(versions[row.key])))
        draft.inputs[f"{row.key}@across"] = versions[row.key]
        del draft.inputs[row.key]
    titles = ("As signed", *(f"{each.date:%d-%b-%Y}" for each in draft.deal.amendment)) if versions else ()
    page = draft.page(
        TERMS,
        "Every figure of the agreement and the case: changing one changes the model.",
        INPUTS,
        monthly=False,
        across_titles=titles,
    )
    page.rows = rows


def _book(draft: Draft) -> Book:
    titles = [each.title for each in draft.deal.tranche]
    order = [name for each in _ORDER for name in (titles if each == "<tranches>" else [each])]
    pages = [draft.pages[name] for name in order if name in draft.pages and draft.pages[name].rows]
    say = in_currency(draft.deal, draft.case)
    sheets = [_sheet(page, say) for page in pages]
    places = {}
    for key, (name, row) in Book(sheets, draft.case.model.months, {}).place.items():
        listed, _, number = key.rpartition(".")
        if number == "1" and listed in draft.ranges:
            places[listed] = Area(name, row - 1, VALUE, row - 2 + draft.ranges[listed], VALUE)
    for key, listed in draft.beside.items():
        area = places[listed]
        places[key] = Area(area.sheet, area.top, START, area.bottom, START)
    names = {key: key.replace(".", "_") for key in places}
    entries = ledger.table(draft)
    if entries is None:
        return Book(sheets, draft.case.model.months, names, Extra(places))
    return Book(sheets, draft.case.model.months, names | ledger.NAMES, together(Extra(places), entries.extra))


def _sheet(page: Page, say: Callable[[str], str]) -> Sheet:
    rows = [_in_currency(row, say) for row in page.rows]
    return Sheet(page.name, page.purpose, rows, monthly=page.monthly, **page.options)


def _in_currency(row: Row, say: Callable[[str], str]) -> Row:
    """A line whose words name the deal's own currency; its unit still decides its number format."""
    value = say(row.value) if isinstance(row.value, str) else row.value
    return replace(row, label=say(row.label), value=value)


def _inputs(draft: Draft) -> Values:
    """The inputs as the calculator takes them: dates as datetime64, blanks as NaN, months as arrays.

    What commands write is blank until they have run.
    """
    rows = [row for page in draft.pages.values() for row in page.rows]
    out: Values = blank([row for row in rows if not row.results], draft.case.model.months)
    for key, value in draft.inputs.items():
        if isinstance(value, list):
            out[key] = _array(value) if "@" in key else _array(value)[:, None]
        elif value is None:
            out[key] = np.nan
        elif isinstance(value, dt.date):
            out[key] = np.datetime64(value, "D")
        else:
            out[key] = value
    return out


def _array(values: list[Any]) -> Any:
    if any(isinstance(value, dt.date) for value in values):
        return np.array([np.datetime64("NaT") if value is None else np.datetime64(value, "D") for value in values])
    return np.array([np.nan if value is None else float(value) for value in values])
