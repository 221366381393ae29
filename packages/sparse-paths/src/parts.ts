/** The parts that the codec is made of, for packages that put them together differently; no stable interface. */
export { Cholesky } from "./cholesky";
export { PathEstimator } from "./estimate";
export { BitCounter, PathCoder, PathTables, type SymbolSink, type SymbolSource } from "./path-coder";
export { WindowKernels } from "./path-list";
export { PrefixSource } from "./prefix-source";
export {
  classOfGain,
  coordinatesOf,
  gainOf,
  inCellOrder,
  type QuantizedPath,
  quantizeCoordinates,
  withGain,
} from "./quantized-path";
export {
  type CellGrid,
  cellGrid,
  cellParts,
  classOf,
  classSize,
  classStart,
  LARGEST_CLASS,
  phaseCount,
} from "./resolution";
export { NOTHING, searchPaths, stepIndexOf, stepOf } from "./search";
export { type Planes, Window } from "./window";
