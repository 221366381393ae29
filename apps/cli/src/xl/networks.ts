// `csi-feedback xl networks`: parameters of the estimators, and LLM4XCE's as its paper
// counts them.
import { startEngine } from "@csi-feedback/engines";
import { createEstimator, llm4XceDefinition, xlProfiles } from "@csi-feedback/experiments/extremely-large";
import {
  type ChannelEstimatorNetwork,
  createLlm4Xce,
  createMatCeNet,
  createXlcNet,
} from "@csi-feedback/networks";
import { printTable } from "../text-table";

/** GPT-2's embedding of its 50,257 tokens: never read here, and counted by the paper. */
const TOKEN_EMBEDDING = 50_257 * 768;
/** A layer of GPT-2 small. */
const GPT2_LAYER = 7_087_872;
/** Frozen layers of GPT-2 small. */
const FROZEN_LAYERS = 10;

interface SizeRow {
  readonly network: string;
  readonly trained: number;
  readonly frozen: number;
  readonly statistics: number;
  readonly groups: Readonly<Record<string, number>>;
}

function rowOf(name: string, network: ChannelEstimatorNetwork): SizeRow {
  const groups = Object.entries(network.groups).map(([group, names]) => [
    group,
    names.reduce((sum, one) => sum + (network.parameters.get(one)?.size ?? 0), 0),
  ]);
  const row = { network: name, ...network.size, groups: Object.fromEntries(groups) };
  network.dispose();
  return row;
}

export async function showEstimators({ json }: { readonly json?: boolean }): Promise<void> {
  await startEngine("cpu");
  // The ten frozen layers are all alike: the two tuned ones are made, the others counted.
  const paper = rowOf("LLM4XCE, GPT-2 small", createLlm4Xce({ layers: { depth: 12 - FROZEN_LAYERS } }));
  const laptop = await createEstimator(llm4XceDefinition({ profile: xlProfiles.laptop, seed: 0 }));
  const rows: SizeRow[] = [
    { ...paper, frozen: paper.frozen + FROZEN_LAYERS * GPT2_LAYER },
    rowOf("LLM4XCE, laptop profile", laptop),
    rowOf("XLCNet", createXlcNet()),
    rowOf("MAT-CENet (our reading)", createMatCeNet()),
  ];
  const frozenAsPrinted = rows[0].frozen + TOKEN_EMBEDDING;
  const published = {
    "LLM4XCE trained": { ours: rows[0].trained, paper: "17M" },
    "LLM4XCE frozen, with GPT-2's token embedding": { ours: frozenAsPrinted, paper: "109M" },
    "XLCNet, with moving statistics": { ours: rows[2].trained + rows[2].statistics, paper: "262,914" },
  };
  if (json) {
    process.stdout.write(`${JSON.stringify({ rows, published }, undefined, 2)}\n`);
    return;
  }
  const grouped = (value: number) => value.toLocaleString("en");
  process.stdout.write("Parameters of channel estimators, 256 antennas\n\n");
  printTable(
    ["network", "trained", "frozen", "statistics", "trained, by group"],
    rows.map(({ network, trained, frozen, statistics, groups }) => [
      network,
      grouped(trained),
      grouped(frozen),
      grouped(statistics),
      Object.entries(groups)
        .map(([group, size]) => `${group} ${grouped(size)}`)
        .join(", "),
    ]),
  );
  process.stdout.write("\n");
  printTable(
    ["beside what is published", "here", "published"],
    Object.entries(published).map(([name, { ours, paper }]) => [name, grouped(ours), paper]),
  );
  process.stdout.write(
    "\nThe paper names neither filters nor heads nor the head's convolutions: 256 maps and a convolution to 128 land on its 17 million.\n",
  );
}
