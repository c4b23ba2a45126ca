// Runs in the worker: loads the reader, and says why when it cannot. What the reader says is bytes; this is a text.
"use strict";
try {
  importScripts("reader.js");
  wasm_bindgen({ module_or_path: new URL("reader_bg.wasm", self.location.href) }).catch((error) => {
    postMessage(String(error));
  });
} catch (error) {
  postMessage(String(error));
}
