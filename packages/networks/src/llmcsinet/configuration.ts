// Everything that LlmCsiNet can be told, with the defaults of its two forms. What the
// paper leaves open is an option here.
import { invalid } from "@csi-feedback/common";
import type { LayersDescription } from "@csi-feedback/gpt2-layers";
import { defaultEncoders, type EncoderConfiguration } from "@csi-feedback/ue-encoder";

export type { EncoderConfiguration, MaskConfiguration, SortKey } from "@csi-feedback/ue-encoder";

/** A module that an ablation leaves out. */
export type Module = "encoder" | "preliminaryDecoder" | "tokenPredictor";

/** What the transformer layers are, enough to build them again. */
export type LayersConfiguration = LayersDescription;

/** The whole configuration, as it stands in a checkpoint. */
export interface LlmCsiNetConfiguration {
  /**
   * `"paper"`: the modules as the paper describes them. `"residual"`: the elements that were fed
   * back stay as they are and the decoders predict only the others; untrained, it equals the
   * control that keeps the M largest elements and fills in the mean.
   */
  readonly form: "paper" | "residual";
  readonly delays: number;
  readonly antennas: number;
  /** Modules left out (ablations). Without the encoder, a fixed random set of elements is fed back. */
  readonly without: readonly Module[];
  readonly encoder: EncoderConfiguration;
  readonly preliminaryDecoder: {
    /** Feature maps: paper form, of the first convolution of each block (the second has twice as many). */
    readonly channels: number;
    readonly blocks: number;
    /** Side of the convolution kernels. */
    readonly kernel: number;
    readonly circular: boolean;
    /** Last activation of the paper form; the residual form is bounded by its own rule. */
    readonly activation: "sigmoid" | "linear";
  };
  readonly tokenPredictor: {
    /** Size of a token's patch; 4 x 4 in the paper. */
    readonly patch: readonly [delays: number, antennas: number];
    /** Under causal attention a class token that comes last is seen by no other token, so first is the default. */
    readonly classToken: "first" | "last" | "none";
    /** Causal attention, as GPT-2 was trained with, or every token seeing all. */
    readonly causal: boolean;
    /** Feature maps that the tokens are unfolded to before the last convolution (residual form). */
    readonly channels: number;
    readonly activation: "sigmoid" | "linear";
  };
  readonly layers: LayersConfiguration;
}

/** A configuration with parts left to their defaults. */
export type LlmCsiNetOptions = {
  readonly [Key in keyof LlmCsiNetConfiguration]?: LlmCsiNetConfiguration[Key] extends
    | readonly unknown[]
    | string
    | number
    ? LlmCsiNetConfiguration[Key]
    : Partial<LlmCsiNetConfiguration[Key]>;
};

const common = { delays: 32, antennas: 32, without: [] } as const;

/** GPT-2 Large's layers; LLMCsiNet-S, -M and -L take 1, 3 and 6 of them. */
const gpt2Large: LayersConfiguration = {
  family: "gpt2",
  width: 1280,
  heads: 20,
  depth: 6,
};

/** Defaults of each form. */
export const defaultConfigurations: Readonly<Record<"paper" | "residual", LlmCsiNetConfiguration>> = {
  paper: {
    ...common,
    form: "paper",
    encoder: defaultEncoders.paper,
    preliminaryDecoder: { channels: 8, blocks: 2, kernel: 3, circular: false, activation: "sigmoid" },
    tokenPredictor: { patch: [4, 4], classToken: "first", causal: true, channels: 2, activation: "linear" },
    layers: gpt2Large,
  },
  residual: {
    ...common,
    form: "residual",
    encoder: defaultEncoders.residual,
    preliminaryDecoder: { channels: 24, blocks: 2, kernel: 3, circular: true, activation: "linear" },
    tokenPredictor: { patch: [4, 4], classToken: "none", causal: false, channels: 8, activation: "linear" },
    layers: { family: "gpt2", width: 128, heads: 4, depth: 4 },
  },
};

/**
 * Fills in the defaults of the form (the residual one when none is named) and checks what can be checked.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION` naming the setting.
 */
export function resolveConfiguration(options: LlmCsiNetOptions = {}): LlmCsiNetConfiguration {
  const form = options.form ?? "residual";
  if (form !== "paper" && form !== "residual") reject('form must be "paper" or "residual"', form);
  const base = defaultConfigurations[form];
  const configuration: LlmCsiNetConfiguration = {
    form,
    delays: options.delays ?? base.delays,
    antennas: options.antennas ?? base.antennas,
    without: options.without ?? base.without,
    encoder: {
      ...base.encoder,
      ...options.encoder,
      mask: { ...base.encoder.mask, ...options.encoder?.mask },
    },
    preliminaryDecoder: { ...base.preliminaryDecoder, ...options.preliminaryDecoder },
    tokenPredictor: { ...base.tokenPredictor, ...options.tokenPredictor },
    layers: { ...base.layers, ...options.layers },
  };
  check(configuration);
  return configuration;
}

function reject(rule: string, received: unknown): never {
  return invalid("INVALID_CONFIGURATION", "LlmCsiNet", rule, received);
}

function check({
  delays,
  antennas,
  encoder,
  preliminaryDecoder,
  tokenPredictor,
}: LlmCsiNetConfiguration): void {
  for (const [name, value] of Object.entries({
    delays,
    antennas,
    "encoder.channels": encoder.channels,
    "preliminaryDecoder.channels": preliminaryDecoder.channels,
    "tokenPredictor.channels": tokenPredictor.channels,
  })) {
    if (!Number.isInteger(value) || value < 1) reject(`${name} must be a positive integer`, value);
  }
  if (!Number.isInteger(preliminaryDecoder.blocks) || preliminaryDecoder.blocks < 0) {
    reject("preliminaryDecoder.blocks must be a non-negative integer", preliminaryDecoder.blocks);
  }
  const { kernel } = preliminaryDecoder;
  if (!Number.isInteger(kernel) || kernel % 2 !== 1 || kernel > antennas) {
    reject("preliminaryDecoder.kernel must be odd and at most the number of antennas", kernel);
  }
  const [rows, columns] = tokenPredictor.patch;
  if (!(rows >= 1 && columns >= 1) || delays % rows !== 0 || antennas % columns !== 0) {
    reject(`tokenPredictor.patch must divide ${delays} x ${antennas}`, tokenPredictor.patch);
  }
}
