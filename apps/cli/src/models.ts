// A trained model on disk: the network's weights, and beside them the quantizers that
// were designed on its training codewords, one for each compression ratio.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FrameConfiguration, ScalarQuantizer, type ScalarQuantizerJson } from "@csi-feedback/codec";
import { CsiFeedbackError } from "@csi-feedback/common";
import { type FeedbackNetwork, loadNetwork } from "@csi-feedback/networks";
import { elementsAt, type Ratio } from "./ratio";

/** Files of a model folder. */
export const modelFiles = { weights: "weights.safetensors", quantizers: "quantizers.json" } as const;

/** A loaded model. */
export interface Model {
  readonly network: FeedbackNetwork;
  /** Configuration of the network's frames at a ratio. */
  frames(ratio: Ratio): FrameConfiguration;
  /** The same for the control that sends the largest elements: a quantizer of its own, equal bits. */
  controlFrames(ratio: Ratio): FrameConfiguration;
}

/** The quantizers of a model folder: for the network's values and for the control's, by compression ratio. */
export interface ModelQuantizers {
  readonly network: Readonly<Record<string, ScalarQuantizerJson>>;
  readonly largest: Readonly<Record<string, ScalarQuantizerJson>>;
}

/** The folder of a model that travels with the app. */
export function bundledModel(name: string): string {
  return fileURLToPath(new URL(`../models/${name}`, import.meta.url));
}

/**
 * Loads a model folder.
 *
 * @throws CsiFeedbackError of `loadNetwork` for weights of another network or a damaged file,
 * `INVALID_QUANTIZERS` for a quantizer file that does not fit.
 */
export async function loadModel(folder: string): Promise<Model> {
  const network = loadNetwork(await readFile(join(folder, modelFiles.weights)), "llmcsinet");
  const path = join(folder, modelFiles.quantizers);
  const quantizers = await readQuantizers(path);
  const framesOf = (which: keyof ModelQuantizers) => (ratio: Ratio) => ({
    shape: network.shape,
    elements: elementsAt(ratio),
    quantizer: quantizerOf(path, quantizers, which, ratio),
    ...frameFields,
  });
  return { network, frames: framesOf("network"), controlFrames: framesOf("largest") };
}

/** What all frames of this app have in common: 12 bits for the sample's mean, 16 for its physical scale. */
const frameFields = { indexCode: "enumerative", meanBits: 12, scaleBits: 16 } as const;

async function readQuantizers(path: string): Promise<ModelQuantizers> {
  const text = await readFile(path, "utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CsiFeedbackError("INVALID_QUANTIZERS", `${path}: not JSON`, { cause });
  }
}

function quantizerOf(
  path: string,
  quantizers: ModelQuantizers,
  which: keyof ModelQuantizers,
  ratio: Ratio,
): ScalarQuantizer {
  const json = Object(Object(quantizers)[which])[ratio];
  if (json === undefined) {
    throw new CsiFeedbackError("INVALID_QUANTIZERS", `${path}: no ${which} quantizer for the ratio ${ratio}`);
  }
  return new ScalarQuantizer(json);
}
