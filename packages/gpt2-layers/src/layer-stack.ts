// A stack of layers of any family: owns the variables, runs the forward pass with
// LoRA, dropout and checkpointing, and writes the weights out again.
import { CsiFeedbackError, elementCount, invalid, randomStream } from "@csi-feedback/common";
import { encodeSafetensors, type SafeTensor } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import type { Architecture, LayerContext, ParameterSpec } from "./architecture";
import { checkpoint } from "./checkpoint";
import type { LayersDescription } from "./description";
import { applyDropout, checkDropout } from "./dropout";
import { addLora, describeLora, inputSize, type Lora, loraNames, mergeLora, outputSize } from "./lora";
import type {
  LayersForwardOptions,
  ParameterKind,
  ParameterSelection,
  TransformerLayers,
} from "./transformer-layers";

/** Which parts of a model a stack has. */
interface StackParts {
  readonly depth: number;
  /** Add the learned positions to the input. */
  readonly positions: boolean;
  readonly finalNorm: boolean;
}

/** Full names and specifications of the parameters of a stack, in the order of the forward pass; LoRA left out. */
export function parameterSpecs(architecture: Architecture, parts: StackParts): Map<string, ParameterSpec> {
  const specs = new Map<string, ParameterSpec>();
  if (parts.positions && architecture.positions !== undefined) {
    specs.set(architecture.positions.name, architecture.positions.spec);
  }
  for (let layer = 0; layer < parts.depth; layer++) {
    for (const [name, spec] of architecture.layerParameters)
      specs.set(architecture.prefix(layer) + name, spec);
  }
  if (parts.finalNorm) for (const [name, spec] of architecture.finalNorm) specs.set(name, spec);
  return specs;
}

/** Random values for every parameter; one seed gives one set, and each parameter has a stream of its own. */
export function randomParameters(
  specs: ReadonlyMap<string, ParameterSpec>,
  seed: number,
): Map<string, Float32Array> {
  return new Map(
    [...specs].map(([name, { shape, init }], index) => {
      const values = new Float32Array(elementCount(shape));
      if ("constant" in init) return [name, values.fill(init.constant)];
      const stream = randomStream(seed, index);
      for (let i = 0; i < values.length; i++) values[i] = init.deviation * stream.normal();
      return [name, values];
    }),
  );
}

export class LayerStack implements TransformerLayers {
  readonly #architecture: Architecture;
  readonly #parts: StackParts;
  readonly #lora: Lora | undefined;
  readonly #specs: Map<string, ParameterSpec>;
  readonly #kinds = new Map<string, ParameterKind>();
  readonly #layerOf = new Map<string, number>();
  readonly parameters = new Map<string, tf.Variable>();

  /** `values` must hold every parameter of {@link parameterSpecs}, already checked for size. */
  constructor(
    architecture: Architecture,
    parts: StackParts,
    values: ReadonlyMap<string, Float32Array>,
    lora?: Lora,
  ) {
    this.#architecture = architecture;
    this.#parts = parts;
    this.#lora = lora;
    this.#specs = parameterSpecs(architecture, parts);
    for (const [name, { shape, kind }] of this.#specs) {
      this.#addVariable(name, values.get(name)!, shape, kind, lora === undefined);
    }
    for (let layer = 0; layer < parts.depth; layer++) {
      const prefix = architecture.prefix(layer);
      for (const name of this.parameters.keys()) if (name.startsWith(prefix)) this.#layerOf.set(name, layer);
      for (const target of lora?.targets ?? []) this.#addLora(prefix + target, layer);
    }
  }

  get family(): TransformerLayers["family"] {
    return this.#architecture.family;
  }

  get width(): number {
    return this.#architecture.width;
  }

  get heads(): number {
    return this.#architecture.heads;
  }

  get depth(): number {
    return this.#parts.depth;
  }

  get description(): LayersDescription {
    const { family, width, heads, positions, description } = this.#architecture;
    return {
      ...{ family, width, heads, depth: this.depth },
      ...description,
      ...(this.#parts.positions && positions !== undefined ? { positions: positions.spec.shape[0] } : {}),
      ...(this.#parts.finalNorm ? { finalNorm: true } : {}),
      ...(this.#lora === undefined ? {} : { lora: describeLora(this.#lora) }),
    };
  }

  get parameterCount(): number {
    return [...this.parameters.values()].reduce((sum, variable) => sum + variable.size, 0);
  }

  parameterNames({ layers, kinds }: ParameterSelection = {}): string[] {
    for (const layer of layers ?? []) {
      if (!Number.isInteger(layer) || layer < 0 || layer >= this.depth) {
        invalid("INVALID_ARGUMENT", "parameterNames", `layers must be from 0 to ${this.depth - 1}`, layer);
      }
    }
    return [...this.parameters.keys()].filter((name) => {
      const layer = this.#layerOf.get(name);
      const inLayers = layers === undefined || (layer !== undefined && layers.includes(layer));
      return inLayers && (kinds === undefined || kinds.includes(this.#kinds.get(name)!));
    });
  }

  setTrainable(names: Iterable<string>, trainable: boolean): void {
    const variables = [...names].map((name) => this.#variable(name));
    for (const variable of variables) variable.trainable = trainable;
  }

  forward(x: tf.Tensor3D, options: LayersForwardOptions): tf.Tensor3D {
    return tf.tidy(() => {
      const last = this.#run(x, options).at(-1) ?? x;
      return this.#parts.finalNorm
        ? this.#architecture.normalize(last, (name) => this.#variable(name))
        : last;
    });
  }

  forwardEach(x: tf.Tensor3D, options: LayersForwardOptions): tf.Tensor3D[] {
    return tf.tidy(() => this.#run(x, options));
  }

  multiplyAccumulates(tokens: number): number {
    const lora = [...(this.#lora?.targets ?? [])].map((name) => {
      const spec = this.#architecture.layerParameters.get(name)!;
      return this.#lora!.rank * (inputSize(spec) + outputSize(spec));
    });
    const loraSum = lora.reduce((sum, count) => sum + count, 0);
    return this.depth * (this.#architecture.multiplyAccumulates(tokens) + tokens * loraSum);
  }

  async toSafetensors(): Promise<Uint8Array> {
    const entries = [...this.#specs].map(async ([name, spec]): Promise<[string, SafeTensor]> => {
      const { a, b } = loraNames(name);
      const lowRank = this.parameters.has(a);
      const tensor = lowRank
        ? tf.tidy(() =>
            mergeLora(this.#variable(name), this.#variable(a), this.#variable(b), this.#lora!.scale, spec),
          )
        : this.#variable(name);
      const data = await tensor.data<"float32">();
      if (lowRank) tensor.dispose();
      return [name, { dtype: "F32", shape: spec.shape, data }];
    });
    return encodeSafetensors(await Promise.all(entries), { format: "pt" });
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }

  #addVariable(
    name: string,
    values: Float32Array,
    shape: readonly number[],
    kind: ParameterKind,
    trainable: boolean,
  ) {
    const initial = tf.tensor(values, [...shape]);
    this.parameters.set(name, tf.variable(initial, trainable));
    this.#kinds.set(name, kind);
    initial.dispose();
  }

  #addLora(weightName: string, layer: number): void {
    const { rank, seed } = this.#lora!;
    const spec = this.#specs.get(weightName)!;
    const size = inputSize(spec);
    const stream = randomStream(seed, this.parameters.size);
    const bound = 1 / Math.sqrt(size);
    const values = Float32Array.from({ length: rank * size }, () => bound * (2 * stream.uniform() - 1));
    const { a, b } = loraNames(weightName);
    this.#addVariable(a, values, [rank, size], "lora", true);
    this.#addVariable(b, new Float32Array(outputSize(spec) * rank), [outputSize(spec), rank], "lora", true);
    for (const name of [a, b]) this.#layerOf.set(name, layer);
  }

  #variable(name: string): tf.Variable {
    const variable = this.parameters.get(name);
    if (variable === undefined) {
      throw new CsiFeedbackError(
        "UNKNOWN_PARAMETER",
        `TransformerLayers: there is no parameter ${JSON.stringify(name)}`,
      );
    }
    return variable;
  }

  /** The output of every layer, `[batch, tokens, width]` each. */
  #run(x: tf.Tensor3D, options: LayersForwardOptions): tf.Tensor3D[] {
    if (x.rank !== 3 || x.shape[2] !== this.width || x.size === 0) {
      invalid("INVALID_SHAPE", "forward", `x must be [batch, tokens, ${this.width}] and not empty`, x.shape);
    }
    const { dropout } = options;
    if (dropout !== undefined) checkDropout(dropout);
    const [batch, tokens] = x.shape;
    let state = tf.reshape<tf.Rank.R2>(this.#addPositions(x), [batch * tokens, this.width]);
    if (dropout !== undefined && this.#parts.positions) state = applyDropout(state, dropout, this.depth, 0);
    const outputs: tf.Tensor3D[] = [];
    for (let layer = 0; layer < this.depth; layer++) {
      state = this.#runLayer(state, layer, batch, tokens, options);
      outputs.push(tf.reshape<tf.Rank.R3>(state, x.shape));
    }
    return outputs;
  }

  #addPositions(x: tf.Tensor3D): tf.Tensor3D {
    const { positions } = this.#architecture;
    if (!this.#parts.positions || positions === undefined) return x;
    const rows = this.#variable(positions.name) as tf.Variable<tf.Rank.R2>;
    const [, tokens] = x.shape;
    if (tokens > rows.shape[0]) {
      invalid("INVALID_SHAPE", "forward", `there are positions for ${rows.shape[0]} tokens`, tokens);
    }
    return tf.add(x, tf.slice(rows, [0, 0], [tokens, this.width]));
  }

  #runLayer(
    x: tf.Tensor2D,
    layer: number,
    batch: number,
    tokens: number,
    options: LayersForwardOptions,
  ): tf.Tensor2D {
    const { causal, dropout } = options;
    const prefix = this.#architecture.prefix(layer);
    const compute = (input: tf.Tensor2D, weight: (name: string) => tf.Tensor) => {
      const context: LayerContext = {
        causal,
        layer,
        weight,
        project: (rows, name) => this.#project(rows, name, weight),
        drop: (rows, site) => (dropout === undefined ? rows : applyDropout(rows, dropout, layer, site)),
      };
      return this.#architecture.layer(input, batch, tokens, context);
    };
    if (!options.checkpoint) return compute(x, (name) => this.#variable(prefix + name));

    const trained = this.parameterNames({ layers: [layer] }).filter((name) => this.#variable(name).trainable);
    const variables = trained.map((name) => this.#variable(name));
    return checkpoint(
      (input, weights) =>
        compute(input, (name) => {
          const index = trained.indexOf(prefix + name);
          return index < 0 ? this.#variable(prefix + name) : weights[index];
        }),
      x,
      variables,
    );
  }

  #project(x: tf.Tensor2D, name: string, weight: (name: string) => tf.Tensor): tf.Tensor2D {
    const { inputAxis } = this.#architecture.layerParameters.get(name)!;
    const y: tf.Tensor2D = tf.matMul(x, weight(name) as tf.Tensor2D, false, inputAxis === 1);
    if (!this.#lora?.targets.has(name)) return y;
    const { a, b } = loraNames(name);
    return addLora(y, x, weight(a), weight(b), this.#lora.scale);
  }
}
