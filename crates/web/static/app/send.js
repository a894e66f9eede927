// Check-ins on their way: kept first, then sent, and gone from the queue only when the server has said what became
// of them. The nonce is kept before it is used, so that a visit whose answer was lost is sent again as the same one.
//
// When a visit was, the server's clock says: the phone's may be years off, so what counts of it is only how long ago
// the code was read, and that is taken from the server's time as soon as there is a network.

import * as keep from "./keep.js";

const lang = document.documentElement.lang;

/** A network that carries nothing is none. */
const PATIENCE = 20_000;

/** Another state of the world than "the server answered": no network, or it can't now. */
class Later extends Error {}

async function ask(path, body) {
  const signal = AbortSignal.timeout(PATIENCE);
  let said;
  try {
    const address = `${path}${path.includes("?") ? "&" : "?"}lang=${lang}`;
    said = await (await fetch(address, body ? { method: "POST", body, signal } : { signal })).json();
  } catch {
    throw new Later();
  }
  // Anybody between us and the server can answer in its place, as a hotel's sign-in page does.
  if (!said?.now || said.state === "later") throw new Later();
  await keep.serverSaid(said.now).catch(() => {});
  return said;
}

/** What the place is called, and a nonce for it. */
export const place = (code) => ask(`/app/form?code=${encodeURIComponent(code)}`);

/**
 * A visit to be sent, one for each way of reaching the person. What can't be kept is sent at once or not at all:
 * then `kept` is false.
 */
export async function checkIn(code, contacts, name) {
  const visit = crypto.randomUUID();
  const entries = contacts.map((contact, n) => ({ id: `${visit}-${n}`, visit, code, name, contact, at: Date.now() }));
  const kept = await keep.putAll("queue", entries).then(() => true, () => false);
  const results = await locked(async () => {
    const sent = [];
    for (const entry of entries) sent.push(kept ? await sendKept(entry.id) : await send(entry, false));
    return sent;
  });
  return { kept, results: results.filter(Boolean) };
}

/** Sends all that wait, one tab at a time. */
export function sendAll() {
  return locked(async () => {
    const results = [];
    for (const { id, refused } of await keep.all("queue")) if (!refused) results.push(await sendKept(id));
    return results.filter(Boolean);
  });
}

const locked = (act) => (navigator.locks ? navigator.locks.request("tadori-send", act) : act());

/** Another tab may have sent it while this one waited for its turn: then the diary says what became of it. */
async function sendKept(id) {
  const entry = await keep.get("queue", id);
  if (entry) return send(entry, true);
  const line = await keep.get("diary", id.slice(0, id.lastIndexOf("-")));
  return line && { state: "stored", entry: line, diary: true };
}

async function send(entry, kept) {
  try {
    return await tryTo(entry, kept);
  } catch (error) {
    if (!(error instanceof Later)) throw error;
    return { state: "waiting", entry };
  }
}

async function tryTo(entry, kept, again = true) {
  if (!entry.nonce) {
    const form = await place(entry.code);
    if (form.state !== "open") return refuse(entry, kept, form);
    entry.nonce = form.nonce;
    entry.name = form.venue.room ? `${form.venue.name} ${form.venue.room}` : form.venue.name;
    entry.visited ??= form.now - (Date.now() - entry.at);
    if (kept) await keep.put("queue", entry).catch(() => {});
  }
  const fields = { code: entry.code, nonce: entry.nonce, visited: entry.visited, ...entry.contact };
  const said = await ask("/app/check-in", new URLSearchParams(fields));
  if (said.state === "expired" && again) {
    entry.nonce = null;
    return tryTo(entry, kept, false);
  }
  if (said.state !== "stored") return refuse(entry, kept, said);
  let diary = true;
  const line = { id: entry.visit, code: entry.code, name: entry.name, at: said.at };
  await keep.settle(entry.id, line).catch(async () => {
    diary = false;
    await keep.remove("queue", entry.id).catch(() => {});
  });
  return { state: "stored", entry: { ...entry, at: said.at }, diary };
}

/** It stays, with the reason, until the person has read it; a wrong address is asked for at once. */
async function refuse(entry, kept, said) {
  entry.refused = said.message;
  if (said.state === "typo" || said.state === "address") await keep.remove("queue", entry.id).catch(() => {});
  else if (kept) await keep.put("queue", entry).catch(() => {});
  return { ...said, state: said.state === "unknown" ? "refused" : said.state, entry };
}
