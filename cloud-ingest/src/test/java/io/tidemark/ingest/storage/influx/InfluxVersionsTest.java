package io.tidemark.ingest.storage.influx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.influx.FakeInflux.Answer;
import io.tidemark.ingest.storage.influx.FakeInflux.Asked;
import io.tidemark.ingest.storage.influx.InfluxWriterTest.Settings;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each generation is asked, by its documentation. */
@Timeout(60)
final class InfluxVersionsTest {
  private static InfluxConnection ready(FakeInflux fake, Settings settings)
      throws StoreUnavailableException {
    InfluxConnection connection = new InfluxConnection(settings.at(fake.url()));
    connection.ensureReady();
    return connection;
  }

  private static Asked written(FakeInflux fake, Settings settings) throws Exception {
    try (InfluxConnection connection = ready(fake, settings)) {
      connection.write("k,device=d,epoch=1,sensor=s v=1.0,seq=0i 1\n");
    }
    return fake.writesAsked().get(0);
  }

  @Test
  void generation1IsWrittenToByItsOwnAddress() throws Exception {
    try (FakeInflux fake = FakeInflux.v1()) {
      Settings settings = new Settings();
      settings.database = "tidemark/week";
      settings.token = "ann:se:cret";
      Asked write = written(fake, settings);
      assertThat(write.uri()).hasToString("/write?db=tidemark&precision=ns&rp=week");
      assertThat(write.authorization()).isEqualTo("Basic YW5uOnNlOmNyZXQ=");
    }
  }

  @Test
  void generation2IsWrittenToWithOrganizationBucketAndToken() throws Exception {
    try (FakeInflux fake = FakeInflux.v2()) {
      Settings settings = new Settings();
      settings.org = "acme";
      settings.token = "t0k:en==";
      Asked write = written(fake, settings);
      assertThat(write.path()).isEqualTo("/api/v2/write");
      assertThat(write.uri().getQuery())
          .contains("org=acme")
          .contains("bucket=tidemark")
          .contains("precision=ns");
      assertThat(write.authorization()).isEqualTo("Token t0k:en==");
    }
  }

  @Test
  void generation3IsWrittenToWithABearer() throws Exception {
    try (FakeInflux fake = FakeInflux.v3()) {
      Settings settings = new Settings();
      settings.token = "apiv3_x";
      Asked write = written(fake, settings);
      assertThat(write.path()).isEqualTo("/api/v2/write");
      assertThat(write.uri().getQuery()).contains("bucket=tidemark");
      assertThat(write.authorization()).isEqualTo("Bearer apiv3_x");
    }
  }

  @ParameterizedTest
  @CsvSource({"1.6.7~rc0, V1", "1.8.10, V1", "v2.7.10, V2", "2.0.4, V2", "3.2.1, V3"})
  void theGenerationIsInTheVersion(String version, InfluxVersion generation) {
    assertThat(InfluxDatabase.generation(version)).contains(generation);
  }

  @Test
  void aServerThatDoesNotSayIsAskedForInTheSettings() throws Exception {
    try (FakeInflux fake = FakeInflux.v1()) {
      fake.others.put("/ping", Answer.of(204, ""));
      assertThatThrownBy(() -> ready(fake, new Settings()))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("tidemark.influx.version");
      Settings settings = new Settings();
      settings.version = InfluxVersion.V1;
      assertThat(written(fake, settings).path()).isEqualTo("/write");
    }
  }

  @Test
  void aMissingDatabaseIsNamedAndMadeOnlyIfThatIsSet() throws Exception {
    try (FakeInflux fake = FakeInflux.v2()) {
      Settings settings = new Settings();
      settings.database = "other";
      settings.org = "acme";
      assertThatThrownBy(() -> ready(fake, settings))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("no database other")
          .hasMessageContaining("create-database");
      assertThat(fake.asked("POST", "/api/v2/buckets")).isEmpty();
      settings.create = true;
      ready(fake, settings).close();
      assertThat(fake.asked("POST", "/api/v2/buckets"))
          .singleElement()
          .satisfies(
              asked ->
                  assertThat(asked.body())
                      .contains("\"orgID\":\"o1\"")
                      .contains("\"name\":\"other\""));
    }
    try (FakeInflux fake = FakeInflux.v3()) {
      Settings settings = new Settings();
      settings.database = "other";
      settings.create = true;
      ready(fake, settings).close();
      assertThat(fake.asked("POST", "/api/v3/configure/database"))
          .singleElement()
          .satisfies(asked -> assertThat(asked.body()).isEqualTo("{\"db\":\"other\"}"));
    }
    try (FakeInflux fake = FakeInflux.v1()) {
      Settings settings = new Settings();
      settings.database = "other";
      assertThatThrownBy(() -> ready(fake, settings)).hasMessageContaining("no database other");
      settings.create = true;
      ready(fake, settings).close();
      assertThat(fake.asked("POST", "/query"))
          .anySatisfy(asked -> assertThat(asked.body()).contains("CREATE"));
    }
  }

  @Test
  void theRetentionOfABucketIsKnown() throws Exception {
    try (FakeInflux fake = FakeInflux.v2()) {
      fake.others.put(
          "/api/v2/buckets",
          Answer.of(
              200,
              "{\"buckets\":[{\"name\":\"tidemark\",\"retentionRules\":[{\"type\":\"expire\",\"everySeconds\":3600}]}]}"));
      try (InfluxConnection connection = ready(fake, new Settings())) {
        assertThat(connection.retentionNanos()).isEqualTo(3_600_000_000_000L);
      }
    }
    assertThat(InfluxQl.durationNanos("168h0m0s")).isEqualTo(168L * 3_600_000_000_000L);
    assertThat(InfluxQl.durationNanos("1h30m0.5s")).isGreaterThan(3_600_000_000_000L);
    assertThat(InfluxQl.durationNanos("0s")).isZero();
  }

  @Test
  void halfAnAnswerIsNoAnswer() throws Exception {
    try (FakeInflux fake = FakeInflux.v1()) {
      InfluxConnection connection = ready(fake, new Settings());
      for (String half :
          new String[] {
            "{\"results\":[{\"series\":[{\"name\":\"k\",\"columns\":[\"time\"],\"values\":[[1],",
            "{\"results\":[{\"series\":[{\"name\":\"k\",\"columns\":[\"time\"],\"values\":[[1]],\"partial\":true}],\"partial\":true}]}",
            "{\"results\":[{\"error\":\"engine: timeout\"}]}",
            "[]",
            "<html>",
          }) {
        fake.others.put("/query", Answer.of(200, half));
        assertThatThrownBy(() -> connection.query("SELECT x", (series, values) -> {}))
            .as(half)
            .isInstanceOf(StoreUnavailableException.class);
      }
      connection.close();
    }
  }

  @Test
  void settingsOutOfRangeAreNamed() {
    Settings settings = new Settings();
    settings.requestsMax = 0;
    assertThatThrownBy(() -> settings.at(URI.create("http://h:1")))
        .hasMessageContaining("tidemark.influx.requests-max must be 1 to 64, but is 0");
    assertThatThrownBy(() -> new Settings().at(URI.create("h:1")))
        .hasMessageContaining("tidemark.influx.url");
    Settings unnamed = new Settings();
    unnamed.database = " ";
    assertThatThrownBy(() -> unnamed.at(URI.create("http://h:1")))
        .hasMessageContaining("tidemark.influx.database");
  }
}
