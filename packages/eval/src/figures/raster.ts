// A matrix of colours as a small image inside the figure: one PNG instead of a
// thousand rectangles. An encoder for 8-bit RGB, not a PNG library.
import { crc32, deflateSync } from "node:zlib";
import * as vega from "vega";

/** A colour map: numbers from 0 to 1 to bytes `[red, green, blue]`. */
export type ColorMap = (value: number) => readonly [red: number, green: number, blue: number];

/** One of Vega's continuous colour schemes. */
export function colorMap(scheme: string): ColorMap {
  const interpolate = vega.scheme(scheme) as (value: number) => string;
  const table = Array.from({ length: 256 }, (_, i) => {
    const [red, green, blue] = interpolate(i / 255)
      .match(/\d+(\.\d+)?/g)!
      .map(Number);
    return [red, green, blue] as const;
  });
  return (value) => table[Math.round(255 * Math.min(1, Math.max(0, value)))];
}

/**
 * A PNG as a `data:` address.
 *
 * @param pixels - `[height, width, 3]`, bytes.
 * @param zoom - each pixel becomes `zoom` by `zoom` pixels, so that viewers that smooth show sharp cells.
 */
export function rasterAddress(pixels: Uint8Array, width: number, height: number, zoom: number): string {
  const rowBytes = 1 + 3 * width * zoom;
  const raw = new Uint8Array(rowBytes * height * zoom);
  for (let y = 0; y < height * zoom; y++) {
    for (let x = 0; x < width * zoom; x++) {
      const from = 3 * (Math.floor(y / zoom) * width + Math.floor(x / zoom));
      raw.set(pixels.subarray(from, from + 3), y * rowBytes + 1 + 3 * x);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width * zoom, 0);
  header.writeUInt32BE(height * zoom, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, no filter, not interlaced
  const png = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(raw, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
  return `data:image/png;base64,${png.toString("base64")}`;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
