// Tensor operations on a pending graph, one level above ONNX operators: casts,
// views, elementwise operators, reductions and matrix products. They move
// transposes and broadcasts towards the outputs while the graph is recorded, so
// that NHWC programs compute in NCHW, the layout of ONNX convolutions, and most
// transposes cancel. Knows nothing of tfjs kernels.
import { CsiFeedbackError } from "@csi-feedback/common";
import { elementsOf, type Graph, type NodeOptions, sameShape, type Value } from "./graph";
import { type Attribute, type OnnxType, onnxTypes } from "./onnx-model";

/** The shape that operands of these shapes broadcast to, by numpy's rules. */
function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    for (const [axis, length] of shape.entries()) {
      if (length === 1) continue;
      const known = result[offset + axis]!;
      if (known !== 1 && known !== length) {
        const shown = shapes.map((other) => `[${other.join()}]`).join(" and ");
        const rule = "Operands could not be broadcast together: axes must be equal or 1";
        throw new CsiFeedbackError(
          "BROADCAST_SHAPES",
          `onnxruntime backend: ${rule}, received shapes ${shown}`,
        );
      }
      result[offset + axis] = length;
    }
  }
  return result;
}

/** The permutation that undoes another. */
export function inversePermutation(permutation: readonly number[]): number[] {
  const inverse = new Array<number>(permutation.length);
  for (const [to, from] of permutation.entries()) inverse[from] = to;
  return inverse;
}

/** Operations that record on one graph. */
export class Operations {
  constructor(readonly graph: Graph) {}

  cast(x: Value, type: OnnxType): Value {
    if (x.type === type) return x;
    if (x.scalar !== undefined && type !== "bool") {
      const value = type === "float32" || type === "float64" ? x.scalar : Math.trunc(x.scalar);
      return this.graph.constant(type, x.shape, [value]);
    }
    return this.elementwise("Cast", [x], type, { attributes: { to: onnxTypes[type] } });
  }

  float(x: Value): Value {
    return this.cast(x, "float32");
  }

  reshape(x: Value, shape: readonly number[]): Value {
    if (sameShape(x.shape, shape)) return x;
    if (x.isPending("Reshape")) return this.reshape(x.node!.inputs[0]!, shape);
    if (x.constantKey !== undefined) return this.graph.constant(x.type, shape, x.host!);
    if (x.isPending("Expand") && x.node!.inputs[0]!.size === 1) {
      return this.expand(this.reshape(x.node!.inputs[0]!, []), shape);
    }
    return this.graph.one("Reshape", [x, this.graph.int64(shape)], x.type, shape, {
      attributes: { allowzero: 1 },
    });
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    if (permutation.every((from, to) => from === to)) return x;
    const shape = permutation.map((axis) => x.shape[axis]!);
    if (x.isPending("Transpose")) {
      const inner = x.node!.attributes.perm as readonly number[];
      return this.transpose(
        x.node!.inputs[0]!,
        permutation.map((axis) => inner[axis]!),
      );
    }
    const moved = permutation.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, index) => index === 0 || moved[index - 1]! < axis)) return this.reshape(x, shape);
    if (x.isPending("Expand") && x.node!.inputs[0]!.size === 1) return this.expand(x.node!.inputs[0]!, shape);
    return this.graph.one("Transpose", [x], x.type, shape, { attributes: { perm: permutation } });
  }

  /** Broadcasts to a shape; a view that later elementwise operators look through. */
  expand(x: Value, shape: readonly number[]): Value {
    if (sameShape(x.shape, shape)) return x;
    if (x.isPending("Expand")) return this.expand(x.node!.inputs[0]!, shape);
    return this.graph.one("Expand", [x, this.graph.int64(shape)], x.type, shape);
  }

  fill(type: OnnxType, shape: readonly number[], value: number): Value {
    return this.expand(this.graph.scalar(type, value), shape);
  }

  /** Slices `size` elements from `begin`, by `step` (negative steps count down from `begin`). */
  slice(x: Value, begin: readonly number[], size: readonly number[], step?: readonly number[]): Value {
    if (sameShape(x.shape, size) && (step ?? []).every((stride) => stride === 1)) return x;
    if (x.isPending("Transpose")) {
      const permutation = x.node!.attributes.perm as readonly number[];
      const back = inversePermutation(permutation);
      const inner = [begin, size, step].map((list) => list && back.map((axis) => list[axis]!));
      return this.transpose(this.slice(x.node!.inputs[0]!, inner[0]!, inner[1]!, inner[2]), permutation);
    }
    if (x.isPending("Expand") && x.node!.inputs[0]!.size === 1) return this.expand(x.node!.inputs[0]!, size);
    const axes = x.shape
      .map((_, axis) => axis)
      .filter((axis) => size[axis] !== x.shape[axis] || (step?.[axis] ?? 1) !== 1);
    const strides = axes.map((axis) => step?.[axis] ?? 1);
    const ends = axes.map((axis, index) => {
      const end = begin[axis]! + (size[axis]! - 1) * strides[index]! + Math.sign(strides[index]!);
      return end < 0 ? -(2 ** 31) : end;
    });
    const inputs = [axes.map((axis) => begin[axis]!), ends, axes, strides].map((list) =>
      this.graph.int64(list),
    );
    if (elementsOf(size) === 0) return this.graph.constant(x.type, size, []);
    return this.graph.one("Slice", [x, ...inputs], x.type, size);
  }

  /** Pads with a constant; `before` and `after` are per axis and not negative. */
  pad(
    x: Value,
    before: readonly number[],
    after: readonly number[],
    value: number,
    mode = "constant",
  ): Value {
    if ([...before, ...after].every((count) => count === 0)) return x;
    if (x.isPending("Transpose")) {
      const permutation = x.node!.attributes.perm as readonly number[];
      const back = inversePermutation(permutation);
      const inner = [before, after].map((list) => back.map((axis) => list[axis]!));
      return this.transpose(this.pad(x.node!.inputs[0]!, inner[0]!, inner[1]!, value, mode), permutation);
    }
    const shape = x.shape.map((length, axis) => length + before[axis]! + after[axis]!);
    const inputs = [x, this.graph.int64([...before, ...after])];
    if (mode === "constant") inputs.push(this.graph.scalar(x.type, value));
    return this.graph.one("Pad", inputs, x.type, shape, { attributes: { mode } });
  }

  concat(values: readonly Value[], axis: number): Value {
    const parts = values.filter((value) => value.shape[axis] !== 0);
    const first = parts[0] ?? values[0]!;
    if (parts.length <= 1) return first;
    if (first.isPending("Transpose")) {
      const permutation = first.node!.attributes.perm as readonly number[];
      const back = inversePermutation(permutation);
      const inner = parts.map((value) => this.transpose(value, back));
      return this.transpose(this.concat(inner, permutation[axis]!), permutation);
    }
    const shape = [...first.shape];
    shape[axis] = parts.reduce((total, value) => total + value.shape[axis]!, 0);
    return this.graph.one("Concat", parts, first.type, shape, { attributes: { axis } });
  }

  gather(x: Value, indices: Value, axis: number): Value {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return this.graph.one("Gather", [x, indices], x.type, shape, { attributes: { axis } });
  }

  /**
   * An operator that works element by element with broadcasting. Broadcast operands
   * are used as they were before {@link expand}; a transpose on an operand moves behind
   * the operator where that saves transposing.
   */
  elementwise(op: string, operands: readonly Value[], type: OnnxType, options?: NodeOptions): Value {
    const shape = broadcastShape(operands.map((operand) => operand.shape));
    const stripped = operands.map((operand) =>
      operand.isPending("Expand") ? operand.node!.inputs[0]! : operand,
    );
    const inner = broadcastShape(stripped.map((operand) => operand.shape));
    const simple = this.neutral(op, stripped, inner, type);
    const result = simple ?? this.inSourceLayout(op, stripped, type, inner, options);
    return this.expand(result.shape.length < inner.length ? this.reshape(result, inner) : result, shape);
  }

  private neutral(
    op: string,
    operands: readonly Value[],
    shape: readonly number[],
    type: OnnxType,
  ): Value | undefined {
    if (operands.length !== 2) return undefined;
    const [a, b] = operands as [Value, Value];
    const is = (value: Value, element: number, other: Value) =>
      value.scalar === element && other.type === type && sameShape(other.shape, shape);
    if (op === "Mul") return is(b, 1, a) ? a : is(a, 1, b) ? b : undefined;
    if (op === "Add") return is(b, 0, a) ? a : is(a, 0, b) ? b : undefined;
    if (op === "Sub") return is(b, 0, a) ? a : undefined;
    if (op === "Div") return is(b, 1, a) ? a : undefined;
    return undefined;
  }

  private inSourceLayout(
    op: string,
    operands: readonly Value[],
    type: OnnxType,
    shape: readonly number[],
    options?: NodeOptions,
  ): Value {
    const view = operands.find(
      (operand) => operand.isPending("Transpose") && sameShape(operand.shape, shape),
    );
    if (view !== undefined) {
      const perm = view.node!.attributes.perm as readonly number[];
      const back = inversePermutation(perm);
      const cheap = operands.every(
        (operand) =>
          operand.size < view.size ||
          operand.node !== undefined ||
          this.graph.has("Transpose", [operand], { perm: back }),
      );
      if (cheap) {
        const aligned = operands.map((operand) => {
          if (operand.size === 1 && operand.shape.length <= shape.length) return this.reshape(operand, []);
          const padded = [
            ...new Array<number>(shape.length - operand.shape.length).fill(1),
            ...operand.shape,
          ];
          return this.transpose(this.reshape(operand, padded), back);
        });
        const inner = back.map((axis) => shape[axis]!);
        return this.transpose(this.graph.one(op, aligned, type, inner, options), perm);
      }
    }
    return this.graph.one(op, operands, type, shape, options);
  }

  unary(op: string, x: Value, attributes?: Record<string, Attribute>): Value {
    return this.elementwise(op, [x], x.type, attributes && { attributes });
  }

  binary(op: string, a: Value, b: Value): Value {
    return this.elementwise(op, [a, b], a.type);
  }

  /** A binary operator with a number, of the type of the first operand. */
  withNumber(op: string, a: Value, b: number): Value {
    return this.binary(op, a, this.graph.scalar(a.type, b));
  }

  add(a: Value, b: Value): Value {
    return this.binary("Add", a, b);
  }

  sub(a: Value, b: Value): Value {
    return this.binary("Sub", a, b);
  }

  mul(a: Value, b: Value): Value {
    return this.binary("Mul", a, b);
  }

  div(a: Value, b: Value): Value {
    return this.binary("Div", a, b);
  }

  compare(op: string, a: Value, b: Value): Value {
    return this.elementwise(op, [a, b], "bool");
  }

  where(condition: Value, yes: Value, no: Value): Value {
    if (yes.type === "bool") {
      const bytes = this.where(condition, this.cast(yes, "uint8"), this.cast(no, "uint8"));
      return this.cast(bytes, "bool");
    }
    return this.elementwise("Where", [condition, yes, no], yes.type);
  }

  /** Reduces over axes; sums over leading axes become a product with a row of ones, which runs on all threads. */
  reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
    const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
    const shape = keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
    if (axes.length === 0) return x;
    if (axes.every((axis) => x.shape[axis] === 1) && op !== "ReduceSumSquare") return this.reshape(x, shape);
    if (x.isPending("Transpose")) {
      const permutation = x.node!.attributes.perm as readonly number[];
      const inner = this.reduce(
        op,
        x.node!.inputs[0]!,
        axes.map((axis) => permutation[axis]!).sort((a, b) => a - b),
        true,
      );
      return this.reshape(this.transpose(inner, permutation), shape);
    }
    const leading = axes.length < x.shape.length && axes.every((axis) => axis < axes.length);
    if (leading && x.type === "float32" && (op === "ReduceSum" || op === "ReduceMean")) {
      const rows = elementsOf(x.shape.slice(0, axes.length));
      if (rows > 1 && x.size > 0) {
        const columns = x.size / rows;
        const row = this.fill("float32", [1, rows], op === "ReduceMean" ? 1 / rows : 1);
        return this.reshape(this.matmul(row, this.reshape(x, [rows, columns])), shape);
      }
    }
    // Axes on both sides of a kept one, as in batch statistics of [batch, channels, height, width]: one reduction over
    // all of them is less exact by two decimals in onnxruntime where there are more threads than channels.
    const last = axes.filter((axis, i) => axis === x.shape.length - axes.length + i);
    if (last.length > 0 && last.length < axes.length && (op === "ReduceSum" || op === "ReduceMean")) {
      const rest = axes.filter((axis) => !last.includes(axis));
      return this.reshape(this.reduce(op, this.reduce(op, x, last, true), rest, true), shape);
    }
    const attributes = { keepdims: keepDims ? 1 : 0 };
    return this.graph.one(op, [x, this.graph.int64(axes)], x.type, shape, { attributes });
  }

  matmul(a: Value, b: Value): Value {
    const batch = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    return this.graph.one("MatMul", [a, b], a.type, [...batch, a.shape.at(-2)!, b.shape.at(-1)!]);
  }
}
