// Table V: what a sample costs at the user and at the base station, traced from the
// operations that run, beside the paper's big-O forms with the symbols filled in. Nothing is
// trained; any machine, about ten seconds. Expect no agreement to the digit: the paper prints forms,
// not numbers. CRNet's published costs are met exactly. `csi-feedback table 5`.
import { createCrNet, measureComplexity, type Side } from "@csi-feedback/networks";
import type { Experiment, MeasuredRow } from "../experiment";
import { denominatorOf, type Ratio } from "../training/ratio";
import { whileCounting } from "./counting-backend";
import { atEachRatio, otherSystems, paperSystems, type System } from "./systems";

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

/** The sizes that {@link countCosts} fills into TransInDecNet's form. */
export const transInDecNetSizes = { tokenWidth, hiddenWidth } as const;

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

/** One end of one network at one ratio. */
export interface CountedCost {
  readonly network: string;
  readonly side: Side;
  readonly ratio: Ratio;
  readonly ownReading: boolean;
  readonly measured: { readonly multiplyAccumulates: number };
  /** The paper's form with the symbols filled in; it leaves constant factors out. */
  readonly paper: ReturnType<typeof filledIn> | null;
}

async function rowsOf(system: System): Promise<CountedCost[]> {
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

/** The rows of Table V and of the networks beside it, and CRNet's published costs. */
export function countCosts() {
  return whileCounting(async () => {
    const rows: CountedCost[] = [];
    for (const system of [...paperSystems, ...otherSystems]) rows.push(...(await rowsOf(system)));
    return { rows, published: await crNetRows() };
  });
}

export const table5: Experiment = {
  id: "table-5",
  title: "Table V: multiply-accumulates of a sample",
  trainings: () => [],
  async measure() {
    const { rows } = await countCosts();
    return rows.map(
      ({ network, side, ratio, ownReading, measured }): MeasuredRow => ({
        method: ownReading ? `${network} (our reading)` : network,
        channel: "",
        ratio,
        condition: "",
        metric: `Multiply-accumulates at the ${side.toUpperCase()}`,
        value: measured.multiplyAccumulates,
        samples: 0,
        data: "",
        epochs: 0,
      }),
    );
  },
};
