import { packageTests } from "../../vitest.shared";

// The first import of tfjs-core's gradients and tests transforms some 900 files.
export default packageTests(import.meta.dirname, { timeoutSeconds: 240 });
