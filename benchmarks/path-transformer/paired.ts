// LLMCsiNet+ (packages/path-transformer) against sparse paths, sample by sample at equal budgets, on the test samples
// of `csi-feedback frontier` with seed 0. Goes on where the file ends, samples outermost. From the repository root:
//   npx tsx benchmarks/path-transformer/paired.ts ROWS.jsonl [samples] [budgets] [channels]
//   npx tsx benchmarks/path-transformer/paired.ts ROWS.jsonl --table
import { bootstrapInterval, quantile, toDecibels } from "@csi-feedback/eval";
import { PathTransformerCodec } from "@csi-feedback/path-transformer";
import { PathCodec } from "@csi-feedback/sparse-paths";
import { frontierChannels } from "../../apps/cli/src/frontier/names";
import { gainText, meanOf } from "./gain";
import { type Cell, cellsOf, measureRows, readRows, relativeError } from "./rows";

interface Row extends Cell {
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

if (second === "--table") printTable(readRows(file));
else {
  const sparse = new PathCodec();
  const plus = new PathTransformerCodec();
  const cells = { samples: Number(second), budgets: budgetsText, channels: channelsText };
  await measureRows<Row>(file, cells, (channel, budget) => ({
    sparse: outcome(channel, budget, sparse),
    plus: outcome(channel, budget, plus),
  }));
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
  return {
    bits: 8 * bytes.length,
    error: relativeError(channel, rebuilt),
    userMs: (sent - start) / 1000,
    baseMs: (read - sent) / 1000,
  };
}

function printTable(rows: readonly Row[]): void {
  console.log(
    "| channel | bits | samples | sparse paths [dB] | LLMCsiNet+ [dB] | gain of the means [dB], 95 % | gain a sample [dB], 95 % | better on | UE [ms] | BS [ms] |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const own of cellsOf(rows)) {
    const [{ channel, budget }] = own;
    const sparse = own.map((row) => row.sparse.error);
    const plus = own.map((row) => row.plus.error);
    const single = sparse.map((error, i) => toDecibels(error) - toDecibels(plus[i]));
    const interval = bootstrapInterval(Float64Array.from(single), { seed: 0 });
    const better = plus.filter((error, i) => error < sparse[i]).length;
    const median = (pick: (row: Row) => number) => quantile(own.map(pick), 0.5).toFixed(0);
    console.log(
      `| ${channel} | ${budget} | ${own.length} | ${toDecibels(meanOf(sparse)).toFixed(1)} | ${toDecibels(meanOf(plus)).toFixed(1)} | ` +
        `${gainText(sparse, plus, 1)} | ` +
        `${interval.value.toFixed(1)} (${interval.low.toFixed(1)} to ${interval.high.toFixed(1)}) | ` +
        `${better} | ${median((row) => row.plus.userMs)} | ${median((row) => row.plus.baseMs)} |`,
    );
  }
  const over = rows.filter(({ budget, sparse, plus }) => Math.max(sparse.bits, plus.bits) > budget).length;
  console.log(`\n${rows.length} rows, ${over} over budget`);
}
