"""What Windows' policies and Defender forbid, as far as the registry shows, and what to ask the IT department for.

The keys and values are those of Microsoft's administrative templates for Office 2016 and later (16.0), and of its pages
on attack surface reduction rules. A policy overrides the user's own choice in Excel's Trust Center.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Registry = Callable[[str, str, str], Any]
"""Gives a value by root ("HKCU" or "HKLM"), key and name; None if it does not exist or may not be read."""

_USER = r"Software\Microsoft\Office\16.0"
_POLICY = r"Software\Policies\Microsoft\Office\16.0"
_SECURITY = r"Excel\Security"
_LOCATIONS = rf"{_SECURITY}\Trusted Locations"
_RULES = (
    r"SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
    r"SOFTWARE\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
)
_MANAGED = (
    r"SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager"  # as Intune writes them: rule=state|rule=state
)
_BLOCKS, _WARNS = {"1", "block"}, {"6", "warn"}


@dataclass(frozen=True)
class Finding:
    """One link of the chain from a cell to Python, or a note.

    Attributes:
        what: the link and its state.
        remedy: what to do; blank if it works.
        ask: what to ask the IT department for, in words that can be forwarded.
        note: neither right nor wrong, for information only.
    """

    what: str
    remedy: str = ""
    ask: str = ""
    note: bool = False

    def line(self) -> str:
        """As the terminal shows it.

        >>> Finding("Excel 16.0, 64-bit").line(), Finding("no answer", "close Excel").line()
        ('ok  Excel 16.0, 64-bit', 'NO  no answer: close Excel')
        >>> Finding("macros are off", "ask your IT department", "Please allow macros").line()
        'NO  macros are off: ask your IT department: "Please allow macros"'
        """
        if not self.remedy:
            return f"{'--' if self.note else 'ok'}  {self.what}"
        return f'NO  {self.what}: {self.remedy}: "{self.ask}"' if self.ask else f"NO  {self.what}: {self.remedy}"


def registry(root: str, key: str, name: str) -> Any:
    """A value of this computer's registry."""
    if sys.platform != "win32":
        return None
    import winreg  # noqa: PLC0415 - Windows only

    roots = {"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE}
    try:
        with winreg.OpenKey(roots[root], key, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as found:
            return winreg.QueryValueEx(found, name)[0]
    except OSError:
        return None


_ASK = "ask your IT department"


def findings(addin: Path, python: str, read: Registry = registry) -> Iterator[Finding]:
    """What policies and Defender say about an add-in with macros that starts Python.

    Args:
        addin: the add-in's file, which is or will be in Excel's start folder.
        python: the interpreter that the add-in starts.
        read: reads the registry.
    """
    yield from _macros(addin, read)
    yield _programmatic_access(read)
    yield from _defender(addin, python, read)


def _set(read: Registry, area: str, name: str) -> Any:
    """The setting that applies to Excel: the user's policy, else the computer's, else the user's own choice."""
    for root, base in (("HKCU", _POLICY), ("HKLM", _POLICY), ("HKCU", _USER)):
        value = read(root, rf"{base}\{area}", name)
        if value is not None:
            return value
    return None


def _macros(addin: Path, read: Registry) -> Iterator[Finding]:
    """Whether Excel runs the code of an add-in in its start folder, which it trusts by default."""
    faults = []
    if any(read(root, rf"{_POLICY}\Common", "VBAOff") == 1 for root in ("HKCU", "HKLM")):
        what = "Office may not use Visual Basic for Applications (policy VBAOff)"
        faults.append(
            Finding(what, _ASK, "Please set the policy 'Disable VBA for Office applications' to Disabled for me")
        )
    if _set(read, _SECURITY, "DisableAllAddins") == 1:
        what = "Excel may load no add-ins (policy DisableAllAddins)"
        faults.append(Finding(what, _ASK, "Please set 'Disable all application add-ins' for Excel to Disabled for me"))
    if _set(read, _SECURITY, "RequireAddinSig") == 1:
        what = "Excel loads signed add-ins only (policy RequireAddinSig)"
        faults.append(Finding(what, _ASK, f"Please sign {addin} with our code-signing certificate, or exempt it"))
    trusted = f"Please add {addin.parent} as a trusted location of Excel for me"
    if _set(read, _LOCATIONS, "AllLocationsDisabled") == 1 and _set(read, _SECURITY, "VBAWarnings") != 1:
        what = "Excel does not trust any folder, not even its own start folder (AllLocationsDisabled)"
        faults.append(
            Finding(
                what,
                _ASK,
                f"Please set 'Disable all trusted locations' to Disabled for me, or sign {addin} with our certificate",
            )
        )
    elif _on_a_network(addin) and _set(read, _LOCATIONS, "AllowNetworkLocations") != 1:
        what = f"Excel trusts folders on this computer only (AllowNetworkLocations), not {addin.parent}"
        faults.append(Finding(what, _ASK, f"{trusted}, with 'Allow Trusted Locations on the network' enabled"))
    if _from_the_internet(addin):
        blocked = _set(read, _SECURITY, "blockcontentexecutionfrominternet") == 1
        what = f"{addin} is marked as a download, whose macros {'a policy blocks' if blocked else 'Excel blocks'}"
        faults.append(Finding(what, "run: drawstop excel install, which makes a file without that mark"))
    if not faults and _set(read, _SECURITY, "VBAWarnings") in (3, 4):
        yield Finding("macros run from trusted folders only (VBAWarnings), of which the start folder is one", note=True)
    yield from faults or [Finding("macros in Excel's start folder are allowed, as far as the registry shows")]


def _on_a_network(path: Path) -> bool:
    """Whether a path begins with a server's name."""
    return str(path).startswith(("\\\\", "//"))


def _from_the_internet(path: Path) -> bool:
    """Whether Windows has marked a file as downloaded ([MS-FSCC] 5.6.1, stream Zone.Identifier)."""
    return sys.platform == "win32" and Path(f"{path}:Zone.Identifier").exists()


def _programmatic_access(read: Registry) -> Finding:
    """Whether Excel keeps other programs from writing code into workbooks, which drawstop does not need."""
    if _set(read, _SECURITY, "AccessVBOM") != 1:
        return Finding("code in workbooks is closed to programs")
    what = "any program may write code into workbooks (AccessVBOM), which drawstop does not need"
    if read("HKCU", rf"{_POLICY}\{_SECURITY}", "AccessVBOM") == 1:
        return Finding(what, _ASK, "Please set 'Trust access to Visual Basic Project' to Disabled for me")
    place = "File > Options > Trust Center > Trust Center Settings > Macro Settings"
    return Finding(what, f"untick 'Trust access to the VBA project object model' under {place}")


_STOPS = {
    "d4f940ab-401b-4efc-aadc-ad5f3c50688a": "Block all Office applications from creating child processes",
    "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b": "Block Win32 API calls from Office macros",
}
"""The attack surface reduction rules that stop the add-in, which starts Python and loads xlwings' library."""


def _defender(addin: Path, python: str, read: Registry) -> Iterator[Finding]:
    found = []
    for rule, title in _STOPS.items():
        state = _state(rule, read)
        if state in _BLOCKS | _WARNS:
            verb = "blocks" if state in _BLOCKS else "warns of"
            what = f"Defender {verb} what the add-in does (rule '{title}')"
            ask = f"Please exclude {addin} and {python} from the attack surface reduction rule '{title}' ({rule})"
            found.append(Finding(what, _ASK, ask))
    yield from found or [Finding("the registry shows no Defender rule that blocks it")]


def _state(rule: str, read: Registry) -> str:
    """The state of a rule: "1" blocks, "2" audits, "6" warns; blank if it is not set."""
    for key in _RULES:
        for name in (rule, rule.upper()):
            if (value := read("HKLM", key, name)) is not None:
                return str(value).lower()
    managed = str(read("HKLM", _MANAGED, "ASRRules") or "").lower()
    states = dict(pair.split("=", 1) for pair in managed.split("|") if "=" in pair)
    return states.get(rule, "")
