"""The agreement as pure functions of NumPy arrays: no input or output, no defaults, no spreadsheet.

Money is in US dollars and never rounded, rates are decimals, gold is in troy ounces, dates are
``datetime64[D]`` with NaT for "has not happened". Functions broadcast unless their docstring says otherwise.
"""
