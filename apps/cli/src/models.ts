// A trained model on disk: the network's weights, and beside them the quantizers that
// were designed on its training codewords, one for each compression ratio.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type FeedbackNetwork, loadNetwork } from "@csi-feedback/networks";
import { type ModelFrames, modelFiles, readFrames } from "./model-files";

export { bundledModel } from "./model-files";

/** A loaded model. */
export interface Model extends ModelFrames {
  readonly network: FeedbackNetwork;
}

/**
 * Loads a model folder.
 *
 * @throws CsiFeedbackError of `loadNetwork` for weights of another network or a damaged file,
 * `INVALID_QUANTIZERS` for a quantizer file that does not fit.
 */
export async function loadModel(folder: string): Promise<Model> {
  const network = loadNetwork(await readFile(join(folder, modelFiles.weights)), "llmcsinet");
  return { network, ...(await readFrames(folder, network.shape)) };
}
