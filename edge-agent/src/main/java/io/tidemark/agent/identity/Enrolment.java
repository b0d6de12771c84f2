package io.tidemark.agent.identity;

import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.DeviceClock;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.EstException;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Trust;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Gets a device its first certificate, by a token. */
public final class Enrolment {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private Enrolment() {}

  /**
   * Enrols; what was got is in {@code folder} when it returns.
   *
   * @param again whether a credential that is there already is given up for a new one
   * @throws IdentityException why it was not done, with what to do
   */
  public static Credential enrol(String device, Path folder, EnrolmentToken token, boolean again)
      throws IdentityException {
    CredentialFolder kept = new CredentialFolder(folder);
    try {
      if (!again && kept.credential().isPresent()) {
        throw new IdentityException(
            "%s has a credential already: it renews itself. Give --again to have another one made in its place"
                .formatted(folder));
      }
      return ask(new Identity(Role.DEVICE, device), kept, token);
    } catch (IOException e) {
      throw new IdentityException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The first that answers decides: what it refuses, the others would. */
  private static Credential ask(Identity device, CredentialFolder kept, EnrolmentToken token)
      throws IOException, IdentityException {
    List<String> problems = new ArrayList<>();
    for (URI url : token.urls()) {
      try {
        List<X509Certificate> authorities = EstClient.meet(url, TIMEOUT, token.authority());
        // A new device has not been told the time: see DeviceClock.
        Instant known = authorities.get(0).getNotBefore().toInstant();
        ServerTrust servers =
            new ServerTrust(
                new Trust(authorities), new DeviceClock(Clock.systemUTC(), () -> known));
        Credential credential =
            EstClient.of(url, TIMEOUT, servers, null).enrol(token.secretText(), device, List.of());
        kept.store(authorities);
        kept.storeServers(token.urls());
        kept.store(credential); // the last: with it all is there
        return credential;
      } catch (EstException e) {
        throw new IdentityException(String.valueOf(e.getMessage()), e);
      } catch (IOException | GeneralSecurityException e) {
        problems.add("%s: %s".formatted(url, e.getMessage()));
      }
    }
    throw new IdentityException("nobody could be asked. " + String.join("; ", problems));
  }
}
