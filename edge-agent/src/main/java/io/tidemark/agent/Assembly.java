package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.identity.DeviceIdentity;
import io.tidemark.agent.identity.IdentityException;
import io.tidemark.agent.journal.Journal;
import io.tidemark.agent.journal.JournalCounts;
import io.tidemark.agent.journal.JournalException;
import io.tidemark.agent.journal.JournalSettings;
import io.tidemark.agent.publish.Encryption;
import io.tidemark.agent.publish.GatewayPublisher;
import io.tidemark.agent.publish.PublishCounts;
import io.tidemark.agent.publish.PublishSettings;
import io.tidemark.agent.publish.Publisher;
import io.tidemark.agent.sensor.Bus;
import io.tidemark.agent.sensor.Drivers;
import io.tidemark.agent.sensor.Sampler;
import io.tidemark.agent.sensor.Sensor;
import io.tidemark.agent.service.ServiceManager;
import io.tidemark.agent.service.StatusSocket;
import io.tidemark.agent.service.Watchdog;
import io.tidemark.identity.OwnCredential;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins the rooms as the configuration says, and starts and stops them in order. */
final class Assembly {
  private static final Duration HEARTBEAT_INTERVAL = Duration.ofMinutes(1);
  private static final Logger log = LoggerFactory.getLogger(Assembly.class);

  private final Map<OptionalInt, Bus> buses = new HashMap<>();
  private final Journal journal;
  private final @Nullable DeviceIdentity identity;
  private final Publisher publisher;
  private final Sampler sampler;
  private final ServiceManager manager;
  private final Watchdog watchdog;
  private final Instant started = Instant.now();
  private final AgentConfig config;
  private @Nullable StatusSocket status;
  private final ScheduledExecutorService heart =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "heartbeat");
            thread.setDaemon(true);
            return thread;
          });

  private Assembly(
      AgentConfig config,
      Journal journal,
      @Nullable DeviceIdentity identity,
      ServiceManager manager) {
    this.config = config;
    this.manager = manager;
    this.journal = journal;
    this.identity = identity;
    this.publisher =
        new GatewayPublisher(
            PublishSettings.of(
                config.device(),
                config.gateways(),
                identity == null
                    ? null
                    : new Encryption(
                        identity.tls(),
                        identity.servers(),
                        identity.own(),
                        identity.password(),
                        identity::refused)),
            journal);
    SelfReport report =
        new SelfReport(Release.version(), started, this::standings, journal::counts);
    this.sampler = new Sampler(paces(config, buses, report), journal);
    this.watchdog =
        new Watchdog(
            manager,
            sampler::attendsWithin,
            journal::uncommitted,
            config.journal().commitInterval());
  }

  /**
   * Opens the journal; starts nothing yet.
   *
   * @param manager who started this process, and is told how it is
   * @throws IdentityException if a gateway asks who this is, and nothing proves it
   * @throws JournalException if the journal cannot be had
   */
  static Assembly open(AgentConfig config, ServiceManager manager)
      throws IdentityException, JournalException {
    DeviceIdentity identity = config.isEncrypted() ? identity(config) : null;
    return new Assembly(config, Journal.open(journalSettings(config)), identity, manager);
  }

  private static DeviceIdentity identity(AgentConfig config) throws IdentityException {
    return config.passwordFile() == null
        ? DeviceIdentity.open(config.device(), config.identityDir())
        : DeviceIdentity.withPassword(config.passwordFile(), config.identityDir());
  }

  static JournalSettings journalSettings(AgentConfig config) {
    AgentConfig.Journal settings = config.journal();
    return new JournalSettings(
        settings.dir(),
        config.device(),
        settings.maxBytes(),
        settings.maxAge(),
        settings.commitInterval());
  }

  void start() {
    if (identity != null) {
      identity.start(publisher::renewConnection);
    }
    publisher.start();
    sampler.start();
    heart.scheduleAtFixedRate(
        this::beat,
        HEARTBEAT_INTERVAL.toSeconds(),
        HEARTBEAT_INTERVAL.toSeconds(),
        TimeUnit.SECONDS);
    status = StatusSocket.open(config.journal().dir(), () -> Status.answer(report()));
    manager.ready();
    manager.status("Sampling");
    long pause = watchdog.pause().toNanos();
    if (pause > 0) {
      heart.scheduleAtFixedRate(watchdog::look, pause, pause, TimeUnit.NANOSECONDS);
    }
  }

  /**
   * Stops the sensors, commits, and goes on publishing for at most {@code drain}.
   *
   * @return true if no reading is left on the device
   */
  boolean stop(Duration drain) throws InterruptedException {
    manager.stopping();
    sampler.close();
    journal.flush();
    log.info(
        "Sensors have stopped; {} readings wait. Publishing for at most {}",
        journal.counts().waiting(),
        drain);
    boolean drained = publisher.drain(drain);
    journal.flush();
    boolean empty = drained || journal.isDrained();
    heart.shutdownNow();
    if (identity != null) {
      identity.close();
    }
    beat();
    if (!empty) {
      log.info(
          "{} readings stay in the journal; the next start sends them", journal.counts().waiting());
    }
    if (status != null) {
      status.close();
    }
    buses.values().forEach(Bus::close);
    journal.close();
    return empty;
  }

  /** The sensors; I2C buses are made as they are needed. */
  static List<Sampler.Pace> paces(
      AgentConfig config, Map<OptionalInt, Bus> buses, SelfReport report) {
    List<Sampler.Pace> paces = new ArrayList<>();
    for (AgentConfig.Sensor sensor : config.sensors()) {
      Sensor read =
          sensor.place() instanceof AgentConfig.Itself ? report : sensor(sensor, config, buses);
      paces.add(new Sampler.Pace(sensor.id(), read, sensor.interval()));
    }
    return paces;
  }

  private static Sensor sensor(
      AgentConfig.Sensor sensor, AgentConfig config, Map<OptionalInt, Bus> buses) {
    if (sensor.place() instanceof AgentConfig.I2c i2c) {
      Bus bus = buses.computeIfAbsent(i2c.bus(), number -> bus(number, config.device()));
      return Drivers.i2c(sensor.driver(), bus, i2c.address());
    }
    if (sensor.place() instanceof AgentConfig.OneWire oneWire) {
      return Drivers.oneWire(sensor.driver(), oneWire.bus(), oneWire.id());
    }
    return Drivers.board(sensor.driver(), config.journal().dir());
  }

  private static Bus bus(OptionalInt number, String device) {
    return number.isPresent() ? Bus.board(number.getAsInt()) : Bus.simulated(device.hashCode());
  }

  private List<Sampler.Standing> standings() {
    return sampler.sensors();
  }

  private StatusReport report() {
    JournalCounts kept = journal.counts();
    PublishCounts sent = publisher.counts();
    OwnCredential own = identity == null ? null : identity.own();
    return new StatusReport(
        config.device(),
        Release.version(),
        started,
        sent.gateway(),
        sent.acceptedAt(),
        kept.recorded(),
        kept.waiting(),
        kept.bytes(),
        JournalCounts.sum(kept.lost()),
        watchdog.standstill(),
        own == null ? null : own.now().notAfter(),
        standings());
  }

  /** One line a minute: a reader of the log sees at a glance whether everything adds up. */
  private void beat() {
    Sampler.Counts sampled = sampler.counts();
    JournalCounts kept = journal.counts();
    PublishCounts sent = publisher.counts();
    log.info(
        "sampled={} sensor-failures={} lost={} journaled={} acknowledged={} waiting={} dropped={} refused={} journal-bytes={}"
            + " journal-failures={} gateway={}",
        sampled.sampled(),
        sampled.failures(),
        kept.lost(),
        kept.recorded(),
        kept.acknowledged(),
        kept.waiting(),
        kept.dropped(),
        sent.refused(),
        kept.bytes(),
        kept.failures(),
        sent.gateway().isEmpty() ? "none" : sent.gateway());
  }
}
