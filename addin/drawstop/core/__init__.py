"""The agreement as pure functions of NumPy arrays: no input or output, no defaults, no spreadsheet.

Units: money is in US dollars and never rounded, rates and parts of a whole are decimals, interest is per year, gold
is in troy ounces, dates are ``datetime64[D]`` with NaT for "has not happened".

Shapes: arguments are scalars or arrays that broadcast by NumPy's rules to the shape of the result. A *series* is one
array over time; a function that reads one says so, and says what happens to its axis.

Errors: nothing is checked here. :mod:`drawstop.functions` checks cells first; for anything it would refuse, the result
is whatever NumPy gives.
"""
