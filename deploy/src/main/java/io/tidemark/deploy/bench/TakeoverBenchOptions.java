package io.tidemark.deploy.bench;

import java.util.List;

/**
 * What is measured.
 *
 * @param trials of each kind
 * @param kinds ways in which a gateway is taken away, one after the other
 */
public record TakeoverBenchOptions(int trials, List<TakeoverKind> kinds) {
  public TakeoverBenchOptions {
    kinds = kinds.stream().distinct().toList();
  }
}
