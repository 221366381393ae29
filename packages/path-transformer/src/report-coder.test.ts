import { RangeDecoder, RangeEncoder } from "@csi-feedback/codec";
import {
  cellParts,
  classSize,
  classStart,
  phaseCount,
  type QuantizedPath,
} from "@csi-feedback/sparse-paths/parts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { networkShapes } from "./network-shapes";
import { ReportCoder } from "./report-coder";
import { CHANNELS, inOrder } from "./tokens";
import { trainedWeights } from "./weights";

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const path = fc
  .tuple(fc.integer({ min: 0, max: 41 }), fraction, fraction, fraction, fraction, fraction, fraction)
  .map(([magnitudeClass, a, b, c, d, e, f]): QuantizedPath => {
    const parts = cellParts(magnitudeClass);
    const magnitude = classStart(magnitudeClass) + Math.floor(c * classSize(magnitudeClass));
    return {
      magnitudeClass,
      cell: Math.floor(a * 65) * 64 + Math.floor(b * 64),
      delayPart: Math.floor(d * parts),
      rowPart: 0,
      columnPart: Math.floor(e * parts),
      magnitude,
      phase: Math.floor(f * phaseCount(magnitude)),
    };
  });

test("any paths in the order of a report come back", () => {
  const coder = new ReportCoder(trainedWeights());
  fc.assert(
    fc.property(
      fc.array(path, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: CHANNELS - 1 }),
      (paths, channel) => {
        paths.sort(inOrder);
        const encoder = new RangeEncoder();
        coder.start(channel);
        for (const one of paths) coder.encode(one, encoder);
        const decoder = new RangeDecoder(encoder.finish().bytes);
        coder.start(channel);
        for (const one of paths) expect(coder.decode(decoder)).toEqual(one);
      },
    ),
    { numRuns: 60 },
  );
});

test("the shipped weights are those of the network's shapes and not all zero", () => {
  const weights = trainedWeights();
  for (const [name, shape] of networkShapes) {
    const values = weights.get(name) as Float64Array;
    expect(values.length).toBe(shape.reduce((a, b) => a * b, 1));
    expect(values.some((value) => value !== 0)).toBe(true);
    expect(values.every(Number.isInteger)).toBe(true);
  }
});
