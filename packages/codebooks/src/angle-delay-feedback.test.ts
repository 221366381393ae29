import { randomStream } from "@csi-feedback/common";
import { nmseDb, sgcs } from "@csi-feedback/eval";
import { expect, test } from "vitest";
import { angleDelayFeedback, createEnhancedTypeTwo, createTypeOne } from "./index";

/** Samples of a few taps each, energy falling with delay. */
function sparseSamples(seed: number, batch: number): Float32Array {
  const stream = randomStream(seed);
  const data = new Float32Array(batch * 2048).fill(0.5);
  for (let sample = 0; sample < batch; sample++) {
    for (let path = 0; path < 6; path++) {
      const place = stream.integer(12) * 32 + stream.integer(32);
      for (const plane of [0, 1024]) data[sample * 2048 + plane + place] += 0.1 * stream.normal();
    }
  }
  return data;
}

const data = sparseSamples(3, 10);
const shape = [10, 2, 32, 32] as const;

test.each([16, 32])("%i subbands: a better combination is nearer to the channel", async (subbands) => {
  const scores: number[] = [];
  for (const combination of [1, 4, 6] as const) {
    const feedback = angleDelayFeedback(createEnhancedTypeTwo({ antennas: 32, subbands, combination }), {
      delays: 32,
    });
    const reports = await feedback.encode(data, { batch: 10 });
    const rebuilt = await feedback.decode(reports);
    scores.push(nmseDb(data, rebuilt, shape, { center: 0.5 }));
    expect(sgcs(data, rebuilt, shape, { center: 0.5 })).toBeGreaterThan(0.2);
  }
  expect(scores[1]).toBeLessThan(scores[0]);
  expect(scores[2]).toBeLessThan(scores[1]);
  expect(scores[2]).toBeLessThan(-5);
});

test("one group of 32 antennas: a few taps on its own beams and delays come back whole", async () => {
  const codebook = createEnhancedTypeTwo({
    antennas: { columns: 32, polarizations: 1 },
    subbands: 32,
    combination: 6,
  });
  const feedback = angleDelayFeedback(codebook, { delays: 32 });
  expect(feedback.shape).toEqual([2, 32, 32]);
  const sample = new Float32Array(2048).fill(0.5);
  for (const [tap, angle, gain] of [
    [2, 9, 0.4],
    [4, 20, 0.2],
    [7, 21, 0.1],
  ]) {
    sample[tap * 32 + angle] += gain;
  }
  const rebuilt = await feedback.decode(await feedback.encode(sample, { batch: 1 }));
  expect(nmseDb(sample, rebuilt, [1, 2, 32, 32], { center: 0.5 })).toBeLessThan(-30);
});

test("Type I has a direction, and of the channel as a whole little more", async () => {
  const feedback = angleDelayFeedback(createTypeOne({ antennas: 32, subbands: 32 }), { delays: 32 });
  const rebuilt = await feedback.decode(await feedback.encode(data, { batch: 10 }));
  expect(nmseDb(data, rebuilt, shape, { center: 0.5 })).toBeLessThan(0.01);
});

test("bad input", async () => {
  const codebook = createEnhancedTypeTwo({ antennas: 32, subbands: 16, combination: 2 });
  const feedback = angleDelayFeedback(codebook, { delays: 32 });
  await expect(feedback.encode(data, { batch: 0 })).rejects.toMatchObject({ code: "INVALID_SHAPE" });
  await expect(feedback.encode(data, { batch: 9 })).rejects.toMatchObject({ code: "INVALID_SHAPE" });
  const poisoned = data.map((value, i) => (i === 5 ? Number.POSITIVE_INFINITY : value));
  await expect(feedback.encode(poisoned, { batch: 10 })).rejects.toMatchObject({ code: "NOT_FINITE" });
  const empty = new Float32Array(2048).fill(0.5);
  await expect(feedback.encode(empty, { batch: 1 })).rejects.toMatchObject({ code: "ZERO_ENERGY" });
  await expect(feedback.decode([])).rejects.toMatchObject({ code: "INVALID_SHAPE" });
  await expect(feedback.decode([{ bytes: Uint8Array.of(1) }])).rejects.toMatchObject({
    code: "CORRUPT_REPORT",
  });
  expect(() => angleDelayFeedback(codebook, { delays: 8 })).toThrowError(
    expect.objectContaining({ code: "INVALID_CODEBOOK" }),
  );
  const two = createEnhancedTypeTwo({ antennas: 32, subbands: 16, combination: 2, receivers: 2 });
  expect(() => angleDelayFeedback(two, { delays: 32 })).toThrowError(
    expect.objectContaining({ code: "INVALID_CODEBOOK" }),
  );
});
