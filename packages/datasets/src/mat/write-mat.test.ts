import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesSource } from "../files";
import type { MatNumeric } from "./format";
import { parseMat } from "./read-mat";
import { encodeMat } from "./write-mat";

const array = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }), fc.boolean())
  .chain(([rows, columns, single]) => {
    const length = { minLength: rows * columns, maxLength: rows * columns };
    return (single ? fc.float32Array(length) : fc.float64Array(length)).map((data) => ({
      dimensions: [rows, columns],
      data,
    }));
  });

test("what is written reads back bit by bit, and the same values give the same bytes", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/), array), (variables) => {
      const bytes = encodeMat(variables);
      const values = parseMat(bytesSource(bytes, "x.mat"));
      expect([...values.keys()]).toEqual(Object.keys(variables));
      for (const [name, { dimensions, data }] of Object.entries(variables)) {
        const value = values.get(name) as MatNumeric;
        expect(value.dimensions).toEqual(dimensions);
        expect(value.re).toEqual(data);
      }
      expect(encodeMat(variables)).toEqual(bytes);
    }),
  );
});

test.each([
  ["a bad name", { "1x": { dimensions: [1, 1], data: Float32Array.of(1) } }, "INVALID_ARGUMENT"],
  ["a wrong shape", { x: { dimensions: [1, 2], data: Float32Array.of(1) } }, "INVALID_SHAPE"],
  ["one dimension", { x: { dimensions: [1], data: Float32Array.of(1) } }, "INVALID_SHAPE"],
])("%s is refused", (_, variables, code) => {
  expect(() => encodeMat(variables as never)).toThrow(expect.objectContaining({ code }));
});
