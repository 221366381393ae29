// Sessions by signature, bounded by number and by bytes, the least recently used
// released first.
import type { Session } from "./runtime";

/** A bounded cache of sessions. */
export class SessionCache {
  private readonly entries = new Map<string, { session: Session; bytes: number }>();
  private totalBytes = 0;
  hits = 0;
  misses = 0;

  constructor(
    private readonly maxEntries: number,
    private readonly maxBytes: number,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  get bytes(): number {
    return this.totalBytes;
  }

  get(signature: string): Session | undefined {
    const entry = this.entries.get(signature);
    if (entry === undefined) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    this.entries.delete(signature);
    this.entries.set(signature, entry);
    return entry.session;
  }

  /** Keeps a session; older ones are released until both bounds hold, the new one excepted. */
  set(signature: string, session: Session, bytes: number): void {
    this.entries.set(signature, { session, bytes });
    this.totalBytes += bytes;
    for (const [oldest, entry] of this.entries) {
      if (this.entries.size === 1) break;
      if (this.entries.size <= this.maxEntries && this.totalBytes <= this.maxBytes) break;
      this.entries.delete(oldest);
      this.totalBytes -= entry.bytes;
      entry.session.release();
    }
  }

  /** Releases every session. */
  clear(): void {
    for (const { session } of this.entries.values()) session.release();
    this.entries.clear();
    this.totalBytes = 0;
  }

  /** Calls a function on every session. */
  forEach(visit: (session: Session) => void): void {
    for (const { session } of this.entries.values()) visit(session);
  }
}
