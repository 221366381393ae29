import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  configurationFingerprint,
  configurationFromJson,
  decodeReport,
  decodeReports,
  encodeReport,
  encodeReports,
  type FrameConfigurationJson,
  type Report,
} from "./index";

// Frames as files, one folder for each version of the format. What is in a folder never changes: a
// decoder of any later version must go on reading it.
interface Vector {
  readonly note: string;
  readonly configuration: FrameConfigurationJson;
  readonly fingerprint: number;
  readonly reports: readonly { values: number[]; positions?: number[]; mean?: number; scale?: number }[];
  readonly batch: boolean;
  readonly hex: string;
}

const fixtures = `${import.meta.dirname}/../test/fixtures`;
/** The version that the encoder writes, from the first three bits of a message that follows a check of 8 bits. */
const current =
  encodeReport(
    { values: new Float32Array() },
    { shape: [2, 1, 1], quantizer: "float32", addressing: "none", crcBits: 8 },
  )[1] >> 5;

test("every version up to the current one has its vectors", () => {
  const versions = readdirSync(fixtures).filter((name) => name.startsWith("frames-v"));
  expect(versions.sort()).toEqual(Array.from({ length: current }, (_, i) => `frames-v${i + 1}`).sort());
});

const vectors = Array.from({ length: current }, (_, i) => `frames-v${i + 1}`).flatMap((version) =>
  readdirSync(`${fixtures}/${version}`)
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({ version, name })),
);

describe.each(vectors)("$version, $name", ({ version, name }) => {
  const vector: Vector = JSON.parse(readFileSync(`${fixtures}/${version}/${name}`, "utf8"));
  const configuration = configurationFromJson(vector.configuration);
  const bytes = Uint8Array.from(vector.hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const reports = vector.reports.map(
    (report): Report =>
      ({
        ...report,
        values: Float32Array.from(report.values),
        ...(report.positions ? { positions: Int32Array.from(report.positions) } : {}),
      }) as Report,
  );

  test("reads as recorded", () => {
    expect(configurationFingerprint(configuration)).toBe(vector.fingerprint);
    const decoded = vector.batch ? decodeReports(bytes, configuration) : [decodeReport(bytes, configuration)];
    expect(decoded).toEqual(reports);
  });

  test.runIf(version === `frames-v${current}`)("is written again byte for byte", () => {
    expect(
      vector.batch ? encodeReports(reports, configuration) : encodeReport(reports[0], configuration),
    ).toEqual(bytes);
  });
});
