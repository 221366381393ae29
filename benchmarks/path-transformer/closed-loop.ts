// What other weights of the network do to reports of LLMCsiNet+ at equal bits, on generated validation samples: whether
// odds that were trained on what the user's search chooses with the odds before are worth it.
//   npx tsx benchmarks/path-transformer/closed-loop.ts WEIGHTS.json [samples] [budgets]
import { readFileSync } from "node:fs";
import { generateChannels } from "@csi-feedback/channel-models";
import { toDecibels } from "@csi-feedback/eval";
import { PathTransformerCodec } from "@csi-feedback/path-transformer";
import { listChannels, networkShapes, ONE, weightsOf } from "@csi-feedback/path-transformer/training";
import { gainText, meanOf } from "./gain";
import { relativeError } from "./rows";

const SEED = 991;
const FIRST_SAMPLE = 300;

const [file, samplesText = "24", budgetsText = "128,256,512,1024"] = process.argv.slice(2);
const json = JSON.parse(readFileSync(file, "utf8")) as Record<string, number[]>;
const values = networkShapes.flatMap(([name]) => json[name]);
const codecs = {
  shipped: new PathTransformerCodec(),
  other: new PathTransformerCodec(weightsOf(Int16Array.from(values, (value) => Math.round(value * ONE)))),
};

for (const model of listChannels) {
  for (const bits of budgetsText.split(",").map(Number)) {
    const errors = { shipped: [] as number[], other: [] as number[] };
    for (let i = 0; i < Number(samplesText); i++) {
      const { data } = generateChannels({ model, samples: 1, seed: SEED, firstSample: FIRST_SAMPLE + i });
      for (const name of ["shipped", "other"] as const) {
        const { bytes } = codecs[name].encode(data, { bits });
        errors[name].push(relativeError(data, codecs[name].decode(bytes)));
      }
    }
    const { shipped, other } = errors;
    const single = meanOf(shipped.map((error, i) => toDecibels(error / other[i])));
    console.log(
      `${model}, ${bits} bits, ${shipped.length} samples: ${toDecibels(meanOf(shipped)).toFixed(2)} dB; ` +
        `gain [dB] ${gainText(shipped, other, 2)}, mean of decibels ${single.toFixed(2)}`,
    );
  }
}
