// Makes what remainder.ts learns from: generated channels and what a base station rebuilds of them from reports.
//   npx tsx benchmarks/path-transformer/remainder-data.ts OUT MODEL BUDGETS SAMPLES SEED [--plus]
// Reports are those of sparse-paths (thorough search), or of LLMCsiNet+ with `--plus`. Writes OUT.json, which says what
// it is, and OUT.f32, in float32: for each sample the channel `[2, 32, 32]`, then for each budget the rebuilt channel
// and the magnitude of its weakest path (1 without paths). Phases of the bins are removed, and the channel has an energy of 1.
import { writeFileSync } from "node:fs";
import { type ChannelModelName, generateChannels } from "@csi-feedback/channel-models";
import { PathTransformerCodec } from "@csi-feedback/path-transformer";
import { csiNetWindow, PathCodec } from "@csi-feedback/sparse-paths";
import { Window } from "@csi-feedback/sparse-paths/parts";

const [out, model, budgetsText, samplesText, seedText, flag] = process.argv.slice(2);
const budgets = budgetsText.split(",").map(Number);
const samples = Number(samplesText);
const seed = Number(seedText);
const plus = flag === "--plus";
const codec = plus ? new PathTransformerCodec() : new PathCodec();
const window = new Window(csiNetWindow, "remainder-data");
const size = 2 * window.size;
const record = size + budgets.length * (size + 1);
const records = new Float32Array(samples * record);

/** Writes a channel without the phases of its bins. */
function write(channel: Float32Array, at: number): void {
  const { re, im } = window.unwind(channel, "remainder-data");
  records.set(re, at);
  records.set(im, at + window.size);
}

for (let i = 0; i < samples; i++) {
  const { data } = generateChannels({ model: model as ChannelModelName, samples: 1, seed, firstSample: i });
  const norm = Math.hypot(...data);
  const channel = data.map((value) => value / norm);
  let at = i * record;
  write(channel, at);
  at += size;
  for (const bits of budgets) {
    const { bytes } = codec.encode(channel, { bits });
    write(codec.decode(bytes), at);
    const magnitudes = codec.decodeParameters(bytes).map(({ gainRe, gainIm }) => Math.hypot(gainRe, gainIm));
    records[at + size] = Math.min(1, ...magnitudes);
    at += size + 1;
  }
}
writeFileSync(`${out}.f32`, records);
writeFileSync(`${out}.json`, `${JSON.stringify({ model, budgets, samples, seed, plus })}\n`);
