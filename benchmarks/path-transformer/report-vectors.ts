// Writes the reports that the tests of packages/path-transformer must read to the same paths on every machine:
//   npx tsx benchmarks/path-transformer/report-vectors.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { generateChannels } from "@csi-feedback/channel-models";
import { PathTransformerCodec } from "@csi-feedback/path-transformer";
import { listChannels } from "@csi-feedback/path-transformer/training";

const codec = new PathTransformerCodec();
const reports = listChannels.map((model, i) => {
  const { data } = generateChannels({ model, samples: 1, seed: 4400 + i });
  const { bytes } = codec.encode(data, { bits: 384 });
  const paths = codec.decodeParameters(bytes);
  return {
    model,
    hex: Buffer.from(bytes).toString("hex"),
    paths: paths.map(({ delay, column, gainRe, gainIm }) => [delay, column, Math.hypot(gainRe, gainIm)]),
  };
});
const folder = new URL("../../packages/path-transformer/test/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("reports.json", folder), `${JSON.stringify({ reports })}\n`);
