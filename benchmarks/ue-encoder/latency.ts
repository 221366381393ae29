// What it takes to be a UE: latency of one sample, bytes of code and of weights, beside the
// same encoder as a tfjs graph and in PyTorch; and whether all agree. Run from the
// repository root:
//   node benchmarks/run.mjs benchmarks/ue-encoder/latency.ts [--json] [--turns=7] [--model=llmcsinet-paper]
// Each turn times 40 samples of each, one after another, so that a busy machine is busy for
// all; the medians over all calls are printed. PyTorch is left out where it is not installed.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { encodeReport, type FrameConfiguration, ScalarQuantizer } from "@csi-feedback/codec";
import { readChannels } from "@csi-feedback/datasets/node";
import { startEngine } from "@csi-feedback/engines";
import { createLlmCsiNet, type LlmCsiNetOptions, parseCheckpoint } from "@csi-feedback/networks";
import { createUserEncoder, extractUserEncoder, transmit } from "@csi-feedback/ue-encoder";
import * as tf from "@tensorflow/tfjs-core";
import { build } from "esbuild";

const SAMPLES = 40;
const turns = Number(process.argv.find((word) => word.startsWith("--turns="))?.slice(8) ?? 7);
const model = `apps/cli/models/${process.argv.find((word) => word.startsWith("--model="))?.slice(8) ?? "llmcsinet"}`;
const checkpoint = readFileSync(`${model}/weights.safetensors`);
const quantizers = JSON.parse(readFileSync(`${model}/quantizers.json`, "utf8"));
const frames = (ratio: string, elements: number): FrameConfiguration => ({
  shape: [2, 32, 32],
  elements,
  quantizer: new ScalarQuantizer(quantizers.network[ratio]),
  indexCode: "enumerative",
  meanBits: 12,
  scaleBits: 16,
});

/** Without decoders the graph gives the matrix of kept elements: the encoder, the selection and nothing else. */
function graphEncoder() {
  const { configuration, tensors } = parseCheckpoint(checkpoint);
  const without = ["preliminaryDecoder", "tokenPredictor"] as const;
  const network = createLlmCsiNet({ ...(configuration as LlmCsiNetOptions), without });
  network.assign(new Map([...tensors].filter(([name]) => name.startsWith("encoder."))));
  return async (samples: Float32Array, elements: number): Promise<Float32Array> => {
    const batch = samples.length / 2048;
    const output = tf.tidy(() =>
      network.forward(tf.tensor4d(samples, [batch, 2, 32, 32]), {
        training: false,
        output: "final",
        elements: tf.fill([batch], elements) as tf.Tensor1D,
      }),
    );
    const kept = (await output.data()) as Float32Array;
    output.dispose();
    return kept;
  };
}

/** Minified bytes of some code with everything it imports; native modules stay outside. */
async function codeBytes(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
    ...{ bundle: true, minify: true, write: false, format: "esm", platform: "node", logLevel: "error" },
    external: [
      "gpu.js",
      "onnxruntime-node",
      "@tensorflow/tfjs-node*",
      "@tensorflow/tfjs-backend-webgpu",
      "webgpu",
    ],
  });
  return outputFiles[0].contents.length;
}

/** The Python peer, or nothing where it does not start. */
async function startPeer(samples: Float32Array, elements: number) {
  const folder = mkdtempSync(join(tmpdir(), "ue-encoder-"));
  const file = join(folder, "samples.bin");
  writeFileSync(file, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  const python = process.env.PYTHON ?? "/usr/bin/python3";
  const child = spawn(python, [join(import.meta.dirname, "peer.py")], { stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question: unknown) => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  child.stdin.on("error", () => {});
  const positions: number[][] | undefined = await ask({
    checkpoint: `${model}/weights.safetensors`,
    samples: file,
    elements,
  });
  return (
    positions && {
      positions,
      time: (count: number): Promise<number[]> => ask(count),
      stop: () => child.kill(),
    }
  );
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];

const sets = await Promise.all(
  ["indoor", "outdoor"].map((name) => readChannels(`apps/cli/data/cost2100-${name}-200.mat`)),
);
const samples = Float32Array.from(sets.flatMap(({ data }) => [...data]));
const count = samples.length / 2048;
const part = (i: number) => samples.subarray((i % count) * 2048, ((i % count) + 1) * 2048);
const engine = await startEngine("onnxruntime");
const encoder = createUserEncoder(checkpoint);
const graph = graphEncoder();
const eighth = frames("1/8", 221);

// Agreement: every reference sample at every ratio, the graph's values through the same frames.
const agreement: Record<string, string | number>[] = [];
for (const [ratio, elements] of [
  ["1/8", 221],
  ["1/16", 111],
  ["1/32", 56],
  ["1/64", 28],
] as const) {
  const configuration = frames(ratio, elements);
  const codewords = encoder.encode(samples, { batch: count, elements });
  const kept = await graph(samples, elements);
  let [positionsDiffer, framesDiffer, largest] = [0, 0, 0];
  for (const [i, codeword] of codewords.entries()) {
    const { positions, mean, values } = codeword;
    const theirs = Float32Array.from(positions, (position) => kept[i * 2048 + position]);
    const difference = theirs.reduce((worst, value, k) => Math.max(worst, Math.abs(value - values[k])), 0);
    // An element that the graph did not keep stands at the mean there.
    if (difference > 1e-4) positionsDiffer++;
    else largest = Math.max(largest, difference);
    const [a, b] = [values, theirs].map((v) =>
      encodeReport({ values: v, positions, mean, scale: 1 }, configuration),
    );
    if (a.some((byte, at) => byte !== b[at])) framesDiffer++;
  }
  agreement.push({ ratio, frames: count, positionsDiffer, framesDiffer, largestDifference: largest });
}

const peer = await startPeer(samples, 221);
const ours = encoder.encode(samples, { batch: count, elements: 221 });
const peerDiffers = peer?.positions.filter(
  (positions, i) => positions.join() !== ours[i].positions.join(),
).length;

const times: Record<string, number[]> = { bytes: [], codeword: [], graph: [], pytorch: [] };
for (let turn = -1; turn < turns; turn++) {
  const timed = async (name: string, run: (sample: Float32Array) => unknown) => {
    for (let i = 0; i < SAMPLES; i++) {
      const start = performance.now();
      await run(part(turn * SAMPLES + SAMPLES + i));
      // The first turn warms up.
      if (turn >= 0) times[name].push(performance.now() - start);
    }
  };
  await timed("bytes", (sample) => transmit(encoder, sample, [1], eighth));
  await timed("codeword", (sample) => encoder.encode(sample, { batch: 1, elements: 221 }));
  await timed("graph", (sample) => graph(sample.slice(), 221));
  const theirs = await peer?.time(SAMPLES);
  if (theirs !== undefined && turn >= 0) times.pytorch.push(...theirs);
}
peer?.stop();

const ueCode = await codeBytes('export { createUserEncoder, transmit } from "@csi-feedback/ue-encoder";');
const graphCode = await codeBytes(
  'export { loadNetwork } from "@csi-feedback/networks"; export { startEngine } from "@csi-feedback/engines";',
);
const result = {
  latencyMs: {
    "ue-encoder, channel to bytes": median(times.bytes),
    "ue-encoder, channel to codeword": median(times.codeword),
    [`tfjs graph, ${engine.name}, channel to kept elements`]: median(times.graph),
    ...(peer ? { "PyTorch, one thread, channel to codeword": median(times.pytorch) } : {}),
  },
  bytes: {
    "code, ue-encoder with codec": ueCode,
    "code, networks with engine (native parts not counted)": graphCode,
    "weights, user": extractUserEncoder(checkpoint).length,
    "weights, whole checkpoint": checkpoint.length,
  },
  agreement,
  ...(peer ? { pytorchSamplesWithOtherPositions: `${peerDiffers} of ${count}` } : {}),
  load: loadavg()[0],
};
if (process.argv.includes("--json")) console.log(JSON.stringify(result));
else console.dir(result, { depth: null });
process.exit(0);
