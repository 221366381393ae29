// What of a network's configuration concerns the user: the form, the sizes, the encoder.
import { invalid } from "@csi-feedback/common";
import { defaultOffsets, type MaskThreshold, type Offset } from "@csi-feedback/self-information";

/**
 * What the elements of the self-information image are ranked by: the value itself, its
 * magnitude, its distance from the mean of the channel, or the self-information of eq. 9.
 */
export type SortKey = "value" | "magnitude" | "deviation" | "self-information";

/** Settings of the self-information mask. */
export interface MaskConfiguration {
  readonly offsets: readonly Offset[];
  readonly patch: 1 | 3;
  readonly bandwidth: number;
  readonly normalization: "none" | "sample";
  readonly padding: number;
  readonly threshold: MaskThreshold;
}

/** Settings of the self-information encoder f_EN. */
export interface EncoderConfiguration {
  /** Feature maps; 64 in the paper. */
  readonly channels: number;
  readonly sortKey: SortKey;
  /** Convolutions wrap around the antenna axis. */
  readonly circular: boolean;
  readonly mask: MaskConfiguration;
}

/** The user's part of the configuration of a network. */
export interface UserConfiguration {
  /** `"residual"` adds the channel to what the convolutions give; `"paper"` does not. */
  readonly form: "paper" | "residual";
  readonly delays: number;
  readonly antennas: number;
  /** Without the encoder (an ablation) a fixed random set of elements is fed back. */
  readonly encodes: boolean;
  readonly encoder: EncoderConfiguration;
}

const mask: MaskConfiguration = {
  offsets: defaultOffsets,
  patch: 3,
  bandwidth: 1,
  normalization: "sample",
  padding: 0.5,
  threshold: { quantile: 0.75 },
};

/** Defaults of the encoder in each form. */
export const defaultEncoders: Readonly<Record<"paper" | "residual", EncoderConfiguration>> = {
  paper: { channels: 64, sortKey: "deviation", circular: false, mask },
  residual: { channels: 64, sortKey: "deviation", circular: true, mask },
};

/** The configuration as a checkpoint holds it, anything may be wrong in it. */
interface StoredConfiguration {
  readonly form?: unknown;
  readonly delays?: unknown;
  readonly antennas?: unknown;
  readonly without?: unknown;
  readonly encoder?: Partial<EncoderConfiguration> & { readonly mask?: Partial<MaskConfiguration> };
}

const SORT_KEYS: readonly unknown[] = ["value", "magnitude", "deviation", "self-information"];

/**
 * The user's part of a stored configuration, checked; what is absent has the form's default.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION` naming the setting.
 */
export function readUserConfiguration(stored: Readonly<Record<string, unknown>>): UserConfiguration {
  const {
    form = "residual",
    delays = 32,
    antennas = 32,
    without = [],
    encoder,
  } = stored as StoredConfiguration;
  if (form !== "paper" && form !== "residual") reject('form must be "paper" or "residual"', form);
  if (!Array.isArray(without)) reject("without must be a list", without);
  const base = defaultEncoders[form];
  const settings = { ...base, ...encoder, mask: { ...base.mask, ...encoder?.mask } };
  const configuration = { form, delays, antennas, encodes: !without.includes("encoder"), encoder: settings };
  for (const [name, value] of Object.entries({ delays, antennas, "encoder.channels": settings.channels })) {
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 65_536) {
      reject(`${name} must be a positive integer`, value);
    }
  }
  if (!SORT_KEYS.includes(settings.sortKey))
    reject(`encoder.sortKey must be one of ${SORT_KEYS.join(", ")}`, settings.sortKey);
  if (typeof settings.circular !== "boolean")
    reject("encoder.circular must be true or false", settings.circular);
  // The checks above make it one; those of the mask are in @csi-feedback/self-information.
  return configuration as UserConfiguration;
}

function reject(rule: string, received: unknown): never {
  return invalid("INVALID_CONFIGURATION", "createUserEncoder", rule, received);
}
