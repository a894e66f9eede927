// The app's page: takes over from the page without script, and says on screen what became of each check-in.

import * as keep from "./keep.js";
import * as send from "./send.js";
import { codeOf, inPhoto, withCamera } from "./scan.js";

const by = (id) => document.getElementById(id);
const word = (name) => document.querySelector(`template[data-word="${name}"]`).content.textContent;
const app = by("app");
const lang = document.documentElement.lang;
const tabs = "BroadcastChannel" in self ? new BroadcastChannel("tadori") : null;

/** How the person is told: { email } and { endpoint, p256dh, auth }; kept on the phone where the policy says so. */
let contacts = [];
let camera = null;
let sending = false;

/** While visits wait, they are tried again so often: a server that was busy says nothing when it is free. */
const AGAIN = 60_000;

// --- what is said

function say(kind, heading, ...lines) {
  const box = document.createElement("div");
  box.className = `say ${kind}`;
  const title = document.createElement("h2");
  title.textContent = heading;
  box.append(title, ...lines.map((line) => (typeof line === "string" ? paragraph(line) : line)));
  by("said").replaceChildren(box);
  by("said").scrollIntoView({ block: "start" });
}

function paragraph(text) {
  const line = document.createElement("p");
  line.textContent = text;
  return line;
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button plain";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

const moment = (at) => new Date(at).toLocaleString(lang, { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Tokyo" });

// --- checking in

async function checkIn(code, name) {
  if (contacts.length === 0) {
    say("care", word("no-contact"));
    return by("field-email").focus();
  }
  // A second tap is the same visit.
  if (sending) return;
  sending = true;
  say("", word("sending"));
  const { kept, results } = await send.checkIn(code, contacts, name).finally(() => (sending = false));
  tell(results, kept);
  if (results.some((result) => result.state === "push")) await setContacts(contacts.filter((known) => known.email));
  if (app.dataset.remember !== "1" && results.every((result) => result.state === "stored")) setContacts([]);
  await show();
  tabs?.postMessage("changed");
}

/** One answer for all that was sent: the worst first, for it is what the person must act upon. */
function tell(results, kept = true) {
  const of = (...states) => results.find((result) => states.includes(result.state));
  const typo = of("typo");
  if (typo) return tellTypo(typo);
  const refused = of("refused", "address", "push", "expired");
  const stored = of("stored");
  if (refused && !stored) return say("bad", word("refused"), refused.message);
  const waiting = of("waiting");
  if (waiting && !kept) return say("bad", word("refused"), word("kept-not"));
  if (waiting) return say("care", word("kept"));
  if (!stored) return undefined;
  const { entry } = stored;
  const lines = [`${entry.name ?? word("unnamed")}　${moment(entry.at)}`];
  if (!stored.diary) lines.push(word("diary-full"));
  // Registered by one way of two: the other is told all the same.
  if (refused) lines.push(refused.message);
  by("place").hidden = true;
  return say(refused ? "care" : "good", word("stored"), ...lines);
}

function tellTypo({ message, suggestion, entry }) {
  const again = (contact) => async () => {
    await setContacts([contact, ...contacts.filter((known) => !known.email)]);
    await checkIn(entry.code, entry.name);
  };
  say(
    "care",
    message,
    button(`${word("typo-use")}${suggestion}`, again({ email: suggestion })),
    button(word("typo-keep"), again({ email: entry.contact.email, keep: "1" })),
  );
}

let again;

async function sendAll() {
  clearTimeout(again);
  const results = await send.sendAll();
  if (results.some((result) => result.state !== "waiting")) tell(results);
  if (results.some((result) => result.state === "waiting")) again = setTimeout(sendAll, AGAIN);
  await purge();
  await show();
  if (results.length > 0) tabs?.postMessage("changed");
}

// --- the address

async function setContacts(list) {
  contacts = list;
  if (app.dataset.remember === "1") {
    await keep.put("settings", { name: "contacts", list }).catch(() => say("bad", word("no-keeping")));
    // Asked, so that the browser doesn't throw away what waits when other pages need room.
    await navigator.storage?.persist?.().catch(() => {});
  }
  showContacts();
}

function showContacts() {
  const names = contacts.map((contact) => contact.email ?? word("push-known"));
  by("known").hidden = contacts.length === 0;
  by("address").hidden = contacts.length > 0;
  by("known-words").textContent = `${word("remembered")}${names.join("、")}`;
}

async function allowPush() {
  if (!("PushManager" in self && "Notification" in self)) return say("care", word("push-none"));
  try {
    if ((await Notification.requestPermission()) !== "granted") return say("care", word("push-denied"));
    const { pushManager } = await navigator.serviceWorker.ready;
    const asked = { userVisibleOnly: true, applicationServerKey: app.dataset.pushKey };
    const subscribed = pushManager.subscribe(asked).catch(async (error) => {
      // Bound to a key that is ours no longer.
      if (error.name !== "InvalidStateError") throw error;
      await (await pushManager.getSubscription())?.unsubscribe();
      return pushManager.subscribe(asked);
    });
    const { endpoint, keys } = (await subscribed).toJSON();
    await setContacts([...contacts.filter((known) => known.email), { endpoint, ...keys }]);
  } catch {
    say("care", word("push-failed"));
  }
}

/** A subscription that the browser has dropped reaches nobody: the person is told, and the rest goes on. */
async function lookAtPush() {
  const known = contacts.find((contact) => contact.endpoint);
  if (!known) return;
  const worker = await navigator.serviceWorker.ready;
  const lives = await worker.pushManager.getSubscription();
  if (lives?.endpoint === known.endpoint) return;
  await setContacts(contacts.filter((contact) => contact.email));
  say("care", word("push-ended"));
}

// --- what is kept

async function show() {
  const [queue, diary, notices] = await Promise.all(["queue", "diary", "notices"].map((store) => keep.all(store)));
  by("waiting").hidden = queue.length === 0;
  by("waiting-list").replaceChildren(...queue.map(waitingLine));
  const newest = (one, other) => other.at - one.at;
  by("diary-none").hidden = diary.length > 0;
  by("diary-list").replaceChildren(...diary.sort(newest).map((entry) => item(`${moment(entry.at)}　${entry.name}`)));
  by("notices").hidden = notices.length === 0;
  by("notices-list").replaceChildren(...notices.sort(newest).map(noticeBox));
}

function item(text) {
  const line = document.createElement("li");
  line.textContent = text;
  return line;
}

function waitingLine(entry) {
  const line = item(`${moment(entry.at)}　${entry.name ?? word("offline-place")}`);
  if (!entry.refused) return line;
  const dismiss = button(word("dismiss"), async () => {
    await keep.remove("queue", entry.id);
    await show();
  });
  line.append(paragraph(`${word("refused")}：${entry.refused}`), dismiss);
  return line;
}

function noticeBox(notice) {
  const box = document.createElement("article");
  box.className = "box";
  const title = document.createElement("h3");
  title.textContent = notice.title;
  const words = document.createElement("pre");
  words.textContent = notice.body;
  box.append(title, paragraph(moment(notice.at)), words);
  return box;
}

/** Removes what is over. */
async function purge() {
  const now = await keep.serverSaid(Number(app.dataset.now));
  await keep.purge(now, Number(app.dataset.months), Number(app.dataset.days));
}

/** What wasn't sent yet would be lost: said before it is. */
async function forget() {
  const waiting = (await keep.all("queue")).filter((entry) => !entry.refused);
  if (waiting.length === 0) return forgetAll();
  return say("care", word("forget-waiting"), button(word("forget-yes"), forgetAll));
}

async function forgetAll() {
  await keep.forget();
  contacts = [];
  showContacts();
  await show();
  tabs?.postMessage("changed");
  say("good", word("forgotten"));
}

// --- the page

async function readCamera() {
  by("camera").hidden = false;
  camera = withCamera(by("picture"));
  try {
    const code = await camera.seen;
    if (code) await checkIn(code);
  } catch (error) {
    say("care", word(error instanceof TypeError ? "no-reader" : "no-camera"));
  } finally {
    by("camera").hidden = true;
    camera = null;
  }
}

async function readPhoto({ target }) {
  const [file] = target.files;
  target.value = "";
  if (!file) return;
  try {
    const code = await inPhoto(file);
    if (code) await checkIn(code);
    else say("care", word("no-code"));
  } catch (error) {
    say("care", word(error instanceof TypeError ? "no-reader" : "no-code"));
  }
}

async function start() {
  try {
    contacts = (await keep.get("settings", "contacts"))?.list ?? [];
  } catch {
    // Without anything to keep it in, the page without script is the better one.
    by("plain").prepend(paragraph(word("no-keeping")));
    return;
  }
  if (app.dataset.remember !== "1") contacts = [];
  by("plain").hidden = true;
  app.hidden = false;
  by("address").addEventListener("submit", (event) => {
    event.preventDefault();
    const email = by("field-email").value.trim();
    if (email) setContacts([{ email }, ...contacts.filter((known) => known.endpoint)]);
    else by("field-email").focus();
  });
  by("change").addEventListener("click", () => {
    by("field-email").value = contacts.find((known) => known.email)?.email ?? "";
    setContacts([]).then(() => by("field-email").focus());
  });
  by("push-on")?.addEventListener("click", allowPush);
  by("scan").addEventListener("click", readCamera);
  by("scan-stop").addEventListener("click", () => camera?.stop());
  by("photo").addEventListener("change", readPhoto);
  by("send").addEventListener("click", sendAll);
  by("forget").addEventListener("click", forget);
  tabs?.addEventListener("message", show);
  addEventListener("online", sendAll);
  // A phone that was in a pocket meanwhile tells of no network that came back.
  document.addEventListener("visibilitychange", () => document.hidden || sendAll());
  navigator.serviceWorker?.addEventListener("message", show);
  showContacts();
  await purge();
  await show();
  await navigator.serviceWorker?.register("/app/sw.js", { scope: "/app" }).catch(() => {});
  // Without a network the page is the phone's copy, which knows no code; the address does.
  const code = codeOf(new URLSearchParams(location.search).get("code"));
  if (code) await openPlace(code);
  await sendAll();
  if (navigator.serviceWorker?.controller) await lookAtPush().catch(() => {});
}

/** A code in the page's address is shown first: following a link must not check anybody in. */
async function openPlace(code) {
  const form = await send.place(code).catch(() => null);
  if (form && form.state !== "open") return say("bad", word("refused"), form.message);
  const name = form ? [form.venue.name, form.venue.room].filter(Boolean).join(" ") : undefined;
  by("place-name").textContent = name ?? word("offline-place");
  by("place").hidden = false;
  by("here").addEventListener("click", () => checkIn(code, name));
}

start();
