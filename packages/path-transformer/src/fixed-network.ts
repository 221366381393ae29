// The network in integers: a causal transformer over the paths of a report, with the keys and values of the paths gone
// by kept, and the heads that turn its state into the odds of the next path. Both ends of a link run it.
import { addTo, inner, normalize, product, rectify, shares, UNIT_SHARE } from "./fixed-point";
import { Mixture } from "./mixture";
import {
  ANGLE_SCALES,
  DELAY_SCALES,
  FIRST_CLASSES,
  HEADS,
  LAYERS,
  MLP,
  NEARNESS,
  networkShapes,
  WIDTH,
} from "./network-shapes";
import {
  ANGLE_CELLS,
  CLASS_FEATURES,
  classFeatures,
  DELAY_CELLS,
  DELAY_FEATURES,
  delayFeatures,
  ONE,
  pathFeatures,
  startFeatures,
  TOKEN_FEATURES,
  type TokenContext,
  UNITS,
} from "./tokens";

/** Parameters by name, in units of 1/4096. */
export type Weights = ReadonlyMap<string, Float64Array>;

/** Reads 16-bit weights, one after the other in the order of {@link networkShapes}. */
export function weightsOf(values: Int16Array): Weights {
  let at = 0;
  return new Map(
    networkShapes.map(([name, shape]) => {
      const from = at;
      at += shape.reduce((a, b) => a * b, 1);
      return [name, Float64Array.from(values.subarray(from, at))];
    }),
  );
}

const HEAD = WIDTH / HEADS;
/** 1 / sqrt(HEAD) and 1 / sqrt(WIDTH) in fixed point. */
const HEAD_SCALE = 1448;
const WIDTH_SCALE = 724;
const MOST_TOKENS = 257;
const DROP_TOTAL = 2 ** 16;

/** A report's state, path by path. */
export class PathOdds {
  readonly #weights: Weights;
  readonly #keys = Array.from({ length: LAYERS }, () => new Float64Array(MOST_TOKENS * WIDTH));
  readonly #values = Array.from({ length: LAYERS }, () => new Float64Array(MOST_TOKENS * WIDTH));
  /** Keys of the paths by which the next one may point at them. */
  readonly #delayKeys = new Float64Array(MOST_TOKENS * WIDTH);
  readonly #angleKeys = new Float64Array(MOST_TOKENS * WIDTH);
  readonly #delays = new Float64Array(MOST_TOKENS);
  readonly #columns = new Float64Array(MOST_TOKENS);
  #count = 0;
  #state = new Float64Array(WIDTH);
  #withClass = new Float64Array(WIDTH);

  constructor(weights: Weights) {
    this.#weights = weights;
  }

  /** Forgets all paths and begins a report of a channel. */
  start(channel: number): void {
    this.#count = 0;
    const token = new Float64Array(TOKEN_FEATURES);
    startFeatures(token, 0, channel);
    this.#advance(token);
  }

  /** Takes a path into account: its delay and angle in units. */
  push(magnitudeClass: number, delay: number, column: number, context: TokenContext): void {
    const token = new Float64Array(TOKEN_FEATURES);
    pathFeatures(token, 0, magnitudeClass, delay, column, context);
    this.#delays[this.#count] = delay;
    this.#columns[this.#count] = column;
    this.#advance(token);
  }

  /** Weights of the first path's class, none zero. */
  firstClass(): Float64Array {
    return this.#odds("first", FIRST_CLASSES);
  }

  /** Weights of the drops of the class from the path before, none zero; only the first `symbols` can be. */
  drops(symbols: number): Float64Array {
    return this.#odds("drop", symbols);
  }

  /** Odds of the next path's delay, its class being known. */
  delay(magnitudeClass: number, firstClass: number, classBefore: number): Mixture {
    const features = new Float64Array(CLASS_FEATURES);
    classFeatures(features, 0, magnitudeClass, firstClass, classBefore);
    const context = this.#state.slice();
    addTo(context, product(features, this.#get("class.embed"), WIDTH));
    this.#withClass = this.#refined(context, "delay");
    return this.#mixture(
      "delay",
      this.#withClass,
      DELAY_CELLS,
      DELAY_SCALES,
      this.#delayKeys,
      this.#delays,
      [],
    );
  }

  /** Odds of the next path's angle, its delay [units] being known too. */
  angle(delay: number): Mixture {
    const features = new Float64Array(DELAY_FEATURES);
    delayFeatures(features, 0, delay);
    const context = this.#withClass.slice();
    addTo(context, product(features, this.#get("place.embed"), WIDTH));
    const near = NEARNESS.map((scale) => {
      const width = Math.round(scale * UNITS);
      return this.#delays
        .subarray(0, this.#count)
        .map((at) => Math.floor((width * ONE) / (width + Math.abs(delay - at))));
    });
    const refined = this.#refined(context, "angle");
    return this.#mixture("angle", refined, ANGLE_CELLS, ANGLE_SCALES, this.#angleKeys, this.#columns, near);
  }

  #get(name: string): Float64Array {
    return this.#weights.get(name) as Float64Array;
  }

  #odds(name: string, symbols: number): Float64Array {
    const all = this.#get(`${name}.bias`).length;
    const scores = product(this.#state, this.#get(name), all, this.#get(`${name}.bias`));
    return shares(scores.subarray(0, symbols), DROP_TOTAL).map((share) => share + 1);
  }

  #refined(context: Float64Array, name: string): Float64Array<ArrayBuffer> {
    const hidden = rectify(product(context, this.#get(`${name}.in`), MLP, this.#get(`${name}.bias`)));
    const refined = context.slice();
    addTo(refined, product(hidden, this.#get(`${name}.mix`), WIDTH));
    return refined;
  }

  #mixture(
    name: "delay" | "angle",
    context: Float64Array,
    cells: number,
    scales: readonly number[],
    keys: Float64Array,
    places: Float64Array,
    near: readonly Float64Array[],
  ): Mixture {
    // The first token is the start: no path.
    const paths = this.#count - 1;
    const scores = new Float64Array(cells + scales.length * paths);
    scores.set(product(context, this.#get(`base.${name}`), cells, this.#get(`base.${name}.bias`)));
    const biases = this.#get(`${name}.scales`);
    for (let s = 0; s < scales.length; s++) {
      const query = product(context, this.#get(`${name}.query${s}`), WIDTH);
      for (let j = 1; j <= paths; j++) {
        let score = Math.floor((inner(query, 0, keys, j * WIDTH, WIDTH) * WIDTH_SCALE) / ONE) + biases[s];
        for (const [i, values] of near.entries()) {
          score += Math.floor((values[j] * this.#get(`near.${name}`)[near.length * s + i]) / ONE);
        }
        scores[cells + s * paths + j - 1] = score;
      }
    }
    return new Mixture(scores, cells, scales, places.subarray(1, paths + 1), name === "angle");
  }

  #advance(token: Float64Array): void {
    const at = this.#count++;
    const x = product(token, this.#get("embed"), WIDTH);
    for (let layer = 0; layer < LAYERS; layer++) {
      const y = normalize(x, this.#get(`layer${layer}.attention.norm`));
      const query = product(y, this.#get(`layer${layer}.query`), WIDTH);
      const keys = this.#keys[layer];
      const values = this.#values[layer];
      keys.set(product(y, this.#get(`layer${layer}.key`), WIDTH), at * WIDTH);
      values.set(product(y, this.#get(`layer${layer}.value`), WIDTH), at * WIDTH);
      const mixed = new Float64Array(WIDTH);
      for (let head = 0; head < WIDTH; head += HEAD) {
        const scores = new Float64Array(at + 1);
        for (let j = 0; j <= at; j++) {
          scores[j] = Math.floor((inner(query, head, keys, j * WIDTH + head, HEAD) * HEAD_SCALE) / ONE);
        }
        const attention = shares(scores, UNIT_SHARE);
        for (let i = head; i < head + HEAD; i++) {
          let sum = 0;
          for (let j = 0; j <= at; j++) sum += attention[j] * values[j * WIDTH + i];
          mixed[i] = Math.floor(sum / UNIT_SHARE);
        }
      }
      addTo(x, product(mixed, this.#get(`layer${layer}.attention.out`), WIDTH));
      const z = normalize(x, this.#get(`layer${layer}.mlp.norm`));
      const hidden = rectify(
        product(z, this.#get(`layer${layer}.mlp.in`), MLP, this.#get(`layer${layer}.mlp.bias`)),
      );
      addTo(x, product(hidden, this.#get(`layer${layer}.mlp.out`), WIDTH));
    }
    this.#state = Float64Array.from(normalize(x, this.#get("final.norm")));
    this.#delayKeys.set(product(this.#state, this.#get("delay.key"), WIDTH), at * WIDTH);
    this.#angleKeys.set(product(this.#state, this.#get("angle.key"), WIDTH), at * WIDTH);
  }
}
