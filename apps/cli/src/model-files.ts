// The files of a trained model's folder, without the network itself: where they are, and
// the frames of each compression ratio from its quantizers.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FrameConfiguration, ScalarQuantizer, type ScalarQuantizerJson } from "@csi-feedback/codec";
import { CsiFeedbackError } from "@csi-feedback/common";
import { elementsAt, type Ratio } from "./ratio";

/** Files of a model folder. */
export const modelFiles = { weights: "weights.safetensors", quantizers: "quantizers.json" } as const;

/** The configurations of a model's frames. */
export interface ModelFrames {
  /** Configuration of the network's frames at a ratio. */
  frames(ratio: Ratio): FrameConfiguration;
  /** The same for the control that sends the largest elements: a quantizer of its own, equal bits. */
  controlFrames(ratio: Ratio): FrameConfiguration;
}

/** The quantizers of a model folder: for the network's values and for the control's, by compression ratio. */
interface ModelQuantizers {
  readonly network: Readonly<Record<string, ScalarQuantizerJson>>;
  readonly largest: Readonly<Record<string, ScalarQuantizerJson>>;
}

/** The folder of a model that travels with the app. */
export function bundledModel(name: string): string {
  return fileURLToPath(new URL(`../models/${name}`, import.meta.url));
}

/**
 * The frames of a model folder.
 *
 * @throws CsiFeedbackError `INVALID_QUANTIZERS` for a quantizer file that does not fit.
 */
export async function readFrames(folder: string, shape: FrameConfiguration["shape"]): Promise<ModelFrames> {
  const path = join(folder, modelFiles.quantizers);
  const quantizers = await readQuantizers(path);
  const framesOf = (which: keyof ModelQuantizers) => (ratio: Ratio) => ({
    shape,
    elements: elementsAt(ratio),
    quantizer: quantizerOf(path, quantizers, which, ratio),
    ...frameFields,
  });
  return { frames: framesOf("network"), controlFrames: framesOf("largest") };
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
