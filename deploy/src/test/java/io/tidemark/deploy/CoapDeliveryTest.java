package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Deliveries over CoAP, by somebody else's client and by a fleet, to the rows the API shows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CoapDeliveryTest {
  private static final long NOW = Instant.now().toEpochMilli() * 1_000_000L;
  private static final String BATCH = Integer.toString(PayloadType.BATCH.contentFormat());

  /** On its acknowledgement, or by itself when the commit has taken longer. */
  private static final String CHANGED = "t:(ACK|CON) c:2\\.04";

  private static final String JSON = Integer.toString(PayloadType.JSON.contentFormat());

  private TestPipeline test;
  private CoapClient client;

  @BeforeAll
  void start() throws Exception {
    test = TestPipeline.in("coap-delivery");
    client = new CoapClient(test.parts().coapUrl(), TestPipeline.folder("coap-delivery-client"));
    test.parts().startServers();
  }

  @AfterAll
  void stop() throws Exception {
    if (test != null) {
      test.close();
    }
  }

  private static byte[] batch(String device, int readings, int textChars) {
    List<Reading> made = new ArrayList<>();
    for (int i = 0; i < readings; i++) {
      made.add(
          new Reading(
              "main",
              "probe",
              NOW + i,
              Map.of(
                  "temperature",
                  Value.of(i),
                  "note",
                  Value.of(Integer.toString(i % 10).repeat(textChars)))));
    }
    return BatchCodec.encode(Batch.ofReadings(device, 7, 0, made, readings, 0));
  }

  @Test
  void aConfirmableBatchIsAnsweredOnItsAcknowledgement() throws Exception {
    byte[] batch = batch("coap-con", 3, 1);
    Awaitility.await("a commit in good time")
        .atMost(TestPipeline.LONG)
        .untilAsserted(
            () ->
                assertThat(client.post("coap-con", batch, "-t", BATCH))
                    .contains("t:CON c:POST")
                    .contains("t:ACK c:2.04"));
    assertThat(awaitRows("coap-con", 3))
        .extracting(row -> row.path("values").path("temperature").asDouble())
        .containsExactly(0.0, 1.0, 2.0);
  }

  @Test
  void withoutConfirmationNothingIsAnsweredAndTheRowIsThere() throws Exception {
    // It waits for what does not come: for three seconds.
    String said = client.post("coap-non", batch("coap-non", 1, 1), "-N", "-B", "3", "-t", BATCH);
    assertThat(said).contains("t:NON c:POST").doesNotContain("received");
    awaitRows("coap-non", 1);
  }

  @Test
  void aLargeBatchComesInBlocks() throws Exception {
    byte[] large = batch("coap-blocks", 60, 4_000);
    assertThat(large.length).isGreaterThan(200_000);
    String said = client.post("coap-blocks", large, "-b", "1024", "-t", BATCH);
    assertThat(said).contains("Block1:0/M/1024").contains("t:ACK c:2.31").containsPattern(CHANGED);
    List<JsonNode> rows = awaitRows("coap-blocks", 60);
    assertThat(rows.get(59).path("values").path("note").asText()).isEqualTo("9".repeat(4_000));
  }

  @Test
  void blocksMayComeWithoutConfirmation() throws Exception {
    String said =
        client.post(
            "coap-non-blocks",
            batch("coap-non-blocks", 5, 1_000),
            "-N",
            "-B",
            "5",
            "-b",
            "256",
            "-t",
            BATCH);
    assertThat(said).contains("t:NON c:2.31");
    awaitRows("coap-non-blocks", 5);
  }

  @Test
  void jsonIsARowToo() throws Exception {
    String said =
        client.post(
            "coap-json", "{\"temperature\":21.5}".getBytes(StandardCharsets.UTF_8), "-t", JSON);
    assertThat(said).containsPattern(CHANGED);
    assertThat(awaitRows("coap-json", 1).get(0).path("values").path("temperature").asDouble())
        .isEqualTo(21.5);
  }

  @Test
  void whatIsWrongIsSaid() throws Exception {
    assertThat(client.post("coap-other", batch("coap-somebody", 1, 1), "-t", BATCH))
        .contains("t:ACK c:4.03")
        .contains("sends its own batches");
    assertThat(client.post("coap-other", new byte[] {'n', 'o'}, "-t", BATCH))
        .contains("t:ACK c:4.00");
    assertThat(client.post("coap-other", new byte[] {'n', 'o'}, "-t", "60"))
        .contains("t:ACK c:4.15")
        .contains("taken are 65001");
    assertThat(client.post("coap-other", batch("coap-somebody", 1, 1), "-N", "-t", BATCH))
        .contains("t:NON c:4.03");
    assertThat(client.post("coap-other", new byte[300_000], "-b", "1024", "-t", BATCH))
        .contains("c:4.13");
  }

  @Test
  void aFleetThatSpeaksEveryProtocolIsWhatTheRowsSay() throws Exception {
    TestPipeline.Finished run =
        test.sim(
            "mixed-fleet",
            "run",
            "--gateway",
            test.parts().mqttUrl(),
            "--gateway",
            test.parts().coapUrl(),
            "--mqtt",
            "mixed",
            "--devices",
            "8",
            "--rate",
            "100",
            "--batch-size",
            "200", // in blocks over CoAP
            "--prefix",
            "mixed-",
            "--seed",
            "5",
            "--for",
            "2s",
            "--record",
            test.parts().data().resolve("mixed-fleet").toString(),
            "--api",
            test.parts().apiUrl(),
            "--json");
    assertThat(run.exitCode()).as(run.log()).isZero();
    JsonNode verdict = run.json().path("verify");
    assertThat(verdict.path("verdict").asText()).isEqualTo("clean");
    assertThat(verdict.path("stored").asLong()).isEqualTo(1_600);
  }

  /** Waits until a device has so many rows, and returns them. */
  private List<JsonNode> awaitRows(String device, int count) {
    List<JsonNode> rows = new ArrayList<>();
    Awaitility.await(count + " rows of " + device)
        .atMost(TestPipeline.LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              rows.clear();
              test.parts()
                  .http()
                  .get(
                      test.parts().apiUrl()
                          + "/api/v1/devices/"
                          + device
                          + "/readings?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z")
                  .path("items")
                  .forEach(rows::add);
              return rows.size() == count;
            });
    return rows;
  }
}
