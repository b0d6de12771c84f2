package io.tidemark.sim.hardware;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an agent's journal came to, epoch by epoch. acknowledged = produced - waiting - dropped.
 *
 * @param epochs at least one, if the agent ever numbered a reading
 * @param trouble what went wrong with the agent, in words; null if nothing did
 */
public record HardwareSums(List<Epoch> epochs, @Nullable String trouble) {
  /**
   * What it numbered under one device's name in one epoch.
   *
   * @param nextSequence how many readings: they are 0 to this, exclusive
   * @param oldestKept the lowest number that may still be in the journal
   * @param waiting how many are in the journal and not acknowledged
   * @param dropped how many it gave up
   * @param undeclared how many of those it has not declared yet, as far as it knows
   */
  public record Epoch(
      String device,
      long epoch,
      long nextSequence,
      long oldestKept,
      long waiting,
      long dropped,
      long undeclared) {
    /** How many have still to be sent or declared. */
    public long outstanding() {
      return waiting + undeclared;
    }

    private boolean isOf(Epoch other) {
      return device.equals(other.device) && epoch == other.epoch;
    }

    private Epoch atLeast(long numbers) {
      return new Epoch(
          device, epoch, Math.max(nextSequence, numbers), oldestKept, waiting, dropped, undeclared);
    }
  }

  /** Copies the list. */
  public HardwareSums {
    epochs = List.copyOf(epochs);
  }

  public long produced() {
    return epochs.stream().mapToLong(Epoch::nextSequence).sum();
  }

  public long waiting() {
    return epochs.stream().mapToLong(Epoch::waiting).sum();
  }

  public long dropped() {
    return epochs.stream().mapToLong(Epoch::dropped).sum();
  }

  public long undeclared() {
    return epochs.stream().mapToLong(Epoch::undeclared).sum();
  }

  /** How many have still to be sent or declared. */
  public long outstanding() {
    return waiting() + undeclared();
  }

  public long acknowledged() {
    return produced() - waiting() - dropped();
  }

  /** In a line. */
  public String text() {
    return "%,d readings by a real agent, %,d acknowledged, %,d dropped%s, %,d waiting%s"
        .formatted(
            produced(),
            acknowledged(),
            dropped(),
            undeclared() == 0 ? "" : " (%,d not declared yet)".formatted(undeclared()),
            waiting(),
            trouble == null ? "" : "; " + trouble);
  }

  /** The same with what went wrong. */
  HardwareSums with(@Nullable String trouble) {
    return new HardwareSums(epochs, trouble);
  }

  /**
   * With what was known before: a journal forgets epochs, that are over or with its file when that
   * is damaged. They stay as they were last, so what they counted is accounted for.
   */
  HardwareSums after(HardwareSums before) {
    List<Epoch> all = new ArrayList<>();
    for (Epoch old : before.epochs) {
      if (epochs.stream().noneMatch(old::isOf)) {
        all.add(old);
      }
    }
    for (Epoch now : epochs) {
      long known =
          before.epochs.stream().filter(now::isOf).mapToLong(Epoch::nextSequence).max().orElse(0);
      all.add(now.atLeast(known));
    }
    return new HardwareSums(all, trouble);
  }

  /** The epochs as {@link #parse} reads them. */
  String json() {
    return epochs.stream()
        .map(
            epoch ->
                ("{\"device\":\"%s\",\"epoch\":%d,\"nextSequence\":%d,\"oldestKept\":%d,"
                        + "\"waiting\":%d,\"dropped\":%d,\"undeclared\":%d}")
                    .formatted(
                        epoch.device, // has no characters that need an escape
                        epoch.epoch,
                        epoch.nextSequence,
                        epoch.oldestKept,
                        epoch.waiting,
                        epoch.dropped,
                        epoch.undeclared))
        .collect(Collectors.joining(",", "[", "]"));
  }

  /**
   * Reads what an agent's {@code journal --json} prints.
   *
   * @throws IOException if it is something else
   */
  public static HardwareSums parse(String json) throws IOException {
    List<Epoch> epochs = new ArrayList<>();
    try (JsonParser in = new JsonFactory().createParser(json)) {
      require(in.nextToken() == JsonToken.START_ARRAY, "an array");
      while (in.nextToken() == JsonToken.START_OBJECT) {
        epochs.add(epoch(in));
      }
      require(in.currentToken() == JsonToken.END_ARRAY, "objects in its array");
    }
    return new HardwareSums(epochs, null);
  }

  private static Epoch epoch(JsonParser in) throws IOException {
    Map<String, Long> numbers = new HashMap<>();
    String device = "";
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      JsonToken value = in.nextToken();
      if (value == JsonToken.VALUE_NUMBER_INT) {
        numbers.put(name, in.getLongValue());
      } else if (value == JsonToken.VALUE_STRING && name.equals("device")) {
        device = in.getText();
      } else {
        in.skipChildren();
      }
    }
    require(!device.isEmpty(), "a device");
    return new Epoch(
        device,
        number(numbers, "epoch"),
        number(numbers, "nextSequence"),
        number(numbers, "oldestKept"),
        number(numbers, "waiting"),
        number(numbers, "dropped"),
        number(numbers, "undeclared"));
  }

  private static long number(Map<String, Long> numbers, String name) throws IOException {
    Long number = numbers.get(name);
    require(number != null && number >= 0, "a number " + name);
    return number == null ? 0 : number;
  }

  private static void require(boolean holds, String what) throws IOException {
    if (!holds) {
      throw new IOException("what an agent's journal says must have " + what);
    }
  }
}
