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
  let before = 0;
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
      before = event.step;
      say(
        `stage ${event.stage}: ${event.groups.join(", ")}; start ${decibels(event.validation.perElements)}`,
      );
      progress = new Progress(`stage ${event.stage}`, event.epochs * stepsPerEpoch);
    } else if (event.type === "step") {
      const detail = `, loss ${event.loss.toPrecision(4)}, ${event.samplesPerSecond.toFixed(0)} samples/s`;
      progress?.update(event.step - before, detail);
    } else if (event.type === "epoch" && event.validation) {
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
