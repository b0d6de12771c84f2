package io.tidemark.deploy.bench;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What simulated devices got acknowledged, and by whom, read along from the trace that their
 * simulator writes. A device's home follows from its number, as the simulator spreads them; on a
 * busy machine not even its first acknowledgement has to come from there. Used by one thread.
 */
final class DeviceAcks {
  private static final int CHUNK_BYTES = 1 << 20;

  private final Path trace;
  private final List<String> gateways;
  private final Map<String, String> latest = new HashMap<>();
  private long readTo;

  /**
   * An acknowledgement of readings.
   *
   * @param at when the device had it
   * @param gateway the gateway's URL
   */
  record Ack(Instant at, String device, String gateway) {}

  /**
   * Reads nothing yet.
   *
   * @param trace the simulator's file; may not be there yet
   * @param gateways their URLs, in the simulator's order
   */
  DeviceAcks(Path trace, List<String> gateways) {
    this.trace = trace;
    this.gateways = List.copyOf(gateways);
  }

  /** What has come since the last time, in order. A line that is not whole yet comes next time. */
  List<Ack> news() throws IOException {
    List<Ack> news = new ArrayList<>();
    for (String line : lines()) {
      String[] fields = line.split(",", -1);
      Ack ack = new Ack(Instant.parse(fields[0]), fields[1], fields[2]);
      latest.put(ack.device(), ack.gateway());
      news.add(ack);
    }
    return news;
  }

  private List<String> lines() throws IOException {
    if (!Files.exists(trace)) {
      return List.of();
    }
    byte[] bytes;
    try (RandomAccessFile file = new RandomAccessFile(trace.toFile(), "r")) {
      file.seek(readTo);
      bytes = new byte[(int) Math.min(CHUNK_BYTES, file.length() - readTo)];
      file.readFully(bytes);
    }
    String text = new String(bytes, StandardCharsets.US_ASCII);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    readTo += whole.length();
    return whole.lines().toList();
  }

  /** True if so many devices have been heard of, and each had its last acknowledgement at home. */
  boolean areHome(int devices) throws IOException {
    news();
    return latest.size() == devices
        && latest.entrySet().stream().allMatch(at -> at.getValue().equals(home(at.getKey())));
  }

  /** The n-th device's is the n-th gateway, and so on from the first again. */
  private String home(String device) {
    int number = Integer.parseInt(device.substring(device.lastIndexOf('-') + 1));
    return gateways.get((number - 1) % gateways.size());
  }

  /** Those that had their last acknowledgement from the gateway with this URL. */
  Set<String> at(String gateway) throws IOException {
    news();
    return latest.entrySet().stream()
        .filter(entry -> entry.getValue().equals(gateway))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }
}
