// Ways of quantising the gains of path lists at equal bits: the magnitude classes of packages/sparse-paths with uniform
// phases against Lloyd-Max quantizers of real and imaginary part and of magnitude and phase. Gains only; the
// strongest of a list is 1. From the repository root:
//   npx tsx benchmarks/sparse-paths/gain-quantizers.ts [samples]
// Half of the samples are for designing and for odds, the other half is measured.
import { generateChannels } from "@csi-feedback/channel-models";
import { designLloydMax } from "@csi-feedback/codec";
import { csiNetWindow } from "@csi-feedback/sparse-paths";
import {
  classOf,
  classSize,
  LARGEST_CLASS,
  PathEstimator,
  phaseCount,
  Window,
} from "@csi-feedback/sparse-paths/parts";

type Gain = readonly [re: number, im: number];

const samples = Number(process.argv[2] ?? 200);
const window = new Window(csiNetWindow, "gain-quantizers");
const estimator = new PathEstimator(window);

/** Gains of `paths` paths of every sample, over the strongest of the sample. */
function gainsOf(model: "cost2100-indoor" | "cost2100-semi-urban-nlos", paths: number): Gain[][] {
  const { data } = generateChannels({ model, samples, seed: 7301 });
  return Array.from({ length: samples }, (_, i) => {
    const channel = window.unwind(data.slice(i * 2048, (i + 1) * 2048), "gain-quantizers");
    const { gainsRe, gainsIm, count } = estimator.estimate(channel, { paths });
    const strongest = Math.max(...gainsRe.subarray(0, count).map((re, k) => Math.hypot(re, gainsIm[k])));
    return Array.from({ length: count }, (_, k): Gain => [gainsRe[k] / strongest, gainsIm[k] / strongest]);
  });
}

const energyOf = (gains: readonly Gain[]) => gains.reduce((sum, [re, im]) => sum + re * re + im * im, 0);
const decibels = (error: number, gains: readonly Gain[]) => 10 * Math.log10(error / energyOf(gains));

/** Error of the quantised gain nearest to a gain by magnitude and phase. */
function polarError([re, im]: Gain, magnitude: number, phases: number): number {
  const turn = (2 * Math.PI * Math.round((Math.atan2(im, re) / (2 * Math.PI)) * phases)) / phases;
  return (re - magnitude * Math.cos(turn)) ** 2 + (im - magnitude * Math.sin(turn)) ** 2;
}

/** Classes and phases at a step, classes by the entropy of the odds of other samples; gains below half a step are zero. */
function classes(design: readonly Gain[], measured: readonly Gain[], step: number) {
  const magnitudeOf = ([re, im]: Gain) => Math.round(Math.hypot(re, im) / step);
  const symbolOf = (magnitude: number) => (magnitude === 0 ? LARGEST_CLASS + 1 : classOf(magnitude));
  const odds = new Float64Array(LARGEST_CLASS + 2).fill(0.5);
  for (const gain of design) odds[symbolOf(magnitudeOf(gain))]++;
  const total = odds.reduce((a, b) => a + b, 0);
  let bits = 0;
  let error = 0;
  for (const gain of measured) {
    const magnitude = magnitudeOf(gain);
    const symbol = symbolOf(magnitude);
    bits -= Math.log2(odds[symbol] / total);
    if (magnitude > 0) bits += Math.log2(classSize(symbol)) + Math.log2(phaseCount(magnitude));
    error += magnitude === 0 ? energyOf([gain]) : polarError(gain, step * magnitude, phaseCount(magnitude));
  }
  return { bits: bits / measured.length, error };
}

/** The step at which classes and phases take so many bits a gain. */
function classesAt(design: readonly Gain[], measured: readonly Gain[], bits: number): number {
  let [fine, coarse] = [-20, 1];
  for (let i = 0; i < 40; i++) {
    const middle = (fine + coarse) / 2;
    if (classes(design, measured, 2 ** middle).bits > bits) fine = middle;
    else coarse = middle;
  }
  return classes(design, measured, 2 ** coarse).error;
}

function rectangular(design: readonly Gain[], measured: readonly Gain[], bits: number): number {
  const { quantizer } = designLloydMax(Float32Array.from(design.flat()), { bits: bits / 2 });
  const values = Float32Array.from(measured.flat());
  return quantizer
    .decode(quantizer.encode(values))
    .reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0);
}

/** The best split of the bits between a Lloyd-Max magnitude and a uniform phase. */
function polar(design: readonly Gain[], measured: readonly Gain[], bits: number): number {
  const magnitudes = (gains: readonly Gain[]) => Float32Array.from(gains, ([re, im]) => Math.hypot(re, im));
  let best = Number.POSITIVE_INFINITY;
  for (let own = 1; own < bits; own++) {
    const { quantizer } = designLloydMax(magnitudes(design), { bits: own });
    const rebuilt = quantizer.decode(quantizer.encode(magnitudes(measured)));
    const error = measured.reduce((sum, gain, k) => sum + polarError(gain, rebuilt[k], 2 ** (bits - own)), 0);
    best = Math.min(best, error);
  }
  return best;
}

console.log(
  "| channel | paths | bits a gain | classes and phases | Lloyd-Max, rectangular | Lloyd-Max, polar |",
);
console.log("| --- | --: | --: | --: | --: | --: |");
for (const model of ["cost2100-indoor", "cost2100-semi-urban-nlos"] as const) {
  for (const paths of [14, 28]) {
    const lists = gainsOf(model, paths);
    const design = lists.slice(0, samples / 2).flat();
    const measured = lists.slice(samples / 2).flat();
    for (const bits of [6, 8, 10, 12]) {
      const errors = [classesAt, rectangular, polar].map((quantize) => quantize(design, measured, bits));
      const cells = errors.map((error) => decibels(error, measured).toFixed(1));
      console.log(`| ${model} | ${paths} | ${bits} | ${cells.join(" | ")} |`);
    }
  }
}
