package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.bench.TlsBenchResult.Disturbed;
import io.tidemark.deploy.bench.TlsBenchResult.Handshakes;
import io.tidemark.deploy.bench.TlsBenchResult.Idle;
import io.tidemark.deploy.bench.TlsBenchResult.Round;
import io.tidemark.deploy.bench.TlsBenchResult.Stretch;
import io.tidemark.deploy.bench.TlsBenchResult.Throughput;
import java.util.List;
import org.junit.jupiter.api.Test;

class TlsBenchResultTest {
  private static final long MS = 1_000_000;

  /** Ten seconds, two messages. */
  private static Stretch stretch(double p99Ms, double cpu, double badCpu, long came, long letIn) {
    return new Stretch(new long[] {2 * MS, (long) (p99Ms * MS)}, 10, cpu, badCpu, came, letIn);
  }

  private static TlsBenchResult result(double plain, double p99, long letIn) {
    return new TlsBenchResult(
        Throughput.of(
            1_000, List.of(new Round(80, plain), new Round(90, plain), new Round(10, plain))),
        List.of(new Handshakes("TLS", 100, 2.5)),
        new Idle(1_000, 12_000, 20_000),
        Disturbed.of(
            2,
            20,
            List.of(stretch(10, 1, 0, 0, 0), stretch(4, 2, 0, 0, 0)),
            List.of(stretch(p99, 5, 4, 1_990, letIn), stretch(3, 7, 6, 2_002, 0))));
  }

  @Test
  void whatIsMetIsSaid() {
    TlsBenchResult result = result(100, 20, 0);
    assertThat(result.throughput().ratio()).as("the middle one").isEqualTo(0.8);
    assertThat(result.disturbed().ratio()).as("of all rounds together").isEqualTo(2);
    assertThat(result.disturbed().rounds())
        .extracting(round -> round.beside().p99Ms())
        .containsExactly(20.0, 3.0);
    assertThat(result.lines())
        .contains(
            "with / without: 0.80; it is to be at least 0.8: met",
            "p99 beside / alone: 2.00; it is to be at most 2: met",
            "20 messages a second, and 200 bad clients, of which 0 could send",
            "of 2 processors the gateway kept 0.15 busy alone and 0.60 beside them, and the bad clients themselves 0.50",
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
    List<Stretch> few = List.of(stretch(1, 1, 1, 1_799, 0));
    assertThat(Disturbed.of(2, 20, few, few).met()).as("too few came").isFalse();
  }
}
