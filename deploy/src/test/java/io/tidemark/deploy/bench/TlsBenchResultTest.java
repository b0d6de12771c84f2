package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.bench.TlsBenchResult.Disturbed;
import io.tidemark.deploy.bench.TlsBenchResult.Handshakes;
import io.tidemark.deploy.bench.TlsBenchResult.Idle;
import io.tidemark.deploy.bench.TlsBenchResult.Round;
import io.tidemark.deploy.bench.TlsBenchResult.Throughput;
import java.util.List;
import org.junit.jupiter.api.Test;

class TlsBenchResultTest {
  private static final AckTimes ALONE = new AckTimes(2, 10);

  private static TlsBenchResult result(double plain, double p99, long letIn) {
    return new TlsBenchResult(
        Throughput.of(List.of(new Round(80, plain), new Round(90, plain), new Round(10, plain))),
        List.of(new Handshakes("TLS", 100, 2.5)),
        new Idle(1_000, 12_000, 20_000),
        Disturbed.of(20, 199.6, letIn, ALONE, new AckTimes(3, p99)));
  }

  @Test
  void whatIsMetIsSaid() {
    TlsBenchResult result = result(100, 20, 0);
    assertThat(result.throughput().ratio()).as("the middle one").isEqualTo(0.8);
    assertThat(result.disturbed().ratio()).isEqualTo(2);
    assertThat(result.lines())
        .contains(
            "with / without: 0.80; it is to be at least 0.8: met",
            "p99 beside / alone: 2.00; it is to be at most 2: met",
            "20 messages a second, and 200 bad clients, of which 0 could send",
            "an idle connection with TLS, of 1,000: 12.0 kB of heap, 20.0 kB of RAM")
        .anyMatch(line -> line.matches("TLS +2\\.50 +400"));
  }

  @Test
  void whatIsMissedIsSaid() {
    TlsBenchResult result = result(101, 20.1, 0);
    assertThat(result.throughput().met()).isFalse();
    assertThat(result.disturbed().met()).isFalse();
    assertThat(result.lines()).filteredOn(line -> line.endsWith("missed")).hasSize(2);
    assertThat(result(100, 1, 1).disturbed().met()).as("somebody was let in").isFalse();
  }
}
