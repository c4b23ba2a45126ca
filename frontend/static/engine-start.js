// Runs in the worker: loads the engine, and says so when it cannot.
"use strict";
try {
  importScripts("engine.js");
  wasm_bindgen({ module_or_path: new URL("engine_bg.wasm", self.location.href) }).catch((error) => {
    postMessage(JSON.stringify({ Broken: { why: String(error) } }));
  });
} catch (error) {
  postMessage(JSON.stringify({ Broken: { why: String(error) } }));
}
