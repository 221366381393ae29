// Table II: the bits of a report, and what the same bits buy with honest widths and with
// better codes of the positions.
import { paperBits, transmittingBits } from "@csi-feedback/codec";
import { paperRatios } from "../ratio";
import { denominatorOf, grouped, type PaperTable } from "./table";

/** The table as printed: values, bits a value, positions, bits a position, total bits. */
const printed = {
  "1/8": { CRNet: [256, 64, 0, 0, 16_384], LLMCsiNet: [222, 64, 221, 10, 16_418] },
  "1/16": { CRNet: [128, 64, 0, 0, 8192], LLMCsiNet: [112, 64, 111, 10, 8278] },
  "1/32": { CRNet: [64, 64, 0, 0, 4096], LLMCsiNet: [57, 64, 56, 10, 4208] },
  "1/64": { CRNet: [32, 64, 0, 0, 2048], LLMCsiNet: [29, 64, 28, 10, 2136] },
} as const;

const widths = [64, 32, 8, 6, 4] as const;

function fields(row: readonly number[]) {
  const [values, valueBits, positions, positionBits, totalBits] = row;
  return { values, valueBits, positions, positionBits, totalBits };
}

export async function table2(): Promise<PaperTable> {
  const denominators = paperRatios.map(denominatorOf);
  const counted = transmittingBits({ denominators });
  const rows = paperRatios.flatMap((ratio, i) => {
    const { codeword, codewordBits, elements } = counted[i];
    return [
      {
        ratio,
        network: "CRNet",
        paper: fields(printed[ratio].CRNet),
        measured: fields([codeword, 64, 0, 0, codewordBits]),
      },
      {
        ratio,
        network: "LLMCsiNet",
        paper: fields(printed[ratio].LLMCsiNet),
        measured: fields([elements + 1, 64, elements, 10, paperBits(elements)]),
      },
    ];
  });
  const affordable = paperRatios.flatMap((ratio, i) =>
    widths.map((valueBits) => {
      const { codeword, codewordBits, affordable } = transmittingBits({ denominators, valueBits })[i];
      return { ratio, valueBits, budgetBits: codewordBits, codeword, elements: affordable };
    }),
  );
  return {
    json: { table: 2, rows, affordable },
    parts: [
      {
        caption: "Table II: bits of a report, counted and as printed",
        header: ["ratio", "network", "values", "bits", "positions", "bits", "total", "paper", "same"],
        rows: rows.map(({ ratio, network, paper, measured }) => [
          ratio,
          network,
          ...[measured.values, measured.valueBits, measured.positions, measured.positionBits].map(grouped),
          grouped(measured.totalBits),
          grouped(paper.totalBits),
          JSON.stringify(paper) === JSON.stringify(measured) ? "yes" : "NO",
        ]),
      },
      {
        caption: "Largest M within CRNet's bits, by bits of a value and code of the positions",
        header: ["ratio", "bits a value", "budget", "CRNet's values", "10 bits", "11 bits", "enumerative"],
        rows: affordable.map(({ ratio, valueBits, budgetBits, codeword, elements }) => [
          ratio,
          ...[valueBits, budgetBits, codeword, elements.paper, elements.fixed, elements.enumerative].map(
            grouped,
          ),
        ]),
      },
    ],
    notes: [
      "Values include the mean. 10 bits address 1,024 places, but positions are among 2,048 real elements: 11 bits.",
      "Enumerative: log2 C(2048, M) bits for the set of positions.",
    ],
  };
}
