// A value that is computed again only when what it depends on has changed.

/**
 * @param inputs what it depends on, compared one by one with ===
 * @param compute the value; called at most once for the same inputs in a row
 */
export function memo<T>(inputs: () => readonly unknown[], compute: () => T): () => T {
  let last: { inputs: readonly unknown[]; value: T } | null = null;
  return () => {
    const now = inputs();
    if (last === null || now.some((input, i) => input !== last!.inputs[i])) last = { inputs: now, value: compute() };
    return last.value;
  };
}
