// Eq. 9 as GPU.js kernels: the same functions run as WebGPU shaders, SIMD WebAssembly or
// transpiled JavaScript. GPU.js is only loaded when one is made. The plain reference is
// in self-information.ts, and on a CPU it is the faster one.
import { invalid } from "@csi-feedback/common";
import type { GPU, IKernelFunctionThis, IKernelRunShortcut } from "gpu.js";
import { assertChannels, type ChannelShape, resolveOptions, type SelfInformationOptions } from "./options";
import { selfInformation } from "./self-information";

/** Where the kernels run. `"plain"` is the reference implementation, no GPU.js at all. */
export type KernelMode = "plain" | "webgpu" | "webasm" | "cpu";

/** Self-information of batches of one shape. */
export interface SelfInformationKernel {
  readonly mode: KernelMode;
  /** As {@link selfInformation}. @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`. */
  run(channels: Float32Array): Promise<Float32Array>;
  /** Frees what GPU.js holds. */
  dispose(): Promise<void>;
}

/** Elements of a batch from which a WebGPU adapter is used by default; below, its start and read-back outweigh it. */
const WEBGPU_ELEMENTS = 1 << 18;

interface Constants {
  readonly planes: number;
  readonly planeSize: number;
  readonly sampleSize: number;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly patch: number;
  readonly antennas: number;
  readonly factor: number;
  readonly logarithm: number;
  readonly log2e: number;
  readonly [name: string]: number;
}

type KernelThis = IKernelFunctionThis<{ [Name in keyof Constants]: number }>;

/** Self-information of the element (y, x) of sample z. The sum of exponentials is kept relative to its largest term. */
function bits(this: KernelThis, padded: number[], shifts: number[], scales: number[]): number {
  const corner =
    this.thread.z * this.constants.sampleSize + this.thread.y * this.constants.width + this.thread.x;
  let sum = 0;
  let largest = -3e38;
  for (let r = 0; r < this.constants.count; r++) {
    let distance = 0;
    for (let plane = 0; plane < this.constants.planes; plane++) {
      for (let v = 0; v < this.constants.patch; v++) {
        for (let u = 0; u < this.constants.patch; u++) {
          const at = corner + plane * this.constants.planeSize + v * this.constants.width + u;
          const difference = padded[at + shifts[0]] - padded[at + shifts[r + 1]];
          distance += difference * difference;
        }
      }
    }
    const exponent = (distance * this.constants.factor) / scales[this.thread.z];
    if (exponent > largest) {
      sum = sum * Math.exp(largest - exponent) + 1;
      largest = exponent;
    } else {
      sum += Math.exp(exponent - largest);
    }
  }
  return this.constants.logarithm - (Math.log(sum) + largest) * this.constants.log2e;
}

/** Sum of all squared distances of row x of sample y: what per-sample normalisation needs. */
function rowSums(this: KernelThis, padded: number[], shifts: number[]): number {
  const row = this.thread.y * this.constants.sampleSize + this.thread.x * this.constants.width;
  let sum = 0;
  for (let r = 0; r < this.constants.count; r++) {
    for (let plane = 0; plane < this.constants.planes; plane++) {
      for (let v = 0; v < this.constants.patch; v++) {
        for (let x = 0; x < this.constants.antennas; x++) {
          for (let u = 0; u < this.constants.patch; u++) {
            const at = row + plane * this.constants.planeSize + v * this.constants.width + x + u;
            const difference = padded[at + shifts[0]] - padded[at + shifts[r + 1]];
            sum += difference * difference;
          }
        }
      }
    }
  }
  return sum;
}

/**
 * Prepares eq. 9 for batches of one shape. `mode: "auto"`, the default, takes WebGPU when there is an adapter and the
 * batch is large, and the plain implementation otherwise: on a CPU that is faster than GPU.js's WebAssembly.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `INVALID_ARGUMENT`; `UNSUPPORTED_MODE` for `"webgpu"` without an adapter.
 *
 * @example
 * ```ts
 * import { createSelfInformationKernel, selfInformation } from "@csi-feedback/self-information";
 *
 * const shape = [1, 2, 8, 8] as const;
 * const kernel = await createSelfInformationKernel(shape, { mode: "webasm" });
 * const channel = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i * i));
 * const bits = await kernel.run(channel);
 * console.log(Math.abs(bits[9] - selfInformation(channel, shape)[9]) < 1e-5); // true
 * await kernel.dispose();
 * ```
 */
export async function createSelfInformationKernel(
  shape: ChannelShape,
  options: SelfInformationOptions & { readonly mode?: KernelMode | "auto" } = {},
): Promise<SelfInformationKernel> {
  const settings = resolveOptions("createSelfInformationKernel", options);
  assertChannels("createSelfInformationKernel", new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  const mode = await chooseMode(options.mode ?? "auto", shape);
  if (mode === "plain") {
    return {
      mode,
      run: async (channels) => selfInformation(channels, shape, settings),
      dispose: async () => {},
    };
  }
  const [batch, planes, delays, antennas] = shape;
  const { offsets, patch, bandwidth, normalization, padding } = settings;
  const border = (patch - 1) / 2;
  const reach = Math.max(...offsets.flat().map(Math.abs)) + border;
  const [width, height] = [antennas + 2 * reach, delays + 2 * reach];
  const constants: Constants = {
    ...{ planes, width, height, patch, antennas, count: offsets.length },
    planeSize: width * height,
    sampleSize: planes * width * height,
    factor: -0.5 / (bandwidth * bandwidth),
    log2e: Math.LOG2E,
    logarithm: Math.log2(offsets.length * Math.sqrt(2 * Math.PI) * bandwidth),
  };
  // The first shift is that of the element itself, from the corner of its window.
  const centre = (reach - border) * (width + 1);
  const shifts = [centre, ...offsets.map(([delay, antenna]) => centre + delay * width + antenna)];
  const gpu: GPU = new (await loadGpu())({ mode });
  const kernel = (source: typeof bits | typeof rowSums, output: number[]) =>
    gpu.createKernel(source as never, {
      constants,
      output,
      asyncMode: true,
      precision: "single",
    }) as IKernelRunShortcut;
  const information = kernel(bits, [antennas, delays, batch]);
  const sums = normalization === "sample" ? kernel(rowSums, [delays, batch]) : undefined;
  const run = async (channels: Float32Array): Promise<Float32Array> => {
    assertChannels("SelfInformationKernel.run", channels, shape);
    const padded = pad(channels, shape, reach, padding);
    const rows = sums && ((await sums(padded, shifts)) as unknown as Float32Array[]);
    const scales = Float32Array.from({ length: batch }, (_, sample) => {
      const mean = (rows?.[sample].reduce((a, b) => a + b, 0) ?? 0) / (offsets.length * delays * antennas);
      return mean > 0 ? mean : 1;
    });
    const maps = (await information(padded, shifts, scales)) as unknown as Float32Array[][];
    const result = new Float32Array(batch * delays * antennas);
    for (const [row, values] of maps.flat().entries()) result.set(values, row * antennas);
    return result;
  };
  return { mode, run, dispose: async () => void (await gpu.destroy()) };
}

async function chooseMode(mode: KernelMode | "auto", shape: ChannelShape): Promise<KernelMode> {
  const known = ["auto", "plain", "webgpu", "webasm", "cpu"];
  if (!known.includes(mode)) {
    invalid(
      "INVALID_ARGUMENT",
      "createSelfInformationKernel",
      `mode must be one of ${known.join(", ")}`,
      mode,
    );
  }
  if (mode !== "auto" && mode !== "webgpu") return mode;
  const large = shape[0] * shape[2] * shape[3] >= WEBGPU_ELEMENTS;
  if (mode === "auto" && !large) return "plain";
  if (await (await loadGpu()).isWebGPUAvailable()) return "webgpu";
  if (mode === "auto") return "plain";
  return invalid(
    "UNSUPPORTED_MODE",
    "createSelfInformationKernel",
    "mode webgpu needs a WebGPU adapter",
    "none",
  );
}

async function loadGpu(): Promise<typeof GPU> {
  const module = await import("gpu.js");
  return module.GPU ?? (module as unknown as { default: typeof module }).default.GPU;
}

function pad(channels: Float32Array, shape: ChannelShape, reach: number, padding: number): Float32Array {
  const [batch, planes, delays, antennas] = shape;
  const [width, height] = [antennas + 2 * reach, delays + 2 * reach];
  const padded = new Float32Array(batch * planes * height * width).fill(padding);
  for (let row = 0; row < batch * planes * delays; row++) {
    const plane = Math.floor(row / delays);
    const target = (plane * height + (row % delays) + reach) * width + reach;
    padded.set(channels.subarray(row * antennas, (row + 1) * antennas), target);
  }
  return padded;
}
