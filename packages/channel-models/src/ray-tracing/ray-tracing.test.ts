import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rayTraced, streetCanyonScene } from ".";
import { complexPermittivity, fresnelCoefficients, reflectField } from "./reflection";
import { parseScene, type Scene } from "./scene";
import sceneJson from "./street-canyon.json";
import { RayTracer, type TracedPaths } from "./tracer";

const METAL = { permittivity: [1, 0], conductivity: [1e12, 0] } as const;
const carrierFrequency = 3e9;
const wavelength = 0.1;

function scene(change: Partial<Scene>): Scene {
  return {
    name: "test",
    materials: { metal: METAL },
    ground: null,
    buildings: [],
    baseStation: { position: [0, 0, 10], arrayAzimuth: 0 },
    users: [],
    ...change,
  };
}

/** A building from corner to corner. */
function box(x0: number, y0: number, x1: number, y1: number, height = 50) {
  const footprint = [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ] as const;
  return { footprint, height, material: "metal" };
}

const lengths = (paths: TracedPaths) => [...paths.delays].map((delay) => delay * 3e8);
const amplitudes = (paths: TracedPaths) =>
  [...paths.gainsRe].map((re, l) => Math.hypot(re, paths.gainsIm[l]));

describe("hand-worked scenes", () => {
  it("nothing around: free space", () => {
    const paths = new RayTracer(scene({}), { carrierFrequency }).trace([30, 40, 10]);
    expect(lengths(paths)[0]).toBeCloseTo(50, 9);
    expect(paths.gainsRe[0]).toBeCloseTo(wavelength / (4 * Math.PI * 50), 12);
    expect(paths.azimuths[0]).toBeCloseTo(Math.atan2(40, 30), 9);
    expect(paths.arrivalAzimuths[0]).toBeCloseTo(Math.atan2(-40, -30), 9);
    expect(paths.zeniths[0]).toBeCloseTo(Math.PI / 2, 9);
  });

  it("one wall: one image", () => {
    // A wall at y = 20; the image of the transmitter is at (0, 40).
    const walls = scene({ buildings: [box(-100, 20, 100, 30)] });
    const paths = new RayTracer(walls, { carrierFrequency }).trace([60, 0, 10]);
    expect(paths.delays.length).toBe(2);
    expect(lengths(paths)[0]).toBeCloseTo(60, 9);
    expect(lengths(paths)[1]).toBeCloseTo(Math.hypot(60, 40), 9);
    expect(paths.wallReflections[1]).toBe(1);
    expect(paths.azimuths[1]).toBeCloseTo(Math.atan2(20, 30), 9);
    // Metal turns the upright field over and keeps its size.
    expect(paths.gainsRe[1] / (-wavelength / (4 * Math.PI * Math.hypot(60, 40)))).toBeCloseTo(1, 4);
  });

  it("two parallel walls: the images of a corridor", () => {
    const corridor = scene({ buildings: [box(-200, 10, 200, 20), box(-200, -20, 200, -10)] });
    const paths = new RayTracer(corridor, { carrierFrequency, order: 3 }).trace([30, 0, 10]);
    // Images at y = +-20 (once), +-40 (twice), +-60 (three times).
    const expected = [0, 20, 20, 40, 40, 60, 60].map((y) => Math.hypot(30, y));
    expect(lengths(paths).length).toBe(7);
    lengths(paths)
      .sort((a, b) => a - b)
      .forEach((length, i) => {
        expect(length).toBeCloseTo(expected[i], 9);
      });
  });

  it("a right-angled corner: the double image is the point mirrored at the corner", () => {
    const corner = scene({ buildings: [box(-100, 20, 100, 30), box(20, -100, 30, 19.9)] });
    const paths = new RayTracer(corner, { carrierFrequency, order: 2 }).trace([8, -5, 10]);
    const double = [...paths.wallReflections].indexOf(2);
    expect(lengths(paths)[double]).toBeCloseTo(Math.hypot(40 - 8, 40 + 5), 6);
    expect(paths.gainsRe[double]).toBeGreaterThan(0);
  });

  it("ground: two rays", () => {
    const paths = new RayTracer(scene({ ground: "metal" }), { carrierFrequency }).trace([100, 0, 2]);
    expect(lengths(paths)[0]).toBeCloseTo(Math.hypot(100, 8), 9);
    expect(lengths(paths)[1]).toBeCloseTo(Math.hypot(100, 12), 9);
    expect(paths.groundReflections[1]).toBe(1);
    // Upright antennas over metal: the field's upright part comes back in phase.
    expect(paths.gainsRe[1]).toBeGreaterThan(0);
  });

  it("a building in between blocks, a low one does not", () => {
    const high = scene({ buildings: [box(20, -5, 30, 5)] });
    const low = scene({ buildings: [box(20, -5, 30, 5, 3)] });
    expect(new RayTracer(high, { carrierFrequency }).trace([60, 0, 10]).delays.length).toBe(0);
    expect(new RayTracer(low, { carrierFrequency }).trace([60, 0, 10]).delays.length).toBe(1);
  });

  it("a wall's top ends its reflections", () => {
    const low = scene({ buildings: [box(-100, 20, 100, 30, 5)] });
    expect(new RayTracer(low, { carrierFrequency }).trace([60, 0, 10]).delays.length).toBe(1);
  });
});

describe("principles", () => {
  const { baseStation } = streetCanyonScene;

  it("reciprocity: both directions have the same delays and gains", () => {
    const user = [-3.2, 318.4, 2] as const;
    const options = { carrierFrequency: 3.4e9, order: 2, strongest: 40 };
    const down = new RayTracer(streetCanyonScene, options).trace(user);
    const up = new RayTracer(streetCanyonScene, options, user).trace(baseStation.position);
    expect(down.delays.length).toBeGreaterThanOrEqual(10);
    expect(up.delays.length).toBe(down.delays.length);
    const order = (paths: TracedPaths) =>
      [...paths.delays.keys()].sort((a, b) => paths.delays[a] - paths.delays[b]);
    const [downOrder, upOrder] = [order(down), order(up)];
    downOrder.forEach((l, i) => {
      const k = upOrder[i];
      expect(up.delays[k] / down.delays[l]).toBeCloseTo(1, 9);
      const size = Math.hypot(down.gainsRe[l], down.gainsIm[l]);
      expect(
        Math.hypot(up.gainsRe[k] - down.gainsRe[l], up.gainsIm[k] - down.gainsIm[l]) / size,
      ).toBeLessThan(1e-6);
    });
  });

  it("no path is stronger than free space over its length", () => {
    const tracer = new RayTracer(streetCanyonScene, { carrierFrequency: 3.4e9, order: 3 });
    for (const [x, y] of [
      [0, 300],
      [10, 60],
      [-17, 550],
    ]) {
      const paths = tracer.trace([x, y, 2]);
      amplitudes(paths).forEach((amplitude, l) => {
        const free = 3e8 / 3.4e9 / (4 * Math.PI * lengths(paths)[l]);
        expect(amplitude).toBeLessThanOrEqual(free * (1 + 1e-9));
      });
    }
  });

  it("Fresnel: Brewster's angle, grazing and head-on limits", () => {
    const glass = { re: 6.25, im: 0 };
    const brewster = Math.cos(Math.atan(2.5));
    expect(Math.abs(fresnelCoefficients(glass, brewster).tm.re)).toBeLessThan(1e-12);
    expect(fresnelCoefficients(glass, 1e-9).te.re).toBeCloseTo(-1, 6);
    expect(fresnelCoefficients(glass, 1).te.re).toBeCloseTo(-1.5 / 3.5, 12);
    expect(fresnelCoefficients(glass, 1).tm.re).toBeCloseTo(1.5 / 3.5, 12);
  });

  it("metal cancels the field along its surface", () => {
    const metal = complexPermittivity(METAL, 3e9);
    const incident = [0.6, 0, -0.8] as const;
    const field = { re: [0.8, 0.5, 0.6] as const, im: [0, 0, 0] as const };
    const reflected = reflectField(field, incident, [0, 0, 1], metal);
    expect(reflected.re[0] + field.re[0]).toBeCloseTo(0, 4);
    expect(reflected.re[1] + field.re[1]).toBeCloseTo(0, 4);
  });
});

describe("scenes", () => {
  it("users come from the grid and channels from at most ten paths", () => {
    const draw = rayTraced({ order: 1 });
    for (let i = 0; i < 3; i++) {
      const { user, paths } = draw(randomStream(1, i));
      expect(paths.delays.length).toBeLessThanOrEqual(10);
      expect(Math.abs((user.x + 18) / 0.2 - Math.round((user.x + 18) / 0.2))).toBeLessThan(1e-9);
      expect(user.y).toBeLessThanOrEqual(565 + 1e-9);
    }
  });

  it("broken scenes are refused with the field's name", () => {
    const broken = (change: object, field: string) => {
      const text = JSON.parse(JSON.stringify(sceneJson));
      expect(() => parseScene({ ...text, ...change })).toThrow(field);
    };
    broken({ materials: [] }, "materials must be an object");
    broken({ ground: "ice" }, "ground must be the name of a material");
    broken(
      { buildings: [{ footprint: [[0, 0]], height: 3, material: "concrete" }] },
      "buildings[0].footprint",
    );
    broken(
      { buildings: [{ ...sceneJson.buildings[0], height: -1 }] },
      "buildings[0].height must be positive",
    );
    broken({ users: [{ ...sceneJson.users[0], rows: 0 }] }, "users[0].rows must be a positive integer");
    broken({ baseStation: { position: [0, 0, null], arrayAzimuth: 0 } }, "baseStation.position[2]");
    const clockwise = sceneJson.buildings[0].footprint.slice().reverse();
    broken({ buildings: [{ ...sceneJson.buildings[0], footprint: clockwise }] }, "counter-clockwise");
  });

  it("anything else is refused with INVALID_SCENE, never by accident", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          parseScene(value);
        } catch (error) {
          expect((error as { code: string }).code).toBe("INVALID_SCENE");
        }
      }),
      { numRuns: 200 },
    );
  });

  it("a scene nobody can be reached in is given up", () => {
    const grid = { name: "g", corner: [60, 0], columns: 1, rows: 1, spacing: 1, height: 2 } as const;
    const walled = scene({ buildings: [box(20, -50, 30, 50)], users: [grid] });
    expect(() => rayTraced({ scene: walled, order: 0 })(randomStream(1))).toThrow(/must reach some users/);
  });
});
