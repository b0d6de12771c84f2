package io.tidemark.deploy.containers;

import static io.tidemark.deploy.containers.Containers.exit;
import static io.tidemark.deploy.images.HardenedRun.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import io.tidemark.deploy.Browser;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** All of it in one container, to try it out: docs/containers.md#try-it. */
@Tag("containers")
@Timeout(1800)
@ExtendWith(OnEngine.class)
class TrialTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String DASHBOARDS = "https://127.0.0.1:8443";

  @Test
  void oneContainerHasDashboardsAndAVerdict(Engine engine) throws Exception {
    engine.docker(
        command(
            "run",
            List.of(
                "-d",
                "--name=trial",
                "--memory=3g",
                "-p",
                "8443:8443",
                "-v",
                "trial:/var/lib/tidemark"),
            engine.image("tidemark"),
            "demo",
            "--secure",
            "--listen=0.0.0.0",
            "--data=demo"));
    await("it says where the dashboards are")
        .atMost(PATIENCE)
        .until(
            () -> {
              String said = engine.tryDocker("logs", "trial").said();
              assertThat(engine.docker("inspect", "--format={{.State.Running}}", "trial"))
                  .as(said)
                  .isEqualTo("true");
              return said.contains("Dashboard   https://127.0.0.1:8443/");
            });
    String password = engine.docker("exec", "trial", "cat", "demo/secrets/password");
    try (Browser browser = Browser.start()) {
      Page page = browser.blank(Browser.DESKTOP, DASHBOARDS);
      page.setDefaultTimeout(PATIENCE.toMillis());
      page.navigate(DASHBOARDS + "/login");
      page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill("admin");
      page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill(password);
      page.keyboard().press("Enter");
      await("devices on the page")
          .atMost(PATIENCE)
          .until(() -> page.getByText("sim-00020").count() > 0);
    }
    engine.docker("stop", "--time=120", "trial");
    Engine.Run said = engine.tryDocker("logs", "trial");
    assertThat(exit(engine, "trial")).as(said.said()).isEqualTo("0 false");
    assertThat(said.out()).contains("Clean: every reading is accounted for.");
  }
}
