// Writes COST 2100 samples and their metadata for compare-cost2100.py. Run from the
// repository's root:
//   npx tsx benchmarks/channel-models/write-samples.ts FOLDER [SEED]
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateChannels } from "@csi-feedback/channel-models";

const [folder = ".", seed = "11"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const [model, samples] of [
  ["cost2100-indoor", 2000],
  ["cost2100-semi-urban-nlos", 900],
] as const) {
  const { data, metadata } = generateChannels({ model, samples, seed: Number(seed) });
  writeFileSync(join(folder, `${model}.f32`), new Uint8Array(data.buffer));
  const lists = Object.entries(metadata).map(([name, values]) => [name, Array.from(values)]);
  writeFileSync(join(folder, `${model}.json`), JSON.stringify(Object.fromEntries(lists)));
}
