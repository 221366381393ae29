// What several figures measure alike: NMSE of trained methods on one channel, and of the M
// largest elements beside them.
import type { ExperimentContext, MeasuredRow } from "../experiment";
import { type Cell, type Contestant, contestantRows } from "./contestants";
import { CONTROL, largestRows } from "./controls";
import { METRIC } from "./rows";
import { runSteps } from "./steps";
import { testData } from "./test-data";

/** NMSE of contestants at their ratios, and of the control at the cell's. */
export async function nmseWithLargest(
  context: ExperimentContext,
  { channel, ratios }: Cell,
  list: readonly Contestant[],
): Promise<MeasuredRow[]> {
  const sets = await testData(context, channel);
  const rows = await runSteps(context, [
    ...list.map((contestant) => ({
      title: `${contestant.method} at ${contestant.ratios.join(", ")}`,
      rows: () => contestantRows(context, contestant, sets),
    })),
    ...ratios.map((ratio) => ({
      title: `${CONTROL.largest} at ${ratio}`,
      rows: () => largestRows(sets, ratio),
    })),
  ]);
  return rows.filter(({ metric }) => metric === METRIC.nmse);
}
