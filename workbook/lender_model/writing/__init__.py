"""How a workbook is written: the look of cells, formats, texts that wrap, downward tables, and what inputs accept."""
