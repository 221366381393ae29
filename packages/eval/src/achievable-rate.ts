// Achievable rate of users that share a resource, when the base station precodes on
// the channels it was fed back and the users receive through the true ones.
import {
  assertShape,
  CsiFeedbackError,
  invalid,
  isCsiFeedbackError,
  randomStream,
} from "@csi-feedback/common";
import { type Precoder, precodingMatrix } from "./precoding";
import type { ComplexValues } from "./samples";

/** Options of {@link achievableRates}. */
export interface RateOptions {
  readonly precoder: Precoder;
  /** Transmit powers over noise power [dB], shared equally by the users. */
  readonly snrDb: readonly number[];
  /**
   * `"none"` (default): channels are used as they are, noise power is 1.
   * `"user"`: every user's true channel is scaled to a mean power of 1 per
   * antenna (perfect power control) and the fed-back one by the same factor, so
   * that the SNR means the same in every data set.
   */
  readonly normalization?: "none" | "user";
}

/** Rates of {@link achievableRates}. */
export interface Rates {
  /** [bit/s/Hz], `[snr, drops, users]`. */
  readonly perUser: Float64Array;
  readonly shape: readonly [snr: number, drops: number, users: number];
  /** Mean over drops and users for each SNR [bit/s/Hz], `[snr]`. */
  readonly mean: Float64Array;
}

/**
 * Achievable rate per user of multi-user MISO with linear precoding. The columns
 * `w_k` come from the fed-back channels ({@link precodingMatrix}), each of unit
 * norm with power `p = 10^(SNR/10) / users`; noise power is 1:
 *
 * `R_u = log2(1 + p |h_u^H w_u|² / (1 + p Σ_{k≠u} |h_u^H w_k|²))` [bit/s/Hz].
 *
 * For the perfect-CSI curve give the true channels twice.
 *
 * @param truth - true channels `{ re, im }`, each `[drops, users, antennas]`; see {@link formDrops}.
 * @param feedback - the channels that the base station precodes on, same layout.
 * @param shape - `[drops, users, antennas]`.
 * @throws CsiFeedbackError `INVALID_SHAPE`; `INVALID_ARGUMENT` for options; `NOT_FINITE` for an SNR or a
 * channel; `SINGULAR_CHANNEL` naming drop and user when the precoder does not exist; `ZERO_ENERGY`
 * naming drop and user when a true channel to be normalised is zero.
 *
 * @example
 * ```ts
 * import { achievableRates } from "@csi-feedback/eval";
 *
 * // One drop, two users on orthogonal antennas: all precoders agree.
 * const channels = { re: Float64Array.of(1, 0, 0, 1), im: new Float64Array(4) };
 * const { mean } = achievableRates(channels, channels, [1, 2, 2], {
 *   precoder: "zero-forcing",
 *   snrDb: [0, 10, 20],
 * });
 * console.log([...mean].map((rate) => rate.toFixed(3)).join(" ")); // 0.585 2.585 5.672
 * ```
 */
export function achievableRates(
  truth: ComplexValues,
  feedback: ComplexValues,
  shape: readonly number[],
  options: RateOptions,
): Rates {
  const name = "achievableRates";
  if (shape.length !== 3) invalid("INVALID_SHAPE", name, "shape must be [drops, users, antennas]", shape);
  for (const values of [truth.re, truth.im, feedback.re, feedback.im]) assertShape(name, values, shape);
  const { precoder, snrDb, normalization = "none" } = options;
  for (const snr of snrDb) {
    if (!Number.isFinite(snr)) invalid("NOT_FINITE", name, "every SNR must be finite", snr);
  }
  if (normalization !== "none" && normalization !== "user") {
    invalid("INVALID_ARGUMENT", name, 'normalization must be "none" or "user"', normalization);
  }
  const [drops, users, antennas] = shape;
  const size = users * antennas;
  const perUser = new Float64Array(snrDb.length * drops * users);
  for (let drop = 0; drop < drops; drop++) {
    const actual = slice(truth, drop * size, size);
    const known = slice(feedback, drop * size, size);
    if (normalization === "user") normalizeUsers(name, actual, known, drop, users, antennas);
    let gains: Float64Array | undefined;
    for (let s = 0; s < snrDb.length; s++) {
      const snr = 10 ** (snrDb[s] / 10);
      if (gains === undefined || precoder === "regularized-zero-forcing") {
        gains = streamGains(name, actual, known, drop, [users, antennas], {
          precoder,
          regularization: users / snr,
        });
      }
      for (let user = 0; user < users; user++) {
        let received = 0;
        for (let stream = 0; stream < users; stream++) received += gains[user * users + stream];
        const wanted = gains[user * users + user];
        const power = snr / users;
        perUser[(s * drops + drop) * users + user] = Math.log2(
          1 + (power * wanted) / (1 + power * (received - wanted)),
        );
      }
    }
  }
  const mean = Float64Array.from(snrDb, (_, s) => {
    let sum = 0;
    for (let i = s * drops * users; i < (s + 1) * drops * users; i++) sum += perUser[i];
    return sum / (drops * users);
  });
  return { perUser, shape: [snrDb.length, drops, users], mean };
}

interface Rows {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function slice(values: ComplexValues, start: number, length: number): Rows {
  return {
    re: Float64Array.from(values.re.subarray(start, start + length)),
    im: Float64Array.from(values.im.subarray(start, start + length)),
  };
}

/** Scales both rows of each user so that the true one has a mean power of 1 per antenna. */
function normalizeUsers(
  functionName: string,
  actual: Rows,
  known: Rows,
  drop: number,
  users: number,
  antennas: number,
): void {
  for (let user = 0; user < users; user++) {
    let energy = 0;
    for (let k = user * antennas; k < (user + 1) * antennas; k++) {
      energy += actual.re[k] * actual.re[k] + actual.im[k] * actual.im[k];
    }
    if (energy === 0) {
      const rule = `the true channel of user ${user} of drop ${drop} must not be all zero; energy`;
      invalid("ZERO_ENERGY", functionName, rule, energy);
    }
    const scale = Math.sqrt(antennas / energy);
    for (let k = user * antennas; k < (user + 1) * antennas; k++) {
      for (const rows of [actual, known]) {
        rows.re[k] *= scale;
        rows.im[k] *= scale;
      }
    }
  }
}

/** `|h_u^H w_k|²` for every user and stream, `[users, users]`. */
function streamGains(
  functionName: string,
  actual: Rows,
  known: Rows,
  drop: number,
  shape: readonly [users: number, antennas: number],
  options: { precoder: Precoder; regularization: number },
): Float64Array {
  let streams: Rows;
  try {
    streams = precodingMatrix(known, shape, options);
  } catch (error) {
    if (!isCsiFeedbackError(error)) throw error;
    throw new CsiFeedbackError(error.code, `${functionName}: drop ${drop}: ${error.message}`, {
      cause: error,
    });
  }
  const [users, antennas] = shape;
  const gains = new Float64Array(users * users);
  for (let user = 0; user < users; user++) {
    for (let stream = 0; stream < users; stream++) {
      let re = 0;
      let im = 0;
      for (let k = 0; k < antennas; k++) {
        const h = user * antennas + k;
        const w = stream * antennas + k;
        re += actual.re[h] * streams.re[w] + actual.im[h] * streams.im[w];
        im += actual.re[h] * streams.im[w] - actual.im[h] * streams.re[w];
      }
      gains[user * users + stream] = re * re + im * im;
    }
    if (!Number.isFinite(gains[user * users + user])) {
      const rule = `the channel of user ${user} of drop ${drop} must be finite; gain`;
      invalid("NOT_FINITE", functionName, rule, gains[user * users + user]);
    }
  }
  return gains;
}

/** Options of {@link formDrops}. */
export interface DropOptions {
  /** Users served together on one subcarrier. */
  readonly users: number;
  /** Subcarriers that are evaluated, each its own drop. */
  readonly subcarriers: readonly number[];
  /** Seed of the random grouping of samples, 0 unless told. */
  readonly seed?: number;
}

/**
 * Groups the samples of a frequency-domain set at random into drops of users that
 * are served together, one drop for each group and subcarrier. Samples left over
 * after the last full group are not used. The same seed groups the true and the
 * fed-back channels alike.
 *
 * @param channels - `{ re, im }`, each `[batch, subcarriers, antennas]`.
 * @param shape - `[batch, subcarriers, antennas]`.
 * @returns channels for {@link achievableRates}, group by group and within it subcarrier by subcarrier,
 * and `samples`, the sample that each drop's user is, `[drops, users]`.
 * @throws CsiFeedbackError `INVALID_SHAPE`; `INVALID_ARGUMENT` unless `1 <= users <= batch` and every
 * subcarrier exists; `INVALID_SEED`.
 *
 * @example
 * ```ts
 * import { formDrops } from "@csi-feedback/eval";
 *
 * const channels = { re: new Float32Array(10 * 64 * 32), im: new Float32Array(10 * 64 * 32) };
 * const drops = formDrops(channels, [10, 64, 32], { users: 4, subcarriers: [0, 31] });
 * console.log(drops.shape); // [ 4, 4, 32 ]
 * ```
 */
export function formDrops(
  channels: ComplexValues,
  shape: readonly number[],
  options: DropOptions,
): {
  re: Float32Array;
  im: Float32Array;
  shape: readonly [drops: number, users: number, antennas: number];
  samples: Int32Array;
} {
  const name = "formDrops";
  if (shape.length !== 3)
    invalid("INVALID_SHAPE", name, "shape must be [batch, subcarriers, antennas]", shape);
  assertShape(name, channels.re, shape);
  assertShape(name, channels.im, shape);
  const [batch, subcarrierCount, antennas] = shape;
  const { users, subcarriers, seed = 0 } = options;
  if (!Number.isSafeInteger(users) || users < 1 || users > batch) {
    invalid("INVALID_ARGUMENT", name, `users must be an integer from 1 to ${batch} (the samples)`, users);
  }
  for (const subcarrier of subcarriers) {
    if (!Number.isSafeInteger(subcarrier) || subcarrier < 0 || subcarrier >= subcarrierCount) {
      invalid(
        "INVALID_ARGUMENT",
        name,
        `subcarriers must be integers from 0 to ${subcarrierCount - 1}`,
        subcarrier,
      );
    }
  }
  const order = randomStream(seed).permutation(batch);
  const drops = Math.floor(batch / users) * subcarriers.length;
  const re = new Float32Array(drops * users * antennas);
  const im = new Float32Array(re.length);
  const samples = new Int32Array(drops * users);
  for (let drop = 0; drop < drops; drop++) {
    const group = Math.floor(drop / subcarriers.length);
    const subcarrier = subcarriers[drop % subcarriers.length];
    for (let user = 0; user < users; user++) {
      const sample = order[group * users + user];
      const from = (sample * subcarrierCount + subcarrier) * antennas;
      const to = (drop * users + user) * antennas;
      samples[drop * users + user] = sample;
      re.set(channels.re.subarray(from, from + antennas), to);
      im.set(channels.im.subarray(from, from + antennas), to);
    }
  }
  return { re, im, shape: [drops, users, antennas], samples };
}
