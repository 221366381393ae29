// Table IV: parameters at the user (UE) and at the base station (BS), counted on the
// networks, beside the numbers as the paper prints them.
import { countParametersAtEnds, swappedColumns } from "@csi-feedback/experiments";
import { grouped, type PaperTable } from "./table";

export async function table4(): Promise<PaperTable> {
  const rows = await countParametersAtEnds();
  return {
    json: { table: 4, rows },
    parts: [
      {
        caption: "Table IV: parameters, counted and as printed",
        header: ["network", "ratio", "UE", "prints", "paper", "BS", "prints", "paper", "same", "remark"],
        rows: rows.map(({ network, ratio, ownReading, measured, prints, paper, same, note }) => [
          network,
          ratio,
          grouped(measured.ue),
          prints.ue,
          paper?.ue ?? "-",
          grouped(measured.bs),
          prints.bs,
          paper?.bs ?? "-",
          same === null ? "-" : same.ue && same.bs ? "yes" : "NO",
          [ownReading ? "our reading" : "", note ? "columns swapped in the paper" : ""]
            .filter(Boolean)
            .join(", "),
        ]),
      },
    ],
    notes: [
      `TransInDecNet at 1/8: ${swappedColumns}`,
      "Our reading: neither text nor code of the network was found; its layers were chosen to have these sizes.",
      "LLMCsiNet's UE: 2,502 learned parameters and 657 fixed ones of the self-information estimate.",
    ],
  };
}
