// Kernels that work element by element: arithmetic, comparison, logic, activations.
import { sameShape, type Value } from "../graph";
import type { OnnxType } from "../onnx-model";
import type { Operations } from "../operations";
import type { Kernel, KernelTable } from "./kernel";

/** A unary float function: integers are widened first, as tfjs does. */
const floatUnary =
  (compute: (ops: Operations, x: Value) => Value): Kernel =>
  ({ ops, input }) =>
    compute(ops, ops.float(input("x")));

/** A unary function that keeps its type; bool goes through int32. */
const unary =
  (compute: (ops: Operations, x: Value) => Value): Kernel =>
  ({ ops, input }) => {
    const x = input("x");
    return x.type === "bool" ? ops.cast(compute(ops, ops.cast(x, "int32")), "bool") : compute(ops, x);
  };

const onnxFloatUnary = (op: string) => floatUnary((ops, x) => ops.unary(op, x));
const rounding = (op: string) => unary((ops, x) => (x.type === "int32" ? x : ops.unary(op, x)));

const binary =
  (compute: (ops: Operations, a: Value, b: Value) => Value): Kernel =>
  ({ ops, input }) => {
    const a = input("a");
    const b = input("b");
    if (a.type !== "bool") return compute(ops, a, b);
    return ops.cast(compute(ops, ops.cast(a, "int32"), ops.cast(b, "int32")), "bool");
  };

const onnxBinary = (op: string) => binary((ops, a, b) => ops.binary(op, a, b));

const comparison =
  (op: string): Kernel =>
  ({ ops, input }) => {
    const [a, b] = [input("a"), input("b")];
    if (a.type !== "bool" || op === "Equal") return ops.compare(op, a, b);
    return ops.compare(op, ops.cast(a, "int32"), ops.cast(b, "int32"));
  };

const logical =
  (op: string): Kernel =>
  ({ ops, input }) =>
    ops.compare(op, ops.cast(input("a"), "bool"), ops.cast(input("b"), "bool"));

function number(ops: Operations, like: Value, value: number): Value {
  return ops.graph.scalar(like.type, value);
}

/** Where `condition`, else: with numbers allowed on either side. */
function select(
  ops: Operations,
  condition: Value,
  yes: Value | number,
  no: Value | number,
  type: OnnxType,
): Value {
  const value = (side: Value | number) => (typeof side === "number" ? ops.graph.scalar(type, side) : side);
  return ops.where(condition, value(yes), value(no));
}

function greater(ops: Operations, x: Value, threshold: number): Value {
  return ops.compare("Greater", x, number(ops, x, threshold));
}

/** exp(x) - 1 without cancellation near zero, through tanh(x / 2). */
function expm1(ops: Operations, x: Value): Value {
  const tanh = ops.unary("Tanh", ops.withNumber("Mul", x, 0.5));
  const small = ops.div(ops.withNumber("Mul", tanh, 2), ops.sub(number(ops, x, 1), tanh));
  const near = ops.compare("Less", ops.unary("Abs", x), number(ops, x, 0.5));
  return ops.where(near, small, ops.withNumber("Sub", ops.unary("Exp", x), 1));
}

/** log(1 + x) without cancellation near zero: log(u) x / (u - 1) with u = 1 + x. */
function log1p(ops: Operations, x: Value): Value {
  const u = ops.withNumber("Add", x, 1);
  const log = ops.unary("Log", u);
  const rest = ops.withNumber("Sub", u, 1);
  const exact = ops.compare("Equal", rest, number(ops, x, 0));
  const corrected = ops.div(ops.mul(log, x), select(ops, exact, 1, rest, x.type));
  const near = ops.compare("Less", ops.unary("Abs", x), number(ops, x, 0.5));
  return ops.where(near, ops.where(exact, x, corrected), log);
}

/** floor(a / b); integers are divided in double precision, which is exact for 32 bits. */
function floorDivide(ops: Operations, a: Value, b: Value): Value {
  if (a.type === "float32") return ops.unary("Floor", ops.div(a, b));
  const quotient = ops.div(ops.cast(a, "float64"), ops.cast(b, "float64"));
  return ops.cast(ops.unary("Floor", quotient), "int32");
}

/** The remainder with the sign of the divisor. */
function modulo(ops: Operations, a: Value, b: Value): Value {
  if (a.type !== "float32") return ops.elementwise("Mod", [a, b], a.type);
  const rest = ops.elementwise("Mod", [a, b], a.type, { attributes: { fmod: 1 } });
  const zero = number(ops, a, 0);
  const opposite = ops.compare("Xor", ops.compare("Less", a, zero), ops.compare("Less", b, zero));
  const shifted = ops.elementwise("Mod", [ops.add(rest, b), b], a.type, { attributes: { fmod: 1 } });
  return ops.where(opposite, shifted, rest);
}

/** The angle of the point (x, y): atan(y / x), moved to the quadrant of the point. */
function atan2(ops: Operations, y: Value, x: Value): Value {
  const zero = number(ops, x, 0);
  const base = ops.unary("Atan", ops.div(y, x));
  const turn = select(ops, ops.compare("Less", y, zero), -Math.PI, Math.PI, "float32");
  const angle = ops.where(ops.compare("Less", x, zero), ops.add(base, turn), base);
  const origin = ops.compare("And", ops.compare("Equal", x, zero), ops.compare("Equal", y, zero));
  return select(ops, origin, 0, angle, "float32");
}

/** Clips to a range; NaN stays NaN. */
function clip(ops: Operations, x: Value, low: number, high: number): Value {
  if (x.type !== "int32")
    return ops.elementwise("Clip", [x, number(ops, x, low), number(ops, x, high)], x.type);
  const bounded = [Math.max(low, -(2 ** 31)), Math.min(high, 2 ** 31 - 1)].map(Math.trunc) as [
    number,
    number,
  ];
  return ops.withNumber("Min", ops.withNumber("Max", x, bounded[0]), bounded[1]);
}

function leakyRelu(ops: Operations, x: Value, slope: number): Value {
  return ops.unary("LeakyRelu", x, { alpha: { float: slope } });
}

/** In double precision: near its poles the tangent is only as good as its argument. */
function tangent(ops: Operations, x: Value): Value {
  const angle = ops.cast(x, "float64");
  return ops.float(ops.div(ops.unary("Sin", angle), ops.unary("Cos", angle)));
}

// Above the smallest normal number, this factor makes every positive number at least 1.
const huge = 3e38;

/** 1 where x is positive and a slope from 0 to below 1 elsewhere, in two passes; NaN stays NaN. */
function steep(ops: Operations, x: Value, slope: Value): Value {
  const limits = [ops.reshape(slope, []), number(ops, x, 1)];
  return ops.elementwise("Clip", [ops.withNumber("Mul", x, huge), ...limits], "float32");
}

/** The element of a value that is known while recording. */
function known(value: Value): number | undefined {
  if (value.scalar !== undefined) return value.scalar;
  return value.size === 1 && value.host !== undefined ? Number(value.host[0]) : undefined;
}

const isSlope = (value: number | undefined) => value !== undefined && value >= 0 && value < 1;

/** What a value transposes, and how. */
function source(value: Value): { value: Value; order: string } {
  if (!value.isPending("Transpose")) return { value, order: "" };
  return { value: value.node!.inputs[0]!, order: String(value.node!.attributes.perm) };
}

/**
 * `where(x > 0, dy, slope dy)`, which is how tfjs writes the gradient of a leaky ReLU, as
 * `dy` times a clipped multiple of `x`; undefined for anything else.
 */
function leakyGradient(ops: Operations, condition: Value, yes: Value, no: Value): Value | undefined {
  const [comparison, gradient, scaled] = [source(condition), source(yes), source(no)];
  if (!comparison.value.isPending("Greater") || !scaled.value.isPending("Mul")) return undefined;
  const [x, threshold] = comparison.value.node!.inputs as [Value, Value];
  const factors = scaled.value.node!.inputs as Value[];
  const slope = factors.find((factor) => isSlope(known(factor)));
  const same = sameShape(condition.shape, yes.shape) && gradient.order === scaled.order;
  if (!same || slope === undefined || known(threshold) !== 0 || x.type !== "float32") return undefined;
  if (!factors.includes(gradient.value) || !sameShape(x.shape, comparison.value.shape)) return undefined;
  const steps = steep(ops, x, slope);
  const permutation = comparison.order === "" ? [] : comparison.order.split(",").map(Number);
  return ops.mul(yes, permutation.length === 0 ? steps : ops.transpose(steps, permutation));
}

/** x where positive, alpha x elsewhere; alpha broadcasts. */
function prelu(ops: Operations, x: Value, alpha: Value): Value {
  return ops.where(greater(ops, x, 0), x, ops.mul(x, alpha));
}

/** Applies one of the activations that fused tfjs kernels name. */
export function activate(
  ops: Operations,
  x: Value,
  name: string,
  slope: number | undefined,
  alpha?: Value,
): Value {
  switch (name) {
    case "linear":
      return x;
    case "relu":
      return ops.unary("Relu", x);
    case "relu6":
      return clip(ops, x, 0, 6);
    case "elu":
      return ops.unary("Elu", x);
    case "sigmoid":
      return ops.unary("Sigmoid", x);
    case "leakyrelu":
      return leakyRelu(ops, x, slope ?? 0.2);
    default:
      return prelu(ops, x, alpha!);
  }
}

const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

/** Elementwise kernels. */
export const elementwiseKernels: KernelTable = {
  Abs: unary((ops, x) => ops.unary("Abs", x)),
  Acos: onnxFloatUnary("Acos"),
  Acosh: onnxFloatUnary("Acosh"),
  Asin: onnxFloatUnary("Asin"),
  Asinh: onnxFloatUnary("Asinh"),
  Atan: onnxFloatUnary("Atan"),
  Atanh: onnxFloatUnary("Atanh"),
  Ceil: rounding("Ceil"),
  Cos: onnxFloatUnary("Cos"),
  Cosh: onnxFloatUnary("Cosh"),
  Elu: onnxFloatUnary("Elu"),
  Erf: onnxFloatUnary("Erf"),
  Exp: onnxFloatUnary("Exp"),
  Expm1: floatUnary(expm1),
  Floor: rounding("Floor"),
  IsFinite: ({ ops, input }) => {
    const x = ops.float(input("x"));
    return ops.elementwise(
      "Not",
      [ops.compare("Or", ops.elementwise("IsNaN", [x], "bool"), ops.elementwise("IsInf", [x], "bool"))],
      "bool",
    );
  },
  IsInf: ({ ops, input }) => ops.elementwise("IsInf", [ops.float(input("x"))], "bool"),
  IsNan: ({ ops, input }) => ops.elementwise("IsNaN", [ops.float(input("x"))], "bool"),
  Log: onnxFloatUnary("Log"),
  Log1p: floatUnary(log1p),
  LogicalNot: ({ ops, input }) => ops.elementwise("Not", [ops.cast(input("x"), "bool")], "bool"),
  Neg: unary((ops, x) => ops.unary("Neg", x)),
  Reciprocal: floatUnary((ops, x) => ops.unary("Reciprocal", x)),
  Relu: unary((ops, x) => (x.type === "int32" ? ops.withNumber("Max", x, 0) : ops.unary("Relu", x))),
  Relu6: unary((ops, x) => clip(ops, x, 0, 6)),
  Round: rounding("Round"),
  Rsqrt: floatUnary((ops, x) => ops.unary("Reciprocal", ops.unary("Sqrt", x))),
  Selu: floatUnary((ops, x) =>
    ops.unary("Selu", x, { alpha: { float: seluAlpha }, gamma: { float: seluScale } }),
  ),
  Sigmoid: onnxFloatUnary("Sigmoid"),
  Sign: unary((ops, x) => {
    if (x.type === "int32") return ops.unary("Sign", x);
    return select(ops, ops.elementwise("IsNaN", [x], "bool"), 0, ops.unary("Sign", x), x.type);
  }),
  Sin: onnxFloatUnary("Sin"),
  Sinh: onnxFloatUnary("Sinh"),
  Softplus: onnxFloatUnary("Softplus"),
  Sqrt: onnxFloatUnary("Sqrt"),
  Square: unary((ops, x) => ops.mul(x, x)),
  Tan: floatUnary(tangent),
  Tanh: onnxFloatUnary("Tanh"),

  ClipByValue: ({ ops, input, attributes }) => {
    const { clipValueMin, clipValueMax } = attributes<{ clipValueMin: number; clipValueMax: number }>();
    return clip(ops, input("x"), clipValueMin, clipValueMax);
  },
  LeakyRelu: ({ ops, input, attributes }) =>
    leakyRelu(ops, ops.float(input("x")), attributes<{ alpha: number }>().alpha),
  Prelu: ({ ops, input }) => prelu(ops, ops.float(input("x")), ops.float(input("alpha"))),
  Step: ({ ops, input, attributes }) => {
    const x = ops.float(input("x"));
    const { alpha } = attributes<{ alpha: number }>();
    if (isSlope(alpha)) return ops.cast(steep(ops, x, number(ops, x, alpha)), input("x").type);
    const step = select(ops, greater(ops, x, 0), 1, alpha, "float32");
    const result = select(ops, ops.elementwise("IsNaN", [x], "bool"), x, step, "float32");
    return ops.cast(result, input("x").type);
  },
  EluGrad: ({ ops, input }) => {
    const [dy, y] = [input("dy"), input("y")];
    return ops.where(
      ops.compare("GreaterOrEqual", y, number(ops, y, 0)),
      dy,
      ops.mul(dy, ops.withNumber("Add", y, 1)),
    );
  },

  Add: onnxBinary("Add"),
  Atan2: ({ ops, input }) => atan2(ops, ops.float(input("a")), ops.float(input("b"))),
  BitwiseAnd: onnxBinary("BitwiseAnd"),
  FloorDiv: binary(floorDivide),
  Maximum: onnxBinary("Max"),
  Minimum: onnxBinary("Min"),
  Mod: binary(modulo),
  Multiply: onnxBinary("Mul"),
  Pow: onnxBinary("Pow"),
  RealDiv: ({ ops, input }) => ops.div(ops.float(input("a")), ops.float(input("b"))),
  SquaredDifference: binary((ops, a, b) => {
    const difference = ops.sub(a, b);
    return ops.mul(difference, difference);
  }),
  Sub: onnxBinary("Sub"),
  AddN: ({ ops, list }) => list.reduce((sum, value) => ops.add(sum, value)),

  Equal: comparison("Equal"),
  NotEqual: ({ ops, input }) =>
    ops.elementwise("Not", [ops.compare("Equal", input("a"), input("b"))], "bool"),
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  LogicalAnd: logical("And"),
  LogicalOr: logical("Or"),
  LogicalXor: logical("Xor"),

  Select: ({ ops, input }) => {
    const [condition, yes, no] = [ops.cast(input("condition"), "bool"), input("t"), input("e")];
    const gradient = leakyGradient(ops, condition, yes, no);
    if (gradient !== undefined) return gradient;
    if (condition.shape.length !== 1 || yes.shape.length <= 1) return ops.where(condition, yes, no);
    const rows = ops.reshape(condition, [condition.size, ...yes.shape.slice(1).map(() => 1)]);
    return ops.where(rows, yes, no);
  },
  Cast: ({ ops, input, attributes }) => ops.cast(input("x"), attributes<{ dtype: OnnxType }>().dtype),
};
