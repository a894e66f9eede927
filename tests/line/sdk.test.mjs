// LINE's own SDK against the stand-in (crates/line-stand-in): what it sends is taken, what it gets it understands,
// and the webhooks pass its signature check. So the stand-in isn't only held against our own client.
//
// Run by `cargo xtask test`; alone, after `npm ci` in this folder:
//   cargo build --package line-stand-in && node --test tests/line/sdk.test.mjs

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { HTTPFetchError, messagingApi, validateSignature } from "@line/bot-sdk";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SECRET = "the-channel-secret-of-these-tests";
const TOKEN = "the-access-token-of-these-tests";
const MEI = `U${"a".repeat(32)}`;
const SORA = `U${"b".repeat(32)}`;

let child;
let base;
let client;

before(async () => {
  const program = process.env.TADORI_LINE_STAND_IN ?? `${root}target/debug/line-stand-in`;
  child = spawn(program, ["0", SECRET, TOKEN], { stdio: ["ignore", "pipe", "inherit"] });
  base = await new Promise((resolve, reject) => {
    let said = "";
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the stand-in ended with ${code}`)));
    child.stdout.setEncoding("utf8").on("data", (text) => {
      said += text;
      const found = /http:\/\/[\d.:]+/.exec(said);
      if (found && said.includes("\n")) resolve(found[0]);
    });
  });
  client = new messagingApi.MessagingApiClient({ channelAccessToken: TOKEN, baseURL: base });
});

after(() => child?.kill());

/** Asks the stand-in itself. */
async function own(path, body) {
  const response = await fetch(`${base}/stand-in/${path}`, {
    method: body ? "POST" : "GET",
    body: body && JSON.stringify(body),
  });
  assert.equal(response.status, 200, path);
  return response.json();
}

const event = (kind, account, words = "") => own("event", { kind, account, words });
const chat = (account) => own(`chat/${account}`);
const text = (words) => [{ type: "text", text: words }];

/** The status that a call fails with. */
async function refused(call) {
  const error = await call.then(
    () => assert.fail("was taken"),
    (error) => error,
  );
  assert.ok(error instanceof HTTPFetchError, `${error}`);
  return error.status;
}

test("a webhook passes the SDK's signature check, and no changed byte does", async () => {
  const hook = await event("text", MEI, "TADORI ABC");
  assert.ok(validateSignature(hook.body, SECRET, hook.signature));
  assert.ok(!validateSignature(`${hook.body} `, SECRET, hook.signature));
  assert.ok(!validateSignature(hook.body, "another secret", hook.signature));
  const [said] = JSON.parse(hook.body).events;
  assert.equal(said.type, "message");
  assert.equal(said.message.text, "TADORI ABC");
  assert.match(said.source.userId, /^U[0-9a-f]{32}$/);
  assert.match(said.webhookEventId, /^[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.equal(said.deliveryContext.isRedelivery, false);
});

test("a reply token works once", async () => {
  const hook = await event("text", MEI, "hello");
  const { replyToken } = JSON.parse(hook.body).events[0];
  const taken = await client.replyMessage({ replyToken, messages: text("one") });
  assert.equal(taken.sentMessages.length, 1);
  assert.equal(await refused(client.replyMessage({ replyToken, messages: text("two") })), 400);
});

test("the button of agreement is a template that the SDK can say", async () => {
  const hook = await event("follow", MEI);
  const { replyToken } = JSON.parse(hook.body).events[0];
  const actions = [{ type: "postback", label: "Agree", data: "consent:1", displayText: "Agree" }];
  const template = { type: "buttons", text: "Agree?", actions };
  await client.replyMessage({ replyToken, messages: [{ type: "template", altText: "Agree?", template }] });
  const last = (await chat(MEI)).at(-1);
  assert.equal(last.message.template.actions[0].data, "consent:1");
  const pressed = JSON.parse((await event("press", MEI, "consent:1")).body).events[0];
  assert.equal(pressed.postback.data, "consent:1");
});

test("push and multicast reach who follows, once under one key", async () => {
  await event("follow", MEI);
  await event("follow", SORA);
  const key = randomUUID();
  const before = (await chat(SORA)).length;
  await client.multicast({ to: [MEI, SORA], messages: text("a notice") }, key);
  assert.equal(await refused(client.multicast({ to: [MEI, SORA], messages: text("a notice") }, key)), 409);
  assert.equal((await chat(SORA)).length, before + 1);
  const pushed = await client.pushMessage({ to: MEI, messages: text("for one") }, randomUUID());
  assert.ok(pushed.sentMessages[0].id);
});

test("an answer that was lost is known again by its key", async () => {
  await event("follow", MEI);
  const key = randomUUID();
  const before = (await chat(MEI)).length;
  await own("fault", { call: "push", status: 500, taken: true });
  assert.equal(await refused(client.pushMessage({ to: MEI, messages: text("lost") }, key)), 500);
  assert.equal(await refused(client.pushMessage({ to: MEI, messages: text("lost") }, key)), 409);
  assert.equal((await chat(MEI)).length, before + 1);
});

test("who blocks is passed over in silence", async () => {
  await event("follow", SORA);
  const before = (await chat(SORA)).length;
  const hook = JSON.parse((await event("block", SORA)).body).events[0];
  assert.equal(hook.type, "unfollow");
  assert.equal(hook.replyToken, undefined);
  await client.pushMessage({ to: SORA, messages: text("unheard") }, randomUUID());
  assert.equal((await chat(SORA)).length, before);
});

test("what the definitions forbid is refused", async () => {
  const many = Array.from({ length: 501 }, (_, n) => `U${n.toString(16).padStart(32, "0")}`);
  assert.equal(await refused(client.multicast({ to: many, messages: text("x") })), 400);
  assert.equal(await refused(client.pushMessage({ to: MEI, messages: Array(6).fill(text("x")[0]) })), 400);
  assert.equal(await refused(client.pushMessage({ to: MEI, messages: [] })), 400);
  assert.equal(await refused(client.pushMessage({ to: "taro", messages: text("x") })), 400);
  assert.equal(await refused(client.pushMessage({ to: MEI, messages: text("x") }, "no-uuid")), 400);
  const stranger = new messagingApi.MessagingApiClient({ channelAccessToken: "wrong", baseURL: base });
  assert.equal(await refused(stranger.getMessageQuota()), 401);
});

test("the month's quota is told, and ends", async () => {
  await event("follow", MEI);
  await own("quota", { limit: 10, used: 9 });
  assert.deepEqual(await client.getMessageQuota(), { type: "limited", value: 10 });
  assert.equal((await client.getMessageQuotaConsumption()).totalUsage, 9);
  await client.pushMessage({ to: MEI, messages: text("the last") }, randomUUID());
  assert.equal(await refused(client.pushMessage({ to: MEI, messages: text("too many") }, randomUUID())), 429);
  await own("quota", { limit: null, used: 0 });
  assert.deepEqual(await client.getMessageQuota(), { type: "none" });
});
