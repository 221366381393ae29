// What a method of the frontier is. A further method is one file in ./methods and a line
// in ./methods/index.ts.
import type { TrainedNetworks } from "@csi-feedback/experiments";
import type { FrontierChannel } from "./channel";

/** What a method may ask for beside its channel. */
export interface FrontierContext {
  /** Networks that `csi-feedback reproduce` has trained. */
  readonly trained: TrainedNetworks;
  /** Tells the user why something is left out. */
  note(text: string): void;
}

/** A way of sending CSI. */
export interface FrontierMethod {
  /** Stable name, for `--method` and for rows. */
  readonly name: string;
  /** Name for people. */
  readonly title: string;
  /**
   * Loads or learns what the method needs to know of a channel; sees training samples only. Undefined when
   * something is missing that only the user can make, after a note that says how.
   */
  prepare(channel: FrontierChannel, context: FrontierContext): Promise<PreparedMethod | undefined>;
}

/** A method that knows its channel: one that serves any budget, or one that has settings of its own. */
export type PreparedMethod = BudgetedMethod | SettingsMethod;

/** A method that makes the best of any budget. */
export interface BudgetedMethod {
  /** The method at a budget of bits a report; undefined when it cannot work with so few. */
  atBudget(bits: number): Promise<MethodSetting | undefined>;
  /** Frees networks. */
  dispose?(): void;
}

/** A method whose reports take what they take. */
export interface SettingsMethod {
  settings(): Promise<readonly MethodSetting[]>;
  dispose?(): void;
}

/** A method, ready to send. */
export interface MethodSetting {
  /** What was chosen: "221 elements, 4 bits, enumerative". */
  readonly setting: string;
  /** Numbers learned from data at the user's side and at the base station. */
  readonly ueParameters: number;
  readonly bsParameters: number;
  /**
   * User side: a sample `[2, delays, antennas]`, zero-centered, to a report.
   *
   * @param noise - variance of the estimation noise on a complex element.
   */
  encode(sample: Float32Array, noise: number): Promise<FrontierReport>;
}

/** A report. */
export interface FrontierReport {
  /** Bits on air, whole bytes, every field but an error check, which is charged to no method. */
  readonly bits: number;
  /** Base station: the sample, from the report alone. */
  reconstruct(): Promise<Float32Array>;
}
