// The codebook of the standard as a control: enhanced Type II of TS 38.214, a subband for
// every delay tap, so that nothing is averaged.
import {
  type AngleDelayFeedback,
  angleDelayFeedback,
  createEnhancedTypeTwo,
  type ParameterCombination,
} from "@csi-feedback/codebooks";
import type { TestData } from "./test-data";

/** Title in rows. */
export const TYPE_TWO = "Enhanced Type II";

/** Values of paramCombination-r16 that the standard has for so many subbands, from few bits to many. */
export const combinations: readonly ParameterCombination[] = [1, 2, 3, 4, 5, 6];

/** Samples that it is measured on at most: its search takes time. */
export const TYPE_TWO_SAMPLES = 200;

/** What the base station has of the samples, and the bits of a report, mean. */
export async function viaTypeTwo(
  { values, shape }: TestData,
  combination: ParameterCombination,
): Promise<{ rebuilt: Float32Array; bits: number }> {
  const [batch, , delays, antennas] = shape;
  const codebook = createEnhancedTypeTwo({ antennas, subbands: delays, combination });
  const feedback: AngleDelayFeedback = angleDelayFeedback(codebook, { delays });
  const reports = await feedback.encode(values, { batch });
  const bits = reports.reduce((sum, report) => sum + report.bits.total, 0) / batch;
  return { rebuilt: await feedback.decode(reports), bits };
}
