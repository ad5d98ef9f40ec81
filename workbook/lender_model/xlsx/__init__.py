"""The file of a workbook: its parts, the cells of its sheets, its place on the disk, and copies for others."""
