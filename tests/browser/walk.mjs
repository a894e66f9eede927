// The whole story in the demo, step by step, as its people live it: operator, visitor, officer, patient.
//
// A step leaves the browser where the next one begins. What is done with each page on the way is the
// caller's: `look(page, name)` holds it to what every page is held to (demo.test.mjs), or takes a picture
// of it (pictures.mjs). Addresses and people are the demo's inventions.

import assert from "node:assert/strict";
import { eventually, openPage } from "./harness.mjs";

/** Names with characters that are rarely drawn: beyond the basic plane, and of the compatibility block. */
export const NAME = "髙﨑𠮷辻菓子店 なんば本店";

export class Walk {
  constructor(browser, demo, options, look) {
    Object.assign(this, { browser, demo, options, look });
    this.public = demo.visitors;
    this.office = demo.officers;
  }

  async begin() {
    this.page = await openPage(this.browser, this.options);
  }

  async end() {
    await this.page?.context().close();
  }

  /** Opens an address of the visitors' door, or a whole one, expects the status, and looks. */
  async open(address, name, status = 200) {
    const response = await this.page.goto(address.startsWith("/") ? this.public + address : address);
    assert.equal(response.status(), status, address);
    if (name) await this.look(this.page, name);
  }

  /** Presses the button with these words, and looks at what comes. */
  async press(words, name) {
    await this.page.getByRole("button", { name: words, exact: false }).first().click();
    if (name) await this.look(this.page, name);
  }

  async heading(words) {
    const heading = await this.page.locator("h1").first().innerText();
    assert.match(heading, words, this.page.url());
  }

  async says(words) {
    const text = await this.page.locator("main").innerText();
    assert.match(text, words, this.page.url());
  }

  /** The mails so far, oldest first. */
  async inbox() {
    return (await fetch(`${this.public}/demo/inbox.json`)).json();
  }

  /** Waits for a mail to somebody, and gives the newest. */
  async mailTo(address, subject = /./) {
    const found = async () => (await this.inbox()).findLast((mail) => mail.to === address && subject.test(mail.subject));
    return eventually(`a mail to ${address}`, found);
  }

  /** The demo's civil day, so many days from today. */
  async day(offset = 0) {
    const page = await (await fetch(`${this.public}/demo/clock`)).text();
    const today = page.match(/\d{4}-\d\d-\d\d/)[0];
    return new Date(Date.parse(`${today}T00:00:00Z`) + offset * 86_400_000).toISOString().slice(0, 10);
  }

  /** Pushes the demo's clock by the button with these words. */
  async push(words, name) {
    await this.open("/demo/clock");
    const before = await this.page.locator("time").innerText();
    await this.press(words);
    assert.notEqual(await this.page.locator("time").innerText(), before, "the clock didn't move");
    if (name) await this.look(this.page, name);
  }

  // OSK-38 to OSK-40: an operator registers a venue and gets its poster.
  async operator() {
    const { page } = this;
    const mail = `owner-${this.options.size}-${this.options.script}@shop.example`;
    await this.open("/operators", "operators");
    await page.getByRole("link", { name: "登録をはじめる" }).click();
    await this.look(page, "operator-new");
    await page.locator("[name=name]").fill(NAME);
    await this.press("登録する", "operator-new-errors");
    assert.match(await page.title(), /^エラー/);
    assert.equal(await page.locator("[name=name]").inputValue(), NAME, "what was typed is kept");
    await page.getByLabel("店舗", { exact: true }).check();
    await page.locator("[name=category]").selectOption({ value: "restaurant" });
    await page.locator("[name=seats]").fill("４０");
    await page.locator("[name=postal_code]").fill("5420000");
    await page.locator("[name=address]").fill("見本市中央区見本町1-2-3 見本ビル2階");
    await page.locator("[name=contact_name]").fill("見本 花子");
    await page.locator("[name=email]").fill(mail);
    await page.locator("[name=phone]").fill("06-0000-0000");
    await page.locator("[name=agreement]").check();
    await this.look(page, "operator-new-filled");
    await this.press("登録する", "operator-registered");
    await this.heading(/登録しました/);

    const sent = await this.mailTo(mail);
    const poster = sent.attachments.find((file) => file.name.endsWith(".pdf"));
    assert.ok(poster?.bytes > 10_000, `the poster is attached: ${JSON.stringify(sent)}`);
    const link = sent.body.match(/https?:\/\/\S+/)[0];
    await this.open("/demo/inbox", "demo-inbox");
    await this.open(link, "operator-manage");
    await this.heading(/登録の内容/);
    await this.says(new RegExp(NAME));
    const file = async (words) => {
      const href = await page.getByRole("link", { name: words }).getAttribute("href");
      const response = await fetch(this.public + href);
      assert.equal(response.status, 200, href);
      return Buffer.from(await response.arrayBuffer());
    };
    this.poster = await file("ポスター");
    this.png = await file("PNG");
    const svg = await file("SVG");
    assert.equal(this.poster.subarray(0, 5).toString(), "%PDF-");
    assert.equal(this.png.subarray(1, 4).toString(), "PNG");
    assert.match(svg.toString(), /^<\?xml|^<svg/);
    await page.getByRole("link", { name: "タブレット" }).click();
    await this.look(page, "operator-screen");
    const wrong = link.replace(/key=.{4}/, "key=0000");
    await this.open(wrong, "operator-wrong-key", 404);
    this.venueNumber = new URL(link).pathname.split("/").at(-1);
  }

  // OSK-3, OSK-5, OSK-6: scanned address, one field, a question about a typing error, thanks, a mail.
  async visitor(code = this.sampleCode()) {
    const { page } = this;
    const name = `visitor-${this.options.size}-${this.options.script}`;
    await this.open(`/v/${code}`, "check-in");
  
    assert.equal(await page.locator("main form input:not([type=hidden])").count(), 1, "one field and no more");
    await this.press("登録する", "check-in-errors");
    await this.says(/メールアドレスを入力してください/);
    await page.locator("[name=email]:not([type=hidden])").fill("not an address");
    await this.press("登録する", "check-in-malformed");
    assert.equal(await page.locator("[name=email]:not([type=hidden])").inputValue(), "not an address");
    await page.locator("[name=email]:not([type=hidden])").fill(`ｖ${name.slice(1)}@gmial.com`);
    await this.press("登録する", "check-in-suggestion");
    await this.says(new RegExp(`${name}@gmail\\.com`));
    await this.press("このアドレスで登録する", "thanks");
    await this.heading(/登録しました/);
    const mail = await this.mailTo(`${name}@gmail.com`);
    assert.ok(mail.subject && mail.body, "a confirmation");
    await page.reload();
    await this.heading(/登録しました/);
    const mails = (await this.inbox()).filter((other) => other.to === mail.to);
    assert.equal(mails.length, 1, "a reload is no second check-in");
  }

  sampleCode(n = 0) {
    return [...this.demo.printed().matchAll(/\/v\/([0-9A-Za-z]+)/g)][n][1];
  }

  async signIn(name = "sign-in") {
    const { page } = this;
    const story = await (await fetch(`${this.public}/demo`)).text();
    const [officer, password, code] = [...story.matchAll(/<dd[^>]*>([^<]+)<\/dd>/g)].map((found) => found[1]);
    await this.open(`${this.office}/sign-in`, name);
    await page.locator("[name=name]").fill(officer);
    await page.locator("[name=password]").fill(password);
    await page.locator("[name=totp]").fill(code);
    await this.press("サインインする");
    await this.heading(/きょうの仕事/);
  }

  /** Wrong at the sign-in: named once, for all three fields alike. */
  async signInWrong() {
    await this.open(`${this.office}/sign-in`);
    await this.page.locator("[name=name]").fill("nobody");
    await this.press("サインインする", "sign-in-errors");
    await this.says(/どれかが違います/);
  }

  // OSK-12, OSK-13, OSK-17: what the interview brought, and what comes of each visit.
  async enterCase(reference) {
    const { page } = this;
    await this.open(`${this.office}/cases/new`, "case-new");
    await page.locator("[name=reference]").fill(reference);
    await page.getByRole("button", { name: "入力して照合する" }).click();
    await this.look(page, "case-new-errors");
    const rows = [
      ["髙﨑𠮷辻食堂", -1],
      ["ライブハウス みなと", -2],
      ["カラオケ あおば", -1],
      ["登録のない喫茶店", -1],
      ["髙﨑𠮷辻食堂", -20],
    ];
    await page.getByLabel("ある（あった）").check();
    await page.locator("[name=onset_on]").fill(await this.day(-1));
    await page.locator("[name=positive_on]").fill(await this.day());
    for (const [n, [venue, offset]] of rows.entries()) {
      await page.locator("[name=venue]").nth(n).fill(venue);
      await page.locator("[name=visited_on]").nth(n).fill(await this.day(offset));
    }
    await this.look(page, "case-new-filled");
    await this.press("入力して照合する", "case-just-entered");
    await this.matched();
    await this.look(page, "case-matched");
    for (const reason of [/お知らせ案を作成/, /基準未満/, /施設未登録/, /感染可能期間の外/]) await this.says(reason);
    this.caseAddress = page.url();
  }

  /** Reloads the case's page until its findings stand there. */
  async matched() {
    await eventually("the findings", async () => {
      await this.page.reload();
      return !/照合を待って/.test(await this.page.locator("main").innerText());
    });
  }

  // OSK-16 to OSK-18: the officer sees how many and what they will read, approves, and could still stop.
  async decide() {
    const { page } = this;
    await this.open(`${this.office}/cases`, "cases-waiting");
    await page.getByRole("link", { name: "内容を確かめる" }).first().click();
    await this.look(page, "notice-proposed");
    await this.says(/届くメール/);
    await this.press("見送る", "notice-errors");
    await this.says(/見送る理由を入力してください/);
    await this.press("お知らせを承認する", "notice-approved");
    await this.says(/送信を始めます/);
    this.noticeAddress = page.url();
  }

  async released() {
    const before = (await this.inbox()).length;
    await this.push("10分進める", "demo-clock");
    await eventually("the notice's mails", async () => (await this.inbox()).length >= before + 4);
    await this.open("/demo/inbox", "demo-inbox-notices");
    await this.open(this.noticeAddress, "notice-settled");
    await this.says(/送信済み/);
    await this.open(this.caseAddress, "case-settled");
    await this.open(`${this.office}/cases`, "cases-settled");
    await this.open(`${this.office}/notices`, "notices");
  }

  // OSK-19 to OSK-21: a cluster; its mail names the place only where it was published.
  async cluster() {
    const { page } = this;
    await this.open(`${this.office}/clusters/new`, "cluster-new");
    await this.press("対象と文面を確かめる", "cluster-errors");
    await page.locator("[name=venue]").fill("ライブハウス");
    await page.locator("[name=from]").fill(await this.day(-3));
    await page.locator("[name=to]").fill(await this.day(-2));
    await page.locator("[name=published]").check();
    // A part of a name is never taken for the whole: the officer chooses, even from one.
    await this.press("対象と文面を確かめる", "cluster-choose");
    await page.locator("[name=venue_choice]").first().check();
    await this.press("対象と文面を確かめる", "cluster-preview");
    assert.match(await page.locator(".mail pre").first().innerText(), /ライブハウス みなと/);
    await this.press("お知らせ案を作る", "cluster-proposed");
    await this.press("お知らせを承認する", "cluster-approved");
    await this.press("送信を停止する", "cluster-stopped");
    await this.says(/停止しました/);
  }

  /** A notice that isn't sent after all, with the officer's reason. */
  async decline() {
    const { page } = this;
    await this.open(`${this.office}/clusters/new`);
    await page.locator("[name=venue]").fill("カラオケ あおば");
    await page.locator("[name=from]").fill(await this.day(-2));
    await page.locator("[name=to]").fill(await this.day(-2));
    await this.press("対象と文面を確かめる", "cluster-preview-unpublished");
    assert.doesNotMatch(await page.locator(".mail pre").first().innerText(), /カラオケ/);
    await this.press("お知らせ案を作る");
    await page.locator("[name=reason]").fill("施設の調査で、濃厚接触者がすべて分かったため");
    await this.press("見送る", "notice-declined");
    await this.says(/見送りました/);
  }

  // OSK-25: a code from the office, used once by the patient.
  async report() {
    const { page } = this;
    await this.open(`${this.office}/codes`, "codes");
    await this.press("コードを発行する", "codes-issued");
    const code = (await page.locator(".code").innerText()).trim();
    await this.open("/report", "report");
    await this.press("連絡する", "report-errors");
    const fill = async () => {
      await page.locator("[name=code]").fill(code);
      await page.locator("[name=email]").first().fill("haruto@mail.example");
      await page.getByLabel("ある（あった）").check();
      await page.locator("[name=onset_on]").fill(await this.day(-1));
      await page.locator("[name=positive_on]").fill(await this.day());
    };
    await fill();
    await this.look(page, "report-filled");
    await this.press("連絡する", "report-thanks");
    await this.heading(/受け付けました/);
    await this.open("/report");
    await fill();
    await this.press("連絡する", "report-code-used");
    await this.says(/発行コードが正しくないか、期限が切れています/);
    await eventually("the patient's case", async () => {
      await this.open(`${this.office}/cases`);
      return /本人の連絡/.test(await page.locator("main").innerText());
    });
    await page.locator("tr", { hasText: "本人の連絡" }).first().getByRole("link").click();
    await this.matched();
    await this.look(page, "case-reported");
  }

  /** The other pages of the office. */
  async otherPages() {
    await this.open(`${this.office}/venues`, "venues");
    await this.open(`${this.office}/venues?q=${encodeURIComponent("髙﨑𠮷辻")}`, "venues-found");
    await this.open(`${this.office}/venues?q=zzz`, "venues-none");
    await this.open(`${this.office}/figures`, "figures");
    await this.open(`${this.office}/ledger`, "ledger");
    await this.says(/正しくつながっています/);
    await this.open(`${this.office}/nowhere`, "office-not-found", 404);
  }

  // OSK-30: two months, and the days are gone.
  async twoMonths() {
    await this.push("2か月進める");
    await this.open("/erasures", "erasures");
    await this.says(/消えたことを確認/);
    await this.signIn(null);
    await this.open(`${this.office}/cases`, "cases-erased");
    await this.open(`${this.office}/figures`, "figures-erased");
    await this.open(`${this.office}/ledger`, "ledger-erased");
    await this.says(/正しくつながっています/);
  }

  /** Codes and addresses that lead nowhere, and a guesser who is told to wait. */
  async wrongTurns() {
    const { page } = this;
    await this.open("/v/AAAAAAAAAAAAAAAAAAAAAAAAAAA", "unknown-code", 404);
    await this.open("/nowhere", "not-found", 404);
    for (let n = 0; n < 6; n += 1) {
      await this.open("/report");
      if (!(await page.locator("[name=code]").count())) break;
      await page.locator("[name=code]").fill(`WRONG${n}00`);
      await page.locator("[name=email]").first().fill("haruto@mail.example");
      await page.getByLabel("ある（あった）").check();
      await page.locator("[name=onset_on]").fill(await this.day(-1));
      await page.locator("[name=positive_on]").fill(await this.day());
      await this.press("連絡する");
    }
    await this.says(/入力を止めています/);
    await this.look(page, "report-paused");
    await page.context().clearCookies();
    for (let n = 0; n < 6; n += 1) {
      await this.open(`${this.office}/sign-in`);
      if (!(await page.locator("[name=password]").count())) break;
      await page.locator("[name=name]").fill("sato");
      await page.locator("[name=password]").fill(`wrong-${n}`);
      await this.press("サインインする");
    }
    await this.says(/サインインを止めています/);
    await this.look(page, "sign-in-paused");
  }
}
