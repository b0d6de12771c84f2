package io.tidemark.ingest;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.tidemark.ingest.alerts.SmtpSettings;
import io.tidemark.ingest.storage.influx.InfluxVersion;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The configuration. Its keys are an interface: they may be added to, never renamed. */
@ConfigMapping(prefix = "tidemark")
public interface IngestConfig {
  /** The store: {@code embedded}, or {@code influx}. */
  @WithDefault("embedded")
  String store();

  /** Whether those who reach ingest prove who they are, and need a role: {@code on}, or not. */
  @WithDefault("on")
  String security();

  /** What the log on standard error is: {@code text}, or {@code json}. */
  @WithDefault("text")
  String logFormat();

  /** How long one stays logged in. */
  AccessConfig access();

  /** The authority that signs certificates, with security on. */
  IdentityConfig identity();

  /** Where things are kept. */
  Data data();

  /** The ledger's and the quarantine's database. */
  SqlConfig sql();

  /** Bounds of the intake. */
  IntakeConfig intake();

  /** Bounds of the embedded store. */
  Storage storage();

  /** The InfluxDB of {@code tidemark.store=influx}. */
  Influx influx();

  /** Bounds of the quarantine. */
  QuarantineConfig quarantine();

  /** When a device is there. */
  Devices devices();

  /** The live stream. */
  Live live();

  /** What is kept of gateways. */
  GatewaysConfig gateways();

  /** Alerts. */
  AlertsConfig alerts();

  /** What installs the agent on devices. */
  InstallConfig install();

  /** The authority that signs certificates. */
  interface IdentityConfig {
    /** Its folder; by default {@code identity} in the data folder. */
    Optional<Path> dir();

    /** Names and addresses under which ingest is reached; by default this machine's. */
    Optional<List<String>> hosts();

    /** How long a device's certificate is valid. */
    @WithDefault("30d")
    Duration deviceValidity();

    /** How long a gateway's is. */
    @WithDefault("30d")
    Duration gatewayValidity();

    /** For how long after its end a certificate may still be renewed. */
    @WithDefault("365d")
    Duration grace();
  }

  /** How long one stays logged in. */
  interface AccessConfig {
    /** A session that is not used for so long is over. */
    @WithDefault("8h")
    Duration sessionIdle();

    /** A session is over so long after the login. */
    @WithDefault("7d")
    Duration sessionMax();

    /**
     * A file with the token that makes the first administrator, in place of one that is printed.
     */
    Optional<Path> setupTokenFile();

    /** The OpenID provider that people can log in by. */
    OidcConfig oidc();
  }

  /** An OpenID provider. */
  interface OidcConfig {
    /** Its address, as it says it itself; without it none is asked. */
    Optional<URI> issuer();

    /** As what it knows ingest. */
    Optional<String> clientId();

    /** What proves that to it, if it asks for it. */
    Optional<String> clientSecret();

    /** A file (PEM) with whom to believe that it is the provider; by default whom Java believes. */
    Optional<Path> authority();

    /** What the button of the login page calls it. */
    @WithDefault("your organisation's account")
    String title();

    /** What to ask it for, beside {@code openid}. */
    @WithDefault("profile")
    List<String> scopes();

    /** Where its answer has a person's name. */
    @WithDefault("preferred_username")
    String nameClaim();

    /** Where its answer has the groups; parts of a path are separated by {@code /}. */
    @WithDefault("groups")
    String roleClaim();

    /** Groups whose people are viewers. */
    Optional<List<String>> viewerGroups();

    /** Groups whose people are operators. */
    Optional<List<String>> operatorGroups();

    /** Groups whose people are administrators. */
    Optional<List<String>> adminGroups();
  }

  /** Where things are kept. */
  interface Data {
    /**
     * The folder; made if it is missing. Only one ingest at a time may use it: each has its own.
     */
    @WithDefault("data/ingest")
    Path dir();
  }

  /** The ledger's and the quarantine's database. */
  interface SqlConfig {
    /** A JDBC URL; by default the SQLite file {@code tidemark.db} in the data folder. */
    Optional<String> url();

    /** Who logs in at PostgreSQL. */
    Optional<String> user();

    /** A file with that one's password; read at each new connection. */
    Optional<Path> passwordFile();
  }

  /** Bounds of the intake. */
  interface IntakeConfig {
    /** Bytes of requests held at a time, uncompressed; more are told to try again. */
    @WithDefault("67108864")
    long queueMaxBytes();

    /** Readings written at a time. */
    @WithDefault("20000")
    int chunkMaxReadings();

    /** Stored longer than this after it was taken, a reading is late. */
    @WithDefault("60s")
    Duration lateAfter();
  }

  /** Bounds of the embedded store. */
  interface Storage {
    /** Columns a kind may have, one for each metric and type. */
    @WithDefault("512")
    int kindMaxColumns();

    /** Kinds there may be. */
    @WithDefault("256")
    int maxKinds();
  }

  /** The InfluxDB of {@code tidemark.store=influx}. */
  interface Influx {
    /** Its address, {@code http://host:8086}. */
    Optional<URI> url();

    /** The database, or the bucket; on 1.x {@code database/retention-policy} is taken too. */
    @WithDefault("tidemark")
    String database();

    /** The organization; 2.x only. */
    Optional<String> org();

    /** 2.x and 3: a token; 1.x: {@code name:password}. */
    Optional<String> token();

    /** A file with it, in place of {@code token}. */
    Optional<Path> tokenFile();

    /** Make the database if it is missing. */
    @WithDefault("false")
    boolean createDatabase();

    /** Which InfluxDB it is: {@code v1}, {@code v2}, {@code v3}, or {@code auto} to ask it. */
    @WithDefault("auto")
    InfluxVersion version();

    /** Write requests under way at a time, at most. */
    @WithDefault("4")
    int requestsMax();

    /** Rows in one write request, at most. */
    @WithDefault("5000")
    int requestMaxRows();

    /** How long a request may take. */
    @WithDefault("15s")
    Duration requestTimeout();

    /** How long a write is tried before gateways are told to come again. */
    @WithDefault("20s")
    Duration retryFor();

    /** Compress what is written. */
    @WithDefault("false")
    boolean gzip();
  }

  /** Bounds of the quarantine: beyond them the oldest items are dropped, and declared. */
  interface QuarantineConfig {
    /** Items it holds. */
    @WithDefault("1000000")
    long maxItems();

    /** Bytes of payloads it holds, each payload counted once. */
    @WithDefault("1073741824")
    long maxBytes();
  }

  /** When a device is there. */
  interface Devices {
    /** Seen within this: online. */
    @WithDefault("90s")
    Duration onlineWithin();

    /** Seen within this: late; else silent. */
    @WithDefault("10m")
    Duration lateWithin();
  }

  /** What is kept of gateways: beyond these the oldest changes go. */
  interface GatewaysConfig {
    /** Changes kept: who led which group, who was ready. */
    @WithDefault("10000")
    int historyMaxChanges();

    /** How long a change is kept. */
    @WithDefault("30d")
    Duration historyMaxAge();
  }

  /** The live stream. */
  interface Live {
    /** Events kept for those who come back. */
    @WithDefault("10000")
    int ringMaxEvents();

    /** Listeners at a time. */
    @WithDefault("100")
    int maxListeners();
  }

  /** What installs the agent on devices. */
  interface InstallConfig {
    /** A folder with the agent's package, {@code tidemark-agent_VERSION_all.deb}. */
    Optional<Path> dir();
  }

  /** How alerts are judged and delivered. */
  interface AlertsConfig {
    /** Pause between two rounds of evaluation. */
    @WithDefault("5s")
    Duration every();

    /** Readings that come later than this change no verdict any more. */
    @WithDefault("1h")
    Duration lookBack();

    /** A series without a reading for so long has no data. */
    @WithDefault("5m")
    Duration noDataAfter();

    /** After its start ingest calls no device silent for so long. */
    @WithDefault("1m")
    Duration settleFor();

    /** How long the ingest that judges may be gone before another takes over. */
    @WithDefault("15s")
    Duration leaseFor();

    /** How long a delivery is tried. */
    @WithDefault("24h")
    Duration deliverFor();

    /** Pause after the first failed delivery; doubles with each, up to ten minutes. */
    @WithDefault("5s")
    Duration retryPause();

    /** How long a receiver may take to answer. */
    @WithDefault("10s")
    Duration timeout();

    /** How long what is over is kept. */
    @WithDefault("90d")
    Duration historyFor();

    /** The mail server. */
    Smtp smtp();
  }

  /** The mail server alerts are sent by. */
  interface Smtp {
    /** Its name; without it there are no e-mail receivers. */
    Optional<String> host();

    /** Its port. */
    @WithDefault("587")
    int port();

    /** {@code starttls}, {@code tls} or {@code none}. */
    @WithDefault("starttls")
    SmtpSettings.Security security();

    /** Who logs in; without it nobody does. */
    Optional<String> user();

    /** The user's password. */
    Optional<String> password();

    /** The sender's address; needed with a host. */
    Optional<String> from();
  }
}
