// What the benchmarks that compare codecs share: rows of a file that grows, and the samples of `csi-feedback frontier`.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { nmsePerSample } from "@csi-feedback/eval";
import { type FrontierChannel, openFrontierChannel } from "../../apps/cli/src/frontier/channel";
import { frontierChannels } from "../../apps/cli/src/frontier/names";

/** Where a row was measured. */
export interface Cell {
  readonly channel: string;
  readonly sample: number;
  /** Bits of a report at most. */
  readonly budget: number;
}

/** The rows of a file, none without one. */
export function readRows<R extends Cell>(file: string): R[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Measures every cell that the file does not hold yet, samples outermost, on the frontier's test samples of seed 0. */
export async function measureRows<R extends Cell>(
  file: string,
  { samples, budgets, channels: names }: { samples: number; budgets: string; channels: string },
  measure: (channel: Float32Array, budget: number) => Omit<R, keyof Cell>,
): Promise<void> {
  const channels: FrontierChannel[] = await Promise.all(
    frontierChannels
      .filter((name) => names.split(",").includes(name))
      .map((name) => openFrontierChannel(name, { samples: 60, seed: 0 })),
  );
  const keyOf = ({ channel, sample, budget }: Cell) => `${channel} ${sample} ${budget}`;
  const done = new Set(readRows(file).map(keyOf));
  for (let sample = 0; sample < samples; sample++) {
    for (const { name, clean } of channels) {
      const channel = clean.slice(sample * 2048, (sample + 1) * 2048);
      for (const budget of budgets.split(",").map(Number)) {
        const cell = { channel: name, sample, budget };
        if (done.has(keyOf(cell))) continue;
        appendFileSync(file, `${JSON.stringify({ ...cell, ...measure(channel, budget) })}\n`);
      }
    }
  }
}

/** Rows of a cell of the table, channel by channel, budgets rising. */
export function* cellsOf<R extends Cell>(rows: readonly R[]): Generator<R[]> {
  const budgets = [...new Set(rows.map(({ budget }) => budget))].sort((a, b) => a - b);
  for (const channel of frontierChannels) {
    for (const budget of budgets) {
      const own = rows.filter((row) => row.channel === channel && row.budget === budget);
      if (own.length > 0) yield own;
    }
  }
}

/** Error over energy of one rebuilt sample. */
export function relativeError(sample: Float32Array, rebuilt: Float32Array): number {
  return nmsePerSample(sample, rebuilt, [1, 2, 32, 32])[0];
}
