package io.tidemark.wire.failover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  /** The last one speaks CoAP. */
  private static final List<String> THREE = List.of("a", "B.local:2883", "");

  private final Turns turns = new Turns(THREE, 0);

  @Test
  void allAreTriedBeforeARoundIsOver() {
    for (int round = 0; round < 3; round++) {
      assertThat(turns.isHome()).isTrue();
      assertThat(leaving("")).isEqualTo("1 at once");
      assertThat(leaving("")).isEqualTo("2 at once");
      assertThat(leaving("")).isEqualTo("0 after a pause");
    }
  }

  @Test
  void aGatewayThatWasGoodBeginsARound() {
    leaving("");
    leaving("");
    turns.beginRound();
    assertThat(leaving("")).isEqualTo("0 at once");
    assertThat(leaving("")).isEqualTo("1 at once");
    assertThat(leaving("")).isEqualTo("2 after a pause");
  }

  @Test
  void whoGoesHomeAndIsSentAwayIsStillInTheRound() {
    leaving("");
    turns.goHome();
    assertThat(turns.isHome()).isTrue();
    assertThat(leaving("")).isEqualTo("1 at once");
    assertThat(leaving("")).isEqualTo("2 at once");
    assertThat(leaving("")).isEqualTo("0 after a pause");
  }

  @Test
  void aReferenceToAGatewayOfTheListIsFollowed() {
    leaving(""); // to the second
    turns.beginRound();
    assertThat(leaving("nowhere:1 c:1883 A")).isEqualTo("0 at once"); // 1883 by default
    turns.beginRound();
    assertThat(leaving("b.LOCAL:2883")).isEqualTo("1 at once");
    turns.beginRound();
    assertThat(leaving("a:1883")).isEqualTo("0 at once");
  }

  @Test
  void anyOtherIsNot() {
    for (String reference :
        List.of("evil:1883", "c:5683", "B.local", "a:1884", ":1883", ":", " ", "a")) {
      Turns fresh = new Turns(THREE, 0);
      fresh.leave(reference);
      assertThat(fresh.current()).as(reference).isEqualTo(1);
    }
  }

  @Test
  void twoThatNameEachOtherDoNotKeepIt() {
    assertThat(leaving("b.local:2883")).isEqualTo("1 at once");
    assertThat(leaving("a:1883")).isEqualTo("2 at once");
    assertThat(leaving("a:1883")).isEqualTo("0 after a pause");
  }

  @Test
  void homeIsTheGatewayItBeginsWith() {
    Turns second = new Turns(THREE, 1);
    assertThat(second.home()).isEqualTo(1);
    assertThat(second.isHome()).isTrue();
    assertThat(second.leave("")).isFalse();
    assertThat(second.leave("")).isFalse();
    assertThat(second.current()).isZero();
    second.goHome();
    assertThat(second.current()).isEqualTo(1);
  }

  @Test
  void anAddressIsNoPort() {
    Turns addresses = new Turns(List.of("", "", "[::1]", "[::2]:1883"), 0);
    addresses.leave("[::2]");
    assertThat(addresses.current()).isEqualTo(3);
    addresses.leave("[::1]:1883");
    assertThat(addresses.current()).isEqualTo(2);
  }

  @Test
  void oneAloneIsTriedAfterEachPause() {
    Turns alone = new Turns(List.of("[::1]"), 0);
    assertThat(alone.leave("[::1]")).isTrue();
    assertThat(alone.leave("")).isTrue();
    assertThat(alone.isHome()).isTrue();
  }

  private String leaving(String reference) {
    boolean over = turns.leave(reference);
    return turns.current() + (over ? " after a pause" : " at once");
  }
}
