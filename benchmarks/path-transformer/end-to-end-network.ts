// A code learned end to end: a network at the user makes latent numbers of a channel, or of what a report leaves of it,
// they are rounded and entropy coded, and a network at the base station makes the channel of them. Both see what the
// report says. Trained through the rounding, which acts like uniform noise. For measuring, not for shipping.
import { randomStream } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { Parameters } from "./parameters";
import { turningFeatures } from "./remainder-network";

/** Latent numbers of each of 8 x 8 patches. */
const LATENTS = 8;
const PATCHES = 8;
const MAPS = 32;
/** Feature maps of {@link turningFeatures}, and the two planes of the rebuilt channel over its weakest path. */
const KNOWN = 7;
/** Latent numbers of a sample. */
export const LATENT_COUNT = PATCHES * PATCHES * LATENTS;
/** Scales of the odds of a latent number, natural logarithms. */
const SCALES = { least: -4, most: 4 } as const;

type Layer = (x: tf.Tensor4D) => tf.Tensor4D;

/** What the base station knows, `[batch, 32, 32, 7]`; zeros before anything is sent. */
export function knownOf(rebuilt: tf.Tensor4D, weakest: tf.Tensor4D): tf.Tensor4D {
  const planes = tf.transpose(tf.div(rebuilt, weakest) as tf.Tensor4D, [0, 2, 3, 1]);
  const size = tf.sqrt(tf.add(tf.sum(tf.square(planes), 3, true), 1e-6));
  const compressed = tf.mul(planes, tf.div(tf.log1p(size), size));
  return tf.concat([turningFeatures(rebuilt, weakest), compressed as tf.Tensor4D], 3);
}

/** Both networks and the odds that both ends share. */
export class EndToEndCode {
  readonly parameters: Parameters;
  readonly #analysis: Layer;
  readonly #synthesis: (latents: tf.Tensor4D, known: tf.Tensor4D) => tf.Tensor4D;
  readonly #logScales: Layer;

  constructor(seed: number) {
    this.parameters = new Parameters(randomStream(seed, 1));
    const { parameters } = this;
    const first = parameters.convolution(2 + KNOWN, MAPS, 5, { stride: 2 });
    const second = parameters.convolution(MAPS, MAPS, 5, { stride: 2 });
    const latents = parameters.convolution(MAPS, LATENTS, 3);
    this.#analysis = (x) => latents(leaky(second(leaky(first(x)))));
    const context = [
      parameters.convolution(KNOWN, MAPS, 5, { stride: 2 }),
      parameters.convolution(MAPS, MAPS, 5, { stride: 2 }),
    ];
    const scales = parameters.convolution(MAPS, LATENTS, 3, { gain: 0.1 });
    const habits = parameters.variable([1, PATCHES, PATCHES, LATENTS], 0);
    this.#logScales = (known) => {
      const seen = leaky(context[1](leaky(context[0](known))));
      return tf.clipByValue(tf.add(scales(seen), habits), SCALES.least, SCALES.most) as tf.Tensor4D;
    };
    const inner = parameters.convolution(LATENTS + MAPS, MAPS, 3);
    const middle = parameters.convolution(MAPS, 4 * MAPS, 3);
    const outer = parameters.convolution(MAPS + KNOWN, MAPS, 3);
    const last = parameters.convolution(MAPS, 4 * 2, 3);
    this.#synthesis = (codes, known) => {
      const seen = leaky(context[1](leaky(context[0](known))));
      const small = leaky(inner(tf.concat([codes, seen], 3)));
      const larger = leaky(unfolded(middle(small)));
      const near = tf.avgPool(known, 2, 2, "valid") as tf.Tensor4D;
      return unfolded(last(leaky(outer(tf.concat([larger, near], 3)))));
    };
  }

  /** Latent numbers `[batch, 8, 8, 8]` of what the report leaves, `[batch, 32, 32, 2]` in units of its usual size. */
  encode(rest: tf.Tensor4D, known: tf.Tensor4D): tf.Tensor4D {
    return this.#analysis(tf.concat([rest, known], 3));
  }

  /** Natural logarithms of the scales of the latent numbers' logistic odds. */
  logScales(known: tf.Tensor4D): tf.Tensor4D {
    return this.#logScales(known);
  }

  /** What the report leaves, from rounded latent numbers. */
  decode(latents: tf.Tensor4D, known: tf.Tensor4D): tf.Tensor4D {
    return this.#synthesis(latents, known);
  }

  /** Bits of each sample's latent numbers, `[batch]`. */
  bits(latents: tf.Tensor4D, known: tf.Tensor4D): tf.Tensor1D {
    const scale = tf.exp(this.#logScales(known));
    const odds = tf.sub(
      tf.sigmoid(tf.div(tf.add(latents, 0.5), scale)),
      tf.sigmoid(tf.div(tf.sub(latents, 0.5), scale)),
    );
    // Rounding may leave a difference below zero.
    return tf.sum(tf.mul(tf.log(tf.maximum(odds, 1e-9)), -1 / Math.LN2), [1, 2, 3]);
  }
}

/** Four maps to one of twice the height and width. */
function unfolded(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, maps] = x.shape;
  const split = tf.reshape(x, [batch * height, width, 2, (2 * maps) / 4]);
  return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [batch, 2 * height, 2 * width, maps / 4]);
}

function leaky(x: tf.Tensor4D): tf.Tensor4D {
  return tf.leakyRelu(x, 0.3);
}
