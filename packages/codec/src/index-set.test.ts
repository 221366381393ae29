import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  binomial,
  decodeIndexSet,
  encodeIndexSet,
  type IndexCode,
  indexSetBits,
  log2Binomial,
  rankSubset,
  trainPositionModel,
  unrankSubset,
} from "./index";

const random = randomStream(5);
const subset = (places: number, count: number) => random.permutation(places).slice(0, count).sort();

/** A model of any number of places, trained on sets that favour the early ones. */
function modelOf(places: number) {
  const reports = Array.from({ length: 50 }, () => {
    const count = random.integer(places + 1);
    return Int32Array.from(
      new Set(Array.from({ length: count }, () => Math.floor(places * random.uniform() ** 3))),
    ).sort();
  });
  return trainPositionModel(reports, [1, 1, places]);
}

test("all subsets of up to eight places come back from every code", () => {
  for (let places = 1; places <= 8; places++) {
    const codes: IndexCode[] = ["fixed", "enumerative", modelOf(places)];
    for (let mask = 0; mask < 2 ** places; mask++) {
      const positions = Int32Array.from({ length: places }, (_, i) => i).filter((i) => (mask >> i) & 1);
      for (const code of codes) {
        const { bytes, bits } = encodeIndexSet(positions, { places, code });
        const back = decodeIndexSet(bytes, { places, count: positions.length, code });
        if (bytes.length !== Math.ceil(bits / 8) || back.join() !== positions.join())
          throw new Error(`${positions}`);
      }
      const rank = rankSubset(positions, places);
      if (unrankSubset(rank, places, positions.length).join() !== positions.join())
        throw new Error(`rank ${rank}`);
    }
  }
});

test("ranks number the subsets without a gap", () => {
  const ranks = new Set<bigint>();
  for (let mask = 0; mask < 2 ** 9; mask++) {
    const positions = Array.from({ length: 9 }, (_, i) => i).filter((i) => (mask >> i) & 1);
    if (positions.length === 4) ranks.add(rankSubset(positions, 9));
  }
  expect(ranks.size).toBe(126);
  expect(Math.max(...Array.from(ranks, Number))).toBe(125);
});

test("the enumerative code is within one bit of log2 C(n, M), for every n to 64 and every M", () => {
  for (let places = 1; places <= 64; places++) {
    for (let count = 0; count <= places; count++) {
      const exact = binomial(places, count);
      const shortest = (exact - 1n).toString(2).length - (exact === 1n ? 1 : 0);
      const { bits } = encodeIndexSet(subset(places, count), { places, code: "enumerative" });
      if (bits !== shortest) throw new Error(`C(${places}, ${count}): ${bits} bits, not ${shortest}`);
    }
  }
});

test("... and for large sets", () => {
  for (const [places, counts] of [
    [2048, [1, 28, 56, 111, 221, 1024, 2000, 2047]],
    [1024, [14, 28, 56, 111, 221]],
    [65536, [1, 20000]],
  ] as const) {
    for (const count of counts) {
      const positions = subset(places, count);
      const information = log2Binomial(places, count);
      const { bytes, bits } = encodeIndexSet(positions, { places, code: "enumerative" });
      expect(bits).toBeGreaterThanOrEqual(Math.floor(information));
      expect(bits).toBeLessThan(information + 1.001);
      expect(decodeIndexSet(bytes, { places, count, code: "enumerative" })).toEqual(positions);
    }
  }
});

test("random subsets of 2,048 places come back from every code", () => {
  const model = trainPositionModel(
    Array.from({ length: 40 }, () => subset(2048, 100)),
    [2, 32, 32],
  );
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(2047), { maxLength: 400 }), (places) => {
      const positions = Int32Array.from(places).sort();
      for (const code of ["fixed", "enumerative", model] as const) {
        const { bytes } = encodeIndexSet(positions, { places: 2048, code });
        expect(decodeIndexSet(bytes, { places: 2048, count: positions.length, code })).toEqual(positions);
      }
    }),
    { numRuns: 60 },
  );
  for (const places of [[], [0], [2047], Array.from({ length: 2048 }, (_, i) => i)]) {
    const { bytes } = encodeIndexSet(places, { places: 2048, code: model });
    const back = decodeIndexSet(bytes, { places: 2048, count: places.length, code: model });
    expect(Array.from(back)).toEqual(places);
  }
});

test("a learned model beats the enumerative code on sets like those it learned", () => {
  // Positions cluster at early delays, the same in both planes.
  const draw = () => {
    const set = new Set<number>();
    while (set.size < 100) {
      const place = Math.floor(300 * random.uniform() ** 2);
      set.add(place).add(place + 1024);
    }
    return Int32Array.from(set).sort();
  };
  const model = trainPositionModel(Array.from({ length: 200 }, draw), [2, 32, 32]);
  const positions = draw();
  const { bits } = encodeIndexSet(positions, { places: 2048, code: model });
  expect(bits).toBeLessThan(0.5 * indexSetBits(2048, positions.length, "enumerative"));
});

test("bad positions and arguments are refused", () => {
  for (const positions of [[1, 1], [2, 1], [-1], [8], [0.5], [Number.NaN]]) {
    expect(() => encodeIndexSet(positions, { places: 8, code: "enumerative" })).toThrow(
      expect.objectContaining({ code: "INVALID_POSITIONS" }),
    );
  }
  const options = { places: 8, code: "fixed" } as const;
  expect(() => decodeIndexSet(Uint8Array.of(), { ...options, count: 9 })).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }),
  );
  expect(() => encodeIndexSet([], { ...options, places: 0 })).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }),
  );
  expect(() => unrankSubset(56n, 8, 3)).toThrow(expect.objectContaining({ code: "INVALID_RANK" }));
  expect(() => trainPositionModel([], [2, 4, 4])).toThrow(expect.objectContaining({ code: "INVALID_MODEL" }));
});
