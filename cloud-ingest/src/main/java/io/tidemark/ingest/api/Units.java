package io.tidemark.ingest.api;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Units of metrics everybody calls the same; the wire does not carry units yet. What the agent and
 * the simulator send is among them, as they send it.
 */
final class Units {
  private static final Map<String, String> KNOWN =
      Map.ofEntries(
          Map.entry("temperature", "°C"),
          Map.entry("cpu_temperature", "°C"),
          Map.entry("bearing_temperature", "°C"),
          Map.entry("evaporator_temperature", "°C"),
          Map.entry("humidity", "%"),
          Map.entry("moisture", "m³/m³"),
          Map.entry("conductivity", "dS/m"),
          Map.entry("pressure", "hPa"),
          Map.entry("battery", "V"),
          Map.entry("charge", "%"),
          Map.entry("voltage", "V"),
          Map.entry("current", "A"),
          Map.entry("power", "W"),
          Map.entry("active_power", "W"),
          Map.entry("energy", "kWh"),
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
          Map.entry("wind_speed", "m/s"),
          Map.entry("wind_from", "°"),
          Map.entry("heading", "°"),
          Map.entry("latitude", "°"),
          Map.entry("longitude", "°"),
          Map.entry("velocity_rms", "mm/s"),
          Map.entry("acceleration_peak", "g"),
          Map.entry("frequency", "Hz"),
          Map.entry("rssi", "dBm"),
          Map.entry("memory_available", "MiB"),
          Map.entry("memory_total", "MiB"),
          Map.entry("disk_free", "GiB"));

  /** Behind the names of what is measured of each of three phases. */
  private static final Pattern PHASE = Pattern.compile("_l[1-3]$");

  private Units() {}

  /** The unit, or an empty text where it is not known. */
  static String of(String metric) {
    String name = PHASE.matcher(metric.toLowerCase(Locale.ROOT)).replaceFirst("");
    return KNOWN.getOrDefault(name, "");
  }
}
