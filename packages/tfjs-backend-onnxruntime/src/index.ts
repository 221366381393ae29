// The public interface of the package.
export { type OnnxruntimeOptions, registerOnnxruntimeBackend } from "./register";
