package io.tidemark.gateway.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ParkedSessionsTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private final MqttRig rig = new MqttRig();
  private final Wills wills = new Wills(rig.intake, device -> true);
  private final ParkedSessions parked = new ParkedSessions(3, wills);

  @AfterEach
  void stop() throws Exception {
    rig.close();
  }

  /** Of no device, so that its time can be seen to have come as soon as it has. */
  private static Will will(Duration delay) {
    return new Will(null, null, "t", new byte[4], delay);
  }

  private long due() {
    return wills.count(WillOutcome.NAMELESS);
  }

  @Test
  void aWillWithoutDelayIsDueAtOnce() {
    parked.park("a", new Session(), HOUR, will(Duration.ZERO));
    assertThat(due()).isOne();
    assertThat(parked.willBytes()).isZero();
    parked.sweep();
    assertThat(parked.resume("a", false)).isNotNull();
    assertThat(due()).as("said once").isOne();
  }

  @Test
  void aDelayedWillIsNotDueBefore() {
    parked.park("a", new Session(), HOUR, will(HOUR));
    parked.sweep();
    assertThat(due()).isZero();
    assertThat(parked.willBytes()).isEqualTo(5);
  }

  @Test
  void parkingLooksAtNoOtherSessionButTheEldest() {
    parked.park("over", new Session(), Duration.ZERO, will(HOUR));
    parked.park("a", new Session(), HOUR, null);
    assertThat(parked.size()).isEqualTo(2);
    assertThat(due()).isZero();
    parked.sweep();
    assertThat(parked.size()).isOne();
    assertThat(due()).isOne();
    for (String client : new String[] {"b", "c", "d"}) {
      parked.park(client, new Session(), HOUR, will(HOUR));
    }
    assertThat(parked.size()).isEqualTo(3);
    assertThat(parked.resume("a", false)).as("away for longest").isNull();
    assertThat(parked.willBytes()).isEqualTo(15);
  }
}
