// What is seen of an estimator's training on stderr.
import type { TrainingEvent } from "@csi-feedback/training";
import { duration, Progress } from "../progress";

/** Prints the validation NMSE of every epoch, and progress between them. */
export function trainingReporter(label: string): (event: TrainingEvent) => void {
  let progress: Progress | undefined;
  return (event) => {
    if (event.type === "stage") {
      progress = new Progress(label, event.epochs * event.stepsPerEpoch);
      process.stderr.write(`training ${label}: starts at ${event.validation.nmse.toFixed(2)} dB\n`);
    } else if (event.type === "resume") {
      progress = new Progress(label, event.epochs * event.stepsPerEpoch, event.stepsDone);
      process.stderr.write(`training ${label}: resumed after ${event.stepsDone} steps\n`);
    } else if (event.type === "step") {
      progress?.update(event.step, `, loss ${event.loss.toPrecision(3)}`);
    } else if (event.type === "epoch" && event.validation) {
      progress?.end();
      process.stderr.write(
        `training ${label}: epoch ${event.epoch}, validation ${event.validation.nmse.toFixed(2)} dB, ${duration(event.secondsLeft)} left\n`,
      );
    }
  };
}
