package io.tidemark.gateway.identity;

import io.tidemark.wire.AccessList;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The passwords and keys of devices without certificates, as the newest list has them. Thread-safe;
 * does not block.
 */
public final class Secrets {
  private final Supplier<Known> newest;

  /** What a list says of them, by device. */
  public record Known(Map<String, AccessList.Secret> byDevice, Set<String> shutOut) {
    /** What this one says. */
    public static Known of(AccessList list) {
      return new Known(
          list.secrets().stream()
              .collect(
                  Collectors.toUnmodifiableMap(
                      AccessList.Secret::device, Function.identity(), (first, second) -> second)),
          list.barred().stream()
              .filter(barred -> barred.entirely() && barred.role().equals("device"))
              .map(AccessList.Barred::name)
              .collect(Collectors.toUnmodifiableSet()));
    }
  }

  /**
   * Those of the newest list.
   *
   * @param newest asked each time, by any thread; answers at once
   */
  public Secrets(Supplier<Known> newest) {
    this.newest = newest;
  }

  /** The hash of a device's password; null if it has none. */
  @Nullable String passwordHash(String device) {
    AccessList.Secret secret = newest.get().byDevice.get(device);
    return secret == null || secret.passwordHash().isEmpty() ? null : secret.passwordHash();
  }

  /** Whether the device has no way in, whatever it shows. */
  boolean isShutOut(String device) {
    return newest.get().shutOut.contains(device);
  }

  /** A device's key; null if it has none, or is shut out. The array is not to be changed. */
  public byte @Nullable [] key(String device) {
    Known now = newest.get();
    AccessList.Secret secret = now.byDevice.get(device);
    return secret == null || secret.psk().length == 0 || now.shutOut.contains(device)
        ? null
        : secret.psk();
  }

  /** Whether what the device has shown still counts; of a certificate that is not known here. */
  public boolean stillCounts(Device device) {
    return switch (device.proof()) {
      case CERTIFICATE -> true;
      case PASSWORD ->
          !isShutOut(device.name()) && device.secret().equals(passwordHash(device.name()));
      case KEY -> {
        byte[] key = key(device.name());
        yield key != null && device.secret().equals(mark(key));
      }
    };
  }

  /** Tells keys apart, and does not give them away. */
  public static String mark(byte[] key) {
    try {
      return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
