// The Live tab in a real browser: sessions with the program's own sandbox, watched, lost, found again, saved and opened.
import assert from "node:assert/strict";
import { readFile, writeFile, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openPage, pictures, startBrowser, startProgram, startVsftpd } from "./harness.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let program;
let browser;
let folder;

before(async () => {
  program = await startProgram();
  browser = await startBrowser();
  folder = await mkdtemp(join(tmpdir(), "portolan-live-"));
});

after(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true });
  assert.equal(await program?.stop(), 0, "Ctrl-C ends the program in order");
});

/** Runs `steps` on a new page at the Live tab, and closes it. */
async function visit(options, steps) {
  const page = await openPage(browser, program.address, { path: "/?live", ...options });
  try {
    await steps(page);
    page.assertQuiet();
  } finally {
    await page.context().close();
  }
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const caption = (page) => page.locator("#caption");
const asked = (page, text) => page.locator(".asked li", { hasText: text }).last();
const path = (page) => page.getByRole("textbox", { name: "Path" });

/** Waits until something that was asked has ended. */
async function ended(page, text, how = "done") {
  await page.locator(`.asked li.${how}`, { hasText: text }).last().waitFor();
}

/** One click, and the sandbox's login is done. */
async function connect(page) {
  await button(page, "Connect sandbox").click();
  await ended(page, "log in as");
}

async function assertAccessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
  assert.deepEqual(found, [], `axe-core on ${where}`);
}

/** Chooses a file for the input whose button says `label`. */
async function choose(page, label, file) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByText(label, { exact: true }).click()]);
  await chooser.setFiles(file);
}

/** In each mode: lists where `readme.txt` lies, downloads it, uploads a file, fetches that again and deletes it. */
async function everyMode(page) {
  const upload = join(folder, "chart.txt");
  await writeFile(upload, "soundings in fathoms\n".repeat(500));
  for (const [mode, command] of [["passive", "PASV"], ["active", "PORT"], ["extended-passive", "EPSV"], ["extended-active", "EPRT"]]) {
    await page.getByLabel("Mode").selectOption(mode);
    await page.locator(".asked li.done", { hasText: `use ${mode.replace("-", " ")} mode` }).first().waitFor();
    await button(page, "List").click();
    await page.locator(".names").getByText("readme.txt").waitFor();
    await page.locator(".row", { hasText: command }).first().waitFor();
    await page.locator(".names").getByText("readme.txt").click();
    assert.match(await path(page).inputValue(), /readme\.txt$/);
    const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Download").click()]);
    assert.equal(download.suggestedFilename(), "readme.txt");
    const text = await readFile(await download.path(), "utf8");
    assert.ok(text.length > 0);
    await ended(page, "download");
    await choose(page, "Upload a file…", upload);
    await ended(page, "upload");
    await path(page).fill("");
    await button(page, "List").click();
    await page.locator(".names").getByText("chart.txt").waitFor();
    await page.locator(".names").getByText("chart.txt").click();
    const [back] = await Promise.all([page.waitForEvent("download"), button(page, "Download").click()]);
    assert.equal(await readFile(await back.path(), "utf8"), await readFile(upload, "utf8"));
    await button(page, "Delete").click();
    await ended(page, "delete");
    await path(page).fill("");
  }
  assert.doesNotMatch(await page.locator("#conversation").textContent(), /PASS (?!\*)/, "no password is shown");
}

test("the sandbox in one click, in all four modes: list, download, upload", () =>
  visit({}, async (page) => {
    await page.getByText("No session yet.").first().waitFor();
    await connect(page);
    await everyMode(page);
    // The ladder says what it is made of, and draws nothing that was not measured.
    const badge = page.locator(".badge", { hasText: "reconstructed from sockets" });
    const seen = await badge.evaluate((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2) === element;
    });
    assert.ok(seen, "nothing covers the badge");
    await page.locator(".route", { hasText: "your browser" }).waitFor();
    // The end of a listing or a file is seen after its bytes.
    assert.doesNotMatch(await page.locator("#conversation").textContent(), /no more bytes, 0 bytes/);
  }));

test("vsftpd, which the operator allowed, in all four modes", async (t) => {
  const server = await startVsftpd();
  if (!server) return t.skip("vsftpd cannot run here");
  // Ports of this machine are someone's: which of them are for data is the operator's to say.
  const data = `${server.address.split(":")[0]}:1024-65535`;
  const relay = await startProgram(["--listen", "127.0.0.1:0", "--allow", server.address, "--allow-data", data]);
  const page = await openPage(browser, relay.address, { path: "/?live" });
  try {
    const [host, port] = server.address.split(":");
    const other = page.locator("form", { hasText: "Another server" });
    await other.getByLabel("Server").fill(host);
    await other.getByLabel("Port").fill(port);
    await other.getByRole("button", { name: "Connect" }).click();
    await ended(page, "log in as anonymous");
    await path(page).fill("incoming");
    await button(page, "Change directory").click();
    await ended(page, "change to");
    await path(page).fill("");
    await everyMode(page);
    await button(page, "Quit").click();
    await caption(page).getByText("The session is over.").waitFor();
    page.assertQuiet();
  } finally {
    await page.context().close();
    assert.equal(await relay.stop(), 0);
    await server.stop();
  }
});

/** Lists where `readme.txt` lies and downloads it. */
async function listAndGet(page) {
  await button(page, "List").click();
  await page.locator(".names").getByText("readme.txt").click();
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Download").click()]);
  assert.ok((await readFile(await download.path(), "utf8")).length > 0);
  await ended(page, "download");
}

for (const way of ["explicit", "implicit"]) {
  test(`the sandbox under TLS, ${way}: list and download`, () =>
    visit({}, async (page) => {
      const sandbox = page.locator("form", { hasText: "The relay's sandbox" });
      await sandbox.getByLabel("Protocol").selectOption(way);
      await sandbox.getByRole("button", { name: "Connect" }).click();
      await ended(page, "log in as");
      await listAndGet(page);
      await button(page, "Make control readable (CCC)").waitFor();
      await page.locator(".row", { hasText: "TLS" }).first().waitFor();
      await page.locator(".row", { hasText: "PASS ****" }).waitFor();
      const [capture] = await Promise.all([page.waitForEvent("download"), button(page, "Save capture").click()]);
      assert.match(await readFile(await capture.path(), "latin1"), /^\x0a\x0d\x0d\x0a.*CLIENT_/s, "pcapng, with the keys of TLS");
      await button(page, "Eavesdropper").click();
      await page.locator(".row", { hasText: /encrypted$/ }).first().waitFor();
      for (const pane of ["#conversation", "#ladder"]) {
        assert.doesNotMatch(await page.locator(pane).textContent(), /USER|PASS|RETR|readme/, pane);
      }
    }));
}

for (const way of ["explicit", "implicit"]) {
  test(`a certificate that nobody vouches for is shown, and trusted by a click: ${way}`, async (t) => {
    const server = await startVsftpd(way);
    if (!server) return t.skip("vsftpd cannot run here");
    const [host, port] = server.address.split(":");
    const relay = await startProgram(["--listen", "127.0.0.1:0", "--allow", server.address, "--allow-data", `${host}:1024-65535`]);
    const page = await openPage(browser, relay.address, { path: "/?live" });
    try {
      const other = page.locator("form", { hasText: "Another server" });
      await other.getByLabel("Server").fill(host);
      await other.getByLabel("Port").fill(port);
      await other.getByLabel("Protocol").selectOption(way);
      await other.getByRole("button", { name: "Connect" }).click();
      await ended(page, "connect", "fail");
      const fingerprint = server.sha256.toUpperCase().match(/../g).join(":");
      await caption(page).getByText(fingerprint).waitFor();
      await assertAccessible(page, `an untrusted certificate, ${way}`);
      assert.equal(await page.locator(".row", { hasText: "USER" }).count(), 0, "nobody is named to a stranger");
      await caption(page).getByRole("button", { name: "Trust it and connect" }).click();
      await ended(page, "log in as anonymous");
      await path(page).fill("incoming");
      await button(page, "Change directory").click();
      await ended(page, "change to");
      await path(page).fill("");
      await listAndGet(page);
      page.assertQuiet();
    } finally {
      await page.context().close();
      assert.equal(await relay.stop(), 0);
      await server.stop();
    }
  });
}

test("the console's other actions, and what fails says why", () =>
  visit({}, async (page) => {
    await connect(page);
    await button(page, "Download").click();
    await caption(page).getByText("Type a path first").waitFor();
    await path(page).fill("islands");
    await button(page, "Make directory").click();
    await ended(page, "make the directory");
    await button(page, "Change directory").click();
    await ended(page, "change to");
    await button(page, "Up").click();
    await path(page).fill("islands");
    await page.getByRole("textbox", { name: "New name" }).fill("rocks");
    await button(page, "Rename").click();
    await ended(page, "rename");
    await path(page).fill("rocks");
    await button(page, "Remove directory").click();
    await ended(page, "remove the directory");
    await path(page).fill("nowhere.txt");
    await button(page, "Download").click();
    await ended(page, "nowhere.txt", "fail");
    assert.match(await asked(page, "nowhere.txt").textContent(), /550/);
    await button(page, "Quit").click();
    await caption(page).getByText("The session is over.").waitFor();
    await button(page, "New session").click();
    await button(page, "Connect sandbox").waitFor();
  }));

test("a second browser watches, and its console is off; the link's key leaves the address bar", () =>
  visit({}, async (page) => {
    await connect(page);
    const link = await page.getByRole("textbox", { name: "Link for those who watch" }).inputValue();
    const other = await openPage(browser, program.address, { path: link });
    await other.getByText("You watch this session").waitFor();
    assert.doesNotMatch(other.url(), /watch/);
    assert.equal(await button(other, "List").count(), 0);
    await page.getByText("One other looks on.").waitFor();
    await button(page, "List").click();
    await other.locator(".row", { hasText: "226" }).first().waitFor();
    // Whoever goes back in time stays there.
    await other.keyboard.press("Home");
    await button(page, "List").click();
    await other.waitForFunction(() => document.querySelectorAll(".asked li.done").length >= 4);
    assert.equal(await other.getByRole("slider", { name: "Moment" }).inputValue(), "0");
    other.assertQuiet();
    await other.context().close();
  }));

test("a page that is loaded again drives its session", () =>
  visit({}, async (page) => {
    await connect(page);
    await page.reload();
    await ended(page, "log in as");
    await button(page, "List").click();
    await ended(page, "list");
  }));

test("a relay that dies in the middle of a transfer takes nothing away; what was seen is saved and opened again", async () => {
  const mortal = await startProgram();
  const page = await openPage(browser, mortal.address, { path: "/?live" });
  let again;
  try {
    await connect(page);
    await page.route("**/relay/file/**", (route) => route.continue());
    await path(page).fill("pub/large.bin");
    await button(page, "Download").click();
    await page.locator(".asked li.runs", { hasText: "large.bin" }).first().waitFor();
    await page.locator(".row", { hasText: "RETR" }).first().waitFor();
    await mortal.kill();
    await caption(page).getByText(/The relay stopped answering at \d+:\d\d\. Everything so far is kept\./).waitFor();
    const rows = await page.locator(".row").count();
    assert.ok(rows > 8, `${rows} rows are kept`);
    await page.screenshot({ path: join(pictures, "live-lost.png") });
    again = await startProgram(["--listen", new URL(mortal.address).host]);
    await caption(page).getByText("The relay no longer has this session. Everything so far is kept.").waitFor({ timeout: 30_000 });
    assert.ok((await page.locator(".row").count()) >= rows, "nothing that was shown is gone");
    const [saved] = await Promise.all([page.waitForEvent("download"), button(page, "Save log").click()]);
    const log = await saved.path();
    const lines = (await readFile(log, "utf8")).trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines[0].format, "portolan-log");
    assert.equal(lines.at(-1).seq, lines.length - 2);

    // The same log, from the disk, in a page of its own.
    const other = await openPage(browser, again.address, { path: "/?live" });
    await choose(other, "Open a log…", { name: "session.jsonl", mimeType: "text/plain", buffer: await readFile(log) });
    await other.locator(".row", { hasText: "RETR" }).first().waitFor();
    assert.equal(await other.locator(".row").count(), await page.locator(".row").count());
    await button(other, "Close this log").click();
    await other.getByText("No session yet.").first().waitFor();
    other.assertQuiet();
    await other.context().close();

    await caption(page).getByRole("button", { name: "Continue in simulation" }).click();
    await page.waitForURL(/scenario=ftp-extended-passive/);
  } finally {
    await page.context().close();
    await again?.stop();
  }
});

test("a file that is no log says which line is wrong", () =>
  visit({}, async (page) => {
    const header = '{"format":"portolan-log","version":1,"source":{"source":"live","began":1},"title":"x","hosts":[]}';
    await choose(page, "Open a log…", { name: "bad.jsonl", mimeType: "text/plain", buffer: Buffer.from(`${header}\nnonsense\n`) });
    await caption(page).getByText(/bad\.jsonl cannot be opened: line 2: the line is not JSON/).waitFor();
    const wrong = `${header}\n{"seq":"first","at":0,"host":0,"kind":"ended"}\n`;
    await choose(page, "Open a log…", { name: "wrong.jsonl", mimeType: "text/plain", buffer: Buffer.from(wrong) });
    await caption(page).getByText(/wrong\.jsonl cannot be opened: line 2: .*"first"/).waitFor();
    await choose(page, "Open a log…", { name: "cat.png", mimeType: "image/png", buffer: Buffer.from([0x89, 0x50]) });
    await caption(page).getByText(/cat\.png cannot be opened: line 1/).waitFor();
  }));

test("by keyboard alone", () =>
  visit({ path: "/" }, async (page) => {
    const focusOn = async (name) => {
      for (let n = 0; n < 80; n += 1) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => document.activeElement?.textContent?.trim());
        if (at === name) return;
      }
      assert.fail(`${name} cannot be reached with the Tab key`);
    };
    await focusOn("Live");
    await page.keyboard.press("Enter");
    await button(page, "Connect sandbox").waitFor();
    await focusOn("Connect sandbox");
    await page.keyboard.press("Enter");
    await ended(page, "log in as");
    await focusOn("List");
    await page.keyboard.press("Enter");
    await ended(page, "list");
  }));

for (const [name, options] of [
  ["1440", { width: 1440, height: 900 }],
  ["1280-dark", { width: 1280, height: 640, dark: true }],
  ["820", { width: 820, height: 1100 }],
  ["phone", { width: 390, height: 844 }],
  ["phone-dark", { width: 390, height: 844, dark: true }],
]) {
  test(`axe-core finds nothing and nothing overflows at ${name}`, () =>
    visit(options, async (page) => {
      const look = async (what) => {
        await assertAccessible(page, `${what} at ${name}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(wide, 0, `${what} at ${name} scrolls sideways by ${wide} px`);
        await page.screenshot({ path: join(pictures, `live-${what}-${name}.png`) });
      };
      await button(page, "Connect sandbox").waitFor();
      await look("empty");
      await connect(page);
      await button(page, "List").click();
      await ended(page, "list");
      await look("session");
    }));
}
