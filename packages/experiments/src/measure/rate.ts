// Achievable rate per user when the base station precodes on what was fed back, over the band,
// in drops of several users.
import { naturalAngles, toFrequency } from "@csi-feedback/channel-dft";
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
/** Samples that are transformed at once. */
const BATCH = 25;

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
  const { perUser, shape } = achievableRates(truth, fedBack, truth.shape, {
    precoder,
    snrDb,
    normalization: "user",
  });
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
