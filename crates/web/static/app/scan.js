// Reading codes: by the browser's own reader where there is one, else by a small one of our own address, which is
// fetched only then (README.md beside the style sheets says where it comes from).

/** A place's code as it stands in an address, or null. */
export const codeOf = (text) => (/^[0-9a-z]{20,40}$/i.test(text ?? "") ? text.toUpperCase() : null);

/** A place's code in what a QR code holds, or null: `HTTPS://HOST/V/CODE`. */
export const codeIn = (text) => codeOf(/\/v\/([0-9a-z]+)/i.exec(text ?? "")?.[1]);

let reader;

/** `read(picture)` gives the text of a code in a picture, or null. */
async function ready() {
  if (reader) return reader;
  const formats = "BarcodeDetector" in self ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
  if (formats.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    reader = async (picture) => (await detector.detect(picture))[0]?.rawValue ?? null;
  } else {
    const { default: scanner } = await import("/app/qr-scanner.min.js");
    const engine = await scanner.createQrEngine();
    reader = async (picture) => {
      const read = scanner.scanImage(picture, { qrEngine: engine, returnDetailedScanResult: true });
      return (await read.catch(() => null))?.data ?? null;
    };
  }
  return reader;
}

/** The code in a photo; null where there is none. */
export async function inPhoto(file) {
  const read = await ready();
  const picture = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  // A photo of twelve megapixels is read no better than one of one.
  const scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return codeIn(await read(canvas));
}

/** Watches the camera until a code is seen; `stop()` ends it and gives null. */
export function withCamera(video) {
  let stopped = false;
  let stream;
  const stop = () => {
    stopped = true;
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  const seen = (async () => {
    const read = await ready();
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    if (stopped) return stop();
    video.srcObject = stream;
    await video.play();
    while (!stopped) {
      const code = codeIn(await read(video).catch(() => null));
      if (code) {
        stop();
        return code;
      }
      await new Promise((again) => setTimeout(again, 150));
    }
    return null;
  })();
  return { seen: seen.finally(stop), stop };
}
