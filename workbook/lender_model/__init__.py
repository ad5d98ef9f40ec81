"""The lender model: its case, its sheets, the workbook built from them, and its refresh.

>>> import lender_model
>>> lender_model.frames()["Proceeds"].xs("proceeds.minimum")["1996-09-30"].item()
8984000.0
"""

from typing import Any

__all__ = ["frames"]


def __getattr__(name: str) -> Any:
    """Import pandas only when tables are asked for, so that commands start quickly."""
    if name == "frames":
        from lender_model.tables import frames  # noqa: PLC0415 - see above

        return frames
    raise AttributeError(name)
