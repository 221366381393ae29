import { library } from "../../tsup.shared";

// The workspace's error class is bundled, so that the package has no dependency.
export default library(["src/index.ts"], [/^@csi-feedback\/common/]);
