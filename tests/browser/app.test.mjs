// The app in a real Chromium with its service worker: a poster is read as a photo and by the camera, visits wait
// without a network, notices are pushed into the worker, a new version takes over, and what a phone can do wrong is
// told to the person.
//
// A subscription can't be made here, for Chromium asks its maker's server for one; that half is proved against a
// stand-in of a push service (crates/tadori/tests/it/app_push.rs), this one by a message handed to the worker.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { eventually, expectGoodPage, expectSoundPage, openPage, screenshot, startBrowser, startDemo } from "./harness.mjs";

const PACK = fileURLToPath(new URL("../../jurisdictions/kyoto-pref/", import.meta.url));
const YEAR = 365 * 86_400_000;

let browser;
let demo;
let folder;
let poster;

/** The pack with its app, in which a registration counts at once, and a demo that lives by it. */
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tadori-app-"));
  const pack = join(folder, "app");
  cpSync(PACK, pack, { recursive: true });
  const policy = join(pack, "jurisdiction.toml");
  writeFileSync(policy, readFileSync(policy, "utf8").replace('approval = "officer"', 'approval = "auto"'));
  const binary = process.env.TADORI_BIN ?? fileURLToPath(new URL("../../target/debug/tadori", import.meta.url));
  browser = await startBrowser();
  demo = await startDemo([binary, "demo", "--jurisdiction", pack]);
  poster = await postersPicture();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An operator registers; the poster is rendered, as it would hang at the entrance. */
async function postersPicture() {
  const page = await (await fetch(`${demo.visitors}/venues/new`)).text();
  const fields = {
    nonce: /name="nonce" value="([^"]+)"/.exec(page)[1],
    kind: "shop",
    name: "髙﨑喫茶みなと",
    category: "restaurant",
    postal_code: "6020000",
    address: "見本市中央区見本町1-2-3",
    contact_name: "見本 花子",
    email: "owner@shop.example",
    agreement: "yes",
  };
  const sent = await fetch(`${demo.visitors}/venues`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  assert.equal(sent.status, 303, await sent.text());
  const own = new URL(sent.headers.get("location"), demo.visitors);
  const pdf = await fetch(`${own.origin}${own.pathname}/poster.pdf${own.search}`);
  assert.equal(pdf.status, 200);
  writeFileSync(join(folder, "poster.pdf"), Buffer.from(await pdf.arrayBuffer()));
  for (const kind of [["-png"], []]) {
    execFileSync("pdftoppm", ["-r", "100", ...kind, "-singlefile", join(folder, "poster.pdf"), join(folder, "poster")]);
  }
  return join(folder, "poster.png");
}

/** The poster as a camera's film of one picture: what Chromium's own pretended camera shows. */
function postersFilm() {
  const ppm = readFileSync(join(folder, "poster.ppm"));
  const [head, w, h] = /^P6\s(\d+)\s(\d+)\s255\s/.exec(ppm.subarray(0, 40).toString("latin1"));
  const [width, height] = [w & ~1, h & ~1];
  const picture = Buffer.alloc((width * height * 3) / 2, 128);
  for (let y = 0; y < height; y += 1) {
    // The poster in grey: a code has no colours.
    for (let x = 0; x < width; x += 1) picture[y * width + x] = ppm[head.length + 3 * (y * Number(w) + x) + 1];
  }
  const film = join(folder, "poster.y4m");
  const begin = Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`);
  const frame = [Buffer.from("FRAME\n"), picture];
  writeFileSync(film, Buffer.concat([begin, ...frame, ...frame]));
  return film;
}

/** The demo behind another address, where `change(path, text)` may have another version of its scripts. */
async function anotherVersion(change) {
  const server = createServer(async (request, response) => {
    const body = [];
    for await (const part of request) body.push(part);
    const { method } = request;
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== "host" && name !== "connection"));
    const answer = await fetch(demo.visitors + request.url, { method, headers, body: method === "GET" ? undefined : Buffer.concat(body), redirect: "manual" });
    const kept = [...answer.headers].filter(([name]) => !["content-length", "transfer-encoding", "connection"].includes(name));
    const whole = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, Object.fromEntries(kept));
    response.end(request.url.endsWith(".js") ? change(request.url, whole.toString()) : whole);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** A phone with the app open, its worker in charge, and an address typed once. */
async function phone(address = "mei@visitor.example", options = {}) {
  const page = await openPage(options.browser ?? browser, options);
  page.sent = [];
  page.context().on("request", (request) => {
    if (request.url().includes("/app/check-in")) page.sent.push(request.postData());
  });
  await open(page, "/app", options.site);
  await page.evaluate(async () => {
    const { serviceWorker } = navigator;
    if (!serviceWorker.controller) await new Promise((taken) => serviceWorker.addEventListener("controllerchange", taken));
  });
  await page.locator("#field-email").fill(address);
  await page.getByRole("button", { name: "このアドレスを使う" }).click();
  await page.locator("#known").waitFor();
  return page;
}

async function open(page, path = "/app", site = demo.visitors) {
  await page.goto(site + path);
  await page.locator("#app").waitFor();
}

/** The phone sees the poster. */
const see = (page) => page.locator("#photo").setInputFiles(poster);

/** What hands a message to the page's worker, as a push service would. */
async function pusher(page) {
  await page.context().grantPermissions(["notifications"], { origin: demo.visitors });
  const devtools = await page.context().newCDPSession(page);
  const registered = new Promise((resolve) => {
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const ours = registrations.find(({ scopeURL }) => scopeURL === `${demo.visitors}/app`);
      if (ours) resolve(ours.registrationId);
    });
  });
  await devtools.send("ServiceWorker.enable");
  const registrationId = await registered;
  // A message for a worker that isn't there yet is lost.
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  return (data) => devtools.send("ServiceWorker.deliverPushMessage", { origin: demo.visitors, registrationId, data });
}

/** Waits until the page says it. */
const says = (page, words) => page.locator("#said", { hasText: words }).waitFor();

/** Waits until a list has so many lines. */
const has = (page, list, count) => eventually(`${count} lines in ${list}`, async () => (await page.locator(`${list} li`).count()) === count);

describe("the app", () => {
  for (const size of ["phone", "desk"]) {
    test(`reads a poster and confirms on the screen, ${size}`, async () => {
      const page = await openPage(browser, { size });
      await open(page);
      await expectGoodPage(page);
      await screenshot(page, "app-new");
      await see(page);
      await says(page, "先に、お知らせを受け取る方法を決めてください");
      await page.locator("#field-email").fill("sora@visitor.example");
      await page.getByRole("button", { name: "このアドレスを使う" }).click();
      await see(page);
      await says(page, "登録できました");
      await says(page, "髙﨑喫茶みなと");
      await has(page, "#diary-list", 1);
      await expectGoodPage(page);
      await screenshot(page, "app-stored");
      await open(page);
      await has(page, "#diary-list", 1); // the diary is there the next time, and the address too
      await page.locator("#known", { hasText: "sora@visitor.example" }).waitFor();
      await page.getByRole("link", { name: "名前で探す" }).click();
      await page.getByLabel("名前の一部").fill("みなと");
      await page.getByRole("button", { name: "探す" }).click();
      await expectGoodPage(page);
      await screenshot(page, "app-venues");
      await page.getByRole("link", { name: "髙﨑喫茶みなと" }).click();
      await page.getByRole("button", { name: "ここに登録する" }).click();
      await says(page, "登録できました");
      await has(page, "#diary-list", 2);
      await page.getByRole("button", { name: "この端末から消す" }).click();
      await says(page, "この端末から消しました");
      await has(page, "#diary-list", 0);
      await page.context().close();
    });
  }

  test("without a script says what it needs and offers mail", async () => {
    const page = await openPage(browser, { script: false });
    await page.goto(`${demo.visitors}/app`);
    await page.getByText("アプリを使うには").waitFor();
    assert.equal(await page.locator("#app").isVisible(), false);
    await expectSoundPage(page);
    await screenshot(page, "app-without-script");
    await page.context().close();
  });

  test("asks about a typing error, and takes what the person means", async () => {
    const page = await phone("mei@gmial.com");
    await see(page);
    await page.getByRole("button", { name: "mei@gmail.com" }).click();
    await says(page, "登録できました");
    await page.locator("#known", { hasText: "mei@gmail.com" }).waitFor();
    assert.equal(await page.locator("#waiting").isVisible(), false);
    await page.context().close();
  });

  test("keeps a visit without a network and sends it once there is one", async () => {
    const page = await phone();
    const context = page.context();
    await context.setOffline(true);
    await see(page);
    await says(page, "電波が届かない");
    await has(page, "#waiting-list", 1);
    await expectSoundPage(page);
    await screenshot(page, "app-waiting");
    await open(page);
    await has(page, "#waiting-list", 1); // the page opens without a network, the visit is still there
    await context.setOffline(false);
    await says(page, "登録できました");
    await has(page, "#waiting-list", 0);
    await has(page, "#diary-list", 1);
    assert.equal(page.sent.length, 1);
    await context.close();
  });

  test("two tabs send a visit once", async () => {
    const page = await phone();
    const context = page.context();
    await context.setOffline(true);
    await see(page);
    await says(page, "電波が届かない");
    const other = await context.newPage();
    await open(other);
    await has(other, "#waiting-list", 1);
    await context.setOffline(false);
    for (const tab of [page, other]) {
      await has(tab, "#waiting-list", 0);
      await has(tab, "#diary-list", 1);
    }
    assert.equal(page.sent.length, 1);
    await context.close();
  });

  test("a visit that another tab has sent is not sent again", async () => {
    const page = await phone();
    const other = await page.context().newPage();
    await open(other);
    // The other tab is before this one in the queue, and finds this one's visit when its turn comes.
    await other.evaluate(() => {
      const held = new Promise((release) => (self.release = release));
      navigator.locks.request("tadori-send", () => held);
      dispatchEvent(new Event("online"));
    });
    await see(page);
    await has(other, "#waiting-list", 0);
    await eventually("the visit is kept", () => other.evaluate(async () => (await import("/app/keep.js")).all("queue").then((all) => all.length === 1)));
    await other.evaluate(() => self.release());
    await says(page, "登録できました");
    await has(page, "#diary-list", 1);
    assert.equal(page.sent.length, 1);
    await page.context().close();
  });

  test("a notice pushed into the worker is kept and shown", async () => {
    const page = await phone();
    const push = await pusher(page);
    const notice = { id: "1f".repeat(16), at: Date.now(), title: "見本県からのお知らせ", body: "一行目\n二行目" };
    await push(JSON.stringify(notice));
    await push(JSON.stringify(notice));
    await push("not JSON");
    await page.locator("#notices article", { hasText: "見本県からのお知らせ" }).waitFor();
    assert.equal(await page.locator("#notices article").count(), 1, "a repeat is the same notice");
    assert.match(await page.locator("#notices pre").innerText(), /一行目\s+二行目/);
    const shown = await page.evaluate(async () => {
      const worker = await navigator.serviceWorker.ready;
      return (await worker.getNotifications()).map(({ title, body }) => ({ title, body }));
    });
    assert.equal(shown.length, 1);
    assert.doesNotMatch(shown[0].body, /一行目/, "a locked screen shows no more than that there is one");
    await expectSoundPage(page);
    await screenshot(page, "app-notice");
    await page.context().close();
  });

  test("a notice that can't be kept is shown whole", async () => {
    const page = await phone();
    const push = await pusher(page);
    // What is kept is of a version that the worker doesn't know: as good as a phone without room.
    await page.evaluate(
      () =>
        new Promise((done) => {
          const opened = indexedDB.open("tadori", 9);
          opened.onsuccess = () => done(opened.result.close());
        }),
    );
    await push(JSON.stringify({ id: "2f".repeat(16), at: Date.now(), title: "見本県からのお知らせ", body: "一行目" }));
    const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(({ body }) => body));
    await eventually("the words", async () => (await shown()).join() === "一行目");
    await page.context().close();
  });

  test("a full phone loses nothing silently", async () => {
    const page = await openPage(browser);
    // Before the app's first look: Chromium remembers for half a minute how much room there was.
    await page.goto(demo.visitors);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: demo.visitors, quotaSize: 1 });
    await open(page);
    await page.locator("#field-email").fill("mei@visitor.example");
    await page.getByRole("button", { name: "このアドレスを使う" }).click();
    await says(page, "保存を許していません");
    await see(page);
    await says(page, "記録に残せませんでした");
    await page.context().setOffline(true);
    await see(page);
    await says(page, "登録できていません");
    await page.context().close();
  });

  for (const off of [YEAR, -YEAR]) {
    test(`a clock ${off > 0 ? "a year ahead" : "a year behind"} does no harm`, async () => {
      const page = await phone();
      await page.clock.setFixedTime(Date.now() + off);
      await see(page);
      await says(page, "登録できました");
      await page.context().setOffline(true);
      await see(page);
      await says(page, "電波が届かない");
      await page.context().setOffline(false);
      await has(page, "#waiting-list", 0);
      await has(page, "#diary-list", 2);
      const year = new Date().toLocaleDateString("ja", { timeZone: "Asia/Tokyo", year: "numeric" }).slice(0, 4);
      for (const line of await page.locator("#diary-list li").allInnerTexts()) assert.match(line, new RegExp(year));
      await open(page);
      await has(page, "#diary-list", 2); // nothing of it is taken for old
      await page.context().close();
    });

    test(`a clock set ${off > 0 ? "a year on" : "a year back"} while a visit waits is told`, async () => {
      const page = await phone();
      await page.context().setOffline(true);
      await see(page);
      await says(page, "電波が届かない");
      await page.clock.setFixedTime(Date.now() + off);
      await page.context().setOffline(false);
      await says(page, off > 0 ? "日より前になっている" : "今より後になっている");
      await has(page, "#waiting-list", 1); // and it stays, with the reason, until the person has read it
      await expectSoundPage(page);
      await screenshot(page, `app-refused-${off > 0 ? "old" : "future"}`);
      await page.getByRole("button", { name: "一覧から消す" }).click();
      await has(page, "#waiting-list", 0);
      await has(page, "#diary-list", 0);
      await page.context().close();
    });
  }

  test("a tap too many is the same visit", async () => {
    const page = await phone();
    await page.locator("#photo").setInputFiles(poster);
    await page.evaluate(() => document.getElementById("photo").dispatchEvent(new Event("change")));
    await says(page, "登録できました");
    await openPlace(page);
    await page.evaluate(() => {
      for (let tap = 0; tap < 3; tap += 1) document.getElementById("here").click();
    });
    await says(page, "登録できました");
    await has(page, "#diary-list", 2);
    assert.equal(page.sent.length, 2);
    await page.context().close();
  });

  test("a place's address opens without a network too", async () => {
    const page = await phone();
    const code = await openPlace(page);
    await page.context().setOffline(true);
    await open(page, `/app?code=${code}`);
    await page.getByRole("button", { name: "ここに登録する" }).click();
    await says(page, "電波が届かない");
    await page.goto(`${demo.visitors}/app/venues`);
    await has(page, "#waiting-list", 1); // no list of places without a network: the app is there instead
    await page.context().setOffline(false);
    await has(page, "#waiting-list", 0);
    await page.context().close();
  });

  test("what waits isn't removed unasked", async () => {
    const page = await phone();
    await page.context().setOffline(true);
    await see(page);
    await says(page, "電波が届かない");
    await page.getByRole("button", { name: "この端末から消す" }).click();
    await says(page, "まだ送っていない登録があります");
    await has(page, "#waiting-list", 1);
    await screenshot(page, "app-forget-waiting");
    await page.getByRole("button", { name: "送らずに消す" }).click();
    await says(page, "この端末から消しました");
    await has(page, "#waiting-list", 0);
    await page.context().setOffline(false);
    await open(page);
    await has(page, "#diary-list", 0);
    assert.equal(page.sent.length, 0);
    await page.context().close();
  });

  test("an answer that was lost is asked for again as the same visit", async () => {
    const page = await phone();
    let lost = 0;
    await page.context().route("**/app/check-in*", async (route) => {
      if (lost > 0) return route.fallback();
      lost += 1;
      await route.fetch();
      return route.abort();
    });
    await see(page);
    await says(page, "まだ登録できていません");
    await page.getByRole("button", { name: "いま送る" }).click();
    await says(page, "登録できました");
    assert.equal(page.sent.length, 2);
    assert.equal(page.sent[0], page.sent[1], "the same nonce, the same moment: one row");
    await page.context().close();
  });

  test("a new version takes over, and what waits is still there", async () => {
    let version = "tadori-app-1";
    const site = await anotherVersion((path, text) => (path.includes("sw.js") ? text.replace("tadori-app-1", version) : text));
    try {
      const page = await phone("mei@visitor.example", { site: site.address });
      await page.context().setOffline(true);
      await see(page);
      await says(page, "電波が届かない");
      let tried = 0;
      await page.context().route("**/app/check-in*", (route) => ((tried += 1), route.abort()));
      await page.context().setOffline(false);
      await eventually("it is tried as the network comes back", () => tried > 0);
      version = "tadori-app-2";
      await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
      await eventually("the new version alone", async () => (await page.evaluate(() => caches.keys())).join() === "tadori-app-2");
      const before = tried;
      await open(page, "/app", site.address);
      await has(page, "#waiting-list", 1);
      // By itself first: once it may go, it would be gone before the person can ask for it.
      await eventually("it is tried as the page opens", () => tried > before);
      await page.context().unroute("**/app/check-in*");
      await page.getByRole("button", { name: "いま送る" }).click();
      await says(page, "登録できました");
      await has(page, "#diary-list", 1);
      await page.context().close();
    } finally {
      site.stop();
    }
  });

  test("the camera reads the poster", async () => {
    const film = postersFilm();
    const camera = await startBrowser(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`]);
    try {
      const page = await phone("mei@visitor.example", { browser: camera });
      await page.getByRole("button", { name: "カメラで読み取る" }).click();
      await page.locator("#camera").waitFor();
      await says(page, "登録できました");
      await has(page, "#diary-list", 1);
      assert.equal(await page.locator("#camera").isVisible(), false);
      assert.equal(await page.evaluate(() => document.getElementById("picture").srcObject), null, "the camera is off");
      await expectSoundPage(page);
    } finally {
      await camera.close();
    }
  });

  test("without a camera the person is told what else there is", async () => {
    const page = await phone();
    await page.getByRole("button", { name: "カメラで読み取る" }).click();
    await says(page, "カメラを使えません");
    await expectSoundPage(page);
    await page.context().close();
  });

  // The last: the demo's clock doesn't go back.
  test("the diary ends with the days that it tells of", async () => {
    const page = await phone();
    await see(page);
    await has(page, "#diary-list", 1);
    const clock = await (await fetch(`${demo.visitors}/demo/clock`)).text();
    assert.match(clock, /2か月進める/);
    await fetch(`${demo.visitors}/demo/clock`, { method: "POST", body: new URLSearchParams({ minutes: `${63 * 24 * 60}` }), redirect: "manual" });
    await open(page);
    await has(page, "#diary-list", 0);
    await page.context().close();
  });
});

/** Follows the list of places to the shop; its code. */
async function openPlace(page) {
  await page.goto(`${demo.visitors}/app/venues?q=${encodeURIComponent("みなと")}`);
  await page.getByRole("link", { name: "髙﨑喫茶みなと" }).click();
  await page.locator("#here").waitFor();
  return new URL(page.url()).searchParams.get("code");
}
