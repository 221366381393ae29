// Algorithm 1 of LLMCsiNet as a list of two stages for `train`.
import type { RatePerGroup, Stage } from "./options";

/** Settings of {@link algorithm1}; the defaults are the paper's, and CRNet's where the paper is silent. */
export interface Algorithm1Options {
  /**
   * What stage 2 does with the encoder and the preliminary decoder. `"frozen"` (the paper's choice
   * for COST2100 indoor and DeepMIMO) trains the token predictor alone; `"joint"` trains all; `"auto"`
   * (default) starts jointly and freezes when the run is unstable or slow.
   */
  readonly stage2?: "frozen" | "joint" | "auto";
  /** Groups trained in stage 1. Default `["encoder", "preliminaryDecoder"]`. */
  readonly firstGroups?: readonly string[];
  /** Groups added in stage 2. Default `["tokenPredictor"]`. */
  readonly secondGroups?: readonly string[];
  /** Most epochs of each stage. Default 300. */
  readonly epochs?: number;
  /** Peak learning rate, one for all or per group. Default 2e-3. */
  readonly learningRate?: RatePerGroup;
  /** Learning rate at the last step. Default 5e-5. */
  readonly finalLearningRate?: RatePerGroup;
  /** Default 30, or a tenth of `epochs` where that is less. */
  readonly warmupEpochs?: number;
  /** Epochs without a lower validation loss before a stage ends. Default 20. */
  readonly patience?: number;
}

/**
 * The two stages of Algorithm 1: first the encoder and the preliminary decoder on the loss of the
 * preliminary output, then the token predictor, with or without the others, on that of the final one.
 *
 * @example
 * ```ts
 * import { algorithm1 } from "@csi-feedback/training";
 *
 * const [first, second] = algorithm1({ stage2: "frozen" });
 * console.log(first.output, first.groups); // preliminary [ 'encoder', 'preliminaryDecoder' ]
 * console.log(second.output, second.groups); // final [ 'tokenPredictor' ]
 * ```
 */
export function algorithm1(options: Algorithm1Options = {}): [Stage, Stage] {
  const first = options.firstGroups ?? ["encoder", "preliminaryDecoder"];
  const second = options.secondGroups ?? ["tokenPredictor"];
  const epochs = options.epochs ?? 300;
  const mode = options.stage2 ?? "auto";
  const common = {
    epochs,
    learningRate: options.learningRate ?? 2e-3,
    finalLearningRate: options.finalLearningRate ?? 5e-5,
    warmupEpochs: options.warmupEpochs ?? Math.min(30, Math.floor(epochs / 10)),
    patience: options.patience ?? 20,
  };
  return [
    { name: "preliminary", output: "preliminary", groups: first, ...common },
    {
      name: "full",
      output: "final",
      groups: mode === "frozen" ? second : [...first, ...second],
      ...(mode === "auto" ? { freezeIfUnstable: first } : {}),
      ...common,
    },
  ];
}
