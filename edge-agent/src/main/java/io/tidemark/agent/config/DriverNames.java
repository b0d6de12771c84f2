package io.tidemark.agent.config;

import java.util.Set;
import java.util.TreeSet;

/**
 * The names of the drivers there are. What a sensor's driver reads from decides what its {@code
 * bus} and {@code address} mean.
 *
 * @param i2c drivers of chips on an I2C bus
 * @param oneWire drivers of chips on a 1-Wire bus
 * @param board drivers of the computer itself
 * @param itself drivers of the agent itself
 */
public record DriverNames(
    Set<String> i2c, Set<String> oneWire, Set<String> board, Set<String> itself) {
  public DriverNames {
    i2c = Set.copyOf(i2c);
    oneWire = Set.copyOf(oneWire);
    board = Set.copyOf(board);
    itself = Set.copyOf(itself);
  }

  /** All of them, in the order of the alphabet. */
  Set<String> all() {
    Set<String> all = new TreeSet<>(i2c);
    all.addAll(oneWire);
    all.addAll(board);
    all.addAll(itself);
    return all;
  }
}
