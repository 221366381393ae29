// What paths are like before one is seen: where they lie, how they gather, how fast their
// magnitudes fall. Learned on training channels, plain integers, so that both ends agree
// to the last bit.
import { invalid } from "@csi-feedback/common";
import { LARGEST_CLASS } from "./resolution";

/** A path model as plain JSON. */
export interface PathModelJson {
  readonly kind: "path-model";
  /** Name of the training channel. */
  readonly name: string;
  /** Weights of the half taps, from delay -0.5 on; stretched over windows of another length. */
  readonly delays: readonly number[];
  /** Weights of the half beams; stretched over arrays of another size, flat over panels. */
  readonly angles: readonly number[];
  /** Weight of a path near one already sent, against a place drawn from the weights above, of 1,024. */
  readonly gathering: number;
  /** Weights of offsets from a path already sent: `[|delay| 0..4, |angle| 0..4]` half cells, row by row. */
  readonly offsets: readonly number[];
  /** Weights of the class of the strongest path. */
  readonly firstClass: readonly number[];
  /** Weights of how many classes the next path is weaker: `[class 0..20, paths of this class so far 1..4, drop 0..15]`. */
  readonly drops: readonly number[];
}

/** Offsets in each direction that {@link PathModelJson} knows. */
export const OFFSET_SPAN = 5;
/** Contexts of the drops. */
export const DROP_CLASSES = 21;
export const DROP_RUNS = 4;
export const DROP_SYMBOLS = 16;

/** Checks the shape of a model. */
export function assertPathModel(model: PathModelJson, functionName: string): void {
  const sizes: readonly [name: keyof PathModelJson, length: number | undefined][] = [
    ["delays", undefined],
    ["angles", undefined],
    ["offsets", OFFSET_SPAN * OFFSET_SPAN],
    ["firstClass", LARGEST_CLASS + 1],
    ["drops", DROP_CLASSES * DROP_RUNS * DROP_SYMBOLS],
  ];
  for (const [name, length] of sizes) {
    const weights = model[name];
    const sound =
      Array.isArray(weights) &&
      weights.length > 0 &&
      weights.length === (length ?? weights.length) &&
      weights.every((weight) => Number.isInteger(weight) && weight >= 0 && weight <= 65536);
    if (!sound) invalid("INVALID_MODEL", functionName, `${name} must be weights from 0 to 65536`, weights);
  }
  if (!(Number.isInteger(model.gathering) && model.gathering >= 0 && model.gathering <= 65536)) {
    invalid("INVALID_MODEL", functionName, "gathering must be an integer from 0 to 65536", model.gathering);
  }
}
