// Reflection of a plane wave at a flat half-space: Fresnel's coefficients for a
// complex permittivity and their use on a field vector.
import type { SceneMaterial } from "./scene";

const VACUUM_PERMITTIVITY = 8.8541878128e-12;

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** Relative complex permittivity `eps - j sigma / (2 pi f eps0)` of a material at a frequency [Hz]. */
export function complexPermittivity(material: SceneMaterial, frequency: number): Complex {
  const gigahertz = frequency / 1e9;
  const [a, b] = material.permittivity;
  const [c, d] = material.conductivity;
  const conductivity = c * gigahertz ** d;
  return { re: a * gigahertz ** b, im: -conductivity / (2 * Math.PI * frequency * VACUUM_PERMITTIVITY) };
}

function multiply(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}

function divide(a: Complex, b: Complex): Complex {
  const norm = b.re * b.re + b.im * b.im;
  return { re: (a.re * b.re + a.im * b.im) / norm, im: (a.im * b.re - a.re * b.im) / norm };
}

/** Principal square root. */
function squareRoot({ re, im }: Complex): Complex {
  const modulus = Math.hypot(re, im);
  const root = Math.sqrt((modulus + Math.abs(re)) / 2);
  if (root === 0) {
    return { re: 0, im: 0 };
  }
  const other = im / (2 * root);
  return re >= 0 ? { re: root, im: other } : { re: Math.abs(other), im: im < 0 ? -root : root };
}

/**
 * Fresnel's reflection coefficients of the electric field, across (TE) and in (TM)
 * the plane of incidence. `cosine` is that of the angle from the surface's normal.
 *
 * @example
 * ```ts
 * import { fresnelCoefficients } from "@csi-feedback/channel-models";
 *
 * // Glass of permittivity 2.25 head on: (1 - 1.5) / (1 + 1.5) across the plane.
 * console.log(fresnelCoefficients({ re: 2.25, im: 0 }, 1).te.re.toFixed(3)); // -0.200
 * ```
 */
export function fresnelCoefficients(permittivity: Complex, cosine: number): { te: Complex; tm: Complex } {
  const root = squareRoot({ re: permittivity.re - (1 - cosine * cosine), im: permittivity.im });
  const dense = { re: permittivity.re * cosine, im: permittivity.im * cosine };
  return {
    te: divide({ re: cosine - root.re, im: -root.im }, { re: cosine + root.re, im: root.im }),
    tm: divide(
      { re: dense.re - root.re, im: dense.im - root.im },
      { re: dense.re + root.re, im: dense.im + root.im },
    ),
  };
}

/** A real vector in space. */
export type Vector3 = readonly [number, number, number];

/** A complex field vector. */
export interface Field {
  readonly re: Vector3;
  readonly im: Vector3;
}

function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** Reflects a field that travels along the unit vector `incident` at a surface with unit normal `normal`. */
export function reflectField(field: Field, incident: Vector3, normal: Vector3, permittivity: Complex): Field {
  const along = dot(incident, normal);
  const reflected: Vector3 = [
    incident[0] - 2 * along * normal[0],
    incident[1] - 2 * along * normal[1],
    incident[2] - 2 * along * normal[2],
  ];
  let across = cross(normal, incident);
  const length = Math.hypot(...across);
  if (length < 1e-12) {
    // Head on, every direction is across the plane of incidence: take one in the surface.
    const helper: Vector3 = Math.abs(normal[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0];
    const side = cross(normal, helper);
    const norm = Math.hypot(...side);
    across = [side[0] / norm, side[1] / norm, side[2] / norm];
  } else {
    across = [across[0] / length, across[1] / length, across[2] / length];
  }
  const { te, tm } = fresnelCoefficients(permittivity, Math.abs(along));
  const before = cross(across, incident);
  const after = cross(across, reflected);
  const s = multiply(te, { re: dot(field.re, across), im: dot(field.im, across) });
  const p = multiply(tm, { re: dot(field.re, before), im: dot(field.im, before) });
  return {
    re: [
      s.re * across[0] + p.re * after[0],
      s.re * across[1] + p.re * after[1],
      s.re * across[2] + p.re * after[2],
    ],
    im: [
      s.im * across[0] + p.im * after[0],
      s.im * across[1] + p.im * after[1],
      s.im * across[2] + p.im * after[2],
    ],
  };
}
