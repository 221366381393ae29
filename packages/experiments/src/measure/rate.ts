// Achievable rate per user when the base station precodes on what was fed back, over the band,
// in drops of several users.
import { naturalAngles, toFrequency } from "@csi-feedback/channel-dft";
import { isCsiFeedbackError, randomStream } from "@csi-feedback/common";
import {
  achievableRates,
  bootstrapInterval,
  formDrops,
  type Interval,
  type Precoder,
  quantile,
} from "@csi-feedback/eval";
import type { TestData } from "./test-data";

/** Subcarriers of the whole band, as in Table I. */
const SUBCARRIERS = 1024;
/** Subcarriers that are evaluated, equally spaced over the band. */
const EVALUATED = 16;
/** Amplitude of {@link withDoubt}'s noise over that of the channels. */
const DOUBT = 1e-3;
/** Samples that are transformed at once. */
const BATCH = 25;

type Drops = Pick<ReturnType<typeof formDrops>, "re" | "im">;

/** Options of {@link rateCurve}. */
export interface RateCurveOptions {
  readonly users: number;
  readonly precoder: Precoder;
  /** Transmit power over noise [dB]. */
  readonly snrDb: readonly number[];
}

/** Rates at one SNR [bit/s/Hz]. */
export interface RatePoint {
  /** Mean over users and subcarriers, with its 95 % interval over groups of users. */
  readonly mean: Interval;
  /** Rates that 5, 10, ..., 95 % of all users' subcarriers stay below. */
  readonly percentiles: ReadonlyMap<number, number>;
}

/** What {@link RatePoint.percentiles} has. */
export const ratePercentiles: readonly number[] = Array.from({ length: 19 }, (_, i) => 5 * (i + 1));

/** Rates of the users at each SNR. */
export function rateCurve(data: TestData, rebuilt: Float32Array, options: RateCurveOptions): RatePoint[] {
  const { users, precoder, snrDb } = options;
  const drop = { users, subcarriers: Array.from({ length: EVALUATED }, (_, i) => i) };
  const truth = formDrops(...frequencySamples(data, data.values), drop);
  const fedBack = formDrops(...frequencySamples(data, rebuilt), drop);
  const settings = { precoder, snrDb, normalization: "user" } as const;
  const { perUser, shape } = precodable(
    () => achievableRates(truth, fedBack, truth.shape, settings),
    () => achievableRates(truth, withDoubt(truth, fedBack), truth.shape, settings),
  );
  const [, drops] = shape;
  const perGroup = EVALUATED * users;
  return snrDb.map((_, s) => {
    const rates = perUser.subarray(s * drops * users, (s + 1) * drops * users);
    const means = Float64Array.from({ length: rates.length / perGroup }, (_, group) => {
      const own = rates.subarray(group * perGroup, (group + 1) * perGroup);
      return own.reduce((sum, rate) => sum + rate, 0) / perGroup;
    });
    const percentiles = new Map(ratePercentiles.map((percent) => [percent, quantile(rates, percent / 100)]));
    return { mean: bootstrapInterval(means), percentiles };
  });
}

/** The rates, or those by other means where zero forcing does not exist. */
function precodable<T>(rates: () => T, otherwise: () => T): T {
  try {
    return rates();
  } catch (error) {
    if (isCsiFeedbackError(error) && error.code === "SINGULAR_CHANNEL") return otherwise();
    throw error;
  }
}

/**
 * Fed-back channels with noise 60 dB below the true ones. A method that brings nothing over, or the same for
 * all users, leaves the base station without a direction: then this noise draws one.
 */
function withDoubt(truth: Drops, { re, im }: Drops): { re: Float64Array; im: Float64Array } {
  const power = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value ** 2, 0);
  const deviation = DOUBT * Math.sqrt((power(truth.re) + power(truth.im)) / (2 * re.length));
  const stream = randomStream(0);
  const noisy = (values: ArrayLike<number>) =>
    Float64Array.from(values, (value) => value + deviation * stream.normal());
  return { re: noisy(re), im: noisy(im) };
}

/** The evaluated subcarriers of every sample, `[count, EVALUATED, antennas]`. */
function frequencySamples(
  data: TestData,
  values: Float32Array,
): [{ re: Float32Array; im: Float32Array }, [number, number, number]] {
  const [count, planes, delays, antennas] = data.shape;
  const size = planes * delays * antennas;
  const re = new Float32Array(count * EVALUATED * antennas);
  const im = new Float32Array(re.length);
  for (let first = 0; first < count; first += BATCH) {
    const batch = Math.min(BATCH, count - first);
    const block = values.subarray(first * size, (first + batch) * size).map((value) => value - 0.5);
    const band = toFrequency(naturalAngles({ data: block, shape: [batch, planes, delays, antennas] }), {
      subcarriers: SUBCARRIERS,
    });
    for (let sample = 0; sample < batch; sample++) {
      for (let k = 0; k < EVALUATED; k++) {
        const from = (sample * SUBCARRIERS + (k * SUBCARRIERS) / EVALUATED) * antennas;
        const to = ((first + sample) * EVALUATED + k) * antennas;
        re.set(band.re.subarray(from, from + antennas), to);
        im.set(band.im.subarray(from, from + antennas), to);
      }
    }
  }
  return [{ re, im }, [count, EVALUATED, antennas]];
}
