/** What several csi-feedback packages need and none of them owns. */
export * from "./errors";
export * from "./random";
export * from "./shapes";
export { type Code, compileWasm, type WasmFunction, type WasmInstance, type WasmType, wasm } from "./wasm";
