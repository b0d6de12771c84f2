package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WaitingTest {
  @Test
  void patienceEnds() {
    assertThatThrownBy(
            () -> Waiting.patiently(Duration.ZERO, () -> false, () -> "nothing is counted"))
        .isInstanceOf(IOException.class)
        .hasMessage("waited for 0 s: nothing is counted");
  }

  @Test
  void whatHoldsIsNotWaitedFor() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Waiting.patiently(Duration.ZERO, () -> asked.incrementAndGet() == 1, () -> "never said");
    assertThat(asked).hasValue(1);
  }
}
