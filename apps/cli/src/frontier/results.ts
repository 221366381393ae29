// Rows of the frontier as rows of results: one file a channel, one row a number, with all
// that is needed to judge it.
import type { StartedEngine } from "@csi-feedback/engines";
import { currentCommit, describeHardware, mergeResults, type ResultRow } from "@csi-feedback/experiments";
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
  const under = (snr: number | null) => (snr === null ? "" : `, SNR ${snr} dB`);
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
