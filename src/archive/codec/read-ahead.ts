/**
 * The values of `source`, each asked for while the one before it is being used: for a source that works on a thread of
 * its own. When its reader stops early, what is under way is waited for before the source is closed.
 */
export async function* readAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = source.next();
      // Its failure is thrown when it is this one's turn.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await next.catch(() => {});
    await source.return(undefined);
  }
}
