import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { damages, expectOnlyClearErrors } from "../../test/fuzz";
import { bytesSource } from "../files";
import { readChannels } from "../read-channels";
import { encodeNpy, parseNpy } from "./npy";
import { zipEntries } from "./npz";

const folder = mkdtempSync(join(tmpdir(), "numpy-"));
afterAll(() => rmSync(folder, { recursive: true }));
const fixtures = join(import.meta.dirname, "../../test/fixtures");
const parse = (bytes: Uint8Array, maxBytes = 2 ** 24) => parseNpy({ name: "damaged.npy" }, bytes, maxBytes);

test("arrays written here read back, and numpy wrote what is read", async () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
      fc.constantFrom(4, 8, 0),
      (shape, kind) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const values = Array.from({ length: count }, (_, i) => i / 3);
        const single = Float32Array.from(values);
        const array =
          kind === 8
            ? { shape, re: Float64Array.from(values) }
            : kind === 4
              ? { shape, re: single }
              : { shape, re: single, im: single };
        expect(parse(encodeNpy(array))).toEqual(array);
      },
    ),
  );
  const { data, scale, shape } = await readChannels(join(fixtures, "arrays.npz"));
  expect([shape, [...scale!], data[47]]).toEqual([[3, 2, 2, 4], [1, 2, 3], 1]);
});

test("Fortran order and big-endian complex numbers", () => {
  const { shape, re, im } = parse(readFileSync(join(fixtures, "complex-fortran.npy")));
  expect(shape).toEqual([2, 8, 4]);
  for (const i of [0, 1, 17, 63]) {
    expect(re[i]).toBeCloseTo(Math.cos((2 * Math.PI * i) / 7), 12);
    expect(im![i]).toBeCloseTo(Math.sin((2 * Math.PI * i) / 7), 12);
  }
});

test("channels are recognised by type and shape, or by named axes", async () => {
  const path = join(folder, "x.npy");
  const read = async (shape: number[], options = {}) => {
    writeFileSync(path, encodeNpy({ shape, re: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.25) }));
    return (await readChannels(path, options)).shape;
  };
  expect(await read([3, 2, 4, 8])).toEqual([3, 2, 4, 8]);
  expect(await read([3, 2048])).toEqual([3, 2, 32, 32]);
  await expect(read([3, 3, 4, 8])).rejects.toMatchObject({ code: "INVALID_SHAPE" });
  await expect(read([5])).rejects.toMatchObject({ code: "INVALID_SHAPE" });
  const im = new Float32Array(24).fill(1);
  writeFileSync(path, encodeNpy({ shape: [3, 4, 2], re: im, im }));
  expect((await readChannels(path, { axes: ["angle", "delay", "sample"], delays: 2 })).shape).toEqual([
    2, 2, 2, 3,
  ]);
});

/** A zip archive of one file, with any of its fields overridden. */
function zip(content: Uint8Array, change: { method?: number; size?: number; crc?: number } = {}): Uint8Array {
  const npz = readFileSync(join(fixtures, "arrays.npz"));
  const crc = change.crc ?? npz.length;
  const method = change.method ?? 8;
  const data = method === 8 ? deflateRawSync(content) : content;
  const local = Buffer.alloc(31);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(1, 26);
  local.write("x", 30);
  const central = Buffer.alloc(47);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(method, 10);
  central.writeUInt32LE(crc, 16);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt32LE(change.size ?? content.length, 24);
  central.writeUInt16LE(1, 28);
  central.write("x", 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length + data.length, 16);
  return Buffer.concat([local, data, central, end]);
}

describe("hostile archives", () => {
  const open = (bytes: Uint8Array, maxBytes = 2 ** 24) =>
    zipEntries(bytesSource(bytes, "damaged.npz")).map((entry) => entry.read(maxBytes));
  const zeros = new Uint8Array(2 ** 20);

  test.each([
    ["a bomb over the limit", () => open(zip(zeros), 2 ** 16), "FILE_TOO_LARGE"],
    ["a bomb that lies about its size", () => open(zip(zeros, { size: 100 })), "FILE_CORRUPT"],
    ["more than DEFLATE can give", () => open(zip(new Uint8Array(10), { size: 2 ** 23 })), "FILE_CORRUPT"],
    ["a wrong checksum", () => open(zip(new Uint8Array(10))), "FILE_CORRUPT"],
    ["an unknown method", () => open(zip(new Uint8Array(10), { method: 12 })), "UNSUPPORTED_FORMAT"],
    [
      "a stored file of another size",
      () => open(zip(new Uint8Array(10), { method: 0, size: 9 })),
      "FILE_CORRUPT",
    ],
    ["no directory", () => open(new Uint8Array(50)), "FILE_TRUNCATED"],
  ])("%s", (_, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }));
  });

  test("damage gives a clear error or a value", async () => {
    const path = join(folder, "damaged.npz");
    const forms = damages(readFileSync(join(fixtures, "arrays.npz")), { head: 200, flips: 400 });
    const refused = await expectOnlyClearErrors(forms, async (bytes) => {
      writeFileSync(path, bytes);
      await readChannels(path, { maxBytes: 2 ** 24 });
    });
    expect(refused).toBeGreaterThan(200);
  });
});

describe("hostile arrays", () => {
  const header = (text: string, values = 0) => {
    const bytes = new Uint8Array(10 + text.length + values);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]);
    bytes.set(new TextEncoder().encode(text), 10);
    return bytes;
  };
  const entry = (descr: string, shape: string) =>
    `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;

  test.each([
    ["nothing", new Uint8Array(0), "UNKNOWN_FORMAT"],
    ["half a header", header(entry("<f4", "1,")).subarray(0, 30), "FILE_TRUNCATED"],
    ["too few values", header(entry("<f4", "2,"), 4), "FILE_TRUNCATED"],
    ["too many values", header(entry("<f4", "1,"), 8), "FILE_CORRUPT"],
    ["pickled objects", header(entry("|O", "1,"), 8), "UNSUPPORTED_FORMAT"],
    [
      "a structured type",
      header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4),
      "UNSUPPORTED_FORMAT",
    ],
    [
      "a shape beyond exact integers",
      header(entry("<f4", "99999999, 99999999, 99999999"), 4),
      "FILE_CORRUPT",
    ],
    ["no dictionary", header("hello"), "FILE_CORRUPT"],
    ["no shape", header("{'descr': '<f4', 'fortran_order': False}"), "FILE_CORRUPT"],
  ])("%s", (_, bytes, code) => {
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test("more than the limit", () => {
    expect(() => parse(encodeNpy({ shape: [1000], re: new Float32Array(1000) }), 1000)).toThrow(
      expect.objectContaining({ code: "FILE_TOO_LARGE" }),
    );
  });

  test("damage gives a clear error or a value", async () => {
    const original = encodeNpy({ shape: [2, 3, 4], re: new Float32Array(24).fill(0.5) });
    const refused = await expectOnlyClearErrors(damages(original, { head: 228, flips: 600 }), parse);
    expect(refused).toBeGreaterThan(300);
  });
});
