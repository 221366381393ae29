// HTTP requests for parts of a file: ranges, retries, and errors that say what to do.
// The access token of the Hugging Face hub goes to that hub alone.
import { setTimeout as delay } from "node:timers/promises";
import { CsiFeedbackError } from "@csi-feedback/common";
import { hubEndpoint } from "./location";

/** How often and how long to try. */
export interface RetryOptions {
  /** Tries in a row without a single new byte before a transfer is given up; 5 when absent. */
  readonly attempts?: number;
  /** Wait before the second try [s], doubled for each further one; 1 when absent. */
  readonly retryDelay?: number;
  /** A transfer that stands still for this long is tried again [s]; 60 when absent. */
  readonly stallTimeout?: number;
  readonly signal?: AbortSignal;
}

/** A failure that another try may cure: the connection broke, or the server was busy. */
class TransientError extends Error {}

/** What the server said of the file as a whole. */
export interface RemoteFile {
  readonly fileBytes: number;
  /** The server's mark of this version of the file; empty when it gives none. */
  readonly etag: string;
}

/** Text of a URL for messages: without a query, which may hold a signature. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/**
 * Transfers bytes `begin` to `end` of a file to `sink`, chunk after chunk, and goes on where it stopped when the
 * connection breaks.
 *
 * @throws CsiFeedbackError `HTTP_NOT_FOUND`, `HTTP_UNAUTHORIZED`, `HTTP_STATUS`, `HTTP_RANGES_UNSUPPORTED`,
 * `HTTP_FAILED` when no try helped; the reason of `signal` when that was aborted.
 */
export async function transferRange(
  url: URL,
  begin: number,
  end: number,
  sink: (chunk: Uint8Array, file: RemoteFile) => void | Promise<void>,
  options: RetryOptions = {},
): Promise<void> {
  let position = begin;
  await retrying(url, options, async (signal, progress) => {
    const response = await request(url, signal, { Range: `bytes=${position}-${end - 1}` });
    const file = checkRange(url, response, position, end);
    for await (const chunk of response.body ?? []) {
      progress();
      if (position + chunk.length > end) throw new TransientError("more bytes than asked for");
      await sink(chunk, file);
      position += chunk.length;
    }
    const last = Math.min(end, file.fileBytes);
    if (position < last) throw new TransientError(`the connection ended ${last - position} bytes early`);
  });
}

/** Fetches a small file whole. Errors as {@link transferRange}, and `HTTP_TOO_LARGE` above `limit` bytes. */
export async function fetchWhole(url: URL, limit: number, options: RetryOptions = {}): Promise<Uint8Array> {
  return retrying(url, options, async (signal, progress) => {
    const response = await request(url, signal, {});
    const chunks: Uint8Array[] = [];
    let total = 0;
    for await (const chunk of response.body ?? []) {
      progress();
      total += chunk.length;
      if (total > limit) {
        throw new CsiFeedbackError(
          "HTTP_TOO_LARGE",
          `safetensors: ${shown(url)} is larger than ${limit} bytes`,
        );
      }
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  });
}

async function request(url: URL, signal: AbortSignal, headers: Record<string, string>): Promise<Response> {
  const token = process.env.HF_TOKEN ?? process.env.HUGGING_FACE_HUB_TOKEN;
  const toHub = url.origin === new URL(hubEndpoint()).origin;
  const authorization = token && toHub ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(url, {
    headers: { "Accept-Encoding": "identity", ...headers, ...authorization },
    signal,
  });
  if (response.ok) return response;
  await response.body?.cancel();
  const text = `${shown(url)} answered ${response.status} ${response.statusText}`.trimEnd();
  const { status } = response;
  if (status === 408 || status === 429 || status >= 500) throw new TransientError(text);
  if (status === 401 || status === 403) {
    const hint = toHub ? " (gated or private models need an access token in HF_TOKEN)" : "";
    throw new CsiFeedbackError("HTTP_UNAUTHORIZED", `safetensors: ${text}${hint}`);
  }
  throw new CsiFeedbackError(status === 404 ? "HTTP_NOT_FOUND" : "HTTP_STATUS", `safetensors: ${text}`);
}

function checkRange(url: URL, response: Response, begin: number, end: number): RemoteFile {
  const [, first, last, total] =
    /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
  const answered =
    response.status === 206 && Number(first) === begin && Number(last) === Math.min(end, Number(total)) - 1;
  if (!answered) {
    void response.body?.cancel();
    throw new CsiFeedbackError(
      "HTTP_RANGES_UNSUPPORTED",
      `safetensors: ${shown(url)} must answer a request for bytes ${begin}-${end - 1} with just these, received status ${response.status}`,
    );
  }
  return { fileBytes: Number(total), etag: response.headers.get("etag") ?? "" };
}

/** Runs `attempt` again after transient failures; calls of `progress` reset the count of tries and the stall timer. */
async function retrying<T>(
  url: URL,
  { attempts = 5, retryDelay = 1, stallTimeout = 60, signal }: RetryOptions,
  attempt: (signal: AbortSignal, progress: () => void) => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; ) {
    const stall = new AbortController();
    const timer = setTimeout(
      () => stall.abort(new TransientError(`no data for ${stallTimeout} s`)),
      stallTimeout * 1000,
    );
    const progress = () => {
      failures = 0;
      timer.refresh();
    };
    try {
      signal?.throwIfAborted();
      return await attempt(signal ? AbortSignal.any([signal, stall.signal]) : stall.signal, progress);
    } catch (error) {
      signal?.throwIfAborted();
      // fetch reports a broken connection as TypeError.
      if (!(error instanceof TransientError || error instanceof TypeError)) throw error;
      failures++;
      if (failures >= attempts) {
        const reason =
          error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
        throw new CsiFeedbackError("HTTP_FAILED", `safetensors: ${shown(url)} could not be read: ${reason}`, {
          cause: error,
        });
      }
    } finally {
      clearTimeout(timer);
    }
    await delay(retryDelay * 1000 * 2 ** (failures - 1), undefined, signal ? { signal } : undefined);
  }
}
