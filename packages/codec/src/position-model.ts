// A model of which positions a report names, learned from training reports, for an
// adaptive binary arithmetic code. Energy sits at early delays and in clusters, so
// whether a place is selected depends on the place, on the neighbours already coded
// and on how many positions are still to come. Integers only: both ends must agree
// to the last bit.
import { invalid } from "@csi-feedback/common/errors";
import { assertIndexSet } from "./index-set";

/** A position model as plain JSON. */
export interface PositionModelJson {
  readonly kind: "position-model";
  /** Grid of the places: planes (2, or 1 for complex addressing), delays, antennas. */
  readonly grid: readonly [planes: number, delays: number, antennas: number];
  /** How often each place was selected, of 65,536. */
  readonly prior: readonly number[];
  /** Probability of selection in each context, of 65,536. */
  readonly probabilities: readonly number[];
}

const ONE = 65536;
const LEAST = 32;
const CLASSES = 16;
const NEIGHBOURHOODS = 28;
const DENSITIES = 5;
const CONTEXTS = CLASSES * NEIGHBOURHOODS * DENSITIES;
/** A coded place moves its context's probability by 1/128 of the way. */
const ADAPTATION = 7;

/** A learned position model, to be used as `indexCode` of a frame configuration; see {@link trainPositionModel}. */
export class PositionModel {
  readonly grid: readonly [planes: number, delays: number, antennas: number];
  readonly places: number;
  readonly prior: Uint32Array;
  readonly probabilities: Uint16Array;
  /** Sum of `prior` from a place on. */
  readonly remaining: Float64Array;
  /** First context of each place's class. */
  readonly classes: Uint16Array;

  /** @throws CsiFeedbackError `INVALID_MODEL`. */
  constructor(json: Omit<PositionModelJson, "kind">) {
    const { grid, prior, probabilities } = json;
    const places = grid[0] * grid[1] * grid[2];
    if (!(places >= 1 && places <= 65536 && grid.length === 3 && grid.every(Number.isInteger))) {
      bad("grid must be [planes, delays, antennas] with at most 65536 places", grid);
    }
    if (prior.length !== places || !prior.every((p) => Number.isInteger(p) && p >= 1 && p <= ONE)) {
      bad(`prior must be ${places} integers from 1 to ${ONE}`, prior);
    }
    if (
      probabilities.length !== CONTEXTS ||
      !probabilities.every((p) => Number.isInteger(p) && p >= LEAST && p <= ONE - LEAST)
    ) {
      bad(`probabilities must be ${CONTEXTS} integers from ${LEAST} to ${ONE - LEAST}`, probabilities);
    }
    this.grid = [grid[0], grid[1], grid[2]];
    this.places = places;
    this.prior = Uint32Array.from(prior);
    this.probabilities = Uint16Array.from(probabilities);
    this.remaining = new Float64Array(places + 1);
    for (let i = places - 1; i >= 0; i--) this.remaining[i] = this.remaining[i + 1] + prior[i];
    this.classes = Uint16Array.from(prior, (p) => classOf(p) * NEIGHBOURHOODS * DENSITIES);
  }

  toJSON(): PositionModelJson {
    return {
      kind: "position-model",
      grid: this.grid,
      prior: Array.from(this.prior),
      probabilities: Array.from(this.probabilities),
    };
  }
}

/** Class of a selection probability (of 65,536), by octaves: 0 (below 1/128) to 7, mirrored above one half to 15. */
function classOf(prior: number): number {
  const rare = Math.min(prior, ONE - prior);
  const octave = 31 - Math.clz32(Math.max(rare, 1));
  const step = Math.max(0, Math.min(7, octave - 8));
  return prior <= ONE / 2 ? step : 15 - step;
}

/** How many positions are to come against what the prior expects: 0 (far fewer) to 4 (far more). */
function densityOf(left: number, expected: number): number {
  const scaled = left * ONE;
  if (scaled < 0.5 * expected) return 0;
  if (scaled < 0.75 * expected) return 1;
  if (scaled < 1.5 * expected) return 2;
  if (scaled < 3 * expected) return 3;
  return 4;
}

/**
 * Visits the places in ascending order and asks `code` for each whether it is selected, giving it the
 * context; ends as soon as the rest is known. Both directions and training use this one walk.
 */
export function walkPlaces(
  model: Pick<PositionModel, "grid" | "places" | "remaining" | "classes">,
  count: number,
  code: (context: number, place: number) => boolean,
  select: (place: number, nth: number) => void,
): void {
  const [, delays, antennas] = model.grid;
  const width = antennas + 2;
  const planeSize = (delays + 2) * width;
  const map = new Uint8Array(planeSize * model.grid[0]);
  let left = count;
  let place = 0;
  for (let base = 0; left > 0; base += planeSize) {
    for (let delay = 0; delay < delays && left > 0; delay++) {
      let at = base + (delay + 1) * width + 1;
      for (let antenna = 0; antenna < antennas && left > 0; antenna++, at++, place++) {
        let selected = left === model.places - place;
        if (!selected) {
          const above = at - width;
          let near = Math.min(map[at - 1] + map[above] + map[above - 1] + map[above + 1], 3);
          if (base > 0) {
            const twin = at - planeSize;
            const around = map[twin - 1] + map[twin + 1] + map[twin - width] + map[twin + width];
            near += 4 * (1 + 3 * map[twin] + Math.min(around, 2));
          }
          const density = densityOf(left, model.remaining[place]);
          selected = code(model.classes[place] + near * DENSITIES + density, place);
        }
        if (selected) {
          map[at] = 1;
          select(place, count - left);
          left--;
        }
      }
    }
  }
}

/** Moves the probability of a context towards what happened. */
export function adapt(probabilities: Uint16Array, context: number, selected: boolean): void {
  const p = probabilities[context];
  const next = selected ? p + ((ONE - p) >> ADAPTATION) : p - (p >> ADAPTATION);
  probabilities[context] = Math.max(LEAST, Math.min(ONE - LEAST, next));
}

/**
 * Learns a position model from the positions of training reports.
 *
 * First how often each place is selected; then, walking through every report as the coder will, how
 * often a place is selected in each context: its class by that frequency, its neighbours already
 * coded (and, in the second plane, its twin in the first), and the number of positions still to come.
 * Several hundred reports are enough for a 2 x 32 x 32 grid. O(reports x places).
 *
 * @param reports - positions of each report, ascending, into the grid.
 * @param grid - `[2, delays, antennas]`, or `[1, delays, antennas]` for complex addressing.
 * @throws CsiFeedbackError `INVALID_POSITIONS`, or `INVALID_MODEL` when there is no report.
 *
 * @example
 * ```ts
 * import { trainPositionModel } from "@csi-feedback/codec";
 *
 * const reports = Array.from({ length: 200 }, (_, i) => Int32Array.of(i % 4, 4 + (i % 3), 8 + (i % 5)));
 * const model = trainPositionModel(reports, [2, 32, 32]);
 * console.log(model.places, model.prior[0] > model.prior[2047]); // 2048 true
 * ```
 */
export function trainPositionModel(
  reports: readonly Int32Array[],
  grid: readonly [planes: number, delays: number, antennas: number],
): PositionModel {
  if (reports.length === 0) bad("there must be at least one training report", 0);
  const places = grid[0] * grid[1] * grid[2];
  const selections = new Uint32Array(places);
  for (const positions of reports) {
    assertIndexSet("trainPositionModel", positions, places);
    for (const position of positions) selections[position]++;
  }
  const prior = Array.from(selections, (n) =>
    Math.max(1, Math.round(((n + 0.1) / (reports.length + 0.2)) * ONE)),
  );
  const blank = new PositionModel({ grid, prior, probabilities: new Array<number>(CONTEXTS).fill(ONE / 2) });
  const seen = new Float64Array(CONTEXTS);
  const hits = new Float64Array(CONTEXTS);
  for (const positions of reports) {
    let next = 0;
    const code = (context: number, place: number) => {
      const selected = positions[next] === place;
      seen[context]++;
      if (selected) hits[context]++;
      return selected;
    };
    walkPlaces(blank, positions.length, code, () => next++);
  }
  const probabilities = Array.from(seen, (n, context) => {
    // A context that was hardly seen leans on its class.
    const typical = typicalOf(Math.floor(context / (NEIGHBOURHOODS * DENSITIES)));
    const p = ((hits[context] + 2 * typical) / (n + 2)) * ONE;
    return Math.min(ONE - LEAST, Math.max(LEAST, Math.round(p)));
  });
  return new PositionModel({ grid, prior, probabilities });
}

/** A probability in the middle of a class. */
function typicalOf(placeClass: number): number {
  const step = placeClass < 8 ? placeClass : 15 - placeClass;
  const rare = (1.5 * 2 ** (step + 8)) / ONE;
  return placeClass < 8 ? Math.min(0.5, rare) : 1 - Math.min(0.5, rare);
}

function bad(rule: string, received: unknown): never {
  invalid("INVALID_MODEL", "PositionModel", rule, received);
}
