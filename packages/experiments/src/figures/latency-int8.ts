// Beyond the paper: what int8 weights buy. Programs compiled with constant weights, float32
// and int8: the whole link of a trained LLMCsiNet with the NMSE that it costs, and the
// transformer layers of the paper's three sizes, at random, for one report.
//
// Expect a quarter of the memory, hundredths of a decibel, and one and a half to three times the
// speed where the processor has int8 products. Laptop profile: no training beyond Table III's,
// five minutes; -L takes 2 GB. The engine must be onnxruntime.
//
//   csi-feedback reproduce latency-int8 --profile laptop
//   csi-feedback figure latency-int8
import { measureLatency } from "@csi-feedback/eval";
import { createGpt2Layers } from "@csi-feedback/gpt2-layers";
import { compileInference, type InferenceProgram } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import type { Experiment, ExperimentContext, MeasuredRow, Profile, ResultRow } from "../experiment";
import { largestSize, llmContestants } from "../measure/contestants";
import { compare } from "../measure/quality";
import { METRIC, row, type Subject, whereOf } from "../measure/rows";
import { runSteps, type Step } from "../measure/steps";
import { firstSamples, generatedTest, type TestData } from "../measure/test-data";
import { elementsAt } from "../training/ratio";

const CELL = { channel: "cost2100-outdoor", ratios: ["1/8"] } as const;
const SAMPLES = 200;
/** Tokens of a channel, the class token included. */
const TOKENS = 65;
const WIDTH = 1280;

const LATENCY = "Latency, median [ms]";
const MEGABYTES = "Model [MB]";
const ERROR = "Relative error of the outputs";

const precisions = ["float32", "int8"] as const;

/** The trained network of the profile. */
function contestant(profile: Profile, seed: number) {
  const { method } = largestSize(profile);
  return llmContestants(CELL, { profile, seed }).filter((one) => one.method === method)[0];
}

const calls = ({ name }: Profile) => (name === "smoke" ? { warmUp: 1, runs: 3 } : { warmUp: 5, runs: 50 });

async function programRows(
  program: InferenceProgram,
  input: Float32Array,
  subject: Subject,
  profile: Profile,
  channel = "",
): Promise<MeasuredRow[]> {
  const { medianMs } = await measureLatency(() => program.run(input), calls(profile));
  const where = { channel, label: "calls of one report", samples: calls(profile).runs };
  return [
    row(subject, LATENCY, medianMs, where),
    row(subject, MEGABYTES, program.modelBytes / 1e6, where),
    row(subject, ERROR, program.relativeError, where),
  ];
}

/** The whole link of the trained network, a report at a time. */
async function linkRows(context: ExperimentContext): Promise<MeasuredRow[]> {
  const { profile, seed } = context;
  const { method, definition } = contestant(profile, seed);
  const { network, summary } = await context.trained(definition);
  const set = firstSamples(await generatedTest(context, CELL.channel), SAMPLES);
  const [count, planes, delays, antennas] = set.shape;
  const size = planes * delays * antennas;
  const sampleOf = (i: number) => set.values.slice(i * size, (i + 1) * size);
  const rows: MeasuredRow[] = [];
  for (const weights of precisions) {
    const example = tf.tensor4d(sampleOf(0), [1, planes, delays, antennas]);
    const elements = tf.tensor1d([elementsAt(CELL.ratios[0])], "int32");
    const link = (channels: tf.Tensor) =>
      network.forward(channels as tf.Tensor4D, { training: false, output: "final", elements });
    const program = await compileInference(link, [example], { weights });
    example.dispose();
    elements.dispose();
    const subject = {
      method: `${method}, both ends`,
      ratio: "1/8",
      condition: weights,
      epochs: summary.epochs,
    };
    rows.push(...(await programRows(program, sampleOf(0), subject, profile, set.channel)));
    rows.push(row(subject, METRIC.nmse, (await throughProgram(program, set, count)).nmse, whereOf(set)));
    program.dispose();
  }
  return rows;
}

async function throughProgram(program: InferenceProgram, set: TestData, count: number) {
  const size = set.values.length / count;
  const rebuilt = new Float32Array(set.values.length);
  for (let i = 0; i < count; i++) {
    const [{ data }] = await program.run(set.values.slice(i * size, (i + 1) * size));
    rebuilt.set(data, i * size);
  }
  return compare(set, rebuilt);
}

/** The layers of one of the paper's sizes. */
async function layerRows(title: string, depth: number, profile: Profile): Promise<MeasuredRow[]> {
  const layers = createGpt2Layers({ width: WIDTH, heads: 20, layers: depth, seed: 0 });
  const rows: MeasuredRow[] = [];
  try {
    for (const weights of precisions) {
      const example = tf.randomNormal([1, TOKENS, WIDTH], 0, 1, "float32", 1);
      const input = (await example.data()) as Float32Array;
      const program = await compileInference(
        (x) => layers.forward(x as tf.Tensor3D, { causal: true }),
        [example],
        { weights },
      );
      example.dispose();
      const subject = { method: `layers of ${title}`, ratio: "", condition: weights, epochs: 0 };
      rows.push(...(await programRows(program, input, subject, profile)));
      program.dispose();
    }
  } finally {
    layers.dispose();
  }
  return rows;
}

const sizes = { "LLMCsiNet-S": 1, "LLMCsiNet-M": 3, "LLMCsiNet-L": 6 } as const;

export const latencyInt8: Experiment = {
  id: "latency-int8",
  title: "Latency and loss with int8 weights",
  trainings: (profile, seed) => [contestant(profile, seed).definition],
  measure(context) {
    const { profile } = context;
    const steps: Step[] = [{ title: "int8, both ends", rows: () => linkRows(context) }];
    if (profile.name !== "smoke") {
      for (const [title, depth] of Object.entries(sizes)) {
        steps.push({ title: `int8, layers of ${title}`, rows: () => layerRows(title, depth, profile) });
      }
    }
    return runSteps(context, steps);
  },
  figures: (rows) => draw(rows),
  notes: [
    "int8: weights rounded per column, inputs of products per tensor while the program runs. Matrices as small as those of the laptop's network stay float32: there is nothing to gain.",
    "The paper's sizes have random weights, on which the relative error is no measure of NMSE.",
  ],
};

async function draw(rows: readonly ResultRow[]) {
  const { barFigure } = await import("@csi-feedback/eval/figures");
  const own = rows.filter(({ metric }) => metric === LATENCY);
  const methods = [...new Set(own.map(({ method }) => method))];
  return [
    {
      name: "latency-int8",
      specification: barFigure({
        title: "Time of one report with float32 and int8 weights",
        subtitle: `${own[0].engine}, ${own[0].hardware}; median of ${own[0].samples} calls`,
        categories: methods,
        series: precisions.map((weights) => ({
          name: weights,
          values: methods.map(
            (method) => own.find((one) => one.method === method && one.condition === weights)?.value ?? 0,
          ),
        })),
        y: { title: "Time [ms]", scale: "log" },
        digits: 1,
        width: 150 * methods.length,
      }),
    },
  ];
}
