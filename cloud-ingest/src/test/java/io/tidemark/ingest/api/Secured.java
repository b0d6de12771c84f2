package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.tidemark.ingest.identity.CertificateAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;

/** An ingest that asks for roles, and whose log is kept in full to be looked at. */
public final class Secured implements QuarkusTestProfile {
  static final String PASSWORD = "correct horse battery";
  private static final Pattern TOKEN = Pattern.compile("tms_[A-Za-z0-9_-]{43}");
  private static final Duration AUTHORITY_AGE = Duration.ofDays(100);
  private static final String LOG = "io.tidemark.test.log";

  /** Held, as the log's own memory of loggers is weak. */
  private static final Logger OURS = Logger.getLogger("io.tidemark");

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> values = new HashMap<>(new TemporaryData().start());
    Path identity = Path.of(values.get("tidemark.data.dir"), "identity");
    try {
      // Made long ago, so that it has signed what is over by now.
      new CertificateAuthority(
              identity, Clock.fixed(Instant.now().minus(AUTHORITY_AGE), ZoneOffset.UTC))
          .open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    values.put("tidemark.identity.dir", identity.toString());
    values.put("tidemark.security", "on");
    values.put("tidemark.install.dir", values.get("tidemark.data.dir") + "/agents");
    // Who may do what is not decided by how it is asked: these tests ask without TLS.
    values.put("quarkus.http.insecure-requests", "enabled");
    values.put("tidemark.access.session-idle", "2h");
    values.put("tidemark.access.session-max", "3h");
    values.put(LOG, values.get("tidemark.data.dir") + "/ingest.log");
    OURS.setLevel(Level.ALL);
    OURS.addHandler(new ToFile(Path.of(values.get(LOG))));
    return values;
  }

  /** Writes what is logged, at every level. */
  private static final class ToFile extends Handler {
    private final Path file;

    ToFile(Path file) {
      this.file = file;
      setLevel(Level.ALL);
      setFormatter(new SimpleFormatter());
    }

    @Override
    public synchronized void publish(LogRecord entry) {
      try {
        Files.writeString(
            file,
            getFormatter().format(entry),
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** All that was logged since the start. */
  static String log() {
    try {
      return Files.readString(Path.of(ConfigProvider.getConfig().getValue(LOG, String.class)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The token that was printed at the start. */
  static String token() {
    Matcher token = TOKEN.matcher(log());
    if (!token.find()) {
      throw new AssertionError("no token in the log:\n" + log());
    }
    return token.group();
  }

  /** The administrator's session, begun once. */
  private static String session = "";

  /** The cookie of a session of the administrator; who is made first if nobody is. */
  static String admin() {
    if (!session.isEmpty() && by(session).get("/api/v1/users").statusCode() == 200) {
      return session;
    }
    if (given().get("/api/v1/session").jsonPath().getBoolean("setup")) {
      json()
          .body(Map.of("token", token(), "name", "Ada", "password", PASSWORD))
          .post("/api/v1/session/setup")
          .then()
          .statusCode(201);
    }
    session = cookie(logIn("ada", PASSWORD));
    return session;
  }

  static Response logIn(String name, String password) {
    return json().body(Map.of("name", name, "password", password)).post("/api/v1/session");
  }

  static String cookie(Response login) {
    return login.then().statusCode(204).extract().cookie("tidemark");
  }

  static RequestSpecification json() {
    return given().contentType(ContentType.JSON);
  }

  /** As the pages send it. */
  static RequestSpecification by(String cookie) {
    return json().cookie("tidemark", cookie).header("Tidemark-Request", "1");
  }
}
