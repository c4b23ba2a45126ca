// Runs a test program that was compiled for wasm32-wasip1: `node --no-warnings wasi.mjs PROGRAM [ARGUMENT]...`.
//
// Tests see the clone and nothing else of this machine's files, under the path it has here, so that what they read (their
// snapshots) is found where the compiler said it is.
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { WASI } from "node:wasi";

const clone = dirname(dirname(fileURLToPath(import.meta.url)));
const [program, ...rest] = process.argv.slice(2);

const wasi = new WASI({
  version: "preview1",
  args: [program, ...rest],
  env: process.env,
  preopens: { [clone]: clone },
  returnOnExit: true,
});
const module = await WebAssembly.compile(await readFile(program));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
try {
  process.exitCode = wasi.start(instance);
} catch (trap) {
  // A failed test ends the whole program by a trap. What failed was printed before; where in the WebAssembly helps nobody.
  console.error(`${trap}`);
  process.exitCode = 1;
}
