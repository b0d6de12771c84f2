package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DashboardFleetTest {
  private static final DashboardFleet FLEET = new DashboardFleet(20, 20_007, 1_772_323_200_000L, 7);

  @Test
  void thereAreAsManyRowsAsWereAskedForAndEachDeviceNumbersItsOwn() throws Exception {
    Map<String, Long> next = new HashMap<>();
    Map<String, Long> last = new HashMap<>();
    for (int slice = 0; slice < FLEET.slices(); slice++) {
      assertThat(sum(next)).isEqualTo(FLEET.rowsUntil(slice));
      for (Batch batch : batches(slice)) {
        String device = batch.header().device();
        assertThat(batch.header().firstSequence()).isEqualTo(next.getOrDefault(device, 0L));
        next.put(device, batch.header().nextSequence());
        for (var reading : batch.readings()) {
          assertThat(reading.timeNanos()).isGreaterThan(last.getOrDefault(device, 0L));
          last.put(device, reading.timeNanos());
        }
      }
    }
    assertThat(next).hasSize(20);
    assertThat(sum(next)).isEqualTo(20_007);
    assertThat(last.values())
        .as("before the end, and after the start")
        .allMatch(time -> time < 1_772_323_200_000L * 1_000_000 && time > FLEET.startNanos());
  }

  @Test
  void ofFiftyMillionRowsOneDeviceHasThirtyDays() {
    DashboardFleet whole = new DashboardFleet(10_000, 50_000_000, 1_772_323_200_000L, 7);
    assertThat(whole.busyRows()).isEqualTo(30 * 86_400);
    assertThat(whole.startNanos()).isEqualTo((1_772_323_200L - 30 * 86_400) * 1_000_000_000L);
    assertThat(whole.rowsUntil(whole.slices())).isEqualTo(50_000_000);
  }

  @Test
  void aSliceIsTheSameEachTime() {
    List<Delivery> once = new ArrayList<>();
    FLEET.deliveries(3, once::add);
    List<Delivery> again = new ArrayList<>();
    FLEET.deliveries(3, again::add);
    assertThat(once).isNotEmpty().hasSameSizeAs(again);
    for (int i = 0; i < once.size(); i++) {
      assertThat(again.get(i).payload()).isEqualTo(once.get(i).payload());
    }
  }

  private static List<Batch> batches(int slice) throws Exception {
    List<Delivery> deliveries = new ArrayList<>();
    FLEET.deliveries(slice, deliveries::add);
    List<Batch> batches = new ArrayList<>();
    for (Delivery delivery : deliveries) {
      batches.add(BatchCodec.decode(delivery.payload()));
    }
    return batches;
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
