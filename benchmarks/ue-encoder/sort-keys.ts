// What the elements should be ranked by: NMSE of M kept elements with mean fill, no
// decoder, for each sort key, on the channel itself and on the image of the trained
// encoder. Run from the repository root:
//   npx tsx benchmarks/ue-encoder/sort-keys.ts
import { readFileSync } from "node:fs";
import { readChannels } from "@csi-feedback/datasets/node";
import { nmseDb } from "@csi-feedback/eval";
import { selfInformation } from "@csi-feedback/self-information";
import {
  defaultEncoders,
  meanOf,
  parseCheckpoint,
  rankingKeys,
  readEncoderWeights,
  readUserConfiguration,
  type SortKey,
  selectElements,
  userEncoder,
} from "@csi-feedback/ue-encoder";

const ratios = [221, 111, 56, 28];
const keys: readonly SortKey[] = ["deviation", "magnitude", "value", "self-information"];
const { configuration, tensors } = parseCheckpoint(
  readFileSync("apps/cli/models/llmcsinet/weights.safetensors"),
);
const rows: Record<string, string | number>[] = [];
for (const channel of ["indoor", "outdoor"]) {
  const { data, shape } = await readChannels(`apps/cli/data/cost2100-${channel}-200.mat`);
  const samples = Array.from({ length: shape[0] }, (_, i) => data.subarray(2048 * i, 2048 * (i + 1)));
  for (const sortKey of keys) {
    const stored = readUserConfiguration(configuration);
    const user = { ...stored, encoder: { ...stored.encoder, sortKey } };
    const encoder = userEncoder(user, readEncoderWeights(user, tensors));
    const onChannel = (sample: Float32Array, elements: number) => {
      const bits = selfInformation(sample, [1, 2, 32, 32], defaultEncoders.residual.mask);
      const mean = meanOf(sample);
      return selectElements(sample, rankingKeys(sample, mean, bits, sortKey), mean, elements);
    };
    for (const [source, encode] of [
      ["channel", onChannel],
      [
        "image",
        (sample: Float32Array, elements: number) => encoder.encode(sample, { batch: 1, elements })[0],
      ],
    ] as const) {
      const scores = ratios.map((elements) => {
        const rebuilt = new Float32Array(data.length);
        for (const [i, sample] of samples.entries()) {
          const { values, positions, mean } = encode(sample, elements);
          rebuilt.fill(mean, 2048 * i, 2048 * (i + 1));
          for (const [k, position] of positions.entries()) rebuilt[2048 * i + position] = values[k];
        }
        return nmseDb(data, rebuilt, shape, { center: 0.5 }).toFixed(2);
      });
      rows.push({
        channel,
        sortKey,
        source,
        "M = 221": scores[0],
        111: scores[1],
        56: scores[2],
        28: scores[3],
      });
    }
  }
}
console.table(rows);
