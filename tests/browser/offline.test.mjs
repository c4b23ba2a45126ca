// The page without the program: from any static host, in any folder, and after the first visit without a network at all.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { page as folder, startBrowser } from "./harness.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml" };
const PLACE = "/courses/networks/";

let browser;

before(async () => {
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
});

/** A host that knows nothing but files, with the page in a folder of its own. */
async function startHost() {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://host").pathname;
    const name = path.startsWith(PLACE) ? path.slice(PLACE.length) || "index.html" : "";
    try {
      if (!/^[\w.-]+$/.test(name)) throw new Error("not ours");
      const bytes = await readFile(join(folder, name));
      response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}${PLACE}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Calls port 21 in the simulated network, which the engine has to be there for. */
async function call(page) {
  await page.locator("#call").getByRole("button", { name: "Call", exact: true }).click();
  await page.waitForFunction(() => /listens|answers|listening/i.test(document.querySelector("#caption .sentence")?.textContent ?? ""));
}

test("simulations run from a static host in a folder, and then without any network", async () => {
  const host = await startHost();
  const context = await browser.newContext();
  const page = await context.newPage();
  try {
    await page.goto(host.address);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    // The engine has not been asked for anything yet; the next visit has no host.
    await host.stop();
    await page.reload();
    await call(page);
    assert.ok(await page.locator("#stage").isVisible());
  } finally {
    await context.close();
    await host.stop().catch(() => {});
  }
});

test("a visit without service workers works too", async () => {
  const host = await startHost();
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  try {
    await page.goto(host.address);
    await call(page);
  } finally {
    await context.close();
    await host.stop();
  }
});

test("from a static host the Live tab says how to start a relay, and still opens logs", async () => {
  const host = await startHost();
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${host.address}?live`);
    await page.getByText("No relay answers here.").first().waitFor();
    assert.equal(await page.getByRole("textbox", { name: "Command" }).inputValue(), "portolan serve");
    const lines = [
      { format: "portolan-log", version: 1, source: { source: "live", began: 1 }, title: "x", hosts: [{ id: 0, name: "client", role: "client", addresses: ["127.0.0.1"] }] },
      { seq: 0, at: 0, host: 0, kind: "endpoint", report: "command", sent: true, verb: "NOOP", argument: null },
      { seq: 1, at: 5, host: 0, conn: 0, kind: "attempted", from: "127.0.0.1:50123", to: "127.0.0.1:21", purpose: "control" },
    ];
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByText("Open a log…", { exact: true }).click()]);
    const buffer = Buffer.from(lines.map((line) => JSON.stringify(line)).join("\n"));
    await chooser.setFiles({ name: "seen.jsonl", mimeType: "text/plain", buffer });
    await page.getByRole("heading", { name: "seen.jsonl" }).waitFor();
    await page.locator(".row", { hasText: "50123" }).first().waitFor();
  } finally {
    await context.close();
    await host.stop();
  }
});
