// Runs before the first paint: the chosen theme, and a place for what is clicked before the page is ready.
"use strict";
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // Storage may be forbidden; then the system's preference holds.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

  const early = { wish: null, moved: [], ready: false };
  globalThis.portolanEarly = early;

  const say = () => {
    if (early.ready || early.wish === null) return;
    const place = document.getElementById("early-status");
    if (place) place.textContent = place.dataset.words;
  };
  const keep = (wish) => {
    early.wish = wish;
    setTimeout(say, 300);
  };
  document.addEventListener("submit", (event) => {
    if (early.ready) return;
    event.preventDefault();
    keep({ call: document.getElementById("port").value });
  });
  document.addEventListener("click", (event) => {
    if (early.ready) return;
    const wish = event.target.closest("[data-early]");
    if (!wish) return;
    event.preventDefault();
    const port = /^call-(\d+)$/.exec(wish.dataset.early)?.[1];
    keep(port ? { call: port } : { press: wish.dataset.early });
  });
})();
