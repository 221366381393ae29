// The paths of a report as symbols of the range coder, with the odds of the network.
import {
  cellParts,
  classSize,
  classStart,
  phaseCount,
  type QuantizedPath,
  type SymbolSink,
  type SymbolSource,
} from "@csi-feedback/sparse-paths/parts";
import { PathOdds, type Weights } from "./fixed-network";
import { DROPS } from "./network-shapes";
import { ANGLE_CELLS, fineColumn, fineDelay, middleOf } from "./tokens";

/** The state that both ends share while the paths of a report go by. */
export class ReportCoder {
  readonly #odds: PathOdds;
  #channel = 0;
  #index = 0;
  #run = 0;
  #firstClass = 0;
  #classBefore = 0;
  #delayBefore = 0;
  #columnBefore = 0;

  constructor(weights: Weights) {
    this.#odds = new PathOdds(weights);
  }

  /** Begins a report of a channel. */
  start(channel: number): void {
    this.#channel = channel;
    this.#index = 0;
    this.#run = 0;
    this.#odds.start(channel);
  }

  encode(path: QuantizedPath, sink: SymbolSink): void {
    this.#encodeClass(path, sink);
    this.#encodeRest(path, sink);
  }

  decode(source: SymbolSource): QuantizedPath {
    return this.#decodeRest(source, this.#decodeClass(source));
  }

  #encodeClass({ magnitudeClass }: QuantizedPath, sink: SymbolSink): void {
    if (this.#index === 0) {
      encodeWeighted(sink, this.#odds.firstClass(), magnitudeClass);
      return;
    }
    const symbols = Math.min(DROPS, this.#classBefore + 1);
    const drop = this.#classBefore - magnitudeClass;
    encodeWeighted(sink, this.#odds.drops(symbols), Math.min(drop, symbols - 1));
    if (drop >= DROPS - 1) sink.encode(drop - DROPS + 1, 1, this.#classBefore - DROPS + 2);
  }

  #decodeClass(source: SymbolSource): number {
    if (this.#index === 0) return decodeWeighted(source, this.#odds.firstClass());
    const symbols = Math.min(DROPS, this.#classBefore + 1);
    let drop = decodeWeighted(source, this.#odds.drops(symbols));
    if (drop === DROPS - 1) drop += uniform(source, this.#classBefore - DROPS + 2);
    return this.#classBefore - drop;
  }

  #encodeRest(path: QuantizedPath, sink: SymbolSink): void {
    const { magnitudeClass, magnitude, phase } = path;
    const parts = cellParts(magnitudeClass);
    const delay = fineDelay(path, ANGLE_CELLS);
    const column = fineColumn(path, ANGLE_CELLS);
    const { delayFrom, columnFrom } = this.#bounds(magnitudeClass);
    this.#delayOdds(magnitudeClass).encode(sink, delay, parts, delayFrom);
    this.#odds
      .angle(middleOf(delay, parts))
      .encode(sink, column, parts, delay === delayFrom ? columnFrom : 0);
    sink.encode(magnitude - classStart(magnitudeClass), 1, classSize(magnitudeClass));
    sink.encode(phase, 1, phaseCount(magnitude));
    this.#advance(magnitudeClass, delay, column);
  }

  #decodeRest(source: SymbolSource, magnitudeClass: number): QuantizedPath {
    const parts = cellParts(magnitudeClass);
    const { delayFrom, columnFrom } = this.#bounds(magnitudeClass);
    const delay = this.#delayOdds(magnitudeClass).decode(source, parts, delayFrom);
    const angles = this.#odds.angle(middleOf(delay, parts));
    const column = angles.decode(source, parts, delay === delayFrom ? columnFrom : 0);
    const magnitude = classStart(magnitudeClass) + uniform(source, classSize(magnitudeClass));
    const phase = uniform(source, phaseCount(magnitude));
    this.#advance(magnitudeClass, delay, column);
    return {
      magnitudeClass,
      cell: Math.floor(delay / parts) * ANGLE_CELLS + Math.floor(column / parts),
      delayPart: delay % parts,
      rowPart: 0,
      columnPart: column % parts,
      magnitude,
      phase,
    };
  }

  /** First parts that the order leaves for a path of a class. */
  #bounds(magnitudeClass: number): { delayFrom: number; columnFrom: number } {
    const same = this.#index > 0 && magnitudeClass === this.#classBefore;
    return same
      ? { delayFrom: this.#delayBefore, columnFrom: this.#columnBefore }
      : { delayFrom: 0, columnFrom: 0 };
  }

  #delayOdds(magnitudeClass: number) {
    const first = this.#index === 0;
    const firstClass = first ? magnitudeClass : this.#firstClass;
    return this.#odds.delay(magnitudeClass, firstClass, first ? magnitudeClass : this.#classBefore);
  }

  #advance(magnitudeClass: number, delay: number, column: number): void {
    const first = this.#index === 0;
    if (first) this.#firstClass = magnitudeClass;
    const classBefore = first ? magnitudeClass : this.#classBefore;
    this.#run = !first && magnitudeClass === classBefore ? this.#run + 1 : 1;
    const parts = cellParts(magnitudeClass);
    this.#odds.push(magnitudeClass, middleOf(delay, parts), middleOf(column, parts), {
      channel: this.#channel,
      firstClass: this.#firstClass,
      classBefore,
      index: this.#index,
      run: this.#run,
    });
    this.#index++;
    this.#classBefore = magnitudeClass;
    this.#delayBefore = delay;
    this.#columnBefore = column;
  }
}

function uniform(source: SymbolSource, total: number): number {
  const symbol = source.locate(total);
  source.consume(symbol, 1, total);
  return symbol;
}

function encodeWeighted(sink: SymbolSink, weights: Float64Array, symbol: number): void {
  let below = 0;
  let total = 0;
  for (const [i, weight] of weights.entries()) {
    if (i < symbol) below += weight;
    total += weight;
  }
  sink.encode(below, weights[symbol], total);
}

function decodeWeighted(source: SymbolSource, weights: Float64Array): number {
  const total = weights.reduce((a, b) => a + b, 0);
  const wanted = source.locate(total);
  let below = 0;
  let symbol = 0;
  while (below + weights[symbol] <= wanted) below += weights[symbol++];
  source.consume(below, weights[symbol], total);
  return symbol;
}
