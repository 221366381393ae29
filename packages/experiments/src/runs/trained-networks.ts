// The trained networks that experiments ask for, loaded from the run folders and kept for
// the next experiment as long as there is room.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { TrainingDefinition } from "../training/definition";
import { definitionHash } from "../training/definition-hash";
import { isFinished, loadTrainedNetwork, type TrainedNetwork } from "../training/trained-network";
import { describeDefinition, runFolder } from "./job";

/** Parameters of all networks that are kept at most, 1 GiB of weights. */
const MOST_PARAMETERS = 2 ** 28;
/** An experiment may hold so many at once, however large they are. */
const ALWAYS_KEPT = 8;

/** Networks by the definitions that they were trained by. */
export class TrainedNetworks {
  readonly #runs: string;
  readonly #loaded = new Map<string, TrainedNetwork>();

  /** @param runs - base folder of the runs. */
  constructor(runs: string) {
    this.#runs = runs;
  }

  /**
   * The network of a finished training. An engine must be running.
   *
   * @throws CsiFeedbackError `RUN_NOT_FINISHED` when there is no such run, with the command that makes it.
   */
  async get(definition: TrainingDefinition): Promise<TrainedNetwork> {
    const id = await definitionHash(definition);
    const known = this.#loaded.get(id);
    if (known !== undefined) {
      this.#loaded.delete(id);
      this.#loaded.set(id, known); // last in the order of use
      return known;
    }
    const folder = runFolder(this.#runs, id);
    if (!(await isFinished(folder, definition))) {
      throw new CsiFeedbackError(
        "RUN_NOT_FINISHED",
        `${folder} holds no finished training of ${describeDefinition(definition)}; train it with: csi-feedback reproduce`,
      );
    }
    const trained = await loadTrainedNetwork(folder);
    this.#loaded.set(id, trained);
    this.#makeRoom();
    return trained;
  }

  /** Frees all networks. */
  dispose(): void {
    for (const trained of this.#loaded.values()) trained.dispose();
    this.#loaded.clear();
  }

  #makeRoom(): void {
    const size = ({ summary }: TrainedNetwork) =>
      Object.values(summary.parameters).reduce((sum, count) => sum + count, 0);
    let total = [...this.#loaded.values()].reduce((sum, trained) => sum + size(trained), 0);
    for (const [id, trained] of this.#loaded) {
      if (total <= MOST_PARAMETERS || this.#loaded.size <= ALWAYS_KEPT) return;
      this.#loaded.delete(id);
      total -= size(trained);
      trained.dispose();
    }
  }
}
