package io.tidemark.sim.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.EstServer;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class IdentitiesTest {
  private static final TestAuthority OURS = new TestAuthority("ours");

  @TempDir private Path record;

  @Test
  void theNextAddressIsAskedIfOneIsGoneNowAndLater() throws Exception {
    EstServer gone = new EstServer(OURS, new Identity(Role.DEVICE, "d1"));
    gone.close();
    try (EstServer server = new EstServer(OURS, new Identity(Role.DEVICE, "d1"))) {
      EnrolmentToken token =
          new EnrolmentToken(
              new byte[EnrolmentToken.SECRET_BYTES],
              EstClient.fingerprint(OURS.root()),
              List.of(gone.url(), server.url()));
      try (Identities made = Identities.of(List.of("d1"), record, token, words -> {})) {
        CredentialFolder kept = new CredentialFolder(record.resolve("identity/device-d1"));
        assertThat(kept.credential()).isPresent();
        assertThat(kept.servers()).containsExactly(gone.url(), server.url());
        assertThat(made.renewed()).isZero();
        made.refused("d1");
        Awaitility.await().until(() -> made.renewed() == 1);
        assertThat(made.failures()).isZero();
        assertThat(made.lastFailure()).isEmpty();
        server.close();
      }
      try (Identities again = Identities.of(List.of("d1"), record, null, words -> {})) {
        again.refused("d1");
        Awaitility.await().until(() -> again.failures() > 0);
        assertThat(again.lastFailure()).isNotEmpty();
        assertThat(again.renewed()).isZero();
      }
    }
    assertThatThrownBy(() -> Identities.of(List.of("d2"), record, null, words -> {}).close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("d2 has no certificate");
  }
}
