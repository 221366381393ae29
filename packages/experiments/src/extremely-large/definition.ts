// The training of one channel estimator, as data: network, backbone, channels, noise,
// budget. And the networks and budgets of each profile.
import { createHash } from "node:crypto";
import type { LayersConfiguration, Llm4XceModule } from "@csi-feedback/networks";
import type { LossName } from "@csi-feedback/training";
import { hybrid, type Scenario } from "./scenario";

/** Transformer layers of a pretrained model. */
export interface Backbone {
  /** `"stories260K"`, which comes along, or what `loadGpt2Layers` and `loadLlamaLayers` take. */
  readonly source: string;
  /** How many, from the first. */
  readonly layers: number;
}

/** Everything that the training of an estimator depends on. */
export interface EstimatorDefinition {
  /** Name in tables and figures. */
  readonly label: string;
  /** Name in `channelEstimators`, and its configuration. */
  readonly network: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly backbone?: Backbone;
  readonly scenario: Scenario;
  /** SNR [dB] of the training's observations; a pair is a range. */
  readonly snr: number | readonly [lowest: number, highest: number];
  /** Range of the power of a second user with the same pilots over the first one's [dB]; none when absent. */
  readonly contamination?: readonly [lowest: number, highest: number];
  readonly samples: { readonly train: number; readonly validation: number };
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly finalLearningRate: number;
  /** A geometric mean of error ratios lets every decibel count the same, at low SNR as at high. */
  readonly loss: LossName;
  readonly seed: number;
}

/** How much is spent on an experiment. */
export interface XlProfile {
  readonly name: "smoke" | "laptop" | "paper";
  readonly samples: { readonly train: number; readonly validation: number; readonly test: number };
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** LLM4XCE's configuration, pretrained layers, and how many of them, from the last, are tuned. */
  readonly llm4xce: Readonly<Record<string, unknown>>;
  readonly tunedLayers: number;
  readonly backbone: Backbone;
  /** Pretrained layers that are set beside each other: depths, widths, families. */
  readonly backbones: readonly Backbone[];
  readonly xlcnet: Readonly<Record<string, unknown>>;
  readonly matCeNet: Readonly<Record<string, unknown>>;
  /**
   * Whether networks work in the angle domain. The published ones do not; but what they learn from millions of
   * samples there, a few hundred steps do not teach.
   */
  readonly angles: boolean;
}

const tiny = {
  antennasPerToken: 4,
  maps: 16,
  heads: 2,
  headMaps: 16,
  layers: { width: 64, heads: 8, depth: 5 },
};

/**
 * `smoke` shows that everything runs. `laptop` trains each network for a minute or two on one core, 500 steps of 16
 * channels: four antennas share a token, networks are narrow and stand around the pretrained layers that come along.
 * `paper` is LLM4XCE's: GPT-2 small, 45,000 samples, 200 epochs of batches of 64.
 */
export const xlProfiles: Readonly<Record<XlProfile["name"], XlProfile>> = {
  smoke: {
    name: "smoke",
    samples: { train: 32, validation: 8, test: 8 },
    epochs: 1,
    batchSize: 16,
    learningRate: 1e-3,
    llm4xce: { ...tiny, maps: 8, headMaps: 8 },
    tunedLayers: 1,
    backbone: { source: "stories260K", layers: 2 },
    backbones: [{ source: "stories260K", layers: 1 }],
    xlcnet: { maps: 8, depth: 2 },
    matCeNet: { maps: 8, depth: 1 },
    angles: true,
  },
  laptop: {
    name: "laptop",
    samples: { train: 4000, validation: 200, test: 200 },
    epochs: 2,
    batchSize: 16,
    learningRate: 1e-3,
    llm4xce: tiny,
    tunedLayers: 2,
    backbone: { source: "stories260K", layers: 5 },
    backbones: [
      { source: "stories260K", layers: 1 },
      { source: "stories260K", layers: 3 },
    ],
    xlcnet: {},
    matCeNet: { maps: 32, depth: 2 },
    angles: true,
  },
  paper: {
    name: "paper",
    samples: { train: 45_000, validation: 5000, test: 2000 },
    epochs: 200,
    batchSize: 64,
    learningRate: 1e-3,
    llm4xce: {},
    tunedLayers: 2,
    backbone: { source: "openai-community/gpt2", layers: 12 },
    backbones: [
      { source: "openai-community/gpt2", layers: 6 },
      { source: "openai-community/gpt2-medium", layers: 24 },
      { source: "HuggingFaceTB/SmolLM-135M", layers: 30 },
    ],
    xlcnet: {},
    matCeNet: {},
    angles: false,
  },
};

/** SNRs of the figures [dB]. */
export const SNRS = [-5, 0, 5, 10, 15, 20] as const;

/** What distinguishes a training from the profile's own. */
export interface DefinitionOptions {
  readonly profile: XlProfile;
  readonly seed: number;
  readonly scenario?: Scenario;
  /** Pretrained layers in place of the profile's. */
  readonly backbone?: Backbone;
  /** Whether the network works in the angle domain, in place of what the profile says. */
  readonly angles?: boolean;
}

/** The domain of a network for a scenario, as part of its configuration; nothing for the antennas' own. */
function domainOf({ profile, scenario = hybrid, angles = profile.angles }: DefinitionOptions) {
  if (!angles) return {};
  return { domain: scenario.array === "planar" ? "planar-angle" : "angle" };
}

/** What a label says about a network that is not in the domain of its profile. */
function domainLabel({ profile, angles = profile.angles }: DefinitionOptions): string {
  return angles === profile.angles ? "" : angles ? ", angle domain" : ", antenna domain";
}

function common({ profile, seed, scenario = hybrid }: DefinitionOptions) {
  const { samples, epochs, batchSize, learningRate } = profile;
  return {
    scenario,
    snr: [SNRS[0], SNRS[SNRS.length - 1]] as const,
    samples: { train: samples.train, validation: samples.validation },
    epochs,
    batchSize,
    learningRate,
    finalLearningRate: learningRate / 50,
    loss: "geometric-nmse" as const,
    seed,
  };
}

/** XLCNet on the profile's budget. */
export function xlcNetDefinition(options: DefinitionOptions): EstimatorDefinition {
  const network = { name: "xlcnet", ...options.profile.xlcnet, ...domainOf(options) };
  return { label: `XLCNet${domainLabel(options)}`, network, ...common(options) };
}

/** Our reading of MAT-CENet. */
export function matCeNetDefinition(options: DefinitionOptions): EstimatorDefinition {
  const network = { name: "mat-cenet", ...options.profile.matCeNet, ...domainOf(options) };
  return { label: `MAT-CENet (our reading)${domainLabel(options)}`, network, ...common(options) };
}

/** What is changed about LLM4XCE. */
export interface Llm4XceVariant {
  readonly label: string;
  readonly without?: readonly Llm4XceModule[];
  /** Random transformer layers of the same sizes in place of pretrained ones. */
  readonly random?: boolean;
  /** Sizes and family of random layers, in place of the pretrained ones'. */
  readonly layers?: Partial<LayersConfiguration>;
  /** Last layers that are tuned. */
  readonly tunedLayers?: number;
  readonly causal?: boolean;
}

/** LLM4XCE, or a variant of it. */
export function llm4XceDefinition(
  options: DefinitionOptions,
  variant: Llm4XceVariant = { label: "LLM4XCE" },
): EstimatorDefinition {
  const { label, random = false, ...changes } = variant;
  const { profile, backbone = profile.backbone } = options;
  const needsLayers = !random && !variant.without?.includes("languageModel");
  const random260K = { family: "llama", keyValueHeads: 4, hidden: 172, depth: backbone.layers };
  const layers =
    backbone.source === "stories260K" ? { ...tiny.layers, ...random260K } : { depth: backbone.layers };
  const network = {
    name: "llm4xce",
    ...profile.llm4xce,
    layers,
    ...domainOf(options),
    ...changes,
    tunedLayers: Math.min(variant.tunedLayers ?? profile.tunedLayers, backbone.layers),
  };
  return {
    label: `${label}${domainLabel(options)}`,
    network,
    ...(needsLayers ? { backbone } : {}),
    ...common(options),
  };
}

/** A short name for the definition's numbers: 12 hexadecimal digits of a hash over all of it but the label. */
export function definitionDigest({ label: _, ...meaning }: EstimatorDefinition): string {
  const sorted = (value: unknown): unknown =>
    typeof value !== "object" || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, one]) => [key, sorted(one)]),
        );
  return createHash("sha256")
    .update(JSON.stringify(sorted(meaning)))
    .digest("hex")
    .slice(0, 12);
}
