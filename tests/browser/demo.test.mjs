// The demo, walked as a newcomer does: every page at both sizes, and a check-in without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { SIZES, eventually, expectGoodPage, openPage, screenshot, startBrowser, startDemo } from "./harness.mjs";

let browser;
let demo;

before(async () => {
  [browser, demo] = await Promise.all([startBrowser(), startDemo()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const PUBLIC = ["/", "/visitors", "/operators", "/faq", "/privacy", "/thresholds", "/erasures", "/venues/new", "/report", "/demo/inbox", "/demo/clock"];
const OFFICE = ["/sign-in"];

for (const size of Object.keys(SIZES)) {
  for (const path of PUBLIC) {
    test(`${path} ${size}`, async () => look(demo.visitors + path, size, name("visitor", path)));
  }
  for (const path of OFFICE) {
    test(`officer ${path} ${size}`, async () => look(demo.officers + path, size, name("officer", path)));
  }
}

// OSK-3, OSK-5, OSK-6: scanned address, one field, thanks, a mail.
for (const script of [true, false]) {
  test(`check-in, ${script ? "with" : "without"} script`, async () => {
    const code = demo.printed().match(/\/v\/[0-9A-Za-z]+/i)?.[0];
    assert.ok(code, `the demo prints no check-in address:\n${demo.printed()}`);
    const visitor = `walker-${script}@example.jp`;
    const page = await openPage(browser, { script });
    await page.goto(demo.visitors + code);
    await expectGoodPage(page);
    await screenshot(page, `check-in-${script ? "script" : "plain"}`);
    await page.locator("input[name=email]").fill(visitor);
    await page.locator("form button[type=submit], form button:not([type])").first().click();
    await expectGoodPage(page);
    await screenshot(page, `thanks-${script ? "script" : "plain"}`);
    await eventually(`a confirmation to ${visitor}`, async () => {
      const inbox = await (await fetch(`${demo.visitors}/demo/inbox.json`)).text();
      return inbox.includes(visitor);
    });
    await page.context().close();
  });
}

async function look(address, size, name) {
  const page = await openPage(browser, { size });
  const response = await page.goto(address);
  assert.equal(response.status(), 200, address);
  await expectGoodPage(page);
  await screenshot(page, name);
  await page.context().close();
}

function name(door, path) {
  return `${door}${path === "/" ? "/home" : path}`.replaceAll("/", "-");
}
