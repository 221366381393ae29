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

/** A control at a ratio, and how it is measured. */
export interface Control {
  readonly title: string;
  readonly method: FeedbackMethod;
  /** Elements or coefficients that are sent, where the method leaves the number open. */
  readonly elements?: number;
  /** Samples that it is measured on at most. */
  readonly samples?: number;
  /** Whether a report says which elements were kept; random ones follow from a seed. */
  readonly sendsPositions: boolean;
}

/** The controls at one ratio, for samples like these. */
export async function controlsAt(
  context: ExperimentContext,
  set: TestData,
  ratio: Ratio,
): Promise<Control[]> {
  const elements = elementsAt(ratio);
  const training = await trainingSplit(context, set.channel);
  const codeword = codewordAt(ratio, set);
  const [, , delays, antennas] = set.shape;
  return [
    { title: CONTROL.largest, method: keeping("largest", set), elements, sendsPositions: true },
    { title: CONTROL.random, method: keeping("random", set), elements, sendsPositions: false },
    {
      title: CONTROL.pca,
      method: await principalComponents(context, set.channel),
      elements: Math.min(codeword, training.shape[0]),
      sendsPositions: false,
    },
    {
      title: CONTROL.lasso,
      method: createLasso({ codeword, delays, antennas }),
      samples: LASSO_SAMPLES,
      sendsPositions: false,
    },
  ];
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
    for (const { title, method, elements, samples } of await controlsAt(context, set, ratio)) {
      const some = samples === undefined ? set : firstSamples(set, samples);
      const options = { ...(elements === undefined ? {} : { elements }), ...stop };
      const quality = await measureQuality(method, some, options);
      rows.push(...qualityRows({ method: title, ratio, epochs: 0 }, some, quality));
    }
  }
  return rows;
}
