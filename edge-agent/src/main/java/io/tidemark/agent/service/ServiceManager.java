package io.tidemark.agent.service;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who started the agent, and wants to be told how it is: systemd (sd_notify(3)), or a container's
 * health check, which looks at the age of a file. Nobody otherwise, and then all of this does
 * nothing. What cannot be told is logged once: the agent works without. Thread-safe.
 */
public final class ServiceManager {
  private static final Logger log = LoggerFactory.getLogger(ServiceManager.class);

  /** The environment variable with the file that is written anew whenever there is progress. */
  static final String HEALTH_FILE = "TIDEMARK_HEALTH_FILE";

  /** Older than this, that file says that there is none: the images' HEALTHCHECK has it, too. */
  private static final Duration HEALTH_FILE_GOOD_FOR = Duration.ofMinutes(1);

  private final @Nullable NotifySocket socket;
  private final @Nullable Path healthFile;
  private final Duration watchdog;
  private volatile boolean failed;

  private ServiceManager(
      @Nullable NotifySocket socket, @Nullable Path healthFile, Duration watchdog) {
    this.socket = socket;
    this.healthFile = healthFile;
    this.watchdog = watchdog;
  }

  /**
   * As the environment says: {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC} and {@code WATCHDOG_PID};
   * without these {@code TIDEMARK_HEALTH_FILE}.
   *
   * @param pid of this process; a watchdog for another one is none
   */
  public static ServiceManager of(Map<String, String> environment, long pid) {
    String path = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (path.isEmpty()) {
      String file = environment.getOrDefault(HEALTH_FILE, "");
      return file.isEmpty()
          ? new ServiceManager(null, null, Duration.ZERO)
          : new ServiceManager(null, Path.of(file), HEALTH_FILE_GOOD_FOR);
    }
    try {
      return new ServiceManager(NotifySocket.to(path), null, watchdog(environment, pid));
    } catch (IllegalArgumentException | LastErrorException | LinkageError e) {
      log.error("systemd cannot be told how the agent is, and will end it: {}", e.toString());
      return new ServiceManager(null, null, Duration.ZERO);
    }
  }

  private static Duration watchdog(Map<String, String> environment, long pid) {
    String micros = environment.getOrDefault("WATCHDOG_USEC", "0");
    String whose = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
    return whose.equals(Long.toString(pid))
        ? Duration.of(Long.parseLong(micros), ChronoUnit.MICROS)
        : Duration.ZERO;
  }

  /** The longest silence after which it ends the agent; zero if it does not watch. */
  public Duration watchdog() {
    return watchdog;
  }

  /** The agent is up. */
  public void ready() {
    tell("READY=1");
    renewFile();
  }

  /** The agent has been told to stop, and does. */
  public void stopping() {
    tell("STOPPING=1");
  }

  /** The agent makes progress. */
  public void feed() {
    tell("WATCHDOG=1");
    renewFile();
  }

  /** What {@code systemctl status} shows; one line. */
  public void status(String line) {
    tell("STATUS=" + line.replace('\n', ' '));
  }

  private void renewFile() {
    if (healthFile == null) {
      return;
    }
    try {
      Files.writeString(healthFile, Instant.now() + "\n");
      failed = false;
    } catch (IOException e) {
      if (!failed) {
        log.warn(
            "{} cannot be written, so nobody hears of progress: {}", HEALTH_FILE, e.toString());
      }
      failed = true;
    }
  }

  private void tell(String message) {
    if (socket == null) {
      return;
    }
    try {
      socket.send(message);
      failed = false;
    } catch (LastErrorException e) {
      if (!failed) {
        log.warn("systemd could not be told {}: error {}", message, e.getErrorCode());
      }
      failed = true;
    }
  }
}
