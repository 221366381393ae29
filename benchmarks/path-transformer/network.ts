// The network of packages/path-transformer in floating point, for training: a causal transformer over path tokens and
// the heads that give the odds of the next path's class, delay and angle. The package computes the same in integers.

import {
  ANGLE_CELLS,
  ANGLE_SCALES,
  CLASS_FEATURES,
  DELAY_CELLS,
  DELAY_FEATURES,
  DELAY_SCALES,
  DROPS,
  FIRST_CLASSES,
  HEADS,
  LAYERS,
  networkShapes,
  TOKEN_FEATURES,
  WIDTH,
} from "@csi-feedback/path-transformer/training";
import * as tf from "@tensorflow/tfjs-core";
import type { Batch } from "./batches";

/** Parameters by name; `random` gives standard normal numbers. */
export function createParameters(random: () => number): Map<string, tf.Variable> {
  const parameters = new Map<string, tf.Variable>();
  for (const [name, shape] of networkShapes) {
    const size = shape.reduce((a, b) => a * b, 1);
    // Output heads and biases start at zero: the odds of every channel's habits come first.
    const still = shape.length === 1 || /^(base|drop|first|near)/.test(name) || name.endsWith(".out");
    const scale = still ? 0 : 1 / Math.sqrt(shape[0]);
    const values = Float32Array.from({ length: size }, () => scale * random());
    if (name.endsWith(".norm")) values.fill(1);
    if (name === "delay.scales" || name === "angle.scales") values.fill(-3);
    parameters.set(name, tf.variable(tf.tensor(values, [...shape]), true, name));
  }
  return parameters;
}

const eps = 1e-6;

function norm(x: tf.Tensor, gain: tf.Tensor): tf.Tensor {
  return tf.mul(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), tf.scalar(eps)))), gain);
}

/** Mean bits a path and its parts: class, delay, angle. */
export function batchBits(p: ReadonlyMap<string, tf.Tensor>, batch: Batch): tf.Tensor1D {
  const { count, length } = batch;
  const get = (name: string) => p.get(name) as tf.Tensor2D;
  const rows = count * length;
  const linear = (x: tf.Tensor, name: string) => tf.matMul(x as tf.Tensor2D, get(name));
  let x: tf.Tensor = linear(tf.tensor2d(batch.tokens, [rows, TOKEN_FEATURES]), "embed");
  const heads = (y: tf.Tensor) =>
    tf.transpose(tf.reshape(y, [count, length, HEADS, WIDTH / HEADS]), [0, 2, 1, 3]);
  // Position k sees the start and the paths before path k: rows 0 .. k.
  const causal = new Float32Array(length * length).map((_, i) =>
    i % length <= Math.floor(i / length) ? 0 : -1e4,
  );
  const mask = tf.tensor4d(causal, [1, 1, length, length]);
  for (let layer = 0; layer < LAYERS; layer++) {
    const y = norm(x, get(`layer${layer}.attention.norm`));
    const [q, k, v] = ["query", "key", "value"].map((name) => heads(linear(y, `layer${layer}.${name}`)));
    const scores = tf.add(
      tf.mul(tf.matMul(q, k, false, true), tf.scalar(1 / Math.sqrt(WIDTH / HEADS))),
      mask,
    );
    const mixed = tf.matMul(tf.softmax(scores, -1), v);
    const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows, WIDTH]);
    x = tf.add(x, linear(joined, `layer${layer}.attention.out`));
    const z = norm(x, get(`layer${layer}.mlp.norm`));
    const hidden = tf.relu(tf.add(linear(z, `layer${layer}.mlp.in`), get(`layer${layer}.mlp.bias`)));
    x = tf.add(x, linear(hidden, `layer${layer}.mlp.out`));
  }
  const state = norm(x, get("final.norm"));
  const classBits = tf.neg(
    tf.sum(
      tf.mul(
        tf.logSoftmax(
          tf.add(
            tf.add(tf.add(linear(state, "drop"), get("drop.bias")), 0),
            tf.tensor2d(batch.dropMask, [rows, DROPS]),
          ),
        ),
        tf.tensor2d(batch.drop, [rows, DROPS]),
      ),
      -1,
    ),
  );
  const firstBits = tf.neg(
    tf.sum(
      tf.mul(
        tf.logSoftmax(tf.add(linear(state, "first"), get("first.bias"))),
        tf.tensor2d(batch.first, [rows, FIRST_CLASSES]),
      ),
      -1,
    ),
  );
  // Paths that may be pointed at: row j > 0 of the tokens is path j - 1, seen by positions k >= j.
  const visible = tf.tensor3d(
    new Float32Array(length * length).map((_, i) => {
      const j = i % length;
      return j > 0 && j <= Math.floor(i / length) ? 0 : -1e4;
    }),
    [1, length, length],
  );
  const known = tf.reshape(state, [count, length, WIDTH]);
  const coordinate = (values: Float32Array, shape: [number, number, number]) => tf.tensor3d(values, shape);

  const mixture = (
    name: "delay" | "angle",
    context: tf.Tensor,
    cells: number,
    scales: readonly number[],
    near: tf.Tensor[],
    period: number,
  ) => {
    const target = batch[name];
    const base = tf.reshape(tf.add(linear(context, `base.${name}`), get(`base.${name}.bias`)), [
      count,
      length,
      cells,
    ]);
    const logits: tf.Tensor[] = [base];
    const numerators: tf.Tensor[] = [coordinate(target.inside, [count, length, cells])];
    const denominators: tf.Tensor[] = [coordinate(target.after, [count, length, cells])];
    const keys = tf.reshape(linear(tf.reshape(known, [rows, WIDTH]), `${name}.key`), [count, length, WIDTH]);
    const at = coordinate(target.at, [count, 1, length]);
    const low = tf.sub(coordinate(target.low, [count, length, 1]), at);
    const high = tf.sub(coordinate(target.high, [count, length, 1]), at);
    const from = tf.sub(coordinate(target.from, [count, length, 1]), at);
    const end = tf.sub(tf.scalar(cells / 2), at);
    const biases = get(`${name}.scales`);
    for (const [s, scale] of scales.entries()) {
      const query = tf.reshape(linear(context, `${name}.query${s}`), [count, length, WIDTH]);
      let score = tf.mul(tf.matMul(query, keys, false, true), tf.scalar(1 / Math.sqrt(WIDTH)));
      score = tf.add(tf.add(score, tf.slice(biases, [s], [1])), visible);
      for (const [i, feature] of near.entries()) {
        score = tf.add(
          score,
          tf.mul(
            feature,
            tf.slice(get(`near.${name}`) as unknown as tf.Tensor1D, [near.length * s + i], [1]),
          ),
        );
      }
      logits.push(score);
      const cumulative = (d: tf.Tensor) => tf.div(d, tf.add(tf.abs(d), tf.scalar(scale)));
      const between = (a: tf.Tensor, b: tf.Tensor) => {
        const images = period > 0 ? [-period, 0, period] : [0];
        return tf.mul(
          tf.addN(
            images.map((shift) =>
              tf.sub(cumulative(tf.add(b, tf.scalar(shift))), cumulative(tf.add(a, tf.scalar(shift)))),
            ),
          ),
          tf.scalar(0.5),
        );
      };
      numerators.push(between(low, high));
      denominators.push(between(from, end));
    }
    const shares = tf.softmax(tf.concat(logits, -1), -1);
    const total = (parts: tf.Tensor[]) => tf.sum(tf.mul(shares, tf.concat(parts, -1)), -1);
    const tiny = tf.scalar(1e-9);
    return tf.reshape(
      tf.sub(tf.log(tf.add(total(denominators), tiny)), tf.log(tf.add(total(numerators), tiny))),
      [rows],
    );
  };
  const refine = (context: tf.Tensor, name: string) => {
    const hidden = tf.relu(tf.add(linear(context, `${name}.in`), get(`${name}.bias`)));
    return tf.add(context, linear(hidden, `${name}.mix`));
  };
  const classTokens = tf.tensor2d(batch.classes, [rows, CLASS_FEATURES]);
  const withClass = refine(tf.add(state, linear(classTokens, "class.embed")), "delay");
  const delayBits = mixture("delay", withClass, DELAY_CELLS, DELAY_SCALES, [], 0);
  const delays = tf.tensor2d(batch.delays, [rows, DELAY_FEATURES]);
  const withDelay = refine(tf.add(withClass, linear(delays, "place.embed")), "angle");
  // How near in delay the paths before are to the new one.
  const apart = tf.abs(
    tf.sub(
      coordinate(batch.delay.middle, [count, length, 1]),
      coordinate(batch.delay.at, [count, 1, length]),
    ),
  );
  const nearness = [0.02, 0.25].map((scale) => tf.div(tf.scalar(scale), tf.add(apart, tf.scalar(scale))));
  const angleBits = mixture("angle", withDelay, ANGLE_CELLS, ANGLE_SCALES, nearness, ANGLE_CELLS / 2);
  const weights = tf.tensor1d(batch.weights);
  const scale = 1 / Math.LN2 / batch.weights.reduce((a, b) => a + b, 0);
  const mean = (values: tf.Tensor) => tf.mul(tf.sum(tf.mul(values, weights)), tf.scalar(scale));
  return tf.stack([mean(tf.add(classBits, firstBits)), mean(delayBits), mean(angleBits)]) as tf.Tensor1D;
}
