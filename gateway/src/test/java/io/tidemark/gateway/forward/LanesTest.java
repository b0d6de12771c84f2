package io.tidemark.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.gateway.replication.Mark;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lanes by themselves: the clock is a number, and one entry is a window. */
class LanesTest {
  private static final long LIVE_AFTER = Duration.ofSeconds(5).toNanos();

  private final FakeLog log = new FakeLog();
  private final TreeMap<Long, Integer> committed = new TreeMap<>();
  private final Set<Long> stored = new TreeSet<>();
  private final List<Window> sent = new ArrayList<>();
  private long now;

  private static ForwardSettings settings(int inFlight) {
    return new ForwardSettings(
        List.of(URI.create("http://127.0.0.1:1")),
        1,
        inFlight,
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        Duration.ofNanos(LIVE_AFTER),
        Duration.ofSeconds(1));
  }

  private Lanes lanes(int inFlight) {
    return new Lanes(log, settings(inFlight), log.mark(), now);
  }

  private long propose(int readings) throws Exception {
    long index = log.propose(new byte[10], readings).toCompletableFuture().get();
    committed.put(index, readings);
    return index;
  }

  private void proposeMany(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      propose(1);
    }
  }

  /** Reads, and sends what waits. */
  private void step(Lanes lanes) throws IOException {
    lanes.fill(now);
    for (Window window = lanes.due(now); window != null; window = lanes.due(now)) {
      window.sent();
      sent.add(window);
    }
  }

  private void store(Lanes lanes, Window window) {
    sent.remove(window);
    stored.add(window.last());
    lanes.answering(now);
    lanes.stored(window);
  }

  private void drain(Lanes lanes) throws IOException {
    step(lanes);
    while (!sent.isEmpty()) {
      store(lanes, sent.get(0));
      step(lanes);
    }
  }

  @Test
  void whatWaitedBeforeTheLeadershipIsOldOnceIngestAnswers() throws Exception {
    proposeMany(50);
    Lanes lanes = lanes(4);
    step(lanes);
    assertThat(sent).extracting(Window::last).containsExactly(1L, 2L, 3L, 4L);
    store(lanes, sent.get(0));
    propose(1);
    step(lanes);
    assertThat(sent).extracting(Window::last).containsExactly(2L, 3L, 4L, 51L);
    drain(lanes);
    assertThat(lanes.reached()).isEqualTo(new Mark(51, 51));
    assertThat(lanes.contiguous()).isEqualTo(51);
  }

  @Test
  void eachLaneHasHalfWhileBothHaveSomethingAndAllWhenTheOtherHasNothing() throws Exception {
    proposeMany(50);
    Lanes lanes = lanes(4);
    step(lanes);
    store(lanes, sent.get(0));
    step(lanes);
    assertThat(sent).as("nothing is live").extracting(Window::last).containsExactly(2L, 3L, 4L, 5L);
    proposeMany(50);
    for (int i = 0; i < 20; i++) {
      store(lanes, sent.get(0));
      step(lanes);
    }
    assertThat(sent).filteredOn(window -> window.last() <= 50).hasSize(2);
    assertThat(sent).filteredOn(window -> window.last() > 50).hasSize(2);
  }

  @Test
  void withOneRequestAtATimeTheyTakeTurns() throws Exception {
    proposeMany(10);
    Lanes lanes = lanes(1);
    step(lanes);
    store(lanes, sent.get(0));
    proposeMany(10);
    List<Long> order = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      step(lanes);
      order.add(sent.get(0).last());
      store(lanes, sent.get(0));
    }
    assertThat(order).containsExactly(11L, 2L, 12L, 3L, 13L, 4L);
  }

  @Test
  void whatIsRefusedComesAgainInTurnToo() throws Exception {
    proposeMany(10);
    Lanes lanes = lanes(2);
    step(lanes);
    store(lanes, sent.get(0));
    proposeMany(10);
    step(lanes);
    List<Long> order = new ArrayList<>();
    for (Window window : List.copyOf(sent)) {
      window.notStored(now);
    }
    for (int i = 0; i < 4; i++) {
      Window probe = lanes.due(now);
      assertThat(probe).isNotNull();
      probe.sent();
      order.add(probe.last());
      probe.notStored(now);
    }
    assertThat(order).containsExactlyInAnyOrder(2L, 11L, 2L, 11L);
    assertThat(order.get(0)).isNotEqualTo(order.get(1));
  }

  @Test
  void oneThatKeepsUpStaysAlone() throws Exception {
    Lanes lanes = lanes(2);
    for (int i = 0; i < 100; i++) {
      proposeMany(3);
      step(lanes);
      now += LIVE_AFTER / 10;
      while (!sent.isEmpty()) {
        assertThat(sent.get(0).last()).isEqualTo(stored.size() + 1);
        store(lanes, sent.get(0));
        step(lanes);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatComesUpLaterIsOldAfterTheTimeThatIsSet(boolean old) throws Exception {
    Lanes lanes = lanes(2);
    drain(lanes);
    proposeMany(20);
    step(lanes);
    now += old ? LIVE_AFTER : LIVE_AFTER - 1;
    store(lanes, sent.get(0));
    propose(1);
    step(lanes);
    assertThat(sent).extracting(Window::last).containsExactly(2L, old ? 21L : 3L);
  }

  @Test
  void anOutageIsWaitedOutBeforeAnythingIsLive() throws Exception {
    Lanes lanes = lanes(2);
    drain(lanes);
    proposeMany(20);
    step(lanes);
    now += 100 * LIVE_AFTER;
    proposeMany(20);
    step(lanes);
    store(lanes, sent.get(0));
    propose(1);
    step(lanes);
    assertThat(sent).as("41 is live, and 21 is not").extracting(Window::last).contains(41L);
  }

  @Test
  void oneThatIsNeverTakenHoldsUpOnlyItsLane() throws Exception {
    proposeMany(20);
    Lanes lanes = lanes(3);
    step(lanes);
    Window wrong = sent.remove(0);
    wrong.notStored(now + LIVE_AFTER);
    drain(lanes);
    proposeMany(20);
    drain(lanes);
    assertThat(stored).doesNotContain(wrong.last()).contains(21L, 40L);
    assertThat(lanes.reached()).isEqualTo(Mark.NONE);
    assertThat(lanes.contiguous()).isLessThan(wrong.last());
    now += LIVE_AFTER;
    drain(lanes);
    assertThat(lanes.reached()).isEqualTo(new Mark(40, 40));
  }

  /** Everything is stored, once in a leadership; the mark passes nothing that is not. */
  @Test
  void nothingIsPassedOverWhateverHappens() throws Exception {
    for (int seed = 0; seed < 300; seed++) {
      LanesTest run = new LanesTest();
      try {
        run.random(new Random(seed));
      } catch (AssertionError e) {
        throw new AssertionError("with seed " + seed, e);
      }
    }
  }

  private void random(Random random) throws Exception {
    int inFlight = 1 + random.nextInt(4);
    proposeMany(random.nextInt(30));
    Lanes lanes = lanes(inFlight);
    Set<Long> here = new TreeSet<>();
    for (int i = 0; i < 200; i++) {
      now += random.nextLong(LIVE_AFTER / 2);
      switch (random.nextInt(8)) {
        case 0, 1 -> proposeMany(random.nextInt(4));
        case 2 -> log.advance(lanes.reached().index() < 0 ? log.mark() : lanes.reached());
        case 3 -> {
          if (!sent.isEmpty()) {
            sent.remove(random.nextInt(sent.size())).notStored(now + random.nextInt(3));
          }
        }
        case 4 -> {
          if (random.nextInt(10) == 0) {
            // What is on its way is acknowledged to nobody.
            sent.clear();
            here.clear();
            lanes = lanes(inFlight);
          }
        }
        default -> {
          Collections.shuffle(sent, random);
          if (!sent.isEmpty()) {
            assertThat(here.add(sent.get(0).last())).as("once only").isTrue();
            store(lanes, sent.get(0));
          }
        }
      }
      step(lanes);
      assertThat(sent.size()).isLessThanOrEqualTo(inFlight);
      check(lanes);
    }
    now += LIVE_AFTER;
    drain(lanes);
    check(lanes);
    assertThat(stored).containsAll(committed.keySet());
    assertThat(lanes.contiguous()).isEqualTo(log.committedIndex());
    assertThat(lanes.reached().readings())
        .isEqualTo(committed.values().stream().mapToLong(Integer::longValue).sum());
  }

  private void check(Lanes lanes) {
    assertThat(stored).containsAll(committed.headMap(lanes.contiguous(), true).keySet());
    Mark reached = lanes.reached();
    assertThat(reached.index()).isLessThanOrEqualTo(lanes.contiguous());
    assertThat(reached.readings())
        .isEqualTo(
            committed.headMap(reached.index(), true).values().stream()
                .mapToLong(Integer::longValue)
                .sum());
  }
}
