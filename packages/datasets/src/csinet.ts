// CsiNet's layout of angle-delay channels, the de facto exchange format of CSI
// feedback: a matrix `HT` [N, 2 * antennas * delays] whose rows are [re, im][angle]
// [delay] in C order, angles centered, values in [0, 1] with 0.5 = zero.
// Beside it this file reads and writes `scale` (the peak of each sample) and any
// other variable with one row or column a sample.
import { centerAngles, type FrequencyChannels } from "@csi-feedback/channel-dft";
import { invalid } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { assertChannelSet, type ChannelSet, type Metadata } from "./channel-set";
import { badFile } from "./files";
import { encodeMat, type MatArray } from "./mat/write-mat";
import { type MatlabArray, realElements, rowMajor } from "./matlab-array";

/** Variables of a MAT file by name; undefined for those that are not numeric. */
export type MatlabVariables = ReadonlyMap<string, MatlabArray>;

export interface CsiNetLayout {
  /** Columns of the angle axis, when `HT` is not of 32 x 32. */
  readonly antennas?: number | undefined;
}

const RESERVED = new Set(["HT", "scale", "antennas", "delays"]);

/** A channel set from the variables of a CsiNet file. */
export function channelsFromCsiNet(
  source: { name: string },
  variables: MatlabVariables,
  layout: CsiNetLayout,
  metadata: Metadata,
): ChannelSet {
  const table = variables.get("HT");
  if (table === undefined) {
    return badFile("MISSING_VARIABLE", source, "variables", "a CsiNet file has HT", [...variables.keys()]);
  }
  const [count, width] = table.dimensions;
  if (table.dimensions.length !== 2 || width === 0) {
    badFile(
      "INVALID_SHAPE",
      source,
      "variable HT",
      "it must be [samples, 2 * antennas * delays]",
      table.dimensions,
    );
  }
  const { delays, antennas } = sizes(source, variables, layout, width);
  const values = realElements(source, "HT", table);
  const data = new Float32Array(count * width);
  let place = 0;
  for (let sample = 0; sample < count; sample++) {
    for (let plane = 0; plane < 2; plane++) {
      for (let delay = 0; delay < delays; delay++) {
        for (let antenna = 0; antenna < antennas; antenna++) {
          const column = (plane * antennas + antenna) * delays + delay;
          const value = values[column * count + sample];
          if (!(value >= 0 && value <= 1)) {
            const rule = `row ${sample}, column ${column} must be in [0, 1]`;
            badFile(
              Number.isFinite(value) ? "OUT_OF_RANGE" : "NOT_FINITE",
              source,
              "variable HT",
              rule,
              value,
            );
          }
          data[place++] = value;
        }
      }
    }
  }
  const scale = variables.get("scale");
  return {
    data,
    shape: [count, 2, delays, antennas],
    ...(scale === undefined ? {} : { scale: scales(source, scale, count) }),
    angleOrder: "centered",
    perSample: perSample(source, variables, count),
    metadata,
  };
}

function sizes(source: { name: string }, variables: MatlabVariables, layout: CsiNetLayout, width: number) {
  const stored = variables.get("antennas");
  const antennas =
    layout.antennas ?? (stored === undefined ? undefined : realElements(source, "antennas", stored)[0]) ?? 32;
  const delays = width / (2 * antennas);
  if (!Number.isSafeInteger(antennas) || antennas < 1 || !Number.isInteger(delays)) {
    const rule = `${antennas} antennas must divide half the ${width} columns of HT`;
    badFile("INVALID_SHAPE", source, "variable HT", rule, antennas);
  }
  return { antennas, delays };
}

function scales(source: { name: string }, array: MatlabArray, count: number): Float32Array {
  const values = Float32Array.from(realElements(source, "scale", array), (peak) => 2 * peak);
  if (values.length !== count && values.length !== 1) {
    badFile(
      "INVALID_SHAPE",
      source,
      "variable scale",
      `one value for each of ${count} samples`,
      array.dimensions,
    );
  }
  const bad = values.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
  if (bad >= 0)
    badFile("OUT_OF_RANGE", source, "variable scale", `value ${bad} must be positive`, values[bad] / 2);
  return values;
}

/** Every other real variable whose first or only long dimension counts the samples. */
function perSample(
  source: { name: string },
  variables: MatlabVariables,
  count: number,
): Record<string, Float32Array> {
  const fields: Record<string, Float32Array> = {};
  for (const [name, array] of variables) {
    const [rows, columns] = array.dimensions;
    const isRow = rows === 1 && columns === count;
    if (RESERVED.has(name) || array.im !== undefined || array.dimensions.length !== 2) continue;
    if (count > 0 && columns > 0 && (rows === count || isRow)) {
      fields[name] = Float32Array.from(
        isRow ? realElements(source, name, array) : rowMajor(source, name, array),
      );
    }
  }
  return fields;
}

/**
 * `HF_all` of CsiNet's evaluation files: `[N, antennas * tones]` complex, antenna
 * before tone. CsiNet keeps the first 125 of 257 tones.
 */
export function frequencyFromCsiNet(
  source: { name: string },
  table: MatlabArray,
  layout: CsiNetLayout,
): FrequencyChannels {
  const [count, width] = table.dimensions;
  const antennas = layout.antennas ?? 32;
  const tones = width / antennas;
  if (table.dimensions.length !== 2 || !Number.isInteger(tones) || tones < 1) {
    const rule = `it must be [samples, ${antennas} antennas * tones]`;
    badFile("INVALID_SHAPE", source, "variable HF_all", rule, table.dimensions);
  }
  if (table.im === undefined)
    badFile("INVALID_TYPE", source, "variable HF_all", "it must be complex", "a real array");
  const re = new Float32Array(count * width);
  const im = new Float32Array(count * width);
  let place = 0;
  for (let sample = 0; sample < count; sample++) {
    for (let tone = 0; tone < tones; tone++) {
      for (let antenna = 0; antenna < antennas; antenna++) {
        const from = (antenna * tones + tone) * count + sample;
        re[place] = Number(table.re[from]);
        im[place] = Number(table.im![from]);
        if (!Number.isFinite(re[place]) || !Number.isFinite(im[place])) {
          badFile("NOT_FINITE", source, "variable HF_all", `row ${sample} must be finite`, re[place]);
        }
        place++;
      }
    }
  }
  return { re, im, shape: [count, tones, antennas] };
}

/**
 * The bytes of a MAT file (Level 5, compressed) in CsiNet's layout: `HT`, `scale`
 * where the set has it (the peak of each sample, half of the set's scale), and one
 * variable for each `perSample` entry. Sizes other than 32 x 32 add the scalars
 * `antennas` and `delays`. Metadata has no place in this layout.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `OUT_OF_RANGE`,
 * `INVALID_ARGUMENT` for a name that MATLAB would refuse.
 */
export function encodeCsiNet(set: ChannelSet): Uint8Array {
  assertChannelSet("encodeCsiNet", set);
  const { data } = set.angleOrder === "centered" ? set : centerAngles(set);
  const [count, , delays, antennas] = set.shape;
  const width = 2 * delays * antennas;
  const table = new Float32Array(data.length);
  for (let sample = 0; sample < count; sample++) {
    for (let place = 0; place < width; place++) {
      const [plane, delay, antenna] = [
        Math.floor(place / (delays * antennas)),
        Math.floor(place / antennas) % delays,
        place % antennas,
      ];
      table[((plane * antennas + antenna) * delays + delay) * count + sample] = data[sample * width + place];
    }
  }
  const variables: Record<string, MatArray> = { HT: { dimensions: [count, width], data: table } };
  if (set.scale !== undefined) {
    variables.scale = { dimensions: [1, set.scale.length], data: set.scale.map((value) => value / 2) };
  }
  if (delays !== 32 || antennas !== 32) {
    variables.antennas = { dimensions: [1, 1], data: Float64Array.of(antennas) };
    variables.delays = { dimensions: [1, 1], data: Float64Array.of(delays) };
  }
  for (const [name, values] of Object.entries(set.perSample)) {
    if (RESERVED.has(name))
      invalid("INVALID_ARGUMENT", "encodeCsiNet", "this name belongs to the layout", name);
    variables[name] = columnMajor(values, count);
  }
  return encodeMat(variables);
}

function columnMajor(values: Float32Array, count: number): MatArray {
  const columns = count === 0 ? 0 : values.length / count;
  if (columns <= 1) return { dimensions: [1, values.length], data: values };
  const data = values.map((_, i) => values[(i % count) * columns + Math.floor(i / count)]);
  return { dimensions: [count, columns], data };
}

/**
 * Writes a channel set in CsiNet's layout; see {@link encodeCsiNet}. The file
 * appears whole or not at all.
 *
 * @throws CsiFeedbackError as {@link encodeCsiNet}; the error of the file system.
 */
export async function writeCsiNet(path: string, set: ChannelSet): Promise<void> {
  await writeFileAtomic(path, encodeCsiNet(set));
}
