// Seeded, disjoint parts of a source, and the shuffled batches of an epoch. Both
// depend on the seed alone: not on the machine, the workers or the batch size.
import { invalid, randomStream } from "@csi-feedback/common";
import { type ChannelSource, subset } from "./source";

/**
 * Splits a source into disjoint random parts.
 *
 * @param shares - share of the samples for each part, at most 1 in all.
 * @param options.seed - the same seed gives the same parts.
 * @throws CsiFeedbackError `INVALID_ARGUMENT`; `INVALID_SEED`.
 *
 * @example
 * ```ts
 * import { sourceOf, split } from "@csi-feedback/datasets";
 *
 * const data = new Float32Array(10 * 2).fill(0.5);
 * const source = sourceOf({ data, shape: [10, 2, 1, 1], angleOrder: "centered", perSample: {}, metadata: {} });
 * const { train, validation } = split(source, { train: 0.8, validation: 0.2 }, { seed: 1 });
 * console.log(train.count, validation.count); // 8 2
 * ```
 */
export function split<Name extends string>(
  source: ChannelSource,
  shares: Readonly<Record<Name, number>>,
  options: { seed: number },
): Record<Name, ChannelSource> {
  const names = Object.keys(shares) as Name[];
  const order = randomStream(options.seed).permutation(source.count);
  const parts = {} as Record<Name, ChannelSource>;
  let total = 0;
  let from = 0;
  for (const name of names) {
    if (!(shares[name] > 0))
      invalid("INVALID_ARGUMENT", "split", `the share of ${name} must be positive`, shares[name]);
    total += shares[name];
    // Rounding the running total, not each share, leaves no sample out.
    const to = Math.round(Math.min(total, 1) * source.count);
    parts[name] = subset(source, order.slice(from, to));
    from = to;
  }
  if (total > 1 + 1e-9) invalid("INVALID_ARGUMENT", "split", "the shares must not exceed 1 in all", total);
  return parts;
}

/** One batch of an epoch. */
export interface Batch {
  /** `[indices.length, 2, delays, antennas]` in [0, 1]. */
  readonly data: Float32Array;
  /** Which samples of the source these are. */
  readonly indices: Int32Array;
}

export interface BatchOptions {
  readonly batchSize: number;
  /** Shuffles with this seed; without it the samples come in order. */
  readonly seed?: number;
  /** Another epoch of the same seed has another order; default 0. */
  readonly epoch?: number;
  /** Leaves out the last batch when it is not full; default false. */
  readonly dropLast?: boolean;
}

/**
 * The batches of one epoch, each sample once. The next batch is read while the
 * caller works on the current one, so two batches are in memory.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT`; `INVALID_SEED`; what the source throws.
 *
 * @example
 * ```ts
 * import { batches, sourceOf } from "@csi-feedback/datasets";
 *
 * const data = Float32Array.from({ length: 5 * 2 }, (_, i) => i / 10);
 * const source = sourceOf({ data, shape: [5, 2, 1, 1], angleOrder: "centered", perSample: {}, metadata: {} });
 * const sizes: number[] = [];
 * for await (const batch of batches(source, { batchSize: 2, seed: 7 })) sizes.push(batch.indices.length);
 * console.log(sizes); // [ 2, 2, 1 ]
 * ```
 */
export async function* batches(source: ChannelSource, options: BatchOptions): AsyncGenerator<Batch> {
  const { batchSize, seed, epoch = 0, dropLast = false } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    invalid("INVALID_ARGUMENT", "batches", "batchSize must be a positive integer", batchSize);
  }
  const order =
    seed === undefined
      ? Int32Array.from({ length: source.count }, (_, i) => i)
      : randomStream(seed, epoch).permutation(source.count);
  const end = dropLast ? source.count - (source.count % batchSize) : source.count;
  const start = (from: number): Promise<Batch> | undefined => {
    if (from >= end) return undefined;
    const indices = order.slice(from, Math.min(from + batchSize, end));
    const batch = source.read(indices).then((data) => ({ data, indices }));
    // It is awaited below; a caller who stops early must not meet an unhandled rejection.
    batch.catch(() => undefined);
    return batch;
  };
  let next = start(0);
  for (let from = batchSize; next !== undefined; from += batchSize) {
    const batch = await next;
    next = start(from);
    yield batch;
  }
}
