// Makes the path models that packages/sparse-paths ships, one for each channel of Table I,
// from generated channels that no test uses. Run from the repository root; some minutes:
//   npx tsx benchmarks/sparse-paths/train-models.ts [samples]
import { writeFileSync } from "node:fs";
import { type ChannelModelName, generateChannels } from "@csi-feedback/channel-models";
import { trainPathModel } from "@csi-feedback/sparse-paths";

const samples = Number(process.argv[2] ?? 600);
const names: ChannelModelName[] = [
  "cost2100-indoor",
  "cost2100-semi-urban-nlos",
  "uma-nlos",
  "street-canyon",
];
for (const name of names) {
  const { data } = generateChannels({ model: name, samples, seed: 7101 });
  const model = trainPathModel(data, { name });
  const path = new URL(`../../packages/sparse-paths/src/models/${name}.json`, import.meta.url);
  writeFileSync(path, `${JSON.stringify(model)}\n`);
  console.log(`${name}: ${samples} samples, gathering ${model.gathering} / 1024`);
}
