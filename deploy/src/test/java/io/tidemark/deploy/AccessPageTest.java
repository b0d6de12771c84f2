package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.identity.ApiAccess;
import io.tidemark.identity.EnrolmentToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Logging in, and who may do what, in a real browser, over an ingest that asks for it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AccessPageTest {
  private static final Pattern TOKEN = Pattern.compile("tms_[A-Za-z0-9_-]{43}");
  private static final String PASSWORD = "correct horse battery";
  private static final Path SCREENSHOTS =
      Installation.find().home().resolve("deploy/target/screenshots");

  private static Browser browser;
  private static ChildProcess ingest;
  private static ChildProcess open;
  private static Path folder;
  private static String url;
  private static Http http;
  private static Path root;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    folder = TestPipeline.folder("access-pages");
    int port = Ports.one();
    url = "https://127.0.0.1:" + port;
    ingest = ingest("ingest", "127.0.0.1", port, "on");
    open = ingest("open", "0.0.0.0", Ports.one(), "off");
    ingest.start();
    open.start();
    browser = Browser.start();
    root = folder.resolve("ingest/identity/root.pem");
    Awaitility.await("ingest to have an authority")
        .atMost(Duration.ofMinutes(3))
        .until(() -> Files.exists(root));
    http = new Http().with("", ApiAccess.believing(root));
    Awaitility.await("ingest to be ready")
        .atMost(Duration.ofMinutes(3))
        .until(() -> http.isOk(url + "/q/health/ready"));
  }

  private static ChildProcess ingest(String name, String host, int port, String security) {
    Installation installation = Installation.find();
    return new ChildProcess(
        name,
        folder,
        Map.of(),
        installation.java(
            "cloud-ingest/target/quarkus-app/quarkus-run.jar",
            List.of(
                "-Xmx256m",
                "-Dquarkus.http.host=" + host,
                "-Dquarkus.http.%s=%d".formatted(security.equals("on") ? "ssl-port" : "port", port),
                "-Dtidemark.security=" + security,
                "-Dtidemark.install.dir=" + installation.home().resolve("deploy/target"),
                "-Dtidemark.data.dir=" + folder.resolve(name))));
  }

  @AfterAll
  static void stop() throws InterruptedException {
    browser.close();
    ingest.kill();
    open.kill();
  }

  @AfterEach
  void close() {
    assertThat(browser.closePages()).as("what the pages did that they must not").isEmpty();
  }

  private static void logIn(Page page, String name) {
    page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill(name);
    page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill(PASSWORD);
    page.keyboard().press("Enter");
  }

  private static void look(Page page, String name) throws IOException {
    assertThat(Axe.faults(page)).as(name).isEmpty();
    assertThat(
            (List<?>)
                page.evaluate(
                    "() => [...document.querySelectorAll('html, main')].map(e => e.scrollWidth - e.clientWidth)"))
        .as(name + ": pixels that are beyond the window")
        .allSatisfy(px -> assertThat(((Number) px).intValue()).isZero());
    Files.createDirectories(SCREENSHOTS);
    page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
  }

  @Test
  @Order(0)
  void withoutSecurityItDoesNotStartWhereOthersReachIt() throws Exception {
    assertThat(open.waitFor(Duration.ofMinutes(3))).as("it has ended").isTrue();
    assertThat(open.exitCode()).isEqualTo(2);
    assertThat(Files.readString(open.log()))
        .contains("quarkus.http.host=0.0.0.0 can be reached from elsewhere")
        .contains("set quarkus.http.host=127.0.0.1, or leave tidemark.security on");
  }

  @Test
  @Order(1)
  void theFirstAdministratorMakesUsersAndKeys() throws Exception {
    Matcher token = TOKEN.matcher(Files.readString(ingest.log()));
    assertThat(token.find()).as("a token in the log").isTrue();
    Page page = browser.open(Browser.DESKTOP, url + "/alerts?history");
    assertThat(page).hasURL(url + "/login?to=%2Falerts%3Fhistory");
    assertThat(page.locator(".places")).hasCount(0);
    look(page, "login-setup-light");

    browser.expectOutage(); // the browser logs a refusal
    page.getByLabel("Token").fill("tms_not");
    page.getByLabel("Administrator's name").fill("ada");
    page.getByLabel("Password to be").fill(PASSWORD);
    page.getByText("Make the administrator").click();
    assertThat(page.locator(".setup .form-error").first()).containsText("not the token");
    page.getByLabel("Token").fill(token.group());
    page.getByText("Make the administrator").click();
    assertThat(page).hasURL(url + "/alerts?history");
    assertThat(page.locator("#alerts-history")).isVisible();

    page.locator(".account").click();
    assertThat(page.locator(".account-menu .who")).hasText("ada admin");
    page.getByText("Users and keys").click();
    assertThat(page).hasURL(url + "/access");
    page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill("Bob!");
    page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill(PASSWORD);
    page.getByText("Make the user").click();
    assertThat(page.locator("[data-field=name] .form-error")).containsText("1 to 64 of a-z");
    page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill("bob");
    page.getByText("Make the user").click();
    assertThat(page.locator("tr[data-user=bob]")).containsText("can log in");

    page.getByLabel("What it is for").fill("nightly report");
    page.getByText("Make the key").click();
    assertThat(page.locator(".made code")).hasText(Pattern.compile("tmk_[A-Za-z0-9_-]{43}"));
    String key = page.locator(".made code").textContent();
    look(page, "access-light");
    page.reload();
    assertThat(page.locator("tr[data-key]")).containsText("nightly report");
    assertThat(page.locator("body")).not().containsText(key);
    theKeyIsForPrograms(key);

    page.getByText("Revoke…").click();
    page.getByText("Revoke nightly report").click();
    assertThat(page.locator("tr[data-key]")).containsText("revoked");
    assertThatThrownBy(() -> http.with(key, null).get(url + "/api/v1/ledger"))
        .hasMessageContaining("was revoked");

    tokensAreMadeAndWithdrawn(page);
    aDeviceIsGivenAPasswordAndAKey(page);
    page.navigate(url + "/audit?what=key.revoke");
    assertThat(page.locator("tr[data-what]")).hasCount(1);
    assertThat(page.locator("tr[data-what]")).containsText("ada");
    look(page, "audit-light");
  }

  /** Its cells are lines apart. */
  private static Pattern row(String cells) {
    return Pattern.compile(cells, Pattern.DOTALL);
  }

  private static void tokensAreMadeAndWithdrawn(Page page) throws IOException {
    page.locator(".account").click();
    page.getByText("Enrolment tokens").click();
    assertThat(page).hasURL(url + "/tokens");
    assertThat(page.locator(".empty")).containsText("There are no tokens.");
    page.getByLabel("Uses").fill("many");
    page.getByLabel("Labels").fill("cold, wet");
    page.getByLabel("Site").fill("plant 2");
    page.getByLabel("Good for").selectOption("a week");
    page.getByText("Make the token").click();
    assertThat(page.locator("[data-field=uses] .form-error")).containsText("from 1 to 100000");
    page.getByLabel("Uses").fill("20");
    page.getByLabel("Ask at").fill("https://gw1:8444, https://gw2:8444");
    page.getByText("Make the token").click();
    EnrolmentToken token = EnrolmentToken.parse(page.locator(".made code").textContent());
    assertThat(token.urls())
        .containsExactly(URI.create("https://gw1:8444"), URI.create("https://gw2:8444"));
    assertThat(page.locator("tr[data-token='1']"))
        .containsText(row("any device.*0 of 20.*ends in 6 d.*plant 2.*cold.*wet"));
    assertThat(page.getByLabel("Uses")).hasValue("1");
    assertThat(page.locator(".install code"))
        .hasText(
            Pattern.compile(
                "curl -kfsSo install.sh %1$s/install && echo '%2$s  install.sh' \\| sha256sum -c && sudo sh install.sh %1$s"
                    .formatted(
                        url,
                        page.request()
                            .get(url + "/install")
                            .headers()
                            .get("etag")
                            .replace("\"", ""))));
    look(page, "tokens-light");

    page.getByLabel("For", new Page.GetByLabelOptions().setExact(true)).selectOption("gateways");
    page.getByLabel("Only for").fill("g4");
    page.getByLabel("Hosts").fill("gw4.example,10.0.0.4");
    page.getByText("Make the token").click();
    assertThat(page.locator("tr[data-token='2']"))
        .containsText(row("gateway g4.*0 of 1.*10.0.0.4, gw4.example"));
    page.reload();
    assertThat(page.locator("tr[data-token]")).hasCount(2);
    assertThat(page.locator("body")).not().containsText("tmt_");
    page.locator("tr[data-token='1']").getByText("Withdraw…").click();
    page.getByText("Withdraw token 1").click();
    assertThat(page.locator("tr[data-token='1']")).containsText("withdrawn");
    assertThat(page.locator("tr[data-token='2']")).containsText("Withdraw…");
  }

  /** One that has not sent anything yet. */
  private static void aDeviceIsGivenAPasswordAndAKey(Page page) throws IOException {
    page.navigate(url + "/device/thermo-1");
    page.getByText("Give a password…").click();
    assertThat(page.locator(".made code")).hasText(Pattern.compile("tmp_[A-Za-z0-9_-]{32}"));
    String password = page.locator(".made code").textContent();
    assertThat(page.locator("tr[data-kind=password]")).containsText("by ada");
    page.getByText("Give a key…").click();
    assertThat(page.locator(".made code")).hasCount(2);
    assertThat(page.locator(".made code").last()).hasText(Pattern.compile("[0-9a-f]{64}"));
    look(page, "device-secrets-light");
    page.reload();
    assertThat(page.locator("tr[data-kind=psk]")).containsText("by ada");
    assertThat(page.locator("body")).not().containsText(password);

    page.locator("tr[data-kind=password]").getByText("Withdraw…").click();
    page.getByText("Withdraw the password").click();
    assertThat(page.getByText("Give a password…")).isVisible();
    assertThat(page.locator("tr[data-kind=psk]")).containsText("by ada");
    theDeviceIsShutOutAndLetBackIn(page);
  }

  private static void theDeviceIsShutOutAndLetBackIn(Page page) throws IOException {
    page.reload();
    page.getByText("Shut out…").click();
    look(page, "shut-out-dialog-light");
    page.getByLabel("Why").fill("stolen from the yard");
    page.keyboard().press("Enter");
    assertThat(page.locator(".shut-out [role=status]"))
        .containsText(
            Pattern.compile(
                "Shut out since \\d\\d:\\d\\d:\\d\\d by ada: stolen from the yard. Its readings wait on the device"));
    page.reload();
    page.getByText("Let back in", new Page.GetByTextOptions().setExact(true)).click();
    assertThat(page.locator(".shut-out")).containsText("Gateways let it in.");
    assertThat(page.locator(".shut-out li"))
        .containsText(
            Pattern.compile(
                "from \\d\\d:\\d\\d:\\d\\d to \\d\\d:\\d\\d:\\d\\d by ada: stolen from the yard; let back in by ada"));
    assertThat(page.locator(".shut-out [role=status]")).hasCount(0);
  }

  /** From a file; the command line has only its name. */
  private static void theKeyIsForPrograms(String key) throws IOException {
    Path file = Files.writeString(folder.resolve("key.txt"), key + "\n");
    StringWriter out = new StringWriter();
    int code =
        Tidemark.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(out, true))
            .execute(
                "ledger",
                "--api",
                url,
                "--authority",
                root.toString(),
                "--api-key-file",
                file.toString());
    assertThat(code).as(out.toString()).isZero();
    code =
        Tidemark.commandLine()
            .setErr(new PrintWriter(out, true))
            .execute("ledger", "--api", url, "--authority", root.toString());
    assertThat(code).isEqualTo(2);
    assertThat(out.toString()).contains("this needs the role viewer");
    code =
        Tidemark.commandLine()
            .setErr(new PrintWriter(out, true))
            .execute(
                "ledger",
                "--api",
                url,
                "--authority",
                root.toString(),
                "--api-key-file",
                folder.toString());
    assertThat(code).isEqualTo(2);
    assertThat(out.toString()).contains("Could not check: the API key cannot be read from");
  }

  @Test
  @Order(2)
  void aViewerSeesWhatIsOpenAndWhyTheRestIsNot() throws Exception {
    browser.expectOutage(); // the browser logs a refusal
    Page page = browser.open(Browser.PHONE, url + "/audit");
    assertThat(page.locator(".setup")).hasCount(0);
    look(page, "login-phone");
    page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill("bob");
    page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill("wrong");
    page.keyboard().press("Enter");
    assertThat(page.locator(".form-error")).containsText("the name or the password is wrong");
    logIn(page, "bob");
    assertThat(page).hasURL(url + "/audit");
    assertThat(page.locator(".closed")).containsText("the role admin");
    look(page, "audit-closed-phone");
    page.navigate(url + "/alerts");
    assertThat(page.locator("h1.sentence")).containsText("Nothing is watched");
    assertThat(page.getByText("New rule")).hasCount(0);
    page.navigate(url + "/alerts?new");
    assertThat(page.locator(".closed")).containsText("the role operator");

    page.locator(".account").click();
    assertThat(page.getByText("Users and keys")).hasCount(0);
    page.getByText("Change password").click();
    look(page, "password-phone");
    page.getByLabel("Password now").fill(PASSWORD);
    page.getByLabel("Password to be").fill("even longer than that");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Change it")).click();
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("It is changed");
    page.locator(".account").click();
    page.getByText("Log out", new Page.GetByTextOptions().setExact(true)).click();
    assertThat(page).hasURL(Pattern.compile("/login"));
    page.goBack();
    assertThat(page.getByText("Log in", new Page.GetByTextOptions().setExact(true)).first())
        .isVisible();
  }

  @Test
  @Order(3)
  void thePagesAreForTheDarkToo() throws Exception {
    Page page = browser.open(Browser.DESKTOP.dark(), url + "/access");
    look(page, "login-dark");
    logIn(page, "ada");
    assertThat(page.locator("tr[data-user=bob]")).isVisible();
    look(page, "access-dark");
    page.setViewportSize(390, 844);
    look(page, "access-phone");
    page.navigate(url + "/tokens");
    assertThat(page.locator("tr[data-token]")).hasCount(2);
    look(page, "tokens-phone");
    page.navigate(url + "/audit");
    assertThat(page.locator("tr[data-what]").first()).isVisible();
    look(page, "audit-phone");
  }

  /** What fails every test of a page, seen once. */
  @Test
  @Order(4)
  void whatBreaksThePagesPolicyIsAnOffence() {
    Page page = browser.open(Browser.DESKTOP, url + "/login");
    page.waitForConsoleMessage(
        new Page.WaitForConsoleMessageOptions()
            .setPredicate(message -> message.text().startsWith("security policy: style-src")),
        () ->
            page.evaluate(
                "() => document.body.insertAdjacentHTML('beforeend', '<i style=\"color:red\"></i>')"));
    assertThat(browser.closePages()).anyMatch(said -> said.contains("security policy: style-src"));
  }
}
