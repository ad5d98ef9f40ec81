"""The Calc add-in: an extension (.oxt) built from the functions' declarations.

No SDK is needed: LibreOffice reads types from the text of an IDL file, and loads the Python component beside it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drawstop.functions import FUNCTIONS
from drawstop.functions.cells import Date
from drawstop.functions.declare import Function, Parameter
from drawstop.functions.examples import example

IDENTIFIER = "drawstop.calc"
SERVICE = "DRAWSTOP"
ROWS = "_ROWS"

_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">
 <manifest:file-entry manifest:full-path="functions.idl"
  manifest:media-type="application/vnd.sun.star.uno-typelibrary;type=RDB"/>
 <manifest:file-entry manifest:full-path="shim.py"
  manifest:media-type="application/vnd.sun.star.uno-component;type=Python"/>
</manifest:manifest>
"""
_DESCRIPTION = """<?xml version="1.0" encoding="UTF-8"?>
<description xmlns="http://openoffice.org/extensions/description/2006">
 <identifier value="{identifier}"/>
 <version value="{version}"/>
 <display-name><name lang="en">drawstop: functions of a project loan</name></display-name>
</description>
"""


@dataclass(frozen=True)
class Method:
    """A function as Calc calls it.

    Calc accepts a result either as one cell ("any") or as rows. A number in one row and column works everywhere; but a
    text in rows equals no other text (LibreOffice 7.4), so that ``=MILESTONE(…)="missed"`` would silently be FALSE. A
    function that returns a text therefore returns one cell, and has a second method for ranges.
    """

    function: Function
    rows: bool = True
    suffix: str = ""

    @property
    def name(self) -> str:
        """Its name in a formula."""
        return self.function.name + self.suffix

    @property
    def summary(self) -> str:
        """Its help in the function wizard."""
        note = f' Over ranges; compare its texts as in {self.name}(…)&""="…".' if self.suffix else ""
        return self.function.summary + note

    def idl(self) -> str:
        """Its type. The arguments are "any": a number, a text, a range, or nothing."""
        types = ["any"] * len(self.function.parameters)
        if self.function.variadic:
            types[-1] = "sequence< any >"
        arguments = ", ".join(f"[in] {of} p{i}" for i, of in enumerate(types))  # IDL does not allow names such as as_of
        return f"{'sequence< sequence< any > >' if self.rows else 'any'} {self.name}({arguments});"


@functools.cache
def methods() -> dict[str, Method]:
    """All methods by name."""
    found = []
    for spec in FUNCTIONS.values():
        if isinstance(example(spec).answer, str):
            found.append(Method(spec, rows=False))
            if not spec.variadic:
                found.append(Method(spec, suffix=ROWS))
        else:
            found.append(Method(spec))
    return {method.name: method for method in found}


@functools.cache
def with_texts() -> frozenset[str]:
    """The methods whose rows hold texts."""
    answers = {name: example(method.function).answer for name, method in methods().items() if method.rows}
    return frozenset(
        name
        for name, answer in answers.items()
        if any(isinstance(cell, str) for cell in np.ravel(np.array(answer, dtype=object)))
    )


def idl() -> str:
    """The type of every method, as the text that LibreOffice reads."""
    lines = "".join(f"    {method.idl()}\n" for method in methods().values())
    return f"module drawstopcalc {{\n  interface XFunctions {{\n{lines}  }};\n}};\n"


def declarations() -> str:
    """What the shim must know: where drawstop and its dependencies are, and the texts of the function wizard."""
    functions = {
        name: {
            "function": method.function.name,
            "rows": method.rows,
            "variadic": method.function.variadic,
            "summary": method.summary,
            "zeros": [k for k, p in enumerate(method.function.parameters) if _zero_is_not_blank(p)],
            "arguments": [(p.name, p.help()) for p in method.function.parameters],
        }
        for name, method in methods().items()
    }
    python = ".".join(map(str, sys.version_info[:2]))
    return json.dumps({"python": python, "folders": folders(), "methods": functions}, indent=1)


def _zero_is_not_blank(parameter: Parameter) -> bool:
    """Whether a 0 means something other than a blank; Calc passes a blank cell as 0.

    A blank required amount is 0, and a date of 0 is blank.
    """
    amount = parameter.arg.kind.blank == 0 and not parameter.optional
    return not amount and not isinstance(parameter.arg.kind, Date)


def folders() -> list[str]:
    """The folders in which drawstop and its compiled dependencies were found, for LibreOffice's Python to look in."""
    found = []
    for package in ("drawstop", "numpy", "pydantic"):
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            found.append(str(Path(spec.origin).resolve().parents[1]))
    return list(dict.fromkeys(found))


def parts() -> dict[str, str]:
    """The extension's files by name."""
    description = _DESCRIPTION.format(identifier=IDENTIFIER, version=version())
    return {"META-INF/manifest.xml": _MANIFEST, "description.xml": description, **_contents()}


def version() -> str:
    """The extension's version, a digest of its contents, so that an outdated one is noticed."""
    digest = hashlib.sha256(json.dumps(_contents(), sort_keys=True).encode()).hexdigest()
    return f"1.{int(digest[:8], 16)}"


def _contents() -> dict[str, str]:
    return {
        "functions.idl": idl(),
        "functions.json": declarations(),
        "shim.py": Path(__file__).with_name("shim.py").read_text(encoding="utf-8"),
        "drawstop_blanks.py": Path(__file__).with_name("blanks.py").read_text(encoding="utf-8"),
    }


def build(path: Path) -> None:
    """Write the extension."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts().items():
            archive.writestr(name, text)
