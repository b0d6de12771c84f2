package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * {@code tidemark gateway cluster replace|add|remove}, asked of gateways that say what they are
 * told.
 */
class ClusterChangeTest {
  private static final String NOBODY = "http://127.0.0.1:1";
  private static final String AGREED = "{\"generation\":3}";
  private static final String NO_MAJORITY = "{\"detail\":\"no majority is there\"}";

  private final List<FakeGateway> gateways = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @AfterEach
  void close() {
    gateways.forEach(FakeGateway::close);
  }

  @Test
  void aReplacementIsAskedForAndFollowedUntilItIsDone() throws Exception {
    FakeGateway g1 =
        gateway()
            .answering(202, AGREED)
            .saying(
                state(2, "g1", "g2", "g3"),
                state(3, "g1"),
                state(3, "g1"),
                state(3, "g1", "g2", "g3"));
    assertThat(run("replace", "g3=gw9:9001", "--gateway", g1.url())).isZero();
    assertThat(g1.asked).containsExactly("POST {\"replace\":\"g3=gw9:9001\"}");
    assertThat(out.toString().lines())
        .containsExactly(
            "generation 3: not known to g1 yet",
            "generation 3: 1 of 3 groups have their new members",
            "Done: all 3 groups have the members of generation 3");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void gatewaysAreAddedTogether() throws Exception {
    FakeGateway g1 = gateway().answering(202, AGREED).saying(state(3, "g1", "g2", "g3"));
    assertThat(run("add", "g2=gw2:9001", "g3=gw3:9001", "--gateway", g1.url())).isZero();
    assertThat(g1.asked).containsExactly("POST {\"add\":[\"g2=gw2:9001\",\"g3=gw3:9001\"]}");
  }

  @Test
  void gatewaysAreRemovedTogetherAndWhatTheyLeaveIsSaid() throws Exception {
    String done =
        state(3, "g1", "g2", "g3")
            .replace(
                "\"groups\":[",
                "\"groups\":[{\"group\":\"g4\",\"settled\":true,\"leaving\":true,\"waitingReadings\":12},");
    FakeGateway g1 = gateway().answering(202, AGREED).saying(done);
    assertThat(run("remove", "g4", "g5", "--gateway", g1.url())).isZero();
    assertThat(g1.asked).containsExactly("POST {\"remove\":[\"g4\",\"g5\"]}");
    assertThat(out.toString().lines())
        .containsExactly(
            "Done: all 4 groups have the members of generation 3",
            "  Group g4, whose gateway was removed, ends once ingest has all of it: 12 readings"
                + " wait.");
  }

  @Test
  void aGroupThatTheGatewayDoesNotHaveYetIsNotDone() throws Exception {
    String without = state(3, "g1", "g2", "g3").replaceFirst(",\\{\"group\":\"g3\"[^}]*}", "");
    FakeGateway g1 = gateway().answering(202, AGREED).saying(without);
    assertThat(run("replace", "g3=gw9:9001", "--timeout", "0s", "--gateway", g1.url()))
        .isEqualTo(1);
    assertThat(out.toString()).startsWith("generation 3: 2 of 3 groups have their new members");
  }

  @Test
  void whatItWaitsForIsSaidWhenTimeIsUp() throws Exception {
    String dead = state(3, "g1").replace("\"gateway\":\"g3\",\"alive\":true", "\"gateway\":\"g3\"");
    FakeGateway g1 = gateway().answering(202, AGREED).saying(dead);
    assertThat(run("replace", "g3=gw9:9001", "--timeout", "1ms", "--gateway", g1.url()))
        .isEqualTo(1);
    assertThat(err.toString().lines())
        .containsExactly(
            "Not seen to be done: generation 3: 1 of 3 groups have their new members",
            "  not yet: g2, g3",
            "  not alive: g3",
            "It goes on by itself: see ./tidemark gateway cluster status");
  }

  @Test
  void oneThatIsNoMemberAnyMoreIsNotBelieved() throws Exception {
    String replaced = state(3, "g1", "g2", "g3").replace("\"self\":true", "\"self\":false");
    FakeGateway g1 = gateway().answering(202, AGREED).saying(replaced);
    assertThat(run("remove", "g4", "g5", "--gateway", g1.url())).isEqualTo(1);
    assertThat(err.toString())
        .startsWith(
            "Not seen to be done: g1 is no member any more and cannot say: name one that is, with"
                + " --gateway");
  }

  @Test
  void withoutWaitingItIsOnlyAgreedOn() throws Exception {
    FakeGateway g1 = gateway().answering(202, AGREED).saying(state(3));
    assertThat(run("replace", "g3=gw9:9001", "--no-wait", "--gateway", g1.url())).isZero();
    assertThat(out.toString().lines())
        .containsExactly("Agreed: the groups follow to the members of generation 3");
  }

  @Test
  void whatIsRefusedIsSaidInTheGatewaysWords() throws Exception {
    FakeGateway g1 = gateway().answering(409, "{\"detail\":\"g9 is not a member\"}");
    assertThat(run("remove", "g9", "--gateway", g1.url())).isEqualTo(1);
    assertThat(err.toString().lines()).containsExactly("Refused: g9 is not a member");
    FakeGateway g2 = gateway().answering(400, "{\"detail\":\"no port\"}");
    assertThat(run("replace", "g9", "--gateway", g2.url())).isEqualTo(1);
    assertThat(err.toString()).contains("Refused: no port");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void theNextGatewayIsAskedWhereOneHasNoAnswer() throws Exception {
    FakeGateway cutOff = gateway().answering(503, NO_MAJORITY);
    FakeGateway able = gateway().answering(202, AGREED).saying(state(3, "g1", "g2", "g3"));
    FakeGateway last = gateway().answering(202, AGREED);
    assertThat(
            run(
                "replace",
                "g3=gw9:9001",
                "--gateway",
                NOBODY,
                "--gateway",
                cutOff.url(),
                "--gateway",
                able.url(),
                "--gateway",
                last.url()))
        .isZero();
    assertThat(cutOff.asked).hasSize(1);
    assertThat(last.asked).isEmpty();
  }

  @Test
  void whereNoMajorityIsThereItIsTriedAgain() throws Exception {
    FakeGateway g1 =
        gateway()
            .answering(503, NO_MAJORITY)
            .answering(202, AGREED)
            .saying(state(3, "g1", "g2", "g3"));
    assertThat(run("replace", "g3=gw9:9001", "--gateway", g1.url())).isZero();
    assertThat(out.toString())
        .startsWith("not agreed on yet, tried again")
        .contains(g1.url() + ": no majority is there");
  }

  @Test
  void untilTimeIsUpOrOnceWithoutWaiting() throws Exception {
    for (List<String> options : List.of(List.of("--timeout", "0s"), List.of("--no-wait"))) {
      FakeGateway g1 = gateway().answering(503, NO_MAJORITY);
      List<String> command = new ArrayList<>(List.of("remove", "g4", "g5", "--gateway", g1.url()));
      command.addAll(options);
      assertThat(run(command.toArray(String[]::new))).isEqualTo(1);
      assertThat(g1.asked).hasSize(1);
      assertThat(err.toString())
          .contains("Not done: the members cannot agree on it now")
          .contains(g1.url() + ": no majority is there")
          .contains("It may have been made all the same");
    }
  }

  @Test
  void aRefusalAfterAnAnswerThatDidNotComeMayMeanThatItIsMade() throws Exception {
    FakeGateway unsure = gateway().answering(503, NO_MAJORITY);
    FakeGateway g2 = gateway().answering(409, "{\"detail\":\"g4 is a member already\"}");
    assertThat(run("add", "g4=h:1", "g5=h:2", "--gateway", unsure.url(), "--gateway", g2.url()))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("Refused: g4 is a member already")
        .contains("It may have been made all the same");
  }

  @Test
  void butNotAfterOneThatWasNotThere() throws Exception {
    FakeGateway g2 = gateway().answering(409, "{\"detail\":\"g4 is a member already\"}");
    assertThat(run("add", "g4=h:1", "g5=h:2", "--gateway", NOBODY, "--gateway", g2.url()))
        .isEqualTo(1);
    assertThat(err.toString().lines()).containsExactly("Refused: g4 is a member already");
  }

  @Test
  void whereNobodyAnswersNothingCouldBeAsked() throws Exception {
    FakeGateway older = gateway();
    assertThat(run("remove", "g4", "--gateway", NOBODY, "--gateway", older.url())).isEqualTo(2);
    assertThat(err.toString())
        .contains("Could not ask: no gateway answers")
        .contains(NOBODY + ": ConnectException")
        .contains(older.url() + ": answered 404");
  }

  @Test
  void jsonIsOneLineAndProgressGoesToTheOtherStream() throws Exception {
    FakeGateway g1 = gateway().answering(202, AGREED).saying(state(3, "g1", "g2"));
    assertThat(run("replace", "g3=gw9:9001", "--json", "--timeout", "1ms", "--gateway", g1.url()))
        .isEqualTo(1);
    assertThat(out.toString().lines()).hasSize(1);
    JsonNode json = Json.lastLine(out.toString());
    assertThat(json.path("outcome").asText()).isEqualTo("pending");
    assertThat(json.path("generation").asLong()).isEqualTo(3);
    assertThat(json.path("unsettled").path(0).asText()).isEqualTo("g3");
    assertThat(err.toString()).contains("generation 3: 2 of 3 groups have their new members");
  }

  private int run(String... arguments) {
    List<String> command = new ArrayList<>(List.of("gateway", "cluster"));
    command.addAll(List.of(arguments));
    return Tidemark.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(command.toArray(String[]::new));
  }

  private FakeGateway gateway() throws IOException {
    FakeGateway gateway = new FakeGateway();
    gateways.add(gateway);
    return gateway;
  }

  /** What g1 says of three gateways, of whose groups these have their members. */
  private static String state(long generation, String... settled) {
    String members =
        Stream.of("g1", "g2", "g3")
            .map(
                gateway ->
                    "{\"gateway\":\"%s\",\"alive\":true,\"self\":%s}"
                        .formatted(gateway, gateway.equals("g1")))
            .collect(Collectors.joining(","));
    String groups =
        Stream.of("g1", "g2", "g3")
            .map(
                group ->
                    "{\"group\":\"%s\",\"settled\":%s,\"leaving\":false}"
                        .formatted(group, List.of(settled).contains(group)))
            .collect(Collectors.joining(","));
    return "{\"cluster\":\"c\",\"generation\":%d,\"gateway\":\"g1\",\"canCommit\":true,\"members\":[%s],\"groups\":[%s]}"
        .formatted(generation, members, groups);
  }
}
