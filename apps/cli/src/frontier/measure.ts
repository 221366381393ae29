// One method at one budget on one channel: bits, quality, rate and time, sample by sample.
import {
  type AngleDelayChannels,
  type FrequencyChannels,
  naturalAngles,
  toFrequency,
} from "@csi-feedback/channel-dft";
import { isCsiFeedbackError } from "@csi-feedback/common";
import {
  achievableRates,
  bootstrapInterval,
  formDrops,
  nmsePerSample,
  quantile,
  SgcsAccumulator,
  toDecibels,
} from "@csi-feedback/eval";
import { type FrontierChannel, subcarriers } from "./channel";
import type { MethodSetting } from "./method";

/** Users served together, tones evaluated, and transmit power over noise [dB] for the rate. */
const rate = { users: 4, tones: [64, 192, 320, 448, 576, 704, 832, 960], snrDb: 20 };
/** Samples whose first calls warm the machine up and are not timed. */
const WARM_UP = 3;

/** One row. */
export interface FrontierRow {
  readonly channel: string;
  readonly method: string;
  /** Budget that was asked for; null for a method with settings of its own. */
  readonly budget: number | null;
  /** What the method chose for the budget, or which of its settings this is. */
  readonly setting: string;
  /** Bits on air a sample, mean. */
  readonly bits: number;
  /** NMSE [dB] in the angle-delay domain, against the clean channel, with its 95 % interval over samples. */
  readonly nmseDb: number;
  readonly low: number;
  readonly high: number;
  /** Squared generalised cosine similarity over the whole band. */
  readonly sgcs: number;
  /** Rate of each of four users under zero-forcing at 20 dB [bit/s/Hz]; null where precoding is impossible. */
  readonly rate: number | null;
  /** Median time of one sample [ms]. */
  readonly encodeMs: number;
  readonly decodeMs: number;
  readonly ueParameters: number;
  readonly bsParameters: number;
  readonly samples: number;
  /** Of the channel estimate, per tone and antenna [dB]; null without noise. */
  readonly snr: number | null;
}

/** Sends every sample of a channel. */
export async function measureMethod(
  channel: FrontierChannel,
  method: { name: string; setting: MethodSetting },
  options: { budget: number | null; snr?: number; seed: number },
): Promise<FrontierRow> {
  const { shape, count } = channel;
  const size = shape[0] * shape[1] * shape[2];
  const rebuilt = new Float32Array(channel.clean.length);
  const encodeMs: number[] = [];
  const decodeMs: number[] = [];
  let bits = 0;
  for (let i = 0; i < count; i++) {
    const sample = channel.estimated.slice(i * size, (i + 1) * size);
    const start = performance.now();
    const report = await method.setting.encode(sample, channel.noise[i]);
    const sent = performance.now();
    rebuilt.set(await report.reconstruct(), i * size);
    if (i >= Math.min(WARM_UP, count - 1)) {
      encodeMs.push(sent - start);
      decodeMs.push(performance.now() - sent);
    }
    bits += report.bits;
  }
  const ratios = nmsePerSample(channel.clean, rebuilt, [count, ...shape]);
  const { value, low, high } = bootstrapInterval(ratios, { seed: options.seed, transform: toDecibels });
  return {
    channel: channel.name,
    method: method.name,
    budget: options.budget,
    setting: method.setting.setting,
    bits: bits / count,
    nmseDb: value,
    low,
    high,
    ...frequencyMetrics(channel, rebuilt),
    encodeMs: quantile(encodeMs, 0.5),
    decodeMs: quantile(decodeMs, 0.5),
    ueParameters: method.setting.ueParameters,
    bsParameters: method.setting.bsParameters,
    samples: count,
    snr: options.snr ?? null,
  };
}

/** What needs the frequency domain, a sample at a time: a band takes 256 kB where its window takes 8. */
function frequencyMetrics(channel: FrontierChannel, rebuilt: Float32Array) {
  const { shape, count } = channel;
  const antennas = shape[2];
  const size = shape[0] * shape[1] * antennas;
  const sgcs = new SgcsAccumulator();
  const tones = rate.tones.length;
  const picked = () => ({
    re: new Float32Array(count * tones * antennas),
    im: new Float32Array(count * tones * antennas),
  });
  const truth = picked();
  const known = picked();
  for (let i = 0; i < count; i++) {
    const clean = band(channel.clean.slice(i * size, (i + 1) * size), shape);
    const fed = band(rebuilt.slice(i * size, (i + 1) * size), shape);
    sgcs.add(clean, fed, clean.shape);
    for (const [t, tone] of rate.tones.entries()) {
      const from = tone * antennas;
      const to = (i * tones + t) * antennas;
      for (const [target, source] of [
        [truth, clean],
        [known, fed],
      ] as const) {
        target.re.set(source.re.subarray(from, from + antennas), to);
        target.im.set(source.im.subarray(from, from + antennas), to);
      }
    }
  }
  return {
    sgcs: sgcs.value,
    rate: count < rate.users ? null : userRate(truth, known, [count, tones, antennas]),
  };
}

type Tones = Pick<FrequencyChannels, "re" | "im">;

function userRate(truth: Tones, known: Tones, shape: readonly [number, number, number]): number | null {
  const options = { users: rate.users, subcarriers: Array.from({ length: shape[1] }, (_, t) => t) };
  const drops = formDrops(truth, shape, options);
  try {
    const { mean } = achievableRates(drops, formDrops(known, shape, options), drops.shape, {
      precoder: "zero-forcing",
      snrDb: [rate.snrDb],
      normalization: "user",
    });
    return mean[0];
  } catch (error) {
    // A report without anything in it leaves nothing to precode on.
    if (isCsiFeedbackError(error)) return null;
    throw error;
  }
}

function band(data: Float32Array, shape: FrontierChannel["shape"]): FrequencyChannels {
  const channels: AngleDelayChannels = { data, shape: [1, ...shape] };
  return toFrequency(naturalAngles(channels), { subcarriers });
}
