package io.tidemark.deploy.setup;

import io.tidemark.deploy.pipeline.AdminSession;
import io.tidemark.deploy.pipeline.AdminSession.RefusedException;
import io.tidemark.deploy.pipeline.Administrator;
import io.tidemark.identity.ApiAccess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Has ingest make its first administrator, and what the other programs need to be let in: API keys
 * and enrolment tokens, into their files. What is there is left until half of its time is over, and
 * then, too, if it cannot be made anew. Used by one thread.
 */
final class FirstAccess {
  static final Duration KEY_FOR = Duration.ofDays(2 * 365);
  static final Duration TOKEN_FOR = Duration.ofDays(7);

  /** For a gateway whose answer got lost, or whose disk did. */
  private static final int GATEWAY_USES = 5;

  /** As many as the simulator enrols. */
  private static final int SIMULATOR_USES = 2_000;

  private static final List<String> AUTHORITIES = List.of("admin", "prometheus", "simulator");

  private final SecretTree secrets;
  private final List<URI> ingest;
  private final Path authority;
  private final List<String> hosts;
  private final List<String> made = new ArrayList<>();
  private final List<String> kept = new ArrayList<>();
  private URI asked;
  private @Nullable AdminSession session;
  private @Nullable RefusedException refused;

  /**
   * Does nothing yet.
   *
   * @param ingest its addresses, one at least: the first that can is asked, the tokens say all
   * @param authority the certificate of its authority
   * @param hosts under which gateways are reached beside their own names
   */
  FirstAccess(SecretTree secrets, List<URI> ingest, Path authority, List<String> hosts) {
    this.secrets = secrets;
    this.ingest = List.copyOf(ingest);
    this.asked = this.ingest.get(0);
    this.authority = authority;
    this.hosts = List.copyOf(hosts);
  }

  /**
   * Makes what is missing, and what is due anew if the administrator still logs in as at first;
   * returns what it did, in sentences.
   *
   * @throws IOException if ingest cannot be reached, or does not make what is missing; with what to
   *     do
   */
  List<String> make() throws IOException, InterruptedException {
    made.clear();
    askInTurn();
    List<String> did = new ArrayList<>();
    did.add(made.isEmpty() ? "All was there." : "Made: " + String.join(", ", made) + ".");
    if (!kept.isEmpty()) {
      did.add(
          "Kept, though more than half of its time is over: %s, as %s. Then do this again; or make them on the pages of ingest, and write them into their files."
              .formatted(String.join(", ", kept), trouble()));
    }
    return did;
  }

  /** All of them have the same users, keys and tokens: what one has begun another goes on with. */
  private void askInTurn() throws IOException, InterruptedException {
    Set<String> troubles = new LinkedHashSet<>();
    for (URI one : ingest) {
      asked = one;
      session = null;
      kept.clear();
      try {
        makeAll();
        return;
      } catch (FinalException e) {
        throw e;
      } catch (RefusedException e) {
        if (!e.isForNow()) {
          throw new FinalException(e.getMessage(), e);
        }
        troubles.add(e.getMessage());
      } catch (IOException e) {
        troubles.add(e.getMessage());
      }
    }
    throw new IOException(String.join("; ", troubles));
  }

  private void makeAll() throws IOException, InterruptedException {
    if (open().isSetupOpen()) {
      setUp();
      made.add("the administrator " + Administrator.NAME);
    }
    String root = Files.readString(authority);
    for (String program : AUTHORITIES) {
      secrets.write(program + "/authority.pem", root);
    }
    key(SecretTree.PROMETHEUS_KEY, "prometheus");
    key(SecretTree.SIMULATOR_KEY, "simulator");
    for (String gateway : secrets.gateways()) {
      List<String> all = new ArrayList<>(List.of(gateway));
      hosts.stream().filter(host -> !host.equals(gateway)).forEach(all::add);
      Map<String, Object> asked = token("gateway", GATEWAY_USES);
      asked.put("name", gateway);
      asked.put("hosts", all);
      token(gateway + "/enrolment-token", asked);
    }
    Map<String, Object> asked = token("device", SIMULATOR_USES);
    asked.put("labels", List.of("simulated"));
    token(SecretTree.SIMULATOR_TOKEN, asked);
  }

  private AdminSession open() throws IOException {
    return new AdminSession(asked, ApiAccess.believing(authority));
  }

  private void setUp() throws IOException, InterruptedException {
    try {
      open()
          .setUp(
              secrets.read(SecretTree.SETUP_TOKEN),
              Administrator.NAME,
              secrets.read(SecretTree.ADMIN_PASSWORD));
    } catch (RefusedException e) {
      if (e.isForNow()) {
        throw e;
      }
      throw new FinalException(
          "ingest does not take the token in %s for its first administrator: is that file its tidemark.access.setup-token-file? %s"
              .formatted(secrets.file(SecretTree.SETUP_TOKEN), e.getMessage()),
          e);
    }
  }

  private void key(String name, String program) throws IOException, InterruptedException {
    // Names of keys are not used again, and one may have been made that nobody wrote down.
    String unique = program + "-" + Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
    keepUp(name, KEY_FOR, admin -> admin.key(unique, "viewer", KEY_FOR));
  }

  private Map<String, Object> token(String role, int uses) {
    Map<String, Object> asked = new LinkedHashMap<>();
    asked.put("role", role);
    asked.put("uses", uses);
    asked.put("validFor", TOKEN_FOR.toString());
    asked.put("urls", ingest.stream().map(URI::toString).toList());
    return asked;
  }

  private void token(String name, Map<String, Object> asked)
      throws IOException, InterruptedException {
    keepUp(name, TOKEN_FOR, admin -> admin.enrolmentToken(asked));
  }

  @FunctionalInterface
  private interface Making {
    String by(AdminSession administrator) throws IOException, InterruptedException;
  }

  /** What is there is good for as long again: others are not to wait for it in vain. */
  private void keepUp(String name, Duration goodFor, Making making)
      throws IOException, InterruptedException {
    if (!secrets.isDue(name, goodFor)) {
      return;
    }
    try {
      secrets.write(name, making.by(loggedIn()));
      made.add(name);
    } catch (RefusedException e) {
      if (e.isForNow()) {
        throw e;
      }
      if (!Files.exists(secrets.file(name))) {
        throw new FinalException(
            "%s has to be made, but %s. %s"
                .formatted(secrets.file(name), trouble(), e.getMessage()),
            e);
      }
      kept.add(name);
    }
  }

  /** Asked once, however much is due: ingest counts what is wrong. */
  private AdminSession loggedIn() throws IOException, InterruptedException {
    if (refused != null) {
      throw refused;
    }
    if (session == null) {
      AdminSession fresh = open();
      try {
        fresh.logIn(Administrator.NAME, secrets.read(SecretTree.ADMIN_PASSWORD));
      } catch (RefusedException e) {
        refused = e.isForNow() ? null : e;
        throw e;
      }
      session = fresh;
    }
    return session;
  }

  private String trouble() {
    return session == null
        ? "%s does not log in with the password in %s: if it was changed, put the new one there"
            .formatted(Administrator.NAME, secrets.file(SecretTree.ADMIN_PASSWORD))
        : "%s may not have it made: give that user the role admin again"
            .formatted(Administrator.NAME);
  }
}
