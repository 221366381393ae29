// A network over path tokens that says what a report's paths should be corrected by: for each path complex weights of
// the functions of refiner-batch.ts, which turn with the phase of the channel. It starts at zero: nothing is corrected
// before training. Weights live in memory only; this is for measuring, not for shipping.
import { randomStream } from "@csi-feedback/common";
import type { TransformerLayers } from "@csi-feedback/gpt2-layers";
import * as tf from "@tensorflow/tfjs-core";
import { Parameters } from "./parameters";
import { type Batch, FUNCTIONS, ORDERS, PAIR_FEATURES, SIDE, TOKEN_FEATURES } from "./refiner-batch";
import { type Layers, layersOf } from "./remainder-network";

/** Whether paths are seen each by itself or in pairs as well, and what layers stand between. */
export type Sight = "alone" | "pairs";

const WIDTH = 64;
const HIDDEN = 128;
/** Numbers of a pair, heads of the attention over them, and complex values that turn. */
const RELATIONS = 24;
const HEADS = 4;
const TURNING = 8;
const OUTPUTS = 2 * FUNCTIONS.length;

type Rows = (x: tf.Tensor) => tf.Tensor;

/** A refiner. */
export class RefinerNetwork {
  readonly parameters: Parameters;
  readonly #embed: Rows;
  readonly #own: Rows;
  readonly #first: Relations | undefined;
  readonly #layers: TransformerLayers | undefined;
  readonly #second: Relations | undefined;
  readonly #toPairs: Rows | undefined;

  static async create(sight: Sight, kind: Layers, seed: number): Promise<RefinerNetwork> {
    return new RefinerNetwork(sight, await layersOf(kind, seed), seed);
  }

  private constructor(sight: Sight, layers: TransformerLayers | undefined, seed: number) {
    this.parameters = new Parameters(randomStream(seed, 1));
    this.#layers = layers;
    if (layers) this.parameters.variables.push(...layers.parameters.values());
    const embed = this.#linear(TOKEN_FEATURES, WIDTH);
    const mix = this.#perceptron();
    this.#embed = (tokens) => mix(embed(tokens));
    if (sight === "pairs") {
      this.#first = this.#relations();
      this.#second = this.#relations();
      this.#toPairs = this.#linear(RELATIONS, OUTPUTS, 0);
    }
    const last = this.#perceptron();
    const out = this.#linear(WIDTH, OUTPUTS, 0);
    this.#own = (x) => out(norm(last(x)));
  }

  /** Corrections of the channels of a batch, `[count, 2, SIDE, SIDE]` [steps]. */
  correction(batch: Batch): tf.Tensor4D {
    const { count, length } = batch;
    const rows = count * length;
    const phases = [batch.phaseRe, batch.phaseIm].map((part) => tf.tensor2d(part, [rows, 1]));
    const known = tf.tensor2d(batch.known, [rows, 1]);
    let x = this.#embed(tf.tensor2d(batch.tokens, [rows, TOKEN_FEATURES]));
    const pairs = this.#first && pairsOf(batch, known);
    if (this.#first && pairs) x = this.#first.apply(x, pairs).x;
    if (this.#layers) {
      const tokens = tf.reshape(tf.mul(x, known), [count, length, WIDTH]) as tf.Tensor3D;
      x = tf.reshape(this.#layers.forward(tokens, { causal: false }), [rows, WIDTH]);
    }
    let fromPairs: tf.Tensor[] | undefined;
    if (this.#second && this.#toPairs && pairs) {
      const seen = this.#second.apply(x, pairs);
      x = seen.x;
      const outputs = tf.mul(this.#toPairs(seen.pairs), pairs.known);
      const [re, im] = tf.split(tf.reshape(outputs, [rows, length, OUTPUTS]), 2, 2);
      // Over all paths l, in their own phases.
      const over = (turn: tf.Tensor, part: tf.Tensor) =>
        tf.reshape(tf.matMul(tf.reshape(turn, [rows, 1, length]), part), [rows, FUNCTIONS.length]);
      fromPairs = [
        tf.sub(over(pairs.turnRe, re), over(pairs.turnIm, im)),
        tf.add(over(pairs.turnRe, im), over(pairs.turnIm, re)),
      ];
    }
    const own = tf.split(this.#own(x), 2, 1);
    const [re, im] = fromPairs ? own.map((part, i) => tf.add(part, fromPairs[i])) : own;
    const turned = [
      tf.sub(tf.mul(phases[0], re), tf.mul(phases[1], im)),
      tf.add(tf.mul(phases[0], im), tf.mul(phases[1], re)),
    ];
    return synthesized(turned, batch);
  }

  #linear(inputs: number, outputs: number, gain = 1): Rows {
    const weight = this.parameters.variable(
      [inputs, outputs],
      gain / Math.sqrt(inputs),
    ) as tf.Variable<tf.Rank.R2>;
    const bias = this.parameters.variable([outputs], 0);
    return (x) => tf.add(tf.matMul(x as tf.Tensor2D, weight), bias);
  }

  /** x and what a hidden layer makes of it. */
  #perceptron(): Rows {
    const into = this.#linear(WIDTH, HIDDEN);
    const out = this.#linear(HIDDEN, WIDTH, 0.3);
    return (x) => tf.add(x, out(tf.leakyRelu(into(norm(x)), 0.1)));
  }

  #relations(): Relations {
    const pair = this.#linear(PAIR_FEATURES, RELATIONS);
    const [seeing, seen] = [this.#linear(WIDTH, RELATIONS), this.#linear(WIDTH, RELATIONS)];
    const mix = this.#linear(RELATIONS, RELATIONS);
    const score = this.#linear(RELATIONS, HEADS);
    const turning = this.#linear(WIDTH, 2 * TURNING);
    const out = this.#linear(HEADS * (RELATIONS + 2 * TURNING), WIDTH, 0.3);
    const perceptron = this.#perceptron();
    const apply: Relations["apply"] = (x, { count, length, features, mask, turnRe, turnIm }) => {
      const rows = count * length;
      const y = norm(x);
      const spread = (part: tf.Tensor, shape: number[]) => tf.reshape(part, shape);
      const raw = tf.add(
        tf.add(
          spread(pair(features), [count, length, length, RELATIONS]),
          spread(seeing(y), [count, length, 1, RELATIONS]),
        ),
        spread(seen(y), [count, 1, length, RELATIONS]),
      );
      const hidden = tf.leakyRelu(tf.reshape(raw, [rows * length, RELATIONS]), 0.1);
      const relations = tf.leakyRelu(mix(hidden), 0.1);
      const scores = tf.reshape(score(relations), [rows, length, HEADS]);
      const shares = tf.softmax(tf.add(tf.transpose(scores, [0, 2, 1]), mask));
      const heard = tf.matMul(shares, tf.reshape(relations, [rows, length, RELATIONS]));
      // Values in the phase of path l, turned to where path k sees them.
      const [valueRe, valueIm] = tf.split(tf.reshape(turning(y), [count, length, 2 * TURNING]), 2, 2);
      const over = (turn: tf.Tensor, part: tf.Tensor) => {
        const turned = tf.mul(shares, tf.reshape(turn, [rows, 1, length]));
        return tf.matMul(tf.reshape(turned, [count, length * HEADS, length]), part);
      };
      const turnedRe = tf.sub(over(turnRe, valueRe), over(turnIm, valueIm));
      const turnedIm = tf.add(over(turnRe, valueIm), over(turnIm, valueRe));
      const messages = tf.concat(
        [
          tf.reshape(heard, [rows, HEADS * RELATIONS]),
          tf.reshape(turnedRe, [rows, HEADS * TURNING]),
          tf.reshape(turnedIm, [rows, HEADS * TURNING]),
        ],
        1,
      );
      return { x: perceptron(tf.add(x, out(messages))), pairs: relations };
    };
    return { apply };
  }
}

/** What a batch tells of pairs. */
interface Pairs {
  readonly count: number;
  readonly length: number;
  readonly features: tf.Tensor;
  /** Added to scores, `[rows, 1, length]`. */
  readonly mask: tf.Tensor;
  /** 1 for a pair of paths, 0 with padding. */
  readonly known: tf.Tensor;
  readonly turnRe: tf.Tensor;
  readonly turnIm: tf.Tensor;
}

/** Attention over pairs of paths. */
interface Relations {
  /** New states of the paths, `[rows, WIDTH]`, and of the pairs, `[rows * length, RELATIONS]`. */
  apply(x: tf.Tensor, pairs: Pairs): { x: tf.Tensor; pairs: tf.Tensor };
}

function pairsOf(batch: Batch, known: tf.Tensor): Pairs {
  const { count, length } = batch;
  const rows = count * length;
  const other = tf.tile(tf.reshape(known, [count, 1, length]), [1, length, 1]);
  const turn = (part: Float32Array) => tf.tensor3d(part, [count, length, length]);
  return {
    count,
    length,
    features: tf.tensor2d(batch.pairs, [rows * length, PAIR_FEATURES]),
    mask: tf.reshape(tf.mul(tf.sub(other, 1), 1e4), [rows, 1, length]),
    known: tf.reshape(other, [rows * length, 1]),
    turnRe: turn(batch.turnRe),
    turnIm: turn(batch.turnIm),
  };
}

function norm(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5)));
}

/** The channel of weights of the functions, `[rows, FUNCTIONS]` for each plane. */
function synthesized(weights: readonly tf.Tensor[], batch: Batch): tf.Tensor4D {
  const { count, length } = batch;
  const delays = tf.tensor3d(batch.delays, [count, length * ORDERS, SIDE]);
  const columns = tf.tensor3d(batch.columns, [count * length, ORDERS, SIDE]);
  // One row of the nine products for each function.
  const place = tf.tensor2d(
    FUNCTIONS.map(([i, j]) =>
      Array.from({ length: ORDERS ** 2 }, (_, at) => (at === i * ORDERS + j ? 1 : 0)),
    ),
  );
  const planes = weights.map((plane) => {
    const matrix = tf.reshape(tf.matMul(plane as tf.Tensor2D, place), [count * length, ORDERS, ORDERS]);
    const angles = tf.reshape(tf.matMul(matrix, columns), [count, length * ORDERS, SIDE]);
    return tf.matMul(delays, angles, true);
  });
  return tf.stack(planes, 1) as tf.Tensor4D;
}
