// Loads the page. A file of its own, because the content security policy allows no inline script.
import init from "./app.js";

// The page draws the first screen anew. Whoever was at one of its fields or buttons goes on where they were.
const page = document.getElementById("page");
let at = document.activeElement;
const follow = () => (at = document.activeElement);
page.addEventListener("focusin", follow);
// Later, because an element that is taken away loses the focus first.
page.addEventListener("focusout", () => setTimeout(follow));
const drawn = new MutationObserver(() => {
  if (!page.firstElementChild) return;
  drawn.disconnect();
  const name = (part) => part.id || part.getAttribute("aria-label") || part.textContent;
  const same = [...page.querySelectorAll("a, button, input")].find((part) => name(part) === name(at));
  if (!same) return;
  if (same.matches("input")) {
    same.value = at.value;
    same.dispatchEvent(new InputEvent("input", { bubbles: true }));
    same.setSelectionRange(at.selectionStart, at.selectionEnd);
  }
  same.focus();
});
drawn.observe(page, { childList: true });

init({ module_or_path: new URL("app_bg.wasm", import.meta.url) }).catch((error) => {
  console.error(error);
  const place = document.getElementById("early-status");
  if (place) place.textContent = place.dataset.failed;
});

// Not everywhere: browsers want https for it, or this very machine.
addEventListener("load", () => navigator.serviceWorker?.register("offline.js").catch(() => {}));
