// The size of the network, for the one that trains it and the one that runs it.
import { ANGLE_CELLS, CLASS_FEATURES, DELAY_CELLS, DELAY_FEATURES, TOKEN_FEATURES } from "./tokens";

export const WIDTH = 32;
export const HEADS = 4;
export const LAYERS = 2;
export const MLP = 64;
/** Drops of the class from path to path that have odds of their own; the last stands for itself and all larger ones. */
export const DROPS = 16;
/** Classes of the first path. */
export const FIRST_CLASSES = 42;
/** Widths of the kernels around paths already sent [taps] and [bins]. */
export const DELAY_SCALES = [1 / 256, 1 / 32, 1 / 4, 1.5] as const;
export const ANGLE_SCALES = [1 / 64, 1 / 8, 1 / 2, 2.5] as const;
/** Distances in delay [taps] at which an earlier path counts as near the new one. */
export const NEARNESS = [0.02, 0.25] as const;

const layers = Array.from({ length: LAYERS }, (_, i): [string, number[]][] => [
  [`layer${i}.attention.norm`, [WIDTH]],
  [`layer${i}.query`, [WIDTH, WIDTH]],
  [`layer${i}.key`, [WIDTH, WIDTH]],
  [`layer${i}.value`, [WIDTH, WIDTH]],
  [`layer${i}.attention.out`, [WIDTH, WIDTH]],
  [`layer${i}.mlp.norm`, [WIDTH]],
  [`layer${i}.mlp.in`, [WIDTH, MLP]],
  [`layer${i}.mlp.bias`, [MLP]],
  [`layer${i}.mlp.out`, [MLP, WIDTH]],
]).flat();

const head = (name: "delay" | "angle", cells: number, scales: readonly number[]): [string, number[]][] => [
  [`${name}.in`, [WIDTH, MLP]],
  [`${name}.bias`, [MLP]],
  [`${name}.mix`, [MLP, WIDTH]],
  [`base.${name}`, [WIDTH, cells]],
  [`base.${name}.bias`, [cells]],
  [`${name}.key`, [WIDTH, WIDTH]],
  ...scales.map((_, s): [string, number[]] => [`${name}.query${s}`, [WIDTH, WIDTH]]),
  [`${name}.scales`, [scales.length]],
];

/** Every parameter by name, in the order of the weights file; matrices are `[inputs, outputs]`. */
export const networkShapes: readonly (readonly [name: string, shape: readonly number[]])[] = [
  ["embed", [TOKEN_FEATURES, WIDTH]],
  ...layers,
  ["final.norm", [WIDTH]],
  ["first", [WIDTH, FIRST_CLASSES]],
  ["first.bias", [FIRST_CLASSES]],
  ["drop", [WIDTH, DROPS]],
  ["drop.bias", [DROPS]],
  ["class.embed", [CLASS_FEATURES, WIDTH]],
  ...head("delay", DELAY_CELLS, DELAY_SCALES),
  ["place.embed", [DELAY_FEATURES, WIDTH]],
  ...head("angle", ANGLE_CELLS, ANGLE_SCALES),
  ["near.angle", [NEARNESS.length * ANGLE_SCALES.length]],
];

/** Learned numbers of the network, the same at both ends. */
export const parameterCount = networkShapes.reduce(
  (sum, [, shape]) => sum + shape.reduce((size, length) => size * length, 1),
  0,
);
