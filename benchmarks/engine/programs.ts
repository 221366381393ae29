// The programs of the engine benchmarks, each as one step on this engine and, where the
// peer's copy can be compared with it, as weights in PyTorch's layout, input and output.
import { createGpt2Layers } from "@csi-feedback/gpt2-layers";
import { createCrNet, createIdasNet, type FeedbackNetwork, parseCheckpoint } from "@csi-feedback/networks";
import { AdamOptimizer, compileInference } from "@csi-feedback/tfjs-backend-onnxruntime";
import { createUserEncoder } from "@csi-feedback/ue-encoder";
import * as tf from "@tensorflow/tfjs-core";
import type { NamedTensor } from "./tensor-file";

/** One program. */
export interface Program {
  step(): Promise<unknown>;
  /** Steps that are timed together, for programs far below a millisecond. */
  readonly repeats?: number;
  /** Weights, `input` and `output`. */
  check?(): Promise<NamedTensor[]>;
  /** Ends a compiled program. */
  dispose?(): void;
}

const tokens = 65;
/** Elements fed back (M): a tenth of 2,048. */
const kept = 205;

async function named(name: string, tensor: tf.Tensor): Promise<NamedTensor> {
  return { name, shape: tensor.shape, data: (await tensor.data()) as Float32Array };
}

async function weightsOf(network: FeedbackNetwork): Promise<NamedTensor[]> {
  const { tensors } = parseCheckpoint(await network.save());
  return [...tensors].map(([name, { shape, data }]) => ({ name, shape, data: data as Float32Array }));
}

function training(parameters: readonly tf.Variable[], loss: () => tf.Scalar): () => Promise<void> {
  const optimizer = new AdamOptimizer(parameters);
  return async () => {
    const value = optimizer.minimize(loss, 1e-3);
    await value.data();
    value.dispose();
  };
}

/** A training step of one GPT-2 layer on 16 sequences of 65 tokens. */
function trainLayer(width: number): Program {
  const layers = createGpt2Layers({ width, heads: width / 64, layers: 1, seed: 1 });
  const x = tf.randomNormal([16, tokens, width], 0, 1, "float32", 2) as tf.Tensor3D;
  const forward = () => layers.forward(x, { causal: true });
  const step = training([...layers.parameters.values()], () => tf.mean(tf.square(forward())));
  const check = async () => {
    const weights = [...layers.parameters].map(([name, variable]) => named(name, variable));
    return Promise.all([...weights, named("input", x), named("output", forward())]);
  };
  return { step, check };
}

/** A training step of a network of channels `[batch, 2, 32, 32]`, mean squared error against its input. */
function trainNetwork(
  network: FeedbackNetwork,
  batch: number,
  options: { output: "preliminary" | "final"; elements?: tf.Tensor1D },
): Program {
  const x = tf.randomUniform([batch, 2, 32, 32], 0, 1, "float32", 2) as tf.Tensor4D;
  const forward = () => network.forward(x, { training: true, ...options });
  const trained = Object.values(network.groups).flat();
  const parameters = trained.map((name) => network.parameters.get(name)!);
  const step = training(parameters, () => tf.mean(tf.squaredDifference(forward(), x)));
  const check = async () => [
    ...(await weightsOf(network)),
    await named("input", x),
    await named("output", forward()),
  ];
  return { step, check };
}

/** A training step of f_EN and f_PD in the paper's form, a tenth of the elements kept, on 64 channels. */
function trainEncoder(): Program {
  const elements = tf.fill([64], kept) as tf.Tensor1D;
  return trainNetwork(createIdasNet({}, 1), 64, { output: "preliminary", elements });
}

/** The user's side of the same network on one channel: values, positions and mean. */
async function encode(): Promise<Program> {
  const network = createIdasNet({}, 1);
  const encoder = createUserEncoder(await network.save());
  const x = tf.randomUniform([1, 2, 32, 32], 0, 1, "float32", 2);
  const channel = (await x.data()) as Float32Array;
  const codeword = () => encoder.encode(channel, { batch: 1, elements: kept })[0]!;
  const check = async () => [
    ...(await weightsOf(network)),
    await named("input", x),
    { name: "output", shape: [kept], data: codeword().values },
  ];
  return { step: async () => codeword(), repeats: 50, check };
}

/** Six GPT-2 Large layers as a frozen program, where the engine has such a thing. */
async function decode(batch: number, weights: "float32" | "int8"): Promise<Program> {
  const layers = createGpt2Layers({ width: 1280, heads: 20, layers: 6, seed: 1 });
  const x = tf.randomNormal([batch, tokens, 1280], 0, 1, "float32", 2);
  const forward = (input: tf.Tensor) => layers.forward(input as tf.Tensor3D, { causal: true });
  if (!tf.getBackend().startsWith("onnxruntime")) {
    return { step: async () => tf.tidy(() => forward(x)).data() };
  }
  const program = await compileInference((input) => forward(input!), [x], { weights });
  const data = (await x.data()) as Float32Array;
  return { step: () => program.run(data), dispose: () => program.dispose() };
}

/** Programs by the names that the table shows. */
export const programs: Readonly<Record<string, () => Program | Promise<Program>>> = {
  "train-gpt2-large-layer": () => trainLayer(1280),
  "train-gpt2-layer": () => trainLayer(768),
  "train-crnet": () => trainNetwork(createCrNet({ codeword: 256 }, 1), 200, { output: "final" }),
  "train-encoder": trainEncoder,
  "decode-1": () => decode(1, "float32"),
  "decode-64": () => decode(64, "float32"),
  "decode-1-int8": () => decode(1, "int8"),
  "decode-64-int8": () => decode(64, "int8"),
  "encode-1": encode,
};
