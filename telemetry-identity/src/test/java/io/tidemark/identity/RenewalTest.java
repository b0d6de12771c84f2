package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RenewalTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority NEXT = new TestAuthority("next", Duration.ofDays(600));
  private static final TestAuthority LONG_SINCE = new TestAuthority("long", Duration.ofDays(800));
  private static final TestAuthority OTHER = new TestAuthority("other");
  private static final Identity DEVICE = new Identity(Role.DEVICE, "d1");
  private static final String PATH = "/simplereenroll";

  private final Trust trust = OURS.trust();
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private EstServer server;
  private CredentialFolder folder;

  @TempDir private Path temporary;

  @BeforeEach
  void start() throws Exception {
    server = new EstServer(OURS, DEVICE);
    folder = new CredentialFolder(temporary.resolve("identity"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Renewal renewal(OwnCredential own, URI... urls) {
    return renewal(Clock.systemUTC(), own, urls);
  }

  private Renewal renewal(Clock clock, OwnCredential own, URI... urls) {
    return new Renewal(
        own,
        trust,
        new ServerTrust(trust, certificate -> Instant.now()),
        folder,
        List.of(urls),
        List.of(),
        clock,
        new Random(7),
        new Renewal.Listener() {
          @Override
          public void renewed(Credential credential) {
            told.add("renewed");
          }

          @Override
          public void failed(String why) {
            told.add(why);
          }
        });
  }

  /** Of whose time so much is over, of an hour. */
  private static OwnCredential after(int minutes) {
    Instant from = Instant.now().minus(Duration.ofMinutes(minutes));
    return new OwnCredential(OURS.credential(DEVICE, from, from.plus(Duration.ofHours(1))));
  }

  private String told() throws InterruptedException {
    return told.poll(20, TimeUnit.SECONDS);
  }

  @Test
  void itIsDueWhenTwoThirdsAreOverEachAtItsOwnMoment() {
    Instant from = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Credential credential = OURS.credential(DEVICE, from, from.plus(Duration.ofDays(30)));
    assertThat(Renewal.due(credential, 0))
        .isCloseTo(from.plus(Duration.ofDays(20)), within(1, ChronoUnit.SECONDS));
    assertThat(Renewal.due(credential, 0.05))
        .isCloseTo(from.plus(Duration.ofHours(516)), within(1, ChronoUnit.SECONDS));
    assertThat(Renewal.due(credential, -0.05))
        .isCloseTo(from.plus(Duration.ofHours(444)), within(1, ChronoUnit.SECONDS));
  }

  @Test
  void whatIsDueIsRenewedKeptAndUsed() throws Exception {
    OwnCredential own = after(50);
    Credential before = own.now();
    try (Renewal renewal = renewal(own, server.url())) {
      renewal.start();
      assertThat(told()).isEqualTo("renewed");
      assertThat(own.now()).isNotEqualTo(before);
      assertThat(folder.credential()).contains(own.now());
    }
    assertThat(server.asked).containsExactly("/cacerts device d1 null", PATH + " device d1 null");
  }

  @Test
  void whatIsOverIsRenewedToo() throws Exception {
    OwnCredential own = after(70);
    try (Renewal renewal = renewal(own, server.url())) {
      renewal.start();
      assertThat(told()).isEqualTo("renewed");
    }
  }

  @Test
  void whatIsNotDueIsRenewedWhenAskedForButNotAgainAtOnce() throws Exception {
    OwnCredential own = after(1);
    Credential before = own.now();
    try (Renewal renewal = renewal(own, server.url())) {
      renewal.start();
      assertThat(own.now()).isEqualTo(before);
      renewal.soon();
      assertThat(told()).isEqualTo("renewed");
      await(
          () -> {
            renewal.soon();
            return !renewal.isAsked();
          });
    }
    assertThat(server.asked).hasSize(2);
  }

  private static void await(java.util.function.BooleanSupplier holds) {
    while (!holds.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whatFollowsFromWhomIsBelievedIsBelievedToo() throws Exception {
    server.authorities(
        List.of(OURS.root(), NEXT.root(), NEXT.intermediate(), OURS.vouch(NEXT), OTHER.root()));
    try (Renewal renewal = renewal(after(50), server.url())) {
      renewal.start();
      assertThat(told()).isEqualTo("renewed");
    }
    assertThat(trust.authorities()).containsExactlyInAnyOrder(OURS.root(), NEXT.root());
    assertThat(folder.authorities()).containsExactlyInAnyOrder(OURS.root(), NEXT.root());
  }

  /** Of these, at somebody who knows those. */
  private void renew(EstServer at, List<TestAuthority> knowing, TestAuthority... believed)
      throws Exception {
    trust.replace(Stream.of(believed).map(TestAuthority::root).toList());
    at.authorities(
        knowing.stream()
            .flatMap(authority -> Stream.of(authority.root(), authority.intermediate()))
            .toList());
    try (Renewal renewal = renewal(after(50), at.url())) {
      renewal.start();
      assertThat(told()).isEqualTo("renewed");
    }
  }

  @Test
  void whoHasHadItsDayIsBelievedNoMore() throws Exception {
    try (EstServer moved = new EstServer(OURS, DEVICE, LONG_SINCE)) {
      renew(moved, List.of(LONG_SINCE), OURS, LONG_SINCE, NEXT);
    }
    assertThat(trust.authorities()).containsExactlyInAnyOrder(LONG_SINCE.root(), NEXT.root());
    assertThat(folder.authorities()).containsExactlyInAnyOrder(LONG_SINCE.root(), NEXT.root());
  }

  /** By somebody who does not know of it yet, or has forgotten it too early. */
  @Test
  void nobodyIsForgottenByBeingLeftOut() throws Exception {
    renew(server, List.of(OURS), OURS, LONG_SINCE);
    assertThat(trust.authorities()).containsExactlyInAnyOrder(OURS.root(), LONG_SINCE.root());
    renew(server, List.of(), OURS, LONG_SINCE);
    assertThat(trust.authorities()).containsExactlyInAnyOrder(OURS.root(), LONG_SINCE.root());
  }

  @Test
  void whatMayBeValidYetIsBelievedAlthoughAnotherCameAfterIt() throws Exception {
    renew(server, List.of(NEXT), OURS, NEXT);
    assertThat(trust.authorities()).containsExactlyInAnyOrder(OURS.root(), NEXT.root());
  }

  @Test
  void aClockThatIsAheadDoesNotHaveItRenewedAgainAndAgain() throws Exception {
    Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(50));
    try (Renewal renewal = renewal(ahead, after(1), server.url())) {
      renewal.start();
      assertThat(told()).isEqualTo("renewed");
      await(renewal::isWaiting);
    }
    assertThat(server.asked).hasSize(2);
  }

  @Test
  void whatFailsIsTriedAgain() throws Exception {
    server.answer(PATH, 503, "busy");
    OwnCredential own = after(50);
    Credential before = own.now();
    try (Renewal renewal = renewal(own, server.url())) {
      renewal.start();
      assertThat(told()).endsWith("answers 503: busy");
      assertThat(own.now()).isEqualTo(before);
      assertThat(told()).isEqualTo("renewed");
    }
  }

  @Test
  void theNextIsAskedIfOneIsGone() throws Exception {
    EstServer gone = new EstServer(OURS, DEVICE);
    gone.close();
    try (Renewal renewal = renewal(after(50), gone.url(), server.url())) {
      renewal.start();
      assertThat(told()).isEqualTo("renewed");
    }
  }

  @Test
  void itIsClosedWhileItRests() throws Exception {
    for (int i = 0; i < 5; i++) {
      server.answer(PATH, 403, "you are shut out");
    }
    Renewal renewal = renewal(after(50), server.url());
    renewal.start();
    assertThat(told()).endsWith("answers 403: you are shut out");
    assertThat(told()).endsWith("answers 403: you are shut out");
    renewal.close(); // within two seconds of rest
    assertThat(renewal.isRunning()).isFalse();
  }
}
