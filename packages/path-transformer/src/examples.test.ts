import { testExamples } from "@csi-feedback/doc-examples";

testExamples(`${import.meta.dirname}/..`);
