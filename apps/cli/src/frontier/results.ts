// Rows of the frontier as rows of results, and back: one file a channel, one row a number, with all
// that is needed to judge it.
import type { StartedEngine } from "@csi-feedback/engines";
import {
  currentCommit,
  describeHardware,
  mergeResults,
  type ResultRow,
  readResults,
} from "@csi-feedback/experiments";
import type { BoundRow } from "./bounds";
import type { FrontierChannel } from "./channel";
import type { FrontierRow } from "./measure";

/** What was measured on a channel. */
export interface Measured {
  readonly rows: readonly FrontierRow[];
  readonly bounds: readonly BoundRow[];
  /** Names of methods and bounds for people. */
  readonly titles: ReadonlyMap<string, string>;
  readonly seed: number;
  readonly engine: StartedEngine;
}

const under = (snr: number | null) => (snr === null ? "" : `, SNR ${snr} dB`);

/** What {@link keptRows} looks for. */
export interface KeptOptions {
  readonly budgets: readonly number[];
  readonly snr: number | null;
  readonly titles: ReadonlyMap<string, string>;
  readonly seed: number;
}

/** Puts the rows of a channel into `FOLDER/frontier-CHANNEL.csv`, in the places of older ones. */
export async function keepRows(
  folder: string,
  channel: FrontierChannel,
  { rows, bounds, titles, seed, engine }: Measured,
): Promise<void> {
  const common = {
    experiment: `frontier-${channel.name}`,
    channel: channel.name,
    ratio: "",
    profile: "laptop",
    data: channel.origin,
    epochs: 0,
    seed,
    engine: engine.description,
    hardware: describeHardware(),
    commit: currentCommit(),
  };
  const measured = rows.flatMap((row): ResultRow[] => {
    const place = row.budget === null ? row.setting : `within ${row.budget} bits`;
    const one = {
      ...common,
      method: titles.get(row.method) ?? row.method,
      condition: place + under(row.snr),
      samples: row.samples,
    };
    return [
      { ...one, metric: "NMSE [dB]", value: row.nmseDb, low: row.low, high: row.high },
      { ...one, metric: "Bits of a report", value: row.bits },
      { ...one, metric: "SGCS", value: row.sgcs },
      ...(row.rate === null ? [] : [{ ...one, metric: "Rate per user [bit/s/Hz]", value: row.rate }]),
      { ...one, metric: "UE latency, median [ms]", value: row.encodeMs },
      { ...one, metric: "BS latency, median [ms]", value: row.decodeMs },
      { ...one, metric: "Parameters at the UE", value: row.ueParameters },
      { ...one, metric: "Parameters at the BS", value: row.bsParameters },
    ];
  });
  const floors = bounds.map(
    ({ bound, budget, snr, nmseDb }): ResultRow => ({
      ...common,
      method: titles.get(bound) ?? bound,
      condition: `within ${budget} bits${under(snr)}`,
      metric: "NMSE [dB]",
      value: nmseDb,
      samples: 0,
    }),
  );
  await mergeResults(folder, [...measured, ...floors]);
}

/** Budget of a row; 0 for a setting of a method's own. */
function budgetOf({ condition }: ResultRow): number {
  return Number(/^within (\d+) bits/.exec(condition)?.[1] ?? 0);
}

/** What a results folder holds of a channel: of methods and bounds with these titles, within budgets or at settings. */
export async function keptRows(
  folder: string,
  channel: string,
  { budgets, snr, titles, seed }: KeptOptions,
): Promise<{ rows: FrontierRow[]; bounds: BoundRow[] }> {
  const kept = (await readResults(folder)).filter(
    (row) => row.experiment === `frontier-${channel}` && row.seed === seed,
  );
  const rows: FrontierRow[] = [];
  const bounds: BoundRow[] = [];
  const ending = under(snr);
  for (const [name, title] of titles) {
    const own = kept.filter((row) => row.method === title).sort((a, b) => budgetOf(a) - budgetOf(b));
    for (const first of own.filter(({ metric }) => metric === "NMSE [dB]")) {
      const { condition, value: nmseDb } = first;
      const [place, ...noise] = condition.split(/(?=, SNR )/);
      if (noise.join("") !== ending) continue;
      const budget = budgetOf(first) || null;
      if (budget !== null && !budgets.includes(budget)) continue;
      if (first.low === undefined || first.high === undefined) {
        if (budget !== null) bounds.push({ channel, bound: name, budget, snr, nmseDb });
        continue;
      }
      const find = (metric: string) =>
        own.find((row) => row.metric === metric && row.condition === condition)?.value;
      const number = (metric: string) => find(metric) ?? Number.NaN;
      rows.push({
        channel,
        method: name,
        budget,
        setting: place,
        bits: number("Bits of a report"),
        nmseDb,
        low: first.low,
        high: first.high,
        sgcs: number("SGCS"),
        rate: find("Rate per user [bit/s/Hz]") ?? null,
        encodeMs: number("UE latency, median [ms]"),
        decodeMs: number("BS latency, median [ms]"),
        ueParameters: number("Parameters at the UE"),
        bsParameters: number("Parameters at the BS"),
        samples: first.samples,
        snr,
      });
    }
  }
  return { rows, bounds };
}
