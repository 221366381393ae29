import { isCsiFeedbackError, randomStream } from "@csi-feedback/common";
import { expect, test } from "vitest";
import {
  decodeReport,
  designLloydMax,
  encodeReport,
  type FrameConfiguration,
  frameBits,
  log2Binomial,
} from "./index";

const random = randomStream(11);
const normal = (count: number) => Float32Array.from({ length: count }, () => 0.5 + 0.1 * random.normal());
const { quantizer } = designLloydMax(normal(5000), { bits: 4 });
const shape = [2, 32, 32] as const;

function sparse(count: number) {
  return { values: normal(count), positions: random.permutation(2048).slice(0, count).sort(), mean: 0.5 };
}

const configurations: FrameConfiguration[] = [];
for (const indexCode of ["fixed", "enumerative"] as const) {
  for (const valueCode of ["fixed", "entropy"] as const)
    configurations.push({ shape, quantizer, indexCode, valueCode });
}
configurations.push({ shape, quantizer: "float32", meanBits: 32, scaleBits: 0, crcBits: 32 });

test.each(configurations)("a report comes back: $indexCode $valueCode", (configuration) => {
  for (const count of [0, 1, 2, 28, 221, 1024, 2047, 2048]) {
    const report = sparse(count);
    const bytes = encodeReport(report, configuration);
    const back = decodeReport(bytes, configuration);
    expect(back.positions).toEqual(report.positions);
    const expected =
      configuration.quantizer === "float32"
        ? report.values
        : quantizer.decode(quantizer.encode(report.values));
    expect(back.values).toEqual(expected);
    expect(back.mean).toBe(0.5);
    const size = frameBits(report, configuration);
    expect(size.bytes).toBe(bytes.length);
    expect(bytes.length).toBe(
      (configuration.crcBits ?? 16) / 8 + Math.ceil((size.bits - (configuration.crcBits ?? 16)) / 8),
    );
  }
});

test("an enumerative frame is within one bit of its information", () => {
  for (const count of [1, 28, 56, 111, 221, 1000]) {
    const configuration = { shape, quantizer, elements: count };
    const information = 16 + 4 + log2Binomial(2048, count) + 4 * count + 12;
    const { bits } = frameBits(sparse(count), configuration);
    expect(bits).toBeGreaterThanOrEqual(information);
    expect(bits).toBeLessThan(information + 2);
  }
});

test("every flipped bit and every truncation is found", () => {
  const configuration = { shape, quantizer };
  const bytes = encodeReport(sparse(111), configuration);
  const rejected = (damaged: Uint8Array) => {
    try {
      decodeReport(damaged, configuration);
    } catch (error) {
      return isCsiFeedbackError(error) && error.code === "CORRUPT_FRAME";
    }
    return false;
  };
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] ^= 128 >> (bit & 7);
    expect(rejected(damaged)).toBe(true);
  }
  for (let length = 0; length < bytes.length; length++) expect(rejected(bytes.slice(0, length))).toBe(true);
  expect(rejected(Uint8Array.of(...bytes, 0))).toBe(true);
});
