package io.tidemark.agent.identity;

import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.FirstCertificate;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.UnreachableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
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

  private static Credential ask(Identity device, CredentialFolder kept, EnrolmentToken token)
      throws IOException, IdentityException {
    FirstCertificate got;
    try {
      got = FirstCertificate.get(token, device, List.of(), TIMEOUT, Clock.systemUTC());
    } catch (UnreachableException e) {
      throw new IdentityException("nobody could be asked. " + e.getMessage(), e);
    }
    kept.store(got.authorities());
    kept.storeServers(token.urls());
    kept.store(got.credential()); // the last: with it all is there
    return got.credential();
  }
}
