// The street-canyon generator: users on the grids of a scene, channels from the
// strongest traced paths.
import { invalid, type RandomStream } from "@csi-feedback/common";
import type { ChannelDraw } from "../model";
import { parseScene, type Scene, type UserGrid } from "./scene";
import streetCanyonJson from "./street-canyon.json";
import { RayTracer } from "./tracer";

/** Two crossing streets of 600 and 440 m with buildings on both sides: a stand-in for DeepMIMO's O1. */
export const streetCanyonScene: Scene = parseScene(streetCanyonJson);

/** What a ray-traced data set depends on. */
export interface RayTracedOptions {
  /** The street; {@link streetCanyonScene} by default. */
  readonly scene?: Scene;
  /** [Hz]; 3.4 GHz by default. */
  readonly carrierFrequency?: number;
  /** Most wall reflections of a path; 3 by default. */
  readonly order?: number;
  /** Strongest paths kept; 10 by default. */
  readonly strongest?: number;
}

/** Draws of a user without any path before the scene is given up. */
const MOST_REDRAWS = 1000;

/**
 * A function that draws links of a scene: a user uniform over the positions of all
 * its grids, and the strongest paths to it. Users without a path are drawn again.
 *
 * @throws CsiFeedbackError `INVALID_SCENE` for a scene without users, or when no user can be reached.
 */
export function rayTraced(options: RayTracedOptions = {}): (random: RandomStream) => ChannelDraw {
  const { scene = streetCanyonScene, carrierFrequency = 3.4e9, ...limits } = options;
  if (scene.users.length === 0) {
    invalid("INVALID_SCENE", "rayTraced", "the scene must have a user grid", scene.name);
  }
  const turn = (scene.baseStation.arrayAzimuth * Math.PI) / 180;
  let tracer: RayTracer | null = null;
  return (random) => {
    tracer ??= new RayTracer(scene, { carrierFrequency, ...limits });
    for (let redraws = 0; redraws < MOST_REDRAWS; redraws++) {
      const [x, y, z] = drawUser(random, scene.users);
      const paths = tracer.trace([x, y, z]);
      if (paths.delays.length > 0) {
        const lineOfSight = paths.wallReflections.some(
          (walls, l) => walls + paths.groundReflections[l] === 0,
        );
        return {
          paths: {
            delays: paths.delays,
            gainsRe: paths.gainsRe,
            gainsIm: paths.gainsIm,
            azimuths: paths.azimuths.map((azimuth) => azimuth - turn),
            zeniths: paths.zeniths,
            arrivalAzimuths: paths.arrivalAzimuths,
            arrivalZeniths: paths.arrivalZeniths,
          },
          user: { x, y },
          details: { lineOfSight: lineOfSight ? 1 : 0, redraws },
        };
      }
    }
    return invalid("INVALID_SCENE", "rayTraced", "the base station must reach some users", scene.name);
  };
}

function drawUser(random: RandomStream, grids: readonly UserGrid[]): [number, number, number] {
  let index = random.integer(grids.reduce((sum, grid) => sum + grid.rows * grid.columns, 0));
  let grid = grids[0];
  for (grid of grids) {
    if (index < grid.rows * grid.columns) {
      break;
    }
    index -= grid.rows * grid.columns;
  }
  const { corner, columns, spacing, height } = grid;
  return [corner[0] + (index % columns) * spacing, corner[1] + Math.floor(index / columns) * spacing, height];
}
