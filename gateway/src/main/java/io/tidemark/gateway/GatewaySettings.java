package io.tidemark.gateway;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Every setting of a gateway, with its default. {@link Settings} checks them. */
@ConfigMapping(prefix = "tidemark")
interface GatewaySettings {
  Gateway gateway();

  /**
   * {@code on}: devices, this gateway and ingest prove to each other who they are, and what they
   * say is encrypted; {@code off}: nobody does, for trying things on one machine.
   */
  @WithDefault("on")
  String security();

  /** What the log on standard error is: {@code text}, or {@code json}. */
  @WithDefault("text")
  String logFormat();

  Identity identity();

  Http http();

  Cluster cluster();

  Data data();

  Ingest ingest();

  Log log();

  Mqtt mqtt();

  Coap coap();

  Intake intake();

  Forward forward();

  Report report();

  /** Who this is. */
  interface Gateway {
    /** The gateway's id: 1 to 64 of A-Z a-z 0-9 _ . - and unlike every other gateway's. */
    String id();
  }

  /** With what it proves who it is. */
  interface Identity {
    /** Folder of its credential, if that is not {@code identity} in the data folder. */
    Optional<Path> dir();

    /** The word with which it gets its first certificate. */
    Optional<String> enrolmentToken();

    /** A file with that word. */
    Optional<Path> enrolmentTokenFile();

    /** More names and addresses under which it is reached, such as a balancer's. */
    Optional<List<String>> hosts();
  }

  /** Who may look at it, and change it, over HTTPS. */
  interface Http {
    /** A file with a word that opens whatever can be looked at. */
    Optional<Path> viewerTokenFile();

    /** A file with a word that opens what changes something, too. */
    Optional<Path> operatorTokenFile();
  }

  /** Who belongs together. */
  interface Cluster {
    /**
     * {@code g1=host:9001,g2=host:9002,g3=host:9003}: the gateways of the cluster, 1, 3 or 5, and
     * where each listens for the others; the same for all of them.
     */
    Optional<String> peers();
  }

  /** Where things are kept. */
  interface Data {
    /** Folder of everything this gateway keeps. */
    @WithDefault("data")
    Path dir();
  }

  /** Where it goes. */
  interface Ingest {
    /** Ingest's base addresses, comma separated. */
    List<URI> urls();
  }

  /** The log's bounds. */
  interface Log {
    /** Above this size on disk no more is taken in. */
    @WithDefault("10737418240")
    long maxBytes();

    /** Above this many entries that are not forwarded no more is taken in. */
    @WithDefault("500000")
    long maxEntries();

    /** With less room than this on the disk no more is taken in. */
    @WithDefault("268435456")
    long freeSpaceMinBytes();

    /** Size at which a segment is closed. */
    @WithDefault("8388608")
    int segmentMaxBytes();
  }

  /** The MQTT listener. */
  interface Mqtt {
    /** Address to listen at. */
    @WithDefault("0.0.0.0")
    String host();

    /** TCP port without TLS. */
    @WithDefault("1883")
    int port();

    /** Whether it listens without TLS, too, where security is on. */
    @WithDefault("false")
    boolean plain();

    Tls tls();

    /** With TLS. */
    interface Tls {
      /** TCP port. */
      @WithDefault("8883")
      int port();
    }

    Password password();

    /** Of devices that have no certificate. */
    interface Password {
      /** Passwords that wait to be checked at most. */
      @WithDefault("1000")
      int waitingMax();

      /** Failed ones of one address at once; then one a second. */
      @WithDefault("100")
      int failuresPerAddressMax();

      /** Failed ones of one device's name from one address at once; then one in ten seconds. */
      @WithDefault("10")
      int failuresPerDeviceMax();
    }

    /** Where devices reach it, {@code host:port}, if that is not its host among the peers. */
    Optional<String> advertisedAddress();

    /** Connected devices at most. */
    @WithDefault("10000")
    int connectionsMax();

    /** Unacknowledged messages of an MQTT 5 connection at most. */
    @WithDefault("32")
    int receiveMaximum();

    /** Unacknowledged messages of an MQTT 3.1.1 connection at most. */
    @WithDefault("1024")
    int inFlightMax();

    /** How long a connection may take until its CONNECT. */
    @WithDefault("10s")
    Duration connectTimeout();

    /** How long a session may outlive its connection. */
    @WithDefault("1h")
    Duration sessionExpiryMax();

    /** Sessions that outlive their connection at most. */
    @WithDefault("10000")
    int sessionsMax();

    /** Connected devices of one IPv4 address, or one IPv6 /64 network, at most. */
    @WithDefault("10000")
    int connectionsPerAddressMax();

    /** Connections whose CONNECT has not come at most. */
    @WithDefault("1000")
    int unidentifiedMax();

    /** Packets of one connection in a second at most. */
    @WithDefault("10000")
    int messagesPerSecondMax();

    /** Packets of all connections of one address in a second at most. */
    @WithDefault("1000000")
    int messagesPerSecondPerAddressMax();

    /** Bytes of packets that came in part, over all connections. */
    @WithDefault("67108864")
    long unfinishedMaxBytes();

    /** How long a device may take to read what it is sent. */
    @WithDefault("10s")
    Duration writeTimeout();

    /** Bytes of a will, its topic and its payload. */
    @WithDefault("4096")
    int willMaxBytes();

    /** Bytes of a packet. */
    @WithDefault("263168")
    int packetMaxBytes();

    /** How long the gateway may be unable to commit before its devices are sent away. */
    @WithDefault("1s")
    Duration unreadyGrace();
  }

  /** The CoAP listener. */
  interface Coap {
    /** Address to listen at. */
    @WithDefault("0.0.0.0")
    String host();

    /** UDP port without DTLS. */
    @WithDefault("5683")
    int port();

    /** Whether it listens without DTLS, too, where security is on. */
    @WithDefault("false")
    boolean plain();

    Dtls dtls();

    /** With DTLS. */
    interface Dtls {
      /** UDP port. */
      @WithDefault("5684")
      int port();

      /** Devices whose keys are kept at most. */
      @WithDefault("10000")
      int connectionsMax();

      /** Handshakes that are not over at most. */
      @WithDefault("1000")
      int handshakesMax();
    }

    /** Where devices reach it, {@code host:port}, if that is not its host among the peers. */
    Optional<String> advertisedAddress();

    /** Requests that wait for their answer at most. */
    @WithDefault("1024")
    int inFlightMax();

    /** When a device that is told to try later may do so. */
    @WithDefault("5s")
    Duration retryAfter();

    /** Requests whose message id is remembered at most. */
    @WithDefault("16384")
    int rememberedMax();

    /** Memory for payloads that come in blocks and are not complete at most. */
    @WithDefault("16777216")
    int transfersMaxBytes();

    /** Of the requests that wait for their answer, those of one address at most. */
    @WithDefault("1024")
    int inFlightPerAddressMax();

    /** Requests of one address in a second at most. */
    @WithDefault("1000000")
    int messagesPerSecondPerAddressMax();

    /** Bytes of a payload at most. */
    @WithDefault("262144")
    int payloadMaxBytes();
  }

  /** The intake's bounds. */
  interface Intake {
    /** Payload bytes taken and not yet committed at most. */
    @WithDefault("67108864")
    long uncommittedMaxBytes();

    /** Payload bytes collected into one log entry. */
    @WithDefault("1048576")
    int entryMaxBytes();

    /** Log entries proposed and not yet committed at most. */
    @WithDefault("4")
    int entriesInFlightMax();

    /** How long a delivery waits for its commit. */
    @WithDefault("10s")
    Duration commitTimeout();

    /** Longest that arrivals are collected into one entry when the log has grown long. */
    @WithDefault("250ms")
    Duration collectMax();

    /** Readings of one device in a second at most. */
    @WithDefault("200000")
    int deviceReadingsPerSecondMax();

    /** Payload bytes of one device in a second at most. */
    @WithDefault("33554432")
    long deviceBytesPerSecondMax();

    /** Readings of all devices of one site in a second at most. */
    @WithDefault("1000000")
    int siteReadingsPerSecondMax();

    /** Payload bytes of all devices of one site in a second at most. */
    @WithDefault("134217728")
    long siteBytesPerSecondMax();

    /** For how many seconds' worth of these somebody may be ahead who was quiet. */
    @WithDefault("10s")
    Duration rateBurst();
  }

  /** What this gateway tells ingest about itself. */
  interface Report {
    /** How often it does. */
    @WithDefault("5s")
    Duration interval();
  }

  /** How ingest is spoken to. */
  interface Forward {
    /** Bytes of entries gathered into one request. */
    @WithDefault("1048576")
    int requestMaxBytes();

    /** Requests with entries that wait for their answer at most. */
    @WithDefault("4")
    int requestsInFlightMax();

    /** How long connecting may take. */
    @WithDefault("5s")
    Duration connectTimeout();

    /** How long an answer may take. */
    @WithDefault("30s")
    Duration requestTimeout();

    /** How often indexes are reported. */
    @WithDefault("1s")
    Duration heartbeatInterval();

    /** How often the mark is replicated at most. */
    @WithDefault("1s")
    Duration markInterval();

    /** How long entries wait before what comes next is sent beside them. */
    @WithDefault("5s")
    Duration liveAfter();

    /** Longest pause after failures in a row. */
    @WithDefault("5s")
    Duration backoffMax();
  }
}
