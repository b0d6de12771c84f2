package io.tidemark.sim;

import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.scenario.Durations;
import io.tidemark.sim.scenario.RogueSyntax;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** How flags are written. */
final class Converters {
  private Converters() {}

  static void register(CommandLine commands) {
    commands.registerConverter(Duration.class, Converters::duration);
    commands.registerConverter(Instant.class, Converters::time);
    commands.registerConverter(URI.class, Converters::url);
    commands.registerConverter(Speed.class, Speed::parse);
    commands.registerConverter(MqttChoice.class, Converters::mqtt);
    commands.registerConverter(Payload.class, Converters::payload);
    commands.registerConverter(ZoneId.class, Converters::zone);
    commands.registerConverter(Separator.class, Separator::parse);
    commands.registerConverter(RogueGroup.class, Converters::rogues);
  }

  private static Duration duration(String text) {
    Duration duration = Durations.parse(text);
    if (duration == null) {
      throw new TypeConversionException("a duration is like 500ms, 90s, 5m or 24h, but is " + text);
    }
    if (duration.compareTo(Durations.MAX) > 0) {
      throw new TypeConversionException("a duration is at most 8760h, but is " + text);
    }
    return duration;
  }

  private static Instant time(String text) {
    try {
      Instant time = Instant.parse(text);
      if (Durations.fits(time)) {
        return time;
      }
    } catch (java.time.DateTimeException e) {
      // said below
    }
    throw new TypeConversionException(
        "a time is like 2026-01-31T12:00:00Z, between the years 1678 and 2261, but is " + text);
  }

  private static ZoneId zone(String text) {
    try {
      return text.equals("UTC") || text.equals("Z") ? ZoneOffset.UTC : ZoneId.of(text);
    } catch (java.time.DateTimeException e) {
      throw new TypeConversionException(
          "a zone is like Europe/Berlin, +01:00 or UTC, but is " + text);
    }
  }

  private static URI url(String text) {
    try {
      URI url = new URI(text);
      if (url.getHost() == null && url.getRawAuthority() != null) {
        throw new TypeConversionException(
            "a host's name has letters, digits, dots and hyphens only, but not that in "
                + text
                + "; give its address, or another name");
      }
      if (url.getHost() == null || url.getScheme() == null) {
        throw new TypeConversionException("a URL is like tcp://host:1883, but is " + text);
      }
      return url;
    } catch (java.net.URISyntaxException e) {
      throw new TypeConversionException("a URL is like tcp://host:1883, but is " + text);
    }
  }

  private static RogueGroup rogues(String text) {
    try {
      return RogueSyntax.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static MqttChoice mqtt(String text) {
    return switch (text) {
      case "5" -> MqttChoice.V5;
      case "3.1.1" -> MqttChoice.V3_1_1;
      case "mixed" -> MqttChoice.MIXED;
      default ->
          throw new TypeConversionException(
              "a version of MQTT is 5, 3.1.1, or mixed for both, but is " + text);
    };
  }

  private static Payload payload(String text) {
    return Payloads.of(text)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "a payload is one of %s, but is %s"
                        .formatted(String.join(", ", Payloads.ids()), text)));
  }

  /** What is between the cells of a file. */
  record Separator(char character) {
    static Separator parse(String text) {
      if (text.equals("tab")) {
        return new Separator('\t');
      }
      if (text.length() == 1 && "\"\r\n".indexOf(text.charAt(0)) < 0) {
        return new Separator(text.charAt(0));
      }
      throw new TypeConversionException(
          "a separator is one character, but no quote or line break, or tab; but is " + text);
    }
  }

  /** How fast a replay is. */
  record Speed(double factor) {
    static Speed parse(String text) {
      if (text.equals("max")) {
        return new Speed(Double.POSITIVE_INFINITY);
      }
      try {
        double factor = Double.parseDouble(text);
        if (factor > 0 && factor <= 1e9) {
          return new Speed(factor);
        }
      } catch (NumberFormatException e) {
        // said below
      }
      throw new TypeConversionException("a speed is 1, a number above 0, or max, but is " + text);
    }
  }
}
