package io.tidemark.sim.payload;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Units of the simulated devices' metrics, as far as the registry has them (RFC 8428, section 12.1;
 * the secondary ones of RFC 8798 among them). The three phases' metrics end in {@code _l1} to
 * {@code _l3}.
 */
final class SenmlUnits {
  private static final List<String> PHASES = List.of("_l1", "_l2", "_l3");

  private static final Map<String, String> KNOWN =
      Map.ofEntries(
          Map.entry("temperature", "Cel"),
          Map.entry("evaporator_temperature", "Cel"),
          Map.entry("bearing_temperature", "Cel"),
          Map.entry("humidity", "%RH"),
          Map.entry("pressure", "hPa"),
          Map.entry("wind_speed", "m/s"),
          Map.entry("speed", "m/s"),
          Map.entry("heading", "deg"),
          Map.entry("latitude", "lat"),
          Map.entry("longitude", "lon"),
          Map.entry("voltage", "V"),
          Map.entry("charge", "%EL"),
          Map.entry("current", "A"),
          Map.entry("active_power", "W"),
          Map.entry("energy", "kWh"),
          Map.entry("frequency", "Hz"),
          Map.entry("power_factor", "/"),
          Map.entry("satellites", "count"));

  private SenmlUnits() {}

  /** Null if there is none. */
  static @Nullable String of(String metric) {
    String known = KNOWN.get(metric);
    if (known != null) {
      return known;
    }
    int end = metric.length() - 3;
    return end > 0 && PHASES.contains(metric.substring(end))
        ? KNOWN.get(metric.substring(0, end))
        : null;
  }
}
