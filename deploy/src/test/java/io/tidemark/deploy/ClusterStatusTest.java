package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.pipeline.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code tidemark gateway cluster status}, asked of gateways that only know one answer. */
class ClusterStatusTest {
  private static final String NOBODY = "http://127.0.0.1:1";

  private final List<FakeGateway> gateways = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String trouble = "";
  private boolean settled = true;
  private String more = "";

  @AfterEach
  void close() {
    gateways.forEach(FakeGateway::close);
  }

  @Test
  void aClusterThatIsWell() throws Exception {
    assertThat(status(gateway("g1", true, true, "\"g2\""))).isZero();
    assertThat(out.toString().lines())
        .containsExactly(
            "g1 says of cluster 0123456789abcdef, generation 4: every gateway is alive, every"
                + " group has a leader and its members.",
            "",
            "gateway   alive  commits  replication            MQTT                   CoAP",
            "g1        yes    yes      127.0.0.1:9001         127.0.0.1:1883        "
                + " 127.0.0.1:5683",
            "g2        yes    yes      127.0.0.1:9002         127.0.0.1:2883        "
                + " 127.0.0.1:6683",
            "",
            "group     leader      term    committed    forwarded   readings waiting  entries   on"
                + " disk",
            "g1        g1             1        1,204        1,200                 44        4     "
                + " 5 kB",
            "g2        g2             3            9            9                  0        0     "
                + " 0 kB");
  }

  @Test
  void aGatewayThatIsDownAndAGroupWithoutALeader() throws Exception {
    assertThat(status(gateway("g1", true, false, "null"))).isEqualTo(1);
    assertThat(out.toString())
        .contains("not alive: g2; groups without a leader: g2.")
        .contains("g2        no     no ")
        .contains("g2        none ");
  }

  @Test
  void aliveIsNotEnough() throws Exception {
    assertThat(status(gateway("g1", true, true, "null"))).isEqualTo(1);
    assertThat(out.toString())
        .startsWith(
            "g1 says of cluster 0123456789abcdef, generation 4: groups without a leader: g2.");
  }

  @Test
  void oneThatHasTroubleOfItsOwn() throws Exception {
    trouble = "group g1: the log could not be written";
    assertThat(status(gateway("g1", true, true, "\"g2\""))).isEqualTo(1);
    assertThat(out.toString())
        .startsWith(
            "g1 says of cluster 0123456789abcdef, generation 4: g2 has trouble (group g1: the log"
                + " could not be written).");
  }

  @Test
  void aGroupWithoutItsNewMembers() throws Exception {
    settled = false;
    assertThat(status(gateway("g1", true, true, "\"g2\""))).isEqualTo(1);
    assertThat(out.toString())
        .startsWith(
            "g1 says of cluster 0123456789abcdef, generation 4: groups without their new members"
                + " yet: g2.");
  }

  @Test
  void aGroupThatLeavesIsNoTrouble() throws Exception {
    more =
        ",{\"group\":\"g3\",\"leader\":\"g1\",\"settled\":true,\"leaving\":true,\"waitingReadings\":1044}";
    assertThat(status(gateway("g1", true, true, "\"g2\""))).isZero();
    assertThat(out.toString().lines())
        .contains(
            "Group g3, whose gateway was removed, ends once ingest has all of it: 1,044 readings"
                + " wait.");
  }

  @Test
  void oneThatCanCommitIsAskedBeforeOneThatIsCutOff() throws Exception {
    String cutOff = gateway("g1", false, false, "null");
    assertThat(status(NOBODY, cutOff, gateway("g2", true, true, "\"g2\""))).isZero();
    assertThat(out.toString()).startsWith("g2 says");
  }

  @Test
  void whereNobodyCanCommitTheFirstThatAnswersIsHeard() throws Exception {
    assertThat(status(gateway("g1", false, false, "null"), gateway("g2", false, true, "null")))
        .isEqualTo(1);
    assertThat(out.toString())
        .startsWith("g1 says")
        .contains("it cannot commit (no majority is heard of)");
  }

  @Test
  void jsonIsTheGatewaysOwn() throws Exception {
    assertThat(status(gateway("g1", true, true, "\"g2\""), "--json")).isZero();
    assertThat(Json.lastLine(out.toString()).path("members").path(1).path("mqtt").asText())
        .isEqualTo("127.0.0.1:2883");
  }

  @Test
  void whereNobodyAnswersItCouldNotBeChecked() {
    assertThat(status(NOBODY, "no address")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Could not check: no gateway answers")
        .contains(NOBODY + ": ConnectException")
        .contains("no address: ");
  }

  /** Runs it on these gateways and with these flags. */
  private int status(String... arguments) {
    List<String> command = new ArrayList<>();
    for (String argument : arguments) {
      command.add(argument.startsWith("--") ? argument : "--gateway=" + argument);
    }
    return new CommandLine(new ClusterStatusCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(command.toArray(String[]::new));
  }

  /** The address of a gateway of two that says this of g2. */
  private String gateway(String self, boolean canCommit, boolean g2Alive, String g2Leader)
      throws IOException {
    String answer =
        """
        {"cluster":"0123456789abcdef","generation":4,"gateway":"%1$s","canCommit":%2$s,"detail":"no majority is heard of",
         "members":[
          {"gateway":"g1","peer":"g1.1","address":"127.0.0.1:9001","mqtt":"127.0.0.1:1883","coap":"127.0.0.1:5683","alive":true,"canCommit":%2$s,"self":true},
          {"gateway":"g2","peer":"g2.1","address":"127.0.0.1:9002","mqtt":"127.0.0.1:2883","coap":"127.0.0.1:6683","alive":%3$s,"canCommit":%3$s,"trouble":"%5$s","self":false}],
         "groups":[
          {"group":"g1","role":"leader","leader":"g1","term":1,"settled":true,"leaving":false,"committedIndex":1204,"forwardedIndex":1200,"waitingReadings":44,"backlogBytes":4500,"backlogEntries":4},
          {"group":"g2","role":"follower","leader":%4$s,"term":3,"settled":%6$s,"leaving":false,"committedIndex":9,"forwardedIndex":9,"waitingReadings":0,"backlogBytes":0,"backlogEntries":0}%7$s]}
        """
            .formatted(self, canCommit, g2Alive, g2Leader, trouble, settled, more)
            .replace("\n", "");
    FakeGateway gateway = new FakeGateway().saying(answer);
    gateways.add(gateway);
    return gateway.url();
  }
}
