package io.tidemark.gateway.identity;

import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.Trust;
import io.tidemark.identity.UntrustedException;
import io.tidemark.identity.UntrustedException.Reason;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;

/** Which devices are let in: those whose certificate is believed. Thread-safe. */
public final class Devices {
  private final ClientTrust clients;
  private final Clock clock;

  /** Believes what {@code trust} does. */
  public Devices(Trust trust, Clock clock) {
    this.clients = ClientTrust.of(trust, clock, (identity, certificate) -> requireDevice(identity));
    this.clock = clock;
  }

  private static void requireDevice(Identity identity) throws UntrustedException {
    if (identity.role() != Role.DEVICE) {
      throw new UntrustedException(
          Reason.WRONG_ROLE, "a device was expected, but this is " + identity);
    }
  }

  /** What TLS asks during a handshake. */
  public ClientTrust clients() {
    return clients;
  }

  /**
   * Who has shown this chain.
   *
   * @throws UntrustedException if it is not believed, or no device
   */
  public Device check(List<X509Certificate> chain) throws UntrustedException {
    Identity identity = clients.check(chain);
    return Device.certified(identity.name(), chain.get(0).getNotAfter().toInstant());
  }

  /** Whether its certificate has ended. */
  public boolean isLapsed(Device device) {
    return clock.instant().isAfter(device.until());
  }

  public Clock clock() {
    return clock;
  }
}
