package io.tidemark.gateway.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ten thousand devices leave, not all in one moment, and none is told twice. */
final class DeparturesTest {
  private static final int DEVICES = 10_000;

  private final List<Device> connected = new ArrayList<>();
  private final List<Device> told = new ArrayList<>();
  private final Departures departures = new Departures(20);

  private final class Device {
    private boolean wasTold;

    boolean tell() {
      if (wasTold) {
        return false;
      }
      wasTold = true;
      told.add(this);
      return true;
    }
  }

  private void connect(int devices) {
    for (int i = 0; i < devices; i++) {
      connected.add(new Device());
    }
  }

  private void next() {
    departures.next(List.copyOf(connected), Device::tell);
  }

  @Test
  void theyGoInPartsOfOneSize() {
    connect(DEVICES);
    for (int part = 1; part <= 20; part++) {
      next();
      assertThat(told).hasSize(part * 500).doesNotHaveDuplicates();
      connected.removeAll(told.subList((part - 1) * 500, part * 500));
    }
    next();
    assertThat(told).hasSize(DEVICES);
  }

  @Test
  void whoWasToldAndIsStillThereHoldsNobodyUp() {
    connect(DEVICES);
    for (int part = 1; part <= 20; part++) {
      next();
      assertThat(told).hasSize(part * 500).doesNotHaveDuplicates();
    }
  }

  @Test
  void whoComesMeanwhileGoesToo() {
    next();
    connect(40);
    for (int part = 1; part <= 20; part++) {
      next();
      assertThat(told).hasSize(part * 2);
    }
    connect(3);
    next();
    assertThat(told).hasSize(42);
    next();
    assertThat(told).hasSize(43);
  }

  @Test
  void anEndLeavesTheOthersWhereTheyAre() {
    connect(DEVICES);
    next();
    connected.removeAll(told);
    departures.end();
    for (int flap = 0; flap < 100; flap++) {
      departures.end();
    }
    assertThat(told).hasSize(500);
    next();
    assertThat(told).as("a twentieth of those that were left").hasSize(500 + 475);
  }
}
