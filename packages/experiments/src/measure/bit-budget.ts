// The best that a method makes of a number of bits: how many values, how many bits each.
// What is best is found on training samples; what it is worth is measured on test samples, in
// frames as they would be sent, every bit counted.
import {
  bestAllocation,
  type FrameConfiguration,
  frameBits,
  type PositionModel,
  type ScalarQuantizer,
  trainPositionModel,
} from "@csi-feedback/codec";
import type { Codeword, FeedbackMethod } from "@csi-feedback/networks";
import { compare, decodeAll, encodeAll, type Quality } from "./quality";
import { designOn } from "./quantization";
import { firstSamples, type TestData } from "./test-data";

/**
 * Training samples: for quantizers, and of these for the search. Position models are trained on the rest, so
 * that what they cost is not measured on what they know.
 */
const DESIGN = 1000;
const SEARCH = 100;

/** How positions are coded; `"none"` for codewords without positions. */
export type PositionCode = "fixed" | "enumerative" | "learned" | "none";

/** A method that can spend bits in several ways. */
export interface Sender {
  /** Numbers of values that it can send, ascending. */
  readonly elements: readonly number[];
  /** The method that sends so many. */
  method(elements: number): Promise<FeedbackMethod>;
  readonly codes: readonly PositionCode[];
  /** Bits of a value that are tried. */
  readonly valueBits: readonly number[];
}

/** What a sender makes of a budget. */
export interface Spent {
  readonly budget: number;
  readonly code: PositionCode;
  readonly elements: number;
  readonly valueBits: number;
  /** Bits of a report, mean over the test samples: values, positions, mean, scale, check. */
  readonly bits: number;
  readonly quality: Quality;
}

/** What is known about a number of elements before the test. */
interface Known {
  readonly method: FeedbackMethod;
  readonly codewords: readonly Codeword[];
  readonly model: PositionModel | undefined;
  readonly quantizers: ReadonlyMap<number, ScalarQuantizer>;
}

/** Spends every budget as well as the sender can, with each of its codes. */
export async function spendBudgets(
  sender: Sender,
  {
    train,
    test,
    signal,
  }: { readonly train: TestData; readonly test: TestData; readonly signal?: AbortSignal },
  budgets: readonly number[],
): Promise<Spent[]> {
  const stop = signal ? { signal } : {};
  const design = firstSamples(train, DESIGN);
  const search = firstSamples(train, SEARCH);
  const known = new Map<number, Known>();
  for (const elements of sender.elements) {
    known.set(elements, await learn(sender, elements, design, stop));
  }
  const of = (elements: number) => known.get(elements) as Known;
  const distortions = new Map<string, number>();
  const distortion = async (elements: number, valueBits: number) => {
    const key = `${elements} ${valueBits}`;
    let found = distortions.get(key);
    if (found === undefined) {
      const { method, codewords, quantizers } = of(elements);
      const sent = codewords.slice(0, search.shape[0]);
      const quantizer = quantizers.get(valueBits) as ScalarQuantizer;
      found = compare(search, await decodeAll(method, sent, { quantizer, ...stop })).nmse.value;
      distortions.set(key, found);
    }
    return found;
  };
  const results: Spent[] = [];
  const measured = new Map<string, { codewords: readonly Codeword[]; quality: Quality }>();
  for (const code of sender.codes) {
    const cost = new Map<string, number>();
    const bits = (elements: number, valueBits: number) => {
      const key = `${elements} ${valueBits}`;
      const known =
        cost.get(key) ?? meanBits(of(elements), code, valueBits, of(elements).codewords.slice(0, SEARCH));
      cost.set(key, known);
      return known;
    };
    const cheapest = bits(sender.elements[0], sender.valueBits[0]);
    for (const budget of budgets.filter((one) => one >= cheapest)) {
      const { elements, valueBits: settings } = sender;
      const [best] = await bestAllocation({ budget, settings, elements, bits, distortion, candidates: 2 });
      const key = `${best.elements} ${best.setting}`;
      const { method, quantizers } = of(best.elements);
      const found = measured.get(key) ?? {
        ...(await measure(method, test, best.elements, quantizers.get(best.setting), stop)),
      };
      measured.set(key, found);
      results.push({
        budget,
        code,
        elements: best.elements,
        valueBits: best.setting,
        bits: meanBits(of(best.elements), code, best.setting, found.codewords),
        quality: found.quality,
      });
    }
  }
  return results;
}

async function learn(
  sender: Sender,
  elements: number,
  { values, shape }: TestData,
  stop: { readonly signal?: AbortSignal },
): Promise<Known> {
  const method = await sender.method(elements);
  const codewords = await encodeAll(method, values, shape, { elements, ...stop });
  const positions = codewords.flatMap((one) => (one.positions === undefined ? [] : [one.positions]));
  return {
    method,
    codewords,
    model: sender.codes.includes("learned")
      ? trainPositionModel(positions.length > SEARCH ? positions.slice(SEARCH) : positions, method.shape)
      : undefined,
    quantizers: new Map(sender.valueBits.map((bits) => [bits, designOn(codewords, bits)])),
  };
}

async function measure(
  method: FeedbackMethod,
  test: TestData,
  elements: number,
  quantizer: ScalarQuantizer | undefined,
  stop: { readonly signal?: AbortSignal },
): Promise<{ codewords: Codeword[]; quality: Quality }> {
  const codewords = await encodeAll(method, test.values, test.shape, { elements, ...stop });
  const rebuilt = await decodeAll(method, codewords, { ...(quantizer ? { quantizer } : {}), ...stop });
  return { codewords, quality: compare(test, rebuilt) };
}

/** Mean bits of the frames of these codewords. */
function meanBits(
  { method, model, quantizers }: Known,
  code: PositionCode,
  valueBits: number,
  codewords: readonly Codeword[],
): number {
  const configuration: FrameConfiguration = {
    shape: method.shape,
    elements: codewords[0].values.length,
    quantizer: quantizers.get(valueBits) as ScalarQuantizer,
    scaleBits: 16,
    ...(code === "none"
      ? { addressing: "none" }
      : { indexCode: code === "learned" ? (model as PositionModel) : code }),
  };
  const sum = codewords.reduce(
    (total, one) => total + frameBits({ ...one, scale: 1 }, configuration).bits,
    0,
  );
  return sum / codewords.length;
}
