"""Build the workbook: structure with XlsxWriter, then every cached value with the patcher that a refresh also uses."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Mapping

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from drawstop.serials import serial_of
from lender_model import case, model, refresh
from lender_model.formulas.syntax import column_number
from lender_model.grid import (
    FIRST_MONTH,
    FIRST_ROW,
    INPUT,
    KEY,
    LABEL,
    NOTE,
    RESULT,
    START,
    UNIT,
    VALUE,
    Row,
    Sheet,
    Values,
    quoted,
)  # fmt: skip
from lender_model.risk import simulate, store
from lender_model.risk.base import Case
from lender_model.risk.breakeven import break_evens
from lender_model.risk.fingerprint import fingerprint
from lender_model.risk.paths import dynamics, history
from lender_model.risk.sensitivity import tornado
from lender_model.sheets import annual, daily, dashboard, ledger, risk
from lender_model.writing import style, validations
from lender_model.writing.formats import Formats, lines_of
from lender_model.writing.page import Page
from lender_model.xlsx.engine import EXCEL_CALC_ID
from lender_model.xlsx.package import Package

PATHS, SEED = 10_000, 1
"""For the simulation whose results the workbook ships with."""

_HEADER_ROW = FIRST_ROW - 2
_A3, _A4 = 8, 9
_ROWS_OF_A_PAGE = 80
"""The most lines of months that are readable on one page."""
_TITLE_HEIGHT = 20.0
_MONTH_WIDTH = 10.0
_WIDTHS: dict[int, float] = {KEY: 3, LABEL: 44, UNIT: 9, NOTE: 38, VALUE: 14, START: 11}


_PRINTED = {home.SHEET.name: (home.LAST_ROW, home.LAST_COLUMN) for home in (dashboard, annual)}
"""Last row and column of sheets whose charts reach beyond their lines."""


_GROUPS = {
    "#102A43": ("Cover", "Dashboard", "Calendar"),
    "#C99A2E": ("Terms", "Market", "Plan", "Actuals", "Daily", "Ledger", "Variance", "Scenarios",
                "Switches"),
    "#2680C2": ("Timeline", "Operations", "Funding", "Loan", "Proceeds", "Waterfall", "Balance", "Covenants", "NPMC",
                "Completion", "Note", "Gold", "Ratios", "Annual"),
    "#3F9142": ("Risk", "Certificate"),
    "#9AA5B1": ("Checks", "Readings", "Functions", "Map", "Log"),
}  # fmt: skip
_COLOURS = {name: colour for colour, names in _GROUPS.items() for name in names}
"""Colour of each sheet's tab: where it stands, what goes in, what is calculated, what comes out, what it rests on."""


class _Writer(Formats):
    """One workbook being written."""

    def __init__(self, book: Workbook, notes: Mapping[str, str]) -> None:
        super().__init__(book)
        self.notes = notes


def workbook(inputs: Values, notes: Mapping[str, str]) -> bytes:
    """The whole workbook for the inputs given."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_format_properties": dict(style.STANDARD_FONT)})
    stamp = dt.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "838339200")), dt.UTC)
    book.set_properties({"title": model.SHEETS[0].purpose, "created": stamp.replace(tzinfo=None)})
    writer = _Writer(book, notes)
    for sheet in _tabs():
        if sheet is daily.SHEET:
            _write_daily(writer)
        elif sheet is ledger.SHEET:
            _write_ledger(writer)
        else:
            _write_sheet(writer, sheet)
    for key, name in model.BOOK.names.items():
        if key in model.BOOK.place:
            book.define_name(name, _reference(key))
    book.worksheets()[0].activate()
    book.close()
    package = Package(buffer.getvalue(), "lender model")
    package = package.with_calculation(full_on_load=False, calc_id=EXCEL_CALC_ID)
    return refresh.filled(package, _with_results(inputs)).to_bytes()


def _with_results(inputs: Values) -> Values:
    """The inputs, and the results of refresh, simulation, break-even search and sensitivity for them."""
    inputs = inputs | {"risk.inputs": fingerprint(inputs)} | model.compare(inputs)
    values, past = model.run(inputs), history(inputs["cover.as_of"])
    case_ = Case.of(inputs)
    paths = simulate.run(simulate.job(case_, dynamics(inputs, past), SEED), PATHS)
    even = break_evens(case_)
    found = {
        "simulation": store.of_simulation(paths, past, store.words_of_simulation(PATHS, SEED)),
        "breakeven": store.of_break_evens(even, values, store.levers_moved(even)),
        "sensitivity": store.of_tornado(tornado(case_), store.ONE_MOVED),
    }
    for kind, figures in found.items():
        inputs |= store.of_run(kind, figures, values)
    return inputs


def build() -> bytes:
    """The workbook of the case as shipped."""
    return workbook(*case.inputs())


def _reference(key: str) -> str:
    sheet, row = model.BOOK.place[key]
    last = row + model.BOOK.row(key).spill - 1
    tail = f":$E${last}" if last > row else ""
    return f"={quoted(sheet)}!$E${row}{tail}"


def _write_sheet(writer: _Writer, sheet: Sheet) -> None:
    page = writer.page(sheet.name)
    page.set_default_row(style.ROW_HEIGHT)
    if sheet.layout:
        _write_layout(writer, page, sheet)
        return
    months = model.MONTHS if sheet.monthly else max([row.width for row in sheet.rows], default=0)
    last_column = FIRST_MONTH + months - 1
    _write_top(writer, page, sheet)
    for i, row in enumerate(sheet.rows):
        at = FIRST_ROW - 1 + i
        if row.is_head:
            _write_head(writer, page, row, at)
        else:
            _write_words(writer, page, sheet, row, at)
            _write_conditions(writer, page, row, at)
            _write_figures_that_stay(writer, page, row, at)
            _write_inputs(writer, page, row, at)
            _write_results(writer, page, row, at)
    for row, at, column, formula in model.BOOK.cells(sheet):
        _write_formula(writer, page, row, at, column, formula)
    writer.show_rests_as_nil(page, sheet, model.MONTHS)
    if sheet.shaded:
        _shade(writer, page, sheet)
    for home in (dashboard, annual, risk):
        if sheet is home.SHEET:
            home.add_charts(writer.book, page, model.BOOK.place, model.MONTHS)
    page.set_column(FIRST_MONTH, max(FIRST_MONTH, last_column), _MONTH_WIDTH)
    wide = {} if sheet.monthly else {VALUE: 22.0}
    for column, width in (_WIDTHS | wide | dict(sheet.widths)).items():
        page.set_column(column, column, width)
    page.freeze_panes(FIRST_ROW - 1, FIRST_MONTH if sheet.monthly else 0)
    page.hide_gridlines(2)
    if sheet.name in _PRINTED:
        _set_page(page, sheet, *_PRINTED[sheet.name])
    else:
        _set_page(page, sheet, FIRST_ROW - 2 + len(sheet.rows), max(START, last_column))


def _shade(writer: _Writer, page: Worksheet, sheet: Sheet) -> None:
    """Shade the months in which a flag of the sheet is set."""
    flag = model.BOOK.place[sheet.shaded][1]
    rule = {"type": "formula", "criteria": f"=G${flag}=1", "format": writer.format({"bg_color": style.HEAD_FILL})}
    last_row, last_column = FIRST_ROW - 2 + len(sheet.rows), FIRST_MONTH + model.MONTHS - 1
    page.conditional_format(FIRST_ROW - 1, FIRST_MONTH, last_row, last_column, rule)


def _write_layout(writer: _Writer, page: Worksheet, sheet: Sheet) -> None:
    """A sheet that writes itself, below the same header as every other."""
    assert sheet.layout  # noqa: S101 - tells the type checker what the caller knows
    _write_top(writer, page, sheet)
    own = Page(page, writer.format, sheet.widths)
    sheet.layout(own, model.BOOK)
    page.freeze_panes(FIRST_ROW - 1, 0)
    page.hide_gridlines(2)
    page.set_margins(left=0.4, right=0.4)
    _set_page(page, sheet, *own.finish())


def _write_top(writer: _Writer, page: Worksheet, sheet: Sheet) -> None:
    _write_title(writer, page, sheet)
    widths, high = _WIDTHS | dict(sheet.widths), 1
    for column, text in sheet.headings.items():
        look = "header" if sheet.layout or column < VALUE else "number header"
        indent = {"indent": 1} if sheet.indented and column > LABEL else {}
        page.write_string(_HEADER_ROW, column, text, writer.format(style.STYLES[look] | indent))
        if column > KEY:
            high = max(high, style.lines(text, widths.get(column, _MONTH_WIDTH), style.STYLES[look]))
    page.set_row(_HEADER_ROW, style.LINE_HEIGHT * high + 2)
    if sheet.monthly:
        for column, text in enumerate(case.months(), start=FIRST_MONTH):
            end = dt.date.fromisoformat(text)
            formula = model.BOOK.formula("=[time.end]", sheet.name, column)
            # its date now, by which the search for a workbook's lines recognises the months
            page.write_formula(_HEADER_ROW, column, formula, writer.named("month"), int(serial_of(end)))
        actual = {"type": "formula", "criteria": "=G$5<=cover_as_of", "format": writer.format({"bg_color": "#BCCCDC"})}
        page.conditional_format(_HEADER_ROW, FIRST_MONTH, _HEADER_ROW, FIRST_MONTH + model.MONTHS - 1, actual)


def _write_title(writer: _Writer, page: Worksheet, sheet: Sheet) -> None:
    page.set_row(0, _TITLE_HEIGHT)
    page.write_string(0, LABEL, sheet.name, writer.named("title"))
    page.write_string(1, LABEL, sheet.purpose, writer.named("purpose"))
    page.write_string(3, LABEL, "; ".join(sheet.clauses), writer.named("clauses"))
    page.set_tab_color(_COLOURS[sheet.name])
    # where the sheet lays out itself, its columns are narrow where the title stands
    writer.write_links(page, sheet, _tabs(), NOTE if sheet.layout else UNIT)
    _write_check_light(writer, page, sheet)


def _write_check_light(writer: _Writer, page: Worksheet, sheet: Sheet) -> None:
    """Green if all is well, amber with alerts, red if a hard check fails."""
    page.write_string(2, KEY, f"light.{sheet.name}", writer.named("key"))
    page.write_formula(2, LABEL, model.BOOK.formula("={checks.light}", sheet.name, LABEL), writer.named("light"))
    for criteria, look in (("=checks_ok<>1", "red"), ("=checks_alerts<>0", "amber")):
        rule = {"type": "formula", "criteria": criteria, "format": writer.named(look), "stop_if_true": True}
        page.conditional_format(2, LABEL, 2, LABEL, rule)


def _write_head(writer: _Writer, page: Worksheet, row: Row, at: int) -> None:
    if not row.label:  # room for charts
        return
    for column in (LABEL, UNIT, NOTE, VALUE, START):
        page.write_blank(at, column, None, writer.named("head"))
    page.write_string(at, LABEL, row.label, writer.named("head"))
    page.write_string(at, NOTE, row.note, writer.named("head note"))


def _write_words(writer: _Writer, page: Worksheet, sheet: Sheet, row: Row, at: int) -> None:
    page.write_string(at, KEY, row.key, writer.named("key"))
    page.write_string(at, LABEL, row.label, writer.format(style.STYLES["label"] | ({"bold": True} if row.bold else {})))
    page.write_string(at, UNIT, style.unit_label(row.unit), writer.named("unit"))
    note = row.note or writer.notes.get(row.key) or writer.notes.get(f"{row.key}@start", "")
    page.write_string(at, NOTE, note, writer.named("note"))
    lines = lines_of(row, note, _WIDTHS | dict(sheet.widths), _MONTH_WIDTH)
    if lines > 1:
        page.set_row(at, style.LINE_HEIGHT * lines)
    if row.key in style.LEGEND:
        page.write_string(at, VALUE, "123,456", writer.format(style.cell("US$", **style.LEGEND[row.key])))


def _write_conditions(writer: _Writer, page: Worksheet, row: Row, at: int) -> None:
    """Colours of status lights, and of words that report a problem."""
    for column, part, unit in ((VALUE, row.value, row.unit), (START, row.start, row.unit_of_start)):
        for rule, look in style.conditions(unit) if isinstance(part, str) else ():
            whole = {**rule, "format": writer.named(look), "stop_if_true": True}
            page.conditional_format(at, column, at, column, whole)


def _write_figures_that_stay(writer: _Writer, page: Worksheet, row: Row, at: int) -> None:
    if isinstance(row.value, float | tuple):
        for k in range(row.spill):
            page.write_blank(at + k, VALUE, None, writer.cell(row))
    if isinstance(row.start, float):
        page.write_blank(at, START, None, writer.cell(row, row.unit_of_start))


def _write_inputs(writer: _Writer, page: Worksheet, row: Row, at: int) -> None:
    ink = writer.cell(row, is_input=True)
    if row.value is INPUT:
        for k in range(row.spill):
            page.write_blank(at + k, VALUE, None, ink)
        _validate(page, row, row.unit, (at, VALUE, at + row.spill - 1, VALUE))
    if row.start is INPUT:
        page.write_blank(at, START, None, writer.cell(row, row.unit_of_start, is_input=True))
        _validate(page, row, row.unit_of_start, (at, START, at, START))
    if row.months is INPUT:
        for month in range(model.MONTHS):
            page.write_blank(at, FIRST_MONTH + month, None, ink)
        _validate(page, row, row.unit, (at, FIRST_MONTH, at, FIRST_MONTH + model.MONTHS - 1))
    if row.inputs_across:
        _validate(page, row, row.unit, (at, FIRST_MONTH, at, FIRST_MONTH + row.width - 1))
    for k in range(0 if row.each or row.results else row.width):
        fixed = isinstance(row.across, tuple)
        page.write_blank(at, FIRST_MONTH + k, None, writer.named("number header") if fixed else ink)


def _write_results(writer: _Writer, page: Worksheet, row: Row, at: int) -> None:
    """Blank cells for the results of a command."""
    columns = [VALUE] if row.value is RESULT else []
    columns += [START] if row.start is RESULT else []
    columns += range(FIRST_MONTH, FIRST_MONTH + (model.MONTHS if row.months is RESULT else row.results))
    for column in columns:
        page.write_blank(at, column, None, writer.cell(row, row.unit_of_start if column == START else ""))


def _write_formula(writer: _Writer, page: Worksheet, row: Row, at: int, column: int, formula: str) -> None:
    ink = writer.cell(row)
    if row.array and column >= FIRST_MONTH:
        page.write_array_formula(at, column, at, column + model.MONTHS - 1, formula, ink)
    elif row.spill > 1 and column == VALUE:
        page.write_array_formula(at, column, at + row.spill - 1, column, formula, ink)
    else:
        unit = row.unit_of_start if column == START else ""
        if row.each and column >= FIRST_MONTH:
            unit = row.formulas_across[column - FIRST_MONTH][1]
        page.write_formula(at, column, formula, writer.cell(row, unit))


def _validate(page: Worksheet, row: Row, unit: str, cells: tuple[int, int, int, int]) -> None:
    choices = row.choices if unit == row.unit else ()
    limits = style.CHANGE_LIMITS if row.across else None
    rule = validations.rule(row.label, unit, choices, limits, several=row.several)
    if rule and style.unit_label(unit).endswith(style.THOUSANDS):
        rule |= {"input_title": "Whole dollars", "input_message": "Type the exact amount; the cell shows thousands."}
    if rule:
        page.data_validation(*cells, rule)


def _set_page(page: Worksheet, sheet: Sheet, last_row: int, last_column: int) -> None:
    page.set_portrait() if sheet.one_page or sheet.upright else page.set_landscape()
    page.set_paper(_A3 if sheet.monthly or sheet.large else _A4)
    page.print_area(0, LABEL, last_row, last_column)
    page.repeat_rows(_HEADER_ROW)
    if sheet.monthly:
        page.repeat_columns(LABEL, UNIT)
        page.fit_to_pages(sheet.pages_wide, 1 if len(sheet.rows) <= _ROWS_OF_A_PAGE else 0)
    else:
        page.fit_to_pages(1, 1 if sheet.one_page else 0)
    page.set_footer("&L&8&F – &A&R&8&P / &N")


def _tabs() -> list[Sheet]:
    """The sheets in the order of their tabs."""
    at = next(i for i, sheet in enumerate(model.SHEETS, 1) if sheet.name == "Actuals")
    return [*model.SHEETS[:at], daily.SHEET, ledger.SHEET, *model.SHEETS[at:]]


def _write_daily(writer: _Writer) -> None:
    """The only sheet that runs downward: a row per day."""
    page = writer.page("Daily")
    page.set_default_row(style.ROW_HEIGHT)
    _write_title(writer, page, daily.SHEET)
    for column, text in enumerate(daily.COLUMNS):
        page.write_string(_HEADER_ROW, column, text, writer.named("number header"))
    row_of = model.BOOK.formula("[ops.delivered:row]", "Daily", 0)
    ounces = writer.format(style.cell("oz", num_format="#,##0.0"))
    ink, price = (writer.format(style.cell(unit) | style.INPUT) for unit in ("oz", "US$/share"))
    date = writer.format(style.cell("date"))
    names = ("daily_dates", "daily_plan", "daily_actual", "daily_used", "daily_closes")
    columns = dict(zip(names, "BCDEF", strict=True))
    for k in range(daily.DAYS):
        line = FIRST_ROW + k
        formulas = daily.formulas(line, columns, row_of, first=k == 0)
        for name, look in (("daily_dates", date), ("daily_plan", ounces), ("daily_used", ounces)):
            page.write_formula(f"{columns[name]}{line}", f"={formulas[name]}", look)
        page.write_blank(f"{columns['daily_actual']}{line}", None, ink)
        page.write_blank(f"{columns['daily_closes']}{line}", None, price)
    last = FIRST_ROW + daily.DAYS - 1
    for column, row in ((3, Row("daily.actual", "Actual", "oz")), (5, Row("daily.closes", "Share close", "US$/share"))):
        _validate(page, row, row.unit, (FIRST_ROW - 1, column, last - 1, column))
    for name, letter in columns.items():
        writer.book.define_name(name, f"=Daily!${letter}${FIRST_ROW}:${letter}${last}")
    page.set_column(0, 0, 3)
    page.set_column(1, 5, 15)
    page.freeze_panes(FIRST_ROW - 1, 0)
    page.hide_gridlines(2)
    _set_page(page, daily.SHEET, last - 1, 5)


def _write_ledger(writer: _Writer) -> None:
    """The sheet of what happened: entries downward, and beside them the instalments."""
    page = writer.page(ledger.SHEET.name)
    page.set_default_row(style.ROW_HEIGHT)
    _write_title(writer, page, ledger.SHEET)
    page.write_string(3, LABEL, "; ".join(ledger.SHEET.clauses), writer.named("clauses"))
    page.write_string(_HEADER_ROW, KEY, "Key", writer.named("header"))
    page.set_row(_HEADER_ROW, 2 * style.LINE_HEIGHT + 2)
    for table in ledger.TABLES:
        table.write(page, writer, model.BOOK)
        for column in table.columns:
            at = column_number(column.letter)
            page.set_column(at, at, column.width)
            cells = f"${column.letter}${table.first}:${column.letter}${table.last}"
            writer.book.define_name(column.name, f"={table.sheet}!{cells}")
    page.set_column(KEY, KEY, 3)
    page.set_column(column_number("N"), column_number("N"), 3)
    page.freeze_panes(FIRST_ROW - 1, 0)
    page.hide_gridlines(2)
    _set_page(page, ledger.SHEET, FIRST_ROW + ledger.ENTRIES - 2, column_number(ledger.COLUMNS[-1].letter))
