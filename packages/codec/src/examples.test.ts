import { testExamples } from "@csi-feedback/doc-examples";

const root = `${import.meta.dirname}/..`;
testExamples(root);
testExamples(root, { readme: `${root}/../../docs/codec.md` });
