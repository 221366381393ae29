// The registry of channel models and the generator: samples of a model as
// angle-delay channels, each from a random stream of its own.
import { invalid, randomStream } from "@csi-feedback/common";
import { cost2100 } from "./cost2100";
import { channelEnergy } from "./energy";
import type { ChannelModel } from "./model";
import { circularAngleSpread, rmsDelaySpread } from "./paths";
import { rayTraced } from "./ray-tracing";
import { type AngleDelayOptions, AngleDelaySynthesizer } from "./synthesis";
import { type CdlProfile, cdl, tr38901 } from "./tr38901";

const csiNetGrid = {
  array: { kind: "ula", elements: 32, ignoreZenith: true },
  bandwidth: 20e6,
  subcarriers: 1024,
  delays: 32,
  angleOrder: "centered",
} as const;

const widebandGrid = {
  array: { kind: "ula", elements: 32 },
  carrierFrequency: 28e9,
  bandwidth: 100e6,
  subcarriers: 1024,
  delays: 32,
  angleOrder: "centered",
} as const;

const dropModel = (
  scenario: "UMa" | "UMi",
  state: "los" | "nlos" | "probability",
  described: string,
): ChannelModel => ({
  description: `3GPP TR 38.901 ${scenario} at 28 GHz, ${described}, users uniform over a 120 degree sector`,
  defaults: widebandGrid,
  draw: tr38901(scenario, { state }),
});

const delayLineModel = (profile: CdlProfile): ChannelModel => ({
  description: `3GPP TR 38.901 CDL-${profile} at 28 GHz with a delay spread of 100 ns`,
  defaults: widebandGrid,
  draw: cdl(profile),
});

/** The channel models by name. */
export const channelModels = {
  "cost2100-indoor": {
    description: "COST 2100 indoor hall at 5.3 GHz, user uniform in a square of 20 m around the base station",
    defaults: { ...csiNetGrid, carrierFrequency: 5.3e9 },
    draw: cost2100("cost2100-indoor"),
  },
  "cost2100-semi-urban-nlos": {
    description: "COST 2100 semi-urban at 300 MHz without line of sight, user uniform in a square of 400 m",
    defaults: { ...csiNetGrid, carrierFrequency: 300e6 },
    draw: cost2100("cost2100-semi-urban-nlos"),
  },
  "cost2100-semi-urban-los": {
    description: "COST 2100 semi-urban at 300 MHz with line of sight, user uniform in a square of 400 m",
    defaults: { ...csiNetGrid, carrierFrequency: 300e6 },
    draw: cost2100("cost2100-semi-urban-los"),
  },
  uma: dropModel("UMa", "probability", "line of sight by distance"),
  "uma-los": dropModel("UMa", "los", "line of sight"),
  "uma-nlos": dropModel("UMa", "nlos", "no line of sight"),
  umi: dropModel("UMi", "probability", "line of sight by distance"),
  "umi-los": dropModel("UMi", "los", "line of sight"),
  "umi-nlos": dropModel("UMi", "nlos", "no line of sight"),
  "cdl-a": delayLineModel("A"),
  "cdl-b": delayLineModel("B"),
  "cdl-c": delayLineModel("C"),
  "cdl-d": delayLineModel("D"),
  "cdl-e": delayLineModel("E"),
  "street-canyon": {
    description: "Ray-traced street canyon at 3.4 GHz, up to 10 paths, users on a grid along the main street",
    defaults: { ...widebandGrid, carrierFrequency: 3.4e9, bandwidth: 10e6 },
    draw: rayTraced(),
  },
} satisfies Record<string, ChannelModel>;

/** The name of a channel model. */
export type ChannelModelName = keyof typeof channelModels;

/** What {@link generateChannels} makes. */
export interface GenerateOptions {
  /** A registered model, or one's own. */
  readonly model: ChannelModelName | ChannelModel;
  /** Number of samples. */
  readonly samples: number;
  /** Seed of the data set. */
  readonly seed: number;
  /** Index of the first sample; 0 by default. Sample `i` is the same whatever range it is made in. */
  readonly firstSample?: number;
  /** Replaces parts of the model's default array and grid. */
  readonly synthesis?: Partial<AngleDelayOptions>;
}

/** Generated channels with what is known about each sample. */
export interface GeneratedChannels {
  /** Angle-delay channels `[samples, 2, delays, antennas]`, real plane first. */
  readonly data: Float32Array;
  readonly shape: readonly [batch: number, planes: 2, delays: number, antennas: number];
  /** One number per sample under each name: `userX`, `userY` [m], `delaySpread` [s], `energyKept` (share of the energy of all taps that the kept taps hold), `azimuthSpread` [rad], `paths` (their number), and the model's own. */
  readonly metadata: Readonly<Record<string, Float64Array>>;
}

/**
 * Generates samples of a channel model. Sample `i` depends on the seed and on `i`
 * alone, so any split of a data set over workers gives the same bytes.
 *
 * @throws CsiFeedbackError `UNKNOWN_MODEL`, `INVALID_ARGUMENT`, and what the synthesis throws.
 *
 * @example
 * ```ts
 * import { generateChannels } from "@csi-feedback/channel-models";
 *
 * const { data, shape } = generateChannels({ model: "cost2100-indoor", samples: 3, seed: 1 });
 * const last = generateChannels({ model: "cost2100-indoor", samples: 1, seed: 1, firstSample: 2 });
 * console.log(shape.join(" x "), last.data[40] === data[2 * 2048 + 40]); // 3 x 2 x 32 x 32 true
 * ```
 */
export function generateChannels(options: GenerateOptions): GeneratedChannels {
  const { samples, seed, firstSample = 0 } = options;
  const model = resolveModel(options.model, "generateChannels");
  for (const value of [samples, firstSample]) {
    if (!Number.isSafeInteger(value) || value < 0) {
      invalid(
        "INVALID_ARGUMENT",
        "generateChannels",
        "samples and firstSample must be non-negative integers",
        value,
      );
    }
  }
  const synthesis: AngleDelayOptions = { ...model.defaults, ...options.synthesis };
  const synthesizer = new AngleDelaySynthesizer(synthesis);
  const { delays, antennas } = synthesizer;
  const size = 2 * delays * antennas;
  const data = new Float32Array(samples * size);
  const metadata: Record<string, Float64Array> = {};
  for (let i = 0; i < samples; i++) {
    const { paths, user, details } = model.draw(randomStream(seed, firstSample + i));
    synthesizer.write(paths, data, i * size);
    const record = {
      userX: user.x,
      userY: user.y,
      delaySpread: rmsDelaySpread(paths),
      energyKept: energyOf(data, i * size, size) / channelEnergy(paths, synthesis),
      azimuthSpread: circularAngleSpread(paths, paths.azimuths),
      paths: paths.delays.length,
      ...details,
    };
    for (const [name, value] of Object.entries(record)) {
      metadata[name] ??= new Float64Array(samples).fill(Number.NaN);
      metadata[name][i] = value;
    }
  }
  return { data, shape: [samples, 2, delays, antennas], metadata };
}

function energyOf(data: Float32Array, offset: number, size: number): number {
  let energy = 0;
  for (let i = offset; i < offset + size; i++) {
    energy += data[i] * data[i];
  }
  return energy;
}

/** The model of that name, or the model itself. */
export function resolveModel(model: ChannelModelName | ChannelModel, functionName: string): ChannelModel {
  if (typeof model !== "string") {
    return model;
  }
  if (!Object.hasOwn(channelModels, model)) {
    const names = Object.keys(channelModels).join(", ");
    invalid("UNKNOWN_MODEL", functionName, `model must be one of ${names}`, model);
  }
  return channelModels[model];
}
