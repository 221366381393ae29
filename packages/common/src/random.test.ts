import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream, restoreStream } from "./index";

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("a name always gives the same numbers, and other names give others", () => {
  const name = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(name, name, ([seed, ...path], [otherSeed, ...otherPath]) => {
      const numbers = draw(4, randomStream(seed, ...path).uniform.bind(randomStream(seed, ...path)));
      expect(draw(4, randomStream(seed, ...path).uniform.bind(randomStream(seed, ...path)))).toEqual(numbers);
      if (seed !== otherSeed || path.join() !== otherPath.join()) {
        const stream = randomStream(otherSeed, ...otherPath);
        expect(draw(4, () => stream.uniform())).not.toEqual(numbers);
      }
    }),
  );
});

test("seeds and paths that are no non-negative integers are refused", () => {
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) {
    expect(() => randomStream(bad)).toThrowError(expect.objectContaining({ code: "INVALID_SEED" }));
    expect(() => randomStream(0, bad)).toThrowError(expect.objectContaining({ code: "INVALID_SEED" }));
  }
});

test("neighbouring streams are not correlated", () => {
  const firsts = draw(
    20000,
    (() => {
      let index = 0;
      return () => randomStream(5, index++).uniform();
    })(),
  );
  const centred = firsts.map((value) => value - 0.5);
  expect(Math.abs(mean(centred))).toBeLessThan(0.01);
  expect(Math.abs(mean(centred.slice(1).map((value, i) => value * centred[i])) * 12)).toBeLessThan(0.03);
});

test("the distributions have their moments", () => {
  const stream = randomStream(11);
  const normals = draw(100000, () => stream.normal());
  expect(mean(normals)).toBeCloseTo(0, 1);
  expect(mean(normals.map((x) => x * x))).toBeCloseTo(1, 1);
  expect(mean(normals.map((x) => x ** 4))).toBeGreaterThan(2.8);
  expect(mean(normals.map((x) => x ** 4))).toBeLessThan(3.2);
  expect(mean(draw(100000, () => stream.exponential(3)))).toBeCloseTo(3, 1);
  for (const rate of [0.5, 4, 1200]) {
    const counts = draw(4000, () => stream.poisson(rate));
    expect(mean(counts) / rate).toBeCloseTo(1, 1);
    expect(Math.abs(mean(counts.map((count) => (count - rate) ** 2)) / rate - 1)).toBeLessThan(0.12);
  }
  expect(stream.poisson(0)).toBe(0);
});

test("integers stay in range and permutations hold every index once", () => {
  const stream = randomStream(3);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
      const value = stream.integer(count);
      expect(value >= 0 && value < count && Number.isInteger(value)).toBe(true);
      expect([...stream.permutation(count)].sort((a, b) => a - b)).toEqual(
        Array.from({ length: count }, (_, i) => i),
      );
    }),
  );
  expect(() => stream.integer(0)).toThrowError(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  expect(() => stream.poisson(-1)).toThrowError(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});

test("a saved state continues where the stream stood, through JSON", () => {
  const stream = randomStream(42);
  stream.normal();
  const state = JSON.parse(JSON.stringify(stream.state()));
  const next = draw(5, () => stream.normal());
  const copy = restoreStream(state);
  expect(draw(5, () => copy.normal())).toEqual(next);
});
