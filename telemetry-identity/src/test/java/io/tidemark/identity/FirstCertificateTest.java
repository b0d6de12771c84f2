package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FirstCertificateTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final Identity DEVICE = new Identity(Role.DEVICE, "d1");
  private EstServer server;
  private EstServer gone;

  @BeforeEach
  void start() throws Exception {
    server = new EstServer(OURS, DEVICE);
    gone = new EstServer(OURS, DEVICE);
    gone.close();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static FirstCertificate get(Clock clock, byte[] authority, URI... urls)
      throws IOException {
    EnrolmentToken token =
        new EnrolmentToken(new byte[EnrolmentToken.SECRET_BYTES], authority, List.of(urls));
    return FirstCertificate.get(token, DEVICE, List.of(), Duration.ofSeconds(10), clock);
  }

  private static FirstCertificate get(URI... urls) throws Exception {
    return get(Clock.systemUTC(), EstClient.fingerprint(OURS.root()), urls);
  }

  @Test
  void theNextIsAskedIfOneIsGoneOrBusy() throws Exception {
    server.answer("/simpleenroll", 503, "busy");
    FirstCertificate got = get(gone.url(), server.url(), server.url());
    assertThat(got.from()).isEqualTo(server.url());
    assertThat(got.credential().identity()).isEqualTo(DEVICE);
    assertThat(got.authorities()).containsExactly(OURS.root());
  }

  @Test
  void whatOneRefusesIsRefused() {
    server.answer("/simpleenroll", 403, "the enrolment token was withdrawn");
    assertThatThrownBy(() -> get(gone.url(), server.url(), server.url()))
        .isInstanceOf(EstException.class)
        .hasMessageContaining("answers 403: the enrolment token was withdrawn");
    assertThat(server.asked).hasSize(2);
  }

  @Test
  void whatMayComeLaterIsToldFromWhatWillNot() throws Exception {
    server.answer("/simpleenroll", 503, "busy");
    assertThatThrownBy(() -> get(gone.url(), server.url()))
        .isInstanceOf(UnreachableException.class)
        .hasMessageContainingAll(gone.url().toString(), "answers 503: busy");
    byte[] others = EstClient.fingerprint(new TestAuthority("others").root());
    assertThatThrownBy(() -> get(Clock.systemUTC(), others, server.url()))
        .isNotInstanceOf(UnreachableException.class)
        .hasMessageContaining("is not whom the enrolment token is for");
    assertThatThrownBy(() -> get(Clock.systemUTC(), others, server.url(), gone.url()))
        .isInstanceOf(UnreachableException.class);
  }

  @Test
  void whoHasNotBeenToldTheTimeIsEnrolled() throws Exception {
    Clock none = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    assertThat(get(none, EstClient.fingerprint(OURS.root()), server.url()).credential().identity())
        .isEqualTo(DEVICE);
  }
}
