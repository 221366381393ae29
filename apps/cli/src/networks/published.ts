// Published weights of other people's code, brought to our networks: which network a
// state dictionary is of, and the network with these weights.
import { CsiFeedbackError } from "@csi-feedback/common";
import { type FeedbackNetwork, networks } from "@csi-feedback/networks";
import type { SafeTensor } from "@csi-feedback/safetensors";

/** Which axis the weights were trained to see first. */
export type FirstAxis = "angle" | "delay";

/** The tensor of the encoder's matrix product tells the network and the sizes: `[codeword, 2 x delays x antennas]`. */
const encoderProducts = {
  crnet: "encoder_fc.weight",
  clnet: "encoder.replace_efc.weight",
  csinet: "encoder.dense.weight",
} as const;

/**
 * The network whose official names the tensors have, with them as weights.
 *
 * @param firstAxis - `"angle"` for weights trained on CsiNet's files, `[2, antennas, delays]`.
 * @throws CsiFeedbackError `UNRECOGNISED_WEIGHTS` for tensors of another network, `CHECKPOINT_MISMATCH` for
 * missing tensors or other shapes.
 */
export function networkOfWeights(
  tensors: ReadonlyMap<string, SafeTensor>,
  firstAxis: FirstAxis,
): FeedbackNetwork {
  for (const [name, product] of Object.entries(encoderProducts)) {
    const shape = tensors.get(product)?.shape;
    if (shape === undefined) continue;
    const [codeword, size] = shape;
    const side = Math.sqrt(size / 2);
    if (!Number.isInteger(side)) {
      unrecognised(`${product} must have 2 x n x n columns`, `[${shape.join(", ")}]`);
    }
    const network = networks[name]({ codeword, delays: side, antennas: side, firstAxis });
    try {
      network.assign(tensors);
    } catch (error) {
      network.dispose();
      throw error;
    }
    return network;
  }
  return unrecognised(
    `the weights must have the tensor names of ${Object.keys(encoderProducts).join(", ")}`,
    [...tensors.keys()].slice(0, 4).join(", ") || "no tensors",
  );
}

function unrecognised(rule: string, received: string): never {
  throw new CsiFeedbackError("UNRECOGNISED_WEIGHTS", `convert: ${rule}, received ${received}`);
}
