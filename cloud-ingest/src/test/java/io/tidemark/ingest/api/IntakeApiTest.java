package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static io.tidemark.ingest.api.ApiClient.batch;
import static io.tidemark.ingest.api.ApiClient.everySecond;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tidemark.ingest.ForwardClient;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.Limits;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a gateway may send, and what somebody else does. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class IntakeApiTest extends ApiTests {
  @Test
  void theEnvelopeIsChecked() throws Exception {
    byte[] good = ForwardCodec.encodeRequest(new ForwardRequest("g1", 1, 1, 0, List.of()));
    assertThat(client.gateway.post(good, "").statusCode()).isEqualTo(200);
    assertThat(client.gateway.post(ForwardClient.gzip(good), "gzip").body()).contains("\"tick\":");
    assertThat(client.gateway.post(good, "gzip").statusCode()).isEqualTo(400);
    assertThat(client.gateway.post(good, "br").statusCode()).isEqualTo(400);
    assertThat(client.gateway.post(new byte[] {1, 2, 3}, "").statusCode()).isEqualTo(400);
    byte[] bomb = ForwardClient.gzip(new byte[Limits.FORWARD_MAX_BYTES + 1]);
    assertThat(bomb.length).isLessThan(100_000);
    assertThat(client.gateway.post(bomb, "gzip").statusCode()).isEqualTo(413);
    byte[] full = ForwardClient.gzip(new byte[Limits.FORWARD_MAX_BYTES]);
    assertThat(client.gateway.post(full, "gzip").statusCode()).isEqualTo(400);
    byte[] noise = new byte[Limits.FORWARD_MAX_BYTES];
    new Random(1).nextBytes(noise);
    assertThat(client.gateway.post(ForwardClient.gzip(noise), "gzip").statusCode()).isEqualTo(400);
  }

  @Test
  void hostileBytesAreQuarantinedOrRefusedAndNeverBreakAnything() throws Exception {
    Random random = new Random(2026);
    byte[] batch = batch("fuzz", 0, everySecond(20));
    byte[] envelope =
        ForwardCodec.encodeRequest(
            new ForwardRequest(
                "g1", 1, 1, 0, List.of(ForwardClient.entry(List.of(new Delivery("fuzz", batch))))));
    for (int i = 0; i < 150; i++) {
      assertThat(client.gateway.send("fuzz", mutated(batch, random)).statusCode()).isEqualTo(200);
      assertThat(client.gateway.post(mutated(envelope, random), "").statusCode()).isIn(200, 400);
      assertThat(
              client
                  .gateway
                  .post(mutated(ForwardClient.gzip(envelope), random), "gzip")
                  .statusCode())
          .isIn(200, 400);
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      assertThat(client.gateway.send("fuzz", noise).statusCode()).isEqualTo(200);
      assertThat(client.gateway.post(noise, "").statusCode()).isIn(200, 400);
    }
    client.store("fuzz", 0, everySecond(20));
    given().get("/q/health/ready").then().statusCode(200);
  }

  private static byte[] mutated(byte[] bytes, Random random) {
    byte[] mutated = bytes.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(4) == 0
        ? Arrays.copyOf(mutated, random.nextInt(mutated.length + 1))
        : mutated;
  }
}
