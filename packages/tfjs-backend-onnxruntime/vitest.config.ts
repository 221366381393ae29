import { existsSync } from "node:fs";
import { packageTests } from "../../vitest.shared";

// A Vulkan driver that computes on the processor, for the tests of the WebGPU
// provider; it comes with Debian's package chromium-common. A machine with a GPU
// names its own driver. The loader reads these when a test process starts.
const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";
if (process.env.VK_ICD_FILENAMES === undefined && existsSync(swiftShader)) {
  process.env.VK_ICD_FILENAMES = swiftShader;
  process.env.LD_LIBRARY_PATH = ["/usr/lib/chromium", process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
}

// The first import of tfjs-core's gradients and tests transforms some 900 files.
export default packageTests(import.meta.dirname, { timeoutSeconds: 240 });
