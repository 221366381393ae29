// Table V: what a sample costs at the user (UE) and at the base station (BS), traced from
// the operations that run, beside the paper's big-O forms with the symbols filled in.
import { createCrNet, measureComplexity, type Side } from "@csi-feedback/networks";
import { startCountingBackend } from "../networks/counting-backend";
import { atEachRatio, otherSystems, paperSystems, type System } from "../networks/systems";
import { paperRatios, type Ratio } from "../ratio";
import { denominatorOf, grouped, type PaperTable } from "./table";

/** Delay taps times antennas, Nc Nt. */
const PLACES = 32 * 32;

/** A form of the paper: its terms with their values at a ratio. */
type Form = readonly (readonly [term: string, value: (ratio: number) => number])[];

const places: Form[number] = ["Nc Nt", () => PLACES];
const product: Form[number] = ["σ Nc² Nt²", (ratio) => ratio * PLACES ** 2];
const convolutionsAndProduct: Form = [places, product];

/** The sizes of our reading of TransInDecNet: the paper gives none. */
const [tokenWidth, hiddenWidth] = [64, 2000];

function languageModel(layers: number): Form {
  const [tokens, width, hidden] = [65, 1280, 5120];
  return [
    places,
    ["dm Nc Nt", () => width * PLACES],
    ["Ntrans dm (L dm + L² + 2 dff)", () => layers * width * (tokens * width + tokens ** 2 + 2 * hidden)],
  ];
}

const sorting = (factor: 1 | 64): Form => [
  places,
  ["log(Nc Nt)", () => Math.log2(PLACES)],
  [`${factor === 1 ? "" : "64 "}Nc Nt log(Nc Nt)`, () => factor * PLACES * Math.log2(PLACES)],
];

const forms: Readonly<Record<string, Readonly<Record<Side, Form>>>> = {
  CRNet: { ue: convolutionsAndProduct, bs: convolutionsAndProduct },
  IdasNet: { ue: sorting(64), bs: [places] },
  TransInDecNet: {
    ue: [product],
    bs: [
      product,
      ["Nc² dm", () => 32 ** 2 * tokenWidth],
      ["Nc dm²", () => 32 * tokenWidth ** 2],
      ["Nc dm dff", () => 32 * tokenWidth * hiddenWidth],
    ],
  },
  "GCRNet-1x": { ue: convolutionsAndProduct, bs: convolutionsAndProduct },
  "LLMCsiNet-S": { ue: sorting(1), bs: languageModel(1) },
  "LLMCsiNet-M": { ue: sorting(1), bs: languageModel(3) },
  "LLMCsiNet-L": { ue: sorting(1), bs: languageModel(6) },
};

/** CRNet's own published costs of both sides together, called FLOPs there, by denominator of the ratio. */
const publishedCrNet = { 4: "5.12M", 8: "4.07M", 16: "3.55M", 32: "3.29M", 64: "3.16M" } as const;

function filledIn(form: Form, ratio: Ratio) {
  const terms = form.map(([term, value]) => ({ term, value: value(1 / denominatorOf(ratio)) }));
  return {
    form: `O(${form.map(([term]) => term).join(" + ")})`,
    terms,
    value: terms.reduce((sum, { value }) => sum + value, 0),
  };
}

async function rowsOf(system: System) {
  const costs = await atEachRatio(system, (network) => measureComplexity(network));
  return costs.flatMap(({ ratio, measured }) =>
    (["ue", "bs"] as const).map((side) => {
      const form = forms[system.title]?.[side];
      return {
        network: system.title,
        side,
        ratio,
        ownReading: system.ownReading,
        measured: { multiplyAccumulates: measured[side].multiplyAccumulates },
        paper: form === undefined ? null : filledIn(form, ratio),
      };
    }),
  );
}

async function crNetRows() {
  const rows = [];
  for (const [denominator, published] of Object.entries(publishedCrNet)) {
    const network = createCrNet({ codeword: 2048 / Number(denominator) });
    const { ue, bs } = await measureComplexity(network);
    network.dispose();
    const multiplyAccumulates = ue.multiplyAccumulates + bs.multiplyAccumulates;
    const same = `${(multiplyAccumulates / 1e6).toFixed(2)}M` === published;
    rows.push({
      network: "CRNet",
      ratio: `1/${denominator}`,
      measured: { multiplyAccumulates },
      published,
      same,
    });
  }
  return rows;
}

export async function table5(): Promise<PaperTable> {
  await startCountingBackend();
  const rows: Awaited<ReturnType<typeof rowsOf>> = [];
  for (const system of [...paperSystems, ...otherSystems]) rows.push(...(await rowsOf(system)));
  const published = await crNetRows();
  const systems = rows.filter(({ ratio }) => ratio === paperRatios[0]);
  const notes = [
    "Multiply-accumulates of convolutions and matrix products, traced; each is two floating-point operations. Normalisation, activations, self-information and sorting are not counted.",
    "L is 65: 4 x 4 patches and the class token. The printed L = Nc Nt / Sp + 1 with Sp = 4 would be 257.",
    `TransInDecNet and GCRNet-1x are our reading; dm = ${tokenWidth} and dff = ${hiddenWidth} are its sizes. Logarithms are to base 2.`,
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
