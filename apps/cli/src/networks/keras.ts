// CsiNet's published Keras weights, HDF5 files of `save_weights` or `save`, under the
// names and in the layouts of our CsiNet. The layers of such a file have no names that
// mean anything; what tells them apart is their kind and their order.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { SafeTensor } from "@csi-feedback/safetensors";
import type { Dataset, Group, File as Hdf5File } from "h5wasm/node";

/** Our names of CsiNet's convolutions and of the normalisations behind them, in the order of the graph. */
const convolutions = [
  "encoder.conv",
  ...[0, 1].flatMap((block) => [0, 1, 2].map((step) => `decoder.refine.${block}.conv${step}`)),
  "decoder.conv",
];
const normalizations = convolutions.slice(0, -1).map((name) => name.replace(/conv(\d*)$/, "norm$1"));
const products = ["encoder.dense", "decoder.dense"];

/** Keras' name of a weight, ours, and the axes of ours in terms of theirs. */
const kinds = {
  convolution: { names: convolutions, weights: { kernel: ["weight", [3, 2, 0, 1]], bias: ["bias", [0]] } },
  product: { names: products, weights: { kernel: ["weight", [1, 0]], bias: ["bias", [0]] } },
  normalization: {
    names: normalizations,
    weights: {
      gamma: ["weight", [0]],
      beta: ["bias", [0]],
      moving_mean: ["running_mean", [0]],
      moving_variance: ["running_var", [0]],
    },
  },
} as const;

type Kind = keyof typeof kinds;

/** Weights of one layer by Keras' name, without `:0`. */
type LayerWeights = Map<string, { shape: readonly number[]; data: Float32Array }>;

/** Whether bytes start like an HDF5 file. */
export function isHdf5(bytes: Uint8Array): boolean {
  return [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, i) => bytes[i] === byte);
}

/**
 * CsiNet's tensors in a Keras weights file.
 *
 * @throws CsiFeedbackError `KERAS_FORMAT` for damaged files and for layers that are not CsiNet's.
 */
export async function readKerasCsiNet(path: string): Promise<Map<string, SafeTensor>> {
  const library = await import("h5wasm/node");
  const { activate_throwing_error_handler: throwErrors } = await library.ready;
  // In place of HDF5's traces on the standard error stream.
  throwErrors();
  const layers = await guarded(async () => {
    const file = new library.File(path, "r");
    try {
      return readLayers(file);
    } finally {
      file.close();
    }
  });
  const seen: Record<Kind, number> = { convolution: 0, product: 0, normalization: 0 };
  const tensors = new Map<string, SafeTensor>();
  for (const weights of layers) {
    const kind = kindOf(weights);
    const name = kinds[kind].names[seen[kind]++];
    if (name === undefined) fail(`CsiNet has ${kinds[kind].names.length} layers of the kind ${kind}`, "more");
    for (const [theirs, [ours, axes]] of Object.entries(kinds[kind].weights)) {
      const weight =
        weights.get(theirs) ?? fail(`the layer of ${name} must hold ${theirs}`, [...weights.keys()]);
      tensors.set(`${name}.${ours}`, permuted(weight, axes));
    }
  }
  for (const [kind, { names }] of Object.entries(kinds)) {
    if (seen[kind as Kind] < names.length) {
      fail(`CsiNet has ${names.length} layers of the kind ${kind}`, seen[kind as Kind]);
    }
  }
  return tensors;
}

/** The layers that have weights, in the order that the file gives. */
function readLayers(file: Hdf5File): LayerWeights[] {
  const root = (file.get("model_weights") ?? file) as Group;
  const layers: LayerWeights[] = [];
  for (const layerName of textList(root, "layer_names")) {
    const group = root.get(layerName) as Group | null;
    const weights: LayerWeights = new Map();
    for (const weightName of group === null ? [] : textList(group, "weight_names")) {
      const dataset = group!.get(weightName) as Dataset | null;
      const data = dataset?.value;
      if (!(data instanceof Float32Array))
        fail(`${layerName}/${weightName} must be a float array`, typeof data);
      const name = weightName.slice(weightName.lastIndexOf("/") + 1).replace(/:\d+$/, "");
      weights.set(name, { shape: dataset!.shape ?? [], data });
    }
    if (weights.size > 0) layers.push(weights);
  }
  return layers;
}

function textList(group: Group, attribute: string): string[] {
  const value = group.attrs[attribute]?.value;
  if (!Array.isArray(value)) fail(`a Keras weights file has the attribute ${attribute}`, typeof value);
  return value.map(String);
}

function kindOf(weights: LayerWeights): Kind {
  if (weights.has("gamma")) return "normalization";
  const rank = weights.get("kernel")?.shape.length;
  if (rank === 4) return "convolution";
  if (rank === 2) return "product";
  return fail("a layer must be a convolution, a matrix product or a normalisation", [...weights.keys()]);
}

function permuted(
  { shape, data }: { shape: readonly number[]; data: Float32Array },
  axes: readonly number[],
): SafeTensor {
  if (shape.length !== axes.length) fail(`a weight must have ${axes.length} axes`, shape.length);
  const target = axes.map((axis) => shape[axis]);
  const strides = axes.map((axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const result = new Float32Array(data.length);
  const index = new Array<number>(axes.length).fill(0);
  for (let i = 0; i < result.length; i++) {
    result[i] = data[index.reduce((sum, step, axis) => sum + step * strides[axis], 0)];
    for (let axis = axes.length - 1; axis >= 0 && ++index[axis] === target[axis]; axis--) index[axis] = 0;
  }
  return { dtype: "F32", shape: target, data: result };
}

/** What HDF5 throws, as one error of ours. */
async function guarded<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    if (cause instanceof CsiFeedbackError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    // HDF5's trace gets more exact from line to line.
    const reason = [...text.matchAll(/\(\): (.*)/g)].at(-1)?.[1] ?? text.split("\n")[0];
    throw new CsiFeedbackError("KERAS_FORMAT", `readKerasCsiNet: HDF5 cannot read the file (${reason})`, {
      cause,
    });
  }
}

function fail(rule: string, received: unknown): never {
  throw new CsiFeedbackError("KERAS_FORMAT", `readKerasCsiNet: ${rule}, received ${received}`);
}
