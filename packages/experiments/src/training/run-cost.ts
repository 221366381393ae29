// What a training costs, before it is run: parameters, operations and time.
import { type FeedbackNetwork, measureComplexity } from "@csi-feedback/networks";
import { countParameters } from "@csi-feedback/training";
import { estimateOf, measureSteps } from "../runs/step-times";
import { openData } from "./channel-data";
import type { DataPart, TrainingDefinition } from "./definition";
import { definitionHash } from "./definition-hash";
import { prepareTraining } from "./run";

/** What {@link measureCost} found. */
export interface TrainingCost {
  readonly hash: string;
  /** Parameters of each group. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly stages: readonly {
    readonly stage: string;
    readonly groups: readonly string[];
    readonly epochs: number;
    readonly stepsPerEpoch: number;
    /**
     * Floating-point operations of an epoch: two a multiply-accumulate, once for the forward pass and
     * twice for the backward pass, as is usual.
     */
    readonly flopsPerEpoch: number;
    readonly secondsPerStep: number;
  }[];
  /** Measured on a few steps: time of the whole training if no stage ends early, data included [s]. */
  readonly seconds: number;
  /** Estimate of the largest memory [bytes]. */
  readonly bytes: number;
}

/**
 * Builds the network and measures a few steps of every stage on a small part of the data. Nothing is
 * written. A training that starts from another one is measured from initial weights.
 */
export async function measureCost(
  definition: TrainingDefinition,
  signal?: AbortSignal,
): Promise<TrainingCost> {
  const hash = await definitionHash(definition);
  const counted = await withCounts(definition);
  const times = await measureSteps(counted, signal);
  const { seconds, bytes } = estimateOf(counted, times);
  const { network, train, dispose } = await prepareTraining(structure(counted));
  try {
    const samples = counted.data.train.reduce((sum, { samples = 0 }) => sum + samples, 0);
    const flops = {
      final: await forwardFlops(network),
      preliminary: await forwardFlops(preliminaryOf(network)),
    };
    return {
      hash,
      parameters: countParameters(train.network),
      stages: counted.stages.map(({ name, groups, epochs, output }, i) => ({
        stage: name,
        groups,
        epochs,
        stepsPerEpoch: Math.ceil(samples / counted.batchSize),
        flopsPerEpoch: 3 * flops[output] * samples,
        secondsPerStep: times.stages[i].secondsPerStep,
      })),
      seconds,
      bytes,
    };
  } finally {
    dispose();
  }
}

/** The definition with the number of samples of every file written out. */
async function withCounts(definition: TrainingDefinition): Promise<TrainingDefinition> {
  const count = async (part: DataPart): Promise<DataPart> => {
    if (part.samples !== undefined) return part;
    const { source, close } = await openData([part]);
    close();
    return { ...part, samples: source.count };
  };
  const { train, validation } = definition.data;
  return {
    ...definition,
    data: {
      train: await Promise.all(train.map(count)),
      validation: await Promise.all(validation.map(count)),
    },
  };
}

/** The same network on one sample of data. */
function structure(definition: TrainingDefinition): TrainingDefinition {
  const { startFrom, data, ...rest } = definition;
  const one = (parts: readonly DataPart[]): DataPart[] => [{ ...parts[0], samples: 1 }];
  const start = startFrom && "training" in startFrom ? structure(startFrom.training) : undefined;
  return {
    ...rest,
    ...(start ? { network: start.network, ...(start.layers ? { layers: start.layers } : {}) } : {}),
    ...(startFrom && !start ? { startFrom } : {}),
    data: { train: one(data.train), validation: one(data.validation) },
  };
}

async function forwardFlops(network: FeedbackNetwork): Promise<number> {
  const { ue, bs } = await measureComplexity(network);
  return 2 * (ue.multiplyAccumulates + bs.multiplyAccumulates);
}

/** The network up to its preliminary output. */
function preliminaryOf(network: FeedbackNetwork): FeedbackNetwork {
  return {
    name: network.name,
    shape: network.shape,
    configuration: network.configuration,
    parameters: network.parameters,
    groups: network.groups,
    forward: (channels, options) => network.forward(channels, { ...options, output: "preliminary" }),
    encode: (channels, options) => network.encode(channels, options),
    decode: (codewords) => network.decode(codewords, { output: "preliminary" }),
    parameterCount: (side) => network.parameterCount(side),
    save: (extra) => network.save(extra),
    assign: (tensors) => network.assign(tensors),
    dispose: () => network.dispose(),
  };
}
