// The pictures of the README, made anew from the running demo: npm run pictures (needs poppler's pdftoppm).
//
// Each is taken where the story passes by, so that a picture can't show what the program no longer does.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBrowser, startDemo } from "./harness.mjs";
import { smaller } from "./png.mjs";
import { Walk } from "./walk.mjs";

const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));

/** The largest picture that a README should make its reader wait for. */
const LARGEST = 200_000;

/** What a reader is shown: the walk's name of the page, and the picture's. */
const PHONE = { "check-in": "check-in-phone", thanks: "thanks-phone" };
const DESK = { "case-settled": "case-desk", "notice-proposed": "notice-desk", erasures: "erasures-desk" };

mkdirSync(FOLDER, { recursive: true });
const [browser, demo] = [await startBrowser(), await startDemo()];
try {
  const phone = new Walk(browser, demo, { size: "phone", scale: 2 }, async (page, name) => {
    if (name in PHONE) await page.screenshot({ path: picture(PHONE[name]) });
  });
  await phone.begin();
  await phone.visitor();
  await phone.operator();
  poster(phone.poster);
  await phone.end();

  const desk = new Walk(browser, demo, { size: "desk" }, async (page, name) => {
    if (!(name in DESK)) return;
    const end = await page.locator("main").boundingBox();
    const clip = { x: 0, y: 0, width: 1280, height: Math.ceil(end.y + end.height) - 24 };
    await page.screenshot({ path: picture(DESK[name]), fullPage: true, clip });
  });
  await desk.begin();
  await desk.signIn();
  await desk.enterCase("2026-0412");
  await desk.decide();
  await desk.released();
  await desk.twoMonths();
  await desk.end();
} finally {
  await browser.close();
  await demo.stop();
}
for (const name of ["poster", ...Object.values(PHONE), ...Object.values(DESK)]) {
  const png = smaller(readFileSync(picture(name)));
  writeFileSync(picture(name), png);
  console.log(`${name}.png ${png.length} bytes`);
  if (png.length > LARGEST) process.exitCode = 1;
}

function picture(name) {
  return join(FOLDER, `${name}.png`);
}

function poster(pdf) {
  const folder = mkdtempSync(join(tmpdir(), "tadori-"));
  try {
    writeFileSync(join(folder, "poster.pdf"), pdf);
    execFileSync("pdftoppm", ["-r", "80", "-png", "-singlefile", join(folder, "poster.pdf"), join(FOLDER, "poster")]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
