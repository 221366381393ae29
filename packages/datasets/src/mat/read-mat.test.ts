import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { damages, expectOnlyClearErrors } from "../../test/fuzz";
import { bytesSource } from "../files";
import type { MatNumeric, MatValue } from "./format";
import { listMat, parseMat, readMat } from "./read-mat";
import { encodeMat } from "./write-mat";

const fixtures = join(import.meta.dirname, "../../test/fixtures");
const parse = (bytes: Uint8Array, maxBytes?: number) =>
  parseMat(bytesSource(bytes, "damaged.mat"), maxBytes === undefined ? {} : { maxBytes });

/** A compact form of a value, column-major, for comparison. */
function plain(value: MatValue): unknown {
  if (value.kind === "text") return value.text;
  if (value.kind === "cell") return value.cells.map(plain);
  if (value.kind === "struct") {
    return Object.fromEntries([...value.fields].map(([name, values]) => [name, values.map(plain)]));
  }
  const re = Array.from(value.re as ArrayLike<number | bigint>, Number);
  return value.im === undefined ? re : { re, im: Array.from(value.im as ArrayLike<number | bigint>, Number) };
}

describe.each(["scipy-v7.mat", "scipy-v6.mat"])("%s, written by scipy", (file) => {
  test("every kind of value reads right", async () => {
    const values = await readMat(join(fixtures, file));
    const grid = [0, 3, 1, 4, 2, 5];
    for (const name of ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]) {
      const value = values.get(`a_${name}`) as MatNumeric;
      expect([value.className, value.dimensions, plain(value)]).toEqual([name, [2, 3], grid]);
    }
    const all = Object.fromEntries([...values].map(([name, value]) => [name, plain(value)]));
    expect(all).toMatchObject({
      negative: [-1, 300, 70000],
      a_single: grid.map((value) => value / 4),
      a_double: grid.map((value) => value / 3),
      small_integers: grid,
      complex_double: { re: grid, im: [3, 0, 4, 1, 5, 2] },
      complex_single: { re: grid, im: [-1, -1, -1, -1, -1, -1] },
      flags: [1, 0],
      text: "plain text",
      unicode: "delay \u03c4",
      empty: [],
      cell: [[1, 2], "x", { p: [[90, 1e-7, 0, 2e-7]], name: ["user"] }],
      struct: { inner: [{ deep: [[7]] }], list: [[1, 2]] },
      users: { id: [[1], [2]], name: ["a", "b"] },
    });
    expect((values.get("three_d") as MatNumeric).dimensions).toEqual([2, 3, 4]);
    expect((values.get("three_d") as MatNumeric).re.slice(0, 3)).toEqual(Float64Array.of(0, 12, 4));
    expect((values.get("flags") as MatNumeric).logical).toBe(true);
    expect((values.get("complex_single") as MatNumeric).re).toBeInstanceOf(Float32Array);
  });

  test("variables are listed without being read, and read by name", async () => {
    const path = join(fixtures, file);
    const listed = await listMat(path);
    expect(listed.find(({ name }) => name === "complex_double")).toMatchObject({
      className: "double",
      dimensions: [2, 3],
      complex: true,
    });
    expect(listed.map(({ className }) => className)).toContain("struct");
    expect([...(await readMat(path, { variables: ["text", "no such"] })).keys()]).toEqual(["text"]);
  });

  test("damage gives a clear error or a value, never anything else", async () => {
    const original = readFileSync(join(fixtures, file));
    const forms = damages(original, { head: 300, flips: 600 });
    const refused = await expectOnlyClearErrors(forms, (bytes) => parse(bytes, 2 ** 24), "damaged.mat");
    expect(refused).toBeGreaterThan(300);
  });
});

/** Builds elements by hand, in either byte order. */
function builder(little: boolean) {
  const words = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) {
      if (little) bytes.writeUInt32LE(value >>> 0, 4 * i);
      else bytes.writeUInt32BE(value >>> 0, 4 * i);
    }
    return bytes;
  };
  const doubles = (...values: number[]) => {
    const bytes = Buffer.alloc(8 * values.length);
    for (const [i, value] of values.entries()) {
      if (little) bytes.writeDoubleLE(value, 8 * i);
      else bytes.writeDoubleBE(value, 8 * i);
    }
    return bytes;
  };
  const element = (type: number, data: Buffer) =>
    Buffer.concat([words(type, data.length), data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
  const head = Buffer.alloc(128, " ");
  head.write(little ? "\x00\x01IM" : "\x01\x00MI", 124, "latin1");
  const matrix = (classCode: number, sizes: number[], name: string, ...rest: Buffer[]) =>
    element(
      14,
      Buffer.concat([
        element(6, words(classCode, 0)),
        element(5, words(...sizes)),
        element(1, Buffer.from(name, "latin1")),
        ...rest,
      ]),
    );
  const compressed = (content: Buffer) => {
    const data = deflateSync(content);
    return Buffer.concat([words(15, data.length), data]);
  };
  return { words, doubles, element, head, matrix, compressed };
}

test("a big-endian file reads as a little-endian one, compressed or not", () => {
  const read = (little: boolean, packed: boolean) => {
    const { head, matrix, element, doubles, compressed } = builder(little);
    const content = matrix(6, [1, 3], "x", element(9, doubles(1.5, -2, 1e300)));
    return parse(Buffer.concat([head, packed ? compressed(content) : content])).get("x") as MatNumeric;
  };
  for (const packed of [false, true]) {
    expect([...read(false, packed).re]).toEqual([1.5, -2, 1e300]);
    expect(read(true, packed)).toEqual(read(false, packed));
  }
});

test("small subelements and narrow storage are understood", () => {
  const { head, matrix, words } = builder(true);
  // int16 storage in one small element: 2 bytes each, type 3.
  const small = Buffer.concat([words((4 << 16) | 3), Buffer.from([255, 255, 7, 0])]);
  expect([
    ...(parse(Buffer.concat([head, matrix(6, [2, 1], "x", small)])).get("x") as MatNumeric).re,
  ]).toEqual([-1, 7]);
});

describe("hostile files", () => {
  const { head, matrix, element, doubles, words, compressed } = builder(true);
  const file = (...parts: Buffer[]) => Buffer.concat([head, ...parts]);
  let nested = matrix(6, [1, 1], "", element(9, doubles(1)));
  for (let i = 0; i < 60; i++) nested = matrix(1, [1, 1], "", nested);
  const bomb = deflateSync(Buffer.alloc(2 ** 26));

  test.each([
    ["an empty file", Buffer.alloc(0), "FILE_TRUNCATED"],
    ["text", Buffer.alloc(200, "x"), "UNSUPPORTED_FORMAT"],
    [
      "a v7.3 header",
      Buffer.concat([head.subarray(0, 124), Buffer.from("\x00\x02IM", "latin1")]),
      "UNSUPPORTED_FORMAT",
    ],
    ["a tag cut short", file(Buffer.alloc(5)), "FILE_TRUNCATED"],
    ["an element longer than the file", file(words(14, 0xfffffff0)), "FILE_TRUNCATED"],
    ["an unknown top-level element", file(element(9, doubles(1))), "FILE_CORRUPT"],
    [
      "more elements than bytes",
      file(matrix(6, [0x7fffffff, 0x7fffffff], "x", element(9, doubles(1)))),
      "FILE_CORRUPT",
    ],
    [
      "a product beyond exact integers",
      file(matrix(6, Array(5).fill(0x7fffffff), "x", element(9, doubles(1)))),
      "FILE_CORRUPT",
    ],
    ["a negative dimension", file(matrix(6, [-1, 1], "x", element(9, doubles(1)))), "FILE_CORRUPT"],
    ["one dimension", file(matrix(6, [1], "x", element(9, doubles(1)))), "FILE_CORRUPT"],
    ["too few numbers", file(matrix(6, [1, 2], "x", element(9, doubles(1)))), "FILE_CORRUPT"],
    ["numbers of an unknown type", file(matrix(6, [1, 1], "x", element(8, doubles(1)))), "FILE_CORRUPT"],
    ["a cell of more values than bytes", file(matrix(1, [1000, 1000], "x")), "FILE_TRUNCATED"],
    ["cells nested 60 deep", file(nested), "FILE_CORRUPT"],
    ["a sparse array", file(matrix(5, [1, 1], "x", element(9, doubles(1)))), "UNSUPPORTED_FORMAT"],
    ["an unknown class", file(matrix(99, [1, 1], "x", element(9, doubles(1)))), "FILE_CORRUPT"],
    ["compressed noise", file(words(15, 16), Buffer.alloc(16, 7)), "FILE_CORRUPT"],
    ["compressed nothing", file(compressed(Buffer.alloc(0))), "FILE_CORRUPT"],
    ["a compressed number", file(compressed(element(9, doubles(1)))), "FILE_CORRUPT"],
    [
      "more compressed data than announced",
      file(compressed(Buffer.concat([matrix(6, [1, 1], "x", element(9, doubles(1))), Buffer.alloc(999)]))),
      "FILE_CORRUPT",
    ],
    ["a zip bomb of zeros", file(words(15, bomb.length), bomb), "FILE_CORRUPT"],
    [
      "a fraction in a 64-bit integer array",
      file(matrix(14, [1, 1], "x", element(9, doubles(0.5)))),
      "FILE_CORRUPT",
    ],
  ])("%s", (_, bytes, code) => {
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test("a variable that unpacks beyond the limit is refused before it is unpacked", () => {
    const packed = encodeMat({ big: { dimensions: [1, 2 ** 20], data: new Float64Array(2 ** 20) } });
    expect(packed.length).toBeLessThan(20_000);
    expect(() => parse(packed, 2 ** 20)).toThrow(expect.objectContaining({ code: "FILE_TOO_LARGE" }));
    const lying = file(compressed(Buffer.concat([words(14, 0xffff0000), Buffer.alloc(64)])));
    expect(() => parse(lying, 2 ** 33)).toThrow(expect.objectContaining({ code: "FILE_CORRUPT" }));
  });

  test("narrow storage that widens beyond the limit is refused", () => {
    const bytes = file(matrix(6, [1, 4096], "x", element(2, Buffer.alloc(4096))));
    expect(() => parse(bytes, 8192)).toThrow(expect.objectContaining({ code: "FILE_TOO_LARGE" }));
  });

  test("the message names the file and the offset", () => {
    expect(() => parse(file(words(14, 100)))).toThrow(
      "damaged.mat, byte 128: an element of 100 bytes does not fit, received 0",
    );
  });

  test("a file that is not there, and a folder", async () => {
    await expect(readMat("/no/such/file.mat")).rejects.toMatchObject({ code: "FILE_NOT_READABLE" });
    await expect(readMat(fixtures)).rejects.toMatchObject({ code: "FILE_NOT_READABLE" });
  });
});
