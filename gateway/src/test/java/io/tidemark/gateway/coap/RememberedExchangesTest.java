package io.tidemark.gateway.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.CoAP.Type;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.core.network.Exchange.Origin;
import org.eclipse.californium.core.network.KeyMID;
import org.eclipse.californium.elements.UdpEndpointContext;
import org.junit.jupiter.api.Test;

class RememberedExchangesTest {
  private static final long LIFETIME_NANOS = 100;

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 50);
  private final Set<Exchange> inProgress = new HashSet<>();
  private final RememberedExchanges remembered =
      new RememberedExchanges(10, LIFETIME_NANOS, inProgress::contains, now::get);

  private static Exchange exchange() {
    return new Exchange(Request.newPost(), "peer", Origin.REMOTE, null);
  }

  private static KeyMID key(int id) {
    return new KeyMID(id, "peer");
  }

  @Test
  void theFirstOfAnIdIsReturnedToAllThatFollow() {
    Exchange first = exchange();
    assertThat(remembered.findPrevious(key(1), first)).isNull();
    assertThat(remembered.findPrevious(key(1), exchange())).isSameAs(first);
    assertThat(remembered.remembers(key(1))).isTrue();
    assertThat(remembered.find(key(1))).as("no response belongs to what was received").isNull();
    assertThat(remembered.findPrevious(new KeyMID(1, "another"), exchange())).isNull();
    assertThat(remembered.size()).isEqualTo(2);
  }

  @Test
  void ofWhatIsOverTheAnswerIsKeptAlone() {
    byte[] bytes = {0x61, 0x44, 0, 1, 7};
    Exchange first = exchange(1);
    first.setSendNanoTimestamp(42);
    remembered.findPrevious(key(1), first);
    remembered.answered(exchange(1), bytes);
    assertThat(remembered.findPrevious(key(1), exchange(1)))
        .as("not by another exchange")
        .isSameAs(first);

    remembered.answered(first, bytes);
    Exchange repetition = exchange(1);
    assertThat(remembered.findPrevious(key(1), repetition)).isSameAs(repetition);
    assertThat(repetition.getCurrentResponse().getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(repetition.getCurrentResponse().getType()).isEqualTo(Type.ACK);
    assertThat(repetition.getCurrentResponse().getBytes()).isEqualTo(bytes);
    assertThat(repetition.getSendNanoTimestamp()).isEqualTo(42);

    now.addAndGet(LIFETIME_NANOS);
    assertThat(remembered.findPrevious(key(1), exchange(1))).isNull();
  }

  private static Exchange exchange(int id) {
    Request request = Request.newPost();
    request.setMID(id);
    request.setToken(new byte[] {7});
    request.setSourceContext(new UdpEndpointContext(new InetSocketAddress("127.0.0.1", 5683)));
    return new Exchange(request, "peer", Origin.REMOTE, null);
  }

  @Test
  void afterALifetimeAnIdIsNewAgain() {
    remembered.findPrevious(key(1), exchange());
    now.addAndGet(LIFETIME_NANOS - 1);
    assertThat(remembered.findPrevious(key(1), exchange())).isNotNull();
    now.addAndGet(1);
    Exchange later = exchange();
    assertThat(remembered.findPrevious(key(1), later)).isNull();
    assertThat(remembered.findPrevious(key(1), exchange())).isSameAs(later);
    now.addAndGet(LIFETIME_NANOS);
    remembered.findPrevious(key(2), exchange());
    assertThat(remembered.size()).as("what has expired is let go").isEqualTo(1);
  }

  @Test
  void theOldestGoFirstWhenThereAreTooMany() {
    for (int id = 0; id < 1_000; id++) {
      remembered.findPrevious(key(id), exchange());
      assertThat(remembered.size()).isLessThanOrEqualTo(10);
    }
    assertThat(remembered.remembers(key(989))).isFalse();
    assertThat(remembered.remembers(key(990))).isTrue();
  }

  @Test
  void whatIsInProgressStays() {
    for (int id = 0; id < 5; id++) {
      Exchange exchange = exchange();
      inProgress.add(exchange);
      remembered.findPrevious(key(id), exchange);
    }
    for (int id = 5; id < 1_000; id++) {
      remembered.findPrevious(key(id), exchange());
      assertThat(remembered.size()).isLessThanOrEqualTo(10 + 5);
    }
    for (int id = 0; id < 5; id++) {
      assertThat(remembered.remembers(key(id))).isTrue();
    }
    inProgress.clear();
    for (int id = 1_000; id < 1_020; id++) {
      remembered.findPrevious(key(id), exchange());
    }
    assertThat(remembered.remembers(key(0))).isFalse();
    assertThat(remembered.size()).isLessThanOrEqualTo(10);
  }

  @Test
  void moreInProgressThanAreRememberedDoNotLoop() {
    for (int id = 0; id < 30; id++) {
      Exchange exchange = exchange();
      inProgress.add(exchange);
      remembered.findPrevious(key(id), exchange);
    }
    now.addAndGet(2 * LIFETIME_NANOS);
    remembered.findPrevious(key(30), exchange());
    assertThat(remembered.remembers(key(0))).isTrue();
  }

  @Test
  void onlyTheKnownPredecessorIsReplaced() {
    Exchange first = exchange();
    Exchange second = exchange();
    remembered.findPrevious(key(1), first);
    assertThat(remembered.replacePrevious(key(1), exchange(), second)).isFalse();
    assertThat(remembered.replacePrevious(key(1), first, second)).isTrue();
    assertThat(remembered.findPrevious(key(1), exchange())).isSameAs(second);
    remembered.stop();
    assertThat(remembered.isEmpty()).isTrue();
  }
}
