// The gradient of a convolution of stride 1 with respect to its filter, as matrix
// products. A convolution whose filters are whole images, which is what the gradient is by
// definition, is the slowest thing that onnxruntime can be asked for.
import type { Value } from "../graph";
import type { Operations } from "../operations";

/** Sizes of a convolution of stride 1, dilation 1 and one group. */
export interface PlainConvolution {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly input: readonly [height: number, width: number];
  readonly output: readonly [height: number, width: number];
  readonly filter: readonly [height: number, width: number];
  /** Rows and columns of zeros before and after the input. */
  readonly before: readonly [top: number, left: number];
  readonly after: readonly [bottom: number, right: number];
}

const area = ([height, width]: readonly [number, number]) => height * width;

// Rough costs [ns]: of an element that is copied and read again, of a multiplication and
// addition in a large product, and in many small ones.
const copied = 1.5;
const inLargeProduct = 0.02;
const inSmallProducts = 0.06;

function shiftedCost(sizes: PlainConvolution): number {
  const { batch, inChannels, outChannels, input, output, filter } = sizes;
  const places = Math.max(area(input), area(output)) * batch * area(filter);
  const copies = area(filter) === 1 ? 0 : Math.min(inChannels, outChannels) * places * copied;
  return copies + inChannels * outChannels * places * inSmallProducts;
}

function bandedCost(sizes: PlainConvolution, axis: 0 | 1): number {
  const { batch, inChannels, outChannels, output, filter } = sizes;
  const [along, across] = [axis, 1 - axis] as [0 | 1, 0 | 1];
  const rows = inChannels * (output[along] + filter[along] - 1);
  const columns = outChannels * output[along];
  const depth = batch * output[across];
  const products = filter[across] * rows * columns * depth * inLargeProduct;
  return products + ((filter[across] + 1) * rows + 2 * columns) * depth * copied;
}

/**
 * The gradient `[in, out, height, width]`, from the input and the output's gradient, both
 * `[batch, channels, height, width]`; by whichever of two ways should be faster.
 */
export function plainFilterGradient(ops: Operations, x: Value, dy: Value, sizes: PlainConvolution): Value {
  const [rows, columns] = [bandedCost(sizes, 0), bandedCost(sizes, 1)];
  if (shiftedCost(sizes) <= Math.min(rows, columns)) return shifted(ops, x, dy, sizes);
  return banded(ops, x, dy, sizes, rows <= columns ? 0 : 1);
}

/**
 * One product per sample between one side and every shift of the other side, the one with
 * fewer channels, summed over the samples.
 */
export function shifted(ops: Operations, x: Value, dy: Value, sizes: PlainConvolution): Value {
  const { batch, inChannels, outChannels, input, output, filter, before, after } = sizes;
  const [height, width] = filter;
  const reach = [height - 1, width - 1] as const;
  const pads = [before, after].map((pad) => [reach[0] - pad[0], reach[1] - pad[1]] as const);
  const shiftsGradient = outChannels < inChannels && pads.flat().every((count) => count >= 0);
  const [still, moving] = shiftsGradient ? [x, dy] : [dy, x];
  const [size, channels] = shiftsGradient ? [input, outChannels] : [output, inChannels];
  const [start, end] = shiftsGradient ? pads : [before, after];
  const padded = ops.pad(moving, [0, 0, ...start!], [0, 0, ...end!], 0);
  const shifts: Value[] = [];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const place = shiftsGradient ? [reach[0] - i, reach[1] - j] : [i, j];
      shifts.push(ops.slice(padded, [0, 0, ...place], [batch, channels, ...size]));
    }
  }
  const taps = shifts.length * channels;
  const columns = ops.reshape(ops.concat(shifts, 1), [batch, taps, area(size)]);
  const rows = ops.reshape(still, [batch, still.shape[1]!, area(size)]);
  const products = ops.matmul(rows, ops.transpose(columns, [0, 2, 1]));
  const sum = ops.reduce("ReduceSum", products, [0], false);
  const split = ops.reshape(sum, [still.shape[1]!, height, width, channels]);
  return ops.transpose(split, shiftsGradient ? [0, 3, 1, 2] : [3, 0, 1, 2]);
}

/**
 * Along one axis, every position of the input times every position of the output's
 * gradient in one large product, of which a band is summed; shifts across the other axis
 * are one such product each. It multiplies more, but as fast as the processor can.
 */
export function banded(ops: Operations, x: Value, dy: Value, sizes: PlainConvolution, axis: 0 | 1): Value {
  const { batch, inChannels, outChannels, output, filter, before, after } = sizes;
  const [along, across] = [output[axis], output[1 - axis]] as [number, number];
  const [reach, shifts] = [filter[axis], filter[1 - axis]] as [number, number];
  const places = along + reach - 1;
  const [rows, columns, depth] = [inChannels * places, outChannels * along, batch * across];
  const padded = ops.pad(x, [0, 0, ...before], [0, 0, ...after], 0);
  // Rows of an image stay whole in both orders: single elements are slow to move.
  const order = axis === 0 ? [1, 2, 0, 3] : [0, 2, 1, 3];
  const moved = ops.transpose(padded, order);
  const product = (shift: number): Value => {
    if (axis === 0) {
      const slice = ops.slice(
        ops.reshape(moved, [rows, batch, across + shifts - 1]),
        [0, 0, shift],
        [rows, batch, across],
      );
      const gradient = ops.reshape(ops.transpose(dy, order), [columns, depth]);
      return ops.matmul(ops.reshape(slice, [rows, depth]), ops.transpose(gradient, [1, 0]));
    }
    const slice = ops.slice(
      ops.reshape(moved, [batch, across + shifts - 1, rows]),
      [0, shift, 0],
      [batch, across, rows],
    );
    const gradient = ops.reshape(ops.transpose(dy, order), [depth, columns]);
    return ops.matmul(ops.transpose(ops.reshape(slice, [depth, rows]), [1, 0]), gradient);
  };
  const gradients = Array.from({ length: shifts }, (_, shift) => {
    const grid = ops.reshape(product(shift), [inChannels, places, outChannels, along]);
    const flat = ops.reshape(ops.transpose(grid, [0, 2, 1, 3]), [inChannels, outChannels, places * along]);
    const band = ops.gather(flat, bandIndices(ops, reach, along), 2);
    return ops.reshape(ops.reduce("ReduceSum", band, [3], false), [inChannels, outChannels, reach, 1]);
  });
  const gradient = ops.concat(gradients, 3);
  return axis === 0 ? gradient : ops.transpose(gradient, [0, 1, 3, 2]);
}

/** Where position `s + i` of the input meets position `s` of the output: `[reach, along]`. */
function bandIndices(ops: Operations, reach: number, along: number): Value {
  const indices = Array.from({ length: reach * along }, (_, index) => {
    const [i, s] = [Math.floor(index / along), index % along];
    return (s + i) * along + s;
  });
  return ops.graph.constant("int64", [reach, along], indices);
}
