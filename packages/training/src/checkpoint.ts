// A checkpoint: weights, moments, averages and the position of the run, in one
// safetensors file from which `train` continues as if it had never stopped.
import { CsiFeedbackError } from "@csi-feedback/common";
import { parseSafetensors, toFloat32 } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { replace } from "./adam";
import type { Validation } from "./events";
import type { Plan } from "./options";
import { encodeTensors, type Snapshot } from "./parameters";
import type { Watch } from "./stability";
import type { Stepper } from "./step";

/** How a finished stage ended. */
export interface StageResult {
  readonly name: string;
  readonly reason: "epochs" | "patience";
  /** Epochs trained, over all attempts. */
  readonly epochs: number;
  /** Groups that were frozen on the way. */
  readonly frozen: readonly string[];
  /** Epoch of the best model; 0 is the state before the first step. */
  readonly bestEpoch: number;
  readonly best: Validation;
}

/** The position of a run: everything but tensors, as plain JSON. */
export interface Position {
  /** Index of the stage; the number of stages once the run is complete. */
  stage: number;
  /** 0, or 1 after groups were frozen. */
  attempt: number;
  /** Epochs done in this attempt. */
  epoch: number;
  /** Batches done in the current epoch. */
  batch: number;
  /** Optimizer steps done in the run. */
  step: number;
  /** Events of the run's own progress so far. */
  events: number;
  /** Epochs done in earlier attempts of the stage. */
  earlierEpochs: number;
  lossSum: number;
  samples: number;
  epochSeconds: number;
  best: { epoch: number; validation: Validation };
  lowestLoss: number;
  lowestLossEpoch: number;
  watch: Watch;
  finished: StageResult[];
}

const FORMAT = "csi-feedback checkpoint 1";

/** The settings that must be the same for a run to continue to the same numbers, by name. */
function settingsOf(plan: Plan): Record<string, unknown> {
  const { network, data, stages, batchSize, microBatchSize, validationInterval, seed, loss, optimizer } =
    plan;
  return {
    network: network.name,
    trainingSamples: data.train.count,
    validationSamples: data.validation.count,
    shape: data.train.shape,
    stages,
    batchSize,
    microBatchSize,
    validationInterval,
    seed,
    elements: plan.elements ?? null,
    loss,
    optimizer,
    noise: plan.noise ?? null,
  };
}

/** Writes a checkpoint; `stepper` is absent once the run is complete. */
export function encodeCheckpoint(plan: Plan, position: Position, stepper?: Stepper): Promise<Uint8Array> {
  const prefixed = (prefix: string, tensors: ReadonlyMap<string, tf.Tensor>) =>
    [...tensors].map(([name, tensor]): [string, tf.Tensor] => [`${prefix}/${name}`, tensor]);
  const tensors = prefixed("parameters", plan.network.parameters);
  if (stepper) {
    const { first, second, averages } = stepper.adam;
    tensors.push(
      ...prefixed("first", first),
      ...prefixed("second", second),
      ...prefixed("averages", averages),
    );
  }
  return encodeTensors(tensors, {
    format: FORMAT,
    settings: JSON.stringify(settingsOf(plan)),
    position: JSON.stringify(position, (_, value) =>
      value === Number.NEGATIVE_INFINITY ? "-Infinity" : value,
    ),
    updates: String(stepper?.adam.updates ?? 0),
  });
}

/** A checkpoint whose settings were compared with the run's; tensors are given out by `restore`. */
export interface Checkpoint {
  readonly position: Position;
  /** Sets the network's parameters, and the optimizer's state when there is one. */
  restore(stepper?: Stepper): void;
}

/**
 * Reads a checkpoint.
 *
 * @throws CsiFeedbackError `INVALID_CHECKPOINT` for other files, `RESUME_MISMATCH` when the run has
 * other settings than the one that wrote it.
 */
export function decodeCheckpoint(plan: Plan, bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata.format !== FORMAT) {
    throw new CsiFeedbackError(
      "INVALID_CHECKPOINT",
      `train: the file is not a ${FORMAT}, but ${metadata.format}`,
    );
  }
  const written = JSON.parse(metadata.settings) as Record<string, unknown>;
  for (const [name, value] of Object.entries(settingsOf(plan))) {
    const [now, then] = [JSON.stringify(value), JSON.stringify(written[name])];
    if (now !== then) {
      const message = `train: to resume, ${name} must be ${then} as in the checkpoint, received ${now}`;
      throw new CsiFeedbackError("RESUME_MISMATCH", message);
    }
  }
  const tensorOf = (name: string, shape: readonly number[]): tf.Tensor => {
    const tensor = tensors.get(name);
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      const message = `train: the checkpoint has no tensor ${name} of shape [${shape.join(", ")}]`;
      throw new CsiFeedbackError("INVALID_CHECKPOINT", message);
    }
    return tf.tensor(toFloat32(name, tensor), [...shape], "float32");
  };
  const fill = (prefix: string, snapshot: Snapshot) => {
    for (const [name, tensor] of snapshot)
      replace(snapshot, name, tensorOf(`${prefix}/${name}`, tensor.shape));
  };
  return {
    // A perfect reconstruction has an NMSE of -Infinity dB, which JSON cannot say.
    position: JSON.parse(metadata.position, (_, value) =>
      value === "-Infinity" ? Number.NEGATIVE_INFINITY : value,
    ) as Position,
    restore(stepper) {
      tf.tidy(() => {
        for (const [name, variable] of plan.network.parameters) {
          variable.assign(tensorOf(`parameters/${name}`, variable.shape));
        }
        if (stepper === undefined) return;
        stepper.adam.updates = Number(metadata.updates);
        fill("first", stepper.adam.first);
        fill("second", stepper.adam.second);
        fill("averages", stepper.adam.averages);
      });
    },
  };
}
