// node run.mjs PYODIDE ADDIN XLWINGS CALLS: the functions called in Pyodide; on the standard output what they gave.
import fs from 'node:fs';
import path from 'node:path';
const [pyodide, addin, xlwings, calls] = process.argv.slice(2).map((name) => path.resolve(name));
const { loadPyodide } = await import(`file://${pyodide}/pyodide.mjs`);
const python = await loadPyodide({ indexURL: `${pyodide}/`, stdout: (line) => process.stderr.write(`${line}\n`) });
const known = JSON.parse(fs.readFileSync(`${pyodide}/pyodide-lock.json`, 'utf8')).packages;
const wanted = ['numpy', 'pandas', 'pydantic'].filter((name) => known[name]);
await python.loadPackage(wanted, { messageCallback() {} });
python.mountNodeFS('/addin', addin);
python.FS.mkdirTree('/pure');
python.mountNodeFS('/pure/xlwings', xlwings);
python.FS.writeFile('/calls.pickle', fs.readFileSync(calls));
const script = fs.readFileSync(new URL('calls.py', import.meta.url), 'utf8');
process.stdout.write(await python.runPythonAsync(script));
