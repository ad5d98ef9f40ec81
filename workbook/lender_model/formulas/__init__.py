"""The workbook's formulas: read once, calculated for one case, compiled for many.

:mod:`.syntax` reads an A1 formula into a tree; :mod:`.lines` puts cells that say the same together; :mod:`.order` says
which needs which.
"""
