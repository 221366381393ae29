// What a sample costs at the user's side: the search for about 14, 28 and 64 paths beside
// LLMCsiNet's encoder and the selection of the M largest elements. Run from the repository
// root:
//   npx tsx benchmarks/sparse-paths/ue-time.ts [--json] [--rounds=12]
// All tasks take turns sample by sample, so that a busy machine is busy for all; the median and
// the best of all calls are printed. Multiply-accumulates are counted where they happen.
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { normalize } from "@csi-feedback/channel-dft";
import { generateChannels } from "@csi-feedback/channel-models";
import { ScalarQuantizer } from "@csi-feedback/codec";
import { PathCodec } from "@csi-feedback/sparse-paths";
import { createUserEncoder, transmit } from "@csi-feedback/ue-encoder";
import { Cholesky } from "../../packages/sparse-paths/src/cholesky";
import { CorrelationGrid } from "../../packages/sparse-paths/src/correlation-grid";
import { DirichletKernel } from "../../packages/sparse-paths/src/dirichlet-kernel";
import { PathList } from "../../packages/sparse-paths/src/path-list";
import { SearchField } from "../../packages/sparse-paths/src/search-field";

const SAMPLES = 10;
const rounds = Number(process.argv.find((word) => word.startsWith("--rounds="))?.slice(9) ?? 12);
const { data } = generateChannels({ model: "cost2100-indoor", samples: SAMPLES, seed: 31 });
const channels = Array.from({ length: SAMPLES }, (_, i) => data.slice(i * 2048, (i + 1) * 2048));
const codec = new PathCodec();

const model = "apps/cli/models/llmcsinet";
const encoder = createUserEncoder(readFileSync(`${model}/weights.safetensors`));
const quantizers = JSON.parse(readFileSync(`${model}/quantizers.json`, "utf8"));

interface Task {
  readonly name: string;
  /** One sample; gives the number of paths where there are any. */
  run(channel: Float32Array): number | undefined;
  /** Multiply-accumulates of a sample where no counter sees them. */
  readonly products?: number;
}

const tasks: Task[] = (["fast", "thorough"] as const).flatMap((effort) =>
  [
    [14, 420],
    [28, 800],
    [64, 1900],
  ].map(([paths, bits]) => ({
    name: `sparse paths, ${effort}, ${bits} bits`,
    run: (channel) => codec.encode(channel, { bits, paths, effort }).paths,
  })),
);
tasks.push(
  ...(
    [
      ["1/8", 221],
      ["1/64", 28],
    ] as const
  ).map(([ratio, elements]) => ({
    name: `LLMCsiNet's encoder, ${ratio}, channel to bytes`,
    // Two 3 x 3 convolutions with 64 channels between them; what the mask leaves out is skipped.
    products: 2 * 1024 * 9 * 2 * 64,
    run(channel: Float32Array) {
      const scaled = normalize({ data: channel, shape: [1, 2, 32, 32] });
      const quantizer = new ScalarQuantizer(quantizers.network[ratio]);
      transmit(encoder, scaled.data, scaled.scale, {
        shape: [2, 32, 32],
        elements,
        quantizer,
        scaleBits: 16,
      });
      return undefined;
    },
  })),
  {
    name: "221 largest elements, sorted",
    products: 0,
    run(channel) {
      const order = Array.from(channel.keys()).sort((a, b) => Math.abs(channel[b]) - Math.abs(channel[a]));
      Int32Array.from(order.slice(0, 221)).sort();
      return undefined;
    },
  },
);

/** Multiply-accumulates of the search by its own operations, summed up over one pass over the samples. */
function countProducts(task: Task): number {
  let total = 0;
  const undo: (() => void)[] = [];
  const count = <Owner extends object>(
    owner: { prototype: Owner },
    method: keyof Owner & string,
    products: (self: Owner, args: unknown[]) => number,
  ) => {
    const original = owner.prototype[method] as (...args: unknown[]) => unknown;
    Object.defineProperty(owner.prototype, method, {
      configurable: true,
      writable: true,
      value(this: Owner, ...args: unknown[]) {
        total += products(this, args);
        return original.apply(this, args);
      },
    });
    undo.push(() => Object.defineProperty(owner.prototype, method, { value: original }));
  };
  const size = ({ window }: SearchField) => window.size;
  count(SearchField, "alongDelays", (field) => 2 * size(field));
  count(SearchField, "alongAngles", (field) => 2 * size(field));
  count(SearchField, "add", (field) => 2 * size(field));
  count(SearchField, "replace", (field) => 4 * size(field));
  count(SearchField, "energy", (field) => 2 * size(field));
  // 32 x 32: half beams of every tap, then half taps of all 64 cells, in two planes.
  count(CorrelationGrid, "reset", () => 2 * (32 * 32 * 32 + 33 * 32 * 64));
  count(CorrelationGrid, "subtract", () => 33 * 32 + 32 * 32 + 2 * 65 * 64);
  count(CorrelationGrid, "peak", () => 2 * 65 * 64);
  count(PathList, "product", () => 64);
  count(Cholesky, "factor", ({ size: n }) => n ** 3 / 6);
  count(Cholesky, "solve", ({ size: n }) => n ** 2);
  // A quotient and its denominator for each bin; with both derivatives three times as much.
  count(DirichletKernel, "evaluate", ({ bins }) => 4 * bins);
  count(DirichletKernel, "derivatives", ({ bins }) => 22 * bins);
  for (const channel of channels) task.run(channel);
  for (const restore of undo) restore();
  return total / SAMPLES;
}

const times = tasks.map((): number[] => []);
const paths = tasks.map(() => 0);
const WARM_UP = 4;
for (let round = -WARM_UP; round < rounds; round++) {
  for (const channel of channels) {
    for (const [t, task] of tasks.entries()) {
      const start = performance.now();
      const found = task.run(channel);
      const took = performance.now() - start;
      if (round < 0) continue;
      times[t].push(took);
      paths[t] += (found ?? 0) / (rounds * SAMPLES);
    }
  }
}
const rows = tasks.map((task, t) => {
  const sorted = times[t].sort((a, b) => a - b);
  const isSearch = task.name.startsWith("sparse");
  return {
    task: task.name,
    paths: isSearch ? paths[t] : null,
    products: isSearch ? countProducts(task) : (task.products ?? null),
    medianMs: sorted[sorted.length >> 1],
    bestMs: sorted[0],
  };
});

if (process.argv.includes("--json")) console.log(JSON.stringify({ load: loadavg()[0], rows }));
else {
  console.log(`load ${loadavg()[0].toFixed(1)}, Node ${process.version}`);
  for (const row of rows) {
    const count = row.paths === null ? "" : `${row.paths.toFixed(1)} paths`;
    const products = row.products === null ? "" : `${(row.products / 1e6).toFixed(2)} M products`;
    console.log(
      `${row.task.padEnd(42)} ${count.padStart(11)} ${products.padStart(16)}  median ${row.medianMs.toFixed(2)} ms, best ${row.bestMs.toFixed(2)} ms`,
    );
  }
}
