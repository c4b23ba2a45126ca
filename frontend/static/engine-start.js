// Runs in the worker: loads the engine, and says why when it cannot. What the engine says is bytes; this is a text.
"use strict";
try {
  importScripts("engine.js");
  wasm_bindgen({ module_or_path: new URL("engine_bg.wasm", self.location.href) }).catch((error) => {
    postMessage(String(error));
  });
} catch (error) {
  postMessage(String(error));
}
