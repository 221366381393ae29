// The controls of every table: what the same number of sent values buys without any
// network. A network is worth what it gains on these.
import {
  createLasso,
  type FeedbackMethod,
  fitPrincipalComponents,
  keepElements,
} from "@csi-feedback/networks";
import type { ExperimentContext, MeasuredRow } from "../experiment";
import { denominatorOf, elementsAt, type Ratio } from "../training/ratio";
import { measureQuality } from "./quality";
import { qualityRows } from "./rows";
import { firstSamples, type TestData, trainingSplit } from "./test-data";

/** Samples that LASSO is measured on: its recovery takes hundreds of iterations. */
const LASSO_SAMPLES = 100;

/** Names of the controls in rows. */
export const CONTROL = {
  largest: "M largest",
  random: "M random",
  pca: "PCA",
  lasso: "LASSO (FISTA)",
} as const;

/** The control that keeps M elements of samples like these. */
export function keeping(rule: "largest" | "random", { shape }: TestData): FeedbackMethod {
  return keepElements({ rule, delays: shape[2], antennas: shape[3] });
}

/** Values of a dense codeword at a ratio. */
export function codewordAt(ratio: Ratio, { shape }: TestData): number {
  return (2 * shape[2] * shape[3]) / denominatorOf(ratio);
}

const fitted = new Map<Float32Array, Promise<FeedbackMethod>>();

/** PCA learned on the training split, with as many components as the largest ratio has values. */
async function principalComponents(context: ExperimentContext, channel: string): Promise<FeedbackMethod> {
  const train = await trainingSplit(context, channel);
  let method = fitted.get(train.values);
  if (method === undefined) {
    const [batch, , delays, antennas] = train.shape;
    const components = Math.min(batch, codewordAt("1/8", train));
    method = fitPrincipalComponents(train.values, { batch, components, delays, antennas });
    fitted.set(train.values, method);
    method.catch(() => fitted.delete(train.values));
  }
  return method;
}

/** NMSE and SGCS of the control that keeps the M largest elements, the one that no table goes without. */
export async function largestRows(
  sets: readonly TestData[],
  ratio: Ratio,
  condition = "",
): Promise<MeasuredRow[]> {
  const rows: MeasuredRow[] = [];
  for (const set of sets) {
    const quality = await measureQuality(keeping("largest", set), set, { elements: elementsAt(ratio) });
    rows.push(...qualityRows({ method: CONTROL.largest, ratio, condition, epochs: 0 }, set, quality));
  }
  return rows;
}

/** NMSE and SGCS of all controls at one ratio over each set of a channel. */
export async function controlRows(
  context: ExperimentContext,
  sets: readonly TestData[],
  ratio: Ratio,
): Promise<MeasuredRow[]> {
  const { signal } = context;
  const stop = signal ? { signal } : {};
  const rows: MeasuredRow[] = [];
  for (const set of sets) {
    const subject = (method: string) => ({ method, ratio, epochs: 0 });
    rows.push(...(await largestRows([set], ratio)));
    const options = { elements: elementsAt(ratio), ...stop };
    const random = await measureQuality(keeping("random", set), set, options);
    rows.push(...qualityRows(subject(CONTROL.random), set, random));
    const pca = await principalComponents(context, set.channel);
    const coefficients = Math.min(
      codewordAt(ratio, set),
      (await trainingSplit(context, set.channel)).shape[0],
    );
    const linear = await measureQuality(pca, set, { elements: coefficients, ...stop });
    rows.push(...qualityRows(subject(CONTROL.pca), set, linear));
    const few = firstSamples(set, LASSO_SAMPLES);
    const [, , delays, antennas] = set.shape;
    const lasso = createLasso({ codeword: codewordAt(ratio, set), delays, antennas });
    rows.push(...qualityRows(subject(CONTROL.lasso), few, await measureQuality(lasso, few, stop)));
  }
  return rows;
}
