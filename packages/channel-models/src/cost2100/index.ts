// The COST 2100 generator in the CsiNet geometry: base station at the origin, user
// uniform in a square, one fresh environment per sample.
import type { RandomStream } from "@csi-feedback/common";
import type { ChannelDraw } from "../model";
import { drawCost2100Paths } from "./paths";
import { type Cost2100Scenario, cost2100Parameters } from "./scenarios";

/** Where the users of a COST 2100 data set stand. */
export interface Cost2100Options {
  /** Side of the square around the base station in which the user is uniform [m]: 20 indoors, 400 outdoors. */
  readonly side?: number;
  /** Fixes the user at this place [m] instead. */
  readonly user?: { readonly x: number; readonly y: number };
  /** Height of the base station [m]; 0 by default, as in the reference geometry. */
  readonly baseStationHeight?: number;
  /** Height of the user [m]; 0 by default. */
  readonly userHeight?: number;
}

/** A function that draws independent links of a COST 2100 network. */
export function cost2100(
  scenario: Cost2100Scenario,
  options: Cost2100Options = {},
): (random: RandomStream) => ChannelDraw {
  const parameters = cost2100Parameters(scenario);
  const side = options.side ?? (scenario === "cost2100-indoor" ? 20 : 400);
  return (random) => {
    const user = options.user ?? { x: side * (random.uniform() - 0.5), y: side * (random.uniform() - 0.5) };
    const { paths, activeClusters, redraws } = drawCost2100Paths(random, parameters, {
      user,
      baseStationHeight: options.baseStationHeight ?? 0,
      userHeight: options.userHeight ?? 0,
    });
    return { paths, user, details: { activeClusters, redraws } };
  };
}
