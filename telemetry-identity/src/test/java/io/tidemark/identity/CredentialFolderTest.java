package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialFolderTest {
  private static final TestAuthority AUTHORITY = new TestAuthority("ours");
  private static final Credential CREDENTIAL =
      AUTHORITY.credential(new Identity(Role.DEVICE, "d1"));

  @TempDir private Path temporary;

  @Test
  void whatIsKeptIsRead() throws Exception {
    CredentialFolder folder = new CredentialFolder(temporary.resolve("identity"));
    assertThat(folder.credential()).isEmpty();
    assertThat(folder.authorities()).isEmpty();
    assertThat(folder.servers()).isEmpty();
    folder.storeServers(List.of(URI.create("https://a:1"), URI.create("https://b:2")));
    assertThat(folder.servers())
        .containsExactly(URI.create("https://a:1"), URI.create("https://b:2"));
    folder.store(CREDENTIAL);
    folder.store(List.of(AUTHORITY.root()));
    assertThat(folder.credential()).contains(CREDENTIAL);
    assertThat(folder.authorities()).containsExactly(AUTHORITY.root());
    Credential renewed = AUTHORITY.credential(new Identity(Role.DEVICE, "d1"));
    folder.store(renewed);
    assertThat(folder.credential()).contains(renewed);
    try (var files = Files.list(temporary.resolve("identity"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("credential.pem", "authorities.pem", "servers.txt");
    }
  }

  @Test
  void othersMayNotReadTheKey() throws Exception {
    CredentialFolder folder = new CredentialFolder(temporary.resolve("identity"));
    folder.store(CREDENTIAL);
    Path file = temporary.resolve("identity/credential.pem");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(temporary.resolve("identity"))))
        .isEqualTo("rwx------");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(folder::credential)
        .hasMessage(
            "%s has a key in it and may be read or changed by others (rw-r-----): chmod 600 it, and have the key made anew if somebody may have read it",
            file);
  }

  @Test
  void whatIsBrokenIsNamed() throws Exception {
    CredentialFolder folder = new CredentialFolder(temporary);
    folder.store(CREDENTIAL);
    Path file = temporary.resolve("credential.pem");
    String text = Files.readString(file);
    Files.writeString(file, text.substring(0, text.length() / 2));
    assertThatThrownBy(folder::credential)
        .hasMessageStartingWith(file + " is no credential (")
        .hasMessageEndingWith("): restore it, or remove it and enrol again");
    Files.writeString(file, Pem.of(TestAuthority.keys().getPrivate()) + Pem.of(CREDENTIAL.chain()));
    assertThatThrownBy(folder::credential)
        .hasMessageContaining("the key is not that of the certificate of CN=somebody");
    Files.writeString(file, Pem.of(CREDENTIAL.chain()));
    assertThatThrownBy(folder::credential)
        .hasMessageContaining(
            "it needs one \"BEGIN PRIVATE KEY\" (PKCS#8, not encrypted), and has 0");
    Files.writeString(temporary.resolve("authorities.pem"), "nothing");
    assertThatThrownBy(folder::authorities).hasMessageContaining("has no certificate");
    Files.writeString(temporary.resolve("servers.txt"), "https://a:1\nnot one\n");
    assertThatThrownBy(folder::servers).hasMessageContaining("a line is https://host:port");
    assertThat(CREDENTIAL.toString()).startsWith("device d1, valid from");
  }
}
