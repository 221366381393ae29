// The fields of a Hugging Face config.json that the layers of a LLaMA or Gemma 3 model
// depend on. The file comes from outside, so every field is checked.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { Rope, RopeScaling } from "./rotary";

/** What the layers need to know beyond the shapes of their weights. */
interface LlamaConfig {
  readonly family: "llama" | "gemma3";
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Size of a head when it is not width / heads. */
  readonly headSize: number | undefined;
  readonly epsilon: number;
  /** Rotary positions of each layer of the model. */
  rope(layer: number): Rope;
  /** Tokens that a layer of the model sees, when fewer than all. */
  window(layer: number): number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the content of a `config.json`.
 *
 * @throws CsiFeedbackError `MODEL_CONFIG` for another family, a missing field or a variant that is not supported.
 */
export function parseLlamaConfig(content: unknown): LlamaConfig {
  if (!isFields(content)) fail("the content must be an object", content);
  const fields = isFields(content.text_config) ? content.text_config : content;
  const gemma = String(fields.model_type ?? content.model_type).startsWith("gemma3");
  if (!gemma && fields.model_type !== "llama")
    fail('model_type must be "llama" or "gemma3"', fields.model_type);
  for (const name of ["attention_bias", "mlp_bias"])
    if (fields[name]) fail(`${name} must be false`, fields[name]);
  const activation = fields.hidden_activation ?? fields.hidden_act ?? (gemma ? "gelu_pytorch_tanh" : "silu");
  const expected = gemma ? "gelu_pytorch_tanh" : "silu";
  if (activation !== expected) fail(`the activation must be ${expected}`, activation);

  const heads = count(fields, "num_attention_heads");
  const common = {
    heads,
    keyValueHeads: count(fields, "num_key_value_heads", heads),
    epsilon: positive(fields, "rms_norm_eps", 1e-6),
  };
  if (!gemma) {
    const rope = readRope(fields, 10_000);
    const headSize = fields.head_dim == null ? undefined : count(fields, "head_dim");
    return { family: "llama", ...common, headSize, rope: () => rope, window: () => undefined };
  }
  const headSize = count(fields, "head_dim", 256);
  const scale = positive(fields, "query_pre_attn_scalar", 256);
  if (scale !== headSize) fail("query_pre_attn_scalar must equal head_dim", scale);
  return { family: "gemma3", ...common, headSize, ...gemmaLayers(fields) };
}

/** Gemma 3: five layers with a sliding window and fast rotary positions, then one that sees everything. */
function gemmaLayers(fields: Fields): Pick<LlamaConfig, "rope" | "window"> {
  const pattern = count(fields, "sliding_window_pattern", 6);
  const types = fields.layer_types;
  const isLocal = (layer: number): boolean =>
    Array.isArray(types) ? types[layer] === "sliding_attention" : (layer + 1) % pattern !== 0;
  const parameters = isFields(fields.rope_parameters) ? fields.rope_parameters : undefined;
  const global = readRope(subset(parameters, "full_attention") ?? fields, 1_000_000);
  const localFields = subset(parameters, "sliding_attention") ?? { rope_theta: fields.rope_local_base_freq };
  const local = readRope(localFields, 10_000);
  const window = count(fields, "sliding_window", 512);
  return {
    rope: (layer) => (isLocal(layer) ? local : global),
    window: (layer) => (isLocal(layer) ? window : undefined),
  };
}

function readRope(fields: Fields, defaultBase: number): Rope {
  const parameters = isFields(fields.rope_parameters) ? fields.rope_parameters : fields;
  const base = positive(parameters, "rope_theta", defaultBase);
  const scaling = fields.rope_scaling ?? (parameters.rope_type === undefined ? undefined : parameters);
  if (!isFields(scaling)) return { base };
  const type = scaling.rope_type ?? scaling.type;
  if (type === "default") return { base };
  return { base, scaling: readScaling(type, scaling) };
}

function readScaling(type: unknown, fields: Fields): RopeScaling {
  const factor = positive(fields, "factor");
  if (type === "linear") return { type, factor };
  if (type !== "llama3") fail("rope_type must be default, linear or llama3", type);
  return {
    type: "llama3",
    factor,
    lowFrequencyFactor: positive(fields, "low_freq_factor"),
    highFrequencyFactor: positive(fields, "high_freq_factor"),
    originalContext: count(fields, "original_max_position_embeddings"),
  };
}

function subset(fields: Fields | undefined, name: string): Fields | undefined {
  const value = fields?.[name];
  return isFields(value) ? value : undefined;
}

function positive(fields: Fields, name: string, otherwise?: number): number {
  const value = fields[name] ?? otherwise;
  if (typeof value !== "number" || !(value > 0) || !Number.isFinite(value))
    fail(`${name} must be positive`, value);
  return value;
}

function count(fields: Fields, name: string, otherwise?: number): number {
  const value = positive(fields, name, otherwise);
  if (!Number.isSafeInteger(value)) fail(`${name} must be an integer`, value);
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fail(rule: string, received: unknown): never {
  throw new CsiFeedbackError("MODEL_CONFIG", `config.json: ${rule}, received ${JSON.stringify(received)}`);
}
