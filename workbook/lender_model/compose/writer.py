"""A composed workbook as a file: every formula with its calculated value, written in one pass."""

from __future__ import annotations

import datetime as dt
import io
import os
from dataclasses import replace
from typing import Any

import numpy as np
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from drawstop.serials import serial_of
from lender_model.calculator import calculate
from lender_model.compose import edits, ledger
from lender_model.compose.charts import add_cash_chart, add_charts, add_risk_charts, last_chart_row
from lender_model.compose.model import Model
from lender_model.compose.operations import COMPARED
from lender_model.compose.operations import compared as rounded
from lender_model.formulas.syntax import column_name
from lender_model.grid import (
    DATE,
    FIRST_MONTH,
    FIRST_ROW,
    INPUT,
    KEY,
    LABEL,
    NOTE,
    RESULT,
    START,
    TEXT,
    UNIT,
    VALUE,
    Row,
    Sheet,
    Values,
    quoted,
)
from lender_model.sheets import log
from lender_model.writing import style
from lender_model.writing.formats import Formats, lines_of
from lender_model.xlsx.engine import EXCEL_CALC_ID
from lender_model.xlsx.package import Package

_HEADER_ROW = FIRST_ROW - 2
_A3, _A4 = 8, 9
_ROWS_OF_A_PAGE = 80
_MONTH_WIDTH, _TITLE_HEIGHT = 10.0, 20.0
_WIDTHS: dict[int, float] = {KEY: 3, LABEL: 44, UNIT: 9, NOTE: 38, VALUE: 14, START: 11}
_STAMP = "838339200"
"""The time of a build without SOURCE_DATE_EPOCH, so that two builds are the same."""
_COVER_WIDTH = 60.0


def build(model: Model) -> tuple[bytes, Values]:
    """The workbook of a deal, calculated, and its figures by key."""
    compared = {f"compare.{key}@across": list[Any]() for key in COMPARED}
    for scenario in model.case.scenarios:
        values = calculate(model.book, model.inputs | {"cover.scenario": scenario.name})
        for key, (_, _, line) in COMPARED.items():
            compared[f"compare.{key}@across"].append(rounded(_cell(values[line])))
    model = replace(
        model, inputs=model.inputs | {key: np.array(found, dtype=object) for key, found in compared.items()}
    )
    values = calculate(model.book, model.inputs)
    return workbook(model, values), values


def workbook(model: Model, values: Values) -> bytes:
    """The file: structure, formulas and values."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_format_properties": dict(style.STANDARD_FONT)})
    stamp = dt.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", _STAMP)), dt.UTC)
    book.set_properties({"title": f"{model.deal.name}: lender's model", "created": stamp.replace(tzinfo=None)})
    writer = _Writer(book, model, values)
    for sheet in model.book.sheets:
        writer.sheet(sheet)
    edits.write(writer.page(edits.SHEET), model.book)
    for key, name in model.book.names.items():
        book.define_name(name, writer.reference(key))
    book.worksheets()[0].activate()
    book.close()
    package = Package(buffer.getvalue(), model.deal.name)
    return package.with_calculation(full_on_load=False, calc_id=EXCEL_CALC_ID).to_bytes()


class _Writer(Formats):
    """One workbook being written."""

    def __init__(self, book: Workbook, model: Model, values: Values) -> None:
        super().__init__(book)
        self.model, self.values = model, values

    def reference(self, key: str) -> str:
        """The cells that a name refers to."""
        if key in self.model.book.place:
            sheet, row = self.model.book.place[key]
            return f"={quoted(sheet)}!$E${row}"
        area = self.model.book.extra.places[key]
        column = column_name(area.left)
        return f"={quoted(area.sheet)}!${column}${area.top + 1}:${column}${area.bottom + 1}"

    # ---- a sheet -------------------------------------------------------------------------------------------------

    def sheet(self, sheet: Sheet) -> None:
        page = self.page(sheet.name)
        page.set_default_row(style.ROW_HEIGHT)
        page.set_tab_color(self.model.colours[sheet.name])
        self._top(page, sheet)
        for at, row in enumerate(sheet.rows, start=FIRST_ROW - 1):
            if row.is_head:
                self._head(page, row, at)
            else:
                self._words(page, sheet, row, at)
                self._inputs(page, row, at)
                self._results(page, row, at)
        for row, at, column, formula in self.model.book.cells(sheet):
            self._formula(page, row, at, column, formula)
        for at, row in enumerate(sheet.rows, start=FIRST_ROW - 1):
            self._fixed(page, row, at)
        months = self.model.book.months if sheet.monthly else max([row.width for row in sheet.rows], default=0)
        last_column, last_row = max(START, FIRST_MONTH + months - 1), FIRST_ROW - 2 + len(sheet.rows)
        self.show_rests_as_nil(page, sheet, self.model.book.months)
        page.set_column(FIRST_MONTH, max(FIRST_MONTH, last_column), _MONTH_WIDTH)
        wide = {} if sheet.monthly else {VALUE: 22.0}
        wide |= {VALUE: _COVER_WIDTH, START: 4.0} if sheet.name == "Cover" else {}
        for column, width in (_WIDTHS | wide | dict(sheet.widths)).items():
            page.set_column(column, column, width)
        last_row, last_column = self._more(page, sheet, last_row, last_column)
        if sheet.name == "Cover":
            last_row = self._links(page, last_row + 2)
        page.freeze_panes(FIRST_ROW - 1, FIRST_MONTH if sheet.monthly else 0)
        page.hide_gridlines(2)
        self._print(page, sheet, last_row, last_column)

    def _more(self, page: Worksheet, sheet: Sheet, last_row: int, last_column: int) -> tuple[int, int]:
        """The charts of a sheet, and what is hidden; its last row and column with them."""
        match sheet.name:
            case "Dashboard":
                add_charts(self.book, page, self.model, self.values)
                return max(last_row, last_chart_row(self.model)), FIRST_MONTH + 14
            case "Risk":
                add_risk_charts(self.book, page, self.model, self.values)
            case "Log":
                page.set_row(last_row, None, None, {"hidden": True})
            case ledger.LEDGER:
                return self._entries(page, last_row, last_column)
            case "Cash":
                add_cash_chart(self.book, page, self.model)
                return last_row, FIRST_MONTH + 8
        return last_row, last_column

    def _entries(self, page: Worksheet, last_row: int, last_column: int) -> tuple[int, int]:
        """The table of the ledger's entries."""
        table = ledger.table(self.model.draft)
        if table is None:
            return last_row, last_column
        table.write(page, self, self.model.book, self.values)
        return table.last - 1, FIRST_MONTH + 1

    def _top(self, page: Worksheet, sheet: Sheet) -> None:
        page.set_row(0, _TITLE_HEIGHT)
        page.write_string(0, LABEL, sheet.name, self.named("title"))
        page.write_string(1, LABEL, sheet.purpose, self.named("purpose"))
        page.write_string(2, KEY, f"light.{sheet.name}", self.named("key"))
        light = self.model.book.formula("={checks.light}", sheet.name, LABEL)
        page.write_formula(2, LABEL, light, self.named("light"), self.values["checks.light"])
        for criteria, look in (("=checks_ok<>1", "red"), ("=checks_alerts<>0", "amber")):
            page.conditional_format(
                2,
                LABEL,
                2,
                LABEL,
                {"type": "formula", "criteria": criteria, "format": self.named(look), "stop_if_true": True},
            )
        self.write_links(page, sheet, self.model.book.sheets, UNIT)
        high = 1
        for column, text in sheet.headings.items():
            look = "header" if column < VALUE or sheet.name == "Log" else "number header"
            page.write_string(_HEADER_ROW, column, text, self.named(look))
            if column > KEY:
                width = (_WIDTHS | dict(sheet.widths)).get(column, _MONTH_WIDTH)
                high = max(high, style.lines(text, width, style.STYLES[look]))
        if high > 1:
            page.set_row(_HEADER_ROW, style.LINE_HEIGHT * high + 2)
        if sheet.monthly:
            for column, end in enumerate(self.model.case.ends, start=FIRST_MONTH):
                page.write_formula(
                    _HEADER_ROW,
                    column,
                    self.model.book.formula("=[time.end]", sheet.name, column),
                    self.named("month"),
                    int(serial_of(end)),
                )
            last = FIRST_MONTH + self.model.book.months - 1
            past = {"type": "formula", "criteria": "=G$5<=cover_as_of", "format": self.format({"bg_color": "#BCCCDC"})}
            page.conditional_format(_HEADER_ROW, FIRST_MONTH, _HEADER_ROW, last, past)

    def _head(self, page: Worksheet, row: Row, at: int) -> None:
        if not row.label:
            return  # room for a chart
        for column in (LABEL, UNIT, NOTE, VALUE, START):
            page.write_blank(at, column, None, self.named("head"))
        page.write_string(at, LABEL, row.label, self.named("head"))
        page.write_string(at, NOTE, row.note, self.named("head note"))

    def _words(self, page: Worksheet, sheet: Sheet, row: Row, at: int) -> None:
        page.write_string(at, KEY, row.key, self.named("key"))
        page.write_string(
            at, LABEL, row.label, self.format(style.STYLES["label"] | ({"bold": True} if row.bold else {}))
        )
        page.write_string(at, UNIT, self.model.in_currency(style.unit_label(row.unit)), self.named("unit"))
        page.write_string(at, NOTE, row.note, self.named("note"))
        lines = lines_of(row, row.note, _WIDTHS | dict(sheet.widths), _MONTH_WIDTH)
        if sheet.name == "Cover" and isinstance(self.values.get(row.key), str):
            lines = max(lines, style.lines(self.values[row.key], _COVER_WIDTH, self._look_of_text(row)))
        if lines > 1:
            page.set_row(at, style.LINE_HEIGHT * lines)
        if row.key in style.LEGEND:
            page.write_string(at, VALUE, "123,456", self.format(style.cell("US$", **style.LEGEND[row.key])))
        for column, part, unit in ((VALUE, row.value, row.unit), (START, row.start, row.unit_of_start)):
            for rule, look in style.conditions(unit) if isinstance(part, str) else ():
                page.conditional_format(
                    at, column, at, column, {**rule, "format": self.named(look), "stop_if_true": True}
                )

    # ---- cells ---------------------------------------------------------------------------------------------------

    def _inputs(self, page: Worksheet, row: Row, at: int) -> None:  # noqa: C901 - a part of a line, a case
        given = self.model.inputs
        ink = self.cell(row, is_input=True)
        if row.value is INPUT:
            _put(page, at, VALUE, given.get(row.key), ink)
            _validate(page, row, row.unit, (at, VALUE, at, VALUE))
        if row.start is INPUT:
            _put(page, at, START, given.get(f"{row.key}@start"), self.cell(row, row.unit_of_start, is_input=True))
            _validate(page, row, row.unit_of_start, (at, START, at, START))
        if row.months is INPUT:
            for column, value in enumerate(np.ravel(given[row.key]), start=FIRST_MONTH):
                _put(page, at, column, value, ink)
            _validate(page, row, row.unit, (at, FIRST_MONTH, at, FIRST_MONTH + self.model.book.months - 1))
        if isinstance(row.across, tuple):
            for column, text in enumerate(row.across, start=FIRST_MONTH):
                page.write_string(at, column, text, self.named("number header"))
        elif row.results:
            for column, value in enumerate(given[f"{row.key}@across"], start=FIRST_MONTH):
                is_date = row.key in log.KEYS and column == FIRST_MONTH + 1
                _put(page, at, column, value, self.cell(row, DATE if is_date else ""))
        elif row.inputs_across:
            for column, value in enumerate(given[f"{row.key}@across"], start=FIRST_MONTH):
                _put(page, at, column, value, ink)
            _validate(page, row, row.unit, (at, FIRST_MONTH, at, FIRST_MONTH + row.width - 1))

    def _results(self, page: Worksheet, row: Row, at: int) -> None:
        """The cells that commands fill."""
        given = self.model.inputs
        if row.value is RESULT:
            _put(page, at, VALUE, given[row.key], self.cell(row))
        if row.start is RESULT:
            _put(page, at, START, given[f"{row.key}@start"], self.cell(row, row.unit_of_start))
        if row.months is RESULT:
            for column, value in enumerate(np.ravel(given[row.key]), start=FIRST_MONTH):
                _put(page, at, column, value, self.cell(row))

    def _fixed(self, page: Worksheet, row: Row, at: int) -> None:
        """Figures that are part of the model."""
        if isinstance(row.value, float):
            page.write_number(at, VALUE, row.value, self.cell(row))
        if isinstance(row.start, float):
            page.write_number(at, START, row.start, self.cell(row, row.unit_of_start))

    def _formula(self, page: Worksheet, row: Row, at: int, column: int, formula: str) -> None:
        look = self.cell(row, row.unit_of_start) if column == START else self.cell(row)
        if row.key == "dash.answer" or (row.key.startswith("cover.") and row.unit == TEXT):
            look = self.format(self._look_of_text(row))
        if row.array and column >= FIRST_MONTH:
            last = column + self.model.book.months - 1
            figures = [_cell(value) for value in np.ravel(self.values[row.key])]
            page.write_array_formula(at, column, at, last, formula, look, figures[0])
            for k, figure in enumerate(figures[1:], start=1):
                _put(page, at, column + k, figure, look)
        else:
            if row.each and column >= FIRST_MONTH:
                look = self.cell(row, row.formulas_across[column - FIRST_MONTH][1])
            page.write_formula(at, column, formula, look, self._value(row, column))

    @staticmethod
    def _look_of_text(row: Row) -> dict[str, Any]:
        """The look of a sentence: it wraps on the Cover; on the Dashboard it runs on over the columns beside it."""
        answer = {"bold": True, "font_size": 10} if row.key.endswith(".answer") else {}
        return style.cell(TEXT, text_wrap=row.key != "dash.answer", **answer)

    def _value(self, row: Row, column: int) -> Any:
        """A formula's value in a cell."""
        if column == VALUE and row.value == "sum":
            figures = [value for value in np.ravel(self.values[row.key]).tolist() if isinstance(value, float)]
            return float(np.nansum(figures))
        if column == VALUE:
            return _cell(self.values[row.key])
        if column == START:
            return _cell(self.values[f"{row.key}@start"])
        name = row.key if row.months is not None else f"{row.key}@across"
        return _cell(np.ravel(self.values[name])[column - FIRST_MONTH])

    # ---- links and print -----------------------------------------------------------------------------------------

    def _links(self, page: Worksheet, at: int) -> int:
        """The list of sheets, each a link."""
        page.write_string(at, LABEL, "Sheets", self.named("head"))
        for sheet in self.model.book.sheets[1:]:
            at += 1
            page.write_url(
                at,
                LABEL,
                f"internal:{quoted(sheet.name)}!A1",
                self.format(style.cell(font_color=style.BLUE)),
                sheet.name,
            )
            page.write_string(at, VALUE, sheet.purpose, self.named("note"))
            lines = style.lines(sheet.purpose, _COVER_WIDTH, style.STYLES["note"])
            page.set_row(at, style.ROW_HEIGHT if lines == 1 else style.LINE_HEIGHT * lines)
        return at

    def _print(self, page: Worksheet, sheet: Sheet, last_row: int, last_column: int) -> None:
        page.set_portrait() if sheet.one_page or sheet.upright else page.set_landscape()
        page.set_paper(_A3 if sheet.monthly or sheet.large else _A4)
        page.print_area(0, LABEL, last_row, last_column)
        page.repeat_rows(_HEADER_ROW)
        if sheet.monthly:
            page.repeat_columns(LABEL, UNIT)
            page.fit_to_pages(max(1, -(-self.model.book.months // 15)), 1 if len(sheet.rows) <= _ROWS_OF_A_PAGE else 0)
        else:
            page.fit_to_pages(1, 1 if sheet.one_page or sheet.name in {"Cover", "Dashboard"} else 0)
        page.set_footer("&L&8&F – &A&R&8&P / &N")


def _cell(value: Any) -> Any:
    """A figure as stored in a cell; a figure that does not exist is blank."""
    if isinstance(value, np.ndarray):
        value = value.ravel()[0]
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else int(serial_of(value))
    if isinstance(value, dt.date):
        return int(serial_of(value))
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else float(value)
    return value


def _put(page: Worksheet, at: int, column: int, value: Any, look: Format) -> None:
    found = _cell(value)
    if found is None or found == "":
        page.write_blank(at, column, None, look)
    elif isinstance(found, str):
        page.write_string(at, column, found, look)
    else:
        page.write_number(at, column, found, look)


def _validate(page: Worksheet, row: Row, unit: str, cells: tuple[int, int, int, int]) -> None:
    if row.choices and unit == row.unit:
        rule: dict[str, Any] = {"validate": "list", "source": list(row.choices)}
        rule |= {"error_type": "information"} if row.several else {}
    elif unit == "date":
        rule = {
            "validate": "date",
            "criteria": "between",
            "minimum": dt.date(1900, 1, 31),
            "maximum": dt.date(9999, 12, 31),
        }
    elif unit in style.TEXTS:
        return
    else:
        low, high = (
            style.CHANGE_LIMITS
            if row.across
            else (-1e15, 1e15)
            if unit in {"US$", "oz", "ratio", "x", "of the metric"}
            else style.limits(unit)
        )
        kind = "integer" if unit in style.WHOLE else "decimal"
        rule = {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}
    rule |= {"error_title": row.label[:32], "error_message": f"{row.key}: {unit}"[:255]}
    page.data_validation(*cells, rule)
