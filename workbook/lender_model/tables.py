"""The model's sheets as pandas tables: a row per line, a column per month."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import numpy_financial as npf
import pandas as pd

from lender_model import case, model
from lender_model.grid import Row, Sheet, Values
from lender_model.refresh import calculate
from lender_model.xlsx.package import Package


def frames(
    book: Path | None = None, *, as_of: dt.date | None = None, scenario: str | None = None
) -> dict[str, pd.DataFrame]:
    """Every monthly sheet as a table, calculated by the Python model.

    Args:
        book: the workbook whose inputs to use; None for the case as shipped.
        as_of: as-of date in place of the inputs' own.
        scenario: scenario in place of the inputs'.

    Returns:
        Sheet name → table with the lines' keys, labels and units as index and month-ends as columns. Dollars are
        dollars; a dash means that a ratio does not exist.

    Raises:
        PackageError, WorkbookError: as a refresh raises them.

    Example:
        >>> frames()["Loan"].xs("loan.closing")["2000-12-31"].item()
        0.0
    """
    if book is not None:
        return _frames(calculate(Package.read(book), as_of=as_of, scenario=scenario).values)
    inputs, _ = case.inputs()
    changes: Values = {} if as_of is None else {"cover.as_of": np.datetime64(as_of)}
    changes |= {} if scenario is None else {"cover.scenario": scenario}
    return _frames(model.run({**inputs, **changes}))


def _frames(values: Values) -> dict[str, pd.DataFrame]:
    return {sheet.name: _frame(sheet, values) for sheet in model.SHEETS if sheet.monthly}


def _frame(sheet: Sheet, values: Values) -> pd.DataFrame:
    months = pd.DatetimeIndex(values["time.end"][:, 0].astype("datetime64[ns]"), name="month-end")
    rows: list[Row] = [row for row in sheet.rows if row.key and row.months is not None]
    index = pd.MultiIndex.from_tuples([(row.key, row.label, row.unit) for row in rows], names=["key", "line", "unit"])
    figures = [values[row.key][:, 0].tolist() for row in rows]
    return pd.DataFrame(figures, index=index, columns=months)


def sponsor_return(tables: dict[str, pd.DataFrame], capital_before: float) -> float:
    """The sponsor's annual return from the monthly line on sheet Ratios, by numpy-financial; NaN if it does not exist.

    The sheet shows Excel's own IRR over the same line.

    Args:
        tables: of :func:`frames`.
        capital_before: what was spent before the first month, in dollars.

    Example:
        >>> inputs, _ = case.inputs()
        >>> ours = sponsor_return(frames(), inputs["plan.capital_before"])
        >>> bool(np.isclose(ours, model.run(inputs)["ratio.irr"], rtol=1e-9))
        True
    """
    flows = np.r_[-capital_before, tables["Ratios"].xs("ratio.sponsor").to_numpy(dtype=np.float64)[0]]
    return float((1 + npf.irr(flows)) ** 12 - 1)
