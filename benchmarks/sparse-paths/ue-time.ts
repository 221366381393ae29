// Time of a sample at the user's side: paths at about 14, 28 and 64 of them, beside the
// selection of the M largest elements. Run from the repository root:
//   npx tsx benchmarks/sparse-paths/ue-time.ts [--json]
// Process CPU time, the smallest and the median of many calls: on a busy machine the smallest says more.
import { generateChannels } from "@csi-feedback/channel-models";
import { PathCodec } from "@csi-feedback/sparse-paths";

const samples = 10;
const rounds = 4;
const { data } = generateChannels({ model: "cost2100-indoor", samples, seed: 31 });
const channels = Array.from({ length: samples }, (_, i) => data.slice(i * 2048, (i + 1) * 2048));
const codec = new PathCodec();

interface Row {
  readonly task: string;
  readonly paths: number | null;
  readonly bestMs: number;
  readonly medianMs: number;
}

function time(task: string, run: (channel: Float32Array) => number | null): Row {
  const times: number[] = [];
  let paths = 0;
  for (let round = -1; round < rounds; round++) {
    for (const channel of channels) {
      const start = process.cpuUsage().user;
      const found = run(channel);
      const took = (process.cpuUsage().user - start) / 1000;
      // The first round warms up.
      if (round < 0) continue;
      times.push(took);
      paths += found ?? Number.NaN;
    }
  }
  times.sort((a, b) => a - b);
  const mean = paths / times.length;
  return {
    task,
    paths: Number.isNaN(mean) ? null : mean,
    bestMs: times[0],
    medianMs: times[times.length >> 1],
  };
}

const rows: Row[] = [];
for (const effort of ["fast", "thorough"] as const) {
  for (const [paths, bits] of [
    [14, 420],
    [28, 800],
    [64, 1900],
  ]) {
    rows.push(
      time(`${effort}, ${bits} bits`, (channel) => codec.encode(channel, { bits, paths, effort }).paths),
    );
  }
}
rows.push(
  time("221 largest elements, sorted", (channel) => {
    const order = Array.from(channel.keys()).sort((a, b) => Math.abs(channel[b]) - Math.abs(channel[a]));
    Int32Array.from(order.slice(0, 221)).sort();
    return null;
  }),
);
const { bytes } = codec.encode(channels[0], { bits: 800, paths: 28 });
rows.push(
  time("base station, 28 paths", () => {
    codec.decode(bytes);
    return null;
  }),
);

if (process.argv.includes("--json")) console.log(JSON.stringify(rows));
else {
  for (const { task, paths, bestMs, medianMs } of rows) {
    const count = paths === null ? "" : `${paths.toFixed(1)} paths`;
    console.log(
      `${task.padEnd(32)} ${count.padStart(11)}  best ${bestMs.toFixed(2)} ms, median ${medianMs.toFixed(2)} ms`,
    );
  }
}
