package io.tidemark.ingest.api;

import java.util.Locale;
import java.util.Map;

/** Units of metrics everybody calls the same; the wire does not carry units yet. */
final class Units {
  private static final Map<String, String> KNOWN =
      Map.ofEntries(
          Map.entry("temperature", "°C"),
          Map.entry("cpu_temperature", "°C"),
          Map.entry("humidity", "%"),
          Map.entry("pressure", "hPa"),
          Map.entry("battery", "V"),
          Map.entry("voltage", "V"),
          Map.entry("current", "A"),
          Map.entry("power", "W"),
          Map.entry("energy", "Wh"),
          Map.entry("light", "lx"),
          Map.entry("illuminance", "lx"),
          Map.entry("co2", "ppm"),
          Map.entry("tvoc", "ppb"),
          Map.entry("pm1", "µg/m³"),
          Map.entry("pm2.5", "µg/m³"),
          Map.entry("pm10", "µg/m³"),
          Map.entry("altitude", "m"),
          Map.entry("distance", "m"),
          Map.entry("speed", "m/s"),
          Map.entry("frequency", "Hz"),
          Map.entry("rssi", "dBm"),
          Map.entry("memory_available", "MiB"),
          Map.entry("memory_total", "MiB"),
          Map.entry("disk_free", "GiB"));

  private Units() {}

  /** The unit, or an empty text where it is not known. */
  static String of(String metric) {
    return KNOWN.getOrDefault(metric.toLowerCase(Locale.ROOT), "");
  }
}
