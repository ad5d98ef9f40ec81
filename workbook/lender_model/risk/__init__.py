"""Many futures of the same model: simulation, break-evens and sensitivity, by the workbook's own formulas.

``paths`` draws prices and LIBOR, ``simulate`` runs the model along them, ``breakeven`` and ``sensitivity``
move one input at a time, ``store`` reads a workbook and puts results on its sheet Risk.
"""

from __future__ import annotations


class RiskError(ValueError):
    """A simulation or search that cannot run: one line with the fault."""
