// What every browser test needs: the real program serving the real page, and a Chromium that talks to nobody else.
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const program = process.env.PORTOLAN_PROGRAM ?? join(root, "target", "release", "portolan");
const executablePath = process.env.PORTOLAN_CHROMIUM ?? "/usr/bin/chromium";

/** The page's files, as `cargo xtask build` leaves them. */
export const page = join(root, "dist");

/** Where the screenshots of a run are left for people to look at. */
export const pictures = join(root, "target", "pictures");

/** Starts `portolan serve`, on a free loopback port where nothing else is said; resolves when it has printed its address. */
export async function startProgram(more = ["--listen", "127.0.0.1:0"]) {
  const child = spawn(program, ["serve", ...more], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`portolan serve ended with ${code} before it was ready`)));
    createInterface({ input: child.stdout }).once("line", resolve);
  });
  const address = /http:\/\/\S+/.exec(line)?.[0];
  if (!address) throw new Error(`no address in: ${line}`);
  return {
    address,
    /** Ends it as a power cut would. */
    kill: () =>
      new Promise((resolve) => {
        child.removeAllListeners("exit");
        child.once("exit", resolve);
        child.kill("SIGKILL");
      }),
    /** Ends it as Ctrl-C would; resolves to its exit status. */
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners("exit");
        child.once("exit", (code) => resolve(code));
        child.kill("SIGINT");
      }),
  };
}

/**
 * Starts a vsftpd on a free loopback port, with a `readme.txt` in `incoming`; resolves to its address, and with `explicit`
 * or `implicit` TLS to its certificate's SHA-256 as well. Nothing where it cannot run, which is said.
 */
export async function startVsftpd(...tls) {
  const cargo = process.env.CARGO ?? "cargo";
  const run = ["run", "--quiet", "--package", "portolan-tests", "--bin", "vsftpd", "--", ...tls];
  const child = spawn(cargo, run, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve(null) : reject(new Error(`vsftpd's keeper ended with ${code}`))));
  });
  const line = new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const said = await Promise.race([line, ended]);
  const stop = () => {
    child.stdin.end();
    return ended;
  };
  const [address, sha256] = said?.split(" ") ?? [];
  return address && { address, sha256, stop };
}

/** Starts Chromium. The flags keep it from calling anybody but the program. */
export async function startBrowser() {
  await mkdir(pictures, { recursive: true });
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/**
 * Opens the page. Fails the test at its end (`page.assertQuiet()`) on any error in the console, any uncaught
 * exception, and any request that leaves the program.
 */
export async function openPage(browser, address, { path = "/", width = 1280, height = 800, dark = false, still = true } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: still ? "reduce" : "no-preference",
    // What a service worker fetches passes by `page.route`; offline.test.mjs has the tests with one.
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith("blob:") && !url.startsWith("data:")) complaints.push(`request to ${url}`);
  });
  await page.goto(new URL(path, address).href);
  page.assertQuiet = () => {
    if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join("\n")}`);
  };
  return page;
}
