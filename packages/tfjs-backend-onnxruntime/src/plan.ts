// From live pending values to one run: which nodes are needed, in which order,
// under which names, and the signature under which a compiled session is kept.
// Does not run anything.
import { bytesOf, bytesPerElement, type GraphNode, type Value } from "./graph";
import type { OnnxConstant, OnnxGraph, OnnxNode, OnnxValue } from "./onnx-model";

/** One run of one model. */
export interface Plan {
  /** Equal signatures are the same model. */
  readonly signature: string;
  readonly nodes: readonly GraphNode[];
  /** Values whose elements are given to the run, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
  readonly constants: ReadonlyMap<string, Value>;
  /** Values that the run produces, by name. */
  readonly outputs: ReadonlyMap<string, Value>;
  readonly names: ReadonlyMap<Value, string>;
  /** Bytes of everything that the nodes produce, for choosing the number of threads. */
  readonly producedBytes: number;
}

function neededNodes(outputs: readonly Value[]): GraphNode[] {
  const seen = new Set<GraphNode>();
  const stack = outputs.map((value) => value.node!);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) {
      if (input?.node !== undefined && !seen.has(input.node)) stack.push(input.node);
    }
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/**
 * Plans the run that produces the given pending values. Values that are ready or
 * scheduled become inputs, constants are compiled in.
 */
export function planRun(targets: Iterable<Value>): Plan {
  const wanted = [...targets].sort((a, b) => a.id - b.id);
  const nodes = neededNodes(wanted);
  const names = new Map<Value, string>();
  const inputs = new Map<string, Value>();
  const constants = new Map<string, Value>();
  const lines: string[] = [];
  let producedBytes = 0;
  for (const node of nodes) {
    let line = node.key;
    for (const input of node.inputs) {
      if (input === undefined) {
        line += " _";
        continue;
      }
      let name = names.get(input);
      if (name === undefined) {
        if (input.constantKey !== undefined) {
          name = `c${constants.size}`;
          constants.set(name, input);
          lines.push(`${name}=${input.constantKey}`);
        } else {
          name = `i${inputs.size}`;
          inputs.set(name, input);
          lines.push(`${name}:${input.type}[${input.shape.join()}]`);
        }
        names.set(input, name);
      }
      line += ` ${name}`;
    }
    for (const output of node.outputs) {
      names.set(output, `v${names.size}`);
      producedBytes += output.size * bytesPerElement(output.type);
    }
    lines.push(line);
  }
  const outputs = new Map(wanted.map((value) => [names.get(value)!, value]));
  lines.push(`>${[...outputs.keys()].join()}`);
  return { signature: lines.join("\n"), nodes, inputs, constants, outputs, names, producedBytes };
}

/** The values of a plan's graph by their names. */
export function valuesOf(plan: Plan): ReadonlyMap<string, Value> {
  return new Map([...plan.names].map(([value, name]) => [name, value]));
}

/** The ONNX graph of a plan; values that are frozen are compiled in instead of being inputs. */
export function planGraph(plan: Plan, isFrozen: (value: Value) => boolean = () => false): OnnxGraph {
  const info = (name: string, value: Value): OnnxValue => ({ name, type: value.type, shape: value.shape });
  const constant = (name: string, value: Value): OnnxConstant => ({
    name,
    type: value.type,
    shape: value.shape,
    bytes: bytesOf(value.host!),
  });
  return {
    nodes: plan.nodes.map(
      (node): OnnxNode => ({
        op: node.op,
        domain: node.domain,
        inputs: node.inputs.map((input) => (input === undefined ? "" : plan.names.get(input)!)),
        outputs: node.outputs.map((output) => plan.names.get(output)!),
        attributes: node.attributes,
      }),
    ),
    inputs: [...plan.inputs]
      .filter(([, value]) => !isFrozen(value))
      .map(([name, value]) => info(name, value)),
    outputs: [...plan.outputs].map(([name, value]) => info(name, value)),
    constants: [...plan.constants, ...[...plan.inputs].filter(([, value]) => isFrozen(value))].map(
      ([name, value]) => constant(name, value),
    ),
  };
}
