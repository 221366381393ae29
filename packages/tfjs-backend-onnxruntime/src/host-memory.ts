// Arrays on the host that runs write their results into, used again once nothing needs
// what is in them. It spares a training step the copies that onnxruntime's binding makes
// of every result, and the pages of fresh memory behind them.
import { bytesPerElement, type HostArray, type Value } from "./graph";
import type { OnnxType } from "./onnx-model";

/** Runs that an array may lie idle before it is left to the garbage collector. */
const idleRuns = 8;

interface IdleArray {
  readonly array: HostArray;
  /** The run after which it was given back. */
  readonly since: number;
}

function newArray(type: OnnxType, size: number): HostArray {
  switch (type) {
    case "float32":
      return new Float32Array(size);
    case "int32":
      return new Int32Array(size);
    case "int8":
      return new Int8Array(size);
    case "int64":
      return new BigInt64Array(size);
    case "float64":
      return new Float64Array(size);
    default:
      return new Uint8Array(size);
  }
}

/** The result arrays of one backend. */
export class HostMemory {
  private readonly idle = new Map<string, IdleArray[]>();
  private readonly lent = new WeakSet<HostArray>();
  private runs = 0;
  /** Bytes of the arrays that wait to be used again. */
  idleBytes = 0;

  /** An array for the elements of a value; what is in it does not matter. */
  take(value: Value): HostArray {
    const list = this.idle.get(`${value.type} ${value.size}`);
    const known = list?.pop();
    const array = known?.array ?? newArray(value.type, value.size);
    if (known !== undefined) this.idleBytes -= array.byteLength;
    this.lent.add(array);
    return array;
  }

  /** An array leaves this memory for good: a caller has it. */
  surrender(array: HostArray): void {
    this.lent.delete(array);
  }

  /** Takes an array back whose value nothing needs any more; arrays of others are left alone. */
  giveBack(value: Value): void {
    const array = value.host;
    if (array === undefined || !this.lent.delete(array)) return;
    value.host = undefined;
    value.device = undefined;
    const key = `${value.type} ${value.size}`;
    const list = this.idle.get(key) ?? [];
    list.push({ array, since: this.runs });
    this.idle.set(key, list);
    this.idleBytes += value.size * bytesPerElement(value.type);
  }

  /** Counts a run, and drops what lay idle for too many. */
  countRun(): void {
    const oldest = ++this.runs - idleRuns;
    for (const [key, list] of this.idle) {
      while (list.length > 0 && list[0]!.since < oldest) this.idleBytes -= list.shift()!.array.byteLength;
      if (list.length === 0) this.idle.delete(key);
    }
  }
}
