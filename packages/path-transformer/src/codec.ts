// The whole link: a channel sample to bytes under a budget of bits, and bytes, or the first of them, to a channel.
import { RangeEncoder } from "@csi-feedback/codec";
import { invalid } from "@csi-feedback/common";
import { csiNetWindow, type PathParameters, pathModels, synthesizePaths } from "@csi-feedback/sparse-paths";
import {
  BitCounter,
  cellGrid,
  coordinatesOf,
  gainOf,
  inCellOrder,
  PathCoder,
  PathTables,
  PrefixSource,
  type QuantizedPath,
  type SymbolSink,
  stepOf,
  Window,
} from "@csi-feedback/sparse-paths/parts";
import type { Weights } from "./fixed-network";
import { decodeLevel, encodeLevel } from "./level";
import { ReportCoder } from "./report-coder";
import { JointSearch, type Search } from "./search";
import { CHANNELS, inOrder } from "./tokens";
import { trainedWeights } from "./weights";

/** What {@link PathTransformerCodec.encode} may spend. */
export interface EncodeOptions {
  /** Most bits of the report, at least 32; all of them count: version, channel, step, paths. */
  readonly bits: number;
  /** Variance of the estimation noise on a complex element: what looks like noise is not sent. Default 0. */
  readonly noise?: number;
}

/** A coded report. */
export interface Report {
  readonly bytes: Uint8Array;
  /** Bits of the message; the last byte is filled up with up to seven more. */
  readonly bits: number;
  /** Paths in it. */
  readonly paths: number;
}

/** Kinds of report out of {@link KINDS}: the first {@link USUAL} are one with paths. The rest but one is for later. */
const KINDS = 16;
const USUAL = 14;
const EMPTY = 14;
/** Odds that a report may name: the network's for each channel, then the tables of sparse-paths for each. */
const ODDS = 2 * CHANNELS;
const MOST_PATHS = 256;
const LEAST_BITS = 32;

/**
 * Codes channel samples `[2, 32, 32]` as propagation paths that are fitted and quantised jointly, with the odds of
 * a causal transformer over the paths already sent. Both ends compute the odds in integers, so that any two machines
 * agree on them. The start of a report is a coarser report.
 *
 * @example
 * ```ts
 * import { generateChannels } from "@csi-feedback/channel-models";
 * import { nmseDb } from "@csi-feedback/eval";
 * import { PathTransformerCodec } from "@csi-feedback/path-transformer";
 *
 * const { data, shape } = generateChannels({ model: "street-canyon", samples: 1, seed: 5 });
 * const codec = new PathTransformerCodec();
 * const { bytes, bits } = codec.encode(data, { bits: 256 });
 * console.log(bits <= 256, nmseDb(data, codec.decode(bytes), shape) < -20); // true true
 * ```
 */
export class PathTransformerCodec {
  readonly #window = new Window(csiNetWindow, "PathTransformerCodec");
  readonly #search: Search;
  readonly #network: ReportCoder;
  readonly #tables = pathModels.map((model) => new PathCoder(new PathTables(model, cellGrid(this.#window))));

  /** Other weights and another search than the ones that come along are for measuring what these are worth. */
  constructor(weights: Weights = trainedWeights(), search?: Search) {
    this.#network = new ReportCoder(weights);
    this.#search = search ?? new JointSearch(this.#window);
  }

  /**
   * One report, the best found for a budget of bits.
   *
   * @param sample - `[2, 32, 32]`, zero-centered, in any physical unit, angles in centered order.
   * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_ARGUMENT`; `OUT_OF_RANGE` for channels so
   * strong or weak that no step fits.
   */
  encode(sample: Float32Array, options: EncodeOptions): Report {
    const { bits, noise = 0 } = options;
    const name = "PathTransformerCodec.encode";
    if (!(Number.isSafeInteger(bits) && bits >= LEAST_BITS)) {
      invalid("INVALID_ARGUMENT", name, `bits must be an integer of at least ${LEAST_BITS}`, bits);
    }
    if (!(Number.isFinite(noise) && noise >= 0)) {
      invalid("INVALID_ARGUMENT", name, "noise must be a variance", noise);
    }
    const channel = this.#window.unwind(sample, name);
    let odds = 0;
    const bitsOf = (paths: readonly QuantizedPath[], index: number) => {
      if (paths.length === 0) return 0;
      const counter = new BitCounter();
      this.#writePaths(counter, odds, index, ordered(paths, odds));
      return counter.bits;
    };
    const chosen = this.#search.search(channel, bits - 1, {
      bitsOf,
      noise,
      settle: (paths, index) => {
        const costs = Array.from({ length: ODDS }, (_, i) => {
          odds = i;
          return bitsOf(paths, index);
        });
        odds = costs.indexOf(Math.min(...costs));
      },
    });
    if (chosen === undefined) return { ...this.#write(0, 0, []), paths: 0 };
    let paths = ordered(chosen.paths, odds);
    for (;;) {
      const report = this.#write(odds, chosen.index, paths);
      // The bits that fill the last byte must not look like one more path.
      if (report.bits <= bits && this.#read(report.bytes).paths.length === paths.length) {
        return { ...report, paths: paths.length };
      }
      paths = paths.slice(0, -1);
    }
  }

  /**
   * The channel `[2, 32, 32]` of a report or of the first bytes of one.
   *
   * There is no check: damaged bytes give another channel, or an error.
   *
   * @throws CsiFeedbackError `CORRUPT_REPORT` when no report starts like this, `UNSUPPORTED_VERSION`.
   */
  decode(bytes: Uint8Array): Float32Array {
    return synthesizePaths(this.decodeParameters(bytes), csiNetWindow);
  }

  /** The paths of a report or of the first bytes of one, strongest first; throws as {@link PathTransformerCodec.decode}. */
  decodeParameters(bytes: Uint8Array): PathParameters[] {
    const { index, paths } = this.#read(bytes);
    const step = stepOf(index);
    const grid = cellGrid(this.#window);
    return paths.map((path) => {
      const [delay, row, column] = coordinatesOf(path, grid);
      const [re, im] = gainOf(path);
      return { delay, row, column, gainRe: re * step, gainIm: im * step };
    });
  }

  #write(odds: number, index: number, paths: readonly QuantizedPath[]): { bytes: Uint8Array; bits: number } {
    const encoder = new RangeEncoder();
    if (paths.length === 0) encoder.encode(EMPTY, 1, KINDS);
    else this.#writePaths(encoder, odds, index, paths);
    return encoder.finish();
  }

  #writePaths(sink: SymbolSink, odds: number, index: number, paths: readonly QuantizedPath[]): void {
    sink.encode(0, USUAL, KINDS);
    sink.encode(odds, 1, ODDS);
    const coder = this.#begin(odds);
    for (const [k, path] of paths.entries()) {
      coder.encode(path, sink);
      if (k === 0) encodeLevel(sink, index, odds % CHANNELS, path.magnitudeClass);
    }
  }

  #begin(odds: number): ReportCoder | PathCoder {
    if (odds < CHANNELS) {
      this.#network.start(odds);
      return this.#network;
    }
    this.#tables[odds - CHANNELS].restart();
    return this.#tables[odds - CHANNELS];
  }

  #read(bytes: Uint8Array): { index: number; paths: QuantizedPath[] } {
    const source = new PrefixSource(bytes);
    const name = "PathTransformerCodec.decode";
    const start = source.attempt(() => {
      const kind = source.locate(KINDS);
      const usual = kind < USUAL;
      source.consume(usual ? 0 : kind, usual ? USUAL : 1, KINDS);
      if (!usual) return { kind };
      const odds = source.locate(ODDS);
      source.consume(odds, 1, ODDS);
      const coder = this.#begin(odds);
      const first = coder.decode(source);
      return { kind: 0, coder, first, index: decodeLevel(source, odds % CHANNELS, first.magnitudeClass) };
    });
    if (start === undefined)
      invalid("CORRUPT_REPORT", name, "the bytes must hold the start of a report", bytes.length);
    const { kind, coder, first, index } = start;
    if (kind > EMPTY) invalid("UNSUPPORTED_VERSION", name, `the kind must be at most ${EMPTY}`, kind);
    if (coder === undefined) return { index: 0, paths: [] };
    const paths = [first];
    while (paths.length < MOST_PATHS) {
      const path = source.attempt(() => coder.decode(source));
      if (path === undefined) break;
      paths.push(path);
    }
    return { index, paths };
  }
}

/** Paths in the order in which their odds want them. */
function ordered(paths: readonly QuantizedPath[], odds: number): QuantizedPath[] {
  return [...paths].sort(odds < CHANNELS ? inOrder : inCellOrder);
}
