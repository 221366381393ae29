// Paths as symbols of the range coder, strongest class first and within a class by place,
// so that the order, which carries nothing, costs nothing. Every path shifts the odds of
// the next one's place towards itself.

import { DROP_CLASSES, DROP_RUNS, DROP_SYMBOLS, OFFSET_SPAN, type PathModelJson } from "./path-model";
import type { QuantizedPath } from "./quantized-path";
import { type CellGrid, cellParts, classSize, classStart, LARGEST_CLASS, phaseCount } from "./resolution";

/** Where symbols go: a range encoder, or a count of bits. */
export interface SymbolSink {
  encode(cumulative: number, frequency: number, total: number): void;
}

/** Where symbols come from: a range decoder. */
export interface SymbolSource {
  locate(total: number): number;
  consume(cumulative: number, frequency: number, total: number): void;
}

/** Counts the bits of symbols without making them. */
export class BitCounter implements SymbolSink {
  bits = 0;

  encode(_cumulative: number, frequency: number, total: number): void {
    this.bits += Math.log2(total / frequency);
  }
}

/** Sums of the base weights of delays and of angles. */
const DELAY_TOTAL = 2 ** 12;
const ANGLE_TOTAL = 2 ** 10;

/** A model stretched over a grid: integer weights, none zero. */
export class PathTables {
  readonly grid: CellGrid;
  readonly angleCells: number;
  readonly delays: Float64Array;
  readonly angles: Float64Array;
  readonly offsets: Float64Array;
  readonly firstClass: Float64Array;
  readonly drops: Float64Array;
  /** Weight of each cell before the first path, and of each half tap. */
  readonly cells: Float64Array;
  readonly rowSums: Float64Array;
  readonly total: number;
  /** Reach of a path's company in rows and columns of angle cells, and its weight for each |delay| offset. */
  readonly rowReach: number;
  readonly columnReach: number;
  readonly companySums: Float64Array;

  constructor(model: PathModelJson, grid: CellGrid) {
    this.grid = grid;
    this.angleCells = grid.rows * grid.columns;
    this.delays = stretch(model.delays, grid.delays, DELAY_TOTAL);
    this.angles = stretch(grid.rows === 1 ? model.angles : [1], this.angleCells, ANGLE_TOTAL);
    const offsetTotal = sum(model.offsets, (weight, i) => weight * multiplicity(i));
    const share = (model.gathering / 1024) * DELAY_TOTAL * ANGLE_TOTAL;
    this.offsets = Float64Array.from(model.offsets, (weight) =>
      offsetTotal === 0 ? 0 : Math.floor((weight / offsetTotal) * share),
    );
    this.firstClass = Float64Array.from(model.firstClass, (weight) => 1 + weight);
    this.drops = Float64Array.from(model.drops, (weight) => 1 + weight);
    const { delays, angles, angleCells } = this;
    this.cells = new Float64Array(grid.delays * angleCells).map(
      (_, i) => delays[Math.floor(i / angleCells)] * angles[i % angleCells],
    );
    const all = angles.reduce((a, b) => a + b, 0);
    this.rowSums = delays.map((weight) => weight * all);
    this.total = this.rowSums.reduce((a, b) => a + b, 0);
    this.rowReach = reach(grid.rows);
    this.columnReach = reach(grid.columns);
    this.companySums = Float64Array.from({ length: OFFSET_SPAN }, (_, far) => {
      let weight = 0;
      for (let dr = -this.rowReach; dr <= this.rowReach; dr++) {
        for (let dc = -this.columnReach; dc <= this.columnReach; dc++) weight += this.company(far, dr, dc);
      }
      return weight;
    });
  }

  /** Weight that a path adds to a cell at an offset: |delay|, row, column. */
  company(far: number, dr: number, dc: number): number {
    return this.offsets[far * OFFSET_SPAN + Math.max(Math.abs(dr), Math.abs(dc))];
  }
}

/** How far a path's company reaches around a circle of cells without meeting itself. */
function reach(cells: number): number {
  return cells === 1 ? 0 : Math.min(OFFSET_SPAN - 1, Math.floor((cells - 1) / 2));
}

/** Cells at an offset of |delay|, |angle|. */
function multiplicity(i: number): number {
  return (i >= OFFSET_SPAN ? 2 : 1) * (i % OFFSET_SPAN > 0 ? 2 : 1);
}

function sum(values: readonly number[], term: (value: number, i: number) => number): number {
  return values.reduce((total, value, i) => total + term(value, i), 0);
}

/** Integer weights over `length` cells, at least 1 each, in the proportions of `weights`. */
function stretch(weights: readonly number[], length: number, total: number): Float64Array {
  const values = Float64Array.from(
    { length },
    (_, i) => weights[Math.min(weights.length - 1, Math.floor(((i + 0.5) * weights.length) / length))],
  );
  const all = values.reduce((a, b) => a + b, 0) || 1;
  return values.map((value) => 1 + Math.floor((value / all) * total));
}

/** The state that both ends share while the paths of a report go by. */
export class PathCoder {
  readonly #tables: PathTables;
  readonly #weights: Float64Array;
  readonly #rowSums: Float64Array;
  #total: number;
  /** Class of the path before, -1 at the start; paths of it so far; its place. */
  #class = -1;
  #run = 0;
  #cell = 0;

  constructor(tables: PathTables) {
    this.#tables = tables;
    this.#weights = tables.cells.slice();
    this.#rowSums = tables.rowSums.slice();
    this.#total = tables.total;
  }

  /** Forgets all paths. */
  restart(): void {
    this.#weights.set(this.#tables.cells);
    this.#rowSums.set(this.#tables.rowSums);
    this.#total = this.#tables.total;
    this.#class = -1;
    this.#run = 0;
    this.#cell = 0;
  }

  encode(path: QuantizedPath, sink: SymbolSink): void {
    const { magnitudeClass } = path;
    if (this.#class < 0) {
      encodeWeighted(sink, this.#tables.firstClass, 0, LARGEST_CLASS + 1, magnitudeClass);
    } else {
      const drop = this.#class - magnitudeClass;
      const symbols = Math.min(DROP_SYMBOLS, this.#class + 1);
      encodeWeighted(sink, this.#tables.drops, this.#dropContext(), symbols, Math.min(drop, symbols - 1));
      if (drop >= DROP_SYMBOLS - 1) sink.encode(drop - DROP_SYMBOLS + 1, 1, this.#class - DROP_SYMBOLS + 2);
    }
    const from = this.#start(magnitudeClass);
    const { below, total } = this.#sums(from, path.cell);
    sink.encode(below, this.#weights[path.cell], total);
    sink.encode(path.magnitude - classStart(magnitudeClass), 1, classSize(magnitudeClass));
    sink.encode(path.phase, 1, phaseCount(path.magnitude));
    const parts = cellParts(magnitudeClass);
    const { grid } = this.#tables;
    if (parts > 1) {
      sink.encode(path.delayPart, 1, parts);
      if (grid.rows > 1) sink.encode(path.rowPart, 1, parts);
      if (grid.columns > 1) sink.encode(path.columnPart, 1, parts);
    }
    this.#advance(magnitudeClass, path.cell);
  }

  decode(source: SymbolSource): QuantizedPath {
    const uniform = (total: number) => {
      const symbol = source.locate(total);
      source.consume(symbol, 1, total);
      return symbol;
    };
    let magnitudeClass: number;
    if (this.#class < 0) {
      magnitudeClass = decodeWeighted(source, this.#tables.firstClass, 0, LARGEST_CLASS + 1);
    } else {
      const symbols = Math.min(DROP_SYMBOLS, this.#class + 1);
      let drop = decodeWeighted(source, this.#tables.drops, this.#dropContext(), symbols);
      if (drop === DROP_SYMBOLS - 1) drop += uniform(this.#class - DROP_SYMBOLS + 2);
      magnitudeClass = this.#class - drop;
    }
    const cell = this.#decodeCell(source, this.#start(magnitudeClass));
    const magnitude = classStart(magnitudeClass) + uniform(classSize(magnitudeClass));
    const phase = uniform(phaseCount(magnitude));
    const parts = cellParts(magnitudeClass);
    const { grid } = this.#tables;
    const part = (cells: number) => (parts > 1 && cells > 1 ? uniform(parts) : 0);
    const delayPart = part(grid.delays);
    const rowPart = part(grid.rows);
    const columnPart = part(grid.columns);
    this.#advance(magnitudeClass, cell);
    return { magnitudeClass, cell, delayPart, rowPart, columnPart, magnitude, phase };
  }

  #start(magnitudeClass: number): number {
    return magnitudeClass === this.#class ? this.#cell : 0;
  }

  #dropContext(): number {
    const strong = Math.min(this.#class, DROP_CLASSES - 1);
    return (strong * DROP_RUNS + Math.min(this.#run, DROP_RUNS) - 1) * DROP_SYMBOLS;
  }

  /** Weight from cell `from` up to `cell`, and from `from` to the end. */
  #sums(from: number, cell: number): { below: number; total: number } {
    const before = this.#before(from);
    return { below: this.#before(cell) - before, total: this.#total - before };
  }

  #before(cell: number): number {
    const { angleCells } = this.#tables;
    const row = Math.floor(cell / angleCells);
    let weight = 0;
    for (let d = 0; d < row; d++) weight += this.#rowSums[d];
    for (let i = row * angleCells; i < cell; i++) weight += this.#weights[i];
    return weight;
  }

  #decodeCell(source: SymbolSource, from: number): number {
    const { angleCells } = this.#tables;
    const { total } = this.#sums(from, from);
    const wanted = source.locate(total) + this.#before(from);
    let below = 0;
    let row = 0;
    while (below + this.#rowSums[row] <= wanted) below += this.#rowSums[row++];
    let cell = row * angleCells;
    while (below + this.#weights[cell] <= wanted) below += this.#weights[cell++];
    source.consume(below - this.#before(from), this.#weights[cell], total);
    return cell;
  }

  #advance(magnitudeClass: number, cell: number): void {
    this.#run = magnitudeClass === this.#class ? this.#run + 1 : 1;
    this.#class = magnitudeClass;
    this.#cell = cell;
    const tables = this.#tables;
    const weights = this.#weights;
    const { grid, angleCells, rowReach, columnReach } = tables;
    const delay = Math.floor(cell / angleCells);
    const row = Math.floor((cell % angleCells) / grid.columns);
    const column = cell % grid.columns;
    const first = Math.max(0, delay - OFFSET_SPAN + 1);
    const last = Math.min(grid.delays - 1, delay + OFFSET_SPAN - 1);
    for (let d = first; d <= last; d++) {
      const far = Math.abs(d - delay);
      for (let dr = -rowReach; dr <= rowReach; dr++) {
        const at = d * angleCells + around(row + dr, grid.rows) * grid.columns;
        for (let dc = -columnReach; dc <= columnReach; dc++) {
          weights[at + around(column + dc, grid.columns)] += tables.company(far, dr, dc);
        }
      }
      this.#rowSums[d] += tables.companySums[far];
      this.#total += tables.companySums[far];
    }
  }
}

/** An index on a circle, at most one turn off. */
function around(index: number, length: number): number {
  if (index < 0) return index + length;
  return index < length ? index : index - length;
}

function encodeWeighted(
  sink: SymbolSink,
  weights: Float64Array,
  context: number,
  symbols: number,
  symbol: number,
): void {
  let below = 0;
  let total = 0;
  for (let i = 0; i < symbols; i++) {
    if (i < symbol) below += weights[context + i];
    total += weights[context + i];
  }
  sink.encode(below, weights[context + symbol], total);
}

function decodeWeighted(
  source: SymbolSource,
  weights: Float64Array,
  context: number,
  symbols: number,
): number {
  let total = 0;
  for (let i = 0; i < symbols; i++) total += weights[context + i];
  const wanted = source.locate(total);
  let below = 0;
  let symbol = 0;
  while (below + weights[context + symbol] <= wanted) below += weights[context + symbol++];
  source.consume(below, weights[context + symbol], total);
  return symbol;
}
