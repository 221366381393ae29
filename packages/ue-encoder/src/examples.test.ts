import { testExamples } from "@csi-feedback/doc-examples";

// The examples read the model that travels with the app, from the repository's root.
testExamples(`${import.meta.dirname}/..`, { workingDirectory: `${import.meta.dirname}/../../..` });
