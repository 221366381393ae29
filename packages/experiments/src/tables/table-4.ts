// Table IV: parameters at the user and at the base station. Counted on the networks
// themselves, not trained; any machine, seconds. Expect the paper's numbers but for
// TransInDecNet at 1/8, whose columns the paper swaps. `csi-feedback table 4`.
import type { Experiment, MeasuredRow } from "../experiment";
import { table4 as printed } from "../paper/table-4";
import type { Ratio } from "../training/ratio";
import { whileCounting } from "./counting-backend";
import { atEachRatio, otherSystems, paperSystems, type System } from "./systems";

/** Parameters at both ends. */
interface AtEnds<Value> {
  readonly ue: Value;
  readonly bs: Value;
}

/** One row of the table. */
export interface CountedParameters {
  readonly network: string;
  readonly ratio: Ratio;
  readonly ownReading: boolean;
  readonly measured: AtEnds<number>;
  /** The measured numbers as the paper would print them. */
  readonly prints: AtEnds<string>;
  readonly paper: AtEnds<string> | null;
  readonly same: AtEnds<boolean> | null;
  readonly note?: string;
}

/** What is wrong with the paper's row of TransInDecNet at 1/8. */
export const swappedColumns =
  "The paper's columns are swapped here: a matrix product of 2,048 by 256 at the UE has 0.52M parameters, and the BS has more than at 1/16.";

/** As the paper prints sizes: 3.16K, 0.52M, 118.24M. */
function abbreviated(value: number): string {
  return value < 10_000 ? `${(value / 1e3).toFixed(2)}K` : `${(value / 1e6).toFixed(2)}M`;
}

/** 520,000 of 0.52M. */
function expanded(text: string): number {
  return Math.round(Number(text.slice(0, -1)) * (text.endsWith("K") ? 1e3 : 1e6));
}

async function rowsOf(system: System): Promise<CountedParameters[]> {
  const counts = await atEachRatio(system, (network) => ({
    ue: network.parameterCount("ue"),
    bs: network.parameterCount("bs"),
  }));
  return counts.map(({ ratio, measured }) => {
    const prints = { ue: abbreviated(measured.ue), bs: abbreviated(measured.bs) };
    const [ue, bs] = printed[system.title]?.[ratio] ?? [];
    const paper = ue === undefined || bs === undefined ? null : { ue, bs };
    const same = paper && { ue: prints.ue === ue, bs: prints.bs === bs };
    const swapped = ue !== bs && prints.ue === bs && prints.bs === ue;
    return {
      network: system.title,
      ratio,
      ownReading: system.ownReading,
      measured,
      prints,
      paper,
      same,
      ...(swapped ? { note: swappedColumns } : {}),
    };
  });
}

/** The rows of Table IV and of the networks beside it, counted and as printed. */
export function countParametersAtEnds(): Promise<CountedParameters[]> {
  return whileCounting(async () => {
    const rows: CountedParameters[] = [];
    for (const system of [...paperSystems, ...otherSystems]) rows.push(...(await rowsOf(system)));
    return rows;
  });
}

export const table4: Experiment = {
  id: "table-4",
  title: "Table IV: parameters at the UE and at the BS",
  trainings: () => [],
  async measure() {
    const rows = await countParametersAtEnds();
    return rows.flatMap(({ network, ratio, ownReading, measured, paper, note }) =>
      (["ue", "bs"] as const).map(
        (side): MeasuredRow => ({
          method: ownReading ? `${network} (our reading)` : network,
          channel: "",
          ratio,
          condition: note === undefined ? "" : "columns swapped in the paper",
          metric: `Parameters at the ${side.toUpperCase()}`,
          value: measured[side],
          ...(paper === null ? {} : { paper: expanded(paper[side]) }),
          samples: 0,
          data: "",
          epochs: 0,
        }),
      ),
    );
  },
};
