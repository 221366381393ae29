// Kernels that address elements by index: gather, scatter, segments, top-k, diagonals.
import { CsiFeedbackError } from "@csi-feedback/common";
import { backend_util } from "@tensorflow/tfjs-core";
import { elementsOf, type Value } from "../graph";
import type { OnnxType } from "../onnx-model";
import type { Operations } from "../operations";
import type { Kernel, KernelCall, KernelTable } from "./kernel";

/** Runs a kernel on bytes where the operator has no bool version. */
function throughBytes(ops: Operations, x: Value, run: (x: Value) => Value): Value {
  return x.type === "bool" ? ops.cast(run(ops.cast(x, "uint8")), "bool") : run(x);
}

/**
 * Adds rows of updates into a tensor of zeros: `indices` is [count, depth] or [count], `updates`
 * [count, ...rest]. Rows are addressed by one flat index, and one element at a time,
 * because only that operator adds in order whatever the number of threads.
 */
function scatterAdd(ops: Operations, indices: Value, updates: Value, shape: readonly number[]): Value {
  const { graph } = ops;
  const depth = indices.shape.length > 1 ? indices.shape.at(-1)! : 1;
  const rows = elementsOf(shape.slice(0, depth));
  const width = elementsOf(shape.slice(depth));
  const count = indices.size / depth;
  const type: OnnxType = updates.type === "bool" ? "int32" : updates.type;
  if (count === 0 || rows * width === 0) return ops.fill(updates.type, shape, 0);
  const strides = shape.slice(0, depth).map((_, axis) => elementsOf(shape.slice(axis + 1, depth)));
  const table = ops.reshape(ops.cast(indices, "int64"), [count, depth]);
  const scaled = depth === 1 ? table : ops.mul(table, graph.int64(strides));
  const flat = ops.reduce("ReduceSum", scaled, [1], true);
  const wide = ops.expand(flat, [count, width]);
  const data = ops.reshape(ops.cast(updates, type), [count, width]);
  const attributes = { axis: 0, reduction: "add" };
  const sum = graph.one(
    "ScatterElements",
    [ops.fill(type, [rows, width], 0), wide, data],
    type,
    [rows, width],
    {
      attributes,
    },
  );
  return ops.cast(ops.reshape(sum, shape), updates.type);
}

/** Refuses indices out of range where they are known already; pending ones fail when they run. */
function checkIndices(indices: Value, length: number): void {
  const known = indices.host as Int32Array | undefined;
  const wrong = known?.find((index) => index < 0 || index >= length);
  if (wrong !== undefined) {
    const rule = `GatherV2: the index value ${wrong} is not in [0, ${length - 1}]`;
    throw new CsiFeedbackError("INDEX_OUT_OF_RANGE", rule);
  }
}

const gather: Kernel = ({ graph, ops, input, attributes }) => {
  const { axis, batchDims } = attributes<{ axis: number; batchDims: number }>();
  const [x, indices] = [input("x"), ops.cast(input("indices"), "int32")];
  const along = axis < 0 ? axis + x.shape.length : axis;
  checkIndices(indices, x.shape[along]!);
  if (batchDims === 0) return ops.gather(x, indices, along);
  const info = backend_util.segment_util.collectGatherOpShapeInfo(
    x as never,
    indices as never,
    along,
    batchDims,
  );
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
  const rows = ops.reshape(x, [batchSize * outerSize * dimSize, sliceSize]);
  const starts = Array.from({ length: batchSize * outerSize }, (_, index) => index * dimSize);
  const offsets = graph.constant("int32", [batchSize, outerSize, 1], starts);
  const flat = ops.add(ops.reshape(indices, [batchSize, 1, indices.size / batchSize]), offsets);
  return ops.reshape(ops.gather(rows, flat, 0), outputShape);
};

const gatherNd: Kernel = ({ graph, ops, input }) => {
  const [params, indices] = [input("params"), ops.cast(input("indices"), "int64")];
  backend_util.prepareAndValidate({ ...params } as never, { ...indices, dtype: "int32" } as never);
  const depth = indices.shape.at(-1)!;
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
  if (depth === 0) return ops.expand(params, shape);
  return throughBytes(ops, params, (x) => graph.one("GatherND", [x, indices], x.type, shape));
};

const scatterNd: Kernel = ({ ops, input, attributes }) =>
  scatterAdd(ops, input("indices"), input("updates"), attributes<{ shape: number[] }>().shape);

const tensorScatterUpdate: Kernel = ({ graph, ops, input }) => {
  const [tensor, indices, updates] = [input("tensor"), ops.cast(input("indices"), "int64"), input("updates")];
  return graph.one("ScatterND", [tensor, indices, updates], tensor.type, tensor.shape);
};

/** Sums rows by segment; negative segments are dropped, as they land in a row that is cut off. */
const unsortedSegmentSum: Kernel = ({ graph, ops, input, attributes }) => {
  const { numSegments } = attributes<{ numSegments: number }>();
  const [x, ids] = [input("x"), ops.cast(input("segmentIds"), "int32")];
  const dropped = graph.scalar("int32", numSegments);
  const valid = ops.where(ops.compare("Less", ids, graph.scalar("int32", 0)), dropped, ids);
  const rest = x.shape.slice(ids.shape.length);
  const table = ops.reshape(valid, [valid.size, 1]);
  const sums = scatterAdd(ops, table, ops.reshape(x, [valid.size, ...rest]), [numSegments + 1, ...rest]);
  return ops.slice(sums, [0, ...rest.map(() => 0)], [numSegments, ...rest]);
};

const sparseToDense: Kernel = ({ graph, ops, input, attributes }) => {
  const { outputShape } = attributes<{ outputShape: number[] }>();
  const [indices, values] = [ops.cast(input("sparseIndices"), "int64"), input("sparseValues")];
  const rank = outputShape.length;
  const count = indices.shape.length < 2 ? (rank === 1 ? indices.size : 1) : indices.shape[0]!;
  const table = ops.reshape(indices, [count, rank]);
  const base = ops.expand(ops.reshape(input("defaultValue"), []), outputShape);
  const updates = ops.reshape(ops.expand(values, values.size === count ? values.shape : [count]), [count]);
  return throughBytes(ops, base, (data) =>
    graph.one("ScatterND", [data, table, ops.cast(updates, data.type)], data.type, outputShape),
  );
};

/** The largest k along the last axis, with their positions; equal ones in order of position. */
function topK({ graph, ops, input, attributes }: KernelCall): Value[] {
  const { k } = attributes<{ k: number }>();
  const x = input("x");
  const shape = [...x.shape.slice(0, -1), k];
  if (k === 0) return [graph.constant(x.type, shape, []), graph.constant("int32", shape, [])];
  const outputs = [
    { type: x.type, shape },
    { type: "int64", shape },
  ] as const;
  const options = { attributes: { axis: -1, largest: 1, sorted: 1 } };
  const [values, indices] = graph.record("TopK", [x, graph.int64([k])], outputs, options) as [Value, Value];
  return [values, ops.cast(indices, "int32")];
}

const diagonal: Kernel = ({ graph, ops, input }) => {
  const x = input("x");
  const size = x.size;
  const eye = graph.constant(
    "bool",
    [size, size],
    Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
  );
  const zero = ops.fill(x.type, [], 0);
  return ops.reshape(ops.where(eye, ops.reshape(x, [1, size]), zero), [...x.shape, ...x.shape]);
};

/** Counts, or sums of weights, per integer value. */
const bincount: Kernel = ({ ops, graph, input, attributes }) => {
  const { size } = attributes<{ size: number }>();
  const [x, weights] = [ops.cast(input("x"), "int32"), input("weights")];
  const updates = weights.size === 0 ? ops.fill(weights.type, [x.size], 1) : weights;
  const valid = ops.where(
    ops.compare("Less", x, graph.scalar("int32", size)),
    x,
    graph.scalar("int32", size),
  );
  const sums = scatterAdd(ops, ops.reshape(valid, [x.size, 1]), ops.reshape(updates, [x.size]), [size + 1]);
  return ops.slice(sums, [0], [size]);
};

/** Indexing kernels. */
export const indexingKernels: KernelTable = {
  Bincount: bincount,
  Diag: diagonal,
  GatherNd: gatherNd,
  GatherV2: gather,
  ScatterNd: scatterNd,
  SparseToDense: sparseToDense,
  TensorScatterUpdate: tensorScatterUpdate,
  TopK: topK,
  UnsortedSegmentSum: unsortedSegmentSum,
};
