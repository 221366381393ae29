import { isCsiFeedbackError, randomStream } from "@csi-feedback/common";
import { expect, test } from "vitest";
import { prepare } from "./configuration";
import { crc } from "./crc";
import {
  decodeReport,
  decodeReports,
  encodeReport,
  encodeReports,
  type FrameConfiguration,
  type Report,
  ScalarQuantizer,
  trainPositionModel,
  uniformQuantizer,
  VectorQuantizer,
} from "./index";

// Hostile bytes: a million and more decodings by default, CODEC_FUZZ_CASES for more. Nothing but the two
// documented errors may come out, or a report within the shape whose own frame is these very bytes.
const CASES = Number(process.env.CODEC_FUZZ_CASES ?? 1_050_000);

// Stack traces of a million expected errors would be most of the work.
Error.stackTraceLimit = 0;

const random = randomStream(2024);
const shape = [2, 4, 3] as const;
const uniform = uniformQuantizer({ bits: 3, minimum: 0, maximum: 1 });
const learned = trainPositionModel(
  Array.from({ length: 30 }, () => random.permutation(24).slice(0, 6).sort()),
  shape,
);
const skewed = { ...uniform.toJSON(), probabilities: [0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.04, 0.01] };

const configurations: FrameConfiguration[] = [
  { shape, quantizer: uniform },
  { shape, quantizer: uniform, indexCode: "fixed", elements: 5, crcBits: 8, scaleBits: 7 },
  { shape, quantizer: new ScalarQuantizer(skewed), valueCode: "entropy", indexCode: learned, crcBits: 24 },
  { shape, quantizer: uniform, addressing: "complex", crcBits: 32, meanBits: 0 },
  { shape, quantizer: "float32", addressing: "none", elements: 2 },
  { shape, quantizer: new VectorQuantizer({ dimension: 2, codebook: [0, 0, 0.5, 0.5, 1, 1] }), meanBits: 3 },
];

/** A random report that the configuration can carry. */
function reportFor({ elements, addressing, meanBits, scaleBits, quantizer }: FrameConfiguration): Report {
  const dense = addressing === "none";
  const half = 1 + random.integer(10);
  const count = elements ?? (addressing === "complex" ? 2 * half : half);
  const values = Float32Array.from({ length: count }, () =>
    quantizer === "float32" ? random.normal() : random.uniform(),
  );
  let positions = random.permutation(24).slice(0, count).sort();
  if (addressing === "complex") {
    const places = random
      .permutation(12)
      .slice(0, count / 2)
      .sort();
    positions = Int32Array.from([...places, ...places.map((place) => place + 12)]);
  }
  return {
    values,
    ...(dense ? {} : { positions }),
    ...((meanBits ?? (dense ? 0 : 12)) > 0 ? { mean: random.uniform() } : {}),
    ...((scaleBits ?? 0) > 0 ? { scale: 2 ** (20 * random.uniform()) } : {}),
  };
}

/** Bytes that are likely to reach deep into the decoder. */
function hostile(frames: readonly Uint8Array[], configuration: FrameConfiguration): Uint8Array {
  const way = random.integer(6);
  const sound = frames[random.integer(frames.length)];
  let bytes: Uint8Array;
  if (way === 0) bytes = Uint8Array.from({ length: random.integer(40) }, () => random.integer(256));
  else if (way === 1) bytes = sound.slice(0, random.integer(sound.length));
  else {
    bytes = way === 2 ? new Uint8Array([...sound, ...sound.slice(0, random.integer(5))]) : sound.slice();
    for (let flips = 1 + random.integer(way === 3 ? 1 : 8); flips > 0; flips--) {
      bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
    }
  }
  // Most cases carry a sound check, or the check alone would stop them.
  const { crcBits, crcInitial } = prepare(configuration);
  const checkBytes = crcBits / 8;
  if (bytes.length > checkBytes && random.integer(8) > 0) {
    const check = crc(crcBits, crcInitial, bytes, checkBytes);
    for (let i = 0; i < checkBytes; i++) bytes[i] = check >>> (8 * (checkBytes - 1 - i));
  }
  return bytes;
}

test(`${CASES.toLocaleString("en")} hostile frames`, { timeout: 600_000 }, () => {
  const outcomes = { CORRUPT_FRAME: 0, UNSUPPORTED_VERSION: 0, accepted: 0 };
  for (const configuration of configurations) {
    const reports = Array.from({ length: 40 }, () => reportFor(configuration));
    const singles = reports.map((report) => encodeReport(report, configuration));
    const batches = [1, 2, 5].map((count) => encodeReports(reports.slice(0, count), configuration));
    for (let i = 0; i < CASES / configurations.length; i++) {
      const batch = i % 8 === 0;
      const bytes = hostile(batch ? batches : singles, configuration);
      try {
        const decoded = batch ? decodeReports(bytes, configuration) : [decodeReport(bytes, configuration)];
        outcomes.accepted++;
        for (const { values, positions } of decoded) {
          if (values.length > 24 || (positions?.length ?? 0) > 24) throw new Error("beyond the shape");
        }
        // What is accepted is exactly what the encoder writes for it.
        if (outcomes.accepted % 8 === 0 && decoded.every((report) => report.values.every(Number.isFinite))) {
          const again = batch
            ? encodeReports(decoded, configuration)
            : encodeReport(decoded[0], configuration);
          if (again.join() !== bytes.join()) throw new Error(`not canonical: ${bytes} became ${again}`);
        }
      } catch (error) {
        if (!isCsiFeedbackError(error)) throw error;
        outcomes[error.code as "CORRUPT_FRAME"]++;
        if (Object.keys(outcomes).length > 3) throw error;
      }
    }
  }
  expect(outcomes.accepted).toBeGreaterThan(CASES / 200);
  expect(outcomes.CORRUPT_FRAME).toBeGreaterThan(CASES / 4);
  expect(outcomes.UNSUPPORTED_VERSION).toBeGreaterThan(0);
});
