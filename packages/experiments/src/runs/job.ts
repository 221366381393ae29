// A job: one training, named by the hash of its definition. It can run on any machine,
// once the jobs that it builds on have run.
import { join } from "node:path";
import type { TrainingDefinition } from "../training/definition";
import { definitionHash, sealDefinition } from "../training/definition-hash";

/** One training as a unit of work. */
export interface TrainingJob {
  /** {@link definitionHash} of the definition. */
  readonly id: string;
  readonly kind: "train";
  /** Sealed: files are named with their checksums. */
  readonly definition: TrainingDefinition;
  /** Ids of the jobs that must be finished before this one. */
  readonly after: readonly string[];
  /** For people: network, channels, ratios. */
  readonly title: string;
}

/** The job of a definition, after the jobs of the trainings that it starts from. */
export async function jobsOf(definition: TrainingDefinition): Promise<TrainingJob[]> {
  const { startFrom } = definition;
  const before = startFrom && "training" in startFrom ? await jobsOf(startFrom.training) : [];
  const own: TrainingJob = {
    id: await definitionHash(definition),
    kind: "train",
    definition: await sealDefinition(definition),
    after: before.slice(-1).map(({ id }) => id),
    title: describeDefinition(definition),
  };
  return [...before, own];
}

/** The run folder of a job. */
export function runFolder(runs: string, id: string): string {
  return join(runs, id.slice(0, 16));
}

/** The folder of the channels that the jobs of a base folder generate. */
export function channelCache(runs: string): string {
  return join(runs, "channels");
}

/** `llmcsinet without encoder, cost2100-indoor, 1/8 1/16`. */
export function describeDefinition(definition: TrainingDefinition): string {
  const { network, layers, startFrom, data, noise, ratios, seed, stages, quantizedValues, valueBits } =
    definition;
  const {
    name,
    form,
    without,
    layers: sizes,
  } = network as {
    name: string;
    form?: string;
    without?: readonly string[];
    layers?: { depth?: number };
  };
  const depth = layers?.layers ?? sizes?.depth;
  const groups = stages.flatMap((stage) => stage.groups);
  const frozen = groups.includes("tokenPredictorEnds") && !groups.includes("transformerLayers");
  const variant = [
    form === undefined ? "" : ` ${form}`,
    depth === undefined
      ? ""
      : ` ${depth} ${frozen ? "frozen " : ""}${layers ? "pretrained" : "random"} layers`,
    without?.length ? ` without ${without.join(" and ")}` : "",
    startFrom ? " fine-tuned" : "",
    quantizedValues ? ` for ${valueBits} bits a value` : "",
    noise ? " noisy" : "",
  ].join("");
  const channels = data.train.map((part) => {
    if ("file" in part) return part.file;
    return part.speedKmh === undefined ? part.channel : `${part.channel} at ${part.speedKmh} km/h`;
  });
  return `${name}${variant}, ${[...new Set(channels)].join(" + ")}, ${ratios.join(" ")}, seed ${seed}`;
}
