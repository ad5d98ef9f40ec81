"""drawstop: a mine's project loan as spreadsheet functions, from the credit agreement to the cell."""
