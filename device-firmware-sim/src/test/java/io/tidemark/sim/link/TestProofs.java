package io.tidemark.sim.link;

import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.Tls;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** Of devices that one authority has signed and that believe one, which may be another. */
public final class TestProofs implements Proofs {
  /** How often somebody was not believed. */
  public final AtomicInteger refused = new AtomicInteger();

  private final TestAuthority own;
  private final ServerTrust servers;

  public TestProofs(TestAuthority own, TestAuthority believed) {
    this.own = own;
    this.servers = new ServerTrust(believed.trust(), server -> Instant.now());
  }

  private OwnCredential own(String device) {
    return new OwnCredential(own.credential(new Identity(Role.DEVICE, device)));
  }

  @Override
  public SSLContext of(String device) {
    try {
      return Tls.client(servers, own(device));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public SSLContext datagramsOf(String device) {
    try {
      return Tls.datagramClient(servers, own(device));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void refused(String device) {
    refused.incrementAndGet();
  }
}
