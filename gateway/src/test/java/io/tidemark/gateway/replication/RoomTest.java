package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoomTest {
  @TempDir Path dir = Path.of("set by JUnit");

  private Room room(long othersMaxBytes) {
    return room(othersMaxBytes, 1, "");
  }

  private Room room(long othersMaxBytes, long freeMin, String withoutRoom) {
    return new Room(
        new LogSettings(
            "g1",
            Peers.parse("g1=127.0.0.1:0", "g1"),
            dir,
            4_800,
            300,
            freeMin,
            Logs.SEGMENT_MAX_BYTES),
        () -> 3,
        new Room.Others() {
          @Override
          public long maxBytes() {
            return othersMaxBytes;
          }

          @Override
          public String withoutRoom() {
            return withoutRoom;
          }
        });
  }

  private String whyFull(Room room, long bytes, long entries) throws Exception {
    return room.whyFull("g1", new Usage(bytes, 1, entries, room.filled(bytes, entries)));
  }

  /** The share is 1,600 bytes, and 100 of them are not for data. */
  @Test
  void aSixteenthOfAShareIsNotForData() throws Exception {
    Room room = room(Long.MAX_VALUE);
    assertThat(whyFull(room, 1_500, 1)).isEmpty();
    assertThat(whyFull(room, 1_501, 1))
        .contains("1501 bytes", "tidemark.log.max-bytes is 4800 for 3 groups", "sixteenth");
    assertThat(room.filled(1_500, 1)).isEqualTo(1);
    assertThat(room.filled(750, 1)).isEqualTo(0.5);
  }

  @Test
  void theSmallestMemberDecides() throws Exception {
    assertThat(whyFull(room(2_400), 751, 1)).contains("tidemark.log.max-bytes is 2400");
    assertThat(room(2_400).filled(375, 1)).isEqualTo(0.5);
  }

  @Test
  void entriesFillItToo() throws Exception {
    Room room = room(Long.MAX_VALUE);
    assertThat(room.filled(1, 90)).isEqualTo(0.9);
    assertThat(whyFull(room, 1, 100)).isEmpty();
    assertThat(whyFull(room, 1, 101)).contains("101 entries", "tidemark.log.max-entries is 300");
  }

  @Test
  void aDiskThatIsShortIsSaidHereAndOfOthers() throws Exception {
    assertThat(whyFull(room(5_000, 1L << 60, ""), 1, 1))
        .contains("tidemark.log.free-space-min-bytes is " + (1L << 60));
    assertThat(whyFull(room(5_000, 1, "g2: no room; g3: none"), 1, 1))
        .isEqualTo("g2: no room; g3: none");
  }
}
