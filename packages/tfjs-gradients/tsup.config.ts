import { library } from "../../tsup.shared";

// The gradients are files that only a bundler can import.
export default library(["src/index.ts"], [/^@tensorflow\/tfjs-core\/dist\//]);
