// The connection to Redis, and the names under which things are kept there.
import { CsiFeedbackError } from "@csi-feedback/common";
import { Redis } from "ioredis";

/** Name of the job list, and the beginning of all keys. */
export const queueName = "csi-feedback-trainings";

/**
 * Connects, or fails at once; a connection that is lost later is taken up again.
 *
 * @throws CsiFeedbackError `REDIS_UNREACHABLE`, `INVALID_OPTION` for an address that is none.
 */
export async function connectRedis(url: string): Promise<Redis> {
  if (!/^rediss?:\/\/\S+$/.test(url)) {
    throw new CsiFeedbackError(
      "INVALID_OPTION",
      `--redis: must be an address such as redis://localhost:6379, received ${JSON.stringify(url)}`,
    );
  }
  let connected = false;
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => (connected ? Math.min(attempt * 200, 5000) : null),
  });
  // Reported by the call that fails; without a listener ioredis prints them.
  redis.on("error", () => {});
  try {
    await redis.connect();
  } catch (cause) {
    redis.disconnect();
    const { host, port } = redis.options;
    throw new CsiFeedbackError(
      "REDIS_UNREACHABLE",
      `no Redis server answers at ${host}:${port} (${(cause as Error).message}); start one with: redis-server --port ${port}`,
      { cause },
    );
  }
  connected = true;
  return redis;
}
