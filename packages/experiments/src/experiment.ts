// What an experiment is: a table or figure as a program. It names the trainings it
// needs, measures the trained networks, and returns rows; it does not train, keep
// files or print.
import type { ChannelSet } from "@csi-feedback/datasets";
import type { FigureSpecification } from "@csi-feedback/eval/figures";
import type { TrainingDefinition } from "./training/definition";
import type { TrainedNetwork } from "./training/trained-network";

/** How much is spent on an experiment. One definition, three budgets. */
export interface Profile {
  readonly name: "smoke" | "laptop" | "paper";
  /** Channel samples generated for training, validation and test. */
  readonly samples: { readonly train: number; readonly validation: number; readonly test: number };
  /** Most epochs of stage 1 and of stage 2; networks of one stage get the sum. */
  readonly epochs: readonly [number, number];
  readonly batchSize: number;
}

/** One number of a table or a figure, with everything needed to judge it. */
export interface ResultRow {
  /** "table-3", "figure-5", ... */
  readonly experiment: string;
  /** "LLMCsiNet", "CRNet", "M largest", ... */
  readonly method: string;
  readonly channel: string;
  /** Compression ratio as printed, "1/8"; empty where it has no meaning. */
  readonly ratio: string;
  /** Whatever else the row depends on, "SNR 10 dB", "speed 30 km/h"; empty when nothing. */
  readonly condition: string;
  /** What the value is, with its unit: "NMSE [dB]", "SGCS", "UE latency [ms]". */
  readonly metric: string;
  readonly value: number;
  /** Ends of the 95 % bootstrap interval, where there is one. */
  readonly low?: number;
  readonly high?: number;
  /** The value that the paper prints for the same row, where it prints one. */
  readonly paper?: number;
  readonly profile: string;
  /** Samples that the value is a mean over, and the data they are from. */
  readonly samples: number;
  readonly data: string;
  /** Epochs trained; 0 for methods that are not trained. */
  readonly epochs: number;
  readonly seed: number;
  readonly engine: string;
  readonly hardware: string;
  readonly commit: string;
}

/** What an experiment may use while it measures. */
export interface ExperimentContext {
  readonly profile: Profile;
  readonly seed: number;
  /** The network that a definition leads to. It has been trained by now. */
  trained(definition: TrainingDefinition): Promise<TrainedNetwork>;
  /** Folder in which generated channels are kept, shared with the trainings; they are not kept without. */
  readonly cache?: string;
  /** Channels of another origin to test on beside the generated ones, where there are any for a channel. */
  reference?(channel: string): Promise<ChannelSet | undefined>;
  /** Called with what is being done, and how far it is from 0 to 1. */
  progress(text: string, fraction: number): void;
  readonly signal?: AbortSignal;
}

/** The part of a row that an experiment itself knows; the rest is filled in by who runs it. */
export type MeasuredRow = Omit<
  ResultRow,
  "experiment" | "profile" | "seed" | "engine" | "hardware" | "commit"
>;

/** A figure of an experiment, ready to be drawn. */
export interface NamedFigure {
  /** File name without ending: "figure-5-cost2100-outdoor". */
  readonly name: string;
  readonly specification: FigureSpecification;
}

/** A table or figure. */
export interface Experiment {
  /** "table-3", "figure-5", ...: file name of its results and argument of the command line. */
  readonly id: string;
  readonly title: string;
  /** Every training that `measure` will ask for, at this profile. */
  trainings(profile: Profile, seed: number): readonly TrainingDefinition[];
  measure(context: ExperimentContext): Promise<readonly MeasuredRow[]>;
  /** Pictures of rows of this experiment, measured now or read from its results; of one profile and seed. */
  figures?(rows: readonly ResultRow[]): Promise<readonly NamedFigure[]>;
  /** Sentences that belong below its numbers: what is our reading, what differs from the paper. */
  readonly notes?: readonly string[];
}
