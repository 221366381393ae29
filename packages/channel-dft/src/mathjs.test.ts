import { randomStream } from "@csi-feedback/common";
import { add, type Complex, complex, type Matrix, matrix, multiply } from "mathjs";
import { expect, test } from "vitest";
import { toAngleDelay } from "./angle-delay";
import {
  angleDelayFromMatrices,
  angleDelayToMatrices,
  frequencyFromMatrices,
  frequencyToMatrices,
} from "./mathjs";

const stream = randomStream(8);
const random = (rows: number, columns: number) =>
  matrix(
    Array.from({ length: rows }, () =>
      Array.from({ length: columns }, () =>
        complex(Math.fround(stream.normal()), Math.fround(stream.normal())),
      ),
    ),
  );
const dftMatrix = (size: number, sign: 1 | -1) =>
  matrix(
    Array.from({ length: size }, (_, k) =>
      Array.from({ length: size }, (_, n) =>
        complex({ r: 1 / Math.sqrt(size), phi: (sign * 2 * Math.PI * k * n) / size }),
      ),
    ),
  );
const difference = (a: Matrix, b: Matrix) => {
  let largest = 0;
  add(a, multiply(b, -1) as Matrix).forEach((entry: Complex) => {
    largest = Math.max(largest, Math.hypot(entry.re, entry.im));
  });
  return largest;
};

test("the transform equals the product of DFT matrices in mathjs", () => {
  const channel = random(12, 5);
  const expected = multiply(multiply(dftMatrix(12, 1), channel), dftMatrix(5, -1)) as Matrix;
  const taps = toAngleDelay(frequencyFromMatrices([channel]), { delays: 12 });
  expect(difference(angleDelayToMatrices(taps)[0], expected)).toBeLessThan(1e-6);
});

test("the paper's convention equals F_c H F_d of the conjugated rows (eq. 2)", () => {
  const channel = random(6, 4);
  const conjugated = channel.map((entry: Complex) => complex(entry.re, -entry.im));
  const expected = multiply(multiply(dftMatrix(6, -1), conjugated), dftMatrix(4, -1)) as Matrix;
  const taps = toAngleDelay(frequencyFromMatrices([channel]), { delays: 6, convention: "paper" });
  expect(difference(angleDelayToMatrices(taps)[0], expected)).toBeLessThan(1e-6);
});

test("matrices come back as they were, in both domains", () => {
  const matrices = [random(3, 2), random(3, 2)];
  for (const [given, back] of [
    [matrices, frequencyToMatrices(frequencyFromMatrices(matrices))],
    [matrices, angleDelayToMatrices(angleDelayFromMatrices(matrices))],
  ]) {
    expect(back.map((one) => one.size())).toEqual(given.map((one) => one.size()));
    expect(Math.max(...given.map((one, i) => difference(one, back[i])))).toBe(0);
  }
});

test("nested arrays and plain numbers are taken as well", () => {
  const channels = frequencyFromMatrices([[[1, 2]]]);
  expect([...channels.re, ...channels.im]).toEqual([1, 2, 0, 0]);
});

test.each([
  ["no matrix", () => frequencyFromMatrices([]), "INVALID_SHAPE"],
  ["a vector", () => frequencyFromMatrices([[1, 2]]), "INVALID_SHAPE"],
  ["unequal sizes", () => angleDelayFromMatrices([random(2, 2), random(2, 3)]), "INVALID_SHAPE"],
  ["text", () => frequencyFromMatrices([[["x"]] as never]), "INVALID_ARGUMENT"],
  ["NaN", () => frequencyFromMatrices([[[Number.NaN]]]), "NOT_FINITE"],
])("%s is refused", (_, call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
