// Runs the tiny network with short stages and collects what the run tells.
import { algorithm1 } from "../src/algorithm1";
import type { TrainingEvent } from "../src/events";
import type { TrainableNetwork } from "../src/network";
import type { TrainOptions } from "../src/options";
import { type TrainResult, train } from "../src/train";
import { tinyChannels } from "./tiny-network";

/** Both stages, a few epochs, joint; `more` replaces any of it. */
export function tinyOptions(network: TrainableNetwork, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    network,
    data: { train: tinyChannels(40, 1), validation: tinyChannels(20, 2) },
    stages: algorithm1({ epochs: 6, learningRate: 0.01, stage2: "joint" }),
    batchSize: 16,
    seed: 3,
    elements: [32, 16],
    ...more,
  };
}

/** The events of one type. */
export function eventsOf<T extends TrainingEvent["type"]>(events: readonly TrainingEvent[], type: T) {
  return events.filter((event): event is Extract<TrainingEvent, { type: T }> => event.type === type);
}

export interface Recorded {
  readonly events: TrainingEvent[];
  readonly result: TrainResult | undefined;
  /** Loss of every step. */
  readonly losses: number[];
  readonly error: unknown;
}

/** Trains to the end or to the error. */
export async function record(network: TrainableNetwork, more: Partial<TrainOptions> = {}): Promise<Recorded> {
  const events: TrainingEvent[] = [];
  const on = async (event: TrainingEvent) => {
    events.push(event);
    await more.on?.(event);
  };
  let result: TrainResult | undefined;
  let error: unknown;
  try {
    result = await train(tinyOptions(network, { ...more, on }));
  } catch (caught) {
    error = caught;
  }
  return { events, result, error, losses: eventsOf(events, "step").map(({ loss }) => loss) };
}
