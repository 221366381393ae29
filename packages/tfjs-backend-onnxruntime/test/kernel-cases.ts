// Small programs over tfjs operations whose results and gradients are compared
// between backends. Data, not a test.
import * as tf from "@tensorflow/tfjs-core";

/** One program; gradients are compared for every float input unless `gradient` is false. */
export interface KernelCase {
  readonly name: string;
  readonly inputs: () => tf.Tensor[];
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly gradient: boolean;
}

type Operation = (...values: unknown[]) => tf.Tensor;
const operation = (name: string) => (tf as unknown as Record<string, Operation>)[name]!;

function waves(shape: number[], frequency: number): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from({ length: size }, (_, index) => Math.sin(index * frequency + frequency));
  return tf.tensor(values, shape, "float32");
}

const image = () => waves([2, 8, 7, 4], 1.3);
const square = () => waves([1, 6, 6, 3], 1.3);
const filter = () => waves([3, 3, 4, 5], 0.7);
const row = () => tf.tensor1d([1.5, -0.5, 2, 0.25]);
const ints = (values: number[], shape?: number[]) => tf.tensor(values, shape ?? [values.length], "int32");

const cases: KernelCase[] = [];

/**
 * Adds a program. Gradients are left out where tfjs-core has none or a wrong one: an
 * average pool whose windows overlap the border, inner axes of cumsum, broadcast operands
 * of maximum, minimum, squaredDifference and matMul. Its cpu backend resizes gradients of
 * square images in batches of one only.
 */
function add(name: string, inputs: () => tf.Tensor[], run: KernelCase["run"], gradient = true): void {
  cases.push({ name, inputs, run, gradient });
}

for (const stride of [1, 2, 3]) {
  for (const pad of ["same", "valid"] as const) {
    const both = () => [image(), filter()];
    add(`conv2d stride ${stride} ${pad}`, both, (x, w) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
    );
    add(`depthwiseConv2d stride ${stride} ${pad}`, both, (x, w) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
    );
    add(
      `maxPool stride ${stride} ${pad}`,
      () => [image()],
      (x) => tf.maxPool(x as tf.Tensor4D, 3, stride, pad),
    );
    add(
      `avgPool stride ${stride} ${pad}`,
      () => [image()],
      (x) => tf.avgPool(x as tf.Tensor4D, 3, stride, pad),
      pad === "valid",
    );
    add(
      `conv2dTranspose stride ${stride} ${pad}`,
      () => [waves([2, 4, 3, 5], 0.9), filter()],
      (x, w) => {
        const size = (length: number) => (pad === "same" ? length * stride : (length - 1) * stride + 3);
        const shape: [number, number, number, number] = [2, size(4), size(3), 4];
        return tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, shape, stride, pad);
      },
    );
  }
}
add(
  "conv2d dilated",
  () => [image(), filter()],
  (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same", "NHWC", 2),
  false,
);
add(
  "two convolutions with a shortcut",
  () => [image(), waves([3, 3, 4, 4], 0.3)],
  (x, w) => {
    const first = tf.relu(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"));
    return tf.add(tf.conv2d(first, w as tf.Tensor4D, 1, "same"), x);
  },
);
add(
  "matMul",
  () => [waves([2, 3, 4], 1), waves([2, 4, 5], 0.4)],
  (a, b) => tf.matMul(a, b),
);
add(
  "matMul transposed",
  () => [waves([2, 4, 3], 1), waves([2, 5, 4], 0.4)],
  (a, b) => tf.matMul(a, b, true, true),
);
add(
  "matMul broadcast",
  () => [waves([3, 2, 4], 1), waves([1, 4, 5], 0.4)],
  (a, b) => tf.matMul(a, b),
  false,
);
add(
  "einsum",
  () => [waves([2, 3, 4], 1), waves([2, 4, 5], 0.4)],
  (a, b) => tf.einsum("bij,bjk->bik", a, b),
  false,
);
add(
  "softmax",
  () => [image()],
  (x) => tf.softmax(x),
);
add(
  "logSoftmax",
  () => [image()],
  (x) => tf.logSoftmax(x),
);
add(
  "batchNorm",
  () => [image(), row(), row()],
  (x, mean, scale) =>
    tf.batchNorm(
      x,
      mean as tf.Tensor1D,
      tf.add(tf.square(mean), 1) as tf.Tensor1D,
      mean as tf.Tensor1D,
      scale as tf.Tensor1D,
    ),
);
add(
  "normalisation over batch and space",
  () => [image()],
  (x) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
  },
);
add(
  "normalisation over the last axis",
  () => [image()],
  (x) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
  },
);

const anywhere =
  "abs neg exp expm1 tanh sigmoid square relu relu6 elu selu softplus sin cos floor ceil round sign step erf atan sinh cosh asinh";
for (const name of anywhere.split(" "))
  add(
    name,
    () => [image()],
    (x) => operation(name)(x),
  );
for (const name of "log log1p sqrt rsqrt reciprocal acosh tan".split(" ")) {
  add(
    name,
    () => [image()],
    (x) => operation(name)(tf.add(tf.square(x), 1.1)),
  );
}
for (const name of "asin acos atanh".split(" "))
  add(
    name,
    () => [image()],
    (x) => operation(name)(tf.mul(x, 0.9)),
  );
for (const name of "isNaN isInf isFinite".split(" ")) {
  add(
    name,
    () => [tf.tensor1d([1, Number.NaN, Infinity, -Infinity])],
    (x) => tf.cast(operation(name)(x), "float32"),
    false,
  );
}
const withoutBroadcastGradient = ["maximum", "minimum", "squaredDifference", "floorDiv", "mod"];
for (const name of ["add", "sub", "mul", "div", "pow", "atan2", "prelu", ...withoutBroadcastGradient]) {
  const gradient = !withoutBroadcastGradient.includes(name);
  add(
    name,
    () => [image(), row()],
    (x, y) => operation(name)(tf.add(tf.abs(x), 0.5), y),
    gradient,
  );
}
for (const name of ["maximum", "minimum", "squaredDifference"]) {
  add(
    `${name} without broadcasting`,
    () => [image(), waves([2, 8, 7, 4], 0.7)],
    (x, y) => operation(name)(x, y),
  );
}
for (const name of "greater greaterEqual less lessEqual equal notEqual".split(" ")) {
  add(
    name,
    () => [image(), row()],
    (x, y) => tf.cast(operation(name)(x, y), "float32"),
    false,
  );
}
for (const name of "logicalAnd logicalOr logicalXor".split(" ")) {
  add(
    name,
    () => [image()],
    (x) => tf.cast(operation(name)(tf.greater(x, 0), tf.less(x, 0.5)), "float32"),
    false,
  );
}
add(
  "logicalNot",
  () => [image()],
  (x) => tf.cast(tf.logicalNot(tf.greater(x, 0)), "float32"),
  false,
);
for (const slope of [0, 0.3, 1.5]) {
  add(
    `leakyRelu of a convolution, slope ${slope}`,
    () => [image(), filter()],
    (x, w) => tf.leakyRelu(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"), slope),
  );
  add(
    `leakyRelu and step at zero, infinity and NaN, slope ${slope}`,
    () => [tf.tensor1d([-2, -0, 0, 1e-30, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])],
    (x) => tf.add(tf.leakyRelu(x, slope), tf.step(x, slope)),
  );
}
add(
  "step of NaN",
  () => [tf.tensor1d([Number.NaN, 1])],
  (x) => tf.step(x, 0.3),
  false,
);
add(
  "leakyRelu",
  () => [image()],
  (x) => tf.leakyRelu(x, 0.3),
);
add(
  "clipByValue",
  () => [image()],
  (x) => tf.clipByValue(x, -0.3, 0.5),
);
add(
  "where",
  () => [image(), row()],
  (x, y) => tf.where(tf.greater(y, 0), x, y),
  false,
);
add(
  "addN",
  () => [image(), image()],
  (x, y) => tf.addN([x, y, x]),
);

for (const name of ["sum", "mean", "max", "min", "prod"]) {
  for (const axis of [undefined, 0, [0, 1, 2], [1, 2], -1]) {
    add(
      `${name} over ${axis ?? "all"}`,
      () => [waves([2, 3, 2, 4], 0.2)],
      (x) => operation(name)(x, axis),
      name !== "prod",
    );
  }
}
for (const name of ["argMax", "argMin"])
  add(
    name,
    () => [image()],
    (x) => operation(name)(x, 2),
    false,
  );
for (const name of ["any", "all"]) {
  add(
    name,
    () => [image()],
    (x) => tf.cast(operation(name)(tf.greater(x, 0.2), 1), "float32"),
    false,
  );
}
add(
  "cumsum",
  () => [image()],
  (x) => tf.cumsum(x, 3, true, true),
);
add(
  "cumsum over an inner axis",
  () => [image()],
  (x) => tf.cumsum(x, 1),
  false,
);
add(
  "cumprod",
  () => [image()],
  (x) => tf.cumprod(x, 1, true, false),
  false,
);
add(
  "topk",
  () => [image()],
  (x) => tf.topk(x, 2).values,
  false,
);
add(
  "topk indices",
  () => [image()],
  (x) => tf.topk(x, 2).indices,
  false,
);

add(
  "slice",
  () => [image()],
  (x) => tf.slice(x, [0, 1, 2, 1], [2, 3, 4, 2]),
);
add(
  "stridedSlice",
  () => [image()],
  (x) => tf.stridedSlice(x, [0, 7, 0, 0], [2, 0, 7, 4], [1, -2, 2, 1]),
  false,
);
add(
  "concat",
  () => [image(), image()],
  (x, y) => tf.concat([x, tf.mul(y, 2)], 2),
);
add(
  "transpose",
  () => [image()],
  (x) => tf.transpose(x, [3, 1, 0, 2]),
);
add(
  "transpose, square, reduce",
  () => [image()],
  (x) => tf.sum(tf.square(tf.transpose(x, [3, 1, 0, 2])), [0, 2]),
);
add(
  "pad",
  () => [image()],
  (x) =>
    tf.pad(
      x,
      [
        [0, 0],
        [1, 2],
        [0, 1],
        [2, 0],
      ],
      0.5,
    ),
);
for (const mode of ["reflect", "symmetric"] as const) {
  const paddings: [number, number][] = [
    [0, 0],
    [1, 2],
    [0, 1],
    [2, 0],
  ];
  add(
    `mirrorPad ${mode}`,
    () => [image()],
    (x) => tf.mirrorPad(x, paddings, mode),
    false,
  );
}
add(
  "tile",
  () => [image()],
  (x) => tf.tile(x, [1, 2, 1, 3]),
);
add(
  "broadcastTo",
  () => [waves([2, 1, 4], 1)],
  (x) => tf.broadcastTo(x, [2, 3, 4]),
);
add(
  "gather",
  () => [image()],
  (x) => tf.gather(x, ints([1, 0, 3, 3]), 3),
);
add(
  "gather, batched",
  () => [image()],
  (x) => tf.gather(x, ints([1, 0, 3, 2, 2, 0], [2, 3]), 3, 1),
  false,
);
add(
  "gatherND",
  () => [image()],
  (x) => tf.gatherND(x, ints([1, 0, 3, 0, 2, 0], [2, 3])),
  false,
);
add(
  "scatterND",
  () => [waves([3, 2], 1)],
  (x) => tf.scatterND(ints([1, 3, 1], [3, 1]), x, [5, 2]),
  false,
);
add(
  "unsortedSegmentSum",
  () => [waves([4, 3], 1)],
  (x) => tf.unsortedSegmentSum(x, ints([1, 0, 1, 2]) as tf.Tensor1D, 4),
);
add(
  "stack",
  () => [image(), image()],
  (x, y) => tf.stack([x, tf.sin(y)], 1),
);
add(
  "unstack",
  () => [image()],
  (x) => tf.unstack(x, 1)[2]!,
);
add(
  "split",
  () => [image()],
  (x) => tf.split(x, [1, 3], 3)[1]!,
);
add(
  "reverse",
  () => [image()],
  (x) => tf.reverse(x, [1, 3]),
);
add(
  "spaceToBatchND",
  () => [image()],
  (x) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [0, 0],
        [1, 0],
      ],
    ),
);
add(
  "depthToSpace",
  () => [image()],
  (x) => tf.depthToSpace(x as tf.Tensor4D, 2, "NHWC"),
  false,
);
for (const aligned of [false, true]) {
  for (const size of [
    [5, 9],
    [12, 14],
    [1, 1],
  ] as [number, number][]) {
    const name = `to ${size}${aligned ? " aligned" : ""}`;
    add(
      `resizeBilinear ${name}`,
      () => [square()],
      (x) => tf.image.resizeBilinear(x as tf.Tensor4D, size, aligned),
    );
    add(
      `resizeNearestNeighbor ${name}`,
      () => [square()],
      (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, aligned),
    );
  }
}
add(
  "oneHot",
  () => [],
  () => tf.oneHot(ints([1, 0, 2]), 4),
  false,
);
add(
  "range",
  () => [],
  () => tf.range(0, 5, 2),
  false,
);
add(
  "linspace",
  () => [],
  () => tf.linspace(0, 5, 7),
  false,
);
add(
  "integer division",
  () => [],
  () => tf.div(ints([7, -7, 9]), ints([2, 2, -4])),
  false,
);
add(
  "integer modulo",
  () => [],
  () => tf.mod(ints([7, -7, 9]), ints([2, 2, -4])),
  false,
);
add(
  "cast truncates",
  () => [],
  () => tf.cast(tf.tensor1d([1.7, -1.7]), "int32"),
  false,
);

/** All programs. */
export const kernelCases: readonly KernelCase[] = cases;
