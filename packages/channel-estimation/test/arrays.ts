// Arrays and hand-made channels that several tests use.
import { randomStream } from "@csi-feedback/common";
import { addScaled, type ComplexVector, zeroVector } from "../src/complex";
import { type AntennaPlaces, arrayResponse, type Wave } from "../src/waves";

export function linear(elements: number): AntennaPlaces {
  return { across: Float64Array.from({ length: elements }, (_, n) => 0.5 * (n - (elements - 1) / 2)) };
}

export function planar(rows: number, columns: number): AntennaPlaces {
  const place = (index: number, count: number) => 0.5 * (index - (count - 1) / 2);
  const count = rows * columns;
  return {
    across: Float64Array.from({ length: count }, (_, n) => place(n % columns, columns)),
    up: Float64Array.from({ length: count }, (_, n) => place(Math.floor(n / columns), rows)),
  };
}

/** Elements moved at random from the places of a linear array. */
export function irregular(elements: number): AntennaPlaces {
  const stream = randomStream(3);
  return { across: linear(elements).across.map((place) => place + 0.2 * (stream.uniform() - 0.5)) };
}

export function channelOf(places: AntennaPlaces, waves: readonly Wave[], seed = 1): ComplexVector {
  const stream = randomStream(seed);
  const channel = zeroVector(places.across.length);
  for (const wave of waves) {
    addScaled(channel, arrayResponse(places, wave), 2 + stream.uniform(), 1 + stream.normal());
  }
  return channel;
}

/** Squared error over energy [dB]. */
export function errorDb(estimate: ComplexVector, truth: ComplexVector): number {
  let [error, power] = [0, 0];
  for (let n = 0; n < truth.re.length; n++) {
    error += (estimate.re[n] - truth.re[n]) ** 2 + (estimate.im[n] - truth.im[n]) ** 2;
    power += truth.re[n] ** 2 + truth.im[n] ** 2;
  }
  return 10 * Math.log10(error / power);
}
