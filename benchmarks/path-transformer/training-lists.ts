// Makes the path lists that the transformer of packages/path-transformer is trained on: generated channels that no
// test uses, paths estimated and fitted jointly, quantised at steps from just below the weakest path to far below.
//   npx tsx benchmarks/path-transformer/training-lists.ts OUT.jsonl [samples a channel] [seed]
// One line a list: channel, index of the step, and per path class, cell, parts of delay and angle, magnitude, phase.
import { appendFileSync } from "node:fs";
import { generateChannels } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import { listChannels, trainingList } from "@csi-feedback/path-transformer/training";

const [out, samples = "1500", seed = "88001"] = process.argv.slice(2);
const BATCH = 25;

for (let first = 0; first < Number(samples); first += BATCH) {
  for (const [c, model] of listChannels.entries()) {
    const { data } = generateChannels({ model, samples: BATCH, seed: Number(seed), firstSample: first });
    const lines: string[] = [];
    for (let i = 0; i < BATCH; i++) {
      const random = randomStream(Number(seed), c, first + i);
      const list = trainingList(data.slice(i * 2048, (i + 1) * 2048), random);
      lines.push(JSON.stringify({ channel: c, ...list }));
    }
    appendFileSync(out, `${lines.join("\n")}\n`);
  }
}
