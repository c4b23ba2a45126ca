// Loads the page. A file of its own, because the content security policy allows no inline script.
import init from "./app.js";

init({ module_or_path: new URL("app_bg.wasm", import.meta.url) }).catch((error) => {
  console.error(error);
  const place = document.getElementById("early-status");
  if (place) place.textContent = place.dataset.failed;
});

// Not everywhere: browsers want https for it, or this very machine.
addEventListener("load", () => navigator.serviceWorker?.register("offline.js").catch(() => {}));
