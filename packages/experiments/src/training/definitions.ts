// The trainings of the experiments, made from a profile: every method gets the same
// data, the same batches and the same number of epochs.
import { invalid } from "@csi-feedback/common";
import { type LlmCsiNetOptions, type Module, zeroStartNetworks } from "@csi-feedback/networks";
import { algorithm1, type LossName, type NoiseSettings, type Stage } from "@csi-feedback/training";
import type { Profile } from "../experiment";
import { type DataPart, type GeneratedData, hasFixedCodeword, type TrainingDefinition } from "./definition";
import type { Ratio } from "./ratio";

/** The paper's channels under their short names, and the channel models that stand for them. */
const paperModels: Readonly<Record<string, string>> = {
  "cost2100-outdoor": "cost2100-semi-urban-nlos",
  // Table I: outdoor, no line of sight.
  uma: "uma-nlos",
};

/** The splits of a data set. */
export interface DataParts {
  readonly train: readonly GeneratedData[];
  readonly validation: readonly GeneratedData[];
  readonly test: readonly GeneratedData[];
}

/**
 * Training, validation and test data of a channel: consecutive ranges of one seed's samples, so that no
 * sample is in two of them, as `csi-feedback data generate --profile` makes them.
 *
 * @param channel - a channel model, or `"cost2100-outdoor"` or `"uma"`, which are the paper's (the models
 * `cost2100-semi-urban-nlos` and `uma-nlos`). The same names work in all definitions.
 * @param kind - moving users, or estimation noise.
 * @example
 * ```ts
 * import { channelParts, profiles } from "@csi-feedback/experiments";
 *
 * const { test } = channelParts("uma-nlos", profiles.laptop, 1);
 * console.log(test); // [ { channel: 'uma-nlos', samples: 1000, seed: 1, first: 2750 } ]
 * ```
 */
export function channelParts(
  channel: string,
  { samples }: Pick<Profile, "samples">,
  seed: number,
  kind: Pick<GeneratedData, "speedKmh" | "snr"> = {},
): DataParts {
  const part = (count: number, first: number): GeneratedData[] => [
    { channel: paperModels[channel] ?? channel, samples: count, seed, first, ...kind },
  ];
  const { train, validation, test } = samples;
  return {
    train: part(train, 0),
    validation: part(validation, train),
    test: part(test, train + validation),
  };
}

/** What all methods of an experiment have in common. */
interface CommonOptions {
  /** A channel, as {@link channelParts} takes it; a list trains on the mixture, each with its equal share of the samples. */
  readonly channel: string | readonly string[];
  readonly profile: Profile;
  /** Of the data, the weights and the order of the batches. */
  readonly seed: number;
  /** The mixture of standing and moving users of Figure 9, half and half: speed of the latter [km/h]. */
  readonly movingKmh?: number;
  /** Noise on what the networks see. */
  readonly noise?: NoiseSettings;
  /** Default `"mse"`, eq. 13. */
  readonly loss?: LossName;
}

/** Options of {@link llmCsiNetDefinition}. */
export interface LlmCsiNetDefinitionOptions extends CommonOptions {
  /** One ratio, or several that one model serves. */
  readonly ratios: readonly Ratio[];
  readonly variant?: LlmCsiNetVariant;
}

/** How an LLMCsiNet differs from the profile's own. */
export interface LlmCsiNetVariant {
  /**
   * Form of the network. Default: `"paper"` around layers of GPT-2 Large's size in the paper profile,
   * otherwise `"residual"` around the layers of stories260K, a language model that trains on a laptop.
   */
  readonly form?: "paper" | "residual";
  /** Transformer layers: 1, 3 and 6 are the paper's -S, -M and -L. Default: 6, or the 5 that stories260K has. */
  readonly depth?: number;
  /** `"random"` initialises the same transformer layers at random: the control of pretraining. Default `"pretrained"`. */
  readonly weights?: "pretrained" | "random";
  /**
   * File of pretrained layers, llama2.c or GPT-2 safetensors. Default: stories260K for the laptop. The
   * paper profile's GPT-2 Large does not come along, and its layers are random until a file is named.
   */
  readonly source?: string;
  /** `"frozen"` keeps the transformer layers as they are and trains what is around them. Default `"tuned"`. */
  readonly layers?: "tuned" | "frozen";
  /** Modules left out, as in Figure 10. */
  readonly without?: readonly Module[];
  /**
   * What stage 2 does with the encoder and the preliminary decoder. Default: the paper's choice for the
   * paper form, frozen for COST2100 indoor and the street canyon, joint for the others; the residual form
   * keeps its encoder and goes on training the rest.
   */
  readonly stage2?: "frozen" | "joint" | "auto";
}

/** Channels for which the paper freezes the first stage's modules in the second (Section V.B). */
const frozenChannels: readonly string[] = ["cost2100-indoor", "street-canyon"];

/** Sizes of stories260K, for random layers of the same form. */
const stories260K = {
  family: "llama",
  width: 64,
  heads: 8,
  depth: 5,
  hidden: 172,
  keyValueHeads: 4,
} as const;
/** Sizes of GPT-2 Large. */
const gpt2Large = { family: "gpt2", width: 1280, heads: 20 } as const;

const VALUE_BITS = 8;

/** CRNet's 30 epochs of warm-up, or a tenth of a shorter training. */
const warmup = (epochs: number) => Math.min(30, epochs / 10);

/**
 * LLMCsiNet by Algorithm 1 within a profile's budget.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for variants that exclude each other.
 */
export function llmCsiNetDefinition(options: LlmCsiNetDefinitionOptions): TrainingDefinition {
  const { ratios, profile, variant = {} } = options;
  const paper = profile.name === "paper";
  const { form = paper ? "paper" : "residual", depth = paper ? 6 : 5, source, without = [] } = variant;
  if (without.length > 0 && variant.layers === "frozen" && without.includes("tokenPredictor")) {
    invalid(
      "INVALID_ARGUMENT",
      "llmCsiNetDefinition",
      "without a token predictor no layers are frozen",
      without,
    );
  }
  const random = (variant.weights ?? "pretrained") === "random";
  const given = source ?? (paper ? undefined : "stories260K");
  const predicts = !without.includes("tokenPredictor");
  const pretrained = predicts && !random && given !== undefined;
  const sizes: LlmCsiNetOptions["layers"] = paper ? { ...gpt2Large, depth } : { ...stories260K, depth };
  const network: TrainingDefinition["network"] = {
    name: "llmcsinet",
    form,
    ...(form === "residual" ? { preliminaryDecoder: { channels: 16, kernel: 5 } } : {}),
    ...(without.length > 0 ? { without: [...without] } : {}),
    ...(predicts && !pretrained ? { layers: sizes } : {}),
  };
  return {
    network,
    ...(pretrained ? { layers: { source: given, layers: depth } } : {}),
    ...common(options),
    ratios: [...ratios],
    optimizer: { clipNorm: 1 },
    stages: llmStages(options, form),
    valueBits: VALUE_BITS,
  };
}

/** Algorithm 1 with the groups that the network has. */
function llmStages(
  { channel, profile, variant = {} }: LlmCsiNetDefinitionOptions,
  form: "paper" | "residual",
): Stage[] {
  const { without = [], layers = "tuned" } = variant;
  const has = (group: Module) => !without.includes(group);
  const first = (["encoder", "preliminaryDecoder"] as const).filter(has);
  const [epochs1, epochs2] = profile.epochs;
  if (!has("tokenPredictor")) return [oneStage(profile, first)];
  const predictor = [layers === "frozen" ? "tokenPredictorEnds" : "tokenPredictor"];
  // In the residual form the encoder's choice is fixed; see docs/decisions/residual-form.md.
  const joint = form === "residual" ? first.filter((group) => group !== "encoder") : first;
  const frozen = [channel].flat().every((one) => frozenChannels.includes(one));
  const stage2 = variant.stage2 ?? (form === "paper" && frozen ? "frozen" : "joint");
  const rate = form === "paper" ? 2e-3 : 1e-3;
  const both = algorithm1({
    stage2: joint.length > 0 ? stage2 : "frozen",
    firstGroups: joint,
    secondGroups: predictor,
    epochs: epochs2,
    warmupEpochs: warmup(epochs2),
    learningRate: rate,
    finalLearningRate: rate / 40,
  });
  const second = both[1];
  // Without both other modules there is nothing to train in stage 1: stage 2 gets its epochs.
  if (first.length === 0) return [{ ...second, epochs: epochs1 + epochs2 }];
  const [preliminary] = algorithm1({ firstGroups: first, epochs: epochs1, warmupEpochs: warmup(epochs1) });
  return [preliminary, second];
}

/** Options of {@link baselineDefinition}. */
export interface BaselineDefinitionOptions extends CommonOptions {
  /** One ratio; IdasNet can serve several. */
  readonly ratio: Ratio | readonly Ratio[];
}

/**
 * A network of one stage, with all epochs of the profile. Outside the paper profile it begins with the empty
 * channel: the published start takes longer to get there than those budgets last.
 *
 * @param name - `"crnet"`, `"idasnet"`, ... as in `networks`.
 */
export function baselineDefinition(name: string, options: BaselineDefinitionOptions): TrainingDefinition {
  const groups = hasFixedCodeword(name) ? ["encoder", "decoder"] : ["encoder", "preliminaryDecoder"];
  return {
    network: { name },
    ...(options.profile.name !== "paper" && zeroStartNetworks.includes(name) ? { zeroStart: true } : {}),
    ...common(options),
    ratios: [options.ratio].flat(),
    stages: [oneStage(options.profile, groups)],
    valueBits: VALUE_BITS,
  };
}

/** All epochs of a profile as one stage on the final output, with CRNet's schedule. */
function oneStage({ epochs }: Profile, groups: readonly string[]): Stage {
  const all = epochs[0] + epochs[1];
  const [, stage] = algorithm1({
    stage2: "frozen",
    secondGroups: groups,
    epochs: all,
    warmupEpochs: warmup(all),
  });
  return { ...stage, name: "full" };
}

function common({
  channel,
  profile,
  seed,
  movingKmh,
  noise,
  loss,
}: CommonOptions): Pick<TrainingDefinition, "data" | "noise" | "loss" | "seed" | "batchSize"> {
  const channels = [channel].flat();
  const kinds = movingKmh === undefined ? [{}] : [{}, { speedKmh: movingKmh }];
  const shares = channels.length * kinds.length;
  const share = {
    train: Math.floor(profile.samples.train / shares),
    validation: Math.floor(profile.samples.validation / shares),
  };
  const parts = channels.flatMap((one) =>
    kinds.map((kind, i) => {
      const { train, validation } = channelParts(one, profile, seed, kind);
      // Each kind takes samples of its own, so that no user stands and moves.
      const taken = (part: readonly GeneratedData[], count: number): DataPart[] =>
        part.map(({ first = 0, ...rest }) => ({ ...rest, samples: count, first: first + i * count }));
      return { train: taken(train, share.train), validation: taken(validation, share.validation) };
    }),
  );
  return {
    data: {
      train: parts.flatMap(({ train }) => train),
      validation: parts.flatMap(({ validation }) => validation),
    },
    seed,
    batchSize: profile.batchSize,
    ...(noise ? { noise } : {}),
    ...(loss ? { loss } : {}),
  };
}

/** Options of {@link transferDefinition}. */
export interface TransferOptions {
  /** The channel that is moved to. */
  readonly channel: string;
  /** Training samples of that channel (few-shot); those of the profile without. */
  readonly samples?: number;
  readonly profile: Profile;
  readonly seed: number;
  /** Groups that are trained; without, those of the last stage of the training that it starts from. */
  readonly groups?: readonly string[];
}

/**
 * Fine-tuning of a trained network on another channel (Figure 11): one stage of the profile's second
 * number of epochs, on the final output.
 */
export function transferDefinition(
  training: TrainingDefinition,
  { channel, samples, profile, seed, groups }: TransferOptions,
): TrainingDefinition {
  const parts = channelParts(channel, profile, seed);
  return {
    ...fineTuning(training, "transfer", profile, groups),
    data: {
      train: samples === undefined ? parts.train : parts.train.map((part) => ({ ...part, samples })),
      validation: parts.validation,
    },
    seed,
    batchSize: profile.batchSize,
    valueBits: training.valueBits,
  };
}

/** What trainings have in common that go on from another one: its settings, and one stage on the final output. */
function fineTuning(
  training: TrainingDefinition,
  name: string,
  { epochs: [, epochs] }: Profile,
  groups?: readonly string[],
): Pick<TrainingDefinition, "network" | "startFrom" | "ratios" | "noise" | "loss" | "optimizer" | "stages"> {
  const { network, ratios, noise, loss, optimizer, stages } = training;
  const last = stages[stages.length - 1];
  const [, stage] = algorithm1({
    stage2: "frozen",
    secondGroups: groups ?? last.groups,
    epochs,
    warmupEpochs: warmup(epochs),
    learningRate: last.learningRate,
    ...(last.finalLearningRate === undefined ? {} : { finalLearningRate: last.finalLearningRate }),
  });
  return {
    network: { name: network.name },
    startFrom: { training },
    ratios,
    ...(noise ? { noise } : {}),
    ...(loss ? { loss } : {}),
    ...(optimizer ? { optimizer } : {}),
    stages: [{ ...stage, name }],
  };
}

/** Options of {@link quantizedDefinition}. */
export interface QuantizedOptions {
  /** Bits of a value. */
  readonly bits: number;
  readonly profile: Profile;
}

/**
 * Fine-tuning of a trained network's base station for quantised values (Table VI): one stage of the profile's
 * second number of epochs on the training's own data, from values that went through a Lloyd-Max quantizer
 * designed on the trained network's codewords. The user's side stays as it is.
 *
 * @param training - of one ratio.
 */
export function quantizedDefinition(
  training: TrainingDefinition,
  { bits, profile }: QuantizedOptions,
): TrainingDefinition {
  const { data, seed, batchSize, stages } = training;
  const groups = stages[stages.length - 1].groups.filter((group) => group !== "encoder");
  return {
    ...fineTuning(training, "quantised", profile, groups),
    data,
    seed,
    batchSize,
    valueBits: bits,
    quantizedValues: true,
  };
}
