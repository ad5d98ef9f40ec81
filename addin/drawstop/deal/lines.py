"""The line of each key of a TOML file: tomllib gives the values, this gives their lines.

tomllib has already read the file, so it is known to be valid; only the positions are found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]
"""Keys and places in lists from the top of the file: ("tranche", 0, "margin")."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^,\]}\n#]*")
_QUOTES = ('"""', "'''", '"', "'")


def lines_of(text: str) -> dict[Path, int]:
    r"""The line, counted from 1, of every table, key and element of a list.

    >>> lines_of('[[fee]]\nrate = 1\n[[fee]]\nsteps = [1,\n 2]')[("fee", 1, "steps", 1)]
    5
    """
    return dict(_Reader(text).file())


class _Reader:
    """A position in the text that moves forward."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.tables: dict[Path, int] = {}

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def file(self) -> Iterator[tuple[Path, int]]:
        table: Path = ()
        while self._skip():
            line = self.line
            if self.text.startswith("[", self.at):
                table = self._header()
                yield table, line
            else:
                yield from self._pair(table)

    def _header(self) -> Path:
        listed = self.text.startswith("[[", self.at)
        self.at += 2 if listed else 1
        names = self._dotted()
        self.at = self.text.index("]]" if listed else "]", self.at) + (2 if listed else 1)
        path = (*self._within(tuple(names[:-1])), names[-1])
        if not listed:
            return path
        self.tables[path] = self.tables.get(path, -1) + 1
        return (*path, self.tables[path])

    def _within(self, names: Path) -> Path:
        """A header's path with the index in each list of tables that it passes through: the latest so far."""
        path: Path = ()
        for name in names:
            path = (*path, name)
            if path in self.tables:
                path = (*path, self.tables[path])
        return path

    def _dotted(self) -> list[str]:
        names = []
        while True:
            self._blank()
            names.append(self._name())
            self._blank()
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def _name(self) -> str:
        if self.text[self.at] in "\"'":
            start = self.at
            self._string()
            return self.text[start + 1 : self.at - 1]
        found = _BARE.match(self.text, self.at)
        assert found  # noqa: S101 - tomllib has read the file
        self.at = found.end()
        return found[0]

    def _pair(self, table: Path) -> Iterator[tuple[Path, int]]:
        line = self.line
        path = (*table, *self._dotted())
        for depth in range(len(table) + 1, len(path) + 1):
            yield path[:depth], line
        self.at = self.text.index("=", self.at) + 1
        self._blank()
        yield from self._value(path)

    def _value(self, path: Path) -> Iterator[tuple[Path, int]]:
        opening = self.text[self.at]
        if opening in "\"'":
            self._string()
        elif opening == "[":
            yield from self._list(path)
        elif opening == "{":
            self.at += 1
            while self._skip() and self.text[self.at] != "}":
                if self.text[self.at] == ",":
                    self.at += 1
                else:
                    yield from self._pair(path)
            self.at += 1
        else:
            found = _PLAIN.match(self.text, self.at)
            self.at = found.end() if found else len(self.text)

    def _list(self, path: Path) -> Iterator[tuple[Path, int]]:
        self.at += 1
        place = 0
        while self._skip() and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                place += 1
            else:
                yield (*path, place), self.line
                yield from self._value((*path, place))
        self.at += 1

    def _string(self) -> None:
        quote = next(quote for quote in _QUOTES if self.text.startswith(quote, self.at))
        self.at += len(quote)
        while not self.text.startswith(quote, self.at):
            self.at += 2 if self.text[self.at] == "\\" and quote[0] == '"' else 1
        self.at += len(quote)
        while len(quote) > 1 and self.text.startswith(quote[0], self.at):  # quotes that end a long string
            self.at += 1

    def _blank(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def _skip(self) -> bool:
        """Skip blanks, line ends and comments; whether anything follows."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] in " \t\r\n":
                self.at += 1
            else:
                return True
        return False
