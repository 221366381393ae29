// Table IV: parameters at the user (UE) and at the base station (BS), counted on the
// networks, beside the numbers as the paper prints them.
import { startCountingBackend } from "../networks/counting-backend";
import { atEachRatio, otherSystems, paperSystems, type System } from "../networks/systems";
import type { Ratio } from "../ratio";
import { abbreviated, grouped, type PaperTable } from "./table";

type Printed = readonly [ue: string, bs: string];

const everywhere = (ue: string, bs: string): Record<Ratio, Printed> => ({
  "1/8": [ue, bs],
  "1/16": [ue, bs],
  "1/32": [ue, bs],
  "1/64": [ue, bs],
});

/** As printed, errors included. */
const printed: Readonly<Record<string, Record<Ratio, Printed>>> = {
  CRNet: {
    "1/8": ["0.52M", "0.53M"],
    "1/16": ["0.26M", "0.27M"],
    "1/32": ["0.13M", "0.14M"],
    "1/64": ["0.07M", "0.07M"],
  },
  IdasNet: everywhere("3.16K", "3.36K"),
  TransInDecNet: {
    "1/8": ["0.80M", "0.52M"],
    "1/16": ["0.26M", "0.54M"],
    "1/32": ["0.13M", "0.41M"],
    "1/64": ["0.07M", "0.34M"],
  },
  "GCRNet-1x": {
    "1/8": ["0.52M", "2.18M"],
    "1/16": ["0.26M", "1.92M"],
    "1/32": ["0.13M", "1.79M"],
    "1/64": ["0.07M", "1.72M"],
  },
  "LLMCsiNet-S": everywhere("3.16K", "19.85M"),
  "LLMCsiNet-M": everywhere("3.16K", "59.21M"),
  "LLMCsiNet-L": everywhere("3.16K", "118.24M"),
};

const swappedNote =
  "The paper's columns are swapped here: a matrix product of 2,048 by 256 at the UE has 0.52M parameters, and the BS has more than at 1/16.";

async function rowsOf(system: System) {
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
      ...(swapped ? { note: swappedNote } : {}),
    };
  });
}

export async function table4(): Promise<PaperTable> {
  await startCountingBackend();
  const rows: Awaited<ReturnType<typeof rowsOf>> = [];
  for (const system of [...paperSystems, ...otherSystems]) rows.push(...(await rowsOf(system)));
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
      `TransInDecNet at 1/8: ${swappedNote}`,
      "Our reading: neither text nor code of the network was found; its layers were chosen to have these sizes.",
      "LLMCsiNet's UE: 2,502 learned parameters and 657 fixed ones of the self-information estimate.",
    ],
  };
}
