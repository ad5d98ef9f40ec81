"""Completion and the development plan (8-K item 5(a)) as formulas."""

from __future__ import annotations

from drawstop.functions.native.native import Native

FORMULAS = {
    "COMPLETION_DATE": Native(
        'MAX(mechanical,production,costs,reserves,IF(last_default_cured="",0,last_default_cured))',
        (
            ('AND(mechanical<>"",production<>"",costs<>"",reserves<>"")', "#N/A"),
            ("NOT(in_default)", "#N/A"),
        ),
    ),
    "MILESTONE": Native(
        'IF(achieved<=as_of,IF(achieved<=deadline,"met","met late"),IF(as_of<deadline,"pending","missed"))'
    ),
    "MATERIAL_DECLINE": Native("NOT(DRAWSTOP_COMPLIES(current-plan*(1-tolerance),plan*(1-tolerance)))"),
}
