import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isCsiFeedbackError } from "@csi-feedback/common";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeSafetensors,
  parseHeader,
  parseSafetensors,
  planReads,
  type SafeTensor,
  toFloat32,
} from "./index";

const fixtures = join(import.meta.dirname, "../test/fixtures");

/** A file with a header written by hand, true or not. */
function file(
  header: string,
  dataBytes: number,
  length = BigInt(new TextEncoder().encode(header).length),
): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(json, 8);
  return bytes;
}

function failure(bytes: Uint8Array): { code: string; message: string } {
  try {
    parseSafetensors(bytes);
  } catch (error) {
    if (isCsiFeedbackError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("parsed without an error");
}

const arbitraryTensor: fc.Arbitrary<SafeTensor> = fc
  .tuple(
    fc.array(fc.nat(4), { maxLength: 3 }),
    fc.constantFrom("F32", "F64", "I64", "I32", "U8", "BOOL", "F16", "BF16"),
  )
  .chain(([shape, dtype]): fc.Arbitrary<SafeTensor> => {
    const count = shape.reduce((a, b) => a * b, 1);
    const size = { minLength: count, maxLength: count };
    switch (dtype) {
      case "F64":
        return fc.array(fc.double(), size).map((v) => ({ dtype, shape, data: Float64Array.from(v) }));
      case "I64":
        return fc
          .array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), size)
          .map((v) => ({ dtype, shape, data: BigInt64Array.from(v) }));
      case "I32":
        return fc.array(fc.integer(), size).map((v) => ({ dtype, shape, data: Int32Array.from(v) }));
      case "U8":
      case "BOOL":
        return fc.array(fc.nat(1), size).map((v) => ({ dtype, shape, data: Uint8Array.from(v) }));
      case "F16":
      case "BF16":
        // Integers up to 256 are exact in both half formats.
        return fc
          .array(fc.integer({ min: -256, max: 256 }), size)
          .map((v) => ({ dtype, shape, data: Float32Array.from(v) }));
      default:
        return fc.array(fc.float(), size).map((v) => ({ dtype: "F32", shape, data: Float32Array.from(v) }));
    }
  });

const arbitraryContent = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), arbitraryTensor), {
  selector: ([name]) => name,
  maxLength: 6,
});

describe("encoding", () => {
  test("what is encoded is parsed back", () => {
    fc.assert(
      fc.property(arbitraryContent, fc.dictionary(fc.string(), fc.string()), (content, metadata) => {
        const parsed = parseSafetensors(encodeSafetensors(content, metadata));
        expect(Object.entries(parsed.metadata).sort()).toEqual(Object.entries(metadata).sort());
        expect(new Map(parsed.tensors)).toEqual(new Map(content));
      }),
    );
  });

  test("the order of the input does not change the bytes, and every tensor lies aligned", () => {
    fc.assert(
      fc.property(arbitraryContent, (content) => {
        const bytes = encodeSafetensors(content);
        expect(encodeSafetensors([...content].reverse())).toEqual(bytes);
        const header = parseHeader(bytes, bytes.length);
        expect(header.dataOffset % 8).toBe(0);
        for (const { dtype, begin } of header.tensors.values())
          expect(begin % (dtype === "F32" ? 4 : 1)).toBe(0);
      }),
    );
  });

  test.each([
    [
      "a name given twice",
      [
        ["a", f32(1)],
        ["a", f32(1)],
      ],
      "DUPLICATE_TENSOR",
    ],
    ["the reserved name", [["__metadata__", f32(1)]], "INVALID_ARGUMENT"],
    ["a shape of another size", [["a", { ...f32(2), shape: [3] }]], "INVALID_SHAPE"],
  ] as [string, [string, SafeTensor][], string][])("%s is refused", (_, content, code) => {
    expect(() => encodeSafetensors(content)).toThrow(expect.objectContaining({ code }));
  });
});

describe("half precision", () => {
  test("F16 widens and rounds as IEEE 754 says", () => {
    const values = [
      0,
      -0,
      1,
      -2.5,
      65504,
      65519.9,
      65520,
      2 ** -14,
      2 ** -24,
      2 ** -25,
      3 * 2 ** -25,
      2049,
      2051,
      0.1,
    ];
    const read = roundTrip("F16", [...values, Number.NaN, Number.NEGATIVE_INFINITY]);
    expect(read).toEqual([
      ...[
        0,
        -0,
        1,
        -2.5,
        65504,
        65504,
        Number.POSITIVE_INFINITY,
        2 ** -14,
        2 ** -24,
        0,
        2 ** -23,
        2048,
        2052,
        0.0999755859375,
      ],
      Number.NaN,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  test("every F16 and BF16 word but the NaNs survives a round trip", () => {
    for (const dtype of ["F16", "BF16"] as const) {
      const words = Uint16Array.from({ length: 65536 }, (_, i) => i);
      const json = JSON.stringify({ w: { dtype, shape: [65536], data_offsets: [0, 131072] } });
      const bytes = file(json, 131072);
      bytes.set(new Uint8Array(words.buffer), 8 + json.length);
      const tensor = parseSafetensors(bytes).tensors.get("w")!;
      const widened = toFloat32("w", tensor);
      const again = encodeSafetensors([["w", tensor]]);
      const narrowed = new Uint16Array(again.slice(-131072).buffer);
      expect(narrowed.filter((word, i) => word !== i && !Number.isNaN(widened[i]))).toEqual(
        new Uint16Array(0),
      );
    }
  });

  test("BF16 rounds to nearest even", () => {
    expect(roundTrip("BF16", [1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38])).toEqual([
      1,
      1 + 2 ** -6,
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe("files of other programs", () => {
  test("a file written by the Python layout with unaligned data is read", () => {
    const { tensors, metadata } = parseSafetensors(readFileSync(join(fixtures, "numpy.safetensors")));
    expect(metadata).toEqual({ format: "np" });
    expect(tensors.get("half")).toEqual({
      dtype: "F16",
      shape: [3],
      data: Float32Array.of(0.5, -1.25, 65504),
    });
    expect(tensors.get("matrix")).toEqual({
      dtype: "F32",
      shape: [2, 2],
      data: Float32Array.of(1, 2, 3, Math.fround(0.1)),
    });
    expect(tensors.get("counts")).toEqual({
      dtype: "I64",
      shape: [2],
      data: BigInt64Array.of(-1n, 2n ** 40n),
    });
    expect(tensors.get("none")).toEqual({ dtype: "F32", shape: [0, 4], data: new Float32Array(0) });
  });

  test("a buffer at an odd address is read", () => {
    const bytes = encodeSafetensors([["a", f32(3)]]);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(parseSafetensors(shifted.subarray(1)).tensors.get("a")).toEqual(f32(3));
  });
});

describe("hostile and broken files", () => {
  const entry = (begin: number, end: number, shape: unknown = [1]) =>
    `{"dtype":"F32","shape":${JSON.stringify(shape)},"data_offsets":[${begin},${end}]}`;

  test.each([
    ["an empty file", new Uint8Array(0), "eight bytes"],
    ["a huge header length", file(`{"a":${entry(0, 4)}}`, 4, 2n ** 63n), "at most 100000000"],
    ["a header past the end", file("{}", 0, 3000n), "past the end"],
    ["a header of length zero", file("", 0), "at least 2"],
    ["text instead of JSON", file("{not json}", 0), "not valid JSON"],
    ["an array", file("[1, 2]", 0), "JSON object"],
    [
      "bytes that are not UTF-8",
      Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x7d),
      "not valid JSON",
    ],
    ["overlapping tensors", file(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 8), "overlaps"],
    ["a gap", file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12), "gap"],
    ["offsets past the end", file(`{"a":${entry(0, 4)},"b":${entry(4, 8)}}`, 4), "past the end"],
    ["bytes after the last tensor", file(`{"a":${entry(0, 4)}}`, 8), "has"],
    ["offsets backwards", file(`{"a":${entry(4, 0)}}`, 4), "needs 4 bytes"],
    ["a wrong byte count", file(`{"a":${entry(0, 8)}}`, 8), "needs 4 bytes"],
    ["a name twice", file(`{"a":${entry(0, 4)},"\\u0061" : ${entry(4, 8)}}`, 8), "occurs twice"],
    [
      "a field twice",
      file(`{"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, 8),
      "occurs twice",
    ],
    ["a negative size", file(`{"a":${entry(0, 4, [-1, -1])}}`, 4), "non-negative"],
    ["a fractional size", file(`{"a":${entry(0, 4, [0.5, 2])}}`, 4), "non-negative"],
    ["a product beyond integers", file(`{"a":${entry(0, 4, [2 ** 40, 2 ** 40])}}`, 4), "too large"],
    ["a shape that is text", file(`{"a":${entry(0, 4, "1")}}`, 4), "shape"],
    ["offsets that are missing", file('{"a":{"dtype":"F32","shape":[1]}}', 4), "data_offsets"],
    ["an entry that is null", file('{"a":null}', 0), "must be an object"],
    ["metadata that is no text", file('{"__metadata__":{"format":1}}', 0), "must be a string"],
  ])("%s", (_, bytes, words) => {
    const { code, message } = failure(bytes);
    expect(code).toBe("SAFETENSORS_HEADER");
    expect(message).toContain(words);
  });

  test("an unknown element type, also one named like an object's own method", () => {
    for (const dtype of ["F8_E4M3", "toString", "__proto__"]) {
      const bytes = file(`{"a":{"dtype":"${dtype}","shape":[4],"data_offsets":[0,4]}}`, 4);
      expect(failure(bytes).code).toBe("UNSUPPORTED_DTYPE");
    }
  });

  test("names like __proto__ are ordinary", () => {
    const bytes = file(`{"__proto__":${entry(0, 4)},"constructor":${entry(4, 8)}}`, 8);
    expect([...parseSafetensors(bytes).tensors.keys()]).toEqual(["__proto__", "constructor"]);
  });

  test("every truncation and every changed byte gives a clear error or a whole result", () => {
    const bytes = encodeSafetensors(
      [
        ["a", f32(2)],
        ["b", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ],
      { k: "v" },
    );
    for (let length = 0; length < bytes.length; length++) {
      expect(failure(bytes.subarray(0, length)).code).toBe("SAFETENSORS_HEADER");
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (position, value) => {
        const changed = bytes.slice();
        changed[position] = value;
        try {
          expect(parseSafetensors(changed).tensors.size).toBeGreaterThan(0);
        } catch (error) {
          if (!isCsiFeedbackError(error)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("neighbours are joined up to 256 MiB", () => {
  const bytes = 2 ** 27;
  const entries = [..."abcd"].map((name, i) => [
    name,
    { dtype: "U8", shape: [bytes], data_offsets: [i * bytes, (i + 1) * bytes] },
  ]);
  const prefix = file(JSON.stringify(Object.fromEntries(entries)), 0);
  const header = parseHeader(prefix, prefix.length + 4 * bytes);
  expect(planReads(header, ["a", "b", "c"]).map(({ names }) => names)).toEqual([["a", "b"], ["c"]]);
  expect(planReads(header, []).length).toBe(0);
});

test("toFloat32 refuses integers", () => {
  const tensor: SafeTensor = { dtype: "I32", shape: [1], data: Int32Array.of(1) };
  expect(() => toFloat32("steps", tensor)).toThrow(expect.objectContaining({ code: "DTYPE_NOT_FLOAT" }));
});

function f32(count: number): SafeTensor {
  return { dtype: "F32", shape: [count], data: Float32Array.from({ length: count }, (_, i) => i + 0.5) };
}

function roundTrip(dtype: "F16" | "BF16", values: number[]): number[] {
  const bytes = encodeSafetensors([
    ["v", { dtype, shape: [values.length], data: Float32Array.from(values) }],
  ]);
  return [...toFloat32("v", parseSafetensors(bytes).tensors.get("v")!)];
}
