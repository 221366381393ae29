// The experiments by the name that the command line and results files know them by.
import { invalid } from "@csi-feedback/common";
import type { Experiment } from "./experiment";
import { backbone } from "./figures/backbone";
import { figure5 } from "./figures/figure-5";
import { figure6 } from "./figures/figure-6";
import { figure7 } from "./figures/figure-7";
import { figure8 } from "./figures/figure-8";
import { figure9 } from "./figures/figure-9";
import { figure10 } from "./figures/figure-10";
import { figure11 } from "./figures/figure-11";
import { figure12 } from "./figures/figure-12";
import { generalisation } from "./figures/generalisation";
import { latencyInt8 } from "./figures/latency-int8";
import { rateDistortion } from "./figures/rate-distortion";
import { controls } from "./tables/controls";
import { seeds } from "./tables/seeds";
import { table2 } from "./tables/table-2";
import { table3 } from "./tables/table-3";
import { table4 } from "./tables/table-4";
import { table5 } from "./tables/table-5";
import { table6 } from "./tables/table-6";

/** Every experiment, the paper's in its order first. */
export const experiments: readonly Experiment[] = [
  table2,
  table3,
  table4,
  table5,
  table6,
  figure5,
  figure6,
  figure7,
  figure8,
  figure9,
  figure10,
  figure11,
  figure12,
  rateDistortion,
  controls,
  backbone,
  generalisation,
  seeds,
  latencyInt8,
];

/**
 * The experiment of that name.
 *
 * @param id - "table-3", "figure-5", ...
 * @throws CsiFeedbackError `UNKNOWN_EXPERIMENT`.
 */
export function findExperiment(id: string): Experiment {
  const found = experiments.find((experiment) => experiment.id === id);
  const known = experiments.map((experiment) => experiment.id).join(", ");
  return found ?? invalid("UNKNOWN_EXPERIMENT", "findExperiment", `must be one of ${known}`, id);
}
