// Low-rank additions to projection matrices (Hu et al. 2021, "LoRA"): W stays frozen,
// B A of small rank is trained beside it. A is [rank, in] and B [out, rank], as in the
// files of the PEFT library, whichever way W is stored.
import { invalid } from "@csi-feedback/common";
import { add, matMul, mul, type Tensor, type Tensor2D, transpose } from "@tensorflow/tfjs-core";
import type { Architecture, ParameterSpec } from "./architecture";
import type { LoraOptions } from "./transformer-layers";

/** A checked choice of projections and the scale of the additions. */
export interface Lora {
  readonly rank: number;
  readonly scale: number;
  readonly seed: number;
  /** Names of the matrices without the layer's prefix, in the order of the layer. */
  readonly targets: ReadonlySet<string>;
}

/** Checks the options against the projections that the family has. */
export function resolveLora(
  { rank, alpha = rank, targets, seed }: LoraOptions,
  architecture: Architecture,
): Lora {
  if (!Number.isSafeInteger(rank) || rank < 1) {
    invalid("INVALID_ARGUMENT", "lora", "rank must be a positive integer", rank);
  }
  if (!Number.isFinite(alpha) || alpha <= 0)
    invalid("INVALID_ARGUMENT", "lora", "alpha must be positive", alpha);
  const projections = [...architecture.layerParameters].flatMap(([name, { inputAxis }]) =>
    inputAxis === undefined ? [] : [name],
  );
  const chosen = new Set<string>();
  for (const target of targets ?? architecture.attentionProjections) {
    const names = projections.filter((name) => `.${name}`.endsWith(`.${target}.weight`));
    if (names.length === 0)
      invalid("INVALID_ARGUMENT", "lora", "targets must name projections of these layers", target);
    for (const name of names) chosen.add(name);
  }
  return {
    rank,
    scale: alpha / rank,
    seed,
    targets: new Set(projections.filter((name) => chosen.has(name))),
  };
}

/** The options that give the same choice again. */
export function describeLora({ rank, scale, seed, targets }: Lora): LoraOptions {
  return {
    rank,
    alpha: scale * rank,
    seed,
    targets: [...targets].map((name) => name.slice(0, -".weight".length)),
  };
}

export function inputSize({ shape, inputAxis }: ParameterSpec): number {
  return shape[inputAxis === 1 ? 1 : 0];
}

export function outputSize({ shape, inputAxis }: ParameterSpec): number {
  return shape[inputAxis === 1 ? 0 : 1];
}

/** Names of A and B beside the name of W. */
export function loraNames(weightName: string): { a: string; b: string } {
  const stem = weightName.slice(0, -".weight".length);
  return { a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight` };
}

/** y + scale * x A^T B^T, with x `[rows, in]` and y `[rows, out]`. */
export function addLora(y: Tensor2D, x: Tensor2D, a: Tensor, b: Tensor, scale: number): Tensor2D {
  const narrow = matMul(x, a as Tensor2D, false, true);
  return add(y, mul(matMul(narrow, b as Tensor2D, false, true), scale));
}

/** W with the addition merged in, in W's own layout. */
export function mergeLora(w: Tensor, a: Tensor, b: Tensor, scale: number, spec: ParameterSpec): Tensor {
  const product = mul(matMul(b as Tensor2D, a as Tensor2D), scale);
  return add(w, spec.inputAxis === 1 ? product : transpose(product));
}
