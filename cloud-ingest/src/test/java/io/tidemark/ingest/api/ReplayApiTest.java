package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static io.tidemark.ingest.api.ApiClient.T0;
import static io.tidemark.ingest.api.ApiClient.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which items of the quarantine a replay of a group is about. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class ReplayApiTest extends ApiTests {
  /** Three readings of a device that no store takes; returns their ids, oldest first. */
  private List<Integer> setAside(String device) throws Exception {
    client.store(
        device, 0, Stream.of(1L, 2L, 3L).map(n -> reading("s", T0 + n, Double.NaN)).toList());
    List<Integer> newestFirst =
        given().get("/api/v1/quarantine?device=" + device).then().extract().path("items.id");
    return newestFirst.stream().sorted().toList();
  }

  private static ValidatableResponse replay(String query) {
    return given().post("/api/v1/quarantine/replay?reason=not_finite&" + query).then();
  }

  @Test
  void whatCameAfterAnIdIsLeftAlone() throws Exception {
    List<Integer> ids = setAside("replay-a");
    replay("device=replay-a&upTo=" + ids.get(1))
        .statusCode(200)
        .body("items.id", equalTo(ids.subList(0, 2)));
    replay("device=replay-a&upTo=" + (ids.get(0) - 1)).body("items", empty());
    replay("device=replay-a").body("items.id", equalTo(ids));
    replay("device=replay-a&upTo=the-last")
        .statusCode(400)
        .body("parameter", equalTo("upTo"))
        .body("detail", containsString("a whole number"));
  }

  @Test
  void aGroupIsReplayedInPiecesOfOneDevice() throws Exception {
    List<Integer> ids = setAside("replay-b");
    List<Integer> others = setAside("replay-c");
    String next =
        replay("device=replay-b&limit=2")
            .body("items.id", equalTo(ids.subList(0, 2)))
            .extract()
            .path("next");
    String last =
        replay("device=replay-b&limit=2&cursor=" + next)
            .body("items.id", equalTo(ids.subList(2, 3)))
            .extract()
            .path("next");
    replay("device=replay-b&limit=2&cursor=" + last)
        .body("items", empty())
        .body("next", nullValue());
    assertThat(replay("upTo=" + others.get(2)).extract().<List<Integer>>path("items.id"))
        .containsAll(ids)
        .containsAll(others);
  }
}
