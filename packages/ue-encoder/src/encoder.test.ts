import { decodeReport, uniformQuantizer } from "@csi-feedback/codec";
import type { SafeTensor } from "@csi-feedback/safetensors";
import { informationMask, selfInformation } from "@csi-feedback/self-information";
import { describe, expect, test } from "vitest";
import { parseCheckpoint } from "./checkpoint-file";
import { defaultEncoders } from "./configuration";
import { createUserEncoder, extractUserEncoder, transmit } from "./index";
import { openUserEncoder } from "./node";
import { randomSamples, small, smallCheckpoint } from "./test-checkpoint";

const { delays, antennas, features } = small;
const size = delays * antennas;

/** The self-information image by the definition: full convolutions with zeros or wrapping, then normalisation. */
function imageByDefinition(
  sample: Float32Array,
  tensors: ReadonlyMap<string, SafeTensor>,
  { form, circular }: { form: string; circular: boolean },
): Float32Array {
  const values = (name: string) => tensors.get(`encoder.${name}`)?.data as Float32Array;
  const bits = selfInformation(sample, [1, 2, delays, antennas], defaultEncoders.paper.mask);
  const mask = informationMask(bits, [1, delays, antennas], defaultEncoders.paper.mask.threshold);
  const layer = (
    input: (plane: number, y: number, x: number) => number,
    index: 1 | 2,
    inputs: number,
    output: number,
  ) =>
    Float64Array.from({ length: size }, (_, place) => {
      const [y, x] = [Math.floor(place / antennas), place % antennas];
      let sum = values(`conv${index}.bias`)[output];
      for (let plane = 0; plane < inputs; plane++) {
        for (let v = -1; v <= 1; v++) {
          for (let u = -1; u <= 1; u++) {
            const column = circular ? (x + u + antennas) % antennas : x + u;
            if (y + v < 0 || y + v >= delays || column < 0 || column >= antennas) continue;
            const weight = values(`conv${index}.weight`)[((output * inputs + plane) * 3 + v + 1) * 3 + u + 1];
            sum += weight * input(plane, y + v, column);
          }
        }
      }
      const [gain, bias, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(
        (field) => values(`norm${index}.${field}`)[output],
      );
      const normed = ((sum - mean) / Math.sqrt(variance + 1e-5)) * gain + bias;
      return normed >= 0 ? normed : 0.3 * normed;
    });
  const channel = (plane: number, y: number, x: number) => sample[(plane * delays + y) * antennas + x];
  const maps = Array.from({ length: features }, (_, output) => layer(channel, 1, 2, output));
  const masked = (map: number, y: number, x: number) => mask[y * antennas + x] * maps[map][y * antennas + x];
  const image = [0, 1].flatMap((plane) => [...layer(masked, 2, features, plane)]);
  return Float32Array.from(image, (value, i) => (form === "residual" ? value + sample[i] : value));
}

describe.each([
  { form: "residual", circular: true },
  { form: "residual", circular: false },
  { form: "paper", circular: false },
  { form: "paper", circular: true },
])("%o", ({ form, circular }) => {
  const checkpoint = smallCheckpoint({ configuration: { form, encoder: { channels: features, circular } } });
  const encoder = createUserEncoder(checkpoint);
  const samples = randomSamples(5, 3);

  test("the M elements of the image that lie furthest from the mean", () => {
    const codewords = encoder.encode(samples, { batch: 3, elements: 40 });
    for (const [i, { values, positions, mean }] of codewords.entries()) {
      const sample = samples.subarray(2 * i * size, 2 * (i + 1) * size);
      const image = imageByDefinition(sample, parseCheckpoint(checkpoint).tensors, { form, circular });
      const expected = Array.from(image.keys())
        .sort((a, b) => Math.abs(image[b] - mean) - Math.abs(image[a] - mean))
        .slice(0, 40)
        .sort((a, b) => a - b);
      expect(Array.from(positions)).toEqual(expected);
      expect(mean).toBeCloseTo(sample.reduce((a, b) => a + b, 0) / sample.length, 6);
      for (const [k, value] of values.entries()) expect(value).toBeCloseTo(image[positions[k]], 5);
    }
  });

  test("batch mates never change a result, and the cut-out file gives the same", () => {
    const together = encoder.encode(samples, { batch: 3, elements: 17 });
    const alone = createUserEncoder(extractUserEncoder(checkpoint));
    for (const [i, codeword] of together.entries()) {
      const sample = samples.slice(2 * i * size, 2 * (i + 1) * size);
      expect(alone.encode(sample, { batch: 1, elements: 17 })).toEqual([codeword]);
    }
  });
});

test("without the encoder the same random elements of every channel", () => {
  const encoder = createUserEncoder(smallCheckpoint({ configuration: { without: ["encoder"] } }));
  const samples = randomSamples(1, 2);
  const [first, second] = encoder.encode(samples, { batch: 2, elements: 9 });
  expect(second.positions).toEqual(first.positions);
  expect(first.values[0]).toBe(samples[first.positions[0]]);
});

test("bytes that the codec reads back", () => {
  const encoder = createUserEncoder(smallCheckpoint());
  const samples = randomSamples(8, 2);
  const quantizer = uniformQuantizer({ bits: 8, minimum: -2, maximum: 3 });
  const configuration = { shape: encoder.shape, elements: 30, quantizer, scaleBits: 16 } as const;
  const frames = transmit(encoder, samples, [0.25, 4], configuration);
  const codewords = encoder.encode(samples, { batch: 2, elements: 30 });
  for (const [i, frame] of frames.entries()) {
    const report = decodeReport(frame, configuration);
    expect(report.positions).toEqual(codewords[i].positions);
    expect(Math.log2(report.scale as number)).toBeCloseTo([-2, 2][i], 2);
  }
  expect(() => transmit(encoder, samples, [1], configuration)).toThrowError(
    expect.objectContaining({ code: "INVALID_SHAPE" }),
  );
  const { elements: _, ...anyNumber } = configuration;
  expect(() => transmit(encoder, samples, [1, 1], anyNumber)).toThrowError(
    expect.objectContaining({ code: "MISSING_ELEMENTS" }),
  );
});

describe("reading by ranges", () => {
  test("only the header and the encoder's tensors", async () => {
    const checkpoint = smallCheckpoint();
    const { encoder, bytesRead } = await openUserEncoder(checkpoint);
    const header = 8 + Number(new DataView(checkpoint.buffer, checkpoint.byteOffset).getBigUint64(0, true));
    const weights = 4 * (18 * features + 5 * features + 18 * features + 5 * 2);
    expect(bytesRead).toBe(header + weights);
    expect(checkpoint.length).toBeGreaterThan(200_000);
    const samples = randomSamples(5, 1);
    const options = { batch: 1, elements: 20 };
    expect(encoder.encode(samples, options)).toEqual(createUserEncoder(checkpoint).encode(samples, options));
  });

  test("a missing tensor, another network", async () => {
    const missing = smallCheckpoint({ tensors: { "encoder.conv1.bias": undefined } });
    await expect(openUserEncoder(missing)).rejects.toMatchObject({ code: "CHECKPOINT_MISMATCH" });
    const other = smallCheckpoint({ metadata: { "csi-feedback.network": "crnet" } });
    await expect(openUserEncoder(other)).rejects.toMatchObject({ code: "CHECKPOINT_MISMATCH" });
    await expect(openUserEncoder(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({
      code: "SAFETENSORS_HEADER",
    });
  });
});

describe("bad input", () => {
  const encoder = createUserEncoder(smallCheckpoint());
  const sample = randomSamples(2, 1);
  test.each([
    ["INVALID_SHAPE", sample.slice(1), { batch: 1, elements: 1 }],
    ["INVALID_SHAPE", sample, { batch: 0, elements: 1 }],
    ["INVALID_SHAPE", sample, { batch: 2, elements: 1 }],
    ["NOT_FINITE", sample.map((value, i) => (i === 3 ? Number.NaN : value)), { batch: 1, elements: 1 }],
    [
      "NOT_FINITE",
      sample.map((value, i) => (i === 3 ? Number.NEGATIVE_INFINITY : value)),
      { batch: 1, elements: 1 },
    ],
    ["INVALID_COUNT", sample, { batch: 1, elements: 0 }],
    ["INVALID_COUNT", sample, { batch: 1, elements: 193 }],
    ["INVALID_COUNT", sample, { batch: 1, elements: 2.5 }],
  ])("%s: %o", (code, channels, options) => {
    expect(() =>
      encoder.encode(channels as Float32Array, options as { batch: number; elements: number }),
    ).toThrowError(expect.objectContaining({ code }));
  });

  const tensor = (shape: number[], data: number[]): SafeTensor => ({
    dtype: "F32",
    shape,
    data: Float32Array.from(data),
  });
  test.each([
    ["INVALID_CONFIGURATION", { configuration: { form: "other" } }],
    ["INVALID_CONFIGURATION", { configuration: { delays: 0 } }],
    ["INVALID_CONFIGURATION", { configuration: { antennas: 1e12 } }],
    ["INVALID_CONFIGURATION", { configuration: { without: "encoder" } }],
    ["INVALID_CONFIGURATION", { configuration: { encoder: { channels: -5 } } }],
    ["INVALID_CONFIGURATION", { configuration: { encoder: { channels: features, sortKey: "luck" } } }],
    ["INVALID_CONFIGURATION", { configuration: { encoder: { channels: features, circular: 1 } } }],
    ["CHECKPOINT_MISMATCH", { configuration: { encoder: { channels: 6 } } }],
    ["CHECKPOINT_MISMATCH", { tensors: { "encoder.norm2.weight": undefined } }],
    ["CHECKPOINT_MISMATCH", { tensors: { "encoder.norm2.weight": tensor([1], [1]) } }],
    ["NOT_FINITE", { tensors: { "encoder.norm2.weight": tensor([2], [1, Number.NaN]) } }],
    ["NOT_A_CHECKPOINT", { metadata: { "csi-feedback.configuration": "[1]" } }],
    ["NOT_A_CHECKPOINT", { metadata: { "csi-feedback.configuration": "{" } }],
    ["UNSUPPORTED_CHECKPOINT", { metadata: { "csi-feedback.version": "2" } }],
  ])("%s: checkpoint with %o", (code, options) => {
    expect(() => createUserEncoder(smallCheckpoint(options))).toThrowError(expect.objectContaining({ code }));
  });

  test("a mask that self-information does not know", () => {
    const mask = { offsets: [] };
    const broken = createUserEncoder(
      smallCheckpoint({ configuration: { encoder: { channels: features, mask } } }),
    );
    expect(() => broken.encode(sample, { batch: 1, elements: 1 })).toThrowError(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});
