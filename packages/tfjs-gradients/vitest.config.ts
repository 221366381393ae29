import { mergeConfig } from "vitest/config";
import { packageTests } from "../../vitest.shared";

export default mergeConfig(packageTests(import.meta.dirname), {
  test: {
    // tfjs-core's gradients are two hundred files: as one, they load in a tenth of the time.
    deps: {
      optimizer: {
        ssr: { enabled: true, include: ["@tensorflow/tfjs-core/dist/register_all_gradients.js"] },
      },
    },
  },
});
