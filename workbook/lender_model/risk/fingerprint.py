"""The fingerprint of a workbook's inputs, which ties the results of a run to them."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from typing import Any

import numpy as np

from lender_model.grid import Values
from lender_model.model import NO_RESULTS

_UNREAD = ("cover.refreshed", "cover.version", "words.", "cert.", "cash.month")
"""Inputs that no figure depends on."""


def fingerprint(inputs: Values, results: Container[str] = NO_RESULTS) -> str:
    """Twelve digits that change with any input of the model.

    Args:
        inputs: of a workbook; results of earlier runs among them do not count.
        results: keys of these; those of the 1996 workbook if left out.

    Example:
        >>> from lender_model import case
        >>> inputs, _ = case.inputs()
        >>> fingerprint(inputs) == fingerprint(inputs | {"plan.recovery": 0.84})
        False
    """
    digest = hashlib.sha256()
    for key in sorted(inputs):
        if key not in results and not key.startswith(_UNREAD):
            digest.update(key.encode() + b"\0" + _bytes(inputs[key]) + b"\0")
    return digest.hexdigest()[:12]


def _bytes(value: Any) -> bytes:
    array = np.asarray(value)
    if array.dtype.kind in "biuf":
        # twelve digits of a figure: a workbook saved by LibreOffice holds fifteen
        return "\0".join(f"{figure:.12g}" for figure in (array + 0.0).ravel().tolist()).encode()
    return "\0".join(array.ravel().astype(str).tolist()).encode()
