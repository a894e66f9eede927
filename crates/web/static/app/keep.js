// What the phone keeps, in IndexedDB: settings, visits that wait, the diary, and notices that the service worker
// got. Nothing of it leaves the phone but a visit, as a check-in.

const NAME = "tadori";
const STORES = { settings: "name", queue: "id", diary: "id", notices: "id" };

/** Opens it; sw.js opens the same, so both must know the same stores. */
function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(STORES)) asked.result.createObjectStore(store, { keyPath });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("blocked"));
  });
}

/** Runs `act(transaction)` over these stores, and waits until it is on the disk. */
async function within(stores, mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(stores, mode, { durability: "strict" });
      const asked = act(transaction);
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
      transaction.onerror = (event) => event.preventDefault();
      if (asked) asked.onerror = () => transaction.abort();
    });
  } finally {
    database.close();
  }
}

export const get = (store, key) => within([store], "readonly", (t) => t.objectStore(store).get(key));
export const all = (store) => within([store], "readonly", (t) => t.objectStore(store).getAll());
export const put = (store, value) => within([store], "readwrite", (t) => t.objectStore(store).put(value));
export const remove = (store, key) => within([store], "readwrite", (t) => t.objectStore(store).delete(key));

/** All of them or none: a visit of which half is kept would be sent half, and told as not sent. */
export const putAll = (store, values) =>
  within([store], "readwrite", (t) => values.map((value) => t.objectStore(store).put(value)).at(-1));

/** A visit that was sent moves from the queue into the diary, or into neither. */
export function settle(id, entry) {
  return within(["queue", "diary"], "readwrite", (t) => {
    t.objectStore("queue").delete(id);
    return t.objectStore("diary").put(entry);
  });
}

/** Everything that names the person or a place. */
export function forget() {
  return within(Object.keys(STORES), "readwrite", (t) => {
    for (const store of Object.keys(STORES)) t.objectStore(store).clear();
  });
}

/** What the server's clock last said, for the purge: the later of both, for a page may be the phone's old copy. */
export async function serverSaid(now) {
  const known = (await get("settings", "server"))?.now ?? 0;
  if (now > known) await put("settings", { name: "server", now }).catch(() => {});
  return Math.max(now || 0, known);
}

/**
 * Removes what is older than the policy keeps. By the server's clock and not the phone's, which may be years off:
 * without it nothing is removed.
 */
export async function purge(now, months, days) {
  if (!now) return;
  const oldest = new Date(now);
  oldest.setMonth(oldest.getMonth() - months);
  oldest.setDate(oldest.getDate() - days);
  for (const store of ["diary", "notices"]) {
    for (const entry of await all(store)) {
      if (entry.at < oldest.getTime()) await remove(store, entry.id);
    }
  }
}
