// Sources made of sources: several one after another, a random mixture, and
// channels with estimation noise.
import { invalid, randomStream } from "@csi-feedback/common";
import { assertIndices, type ChannelSource } from "./source";

/**
 * Several sources one after another.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` without sources, `INVALID_SHAPE` when
 * their samples differ in shape.
 */
export function concatenate(sources: readonly ChannelSource[]): ChannelSource {
  assertSameShape("concatenate", sources);
  const starts: number[] = [];
  let count = 0;
  for (const source of sources) {
    starts.push(count);
    count += source.count;
  }
  return gather(sources, count, (index) => {
    let part = sources.length - 1;
    while (starts[part] > index) part--;
    return [part, index - starts[part]];
  });
}

/**
 * A random mixture: each of its samples is drawn from one of the sources, chosen
 * with a probability proportional to its weight, uniformly and with repetition.
 *
 * @param options.count - samples of the mixture.
 * @param options.seed - sample `i` depends on the seed and on `i` alone.
 * @throws CsiFeedbackError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `INVALID_SEED`.
 *
 * @example
 * ```ts
 * import { mixture, sourceOf } from "@csi-feedback/datasets";
 *
 * const constant = (value: number) =>
 *   sourceOf({
 *     data: new Float32Array(8).fill(value),
 *     shape: [4, 2, 1, 1],
 *     angleOrder: "centered",
 *     perSample: {},
 *     metadata: {},
 *   });
 * const parts = [
 *   { source: constant(0), weight: 3 },
 *   { source: constant(1), weight: 1 },
 * ];
 * const mixed = mixture(parts, { count: 1000, seed: 5 });
 * const data = await mixed.read(Int32Array.from({ length: 1000 }, (_, i) => i));
 * const share = data.reduce((sum, value) => sum + value, 0) / data.length;
 * console.log(Math.abs(share - 0.25) < 0.05); // true
 * ```
 */
export function mixture(
  parts: readonly { readonly source: ChannelSource; readonly weight: number }[],
  options: { count: number; seed: number },
): ChannelSource {
  const sources = parts.map(({ source }) => source);
  assertSameShape("mixture", sources);
  for (const { source, weight } of parts) {
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY) || source.count === 0) {
      const rule = "every part needs a positive weight and at least one sample";
      invalid("INVALID_ARGUMENT", "mixture", rule, `weight ${weight}, ${source.count} samples`);
    }
  }
  const { count, seed } = options;
  if (!Number.isSafeInteger(count) || count < 0) {
    invalid("INVALID_ARGUMENT", "mixture", "count must be a non-negative integer", count);
  }
  randomStream(seed);
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return gather(sources, count, (index) => {
    const stream = randomStream(seed, index);
    let left = stream.uniform() * total;
    let part = 0;
    while (part < parts.length - 1 && left >= parts[part].weight) left -= parts[part++].weight;
    return [part, stream.integer(parts[part].source.count)];
  });
}

/**
 * Adds complex white Gaussian noise, as channel estimation leaves it. The noise
 * energy of a sample is, on average, its channel energy divided by the SNR, so it
 * does not depend on the scale. Noisy values may leave [0, 1]; they are not cut,
 * which would colour the noise.
 *
 * @param options.snrDb - signal-to-noise ratio of the kept taps [dB].
 * @param options.seed - the noise of sample `i` depends on the seed and on `i` alone.
 * @throws CsiFeedbackError `INVALID_ARGUMENT`, `INVALID_SEED`.
 */
export function withNoise(source: ChannelSource, options: { snrDb: number; seed: number }): ChannelSource {
  const { snrDb, seed } = options;
  if (!Number.isFinite(snrDb))
    invalid("INVALID_ARGUMENT", "withNoise", "snrDb must be a finite number", snrDb);
  randomStream(seed);
  const [planes, delays, antennas] = source.shape;
  const size = planes * delays * antennas;
  return {
    ...source,
    async read(indices) {
      const noisy = (await source.read(indices)).slice();
      for (const [i, index] of indices.entries()) {
        const sample = noisy.subarray(i * size, (i + 1) * size);
        const energy = sample.reduce((sum, value) => sum + (value - 0.5) ** 2, 0);
        const deviation = Math.sqrt(energy / size / 10 ** (snrDb / 10));
        const stream = randomStream(seed, index);
        for (let j = 0; j < size; j++) sample[j] += deviation * stream.normal();
      }
      return noisy;
    },
  };
}

function assertSameShape(functionName: string, sources: readonly ChannelSource[]): void {
  if (sources.length === 0)
    invalid("INVALID_ARGUMENT", functionName, "at least one source is needed", sources.length);
  for (const { shape } of sources) {
    if (shape.some((dimension, i) => dimension !== sources[0].shape[i])) {
      invalid("INVALID_SHAPE", functionName, `all samples must be [${sources[0].shape.join(", ")}]`, shape);
    }
  }
}

/** A source whose sample `index` is a sample of one of `sources`. */
function gather(
  sources: readonly ChannelSource[],
  count: number,
  locate: (index: number) => [part: number, index: number],
): ChannelSource {
  const shape = sources[0].shape;
  const size = shape[0] * shape[1] * shape[2];
  const collect = async (
    functionName: string,
    indices: Int32Array,
    width: number,
    read: (source: ChannelSource, wanted: Int32Array) => Promise<Float32Array>,
  ): Promise<Float32Array> => {
    assertIndices(functionName, indices, count);
    const places = Array.from(indices, locate);
    const result = new Float32Array(indices.length * width);
    for (const [part, source] of sources.entries()) {
      const rows = places.flatMap(([owner], row) => (owner === part ? [row] : []));
      if (rows.length === 0) continue;
      const values = await read(
        source,
        Int32Array.from(rows, (row) => places[row][1]),
      );
      for (const [i, row] of rows.entries()) {
        result.set(values.subarray(i * width, (i + 1) * width), row * width);
      }
    }
    return result;
  };
  const known = sources.every((source) => source.scales !== undefined);
  return {
    count,
    shape,
    read: (indices) => collect("read", indices, size, (source, wanted) => source.read(wanted)),
    ...(known
      ? {
          scales: (indices: Int32Array) =>
            collect("scales", indices, 1, (source, wanted) => source.scales!(wanted)),
        }
      : {}),
  };
}
