// The app's pack as it ships, in the demo: from a check-in on the phone to the notice by mail, and to the day's end
// on both sides (KYF-1, KYF-2, KYF-4, KYF-5). The demo has no push service, which is a browser's maker's; the
// notice comes to the address.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { eventually, expectGoodPage, openPage, screenshot, startBrowser, startDemo } from "./harness.mjs";
import { Walk } from "./walk.mjs";

const MEI = "mei@visitor.example";
const PLACE = "ライブハウス みなと";

let browser;

before(async () => {
  browser = await startBrowser();
});

after(() => browser?.close());

for (const size of ["phone", "desk"]) {
  test(`the app's story, ${size}`, async () => {
    const binary = process.env.TADORI_BIN ?? new URL("../../target/debug/tadori", import.meta.url).pathname;
    const demo = await startDemo([binary, "demo", "--jurisdiction", "kyoto-pref"]);
    const look = async (page, name) => {
      await expectGoodPage(page);
      await screenshot(page, `app-story-${name}`);
    };
    const phone = await openPage(browser, { size });
    const walk = new Walk(browser, demo, { size, script: true }, look);
    try {
      await phone.goto(demo.visitors);
      await look(phone, "home");
      await phone.getByRole("link", { name: "アプリを開く" }).click();
      await phone.locator("#field-email").fill(MEI);
      await phone.getByRole("button", { name: "このアドレスを使う" }).click();
      await phone.getByRole("link", { name: "名前で探す" }).click();
      await phone.getByLabel("名前の一部").fill("みなと");
      await phone.getByRole("button", { name: "探す" }).click();
      await phone.getByRole("link", { name: PLACE }).click();
      await phone.locator("#here").waitFor();
      await look(phone, "place");
      await phone.locator("#here").click();
      await phone.locator("#said", { hasText: "登録できました" }).waitFor();
      await look(phone, "stored");

      await walk.begin();
      await walk.signIn();
      await walk.open(`${walk.office}/cases/new`);
      await walk.page.locator("[name=reference]").fill("見本-0001");
      await walk.page.getByLabel("ある（あった）").check();
      await walk.page.locator("[name=onset_on]").fill(await walk.day());
      await walk.page.locator("[name=positive_on]").fill(await walk.day());
      await walk.page.locator("[name=venue]").first().fill(PLACE);
      await walk.page.locator("[name=visited_on]").first().fill(await walk.day());
      await walk.press("入力して照合する", "case");
      await walk.matched();
      await walk.open(`${walk.office}/cases`);
      await walk.page.getByRole("link", { name: "内容を確かめる" }).first().click();
      await walk.look(walk.page, "proposed");
      await walk.press("お知らせを承認する", "approved");
      const notice = walk.page.url();

      // Officers can stop each way by itself.
      await walk.open(`${walk.office}/channels`, "channels");
      await walk.page.getByText("アプリの通知を停止する").first().click();
      await walk.page.locator("[name=reason_push]").fill("障害のため");
      await walk.page.getByRole("button", { name: "アプリの通知を停止する" }).click();
      await walk.says(/停止中/);
      await walk.look(walk.page, "channels-stopped");

      await walk.push("10分進める");
      const mail = await walk.mailTo(MEI, /大切なお知らせ/);
      assert.doesNotMatch(mail.body, new RegExp(PLACE), "the pack names no place");
      assert.equal((await walk.inbox()).filter(({ to }) => to === MEI).length, 1, "the screen confirmed, and told once");
      await walk.open(notice);
      await walk.says(/方法ごとの結果/);
      await walk.look(walk.page, "sent");

      await walk.twoMonths();
      await phone.goto(`${demo.visitors}/app`);
      await eventually("the phone's list has ended too", async () => (await phone.locator("#diary-list li").count()) === 0);
      await phone.locator("#known", { hasText: MEI }).waitFor();
      await look(phone, "over");
      assert.equal(demo.said().trim(), "", "the demo complains about nothing");
    } finally {
      await walk.end();
      await phone.context().close();
      await demo.stop();
    }
  });
}
