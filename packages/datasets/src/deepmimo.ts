// Reader of DeepMIMO scenario files: ray-traced paths of every user. Version 3 has
// one MAT file for a base station and a range of users, version 4 a folder with one
// matrix for each quantity. The formula from paths to channels is `deepMimoChannel`
// of @csi-feedback/channel-models.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DeepMimoPaths } from "@csi-feedback/channel-models";
import { CsiFeedbackError } from "@csi-feedback/common";
import type { DenseArray } from "./dense-array";
import { badFile, DEFAULT_MAX_BYTES, withFile } from "./files";
import type { MatValue } from "./mat/format";
import { isMat5, parseMat } from "./mat/read-mat";
import { numericVariables, rowMajor } from "./matlab-array";
import { parseNpy } from "./numpy/npy";
import { zipEntries } from "./numpy/npz";

/** The paths of the users of one DeepMIMO file or folder. */
export interface DeepMimoScenario {
  /** One entry a user, in the order of the file; a user without paths has none. */
  readonly users: readonly DeepMimoPaths[];
  /** Position of each user [m], `[users, 3]` row by row; absent when the files lack it. */
  readonly positions?: Float64Array;
}

interface Named {
  readonly name: string;
}

/**
 * Reads the users of a version 3 file (`BS3_UE_0-1024.mat`): the cell array
 * `channels` of structs with the matrix `p`, whose rows are phase [deg], time of
 * arrival [s], power [dBm], azimuth and zenith of arrival and of departure [deg] and
 * the line-of-sight mark.
 *
 * @throws CsiFeedbackError as `readMat`, and `MISSING_VARIABLE`, `INVALID_SHAPE`,
 * `INVALID_TYPE`, `NOT_FINITE`.
 */
export async function readDeepMimoV3(
  path: string,
  options: { maxBytes?: number } = {},
): Promise<DeepMimoScenario> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  return withFile(path, (source) =>
    scenarioOfVersion3(source, parseMat(source, { maxBytes, variables: ["channels", "rx_locs"] })),
  );
}

function scenarioOfVersion3(source: Named, values: ReadonlyMap<string, MatValue>): DeepMimoScenario {
  const channels = values.get("channels");
  if (channels?.kind !== "cell") {
    return badFile(
      "MISSING_VARIABLE",
      source,
      "variable channels",
      "it must be a cell array",
      channels?.kind ?? "none",
    );
  }
  const users = channels.cells.map((cell, user) => pathsOfVersion3(source, cell, user));
  const locations = numericVariables(values).get("rx_locs");
  if (locations === undefined) return { users };
  const [rows, columns] = locations.dimensions;
  if (rows !== users.length || columns < 3) {
    badFile(
      "INVALID_SHAPE",
      source,
      "variable rx_locs",
      `it must be [${users.length}, 3 or more]`,
      locations.dimensions,
    );
  }
  const all = rowMajor(source, "rx_locs", locations);
  return {
    users,
    positions: Float64Array.from({ length: 3 * rows }, (_, i) => all[Math.floor(i / 3) * columns + (i % 3)]),
  };
}

function pathsOfVersion3(source: Named, cell: MatValue, user: number): DeepMimoPaths {
  const place = `variable channels{${user + 1}}`;
  const matrix = cell.kind === "struct" ? cell.fields.get("p")?.[0] : undefined;
  if (matrix?.kind !== "numeric" || matrix.im !== undefined) {
    return badFile("INVALID_TYPE", source, place, "it must be a struct with the real matrix p", cell.kind);
  }
  const [rows, paths] = matrix.dimensions;
  if (matrix.re.length > 0 && (matrix.dimensions.length !== 2 || rows < 8)) {
    badFile(
      "INVALID_SHAPE",
      source,
      `${place}.p`,
      "it must have a row for each of 8 quantities",
      matrix.dimensions,
    );
  }
  const row = (index: number) => {
    const values = Float64Array.from({ length: matrix.re.length === 0 ? 0 : paths }, (_, path) =>
      Number(matrix.re[path * rows + index]),
    );
    assertNumbers(source, `${place}.p row ${index + 1}`, values);
    return values;
  };
  return {
    phases: row(0),
    delays: row(1),
    powers: row(2),
    departureAzimuths: row(5),
    departureZeniths: row(6),
  };
}

function assertNumbers(source: Named, place: string, values: Float64Array): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) badFile("NOT_FINITE", source, place, `value ${bad} must be finite`, values[bad]);
}

/** Which links of a version 4 folder to read: its file names end in `_t{set}_tx{index}_r{set}`. */
export interface DeepMimoLink {
  readonly transmitterSet: number;
  readonly transmitter: number;
  readonly receiverSet: number;
}

const QUANTITIES = ["phase", "delay", "power", "aod_az", "aod_el"] as const;

/**
 * Reads the users of a version 4 folder, whose files (`power_t001_tx000_r002.mat` or
 * `.npz`) hold one matrix `[users, paths]` each, NaN where a user has no further path.
 *
 * @throws CsiFeedbackError `FILE_NOT_READABLE`, `MISSING_VARIABLE` for a quantity
 * without file, `INVALID_SHAPE` when the matrices differ in size, `NOT_FINITE`, and
 * what the readers of the formats throw.
 */
export async function readDeepMimoV4(
  folder: string,
  link: DeepMimoLink,
  options: { maxBytes?: number } = {},
): Promise<DeepMimoScenario> {
  const files = await listFolder(folder);
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const read = async (quantity: string): Promise<DenseArray | undefined> => {
    const file = files.find((name) => matchesLink(name, quantity, link));
    return file === undefined ? undefined : readMatrix(join(folder, file), maxBytes);
  };
  const matrices = new Map<string, DenseArray>();
  for (const quantity of QUANTITIES) {
    const matrix = await read(quantity);
    if (matrix === undefined)
      return badFile(
        "MISSING_VARIABLE",
        { name: folder },
        "files",
        `${quantity} of this link is needed`,
        files,
      );
    matrices.set(quantity, matrix);
    if (matrix.shape.length !== 2 || matrix.shape.join() !== matrices.get("phase")!.shape.join()) {
      badFile(
        "INVALID_SHAPE",
        { name: folder },
        quantity,
        "all quantities must be [users, paths] of one size",
        matrix.shape,
      );
    }
  }
  const [count, width] = matrices.get("power")!.shape;
  const users = Array.from({ length: count }, (_, user) => {
    const present = Array.from({ length: width }, (_, path) => user * width + path).filter(
      (place) => !Number.isNaN(matrices.get("power")!.re[place]),
    );
    const [phases, delays, powers, departureAzimuths, departureZeniths] = QUANTITIES.map((quantity) => {
      const values = Float64Array.from(present, (place) => matrices.get(quantity)!.re[place]);
      assertNumbers({ name: folder }, `${quantity}, user ${user}`, values);
      return values;
    });
    return { phases, delays, powers, departureAzimuths, departureZeniths };
  });
  const positions = await read("rx_pos");
  if (positions === undefined) return { users };
  if (positions.shape.join() !== `${count},3`) {
    badFile("INVALID_SHAPE", { name: folder }, "rx_pos", `it must be [${count}, 3]`, positions.shape);
  }
  return { users, positions: Float64Array.from(positions.re) };
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw new CsiFeedbackError("FILE_NOT_READABLE", `${folder}: is no folder that can be read`, {
      cause: error,
    });
  }
}

function matchesLink(name: string, quantity: string, link: DeepMimoLink): boolean {
  const match = /^(.+)_t(\d+)_tx(\d+)_r(\d+)\.(mat|npz)$/.exec(name);
  if (match === null || match[1] !== quantity) return false;
  const wanted = [link.transmitterSet, link.transmitter, link.receiverSet];
  return wanted.every((index, i) => Number(match[i + 2]) === index);
}

/** The only numeric array of a file. */
async function readMatrix(path: string, maxBytes: number): Promise<DenseArray> {
  return withFile(path, (source) => {
    if (isMat5(source.read(0, Math.min(128, source.size)))) {
      const [[name, array] = [], ...others] = numericVariables(parseMat(source, { maxBytes }));
      if (name === undefined || array === undefined || others.length > 0) {
        return badFile(
          "MISSING_VARIABLE",
          source,
          "variables",
          "it must hold exactly one matrix",
          others.length,
        );
      }
      return { shape: array.dimensions, re: rowMajor(source, name, array) };
    }
    const entries = zipEntries(source);
    if (entries.length !== 1)
      badFile("MISSING_VARIABLE", source, "arrays", "it must hold exactly one matrix", entries.length);
    return parseNpy({ name: `${path}, file ${entries[0].name}` }, entries[0].read(maxBytes), maxBytes);
  });
}
