// What a training is, as plain JSON: network, data, stages, seeds. Not how it is run,
// where it is kept or on what engine.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { channelModels } from "@csi-feedback/channel-models";
import { CsiFeedbackError } from "@csi-feedback/common";
import { networks, zeroStartNetworks } from "@csi-feedback/networks";
import type { LossName, NoiseSettings, OptimizerSettings, Stage } from "@csi-feedback/training";
import { isPretrainedName } from "./pretrained";
import { paperRatios, type Ratio } from "./ratio";

/** Channel samples of one model, made from a seed. */
export interface GeneratedData {
  /** A channel model, as `generateChannels` takes it. */
  readonly channel: string;
  readonly samples: number;
  readonly seed: number;
  /** Index of the first sample; 0 by default. Ranges of one seed that do not overlap share no sample. */
  readonly first?: number;
  /** Users move this fast [km/h]; they stand still without. */
  readonly speedKmh?: number;
  /** Estimation noise: SNR per subcarrier and antenna [dB], in what is fed back and in what is compared with. */
  readonly snr?: number;
}

/** Channel samples of a file, of any format that `@csi-feedback/datasets` reads. */
export interface FileData {
  /** Path, in a definition file relative to it. */
  readonly file: string;
  /** Number of samples, from the beginning of the file or of the split; all without. */
  readonly samples?: number;
  /** A random part of the file: the samples are dealt out by the seed in these shares, and `take` is used. */
  readonly split?: {
    readonly shares: Readonly<Record<string, number>>;
    readonly take: string;
    readonly seed: number;
  };
  /** SHA-256 of the file; checked when it is there. */
  readonly sha256?: string;
}

/** One part of a data set. */
export type DataPart = GeneratedData | FileData;

/** Pretrained transformer layers to begin with. */
export interface PretrainedLayers {
  /** `"stories260K"`, which comes along; or a path of a llama2.c file or of GPT-2 weights in safetensors. */
  readonly source: string;
  /** How many layers, from the first. */
  readonly layers: number;
  /** Attention heads of GPT-2 weights; width / 64 without. */
  readonly heads?: number;
  /** SHA-256 of the file; checked when it is there. */
  readonly sha256?: string;
}

/** Weights to begin with: those of a file, or those that another training leads to. */
export type StartingPoint =
  | {
      /** A run folder, a model folder or a weights file. */
      readonly model: string;
      /** SHA-256 of the weights file; checked when it is there. */
      readonly sha256?: string;
    }
  | { readonly training: TrainingDefinition };

/** Everything that the numbers of a training depend on, but for the engine. */
export interface TrainingDefinition {
  /** Name of the network, and its configuration. With `startFrom`, what is left out is as it is there. */
  readonly network: { readonly name: string } & Readonly<Record<string, unknown>>;
  /** LLMCsiNet only; random layers as `network.layers` describes them without. */
  readonly layers?: PretrainedLayers;
  /**
   * A baseline begins with the empty channel, for small budgets: `startAtZero` of
   * `@csi-feedback/networks`. Without, as it was published.
   */
  readonly zeroStart?: true;
  /** Transfer: where the weights come from. All of them are taken; `stages` say which are trained. */
  readonly startFrom?: StartingPoint;
  readonly data: { readonly train: readonly DataPart[]; readonly validation: readonly DataPart[] };
  /** Noise on the channels that the network sees; what they are compared with stays clean. */
  readonly noise?: NoiseSettings;
  /** Compression ratios; training draws one for each sample. Networks with a fixed codeword have one. */
  readonly ratios: readonly Ratio[];
  readonly seed: number;
  readonly batchSize: number;
  /** Samples of one pass; a batch is made of several where it is smaller than `batchSize`. */
  readonly microBatchSize?: number;
  readonly loss?: LossName;
  readonly optimizer?: OptimizerSettings;
  /**
   * The stages. In place of LLMCsiNet's group `tokenPredictor` they may name its two parts,
   * `transformerLayers` and `tokenPredictorEnds`, to train one without the other or at another rate.
   */
  readonly stages: readonly Stage[];
  /** Bits of a fed-back value, for the quantizers designed after training. */
  readonly valueBits: number;
  /**
   * The base station learns from values that went through the quantizer of `valueBits` bits that is designed on the
   * starting network's codewords: for `startFrom`, one ratio, and stages that leave the encoder as it is.
   */
  readonly quantizedValues?: true;
}

/** The networks that select elements, so that one of them serves several ratios. */
const selectingNetworks: readonly string[] = ["llmcsinet", "idasnet"];

/** Whether a network sends a codeword of a fixed length, so that each ratio needs a network of its own. */
export function hasFixedCodeword(name: string): boolean {
  return !selectingNetworks.includes(name);
}

const keys: Readonly<Record<keyof TrainingDefinition, "required" | "optional">> = {
  network: "required",
  layers: "optional",
  zeroStart: "optional",
  startFrom: "optional",
  data: "required",
  noise: "optional",
  ratios: "required",
  seed: "required",
  batchSize: "required",
  microBatchSize: "optional",
  loss: "optional",
  optimizer: "optional",
  stages: "required",
  valueBits: "required",
  quantizedValues: "optional",
};

const losses: readonly LossName[] = ["mse", "nmse", "geometric-nmse"];

/**
 * Reads a definition file. Paths in it are relative to it.
 *
 * @throws CsiFeedbackError `INVALID_DEFINITION` naming the place and the rule; the error of the file system.
 */
export async function readDefinition(path: string): Promise<TrainingDefinition> {
  const text = await readFile(path, "utf8");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CsiFeedbackError("INVALID_DEFINITION", `${path}: the file must be JSON`, { cause });
  }
  checkDefinition(parsed, path);
  return withPaths(parsed, (source) => resolve(dirname(path), source));
}

/**
 * Checks what can be checked without reading data or building the network; the rest is checked by what
 * uses it.
 *
 * @param where - names the definition in messages.
 * @throws CsiFeedbackError `INVALID_DEFINITION` naming the place and the rule.
 */
export function checkDefinition(value: unknown, where: string): asserts value is TrainingDefinition {
  const bad: Reject = (rule, received) => {
    const shown = received === undefined ? "" : `, received ${JSON.stringify(received)}`;
    throw new CsiFeedbackError("INVALID_DEFINITION", `${where}: ${rule}${shown}`);
  };
  const parts = recordOf(value, "the definition", bad);
  checkKeys(parts, keys, "the definition", bad);
  const { network, layers, startFrom, data, ratios, seed, batchSize, microBatchSize, loss } = parts;
  const { name } = recordOf(network, '"network"', bad);
  if (typeof name !== "string" || !Object.hasOwn(networks, name)) {
    bad(`"network.name" must be one of ${Object.keys(networks).join(", ")}`, name);
  }
  checkRatios(ratios, name as string, bad);
  if (layers !== undefined) checkLayers(layers, name as string, startFrom !== undefined, bad);
  if (startFrom !== undefined) checkStart(startFrom, where, bad);
  if (parts.zeroStart !== undefined) checkZeroStart(parts, name as string, bad);
  const { train, validation } = recordOf(data, '"data"', bad);
  checkParts(train, '"data.train"', bad);
  checkParts(validation, '"data.validation"', bad);
  checkInteger(seed, '"seed"', 0, bad);
  checkInteger(batchSize, '"batchSize"', 1, bad);
  if (microBatchSize !== undefined) checkInteger(microBatchSize, '"microBatchSize"', 1, bad);
  checkInteger(parts.valueBits, '"valueBits"', 1, bad);
  if (loss !== undefined && !losses.includes(loss as LossName)) {
    bad(`"loss" must be one of ${losses.join(", ")}`, loss);
  }
  if (!Array.isArray(parts.stages) || parts.stages.length === 0) bad('"stages" must be a list of stages');
  for (const [i, stage] of (parts.stages as unknown[]).entries()) {
    if (!Array.isArray(recordOf(stage, `"stages[${i}]"`, bad).groups)) {
      bad(`"stages[${i}].groups" must be a list of groups`);
    }
  }
  if (parts.quantizedValues !== undefined) checkQuantized(parts as Partial<TrainingDefinition>, bad);
}

type Reject = (rule: string, received?: unknown) => never;

/** Levels of a quantizer in a graph: what all comparisons of a batch take of memory. */
const MOST_QUANTIZED_BITS = 6;

function checkQuantized(parts: Partial<TrainingDefinition>, bad: Reject): void {
  const { quantizedValues, startFrom, ratios = [], stages = [], valueBits = 0 } = parts;
  if (quantizedValues !== true) bad('"quantizedValues" must be true or left out', quantizedValues);
  if (startFrom === undefined) bad('"quantizedValues" needs "startFrom"');
  if (ratios.length !== 1) bad('"quantizedValues" is for one ratio', ratios);
  if (valueBits > MOST_QUANTIZED_BITS) {
    bad(`"valueBits" must be at most ${MOST_QUANTIZED_BITS} with "quantizedValues"`, valueBits);
  }
  if (stages.some(({ groups }) => groups.includes("encoder"))) {
    bad('"stages" must leave the group "encoder" as it is with "quantizedValues"');
  }
}

function recordOf(value: unknown, what: string, bad: Reject): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return bad(`${what} must be an object`, value);
  }
  return value as Record<string, unknown>;
}

function checkKeys(
  value: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, "required" | "optional">>,
  what: string,
  bad: Reject,
): void {
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(known, key)) {
      bad(`"${key}" is not known; ${what} may hold ${Object.keys(known).join(", ")}`);
    }
  }
  for (const [key, need] of Object.entries(known)) {
    if (need === "required" && value[key] === undefined) bad(`"${key}" is missing in ${what}`);
  }
}

function checkInteger(value: unknown, what: string, least: number, bad: Reject): void {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    bad(`${what} must be an integer of at least ${least}`, value);
  }
}

function checkRatios(ratios: unknown, network: string, bad: Reject): void {
  if (!Array.isArray(ratios) || ratios.length === 0) bad('"ratios" must be a list of ratios', ratios);
  const list = ratios as unknown[];
  for (const ratio of list) {
    if (!paperRatios.includes(ratio as Ratio)) {
      bad(`"ratios" must hold some of ${paperRatios.join(", ")}`, ratio);
    }
  }
  if (new Set(list).size < list.length) bad('"ratios" must differ', ratios);
  if (hasFixedCodeword(network) && list.length > 1) {
    bad(`"ratios" must hold one: ${network} has a codeword of a fixed length`, ratios);
  }
}

function checkLayers(layers: unknown, network: string, starts: boolean, bad: Reject): void {
  const known = { source: "required", layers: "required", heads: "optional", sha256: "optional" } as const;
  const parts = recordOf(layers, '"layers"', bad);
  checkKeys(parts, known, '"layers"', bad);
  if (typeof parts.source !== "string") bad('"layers.source" must be a path', parts.source);
  checkInteger(parts.layers, '"layers.layers"', 1, bad);
  if (network !== "llmcsinet") bad('"layers" are for the network llmcsinet', network);
  if (starts) bad('"layers" come with the weights of "startFrom"; leave them out');
}

function checkZeroStart(
  { zeroStart, startFrom }: Record<string, unknown>,
  network: string,
  bad: Reject,
): void {
  if (zeroStart !== true) bad('"zeroStart" must be true or left out', zeroStart);
  if (!zeroStartNetworks.includes(network)) {
    bad(`"zeroStart" is for the networks ${zeroStartNetworks.join(", ")}`, network);
  }
  if (startFrom !== undefined) bad('"zeroStart" excludes "startFrom", which brings weights');
}

function checkStart(startFrom: unknown, where: string, bad: Reject): void {
  const parts = recordOf(startFrom, '"startFrom"', bad);
  if ((parts.model === undefined) === (parts.training === undefined)) {
    bad('"startFrom" must hold "model" or "training"', Object.keys(parts));
  }
  if (parts.training !== undefined) {
    checkDefinition(parts.training, `${where}, startFrom.training`);
    return;
  }
  checkKeys(parts, { model: "required", sha256: "optional" }, '"startFrom"', bad);
  if (typeof parts.model !== "string") bad('"startFrom.model" must be a path', parts.model);
}

function checkParts(parts: unknown, what: string, bad: Reject): void {
  if (!Array.isArray(parts) || parts.length === 0) bad(`${what} must be a list of data parts`, parts);
  for (const [i, value] of (parts as unknown[]).entries()) {
    const place = `${what.slice(0, -1)}[${i}]"`;
    const part = recordOf(value, place, bad);
    if (part.file !== undefined) checkFile(part, place, bad);
    else checkGenerated(part, place, bad);
  }
}

function checkFile(part: Record<string, unknown>, place: string, bad: Reject): void {
  const known = { file: "required", samples: "optional", split: "optional", sha256: "optional" } as const;
  checkKeys(part, known, place, bad);
  if (typeof part.file !== "string") bad(`${place}: "file" must be a path`, part.file);
  if (part.samples !== undefined) checkInteger(part.samples, `${place}: "samples"`, 1, bad);
  if (part.split === undefined) return;
  const split = recordOf(part.split, `${place}: "split"`, bad);
  checkKeys(split, { shares: "required", take: "required", seed: "required" }, `${place}: "split"`, bad);
  const shares = recordOf(split.shares, `${place}: "split.shares"`, bad);
  if (!Object.hasOwn(shares, String(split.take))) {
    bad(`${place}: "split.take" must be one of ${Object.keys(shares).join(", ")}`, split.take);
  }
}

function checkGenerated(part: Record<string, unknown>, place: string, bad: Reject): void {
  const known = {
    channel: "required",
    samples: "required",
    seed: "required",
    first: "optional",
    speedKmh: "optional",
    snr: "optional",
  } as const;
  checkKeys(part, known, place, bad);
  if (!Object.hasOwn(channelModels, String(part.channel))) {
    bad(`${place}: "channel" must be one of ${Object.keys(channelModels).join(", ")}`, part.channel);
  }
  checkInteger(part.samples, `${place}: "samples"`, 1, bad);
  checkInteger(part.seed, `${place}: "seed"`, 0, bad);
  if (part.first !== undefined) checkInteger(part.first, `${place}: "first"`, 0, bad);
  for (const key of ["speedKmh", "snr"]) {
    if (part[key] !== undefined && !Number.isFinite(part[key])) {
      bad(`${place}: "${key}" must be a number`, part[key]);
    }
  }
  if (part.snr !== undefined && part.speedKmh !== undefined) {
    bad(`${place}: "snr" is for users that stand still; "noise" works with both`);
  }
}

/** The definition with its relative paths resolved; bundled layers are named, not paths. */
function withPaths(definition: TrainingDefinition, absolute: (path: string) => string): TrainingDefinition {
  const { layers, startFrom, data } = definition;
  const part = (one: DataPart): DataPart => ("file" in one ? { ...one, file: absolute(one.file) } : one);
  return {
    ...definition,
    ...(layers && !isPretrainedName(layers.source)
      ? { layers: { ...layers, source: absolute(layers.source) } }
      : {}),
    ...(startFrom
      ? {
          startFrom:
            "model" in startFrom
              ? { ...startFrom, model: absolute(startFrom.model) }
              : { training: withPaths(startFrom.training, absolute) },
        }
      : {}),
    data: { train: data.train.map(part), validation: data.validation.map(part) },
  };
}
