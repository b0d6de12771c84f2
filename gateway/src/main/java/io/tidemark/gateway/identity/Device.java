package io.tidemark.gateway.identity;

import java.time.Instant;

/**
 * A device that has proved who it is.
 *
 * @param name as its certificate has it, and as its readings have to
 * @param until when its certificate ends, and with it whatever it was good for
 */
public record Device(String name, Instant until) {
  /** What is said to one whose certificate has ended. */
  public String lapsed() {
    return "the certificate of device %s was valid until %s: renew it".formatted(name, until);
  }

  /** What is said to one that speaks for another. */
  public String notItsOwn(String other) {
    return "by its certificate this is device %s, which sends its own readings and not those of %s"
        .formatted(name, other);
  }
}
