// The three budgets of an experiment.
import type { Profile } from "../experiment";

/**
 * `smoke` shows in seconds that everything runs. `laptop` is for two processor cores: 12,500 samples pass
 * through a training, half a minute of CRNet and two minutes of the small LLMCsiNet, so that all tables and
 * figures are an hour. `paper` is Section V.A, with the batch size of CRNet, as the paper names none.
 */
export const profiles = {
  smoke: {
    name: "smoke",
    samples: { train: 200, validation: 50, test: 50 },
    epochs: [1, 1],
    batchSize: 50,
  },
  laptop: {
    name: "laptop",
    samples: { train: 2500, validation: 250, test: 1000 },
    epochs: [2, 3],
    batchSize: 25,
  },
  paper: {
    name: "paper",
    samples: { train: 20_000, validation: 10_000, test: 10_000 },
    epochs: [300, 300],
    batchSize: 200,
  },
} as const satisfies Record<string, Profile>;
