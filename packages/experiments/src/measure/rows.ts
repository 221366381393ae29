// Rows of results from measurements: names of metrics, and what a row says beside its value.
import type { Interval } from "@csi-feedback/eval";
import type { MeasuredRow } from "../experiment";
import { printedNmse, printedSgcs } from "../paper/lookup";
import type { Quality } from "./quality";
import type { TestData } from "./test-data";

/** Names of metrics, with their units. */
export const METRIC = {
  nmse: "NMSE [dB]",
  sgcs: "SGCS",
  ueMedian: "UE latency, median [ms]",
  ueP99: "UE latency, 99th percentile [ms]",
  bsMedian: "BS latency, median [ms]",
  bsP99: "BS latency, 99th percentile [ms]",
  rate: "Rate per user [bit/s/Hz]",
} as const;

/** Name of a percentile of the rate over users and subcarriers. */
export function percentileOfRate(percent: number): string {
  return `Rate per user, ${percent}th percentile [bit/s/Hz]`;
}

/** What a number is of, before it is measured. */
export interface Subject {
  readonly method: string;
  readonly ratio: string;
  readonly condition?: string;
  /** Epochs trained; 0 for a method without training. */
  readonly epochs: number;
}

/** What a number was measured on. */
export interface Where {
  readonly channel: string;
  readonly label: string;
  readonly condition?: string;
  readonly samples: number;
}

/** What a row says about the samples of a set. */
export function whereOf({ channel, label, condition, shape }: TestData): Where {
  return { channel, label, condition, samples: shape[0] };
}

/** A row with a value, its interval when it has one, and the paper's value when there is one. */
export function row(
  subject: Subject,
  metric: string,
  measured: number | Interval,
  where: Where,
  paper?: number,
): MeasuredRow {
  const interval = typeof measured === "number" ? { value: measured } : measured;
  return {
    method: subject.method,
    channel: where.channel,
    ratio: subject.ratio,
    condition: [subject.condition, where.condition].filter(Boolean).join(", "),
    metric,
    ...interval,
    ...(paper === undefined ? {} : { paper }),
    samples: where.samples,
    data: where.label,
    epochs: subject.epochs,
  };
}

/** NMSE and SGCS of one method on one set, beside Figure 5 and Table III. */
export function qualityRows(subject: Subject, data: TestData, quality: Quality): MeasuredRow[] {
  const place = { method: subject.method, channel: data.channel, ratio: subject.ratio };
  const where = whereOf(data);
  return [
    row(subject, METRIC.nmse, quality.nmse, where, printedNmse(place)),
    row(subject, METRIC.sgcs, quality.sgcs, where, printedSgcs(place)),
  ];
}
