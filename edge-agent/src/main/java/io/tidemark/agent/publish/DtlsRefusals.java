package io.tidemark.agent.publish;

import io.tidemark.identity.UntrustedException;
import java.util.Locale;
import java.util.Set;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.jspecify.annotations.Nullable;

/** What the end of a DTLS handshake means: whether somebody was not believed, and why. */
final class DtlsRefusals {
  /** What a gateway says that does not believe this device. */
  private static final Set<AlertDescription> NOT_BELIEVED =
      Set.of(
          AlertDescription.BAD_CERTIFICATE,
          AlertDescription.UNSUPPORTED_CERTIFICATE,
          AlertDescription.CERTIFICATE_REVOKED,
          AlertDescription.CERTIFICATE_EXPIRED,
          AlertDescription.CERTIFICATE_UNKNOWN,
          AlertDescription.UNKNOWN_CA,
          AlertDescription.ACCESS_DENIED);

  private DtlsRefusals() {}

  /**
   * Whether one side did not believe the other. Not if a gateway has no room, or stops: to renew
   * the certificate would not help.
   */
  static boolean isOne(Throwable problem) {
    HandshakeException ended = handshake(problem);
    return untrusted(problem) != null
        || ended != null && NOT_BELIEVED.contains(ended.getAlert().getDescription());
  }

  /** Why a handshake ended, as TLS says it; null if the problem is something else. */
  static @Nullable String words(Throwable problem) {
    UntrustedException untrusted = untrusted(problem);
    if (untrusted != null) {
      return untrusted.getMessage();
    }
    HandshakeException ended = handshake(problem);
    return ended == null ? null : words(ended.getAlert().getDescription());
  }

  private static String words(AlertDescription alert) {
    return alert == AlertDescription.CERTIFICATE_REVOKED
        ? "%s, or enrolled again if another was enrolled under its name (%s)"
            .formatted(Link.SHUT_OUT, code(alert))
        : "Received fatal alert: " + code(alert);
  }

  /** As TLS writes it. */
  static String code(AlertDescription alert) {
    return alert.name().toLowerCase(Locale.ROOT);
  }

  private static @Nullable UntrustedException untrusted(Throwable problem) {
    Throwable cause = problem;
    while (cause != null && !(cause instanceof UntrustedException)) {
      cause = cause.getCause();
    }
    return cause instanceof UntrustedException untrusted ? untrusted : null;
  }

  private static @Nullable HandshakeException handshake(Throwable problem) {
    Throwable cause = problem;
    while (cause != null && !(cause instanceof HandshakeException)) {
      cause = cause.getCause();
    }
    return cause instanceof HandshakeException ended ? ended : null;
  }
}
