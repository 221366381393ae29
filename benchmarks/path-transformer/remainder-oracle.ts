// How much of what a report leaves out could be guessed at all: an estimator that knows delay, angle and mean power of
// every path there is, and nothing of their phases, against the channel of the sent paths alone. Outdoors, at equal bits:
//   npx tsx benchmarks/path-transformer/remainder-oracle.ts [SAMPLES] [BUDGETS] [--plus]
// Reports are those of sparse-paths, or of LLMCsiNet+ with `--plus`. Three gains: of exact parameters for the paths that
// were sent; of the estimator over these; of the estimator over the report as it is. And where the remainder lies.
import { AngleDelaySynthesizer, channelModels, type PropagationPaths } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import { toDecibels } from "@csi-feedback/eval";
import { PathTransformerCodec } from "@csi-feedback/path-transformer";
import { energyOf, fitJointly, pathsOf } from "@csi-feedback/path-transformer/training";
import { csiNetWindow, PathCodec } from "@csi-feedback/sparse-paths";
import { type Planes, Window, WindowKernels } from "@csi-feedback/sparse-paths/parts";
import { gainText, meanOf } from "./gain";
import { GaussianField, type Profile, type SentPath } from "./remainder-lmmse";

const [samples = "40", budgets = "128,256,512", flag] = process.argv.slice(2);
const SEED = 4242;
const model = channelModels["cost2100-semi-urban-nlos"];
const { bandwidth, subcarriers } = model.defaults;
const antennas = csiNetWindow.array.kind === "ula" ? csiNetWindow.array.elements : 0;
/** Paths of a cluster, whose gains are independent and of the same mean power. */
const CLUSTER = 48;
/** Delay up to which paths reach into the window [taps]. */
const LATEST = 40;
/** Errors of quantised numbers, over the weakest path's power: the best of 0.01, 0.03, 0.1 for these samples. */
const QUANTISATION = 0.03;

const window = new Window(csiNetWindow, "remainder-oracle");
const kernels = new WindowKernels(window);
const synthesizer = new AngleDelaySynthesizer(model.defaults);
const codec = flag === "--plus" ? new PathTransformerCodec() : new PathCodec();

/** Places of all paths of a link, each with the mean power of its cluster. */
function profileOf(paths: PropagationPaths, scale: number): Profile {
  const delays: number[] = [];
  const columns: number[] = [];
  const powers: number[] = [];
  for (let first = 0; first < paths.delays.length; first += CLUSTER) {
    let power = 0;
    for (let k = first; k < first + CLUSTER; k++) power += paths.gainsRe[k] ** 2 + paths.gainsIm[k] ** 2;
    for (let k = first; k < first + CLUSTER; k++) {
      const delay = bandwidth * paths.delays[k];
      if (delay > LATEST) continue;
      // Half a wavelength apart; whole turns change a sign only, which powers do not see.
      const column = antennas * (0.5 - 0.5 * Math.cos(paths.azimuths[k]));
      delays.push(delay);
      columns.push(column % antennas);
      powers.push((scale * power) / CLUSTER);
    }
  }
  return { delays, columns, powers };
}

/** The same paths with all parameters where they explain most of the channel. */
function exact(channel: Planes, sent: readonly SentPath[]): { error: number; paths: SentPath[] } {
  const paths = pathsOf(sent.length);
  for (const [k, { delay, column, gainRe, gainIm }] of sent.entries()) {
    paths.delays[k] = delay;
    paths.columns[k] = column;
    paths.gainsRe[k] = gainRe;
    paths.gainsIm[k] = gainIm;
  }
  const error = fitJointly(channel, paths, kernels, { steps: 200, gain: 1e-9 });
  return {
    error,
    paths: sent.map((_, k) => ({
      delay: paths.delays[k],
      column: paths.columns[k],
      gainRe: paths.gainsRe[k],
      gainIm: paths.gainsIm[k],
    })),
  };
}

function percent(shares: readonly number[]): string {
  return `${(100 * meanOf(shares)).toFixed(0)} %`;
}

function difference(a: Planes, b: Planes): Planes {
  return { re: a.re.map((value, i) => value - b.re[i]), im: a.im.map((value, i) => value - b.im[i]) };
}

/** Share of a remainder's energy in cells within one cell of a path that was sent, and share of those cells. */
function nearPaths(rest: Planes, sent: readonly SentPath[]): { energy: number; cells: number } {
  const { delays } = window;
  let energy = 0;
  let cells = 0;
  for (let d = 0, i = 0; d < delays; d++) {
    for (let a = 0; a < antennas; a++, i++) {
      const near = sent.some(({ delay, column }) => {
        const away = Math.abs(a - column);
        return Math.abs(d - delay) <= 1 && Math.min(away, antennas - away) <= 1;
      });
      if (!near) continue;
      energy += rest.re[i] ** 2 + rest.im[i] ** 2;
      cells++;
    }
  }
  return { energy: energy / energyOf(rest), cells: cells / window.size };
}

for (const bits of budgets.split(",").map(Number)) {
  const errors = { report: [], exact: [], guessedFromExact: [], guessed: [] } as Record<string, number[]>;
  const near: { energy: number; cells: number }[] = [];
  for (let sample = 0; sample < Number(samples); sample++) {
    const { paths } = model.draw(randomStream(SEED, sample));
    const data = new Float32Array(2 * window.size);
    synthesizer.write(paths, data);
    const norm = Math.hypot(...data);
    const unit = data.map((value) => value / norm);
    const channel = window.unwind(unit, "remainder-oracle");
    const { bytes } = codec.encode(unit, { bits });
    const sent = codec.decodeParameters(bytes);
    if (sent.length === 0) continue;
    const field = new GaussianField(kernels, profileOf(paths, (subcarriers * antennas) / norm ** 2));
    const fitted = exact(channel, sent);
    const weakest = Math.min(...sent.map(({ gainRe, gainIm }) => gainRe ** 2 + gainIm ** 2));
    const rest = difference(channel, window.unwind(codec.decode(bytes), "remainder-oracle"));
    near.push(nearPaths(rest, sent));
    const guess = (paths: readonly SentPath[], noise: number) =>
      energyOf(difference(channel, field.conditionalMean(paths, { noise })));
    errors.report.push(energyOf(rest));
    errors.exact.push(fitted.error);
    errors.guessedFromExact.push(guess(fitted.paths, 1e-7));
    errors.guessed.push(guess(sent, QUANTISATION * weakest));
  }
  const { report, exact: fit, guessedFromExact, guessed } = errors;
  console.log(
    `${bits} bits, ${report.length} samples: report ${toDecibels(meanOf(report)).toFixed(2)} dB; gain [dB] of exact ` +
      `parameters ${gainText(report, fit)}, of the estimator over these ${gainText(fit, guessedFromExact)}, ` +
      `of the estimator over the report ${gainText(report, guessed)}; ` +
      `${percent(near.map(({ energy }) => energy))} of the remainder in ${percent(near.map(({ cells }) => cells))} of the cells`,
  );
}
