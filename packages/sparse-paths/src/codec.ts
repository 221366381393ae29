// The whole link: a channel sample to bytes under a budget of bits, and bytes, or the
// first of them, to a channel again.
import { RangeEncoder } from "@csi-feedback/codec";
import { invalid } from "@csi-feedback/common";
import { PathEstimator } from "./estimate";
import { pathModels } from "./models";
import { PathCoder, PathTables } from "./path-coder";
import { assertPathModel, type PathModelJson } from "./path-model";
import { PrefixSource } from "./prefix-source";
import { coordinatesOf, gainOf, type QuantizedPath } from "./quantized-path";
import { cellGrid } from "./resolution";
import { type Effort, isEffort, NOTHING, STEPS, searchPaths, stepOf } from "./search";
import { type PathParameters, synthesize } from "./synthesize";
import { csiNetWindow, type PathWindow, Window } from "./window";

/** What both ends of a path link agree on. */
export interface PathCodecOptions {
  /** Window of the samples; {@link csiNetWindow} unless told. */
  readonly window?: PathWindow;
  /** Entropy models that the user may choose from, at most 16; {@link pathModels} unless told. */
  readonly models?: readonly PathModelJson[];
}

/** What {@link PathCodec.encode} may spend. */
export interface PathEncodeOptions {
  /** Most bits of the report, at least 16; all of them count: version, model, step, paths. */
  readonly bits: number;
  /** Most paths. Default and bound 256. */
  readonly paths?: number;
  /** Stops once paths leave at most this share of the sample's energy. */
  readonly residual?: number;
  /** Variance of the estimation noise on a complex element: what looks like noise is not sent. */
  readonly noise?: number;
  /** `"thorough"` (default) refines and searches more; `"fast"` is for slow users' sides. */
  readonly effort?: Effort;
}

/** A coded report. */
export interface PathReport {
  readonly bytes: Uint8Array;
  /** Bits of the message; the last byte is filled up with up to seven more. */
  readonly bits: number;
  /** Paths in it. */
  readonly paths: number;
}

const VERSION = 1;
const VERSIONS = 4;
const MOST_PATHS = 256;
const LEAST_BITS = 16;

/**
 * Codes channel samples as lists of propagation paths.
 *
 * The user's side estimates paths by Newtonised orthogonal matching pursuit, quantises each as finely as
 * its strength deserves, solves the gains again around the quantised delays and angles, and writes as many
 * paths as the budget affords with an arithmetic code whose odds were learned on generated channels. The
 * base station reads as many whole paths as the bytes hold: the start of a report is a coarser report.
 *
 * @example
 * ```ts
 * import { generateChannels } from "@csi-feedback/channel-models";
 * import { nmseDb } from "@csi-feedback/eval";
 * import { PathCodec } from "@csi-feedback/sparse-paths";
 *
 * const { data, shape } = generateChannels({ model: "cost2100-indoor", samples: 1, seed: 5 });
 * const codec = new PathCodec();
 * const { bytes, bits } = codec.encode(data, { bits: 512 });
 * const full = nmseDb(data, codec.decode(bytes), shape);
 * const half = nmseDb(data, codec.decode(bytes.subarray(0, 32)), shape);
 * console.log(bits <= 512, full < -25, half < -8, half > full); // true true true true
 * ```
 */
export class PathCodec {
  readonly #window: Window;
  readonly #estimator: PathEstimator;
  readonly #tables: readonly PathTables[];

  /** @throws CsiFeedbackError `INVALID_WINDOW`, `INVALID_MODEL`. */
  constructor(options: PathCodecOptions = {}) {
    const { window = csiNetWindow, models = pathModels } = options;
    this.#window = new Window(window, "PathCodec");
    if (models.length < 1 || models.length > 16) {
      invalid("INVALID_MODEL", "PathCodec", "there must be 1 to 16 models", models.length);
    }
    for (const model of models) assertPathModel(model, "PathCodec");
    this.#estimator = new PathEstimator(this.#window);
    this.#tables = models.map((model) => new PathTables(model, cellGrid(this.#window)));
  }

  /**
   * One report, the best that a budget of bits affords.
   *
   * @param sample - `[2, delays, antennas]`, zero-centered, in any physical unit.
   * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_ARGUMENT`;
   * `OUT_OF_RANGE` for channels so strong or weak that no step fits.
   */
  encode(sample: Float32Array, options: PathEncodeOptions): PathReport {
    const { bits, paths = MOST_PATHS, effort = "thorough" } = options;
    const name = "PathCodec.encode";
    if (!(Number.isSafeInteger(bits) && bits >= LEAST_BITS)) {
      invalid("INVALID_ARGUMENT", name, `bits must be an integer of at least ${LEAST_BITS}`, bits);
    }
    if (!(Number.isSafeInteger(paths) && paths >= 1 && paths <= MOST_PATHS)) {
      invalid("INVALID_ARGUMENT", name, `paths must be an integer from 1 to ${MOST_PATHS}`, paths);
    }
    if (!isEffort(effort)) {
      invalid("INVALID_ARGUMENT", name, 'effort must be "fast" or "thorough"', effort);
    }
    const channel = this.#window.unwind(sample, name);
    const {
      model,
      index,
      paths: found,
    } = searchPaths(channel, this.#estimator, this.#tables, {
      ...options,
      paths,
      effort,
      budget: bits - Math.log2(VERSIONS * this.#tables.length * STEPS) - 1,
    });
    let chosen = found;
    for (;;) {
      const report = this.#write(model, index, chosen);
      // The bits that fill the last byte must not look like one more path.
      if (report.bits <= bits && this.#read(report.bytes).paths.length === chosen.length) return report;
      chosen = chosen.slice(0, -1);
    }
  }

  /**
   * The channel `[2, delays, antennas]` of a report or of the first bytes of one.
   *
   * There is no check: damaged bytes give another channel, or an error.
   *
   * @throws CsiFeedbackError `CORRUPT_REPORT` when no report starts like this, `UNSUPPORTED_VERSION`.
   */
  decode(bytes: Uint8Array): Float32Array {
    return synthesize(this.decodeParameters(bytes), this.#estimator.kernels);
  }

  /** The paths of a report or of the first bytes of one, strongest first; throws as {@link PathCodec.decode}. */
  decodeParameters(bytes: Uint8Array): PathParameters[] {
    const { step, paths, tables } = this.#read(bytes);
    return paths.map((path) => {
      const [delay, row, column] = coordinatesOf(path, tables.grid);
      const [re, im] = gainOf(path);
      return { delay, row, column, gainRe: re * step, gainIm: im * step };
    });
  }

  #write(model: number, index: number, paths: readonly QuantizedPath[]): PathReport {
    const encoder = new RangeEncoder();
    encoder.encodeUniform(VERSION, VERSIONS);
    encoder.encodeUniform(model, this.#tables.length);
    encoder.encodeUniform(index, STEPS);
    const coder = new PathCoder(this.#tables[model]);
    for (const path of paths) coder.encode(path, encoder);
    const { bytes, bits } = encoder.finish();
    return { bytes, bits, paths: paths.length };
  }

  #read(bytes: Uint8Array): { step: number; paths: QuantizedPath[]; tables: PathTables } {
    const source = new PrefixSource(bytes);
    const version = source.uniform(VERSIONS);
    if (version === undefined) {
      invalid("CORRUPT_REPORT", "PathCodec.decode", "a report has at least two bytes", bytes.length);
    }
    if (version !== VERSION) {
      invalid("UNSUPPORTED_VERSION", "PathCodec.decode", `the version must be ${VERSION}`, version);
    }
    const model = source.uniform(this.#tables.length);
    const index = source.uniform(STEPS);
    if (model === undefined || index === undefined) {
      invalid("CORRUPT_REPORT", "PathCodec.decode", "a report has at least two bytes", bytes.length);
    }
    const tables = this.#tables[model];
    const paths: QuantizedPath[] = [];
    if (index === NOTHING) return { step: 0, paths, tables };
    const coder = new PathCoder(tables);
    while (paths.length < MOST_PATHS) {
      const path = source.attempt(() => coder.decode(source));
      if (path === undefined) break;
      paths.push(path);
    }
    return { step: stepOf(index), paths, tables };
  }
}
