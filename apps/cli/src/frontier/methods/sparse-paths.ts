// CSI as a list of propagation paths, with either effort at the user's side.
import { type Effort, PathCodec, pathModels } from "@csi-feedback/sparse-paths";
import { subcarriers } from "../channel";
import type { FrontierMethod } from "../method";

/** Numbers that the entropy models learned. */
const learned = pathModels.reduce(
  (sum, { delays, angles, offsets, firstClass, drops }) =>
    sum + delays.length + angles.length + offsets.length + firstClass.length + drops.length + 1,
  0,
);

function withEffort(name: string, title: string, effort: Effort): FrontierMethod {
  return {
    name,
    title,
    async prepare({ shape }) {
      const codec = new PathCodec({
        window: {
          delays: shape[1],
          subcarriers,
          array: { kind: "ula", elements: shape[2] },
          angleOrder: "centered",
        },
      });
      return {
        async atBudget(bits) {
          return {
            setting: `${effort} search`,
            ueParameters: learned,
            bsParameters: learned,
            async encode(sample, noise) {
              const { bytes } = codec.encode(sample, { bits, noise, effort });
              return { bits: 8 * bytes.length, reconstruct: async () => codec.decode(bytes) };
            },
          };
        },
      };
    },
  };
}

/** Paths found without a grid, quantised in a closed loop, entropy coded. */
export const sparsePaths = withEffort("sparse-paths", "Sparse paths", "thorough");

/** The same with the search that a slow user can afford. */
export const sparsePathsFast = withEffort("sparse-paths-fast", "Sparse paths, fast search", "fast");
