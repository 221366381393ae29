// Rotary position embedding (RoPE), half-split form: dimension i is paired with
// i + headSize / 2, as in the Hugging Face files. Files that pair neighbours (llama2.c,
// Meta's own) have the rows of their query and key matrices reordered on loading.
import { invalid } from "@csi-feedback/common";
import { add, concat, mul, neg, split, type Tensor, type Tensor4D, tensor2d } from "@tensorflow/tfjs-core";

/** How slow frequencies are stretched for contexts longer than those of the first training. */
export type RopeScaling =
  | { readonly type: "linear"; readonly factor: number }
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      /** Context of the first training [tokens]. */
      readonly originalContext: number;
    };

/** Rotary positions of a layer. */
export interface Rope {
  /** Base of the frequencies, theta: 10,000 of the first LLaMA, 500,000 of LLaMA 3. */
  readonly base: number;
  readonly scaling?: RopeScaling;
}

/** Rotation of each pair [rad / token]: base^(-2 i / headSize), scaled. */
export function ropeFrequencies({ base, scaling }: Rope, headSize: number): Float64Array {
  if (!(base > 1) || !Number.isSafeInteger(headSize / 2)) {
    invalid("INVALID_ARGUMENT", "rope", "base must be above 1 and the head size even", [base, headSize]);
  }
  return Float64Array.from({ length: headSize / 2 }, (_, i) =>
    scaled(base ** ((-2 * i) / headSize), scaling),
  );
}

function scaled(frequency: number, scaling: RopeScaling | undefined): number {
  if (scaling === undefined) return frequency;
  if (scaling.type === "linear") return frequency / scaling.factor;
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = scaling;
  // Turns within the original context: few are stretched, many are kept, in between is interpolated.
  const turns = (originalContext * frequency) / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return frequency * (kept + (1 - kept) / factor);
}

/** Turns the queries or keys `[batch, heads, tokens, headSize]` by their position in the sequence. */
export function rotate(x: Tensor4D, frequencies: Float64Array): Tensor4D {
  const tokens = x.shape[2];
  const half = frequencies.length;
  const table = (wave: (angle: number) => number): Tensor => {
    const values = Float32Array.from({ length: tokens * 2 * half }, (_, index) =>
      wave(Math.floor(index / (2 * half)) * frequencies[index % half]),
    );
    return tensor2d(values, [tokens, 2 * half]);
  };
  const [first, second] = split(x, 2, 3);
  return add(mul(x, table(Math.cos)), mul(concat([neg(second), first], 3), table(Math.sin)));
}
