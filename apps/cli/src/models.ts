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
  /** Configuration of the frames at a ratio. */
  frames(ratio: Ratio): FrameConfiguration;
}

/** The folder of a model that travels with the app. */
export function bundledModel(name: string): string {
  return fileURLToPath(new URL(`../models/${name}`, import.meta.url));
}

/** What the frames of this app have in common: 16 bits for the sample's physical scale, 12 for its mean. */
export function frameConfiguration(
  shape: readonly [number, number, number],
  elements: number,
  quantizer: ScalarQuantizer,
): FrameConfiguration {
  return { shape, elements, quantizer, indexCode: "enumerative", meanBits: 12, scaleBits: 16 };
}

/**
 * Loads a model folder.
 *
 * @throws CsiFeedbackError of `loadNetwork` for weights of another network or a damaged file,
 * `INVALID_QUANTIZERS` for a quantizer file that does not fit.
 */
export async function loadModel(folder: string, network = "llmcsinet"): Promise<Model> {
  const loaded = loadNetwork(await readFile(join(folder, modelFiles.weights)), network);
  const quantizers = await loadQuantizers(join(folder, modelFiles.quantizers));
  return {
    network: loaded,
    frames: (ratio) => frameConfiguration(loaded.shape, elementsAt(ratio), quantizers(ratio)),
  };
}

/** The quantizers of a file, by compression ratio. */
export async function loadQuantizers(path: string): Promise<(ratio: Ratio) => ScalarQuantizer> {
  const text = await readFile(path, "utf8");
  let byRatio: Record<string, ScalarQuantizerJson>;
  try {
    byRatio = JSON.parse(text);
  } catch (cause) {
    throw new CsiFeedbackError("INVALID_QUANTIZERS", `${path}: not JSON`, { cause });
  }
  return (ratio) => {
    if (!Object.hasOwn(byRatio ?? {}, ratio)) {
      throw new CsiFeedbackError("INVALID_QUANTIZERS", `${path}: no quantizer for the ratio ${ratio}`);
    }
    return new ScalarQuantizer(byRatio[ratio]);
  };
}
