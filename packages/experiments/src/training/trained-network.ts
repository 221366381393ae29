// A finished training, loaded from its run folder for measurements.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ScalarQuantizer, type ScalarQuantizerJson } from "@csi-feedback/codec";
import { CsiFeedbackError } from "@csi-feedback/common";
import { type FeedbackNetwork, loadNetwork } from "@csi-feedback/networks";
import type { TrainingDefinition } from "./definition";
import { definitionHash } from "./definition-hash";
import { modelFiles, runFiles } from "./folder";
import type { Ratio } from "./ratio";
import { readDefinitionFile, readSummary, type TrainingSummary } from "./run";

/** A trained network with what its training left beside it. */
export interface TrainedNetwork {
  readonly definition: TrainingDefinition;
  readonly summary: TrainingSummary;
  readonly network: FeedbackNetwork;
  /** For the values that the network sends, by ratio; those of the definition. */
  readonly quantizers: Readonly<Partial<Record<Ratio, ScalarQuantizer>>>;
  /** The same for the control that sends the largest elements; none for networks with a fixed codeword. */
  readonly controlQuantizers: Readonly<Partial<Record<Ratio, ScalarQuantizer>>>;
  /** Frees the network. */
  dispose(): void;
}

/**
 * Whether the folder holds a finished run, of the definition where one is given.
 *
 * @throws CsiFeedbackError `FILE_CORRUPT` for a summary that is not JSON, `FILE_CHANGED`.
 */
export async function isFinished(folder: string, definition?: TrainingDefinition): Promise<boolean> {
  const summary = await readSummary(folder);
  if (summary === undefined) return false;
  return definition === undefined || summary.hash === (await definitionHash(definition));
}

/**
 * Loads a finished run. An engine must be running.
 *
 * @throws CsiFeedbackError `RUN_NOT_FINISHED`, `INVALID_QUANTIZERS`, `FILE_CORRUPT`, and what
 * `loadNetwork` throws for a damaged weights file.
 */
export async function loadTrainedNetwork(folder: string): Promise<TrainedNetwork> {
  const summary = await readSummary(folder);
  const described = await readDefinitionFile(folder);
  if (summary === undefined || described === undefined) {
    throw new CsiFeedbackError(
      "RUN_NOT_FINISHED",
      `loadTrainedNetwork: ${folder} holds no finished run; train it with: csi-feedback train`,
    );
  }
  const model = join(folder, runFiles.model);
  const quantizers = await readQuantizers(join(model, modelFiles.quantizers));
  const network = loadNetwork(await readFile(join(model, modelFiles.weights)), summary.network);
  return {
    definition: described.definition,
    summary,
    network,
    ...quantizers,
    dispose: () => network.dispose(),
  };
}

async function readQuantizers(
  path: string,
): Promise<Pick<TrainedNetwork, "quantizers" | "controlQuantizers">> {
  const text = await readFile(path, "utf8");
  const build = (designs: Readonly<Record<string, ScalarQuantizerJson>> = {}) =>
    Object.fromEntries(Object.entries(designs).map(([ratio, json]) => [ratio, new ScalarQuantizer(json)]));
  try {
    const { network, largest } = JSON.parse(text);
    return { quantizers: build(network), controlQuantizers: build(largest) };
  } catch (cause) {
    throw new CsiFeedbackError("INVALID_QUANTIZERS", `${path}: no quantizers in it`, { cause });
  }
}
