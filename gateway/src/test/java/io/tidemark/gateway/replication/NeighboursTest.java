package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.replication.generated.Greeting;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is known of gateways that greet, and for how long. */
class NeighboursTest {
  private final AtomicLong now = new AtomicLong();
  private final Neighbours neighbours =
      new Neighbours(Greeting::getDefaultInstance, null, now::get);

  private void hear(String gateway) {
    neighbours.hear(Greeting.newBuilder().setGateway(gateway).setIncarnation("1f").build());
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void aGreetingIsBelievedForAMoment() {
    hear("g2");
    pass(Neighbours.RECENT);
    assertThat(neighbours.recent("g2")).isNotNull();
    pass(Duration.ofNanos(1));
    assertThat(neighbours.recent("g2")).isNull();
    assertThat(neighbours.last("g2")).isNotNull();
  }

  @Test
  void whoWasSilentForLongHasReturnedOnce() {
    hear("g2");
    hear("g3");
    assertThat(neighbours.returned()).as("they were never away").isEmpty();
    pass(Duration.ofSeconds(4));
    hear("g3");
    assertThat(neighbours.returned()).as("connections bear that").isEmpty();
    pass(Duration.ofSeconds(2));
    hear("g2");
    hear("g3");
    assertThat(neighbours.returned()).containsExactly("g2.1f");
    assertThat(neighbours.returned()).isEmpty();
  }
}
