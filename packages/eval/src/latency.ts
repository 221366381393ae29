// Wall-clock latency of one call: warm-up first, then the median and the 99th
// percentile of single calls, not a throughput.
import { invalid } from "@csi-feedback/common";
import { quantile } from "./bootstrap";

/** Options of {@link measureLatency}. */
export interface LatencyOptions {
  /** Calls whose time is thrown away, 10 unless told: compilation, caches, first allocations. */
  readonly warmUp?: number;
  /** Timed calls, 100 unless told. The 99th percentile of fewer than 100 is close to their maximum. */
  readonly runs?: number;
}

/** Times of single calls in milliseconds [ms]. */
export interface Latency {
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Every timed call in order [ms]. */
  readonly timesMs: Float64Array;
}

/**
 * Times single calls of a function, waiting for its promise each time.
 * Whatever must be part of the time (reading a tensor back) belongs into the
 * function; whatever must not (making inputs) belongs before it.
 *
 * @param run - called with 0, 1, 2, ... (warm-up calls included), so that inputs can vary.
 * @throws CsiFeedbackError `INVALID_ARGUMENT` unless `runs >= 1` and `warmUp >= 0` are integers;
 * what `run` throws.
 *
 * @example
 * ```ts
 * import { measureLatency } from "@csi-feedback/eval";
 *
 * const latency = await measureLatency(async () => Math.hypot(3, 4), { warmUp: 2, runs: 20 });
 * console.log(latency.timesMs.length, latency.medianMs <= latency.p99Ms); // 20 true
 * ```
 */
export async function measureLatency(
  run: (call: number) => unknown,
  options: LatencyOptions = {},
): Promise<Latency> {
  const { warmUp = 10, runs = 100 } = options;
  if (!Number.isSafeInteger(warmUp) || warmUp < 0) {
    invalid("INVALID_ARGUMENT", "measureLatency", "warmUp must be an integer of at least 0", warmUp);
  }
  if (!Number.isSafeInteger(runs) || runs < 1) {
    invalid("INVALID_ARGUMENT", "measureLatency", "runs must be an integer of at least 1", runs);
  }
  for (let call = 0; call < warmUp; call++) await run(call);
  const timesMs = new Float64Array(runs);
  for (let call = 0; call < runs; call++) {
    const start = performance.now();
    await run(warmUp + call);
    timesMs[call] = performance.now() - start;
  }
  return { medianMs: quantile(timesMs, 0.5), p99Ms: quantile(timesMs, 0.99), timesMs };
}
