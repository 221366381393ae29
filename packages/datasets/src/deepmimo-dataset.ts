// Reader of what DeepMIMO's MATLAB generator writes (versions 1 to 3): the cell array
// `DeepMIMO_dataset` of base stations, each with the channels of its users on every
// subcarrier. Not the scenario files that the generator starts from: see deepmimo.ts.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import { badFile } from "./files";
import type { MatNumeric, MatStruct, MatValue } from "./mat/format";

/** The variable that names such a file. */
export const DEEPMIMO_DATASET = "DeepMIMO_dataset";

interface Named {
  readonly name: string;
}

/**
 * The channels of one base station's users, user antenna 1 of each. Users that no path
 * reaches, whose channels are zero, are left out; `users` holds the numbers of the
 * others, from 1 as MATLAB counts.
 */
export function frequencyFromDeepMimo(
  source: Named,
  values: ReadonlyMap<string, MatValue>,
  baseStation = 1,
): { channels: FrequencyChannels; users: Float32Array } {
  const stations = cells(source, `variable ${DEEPMIMO_DATASET}`, values.get(DEEPMIMO_DATASET));
  const place = `${DEEPMIMO_DATASET}{${baseStation}}.user`;
  if (!(Number.isInteger(baseStation) && baseStation >= 1 && baseStation <= stations.length)) {
    badFile(
      "INVALID_ARGUMENT",
      source,
      `variable ${DEEPMIMO_DATASET}`,
      `baseStation must be an integer from 1 to ${stations.length}`,
      baseStation,
    );
  }
  const users = cells(source, place, field(stations[baseStation - 1], "user"));
  const channels = users.map((user, i) =>
    channelOf(source, `${place}{${i + 1}}.channel`, field(user, "channel")),
  );
  const [first] = channels;
  if (first === undefined) return badFile("INVALID_SHAPE", source, place, "there must be a user", 0);
  const { antennas, subcarriers } = first;
  const odd = channels.findIndex((c) => c.antennas !== antennas || c.subcarriers !== subcarriers);
  if (odd >= 0) {
    badFile(
      "INVALID_SHAPE",
      source,
      `${place}{${odd + 1}}.channel`,
      `it must have ${antennas} antennas and ${subcarriers} subcarriers as the first`,
      [channels[odd].antennas, channels[odd].subcarriers],
    );
  }
  const reached = channels.flatMap(({ re, im }, i) => (re.some(Boolean) || im.some(Boolean) ? [i] : []));
  if (reached.length === 0) badFile("INVALID_SHAPE", source, place, "a path must reach a user", "zeros only");
  const size = subcarriers * antennas;
  const re = new Float32Array(reached.length * size);
  const im = new Float32Array(reached.length * size);
  for (const [at, i] of reached.entries()) {
    re.set(channels[i].re, at * size);
    im.set(channels[i].im, at * size);
  }
  return {
    channels: { re, im, shape: [reached.length, subcarriers, antennas] },
    users: Float32Array.from(reached, (i) => i + 1),
  };
}

function cells(source: Named, place: string, value: MatValue | undefined): readonly MatValue[] {
  if (value?.kind !== "cell") {
    return badFile("INVALID_TYPE", source, place, "it must be a cell array", value?.kind ?? "nothing");
  }
  return value.cells;
}

function field(value: MatValue, name: string): MatValue | undefined {
  return value.kind === "struct" ? (value satisfies MatStruct).fields.get(name)?.[0] : undefined;
}

/** `[user antennas, antennas, subcarriers]` of versions 2 and 3, or `[antennas, subcarriers]` of version 1. */
function channelOf(source: Named, place: string, value: MatValue | undefined) {
  if (value?.kind !== "numeric" || value.dimensions.length < 2 || value.dimensions.length > 3) {
    const rule = "it must be a matrix [user antennas, antennas, subcarriers]";
    return badFile("INVALID_TYPE", source, place, rule, value?.kind ?? "nothing");
  }
  const [antennas, subcarriers] = value.dimensions.slice(-2);
  const step = value.dimensions.length === 3 ? value.dimensions[0] : 1;
  if (step * antennas * subcarriers === 0)
    badFile("INVALID_SHAPE", source, place, "no dimension may be empty", value.dimensions);
  const plane = (values: MatNumeric["re"] | undefined) => {
    const ordered = new Float32Array(subcarriers * antennas);
    for (let i = 0; values !== undefined && i < ordered.length; i++) {
      ordered[i] = Number(values[i * step]);
      if (!Number.isFinite(ordered[i]))
        badFile("NOT_FINITE", source, place, `element ${i * step} must be finite`, ordered[i]);
    }
    return ordered;
  };
  return { antennas, subcarriers, re: plane(value.re), im: plane(value.im) };
}
