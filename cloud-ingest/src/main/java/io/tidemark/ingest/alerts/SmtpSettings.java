package io.tidemark.ingest.alerts;

import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import java.util.Locale;

/**
 * The mail server alerts are sent by.
 *
 * @param host empty: there is none, and rules with e-mail receivers are refused
 * @param port its port
 * @param security how the connection is secured
 * @param user empty: no authentication
 * @param password the user's
 * @param from the sender's address
 */
public record SmtpSettings(
    String host, int port, Security security, String user, String password, String from) {
  /** How the connection is secured. */
  public enum Security {
    /** By STARTTLS, and not at all if the server has none: nothing is sent in clear. */
    STARTTLS,
    /** From the first byte. */
    TLS,
    /** Not at all. */
    NONE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final int PORT_MAX = 65_535;

  /**
   * Checks it.
   *
   * @throws IllegalArgumentException if there is a host, and the rest is of no use
   */
  public SmtpSettings {
    if (!host.isEmpty()) {
      parse(from);
      if (port < 1 || port > PORT_MAX) {
        throw new IllegalArgumentException(
            "tidemark.alerts.smtp.port must be 1 to %d, but is %d".formatted(PORT_MAX, port));
      }
    }
  }

  private static InternetAddress parse(String from) {
    try {
      return new InternetAddress(from, true);
    } catch (AddressException e) {
      throw new IllegalArgumentException(
          "tidemark.alerts.smtp.host needs tidemark.alerts.smtp.from, e.g. tidemark@example.org, but that is '%s': %s"
              .formatted(from, e.getMessage()),
          e);
    }
  }

  /** The sender's address; only with a host. */
  InternetAddress sender() {
    return parse(from);
  }

  /** What is behind the @ of the sender's address; only with a host. */
  String senderDomain() {
    String address = sender().getAddress();
    return address.substring(address.lastIndexOf('@') + 1);
  }

  /** All but the password. */
  @Override
  public String toString() {
    return "%s:%d, %s, as '%s', from '%s'".formatted(host, port, security, user, from);
  }

  /** Whether mail can be sent. */
  public boolean isConfigured() {
    return !host.isEmpty();
  }
}
