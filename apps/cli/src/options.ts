// Reading numbers from the command line.
import { invalid } from "@csi-feedback/common";

/** A parser of positive integers for the option `name`. */
export function positiveInteger(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
      invalid("INVALID_OPTION", name, "must be a positive integer", text);
    }
    return value;
  };
}

/** A parser of seeds for the option `name`: non-negative integers. */
export function seedNumber(name: string): (text: string) => number {
  return (text) => (text === "0" ? 0 : positiveInteger(name)(text));
}
