package io.tidemark.gateway.coap;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BacklogTest {
  @Test
  void roomIsTakenAndGivenBack() {
    Backlog backlog = new Backlog(2_000);
    assertThat(backlog.enter(1_000)).isTrue();
    assertThat(backlog.enter(1_000)).isFalse();
    assertThat(backlog.bytes()).isEqualTo(1_000 + Backlog.DATAGRAM_OVERHEAD_BYTES);
    backlog.leave(1_000);
    assertThat(backlog.bytes()).isZero();
    assertThat(backlog.enter(1_000)).isTrue();
  }

  @Test
  void emptyDatagramsCostToo() {
    Backlog backlog = new Backlog(10 * Backlog.DATAGRAM_OVERHEAD_BYTES);
    for (int i = 0; i < 10; i++) {
      assertThat(backlog.enter(0)).isTrue();
    }
    assertThat(backlog.enter(0)).isFalse();
  }
}
