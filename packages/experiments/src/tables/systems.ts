// The systems of the tables and of `csi-feedback networks`: what each is, how far it is
// known, and the network that stands for it at a compression ratio.
import { createGpt2Layers, type TransformerLayers } from "@csi-feedback/gpt2-layers";
import { createLlmCsiNet, type FeedbackNetwork, networks } from "@csi-feedback/networks";
import { denominatorOf, paperRatios, type Ratio } from "../training/ratio";
import { repeatLayer } from "./repeated-layers";

/** A row of the tables. */
export interface System {
  /** Its title in the paper, or the one it is known by. */
  readonly title: string;
  /** Its name for `csi-feedback networks forward` and in checkpoints. */
  readonly network: string;
  readonly description: string;
  /** True where neither text nor code of it was found and the layers are our guess. */
  readonly ownReading: boolean;
  /** True where one network serves every ratio. */
  readonly anyRatio: boolean;
  /** Random weights, for counting; `denominator` is 8 for a ratio of 1/8. */
  create(denominator: number): FeedbackNetwork;
}

/** Numbers in a channel sample of the paper, 2 x 32 x 32. */
const SIZE = 2048;

function dense(network: string, title: string, description: string, ownReading = false): System {
  const create = (denominator: number) => networks[network]({ codeword: SIZE / denominator });
  return { title, network, description, ownReading, anyRatio: false, create };
}

let sharedLayer: TransformerLayers | undefined;

/** LLMCsiNet as the paper has it, around `depth` layers of GPT-2 Large that share one layer's memory. */
function paperForm(title: string, depth: number): System {
  const count = depth === 1 ? "1 layer" : `${depth} layers`;
  return {
    title,
    network: "llmcsinet",
    description: `masked-token prediction with ${count} of GPT-2 Large, form "paper"`,
    ownReading: false,
    anyRatio: true,
    create() {
      sharedLayer ??= createGpt2Layers({ width: 1280, heads: 20, layers: 1, seed: 0 });
      return createLlmCsiNet({ form: "paper" }, { layers: repeatLayer(sharedLayer, depth) });
    },
  };
}

/** The systems of Tables IV and V, in their order. */
export const paperSystems: readonly System[] = [
  dense("crnet", "CRNet", "multi-resolution convolutions; official state-dict names"),
  {
    title: "IdasNet",
    network: "idasnet",
    description: "LLMCsiNet's encoder and preliminary decoder; the decoder is inferred from its size",
    ownReading: false,
    anyRatio: true,
    create: () => networks.idasnet({}),
  },
  dense("transindecnet", "TransInDecNet", "matrix product at the UE, one transformer layer at the BS", true),
  dense("gcrnet", "GCRNet-1x", "CRNet with a dense layer of global context at the BS", true),
  paperForm("LLMCsiNet-S", 1),
  paperForm("LLMCsiNet-M", 3),
  paperForm("LLMCsiNet-L", 6),
];

/** Systems beside the paper's, because their code is public and others compare with them. */
export const otherSystems: readonly System[] = [
  {
    title: "LLMCsiNet, residual",
    network: "llmcsinet",
    description: "visible elements stay, only the others are predicted; the default form",
    ownReading: false,
    anyRatio: true,
    create: () => networks.llmcsinet({}),
  },
  dense("csinet", "CsiNet", "the first network of the field; published Keras weights convert"),
  dense("clnet", "CLNet", "complex-valued input, gates of attention; official state-dict names"),
  dense("acrnet", "ACRNet-1x", "aggregated convolutions, expansion 1"),
  dense("transnet", "TransNet", "attention over one sample's tokens, not over the batch as in its code"),
];

/** Something measured on a system's network at each ratio of the paper; once where one network serves them all. */
export async function atEachRatio<T>(
  system: System,
  measure: (network: FeedbackNetwork) => T | Promise<T>,
): Promise<{ ratio: Ratio; measured: T }[]> {
  const results: { ratio: Ratio; measured: T }[] = [];
  for (const ratio of paperRatios) {
    const known = system.anyRatio ? results[0] : undefined;
    if (known !== undefined) {
      results.push({ ratio, measured: known.measured });
      continue;
    }
    const network = system.create(denominatorOf(ratio));
    results.push({ ratio, measured: await measure(network) });
    network.dispose();
  }
  return results;
}
