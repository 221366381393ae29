// One name for one training: a hash over everything that its numbers depend on. Files
// count by their content, defaults as if they were written out.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { CsiFeedbackError } from "@csi-feedback/common";
import { type LlmCsiNetOptions, resolveConfiguration } from "@csi-feedback/networks";
import type { Stage } from "@csi-feedback/training";
import { type DataPart, hasFixedCodeword, type StartingPoint, type TrainingDefinition } from "./definition";
import { weightsPath } from "./folder";
import { layersPath } from "./pretrained";
import { denominatorOf } from "./ratio";

/** Raised when the same definition begins to lead to other numbers, so that older runs are not reused. */
const VERSION = 1;

/**
 * SHA-256 over what a definition means, as hexadecimal digits: two definitions that lead to the same
 * numbers have the same one, whatever the order of their keys, the paths of their files and the defaults
 * that they leave out.
 *
 * @throws CsiFeedbackError `FILE_CHANGED` when a file is not the one whose SHA-256 the definition names;
 * the error of the file system for a missing file whose SHA-256 it does not name.
 *
 * @example
 * ```ts
 * import { baselineDefinition, definitionHash, profiles } from "@csi-feedback/experiments";
 *
 * const options = { channel: "cost2100-indoor", ratio: "1/8", profile: profiles.smoke, seed: 1 } as const;
 * const definition = baselineDefinition("crnet", options);
 * const same = await definitionHash({ loss: "mse", ...definition });
 * console.log(same === (await definitionHash(definition))); // true
 * ```
 */
export async function definitionHash(definition: TrainingDefinition): Promise<string> {
  const meaning = meaningOf(await sealDefinition(definition));
  return createHash("sha256").update(canonicalJson(meaning)).digest("hex");
}

/**
 * The definition with the SHA-256 of every file that it names, so that it means the same on another machine.
 *
 * @throws as {@link definitionHash}.
 */
export async function sealDefinition(definition: TrainingDefinition): Promise<TrainingDefinition> {
  const { layers, startFrom, data } = definition;
  return {
    ...definition,
    ...(layers
      ? { layers: { ...layers, sha256: await sealed(layersPath(layers.source), layers.sha256) } }
      : {}),
    ...(startFrom ? { startFrom: await sealStart(startFrom) } : {}),
    data: {
      train: await Promise.all(data.train.map(sealPart)),
      validation: await Promise.all(data.validation.map(sealPart)),
    },
  };
}

async function sealStart(start: StartingPoint): Promise<StartingPoint> {
  if ("training" in start) return { training: await sealDefinition(start.training) };
  return { model: start.model, sha256: await sealed(await weightsPath(start.model), start.sha256) };
}

async function sealPart(part: DataPart): Promise<DataPart> {
  return "file" in part ? { ...part, sha256: await sealed(part.file, part.sha256) } : part;
}

/** The SHA-256 of a file; the one that is known already where the file is not at hand. */
async function sealed(path: string, known: string | undefined): Promise<string> {
  let found: string;
  try {
    found = await fileSha256(path);
  } catch (error) {
    if (known !== undefined && (error as NodeJS.ErrnoException).code === "ENOENT") return known;
    throw error;
  }
  if (known !== undefined && known !== found) {
    const message = `${path}: the file has the SHA-256 ${found}, but the definition names ${known}`;
    throw new CsiFeedbackError("FILE_CHANGED", message);
  }
  return found;
}

/** Hashes of files that have been read, by path, size and time of their last change. */
const known = new Map<string, Promise<string>>();

async function fileSha256(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const key = `${path}\0${size}\0${mtimeMs}`;
  const found = known.get(key) ?? readSha256(path);
  known.set(key, found);
  return found;
}

async function readSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** What a sealed definition means: defaults written out, files by their content alone. */
function meaningOf(definition: TrainingDefinition): unknown {
  const { layers, startFrom, data, loss, optimizer, batchSize, microBatchSize, ...rest } = definition;
  return {
    version: VERSION,
    ...rest,
    network: networkMeaning(definition),
    ...(layers ? { layers: { ...layers, source: undefined } } : {}),
    ...(startFrom
      ? {
          startFrom:
            "training" in startFrom
              ? { training: meaningOf(startFrom.training) }
              : { sha256: startFrom.sha256 },
        }
      : {}),
    data: { train: data.train.map(partMeaning), validation: data.validation.map(partMeaning) },
    loss: loss ?? "mse",
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, ...optimizer },
    batchSize,
    microBatchSize: microBatchSize ?? batchSize,
    stages: definition.stages.map(stageMeaning),
  };
}

function networkMeaning({ network, layers, startFrom, ratios }: TrainingDefinition): unknown {
  const { name, ...options } = network;
  if (startFrom) return network;
  if (hasFixedCodeword(name)) {
    const { delays = 32, antennas = 32 } = options as { delays?: number; antennas?: number };
    const codeword = (2 * delays * antennas) / denominatorOf(ratios[0]);
    return { name, delays, antennas, firstAxis: "delay", codeword, ...options };
  }
  const resolved = resolveConfiguration({
    ...(options as LlmCsiNetOptions),
    ...(name === "idasnet" ? { form: "paper" as const } : {}),
  });
  // Given layers say themselves what they are, and IdasNet has none.
  return { name, ...resolved, ...(layers || name === "idasnet" ? { layers: undefined } : {}) };
}

function partMeaning(part: DataPart): unknown {
  return "file" in part ? { ...part, file: undefined } : { first: 0, ...part };
}

function stageMeaning(stage: Stage): unknown {
  const { learningRate } = stage;
  return { finalLearningRate: learningRate, warmupEpochs: 0, ...stage };
}

/** JSON with the keys of every object in order, and without undefined values. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
