// Quantizers for a trained network's values: Lloyd-Max on its codewords for training
// samples, one for each compression ratio.
import { designLloydMax, type ScalarQuantizerJson } from "@csi-feedback/codec";
import type { ChannelSource } from "@csi-feedback/datasets";
import type { FeedbackMethod } from "@csi-feedback/networks";
import { elementsAt, type Ratio } from "./ratio";

/** Samples whose codewords a quantizer is designed on, spread over the training data. */
const designSamples = 1000;

/** One quantizer per ratio, as JSON. */
export async function designQuantizers(
  method: FeedbackMethod,
  source: ChannelSource,
  { ratios, valueBits }: { readonly ratios: readonly Ratio[]; readonly valueBits: number },
): Promise<Record<string, ScalarQuantizerJson>> {
  const count = Math.min(designSamples, source.count);
  const spread = Int32Array.from({ length: count }, (_, i) => Math.floor((i * source.count) / count));
  const channels = await source.read(spread);
  const designs: Record<string, ScalarQuantizerJson> = {};
  for (const ratio of ratios) {
    const codewords = await method.encode(channels, { batch: count, elements: elementsAt(ratio) });
    const values = codewords.flatMap(({ values }) => Array.from(values));
    designs[ratio] = designLloydMax(values, { bits: valueBits }).quantizer.toJSON();
  }
  return designs;
}
