// Scenes for ray tracing: buildings as upright prisms, materials, a base station and
// user grids, read from plain JSON and checked field by field.
import { invalid } from "@csi-feedback/common";

/** Electrical properties after ITU-R P.2040: `a f^b` and `c f^d` with f in GHz. */
export interface SceneMaterial {
  /** `[a, b]` of the relative permittivity. */
  readonly permittivity: readonly [number, number];
  /** `[c, d]` of the conductivity [S/m]. */
  readonly conductivity: readonly [number, number];
}

/** An upright prism. */
export interface SceneBuilding {
  /** Corners of the base [m], counter-clockwise seen from above. */
  readonly footprint: readonly (readonly [number, number])[];
  /** [m] */
  readonly height: number;
  /** Name of a material of the scene. */
  readonly material: string;
}

/** A rectangular grid of user positions. */
export interface UserGrid {
  readonly name: string;
  /** Position of the first user [m]. */
  readonly corner: readonly [number, number];
  /** Users along x. */
  readonly columns: number;
  /** Users along y. */
  readonly rows: number;
  /** Distance between neighbours [m]. */
  readonly spacing: number;
  /** Height of the users [m]. */
  readonly height: number;
}

/** A scene for the ray tracer. */
export interface Scene {
  readonly name: string;
  readonly description?: string;
  readonly materials: Readonly<Record<string, SceneMaterial>>;
  /** Material of the ground at height 0, or null for a scene without ground. */
  readonly ground: string | null;
  readonly buildings: readonly SceneBuilding[];
  readonly baseStation: {
    /** [m] */
    readonly position: readonly [number, number, number];
    /** Azimuth of the array's x axis [deg]. */
    readonly arrayAzimuth: number;
  };
  readonly users: readonly UserGrid[];
}

function reject(field: string, rule: string, value: unknown): never {
  return invalid("INVALID_SCENE", "parseScene", `${field} must be ${rule}`, value);
}

function object(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    reject(field, "an object", value);
  }
  return value as Record<string, unknown>;
}

function list(value: unknown, field: string): unknown[] {
  return Array.isArray(value) ? value : reject(field, "an array", value);
}

function text(value: unknown, field: string): string {
  return typeof value === "string" ? value : reject(field, "a string", value);
}

function number(value: unknown, field: string): number {
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : reject(field, "a finite number", value);
}

function positive(value: unknown, field: string): number {
  const checked = number(value, field);
  return checked > 0 ? checked : reject(field, "positive", value);
}

function count(value: unknown, field: string): number {
  return Number.isSafeInteger(value) && (value as number) > 0
    ? (value as number)
    : reject(field, "a positive integer", value);
}

function numbers(value: unknown, field: string, length: number): number[] {
  const items = list(value, field);
  if (items.length !== length) {
    reject(field, `an array of ${length} numbers`, value);
  }
  return items.map((item, i) => number(item, `${field}[${i}]`));
}

function pair(value: unknown, field: string): [number, number] {
  const [first, second] = numbers(value, field, 2);
  return [first, second];
}

function footprint(value: unknown, field: string): [number, number][] {
  const corners = list(value, field).map((corner, i) => pair(corner, `${field}[${i}]`));
  let doubleArea = 0;
  corners.forEach(([x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length];
    doubleArea += x * nextY - nextX * y;
  });
  return corners.length >= 3 && doubleArea > 0
    ? corners
    : reject(field, "three or more corners in counter-clockwise order", value);
}

/**
 * Checks a scene that was read from JSON.
 *
 * @throws CsiFeedbackError `INVALID_SCENE` naming the field, the rule and the value.
 *
 * @example
 * ```ts
 * import { parseScene } from "@csi-feedback/channel-models";
 *
 * try {
 *   parseScene({ name: "empty", materials: {}, ground: "lava" });
 * } catch (error) {
 *   console.log((error as Error).message); // parseScene: ground must be the name of a material, received "lava"
 * }
 * ```
 */
export function parseScene(value: unknown): Scene {
  const scene = object(value, "scene");
  const materials: Record<string, SceneMaterial> = {};
  for (const [name, entry] of Object.entries(object(scene.materials, "materials"))) {
    const material = object(entry, `materials.${name}`);
    materials[name] = {
      permittivity: pair(material.permittivity, `materials.${name}.permittivity`),
      conductivity: pair(material.conductivity, `materials.${name}.conductivity`),
    };
  }
  const material = (named: unknown, field: string): string => {
    const name = text(named, field);
    return Object.hasOwn(materials, name) ? name : reject(field, "the name of a material", name);
  };
  const name = text(scene.name, "name");
  const ground = scene.ground === null ? null : material(scene.ground, "ground");
  const buildings = list(scene.buildings, "buildings").map((entry, i) => {
    const building = object(entry, `buildings[${i}]`);
    return {
      footprint: footprint(building.footprint, `buildings[${i}].footprint`),
      height: positive(building.height, `buildings[${i}].height`),
      material: material(building.material, `buildings[${i}].material`),
    };
  });
  const station = object(scene.baseStation, "baseStation");
  const [x, y, z] = numbers(station.position, "baseStation.position", 3);
  const users = list(scene.users, "users").map((entry, i) => {
    const grid = object(entry, `users[${i}]`);
    return {
      name: text(grid.name, `users[${i}].name`),
      corner: pair(grid.corner, `users[${i}].corner`),
      columns: count(grid.columns, `users[${i}].columns`),
      rows: count(grid.rows, `users[${i}].rows`),
      spacing: positive(grid.spacing, `users[${i}].spacing`),
      height: positive(grid.height, `users[${i}].height`),
    };
  });
  return {
    name,
    ...(scene.description === undefined ? {} : { description: text(scene.description, "description") }),
    materials,
    ground,
    buildings,
    baseStation: {
      position: [x, y, z],
      arrayAzimuth: number(station.arrayAzimuth, "baseStation.arrayAzimuth"),
    },
    users,
  };
}
