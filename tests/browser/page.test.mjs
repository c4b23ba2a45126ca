// The page in a real browser, served by the real program: what a visitor does in the first five minutes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openPage, pictures, startBrowser, startProgram } from "./harness.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let program;
let browser;

before(async () => {
  program = await startProgram();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  assert.equal(await program?.stop(), 0, "Ctrl-C ends the program in order");
});

/** Runs `steps` on a new page, and closes it. */
async function visit(options, steps) {
  const page = await openPage(browser, program.address, options);
  try {
    await steps(page);
    page.assertQuiet();
  } finally {
    await page.context().close();
  }
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const sentence = (page) => page.locator("#caption .sentence").first();
const step = (page, number) => page.locator(".steps .step").nth(number - 1);

/** Waits until the caption says something that fits. */
const says = (page, pattern) =>
  page.waitForFunction(
    ([source, flags]) => new RegExp(source, flags).test(document.querySelector("#caption")?.textContent ?? ""),
    [pattern.source, pattern.flags],
  );

/** Presses `press` until the caption says something that fits; at most 60 times. */
async function until(page, press, pattern) {
  for (let n = 0; n < 60; n += 1) {
    if (pattern.test((await page.locator("#caption").textContent()) ?? "")) return;
    await press();
    await page.waitForTimeout(30);
  }
  assert.fail(`the caption never said ${pattern}, but: ${await page.locator("#caption").textContent()}`);
}

/** Everything that the views hold, for those who see and for those who don't. */
const views = (page) => page.evaluate(() => [...document.querySelectorAll(".stage, .lower, .timeline")].map((part) => part.textContent).join("\n"));

/** Fails on whatever axe-core finds; the rules it runs are those of WCAG 2.2 AA and the good practices it knows. */
async function assertAccessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
  assert.deepEqual(found, [], `axe-core on ${where}`);
}

test("the first screen is painted before any program arrives, and keeps what is clicked", async () => {
  const page = await openPage(browser, program.address, { path: "/?later" });
  await page.route("**/*.wasm", (route) => setTimeout(() => route.continue(), 1_500));
  await page.goto(program.address, { waitUntil: "commit" });
  await page.getByRole("heading", { name: "Why does one file transfer need two connections?" }).waitFor();
  const painted = await page.locator("#stage").textContent();
  assert.match(painted, /21/);
  assert.match(painted, /22/);
  await button(page, "Call").click();
  await page.getByText("Starting the simulated network…").waitFor();
  await says(page, /calls server port 21 from its own port 50123/);
  await page.context().close();
});

for (const typed of ["", "8"]) {
  test(`who types while the program arrives types on: ${typed.length} letters before`, async () => {
    const page = await openPage(browser, program.address, { path: "/?later" });
    await page.route("**/*.wasm", (route) => setTimeout(() => route.continue(), 1_000));
    await page.goto(program.address, { waitUntil: "commit" });
    await page.locator("#port").focus();
    await page.keyboard.press("Control+A");
    await page.keyboard.type(typed);
    assert.equal(await button(page, "Settings").count(), 0, "the program is not there yet");
    await button(page, "Settings").waitFor();
    await page.keyboard.type("80".slice(typed.length));
    await page.keyboard.press("Enter");
    await says(page, /RST.*no program listens/);
    await page.context().close();
  });
}

test("the first four of the six steps by mouse", () =>
  visit({}, async (page) => {
    await button(page, "Call").click();
    await says(page, /calls server port 21 from its own port 50123/);
    await page.getByRole("textbox", { name: "Call port" }).fill("80");
    await button(page, "Call").click();
    await says(page, /RST.*no program listens/);
    await button(page, "Call 23").click();
    await says(page, /firewall drops|hears nothing/);
    await until(page, () => button(page, "Next").click({ timeout: 1_000 }).catch(() => {}), /Silence is not a refusal/);

    await page.getByRole("link", { name: "Portolan" }).click();
    await step(page, 2).click();
    await says(page, /its own port 50123/);

    await page.getByRole("link", { name: "Portolan" }).click();
    await step(page, 3).click();
    await says(page, /how many connections/);
    await button(page, "Two").click();
    await says(page, /Right\..*Two/);

    await page.getByRole("link", { name: "Portolan" }).click();
    await step(page, 4).click();
    await says(page, /236,107/);
    assert.doesNotMatch(await views(page), /60523|51890/, "neither the port that is asked for nor the one of the next call is given away");
    await button(page, "Back").click();
    await says(page, /PASV|asks the server to listen/);
    assert.doesNotMatch(await views(page), /60523|51890/, "nor a step before");
    await button(page, "Next").click();
    await says(page, /236,107/);
    await page.getByRole("button", { name: /^60523/ }).click();
    await says(page, /Right\..*60523/);
    await until(page, () => button(page, "Next").click(), /server port 60523 from its own port 51890/);
    assert.match(await views(page), /60523/, "what was answered is shown");
  }));

test("the fifth and the sixth step by mouse: who calls, from where, and a firewall that says nothing", () =>
  visit({}, async (page) => {
    const blocks = page.getByLabel("Client blocks incoming calls");
    const next = () => button(page, "Next").click();
    await step(page, 5).click();
    await page.waitForURL(/scenario=ftp-active/);
    await blocks.waitFor();
    assert.equal(await blocks.isChecked(), false);
    await until(page, next, /Who will open the data connection/);
    assert.doesNotMatch(await views(page), /20 -> 51890/);
    await button(page, "The server calls the client.").click();
    await says(page, /Right\..*the client listens and the server calls/);
    await until(page, next, /From which of its own ports/);
    await button(page, "20, one below its control port").click();
    await says(page, /Right\..*one below its control port/);
    await until(page, next, /server calls client port 51890 from its own port 20/);
    assert.match(await page.getByTestId("chart-told").textContent(), /the server called from port 20 to client port 51890/);

    // The same session, with the client's firewall in the way.
    await blocks.check();
    await page.waitForURL(/client-blocks-incoming/);
    await says(page, /Step 6 of 6/);
    await until(page, next, /Who will open the data connection/);
    await button(page, "Show me").click();
    await says(page, /The answer:/);
    await until(page, next, /From which of its own ports/);
    await button(page, "Show me").click();
    await says(page, /The answer:/);
    await until(page, next, /could not make the data connection. The control connection still works/);
    assert.match(await page.locator(".row.pick").textContent(), /425/);
    assert.match(await page.getByTestId("chart-told").textContent(), /from port 20 to client port 51890; never answered/);
    await blocks.uncheck();
    await says(page, /Step 5 of 6/);

    await page.getByRole("link", { name: "Portolan" }).click();
    await step(page, 6).click();
    await page.waitForURL(/client-blocks-incoming/);
    assert.equal(await blocks.isChecked(), true);
  }));

test("a port that is none gets a sentence, and nothing is run", () =>
  visit({}, async (page) => {
    for (const [typed, message] of [["", /from 1 to 65535/], ["0", /reserved/], ["70000", /whole number/], ["ftp", /whole number/]]) {
      await page.getByRole("textbox", { name: "Call port" }).fill(typed);
      await button(page, "Call").click();
      assert.match(await page.locator("#call-message").textContent(), message);
      assert.equal(await page.getByRole("textbox", { name: "Call port" }).getAttribute("aria-invalid"), "true");
    }
    assert.equal(await page.locator(".timeline").count(), 0);
  }));

test("the whole story by keyboard alone", () =>
  visit({}, async (page) => {
    const focusOn = async (name) => {
      for (let n = 0; n < 60; n += 1) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const focus = document.activeElement;
          const seen = focus?.getBoundingClientRect();
          return { text: focus?.getAttribute("aria-label") ?? focus?.textContent?.trim() ?? "", id: focus?.id, seen: seen && seen.width > 0 };
        });
        if (at.text === name || at.id === name) {
          assert.ok(at.seen, `${name} is focused and seen`);
          return;
        }
      }
      assert.fail(`${name} cannot be reached with the Tab key`);
    };
    await focusOn("port");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("80");
    await page.keyboard.press("Enter");
    await says(page, /RST.*no program listens/);
    await focusOn("Skip to a file transfer");
    await page.keyboard.press("Enter");
    await says(page, /how many connections/);
    await focusOn("Two");
    await page.keyboard.press("Enter");
    await says(page, /Right\./);
    await until(page, () => page.keyboard.press("ArrowRight"), /236,107/);
    await focusOn("Show me");
    await page.keyboard.press("Enter");
    await says(page, /The answer:/);
    await page.keyboard.press("End");
    await says(page, /./);
    const end = await sentence(page).textContent();
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((end) => document.querySelector("#caption .sentence").textContent !== end, end);
    await page.keyboard.press("Home");
    await page.waitForFunction(() => document.querySelector(".timeline input").value === "0");
  }));

test("a prediction shows nothing of the future before it is answered", () =>
  visit({ path: "/?scenario=first-file" }, async (page) => {
    await says(page, /how many connections/);
    const hidden = await views(page);
    for (const future of ["PASV", "RETR", "227", "50123", "51890", "60523", "USER"]) {
      assert.ok(!hidden.includes(future), `${future} is shown before the answer`);
    }
    assert.equal(await button(page, "Next").isDisabled(), true);
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowRight");
    assert.ok(!(await views(page)).includes("RETR"));
    await button(page, "Three").click();
    await says(page, /Not so\./);
    assert.ok((await views(page)).includes("PASV"), "what lies before the next question is shown");
    assert.ok(!(await views(page)).includes("RETR"), "what lies behind it is not");
  }));

test("one moment for all views: scrub, step, back, and a click in any of them", () =>
  visit({ path: "/?scenario=ftp-passive&answered=0.1.2.3.4.5.6.7.8.9.10.11" }, async (page) => {
    const slider = page.getByRole("slider", { name: "Moment" });
    await slider.waitFor();
    await page.locator(".row", { hasText: "RETR" }).first().click();
    await page.waitForFunction(() => document.querySelector(".timeline input").value !== "0");
    const position = await slider.inputValue();
    assert.notEqual(position, "0");
    assert.equal(await page.locator(".row.pick").count(), 1);
    assert.match(await page.locator(".row.pick").textContent(), /RETR/);
    assert.match(await page.locator(".rung.pick").textContent(), /RETR/);
    await button(page, "Next").click();
    await page.waitForFunction((old) => document.querySelector(".timeline input").value !== old, position);
    await button(page, "Back").click();
    await page.waitForFunction((old) => document.querySelector(".timeline input").value === old, position);
    await slider.fill("3");
    assert.equal(await slider.inputValue(), "3");
    const address = page.url();
    const told = await sentence(page).textContent();
    await page.goto(address);
    await page.waitForFunction((told) => document.querySelector("#caption .sentence")?.textContent === told, told);
    assert.equal(await page.getByRole("slider", { name: "Moment" }).inputValue(), "3", "a reload finds the moment");
  }));

test("every packet can be seen, and the same seed shows the same ports", () =>
  visit({ path: "/?scenario=ftp-passive&seed=7&depth=packets&answered=0.1.2.3.4.5.6.7.8.9.10.11" }, async (page) => {
    await page.locator(".rung").first().waitFor();
    assert.match(await page.locator("#ladder").textContent(), /SYN/);
    const ports = async () => (await page.locator("#ladder ol").textContent()).match(/\b\d{5}\b/g)?.slice(0, 3);
    const first = await ports();
    await page.reload();
    await page.locator(".rung").first().waitFor();
    assert.deepEqual(await ports(), first);
    assert.ok(!first.includes("50123"), "the story's ports are the default seed's only");
  }));

/** A scenario at a moment, with all its questions answered. */
const answered = (scenario, more = "") => `/?scenario=${scenario}${more}&answered=0.1.2.3.4.5.6.7.8.9.10.11`;

test("explicit FTPS: a sheath lies around what is under TLS, and PROT C leaves a file without", () =>
  visit({ path: answered("ftps-explicit", "&moment=9999") }, async (page) => {
    await page.locator(".row").first().waitFor({ state: "attached" });
    await page.waitForFunction(() => document.querySelectorAll(".course.data").length >= 3);
    const covered = await page.evaluate(() =>
      [...document.querySelectorAll(".course.data:not(.named)")].map((course) => course.querySelector(".sheath") !== null));
    assert.equal(covered.filter(Boolean).length, 2, "of three files one was readable");
    await button(page, "Back").click();
    await until(page, () => button(page, "Back").click(), /asks to encrypt/);
    assert.equal(await page.locator(".course .sheath").count(), 0, "before the handshake there is none");
    const row = (words) => page.locator(".row").filter({ hasText: words });
    assert.equal(await row("AUTH TLS").locator(".lock").count(), 0);
    assert.equal(await row("USER anna").locator(".lock").count(), 1);
    await until(page, () => button(page, "Next").click(), /From here on the control connection is TLS 1\.3/);
    assert.equal(await page.locator(".course.control .sheath").count(), 1);
    assert.match(await page.locator(".row.pick").textContent(), /Certificate of ftp\.harbour\.example.*SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}/s);
    const rungs = await page.locator("#ladder .rung").allTextContents();
    const after = rungs.indexOf("ClientHello");
    assert.match(rungs[after + 1], /^ServerHello, 1 enc/, "the handshake is in the ladder");
  }));

test("implicit FTPS: TLS from the start on port 990, and the server's call from 989", () =>
  visit({ path: answered("ftps-implicit", "&moment=9999") }, async (page) => {
    await page.waitForFunction(() => document.querySelectorAll(".course.data").length >= 3);
    const chart = await page.locator("#stage").textContent();
    assert.match(chart, /990/);
    assert.match(chart, /989/);
    assert.equal(await page.locator(".course.data:not(.named) .sheath").count(), 3);
    await button(page, "Settings").click();
    await button(page, "Run with these").click();
    await page.locator(".row").first().waitFor({ state: "attached" });
  }));

test("an eavesdropper's eye changes every view at once, and sees nothing that TLS hides", () =>
  visit({ path: answered("ftps-explicit") }, async (page) => {
    await page.locator(".row").first().waitFor({ state: "attached" });
    await until(page, () => button(page, "Next").click(), /accepts the login/);
    assert.match(await views(page), /PASS seagull/);
    await button(page, "Eavesdropper").click();
    await says(page, /The server sends 1 TLS record, 41 bytes/);
    const seen = await views(page);
    for (const hidden of ["anna", "seagull", "USER", "PASS", "RETR", "harbour.txt", "230 You"]) {
      assert.ok(!seen.includes(hidden), `${hidden} is shown to the eavesdropper`);
    }
    for (const readable of ["AUTH TLS", "server name ftp.harbour.example", "60523", "encrypted record"]) {
      assert.ok(seen.includes(readable), `${readable} can be seen by anybody`);
    }
    assert.match(page.url(), /eye=network/);
    await page.reload();
    await says(page, /The server sends 1 TLS record, 41 bytes/);
    await page.keyboard.press("e");
    await says(page, /accepts the login/);
    await button(page, "Packets").click();
    await button(page, "Eavesdropper").click();
    await says(page, /41 bytes/);
    await page.getByLabel("Scenario").selectOption("first-file");
    await says(page, /how many connections/);
    assert.equal(await button(page, "Eavesdropper").count(), 0, "where nothing is hidden there is nothing to choose");
  }));

for (const [problem, sentence] of [
  ["expired", /certificate ended on/],
  ["self-signed", /Nobody who is trusted vouches/],
  ["wrong-name", /certificate is somebody else's/],
]) {
  test(`a certificate problem is chosen in the settings, named, and can be read: ${problem}`, () =>
    visit({ path: answered("ftps-implicit") }, async (page) => {
      await page.locator(".row").first().waitFor({ state: "attached" });
      await button(page, "Settings").click();
      await page.getByLabel("The server's certificate").selectOption(problem);
      await button(page, "Run with these").click();
      const refused = page.locator(".row").filter({ hasText: sentence }).first();
      await refused.click();
      await says(page, sentence);
      assert.match(await refused.textContent(), /Certificate of .*valid .*SHA-256/s);
      assert.doesNotMatch(await views(page), /USER|PASS/, "no name is said to a stranger");
      await button(page, "Settings").click();
      assert.equal(await page.getByLabel("The server's certificate").inputValue(), problem);
    }));
}

test("settings change the run; nonsense gets a sentence", () =>
  visit({ path: "/?scenario=ftp-extended-passive&answered=0.1.2.3.4.5.6.7.8.9.10.11" }, async (page) => {
    await button(page, "Settings").click();
    await page.getByLabel("IP version").fill("6");
    await button(page, "Run with these").click();
    await page.waitForFunction(() => /2001:db8/.test(document.querySelector("#stage")?.textContent ?? ""));
    await button(page, "Settings").click();
    await page.getByLabel("Latency of each link").fill("soon");
    await button(page, "Run with these").click();
    await says(page, /latency.*20ms|latency.*0ms/);
  }));

test("what is typed stays, whatever the engine says meanwhile", () =>
  visit({ path: "/?later" }, async (page) => {
    await page.route("**/engine_bg.wasm", (route) => setTimeout(() => route.continue(), 1_500));
    await page.goto(new URL("/?scenario=ftp-extended-passive&answered=0.1.2.3.4.5.6.7.8.9.10.11", program.address).href);
    await button(page, "Settings").click();
    await page.getByLabel("IP version").fill("6");
    await page.getByLabel("Seed").fill("12");
    await page.locator(".row").first().waitFor({ state: "attached" });
    assert.equal(await page.getByLabel("IP version").inputValue(), "6");
    assert.equal(await page.getByLabel("Seed").inputValue(), "12");
    await button(page, "Light").click();
    assert.equal(await page.getByLabel("IP version").inputValue(), "6", "nor does a click beside it take it away");
    await button(page, "Run with these").click();
    await page.waitForFunction(() => /2001:db8/.test(document.querySelector("#stage")?.textContent ?? ""));
    assert.match(page.url(), /seed=12/);

    await page.goto(program.address);
    await button(page, "Call").click();
    const box = page.getByRole("textbox", { name: "Call port" });
    await box.fill("80");
    await page.locator(".rung").first().waitFor();
    assert.equal(await box.inputValue(), "80");
    assert.ok(await box.evaluate((element) => element === document.activeElement), "the box keeps the focus");
    await page.keyboard.press("Enter");
    await says(page, /RST.*no program listens/);
  }));

test("without an engine, a recorded session can be stepped through", async () => {
  const page = await openPage(browser, program.address, { path: "/" });
  await page.route("**/engine_bg.wasm", (route) => route.abort());
  await button(page, "Call").click();
  await page.getByText("The simulation could not start. You can step through a recorded session.").waitFor();
  await button(page, "Open").click();
  await says(page, /how many connections/);
  await button(page, "Two").click();
  await says(page, /Right\./);
  await until(page, () => button(page, "Next").click(), /236,107/);
  await page.context().close();
});

const looks = [
  ["first", "/"],
  ["question", "/?scenario=first-file"],
  ["asked", "/?scenario=first-file&moment=99999&answered=0"],
  ["data", "/?scenario=first-file&moment=110&answered=0.4"],
  ["active", answered("ftp-active", "&moment=120")],
  ["blocked", answered("active-blocked", "&moment=160")],
  ["secured", answered("ftps-explicit", "&moment=36")],
  ["eavesdropper", answered("ftps-explicit", "&moment=170&eye=network")],
];
for (const [name, path] of looks) {
  for (const [size, width, height] of [["phone", 390, 844], ["wide", 1280, 800], ["tall", 1440, 900], ["low", 1280, 640], ["tablet", 900, 1000]]) {
    for (const dark of [false, true]) {
      const look = `${name}-${size}-${dark ? "dark" : "light"}`;
      test(`axe-core finds nothing, and nothing sticks out: ${look}`, () =>
        visit({ path, width, height, dark }, async (page) => {
          await page.locator(path === "/" ? "#call" : ".timeline input:enabled").waitFor();
          await page.waitForTimeout(150);
          await page.screenshot({ path: join(pictures, `${look}.png`) });
          await assertAccessible(page, look);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.equal(over, 0, "the page does not scroll sideways");
          const cut = await page.evaluate(() => {
            const band = (selector) => document.querySelector(selector).getBoundingClientRect();
            const [header, caption, words, stage] = [".bar", "#caption", ".caption-words", "#stage"].map(band);
            return Math.max(header.bottom - caption.top, caption.top - words.top, words.bottom - caption.bottom, caption.bottom - stage.top);
          });
          assert.ok(cut < 1, `the caption has room for its words: ${cut}`);
        }));
    }
  }
}

test("on paper: caption, conversation and ladder, ink on white", () =>
  visit({ path: "/?scenario=first-file&moment=99999&answered=0.4", dark: true }, async (page) => {
    await page.locator(".rung").first().waitFor({ state: "attached" });
    await page.emulateMedia({ media: "print" });
    await page.screenshot({ path: join(pictures, "print.png"), fullPage: true });
    for (const shown of ["#caption", "#conversation", "#ladder", ".ladder.heads"]) assert.ok(await page.locator(shown).isVisible(), shown);
    for (const hidden of ["#stage", ".timeline", ".bar select", ".caption-deeds"]) assert.ok(await page.locator(hidden).isHidden(), hidden);
    const cut = await page.evaluate(() => [...document.querySelectorAll(".pane-body")].filter((body) => body.scrollHeight > body.clientHeight + 1).length);
    assert.equal(cut, 0, "no pane is cut off");
    const ink = await page.evaluate(() => getComputedStyle(document.querySelector(".sentence")).color);
    assert.equal(ink, "rgb(21, 36, 46)");
    assert.ok((await page.pdf()).length > 10_000);
  }));
