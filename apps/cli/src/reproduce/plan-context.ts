// A plan with what it was made from.
import type { Estimates, Experiment, PlannedTraining, Profile } from "@csi-feedback/experiments";

/** What is planned, and what is known about it. */
export interface PlanContext {
  readonly experiments: readonly Experiment[];
  readonly profile: Profile;
  readonly seed: number;
  readonly plan: readonly PlannedTraining[];
  readonly estimates: Estimates;
}
