"""Run inside Pyodide: every call through the module that xlwings Lite imports; the answers as hexadecimal of a pickle.

Not every Pyodide has a wheel of pydantic_core: without one, the facility is a stand-in that knows the terms.
"""

import pickle
import sys
import types
from pathlib import Path

sys.path[:0] = ["/addin", "/pure"]
sys.dont_write_bytecode = True
asked = pickle.loads(Path("/calls.pickle").read_bytes())  # noqa: S301 - from the test
try:
    import pydantic  # noqa: F401 - only whether it is there
except ImportError:
    import drawstop

    stand_in = types.ModuleType("drawstop.facility")
    terms = {key: types.SimpleNamespace(value=value) for key, value in asked["terms"].items()}
    stand_in.load = lambda *_: types.SimpleNamespace(value=asked["terms"].__getitem__, terms=terms)
    sys.modules["drawstop.facility"] = drawstop.facility = stand_in

from drawstop.hosts import excel  # noqa: E402 - found from here on

pickle.dumps([getattr(excel, name)(*given) for name, given in asked["calls"]]).hex()
