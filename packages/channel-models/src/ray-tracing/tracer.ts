// Ray tracing by the image method: specular reflections at upright walls up to a
// given order, each with and without one bounce off the ground. No diffraction, no
// diffuse scattering, no transmission.
//
// Walls are upright and the ground is level, so a path is found in the plan view and
// its height follows by unfolding: it changes linearly with the distance walked in
// the plan, folded once at the ground.
import { invalid } from "@csi-feedback/common";
import { type PropagationPaths, SPEED_OF_LIGHT } from "../paths";
import { type Complex, complexPermittivity, type Field, reflectField, type Vector3 } from "./reflection";
import type { Scene } from "./scene";

/** What the tracer looks for. */
export interface RayTracerOptions {
  /** [Hz] */
  readonly carrierFrequency: number;
  /** Most wall reflections of a path; 3 by default, from 0 to 5. */
  readonly order?: number;
  /** Only this many strongest paths are kept; 10 by default. */
  readonly strongest?: number;
}

/** Paths of one link, strongest first, with how each came about. */
export interface TracedPaths extends PropagationPaths {
  readonly zeniths: Float64Array;
  readonly arrivalAzimuths: Float64Array;
  readonly arrivalZeniths: Float64Array;
  /** Wall reflections of each path. */
  readonly wallReflections: Int32Array;
  /** Ground reflections of each path, 0 or 1. */
  readonly groundReflections: Int32Array;
}

interface Wall {
  readonly x: number;
  readonly y: number;
  /** Along the wall, unit. */
  readonly alongX: number;
  readonly alongY: number;
  readonly length: number;
  readonly height: number;
  readonly permittivity: Complex;
}

/** A mirror image of the transmitter, behind `wall`, of the image `parent`. */
interface Image {
  readonly x: number;
  readonly y: number;
  readonly wall: Wall | null;
  readonly parent: Image | null;
  readonly order: number;
}

/** Lengths below this count as touching [m]. */
const TOUCHING = 1e-6;

/** Signed distance of a point from a wall's line, positive outside the building. */
function outside(wall: Wall, x: number, y: number): number {
  return wall.alongY * (x - wall.x) - wall.alongX * (y - wall.y);
}

interface Candidate {
  readonly delay: number;
  readonly re: number;
  readonly im: number;
  readonly departure: Vector3;
  readonly arrival: Vector3;
  readonly walls: number;
  readonly ground: number;
}

/** Unit vector of increasing zenith angle, the polarisation of an upright antenna. */
function zenithUnit([x, y, z]: Vector3): Vector3 {
  const horizontal = Math.hypot(x, y);
  return horizontal < 1e-12 ? [1, 0, 0] : [(z * x) / horizontal, (z * y) / horizontal, -horizontal];
}

/** Traces links of one scene from one transmitter. */
export class RayTracer {
  readonly #transmitter: Vector3;
  readonly #walls: readonly Wall[];
  readonly #images: readonly Image[];
  readonly #ground: Complex | null;
  readonly #wavelength: number;
  readonly #strongest: number;

  /**
   * @param transmitter - position [m]; the scene's base station by default.
   * @throws CsiFeedbackError `INVALID_ARGUMENT`.
   */
  constructor(scene: Scene, options: RayTracerOptions, transmitter: Vector3 = scene.baseStation.position) {
    const { carrierFrequency, order = 3, strongest = 10 } = options;
    if (!(carrierFrequency > 0 && Number.isFinite(carrierFrequency))) {
      invalid(
        "INVALID_ARGUMENT",
        "RayTracer",
        "carrierFrequency must be positive and finite",
        carrierFrequency,
      );
    }
    if (!Number.isSafeInteger(order) || order < 0 || order > 5) {
      invalid("INVALID_ARGUMENT", "RayTracer", "order must be an integer from 0 to 5", order);
    }
    if (!Number.isSafeInteger(strongest) || strongest < 1) {
      invalid("INVALID_ARGUMENT", "RayTracer", "strongest must be a positive integer", strongest);
    }
    this.#transmitter = transmitter;
    this.#wavelength = SPEED_OF_LIGHT / carrierFrequency;
    this.#strongest = strongest;
    this.#ground =
      scene.ground === null ? null : complexPermittivity(scene.materials[scene.ground], carrierFrequency);
    this.#walls = scene.buildings.flatMap(({ footprint, height, material }) =>
      footprint.map(([x, y], i) => {
        const [nextX, nextY] = footprint[(i + 1) % footprint.length];
        const length = Math.hypot(nextX - x, nextY - y);
        return {
          x,
          y,
          alongX: (nextX - x) / length,
          alongY: (nextY - y) / length,
          length,
          height,
          permittivity: complexPermittivity(scene.materials[material], carrierFrequency),
        };
      }),
    );
    this.#images = this.#mirror(order);
  }

  /** All images of the transmitter up to an order; each wall sees the image that it mirrors. */
  #mirror(order: number): Image[] {
    const [x, y] = this.#transmitter;
    const images: Image[] = [{ x, y, wall: null, parent: null, order: 0 }];
    for (let i = 0; i < images.length; i++) {
      const parent = images[i];
      if (parent.order === order) {
        continue;
      }
      for (const wall of this.#walls) {
        if (wall === parent.wall) {
          continue;
        }
        const distance = outside(wall, parent.x, parent.y);
        if (distance <= TOUCHING || !this.#reaches(parent, wall)) {
          continue;
        }
        images.push({
          x: parent.x - 2 * distance * wall.alongY,
          y: parent.y + 2 * distance * wall.alongX,
          wall,
          parent,
          order: parent.order + 1,
        });
      }
    }
    return images;
  }

  /** Whether light that an image sends through its own wall can fall on another wall. */
  #reaches(image: Image, wall: Wall): boolean {
    const window = image.wall;
    if (window === null) {
      return true;
    }
    const ends = [0, wall.length].map((t) => [wall.x + t * wall.alongX, wall.y + t * wall.alongY]);
    if (ends.every(([x, y]) => outside(window, x, y) <= TOUCHING)) {
      return false;
    }
    // Seen from the image, the wall must not lie wholly beside either edge of the window.
    const side = (x: number, y: number, [toX, toY]: readonly number[]) =>
      (x - image.x) * (toY - image.y) - (y - image.y) * (toX - image.x);
    const [left, right] = [
      [window.x, window.y],
      [window.x + window.length * window.alongX, window.y + window.length * window.alongY],
    ];
    const turn = Math.sign(side(left[0], left[1], right));
    const beyondLeft = ends.every((end) => turn * side(left[0], left[1], end) <= 0);
    const beyondRight = ends.every((end) => turn * side(right[0], right[1], end) >= 0);
    return !(beyondLeft || beyondRight);
  }

  /**
   * The paths from the transmitter to a receiver [m], strongest first; none when
   * every path is blocked. Azimuths are those of the scene.
   */
  trace(receiver: Vector3): TracedPaths {
    const found: Candidate[] = [];
    for (const image of this.#images) {
      const plan = this.#planPath(image, receiver);
      if (plan === null) {
        continue;
      }
      for (const bounce of this.#ground === null ? [0] : [0, 1]) {
        const candidate = this.#follow(plan.points, plan.walls, receiver[2], bounce);
        if (candidate !== null) {
          found.push(candidate);
        }
      }
    }
    const power = (c: Candidate) => c.re * c.re + c.im * c.im;
    const kept = found.sort((a, b) => power(b) - power(a)).slice(0, this.#strongest);
    const column = (value: (c: Candidate) => number) => Float64Array.from(kept, value);
    return {
      delays: column((c) => c.delay),
      gainsRe: column((c) => c.re),
      gainsIm: column((c) => c.im),
      azimuths: column((c) => Math.atan2(c.departure[1], c.departure[0])),
      zeniths: column((c) => Math.acos(c.departure[2])),
      arrivalAzimuths: column((c) => Math.atan2(-c.arrival[1], -c.arrival[0])),
      arrivalZeniths: column((c) => Math.acos(-c.arrival[2])),
      wallReflections: Int32Array.from(kept, (c) => c.walls),
      groundReflections: Int32Array.from(kept, (c) => c.ground),
    };
  }

  /** The path in the plan from the transmitter over an image's walls, or null when it misses one. */
  #planPath(image: Image, receiver: Vector3): { points: [number, number][]; walls: Wall[] } | null {
    const points: [number, number][] = [[receiver[0], receiver[1]]];
    const walls: Wall[] = [];
    let [x, y] = receiver;
    for (let node = image; node.wall !== null && node.parent !== null; node = node.parent) {
      const { wall } = node;
      const from = outside(wall, x, y);
      const to = outside(wall, node.x, node.y);
      if (from <= TOUCHING) {
        return null;
      }
      const share = from / (from - to);
      const hitX = x + share * (node.x - x);
      const hitY = y + share * (node.y - y);
      const along = (hitX - wall.x) * wall.alongX + (hitY - wall.y) * wall.alongY;
      if (along < 0 || along > wall.length) {
        return null;
      }
      points.push([hitX, hitY]);
      walls.push(wall);
      [x, y] = [hitX, hitY];
    }
    points.push([this.#transmitter[0], this.#transmitter[1]]);
    return { points: points.reverse(), walls: walls.reverse() };
  }

  /** Heights, blockage and field along a plan path; null when blocked or over a wall's top. */
  #follow(
    plan: readonly [number, number][],
    walls: readonly Wall[],
    height: number,
    bounce: number,
  ): Candidate | null {
    const start = this.#transmitter[2];
    const end = bounce === 0 ? height : -height;
    const walked = [0];
    for (let i = 1; i < plan.length; i++) {
      walked.push(walked[i - 1] + Math.hypot(plan[i][0] - plan[i - 1][0], plan[i][1] - plan[i - 1][1]));
    }
    const total = walked[walked.length - 1];
    const unfolded = (s: number) => (total < TOUCHING ? start : start + ((end - start) * s) / total);
    for (let i = 0; i < walls.length; i++) {
      if (Math.abs(unfolded(walked[i + 1])) > walls[i].height) {
        return null;
      }
    }
    for (let i = 1; i < plan.length; i++) {
      if (this.#blocked(plan[i - 1], plan[i], walked[i - 1], walked[i], unfolded)) {
        return null;
      }
    }
    const corners: { at: Vector3; normal: Vector3; surface: Complex }[] = walls.map((wall, i) => ({
      at: [plan[i + 1][0], plan[i + 1][1], Math.abs(unfolded(walked[i + 1]))],
      normal: [wall.alongY, -wall.alongX, 0],
      surface: wall.permittivity,
    }));
    if (bounce === 1 && this.#ground !== null) {
      const s = (start * total) / (start - end);
      const leg = walked.findIndex((distance, i) => i > 0 && distance >= s);
      const share = (s - walked[leg - 1]) / (walked[leg] - walked[leg - 1]);
      const [x, y] = plan[leg - 1];
      const at: Vector3 = [x + share * (plan[leg][0] - x), y + share * (plan[leg][1] - y), 0];
      corners.splice(leg - 1, 0, { at, normal: [0, 0, 1], surface: this.#ground });
    }
    const receiver: Vector3 = [plan[plan.length - 1][0], plan[plan.length - 1][1], height];
    let from = this.#transmitter;
    let length = 0;
    let departure: Vector3 | null = null;
    let direction: Vector3 = [0, 0, 1];
    let field: Field = { re: [0, 0, 0], im: [0, 0, 0] };
    for (const corner of [...corners, null]) {
      const to = corner === null ? receiver : corner.at;
      const step = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
      if (step < TOUCHING) {
        return null;
      }
      direction = [(to[0] - from[0]) / step, (to[1] - from[1]) / step, (to[2] - from[2]) / step];
      if (departure === null) {
        departure = direction;
        field = { re: zenithUnit(direction), im: [0, 0, 0] };
      }
      length += step;
      if (corner !== null) {
        field = reflectField(field, direction, corner.normal, corner.surface);
      }
      from = to;
    }
    // The receiver's polarisation belongs to the direction that it looks into, against the ray.
    const polarization = zenithUnit([-direction[0], -direction[1], -direction[2]]);
    const spread = this.#wavelength / (4 * Math.PI * length);
    const receive = (v: Vector3) =>
      spread * (v[0] * polarization[0] + v[1] * polarization[1] + v[2] * polarization[2]);
    return {
      delay: length / SPEED_OF_LIGHT,
      re: receive(field.re),
      im: receive(field.im),
      departure: departure ?? direction,
      arrival: direction,
      walls: walls.length,
      ground: bounce,
    };
  }

  /** Whether a leg of a path runs into a wall below its top. */
  #blocked(
    [ax, ay]: readonly [number, number],
    [bx, by]: readonly [number, number],
    walkedA: number,
    walkedB: number,
    unfolded: (s: number) => number,
  ): boolean {
    const length = walkedB - walkedA;
    for (const wall of this.#walls) {
      const a = outside(wall, ax, ay);
      const b = outside(wall, bx, by);
      if ((a > 0 && b > 0) || (a < 0 && b < 0) || a === b) {
        continue;
      }
      const share = a / (a - b);
      if (share * length < TOUCHING || (1 - share) * length < TOUCHING) {
        continue;
      }
      const along =
        (ax + share * (bx - ax) - wall.x) * wall.alongX + (ay + share * (by - ay) - wall.y) * wall.alongY;
      if (along >= 0 && along <= wall.length && Math.abs(unfolded(walkedA + share * length)) < wall.height) {
        return true;
      }
    }
    return false;
  }
}
