/** The tables and figures of CSI feedback papers as programs: what is trained on what, what is measured. */
export type {
  Experiment,
  ExperimentContext,
  MeasuredRow,
  NamedFigure,
  Profile,
  ResultRow,
} from "./experiment";
export { type PrintedNumber, printedNumbers } from "./paper/printed";
export { experiments, findExperiment } from "./registry";
export { buildReport, type ExampleChannels, type ReportContent } from "./report/build-report";
export type { ReportedExperiment } from "./report/experiment-section";
export { readLearningRuns } from "./report/learning-section";
export { digitsOf } from "./report/numbers";
export { type ReadmeContent, readmeSection, replaceReadmeSection } from "./report/readme-section";
export {
  besidePaper,
  type ComparedRow,
  type ComparedWith,
  type Comparison,
  comparisonOf,
  formatComparison,
  isMeasured,
} from "./results/beside-paper";
export { keepLearningCurves, type LearningRun, readKeptCurves } from "./results/learning-curves";
export { formatResults, parseResults } from "./results/results-file";
export { mergeResults, readResults } from "./results/results-folder";
export { Estimates } from "./runs/estimates";
export { describeDefinition, jobsOf, runFolder, type TrainingJob } from "./runs/job";
export { type LocalQueueOptions, localQueue } from "./runs/local-queue";
export { keepResults, type MeasureOptions, measureExperiment } from "./runs/measure";
export { type PlannedTraining, type PlanOptions, planTrainings } from "./runs/plan";
export type { QueueEvent, QueueRunOptions, TrainingQueue } from "./runs/queue";
export { type ScheduleOptions, schedule } from "./runs/scheduler";
export type { StepTimes, TrainingEstimate } from "./runs/step-times";
export type { JobProgress, Task, TaskHooks, TaskSettings } from "./runs/task";
export { TrainedNetworks } from "./runs/trained-networks";
export { runInProcess } from "./runs/worker-process";
export { startCountingBackend } from "./tables/counting-backend";
export { otherSystems, paperSystems, type System } from "./tables/systems";
export {
  type AffordableElements,
  affordableElements,
  type CountedReport,
  countReports,
  table2,
} from "./tables/table-2";
export { type CountedParameters, countParametersAtEnds, swappedColumns, table4 } from "./tables/table-4";
export { type CountedCost, countCosts, table5, transInDecNetSizes } from "./tables/table-5";
export { type OpenDataOptions, type OpenedData, openData } from "./training/channel-data";
export {
  checkDefinition,
  type DataPart,
  type FileData,
  type GeneratedData,
  hasFixedCodeword,
  type PretrainedLayers,
  readDefinition,
  type StartingPoint,
  type TrainingDefinition,
} from "./training/definition";
export { definitionHash, sealDefinition } from "./training/definition-hash";
export {
  type BaselineDefinitionOptions,
  baselineDefinition,
  channelParts,
  type DataParts,
  type LlmCsiNetDefinitionOptions,
  type LlmCsiNetVariant,
  llmCsiNetDefinition,
  type QuantizedOptions,
  quantizedDefinition,
  type TransferOptions,
  transferDefinition,
} from "./training/definitions";
export { modelFiles, runFiles } from "./training/folder";
export { type GenerationJob, makeSamples } from "./training/generation/make-samples";
export { generateInParallel } from "./training/generation/pool";
export { type LearningPoint, readLearningCurve } from "./training/learning-curve";
export { currentCommit, describeHardware } from "./training/machine";
export { profiles } from "./training/profiles";
export { denominatorOf, elementsAt, paperRatios, parseRatio, type Ratio } from "./training/ratio";
export {
  type PreparedTraining,
  type PrepareOptions,
  prepareTraining,
  type RunEvent,
  type RunOptions,
  readSummary,
  runTraining,
  type TrainingSummary,
} from "./training/run";
export { measureCost, type TrainingCost } from "./training/run-cost";
export { isFinished, loadTrainedNetwork, type TrainedNetwork } from "./training/trained-network";
