// The harness tests itself: each thing that it holds a page to is broken once on purpose.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { SIZES, expectGoodPage, openPage, screenshot, startBrowser, startDemo, totp } from "./harness.mjs";

const GOOD = `<h1>ようこそ</h1><p>髙﨑𠮷辻</p><form><label>メール <input name="email"></label><button>送る</button></form>`;
const PAGES = {
  "/good": whole(GOOD),
  "/no-label": whole(`<h1>x</h1><form><input name="email"></form>`),
  "/pale": whole(`<h1>x</h1><p style="color:#ccc;background:#fff">pale</p>`),
  "/wide": whole(`<h1>x</h1><p style="width:2000px">wide</p>`),
  "/foreign": whole(`<h1>x</h1><img alt="x" src="http://fonts.example/x.png">`),
  "/throws": whole(`<h1>x</h1><script>throw new Error("thrown on purpose")</script>`),
  "/untitled": whole(GOOD).replace(/<title>.*<\/title>/, ""),
};

let browser;
let server;
let address;

before(async () => {
  browser = await startBrowser();
  server = createServer((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    // A policy as strict as Tadori's: axe must get past it without weakening it.
    response.setHeader("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; img-src *; script-src 'unsafe-inline'");
    response.statusCode = request.url in PAGES ? 200 : 404;
    response.end(PAGES[request.url] ?? whole("<h1>?</h1>"));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${server.address().port}`;
});

after(async () => {
  await browser?.close();
  await new Promise((resolve) => server.close(resolve));
});

for (const size of Object.keys(SIZES)) {
  test(`a good page passes and is photographed: ${size}`, async () => {
    const page = await openPage(browser, { size });
    await page.goto(`${address}/good`);
    await expectGoodPage(page);
    assert.ok(statSync(await screenshot(page, "harness")).size > 1_000);
    await page.context().close();
  });
}

const faults = {
  "/no-label": /label/,
  "/pale": /color-contrast/,
  "/wide": /wider than the screen/,
  "/foreign": /asks another host: http:\/\/fonts\.example/,
  "/throws": /thrown on purpose/,
  "/untitled": /has no title/,
};
for (const [path, fault] of Object.entries(faults)) {
  test(`a fault is found: ${path}`, async () => {
    const page = await openPage(browser);
    await page.goto(address + path);
    await assert.rejects(expectGoodPage(page), fault);
    await page.context().close();
  });
}

test("a form is filled without script", async () => {
  const page = await openPage(browser, { script: false });
  await page.goto(`${address}/good`);
  await page.getByLabel("メール").fill("visitor@example.jp");
  await page.getByRole("button").click();
  assert.match(page.url(), /email=visitor%40example\.jp/);
  await page.context().close();
});

test("a demo is waited for, asked and stopped", async () => {
  const script = `
    const ports = process.argv.filter((word) => /^\\d+$/.test(word));
    for (const port of ports) require("http").createServer((_, r) => r.end("ready")).listen(port, "127.0.0.1");
    console.log("go to http://127.0.0.1:" + ports[0]);`;
  const demo = await startDemo([process.execPath, "-e", script, "demo"]);
  assert.ok(demo.printed().includes(`go to ${demo.visitors}`));
  assert.notEqual(demo.visitors, demo.officers);
  await demo.stop();
  await assert.rejects(fetch(demo.visitors));
});

test("a demo that ends early says why", async () => {
  const script = `console.error("the port is taken"); process.exit(3)`;
  await assert.rejects(startDemo([process.execPath, "-e", script, "demo"]), /ended with 3[^]*the port is taken/);
  await assert.rejects(startDemo(["/nowhere/tadori", "demo"]), /could not be started/);
});

// RFC 6238, appendix B, the last six of its eight digits.
test("an authenticator's digits", () => {
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  assert.equal(totp(secret, 59), "287082");
  assert.equal(totp(secret, 1111111109), "081804");
  assert.equal(totp(secret, 20000000000), "353130");
});

function whole(body) {
  return `<!doctype html><html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>試験</title><main>${body}</main></html>`;
}
