import { library } from "../../tsup.shared";

// tfjs-core's gradients are files that only a bundler can import.
export default library(["src/index.ts", "src/node.ts"], [/^@tensorflow\/tfjs-core\/dist\//]);
