// Resizing, flipping and batch normalisation of images [batch, height, width, channels].
import type { Value } from "../graph";
import type { Operations } from "../operations";
import type { Kernel, KernelTable } from "./kernel";

interface ResizeAttributes {
  alignCorners: boolean;
  halfPixelCenters: boolean;
  size: [number, number];
}

/** Two source indices and the weight of the second, for every position along a resized axis. */
interface Sampling {
  readonly low: number[];
  readonly high: number[];
  readonly weight: number[];
}

function scaleOf(from: number, to: number, alignCorners: boolean): number {
  return alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
}

function bilinear(from: number, to: number, { alignCorners, halfPixelCenters }: ResizeAttributes): Sampling {
  const scale = scaleOf(from, to, alignCorners);
  const positions = Array.from({ length: to }, (_, index) =>
    Math.max(0, halfPixelCenters ? scale * (index + 0.5) - 0.5 : scale * index),
  );
  const low = positions.map((position) => Math.min(from - 1, Math.floor(position)));
  return {
    low,
    high: positions.map((position) => Math.min(from - 1, Math.ceil(position))),
    weight: positions.map((position, index) => position - low[index]!),
  };
}

function nearest(from: number, to: number, { alignCorners, halfPixelCenters }: ResizeAttributes): number[] {
  const scale = scaleOf(from, to, alignCorners);
  return Array.from({ length: to }, (_, index) => {
    const position = halfPixelCenters ? scale * (index + 0.5) : scale * index;
    return Math.max(0, Math.min(from - 1, alignCorners ? Math.round(position) : Math.floor(position)));
  });
}

const resizeBilinear: Kernel = ({ graph, ops, input, attributes }) => {
  const options = attributes<ResizeAttributes>();
  let x = ops.float(input("images"));
  for (const axis of [1, 2]) {
    const { low, high, weight } = bilinear(x.shape[axis]!, options.size[axis - 1]!, options);
    const from = ops.gather(x, graph.int64(low), axis);
    const to = ops.gather(x, graph.int64(high), axis);
    const shape = [1, 1, 1, 1].map((one, other) => (other === axis ? weight.length : one));
    x = ops.add(from, ops.mul(ops.sub(to, from), graph.constant("float32", shape, weight)));
  }
  return x;
};

const resizeNearest: Kernel = ({ graph, ops, input, attributes }) => {
  const options = attributes<ResizeAttributes>();
  let x = input("images");
  for (const axis of [1, 2]) {
    const indices = nearest(x.shape[axis]!, options.size[axis - 1]!, options);
    x = ops.gather(x, graph.int64(indices), axis);
  }
  return x;
};

/** A resize is linear and separable: its gradient is dy multiplied by both sampling matrices. */
function resizeGradient(sample: (from: number, to: number, options: ResizeAttributes) => Sampling): Kernel {
  return ({ graph, ops, input, attributes }) => {
    const options = attributes<ResizeAttributes>();
    const [images, dy] = [input("images"), input("dy")];
    const matrix = (axis: number): Value => {
      const [from, to] = [images.shape[axis]!, dy.shape[axis]!];
      const { low, high, weight } = sample(from, to, options);
      const elements = new Float32Array(from * to);
      for (let index = 0; index < to; index++) {
        elements[low[index]! * to + index]! += 1 - weight[index]!;
        elements[high[index]! * to + index]! += weight[index]!;
      }
      return graph.constant("float32", [from, to], elements);
    };
    const planes = ops.transpose(dy, [0, 3, 1, 2]);
    const tall = ops.matmul(matrix(1), planes);
    const whole = ops.matmul(tall, ops.transpose(matrix(2), [1, 0]));
    return ops.transpose(whole, [0, 2, 3, 1]);
  };
}

const nearestSampling = (from: number, to: number, options: ResizeAttributes): Sampling => {
  const low = nearest(from, to, options);
  return { low, high: low, weight: low.map(() => 0) };
};

/** Batch normalisation with given statistics, folded into one product and one sum. */
function batchNorm(
  ops: Operations,
  x: Value,
  mean: Value,
  variance: Value,
  epsilon: number,
  scale?: Value,
  offset?: Value,
): Value {
  const deviation = ops.unary("Sqrt", ops.withNumber("Add", variance, epsilon));
  const gain = scale === undefined ? ops.unary("Reciprocal", deviation) : ops.div(scale, deviation);
  const centered = ops.mul(ops.sub(x, mean), gain);
  return offset === undefined ? centered : ops.add(centered, offset);
}

/** Image and normalisation kernels. */
export const imageKernels: KernelTable = {
  FlipLeftRight: ({ ops, input }) => {
    const x = input("image");
    return ops.slice(x, [0, 0, x.shape[2]! - 1, 0], x.shape, [1, 1, -1, 1]);
  },
  FusedBatchNorm: ({ ops, input, optional, attributes }) => {
    const { varianceEpsilon } = attributes<{ varianceEpsilon: number }>();
    const [x, mean, variance] = [input("x"), input("mean"), input("variance")];
    return batchNorm(ops, x, mean, variance, varianceEpsilon, optional("scale"), optional("offset"));
  },
  ResizeBilinear: resizeBilinear,
  ResizeBilinearGrad: resizeGradient(bilinear),
  ResizeNearestNeighbor: resizeNearest,
  ResizeNearestNeighborGrad: resizeGradient(nearestSampling),
};
