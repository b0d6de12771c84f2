package io.tidemark.identity;

import io.tidemark.wire.Names;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a certificate is for. It is said by a URI among its subject alternative names (RFC 5280,
 * section 4.2.1.6), {@code urn:tidemark:device:boiler-1}; the subject is for people to read, and
 * decides nothing: it may have 64 characters, and a device's name twice as many.
 *
 * @param name of a device or a gateway: as in its readings, or in its cluster
 */
public record Identity(Role role, String name) {
  private static final String PREFIX = "urn:tidemark:";
  private static final int URI = 6;
  private static final int NAMES_MAX = 64;

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if nobody of this role can have it
   */
  public Identity {
    boolean fits = role == Role.DEVICE ? Names.isDevice(name) : Names.isName(name);
    if (!fits) {
      throw new IllegalArgumentException(
          "a %s is named by %s, but not by \"%s\""
              .formatted(
                  role.text(),
                  role == Role.DEVICE
                      ? "1 to 128 of A-Z a-z 0-9 . _ : -"
                      : "1 to 64 of A-Z a-z 0-9 _ . -",
                  Names.shown(name, NAMES_MAX)));
    }
  }

  /** As a certificate has it. */
  public String uri() {
    return PREFIX + role.text() + ":" + name;
  }

  /** Who it is by such a URI; null if that names nobody. */
  public static @Nullable Identity ofUri(String uri) {
    for (Role role : Role.values()) {
      String start = PREFIX + role.text() + ":";
      if (uri.startsWith(start)) {
        String name = uri.substring(start.length());
        return (role == Role.DEVICE ? Names.isDevice(name) : Names.isName(name))
            ? new Identity(role, name)
            : null;
      }
    }
    return null;
  }

  /**
   * Whom a certificate names; whether to believe it is {@link Trust}'s business. Null if it names
   * nobody, or more than one.
   */
  public static @Nullable Identity of(X509Certificate certificate) {
    Identity found = null;
    for (List<?> name : alternativeNames(certificate)) {
      if (name.get(0).equals(URI) && name.get(1) instanceof String uri && uri.startsWith(PREFIX)) {
        Identity named = ofUri(uri);
        if (named == null || found != null) {
          return null;
        }
        found = named;
      }
    }
    return found;
  }

  /**
   * The subject alternative names, as {@link X509Certificate} gives them; none if there are none.
   */
  static Collection<List<?>> alternativeNames(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null ? List.of() : names;
    } catch (CertificateParsingException e) {
      return List.of(); // it names nobody
    }
  }

  /** For a line in a log: {@code device boiler-1}. */
  @Override
  public String toString() {
    return role.text() + " " + name;
  }
}
