package io.tidemark.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What ingest tells gateways about who may come in, beside what certificates say; all of it, each
 * time. Immutable.
 *
 * @param version of two lists the one with the higher version holds; the millisecond of the change
 *     since 1970, or one more than the list before had; at most {@link Limits#NUMBER_MAX}
 * @param barred who is shut out, and whose older certificates are void
 * @param secrets of devices that have no certificate
 * @param sites devices of which the registry knows the site
 */
public record AccessList(
    long version, List<Barred> barred, List<Secret> secrets, List<Site> sites) {
  /** What holds before there is a list: nobody is shut out, and nobody has a secret. */
  public static final AccessList EMPTY = new AccessList(0, List.of(), List.of(), List.of());

  /** Most characters of a password's hash. */
  public static final int HASH_MAX_CHARS = 256;

  /** Fewest bytes of a pre-shared key. */
  public static final int PSK_MIN_BYTES = 16;

  /** Most bytes of a pre-shared key. */
  public static final int PSK_MAX_BYTES = 64;

  /** Most characters of a site's name. */
  public static final int SITE_MAX_CHARS = 100;

  private static final Set<String> ROLES = Set.of("device", "gateway");

  /**
   * Somebody who is shut out, or whose older certificates are.
   *
   * @param role {@code device} or {@code gateway}
   * @param name of it
   * @param issuedBefore certificates whose time begins (notBefore) before this millisecond since
   *     1970 are void; with 0 there is no way in at all
   */
  public record Barred(String role, String name, long issuedBefore) {
    public Barred {
      if (!ROLES.contains(role)) {
        throw new IllegalArgumentException(
            "role is \"%s\", but it is device or gateway".formatted(role));
      }
      requireNamed(role, name);
      requireAtMost(Long.MAX_VALUE, "issued_before", issuedBefore);
    }

    /** Whether there is no way in at all. */
    public boolean entirely() {
      return issuedBefore == 0;
    }
  }

  /**
   * How a device proves who it is that has no certificate.
   *
   * @param device its name
   * @param passwordHash of its password, in the PHC string format; empty if it has none
   * @param psk its pre-shared key; empty if it has none. The array is not to be changed
   */
  public record Secret(String device, String passwordHash, byte[] psk) {
    public Secret {
      Names.requireDevice(device);
      if (passwordHash.length() > HASH_MAX_CHARS) {
        throw new IllegalArgumentException(
            "the hash of %s's password has %d characters, but may have %d"
                .formatted(device, passwordHash.length(), HASH_MAX_CHARS));
      }
      if (psk.length > 0 && (psk.length < PSK_MIN_BYTES || psk.length > PSK_MAX_BYTES)) {
        throw new IllegalArgumentException(
            "the key of %s has %d bytes, but it has %d to %d"
                .formatted(device, psk.length, PSK_MIN_BYTES, PSK_MAX_BYTES));
      }
      if (passwordHash.isEmpty() && psk.length == 0) {
        throw new IllegalArgumentException(
            device + " has neither a password nor a key: it is not to be listed");
      }
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Secret that
          && device.equals(that.device)
          && passwordHash.equals(that.passwordHash)
          && Arrays.equals(psk, that.psk);
    }

    @Override
    public int hashCode() {
      return device.hashCode();
    }

    /** Without what is secret. */
    @Override
    public String toString() {
      return "Secret[" + device + "]";
    }
  }

  /**
   * Devices at a place.
   *
   * @param name of it
   * @param devices their names
   */
  public record Site(String name, List<String> devices) {
    public Site {
      if (name.isEmpty() || name.length() > SITE_MAX_CHARS) {
        throw new IllegalArgumentException(
            "a site's name has %d characters, but it has 1 to %d"
                .formatted(name.length(), SITE_MAX_CHARS));
      }
      devices = List.copyOf(devices);
      devices.forEach(Names::requireDevice);
    }
  }

  public AccessList {
    requireAtMost(Limits.NUMBER_MAX, "version", version);
    barred = List.copyOf(barred);
    secrets = List.copyOf(secrets);
    sites = List.copyOf(sites);
  }

  private static void requireNamed(String role, String name) {
    String unused =
        role.equals("device") ? Names.requireDevice(name) : Names.requireName("gateway", name);
  }

  private static void requireAtMost(long max, String what, long value) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(
          "%s is %s, but it is 0 to %d".formatted(what, Long.toUnsignedString(value), max));
    }
  }
}
