// What a user reports under the enhanced Type II codebook. The standard does not say how
// to choose; this is the direct way: the beams of most energy, the delays of most energy,
// the largest coefficients, and for each the nearest quantised value.
import { beam, type ComplexArray, type Ports } from "./ports";
import type { LayerTarget } from "./subbands";
import { basisVectors, hasWindow, type Rank, type TypeTwoParameters } from "./type-two-parameters";
import type { TypeTwoIndices, TypeTwoLayer } from "./type-two-report";

/** Reference amplitude of index 1 to 15 (TS 38.214 Table 5.2.2.2.5-2). */
export function referenceAmplitudeOf(index: number): number {
  return 2 ** ((index - 15) / 4);
}

/** Differential amplitude of index 0 to 7 (Table 5.2.2.2.5-3). */
export function differentialAmplitudeOf(index: number): number {
  return 2 ** ((index - 7) / 2);
}

/** Phases of a coefficient. */
export const PHASES = 16;

/** The indices for the layers' targets; undefined where a layer's target is zero. */
export function searchTypeTwo(
  parameters: TypeTwoParameters,
  targets: readonly LayerTarget[],
): TypeTwoIndices | undefined {
  const { subbands, rows } = parameters;
  const { rotation, beams, coefficients } = chooseBeams(parameters, targets);
  const delays = coefficients.map((layer) => toDelays(layer, rows, subbands));
  const strongest = delays.map(({ re, im }) => {
    let best = 0;
    for (let i = 1; i < re.length; i++) if (re[i] ** 2 + im[i] ** 2 > re[best] ** 2 + im[best] ** 2) best = i;
    return best;
  });
  const largest = delays.map(({ re, im }, l) => Math.hypot(re[strongest[l]], im[strongest[l]]));
  if (largest.some((magnitude) => !(magnitude > 1e-12 * Math.max(...largest)))) return undefined;
  const turned = delays.map((layer, l) => turn(layer, strongest[l] % subbands, subbands));
  const rank = targets.length as Rank;
  const { windowStart, bases } = chooseBasis(parameters, turned, rank);
  const { maximumCoefficients } = parameters;
  // At most K0 for a layer and 2 K0 for all.
  const most = rank > 2 ? Math.floor((2 * maximumCoefficients) / rank) : maximumCoefficients;
  const layers = turned.map((layer, l) =>
    quantise(parameters, layer, bases[l], Math.floor(strongest[l] / subbands), most),
  );
  return { rotation, beams, windowStart, layers };
}

/** The rotation and the L orthogonal beams that hold most of all layers' energy, and the coefficients on them. */
function chooseBeams(parameters: TypeTwoParameters, targets: readonly LayerTarget[]) {
  const { ports, beams: count } = parameters;
  let best = { energy: -1, rotation: [0, 0] as [number, number], beams: new Int32Array() };
  for (let q1 = 0; q1 < ports.o1; q1++) {
    for (let q2 = 0; q2 < ports.o2; q2++) {
      const energies = Float64Array.from({ length: ports.elements }, (_, index) => {
        const vector = orthogonalBeam(ports, q1, q2, index);
        return targets.reduce((sum, target) => sum + energyOn(ports, vector, target), 0);
      });
      const beams = Int32Array.from(energies.keys())
        .sort((a, b) => energies[b] - energies[a] || a - b)
        .slice(0, count)
        .sort();
      const energy = beams.reduce((sum, index) => sum + energies[index], 0);
      if (energy > best.energy) best = { energy, rotation: [q1, q2], beams };
    }
  }
  const { rotation, beams } = best;
  const vectors = [...beams].map((index) => orthogonalBeam(ports, ...rotation, index));
  const coefficients = targets.map((target) => projectAll(parameters, vectors, target));
  return { rotation, beams, coefficients };
}

/** Beam N1 n2 + n1 of a rotation. */
export function orthogonalBeam(ports: Ports, q1: number, q2: number, index: number): ComplexArray {
  const { n1, o1, o2 } = ports;
  return beam(ports, o1 * (index % n1) + q1, o2 * Math.floor(index / n1) + q2);
}

/** Inner product of a beam with the antennas from `from` on, over the beam's energy. */
function project(vector: ComplexArray, target: ComplexArray, from: number): [re: number, im: number] {
  const elements = vector.re.length;
  let [re, im] = [0, 0];
  for (let e = 0; e < elements; e++) {
    re += vector.re[e] * target.re[from + e] + vector.im[e] * target.im[from + e];
    im += vector.re[e] * target.im[from + e] - vector.im[e] * target.re[from + e];
  }
  return [re / elements, im / elements];
}

function energyOn({ elements }: Ports, vector: ComplexArray, target: LayerTarget): number {
  let energy = 0;
  for (let from = 0; from < target.re.length; from += elements) {
    const [re, im] = project(vector, target, from);
    energy += re * re + im * im;
  }
  return energy;
}

/** Coefficients `[rows, subbands]`, row = polarisation * L + beam. */
function projectAll(
  { ports, subbands, rows, beams }: TypeTwoParameters,
  vectors: readonly ComplexArray[],
  target: LayerTarget,
): ComplexArray {
  const re = new Float64Array(rows * subbands);
  const im = new Float64Array(rows * subbands);
  for (let row = 0; row < rows; row++) {
    const offset = Math.floor(row / beams) * ports.elements;
    for (let t = 0; t < subbands; t++) {
      [re[row * subbands + t], im[row * subbands + t]] = project(
        vectors[row % beams],
        target,
        t * ports.count + offset,
      );
    }
  }
  return { re, im };
}

/** The DFT of each row over the subbands, `(1 / N3) sum_t c(t) exp(-j 2 pi t n / N3)`. */
function toDelays({ re, im }: ComplexArray, rows: number, subbands: number): ComplexArray {
  const result = { re: new Float64Array(re.length), im: new Float64Array(re.length) };
  const cosines = Float64Array.from(
    { length: subbands },
    (_, i) => Math.cos((2 * Math.PI * i) / subbands) / subbands,
  );
  const sines = Float64Array.from(
    { length: subbands },
    (_, i) => Math.sin((-2 * Math.PI * i) / subbands) / subbands,
  );
  for (let row = 0; row < rows; row++) {
    for (let n = 0; n < subbands; n++) {
      const to = row * subbands + n;
      for (let t = 0; t < subbands; t++) {
        const [from, root] = [row * subbands + t, (t * n) % subbands];
        result.re[to] += cosines[root] * re[from] - sines[root] * im[from];
        result.im[to] += cosines[root] * im[from] + sines[root] * re[from];
      }
    }
  }
  return result;
}

/** Every row moved so that basis vector `by` becomes 0: a common phase ramp over the subbands, which no precoder shows. */
function turn({ re, im }: ComplexArray, by: number, subbands: number): ComplexArray {
  const moved = (plane: Float64Array) =>
    plane.map((_, place) => {
      const n = place % subbands;
      return plane[place - n + ((n + by) % subbands)];
    });
  return { re: moved(re), im: moved(im) };
}

/** The basis vectors of each layer and the window they share. */
function chooseBasis(parameters: TypeTwoParameters, layers: readonly ComplexArray[], rank: Rank) {
  const { subbands, rows } = parameters;
  const vectors = basisVectors(parameters, rank);
  const energies = layers.map(({ re, im }) =>
    Float64Array.from({ length: subbands }, (_, n) => {
      let energy = 0;
      for (let row = 0; row < rows; row++)
        energy += re[row * subbands + n] ** 2 + im[row * subbands + n] ** 2;
      return energy;
    }),
  );
  const choose = (allowed: number[]) => {
    const bases = energies.map((energy) =>
      Int32Array.of(
        0,
        ...allowed.sort((a, b) => energy[b] - energy[a] || a - b).slice(0, vectors - 1),
      ).sort(),
    );
    const energy = bases.reduce((sum, basis, l) => basis.reduce((part, n) => part + energies[l][n], sum), 0);
    return { bases, energy };
  };
  const others = (start: number, length: number) =>
    Array.from({ length }, (_, j) => (start + j + subbands) % subbands).filter((n) => n !== 0);
  if (!hasWindow(parameters)) return { windowStart: 0, bases: choose(others(0, subbands)).bases };
  let best = { windowStart: 0, ...choose(others(0, 2 * vectors)) };
  for (let windowStart = -1; windowStart > -2 * vectors; windowStart--) {
    const candidate = choose(others(windowStart, 2 * vectors));
    if (candidate.energy > best.energy) best = { windowStart, ...candidate };
  }
  return best;
}

/** One layer's coefficients, relative to its strongest, as indices. */
function quantise(
  { rows, beams, subbands, ports }: TypeTwoParameters,
  { re, im }: ComplexArray,
  basis: Int32Array,
  strongest: number,
  most: number,
): TypeTwoLayer {
  const vectors = basis.length;
  const scale = re[strongest * subbands] ** 2 + im[strongest * subbands] ** 2;
  const magnitudes = new Float64Array(rows * vectors);
  const angles = new Float64Array(rows * vectors);
  for (let at = 0; at < rows * vectors; at++) {
    const from = Math.floor(at / vectors) * subbands + basis[at % vectors];
    const [a, b] = [re[strongest * subbands], -im[strongest * subbands]];
    const [x, y] = [(re[from] * a - im[from] * b) / scale, (re[from] * b + im[from] * a) / scale];
    magnitudes[at] = Math.hypot(x, y);
    angles[at] = Math.atan2(y, x);
  }
  const first = strongest * vectors;
  const kept = Array.from(magnitudes.keys())
    .filter((at) => at !== first)
    .sort((a, b) => magnitudes[b] - magnitudes[a] || a - b)
    .slice(0, most - 1);
  const layer = {
    basis,
    strongest,
    bitmap: new Uint8Array(rows * vectors),
    amplitudes: new Uint8Array(rows * vectors),
    phases: new Uint8Array(rows * vectors),
  };
  layer.bitmap[first] = 1;
  layer.amplitudes[first] = 7;
  const reference = Array.from({ length: ports.polarizations }, (_, polarization) => {
    const own = kept.filter((at) => Math.floor(at / vectors / beams) === polarization);
    const nearest = (index: number) =>
      own.map((at) => nearestValue(magnitudes[at], angles[at], referenceAmplitudeOf(index)));
    let best = { index: 15, values: nearest(15) };
    if (Math.floor(strongest / beams) !== polarization) {
      const gain = (values: readonly Nearest[]) => values.reduce((sum, value) => sum + value.gain, 0);
      for (let index = 14; index >= 1; index--) {
        const values = nearest(index);
        if (gain(values) > gain(best.values)) best = { index, values };
      }
    }
    for (const [i, at] of own.entries()) {
      // A coefficient nearer to zero than to every value is not sent.
      if (best.values[i].gain <= 0) continue;
      layer.bitmap[at] = 1;
      layer.amplitudes[at] = best.values[i].amplitude;
      layer.phases[at] = best.values[i].phase;
    }
    return best.index;
  });
  return { ...layer, reference };
}

interface Nearest {
  readonly amplitude: number;
  readonly phase: number;
  /** How much squared error it takes away, over sending zero. */
  readonly gain: number;
}

/** The quantised value nearest to a coefficient. */
function nearestValue(magnitude: number, angle: number, reference: number): Nearest {
  const step = Math.round((angle * PHASES) / (2 * Math.PI));
  const along = magnitude * Math.cos(angle - (2 * Math.PI * step) / PHASES);
  let best = { amplitude: 0, gain: Number.NEGATIVE_INFINITY };
  for (let amplitude = 0; amplitude < 8; amplitude++) {
    const value = reference * differentialAmplitudeOf(amplitude);
    const gain = 2 * along * value - value * value;
    if (gain > best.gain) best = { amplitude, gain };
  }
  return { ...best, phase: (step + PHASES) % PHASES };
}
