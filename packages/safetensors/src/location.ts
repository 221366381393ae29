// Where weights are: a file, a folder, a URL, or a repository of the Hugging Face hub.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CsiFeedbackError } from "@csi-feedback/common";

/** A place that is either on this machine or on the web; a folder holds files of known names. */
export type Location =
  | { readonly kind: "file" | "folder"; readonly path: string }
  | { readonly kind: "url" | "url-folder"; readonly url: URL };

/** The hub's address; the environment variable HF_ENDPOINT names a mirror. */
export function hubEndpoint(): string {
  return process.env.HF_ENDPOINT ?? "https://huggingface.co";
}

/**
 * Finds out what `source` names. A URL that ends in a slash is a folder. Text that is no URL is a path when there
 * is such a file or folder, otherwise a repository `owner/name` or `owner/name@revision` of the Hugging Face hub.
 *
 * @throws CsiFeedbackError `FILE_NOT_READABLE` when it is none of these.
 */
export async function locate(source: string | URL): Promise<Location> {
  const url =
    source instanceof URL ? source : /^(https?|file):\/\//.test(source) ? new URL(source) : undefined;
  if (url !== undefined && url.protocol !== "file:") {
    return { kind: url.pathname.endsWith("/") ? "url-folder" : "url", url };
  }
  const path = url === undefined ? String(source) : fileURLToPath(url);
  const status = await stat(path).catch(() => undefined);
  if (status !== undefined) return { kind: status.isDirectory() ? "folder" : "file", path };
  const repository = /^([\w-][\w.-]*\/[\w-][\w.-]*?)(?:@([\w.-]+))?$/.exec(path);
  if (repository !== null && url === undefined) {
    const [, name, revision = "main"] = repository;
    return { kind: "url-folder", url: new URL(`${name}/resolve/${revision}/`, `${hubEndpoint()}/`) };
  }
  throw new CsiFeedbackError("FILE_NOT_READABLE", `safetensors: there is no file ${path}`);
}

/** The place of file `name` in the folder, or beside the file, at `location`. */
export function sibling(location: Location, name: string): Location {
  switch (location.kind) {
    case "folder":
      return { kind: "file", path: join(location.path, name) };
    case "file":
      return { kind: "file", path: join(location.path, "..", name) };
    default:
      return { kind: "url", url: new URL(name, location.url) };
  }
}
