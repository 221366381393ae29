// Statistics of channels against values worked by hand and plain formulas.
import { randomStream } from "@csi-feedback/common";
import { expect, test } from "vitest";
import { channelStatisticsFigure, renderFigure } from "../src/figures";
import { ChannelStatistics, nmse } from "../src/index";

const shape = [2, 4, 8] as const;

function channels(count: number): Float32Array {
  const random = randomStream(3);
  return Float32Array.from({ length: count * 64 }, (_, i) => random.normal() * Math.exp(-(i % 32) / 9));
}

test("one path is where it is and spreads nowhere", () => {
  const statistics = new ChannelStatistics({ shape, center: 0.5, elements: [1, 2] });
  const sample = new Float32Array(64).fill(0.5);
  sample[2 * 8 + 5] = 0.9; // real part at tap 2, beam 5
  sample[32 + 2 * 8 + 5] = 0.3; // imaginary part there
  statistics.add(sample);
  expect(statistics.delayPower[2]).toBeCloseTo(1, 12);
  expect(statistics.anglePower[5]).toBeCloseTo(1, 12);
  expect(statistics.delaySpreads[0]).toBeCloseTo(0, 6);
  expect(statistics.angleSpreads[0]).toBeCloseTo(0, 6);
  expect(statistics.largestShares(1)[0]).toBeCloseTo(0.8, 6);
  expect(statistics.largestShares(2)[0]).toBeCloseTo(1, 12);
});

test("two equal paths: half their distance in delay, and a circle in angle", () => {
  const statistics = new ChannelStatistics({ shape });
  const sample = new Float32Array(64);
  sample[0] = 1; // tap 0, beam 0
  sample[3 * 8 + 7] = -1; // tap 3, beam 7: a neighbour of beam 0 on the circle
  statistics.add(sample);
  expect(statistics.delaySpreads[0]).toBeCloseTo(1.5, 12);
  const coherence = Math.cos(Math.PI / 8);
  expect(statistics.angleSpreads[0]).toBeCloseTo(
    (8 / (2 * Math.PI)) * Math.sqrt(-2 * Math.log(coherence)),
    9,
  );
});

test("neither the scale of a sample nor the batches matter, and the shares are those of keeping M elements", () => {
  const count = 5;
  const data = channels(count);
  const whole = new ChannelStatistics({ shape, elements: [7] });
  whole.add(data);
  const parts = new ChannelStatistics({ shape, elements: [7] });
  for (let i = 0; i < count; i++) parts.add(data.slice(64 * i, 64 * i + 64).map((value) => value * 2 ** i));
  expect(parts.count).toBe(count);
  expect(parts.angleDelayPower).toEqual(whole.angleDelayPower);
  expect(parts.sortedEnergy).toEqual(whole.sortedEnergy);
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  expect(total(whole.delayPower)).toBeCloseTo(1, 12);
  expect(total(whole.anglePower)).toBeCloseTo(1, 12);
  expect(whole.sortedEnergy[63]).toBeCloseTo(1, 12);

  const kept = data.slice();
  for (let i = 0; i < count; i++) {
    const sample = kept.subarray(64 * i, 64 * i + 64);
    const threshold = Array.from(sample, Math.abs).sort((a, b) => b - a)[6];
    sample.forEach((value, k) => {
      if (Math.abs(value) < threshold) sample[k] = 0;
    });
  }
  expect(1 - whole.sortedEnergy[6]).toBeCloseTo(nmse(data, kept, [count, ...shape]), 9);
  expect(total(whole.largestShares(7)) / count).toBeCloseTo(whole.sortedEnergy[6], 12);
});

test("refusals", () => {
  const codeOf = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "none";
  };
  const statistics = new ChannelStatistics({ shape });
  expect(codeOf(() => statistics.delayPower)).toBe("EMPTY");
  expect(codeOf(() => statistics.add(new Float32Array(65)))).toBe("INVALID_SHAPE");
  expect(codeOf(() => statistics.add(new Float32Array(64)))).toBe("ZERO_ENERGY");
  expect(codeOf(() => statistics.add(new Float32Array(64).fill(Number.NaN)))).toBe("NOT_FINITE");
  expect(codeOf(() => statistics.largestShares(3))).toBe("INVALID_ARGUMENT");
  expect(codeOf(() => new ChannelStatistics({ shape, elements: [65] }))).toBe("INVALID_ARGUMENT");
  expect(codeOf(() => new ChannelStatistics({ shape, center: Number.NaN }))).toBe("INVALID_ARGUMENT");
  expect(codeOf(() => new ChannelStatistics({ shape: [2, 0, 8] }))).toBe("INVALID_SHAPE");
  expect(codeOf(() => channelStatisticsFigure({ statistics }))).toBe("EMPTY");
  statistics.add(channels(1));
  expect(codeOf(() => channelStatisticsFigure({ statistics, rangeDb: 0 }))).toBe("INVALID_ARGUMENT");
  expect(codeOf(() => channelStatisticsFigure({ statistics, tapNanoseconds: -1 }))).toBe("INVALID_ARGUMENT");
});

test("the figure names its panels and their units", async () => {
  const statistics = new ChannelStatistics({ shape });
  statistics.add(channels(20));
  const { svg } = await renderFigure(
    channelStatisticsFigure({ title: "Set", statistics, tapNanoseconds: 50 }),
    { scale: 0.5 },
  );
  for (const text of ["Mean angle-delay power", "RMS delay spread [ns]", "Circular angle spread [beams]"]) {
    expect(svg).toContain(text);
  }
}, 120_000);
