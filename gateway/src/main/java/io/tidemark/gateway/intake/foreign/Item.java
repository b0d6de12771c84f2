package io.tidemark.gateway.intake.foreign;

import java.util.Map;

/** A value in JSON or CBOR, as far as they matter here. */
sealed interface Item {
  /** A whole number that is exact in a double. */
  record Whole(long value) implements Item {}

  /** Any other number; finite. */
  record Real(double value) implements Item {}

  /** A text. */
  record Text(String value) implements Item {}

  /** True or false. */
  record Flag(boolean value) implements Item {}

  /** Null: what was not measured. */
  record Nothing() implements Item {}

  /** Bytes, which only CBOR has. */
  record Data() implements Item {}

  /** An object's fields, in the order given. */
  record Fields(Map<String, Item> fields) implements Item {}
}
