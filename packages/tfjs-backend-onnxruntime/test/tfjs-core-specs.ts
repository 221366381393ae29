// Runs the backend tests that tfjs-core publishes, with jasmine, against this
// backend, and reports every spec. The test beside the sources judges the report.
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import { registerOnnxruntimeBackend } from "../src/index";

/** How one published spec went. */
export interface SpecResult {
  /** Suites and spec, without the name of the test environment. */
  readonly name: string;
  readonly passed: boolean;
  readonly messages: readonly string[];
  /** tfjs kernels that the spec called. */
  readonly kernels: readonly string[];
}

interface JasmineResult {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}

interface JasmineEnvironment {
  configure(options: object): void;
  addReporter(reporter: { specStarted(): void; specDone(result: JasmineResult): void }): void;
  execute(): Promise<unknown>;
}

interface Jasmine {
  getEnv(): JasmineEnvironment;
}

const backendName = "onnxruntime";
const marker = ` ${backendName} {}`;

/** Notes every kernel that tfjs calls; returns the notes. */
function recordKernels(): Set<string> {
  const called = new Set<string>();
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  engine.runKernel = (name, ...rest) => {
    called.add(name);
    return runKernel(name, ...rest);
  };
  return called;
}

/** Runs every published spec that depends on the backend and whose name the filter accepts. */
export async function runPublishedSpecs(accept: (name: string) => boolean): Promise<SpecResult[]> {
  const jasmine = (createRequire(import.meta.url)("jasmine-core") as { boot(): Jasmine }).boot();
  await registerOnnxruntimeBackend({ name: backendName, threads: 1 });
  const { setTestEnvs } = await import("@tensorflow/tfjs-core/dist/jasmine_util.js");
  setTestEnvs([{ name: backendName, backendName, flags: {}, isDataSync: true }]);
  await import("@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js");
  await import("@tensorflow/tfjs-core/dist/tests.js");

  const results: SpecResult[] = [];
  const called = recordKernels();
  const environment = jasmine.getEnv();
  environment.configure({
    random: false,
    specFilter: (spec: { getFullName(): string }) => {
      const name = spec.getFullName();
      return name.includes(marker) && accept(name.replace(marker, ""));
    },
  });
  environment.addReporter({
    specStarted: () => called.clear(),
    specDone: ({ fullName, status, failedExpectations }) => {
      if (status !== "passed" && status !== "failed") return;
      const messages = failedExpectations.map(({ message }) => message);
      const name = fullName.replace(marker, "");
      results.push({ name, passed: status === "passed", messages, kernels: [...called] });
    },
  });
  await environment.execute();
  tf.engine().reset();
  return results;
}
