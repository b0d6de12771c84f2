package io.tidemark.ingest.gateways;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.HandClock;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.GatewayReport.Readings;
import io.tidemark.wire.GatewayReport.Replica;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of gateways, over a real database and by a clock that is set. */
@OnEachDatabase
final class GatewaysTest {
  private static final String CLUSTER = "0123456789abcdef";
  private static final List<String> THREE = List.of("g1", "g2", "g3");
  private static final List<String> SIXTY_FOUR =
      IntStream.range(0, 64).mapToObj(i -> "n" + i).toList();
  private static final int HISTORY = 50;

  @TempDir Path folder;

  private final HandClock clock = new HandClock();
  private Sql sql = new Sql("jdbc:sqlite::memory:");
  private Gateways gateways = open();

  private Gateways open() {
    return new Gateways(sql, clock, HISTORY, Duration.ofDays(1));
  }

  @BeforeEach
  void inAFolder() {
    sql = TestDatabase.open(folder.resolve("tidemark.db"));
    gateways = open();
  }

  @AfterEach
  void close() {
    sql.close();
  }

  private static GatewayReport report(
      String gateway, boolean ready, long generation, List<String> members, Replica... replicas) {
    return new GatewayReport(
        gateway,
        CLUSTER,
        generation,
        members,
        "0.1.0",
        5_000,
        ready,
        ready ? "leads group " + gateway : "no majority is heard of",
        "127.0.0.1:1883",
        "127.0.0.1:5683",
        1,
        0,
        new Readings(10, 10, 10, Map.of()),
        List.of(replicas),
        0);
  }

  private static GatewayReport ready(String gateway, Replica... replicas) {
    return report(gateway, true, 0, THREE, replicas);
  }

  private static Replica replica(String group, String role, String leader, long term) {
    return new Replica(group, role, leader, term, group, 5, 5, 0, 0, 0, 100, 0);
  }

  private List<String> changes() throws Exception {
    List<String> all = new ArrayList<>();
    for (GatewayChange change :
        gateways.changes(Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, 1_000)) {
      all.add(
          change.group().isEmpty()
              ? change.gateway() + " " + change.change()
              : "%s %s %s %d"
                  .formatted(change.group(), change.change(), change.gateway(), change.term()));
    }
    Collections.reverse(all);
    return all;
  }

  private GatewayState state(String gateway) throws Exception {
    return gateways.all().stream()
        .filter(known -> known.report().gateway().equals(gateway))
        .map(KnownGateway::state)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theNewestReportCountsAndChangesAreRecordedOnce() throws Exception {
    for (int i = 0; i < 3; i++) {
      gateways.keep(ready("g1", replica("g1", "leader", "g1", 2)));
      gateways.keep(ready("g2", replica("g1", "follower", "g1", 2)));
    }
    gateways.keep(report("g1", false, 0, THREE, replica("g1", "candidate", "", 2)));
    gateways.keep(report("g1", false, 0, THREE, replica("g1", "candidate", "", 3)));
    gateways.keep(report("g1", false, 0, THREE, replica("g1", "candidate", "", 4)));
    gateways.keep(ready("g2", replica("g1", "leader", "g2", 5)));
    gateways.keep(ready("g1", replica("g1", "follower", "g2", 5)));

    assertThat(changes())
        .containsExactly(
            "g1 ready",
            "g1 leads g1 2",
            "g2 ready",
            "g1 not-ready",
            "g1 leaderless g1 3",
            "g1 leads g2 5",
            "g1 ready");
    assertThat(gateways.all())
        .extracting(known -> known.report().replicas().get(0).role())
        .containsExactly("follower", "leader");
    assertThat(state("g1")).isEqualTo(GatewayState.READY);
  }

  @Test
  void whatFollowersSayIsBelievedWhereTheLeaderIsNotHeard() throws Exception {
    gateways.keep(ready("g2", replica("g1", "follower", "g1", 2)));
    // An older report of one that led before says nothing against a later term.
    gateways.keep(ready("g3", replica("g1", "leader", "g3", 1)));

    assertThat(changes()).containsExactly("g2 ready", "g1 leads g1 2", "g3 ready");
  }

  @Test
  void oneThatIsNotHeardOfIsSilentAndItsGroupWithoutALeader() throws Exception {
    gateways.keep(ready("g1", replica("g1", "leader", "g1", 2)));
    gateways.keep(ready("g2", replica("g1", "follower", "g1", 2)));
    clock.goOn(Duration.ofSeconds(15));
    gateways.look();
    assertThat(state("g1")).isEqualTo(GatewayState.READY);

    clock.goOn(Duration.ofMillis(1));
    gateways.keep(ready("g2", replica("g1", "follower", "", 2)));
    assertThat(state("g1")).isEqualTo(GatewayState.SILENT);
    gateways.look();
    gateways.look();
    assertThat(changes())
        .containsExactly(
            "g1 ready", "g1 leads g1 2", "g2 ready", "g1 silent", "g1 leaderless g1 2");

    gateways.keep(ready("g1", replica("g1", "leader", "g1", 2)));
    assertThat(state("g1")).isEqualTo(GatewayState.READY);
    assertThat(changes()).endsWith("g1 silent", "g1 leaderless g1 2", "g1 ready", "g1 leads g1 2");
  }

  @Test
  void whereAllAreSilentNobodyLeads() throws Exception {
    gateways.keep(ready("g1", replica("g1", "leader", "g1", 2)));
    clock.goOn(Duration.ofMinutes(1));
    gateways.look();

    assertThat(changes())
        .containsExactly("g1 ready", "g1 leads g1 2", "g1 silent", "g1 leaderless g1 2");
  }

  @Test
  void oneThatIsSilentForAsLongAsChangesAreKeptIsForgotten() throws Exception {
    gateways.keep(ready("g1", replica("g1", "leader", "g1", 2)));
    clock.goOn(Duration.ofDays(1));
    gateways.look();
    assertThat(state("g1")).isEqualTo(GatewayState.SILENT);
    clock.goOn(Duration.ofDays(400));
    gateways.look();
    assertThat(gateways.all()).isEmpty();
    assertThat(sql.<Integer>read(GatewaysTest::leaders)).isZero();
  }

  private static Integer leaders(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM gateway_leader")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void aReportOfALaterVersionKeepsNobodyFromReporting() throws Exception {
    gateways.keep(ready("g1"));
    gateways.keep(ready("g2"));
    sql.write(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "UPDATE gateway_report SET report = ? WHERE gateway = 'g1'")) {
            statement.setBytes(1, new byte[] {-1});
            return statement.executeUpdate();
          }
        });
    gateways.keep(ready("g2"));
    gateways.look();
    assertThat(gateways.all()).extracting(known -> known.report().gateway()).containsExactly("g2");
    gateways.keep(ready("g1"));
    assertThat(gateways.all()).hasSize(2);
  }

  @Test
  void anIngestThatWasAwayGivesGatewaysTheirTime() throws Exception {
    gateways.keep(ready("g1"));
    clock.goOn(Duration.ofHours(1));
    gateways = open();
    gateways.look();
    assertThat(state("g1")).isEqualTo(GatewayState.READY);
    assertThat(changes()).containsExactly("g1 ready");

    clock.goOn(Duration.ofSeconds(16));
    gateways.look();
    assertThat(state("g1")).isEqualTo(GatewayState.SILENT);
    assertThat(changes()).containsExactly("g1 ready", "g1 silent");
  }

  @Test
  void oneThatTheMembersNameNoMoreIsForgottenOnceItIsSilent() throws Exception {
    gateways.keep(ready("g3", replica("g3", "leader", "g3", 1)));
    gateways.keep(report("g1", true, 1, List.of("g1", "g2", "g4")));
    assertThat(gateways.all()).hasSize(2);
    clock.goOn(Duration.ofSeconds(16));
    gateways.look();
    gateways.keep(report("g1", true, 1, List.of("g1", "g2", "g4")));

    assertThat(gateways.all()).extracting(known -> known.report().gateway()).containsExactly("g1");
    assertThat(changes())
        .endsWith(
            "g1 silent", "g3 silent", "g3 leaderless g3 1", "g1 ready", "g3 left", "g3 ended  1");
  }

  @Test
  void gatewaysAndChangesAreBounded() throws Exception {
    for (int i = 0; i < Gateways.CLUSTER_MAX_GATEWAYS; i++) {
      gateways.keep(report("n" + i, true, 0, SIXTY_FOUR));
      clock.goOn(Duration.ofMillis(10));
    }
    assertThatThrownBy(() -> gateways.keep(report("more", true, 0, SIXTY_FOUR)))
        .isInstanceOf(TooManyGatewaysException.class)
        .hasMessageContaining("64 gateways of cluster " + CLUSTER);
    gateways.keep(report("n0", false, 0, SIXTY_FOUR));
    assertThat(changes()).hasSize(HISTORY).doesNotContain("n0 ready").endsWith("n0 not-ready");

    clock.goOn(Duration.ofMillis(14_500)); // the first ones but n0 are silent now
    gateways.look();
    gateways.keep(report("more", true, 0, SIXTY_FOUR));
    assertThat(gateways.all())
        .hasSize(Gateways.CLUSTER_MAX_GATEWAYS)
        .extracting(known -> known.report().gateway())
        .contains("n0", "n2", "more")
        .doesNotContain("n1");

    clock.goOn(Duration.ofDays(1).plusMillis(1));
    assertThat(changes()).as("older than they are kept").isEmpty();
  }

  @Test
  void whatHeldAtATimeIsTheLastChangeBeforeIt() throws Exception {
    gateways.keep(ready("g1", replica("g1", "leader", "g1", 2)));
    gateways.keep(report("g1", false, 0, THREE, replica("g1", "leader", "g1", 2)));
    clock.goOn(Duration.ofSeconds(1));
    long from = Math.multiplyExact(clock.millis(), 1_000_000L);
    gateways.keep(ready("g2", replica("g1", "leader", "g2", 3)));

    assertThat(gateways.standing(from))
        .extracting(change -> change.group() + " " + change.gateway() + " " + change.change())
        .containsExactlyInAnyOrder(" g1 not-ready", "g1 g1 leads");
    assertThat(gateways.changes(from, Long.MAX_VALUE, Long.MAX_VALUE, 10)).hasSize(2);
  }
}
