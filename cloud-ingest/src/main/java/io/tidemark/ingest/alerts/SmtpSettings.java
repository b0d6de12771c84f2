package io.tidemark.ingest.alerts;

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

  /** Whether mail can be sent. */
  public boolean isConfigured() {
    return !host.isEmpty();
  }
}
