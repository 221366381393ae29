// Networks that guess, from the channel that a base station rebuilds of a report, what the report leaves out. All start
// at zero: nothing is added before training. Weights live in memory only; this is for measuring, not for shipping.
import { fileURLToPath } from "node:url";
import { randomStream } from "@csi-feedback/common";
import {
  createTransformerLayers,
  loadLlama2cLayers,
  type TransformerLayers,
} from "@csi-feedback/gpt2-layers";
import * as tf from "@tensorflow/tfjs-core";
import { Parameters } from "./parameters";

/**
 * `"direct"`: the remainder itself, two planes. `"turning"`: real weights for every element and its eight neighbours,
 * which turn with the phase of the channel as they must.
 */
export type Form = "direct" | "turning";
/** What stands between the convolutions: a language model's layers, layers of that shape at random, nothing. */
export type Layers = "pretrained" | "random" | "none";

const SIDE = 32;
const PATCH = 4;
const TOKENS = (SIDE / PATCH) ** 2;
/** Feature maps of the convolutions, and of what tokens are unfolded to. */
const MAPS = 16;
const UNFOLDED = 8;
const NEIGHBOURS = 9;

const storiesFile = fileURLToPath(
  new URL("../../packages/gpt2-layers/test/fixtures/stories260K.bin", import.meta.url),
);

/** Layers of the kind asked for; stories260K has five of width 64. */
export async function layersOf(kind: Layers, seed: number): Promise<TransformerLayers | undefined> {
  if (kind === "none") return undefined;
  const pretrained = await loadLlama2cLayers({ source: storiesFile, layers: [0, 1, 2, 3, 4] });
  if (kind === "pretrained") return pretrained;
  const random = createTransformerLayers(pretrained.description, seed);
  pretrained.dispose();
  return random;
}

/** A remainder network. */
export class RemainderNetwork {
  readonly parameters: Parameters;
  readonly #form: Form;
  readonly #apply: (features: tf.Tensor4D) => tf.Tensor4D;

  static async create(form: Form, kind: Layers, seed: number): Promise<RemainderNetwork> {
    return new RemainderNetwork(form, await layersOf(kind, seed), seed);
  }

  private constructor(form: Form, layers: TransformerLayers | undefined, seed: number) {
    this.#form = form;
    this.parameters = new Parameters(randomStream(seed, 1));
    if (layers) this.parameters.variables.push(...layers.parameters.values());
    const inputs = form === "direct" ? 3 : 5;
    const first = this.parameters.convolution(inputs, MAPS, 3);
    const second = this.parameters.convolution(MAPS, MAPS, 3);
    const tokens = layers && this.#tokens(MAPS, layers);
    const third = this.parameters.convolution(inputs + MAPS + (layers ? UNFOLDED : 0), MAPS, 3);
    const last = this.parameters.convolution(MAPS, form === "direct" ? 2 : NEIGHBOURS, 3, { gain: 0 });
    this.#apply = (features) => {
      const x = leaky(first(features));
      const maps = tf.add(x, leaky(second(x))) as tf.Tensor4D;
      const joined = tf.concat([features, maps, ...(tokens ? [tokens(maps)] : [])], 3);
      return last(leaky(third(joined)));
    };
  }

  /**
   * The remainder of rebuilt channels.
   *
   * @param rebuilt - `[batch, 2, 32, 32]`, without the phases of the bins.
   * @param weakest - `[batch, 1, 1, 1]`, magnitude of the weakest path sent: the scale of what was not sent.
   */
  remainder(rebuilt: tf.Tensor4D, weakest: tf.Tensor4D): tf.Tensor4D {
    if (this.#form === "direct") {
      const { compressed, level } = compressedOf(rebuilt, weakest);
      const output = this.#apply(tf.concat([compressed, level], 3));
      return tf.mul(tf.transpose(output, [0, 3, 1, 2]), weakest);
    }
    const features = turningFeatures(rebuilt, weakest);
    const weights: tf.Tensor4D[] = tf.split(this.#apply(features), NEIGHBOURS, 3);
    const own = tf.transpose(rebuilt, [0, 2, 3, 1]);
    const parts = weights.map((weight, i) =>
      tf.mul(weight, shifted(own, Math.floor(i / 3) - 1, (i % 3) - 1)),
    );
    return tf.transpose(tf.addN(parts), [0, 3, 1, 2]) as tf.Tensor4D;
  }

  /** Patches to tokens, through the layers, back to maps. */
  #tokens(inputs: number, layers: TransformerLayers): (x: tf.Tensor4D) => tf.Tensor4D {
    const { width } = layers;
    const patch = PATCH * PATCH * inputs;
    const into = this.parameters.variable(
      [PATCH, PATCH, inputs, width],
      1 / Math.sqrt(patch),
    ) as unknown as tf.Tensor4D;
    const positions = this.parameters.variable([TOKENS, width], 0.02);
    const size = PATCH * PATCH * UNFOLDED;
    const out = this.parameters.variable([width, size], 1 / Math.sqrt(width)) as unknown as tf.Tensor2D;
    return (x) => {
      const patches = tf.reshape(tf.conv2d(x, into, PATCH, "valid"), [-1, TOKENS, width]);
      const states = layers.forward(tf.add(patches, positions) as tf.Tensor3D, { causal: false });
      const scale = tf.sqrt(tf.add(tf.mean(tf.square(states), -1, true), 1e-5));
      const flat = tf.reshape(tf.div(states, scale), [-1, width]) as tf.Tensor2D;
      const rows = tf.reshape(tf.matMul(flat, out), [-1, SIDE / PATCH, PATCH, PATCH * UNFOLDED]);
      return leaky(tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [-1, SIDE, SIDE, UNFOLDED]));
    };
  }
}

/** Elements over the weakest path, magnitudes on a logarithmic scale, planes last. */
function compressedOf(rebuilt: tf.Tensor4D, weakest: tf.Tensor4D) {
  const x = tf.transpose(tf.div(rebuilt, weakest) as tf.Tensor4D, [0, 2, 3, 1]);
  const magnitude = tf.sqrt(tf.add(tf.sum(tf.square(x), 3, true), 1e-6));
  const level = tf.log1p(magnitude) as tf.Tensor4D;
  return { level, compressed: tf.mul(x, tf.div(level, magnitude)) as tf.Tensor4D };
}

/**
 * What a rebuilt channel is like whatever the phase of all of it, `[batch, 32, 32, 5]`: the level of each element, and
 * how its neighbours along delays and along angles stand to it.
 */
export function turningFeatures(rebuilt: tf.Tensor4D, weakest: tf.Tensor4D): tf.Tensor4D {
  const { compressed, level } = compressedOf(rebuilt, weakest);
  const [re, im] = tf.split(compressed, 2, 3) as tf.Tensor4D[];
  const relation = (down: number, right: number) => {
    const [otherRe, otherIm] = [re, im].map((plane) => shifted(plane, down, right));
    return [
      tf.add(tf.mul(re, otherRe), tf.mul(im, otherIm)),
      tf.sub(tf.mul(re, otherIm), tf.mul(im, otherRe)),
    ] as tf.Tensor4D[];
  };
  return tf.concat([level, ...relation(1, 0), ...relation(0, 1)], 3);
}

function leaky(x: tf.Tensor4D): tf.Tensor4D {
  return tf.leakyRelu(x, 0.3);
}

/** What stands `down` rows below and `right` columns beside each element; zeros outside. */
export function shifted(x: tf.Tensor4D, down: number, right: number): tf.Tensor4D {
  const [batch, height, width, planes] = x.shape;
  const part = tf.slice(
    x,
    [0, Math.max(0, down), Math.max(0, right), 0],
    [batch, height - Math.abs(down), width - Math.abs(right), planes],
  );
  return tf.pad(part, [
    [0, 0],
    [Math.max(0, -down), Math.max(0, down)],
    [Math.max(0, -right), Math.max(0, right)],
    [0, 0],
  ]);
}
