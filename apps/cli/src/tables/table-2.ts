// Table II: the bits of a report, and what the same bits buy with honest widths and with
// better codes of the positions.
import { affordableElements, countReports } from "@csi-feedback/experiments";
import { grouped, type PaperTable } from "./table";

export async function table2(): Promise<PaperTable> {
  const rows = countReports();
  const affordable = affordableElements();
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
        header: [
          "ratio",
          "bits a value",
          "budget",
          "CRNet's values",
          "10 bits",
          "11 bits",
          "enumerative",
          "learned indoor",
          "learned outdoor",
        ],
        rows: affordable.map(({ ratio, valueBits, budgetBits, codeword, elements }) => [
          ratio,
          ...[valueBits, budgetBits, codeword, ...Object.values(elements)].map(grouped),
        ]),
      },
    ],
    notes: [
      "Values include the mean. 10 bits address 1,024 places, but positions are among 2,048 real elements: 11 bits.",
      "Enumerative: log2 C(2048, M) bits for the set of positions.",
      "Learned: mean bits of the M largest elements, coded with a model trained on 1,000 other samples of the channel.",
    ],
  };
}
