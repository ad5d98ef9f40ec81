"""Many futures of the same model: simulation, break-evens and sensitivity, by the steps that fill the workbook.

``paths`` says where prices and LIBOR may go, ``simulate`` sends the model along, ``breakeven`` and ``sensitivity``
move one input at a time, ``store`` reads a workbook and puts results on its sheet Risk.
"""

from __future__ import annotations


class RiskError(ValueError):
    """A simulation or search that cannot run: one line that names what is wrong."""
