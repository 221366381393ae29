// Visibility regions of the user and the clusters that they switch on.
//
// The model drops some 10^3 to 10^4 regions over the cell and keeps the few that
// contain the user. Regions are independent and uniform and the grouping into
// clusters does not look at their positions, so the same distribution results from
// drawing, cluster by cluster, how many of its regions contain the user, and only
// then the positions that matter: those around the user, and the reference region.
import type { RandomStream } from "@csi-feedback/common";
import type { Cost2100Parameters } from "./scenarios";

/** A point of the horizontal plane [m]. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A cluster that the user sees. */
export interface VisibleCluster {
  /** Distance from the user to the nearest centre of its active regions [m]. */
  readonly regionDistance: number;
  /** Centre of the region from which the cluster is placed. */
  readonly reference: Point;
}

/** Area that a disc of radius `r` and one of radius `cell` share when their centres are `d` apart. */
function sharedArea(r: number, cell: number, d: number): number {
  if (d >= r + cell) {
    return 0;
  }
  if (d <= Math.abs(cell - r)) {
    return Math.PI * Math.min(r, cell) ** 2;
  }
  const small = r * r * Math.acos((d * d + r * r - cell * cell) / (2 * d * r));
  const large = cell * cell * Math.acos((d * d + cell * cell - r * r) / (2 * d * cell));
  const kite = Math.sqrt((r + cell - d) * (d + r - cell) * (d - r + cell) * (d + r + cell)) / 2;
  return small + large - kite;
}

function inDisc(random: RandomStream, radius: number, centre: Point): Point {
  const distance = radius * Math.sqrt(random.uniform());
  const angle = 2 * Math.PI * random.uniform();
  return { x: centre.x + distance * Math.cos(angle), y: centre.y + distance * Math.sin(angle) };
}

/** A binomial number, by skipping geometrically from success to success. */
function binomial(random: RandomStream, trials: number, share: number): number {
  if (share >= 1) {
    return trials;
  }
  if (share <= 0) {
    return 0;
  }
  const logMiss = Math.log1p(-share);
  let successes = 0;
  let used = 0;
  for (;;) {
    used += Math.floor(Math.log(1 - random.uniform()) / logMiss) + 1;
    if (used > trials) {
      return successes;
    }
    successes++;
  }
}

/** Draws the clusters seen by a user at `user`; empty when no region contains it. */
export function drawVisibleClusters(
  random: RandomStream,
  parameters: Cost2100Parameters,
  user: Point,
): VisibleCluster[] {
  const { cellRadius, visibilityRadius, transitionLength, farClusters, extraRegionsPerCluster } = parameters;
  const mean = farClusters.mean;
  const clusters = farClusters.distribution === "poisson" ? Math.max(1, random.poisson(mean)) : mean;
  const regions = Math.round((clusters * cellRadius ** 2) / (visibilityRadius - transitionLength) ** 2);
  const share =
    sharedArea(visibilityRadius, cellRadius, Math.hypot(user.x, user.y)) / (Math.PI * cellRadius ** 2);

  const activePoint = (): Point => {
    for (;;) {
      const point = inDisc(random, visibilityRadius, user);
      if (Math.hypot(point.x, point.y) <= cellRadius) {
        return point;
      }
    }
  };
  const inactivePoint = (): Point => {
    for (;;) {
      const point = inDisc(random, cellRadius, { x: 0, y: 0 });
      if (Math.hypot(point.x - user.x, point.y - user.y) >= visibilityRadius) {
        return point;
      }
    }
  };
  const visible: VisibleCluster[] = [];
  const addCluster = (size: number, active: number): void => {
    const points = Array.from({ length: active }, activePoint);
    const regionDistance = Math.min(...points.map((p) => Math.hypot(p.x - user.x, p.y - user.y)));
    const chosen = size === 1 ? 0 : random.integer(size);
    visible.push({ regionDistance, reference: chosen < active ? points[chosen] : inactivePoint() });
  };

  if (extraRegionsPerCluster === 0) {
    const active = binomial(random, regions, share);
    for (let i = 0; i < active; i++) {
      addCluster(1, 1);
    }
    return visible;
  }
  for (let left = regions; left > 0; ) {
    const size = Math.min(left, 1 + random.poisson(extraRegionsPerCluster));
    left -= size;
    const active = binomial(random, size, share);
    if (active > 0) {
      addCluster(size, active);
    }
  }
  return visible;
}
