// Measured times of steps and validations, and what they say about the time left.

/** Steps whose times are kept. */
const KEPT = 101;

/** Work that is still to be done, if no stage stops early. */
export interface WorkLeft {
  readonly steps: number;
  readonly validations: number;
}

/** Collects measured durations [s]. */
export class RunClock {
  readonly #steps: number[] = [];
  #validation = 0;

  addStep(seconds: number): void {
    this.#steps.push(seconds);
    if (this.#steps.length > KEPT) this.#steps.shift();
  }

  addValidation(seconds: number): void {
    this.#validation = seconds;
  }

  /** Median of the recent step times [s]; the first steps of a run, which build the graph, count little in it. */
  get secondsPerStep(): number {
    if (this.#steps.length === 0) return 0;
    const sorted = [...this.#steps].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }

  /** The last validation's time [s]. */
  get secondsPerValidation(): number {
    return this.#validation;
  }

  /** Time for the given work [s]. */
  secondsFor({ steps, validations }: WorkLeft): number {
    return steps * this.secondsPerStep + validations * this.#validation;
  }
}

/** A stopwatch: seconds since it was made. */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
