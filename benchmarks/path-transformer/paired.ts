// LLMCsiNet+ (packages/path-transformer) against sparse paths, sample by sample at equal budgets, on the test samples
// of `csi-feedback frontier` with seed 0. Goes on where the file ends, samples outermost. From the repository root:
//   npx tsx benchmarks/path-transformer/paired.ts ROWS.jsonl [samples] [budgets] [channels]
//   npx tsx benchmarks/path-transformer/paired.ts ROWS.jsonl --table
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { randomStream } from "@csi-feedback/common";
import { bootstrapInterval, quantile, toDecibels } from "@csi-feedback/eval";
import { PathTransformerCodec } from "@csi-feedback/path-transformer";
import { PathCodec } from "@csi-feedback/sparse-paths";
import { openFrontierChannel } from "../../apps/cli/src/frontier/channel";
import { frontierChannels } from "../../apps/cli/src/frontier/names";

interface Row {
  readonly channel: string;
  readonly sample: number;
  readonly budget: number;
  /** Bits on air, whole bytes; error over energy; process time of the user and of the base station [ms]. */
  readonly sparse: Outcome;
  readonly plus: Outcome;
}

interface Outcome {
  readonly bits: number;
  readonly error: number;
  readonly userMs: number;
  readonly baseMs: number;
}

const [
  file,
  second = "30",
  budgetsText = "128,256,512,1024,2048,4096",
  channelsText = frontierChannels.join(","),
] = process.argv.slice(2);
const rows: Row[] = existsSync(file)
  ? readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  : [];

if (second === "--table") printTable();
else await measure(Number(second));

async function measure(samples: number): Promise<void> {
  const sparse = new PathCodec();
  const plus = new PathTransformerCodec();
  const channels = await Promise.all(
    frontierChannels
      .filter((name) => channelsText.split(",").includes(name))
      .map((name) => openFrontierChannel(name, { samples: 60, seed: 0 })),
  );
  const done = new Set(rows.map(({ channel, sample, budget }) => `${channel} ${sample} ${budget}`));
  for (let sample = 0; sample < samples; sample++) {
    for (const { name, clean } of channels) {
      const channel = clean.slice(sample * 2048, (sample + 1) * 2048);
      for (const budget of budgetsText.split(",").map(Number)) {
        if (done.has(`${name} ${sample} ${budget}`)) continue;
        const row: Row = {
          channel: name,
          sample,
          budget,
          sparse: outcome(channel, budget, sparse),
          plus: outcome(channel, budget, plus),
        };
        appendFileSync(file, `${JSON.stringify(row)}\n`);
      }
    }
  }
}

function outcome(
  channel: Float32Array,
  budget: number,
  codec: {
    encode(sample: Float32Array, options: { bits: number }): { bytes: Uint8Array };
    decode(bytes: Uint8Array): Float32Array;
  },
): Outcome {
  const start = process.cpuUsage().user;
  const { bytes } = codec.encode(channel, { bits: budget });
  const sent = process.cpuUsage().user;
  const rebuilt = codec.decode(bytes);
  const read = process.cpuUsage().user;
  let error = 0;
  let energy = 0;
  for (const [i, value] of channel.entries()) {
    error += (value - rebuilt[i]) ** 2;
    energy += value ** 2;
  }
  return {
    bits: 8 * bytes.length,
    error: error / energy,
    userMs: (sent - start) / 1000,
    baseMs: (read - sent) / 1000,
  };
}

function printTable(): void {
  console.log(
    "| channel | bits | samples | sparse paths [dB] | LLMCsiNet+ [dB] | gain of the means [dB], 95 % | gain a sample [dB], 95 % | better on | UE [ms] | BS [ms] |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const channel of frontierChannels) {
    const budgets = [...new Set(rows.map(({ budget }) => budget))].sort((a, b) => a - b);
    for (const budget of budgets) {
      const own = rows.filter((row) => row.channel === channel && row.budget === budget);
      if (own.length === 0) continue;
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
      const decibels = (which: "sparse" | "plus") => toDecibels(mean(own.map((row) => row[which].error)));
      const single = own.map(({ sparse, plus }) => toDecibels(sparse.error) - toDecibels(plus.error));
      const interval = bootstrapInterval(Float64Array.from(single), { seed: 0 });
      const [low, high] = meanInterval(own);
      const better = own.filter(({ sparse, plus }) => plus.error < sparse.error).length;
      const median = (pick: (row: Row) => number) => quantile(own.map(pick), 0.5).toFixed(0);
      console.log(
        `| ${channel} | ${budget} | ${own.length} | ${decibels("sparse").toFixed(1)} | ${decibels("plus").toFixed(1)} | ` +
          `${(decibels("sparse") - decibels("plus")).toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)}) | ` +
          `${interval.value.toFixed(1)} (${interval.low.toFixed(1)} to ${interval.high.toFixed(1)}) | ` +
          `${better} | ${median((row) => row.plus.userMs)} | ${median((row) => row.plus.baseMs)} |`,
      );
    }
  }
  const over = rows.filter(({ budget, sparse, plus }) => Math.max(sparse.bits, plus.bits) > budget).length;
  console.log(`\n${rows.length} rows, ${over} over budget`);
}

/** 95 % interval of the ratio of the two mean errors [dB]: samples are drawn again in pairs. */
function meanInterval(own: readonly Row[]): [low: number, high: number] {
  const random = randomStream(0);
  const ratios = Float64Array.from({ length: 1000 }, () => {
    let sparse = 0;
    let plus = 0;
    for (let i = 0; i < own.length; i++) {
      const row = own[random.integer(own.length)];
      sparse += row.sparse.error;
      plus += row.plus.error;
    }
    return toDecibels(sparse / plus);
  });
  return [quantile(ratios, 0.025), quantile(ratios, 0.975)];
}
