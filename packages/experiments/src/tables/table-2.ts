// Table II: the bits of a report, and beside it how many values the same bits buy with each
// code of the positions. Counted, not trained; any machine, no time. Expect the paper's numbers
// exactly, and fewer values than the paper's with positions of the 11 bits that they need, more with
// learned ones. `csi-feedback table 2`.
import { elementsForBits, paperBits, transmittingBits } from "@csi-feedback/codec";
import type { Experiment, MeasuredRow } from "../experiment";
import { learnedPositionBits, mostLearned } from "../measure/learned-positions";
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

/** Bits of a value that {@link affordableElements} counts for; the paper has 64. */
const widths = [64, 32, 8, 6, 4] as const;

/** How many values fit into the bits of CRNet's codeword. */
export interface AffordableElements {
  readonly ratio: Ratio;
  /** Bits of a value. */
  readonly valueBits: number;
  /** Bits of CRNet's codeword, and its values. */
  readonly budgetBits: number;
  readonly codeword: number;
  /** Largest M by the code of the positions; the mean is one value more. */
  readonly elements: Readonly<Record<keyof typeof codeTitles, number>>;
}

const codeTitles = {
  paper: "10 bits",
  fixed: "11 bits",
  enumerative: "enumerative",
  learnedIndoor: "learned indoor",
  learnedOutdoor: "learned outdoor",
} as const;

/** The largest M within CRNet's bits, for each ratio, bits of a value and code of the positions. */
export function affordableElements(): AffordableElements[] {
  const denominators = paperRatios.map(denominatorOf);
  return paperRatios.flatMap((ratio, i) =>
    widths.map((valueBits) => {
      const { codeword, codewordBits, affordable } = transmittingBits({ denominators, valueBits })[i];
      const learned = (channel: "indoor" | "outdoor") =>
        elementsForBits(
          codewordBits,
          Math.min(codeword, mostLearned),
          (count) => valueBits * (count + 1) + learnedPositionBits(channel, count),
        );
      return {
        ratio,
        valueBits,
        budgetBits: codewordBits,
        codeword,
        elements: { ...affordable, learnedIndoor: learned("indoor"), learnedOutdoor: learned("outdoor") },
      };
    }),
  );
}

function affordableRows(): MeasuredRow[] {
  return affordableElements().flatMap(({ ratio, valueBits, elements }) =>
    (Object.keys(codeTitles) as (keyof typeof codeTitles)[]).map((code) => ({
      method: "LLMCsiNet",
      channel:
        code === "learnedIndoor" ? "cost2100-indoor" : code === "learnedOutdoor" ? "cost2100-outdoor" : "",
      ratio,
      condition: `${valueBits} bits a value, positions ${codeTitles[code]}`,
      metric: "Largest M within CRNet's bits",
      value: elements[code],
      samples: 0,
      data: "",
      epochs: 0,
    })),
  );
}

export const table2: Experiment = {
  id: "table-2",
  title: "Table II: bits of a report",
  trainings: () => [],
  async measure() {
    const reports = countReports().flatMap(({ ratio, network, paper, measured }) =>
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
    return [...reports, ...affordableRows()];
  },
  notes: [
    "10 bits address 1,024 places, but positions are among 2,048 real elements: 11 bits.",
    "Enumerative: log2 C(2048, M) bits. Learned: mean bits of the M largest elements, coded with a model trained on 1,000 other samples of the channel.",
  ],
};
