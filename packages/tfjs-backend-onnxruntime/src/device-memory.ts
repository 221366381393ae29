// Tensors that stay in a GPU's memory between runs: which values are there, how
// their elements get there and back, and when the memory is freed. onnxruntime
// leaves outputs in WebGPU buffers; reading such a buffer directly ends the process,
// so elements move through sessions that copy.
import { bytesPerElement, type HostArray, type Value } from "./graph";
import { encodeModel, type OnnxType } from "./onnx-model";
import { createSessionNow, hostOf, hostTensor, type Session, type SessionOptions } from "./runtime";

const deviceLocation = "gpu-buffer";

/** Values of one backend that live on a device. */
export class DeviceMemory {
  private readonly held = new Set<Value>();
  private readonly copies = new Map<string, Session>();
  /** Bytes of the values that are held. */
  bytes = 0;
  /** Values copied to the host so far, and to the device. */
  downloads = 0;
  uploads = 0;

  constructor(private readonly session: SessionOptions) {}

  /** Settings of sessions that leave their outputs on the device. */
  get sessionOptions(): SessionOptions {
    return { ...this.session, preferredOutputLocation: deviceLocation };
  }

  /** Takes note that a run left a value on the device. */
  hold(value: Value): void {
    this.held.add(value);
    this.bytes += value.size * bytesPerElement(value.type);
  }

  /** The elements of a value that is on the device; they are kept on the host as well. */
  download(value: Value): HostArray {
    if (value.host === undefined) {
      const copy = this.copySession(value.type, "cpu");
      value.host = hostOf(copy.runNow!({ x: value.device! }, ["y"]).y!);
      this.downloads++;
    }
    return value.host;
  }

  /** Puts a value that is only on the host on the device, for the runs that follow. */
  upload(value: Value): void {
    const host = hostTensor(value.type, value.shape, value.host!);
    value.device = this.copySession(value.type, deviceLocation).runNow!({ x: host }, ["y"]).y!;
    this.uploads++;
    this.hold(value);
  }

  /** Frees a value's device memory; elements on the host stay. */
  free(value: Value): void {
    if (!this.held.delete(value)) return;
    this.bytes -= value.size * bytesPerElement(value.type);
    value.device!.dispose!();
    value.device = undefined;
  }

  /** Frees everything. */
  close(): void {
    for (const value of this.held) this.free(value);
    for (const session of this.copies.values()) session.release();
    this.copies.clear();
  }

  /** A session that copies tensors of a type and any shape to a place. */
  private copySession(type: OnnxType, location: "cpu" | typeof deviceLocation): Session {
    const key = `${type} ${location}`;
    let session = this.copies.get(key);
    if (session === undefined) {
      const model = encodeModel({
        nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"], attributes: {} }],
        inputs: [{ name: "x", type, shape: undefined }],
        outputs: [{ name: "y", type, shape: undefined }],
        constants: [],
      });
      session = createSessionNow(model, { ...this.session, preferredOutputLocation: location });
      this.copies.set(key, session);
    }
    return session;
  }
}
