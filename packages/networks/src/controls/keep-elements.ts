// Controls without any network: keep M elements as they are, fill the rest with the mean.
// What a network adds is what it gains on these at the same number of bits.
import { invalid, randomStream } from "@csi-feedback/common";
import { type SelfInformationOptions, selfInformation } from "@csi-feedback/self-information";
import { assertBatch, assertElements, meanOf, placeElements, rankingKeys, selectElements } from "../elements";
import type { Codeword, EncodeOptions, FeedbackMethod } from "../network";

/** Which elements are kept: the largest distances from the mean, the highest self-information (eq. 9), or random ones. */
export type KeepRule = "largest" | "self-information" | "random";

/** Options of {@link keepElements}. */
export interface KeepElementsOptions {
  readonly rule: KeepRule;
  readonly delays?: number;
  readonly antennas?: number;
  /** For the rule `"self-information"`; per-sample normalisation and padding with zero signal when absent. */
  readonly selfInformation?: SelfInformationOptions;
  /** For the rule `"random"`: the same seed keeps the same elements of the sample at the same place in a batch. */
  readonly seed?: number;
}

/**
 * The control that keeps M elements. Its codewords are like LLMCsiNet's: values, positions, mean.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION` for an unknown rule.
 *
 * @example
 * ```ts
 * import { keepElements } from "@csi-feedback/networks";
 *
 * const largest = keepElements({ rule: "largest", delays: 2, antennas: 2 });
 * const channel = Float32Array.of(0.5, 0.75, 0.5, 0.5, 0.5, 0.5, 0.25, 0.5); // [1, 2, 2, 2]
 * const codewords = await largest.encode(channel, { batch: 1, elements: 2 });
 * console.log(Array.from(codewords[0].positions ?? [])); // [ 1, 6 ]
 * console.log(Array.from(await largest.decode(codewords)).join(" ")); // 0.5 0.75 0.5 0.5 0.5 0.5 0.25 0.5
 * ```
 */
export function keepElements(options: KeepElementsOptions): FeedbackMethod {
  const { rule, delays = 32, antennas = 32, seed = 0 } = options;
  if (rule !== "largest" && rule !== "self-information" && rule !== "random") {
    invalid(
      "INVALID_CONFIGURATION",
      "keepElements",
      'rule must be "largest", "self-information" or "random"',
      rule,
    );
  }
  const estimate = { normalization: "sample", padding: 0.5, ...options.selfInformation } as const;
  const shape = [2, delays, antennas] as const;
  const size = 2 * delays * antennas;
  return {
    name: rule,
    shape,
    async encode(channels: Float32Array, { batch, elements }: EncodeOptions): Promise<Codeword[]> {
      assertBatch("keepElements.encode", channels, batch, shape);
      const count = assertElements("keepElements.encode", elements, size);
      return Array.from({ length: batch }, (_, i) => {
        const sample = channels.subarray(i * size, (i + 1) * size);
        const mean = meanOf(sample);
        if (rule === "random") {
          return selectElements(
            sample,
            Float32Array.from(randomStream(seed, i).permutation(size)),
            mean,
            count,
          );
        }
        const bySelfInformation = rule === "self-information";
        const bits = bySelfInformation
          ? selfInformation(sample, [1, ...shape], estimate)
          : new Float32Array(0);
        const keys = rankingKeys(sample, mean, bits, bySelfInformation ? "self-information" : "deviation");
        return selectElements(sample, keys, mean, count);
      });
    },
    async decode(codewords: readonly Codeword[]): Promise<Float32Array> {
      const output = new Float32Array(codewords.length * size);
      for (const [i, codeword] of codewords.entries()) {
        placeElements(
          "keepElements.decode",
          codeword,
          output.subarray(i * size, (i + 1) * size),
          new Float32Array(size),
        );
      }
      return output;
    },
  };
}
