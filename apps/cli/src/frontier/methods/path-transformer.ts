// Sparse paths with learning: fitted and quantised jointly, coded with the odds of a transformer.
import { invalid } from "@csi-feedback/common";
import { PathTransformerCodec, parameterCount } from "@csi-feedback/path-transformer";
import type { FrontierMethod } from "../method";

/** LLMCsiNet+. */
export const pathTransformer: FrontierMethod = {
  name: "path-transformer",
  title: "LLMCsiNet+ (paths, transformer)",
  async prepare({ shape }) {
    if (shape[1] !== 32 || shape[2] !== 32) {
      invalid("INVALID_SHAPE", "path-transformer", "samples must be [2, 32, 32]", shape);
    }
    const codec = new PathTransformerCodec();
    return {
      async atBudget(bits) {
        return {
          setting: "fitted and quantised jointly",
          ueParameters: parameterCount,
          bsParameters: parameterCount,
          async encode(sample, noise) {
            const { bytes } = codec.encode(sample, { bits, noise });
            return { bits: 8 * bytes.length, reconstruct: async () => codec.decode(bytes) };
          },
        };
      },
    };
  },
};
