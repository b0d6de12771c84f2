package io.tidemark.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the other tests on containers take for granted. */
@Tag("containers")
@Tag("core")
@Timeout(600)
@ExtendWith(OnEngine.class)
class EngineTest {
  @Test
  void aContainerMayDoNoMoreThanItIsGiven(Engine engine) throws Exception {
    Engine.Run run =
        engine.tryDocker(
            "run",
            "--rm",
            "--read-only",
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges",
            "--memory=64m",
            "--user=10001",
            Engine.BASE,
            "sh",
            "-c",
            "id -u; grep -E 'CapEff|NoNewPrivs' /proc/self/status; touch /somewhere");
    assertThat(run.out().lines())
        .containsExactly("10001", "CapEff:\t0000000000000000", "NoNewPrivs:\t1");
    assertThat(run.err()).contains("Read-only file system");
    assertThat(run.exitCode()).isEqualTo(1);
  }

  @Test
  void nobodyElseIsInItsNetworkAndNothingIsLeftBehind(Engine engine) throws Exception {
    Process links = new ProcessBuilder("ip", "-brief", "link").start();
    assertThat(new String(links.getInputStream().readAllBytes()).lines())
        // Some kernels give each network an end of each kind of tunnel, which is down.
        .allMatch(line -> line.matches("(lo|docker0|br-|veth|sit0|tunl0|gre|erspan|ip6|ip_vti).*"));

    engine.docker("network", "create", "inner");
    engine.docker("volume", "create", "kept");
    engine.docker(
        "run", "-d", "--network=inner", "-v", "kept:/kept", Engine.BASE, "sleep", "infinity");
    engine.clear();
    assertThat(
            List.of(
                engine.docker("ps", "-aq"),
                engine.docker("volume", "ls", "-q"),
                engine.docker("network", "ls", "-q", "--filter", "type=custom")))
        .containsOnly("");
  }
}
