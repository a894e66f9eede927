// The app's service worker: the page opens without a network, and notices are kept and shown when they arrive.

const SHELL = "tadori-app-1";
const PARTS = ["/app", "/app/app.js", "/app/keep.js", "/app/scan.js", "/app/send.js", "/app/qr-scanner.min.js", "/app/qr-scanner-worker.min.js", "/app/manifest.webmanifest", "/app/icon.svg", "/app/icon-192.png"];

/** Said in both languages, for nobody is there to ask which: a locked screen shows no more of a notice than this. */
const OPEN = "アプリを開いてお読みください。 / Open the app to read it.";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(PARTS)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = async () => {
    for (const name of await caches.keys()) if (name !== SHELL) await caches.delete(name);
  };
  event.waitUntil(old().then(() => self.clients.claim()));
});

/** How long a network may take before the phone's copy is the better answer, in milliseconds. */
const PATIENCE = 8_000;

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, searchParams, origin } = new URL(request.url);
  if (origin !== self.location.origin || request.method !== "GET") return;
  const part = PARTS.includes(pathname);
  // A page of the app that isn't kept, as the list of places: without a network the app itself opens.
  if (!part && request.mode !== "navigate") return;
  event.respondWith(freshOrKept(request, part ? pathname : "/app", part && !searchParams.has("code")));
});

/** From the network where there is one, so that nobody uses an old page; else the phone's copy. */
async function freshOrKept(request, name, keep) {
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    // In the language that was read last, and without any place's code.
    if (keep && fresh.ok) {
      const cache = await caches.open(SHELL);
      await cache.put(name, fresh.clone()).catch(() => {});
    }
    return fresh;
  } catch {
    return (await caches.match(name)) ?? Response.error();
  }
}

self.addEventListener("push", (event) => event.waitUntil(arrived(event.data)));

async function arrived(data) {
  let notice;
  try {
    notice = data.json();
  } catch {
    return;
  }
  // A repeat has the same number: kept once, shown once. Its time is the server's, by which the phone removes it.
  const { id, title, body, at = Date.now() } = notice;
  // Where the phone has no room left, the notification is all there is.
  const shown = await kept({ id, title, body, at }).then(() => OPEN, () => body);
  await self.registration.showNotification(title, { body: shown, tag: id, lang: "ja" });
  for (const client of await self.clients.matchAll()) client.postMessage("notice");
}

/** Into the database that keep.js opens too: both must know the same stores. */
function kept(notice) {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("tadori", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("settings", { keyPath: "name" });
      for (const store of ["queue", "diary", "notices"]) asked.result.createObjectStore(store, { keyPath: "id" });
    };
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      const transaction = asked.result.transaction(["notices"], "readwrite");
      transaction.objectStore("notices").put(notice);
      // Closed, or a later version of these stores would wait for this worker to end.
      const closing = (then) => () => {
        asked.result.close();
        then(transaction.error);
      };
      transaction.oncomplete = closing(resolve);
      transaction.onabort = closing(reject);
    };
  });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/app#notices"));
});
