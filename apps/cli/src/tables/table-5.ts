// Table V: what a sample costs at the user (UE) and at the base station (BS), traced from
// the operations that run, beside the paper's big-O forms with the symbols filled in.
import { countCosts, paperRatios, transInDecNetSizes } from "@csi-feedback/experiments";
import { grouped, type PaperTable } from "./table";

export async function table5(): Promise<PaperTable> {
  const { rows, published } = await countCosts();
  const systems = rows.filter(({ ratio }) => ratio === paperRatios[0]);
  const notes = [
    "Multiply-accumulates of convolutions and matrix products, traced; each is two floating-point operations. Normalisation, activations, self-information and sorting are not counted.",
    "L is 65: 4 x 4 patches and the class token. The printed L = Nc Nt / Sp + 1 with Sp = 4 would be 257.",
    `TransInDecNet and GCRNet-1x are our reading; dm = ${transInDecNetSizes.tokenWidth} and dff = ${transInDecNetSizes.hiddenWidth} are its sizes. Logarithms are to base 2.`,
  ];
  return {
    json: { table: 5, unit: "multiply-accumulates per sample", rows, published, notes },
    parts: [
      {
        caption: "Table V: multiply-accumulates per sample, measured",
        header: ["network", "side", ...paperRatios, "remark"],
        rows: systems.map(({ network, side, ownReading }) => [
          network,
          side.toUpperCase(),
          ...paperRatios.map((ratio) => {
            const row = rows.find(
              (row) => row.network === network && row.side === side && row.ratio === ratio,
            );
            return grouped(row!.measured.multiplyAccumulates);
          }),
          ownReading ? "our reading" : "",
        ]),
      },
      {
        caption: "The paper's forms, filled in at 1/8",
        header: ["network", "side", "form", "value", "terms"],
        rows: systems.flatMap(({ network, side, paper }) =>
          paper === null
            ? []
            : [
                [
                  network,
                  side.toUpperCase(),
                  paper.form,
                  grouped(paper.value),
                  paper.terms.map(({ value }) => grouped(value)).join(" + "),
                ],
              ],
        ),
      },
      {
        caption: "CRNet, both sides, and the figures its authors published",
        header: ["ratio", "measured", "published", "same"],
        rows: published.map(({ ratio, measured, published, same }) => [
          ratio,
          grouped(measured.multiplyAccumulates),
          published,
          same ? "yes" : "NO",
        ]),
      },
    ],
    notes,
  };
}
