// Progress and validation results of a training on stderr.
import type { RunEvent } from "@csi-feedback/experiments";
import { duration, Progress } from "../progress";

/** One NMSE per number of kept elements. */
function decibels(perElements: readonly { readonly elements?: number; readonly nmse: number }[]): string {
  return perElements
    .map(({ elements, nmse }) => `${elements === undefined ? "" : `M ${elements}: `}${nmse.toFixed(2)} dB`)
    .join(", ");
}

/** A listener for the events of one run. */
export function reporter(): (event: RunEvent) => void {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  let progress: Progress | undefined;
  let part: "training" | "validation" | undefined;
  let stepsPerEpoch = 0;
  let epochs = 0;
  /** Steps of the run before the stage. */
  let before = 0;
  /** Of the last validation [dB], averaged over the ratios. */
  let nmse = Number.NaN;
  return (event) => {
    if (event.type === "data") {
      if (event.part !== part) progress = new Progress(`${event.part} data`, event.total);
      part = event.part;
      progress?.update(event.done);
      if (event.done === event.total) {
        progress?.end();
        part = undefined;
      }
    } else if (event.type === "training") {
      say(`${event.folder}: ${event.definition.network.name}`);
    } else if (event.type === "stage") {
      stepsPerEpoch = event.stepsPerEpoch;
      epochs = event.epochs;
      before = event.step;
      nmse = event.validation.nmse;
      say(
        `stage ${event.stage}: ${event.groups.join(", ")}; start ${decibels(event.validation.perElements)}`,
      );
      progress = new Progress(`stage ${event.stage}`, event.epochs * stepsPerEpoch);
    } else if (event.type === "resume") {
      stepsPerEpoch = event.stepsPerEpoch;
      epochs = event.epochs;
      before = event.step - event.stepsDone;
      say(
        `stage ${event.stage}: resumed in epoch ${event.epoch} of ${epochs}, after ${event.stepsDone} steps`,
      );
      progress = new Progress(`stage ${event.stage}`, epochs * stepsPerEpoch, event.stepsDone);
    } else if (event.type === "step") {
      const detail = [
        `epoch ${event.epoch}/${epochs}`,
        `loss ${event.loss.toPrecision(4)}`,
        ...(Number.isNaN(nmse) ? [] : [`NMSE ${nmse.toFixed(2)} dB`]),
        `${event.samplesPerSecond.toFixed(0)} samples/s`,
      ].join(", ");
      progress?.update(event.step - before, ` steps, ${detail}`);
    } else if (event.type === "epoch" && event.validation) {
      nmse = event.validation.nmse;
      progress?.end();
      const mark = event.best ? " (best)" : "";
      const left = duration(event.secondsLeft);
      say(
        `stage ${event.stage}, epoch ${event.epoch}: loss ${event.trainingLoss.toPrecision(4)}, validation ${decibels(event.validation.perElements)}${mark}, ${left} left`,
      );
    } else if (event.type === "freeze") {
      say(`froze ${event.groups.join(", ")}: ${event.detail}`);
    }
  };
}
