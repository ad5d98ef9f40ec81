"""The spreadsheet programs that the functions are registered with."""
