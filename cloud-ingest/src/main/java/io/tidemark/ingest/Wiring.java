package io.tidemark.ingest;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.SecretFile;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.AccessSettings;
import io.tidemark.ingest.access.OwnHosts;
import io.tidemark.ingest.access.Role;
import io.tidemark.ingest.accesslist.AccessLists;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.accesslist.SignedLists;
import io.tidemark.ingest.alerts.AlertSettings;
import io.tidemark.ingest.alerts.Alerts;
import io.tidemark.ingest.alerts.SmtpSettings;
import io.tidemark.ingest.api.LiveEvents;
import io.tidemark.ingest.api.Presence;
import io.tidemark.ingest.api.Pulse;
import io.tidemark.ingest.api.RateMeter;
import io.tidemark.ingest.api.StateMeters;
import io.tidemark.ingest.api.SystemState;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.backup.Backups;
import io.tidemark.ingest.gateways.Gateways;
import io.tidemark.ingest.gateways.Watch;
import io.tidemark.ingest.identity.CertificateAuthority;
import io.tidemark.ingest.identity.DeviceSecrets;
import io.tidemark.ingest.identity.Enrolment;
import io.tidemark.ingest.identity.IdentityMeters;
import io.tidemark.ingest.identity.Peers;
import io.tidemark.ingest.identity.RootChange;
import io.tidemark.ingest.identity.ServerIdentity;
import io.tidemark.ingest.identity.Tokens;
import io.tidemark.ingest.identity.Upkeep;
import io.tidemark.ingest.install.AgentPackages;
import io.tidemark.ingest.intake.Intake;
import io.tidemark.ingest.ledger.Actions;
import io.tidemark.ingest.ledger.Lates;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.LedgerIdentity;
import io.tidemark.ingest.oidc.OidcSettings;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.registry.Registry;
import io.tidemark.ingest.replicas.ChangeFeed;
import io.tidemark.ingest.replicas.RowsPlace;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlSettings;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreInUseException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.SummarizingStore;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.ingest.storage.embedded.EmbeddedStore;
import io.tidemark.ingest.storage.influx.InfluxSettings;
import io.tidemark.ingest.storage.influx.InfluxStore;
import io.tidemark.wire.log.LogFormat;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Joins the rooms: makes each of them once, starts and stops them in order. */
@Singleton
public final class Wiring {
  private static final Logger LOG = Logger.getLogger("io.tidemark.ingest");
  private static final int EXIT_CANNOT_START = 2;
  private static final String EMBEDDED = "embedded";
  private static final String INFLUX = "influx";

  private final String host;
  private final int port;
  private final int securePort;
  private volatile @Nullable DataFolder folder;
  private @Nullable DataFolder database;

  @Inject
  Wiring(
      @ConfigProperty(name = "quarkus.http.host") String host,
      @ConfigProperty(name = "quarkus.http.port") int port,
      @ConfigProperty(name = "quarkus.http.ssl-port") int securePort) {
    this.host = host;
    this.port = port;
    this.securePort = securePort;
  }

  @Produces
  @Singleton
  Clock clock() {
    return Clock.systemUTC();
  }

  @Produces
  @Singleton
  Sql sql(IngestConfig config) {
    return new Sql(
        sqlSettings(config),
        this::ingestId,
        connection -> {
          if (isShared(config)) {
            boolean isEmbedded = config.store().equals(EMBEDDED);
            RowsPlace.require(
                connection, isEmbedded ? RowsPlace.embedded(ingestId()) : RowsPlace.INFLUX);
          }
        });
  }

  /** Of the folder that is ours: SQL is made before it is, and used after that. */
  private String ingestId() {
    DataFolder ours = folder;
    if (ours == null) {
      throw new IllegalStateException("the data folder is not locked, so SQL must not be used");
    }
    return ours.ingestId();
  }

  @Produces
  @Singleton
  AgentPackages agentPackages(IngestConfig config) {
    return new AgentPackages(config.install().dir().orElse(null));
  }

  private static SqlSettings sqlSettings(IngestConfig config) {
    return new SqlSettings(
        sqlUrl(config), config.sql().user().orElse(null), config.sql().passwordFile().orElse(null));
  }

  private static String sqlUrl(IngestConfig config) {
    return config.sql().url().orElse("jdbc:sqlite:" + config.data().dir().resolve("tidemark.db"));
  }

  @Produces
  @Singleton
  SystemState systemState(
      IngestConfig config, @ConfigProperty(name = "quarkus.application.version") String software) {
    return new SystemState(software, config.data().dir(), config.store());
  }

  @Produces
  @Singleton
  Backups backups(IngestConfig config, Sql sql, TimeSeriesStore store) {
    return new Backups(config.data().dir(), sql, store);
  }

  @Produces
  @Singleton
  Audit audit(Sql sql, Clock clock) {
    return new Audit(sql, clock);
  }

  @Produces
  @Singleton
  AccessSettings accessSettings(IngestConfig config) {
    try {
      return access(config);
    } catch (IllegalArgumentException e) {
      return AccessSettings.CLOSED; // start() says what is wrong, and ends
    }
  }

  private AccessSettings access(IngestConfig config) {
    return AccessSettings.of(
        config.security(), host, config.access().sessionIdle(), config.access().sessionMax());
  }

  @Produces
  @Singleton
  OwnHosts ownHosts(IngestConfig config, AccessSettings settings) {
    return new OwnHosts(settings.security(), hosts(config));
  }

  @Produces
  @Singleton
  Access access(AccessSettings settings, Sql sql, Audit audit, Clock clock) {
    return new Access(settings, sql, audit, clock);
  }

  @Produces
  @Singleton
  Optional<OidcSettings> oidcSettings(IngestConfig config, AccessSettings settings) {
    try {
      return settings.isOn() ? oidc(config.access().oidc()) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // start() says what is wrong, and ends
    }
  }

  private static Optional<OidcSettings> oidc(IngestConfig.OidcConfig oidc) {
    return OidcSettings.of(
        oidc.issuer().orElse(null),
        oidc.clientId().orElse(""),
        oidc.authority().orElse(null),
        oidc.title(),
        oidc.nameClaim(),
        oidc.roleClaim(),
        Map.of(
            Role.VIEWER, oidc.viewerGroups().orElse(List.of()),
            Role.OPERATOR, oidc.operatorGroups().orElse(List.of()),
            Role.ADMIN, oidc.adminGroups().orElse(List.of())));
  }

  @Produces
  @Singleton
  TimeSeriesStore store(IngestConfig config, Sql sql, MeterRegistry registry, Clock clock) {
    return new SummarizingStore(
        config.store().equals(INFLUX)
            ? new InfluxStore(influx(config), () -> ledgerName(sql), registry, clock)
            : new EmbeddedStore(
                config.data().dir().resolve("store"),
                config.storage().kindMaxColumns(),
                config.storage().maxKinds()));
  }

  private static String ledgerName(Sql sql) throws StoreUnavailableException {
    try {
      return LedgerIdentity.of(sql);
    } catch (SqlUnavailableException e) {
      throw new StoreUnavailableException(String.valueOf(e.getMessage()), e);
    }
  }

  private static InfluxSettings influx(IngestConfig config) {
    IngestConfig.Influx influx = config.influx();
    return new InfluxSettings(
        influx
            .url()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "tidemark.store=influx needs tidemark.influx.url, e.g. http://127.0.0.1:8086")),
        influx.database(),
        influx.org().orElse(""),
        token(influx),
        influx.createDatabase(),
        influx.version(),
        influx.requestsMax(),
        influx.requestMaxRows(),
        influx.requestTimeout(),
        influx.retryFor(),
        influx.gzip());
  }

  static String token(IngestConfig.Influx influx) {
    Path file = influx.tokenFile().orElse(null);
    if (file == null) {
      return influx.token().orElse("");
    }
    if (influx.token().isPresent()) {
      throw new IllegalArgumentException(
          "tidemark.influx.token and tidemark.influx.token-file are both set: keep the file");
    }
    try {
      return SecretFile.read(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the token of tidemark.influx.token-file cannot be read: " + e.getMessage(), e);
    }
  }

  @Produces
  @Singleton
  Ledger ledger(Sql sql, TimeSeriesStore store, Clock clock) {
    return new Ledger(sql, store, clock);
  }

  @Produces
  @Singleton
  Lates lates(IngestConfig config, Sql sql) {
    return new Lates(sql, config.intake().lateAfter());
  }

  @Produces
  @Singleton
  Quarantine quarantine(IngestConfig config, Sql sql) {
    return new Quarantine(sql, config.quarantine().maxItems(), config.quarantine().maxBytes());
  }

  @Produces
  @Singleton
  Registry registry(Sql sql, Audit audit, Clock clock) {
    return new Registry(sql, audit, clock);
  }

  @Produces
  @Singleton
  AccessLists accessLists(Sql sql, Clock clock) {
    return new AccessLists(sql, clock);
  }

  @Produces
  @Singleton
  SignedLists signedLists(ServerIdentity server, Clock clock) {
    return new SignedLists(
        () -> {
          OwnCredential own = server.own();
          return own == null ? null : own.now();
        },
        clock);
  }

  @Produces
  @Singleton
  CertificateAuthority authority(IngestConfig config, Clock clock) {
    return new CertificateAuthority(
        config.identity().dir().orElse(config.data().dir().resolve("identity")), clock);
  }

  @Produces
  @Singleton
  IdentityMeters identityMeters(MeterRegistry registry) {
    return new IdentityMeters(registry);
  }

  @Produces
  @Singleton
  ServerIdentity serverIdentity(
      IngestConfig config, CertificateAuthority authority, IdentityMeters meters, Clock clock) {
    return new ServerIdentity(authority, hosts(config), meters, clock);
  }

  private static List<String> hosts(IngestConfig config) {
    return config.identity().hosts().orElseGet(ServerIdentity::ofThisMachine);
  }

  @Produces
  @Singleton
  ShutOuts shutOuts(Sql sql, Audit audit, AccessLists lists, Clock clock) {
    return new ShutOuts(sql, audit, lists, clock);
  }

  @Produces
  @Singleton
  Peers peers(
      CertificateAuthority authority,
      ServerIdentity server,
      AccessLists lists,
      IdentityMeters meters,
      Clock clock) {
    return new Peers(authority, server, lists, meters, clock);
  }

  @Produces
  @Singleton
  Tokens tokens(Sql sql, Audit audit, Clock clock) {
    return new Tokens(sql, audit, clock);
  }

  @Produces
  @Singleton
  DeviceSecrets deviceSecrets(Sql sql, Audit audit, Clock clock) {
    return new DeviceSecrets(sql, audit, clock);
  }

  @Produces
  @Singleton
  Enrolment enrolment(
      IngestConfig config,
      CertificateAuthority authority,
      Sql sql,
      Audit audit,
      Registry registry,
      AccessLists lists,
      Clock clock) {
    return new Enrolment(authority, sql, audit, registry, lists, terms(config.identity()), clock);
  }

  private static Enrolment.Terms terms(IngestConfig.IdentityConfig identity) {
    return new Enrolment.Terms(
        identity.deviceValidity(), identity.gatewayValidity(), identity.grace());
  }

  @Produces
  @Singleton
  RootChange rootChange(
      IngestConfig config, CertificateAuthority authority, Sql sql, Audit audit, Clock clock) {
    return new RootChange(authority, sql, audit, config.identity().grace(), clock);
  }

  @Produces
  @Singleton
  Upkeep upkeep(
      IngestConfig config,
      CertificateAuthority authority,
      ServerIdentity server,
      RootChange roots,
      Tokens tokens,
      Sql sql,
      Clock clock) {
    return new Upkeep(authority, server, roots, tokens, sql, config.identity().grace(), clock);
  }

  @Produces
  @Singleton
  Actions actions(Sql sql) {
    return new Actions(sql);
  }

  @Produces
  @Singleton
  Gateways gateways(IngestConfig config, Sql sql, Clock clock) {
    return new Gateways(
        sql, clock, config.gateways().historyMaxChanges(), config.gateways().historyMaxAge());
  }

  @Produces
  @Singleton
  Watch watch(Gateways gateways) {
    return new Watch(gateways);
  }

  @Produces
  @Singleton
  RateMeter rates(Clock clock) {
    return new RateMeter(clock);
  }

  @Produces
  @Singleton
  Presence presence(IngestConfig config, Clock clock) {
    return new Presence(config.devices().onlineWithin(), config.devices().lateWithin(), clock);
  }

  @Produces
  @Singleton
  LiveEvents events(IngestConfig config, Clock clock) {
    return new LiveEvents(config.live().ringMaxEvents(), clock);
  }

  @Produces
  @Singleton
  ChangeFeed changes(
      IngestConfig config,
      Sql sql,
      TimeSeriesStore store,
      Ledger ledger,
      RateMeter rates,
      LiveEvents events,
      AccessLists lists,
      Clock clock) {
    return new ChangeFeed(
        sql,
        isShared(config),
        config.live().ringMaxEvents(),
        new OthersRows(store, ledger, rates, events, lists),
        events,
        clock);
  }

  private static boolean isShared(IngestConfig config) {
    return !DataFolder.isFile(sqlUrl(config));
  }

  @Produces
  @Singleton
  Pulse pulse(LiveEvents events, Ledger ledger, Presence presence) {
    return new Pulse(events, ledger, presence);
  }

  @Produces
  @Singleton
  StateMeters stateMeters(
      IngestConfig config,
      Ledger ledger,
      Quarantine quarantine,
      Presence presence,
      Intake intake,
      Alerts alerts,
      TimeSeriesStore store,
      MeterRegistry registry) {
    return new StateMeters(
        ledger,
        quarantine,
        presence,
        intake::isReady,
        alerts::isJudging,
        store,
        config.data().dir(),
        registry);
  }

  @Produces
  @Singleton
  AlertSettings alertSettings(IngestConfig config) {
    return settings(config.alerts());
  }

  private static AlertSettings settings(IngestConfig.AlertsConfig alerts) {
    return new AlertSettings(
        alerts.every(),
        alerts.lookBack(),
        alerts.noDataAfter(),
        alerts.settleFor(),
        alerts.leaseFor(),
        alerts.deliverFor(),
        alerts.retryPause(),
        alerts.timeout(),
        alerts.historyFor());
  }

  @Produces
  @Singleton
  Alerts alerts(
      IngestConfig config,
      Sql sql,
      TimeSeriesStore store,
      Ledger ledger,
      Registry registry,
      AlertSettings settings,
      MeterRegistry meters,
      Clock clock) {
    return new Alerts(
        sql,
        store,
        ledger,
        registry::devicesByLabel,
        settings,
        smtp(config.alerts().smtp()),
        meters,
        clock);
  }

  private static SmtpSettings smtp(IngestConfig.Smtp smtp) {
    return new SmtpSettings(
        smtp.host().orElse(""),
        smtp.port(),
        smtp.security(),
        smtp.user().orElse(""),
        smtp.password().orElse(""),
        smtp.from().orElse(""));
  }

  @Produces
  @Singleton
  Intake intake(
      IngestConfig config,
      Sql sql,
      TimeSeriesStore store,
      Ledger ledger,
      Quarantine quarantine,
      MeterRegistry registry,
      ChangeFeed feed,
      RateMeter rates,
      LiveEvents events,
      Alerts alerts,
      Clock clock) {
    return new Intake(
        sql,
        store,
        ledger,
        quarantine,
        registry,
        new CommittedRows(feed, rates, events, alerts),
        clock,
        config.intake().queueMaxBytes(),
        config.intake().chunkMaxReadings(),
        config.intake().lateAfter());
  }

  /** What is wrong with the configuration; empty if nothing is. */
  private String problem(IngestConfig config) {
    try {
      var unusedFormat = LogFormat.of(LogFormat.PROPERTY, config.logFormat());
      var unusedAccess = access(config);
      var unusedProvider = oidc(config.access().oidc());
      var unusedSettings = settings(config.alerts());
      var unusedServer = smtp(config.alerts().smtp());
      var unusedTerms = terms(config.identity());
      ServerIdentity.requireHosts(hosts(config));
      var unusedLates = new Lates(new Sql(sqlSettings(config)), config.intake().lateAfter());
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
    if (config.store().equals(EMBEDDED)) {
      return "";
    }
    if (!config.store().equals(INFLUX)) {
      return "tidemark.store must be embedded or influx, but is " + config.store();
    }
    try {
      influx(config);
      return "";
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  void start(
      @Observes StartupEvent event,
      IngestConfig config,
      Instance<Sql> sqls,
      Instance<Access> accesses,
      Instance<AccessLists> lists,
      Instance<ChangeFeed> feeds,
      Instance<TimeSeriesStore> stores,
      Instance<Intake> intakes,
      Instance<Alerts> alerts,
      Instance<Pulse> pulses,
      Instance<Watch> watches,
      Instance<StateMeters> states,
      Instance<CertificateAuthority> authorities,
      Instance<ServerIdentity> identities,
      Instance<IdentityMeters> identityMeters,
      Instance<Upkeep> upkeeps,
      Clock clock) {
    String problem = problem(config);
    if (!problem.isEmpty()) {
      refuse(problem);
      return;
    }
    try {
      folder = DataFolder.open(config.data().dir());
      database = DataFolder.openDatabase(sqlUrl(config));
      check(sqls.get(), isShared(config) && config.store().equals(EMBEDDED));
      if (accesses.get().settings().isOn()) {
        authorities.get().open();
        identities.get().open();
        identityMeters.get().watch(authorities.get(), identities.get(), clock);
        upkeeps.get().start();
        read(lists.get());
      }
      accesses.get().start(config.data().dir(), config.access().setupTokenFile().orElse(null));
      stores.get().check();
    } catch (IOException | GeneralSecurityException | StoreInUseException e) {
      refuse(String.valueOf(e.getMessage()));
      return;
    } catch (StoreUnavailableException e) {
      LOG.warn("cannot write yet, and goes on trying: " + e.getMessage());
    }
    feeds.get().start();
    intakes.get().start();
    pulses.get().start();
    watches.get().start();
    states.get().start();
    alerts.get().start();
    boolean secure = accesses.get().settings().isOn();
    LOG.infof(
        "listens on %s://%s:%d (API /api/v1, description /q/openapi), keeps its data in %s",
        secure ? "https" : "http",
        host,
        secure ? securePort : port,
        config.data().dir().toAbsolutePath());
  }

  /**
   * Ends here only at what does not end by itself: the database may come later than ingest, unless
   * it has to say first whose the rows are.
   */
  private static void check(Sql sql, boolean isNeeded) throws IOException {
    try {
      sql.check();
    } catch (SqlUnavailableException e) {
      if (isNeeded) {
        throw new IOException(
            "with tidemark.store=embedded the database has to say first that no other ingest keeps the rows: "
                + e.getMessage(),
            e);
      }
      LOG.warn("cannot use its database yet, and goes on trying: " + e.getMessage());
    }
  }

  /** Later, if the database is not there yet: each request of a gateway reads it anew. */
  private static void read(AccessLists lists) {
    try {
      lists.refresh();
    } catch (SqlUnavailableException e) {
      LOG.warn("does not know yet who is shut out: " + e.getMessage());
    }
  }

  private static void refuse(String why) {
    LOG.error("ingest does not start: " + why);
    Quarkus.asyncExit(EXIT_CANNOT_START);
  }

  void stop(
      @Observes ShutdownEvent event,
      Instance<Access> accesses,
      Instance<Alerts> alerts,
      Instance<Pulse> pulses,
      Instance<ChangeFeed> feeds,
      Instance<Watch> watches,
      Instance<StateMeters> states,
      Instance<Ledger> ledgers,
      Instance<Intake> intakes,
      Instance<TimeSeriesStore> stores,
      Instance<Sql> sqls,
      Instance<Upkeep> upkeeps)
      throws IOException, InterruptedException {
    DataFolder held = folder;
    if (held == null) {
      return; // never started
    }
    ledgers.get().close(); // The store waits for a count of duplicates: minutes, of many rows.
    upkeeps.get().close();
    alerts.get().close();
    pulses.get().close();
    watches.get().close();
    states.get().close();
    intakes.get().close();
    feeds.get().close();
    stores.get().close();
    accesses.get().close();
    sqls.get().close();
    DataFolder heldDatabase = database;
    if (heldDatabase != null) {
      heldDatabase.close();
    }
    held.close();
  }
}
