// The example in the repository's README, run from the repository's root.
import { join } from "node:path";
import { testExamples } from "@csi-feedback/doc-examples";

const app = join(import.meta.dirname, "..");
const root = join(app, "..", "..");

testExamples(app, { readme: join(root, "README.md"), workingDirectory: root });
