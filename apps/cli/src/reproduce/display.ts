// What is seen of running trainings on stderr: a line for each that starts or ends, and
// one with the state of the whole and the time left.
import type { JobProgress, QueueEvent, TrainingJob } from "@csi-feedback/experiments";
import { duration } from "../progress";

const terminalInterval = 200;
const logInterval = 30_000;

/** Weight of what was measured so far against the estimates, in jobs. */
const TRUST = 1;

/** Shows the events of a queue. */
export class RunDisplay {
  readonly #waiting: Map<string, number | undefined>;
  readonly #total: number;
  readonly #workers: number;
  readonly #running = new Map<string, { title: string; start: number; progress?: JobProgress }>();
  #done = 0;
  /** Estimated and real time of finished jobs [s]. */
  #estimated = 0;
  #real = 0;
  #shown = 0;
  #begun = false;

  /** @param jobs - all that will run, with their estimates [s]. */
  constructor(
    jobs: readonly { readonly job: TrainingJob; readonly seconds?: number | undefined }[],
    workers: number,
  ) {
    this.#waiting = new Map(jobs.map(({ job, seconds }) => [job.id, seconds]));
    this.#total = jobs.length;
    this.#workers = workers;
  }

  readonly on = (event: QueueEvent): void => {
    const { job } = event;
    if (event.type === "started") {
      this.#running.set(job.id, { title: job.title, start: Date.now() });
      this.#say(`training ${job.title}`);
    } else if (event.type === "progress") {
      const running = this.#running.get(job.id) ?? { title: job.title, start: Date.now() };
      this.#running.set(job.id, { ...running, progress: event.progress });
    } else if (event.type === "retry") {
      this.#say(`again, ${job.title}: ${event.reason}`);
    } else {
      this.#close(event);
    }
    this.#show();
  };

  /** Clears the line on a terminal. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }

  #close(event: QueueEvent): void {
    const { job } = event;
    const running = this.#running.get(job.id);
    const estimate = this.#waiting.get(job.id);
    this.#running.delete(job.id);
    this.#waiting.delete(job.id);
    this.#done++;
    if (event.type === "failed") {
      this.#say(`failed, ${job.title}: ${event.error.message}`);
    } else if (running) {
      const seconds = (Date.now() - running.start) / 1000;
      if (estimate !== undefined) {
        this.#estimated += estimate;
        this.#real += seconds;
      }
      this.#say(`trained ${job.title} in ${duration(seconds)}`);
    }
  }

  /** Time left [s]: of running trainings as they say, of waiting ones by estimate, corrected by what finished. */
  #secondsLeft(): number {
    const estimates = [...this.#waiting]
      .filter(([id]) => !this.#running.has(id))
      .map(([, seconds]) => seconds);
    const known = estimates.filter((seconds) => seconds !== undefined);
    const mean = known.length > 0 ? known.reduce((sum, seconds) => sum + seconds, 0) / known.length : 0;
    const factor = (this.#real + TRUST * mean) / (this.#estimated + TRUST * mean) || 1;
    const waiting = factor * mean * estimates.length;
    const running = [...this.#running].map(
      ([id, { progress }]) => progress?.secondsLeft ?? factor * (this.#waiting.get(id) ?? mean),
    );
    const longest = Math.max(0, ...running);
    return Math.max(longest, (waiting + running.reduce((sum, seconds) => sum + seconds, 0)) / this.#workers);
  }

  #show(): void {
    const now = Date.now();
    const terminal = process.stderr.isTTY === true;
    if (now - this.#shown < (terminal ? terminalInterval : logInterval)) return;
    if (!this.#begun) {
      this.#begun = true;
      if (!terminal) this.#shown = now;
      if (!terminal) return;
    }
    this.#shown = now;
    const running = [...this.#running.values()].map(({ title, progress }) =>
      progress ? `${title} (${progress.text})` : title,
    );
    const text = `${this.#done}/${this.#total} trainings, ${duration(this.#secondsLeft())} left: ${running.join("; ")}`;
    const columns = process.stderr.columns ?? 0;
    process.stderr.write(terminal ? `\r\x1b[K${text.slice(0, Math.max(20, columns - 1))}` : `${text}\n`);
  }

  #say(text: string): void {
    process.stderr.write(`${process.stderr.isTTY ? "\r\x1b[K" : ""}${text}\n`);
  }
}
