"""Compile VBA modules in LibreOffice and run functions of them, under a Python that has the UNO bridge.

Usage: ``python run_basic.py PROFILE SOFFICE.BIN``, with ``{"modules": {name: text}, "functions": [name]}`` as JSON on
the standard input. On the standard output: what each function, of the module ``probe``, gives. With ``{"file": path}``
on the standard input: the modules that LibreOffice finds in a file, by library and name.
"""

import json
import subprocess
import sys
import time
import uuid
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

RESTART = 81  # how LibreOffice ends when a new profile asks it to start once more
ALWAYS_EXECUTE = 4  # com.sun.star.document.MacroExecMode


def connect(command, pipe):
    """Start LibreOffice; its process and its context."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    process = subprocess.Popen(command)  # noqa: S603 - a path found by the test, no shell
    while True:
        try:
            return process, resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if process.poll() == RESTART:
                process = subprocess.Popen(command)  # noqa: S603 - a path found by the test, no shell
            elif process.poll() is not None:
                sys.exit(f"LibreOffice ended with {process.returncode}")
            time.sleep(0.05)


def run(desktop, modules, functions):
    """What each function gives in a new workbook that holds the modules."""
    options = (PropertyValue(Name="Hidden", Value=True), PropertyValue(Name="MacroExecutionMode", Value=ALWAYS_EXECUTE))
    workbook = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, options)
    libraries = workbook.BasicLibraries
    libraries.createLibrary("Standard")
    for name, text in modules.items():
        libraries.getByName("Standard").insertByName(name, text)
    scripts = workbook.getScriptProvider()
    address = "vnd.sun.star.script:Standard.probe.{}?language=Basic&location=document"
    answers = [scripts.getScript(address.format(name)).invoke((), (), ())[0] for name in functions]
    workbook.close(True)
    return answers


def found(desktop, file):
    """The text of every module of a file's VBA project, by library and name."""
    options = {"Hidden": True, "MacroExecutionMode": 0, "FilterName": "Calc MS Excel 2007 VBA XML"}
    options = tuple(PropertyValue(Name=name, Value=value) for name, value in options.items())
    workbook = desktop.loadComponentFromURL(Path(file).as_uri(), "_blank", 0, options)
    libraries = workbook.BasicLibraries
    for name in libraries.ElementNames:
        libraries.loadLibrary(name)
    modules = {
        name: {module: libraries.getByName(name).getByName(module) for module in libraries.getByName(name).ElementNames}
        for name in libraries.ElementNames
    }
    workbook.close(True)
    return modules


def main(profile, program):
    """Answer the one question on the standard input."""
    question = json.load(sys.stdin)
    pipe = f"drawstop{uuid.uuid4().hex[:12]}"
    command = [program, f"-env:UserInstallation={Path(profile).as_uri()}", f"--accept=pipe,name={pipe};urp;"]
    process, context = connect([*command, "--headless", "--norestore", "--nologo", "--nodefault"], pipe)
    try:
        desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        json.dump(found(desktop, question["file"]) if "file" in question else run(desktop, **question), sys.stdout)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
