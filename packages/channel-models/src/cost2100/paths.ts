// COST 2100 multipath: clusters seen by the user, their scatterers, and the paths
// over them, after L. Liu et al., "The COST 2100 MIMO channel model", IEEE Wireless
// Communications 19(6), 2012. One base station, one link, no polarisation and no
// gain functions of single scatterers, as the networks of parameters.json have it.
import type { RandomStream } from "@csi-feedback/common";
import { type PropagationPaths, SPEED_OF_LIGHT } from "../paths";
import type { Cost2100Parameters } from "./scenarios";
import { drawVisibleClusters, type Point } from "./visibility-regions";

/** Positions of one link [m]. */
export interface Cost2100Geometry {
  readonly user: Point;
  /** Height of the base station [m]. */
  readonly baseStationHeight: number;
  /** Height of the user [m]. */
  readonly userHeight: number;
}

/** The paths of one environment and what was drawn for it. */
export interface Cost2100Environment {
  readonly paths: PropagationPaths;
  /** Far clusters that the user sees. */
  readonly activeClusters: number;
  /** Environments thrown away before this one because the user saw no cluster. */
  readonly redraws: number;
}

/** Growing list of paths over typed arrays. */
class PathList {
  readonly #columns: Float64Array[];
  #count = 0;

  constructor(capacity: number) {
    this.#columns = Array.from({ length: 7 }, () => new Float64Array(capacity));
  }

  get count(): number {
    return this.#count;
  }

  add(
    delay: number,
    re: number,
    im: number,
    departure: readonly [number, number],
    arrival: readonly [number, number],
  ) {
    const [delays, gainsRe, gainsIm, azimuths, zeniths, arrivalAzimuths, arrivalZeniths] = this.#columns;
    const i = this.#count++;
    delays[i] = delay;
    gainsRe[i] = re;
    gainsIm[i] = im;
    azimuths[i] = departure[0];
    zeniths[i] = departure[1];
    arrivalAzimuths[i] = arrival[0];
    arrivalZeniths[i] = arrival[1];
  }

  finish(): PropagationPaths {
    const [delays, gainsRe, gainsIm, azimuths, zeniths, arrivalAzimuths, arrivalZeniths] = this.#columns.map(
      (c) => c.subarray(0, this.#count),
    );
    return { delays, gainsRe, gainsIm, azimuths, zeniths, arrivalAzimuths, arrivalZeniths };
  }
}

type Vector = readonly [x: number, y: number, z: number];

function distance(a: Vector, b: Vector): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Azimuth and zenith of the direction from `from` to `to`. */
function direction(from: Vector, to: Vector): [azimuth: number, zenith: number] {
  const x = to[0] - from[0];
  const y = to[1] - from[1];
  const z = to[2] - from[2];
  return [Math.atan2(y, x), Math.atan2(Math.hypot(x, y), z)];
}

/** Takes a point of a cluster's own axes (first axis towards `towards`) to the world's. */
function placer(centre: Vector, towards: Vector): (a: number, b: number, h: number) => Vector {
  const dx = towards[0] - centre[0];
  const dy = towards[1] - centre[1];
  const azimuth = Math.atan2(dy, dx);
  const elevation = Math.atan2(towards[2] - centre[2], Math.hypot(dx, dy));
  const [cosAz, sinAz] = [Math.cos(azimuth), Math.sin(azimuth)];
  const [cosEl, sinEl] = [Math.cos(elevation), Math.sin(elevation)];
  return (a, b, h) => {
    const forward = a * cosEl - h * sinEl;
    return [
      centre[0] + forward * cosAz - b * sinAz,
      centre[1] + forward * sinAz + b * cosAz,
      centre[2] + a * sinEl + h * cosEl,
    ];
  };
}

/** The large-scale draws of one cluster, in the order of {@link Cost2100Parameters.largeScale}. */
function drawLargeScale(random: RandomStream, parameters: Cost2100Parameters): number[] {
  const normals = parameters.largeScale.map(() => random.normal());
  return parameters.largeScale.map(({ median, sigma }, i) => {
    const z = parameters.correlationFactor[i].reduce((sum, weight, k) => sum + weight * normals[k], 0);
    return median * 10 ** (0.1 * sigma * z);
  });
}

/** Complex gains of one cluster, circular normal, with total power 1. */
function drawGains(random: RandomStream, re: Float64Array, im: Float64Array): void {
  let power = 0;
  for (let k = 0; k < re.length; k++) {
    re[k] = random.normal();
    im[k] = random.normal();
    power += re[k] * re[k] + im[k] * im[k];
  }
  const scale = 1 / Math.sqrt(power);
  for (let k = 0; k < re.length; k++) {
    re[k] *= scale;
    im[k] *= scale;
  }
}

/** Amplitude of a visibility region for a user `away` metres from its centre. */
function visibilityGain(parameters: Cost2100Parameters, away: number): number {
  const { visibilityRadius, transitionLength, carrierFrequency } = parameters;
  const wavelength = SPEED_OF_LIGHT / carrierFrequency;
  const edge = 2 * Math.SQRT2 * (away - (visibilityRadius - transitionLength));
  return 0.5 - Math.atan(edge / Math.sqrt(wavelength * transitionLength)) / Math.PI;
}

/** Draws one environment and the paths of its link. */
export function drawCost2100Paths(
  random: RandomStream,
  parameters: Cost2100Parameters,
  geometry: Cost2100Geometry,
): Cost2100Environment {
  let redraws = 0;
  let clusters = drawVisibleClusters(random, parameters, geometry.user);
  while (clusters.length === 0) {
    redraws++;
    clusters = drawVisibleClusters(random, parameters, geometry.user);
  }
  const { pathsPerCluster, localClusters } = parameters;
  const base: Vector = [0, 0, geometry.baseStationHeight];
  const user: Vector = [geometry.user.x, geometry.user.y, geometry.userHeight];
  const directDelay = distance(base, user) / SPEED_OF_LIGHT;
  // Free space, 20 log10 d + 20 log10 f - 147.56 dB, as an amplitude.
  const pathLoss = 10 ** (147.56 / 20) / (distance(base, user) * parameters.carrierFrequency);
  const list = new PathList((clusters.length + 2) * pathsPerCluster + 1);
  const re = new Float64Array(pathsPerCluster);
  const im = new Float64Array(pathsPerCluster);

  for (const { regionDistance, reference } of clusters) {
    const [shadowing, delaySpread, elevationBase, azimuthBase, elevationUser, azimuthUser] = drawLargeScale(
      random,
      parameters,
    );
    const twin = random.uniform() > parameters.singleBounceShare;
    const regionAzimuth = Math.atan2(reference.y, reference.x);
    const offset = () =>
      regionAzimuth + parameters.clusterAzimuth.mean + parameters.clusterAzimuth.deviation * random.normal();
    const distanceBase = parameters.clusterDistance * random.uniform();
    const angleBase = offset();
    const centreBase: Vector = [
      base[0] + distanceBase * Math.cos(angleBase),
      base[1] + distanceBase * Math.sin(angleBase),
      base[2],
    ];
    const length = (delaySpread * SPEED_OF_LIGHT) / 2;
    const widthBase = distanceBase * Math.tan(azimuthBase / 2);
    const heightBase = distanceBase * Math.tan(elevationBase / 2);
    let centreUser = centreBase;
    let widthUser = widthBase;
    let heightUser = heightBase;
    let linkDelay = 0;
    if (twin) {
      const distanceUser = widthBase / Math.tan(azimuthUser / 2);
      const angleUser = offset();
      centreUser = [
        reference.x + distanceUser * Math.cos(angleUser),
        reference.y + distanceUser * Math.sin(angleUser),
        user[2],
      ];
      widthUser = distanceUser * Math.tan(azimuthUser / 2);
      heightUser = distanceUser * Math.tan(elevationUser / 2);
      do {
        linkDelay = random.exponential(parameters.linkDelay.mean);
      } while (linkDelay < parameters.linkDelay.minimum);
    }
    const clusterDelay =
      (distance(base, centreBase) + distance(user, centreUser)) / SPEED_OF_LIGHT + linkDelay;
    const excess = Math.min(clusterDelay, parameters.cutoffDelay ?? Number.POSITIVE_INFINITY) - directDelay;
    const attenuation = Math.exp(-parameters.attenuationPerMicrosecond * excess * 1e6);
    const amplitude =
      visibilityGain(parameters, regionDistance) * Math.sqrt(attenuation * shadowing) * pathLoss;
    const placeBase = placer(centreBase, base);
    const placeUser = placer(centreUser, [reference.x, reference.y, user[2]]);
    drawGains(random, re, im);
    for (let k = 0; k < pathsPerCluster; k++) {
      const a = random.normal() / 3;
      const b = random.normal() / 3;
      const h = random.normal() / 3;
      const atBase = placeBase(a * length, b * widthBase, h * heightBase);
      const atUser = twin ? placeUser(a * length, b * widthUser, h * heightUser) : atBase;
      const delay = (distance(base, atBase) + distance(user, atUser)) / SPEED_OF_LIGHT + linkDelay;
      list.add(delay, amplitude * re[k], amplitude * im[k], direction(base, atBase), direction(user, atUser));
    }
  }

  for (const [present, centre] of [
    [localClusters.baseStation, base],
    [localClusters.user, user],
  ] as const) {
    if (!present) {
      continue;
    }
    const [shadowing, delaySpread] = drawLargeScale(random, parameters);
    const length = (delaySpread * SPEED_OF_LIGHT) / 2;
    const amplitude = Math.sqrt(shadowing) * pathLoss;
    drawGains(random, re, im);
    for (let k = 0; k < pathsPerCluster; k++) {
      const at: Vector = [
        centre[0] + (random.normal() * length) / 3,
        centre[1] + (random.normal() * length) / 3,
        centre[2] + (random.normal() * length) / 60,
      ];
      const delay = (distance(base, at) + distance(user, at)) / SPEED_OF_LIGHT;
      list.add(delay, amplitude * re[k], amplitude * im[k], direction(base, at), direction(user, at));
    }
  }
  addLineOfSight(random, parameters, list, base, user);
  return { paths: list.finish(), activeClusters: clusters.length, redraws };
}

/** The direct path, with a power relative to all others. */
function addLineOfSight(
  random: RandomStream,
  parameters: Cost2100Parameters,
  list: PathList,
  base: Vector,
  user: Vector,
): void {
  const { lineOfSight } = parameters;
  const horizontal = Math.hypot(user[0] - base[0], user[1] - base[1]);
  if (
    lineOfSight === null ||
    distance(base, user) > lineOfSight.cutoffDistance ||
    horizontal > lineOfSight.visibilityRadius
  ) {
    return;
  }
  const { gainsRe, gainsIm } = list.finish();
  let power = 0;
  for (let l = 0; l < list.count; l++) {
    power += gainsRe[l] ** 2 + gainsIm[l] ** 2;
  }
  const factor = 10 ** (0.1 * (lineOfSight.factor + lineOfSight.factorSigma * random.normal()));
  list.add(
    horizontal / SPEED_OF_LIGHT,
    Math.sqrt(factor * power),
    0,
    direction(base, user),
    direction(user, base),
  );
}
