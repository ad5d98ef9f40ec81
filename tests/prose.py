"""The English of the project, checked by proselint and by our own list of phrases: ``python -m tests.prose [FILE…]``.

It reads documents, and the docstrings, strings and comments of Python files. Each finding is a line with file, line and
column. The checks that are off, and our list, are in ``pyproject.toml``.
"""

import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import accumulate
from pathlib import Path

from proselint.checks import __register__ as proselint_checks
from proselint.config import DEFAULT, Config
from proselint.registry import CheckRegistry
from proselint.registry.checks import Check, CheckFlags
from proselint.registry.checks.types import PreferredForms
from proselint.tools import LintFile

ROOT = Path(__file__).resolve().parents[1]
READ = ("README.md", "addin", "workbook", "tests")
SUFFIXES = {".md", ".py", ".toml", ".html", ".bas", ".xml"}

_SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["prose"]
_OURS = Check(
    check_type=PreferredForms(
        items={phrase.replace(" ", r"\s+"): better for phrase, better in _SETTINGS["instead"].items()}
    ),
    path="drawstop",
    message="'{1}': {0}",
    flags=CheckFlags(allow_quotes=True),
)
_CONFIG = Config(
    max_errors=DEFAULT["max_errors"],
    # proselint takes the first key that fits, so those that are off come first
    checks=dict.fromkeys(_SETTINGS["off"], False)
    | {_OURS.path: True, **{key: on for key, on in DEFAULT["checks"].items() if key not in _SETTINGS["off"]}},
)

_CODE = {  # what is not prose, by kind of file
    ".md": r"^```[^`]*^```|`[^`]+`|<[^<>]*>|\]\([^)]*\)|https?://\S+",
    ".py": r"``[^`]+``|`[^`]+`|:\w+:`[^`]+`|^ *(>>>|\.\.\.).*|https?://\S+|\\n|\{[^{}]*\}",  # holes of f-strings too
    ".toml": r'^\s*[\w."-]+\s*=|[\w-]+ = |^\[.*\]|"[\w.]*"|https?://\S+',
    ".html": r"<style>[^<]*</style>|<[^<>]*>|\{[{%][^}]*\}",
    ".xml": r"</?[\w:]+|[\w:]+=",
    ".bas": r"^[^'\"]*\n",
}
_QUOTES = re.compile(r'^\w{0,2}("""|"|\')|("""|"|\')$')
_KEY = re.compile(r"""["'][\w./-]*["']""")  # a string of one word is a key, a name or a format
_STRINGS = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def hidden(text: str) -> str:
    """The text with a bar for every character that is not a space, so that lines and columns stay."""
    return re.sub(r"\S", "|", text)


def strings_of(source: str) -> str:
    """Python source of which only strings and comments are left."""
    starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    shown = list(hidden(source))
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type in _STRINGS and not _KEY.fullmatch(token.string):
            first, last = (starts[row - 1] + column for row, column in (token.start, token.end))
            shown[first:last] = _QUOTES.sub(lambda found: " " * len(found[0]), source[first:last])
    return "".join(shown)


def prose(name: str, source: str) -> str:
    """What people read of a file, each word in its place.

    >>> prose("a.py", 'raise KeyError("no such key")  # as typed')
    '||||| ||||||||| no such key |  # as typed'
    """
    suffix = Path(name).suffix
    text = strings_of(source) if suffix == ".py" else source
    return re.sub(_CODE[suffix], lambda found: hidden(found[0]), text, flags=re.MULTILINE).replace('"', " ")


def faults(name: str, source: str) -> Iterator[str]:
    """What proselint and our list find in a file, a line each."""
    registry = CheckRegistry()
    if not registry.checks:
        registry.register_many((*proselint_checks, _OURS))
    for result in LintFile(name, prose(name, source)).lint(_CONFIG):
        line, column = result.pos
        yield f"{name}:{line}:{column}: {result.check_result.check_path}: {result.check_result.message}"


def files() -> list[str]:
    """The files that people read, as git lists them; published data is not ours to word."""
    command = ["git", "ls-files", *READ]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    return [name for name in listed.stdout.splitlines() if Path(name).suffix in SUFFIXES and "data/" not in name]


def main(names: Sequence[str]) -> int:
    """Print every fault of the files named, or of all; 1 if there is any."""
    read = [name for name in files() if not names or name in names]
    found = [fault for name in read for fault in faults(name, (ROOT / name).read_text(encoding="utf-8"))]
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
