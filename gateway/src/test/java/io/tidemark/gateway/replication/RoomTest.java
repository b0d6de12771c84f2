package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoomTest {
  private static final Usage USAGE = new Usage(400, 1, 40);

  @TempDir Path dir = Path.of("set by JUnit");

  private Room room(long maxBytes, long maxEntries, long freeMin, long others, String without) {
    LogSettings settings =
        new LogSettings(
            "g1",
            Peers.parse("g1=a:1,g2=b:2,g3=c:3", "g1"),
            dir,
            maxBytes,
            maxEntries,
            freeMin,
            1 << 20);
    return new Room(
        settings,
        3,
        new Room.Others() {
          @Override
          public long maxBytes() {
            return others;
          }

          @Override
          public String withoutRoom() {
            return without;
          }
        });
  }

  @Test
  void aGroupHasAnEqualShareOfTheSmallestMember() throws Exception {
    assertThat(room(1_200, 120, 1, Long.MAX_VALUE, "").whyFull("g2", USAGE)).isEmpty();
    assertThat(room(1_199, 120, 1, Long.MAX_VALUE, "").whyFull("g2", USAGE))
        .isEqualTo(
            "the log of group g2 has 400 bytes that are not forwarded, tidemark.log.max-bytes is 1199 for 3 groups together");
    assertThat(room(5_000, 120, 1, 1_100, "").whyFull("g2", USAGE))
        .contains("tidemark.log.max-bytes is 1100 for 3 groups");
    assertThat(room(1_200, 119, 1, Long.MAX_VALUE, "").whyFull("g2", USAGE))
        .contains("tidemark.log.max-entries is 119 for 3 groups");
  }

  @Test
  void aDiskThatIsShortIsSaidHereAndOfOthers() throws Exception {
    assertThat(room(1_200, 120, 1L << 60, 5_000, "").whyFull("g2", USAGE))
        .contains("tidemark.log.free-space-min-bytes is " + (1L << 60));
    assertThat(room(1_200, 120, 1, 5_000, "g2: no room; g3: none").whyFull("g2", USAGE))
        .isEqualTo("g2: no room; g3: none");
  }
}
