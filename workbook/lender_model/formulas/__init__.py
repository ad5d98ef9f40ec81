"""The workbook's formulas: parsed once, calculated for one case, compiled for many.

:mod:`.syntax` parses an A1 formula into a tree; :mod:`.lines` groups cells with the same formula; :mod:`.order` finds
which depends on which.
"""
