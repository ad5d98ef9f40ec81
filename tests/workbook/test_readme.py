"""What the READMEs show is true."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from lender_model import cli

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in (
    "README.md", "addin/README.md", "workbook/README.md", "tests/README.md",
)}  # fmt: skip
MOST_BYTES = 9 * 1024


def test_the_first_page_stays_short():
    assert len(PAGES["README.md"].encode()) <= MOST_BYTES


@pytest.mark.parametrize("name", PAGES)
def test_pictures_and_files_named_exist(name):
    named = [part.partition(")")[0] for part in PAGES[name].split("](")[1:]]
    assert all(((ROOT / name).parent / link).is_file() for link in named if "://" not in link)


def commands(text):
    """The commands of drawstop that a page shows."""
    blocks = "".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL))
    shown = re.findall(r"^(?:\$ )?drawstop (.+?)(?: +#.*)?$", blocks, re.MULTILINE)
    return [*shown, *re.findall(r"`drawstop ([^`]+)`", text)]


def options(command):
    """Every option of a command."""
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("name", PAGES)
def test_every_command_shown_exists_with_its_options(name):
    whole = typer.main.get_command(cli.app)
    for shown in commands(PAGES[name]):
        words = shlex.split(shown.replace("[", " ").replace("]", " "))
        command = whole
        for word in words:
            if word.startswith("--"):
                assert word in options(command) | {"--help"}, shown
            elif word in getattr(command, "commands", {}):
                command = command.commands[word]
        assert command is not whole or words[0].startswith("--"), shown


def test_the_python_shown_gives_what_it_says():
    namespace, checked = {}, 0
    for block in re.findall(r"```python\n(.*?)```", "".join(PAGES.values()), re.DOTALL):
        for line in block.splitlines():
            code, _, said = line.partition("  # ")
            if said.startswith(("[", *"0123456789")):
                assert eval(code, namespace) == eval(said, namespace), line  # noqa: S307 - README's own lines
                checked += 1
            else:
                exec(code, namespace)  # noqa: S102 - as above
    assert checked == 3


def test_the_deal_shown_is_one_that_builds(run, tmp_path):
    """The clauses of the first page in the place of those that ``new`` writes."""
    folder = tmp_path / "mine"
    assert run("new", folder, "--commitment", "80000000", "--margin", "0.055")[0] == 0
    [shown] = re.findall(r"```toml\n(.*?)```", PAGES["README.md"], re.DOTALL)
    written = (folder / "deal.toml").read_text(encoding="utf-8")
    kept = [part for part in re.split(r"^(?=\[)", written, flags=re.MULTILINE) if not is_shown(part, shown)]
    waterfall = next(k for k, part in enumerate(kept) if part.startswith("[waterfall]"))
    text = "".join([*kept[:waterfall], shown, "\n", *kept[waterfall:]])
    tomllib.loads(text)
    (folder / "deal.toml").write_text(text, encoding="utf-8")
    assert run("check", folder)[0] == 0
    code, out, err = run("build", folder)
    assert (code, err) == (0, [])
    assert (folder / "mine.xlsx").is_file(), out


def is_shown(part, shown):
    """Whether a clause of the file is one of a kind that the page shows."""
    kind = re.match(r"\[+(\w+)", part)
    return bool(kind) and f"[[{kind[1]}]]" in shown
