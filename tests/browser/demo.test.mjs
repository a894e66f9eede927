// The demo, walked as a newcomer does: once in the hand and once at the desk, with and without script.
//
// No page has a script (crates/web tests that), so both ways are shown the same page: axe and the camera
// look at one of them, the other proves that every form works.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { SIZES, expectGoodPage, expectSoundPage, screenshot, startBrowser, startDemo } from "./harness.mjs";
import { Walk } from "./walk.mjs";

let browser;

before(async () => {
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
});

const PUBLIC = ["/", "/visitors", "/operators", "/faq", "/ask", "/privacy", "/thresholds", "/erasures", "/changes", "/sitemap", "/venues/new", "/report", "/demo", "/demo/inbox", "/demo/clock"];
const TONGUES = ["/?lang=en", "/visitors?lang=en", "/visitors?lang=ja-easy", "/ask?lang=en", "/report?lang=en", "/report?lang=ja-easy", "/venues/new?lang=en"];

describe("the demo", { concurrency: 2 }, () => {
  for (const size of Object.keys(SIZES)) {
    for (const script of [true, false]) {
      test(`the whole story, ${size}, ${script ? "with" : "without"} script`, async (t) => {
        const demo = await startDemo();
        const look = async (page, name) => {
          if (!script) return expectSoundPage(page);
          await expectGoodPage(page);
          await screenshot(page, name);
        };
        const walk = new Walk(browser, demo, { size, script }, look);
        await walk.begin();
        const steps = {
          "the public pages": async () => {
            for (const path of PUBLIC) await walk.open(path, name(path));
            for (const path of TONGUES) await walk.open(path, name(path));
            const code = walk.sampleCode();
            for (const lang of ["ja-easy", "en"]) await walk.open(`/v/${code}?lang=${lang}`, `check-in-${lang}`);
          },
          "an operator registers a venue": () => walk.operator(),
          "a visitor checks in": () => walk.visitor(),
          "an officer signs in": async () => {
            await walk.signInWrong();
            await walk.signIn();
            await walk.look(walk.page, "cases-none");
          },
          "an empty office": async () => {
            for (const path of ["notices", "figures", "ledger"]) await walk.open(`${walk.office}/${path}`, `${path}-none`);
          },
          "a case is entered": () => walk.enterCase("見本-0001"),
          "a notice is approved": () => walk.decide(),
          "ten minutes later it arrives": () => walk.released(),
          "a cluster is declared, and stopped": () => walk.cluster(),
          "another is declined": () => walk.decline(),
          "a patient reports": () => walk.report(),
          "the other pages of the office": () => walk.otherPages(),
          "two months pass": () => walk.twoMonths(),
          "wrong turns": () => walk.wrongTurns(),
        };
        try {
          let broken = false;
          for (const [what, step] of Object.entries(steps)) {
            // Each step begins where the last one ended: after a failure the others would only fail too.
            await t.test(what, { skip: broken && "an earlier step failed" }, async () => {
              broken = true;
              await step();
              broken = false;
            });
          }
        } finally {
          await walk.end();
          await demo.stop();
        }
        assert.equal(demo.said().trim(), "", "the demo complains about nothing");
      });
    }
  }
});

function name(path) {
  return `public${path === "/" ? "-home" : path.replaceAll(/[/?=]+/g, "-")}`;
}
