// Speed of the codec on one core, beside the naive way of doing the same: quantising,
// dequantising, design, index sets and whole reports. Run from the repository root:
//   npx tsx benchmarks/codec/codec.ts [--json]
// Times are process CPU time, the best of five rounds, so that a busy machine matters less.
import {
  decodeIndexSet,
  decodeReport,
  designLloydMax,
  encodeIndexSet,
  encodeReport,
  gaussianDensity,
  rankSubset,
  type ScalarQuantizer,
  trainPositionModel,
  unrankSubset,
} from "@csi-feedback/codec";
import { randomStream } from "@csi-feedback/common";

interface Row {
  readonly task: string;
  readonly microseconds: number;
  readonly rate: string;
  readonly naive: string;
  readonly naiveMicroseconds: number;
}

const rows: Row[] = [];

function time(run: () => unknown): number {
  const start = process.cpuUsage().user;
  let calls = 0;
  while (process.cpuUsage().user - start < 60_000) {
    run();
    calls++;
  }
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const from = process.cpuUsage().user;
    for (let i = 0; i < calls; i++) run();
    best = Math.min(best, (process.cpuUsage().user - from) / calls);
  }
  return best;
}

function compare(
  task: string,
  run: () => unknown,
  rate: (microseconds: number) => string,
  naive: string,
  runNaive: () => unknown,
): void {
  const microseconds = time(run);
  rows.push({ task, microseconds, rate: rate(microseconds), naive, naiveMicroseconds: time(runNaive) });
}

const megabytes = (count: number) => (microseconds: number) =>
  `${((4 * count) / microseconds).toFixed(0)} MB/s`;
const reports = (microseconds: number) => `${Math.round(1e6 / microseconds).toLocaleString("en")} reports/s`;
const designs = (microseconds: number) => `${(1e6 / microseconds).toFixed(1)} designs/s`;

const random = randomStream(1);
const samples = Float32Array.from({ length: 65536 }, () => 0.5 + 0.1 * random.normal());
const { quantizer } = designLloydMax(gaussianDensity(0.5, 0.1), { bits: 4 });

function quantiseNaively({ levels }: ScalarQuantizer): number[] {
  return Array.from(samples, (x) => {
    let best = 0;
    for (let i = 1; i < levels.length; i++)
      if (Math.abs(x - levels[i]) < Math.abs(x - levels[best])) best = i;
    return best;
  });
}

const indices = quantizer.encode(samples);
compare(
  "quantise, 4 bits",
  () => quantizer.encode(samples),
  megabytes(65536),
  "nearest level by scan",
  () => quantiseNaively(quantizer),
);
compare(
  "dequantise, 4 bits",
  () => quantizer.decode(indices),
  megabytes(65536),
  "array map",
  () => Array.from(indices, (index) => quantizer.levels[index]),
);

/** Lloyd's iteration as textbooks write it: every sample looks for its level in every round. */
function designNaively(data: Float32Array, size: number, rounds: number): number[] {
  let levels = Array.from({ length: size }, (_, i) => (i + 0.5) / size);
  for (let round = 0; round < rounds; round++) {
    const sums = new Array<number>(size).fill(0);
    const counts = new Array<number>(size).fill(0);
    for (const x of data) {
      let best = 0;
      for (let i = 1; i < size; i++) if (Math.abs(x - levels[i]) < Math.abs(x - levels[best])) best = i;
      sums[best] += x;
      counts[best]++;
    }
    levels = levels.map((level, i) => (counts[i] > 0 ? sums[i] / counts[i] : level));
  }
  return levels;
}

const { iterations } = designLloydMax(samples, { bits: 4 });
compare(
  "Lloyd-Max design, 65,536 samples, 4 bits, all starts",
  () => designLloydMax(samples, { bits: 4 }),
  designs,
  `scan in every round, one start, ${iterations} rounds`,
  () => designNaively(samples, 16, iterations),
);

const positions = random.permutation(2048).slice(0, 221).sort();
compare(
  "index set, 221 of 2,048, enumerative, encode",
  () => encodeIndexSet(positions, { places: 2048, code: "enumerative" }),
  reports,
  "combinadic rank in big integers",
  () => rankSubset(positions, 2048),
);
const rank = rankSubset(positions, 2048);
const message = encodeIndexSet(positions, { places: 2048, code: "enumerative" });
compare(
  `index set, ${message.bits} bits, decode`,
  () => decodeIndexSet(message.bytes, { places: 2048, count: 221, code: "enumerative" }),
  reports,
  `unrank ${rank.toString(2).length} bits in big integers`,
  () => unrankSubset(rank, 2048, 221),
);

const report = { values: samples.slice(0, 221), positions, mean: 0.5 };
const model = trainPositionModel(
  Array.from({ length: 50 }, () => random.permutation(2048).slice(0, 221).sort()),
  [2, 32, 32],
);
for (const [name, indexCode] of [
  ["fixed", "fixed"],
  ["enumerative", "enumerative"],
  ["position model", model],
] as const) {
  const configuration = {
    shape: [2, 32, 32],
    quantizer,
    elements: 221,
    indexCode,
    valueCode: "entropy",
  } as const;
  const bytes = encodeReport(report, configuration);
  const naive = { values: Array.from(report.values), positions: Array.from(positions), mean: 0.5 };
  const text = JSON.stringify(naive);
  compare(
    `report, ${name}, encode to ${bytes.length} bytes`,
    () => encodeReport(report, configuration),
    reports,
    `JSON, ${text.length} bytes`,
    () => JSON.stringify(naive),
  );
  compare(
    `report, ${name}, decode`,
    () => decodeReport(bytes, configuration),
    reports,
    "JSON",
    () => JSON.parse(text),
  );
}

if (process.argv.includes("--json")) console.log(JSON.stringify(rows));
else {
  for (const { task, microseconds, rate, naive, naiveMicroseconds } of rows) {
    console.log(
      `${task.padEnd(58)} ${microseconds.toFixed(1).padStart(10)} us ${rate.padStart(20)}   ${naive}: ${naiveMicroseconds.toFixed(1)} us`,
    );
  }
}
