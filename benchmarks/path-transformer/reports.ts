// Reports of LLMCsiNet+ as lists of quantised paths, of generated channels that no test uses: what odds and estimators
// behind the codec learn from when they are to know its own choices.
//   npx tsx benchmarks/path-transformer/reports.ts OUT.jsonl SEED SAMPLES BUDGETS [first sample]
// BUDGETS: `128,256,512`, each of every sample, or `96-1100`, one of every sample, evenly by its logarithm. One line a
// report, in the format of training-lists.ts, with sample and budget.
import { appendFileSync } from "node:fs";
import { generateChannels } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import { PathTransformerCodec } from "@csi-feedback/path-transformer";
import {
  type Choice,
  inOrder,
  JointSearch,
  listChannels,
  numbersOf,
} from "@csi-feedback/path-transformer/training";
import { csiNetWindow } from "@csi-feedback/sparse-paths";
import { Window } from "@csi-feedback/sparse-paths/parts";

const [out, seedText, samplesText, budgetsText, firstText = "0"] = process.argv.slice(2);
const seed = Number(seedText);
const first = Number(firstText);
const [least, most] = budgetsText.split("-").map(Number);

const search = new JointSearch(new Window(csiNetWindow, "reports"));
let choice: Choice | undefined;
const codec = new PathTransformerCodec(undefined, {
  search: (...request) => {
    choice = search.search(...request);
    return choice;
  },
});

for (let sample = first; sample < first + Number(samplesText); sample++) {
  for (const [channel, model] of listChannels.entries()) {
    const { data } = generateChannels({ model, samples: 1, seed, firstSample: sample });
    const share = randomStream(seed, channel, sample).uniform();
    const budgets = budgetsText.includes("-")
      ? [Math.round(least * (most / least) ** share)]
      : budgetsText.split(",").map(Number);
    for (const budget of budgets) {
      const { paths } = codec.encode(data, { bits: budget });
      if (choice === undefined) continue;
      const kept = [...choice.paths].sort(inOrder).slice(0, paths);
      const line = { channel, sample, budget, step: choice.index, paths: kept.map(numbersOf) };
      appendFileSync(out, `${JSON.stringify(line)}\n`);
    }
  }
}
