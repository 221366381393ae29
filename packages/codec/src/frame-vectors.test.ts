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

const folder = `${import.meta.dirname}/../test/fixtures/frames-v1`;
const current = 1;

describe.each(readdirSync(folder).filter((name) => name.endsWith(".json")))("frame %s", (name) => {
  const vector: Vector = JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
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

  test("is written again byte for byte", () => {
    if (!folder.endsWith(`v${current}`)) return;
    expect(
      vector.batch ? encodeReports(reports, configuration) : encodeReport(reports[0], configuration),
    ).toEqual(bytes);
  });
});
