// What a method of the frontier is. A further method is one file in ./methods and a line
// in ./methods/index.ts.
import type { FrontierChannel } from "./channel";

/** A way of sending CSI. */
export interface FrontierMethod {
  /** Stable name, for `--method` and for rows. */
  readonly name: string;
  /** Name for people. */
  readonly title: string;
  /** Loads or learns what the method needs to know of a channel; sees training samples only. */
  prepare(channel: FrontierChannel): Promise<PreparedMethod>;
}

/** A method that knows its channel. */
export interface PreparedMethod {
  /** Numbers learned from data at the user's side and at the base station. */
  readonly ueParameters: number;
  readonly bsParameters: number;
  /** The method at a budget of bits a report; undefined when it cannot work with so few. */
  atBudget(bits: number): Promise<BudgetedMethod | undefined>;
}

/** A method at one budget. */
export interface BudgetedMethod {
  /**
   * User side: a sample `[2, delays, antennas]`, zero-centered, to a report.
   *
   * @param noise - variance of the estimation noise on a complex element.
   */
  encode(sample: Float32Array, noise: number): Promise<FrontierReport>;
}

/** A report. */
interface FrontierReport {
  /** Bits on air, whole bytes, every field but an error check, which is charged to no method. */
  readonly bits: number;
  /** Base station: the sample, from the report alone. */
  reconstruct(): Promise<Float32Array>;
}
