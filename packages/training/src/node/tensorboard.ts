// TensorBoard event files: TFRecord frames (length, masked CRC32C, Event protobuf,
// masked CRC32C) that hold scalars. Writes only; nothing here reads them.
import { appendFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { crc32c } from "./crc32c";

/** One event: what it is about, and when. */
export type LogEvent = { readonly wallTime: number; readonly step: number } & (
  | { readonly scalars: Readonly<Record<string, number>> }
  | { readonly fileVersion: string }
  /** The run continues; readers drop what they have from this step on. */
  | { readonly sessionStart: true }
);

/** A TensorBoard event file that grows by one frame per event. */
export class EventFile {
  readonly path: string;

  /** `time` [ms since 1970] goes into the name; readers take files of a folder in the order of their names. */
  constructor(directory: string, time = Date.now()) {
    const seconds = String(Math.floor(time / 1000)).padStart(10, "0");
    // TensorBoard reads files in the order of their names.
    const milliseconds = String(time % 1000).padStart(3, "0");
    this.path = join(
      directory,
      `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${milliseconds}`,
    );
  }

  async append(...events: readonly LogEvent[]): Promise<void> {
    await appendFile(this.path, Buffer.concat(events.map((event) => frame(encodeEvent(event)))));
  }
}

/** A TFRecord frame around bytes. */
function frame(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(bytes.length + 16);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, maskedCrc(framed.subarray(0, 8)), true);
  framed.set(bytes, 12);
  view.setUint32(12 + bytes.length, maskedCrc(bytes), true);
  return framed;
}

/** TFRecord's masking: rotated right by 15 bits, plus a constant. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** The `Event` message of TensorFlow's `event.proto`. */
function encodeEvent(event: LogEvent): Uint8Array {
  const fields = [double(1, event.wallTime), integer(2, event.step)];
  if ("fileVersion" in event) fields.push(bytes(3, new TextEncoder().encode(event.fileVersion)));
  else if ("sessionStart" in event) fields.push(bytes(7, integer(1, 1)));
  else {
    const values = Object.entries(event.scalars).map(([tag, value]) =>
      bytes(1, Buffer.concat([bytes(1, new TextEncoder().encode(tag)), float(2, value)])),
    );
    fields.push(bytes(5, Buffer.concat(values)));
  }
  return Buffer.concat(fields);
}

function varint(value: number): number[] {
  const out: number[] = [];
  let left = value;
  while (left >= 128) {
    out.push((left % 128) + 128);
    left = Math.floor(left / 128);
  }
  out.push(left);
  return out;
}

function integer(field: number, value: number): Uint8Array {
  return Uint8Array.from([field * 8, ...varint(value)]);
}

function bytes(field: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([field * 8 + 2, ...varint(content.length)]), content]);
}

function double(field: number, value: number): Uint8Array {
  const out = new Uint8Array(9);
  out[0] = field * 8 + 1;
  new DataView(out.buffer).setFloat64(1, value, true);
  return out;
}

function float(field: number, value: number): Uint8Array {
  const out = new Uint8Array(5);
  out[0] = field * 8 + 5;
  new DataView(out.buffer).setFloat32(1, value, true);
  return out;
}
