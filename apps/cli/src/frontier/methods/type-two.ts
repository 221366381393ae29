// Enhanced Type II of TS 38.214: what base stations use today. A report takes the bits that
// the standard gives it, and 28 to 29 more for the amplitude, phase and delay that make its
// precoders a channel; so it has settings and no budget.
import { normalize } from "@csi-feedback/channel-dft";
import { angleDelayFeedback, createEnhancedTypeTwo } from "@csi-feedback/codebooks";
import type { FrontierMethod } from "../method";
import { unscale } from "./frames";

/** Values of paramCombination-r16 that the standard has for so many subbands, from few bits to many. */
const combinations = [1, 2, 3, 4, 5, 6] as const;

/** The standard's 32-port report, a subband for every kept tap, so that nothing is averaged. */
export const typeTwo: FrontierMethod = {
  name: "type-two",
  title: "Enhanced Type II",
  async prepare({ shape }) {
    const [, delays, antennas] = shape;
    return {
      async settings() {
        return combinations.map((combination) => {
          const codebook = createEnhancedTypeTwo({ antennas, subbands: delays, combination });
          const feedback = angleDelayFeedback(codebook, { delays });
          return {
            setting: `combination ${combination}`,
            ueParameters: 0,
            bsParameters: 0,
            async encode(sample) {
              // The amplitude field is logarithmic over 128 octaves: it holds the physical scale as well.
              const { data, scale } = normalize({ data: sample, shape: [1, ...shape] });
              const reports = await feedback.encode(data, { batch: 1 });
              return {
                bits: 8 * reports[0].bytes.length,
                reconstruct: async () => unscale(await feedback.decode(reports), scale[0]),
              };
            },
          };
        });
      },
    };
  },
};
