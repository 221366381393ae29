// Ctrl-C: the first one asks the work to end in good order, the second ends it now.

/** A signal that the first Ctrl-C or SIGTERM aborts; `ending` says on stderr what happens then. */
export function interruptSignal(ending: string): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      process.stderr.write(`\n${ending}; once more to stop now\n`);
      controller.abort();
    });
  }
  return controller.signal;
}
