package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.SameSiteAttribute;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.identity.ApiAccess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Logging in by an OpenID provider, a real one, in a real browser. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OidcPageTest {
  private static final Pattern TOKEN = Pattern.compile("tms_[A-Za-z0-9_-]{43}");
  private static final String PASSWORD = "correct horse battery";
  private static final String SECRET = "what ${the} provider $$ knows ingest by";
  private static final String BUTTON = "Log in with the works' account";

  private static Browser browser;
  private static ChildProcess ingest;
  private static OpenIdProvider provider;
  private static String url;

  @BeforeAll
  static void start() throws Exception {
    Path folder = TestPipeline.folder("oidc-pages");
    int port = Ports.one();
    url = "https://127.0.0.1:" + port;
    provider = OpenIdProvider.in(folder, url, SECRET);
    Map<String, String> oidc =
        Map.of(
            "client-id", "tidemark",
            "authority", provider.certificate().toString(),
            "issuer", provider.issuer(),
            "title", "the works' account",
            "scopes", "profile,groups",
            "role-claim", "tidemark/groups",
            "viewer-groups", "tidemark-viewers,guests",
            "admin-groups", "tidemark-admins");
    List<String> words = new ArrayList<>(List.of("-Xmx256m", "-Dquarkus.http.host=127.0.0.1"));
    words.add("-Dquarkus.http.ssl-port=" + port);
    words.add("-Dtidemark.data.dir=" + folder.resolve("ingest"));
    oidc.forEach((key, value) -> words.add("-Dtidemark.access.oidc.%s=%s".formatted(key, value)));
    ingest =
        new ChildProcess(
            "ingest",
            folder,
            Map.of("TIDEMARK_ACCESS_OIDC_CLIENT_SECRET", SECRET),
            Installation.find().java("cloud-ingest/target/quarkus-app/quarkus-run.jar", words));
    ingest.start();
    browser = Browser.start();
    Path root = folder.resolve("ingest/identity/root.pem");
    Awaitility.await("ingest to have an authority")
        .atMost(Duration.ofMinutes(3))
        .until(() -> Files.exists(root));
    Http http = new Http().with("", ApiAccess.believing(root));
    Awaitility.await("ingest to be ready, without the provider")
        .atMost(Duration.ofMinutes(3))
        .until(() -> http.isOk(url + "/q/health/ready"));
  }

  @AfterAll
  static void stop() throws Exception {
    browser.close();
    ingest.kill();
    provider.close();
  }

  @BeforeEach
  void expect() {
    browser.expectVisit(provider.issuer());
    browser.expectOutage(); // the browser logs a refusal
  }

  @AfterEach
  void close() {
    assertThat(browser.closePages()).as("what the pages did that they must not").isEmpty();
  }

  private static Page leave(String from) {
    Page page = browser.open(Browser.DESKTOP, url + from);
    page.getByText(BUTTON).click();
    return page;
  }

  /** From one of our pages to the provider, and back as who logs in there. */
  private static Page come(String from, String person) {
    Page page = leave(from);
    page.locator("input[name=login]").fill(person);
    page.keyboard().press("Enter");
    page.waitForURL(url + "/**");
    return page;
  }

  private static void assertRefused(Page page, String words) {
    assertThat(page.locator(".form-error").first()).containsText(words);
    assertThat(page.locator(".account")).hasCount(0);
  }

  private static List<Cookie> cookies(Page page) {
    // Cookies know no ports, so the provider's are there, too.
    return page.context().cookies(List.of(url, url + "/login/oidc")).stream()
        .filter(cookie -> cookie.name.startsWith("q_") || cookie.name.endsWith("tidemark"))
        .toList();
  }

  @Test
  @Order(0)
  void whileTheProviderIsAwayOneLogsInByAPassword() throws Exception {
    Page page = leave("/login?to=%2Falerts");
    assertRefused(page, "The provider does not answer");
    Matcher token = TOKEN.matcher(Files.readString(ingest.log()));
    assertThat(token.find()).as("a token in the log").isTrue();
    page.getByLabel("Token").fill(token.group());
    page.getByLabel("Administrator's name").fill("ada");
    page.getByLabel("Password to be").fill(PASSWORD);
    page.getByText("Make the administrator").click();
    assertThat(page.locator(".account")).hasAttribute("title", "ada, admin");
    provider.start();
  }

  @Test
  @Order(1)
  void whoseGroupIsAnAdministratorsIsOne() {
    Page page = come("/audit?what=user.make", "ada");
    assertThat(page).hasURL(url + "/audit?what=user.make");
    assertThat(page.locator(".account")).hasAttribute("title", "oidc:ada, admin");
    assertThat(page.locator("tr[data-what]").first()).containsText("oidc:ada");
    assertThat(cookies(page))
        .singleElement()
        .satisfies(
            cookie -> {
              assertThat(cookie.name).isEqualTo("__Host-tidemark");
              assertThat(cookie.httpOnly).isTrue();
              assertThat(cookie.secure).isTrue();
              assertThat(cookie.sameSite).isEqualTo(SameSiteAttribute.STRICT);
            });
    page.navigate(url + "/access");
    assertThat(page.locator("tr[data-user='oidc:ada'] select")).hasCount(0);
    assertThat(page.locator("tr[data-user='oidc:ada'] button")).hasCount(2);
    assertThat(page.locator("tr[data-user=ada] button")).hasCount(3);

    page.locator(".account").click();
    assertThat(page.getByText("Change password")).hasCount(0);
    page.getByText("Log out", new Page.GetByTextOptions().setExact(true)).click();
    assertThat(page).hasURL(Pattern.compile("/login"));
    assertThat(cookies(page)).isEmpty();
  }

  @Test
  @Order(2)
  void whoseGroupIsAViewersIsOneAndCanBeShutOut() {
    Page viewer = come("/access", "vera");
    assertThat(viewer.locator(".account")).hasAttribute("title", "oidc:vera@example.org, viewer");
    assertThat(viewer.locator(".closed")).containsText("the role admin");

    Page admin = come("/access", "ada");
    admin
        .locator("tr[data-user='oidc:vera@example.org']")
        .getByRole(AriaRole.BUTTON)
        .getByText("Disable")
        .click();
    assertThat(admin.locator("tr[data-user='oidc:vera@example.org']")).containsText("disabled");
    viewer.reload();
    assertThat(viewer).hasURL(Pattern.compile("/login"));
    viewer.getByText(BUTTON).click(); // the provider knows vera still, and asks nothing
    assertRefused(viewer, "An administrator has disabled your user");
  }

  @Test
  @Order(3)
  void othersAreRefusedInWords() {
    assertRefused(come("/", "norman"), "none of your groups there has a role here");
    assertRefused(come("/", "other"), "Another person of the provider has logged in by your name");
    assertRefused(come("/", "nameless"), "The provider says no name for you");
  }

  @Test
  @Order(4)
  void anAnswerToAnotherQuestionOpensNothing() {
    Page page = leave("/login");
    Cookie question =
        cookies(page).stream()
            .filter(one -> one.name.startsWith("q_auth_"))
            .findFirst()
            .orElseThrow();
    assertThat(question.httpOnly && question.secure).isTrue();
    assertThat(question.path).isEqualTo("/login/oidc");
    String state = question.name.substring(question.name.lastIndexOf('_') + 1);
    for (String answer :
        List.of(
            "code=abc&state=another",
            "code=abc",
            "state=" + state + "&state=" + state,
            "to=//evil")) {
      page.navigate(url + "/login/oidc?" + answer);
      assertRefused(page, "something this browser has not asked");
    }
    page.navigate(url + "/login/oidc?error=access_denied&state=" + state);
    assertRefused(page, "The provider did not let you log in");
    page.navigate(url + "/login/oidc?code=invented&state=" + state);
    assertRefused(page, "What the provider answered did not hold");
    page.navigate(url + "/login/oidc?code=invented&state=" + state);
    assertRefused(page, "something this browser has not asked");
  }

  /** Only a session of ours opens anything, whatever else a browser sends. */
  @Test
  @Order(5)
  void aCookieOfQuarkusOpensNothing() {
    Page page = browser.open(Browser.DESKTOP, url + "/login");
    page.context()
        .addCookies(List.of(new Cookie("q_session_tidemark", "none").setUrl(url).setSecure(true)));
    assertThat(page.evaluate("async () => (await fetch('/api/v1/users')).status")).isEqualTo(401);
  }

  @Test
  @Order(6)
  void aProviderThatHasGoneIsAwayToo() throws Exception {
    Page page = leave("/login");
    page.waitForURL(provider.issuer() + "/**");
    provider.close();
    String state =
        cookies(page).stream()
            .map(one -> one.name)
            .filter(name -> name.startsWith("q_auth_"))
            .findFirst()
            .map(name -> name.substring(name.lastIndexOf('_') + 1))
            .orElseThrow();
    page.navigate(url + "/login/oidc?code=late&state=" + state);
    assertRefused(page, "The provider does not answer");
    page.getByText(BUTTON).click();
    assertRefused(page, "The provider does not answer");
    String log = Files.readString(ingest.log());
    assertThat(log).contains("a login by the OpenID provider ended as away");
    assertThat(log).doesNotContain(SECRET);
    assertThat(log).as("codes, and tokens of JSON").doesNotContain("code=").doesNotContain("eyJ");
  }
}
