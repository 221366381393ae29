// Quantizers for what methods send: Lloyd-Max, designed on the codewords of training
// samples, all values of a codeword together.
import { designLloydMax, type ScalarQuantizer } from "@csi-feedback/codec";
import type { Codeword, FeedbackMethod } from "@csi-feedback/networks";
import { encodeAll } from "./quality";
import { firstSamples, type TestData } from "./test-data";

/** Training samples whose codewords a quantizer is designed on. */
const DESIGN_SAMPLES = 500;

/** Codewords of the first training samples. */
export function trainingCodewords(
  method: FeedbackMethod,
  train: TestData,
  elements: number,
): Promise<Codeword[]> {
  const { values, shape } = firstSamples(train, DESIGN_SAMPLES);
  return encodeAll(method, values, shape, { elements });
}

/** The Lloyd-Max quantizer of so many bits for values like these. */
export function designOn(codewords: readonly Codeword[], bits: number): ScalarQuantizer {
  const values = new Float32Array(codewords.reduce((sum, one) => sum + one.values.length, 0));
  let place = 0;
  for (const codeword of codewords) {
    values.set(codeword.values, place);
    place += codeword.values.length;
  }
  return designLloydMax(values, { bits }).quantizer;
}
