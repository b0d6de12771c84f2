package io.tidemark.agent.identity;

import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.DeviceClock;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Renewal;
import io.tidemark.identity.Role;
import io.tidemark.identity.SecretFile;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this device proves with who it is: a certificate, kept fresh from {@link #start} to {@link
 * #close}, or a password. Thread-safe.
 */
public final class DeviceIdentity implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DeviceIdentity.class);

  private static final int PASSWORD_MAX_CHARS = 256;

  private final SSLContext tls;
  private final ServerTrust servers;
  private final @Nullable OwnCredential own;
  private final @Nullable Renewal renewal;
  private final @Nullable String password;
  private final Told told;

  private DeviceIdentity(
      ServerTrust servers,
      @Nullable OwnCredential own,
      @Nullable Renewal renewal,
      Told told,
      @Nullable String password)
      throws GeneralSecurityException {
    this.tls = Tls.client(servers, own);
    this.servers = servers;
    this.own = own;
    this.renewal = renewal;
    this.told = told;
    this.password = password;
  }

  /**
   * Reads a password, which is what an administrator was shown.
   *
   * @param folder has {@code authorities.pem}: whom this device believes
   * @throws IdentityException if there is none of them, or others can read the password
   */
  public static DeviceIdentity withPassword(Path file, Path folder) throws IdentityException {
    try {
      if (!Files.isRegularFile(file)) {
        throw new IdentityException(
            "there is no file %s, which identity.password-file names: put the password into it that was made for this device"
                .formatted(file));
      }
      SecretFile.require(file);
      String password = Files.readString(file).strip();
      if (password.isEmpty() || password.length() > PASSWORD_MAX_CHARS) {
        throw new IdentityException(
            "%s has %d characters, but a password has 1 to %d"
                .formatted(file, password.length(), PASSWORD_MAX_CHARS));
      }
      List<X509Certificate> authorities = new CredentialFolder(folder).authorities();
      if (authorities.isEmpty()) {
        throw new IdentityException(
            "%s has no authorities.pem, by which a gateway is known: copy root.pem of ingest's authority there"
                .formatted(folder));
      }
      ServerTrust servers = new ServerTrust(new Trust(authorities), server -> Instant.now());
      return new DeviceIdentity(servers, null, null, new Told(), password);
    } catch (IOException | GeneralSecurityException e) {
      throw new IdentityException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Reads what enrolment has left there; a certificate whose time is over will do, as it can be
   * renewed.
   *
   * @throws IdentityException if {@code device} was not enrolled there, or nothing can be read
   */
  public static DeviceIdentity open(String device, Path folder) throws IdentityException {
    CredentialFolder kept = new CredentialFolder(folder);
    try {
      Credential credential =
          kept.credential()
              .orElseThrow(
                  () ->
                      new IdentityException(
                          "%s has no credential, which ssl:// and coaps:// gateways ask for: get an enrolment token for device %s and run \"sudo tidemark-agent enroll --token-file - < FILE\""
                              .formatted(folder, device)));
      Identity wanted = new Identity(Role.DEVICE, device);
      if (!credential.identity().equals(wanted)) {
        throw new IdentityException(
            "the credential in %s is that of %s, and the configuration says device %s: correct one of them, or enrol %s with --again"
                .formatted(folder, credential.identity(), device, device));
      }
      List<X509Certificate> authorities = kept.authorities();
      if (authorities.isEmpty()) {
        throw new IdentityException(
            "%s has no authorities.pem: restore it, or enrol with --again".formatted(folder));
      }
      return of(credential, new Trust(authorities), kept);
    } catch (IOException | GeneralSecurityException e) {
      throw new IdentityException(String.valueOf(e.getMessage()), e);
    }
  }

  private static DeviceIdentity of(Credential credential, Trust trust, CredentialFolder kept)
      throws IOException, GeneralSecurityException {
    OwnCredential own = new OwnCredential(credential);
    ServerTrust servers =
        new ServerTrust(trust, new DeviceClock(Clock.systemUTC(), () -> own.now().notBefore()));
    Told told = new Told();
    Renewal renewal =
        new Renewal(
            own,
            trust,
            servers,
            kept,
            kept.servers(),
            List.of(),
            Clock.systemUTC(),
            new SecureRandom(),
            told);
    return new DeviceIdentity(servers, own, renewal, told, null);
  }

  /** Connections of whoever proves to be this device. */
  public SSLContext tls() {
    return tls;
  }

  /** Whom it believes. */
  public ServerTrust servers() {
    return servers;
  }

  /** The certificate that it has now, with its key; null if a password proves who it is. */
  public @Nullable OwnCredential own() {
    return own;
  }

  /** With what it proves that, beside its name; null if a certificate does. */
  public @Nullable String password() {
    return password;
  }

  /**
   * Keeps it fresh from now on.
   *
   * @param onRenewed told each time there is another certificate, on a thread of this; must not
   *     block
   */
  public void start(Runnable onRenewed) {
    told.onRenewed = onRenewed;
    if (renewal != null) {
      renewal.start();
    }
  }

  /** Somebody did not believe it: renewing may help. Returns at once. */
  public void refused() {
    if (renewal != null) {
      renewal.soon();
    }
  }

  @Override
  public void close() throws InterruptedException {
    if (renewal != null) {
      renewal.close();
    }
  }

  private static final class Told implements Renewal.Listener {
    private volatile Runnable onRenewed = () -> {};

    @Override
    public void renewed(Credential credential) {
      log.info("The certificate was renewed: {}", credential);
      onRenewed.run();
    }

    @Override
    public void failed(String why) {
      log.warn("The certificate could not be renewed, which is tried again. {}", why);
    }
  }
}
