// LINE in the demo, lived as its people would: a pack that has it, in the hand and at the desk.
//
// What stands in for LINE is the demo's own (crates/line-stand-in): the worker calls it, and what is pressed on its
// pages comes to our webhook, signed. The prefecture's way leads from the button on the check-in page to the notice in
// the chat, and from there to the page that tells where and when.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { SIZES, eventually, expectGoodPage, expectSoundPage, screenshot, startBrowser, startDemo } from "./harness.mjs";
import { Walk } from "./walk.mjs";

const TADORI = process.env.TADORI_BIN ?? new URL("../../target/debug/tadori", import.meta.url).pathname;
const VENUE = "髙﨑𠮷辻食堂";

let browser;

before(async () => {
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
});

/** Checks in by the page's button, on the phone of the person who uses the demo. */
async function checkIn(walk, name) {
  await walk.open(`/v/${walk.sampleCode()}`, `${name}-check-in`);
  await walk.page.getByRole("link", { name: "LINEで登録する" }).click();
  await walk.look(walk.page, `${name}-whose-phone`);
  await walk.press("あなた", `${name}-filled-in`);
  assert.match(await walk.page.locator("#text").inputValue(), /^TADORI [0-9A-Z]+$/);
  await walk.press("送信", `${name}-sent`);
}

/** What the chats say, without looking at them. */
async function chat(walk, person) {
  const chats = await (await fetch(`${walk.public}/demo/line.json`)).json();
  return chats[person].filter((message) => !message.own);
}

/** An officer enters a case that was at the sample venue, and approves the notice. */
async function notice(walk, name, day) {
  const { page } = walk;
  await walk.signIn(null);
  await walk.open(`${walk.office}/cases/new`);
  await page.locator("[name=reference]").fill("見本-0001");
  await page.getByLabel("ある（あった）").check();
  await page.locator("[name=onset_on]").fill(await walk.day(-1));
  await page.locator("[name=positive_on]").fill(await walk.day());
  await page.locator("[name=venue]").first().fill(VENUE);
  await page.locator("[name=visited_on]").first().fill(await walk.day(day));
  const time = page.locator("[name=visited_at]").first();
  if (await time.count()) await time.fill("12:00");
  await walk.press("入力して照合する", `${name}-case-entered`);
  await walk.matched();
  await walk.look(page, `${name}-case`);
  await walk.open(`${walk.office}/cases`);
  await page.getByRole("link", { name: "内容を確かめる" }).first().click();
  await walk.look(page, `${name}-notice`);
  await walk.press("お知らせを承認する");
  walk.noticeAddress = page.url();
}

/** The line of a channel on the officers' page: stops it, or puts it in use again. */
async function turn(walk, act, name) {
  const { page } = walk;
  await walk.open(`${walk.office}/channels`, `${name}-before`);
  await page.locator("section", { hasText: "LINE" }).locator("summary").click();
  await page.locator("[name=reason_line]").fill("LINEの障害の知らせを受けたため");
  await walk.press(`LINEを${act}する`, name);
}

describe("LINE in the demo", { concurrency: 1 }, () => {
  for (const size of Object.keys(SIZES)) {
    test(`Hyogo's way: LINE or mail, and a page that the visitor opens, ${size}`, async (t) => {
      const script = size === "desk";
      await lived(t, "hyogo", { size, script }, {
        "a visitor checks in": async (walk) => {
          await walk.open("/demo", "line-demo");
          await walk.says(/LINEの代わり/);
          await checkIn(walk, "line");
          await walk.says(/登録しました/);
          await walk.open("/demo/line", "line-phones");
        },
        "a case, and the notice in the chats": async (walk) => {
          await notice(walk, "line", 0);
          await walk.push("10分進める");
          const told = await eventually("the notice", async () => (await chat(walk, "you")).find((one) => one.by !== "reply"));
          assert.ok(!told.text.includes(VENUE), "the message itself names no place");
          await walk.open("/demo/line/you", "line-noticed");
          await walk.page.locator(".talk a").last().click();
          walk.noticePage = walk.page.url();
          await walk.look(walk.page, "line-notice-page-closed");
          await walk.press("表示する", "line-notice-page");
          await walk.says(new RegExp(VENUE));
          await walk.open(walk.noticeAddress, "line-notice-settled");
          await walk.says(/方法ごとの結果/);
        },
        "LINE is stopped, and the form stays": async (walk) => {
          await turn(walk, "停止", "line-channels-stopped");
          await walk.says(/停止中/);
          await eventually("the page without LINE", async () => {
            await walk.open(`/v/${walk.sampleCode()}`);
            return (await walk.page.getByRole("link", { name: "LINEで登録する" }).count()) === 0;
          });
          await walk.look(walk.page, "line-check-in-stopped");
          assert.equal(await walk.page.locator("[name=email]").count(), 1, "the form is there");
          await turn(walk, "再開", "line-channels");
        },
        "LINE is away: nothing is lost": async (walk) => {
          await walk.open("/demo/line");
          await walk.press("LINEを不調にする");
          await walk.open("/demo/line/mei");
          await walk.press(`${VENUE}を読み取る`, "line-away");
          assert.equal((await chat(walk, "mei")).length, 0, "no answer while it is away");
          await walk.open("/demo/line");
          await walk.press("元に戻す");
        },
        "a block and its end": async (walk) => {
          await walk.open("/demo/line/aoi");
          await walk.press("ブロックする", "line-blocked");
          await walk.says(/メッセージは届きません/);
          await walk.press("ブロックを解除する");
          await eventually("the greeting", async () => (await chat(walk, "aoi")).length > 0);
        },
        "two months pass": async (walk) => {
          await walk.push("2か月進める");
          await walk.open("/erasures");
          await walk.says(/消えたことを確認/);
          await walk.open(walk.noticePage, "line-notice-page-gone", 404);
        },
      });
    });
  }

  test("Saitama's way: LINE alone, agreed to by a button at the first scan", async (t) => {
    await lived(t, "saitama", { size: "phone", script: false }, {
      "a visitor agrees, once": async (walk) => {
        await checkIn(walk, "saitama");
        const answers = async () => (await chat(walk, "you")).length;
        const before = await answers();
        await walk.page.locator(".talk form button").last().click();
        await eventually("the confirmation", async () => (await answers()) > before);
        await walk.open("/demo/line/you", "saitama-agreed");
        await walk.says(/登録しました/);
        await walk.press(`${VENUE}を読み取る`);
        assert.equal(await walk.page.locator(".talk li").last().locator("form").count(), 0, "not asked again");
      },
      "the notice names nothing": async (walk) => {
        await notice(walk, "saitama", -1);
        await walk.push("10分進める");
        await eventually("the notice", async () => (await chat(walk, "aoi")).some((one) => one.by !== "reply"));
        await walk.open("/demo/line/aoi", "saitama-noticed");
        const told = await walk.page.locator(".talk").innerText();
        assert.ok(!told.includes(VENUE) && !/https?:/.test(told), told);
      },
    });
  });

  test("Kanagawa's way: LINE alone; while it is stopped nobody can register", async (t) => {
    await lived(t, "kanagawa", { size: "desk", script: true }, {
      "a visitor checks in": async (walk) => {
        await checkIn(walk, "kanagawa");
        await walk.says(/登録しました/);
      },
      "the notice reaches who was there": async (walk) => {
        await notice(walk, "kanagawa", 0);
        await walk.push("10分進める");
        await eventually("the notice", async () => (await chat(walk, "you")).some((one) => one.by !== "reply"));
        await walk.open("/demo/line/you", "kanagawa-noticed");
      },
      "LINE is stopped": async (walk) => {
        await turn(walk, "停止", "kanagawa-channels-stopped");
        await eventually("the page without LINE", async () => {
          await walk.open(`/v/${walk.sampleCode()}`);
          return (await walk.page.getByRole("link", { name: "LINEで登録する" }).count()) === 0;
        });
        await walk.look(walk.page, "kanagawa-check-in-stopped");
        await walk.says(/再開するまで、登録できません/);
      },
      "two months pass": async (walk) => {
        await walk.push("2か月進める");
        await walk.open("/erasures");
        await walk.says(/消えたことを確認/);
      },
    });
  });
});

/** Lives steps in a pack's demo, each where the last one ended. */
async function lived(t, pack, options, steps) {
  const demo = await startDemo([TADORI, "demo", "--jurisdiction", pack]);
  const look = async (page, name) => {
    await (options.script ? expectGoodPage(page) : expectSoundPage(page));
    await screenshot(page, name);
  };
  const walk = new Walk(browser, demo, options, look);
  await walk.begin();
  try {
    let broken = false;
    for (const [what, step] of Object.entries(steps)) {
      await t.test(what, { skip: broken && "an earlier step failed" }, async () => {
        broken = true;
        await step(walk);
        broken = false;
      });
    }
  } finally {
    await walk.end();
    await demo.stop();
  }
}
