package io.tidemark.gateway.replication;

import static io.tidemark.gateway.replication.ReplicatedLogContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.identity.Bars;
import io.tidemark.identity.Credential;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.UntrustedException.Reason;
import io.tidemark.wire.AccessList;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Gateways that prove who they are to each other. */
class ClusterTlsTest extends ClusterBench {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private volatile Bars bars = Bars.NONE;
  private final Map<String, OwnCredential> credentials = new ConcurrentHashMap<>();
  private final Map<String, PeerTls> tls = new ConcurrentHashMap<>();

  ClusterTlsTest() throws IOException {}

  @Override
  PeerTls tls(String gateway) {
    OwnCredential own = new OwnCredential(credential(OURS, Role.GATEWAY, gateway));
    credentials.put(gateway, own);
    PeerTls made = new PeerTls(own, OURS.trust(), () -> bars, Clock.systemUTC());
    tls.put(gateway, made);
    return made;
  }

  private static Credential credential(TestAuthority authority, Role role, String name) {
    return authority.credential(new io.tidemark.identity.Identity(role, name), "127.0.0.1");
  }

  @Test
  void theyReplicateAndOneThatComesBackWithANewCertificateIsTakenIn() throws Exception {
    startAll();
    commit("g1", bytes("first"), 1);
    for (String gateway : running.keySet()) {
      soon().until(() -> texts(log(gateway, "g1")).equals(List.of("first")));
    }
    // What they have is over; only what they have now is believed for new connections.
    Instant now = Instant.now();
    OwnCredential own = credentials.get("g2");
    own.replace(
        OURS.credential(
            own.now().identity(), now.minusSeconds(100), now.minusSeconds(50), "127.0.0.1"));
    stop("g3");
    start("g3");
    assertThatThrownBy(() -> greetAs("g2")).hasStackTraceContaining("SSL");
    own.replace(credential(OURS, Role.GATEWAY, "g2"));
    greetAs("g2");
    soon().until(() -> texts(log("g3", "g1")).equals(List.of("first")));
    oneThatIsShutOutIsOutAlthoughItIsConnected();
  }

  private void oneThatIsShutOutIsOutAlthoughItIsConnected() throws Exception {
    bars = shutOut("gateway", "g3");
    for (String other : List.of("g1", "g2")) {
      soon().until(() -> tls.get(other).refused(Reason.SHUT_OUT) > 0);
    }
    soon().until(() -> log("g3", "g1").state().role() == State.Role.ELECTING);
    commit("g1", bytes("meanwhile"), 1);
    soon().until(() -> texts(log("g2", "g1")).equals(List.of("first", "meanwhile")));
    assertThat(texts(log("g3", "g1"))).containsExactly("first");
    bars = Bars.NONE;
    soon().until(() -> texts(log("g3", "g1")).equals(List.of("first", "meanwhile")));
  }

  @Test
  void whoIsShutOutIsNeitherHeardNorAsked() throws Exception {
    startAs(line("g1"), "g1");
    credentials.put("g2", new OwnCredential(credential(OURS, Role.GATEWAY, "g2")));
    greetAs("g2");
    bars = shutOut("gateway", "g2");
    assertThatThrownBy(() -> greetAs("g2")).hasStackTraceContaining("certificate_unknown");
    bars = shutOut("device", "g2");
    greetAs("g2");
    Bars without = shutOut("gateway", "g1");
    PeerTls asking =
        new PeerTls(credentials.get("g2"), OURS.trust(), () -> without, Clock.systemUTC());
    assertThatThrownBy(() -> greet(asking)).hasStackTraceContaining("gateway g1 is shut out");
  }

  private static Bars shutOut(String role, String name) {
    return Bars.of(
        new AccessList(1, List.of(new AccessList.Barred(role, name, 0)), List.of(), List.of()));
  }

  private void greetAs(String gateway) throws Exception {
    greet(new PeerTls(credentials.get(gateway), OURS.trust(), () -> Bars.NONE, Clock.systemUTC()));
  }

  private void greet(PeerTls tls) throws Exception {
    try (PeerLink link = new PeerLink(new Address("127.0.0.1", at("g1").port()), tls)) {
      link.greet(Greeting.getDefaultInstance(), LIMIT).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  @Test
  void nobodyElseIsHeard() {
    startAs(line("g1"), "g1");
    Clock clock = Clock.systemUTC();
    for (Credential stranger :
        List.of(
            credential(OTHERS, Role.GATEWAY, "g1"),
            credential(OURS, Role.DEVICE, "g1"),
            credential(OURS, Role.INGEST, "ingest"))) {
      assertThatThrownBy(
              () ->
                  greet(
                      new PeerTls(
                          new OwnCredential(stranger), OURS.trust(), () -> Bars.NONE, clock)))
          .as(stranger.toString())
          .hasStackTraceContaining("UNAVAILABLE");
    }
    assertThatThrownBy(
            () -> greet(new PeerTls(credentials.get("g1"), OTHERS.trust(), () -> Bars.NONE, clock)))
        .hasStackTraceContaining("no authority of ours");
    assertThatThrownBy(
            () -> {
              try (PeerLink plain = new PeerLink(new Address("127.0.0.1", at("g1").port()), null)) {
                plain
                    .greet(Greeting.getDefaultInstance(), LIMIT)
                    .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
              }
            })
        .hasStackTraceContaining("UNAVAILABLE");
  }
}
