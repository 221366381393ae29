// The variables of a network by name, with seeded initial values. Names and file
// layouts are PyTorch's (convolutions [out, in, height, width], products [out, in]);
// in memory they are tfjs's. Not a layer library: what is computed stands elsewhere.
import { CsiFeedbackError, elementCount, type RandomStream, randomStream } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";

/** How a variable is laid out in a file: a convolution, a matrix product, or the same as in memory. */
export type FileLayout = "convolution" | "product" | "same";

/** One variable and what is known of it. */
interface Entry {
  readonly variable: tf.Variable;
  readonly layout: FileLayout;
  /** False for moving statistics. */
  readonly learned: boolean;
  /** False for variables that belong to another object. */
  readonly owned: boolean;
}

/** Axis orders from memory to file and back; "same" needs none. */
const permutations = {
  convolution: { toFile: [3, 2, 0, 1], toMemory: [2, 3, 1, 0] },
  product: { toFile: [1, 0], toMemory: [1, 0] },
} as const;

/** The variables of one network. */
export class Parameters {
  readonly #entries = new Map<string, Entry>();
  readonly #stream: RandomStream;

  constructor(seed: number) {
    this.#stream = randomStream(seed);
  }

  /** Every variable by name. */
  get variables(): ReadonlyMap<string, tf.Variable> {
    return new Map([...this.#entries].map(([name, { variable }]) => [name, variable]));
  }

  /** Names of the learned parameters that start with `prefix`. */
  learned(prefix: string): string[] {
    return [...this.#entries]
      .filter(([name, { learned }]) => learned && name.startsWith(prefix))
      .map(([name]) => name);
  }

  /** Number of learned scalars under `prefix`. */
  count(prefix: string): number {
    return this.learned(prefix).reduce((sum, name) => sum + this.#entries.get(name)!.variable.size, 0);
  }

  /** How the variable `name` is laid out in files. */
  layout(name: string): FileLayout {
    return this.#entries.get(name)?.layout ?? "same";
  }

  /** A variable of one value, `learned: false` for statistics. */
  constant(name: string, shape: number[], value: number, learned = true): tf.Variable {
    return this.#add(name, shape, () => value, "same", learned);
  }

  /** Normal values of the given standard deviation. */
  normal(name: string, shape: number[], deviation: number): tf.Variable {
    return this.#add(name, shape, () => deviation * this.#stream.normal(), "same", true);
  }

  /** Uniform values within `bound`. */
  uniform(name: string, shape: number[], bound: number): tf.Variable {
    return this.#add(name, shape, () => bound * (2 * this.#stream.uniform() - 1), "same", true);
  }

  /** A convolution kernel `[height, width, in, out]`, Xavier uniform, or zero. */
  kernel(
    name: string,
    shape: [number, number, number, number],
    start: "xavier" | "zero" = "xavier",
  ): tf.Variable {
    const [height, width, inputs, outputs] = shape;
    const bound = start === "zero" ? 0 : Math.sqrt(6 / (height * width * (inputs + outputs)));
    return this.#add(name, shape, () => bound * (2 * this.#stream.uniform() - 1), "convolution", true);
  }

  /** A matrix `[in, out]`, Xavier uniform. */
  matrix(name: string, shape: [number, number]): tf.Variable {
    const bound = Math.sqrt(6 / (shape[0] + shape[1]));
    return this.#add(name, shape, () => bound * (2 * this.#stream.uniform() - 1), "product", true);
  }

  /** A variable that another object made and disposes. */
  adopt(name: string, variable: tf.Variable): void {
    this.#claim(name);
    this.#entries.set(name, { variable, layout: "same", learned: true, owned: false });
  }

  dispose(): void {
    for (const { variable, owned } of this.#entries.values()) if (owned) variable.dispose();
    this.#entries.clear();
  }

  #claim(name: string): void {
    if (this.#entries.has(name)) {
      throw new CsiFeedbackError("DUPLICATE_PARAMETER", `Parameters: two parameters are named ${name}`);
    }
  }

  #add(
    name: string,
    shape: number[],
    value: () => number,
    layout: FileLayout,
    learned: boolean,
  ): tf.Variable {
    this.#claim(name);
    const initial = tf.tensor(Float32Array.from({ length: elementCount(shape) }, value), shape);
    const variable = tf.variable(initial, learned);
    initial.dispose();
    this.#entries.set(name, { variable, layout, learned, owned: true });
    return variable;
  }
}

/** Shape of a variable in a file. */
export function fileShape(shape: readonly number[], layout: FileLayout): number[] {
  return layout === "same" ? [...shape] : permutations[layout].toFile.map((axis) => shape[axis]);
}

/** Values reordered between the layout of a file and that in memory; `shape` is that of `values`. */
export function reorder(
  values: Float32Array,
  shape: readonly number[],
  layout: FileLayout,
  direction: "toFile" | "toMemory",
): Float32Array {
  if (layout === "same") return values;
  const order: readonly number[] = permutations[layout][direction];
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const target = order.map((axis) => shape[axis]);
  const result = new Float32Array(values.length);
  const index = new Array<number>(target.length).fill(0);
  for (let i = 0; i < result.length; i++) {
    result[i] = values[order.reduce((sum, axis, place) => sum + index[place] * strides[axis], 0)];
    for (let axis = target.length - 1; axis >= 0; axis--) {
      if (++index[axis] < target[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}
