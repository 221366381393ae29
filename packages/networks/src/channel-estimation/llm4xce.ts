// LLM4XCE (Li, Li, Dong, "LLM4XCE: Large Language Models for Extremely Large-Scale Massive
// MIMO Channel Estimation", 2025): a language model, most of it frozen, between an embedding
// of attention blocks and a convolutional head that gives the noise of the estimate.
import type { TransformerLayers } from "@csi-feedback/gpt2-layers";
import * as tf from "@tensorflow/tfjs-core";
import { tokenLinear } from "../baselines/post-norm";
import { convolution } from "../layers";
import { createLayers, describeLayers } from "../llmcsinet/create";
import { Parameters } from "../parameters";
import { type Llm4XceConfiguration, type Llm4XceOptions, resolveLlm4Xce } from "./configuration";
import { ChannelEstimatorNetwork, type EstimatorLayers } from "./estimator";
import { parallelAttention } from "./parallel-attention";

/** What the names of the transformer layers' parameters start with. */
const MODEL = "languageModel.";

/** What {@link createLlm4Xce} is given beside the configuration. */
export interface CreateLlm4XceOptions {
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
  /** Transformer layers to use, pretrained for example, in place of new ones; the network takes them over. */
  readonly layers?: TransformerLayers;
}

/**
 * LLM4XCE with random weights, or around transformer layers cut out of a pretrained model, whose last layers are tuned
 * while the others are frozen. Left to its defaults it has the paper's sizes.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`; `INVALID_ARGUMENT` for impossible sizes of the layers.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { createLlm4Xce } from "@csi-feedback/networks";
 *
 * const network = createLlm4Xce({
 *   antennas: 64,
 *   maps: 8,
 *   heads: 2,
 *   headMaps: 8,
 *   layers: { width: 16, heads: 2, depth: 3, positions: 64 },
 * });
 * const observed = Float32Array.from({ length: 2 * 64 }, (_, i) => 0.5 + Math.sin(i)); // [1, 2, 8, 8]
 * const estimate = await network.estimate(observed, { batch: 1 });
 * console.log(estimate.length, network.size.frozen); // 128 3280
 * ```
 */
export function createLlm4Xce(
  options: Llm4XceOptions = {},
  { seed = 0, layers: given }: CreateLlm4XceOptions = {},
): ChannelEstimatorNetwork {
  const resolved = resolveLlm4Xce(given ? { ...options, layers: describeLayers(given) } : options);
  const configuration = given ? { ...resolved, layers: describeLayers(given) } : resolved;
  const layers = configuration.without.includes("languageModel")
    ? undefined
    : (given ?? createLayers(configuration.layers, seed));
  if (layers === undefined) given?.dispose();
  const parameters = new Parameters(seed);
  return new ChannelEstimatorNetwork(
    "llm4xce",
    configuration.antennas,
    { ...configuration },
    parameters,
    build(parameters, configuration, layers),
  );
}

function build(
  parameters: Parameters,
  configuration: Llm4XceConfiguration,
  layers: TransformerLayers | undefined,
): EstimatorLayers {
  const { antennas, antennasPerToken, maps, blocks, headMaps, causal, without } = configuration;
  const { width } = configuration.layers;
  const side = Math.sqrt(antennas);
  const tokens = antennas / antennasPerToken;
  const tokenMaps = maps * antennasPerToken;
  const kernel = [3, 3] as const;
  const first = convolution(parameters, "embedding.convolution", {
    inputs: 2,
    outputs: maps,
    kernel,
    bias: true,
  });
  const attend = Array.from({ length: blocks }, (_, i) =>
    parallelAttention(parameters, `embedding.blocks.${i}`, {
      ...configuration,
      feature: !without.includes("featureAttention"),
      spatial: !without.includes("spatialAttention"),
    }),
  );
  const widen = tokenLinear(parameters, "embedding.widen", tokenMaps, width);
  const own = layers?.parameters.has("wpe.weight")
    ? undefined
    : parameters.normal("embedding.positions", [tokens, width], 0.02);
  const narrow = tokenLinear(parameters, "head.narrow", width, tokenMaps);
  const middle = convolution(parameters, "head.middle", {
    inputs: maps,
    outputs: headMaps,
    kernel,
    bias: true,
  });
  const last = convolution(parameters, "head.last", {
    inputs: headMaps,
    outputs: 2,
    kernel,
    bias: true,
    start: "zero",
  });
  const tuned = layers === undefined ? [] : chooseTuned(layers, configuration.tunedLayers);
  for (const [name, variable] of layers?.parameters ?? []) parameters.adopt(MODEL + name, variable);
  return {
    residual: !without.includes("residual"),
    groups: {
      embedding: parameters.learned("embedding."),
      ...(layers ? { languageModel: tuned.map((name) => MODEL + name) } : {}),
      head: parameters.learned("head."),
    },
    run(observed) {
      const [batch] = observed.shape;
      const features = tf.reshape(first(observed, false), [batch, antennas, maps]) as tf.Tensor3D;
      const attended = attend.reduce((x, block) => block(x), features);
      const widened = widen(tf.reshape(attended, [batch, tokens, tokenMaps]));
      const placed = own === undefined ? widened : (tf.add(widened, own) as tf.Tensor3D);
      const understood = layers === undefined ? placed : layers.forward(placed, { causal });
      const image = tf.reshape(narrow(understood), [batch, side, side, maps]) as tf.Tensor4D;
      return last(tf.relu(middle(tf.relu(image), false)), false);
    },
    ...(layers ? { dispose: () => layers.dispose() } : {}),
  };
}

/** Freezes all layers but the last `count`; names of the parameters that are tuned. */
function chooseTuned(layers: TransformerLayers, count: number): string[] {
  const indices = Array.from({ length: layers.depth }, (_, i) => i);
  const frozen = layers.parameterNames({ layers: indices.slice(0, layers.depth - count) });
  layers.setTrainable(layers.parameterNames(), true);
  layers.setTrainable(frozen, false);
  return layers.parameterNames().filter((name) => !frozen.includes(name));
}
