package io.tidemark.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One list, two protocols. */
@Timeout(120)
class FailoverTest {
  private final FakeCoapGateway coap = new FakeCoapGateway();
  private final FakeGateway mqtt = new FakeGateway();
  private final PublishBench bench;

  FailoverTest(@TempDir Path dir) throws Exception {
    bench = new PublishBench(dir);
    bench.ackTimeout = Duration.ofMillis(50);
    bench.connectTimeout = Duration.ofSeconds(5);
    bench.stallTimeout = Duration.ofSeconds(5);
  }

  @AfterEach
  void tearDown() throws Exception {
    bench.close();
    coap.close();
    mqtt.close();
  }

  @Test
  void eachProtocolTakesOverFromTheOther() throws Exception {
    bench.publishTo(coap.start().uri(), mqtt.start().uri());
    bench.batches(3, 2);
    awaitAcknowledged(6);
    assertThat(bench.gateway()).isEqualTo(coap.uri().toString());

    coap.answers(batch -> FakeCoapGateway.SILENCE); // takes some of it, and dies before it answers
    bench.batches(3, 2);
    await().until(() -> coap.arrivals().stream().anyMatch(arrival -> !arrival.accepted()));
    coap.stop();
    awaitAcknowledged(12);
    assertThat(bench.gateway()).isEqualTo(mqtt.uri().toString());

    coap.answers(batch -> FakeCoapGateway.ACCEPT);
    coap.start();
    mqtt.answers(batch -> FakeGateway.WITHHOLD);
    bench.batches(3, 2);
    await().until(() -> mqtt.arrivals().stream().anyMatch(arrival -> !arrival.accepted()));
    mqtt.stop();
    awaitAcknowledged(18);
    assertThat(bench.gateway()).isEqualTo(coap.uri().toString());

    assertThat(bench.publisher().drain(Duration.ofSeconds(30))).isTrue();
    bench.assertNumbersStored(18, coap, mqtt);
    assertThat(coap.accepted().get(0).header().epoch())
        .isEqualTo(mqtt.accepted().get(0).header().epoch());
    assertThat(mqtt.accepted().get(0).readings()).isEmpty(); // a status, here as there
  }

  @Test
  void homeIsHomeWhateverItSpeaks() throws Exception {
    bench.homeAfter = Duration.ofMillis(300);
    coap.start();
    coap.stop();
    bench.publishTo(coap.uri(), mqtt.start().uri());
    bench.batches(2, 1);
    awaitAcknowledged(2);
    assertThat(bench.gateway()).isEqualTo(mqtt.uri().toString());
    coap.start();
    await().until(() -> bench.gateway().equals(coap.uri().toString()));
    bench.batches(2, 1);
    awaitAcknowledged(4);
    bench.assertNumbersStored(4, coap, mqtt);
  }

  private void awaitAcknowledged(long count) {
    await().until(() -> bench.journal.counts().acknowledged() == count);
  }
}
