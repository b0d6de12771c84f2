package io.tidemark.sim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final List<URI> THREE =
      Stream.of("tcp://a", "tcp://B.local:2883", "coap://c:5683").map(URI::create).toList();

  private final Turns turns = new Turns(THREE, 0);

  @Test
  void allAreTriedBeforeARoundIsOver() {
    for (int round = 0; round < 3; round++) {
      assertThat(turns.isHome()).isTrue();
      assertThat(leaving("")).isEqualTo("B.local at once");
      assertThat(leaving("")).isEqualTo("c at once");
      assertThat(leaving("")).isEqualTo("a after a pause");
    }
  }

  @Test
  void aGatewayThatWasGoodBeginsARound() {
    leaving("");
    leaving("");
    turns.beginRound();
    assertThat(leaving("")).isEqualTo("a at once");
    assertThat(leaving("")).isEqualTo("B.local at once");
    assertThat(leaving("")).isEqualTo("c after a pause");
  }

  @Test
  void whoGoesHomeAndIsSentAwayIsStillInTheRound() {
    leaving("");
    turns.goHome();
    assertThat(turns.isHome()).isTrue();
    assertThat(leaving("")).isEqualTo("B.local at once");
    assertThat(leaving("")).isEqualTo("c at once");
    assertThat(leaving("")).isEqualTo("a after a pause");
  }

  @Test
  void aReferenceToAGatewayOfTheListIsFollowed() {
    leaving(""); // to b
    turns.beginRound();
    assertThat(leaving("nowhere:1 c:1883 A")).isEqualTo("a at once"); // 1883 by default
    turns.beginRound();
    assertThat(leaving("b.LOCAL:2883")).isEqualTo("B.local at once");
  }

  @Test
  void anyOtherIsNot() {
    for (String reference :
        List.of("evil:1883", "c:5683", "B.local", "a:1884", ":1883", " ", "a")) {
      Turns fresh = new Turns(THREE, 0);
      fresh.leave(reference);
      assertThat(fresh.gateway()).as(reference).isEqualTo(THREE.get(1));
    }
  }

  @Test
  void twoThatNameEachOtherDoNotKeepIt() {
    assertThat(leaving("b.local:2883")).isEqualTo("B.local at once");
    assertThat(leaving("a:1883")).isEqualTo("c at once");
    assertThat(leaving("a:1883")).isEqualTo("a after a pause");
  }

  @Test
  void aDevicesHomeIsTheGatewayItBeginsWith() {
    Turns second = new Turns(THREE, 1);
    assertThat(second.home()).isEqualTo(THREE.get(1));
    assertThat(second.isHome()).isTrue();
    assertThat(second.leave("")).isFalse();
    assertThat(second.leave("")).isFalse();
    assertThat(second.gateway()).isEqualTo(THREE.get(0));
    second.goHome();
    assertThat(second.gateway()).isEqualTo(THREE.get(1));
  }

  @Test
  void oneAloneIsTriedAfterEachPause() {
    Turns alone = new Turns(List.of(URI.create("tcp://[::1]")), 0);
    assertThat(alone.leave("[::1]")).isTrue();
    assertThat(alone.leave("")).isTrue();
    assertThat(alone.isHome()).isTrue();
  }

  private String leaving(String reference) {
    boolean over = turns.leave(reference);
    return turns.gateway().getHost() + (over ? " after a pause" : " at once");
  }
}
