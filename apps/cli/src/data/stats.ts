// `csi-feedback data stats`: numbers about the channels of a file.
import { quantile, toDecibels } from "@csi-feedback/eval";
import { printTable } from "../text-table";
import { type MeasuredFile, measureFile } from "./measure";

/** A distribution in five numbers; values that are not finite are left out. */
interface Summary {
  readonly mean: number;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
  /** Finite values. */
  readonly count: number;
}

/** What `--json` prints. Spreads over delay and angle are of the kept taps; `paths` is what the generator put on record. */
interface FileStatistics {
  readonly file: string;
  readonly samples: number;
  readonly shape: readonly number[];
  /** RMS delay spread of the channels [taps], and [s] where the file knows the bandwidth. */
  readonly delaySpread: { readonly taps: Summary; readonly seconds?: Summary };
  /** Circular angle spread of the channels [beams]. */
  readonly angleSpread: { readonly beams: Summary };
  /** Rician K-factor of the channels [dB] by the method of moments; samples without a steady part are not counted. */
  readonly kFactor: Summary;
  /** Every number that the file has for each sample, such as `delaySpread` [s], `azimuthSpread` [rad], `kFactor` [dB], `energyKept`. */
  readonly perSample: Readonly<Record<string, Summary>>;
  /** Share of the energy in the M largest elements, and the NMSE of keeping those alone [dB]. */
  readonly largest: readonly {
    readonly elements: number;
    readonly ratio: string;
    readonly median: number;
    readonly mean: number;
    readonly nmseDb: number;
  }[];
  /** Share of the energy in each delay tap and in each beam, mean over samples. */
  readonly delayPower: readonly number[];
  readonly anglePower: readonly number[];
}

export async function printStatistics(path: string, options: { json?: boolean }): Promise<void> {
  const statistics = summarize(path, await measureFile(path));
  if (options.json) process.stdout.write(`${JSON.stringify(statistics, null, 2)}\n`);
  else printTables(statistics);
}

function summarize(path: string, measured: MeasuredFile): FileStatistics {
  const { statistics, bandwidth, perSample } = measured;
  const taps = statistics.delaySpreads;
  const summaries = Array.from(perSample, ([name, values]) => [name, summary(values)] as const);
  return {
    file: path,
    samples: measured.count,
    shape: measured.shape,
    delaySpread: {
      taps: summary(taps),
      ...(bandwidth === undefined ? {} : { seconds: summary(taps.map((spread) => spread / bandwidth)) }),
    },
    angleSpread: { beams: summary(statistics.angleSpreads) },
    kFactor: summary(measured.kFactors),
    perSample: Object.fromEntries(summaries.filter(([, { count }]) => count > 0)),
    largest: measured.elements.map(({ ratio, count }) => {
      const { mean, median } = summary(statistics.largestShares(count));
      // The floor is what single precision leaves of a sample.
      return { elements: count, ratio, median, mean, nmseDb: toDecibels(Math.max(1e-15, 1 - mean)) };
    }),
    delayPower: Array.from(statistics.delayPower),
    anglePower: Array.from(statistics.anglePower),
  };
}

function summary(values: Float32Array | Float64Array): Summary {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  const count = finite.length;
  if (count === 0) return { mean: 0, p10: 0, median: 0, p90: 0, count };
  const mean = finite.reduce((sum, value) => sum + value, 0) / count;
  return {
    mean,
    p10: quantile(finite, 0.1),
    median: quantile(finite, 0.5),
    p90: quantile(finite, 0.9),
    count,
  };
}

/** How known per-sample entries are shown: unit, and the factor to it. */
const units: Readonly<Record<string, readonly [label: string, factor: number]>> = {
  delaySpread: ["delay spread of the paths [ns]", 1e9],
  azimuthSpread: ["azimuth spread of the paths [deg]", 180 / Math.PI],
  kFactor: ["drawn K factor [dB]", 1],
  pathLoss: ["path loss [dB]", 1],
  energyKept: ["energy kept by truncation [%]", 100],
  userX: ["user x [m]", 1],
  userY: ["user y [m]", 1],
};

function printTables(statistics: FileStatistics): void {
  const { samples, shape, delaySpread, angleSpread, kFactor, perSample, largest } = statistics;
  process.stdout.write(`${samples} samples of [${shape.join(", ")}]\n\n`);
  const row = (label: string, { mean, p10, median, p90, count }: Summary, factor = 1) => [
    count < samples ? `${label}, ${count} samples` : label,
    ...[mean, p10, median, p90].map((value) => number(value * factor)),
  ];
  printTable(
    ["of each sample", "mean", "10 %", "median", "90 %"],
    [
      row("delay spread [taps]", delaySpread.taps),
      ...(delaySpread.seconds ? [row("delay spread [ns]", delaySpread.seconds, 1e9)] : []),
      row("angle spread [beams]", angleSpread.beams),
      row("measured K factor [dB]", kFactor),
      ...Object.entries(perSample).map(([name, one]) => {
        const [label, factor] = units[name] ?? [name, 1];
        return row(label, one, factor);
      }),
    ],
  );
  process.stdout.write("\n");
  printTable(
    ["largest elements", "ratio", "median share [%]", "mean share [%]", "NMSE [dB]"],
    largest.map(({ elements, ratio, median, mean, nmseDb }) => [
      String(elements),
      ratio,
      number(100 * median),
      number(100 * mean),
      nmseDb.toFixed(2),
    ]),
  );
  process.stdout.write("\n");
  printProfile("delay tap", statistics.delayPower);
  process.stdout.write("\n");
  printProfile("angle index", statistics.anglePower);
}

/** Power at each place, with a bar of its decibels. */
function printProfile(title: string, power: readonly number[]): void {
  const peak = Math.max(...power);
  printTable(
    [title, "energy [%]", "[dB]", "40 dB below the peak to the peak"],
    power.map((share, place) => {
      const level = Math.max(-99, toDecibels(share / peak));
      const bar = "#".repeat(Math.max(0, Math.round((level + 40) / 1.25)));
      return [String(place), number(100 * share), level.toFixed(1), bar];
    }),
  );
}

/** Four significant digits, without an exponent for what people read every day. */
function number(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(2);
  return value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 4);
}
