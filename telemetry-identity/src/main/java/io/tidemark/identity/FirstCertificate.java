package io.tidemark.identity;

import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * What somebody gets for an enrolment token. Nothing of it is kept yet.
 *
 * @param authorities whom to believe from now on
 * @param credential with what one proves who one is
 * @param from where it was got
 */
public record FirstCertificate(List<X509Certificate> authorities, Credential credential, URI from) {
  /** Copies the list. */
  public FirstCertificate {
    authorities = List.copyOf(authorities);
  }

  /**
   * Asks at each of the token's addresses in turn. The first that answers decides: what it refuses,
   * the others would. Blocks.
   *
   * @param hosts under which it is reached; of a device none
   * @param timeout of each request
   * @throws EstException if it is refused
   * @throws UnreachableException if it may be got later, in the same way
   * @throws IOException if none of them can be believed
   */
  public static FirstCertificate get(
      EnrolmentToken token,
      Identity identity,
      Collection<String> hosts,
      Duration timeout,
      Clock clock)
      throws IOException {
    List<String> problems = new ArrayList<>();
    boolean mayHelpLater = false;
    for (URI url : token.urls()) {
      try {
        return at(url, token, identity, hosts, timeout, clock);
      } catch (EstException e) {
        if (!e.isForNow()) {
          throw e;
        }
        mayHelpLater = true;
        problems.add(String.valueOf(e.getMessage()));
      } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
        mayHelpLater |= !isDisbelieved(e);
        problems.add("%s: %s".formatted(url, e.getMessage()));
      }
    }
    String said = String.join("; ", problems);
    throw mayHelpLater ? new UnreachableException(said) : new IOException(said);
  }

  private static FirstCertificate at(
      URI url,
      EnrolmentToken token,
      Identity identity,
      Collection<String> hosts,
      Duration timeout,
      Clock clock)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> authorities = EstClient.meet(url, timeout, token.authority());
    // Who is new has not been told the time: see DeviceClock.
    Instant known = authorities.get(0).getNotBefore().toInstant();
    ServerTrust servers =
        new ServerTrust(new Trust(authorities), new DeviceClock(clock, () -> known));
    Credential credential =
        EstClient.of(url, timeout, servers, null).enrol(token.secretText(), identity, hosts);
    return new FirstCertificate(authorities, credential, url);
  }

  private static boolean isDisbelieved(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UntrustedException || cause instanceof SSLPeerUnverifiedException) {
        return true;
      }
    }
    return false;
  }
}
