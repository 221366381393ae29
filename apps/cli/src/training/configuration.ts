// The configuration file of `csi-feedback train`.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CsiFeedbackError } from "@csi-feedback/common";
import type { LossName, OptimizerSettings, Stage } from "@csi-feedback/training";
import { parseRatio, type Ratio } from "../ratio";

/** Channel samples of one model, made from a seed. */
export interface GeneratedData {
  /** A channel model, as `data generate --channel` takes it. */
  readonly channel: string;
  readonly samples: number;
  readonly seed: number;
}

/** What a run is: everything but where it is kept and what it runs on. */
export interface TrainingConfiguration {
  readonly network: { readonly name: string } & Readonly<Record<string, unknown>>;
  /** Pretrained layers to start from: a llama2.c file, relative to this one, and how many of its layers. */
  readonly layers?: { readonly source: string; readonly layers: number };
  readonly data: { readonly train: readonly GeneratedData[]; readonly validation: readonly GeneratedData[] };
  /** Compression ratios; training draws one for each sample. */
  readonly ratios: readonly Ratio[];
  readonly seed: number;
  readonly batchSize: number;
  readonly loss?: LossName;
  readonly optimizer?: OptimizerSettings;
  readonly stages: readonly Stage[];
  /** Bits of a fed-back value, for the quantizers designed after training. */
  readonly valueBits: number;
}

const required = ["network", "data", "ratios", "seed", "batchSize", "stages", "valueBits"];

/**
 * Reads a configuration file.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION` for anything but JSON with the needed parts; values
 * are checked by what uses them.
 */
export async function readConfiguration(path: string): Promise<TrainingConfiguration> {
  const text = await readFile(path, "utf8");
  const bad = (rule: string, cause?: unknown): never => {
    throw new CsiFeedbackError("INVALID_CONFIGURATION", `${path}: ${rule}`, { cause });
  };
  let parsed: TrainingConfiguration;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    return bad("the file must be JSON", cause);
  }
  for (const key of required) if (!(key in Object(parsed))) bad(`"${key}" is missing`);
  const { layers, data } = parsed;
  if (!Array.isArray(data.train) || !Array.isArray(data.validation))
    bad('"data" must hold lists "train" and "validation"');
  return {
    ...parsed,
    ratios: parsed.ratios.map(parseRatio),
    ...(layers ? { layers: { ...layers, source: resolve(dirname(path), layers.source) } } : {}),
  };
}
