// Unitary one-dimensional DFTs of any length, in double precision. Powers of two
// go through fft.js, every other length through Bluestein's algorithm on top of it.
// Internal: the package's public functions choose the axes and the direction.
import FFT from "fft.js";

/** A unitary DFT of one length, working in place on interleaved (re, im) values. */
export interface DftPlan {
  readonly size: number;
  /** Rough cost of one run, in complex multiply-adds of a plain double loop. */
  readonly cost: number;
  /** Replaces `values` (`2 * size` numbers) by its forward or inverse unitary DFT. */
  run(values: Float64Array, inverse: boolean): void;
}

const MAX_KEPT_PLANS = 16;
const plans = new Map<number, DftPlan>();

/** The plan of a length; the last few lengths are kept. */
export function dftPlan(size: number): DftPlan {
  let plan = plans.get(size);
  if (plan !== undefined) plans.delete(size);
  plan ??= size === 1 ? identityPlan : (size & (size - 1)) === 0 ? powerOfTwoPlan(size) : bluesteinPlan(size);
  plans.set(size, plan);
  if (plans.size > MAX_KEPT_PLANS) plans.delete(plans.keys().next().value as number);
  return plan;
}

const identityPlan: DftPlan = { size: 1, cost: 1, run: () => undefined };

function powerOfTwoPlan(size: number): DftPlan {
  const fft = new FFT(size);
  const input = new Float64Array(2 * size);
  const scale = 1 / Math.sqrt(size);
  return {
    size,
    cost: size * (Math.log2(size) + 3),
    run(values, inverse) {
      const sign = inverse ? -1 : 1;
      for (let i = 0; i < 2 * size; i += 2) {
        input[i] = values[i] * scale;
        input[i + 1] = sign * values[i + 1] * scale;
      }
      fft.transform(values, input);
      if (inverse) for (let i = 1; i < 2 * size; i += 2) values[i] = -values[i];
    },
  };
}

/** exp(-j 2 pi i / count) for i = 0 .. count - 1, interleaved. */
export function rootsOfUnity(count: number): Float64Array {
  const roots = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    const angle = (-2 * Math.PI * i) / count;
    roots[2 * i] = Math.cos(angle);
    roots[2 * i + 1] = Math.sin(angle);
  }
  return roots;
}

// X[k] = w[k] sum_n (x[n] w[n]) conj(w[k - n]) with w[n] = exp(-j pi n^2 / N):
// a convolution, carried out by power-of-two FFTs of at least 2N - 1 points.
function bluesteinPlan(size: number): DftPlan {
  let length = 2;
  while (length < 2 * size - 1) length *= 2;
  const fft = new FFT(length);
  const roots = rootsOfUnity(2 * size);
  const chirp = new Float64Array(2 * size);
  for (let n = 0; n < size; n++) {
    const index = Number((BigInt(n) * BigInt(n)) % BigInt(2 * size));
    chirp[2 * n] = roots[2 * index];
    chirp[2 * n + 1] = roots[2 * index + 1];
  }
  const work = new Float64Array(2 * length);
  const spectrum = new Float64Array(2 * length);
  const filter = new Float64Array(2 * length);
  for (let n = 0; n < size; n++) {
    for (const place of n === 0 ? [0] : [n, length - n]) {
      work[2 * place] = chirp[2 * n];
      work[2 * place + 1] = -chirp[2 * n + 1];
    }
  }
  fft.transform(filter, work);
  const scale = 1 / (length * Math.sqrt(size));
  return {
    size,
    cost: 2 * length * (Math.log2(length) + 3) + 4 * size,
    run(values, inverse) {
      const sign = inverse ? -1 : 1;
      work.fill(0);
      for (let i = 0; i < 2 * size; i += 2) {
        const re = values[i];
        const im = sign * values[i + 1];
        work[i] = re * chirp[i] - im * chirp[i + 1];
        work[i + 1] = re * chirp[i + 1] + im * chirp[i];
      }
      fft.transform(spectrum, work);
      // The inverse FFT is a forward FFT between two conjugations; the first one is made here.
      for (let i = 0; i < 2 * length; i += 2) {
        const re = spectrum[i] * filter[i] - spectrum[i + 1] * filter[i + 1];
        const im = spectrum[i] * filter[i + 1] + spectrum[i + 1] * filter[i];
        spectrum[i] = re;
        spectrum[i + 1] = -im;
      }
      fft.transform(work, spectrum);
      for (let i = 0; i < 2 * size; i += 2) {
        const re = work[i] * scale;
        const im = -work[i + 1] * scale;
        values[i] = re * chirp[i] - im * chirp[i + 1];
        values[i + 1] = sign * (re * chirp[i + 1] + im * chirp[i]);
      }
    },
  };
}
