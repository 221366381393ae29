// A local web server with range requests, and faults on demand.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that was answered, and how many bytes of body went out. */
interface ServedRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  bytes: number;
}

export class RangeServer {
  readonly #server: Server;
  readonly files = new Map<string, Uint8Array>();
  readonly requests: ServedRequest[] = [];
  etag = '"1"';
  /** Answers the next requests with these statuses in place of the file. */
  nextStatuses: number[] = [];
  /** Cuts the connection of the next requests after so many bytes. */
  nextCuts: number[] = [];
  /** Answers with the whole file whatever was asked. */
  ignoreRanges = false;
  /** Sends requests for the key to the address of the value. */
  readonly redirects = new Map<string, string>();

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<RangeServer> {
    const server = new RangeServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bytes of bodies sent since the last call. */
  takeBytes(): number {
    const bytes = this.requests.reduce((sum, request) => sum + request.bytes, 0);
    this.requests.length = 0;
    return bytes;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? "/", this.origin).pathname;
    const { range, authorization } = request.headers;
    const served: ServedRequest = { path, range, authorization, bytes: 0 };
    this.requests.push(served);
    const redirect = this.redirects.get(path);
    if (redirect !== undefined) return void response.writeHead(302, { Location: redirect }).end();
    const status = this.nextStatuses.shift();
    if (status !== undefined) return void response.writeHead(status).end("an error page");
    const file = this.files.get(path);
    if (file === undefined) return void response.writeHead(404).end("not found");

    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    const whole = first === undefined || this.ignoreRanges;
    const begin = whole ? 0 : Number(first);
    const end = whole ? file.length : Math.min(Number(last) + 1, file.length);
    const headers = { ETag: this.etag, "Content-Length": end - begin };
    if (whole) response.writeHead(200, headers);
    else response.writeHead(206, { ...headers, "Content-Range": `bytes ${begin}-${end - 1}/${file.length}` });
    const cut = this.nextCuts.shift();
    const body = file.subarray(begin, cut === undefined ? end : Math.min(end, begin + cut));
    served.bytes += body.length;
    if (cut === undefined) response.end(body);
    else response.write(body, () => setTimeout(() => response.destroy(), 20));
  }
}
