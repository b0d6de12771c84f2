package io.tidemark.ingest.accesslist;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.identity.password.Argon2id;
import io.tidemark.ingest.HandClock;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.identity.DeviceSecret.Kind;
import io.tidemark.ingest.identity.DeviceSecrets;
import io.tidemark.ingest.registry.DeviceRecord;
import io.tidemark.ingest.registry.Registry;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessList.Site;
import io.tidemark.wire.AccessListCodec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OnEachDatabase
class AccessListsTest {
  private static final Actor ADA = new Actor("ada", "127.0.0.1");

  private final HandClock clock = new HandClock();

  @TempDir private Path temporary;
  private Sql sql;
  private AccessLists lists;
  private Registry registry;

  @BeforeEach
  void start() {
    sql = TestDatabase.open(temporary.resolve("tidemark.db"));
    lists = new AccessLists(sql, clock);
    registry = new Registry(sql, new Audit(sql, clock), clock);
  }

  @AfterEach
  void stop() {
    sql.close();
  }

  private static DeviceRecord record(String site, String notes) {
    return new DeviceRecord("", site, "", "", notes, new TreeSet<>());
  }

  private AccessList list() throws Exception {
    AccessLists.Encoded now = lists.current();
    assertThat(AccessListCodec.decode(now.bytes())).isEqualTo(now.list());
    return now.list();
  }

  @Test
  void theFirstListIsAboveTheOneThatIsNone() throws Exception {
    assertThat(list().version()).isPositive();
    assertThat(list().barred()).isEmpty();
    assertThat(list().sites()).isEmpty();
  }

  @Test
  void aDevicesSiteIsListedAndOnlyItsChangeMakesAnotherList() throws Exception {
    assertThat(registry.put(ADA, "b", record("plant", ""), 0)).hasValue(1);
    long first = list().version();
    assertThat(first).isEqualTo(clock.millis());
    assertThat(list().sites()).containsExactly(new Site("plant", List.of("b")));

    assertThat(registry.put(ADA, "b", record("plant", "noisy"), 1)).hasValue(2);
    assertThat(list().version()).isEqualTo(first);

    sql.write(
        connection -> {
          registry.introduce(connection, "a", "plant", new TreeSet<>());
          registry.introduce(connection, "c", "", new TreeSet<>(List.of("x")));
          return true;
        });
    assertThat(list().version()).isEqualTo(first + 1);
    assertThat(list().sites()).containsExactly(new Site("plant", List.of("a", "b")));

    assertThat(registry.put(ADA, "b", record("", "noisy"), 2)).hasValue(3);
    assertThat(list().sites()).containsExactly(new Site("plant", List.of("a")));
  }

  @Test
  void aDevicesPasswordAndKeyAreListedUntilTheyAreReplacedOrWithdrawn() throws Exception {
    DeviceSecrets secrets = new DeviceSecrets(sql, new Audit(sql, clock), clock);
    String password = secrets.make(ADA, "b", Kind.PASSWORD).orElseThrow().text();
    String key = secrets.make(ADA, "b", Kind.PSK).orElseThrow().text();
    String other = secrets.make(ADA, "a", Kind.PSK).orElseThrow().text();
    AccessList first = list();
    assertThat(first.secrets()).extracting(AccessList.Secret::device).containsExactly("a", "b");
    assertThat(first.secrets().get(0).passwordHash()).isEmpty();
    assertThat(first.secrets().get(0).psk()).isEqualTo(other.getBytes(US_ASCII));
    assertThat(first.secrets().get(1).psk()).isEqualTo(key.getBytes(US_ASCII)).hasSize(32);
    String hash = first.secrets().get(1).passwordHash();
    assertThat(Argon2id.matches(password.getBytes(US_ASCII), hash)).isTrue();

    assertThat(secrets.make(ADA, "b", Kind.PASSWORD)).isPresent();
    AccessList second = list();
    assertThat(second.version()).isGreaterThan(first.version());
    assertThat(second.secrets().get(1).passwordHash()).isNotEqualTo(hash);
    assertThat(second.secrets().get(1).psk()).isEqualTo(key.getBytes(US_ASCII));

    assertThat(secrets.withdraw(ADA, "b", Kind.PASSWORD)).isTrue();
    assertThat(secrets.withdraw(ADA, "a", Kind.PSK)).isTrue();
    AccessList third = list();
    assertThat(third.version()).isGreaterThan(second.version());
    assertThat(third.secrets())
        .containsExactly(new AccessList.Secret("b", "", key.getBytes(US_ASCII)));
    assertThat(secrets.withdraw(ADA, "a", Kind.PSK)).as("again").isFalse();
    assertThat(list().version()).isEqualTo(third.version());
  }

  @Test
  void itsVersionIsTheTimeOfTheChangeOrOneMore() throws Exception {
    assertThat(registry.put(ADA, "a", record("x", ""), 0)).hasValue(1);
    long first = list().version();
    assertThat(registry.put(ADA, "a", record("y", ""), 1)).hasValue(2);
    assertThat(list().version()).isEqualTo(first + 1);
    clock.goOn(Duration.ofSeconds(5));
    assertThat(registry.put(ADA, "a", record("z", ""), 2)).hasValue(3);
    assertThat(list().version()).isEqualTo(first + 5_000);
  }

  @Test
  void aGatewayWithAHigherVersionIsGivenThisListAboveIt() throws Exception {
    assertThat(registry.put(ADA, "a", record("x", ""), 0)).hasValue(1);
    long now = list().version();
    assertThat(lists.above(now).list().version()).isEqualTo(now);
    assertThat(lists.above(now - 1).list().version()).isEqualTo(now);

    AccessLists.Encoded raised = lists.above(now + 1_000);

    assertThat(raised.list().version()).isEqualTo(now + 1_001);
    assertThat(raised.list().sites()).containsExactly(new Site("x", List.of("a")));
    assertThat(list().version()).isEqualTo(now + 1_001);
  }
}
