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
  /** What follows from the prior and is the same for every report. */
  readonly tables: PlaceTables;

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
    this.tables = tablesOf(this.grid, this.prior);
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

/** What a {@link PlaceWalk} looks up. */
export interface PlaceTables {
  readonly places: number;
  /** A map of the places with a margin around each plane: its size, its row and its plane. */
  readonly mapSize: number;
  readonly row: number;
  readonly plane: number;
  /** Where each place is on the map. */
  readonly cells: Uint32Array;
  /** First context of each place. */
  readonly contexts: Uint16Array;
  /** Sum of the prior from each place on. */
  readonly remaining: Float64Array;
}

function tablesOf([planes, delays, antennas]: PositionModel["grid"], prior: Uint32Array): PlaceTables {
  const places = prior.length;
  const row = antennas + 2;
  const plane = (delays + 2) * row;
  const remaining = new Float64Array(places + 1);
  for (let i = places - 1; i >= 0; i--) remaining[i] = remaining[i + 1] + prior[i];
  const cells = Uint32Array.from(prior, (_, place) => {
    const line = Math.floor(place / antennas);
    const margins = 2 * Math.floor(line / delays) + 1;
    return (line + margins) * row + (place % antennas) + 1;
  });
  const contexts = Uint16Array.from(
    prior,
    (p, place) => classOf(p) * NEIGHBOURHOODS * DENSITIES + (place < delays * antennas ? 0 : NEXT_PLANE),
  );
  return { places, mapSize: planes * plane, row, plane, cells, contexts, remaining };
}

/** Class of a selection probability (of 65,536), by octaves: 0 (below 1/128) to 7, mirrored above one half to 15. */
function classOf(prior: number): number {
  const rare = Math.min(prior, ONE - prior);
  const octave = 31 - Math.clz32(Math.max(rare, 1));
  const step = Math.max(0, Math.min(7, octave - 8));
  return prior <= ONE / 2 ? step : 15 - step;
}

/**
 * How many positions are to come against what the prior expects, in classes from far fewer to far more: the upper end of
 * each class.
 */
const DENSITY_ENDS = [0.5, 0.75, 1.5, 3, Number.POSITIVE_INFINITY];

// What is known of a place from those before it, in one number: how many of its left and upper neighbours are
// selected, how many of its twin's four neighbours in the plane before, and whether the twin is.
const NEAR = 1;
const AROUND = 8;
const TWIN = 64;

/** First context of what is known, within a class and a plane. */
const NEIGHBOURHOOD = Uint8Array.from({ length: 128 }, (_, known) => {
  const near = Math.min(known % AROUND, 3);
  const around = Math.min((known % TWIN) >> 3, 2);
  return DENSITIES * (near + 4 * (around + (known >= TWIN ? 3 : 0)));
});
/** Added in planes that have one before them. */
const NEXT_PLANE = 4 * DENSITIES;

/**
 * A walk through the places in ascending order that knows the context of each; both directions and training take this
 * one. A selected place tells its later neighbours, which is rarer than every place asking its earlier ones.
 */
export class PlaceWalk {
  place = 0;
  /** Selected places still to come. */
  left: number;
  #density = 0;
  /** With a margin around each plane, so that neighbours outside it need no test. */
  readonly #known: Uint8Array;
  readonly #tables: PlaceTables;

  constructor(tables: PlaceTables, count: number) {
    this.#tables = tables;
    this.left = count;
    this.#known = new Uint8Array(tables.mapSize);
  }

  /** Whether the answer at this place is open; once it is not, the next `left` places are selected and no other. */
  isOpen(): boolean {
    return this.left > 0 && this.left < this.#tables.places - this.place;
  }

  /** The context of this place; call {@link answer} next. */
  context(): number {
    const { cells, contexts, remaining } = this.#tables;
    const { place } = this;
    while (this.left * ONE >= DENSITY_ENDS[this.#density] * remaining[place]) this.#density++;
    return contexts[place] + NEIGHBOURHOOD[this.#known[cells[place]]] + this.#density;
  }

  /** Goes on to the next place. */
  answer(selected: boolean): void {
    if (selected) this.#select();
    this.place++;
  }

  #select(): void {
    const known = this.#known;
    const { cells, row, plane } = this.#tables;
    this.left--;
    this.#density = 0;
    const at = cells[this.place];
    known[at + 1] += NEAR;
    known[at + row - 1] += NEAR;
    known[at + row] += NEAR;
    known[at + row + 1] += NEAR;
    const twin = at + plane;
    if (twin >= known.length) return;
    known[twin] += TWIN;
    known[twin - 1] += AROUND;
    known[twin + 1] += AROUND;
    known[twin - row] += AROUND;
    known[twin + row] += AROUND;
  }
}

/** Moves the probability of a context towards what happened; less than 1/128 from an end it stays. */
export function adapt(probabilities: Uint16Array, context: number, selected: boolean): void {
  const p = probabilities[context];
  probabilities[context] = selected ? p + ((ONE - p) >> ADAPTATION) : p - (p >> ADAPTATION);
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
    const walk = new PlaceWalk(blank.tables, positions.length);
    for (let next = 0; walk.isOpen(); ) {
      const selected = positions[next] === walk.place;
      const context = walk.context();
      seen[context]++;
      if (selected) {
        hits[context]++;
        next++;
      }
      walk.answer(selected);
    }
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
