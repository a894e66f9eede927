// What the browser tests stand on: the demo as a process, Chromium, and what every page is held to.
//
// The demo is the real binary, started on free ports and asked at /health/ready until it answers. Nothing
// here sleeps for a fixed time. Run by `cargo xtask test`; alone, after `npm ci` in this folder:
//   cargo build --package tadori && node --test tests/browser/demo.test.mjs

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The two sizes at which every page is looked at: a phone in the hand, a desk at the health centre. */
export const SIZES = {
  phone: { width: 390, height: 844 },
  desk: { width: 1280, height: 900 },
};

/** Where the demo stands: by number, and by the name that its mails and its own pages give. */
const OURS = new Set(["127.0.0.1", "localhost"]);

/** How long anything may take before a test gives up on it. */
const PATIENCE = 30_000;

/**
 * Starts `tadori demo` and waits until it is ready.
 *
 * Returns the address of the visitors' and of the officers' door, what the demo has printed so far, and
 * `stop()`. A demo that ends early fails with what it said.
 */
export async function startDemo(command = [process.env.TADORI_BIN ?? `${root}target/debug/tadori`, "demo"]) {
  const [visitorPort, officerPort] = await freePorts(2);
  const [program, ...words] = command;
  const child = spawn(program, [...words, "--visitor-port", `${visitorPort}`, "--officer-port", `${officerPort}`], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  let said = "";
  let ended = null;
  child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const end = new Promise((resolve) => {
    child.on("error", (error) => resolve((ended = `could not be started: ${error.message}`)));
    child.on("exit", (code, signal) => resolve((ended = `ended with ${signal ?? code}`)));
  });

  const visitors = `http://127.0.0.1:${visitorPort}`;
  const officers = `http://127.0.0.1:${officerPort}`;
  const stop = async () => {
    if (ended === null) child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await end;
    clearTimeout(late);
  };
  try {
    const give_up = Date.now() + PATIENCE;
    for (const door of [visitors, officers]) {
      while (!(await answers(`${door}/health/ready`))) {
        assert.equal(ended, null, `${command.join(" ")} ${ended}\n${printed}${said}`);
        assert.ok(Date.now() < give_up, `${door} isn't ready after ${PATIENCE} ms\n${printed}${said}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { visitors, officers, printed: () => printed, said: () => said, stop };
}

/** Starts the machine's own Chromium; as root it runs without its sandbox, which would refuse root. */
export async function startBrowser(more = []) {
  const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
  const places = names.map((name) => `/usr/bin/${name}`);
  const executablePath = process.env.TADORI_CHROMIUM ?? places.find((place) => existsSync(place));
  assert.ok(executablePath, "no Chromium here: cargo xtask setup");
  return chromium.launch({
    executablePath,
    chromiumSandbox: process.getuid() !== 0,
    args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", ...more],
  });
}

/**
 * Opens an empty page in a context of its own (no cookies), as a Japanese phone or desk would.
 *
 * The page remembers what it may not do: `page.faults` collects requests to other hosts, errors in the
 * console, and scripts that threw; `expectGoodPage` looks at them. `script: false` switches JavaScript off.
 */
export async function openPage(browser, { size = "phone", script = true, language = "ja-JP", scale = 1 } = {}) {
  const context = await browser.newContext({
    viewport: SIZES[size],
    deviceScaleFactor: scale,
    hasTouch: size === "phone",
    javaScriptEnabled: script,
    locale: language,
    timezoneId: "Asia/Tokyo",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.size = size;
  page.script = script;
  page.faults = [];
  await context.route("**/*", (route) => {
    const { hostname, protocol } = new URL(route.request().url());
    if (OURS.has(hostname) || protocol === "data:" || protocol === "blob:") return route.continue();
    page.faults.push(`asks another host: ${route.request().url()}`);
    return route.abort();
  });
  page.on("pageerror", (error) => page.faults.push(`a script threw: ${error.message}`));
  page.on("console", (message) => {
    // A page that answers 4xx on purpose is reported to the console by Chromium itself.
    const own = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !own) page.faults.push(`console: ${message.text()}`);
  });
  return page;
}

/** What every page is held to: title and language, no axe violation, nothing cut off sideways, no faults. */
export async function expectGoodPage(page) {
  await expectSoundPage(page);
  await expectAccessible(page);
}

/** The same without axe, which takes its time. */
export async function expectSoundPage(page) {
  const where = `${page.url()} (${page.size}${page.script ? "" : ", no script"})`;
  assert.ok((await page.title()).trim(), `${where} has no title`);
  assert.ok(await page.locator("html").getAttribute("lang"), `${where} doesn't say its language`);
  const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  assert.ok(wide <= 0, `${where} is ${wide} pixels wider than the screen`);
  assert.deepEqual(page.faults, [], where);
}

/** No violation that axe-core can see, of WCAG 2.2 AA and of its best practices. */
export async function expectAccessible(page) {
  // Evaluated, not added as a script element, which the page's own policy would rightly refuse.
  await page.evaluate(axe);
  const { violations } = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  const told = violations.map(({ id, help, nodes }) => {
    return `${id}: ${help}\n${nodes.map((node) => `    ${node.html}\n      ${node.failureSummary}`).join("\n")}`;
  });
  assert.equal(told.length, 0, `${page.url()} (${page.size}): axe finds\n${told.join("\n")}`);
}

/** Saves the whole page as target/screenshots/NAME-390x844.png, or -1280x900.png, and returns the file. */
export async function screenshot(page, name) {
  const { width, height } = SIZES[page.size];
  const folder = `${root}target/screenshots`;
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/${name}-${width}x${height}.png`;
  await page.screenshot({ path, fullPage: true });
  return path;
}

/** The six digits of an authenticator app (RFC 6238, SHA-1, 30 s) for a base32 secret at that second. */
export function totp(secret, seconds) {
  let bits = "";
  for (const letter of secret.toUpperCase().replace(/[^A-Z2-7]/g, "")) {
    bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  }
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const hash = createHmac("sha1", key).update(moment).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Asks `find` until it gives something, as one waits for a mail; fails with `what` after half a minute. */
export async function eventually(what, find) {
  const give_up = Date.now() + PATIENCE;
  while (Date.now() < give_up) {
    const found = await find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`${what}: nothing after ${PATIENCE} ms`);
}

async function answers(address) {
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Ports that were free a moment ago, all held open until the last is known, so that they differ. */
async function freePorts(count) {
  const servers = [];
  for (let n = 0; n < count; n += 1) {
    const server = createServer();
    await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
    servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
