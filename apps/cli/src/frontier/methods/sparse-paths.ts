// CSI as a list of propagation paths.
import { PathCodec, pathModels } from "@csi-feedback/sparse-paths";
import type { FrontierMethod } from "../method";

/** Paths found without a grid, quantised in a closed loop, entropy coded. */
export const sparsePaths: FrontierMethod = {
  name: "sparse-paths",
  title: "Sparse paths",
  async prepare({ shape }) {
    const codec = new PathCodec({
      window: {
        delays: shape[1],
        subcarriers: 1024,
        array: { kind: "ula", elements: shape[2] },
        angleOrder: "centered",
      },
    });
    const weights = pathModels.reduce(
      (sum, { delays, angles, offsets, firstClass, drops }) =>
        sum + delays.length + angles.length + offsets.length + firstClass.length + drops.length + 1,
      0,
    );
    return {
      ueParameters: weights,
      bsParameters: weights,
      async atBudget(bits) {
        return {
          async encode(sample, noise) {
            const { bytes } = codec.encode(sample, { bits, noise });
            return { bits: 8 * bytes.length, reconstruct: async () => codec.decode(bytes) };
          },
        };
      },
    };
  },
};
