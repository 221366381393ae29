// Table II: the bits of a report. Counted, not trained; any machine, no time.
// Expect the paper's numbers exactly. `csi-feedback table 2`.
import { paperBits, transmittingBits } from "@csi-feedback/codec";
import type { Experiment, MeasuredRow } from "../experiment";
import { table2 as printed } from "../paper/table-2";
import { denominatorOf, paperRatios, type Ratio } from "../training/ratio";

/** What a report is made of. */
interface ReportBits {
  readonly values: number;
  readonly valueBits: number;
  readonly positions: number;
  readonly positionBits: number;
  readonly totalBits: number;
}

const metrics: Readonly<Record<keyof ReportBits, string>> = {
  values: "Codeword values",
  valueBits: "Bits of a value",
  positions: "Position indices",
  positionBits: "Bits of an index",
  totalBits: "Bits of a report",
};

/** One row of the table. */
export interface CountedReport {
  readonly ratio: Ratio;
  readonly network: "CRNet" | "LLMCsiNet";
  readonly paper: ReportBits;
  readonly measured: ReportBits;
}

function fields([values, valueBits, positions, positionBits, totalBits]: readonly number[]): ReportBits {
  return { values, valueBits, positions, positionBits, totalBits };
}

/** The rows of Table II, counted and as printed. */
export function countReports(): CountedReport[] {
  const counted = transmittingBits({ denominators: paperRatios.map(denominatorOf) });
  return paperRatios.flatMap((ratio, i) => {
    const { codeword, codewordBits, elements } = counted[i];
    const measured = {
      CRNet: [codeword, 64, 0, 0, codewordBits],
      LLMCsiNet: [elements + 1, 64, elements, 10, paperBits(elements)],
    };
    return (["CRNet", "LLMCsiNet"] as const).map((network) => ({
      ratio,
      network,
      paper: fields(printed[ratio][network]),
      measured: fields(measured[network]),
    }));
  });
}

export const table2: Experiment = {
  id: "table-2",
  title: "Table II: bits of a report",
  trainings: () => [],
  async measure() {
    return countReports().flatMap(({ ratio, network, paper, measured }) =>
      (Object.keys(metrics) as (keyof ReportBits)[]).map(
        (field): MeasuredRow => ({
          method: network,
          channel: "",
          ratio,
          condition: "",
          metric: metrics[field],
          value: measured[field],
          paper: paper[field],
          samples: 0,
          data: "",
          epochs: 0,
        }),
      ),
    );
  },
};
