// The service worker: after the first visit the page works without a network. What is newer on the server is taken first, so
// that page and engine stay of one build; what was kept is for when nobody answers.
"use strict";

/** All files of the page; `cargo xtask build` writes them here. */
const FILES = [];

const KEPT = "portolan";

/** The page itself, by the name under which it is kept. */
const page = new URL("./", self.location.href).href;
const known = new Set([page, ...FILES.map((file) => new URL(file, page).href)]);

self.addEventListener("install", (event) => {
  // The engine too, which no visit may have needed yet.
  event.waitUntil(
    caches
      .open(KEPT)
      .then((kept) => kept.addAll([...known].map((url) => new Request(url, { cache: "no-cache" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const name = url.origin + url.pathname;
  // The relay, and whatever else is not the page's, is none of our business.
  if (request.method !== "GET" || !known.has(name)) return;
  event.respondWith(fresh(request, name));
});

/** What the server has, kept for later; or what was kept. */
async function fresh(request, name) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept.put(name, answer.clone());
    return answer;
  } catch (error) {
    const old = await kept.match(name);
    if (old) return old;
    throw error;
  }
}
