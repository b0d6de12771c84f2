package io.tidemark.gateway.identity;

import io.tidemark.identity.Bars;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.Trust;
import io.tidemark.identity.UntrustedException;
import io.tidemark.identity.UntrustedException.Reason;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which devices are let in: those whose certificate is believed and that are not shut out.
 * Thread-safe.
 */
public final class Devices {
  private final ClientTrust clients;
  private final Supplier<Bars> bars;
  private final Clock clock;

  /**
   * Believes what {@code trust} does.
   *
   * @param bars who is shut out now; asked each time
   */
  public Devices(Trust trust, Supplier<Bars> bars, Clock clock) {
    this.clients = ClientTrust.of(trust, clock, (identity, certificate) -> requireDevice(identity));
    this.bars = bars;
    this.clock = clock;
  }

  private static void requireDevice(Identity identity) throws UntrustedException {
    if (identity.role() != Role.DEVICE) {
      throw new UntrustedException(
          Reason.WRONG_ROLE, "a device was expected, but this is " + identity);
    }
  }

  /** What TLS asks during a handshake; who is shut out has yet to be told so. */
  public ClientTrust clients() {
    return clients;
  }

  /**
   * Who has shown this chain; it may be shut out.
   *
   * @throws UntrustedException if it is not believed, or no device
   */
  public Device check(List<X509Certificate> chain) throws UntrustedException {
    Identity identity = clients.check(chain);
    return Device.certified(identity.name(), chain.get(0));
  }

  /** Why one that has proved who it is may not come in, or stay; null if it may. */
  public @Nullable UntrustedException objection(Device device) {
    try {
      bars.get().check(new Identity(Role.DEVICE, device.name()), device.from());
      return null;
    } catch (UntrustedException e) {
      return e;
    }
  }

  /** Whether a device of this name has no way in, whatever it shows. */
  public boolean isShutOut(String name) {
    return bars.get().isShutOut(new Identity(Role.DEVICE, name));
  }

  /** Whether its certificate has ended. */
  public boolean isLapsed(Device device) {
    return clock.instant().isAfter(device.until());
  }

  public Clock clock() {
    return clock;
  }
}
