package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.cluster.ClusterState;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Json;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Gateways of a running cluster get other data folders and addresses, while devices send. */
class ReplacementTest {
  private static final long SEED = 20_261_127L;

  @Test
  void aLostFolderAndThenAnotherAddress() throws Exception {
    try (TestPipeline test = TestPipeline.clusterStarted("replacement")) {
      ChildProcess sim = test.load(SEED);
      sim.start();
      awaitStored(test, 100);
      awaitShown(test.parts(), "g1", "g1"::equals);
      Awaitility.await("nothing is wrong")
          .atMost(TestPipeline.LONG)
          .untilAsserted(() -> assertThat(doctor(test.parts())).isEmpty());
      test.parts().gateways().get(1).service().process().kill();
      Awaitility.await("the others miss it")
          .atMost(TestPipeline.LONG)
          .untilAsserted(
              () ->
                  assertThat(doctor(test.parts()))
                      .contains("gateway-down", "not-listening", "probe-refused"));

      comesBackWithoutItsFolder(test, test.parts().gateways().get(1));
      awaitStored(test, test.ledger().stored() + 100);
      GatewayService stoodIn = isReplacedElsewhere(test.parts(), test.parts().gateways().get(2));
      // From here on every majority is of the new two.
      test.parts().gateway().kill();
      awaitShown(test.parts(), "g1", leader -> !leader.equals("g1"));
      awaitStored(test, test.ledger().stored() + 100);
      // Its group may be on its way home to it.
      Awaitility.await("it can commit").atMost(TestPipeline.LONG).until(stoodIn.service()::isReady);

      comesBackWithItsFolderOfBefore(test);

      sim.terminate();
      assertThat(sim.waitFor(TestPipeline.LONG)).as("simulator ends").isTrue();
      TestPipeline.Finished verdict = test.verify("record");
      assertThat(verdict.exitCode()).as(verdict.output() + verdict.log()).isZero();
      Sums sums =
          test.awaitSettled(verdict.json().path("produced").asLong() + probes(test.parts()));
      assertThat(sums.stored()).isEqualTo(sums.produced());
      assertThat(sums.missing() + sums.duplicates()).isZero();
    }
  }

  /** How many readings the doctor has sent. */
  private static long probes(Pipeline parts) throws Exception {
    String path = "/api/v1/devices/tidemark-doctor/ledger";
    return parts.http().get(parts.apiUrl() + path).path("totals").path("produced").asLong();
  }

  /** What is wrong, by code; not that it is slow, as the machine may be. */
  private static Set<String> doctor(Pipeline parts) throws Exception {
    StringWriter out = new StringWriter();
    // The cluster is looked at, not the disk of whoever runs this.
    List<String> words =
        new ArrayList<>(List.of("doctor", "--json", "--disk-low=0", "--api", parts.apiUrl()));
    parts
        .gateways()
        .forEach(gateway -> words.addAll(List.of("--gateway", gateway.service().url())));
    int unused =
        Tidemark.commandLine()
            .setOut(new PrintWriter(out, true))
            .execute(words.toArray(String[]::new));
    Set<String> found = new TreeSet<>();
    for (JsonNode finding : Json.lastLine(out.toString()).path("findings")) {
      if (finding.path("finding").isTextual()) {
        found.add(finding.path("finding").asText());
      }
    }
    found.remove("probe-slow");
    return found;
  }

  private static void comesBackWithoutItsFolder(TestPipeline test, GatewayService gateway)
      throws Exception {
    gateway.service().process().kill();
    TestPipeline.delete(gateway.data());
    gateway.service().startAndAwaitReady();
    Awaitility.await("all groups have the new data folder")
        .atMost(TestPipeline.LONG)
        .until(
            () -> {
              ClusterState state = test.cluster();
              return state.isDone(1) && state.isWell();
            });
  }

  /** What nobody should do: the others make good what is not in it any more. */
  private static void comesBackWithItsFolderOfBefore(TestPipeline test) throws Exception {
    GatewayService gateway = test.parts().gateways().get(1);
    Path before = test.parts().data().resolve("before");
    test.parts().startGateway();
    awaitWell(test);
    gateway.service().process().kill();
    TestPipeline.copy(gateway.data(), before);
    gateway.service().startAndAwaitReady();
    awaitStored(test, test.ledger().stored() + 200);
    gateway.service().process().kill();
    TestPipeline.delete(gateway.data());
    TestPipeline.copy(before, gateway.data());
    gateway.service().startAndAwaitReady();
    awaitWell(test);
    awaitStored(test, test.ledger().stored() + 100);
  }

  private static void awaitWell(TestPipeline test) {
    Awaitility.await("all are well")
        .atMost(TestPipeline.LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> test.cluster().isWell());
  }

  private static GatewayService isReplacedElsewhere(Pipeline parts, GatewayService gateway)
      throws Exception {
    gateway.service().process().kill();
    Ports.OfGateway its = Ports.free().gateways().get(0);
    GatewayService standIn = parts.standIn(gateway.id(), its);
    standIn.service().process().start();
    Awaitility.await("it says what it waits for")
        .atMost(TestPipeline.LONG)
        .until(() -> standIn.service().trouble().contains("waits to be taken in"));

    Launcher.Run replaced =
        Launcher.run(
            "gateway",
            "cluster",
            "replace",
            "%s=%s:%d".formatted(gateway.id(), parts.network().peerHost(gateway.id()), its.raft()),
            "--gateway",
            gateway.service().url(),
            "--gateway",
            parts.gatewayUrl());
    assertThat(replaced.exitCode()).as(replaced.out() + replaced.err()).isZero();
    assertThat(replaced.out()).contains("Done: all 3 groups have the members of generation 2");
    return standIn;
  }

  /** Ingest shows all three gateways, and who leads this group. */
  private static void awaitShown(Pipeline parts, String group, Predicate<String> leader) {
    Awaitility.await("the leader of group " + group + " is shown")
        .atMost(TestPipeline.LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              JsonNode gateways = parts.http().get(parts.apiUrl() + "/api/v1/gateways");
              String leads = "";
              long term = 0;
              for (JsonNode gateway : gateways.path("items")) {
                for (JsonNode replica : gateway.path("groups")) {
                  if (replica.path("group").asText().equals(group)
                      && replica.path("role").asText().equals("leader")
                      && replica.path("term").asLong() > term) {
                    leads = gateway.path("gateway").asText();
                    term = replica.path("term").asLong();
                  }
                }
              }
              return gateways.path("items").size() == 3 && !leads.isEmpty() && leader.test(leads);
            });
  }

  private static void awaitStored(TestPipeline test, long readings) {
    Awaitility.await(readings + " readings are stored")
        .atMost(TestPipeline.LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> test.ledger().stored() >= readings);
  }
}
