// A progress line with time left, on stderr. On a terminal it is one line that is
// rewritten; elsewhere a line every ten seconds, so that logs stay readable.
const terminalInterval = 100;
const logInterval = 10_000;

/**
 * Shows how far a job of `total` units is, of which `before` were done by an earlier process; call `update` as often as
 * you like and `end` once.
 */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #before: number;
  readonly #start = Date.now();
  #shown = Date.now();

  constructor(label: string, total: number, before = 0) {
    this.#label = label;
    this.#total = total;
    this.#before = before;
  }

  update(done: number, detail = ""): void {
    const now = Date.now();
    const terminal = process.stderr.isTTY === true;
    if (now - this.#shown < (terminal ? terminalInterval : logInterval)) return;
    this.#shown = now;
    const share = done / this.#total;
    const own = done - this.#before;
    const left = own > 0 ? ((now - this.#start) / 1000) * ((this.#total - done) / own) : Number.NaN;
    const text = `${this.#label}: ${done}/${this.#total} (${Math.floor(100 * share)} %)${detail}, ${duration(left)} left`;
    process.stderr.write(terminal ? `\r\x1b[K${text}` : `${text}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}

/** Seconds as `42 s`, `3 min 5 s` or `2 h 10 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown time";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
