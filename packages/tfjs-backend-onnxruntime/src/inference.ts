// Frozen programs: a function is traced once into one compiled model whose weights
// are constants, packed for the processor when it is loaded and optionally int8.
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { OnnxruntimeBackend } from "./backend";
import type { HostArray, Value } from "./graph";
import { encodeModel } from "./onnx-model";
import { planGraph, planRun, valuesOf } from "./plan";
import { quantizeGraph } from "./quantize";
import { createSession, type Feeds, hostOf, hostTensor, type Session } from "./runtime";

/** Settings of {@link compileInference}. */
export interface InferenceOptions {
  /**
   * `"float32"` (default), or `"int8"` for products with constant matrices of 128 rows and columns
   * or more: weights are rounded per column, inputs per row when the program runs.
   */
  readonly weights?: "float32" | "int8";
}

/** One output of a program. */
export interface InferenceOutput {
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
}

/** A compiled program; it holds its weights itself and uses nothing of tfjs when it runs. */
export interface InferenceProgram {
  /** Bytes of the encoded model, weights included. */
  readonly modelBytes: number;
  /**
   * Root-mean-square difference between this program's outputs and the traced function's on the
   * example inputs, over the root mean square of the latter, largest of all outputs: the price
   * of int8, and rounding with float32.
   */
  readonly relativeError: number;
  /** Runs the program on one array per example input, of the same shape and type. */
  run(...inputs: readonly InferenceOutput["data"][]): Promise<InferenceOutput[]>;
  /** Frees the program. */
  dispose(): void;
}

const modelLimit = 2 ** 31 - 2 ** 20;

function relativeError(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  let [difference, power] = [0, 0];
  for (let index = 0; index < reference.length; index++) {
    difference += (values[index]! - reference[index]!) ** 2;
    power += reference[index]! ** 2;
  }
  return Math.sqrt(difference / (power || 1));
}

/** The values that a traced function gave; those it did not compute pass through a node of their own. */
function tracedOutputs(backend: OnnxruntimeBackend, outputs: readonly tf.Tensor[]): Value[] {
  return outputs.map((output) => {
    const value = backend.valueBehind(output);
    if (value.state === "pending") return value;
    return backend.graph.one("Identity", [value], value.type, value.shape);
  });
}

/**
 * Traces a function on example inputs and compiles what it computes. Variables and other
 * tensors that it uses become constants of the program; later changes to them do not reach it.
 *
 * @param compute the function; it must compute the same operations whatever the values of its inputs
 * @param examples one tensor for every input: its shape and type are those of the program
 * @throws `NOT_ON_ONNXRUNTIME` if tfjs computes on another backend
 * @throws `MODEL_TOO_LARGE` if the weights take 2 GiB or more
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core";
 * import { compileInference, registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
 *
 * await registerOnnxruntimeBackend();
 * await tf.setBackend("onnxruntime");
 * const weight = tf.variable(tf.tensor2d([[1], [10]]));
 * const program = await compileInference((x) => tf.matMul(x, weight), [tf.zeros([1, 2])]);
 * const [output] = await program.run(Float32Array.of(2, 3));
 * console.log(output.data[0]); // 32
 * program.dispose();
 * ```
 */
export async function compileInference(
  compute: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
  examples: readonly tf.Tensor[],
  options: InferenceOptions = {},
): Promise<InferenceProgram> {
  const backend = tf.backend();
  if (!(backend instanceof OnnxruntimeBackend)) {
    const rule = "tfjs must compute on a backend of this package";
    return invalid("NOT_ON_ONNXRUNTIME", "compileInference", rule, tf.getBackend());
  }
  await backend.settle();
  const exampleData = (await Promise.all(
    examples.map((example) => example.data()),
  )) as InferenceOutput["data"][];
  const placeholders = examples.map((example) => backend.valueBehind(example));
  const results = tf.tidy(() => [compute(...examples)].flat());
  const outputs = tracedOutputs(backend, results);
  const plan = planRun(outputs);
  const names = outputs.map((output) => plan.names.get(output)!);
  const inputs = [...plan.inputs].filter(([, value]) => placeholders.includes(value));

  for (const value of plan.inputs.values()) backend.elements(value);
  const frozen = planGraph(plan, (value) => !placeholders.includes(value));
  const bytes = frozen.constants.reduce((sum, constant) => sum + constant.bytes.byteLength, 0);
  if (bytes >= modelLimit) {
    const rule = "weights must take less than 2 GiB, the limit of one model";
    invalid("MODEL_TOO_LARGE", "compileInference", rule, bytes);
  }
  const values = valuesOf(plan);
  const model = encodeModel(
    options.weights === "int8" ? quantizeGraph(frozen, (name) => values.get(name)!.shape) : frozen,
  );
  const settings = backend.executor.options.session;
  const session: Session = await createSession(model, settings);
  const dispose = () => {
    if (settings.enableProfiling) session.endProfiling();
    session.release();
  };

  const run = async (...data: readonly InferenceOutput["data"][]): Promise<InferenceOutput[]> => {
    const feeds: Feeds = {};
    for (const [name, value] of inputs) {
      const given = data[placeholders.indexOf(value)];
      if (given === undefined || given.length !== value.size) {
        const rule = `input ${placeholders.indexOf(value)} must have ${value.size} elements`;
        invalid("INPUT_SIZE", "InferenceProgram.run", rule, given);
      }
      feeds[name] = hostTensor(value.type, value.shape, given as HostArray);
    }
    const produced = await session.run(feeds, names);
    return outputs.map(({ shape }, index) => {
      const data = hostOf(produced[names[index]!]!) as InferenceOutput["data"];
      return { data, shape };
    });
  };
  try {
    const expected = await Promise.all(results.map((result) => result.data()));
    const produced = await run(...exampleData);
    const errors = produced.map(({ data }, index) => relativeError(data, expected[index]!));
    return {
      modelBytes: model.byteLength,
      relativeError: Math.max(0, ...errors),
      run,
      dispose,
    };
  } catch (cause) {
    dispose();
    throw new CsiFeedbackError(
      "INFERENCE_PROGRAM",
      "compileInference: the compiled program must run on the examples",
      {
        cause,
      },
    );
  } finally {
    tf.dispose(results.filter((result) => !examples.includes(result)));
  }
}
