// Reads a TensorBoard event file with protobufjs and the message definitions of
// tensorflow/core/util/event.proto and framework/summary.proto (the fields for
// scalars), checking every frame as TensorFlow's record reader does.
import protobuf from "protobufjs";

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what {
      string file_version = 3;
      bytes graph_def = 4;
      Summary summary = 5;
      SessionLog session_log = 7;
    }
  }
  message SessionLog {
    enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
    SessionStatus status = 1;
  }
  message Summary {
    message Value {
      string tag = 1;
      oneof value { float simple_value = 2; }
    }
    repeated Value value = 1;
  }
`);
const Event = root.lookupType("Event");

/** CRC-32C bit by bit, unlike the table of the code under test. */
function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  }
  return ~value >>> 0;
}

function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/** The events of a file as plain objects; throws on any frame that TensorFlow would refuse. */
export function readEventFile(file: Buffer): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    if (unmask(file.readUInt32LE(at + 8)) !== crc(file.subarray(at, at + 8)))
      throw new Error("bad length checksum");
    const data = file.subarray(at + 12, at + 12 + length);
    if (unmask(file.readUInt32LE(at + 12 + length)) !== crc(data)) throw new Error("bad data checksum");
    const message = Event.decode(data);
    events.push({ step: 0, ...Event.toObject(message, { longs: Number, enums: String }) });
    at += 16 + length;
  }
  return events;
}
