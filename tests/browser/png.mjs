// A screenshot as a small PNG: text on plain grounds needs no more than 256 colours.

import assert from "node:assert/strict";
import { crc32, deflateSync, inflateSync } from "node:zlib";

const COLOURS = 256;

/** The same picture with a palette of its 256 most frequent colours; every other becomes the nearest. */
export function smaller(png) {
  const { width, height, channels, rows } = read(png);
  const colour = (at) => (rows[at] << 16) | (rows[at + 1] << 8) | rows[at + 2];
  const count = new Map();
  for (let at = 0; at < rows.length; at += channels) count.set(colour(at), (count.get(colour(at)) ?? 0) + 1);
  const palette = [...count].sort((a, b) => b[1] - a[1]).slice(0, COLOURS).map(([known]) => known);
  const index = new Map(palette.map((known, n) => [known, n]));
  const pixels = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const wanted = colour((y * width + x) * channels);
      if (!index.has(wanted)) index.set(wanted, nearest(palette, wanted));
      pixels[y * (width + 1) + 1 + x] = index.get(wanted);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((known) => [known >> 16, (known >> 8) & 255, known & 255]));
  const data = deflateSync(pixels, { level: 9 });
  return Buffer.concat([png.subarray(0, 8), chunk("IHDR", head), chunk("PLTE", colours), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function nearest(palette, wanted) {
  const apart = (a, b) => [16, 8, 0].reduce((sum, bits) => sum + (((a >> bits) & 255) - ((b >> bits) & 255)) ** 2, 0);
  return palette.reduce((best, known, n) => (apart(known, wanted) < apart(palette[best], wanted) ? n : best), 0);
}

/** Undoes the filters of a PNG as Chromium and poppler write it: 8 bits, true colour, not interlaced. */
function read(png) {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const [depth, kind, , , interlaced] = png.subarray(24, 29);
  assert.ok(depth === 8 && (kind === 2 || kind === 6) && !interlaced, "a PNG of another kind");
  const channels = kind === 6 ? 4 : 3;
  const parts = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const [raw, line] = [inflateSync(Buffer.concat(parts)), width * channels];
  const rows = Buffer.alloc(height * line);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (line + 1)];
    for (let x = 0; x < line; x += 1) {
      const left = x < channels ? 0 : rows[y * line + x - channels];
      const up = y === 0 ? 0 : rows[(y - 1) * line + x];
      const corner = x < channels || y === 0 ? 0 : rows[(y - 1) * line + x - channels];
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      rows[y * line + x] = raw[y * (line + 1) + 1 + x] + guess;
    }
  }
  return { width, height, channels, rows };
}

function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
